//! `backorder import items`, `stock` and `receipts` as a shop begins with them.

#![cfg(test)]

mod cell;

use std::process::Output;

use cell::Cell;
use serde_json::Value;

struct Shop {
    cell: Cell,
    dir: tempfile::TempDir,
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    format!("{said}\n{}", String::from_utf8_lossy(&output.stderr))
}

impl Shop {
    /// A cell with a location and two items, one of which is told in metres.
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cell = Cell::start(&dir.path().join("state"));
        let shop = Self { cell, dir };
        let defined = shop.cell.ask(&["location", "define", "main"]);
        assert!(defined.status.success(), "{}", words(&defined));
        let (exit, said) = shop.both("items", &ITEMS, &[]);
        let done = said["items"]["done"].as_u64();
        assert_eq!((exit, done), (1, Some(3)), "{said}");
        assert_eq!(said["input"]["left"]["rows_disagree"], 2);
        shop
    }

    /// Imports these lines; the exit code, what it says, and its report without the revisions.
    fn import(&self, kind: &str, lines: &[&str], more: &[&str]) -> (i32, Value, Vec<String>) {
        let file = self.dir.path().join("list.csv");
        let report = self.dir.path().join("report.csv");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (file, told) = (file.display().to_string(), report.display().to_string());
        let mut asked = vec!["import", kind, &file, "--report", &told, "-o", "json"];
        asked.extend(more);
        let output = self.cell.ask(&asked);
        assert!(output.status.code().unwrap() < 2, "{}", words(&output));
        let said = serde_json::from_slice(&output.stdout).unwrap();
        let report = std::fs::read_to_string(&report).unwrap();
        let rows = report.lines().skip(1).map(|row| {
            let row = row.replace("would be ", "");
            let at = row.find(" at revision").unwrap_or(row.len());
            row.split_at(at).0.trim_end_matches(',').to_owned()
        });
        (output.status.code().unwrap(), said, rows.collect())
    }

    /// A dry run, then the run, which report the same.
    fn both(&self, kind: &str, lines: &[&str], more: &[&str]) -> (i32, Value) {
        let dry: Vec<&str> = more.iter().copied().chain(["--dry-run"]).collect();
        let (exit, mut said, report) = self.import(kind, lines, &dry);
        let (real_exit, real_said, real_report) = self.import(kind, lines, more);
        assert_eq!((exit, report), (real_exit, real_report));
        for alone in ["dry_run", "seconds"] {
            said[alone] = real_said[alone].clone();
        }
        assert_eq!(said, real_said);
        (real_exit, real_said)
    }

    fn stock(&self, sku: &str) -> Value {
        let output = self.cell.ask(&["item", "show", sku, "-o", "json"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        said["stock"].clone()
    }

    fn on_hand(&self, sku: &str) -> String {
        let on_hand = &self.stock(sku)["on_hand"];
        on_hand
            .as_str()
            .map_or_else(|| on_hand.to_string(), ToOwned::to_owned)
    }
}

const ITEMS: [&str; 6] = [
    "sku;description;unit;step;cap;wait_days;sold",
    "00123;Mug;;;100;60;",
    "CLOTH;Cloth;m;0,01;12,5;60;",
    "LAST;Last ones;;;;;stock_only",
    "TWICE;One;;;;;no",
    "TWICE;Other;;;;;no",
];

#[test]
fn a_list_of_items_says_what_it_says_and_leaves_the_rest() {
    let shop = Shop::open();
    let (_, said) = shop.both("items", &ITEMS, &[]);
    assert_eq!(said["items"]["unchanged"], 3, "{said}");
    assert_eq!(shop.stock("CLOTH")["backorderable"]["cap"], 1_250);

    // Names alone leave the rest as it is, and a spreadsheet's 123 is not another item.
    let names = ["sku,description", "CLOTH,Fine cloth", "123,Mug"];
    let (exit, said) = shop.both("items", &names, &["--stock-only"]);
    assert_eq!(
        (exit, said["items"]["done"].as_u64()),
        (1, Some(1)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["looks_known"], 1);
    let cloth = shop.stock("CLOTH");
    assert_eq!(cloth["description"], "Fine cloth");
    assert_eq!(cloth["backorderable"]["cap"], 1_250);
}

#[test]
fn counts_and_deliveries_read_again_change_nothing() {
    let shop = Shop::open();
    let stock = [
        "sku,location,quantity",
        "00123,main,7",
        "CLOTH,main,2.5",
        "LAST,Main,1",
        "NOBODY,main,1",
    ];
    let (exit, said) = shop.both("stock", &stock, &[]);
    assert_eq!(
        (exit, said["counts"]["done"].as_u64()),
        (1, Some(2)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["unknown_location"], 1);
    assert_eq!(said["input"]["left"]["unknown_item"], 1);
    assert_eq!(shop.on_hand("CLOTH"), "250");

    let receipts = [
        "delivery,date,sku,quantity",
        "D1,2026-01-05,00123,3",
        "D1,2026-01-05,CLOTH,1.5",
        "D2,2026-01-06,CLOTH,1.505",
        "D2,2026-01-06,00123,1",
        "D3,2999-01-01,00123,1",
    ];
    let (exit, said) = shop.both(
        "receipts",
        &receipts,
        &["--at", "main", "--decimal", "point"],
    );
    assert_eq!(
        (exit, said["receipts"]["done"].as_u64()),
        (1, Some(2)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["not_yet"], 1);
    assert_eq!(shop.on_hand("CLOTH"), "400");

    // Again, after stock has moved: nothing counts or comes twice, and other figures are told.
    let (_, said) = shop.both(
        "receipts",
        &receipts,
        &["--at", "main", "--decimal", "point"],
    );
    assert_eq!(said["receipts"]["repeated"], 2, "{said}");
    let (_, said) = shop.both("stock", &stock[..3], &[]);
    assert_eq!(said["counts"]["repeated"], 2, "{said}");
    let otherwise = ["delivery,sku,quantity", "D1,00123,30"];
    let (exit, said) = shop.both("receipts", &otherwise, &["--at", "main"]);
    let otherwise = said["receipts"]["taken_otherwise"].as_u64();
    assert_eq!((exit, otherwise), (1, Some(1)), "{said}");
    assert_eq!(shop.on_hand("00123"), "10");
    let recount = ["sku,quantity", "00123,4"];
    let (_, said) = shop.import_recount(&recount);
    assert_eq!(said["counts"]["done"], 1, "{said}");
    assert_eq!(shop.on_hand("00123"), "4");
}

impl Shop {
    /// A later stocktake has another name.
    fn import_recount(&self, lines: &[&str]) -> (i32, Value) {
        let (exit, said, _) = self.import("stock", lines, &["--at", "main", "--name", "january"]);
        (exit, said)
    }
}

impl Shop {
    /// Imports deliveries to the location; the exit code, what it says and the report.
    fn receive(&self, lines: &[&str]) -> (i32, Value, Vec<String>) {
        let lines: Vec<&str> = std::iter::once("delivery,supplier,sku,quantity,purchase_order")
            .chain(lines.iter().copied())
            .collect();
        let (exit, said) = self.both("receipts", &lines, &["--at", "main"]);
        let (_, _, report) = self.import("receipts", &lines, &["--at", "main", "--dry-run"]);
        (exit, said, report)
    }
}

#[test]
fn a_delivery_with_a_line_that_inventory_refuses_is_left_whole_until_it_is_mended() {
    let shop = Shop::open();
    let refused = ["D1,,00123,4,", "D1,,LAST,2000000000,", "D2,,LAST,1,"];
    let (exit, said, report) = shop.receive(&refused);
    assert_eq!(
        (exit, &said["receipts"]["done"]),
        (1, &Value::from(1)),
        "{said}"
    );
    assert_eq!(said["receipts"]["refused"], 1);
    assert_eq!(said["input"]["left"]["order_incomplete"], 1);
    assert!(report[0].contains("row 2 cannot be taken"), "{report:?}");
    assert_eq!(
        (shop.on_hand("00123"), shop.on_hand("LAST")),
        ("0".into(), "1".into())
    );
    // Mended, it comes, and a line that is added later comes as well.
    let (exit, said, _) = shop.receive(&["D1,,00123,4,", "D1,,LAST,2,", "D2,,LAST,1,"]);
    assert_eq!(
        (exit, &said["receipts"]["done"]),
        (0, &Value::from(2)),
        "{said}"
    );
    let (exit, said, _) = shop.receive(&["D1,,00123,4,", "D1,,LAST,2,", "D1,,CLOTH,3,"]);
    assert_eq!(
        (exit, &said["receipts"]["done"]),
        (0, &Value::from(1)),
        "{said}"
    );
    assert_eq!(said["receipts"]["repeated"], 2);
    assert_eq!(
        (shop.on_hand("00123"), shop.on_hand("LAST")),
        ("4".into(), "3".into())
    );
}

#[test]
fn lines_called_alike_that_move_are_received_once() {
    let shop = Shop::open();
    let (exit, said, _) = shop.receive(&["D1,,00123,5,", "D1,,LAST,1,"]);
    assert_eq!(
        (exit, &said["receipts"]["done"]),
        (0, &Value::from(2)),
        "{said}"
    );
    // Another line called alike stands before it now: which is which cannot be told.
    let (exit, said, report) = shop.receive(&["D1,,00123,3,", "D1,,00123,5,", "D1,,LAST,1,"]);
    assert_eq!(
        (exit, &said["receipts"]["done"]),
        (1, &Value::from(0)),
        "{said}"
    );
    assert_eq!(said["receipts"]["taken_otherwise"], 1);
    assert_eq!(said["input"]["left"]["order_incomplete"], 2, "{report:?}");
    assert_eq!(shop.on_hand("00123"), "5");
    // Behind it, it is another one.
    let (exit, _, _) = shop.receive(&["D1,,00123,5,", "D1,,00123,3,", "D1,,LAST,1,"]);
    assert_eq!((exit, shop.on_hand("00123")), (0, "8".into()));
    // A supplier that is filled in later in some rows makes no other lines of them.
    let (exit, said, _) = shop.receive(&["D1,acme,00123,5,", "D1,,00123,3,", "D1,,LAST,1,"]);
    assert_eq!(
        (exit, &said["input"]["left"]["rows_disagree"]),
        (1, &Value::from(3))
    );
    assert_eq!(shop.on_hand("00123"), "8");
}

#[test]
fn a_new_item_that_looks_like_another_of_the_file_is_not_guessed() {
    let shop = Shop::open();
    let new = ["sku,description", "12,Cup", "0012,Cup", "LID,Lid"];
    let (exit, said) = shop.both("items", &new, &["--stock-only"]);
    assert_eq!(
        (exit, &said["items"]["done"]),
        (1, &Value::from(1)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["looks_known"], 2);
    // So are those of orders that are to be defined.
    let orders = [
        "order,customer,sku,quantity,placed_at,unit_price",
        "S1,ida,7,1,2026-01-05,2",
        "S2,ida,007,1,2026-01-05,2",
    ];
    let (exit, said, _) = shop.import("orders", &orders, &["--define-items", "10:60"]);
    assert_eq!(
        (exit, &said["input"]["left"]["unknown_item"]),
        (1, &Value::from(2))
    );
    let more = ["--stock-only", "--define-alike"];
    let (exit, said) = shop.both("items", &new, &more);
    assert_eq!(
        (exit, &said["items"]["done"]),
        (0, &Value::from(2)),
        "{said}"
    );
}

#[test]
fn a_figure_that_an_item_has_no_place_for_is_told() {
    let shop = Shop::open();
    let lines = [
        "sku,sold,cap,wait_days,pack,lead_time_days,substitutes,reorder_point",
        "LAST,,,60,,,,",
        "CUP,stock_only,5,,,,,",
        "LID,stock_only,,,12,,,0",
        "POT,stock_only,,,,9,,",
        "PAN,substitutable,5,,,,LAST,",
        "TEE,backorderable,5,60,,,LAST,",
        "CLOTH,,,90,0,0,,0",
    ];
    let (exit, said) = shop.both("items", &lines, &[]);
    assert_eq!(
        (exit, &said["items"]["done"]),
        (1, &Value::from(1)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["bad_item"], 6);
    let (_, _, report) = shop.import("items", &lines, &["--dry-run"]);
    for (row, column) in [
        "wait_days",
        "cap",
        "pack",
        "lead_time_days",
        "cap",
        "substitutes",
    ]
    .iter()
    .enumerate()
    {
        assert!(report[row].contains(column), "{report:?}");
    }
    // A longest wait alone is one of an item that waits.
    let cloth = &shop.stock("CLOTH")["backorderable"];
    assert_eq!(
        (&cloth["cap"], &cloth["longest_wait_days"]),
        (&1_250.into(), &90.into())
    );
}

/// The days of an order's line as the command tells them.
fn order(shop: &Shop, id: &str) -> Value {
    let output = shop.cell.ask(&["po", "show", id, "-o", "json"]);
    assert!(output.status.success(), "{}", words(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said["purchase_order"].clone()
}

fn days(line: &Value) -> Vec<String> {
    let parts = line["parts"].as_array().unwrap().iter();
    let parts = parts.map(|part| {
        let day = part["eta"].as_str().map_or("some day", |eta| &eta[..10]);
        format!("{} {day}", part["quantity"])
    });
    parts.collect()
}

const HEAD: &str = "purchase_order,supplier,sku,quantity,expected";

/// All of one has left: another day is that of what is under way.
fn moves_what_is_under_way(shop: &Shop) {
    let sent = "po ship p-3 --line 00123:5 --dispatch N-1 --date 2031-06-01";
    let sent = shop.cell.ask(&sent.split(' ').collect::<Vec<_>>());
    assert!(sent.status.success(), "{}", words(&sent));
    let moved = [HEAD, "p-3,acme,00123,5,2031-06-20"];
    let (_, said) = shop.both("purchase-orders", &moved, &[]);
    assert_eq!(said["purchase_orders"]["done"], 1, "{said}");
    let eta = &order(shop, "p-3")["dispatches"][0]["eta"];
    assert!(eta.as_str().unwrap().starts_with("2031-06-20"), "{eta}");
    let (_, said) = shop.both("purchase-orders", &moved, &[]);
    assert_eq!(said["purchase_orders"]["repeated"], 1, "{said}");
}

#[test]
fn open_purchase_orders_come_from_a_spreadsheet_and_a_later_one_moves_their_days() {
    let shop = Shop::open();
    let defined = shop
        .cell
        .ask(&["supplier", "define", "acme", "--lead-time-days", "7"]);
    assert!(defined.status.success(), "{}", words(&defined));
    let first = [
        HEAD,
        "p-1,acme,00123,100,2031-03-10",
        "p-1,acme,CLOTH,2.5,2031-03-10",
        "p-2,acme,00123,60,2031-03-20",
        "p-2,acme,00123,40,2031-04-20",
        "p-2,acme,CLOTH,1,",
        "p-3,acme,00123,5,",
        "p-4,acme,NOBODY,5,",
        "p-5,nobody,00123,5,",
        // Overdue when it comes in.
        "p-6,acme,CLOTH,4,2020-01-01",
        "p-6,acme,00123,6,2031-03-20",
    ];
    let (exit, said) = shop.both("purchase-orders", &first, &["--decimal", "point"]);
    assert_eq!(
        (exit, said["purchase_orders"]["done"].as_u64()),
        (1, Some(4)),
        "{said}"
    );
    assert_eq!(said["input"]["left"]["unknown_item"], 1);
    assert_eq!(said["purchase_orders"]["refused"], 1, "{said}");
    let overdue = order(&shop, "p-6");
    assert_eq!(overdue["lines"][0]["sku"], "CLOTH", "{overdue}");
    assert_eq!(days(&overdue["lines"][1]), ["6 2031-03-20"]);
    let (_, said) = shop.both("purchase-orders", &[HEAD, first[9], first[10]], &[]);
    assert_eq!(said["purchase_orders"]["repeated"], 1, "{said}");
    let one = order(&shop, "p-1");
    assert!(
        one["expected_at"]
            .as_str()
            .unwrap()
            .starts_with("2031-03-10"),
        "{one}"
    );
    assert_eq!(one["lines"][1]["ordered"], 250);
    assert_eq!(one["messages"].as_array().unwrap().len(), 1);
    assert_eq!(
        days(&order(&shop, "p-2")["lines"][0]),
        ["60 2031-03-20", "40 2031-04-20"]
    );

    // The same again changes nothing.
    let (_, said) = shop.both("purchase-orders", &first[..7], &["--decimal", "point"]);
    assert_eq!(said["purchase_orders"]["repeated"], 3, "{said}");

    // What was counted in is of the part that comes first; a day far away is none.
    let counted = shop.receive(&["D1,acme,00123,70,p-2"]);
    assert_eq!(counted.0, 0, "{}", counted.1);
    let later = [
        HEAD,
        "p-1,acme,00123,100,2031-05-01",
        "p-2,acme,00123,60,2031-03-20",
        "p-2,acme,00123,40,2049-12-31",
        "p-3,acme,00123,6,2031-05-01",
        "p-3,acme,CLOTH,6,2031-05-01",
    ];
    let (exit, said) = shop.both("purchase-orders", &later, &[]);
    assert_eq!(
        (exit, said["purchase_orders"]["done"].as_u64()),
        (1, Some(2)),
        "{said}"
    );
    assert_eq!(days(&order(&shop, "p-1")["lines"][0]), ["100 2031-05-01"]);
    assert_eq!(days(&order(&shop, "p-2")["lines"][0]), ["30 some day"]);

    moves_what_is_under_way(&shop);

    // And back: the same day again is another word.
    let (_, said) = shop.both("purchase-orders", &first[..3], &["--decimal", "point"]);
    assert_eq!(said["purchase_orders"]["done"], 1, "{said}");
    assert_eq!(days(&order(&shop, "p-1")["lines"][0]), ["100 2031-03-10"]);
}

#[test]
fn goods_that_are_counted_in_while_a_list_is_read_are_not_expected_once_more() {
    let shop = Shop::open();
    let defined = shop.cell.ask(&["supplier", "define", "acme"]);
    assert!(defined.status.success(), "{}", words(&defined));
    let of_day = |day: u32| format!("p-1,acme,00123,100,2031-03-{day}");
    shop.import("purchase-orders", &[HEAD, &of_day(10)], &[]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..40 {
                let one = ["receive", "00123:1", "--at", "main", "--po", "p-1"];
                let counted = shop.cell.ask(&one);
                assert!(counted.status.success(), "{}", words(&counted));
            }
        });
        for day in 11..28 {
            let (exit, said, _) = shop.import("purchase-orders", &[HEAD, &of_day(day)], &[]);
            assert_eq!(
                (exit, &said["purchase_orders"]["done"]),
                (0, &1.into()),
                "{said}"
            );
        }
    });
    let line = &order(&shop, "p-1")["lines"][0];
    assert_eq!(
        (&line["added"], &line["received"]),
        (&0.into(), &40.into()),
        "{line}"
    );
    assert_eq!(days(line), ["60 2031-03-27"]);
}
