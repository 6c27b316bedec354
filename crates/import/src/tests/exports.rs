//! The exports of shops and marketplaces, in the shapes that these write.

use super::*;

fn how(change: impl FnOnce(&mut ReadAs)) -> ReadAs {
    let mut how = ReadAs::default();
    change(&mut how);
    how
}

fn orders(file: &str, how: ReadAs) -> Vec<Purchase> {
    purchases(&read(file.as_bytes(), how).unwrap())
}

fn asked(file: &str) -> &'static str {
    match read(file.as_bytes(), ReadAs::default()) {
        Err(SourceError::Asked { source, .. }) => source.option,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_export_of_shopify_is_known_by_its_header() {
    let file = "\
Name,Email,Financial Status,Fulfillment Status,Currency,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Country,Cancelled at
#71,ida@example.com,paid,unfulfilled,CAD,2026-10-05 18:30:00 -0400,3,Poster,9.50,POSTER,CA,
#71,ida@example.com,,,,2026-10-05 18:30:00 -0400,1,Frame,30.00,FRAME,,
#72,jon@example.com,paid,fulfilled,CAD,2026-10-06 10:00:00 -0400,1,Frame,30.00,FRAME,CA,
#73,kit@example.com,voided,unfulfilled,CAD,2026-10-07 10:00:00 -0400,1,Frame,\
30.00,FRAME,CA,2026-10-07 11:00:00 -0400
#74,lea@example.com,refunded,unfulfilled,CAD,2026-10-07 10:00:00 -0400,1,Frame,30.00,FRAME,CA,
#75,mia@example.com,in limbo,,CAD,2026-10-07 10:00:00 -0400,1,Frame,30.00,FRAME,CA,
";
    let entries = read(file.as_bytes(), ReadAs::default()).unwrap();
    let [order] = &purchases(&entries)[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(told(order), ("#71", vec![("POSTER", 3), ("FRAME", 1)]));
    assert_eq!(order.at.to_string(), "2026-10-05T22:30:00Z");
    assert_eq!(
        (order.country.as_str(), order.currency.as_str()),
        ("CA", "CAD")
    );
    assert_eq!(order.channel, "shopify");
    let reasons: Vec<_> = left(&entries).iter().map(|left| left.reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::Done,
            Reason::Cancelled,
            Reason::Refunded,
            Reason::BadStatus
        ]
    );
    let asked = how(|how| {
        how.states
            .declare("open=fulfilled,cancelled=in limbo")
            .unwrap()
    });
    let numbers: Vec<_> = orders(file, asked)
        .iter()
        .map(|order| order.order.to_string())
        .collect();
    assert_eq!(numbers, ["#71", "#72"]);
}

#[test]
fn an_export_of_woocommerce_is_known_by_its_header() {
    let file = "\
\"Order Number\",\"Order Status\",\"Order Date\",\"Email (Billing)\",\
\"Country Code (Shipping)\",SKU,\"Item Name\",\"Quantity (- Refund)\",\"Item Cost\"
901,Processing,\"2026-10-05 18:30\",ida@example.com,AT,POSTER,Poster,2,9.5
901,Processing,\"2026-10-05 18:30\",ida@example.com,AT,FRAME,Frame,0,30
902,Completed,\"2026-10-05 18:31\",jon@example.com,AT,FRAME,Frame,1,30
";
    let entries = read(file.as_bytes(), ReadAs::default()).unwrap();
    let orders = purchases(&entries);
    assert_eq!(told(&orders[0]), ("901", vec![("POSTER", 2)]));
    assert_eq!(orders[0].customer.as_str(), "ida@example.com");
    let reasons: Vec<_> = left(&entries).iter().map(|left| left.reason).collect();
    assert_eq!(reasons, [Reason::ZeroQuantity, Reason::Done]);
}

#[test]
fn reports_of_amazon_say_what_all_units_of_a_row_cost() {
    let file = "\
order-id\torder-item-id\tpurchase-date\tbuyer-email\t\
sku\tproduct-name\tquantity-purchased\tcurrency\titem-price\tship-country
203-1\t55\t2026-10-05T18:30:00-07:00\tx@example.com\tPOSTER\tPoster, \"A2\"\t4\tUSD\t38.00\tUS
";
    let order = orders(file, ReadAs::default()).remove(0);
    assert_eq!(told(&order), ("203-1", vec![("POSTER", 4)]));
    assert_eq!(order.rows[0].unit_price_minor, 950);
    let columns =
        ColumnMap::declared(Kind::Orders, "unit_price=item-price,customer=buyer-name").unwrap();
    let named = how(|how| how.columns = Some(columns));
    let file = file.replace("buyer-email", "buyer-name");
    let order = orders(&file, named).remove(0);
    assert_eq!(
        order.rows[0].unit_price_minor, 950,
        "the report says the price of all"
    );
    let all = "\
amazon-order-id\tpurchase-date\torder-status\titem-status\tsku\tquantity\tcurrency\titem-price
203-2\t2026-10-05T18:30:00Z\tUnshipped\tUnshipped\tPOSTER\t1\tEUR\t9.50
203-3\t2026-10-05T18:30:00Z\tShipped\tShipped\tPOSTER\t1\tEUR\t9.50
";
    let open = orders(all, ReadAs::default());
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].order.as_str(), "203-2");
}

#[test]
fn an_export_of_etsy_is_asked_for_its_days() {
    let file = "\
Sale Date,Item Name,Buyer,Quantity,Price,Currency,Date Shipped,Ship Country,Order ID,SKU
10/05/26,\"Poster, A2\",ida,2,$9.50,USD,,Austria,601,POSTER
10/25/26,Frame,jon,1,$30.00,USD,10/26/26,Austria,602,FRAME
";
    assert_eq!(asked(file), "--date-format dmy, mdy or ymd");
    let us = how(|how| how.clock.format = Some(DateFormat::Mdy));
    let entries = read(file.as_bytes(), us).unwrap();
    let orders = purchases(&entries);
    assert_eq!(orders[0].at.date(), "2026-10-05");
    assert_eq!(orders[0].rows[0].unit_price_minor, 950);
    assert_eq!(left(&entries)[0].reason, Reason::Done);
}

#[test]
fn a_report_of_ebay_has_blank_lines_and_a_footer() {
    let file = "\
\"\",\"\",\"\",\"\",\"\",\"\",\"\"
Sales Record Number,Order Number,Buyer Username,Custom Label,Quantity,Sold For,Sale Date

,,,,,,
5,21-1,ida77,FRAME,1,£30.00,Oct-05-26
5,21-1,,POSTER,2,,

1,record(s) downloaded,,,,,
Seller ID: posters,,,,,,
";
    let entries = read(file.as_bytes(), ReadAs::default()).unwrap();
    let orders = purchases(&entries);
    assert_eq!(
        told(&orders[0]),
        ("21-1", vec![("FRAME", 1), ("POSTER", 2)])
    );
    assert_eq!(orders[0].currency.as_str(), "GBP");
    assert_eq!((orders.len(), left(&entries).len()), (1, 2));
}

#[test]
fn a_spreadsheet_of_any_country_is_read() {
    let head = "Order;Customer;SKU;Quantity;Placed_At;Unit_Price";
    let semicolons = format!("{head}\nC1;eva;TEE;2,0;2026-11-01;1.012,50\n");
    let wide = |bytes: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let text = format!("{mark}{semicolons}");
        text.encode_utf16().flat_map(bytes).collect()
    };
    for file in [
        semicolons.clone().into_bytes(),
        format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n")).into_bytes(),
        format!("\u{feff}{semicolons}").into_bytes(),
        wide(u16::to_le_bytes, true),
        wide(u16::to_be_bytes, true),
        wide(u16::to_le_bytes, false),
    ] {
        let orders = purchases(&read(&file, ReadAs::default()).unwrap());
        assert_eq!(told(&orders[0]), ("C1", vec![("TEE", 2)]));
        assert_eq!(orders[0].rows[0].unit_price_minor, 101_250);
    }
}

#[test]
fn letters_are_read_as_said_or_as_old_files_have_them() {
    let mut file = format!("{PLAIN}\nC1,eva,,T\u{20}E,1,2026-11-01,1\n").into_bytes();
    let blank = file.iter().rposition(|byte| *byte == b' ').unwrap();
    file[blank] = 0xe9;
    let sku = |how| {
        purchases(&read(&file, how).unwrap())[0].rows[0]
            .sku
            .to_string()
    };
    assert_eq!(sku(ReadAs::default()), "TéE");
    let cyrillic = how(|how| how.encoding = Encoding::for_label(b"windows-1251"));
    assert_eq!(sku(cyrillic), "TйE");
}

#[test]
fn what_may_be_two_things_is_asked_and_never_guessed() {
    let thousand = format!("{PLAIN}\nT1,eva,,TEE,2,2026-11-01,1.250\n");
    assert_eq!(asked(&thousand), "--decimal point or --decimal comma");
    let price = |decimal| {
        let how = how(|how| how.decimal = Some(decimal));
        orders(&thousand, how)[0].rows[0].unit_price_minor
    };
    assert_eq!(price(Decimal::Comma), 125_000);
    assert_eq!(
        price(Decimal::Point),
        125,
        "a zero beyond the places says nothing"
    );
    let cut = "order,sku;quantity,placed_at;x\n1,2;3,4;5\n";
    let error = read(cut.as_bytes(), ReadAs::default()).unwrap_err();
    assert!(matches!(error, SourceError::Delimiter { .. }), "{error}");
}

#[test]
fn a_column_that_was_named_must_be_there_and_one_that_looks_alike_is_a_hint() {
    let file = "Nr,Code,Qty,Date,E-Mail\n1,TEE,1,2026-11-01,a@example.com\n";
    let open = |columns: &str| {
        let columns = ColumnMap::declared(Kind::Orders, columns).unwrap();
        read(file.as_bytes(), how(|how| how.columns = Some(columns)))
    };
    let named = "order=nr,sku=CODE,quantity=Qty,placed_at=Date";
    assert_eq!(purchases(&open(named).unwrap()).len(), 1);
    let cause = |columns: &str| match open(columns) {
        Err(SourceError::Columns { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    };
    let error = cause(&format!("{named},email=Mail"));
    assert!(
        error.contains("`Mail` for email, but `E-Mail` looks like it"),
        "{error}"
    );
    let error = cause("order=Nr,sku=Code,placed_at=Date");
    assert!(
        error.contains("no column `quantity` for quantity, but `Qty`"),
        "{error}"
    );
    let error = ColumnMap::declared(Kind::Orders, "order=Nr,colour=X")
        .unwrap_err()
        .to_string();
    assert!(error.contains("`colour=X`"), "{error}");

    let plain = "order,sku,quantity,placed_at,status,E-Mail\n\
                 1,TEE,1,2026-11-01,open,a@example.com\n2,TEE,1,2026-11-01,shipped,\n";
    let email = ColumnMap::declared(Kind::Orders, "email=E-Mail").unwrap();
    let entries = read(plain.as_bytes(), how(|how| how.columns = Some(email))).unwrap();
    assert_eq!(
        purchases(&entries)[0].email.as_deref(),
        Some("a@example.com")
    );
    assert_eq!(
        left(&entries)[0].reason,
        Reason::Done,
        "the preset reads the rest"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, "order,sku,quantity,placed_at,E-Mail Address,price\n").unwrap();
    let overlooked = Source::open(&path, ReadAs::default()).unwrap().overlooked();
    let expected = [
        (Field::Email, "E-Mail Address".to_owned()),
        (Field::Price, "price".to_owned()),
    ];
    assert_eq!(overlooked, expected);
}
