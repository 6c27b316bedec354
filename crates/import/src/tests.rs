//! Rows of a real shop and of hostile ones.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails"
)]

use std::path::Path;

use domain::orders::MAX_LINES;

use super::*;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

fn entries_of(rows: &[&str]) -> Vec<Entry> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    read(&path)
}

fn read(path: &Path) -> Vec<Entry> {
    Entries::new(Source::open(path, None).unwrap())
        .map(Result::unwrap)
        .collect()
}

fn row(invoice: &str, sku: &str, quantity: &str, price: &str) -> String {
    format!("{invoice},{sku},THING,{quantity},2010-12-01 08:26,{price},17850,France")
}

fn reason_of(row: &str) -> Reason {
    let entry = entries_of(&[row]).remove(0);
    let Entry::Left(left) = entry else {
        panic!("{entry:?} was taken")
    };
    left.reason
}

#[test]
fn rows_of_one_invoice_become_one_purchase() {
    let entries = entries_of(&[
        &row("1", "85123a", "6", "2.55"),
        &row("1", "85123A", "2", "2.5"),
        &row("2", "71053", "1", "0"),
    ]);
    let [Entry::Purchase(first), Entry::Purchase(second)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(first.at.to_string(), "2010-12-01T08:26:00Z");
    let lines: Vec<_> = first
        .rows
        .iter()
        .map(|row| (row.sku.as_str(), row.quantity, row.unit_price_minor))
        .collect();
    assert_eq!(lines, [("85123A", 6, 255), ("85123A", 2, 250)]);
    assert_eq!(
        second.rows[0].unit_price_minor, 0,
        "a gift to a known customer is a line"
    );
}

#[test]
fn interleaved_invoices_are_put_together_again() {
    let entries = entries_of(&[
        &row("1", "10001", "1", "1"),
        &row("2", "10002", "1", "1"),
        &row("1", "10003", "1", "1"),
    ]);
    let orders: Vec<_> = entries
        .iter()
        .map(|entry| {
            let Entry::Purchase(purchase) = entry else {
                panic!("{entry:?}")
            };
            (purchase.order.as_str(), purchase.rows.len())
        })
        .collect();
    assert_eq!(orders, [("1", 2), ("2", 1)]);
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
        (row("1", "", "1", "1"), Reason::BadSku),
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
        ("1,10001,THING,1".into(), Reason::MissingFields),
    ] {
        assert_eq!(reason_of(&text), reason, "{text}");
    }
}

#[test]
fn a_cancelling_document_takes_back_the_latest_purchases_first() {
    let mut ledger = Ledger::default();
    let mut taken = Vec::new();
    for entry in entries_of(&[
        &row("1", "10001", "5", "1"),
        &row("2", "10001", "3", "1"),
        &row("C3", "10001", "-4", "1"),
        &row("C4", "10001", "-9", "1"),
    ]) {
        match entry {
            Entry::Purchase(purchase) => ledger.sold(&purchase),
            Entry::Return(back) => taken.push(ledger.take_back(&back)),
            Entry::Left(left) => panic!("{left:?}"),
        }
    }
    let of = |order: &str, quantity| Taken {
        order: order.into(),
        line: 1,
        quantity,
    };
    assert_eq!(
        taken,
        [(vec![of("2", 3), of("1", 1)], 0), (vec![of("1", 4)], 5)]
    );
}

#[test]
fn an_order_has_at_most_so_many_lines_and_further_rows_are_left() {
    let rows: Vec<String> = (0..MAX_LINES + 2)
        .map(|_| row("1", "10001", "1", "1"))
        .collect();
    let entries = entries_of(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let left = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Left(l) if l.reason == Reason::TooManyLines));
    assert_eq!(left.count(), 2);
}

#[test]
fn a_plain_file_brings_tier_address_and_currency() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.csv");
    std::fs::write(
        &path,
        "\u{feff}order,customer,tier,email,channel,country,region,currency,placed_at,\
         sku,quantity,unit_price\n\
         o1,c1,gold,a@example.org,phone,DE,south,EUR,2026-11-22T09:00:00+01:00,BÖLT,2,1.10\n",
    )
    .unwrap();
    let entries = read(&path);
    let [Entry::Purchase(purchase)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (purchase.tier.as_str(), purchase.region.as_deref()),
        ("gold", Some("south"))
    );
    assert_eq!(purchase.at.to_string(), "2026-11-22T08:00:00Z");
    assert_eq!(purchase.rows[0].sku.as_str(), "BÖLT");
}

#[test]
fn a_wrong_column_map_says_what_is_wrong() {
    let map = ColumnMap::declared("order=Nr,sku=Code,quantity=Qty,placed_at=Date").unwrap();
    let header = csv::ByteRecord::from(vec!["Nr", "Code", "Qty", "Date"]);
    assert!(Columns::resolve(&map, &header).is_ok());
    let short = csv::ByteRecord::from(vec!["Nr", "Code"]);
    let error = Columns::resolve(&map, &short).unwrap_err().to_string();
    assert!(error.contains("`Qty` for quantity"), "{error}");
    let error = ColumnMap::declared("order=Nr,colour=X")
        .unwrap_err()
        .to_string();
    assert!(error.contains("`colour=X`"), "{error}");
}

#[test]
fn an_unclosed_quote_is_an_error_before_the_file_fills_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quote.csv");
    let tail = row("1", "10001", "1", "1").repeat(100_000);
    std::fs::write(&path, format!("{HEADER}\n1,\"10001,{tail}")).unwrap();
    let error = Entries::new(Source::open(&path, None).unwrap()).find_map(Result::err);
    assert!(error.is_some());
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
    let (mut sold, mut back, mut left, mut orders) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut seen = std::collections::BTreeSet::new();
    for entry in read(&path) {
        match entry {
            Entry::Purchase(purchase) => {
                assert!(
                    seen.insert(purchase.order.clone()),
                    "{} came twice",
                    purchase.order
                );
                orders += 1;
                sold += purchase.rows.len();
            }
            Entry::Return(_) => back += 1,
            Entry::Left(_) => left += 1,
        }
    }
    assert_eq!(sold + back + left, 105_335);
    eprintln!("{orders} orders of {sold} rows, {back} rows take back, {left} rows are left");
}
