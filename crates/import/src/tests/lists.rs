//! Lists of items, of stock and of deliveries.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn open<T>(
    kind: Kind,
    file: &[u8],
    lines: impl FnOnce(List) -> Result<Lines<T>, SourceError>,
) -> Result<Vec<Listed<T>>, SourceError>
where
    T: serde::de::DeserializeOwned,
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, file).unwrap();
    lines(List::open(&path, kind, ReadAs::default())?)?.collect()
}

fn items(rows: &[&str]) -> Vec<Listed<Defined>> {
    let file = rows.join("\n");
    open(Kind::Items, file.as_bytes(), |list| list.items(|| {})).unwrap()
}

fn stock(file: &str) -> Vec<Listed<Counted>> {
    let main = "main".into();
    open(Kind::Stock, file.as_bytes(), |list| {
        list.stock(Some(&main), || {})
    })
    .unwrap()
}

fn receipts(file: &str) -> Vec<Listed<Delivery>> {
    let main = "main".into();
    let read = |list: List| list.receipts(Some(&main), || {});
    open(Kind::Receipts, file.as_bytes(), read).unwrap()
}

fn reasons<T>(listed: &[Listed<T>]) -> Vec<(u64, Reason)> {
    let left = listed.iter().filter_map(|it| match it {
        Listed::Left(left) => Some((left.row, left.reason)),
        Listed::Told(..) => None,
    });
    left.collect()
}

fn told<T: Clone>(listed: &[Listed<T>]) -> Vec<T> {
    let told = listed.iter().filter_map(|it| match it {
        Listed::Told(_, told) => Some(told.clone()),
        Listed::Left(_) => None,
    });
    told.collect()
}

#[test]
fn rows_of_one_item_say_one_thing_or_parts_of_it() {
    let listed = items(&[
        "SKU,Description,cap,wait_days,unit,step,supplier",
        "CLOTH,Cloth,\"12,5\",60,m,\"0,01\",",
        "CLOTH,,,,,,acme",
        "MUG,A mug,,,,,",
        "MUG,Another,,,,,",
        "CUP,A cup,1.5,,,,",
        "CUP,A cup,,,,,",
        "1.12E+14,Long,,,,,",
        ",Nameless,,,,,",
    ]);
    let [cloth] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((cloth.cap, cloth.wait_days), (Some(1_250), Some(60)));
    assert_eq!(cloth.supplier.as_ref().map(|it| it.as_str()), Some("acme"));
    let left = [
        (3, Reason::RowsDisagree),
        (4, Reason::RowsDisagree),
        (5, Reason::BadItem),
        (6, Reason::OrderIncomplete),
        (7, Reason::BadSku),
        (8, Reason::BadSku),
    ];
    assert_eq!(reasons(&listed), left);
}

#[test]
fn quantities_of_an_item_are_counted_by_the_step_that_another_row_says() {
    let listed = items(&[
        "sku,unit,step,cap,wait_days,pack",
        "CLOTH,m,0.01,,60,",
        "CLOTH,,,12,,",
        "CLOTH,,,12.0,,2.5",
        "ROPE,,,1.5,,",
        "ROPE,m,0.5,,,",
        "BOLT,,,1.5,,",
        "BOLT,,,,60,",
        "WIRE,,0.1,1,,",
        "WIRE,,0.2,,,",
    ]);
    let [cloth, rope] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((cloth.cap, cloth.pack), (Some(1_200), Some(250)));
    assert_eq!(rope.cap, Some(3));
    let left = [
        (6, Reason::BadItem),
        (7, Reason::OrderIncomplete),
        (8, Reason::RowsDisagree),
        (9, Reason::RowsDisagree),
    ];
    assert_eq!(reasons(&listed), left);
}

#[test]
fn a_row_that_a_quote_swallows_is_not_lost_in_silence() {
    let read = |file: &str| open(Kind::Items, file.as_bytes(), |list| list.items(|| {}));
    let torn = "sku,description,cap\nMUG,\"A mug,5\nCUP,A cup,5\nTEE,A tee,5\n";
    assert!(matches!(read(torn), Err(SourceError::Torn { row: 1, .. })));
    // Several lines are no description, and in a column that is not read they do no harm.
    let lines =
        "sku,description,body,cap\nMUG,\"A mug\nfor tea\",,5\nCUP,A cup,\"<p>\nA, b\n</p>\",5\n";
    let listed = read(lines).unwrap();
    assert_eq!(reasons(&listed), [(1, Reason::BadItem)]);
    assert_eq!(told(&listed).len(), 1);
}

#[test]
fn a_count_is_of_one_row_and_not_below_nothing() {
    let listed = stock(
        "sku,location,quantity\n00123,main,2.0\nMUG,,0\nCUP,main,-1\nTEE,main,1.5\nLID,main,3\n\
         LID,main,3\nLID,north,4\nPOT,main,not stocked\nPAN,main,",
    );
    let counts: Vec<(String, String, u32)> = told(&listed)
        .iter()
        .map(|it| (it.sku.to_string(), it.location.to_string(), it.counted))
        .collect();
    let row = |sku: &str, at: &str, counted| (sku.to_owned(), at.to_owned(), counted);
    assert_eq!(
        counts,
        [
            row("00123", "main", 2),
            row("MUG", "main", 0),
            row("LID", "north", 4)
        ]
    );
    let left = [
        (3, Reason::BadQuantity),
        (4, Reason::BadQuantity),
        (5, Reason::RowsDisagree),
        (6, Reason::RowsDisagree),
        (8, Reason::NotStocked),
        (9, Reason::BadQuantity),
    ];
    assert_eq!(reasons(&listed), left);
}

#[test]
fn a_delivery_comes_whole_or_not_at_all() {
    let listed = receipts(
        "delivery,date,sku,quantity,location,purchase_order\n\
         D1,2026-11-02,MUG,5,north,po-1\nD1,,CUP,2,,\nD2,2026-11-02,MUG,1,,\n\
         D2,2026-11-03,CUP,1,,\nD3,,MUG,x,,\nD3,,CUP,1,,\nD4,,MUG,-2,,\nD4,,CUP,0,,\nD4,,CUP,1,,",
    );
    let lines: Vec<(u64, String, Option<String>)> = told(&listed)
        .iter()
        .flat_map(|delivery| &delivery.lines)
        .map(|(row, line)| {
            let at = line.location.as_ref().map(ToString::to_string).unwrap();
            (
                *row,
                at,
                line.purchase_order.as_ref().map(ToString::to_string),
            )
        })
        .collect();
    let po = Some("po-1".to_owned());
    assert_eq!(
        lines,
        [
            (1, "north".into(), po.clone()),
            (2, "north".into(), po),
            (9, "main".into(), None)
        ]
    );
    let left = [
        (3, Reason::RowsDisagree),
        (4, Reason::RowsDisagree),
        (5, Reason::BadQuantity),
        (6, Reason::OrderIncomplete),
        (7, Reason::GoesBack),
        (8, Reason::ZeroQuantity),
    ];
    assert_eq!(reasons(&listed), left);
}

#[test]
fn what_may_mean_two_things_is_asked_and_a_column_that_is_not_there_is_told() {
    let main = "main".into();
    let read = |file: &str| {
        let count = |list: List| list.stock(Some(&main), || {});
        open(Kind::Stock, file.as_bytes(), count).unwrap_err()
    };
    assert!(matches!(
        read("sku,quantity\nMUG,1.250"),
        SourceError::Asked { .. }
    ));
    let unknown = read("Artikel,Menge\nMUG,1").to_string();
    assert!(unknown.contains("Artikel, Menge"), "{unknown}");
    assert!(
        unknown.contains("(plain, shopify, woocommerce)"),
        "{unknown}"
    );
    let near = read("sku,Qty\nMUG,1").to_string();
    assert!(near.contains("but `Qty` looks like it"), "{near}");
}

/// The header of WooCommerce's export of products.
const WOOCOMMERCE: &str = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\
    \"Is featured?\",\"Visibility in catalog\",\"Short description\",Description,\
    \"Date sale price starts\",\"Date sale price ends\",\"Tax status\",\"Tax class\",\
    \"In stock?\",Stock,\"Low stock amount\",\"Backorders allowed?\",\"Sold individually?\",\
    \"Weight (kg)\",\"Length (cm)\",\"Width (cm)\",\"Height (cm)\",\
    \"Allow customer reviews?\",\"Purchase note\",\"Sale price\",\"Regular price\",Categories,\
    Tags,\"Shipping class\",Images,\"Download limit\",\"Download expiry days\",Parent,\
    \"Grouped products\",Upsells,Cross-sells,\"External URL\",\"Button text\",Position";

#[test]
fn exports_of_known_shops_are_known_by_their_headers() {
    let shopify = "Handle,Title,SKU,Location,Incoming,Committed,Available,On hand\n\
                   mug,Mug,MUG,Shop,0,1,4,5\nmug,Mug,MUG,Attic,0,0,not stocked,not stocked";
    let listed = stock(shopify);
    let [count] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((count.location.as_str(), count.counted), ("Shop", 5));
    let listed = items(&[
        "Handle,Title,Vendor,Variant SKU,Variant Inventory Policy,Image Src",
        "mug,Mug,Potter,MUG,continue,https://shop.example/1.png",
        "mug,,,,,https://shop.example/2.png",
        "cup,Cup,Potter,,deny,",
    ]);
    let [mug] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(mug.description.as_deref(), Some("Mug"));
    assert_eq!(
        (mug.sold, &mug.supplier),
        (Some(Sold::Backorderable), &None)
    );
    // A picture is nothing to mend, and goods without a code are.
    assert_eq!(
        reasons(&listed),
        [(2, Reason::SaysNothing), (3, Reason::BadSku)]
    );
    assert!(Reason::SaysNothing.is_expected());
}

#[test]
fn an_export_of_woocommerce_is_known_though_a_plain_list_has_such_names_too() {
    let row = "7,simple,MUG,,A mug,1,0,visible,,\"<p>\nFor tea\n</p>\",,,taxable,,1,5,,notify,0,\
               ,,,,1,,,9.00,Mugs,,,,,,,,,,,,0";
    let file = format!("{WOOCOMMERCE}\n{row}\n");
    let listed = open(Kind::Items, file.as_bytes(), |list| {
        assert_eq!(list.column_map().name, "woocommerce");
        list.items(|| {})
    });
    let [mug] = &told(&listed.unwrap())[..] else {
        panic!();
    };
    assert_eq!(mug.description.as_deref(), Some("A mug"));
    assert_eq!(mug.sold, Some(Sold::Backorderable));
    let listed = stock(&file);
    let [count] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((count.sku.as_str(), count.counted), ("MUG", 5));
}

#[test]
fn what_is_available_is_not_taken_for_what_is_on_hand() {
    let file = "SKU,Location,Available\nMUG,Shop,4\n";
    let main = "main".into();
    let asked = open(Kind::Stock, file.as_bytes(), |list: List| {
        list.stock(Some(&main), || {})
    });
    let asked = asked.unwrap_err().to_string();
    assert!(asked.contains("but `Available` looks like it"), "{asked}");
}

#[test]
fn rows_of_a_purchase_order_are_its_parts_and_come_whole() {
    let file = "PO;Vendor;Item;Qty;ETA\n\
                p-1;acme;BOLT;60;2031-03-10\n;;BOLT;40;\n;;NUT;7;2031-03-12\n\
                p-2;acme;BOLT;5;soon\np-2;acme;NUT;5;2031-03-12\n\
                p-3;acme;BOLT;5;\np-3;other;NUT;5;\n\
                p-4;;BOLT;0;\np-4;;NUT;2;\n\
                p-5;acme;BOLT;9;\np-5;acme;BOLT;-2;\n";
    let read = |list: List| list.purchases(|| {});
    let refused = open(Kind::Purchases, file.as_bytes(), read).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("`PO` looks like it"), "{refused}");
    let plain = file.replacen(
        "PO;Vendor;Item;Qty;ETA",
        "purchase_order;supplier;sku;quantity;expected",
        1,
    );
    let listed = open(Kind::Purchases, plain.as_bytes(), read).unwrap();
    let [one, four] = &told(&listed)[..] else {
        panic!("{listed:?}");
    };
    let lines = one.lines.iter().map(|(row, line)| {
        let day = line.expected.map(|day| day.to_string()).unwrap_or_default();
        format!("{row} {} {} {day}", line.quantity, line.sku)
    });
    let lines: Vec<String> = lines.collect();
    assert_eq!(
        lines,
        ["1 60 BOLT 2031-03-10", "2 40 BOLT ", "3 7 NUT 2031-03-12"]
    );
    assert_eq!(one.supplier.as_ref().map(|it| it.as_str()), Some("acme"));
    assert_eq!((four.lines.len(), &four.supplier), (1, &None));
    assert_eq!(
        reasons(&listed),
        [
            (4, Reason::BadTime),
            (5, Reason::OrderIncomplete),
            (6, Reason::RowsDisagree),
            (7, Reason::RowsDisagree),
            (8, Reason::ZeroQuantity),
            (10, Reason::OrderIncomplete),
            (11, Reason::GoesBack),
        ]
    );
}

#[test]
fn a_word_that_is_no_preset_is_told_those_of_its_kind() {
    let told = ColumnMap::declared(Kind::Items, "shopware").unwrap_err();
    let told = told.to_string();
    assert!(
        told.contains("no preset (shopify, woocommerce, plain)"),
        "{told}"
    );
    assert!(ColumnMap::declared(Kind::Receipts, "shopify").is_err());
}

#[test]
fn a_line_that_brings_nothing_keeps_its_place_among_those_called_alike() {
    let ids = |file: &str| -> Vec<(u32, String)> {
        let lines = told(&receipts(file)).into_iter().flat_map(|it| it.lines);
        lines.map(|(_, line)| (line.quantity, line.id())).collect()
    };
    let first = ids("delivery,sku,quantity\nD1,MUG,0\nD1,MUG,-1\nD1,MUG,5\n");
    let next = ids("delivery,sku,quantity\nD1,MUG,2\nD1,MUG,1\nD1,MUG,5\n");
    assert_eq!(first.len(), 1);
    assert_eq!(next.get(2), first.first());
}

#[test]
fn a_delivery_of_which_some_rows_name_no_supplier_is_left() {
    let listed = receipts(
        "delivery,supplier,sku,quantity\nD1,,MUG,5\nD1,acme,CUP,2\nD2,acme,MUG,1\n\
         D2,best,MUG,1\nD3,,MUG,1\n",
    );
    let left = [(1, Reason::RowsDisagree), (2, Reason::RowsDisagree)];
    assert_eq!(reasons(&listed), left);
    assert_eq!(told(&listed).len(), 3);
}

/// Cells with all that a quoted cell may have.
const CELL: &str = "[ -~äß€\\n]{0,6}|[0-9]{1,4}|D[12]|MUG";

/// A line of a delivery: number, supplier, item, quantity.
type Line = (u8, &'static str, u8, u32);

fn deliveries() -> impl Strategy<Value = Vec<Line>> {
    let supplier = prop::sample::select(vec!["", "acme", "best"]);
    prop::collection::vec((0_u8..5, supplier, 0_u8..4, 0_u32..9), 0..24)
}

fn rows_of(lines: &[Line]) -> String {
    let rows = lines
        .iter()
        .map(|(d, supplier, s, q)| format!("D{d},{supplier},S{s},{q}\n"));
    format!(
        "delivery,supplier,sku,quantity\n{}",
        rows.collect::<String>()
    )
}

/// What has come, by id: the delivery and item, and how much.
type Stock = BTreeMap<String, ((String, String), u32)>;

/// What would be received, as the import does it: the first under an id stays, and a delivery with
/// a line that was taken otherwise is left.
fn received(mut stock: Stock, file: &str) -> Stock {
    for delivery in told(&receipts(file)) {
        let lines = delivery.lines.into_iter().map(|(_, line)| {
            let named = (line.delivery.clone(), line.sku.to_string());
            (line.id(), (named, line.quantity))
        });
        let lines: Stock = lines.collect();
        let is_as_before =
            |(id, line): (&String, &_)| stock.get(id).is_none_or(|before| before == line);
        if lines.iter().all(is_as_before) {
            stock.extend(lines);
        }
    }
    stock
}

fn units(stock: &Stock) -> BTreeMap<(String, String), u32> {
    let mut units = BTreeMap::new();
    for (named, quantity) in stock.values() {
        *units.entry(named.clone()).or_default() += quantity;
    }
    units
}

/// What all these lines bring, by delivery and item.
fn brought(lines: &[Line]) -> BTreeMap<(String, String), u32> {
    let mut units = BTreeMap::new();
    for (d, _, s, q) in lines {
        *units.entry((format!("D{d}"), format!("S{s}"))).or_default() += q;
    }
    units
}

proptest! {
    #[test]
    fn any_order_of_lines_brings_the_same_stock_and_a_beginning_before_brings_none_twice(
        lines in deliveries(), cut in 0_usize..24, turn in 0_usize..24,
    ) {
        let whole = received(BTreeMap::new(), &rows_of(&lines));
        let ordered = brought(&lines);
        let is_left = |d: &str| {
            let mut suppliers = lines.iter().filter(|line| format!("D{}", line.0) == d);
            let some = lines.iter().any(|line| format!("D{}", line.0) == d && line.1.is_empty());
            some && suppliers.any(|line| !line.1.is_empty())
        };
        let mut come = ordered.clone();
        come.retain(|(d, _), units| *units > 0 && !is_left(d));
        prop_assert_eq!(&units(&whole), &come);
        let mut turned = lines.clone();
        turned.rotate_left(turn.min(lines.len()));
        prop_assert_eq!(&units(&received(BTreeMap::new(), &rows_of(&turned))), &come);
        let beginning = &lines[..cut.min(lines.len())];
        let first = received(BTreeMap::new(), &rows_of(beginning));
        let then = received(first, &rows_of(&lines));
        for (named, units) in units(&then) {
            prop_assert!(units <= ordered[&named], "{named:?} twice");
        }
        prop_assert!(whole.iter().all(|(id, line)| then.get(id) == Some(line)));
        prop_assert_eq!(&received(whole.clone(), &rows_of(&lines)), &whole);
    }

    #[test]
    fn whatever_bytes_a_list_has_no_row_is_lost_and_no_half_delivery_comes(
        cells in prop::collection::vec(prop::collection::vec(CELL, 3), 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let rows = cells.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(","));
        let body: Vec<String> = rows.collect();
        let file = format!("delivery,sku,quantity\n{}\n", body.join("\n"));
        let main = "main".into();
        let read = |bytes: &[u8]| {
            open(Kind::Receipts, bytes, |list| list.receipts(Some(&main), || {}))
        };
        if let Ok(listed) = read(file.as_bytes()) {
            let mut rows = BTreeSet::new();
            for it in &listed {
                match it {
                    Listed::Told(of, _) => rows.extend(of.iter().copied()),
                    Listed::Left(left) => rows.extend([left.row]),
                }
            }
            let blank = |row: &Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
            let some = cells.iter().filter(|row| !blank(row)).count();
            prop_assert_eq!(rows.len(), some);
        }
        // Whatever it is, it is read or told apart.
        for kind in [Kind::Items, Kind::Stock, Kind::Receipts, Kind::Purchases] {
            let mut bytes = kind.names().join(",").into_bytes();
            bytes.push(b'\n');
            bytes.extend(&noise);
            let read = match kind {
                Kind::Items => open(kind, &bytes, |it| it.items(|| {})).map(|it| it.len()),
                Kind::Stock => open(kind, &bytes, |it| it.stock(None, || {})).map(|it| it.len()),
                Kind::Purchases => open(kind, &bytes, |it| it.purchases(|| {})).map(|it| it.len()),
                Kind::Receipts | Kind::Orders => {
                    open(kind, &bytes, |it| it.receipts(None, || {})).map(|it| it.len())
                }
            };
            prop_assert!(read.is_ok_and(|rows| rows <= 80) || !noise.is_empty());
        }
    }
}
