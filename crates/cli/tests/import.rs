//! `backorder import` as a person runs it, month after month, against a cell that runs.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "figures in tests are small")]

mod cell;

use std::path::Path;
use std::process::{Command, Output};

use cell::Cell;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// A cell that runs until it is dropped, and a folder for files.
struct Shop {
    cell: Cell,
    dir: tempfile::TempDir,
}

impl Shop {
    fn open(items: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cell = Cell::start(&dir.path().join("state"));
        let shop = Self { cell, dir };
        for item in items {
            let defined = shop
                .cell
                .ask(&["item", "define", item, "--backorderable", "1000:90"]);
            assert!(defined.status.success(), "{}", words(&defined));
        }
        shop
    }

    /// Imports these lines; the exit code, what it says as JSON, and its report.
    fn import(&self, lines: &[&str], more: &[&str]) -> (i32, Value, String) {
        let file = self.dir.path().join("orders.csv");
        let report = self.dir.path().join("report.csv");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (file, told) = (text(&file), text(&report));
        let mut asked = vec!["import", "orders", &file, "--report", &told, "-o", "json"];
        asked.extend(more);
        let output = self.cell.ask(&asked);
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let report = std::fs::read_to_string(&report).unwrap_or_default();
        assert!(output.status.code().unwrap() < 2, "{}", words(&output));
        (output.status.code().unwrap(), said, report)
    }

    /// Units of each line of an order that are not cancelled, by SKU.
    fn wanted(&self, order: &str) -> Vec<(String, u64)> {
        let output = self.cell.ask(&["order", "show", order, "-o", "json"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lines = said["order"]["lines"].as_array().unwrap();
        let line = |line: &Value| {
            let units = line["quantity"]
                .as_u64()?
                .checked_sub(line["cancelled"].as_u64()?)?;
            Some((line["sku"].as_str()?.to_owned(), units))
        };
        lines.iter().filter_map(line).collect()
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    format!("{said}\n{}", String::from_utf8_lossy(&output.stderr))
}

const HEADER: &str = "order,customer,email,sku,quantity,placed_at,unit_price";

#[test]
fn month_after_month_the_same_rows_are_the_same_orders_and_returns() {
    let shop = Shop::open(&["LAMP", "SHADE"]);
    let sale = "S1,ida,,LAMP,4,2026-10-05,20";
    let more = "S1,,,SHADE,1,,5";
    let back = "C7,ida,,LAMP,-1,2026-10-09,20";
    let october = [HEADER, sale, back, more];
    let (exit, said, _) = shop.import(&october, &[]);
    assert_eq!((exit, said["orders"]["placed"].as_u64()), (0, Some(1)));
    let wanted = vec![("LAMP".to_owned(), 3), ("SHADE".to_owned(), 1)];
    assert_eq!(shop.wanted("S1"), wanted);

    let (exit, said, _) = shop.import(&october, &[]);
    assert_eq!((exit, said["orders"]["repeated"].as_u64()), (0, Some(1)));
    assert_eq!(said["cancellations_repeated"], 1);

    // The next export has older orders above, and takes back of an order by its number.
    let november = [
        HEADER,
        "S0,jon,,LAMP,1,2026-10-04,20",
        back,
        sale,
        more,
        "S1,ida,,SHADE,-1,2026-11-02,5",
    ];
    let (exit, said, _) = shop.import(&november, &[]);
    assert_eq!((exit, said["cancellations"].as_u64()), (0, Some(1)));
    // A later one names an order that is not in it, and one whose return it has as well.
    let december = [
        HEADER,
        "S0,jon,,LAMP,-1,2026-12-01,20",
        "S1,,,SHADE,-1,2026-11-02,5",
    ];
    let (exit, said, report) = shop.import(&december, &[]);
    assert_eq!(said["cancellations"], 1, "{exit} {report}");
    let wanted = vec![("LAMP".to_owned(), 3), ("SHADE".to_owned(), 0)];
    assert_eq!(shop.wanted("S1"), wanted);
}

#[test]
fn nothing_is_final_that_can_be_mended() {
    let shop = Shop::open(&["LAMP"]);
    let bad = [
        HEADER,
        "S1,ida,,LAMP,1.5,2026-10-05,20",
        "S1,ida,,LAMP,1,2026-10-05,20",
    ];
    let (exit, said, report) = shop.import(&bad, &[]);
    assert_eq!((exit, said["orders"]["placed"].as_u64()), (1, Some(0)));
    assert!(report.contains("`1.5`"), "{report}");
    let mended = [
        HEADER,
        "S1,ida,,LAMP,2.0,2026-10-05,20",
        "S1,ida,,LAMP,1,2026-10-05,20",
    ];
    assert_eq!(shop.import(&mended, &[]).0, 0);
    assert_eq!(shop.wanted("S1").len(), 2);

    let unknown = [
        HEADER,
        "S2,ida,,lamp,1,2026-10-05,20",
        "S2,ida,,DESK,1,2026-10-05,20",
    ];
    let (exit, said, report) = shop.import(&unknown, &["--dry-run"]);
    assert_eq!(exit, 1);
    let both = serde_json::json!([{"sku": "DESK", "near": null}, {"sku": "lamp", "near": "LAMP"}]);
    assert_eq!(said["unknown_items"], both);
    assert!(
        report.contains("nobody has defined DESK, lamp (but LAMP is)"),
        "{report}"
    );
    let (exit, said, _) = shop.import(&unknown, &[]);
    assert_eq!((exit, said["orders"]["placed"].as_u64()), (1, Some(0)));
    let mended = [
        HEADER,
        "S2,ida,,LAMP,1,2026-10-05,20",
        "S2,ida,,DESK,1,2026-10-05,20",
    ];
    let (exit, said, _) = shop.import(&mended, &["--define-items", "100:60"]);
    assert_eq!((exit, said["orders"]["placed"].as_u64()), (0, Some(1)));
    assert_eq!(shop.wanted("S2").len(), 2);
}

#[test]
fn what_a_person_sees_fits_the_screen_and_says_what_to_do() {
    let shop = Shop::open(&["LAMP"]);
    let file = shop.dir.path().join("orders.csv");
    let rows = [
        "S1,ida,,LAMP,x,2026-10-05,20",
        "S2,ida,,DESK,1,2026-10-05,20",
    ];
    std::fs::write(&file, [HEADER, rows[0], rows[1]].join("\n")).unwrap();
    let output = shop.cell.ask(&["import", "orders", &text(&file)]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
    for part in [
        "2 rows: 0 taken, 2 left",
        "column quantity: `x` is no number",
        "DESK",
        "--report",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    std::fs::write(
        &file,
        [HEADER, "S1,ida,,LAMP,1,2026-10-05,1.250"].join("\n"),
    )
    .unwrap();
    let output = shop.cell.ask(&["import", "orders", &text(&file)]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`1.250` may be 1.250 or 1250"), "{said}");
    assert!(
        said.contains("--decimal point or --decimal comma"),
        "{said}"
    );
}

/// Rows of a file: some that are refused, that name unknown items, that cannot be read, that take
/// back of orders in the file, of others, of nobody's. `{}` stands for what is of this case alone.
fn rows() -> impl Strategy<Value = Vec<String>> {
    let customer = prop::sample::select(vec!["ann{}", "ben{}", ""]);
    let sku = prop::sample::select(vec!["LAMP", "LAMP", "SHADE", "SHADE", "lamp", "DESK{}"]);
    let quantity = prop::sample::select(vec!["1", "2", "3", "4", "-1", "-2", "-3", "0", "x"]);
    let row = (0..7_u32, customer, sku, quantity, 0..8_u32).prop_map(
        |(number, customer, sku, quantity, odd)| {
            // Rows of one number mostly agree, and one number is of an order of the future.
            let day = if number == 6 {
                "2099-01-01"
            } else {
                "2026-10-05"
            };
            let email = if odd == 0 { "none" } else { "" };
            let who = ["ann{}", "ben{}", "ann{}", "cat{}", "", "ben{}", "ann{}"];
            let of_order = who.get(usize::try_from(number).unwrap()).unwrap();
            let customer = if odd < 6 { of_order } else { customer };
            let document = if quantity.starts_with('-') && odd % 2 == 0 {
                format!("C{{}}-{number}")
            } else {
                format!("o{{}}-{number}")
            };
            // What the shop says of its orders; of most nothing.
            let states = ["", "", "open", "done", "", "cancelled", ""];
            let state = states.get(usize::try_from(number).unwrap()).unwrap();
            format!("{document},{customer},{email},{sku},{quantity},{day},2,{state}")
        },
    );
    prop::collection::vec(row, 0..14)
}

/// A report's rows as far as a dry run can know them: revisions are not there yet, and whether an
/// order of which nothing is open has closed already hangs on the moment.
fn known(report: &str) -> Vec<String> {
    let rows = csv::Reader::from_reader(report.as_bytes()).into_records();
    let known = rows.map(|row| {
        let row = row.unwrap();
        let (reason, detail) = (&row[4], row[5].replace("would cancel", "cancels"));
        let detail = match detail.as_str() {
            _ if reason == "already_shipped" => "nothing is open",
            placed if placed.starts_with("placed at revision") => "would be placed",
            would if would.starts_with("would be placed") => "would be placed",
            kept if kept.starts_with("kept as history at") => "would be kept as history",
            other => other,
        };
        let row: Vec<&str> = row.iter().take(5).collect();
        format!("{}: {detail}", row.join(","))
    });
    known.collect()
}

#[test]
fn a_dry_run_reports_what_the_run_does_on_the_same_state() {
    let shop = Shop::open(&["LAMP", "SHADE"]);
    let case = std::cell::Cell::new(0);
    let more = prop::sample::select(vec![
        vec![],
        vec!["--define-items", "1000:90"],
        vec!["--history"],
        vec!["--history", "--no-letters"],
    ]);
    let files = (rows(), rows(), more.clone(), more);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 32,
        ..ProptestConfig::default()
    });
    let ran = runner.run(&files, |(before, rows, more, more_before)| {
        case.set(case.get() + 1);
        let own = |rows: &[String]| {
            let number = case.get().to_string();
            let rows = rows.iter().map(|row| row.replace("{}", &number));
            let rows: Vec<String> = [format!("{HEADER},status")]
                .into_iter()
                .chain(rows)
                .collect();
            rows
        };
        let import = |rows: &[String], more: &[&str]| {
            let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
            shop.import(&lines, more)
        };
        import(&own(&before), &more_before);
        let rows = own(&rows);
        let dry: Vec<&str> = more.iter().copied().chain(["--dry-run"]).collect();
        let (would_exit, would, would_report) = import(&rows, &dry);
        let (exit, did, report) = import(&rows, &more);
        prop_assert_eq!(known(&would_report), known(&report), "{}", rows.join("\n"));
        prop_assert_eq!(would_exit, exit);
        for of in ["input", "orders", "units", "unknown_items"] {
            prop_assert_eq!(&would[of], &did[of], "{}", of);
        }
        for of in [
            "cancellations",
            "cancellations_repeated",
            "cancellations_refused",
        ] {
            prop_assert_eq!(&would[of], &did[of], "{}", of);
        }
        // The same file again finds everything as it was.
        let (_, again, _) = import(&rows, &more);
        prop_assert_eq!(&again["orders"]["placed"], 0);
        prop_assert_eq!(&again["orders"]["history"], 0);
        prop_assert_eq!(&again["cancellations"], 0);
        prop_assert_eq!(&again["orders"]["refused"], &did["orders"]["refused"]);
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn a_dry_run_names_what_the_service_would_refuse_and_without_a_service_says_what_to_do() {
    let shop = Shop::open(&["TEE12"]);
    let header = "order,customer,email,sku,quantity,placed_at,unit_price";
    let rows = [
        header,
        "X1,eva,not an email,TEE12,1,2026-11-01,5",
        "X2,eva,,TEE12,1,2099-01-01,5",
        "X3,eva,,tee12,1,2026-11-01,5",
        "X4,eva,,TEE12,1,2026-11-01,0",
    ];
    let placed = shop
        .cell
        .ask(&["place", "X4", "--customer", "eva", "--line", "TEE12:1"]);
    assert!(placed.status.success(), "{}", words(&placed));
    let (exit, said, report) = shop.import(&rows, &["--dry-run"]);
    assert_eq!(exit, 1);
    let orders = &said["orders"];
    assert_eq!(
        (&orders["placed"], &orders["refused"]),
        (&0.into(), &1.into())
    );
    assert_eq!(said["input"]["left"]["bad_customer"], 1);
    assert_eq!(orders["placed_otherwise"], 1);
    for part in [
        "e-mail address",
        "not between 1970 and now",
        "tee12 (but TEE12 is)",
        "X4,TEE12,left,placed_before",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }

    let file = text(&shop.dir.path().join("orders.csv"));
    drop(shop.cell);
    let mut away = Command::new(env!("CARGO_BIN_EXE_backorder"));
    away.args(["import", "orders", &file, "--dry-run"]);
    // Nobody listens there.
    away.env("BACKORDER_GRPC_INVENTORY_PORT", "9");
    let output = away.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("or read the file alone with --offline"),
        "{said}"
    );
    let output = away.arg("--offline").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // The file alone tells that one address is none.
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no service was asked"), "{said}");
}

#[test]
fn what_another_shop_has_done_takes_no_stock_and_nobody_is_written_to() {
    let shop = Shop::open(&["LENS"]);
    for words_of in [
        &["location", "define", "main"][..],
        &["receive", "LENS:5", "--at", "main"],
    ] {
        let done = shop.cell.ask(words_of);
        assert!(done.status.success(), "{}", words(&done));
    }
    let rows = [
        "order,customer,email,sku,quantity,placed_at,unit_price,status",
        "H1,old,old@example.com,LENS,5,2026-03-01T10:00:00Z,9.00,fulfilled",
        "H1,old,old@example.com,GONE,1,2026-03-01T10:00:00Z,2.00,fulfilled",
        "H2,new,new@example.com,LENS,7,2026-11-29T10:00:00Z,9.00,unfulfilled",
        "C9,old,old@example.com,LENS,-2,2026-03-09T10:00:00Z,9.00,",
    ];
    // Left by the shop's own word, which is no reason to fail.
    let (exit, said, report) = shop.import(rows.get(..3).unwrap(), &["--dry-run"]);
    assert_eq!((exit, &said["input"]["left"]["done"]), (0, &2.into()));
    assert!(report.contains("--history keeps it"), "{report}");
    let (exit, said, report) = shop.import(&rows, &["--history", "--no-letters"]);
    assert_eq!(exit, 0, "{report}");
    let orders = &said["orders"];
    assert_eq!(
        (&orders["history"], &orders["placed"]),
        (&1.into(), &1.into())
    );
    assert!(
        report.contains("told with its order: 2 of line 1 of H1"),
        "{report}"
    );

    let of = |order: &str| {
        let output = shop.cell.ask(&["order", "show", order, "-o", "json"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        said["order"].clone()
    };
    let settled = || {
        (0..100).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            let order = of("H2");
            (order["status"] == "ORDER_STATUS_PARTLY_BACKORDERED").then_some(order)
        })
    };
    let open = settled().unwrap();
    assert_eq!(open["lines"][0]["reserved"], 5);
    let done = of("H1");
    assert_eq!(done["status"], "ORDER_STATUS_SHIPPED");
    assert_eq!(done["history"]["returned"][0]["quantity"], 2);
    let shown = words(&shop.cell.ask(&["order", "show", "H1"]));
    let says = "done elsewhere, recorded as history: fulfilled; 2 units came back";
    assert!(shown.contains(says), "{shown}");

    // Who was told that the order waits hears of it when that changes, and not before.
    let notices = || words(&shop.cell.ask(&["notices", "-o", "json"]));
    assert!(!notices().contains("H2/"), "{}", notices());
    let received = shop.cell.ask(&["receive", "LENS:2", "--at", "main"]);
    assert!(received.status.success(), "{}", words(&received));
    let filled = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        notices().contains("H2/filled")
    });
    assert!(
        filled && !notices().contains("backordered"),
        "{}",
        notices()
    );
    assert!(!notices().contains("H1/"), "{}", notices());
    let measures = shop
        .cell
        .ask(&["measures", "--window", "400d", "-o", "json"]);
    let measures: Value = serde_json::from_slice(&measures.stdout).unwrap();
    assert_eq!(measures["sold_elsewhere"]["units"], 4);
    assert_eq!(measures["placed"]["units"], 7);
}

/// An order: its lines, and what is taken back of it; each an item and units.
type Bought = (Vec<(usize, u64)>, Vec<(usize, u64)>);

const GOODS: [&str; 2] = ["LAMP", "SHADE"];

/// The order's rows, those that take back among them.
fn rows_of(number: &str, (lines, backs): &Bought) -> Vec<String> {
    let row = |(item, units): &(usize, u64), sign: &str| {
        let sku = GOODS.get(*item).unwrap();
        format!("{number},ida,,{sku},{sign}{units},2026-10-05,2")
    };
    let lines = lines.iter().map(|line| row(line, ""));
    lines
        .chain(backs.iter().map(|back| row(back, "-")))
        .collect()
}

/// Units of each item that are still wanted of an order.
fn wanted_of((lines, backs): &Bought) -> Vec<u64> {
    let units = |of: &[(usize, u64)], wanted: usize| -> u64 {
        let of = of.iter().filter(|(item, _)| *item == wanted);
        of.map(|(_, units)| units).sum()
    };
    let left = |item| units(lines, item).saturating_sub(units(backs, item));
    (0..GOODS.len()).map(left).collect()
}

#[test]
fn any_beginning_of_a_file_and_then_the_whole_in_any_order_gives_the_whole() {
    let shop = Shop::open(&GOODS);
    let case = std::cell::Cell::new(0);
    let some = || prop::collection::vec((0..2_usize, 1..5_u64), 0..3);
    let order = (prop::collection::vec((0..2_usize, 1..5_u64), 1..4), some());
    let file = prop::collection::vec(order, 1..5);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 12,
        ..ProptestConfig::default()
    });
    let shuffled = file.prop_flat_map(|file| {
        let places: Vec<usize> = (0..file.len()).collect();
        (Just(file), Just(places).prop_shuffle(), 0..5_usize)
    });
    let ran = runner.run(&shuffled, |(file, places, cut)| {
        case.set(case.get() + 1);
        let number = |place: usize| format!("b{}-{place}", case.get());
        let rows = |places: &[usize]| {
            let rows = places
                .iter()
                .flat_map(|place| rows_of(&number(*place), file.get(*place).unwrap()));
            let rows: Vec<String> = [HEADER.to_owned()].into_iter().chain(rows).collect();
            rows
        };
        let import = |rows: &[String]| {
            let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
            shop.import(&lines, &[]).1
        };
        let in_order: Vec<usize> = (0..file.len()).collect();
        let beginning = rows(in_order.get(..cut.min(file.len())).unwrap());
        let first = import(&beginning);
        let whole = import(&rows(&places));
        let count = |said: &Value, of: &str| said["orders"][of].as_u64().unwrap();
        let placed = count(&first, "placed") + count(&whole, "placed");
        prop_assert_eq!(placed, u64::try_from(file.len()).unwrap());
        prop_assert_eq!(count(&whole, "repeated"), count(&first, "placed"));
        let again = import(&rows(&places));
        prop_assert_eq!(count(&again, "placed"), 0);
        prop_assert_eq!(&again["cancellations"], 0);
        for (place, bought) in file.iter().enumerate() {
            let wanted = shop.wanted(&number(place));
            let units = |sku: &&str| -> u64 {
                let of_item = wanted.iter().filter(|(known, _)| known == sku);
                of_item.map(|(_, units)| units).sum()
            };
            let wanted: Vec<u64> = GOODS.iter().map(units).collect();
            prop_assert_eq!(wanted, wanted_of(bought), "{}", number(place));
        }
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn orders_whose_tier_nobody_has_defined_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [("BACKORDER_ORDERS_UNKNOWN_TIER", "standard")];
    let cell = Cell::with(&dir.path().join("state"), &settings);
    let shop = Shop { cell, dir };
    let defined = ["item", "define", "LAMP", "--stock-only"];
    assert!(shop.cell.ask(&defined).status.success());
    let lines = [
        "order,customer,tier,sku,quantity,placed_at,unit_price",
        "S1,ida,platinum,LAMP,1,2026-10-05,20",
        "S2,jon,gold,LAMP,1,2026-10-05,20",
        "S3,ann,Gold,LAMP,1,2026-10-05,20",
    ];
    let (_, dry, _) = shop.import(&lines, &["--dry-run"]);
    let (exit, said, report) = shop.import(&lines, &[]);
    assert_eq!(
        (exit, said["orders"]["placed"].as_u64()),
        (0, Some(3)),
        "{report}"
    );
    let tiers = serde_json::json!({ "orders": 2, "tiers": ["Gold", "platinum"] });
    assert_eq!(
        (&said["taken_as_standard"], &dry["taken_as_standard"]),
        (&tiers, &tiers)
    );
    assert!(
        report.contains("its tier platinum is not defined: as standard"),
        "{report}"
    );
    let file = text(&shop.dir.path().join("orders.csv"));
    let page = shop.cell.ask(&["import", "orders", &file]);
    let page = words(&page);
    assert!(!page.contains("taken as standard"), "placed before: {page}");
    std::fs::write(&file, lines.join("\n").replace('S', "T")).unwrap();
    let page = words(&shop.cell.ask(&["import", "orders", &file]));
    assert!(page.contains("2 orders taken as standard"), "{page}");
}

#[test]
fn an_order_of_a_shop_east_of_here_is_said_to_want_its_zone() {
    let shop = Shop::open(&["LAMP"]);
    let file = shop.dir.path().join("east.csv");
    let lines = "order,customer,sku,quantity,placed_at\ne1,ann,LAMP,1,2099-01-01 08:00";
    std::fs::write(&file, lines).unwrap();
    let file = text(&file);
    let said = words(&shop.cell.ask(&["import", "orders", &file]));
    let hint = "hint: times without a zone are read as of UTC; if they are the shop's, name its \
                own: --time-zone Asia/Shanghai";
    assert!(said.contains(hint), "{said}");
    let zone = ["import", "orders", &file, "--time-zone", "Asia/Shanghai"];
    let said = words(&shop.cell.ask(&zone));
    assert!(!said.contains("hint"), "its zone is said: {said}");
}
