//! `backorder import` as a person runs it, month after month, against a cell that runs.

#![cfg(test)]

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
            format!("{document},{customer},{email},{sku},{quantity},{day},2")
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
    let files = (rows(), rows(), any::<bool>());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        ..ProptestConfig::default()
    });
    let ran = runner.run(&files, |(before, rows, define)| {
        case.set(case.get() + 1);
        let own = |rows: &[String]| {
            let number = case.get().to_string();
            let rows = rows.iter().map(|row| row.replace("{}", &number));
            let rows: Vec<String> = [HEADER.to_owned()].into_iter().chain(rows).collect();
            rows
        };
        let import = |rows: &[String], more: &[&str]| {
            let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
            shop.import(&lines, more)
        };
        import(&own(&before), &[]);
        let rows = own(&rows);
        let define: &[&str] = if define {
            &["--define-items", "1000:90"]
        } else {
            &[]
        };
        let (would_exit, would, would_report) = import(&rows, &[define, &["--dry-run"]].concat());
        let (exit, did, report) = import(&rows, define);
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
        let (_, again, _) = import(&rows, define);
        prop_assert_eq!(&again["orders"]["placed"], 0);
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
        (&0.into(), &2.into())
    );
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
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("no service was asked"), "{said}");
}
