//! The demo as a person runs it: a file in, a page and a summary out, the same each time.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "small numbers of a made-up shop"
)]

use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Rows of the real file that are played here; the whole of it is for `--release`.
const REAL_ROWS: usize = 3_000;

fn play(orders: &Path, into: &Path, run: &str) -> Value {
    let json = into.join(format!("{run}.json"));
    let state = into.join(run);
    let output = Command::new(env!("CARGO_BIN_EXE_backorder"))
        .args(["demo", "--seed", "5", "--orders"])
        .arg(orders)
        .arg("--json")
        .arg(&json)
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.contains("every unit is accounted for"), "{page}");
    let letters = std::fs::read_dir(state.join("notices")).unwrap().count();
    let mut summary: Value =
        serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(
        summary["notices"], letters,
        "a letter was written twice or not at all"
    );
    summary.as_object_mut().unwrap().remove("seconds");
    // How decisions fall into commits hangs on how fast the disk is; what is decided does not.
    summary["log"].as_object_mut().unwrap().remove("revision");
    summary
}

fn rows_add_up(summary: &Value) -> u64 {
    let left: u64 = summary["input"]["left"]
        .as_object()
        .unwrap()
        .values()
        .map(|rows| rows.as_u64().unwrap())
        .sum();
    let rows = summary["input"]["rows"].as_u64().unwrap();
    assert_eq!(
        summary["input"]["taken"]
            .as_u64()
            .unwrap()
            .saturating_add(left),
        rows
    );
    assert_eq!(summary["conservation"], "ok");
    rows
}

/// Two weeks of a small shop, with all that makes real files hard.
fn small_shop() -> String {
    let mut rows = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    for n in 0..120_u32 {
        let (day, hour) = (n / 9 + 1, n % 9 + 8);
        let time = format!("2010-12-{day:02} {hour:02}:{:02}", n % 60);
        let customer = 17_000 + n % 7;
        for line in 0..n % 4 + 1 {
            let sku = 20_000 + (n * 7 + line * 13) % 11;
            let units = n % 5 * 6 + 1;
            let _ = writeln!(
                rows,
                "{},{sku},THING {sku},{units},{time},1.25,{customer},United Kingdom",
                540_000 + n
            );
        }
        if n % 10 == 9 {
            let sku = 20_000 + n * 7 % 11;
            let _ = writeln!(
                rows,
                "C{},{sku},THING {sku},-1,{time},1.25,{customer},United Kingdom",
                600_000 + n
            );
        }
        if n % 30 == 0 {
            let _ = writeln!(
                rows,
                "{},POST,POSTAGE,1,{time},18.00,{customer},France",
                540_000 + n
            );
        }
    }
    rows
}

#[test]
fn the_same_file_and_seed_come_to_the_same_summary() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("small.csv");
    std::fs::write(&file, small_shop()).unwrap();
    let (one, two) = (
        play(&file, dir.path(), "one"),
        play(&file, dir.path(), "two"),
    );
    assert_eq!(one, two);
    assert!(rows_add_up(&one) > 300);
    assert_eq!(one["input"]["left"]["no_goods"], 4);
    assert!(
        one["backorders"]["lines_ever"].as_u64().unwrap() > 0,
        "{one}"
    );
    assert!(one["purchase_orders"].as_u64().unwrap() > 0, "{one}");
}

#[test]
fn a_real_shops_lines_are_played_to_the_end() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let real = root.join("shared/data/online-retail-2010-12-to-2011-02.csv.gz");
    let Ok(zipped) = std::fs::File::open(&real) else {
        eprintln!("NOT RUN: there is no {}", real.display());
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(zipped)
        .read_to_string(&mut text)
        .unwrap();
    let head: Vec<&str> = text.lines().take(REAL_ROWS.saturating_add(1)).collect();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("head.csv");
    std::fs::write(&file, head.join("\n")).unwrap();
    let summary = play(&file, dir.path(), "real");
    assert_eq!(rows_add_up(&summary), u64::try_from(REAL_ROWS).unwrap());
}

#[test]
fn a_file_that_is_none_is_told_apart_clearly() {
    let output = Command::new(env!("CARGO_BIN_EXE_backorder"))
        .args(["demo", "--orders", "no-such-file.csv"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("no-such-file.csv") && told.contains("next:"),
        "{told}"
    );
}
