//! Rows of a real shop, of hostile ones, and of what shops export.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails"
)]

use std::path::Path;

use domain::orders::MAX_LINES;
use domain::quantity::{Measure, Step};

use super::*;

mod exports;
mod history;
mod laws;
mod lists;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const PLAIN: &str = "order,customer,email,sku,quantity,placed_at,unit_price";

fn entries_of(header: &str, rows: &[impl AsRef<str>]) -> Vec<Entry> {
    let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
    read(
        format!("{header}\n{}\n", rows.join("\n")).as_bytes(),
        ReadAs::default(),
    )
    .unwrap()
}

fn read(file: &[u8], how: ReadAs) -> Result<Vec<Entry>, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, file).unwrap();
    Ok(Entries::of(Source::open(&path, how)?)?
        .map(Result::unwrap)
        .collect())
}

fn row(invoice: &str, sku: &str, quantity: &str, price: &str) -> String {
    format!("{invoice},{sku},THING,{quantity},2010-12-01 08:26,{price},17850,France")
}

fn reason_of(row: &str) -> Reason {
    left(&entries_of(HEADER, &[row]))[0].reason
}

fn left(entries: &[Entry]) -> Vec<Left> {
    let left = entries.iter().filter_map(|entry| match entry {
        Entry::Left(left) => Some(left.clone()),
        Entry::Purchase(_) | Entry::Return(_) => None,
    });
    left.collect()
}

fn purchases(entries: &[Entry]) -> Vec<Purchase> {
    let purchases = entries.iter().filter_map(|entry| match entry {
        Entry::Purchase(purchase) => Some(purchase.clone()),
        Entry::Left(_) | Entry::Return(_) => None,
    });
    purchases.collect()
}

fn returns(entries: &[Entry]) -> Vec<Return> {
    let returns = entries.iter().filter_map(|entry| match entry {
        Entry::Return(back) => Some(back.clone()),
        Entry::Left(_) | Entry::Purchase(_) => None,
    });
    returns.collect()
}

/// An order's number and its lines: SKU and units.
fn told(purchase: &Purchase) -> (&str, Vec<(&str, u32)>) {
    let rows = purchase.rows.iter();
    let rows = rows.map(|row| (row.sku.as_str(), row.quantity));
    (purchase.order.as_str(), rows.collect())
}

fn taken(order: &str, line: u32, quantity: u32) -> Taken {
    Taken {
        order: order.into(),
        line,
        quantity,
        of_history: false,
    }
}

#[test]
fn rows_of_one_invoice_become_one_purchase() {
    let entries = entries_of(
        HEADER,
        &[
            row("1", "85123a", "6", "2.55"),
            row("1", "85123A", "2", "2.5"),
            row("2", "71053", "1", "0"),
        ],
    );
    let [first, second] = &purchases(&entries)[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(first.at.to_string(), "2010-12-01T08:26:00Z");
    assert_eq!(told(first), ("1", vec![("85123A", 6), ("85123A", 2)]));
    assert_eq!(first.rows[1].unit_price_minor, 250);
    assert_eq!(
        second.rows[0].unit_price_minor, 0,
        "a gift to a known customer is a line"
    );
}

#[test]
fn rows_of_one_order_may_stand_anywhere_and_orders_come_by_their_first_row() {
    let mut rows = vec![row("1", "10001", "1", "1")];
    rows.extend((0..500).map(|n| row(&format!("9{n}"), "10002", "1", "1")));
    rows.push(row("1", "10003", "1", "1"));
    let entries = purchases(&entries_of(HEADER, &rows));
    assert_eq!(told(&entries[0]), ("1", vec![("10001", 1), ("10003", 1)]));
    assert_eq!(entries[1].order.as_str(), "90");
    assert_eq!(entries.len(), 501);
}

#[test]
fn every_row_that_is_no_order_is_left_with_its_reason() {
    for (text, reason) in [
        (row("1", "POST", "1", "18"), Reason::NoGoods),
        (row("1", "m", "1", "18"), Reason::NoGoods),
        (row("1", "BANK CHARGES", "1", "18"), Reason::NoGoods),
        (row("1", "gift_0001_30", "1", "25"), Reason::NoGoods),
        (row("1", "10001", "0", "1"), Reason::ZeroQuantity),
        (row("1", "10001", "-3", "0"), Reason::StockCorrection),
        (
            "1,10001,Found,3,2010-12-01 08:26,0,,United Kingdom".into(),
            Reason::StockCorrection,
        ),
        (row("", "10001", "1", "1"), Reason::BadOrder),
        (row(&"9".repeat(129), "10001", "1", "1"), Reason::BadOrder),
        (row("5.36E+05", "10001", "1", "1"), Reason::BadOrder),
        (row("1", "", "1", "1"), Reason::BadSku),
        (row("1", "1.2E+05", "1", "1"), Reason::BadSku),
        (row("1", "10001", "one", "1"), Reason::BadQuantity),
        (row("1", "10001", "1.5", "1"), Reason::BadQuantity),
        (row("1", "10001", "1000001", "1"), Reason::BadQuantity),
        (
            row("1", "10001", "99999999999999999999", "1"),
            Reason::BadQuantity,
        ),
        (row("1", "10001", "1", "-1"), Reason::BadPrice),
        (row("1", "10001", "1", "1e9"), Reason::BadPrice),
        (
            row("1", "10001", "1", "99999999999999999999"),
            Reason::BadPrice,
        ),
        (
            "1,10001,THING,1,yesterday,1,17850,France".into(),
            Reason::BadTime,
        ),
        ("1,10001,THING,1,,1,17850,France".into(), Reason::BadTime),
        ("1,10001,THING,1".into(), Reason::CellCount),
        (
            format!("{},5", row("1", "10001", "1", "1")),
            Reason::CellCount,
        ),
    ] {
        assert_eq!(reason_of(&text), reason, "{text}");
    }
}

#[test]
fn an_order_with_a_cell_that_cannot_be_read_is_left_whole_and_the_cell_is_named() {
    let rows = [
        "M1,lee,,MUG,1,2026-11-01,1",
        "M2,lee,,MUG,1,2026-11-01,1",
        "M1,lee,,TEE,1.5,2026-11-01,1",
    ];
    let entries = entries_of(PLAIN, &rows);
    let orders = purchases(&entries);
    assert_eq!(
        orders.iter().map(told).collect::<Vec<_>>(),
        [("M2", vec![("MUG", 1)])]
    );
    let [first, second] = &left(&entries)[..] else {
        panic!("{entries:?}")
    };
    assert_eq!((first.row, first.reason), (1, Reason::OrderIncomplete));
    assert!(
        first.detail.contains("row 3") && first.detail.contains("`1.5`"),
        "{}",
        first.detail
    );
    assert_eq!((second.row, second.reason), (3, Reason::BadQuantity));
    assert!(
        second.detail.contains("column quantity"),
        "{}",
        second.detail
    );

    let mended = entries_of(PLAIN, &[rows[0], rows[1], "M1,lee,,TEE,2.0,2026-11-01,1"]);
    let orders = purchases(&mended);
    assert_eq!(told(&orders[0]), ("M1", vec![("MUG", 1), ("TEE", 2)]));
}

#[test]
fn rows_of_one_number_must_be_of_one_order() {
    let first = "7,ann,ann@example.com,TEE,1,2026-11-01 09:00,1";
    for (other, what) in [
        ("7,bob,,TEE,1,2026-11-01 09:00,1", "customers: ann, bob"),
        ("7,ann,b@example.com,TEE,1,2026-11-01,1", "e-mail addresses"),
        ("7,ann,,TEE,1,2026-11-02,1", "days: 2026-11-01, 2026-11-02"),
    ] {
        let left = left(&entries_of(PLAIN, &[first, other]));
        assert_eq!(left.len(), 2, "{other}");
        assert_eq!(left[1].reason, Reason::RowsDisagree);
        let expected = format!("number 7 stands for several {what}");
        assert!(left[0].detail.contains(&expected), "{}", left[0].detail);
    }
    let header = format!("{PLAIN},country,currency");
    for (cells, what) in [
        ("DE,EUR|FR,EUR", "countries"),
        ("DE,EUR|DE,USD", "currencies"),
    ] {
        let (one, other) = cells.split_once('|').unwrap();
        let left = left(&entries_of(
            &header,
            &[format!("{first},{one}"), format!("{first},{other}")],
        ));
        assert!(left[0].detail.contains(what), "{}", left[0].detail);
    }
}

#[test]
fn a_blank_cell_says_what_another_row_of_the_order_does() {
    let entries = entries_of(
        PLAIN,
        &[
            "7,ann,a@example.com,TEE,1,2026-11-01 09:00,2",
            "7,,,MUG,1,,3",
            ",,,CAP,4,,",
            "8,bob,,TEE,1,2026-11-02,1",
        ],
    );
    let orders = purchases(&entries);
    assert_eq!(
        told(&orders[0]),
        ("7", vec![("TEE", 1), ("MUG", 1), ("CAP", 4)])
    );
    assert_eq!(orders[0].customer.as_str(), "ann");
    assert_eq!(orders.len(), 2);
}

#[test]
fn the_smallest_plain_file_is_taken() {
    let rows = ["A1,TEE,2,2026-11-01", "A2,MUG,1,2026-11-02"];
    let orders = purchases(&entries_of("order,sku,quantity,placed_at", &rows));
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[0].customer.as_str(), GUEST);
    assert_eq!(orders[0].currency.as_str(), "EUR");
}

#[test]
fn the_quantity_of_an_item_with_a_step_is_read_in_its_unit() {
    let mut how = ReadAs::default();
    let metres = Measure {
        unit: "m".to_owned(),
        step: Step::new("0.01").unwrap(),
    };
    how.measures.insert("CLOTH".into(), metres);
    let file = "order,sku,quantity,placed_at,unit_price\n\
                1,CLOTH,1.5,2026-11-01,4.00\n\
                1,MUG,2.0,2026-11-01,3.99\n\
                2,CLOTH,\"2,25\",2026-11-01,3.99\n\
                3,CLOTH,1.505,2026-11-01,1\n\
                4,MUG,1.5,2026-11-01,1\n";
    let file = file.replace("1.505", "0.505");
    let entries = read(file.as_bytes(), how).unwrap();
    let [first, second] = &purchases(&entries)[..] else {
        panic!("{entries:?}");
    };
    assert_eq!(told(first), ("1", vec![("CLOTH", 150), ("MUG", 2)]));
    assert_eq!(told(second), ("2", vec![("CLOTH", 225)]));
    let prices: Vec<i64> = first
        .rows
        .iter()
        .chain(&second.rows)
        .map(|row| row.unit_price_minor)
        .collect();
    assert_eq!(prices, [4, 399, 4]);
    let left = left(&entries);
    let detail = |row: usize| left[row].detail.as_str();
    assert!(
        detail(0).contains("steps of 0.01 m: 0.5 and 0.51 are"),
        "{left:?}"
    );
    assert!(
        detail(1).contains("is not a count of whole units"),
        "{left:?}"
    );
    assert!(left.iter().all(|left| left.reason == Reason::BadQuantity));
}

#[test]
fn a_country_is_read_by_name_or_code_and_an_unknown_one_leaves_its_order() {
    let header = "order,sku,quantity,placed_at,country,email";
    let rows = [
        "1,TEE,1,2026-11-01,Germany,",
        "1,MUG,1,2026-11-01,DE,ann@example.com",
        "2,TEE,1,2026-11-01,EIRE,",
        "3,TEE,1,2026-11-01,Germny,",
        "4,TEE,1,2026-11-01,Channel Islands,",
        "5,TEE,1,2026-11-01,,ann@example",
        "6,TEE,1,2026-11-01,,ann at example.com",
    ];
    let entries = entries_of(header, &rows);
    let orders = purchases(&entries);
    let told: Vec<(&str, &str)> = orders
        .iter()
        .map(|order| (order.order.as_str(), order.country.as_str()))
        .collect();
    assert_eq!(told, [("1", "DE"), ("2", "IE"), ("4", "XC"), ("5", "ZZ")]);
    let left = left(&entries);
    assert!(
        left[0]
            .detail
            .contains("is no country of ISO 3166, but Germany (DE) is"),
        "{left:?}"
    );
    assert!(left[1].detail.contains("is no e-mail address"), "{left:?}");
    assert_eq!(left.len(), 2);
}

#[test]
fn a_row_that_takes_back_names_its_order_if_it_can() {
    let rows = [
        "B1,kim,,BOOK,3,2026-11-01,1",
        "B2,kim,,BOOK,2,2026-11-02,1",
        "B1,kim,,BOOK,-1,2026-11-03,1",
        "B1,kim,,LAMP,-1,2026-11-03,1",
        "B2,lou,,BOOK,-1,2026-11-03,1",
    ];
    let entries = entries_of(PLAIN, &rows);
    let [back] = &returns(&entries)[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(back.parts, [taken("B1", 1, 1)]);
    let reasons: Vec<_> = left(&entries)
        .iter()
        .map(|left| (left.row, left.reason))
        .collect();
    assert_eq!(
        reasons,
        [(4, Reason::MatchesNothing), (5, Reason::RowsDisagree)]
    );
}

#[test]
fn a_cancelling_document_takes_back_the_latest_purchases_first() {
    let entries = entries_of(
        HEADER,
        &[
            row("1", "10001", "5", "1"),
            row("2", "10001", "3", "1"),
            row("C3", "10001", "-4", "1"),
            row("C4", "10001", "-9", "1"),
        ],
    );
    let parts: Vec<_> = returns(&entries)
        .into_iter()
        .map(|back| (back.unmatched(), back.parts))
        .collect();
    assert_eq!(
        parts,
        [
            (0, vec![taken("2", 1, 3), taken("1", 1, 1)]),
            (5, vec![taken("1", 1, 4)])
        ]
    );
}

#[test]
fn nobody_takes_back_what_is_not_known_to_be_theirs() {
    let entries = entries_of(
        PLAIN,
        &[
            "G1,,,TEE,3,2026-11-01,1",
            "R1,,,TEE,-1,2026-11-02,1",
            "G2,,ann@example.com,TEE,3,2026-11-01,1",
            "R2,,Ann@example.com,TEE,-1,2026-11-02,1",
            "R3,kim,,TEE,-1,2026-11-02,1",
            "G4,kim,,TEE,1,2026-11-03,1",
        ],
    );
    let told: Vec<_> = returns(&entries)
        .into_iter()
        .map(|back| (back.document.clone(), back.reason(), back.parts))
        .collect();
    assert_eq!(
        told,
        [
            ("R1".to_owned(), Reason::Anonymous, vec![]),
            (
                "R2".to_owned(),
                Reason::MatchesNothing,
                vec![taken("G2", 1, 1)]
            ),
            ("R3".to_owned(), Reason::MatchesNothing, vec![]),
        ]
    );
}

#[test]
fn the_same_return_has_the_same_id_wherever_it_stands() {
    let back = "R1,kim,,TEE,-1,2026-11-02,1";
    let ids = |rows: &[&str]| -> Vec<String> {
        returns(&entries_of(PLAIN, rows))
            .iter()
            .map(|back| back.id(0))
            .collect()
    };
    let sale = "D1,kim,,TEE,5,2026-11-01,1";
    let one = ids(&[sale, back]);
    let more = ids(&["D0,lou,,TEE,1,2026-10-31,1", back, sale]);
    assert_eq!(one, more);
    let twice = ids(&[sale, back, back]);
    assert_eq!(twice[0], one[0]);
    assert_ne!(twice[1], one[0], "two of the same are two");
    assert!(one[0].len() < domain::ids::MAX_KEY_BYTES);
}

#[test]
fn what_takes_back_comes_after_the_orders_that_it_takes_from() {
    let rows = [
        "D1,kim,,TEE,-1,2026-11-03,1",
        "D2,kim,,TEE,1,2026-11-02,1",
        "D1,kim,,TEE,2,2026-11-01,1",
    ];
    let kinds: Vec<_> = entries_of(PLAIN, &rows)
        .iter()
        .map(|entry| match entry {
            Entry::Purchase(purchase) => purchase.order.to_string(),
            Entry::Return(back) => format!("back {}", back.document),
            Entry::Left(left) => panic!("{left:?}"),
        })
        .collect();
    assert_eq!(kinds, ["D2", "D1", "back D1"]);
}

#[test]
fn an_order_with_too_many_lines_is_left_whole() {
    for more in [1, group::MAX_DOCUMENT_ROWS] {
        let mut rows = vec![row("1", "10001", "1", "1"); MAX_LINES + more];
        rows.push(row("2", "10001", "1", "1"));
        let entries = entries_of(HEADER, &rows);
        assert_eq!(purchases(&entries).len(), 1);
        let left = left(&entries);
        assert_eq!(left.len(), MAX_LINES + more);
        assert!(left.iter().all(|left| left.reason == Reason::TooManyLines));
    }
}

#[test]
fn a_plain_file_brings_tier_address_and_currency() {
    let file = "\u{feff}order,customer,tier,email,channel,country,region,currency,placed_at,\
         sku,quantity,unit_price\n\
         o1,c1,gold,a@example.org,phone,DE,south,EUR,2026-11-22T09:00:00+01:00,BÖLT,2,1.10\n";
    let entries = read(file.as_bytes(), ReadAs::default()).unwrap();
    let purchase = &purchases(&entries)[0];
    assert_eq!(
        (purchase.tier.as_str(), purchase.region.as_deref()),
        ("gold", Some("south"))
    );
    assert_eq!(purchase.at.to_string(), "2026-11-22T08:00:00Z");
    assert_eq!(purchase.rows[0].sku.as_str(), "BÖLT");
}

#[test]
fn an_unclosed_quote_is_an_error_before_the_file_fills_memory() {
    let tail = row("1", "10001", "1", "1").repeat(100_000);
    let file = format!("{HEADER}\n1,\"10001,{tail}");
    assert!(read(file.as_bytes(), ReadAs::default()).is_err());
}

#[test]
fn a_quote_that_swallows_rows_is_told_before_an_order_misses_one() {
    let file = format!(
        "{PLAIN},description\n1,ann,,TEE,1,2026-11-01,1,\"Tee, 5\"\" wide\n\
         1,ann,,MUG,1,2026-11-01,1,\"Mug\"\n2,ann,,MUG,1,2026-11-01,1,Mug\n"
    );
    let error = read(file.as_bytes(), ReadAs::default()).unwrap_err();
    assert!(matches!(error, SourceError::Torn { row: 1, .. }), "{error}");
    let note = format!(
        "{PLAIN},description\n1,ann,,TEE,1,2026-11-01,1,\"Tee\nto, my, aunt, in, a, red, box, \
         or\n2\"\n"
    );
    assert_eq!(
        purchases(&read(note.as_bytes(), ReadAs::default()).unwrap()).len(),
        1
    );
}

#[test]
fn every_row_of_a_real_shop_file_is_accounted_for() {
    let name = "online-retail-2010-12-to-2011-02.csv.gz";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(path) = ["../shared/data", "../../shared/data"]
        .map(|folder| root.join(folder).join(name))
        .into_iter()
        .find(|path| path.is_file())
    else {
        eprintln!("not run: there is no ../shared/data/{name} beside the repository");
        return;
    };
    let source = Source::open(&path, ReadAs::default()).unwrap();
    let entries: Vec<Entry> = Entries::of(source).unwrap().map(Result::unwrap).collect();
    let (orders, back, left) = (purchases(&entries), returns(&entries), left(&entries));
    let mut numbers: Vec<_> = orders.iter().map(|order| &order.order).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), orders.len());
    let sold: usize = orders.iter().map(|order| order.rows.len()).sum();
    assert_eq!(sold + back.len() + left.len(), 105_335);
    let anonymous = back
        .iter()
        .filter(|back| back.reason() == Reason::Anonymous);
    assert!(anonymous.clone().count() > 0);
    assert!(anonymous.clone().all(|back| back.parts.is_empty()));
    for reason in [
        Reason::BadQuantity,
        Reason::BadTime,
        Reason::BadPrice,
        Reason::RowsDisagree,
    ] {
        let of = left.iter().find(|left| left.reason == reason);
        assert!(of.is_none(), "{of:?}");
    }
}

#[test]
fn three_places_are_asked_about_unless_the_currency_has_them() {
    let read = |price: &str, currency: &str| {
        let file = format!("{PLAIN},currency\n1,ann,,TEE,1,2026-11-01,\"{price}\",{currency}\n");
        read(file.as_bytes(), ReadAs::default()).map(|entries| {
            let purchase = purchases(&entries).remove(0);
            purchase.rows[0].unit_price_minor
        })
    };
    assert_eq!(read("1.255", "KWD").unwrap(), 1_255);
    assert_eq!(read("1,255", "KWD").unwrap(), 1_255);
    assert_eq!(read("1500", "JPY").unwrap(), 1_500);
    let asked = read("1.255", "EUR").unwrap_err();
    assert!(asked.to_string().contains("may mean two things"), "{asked}");
}
