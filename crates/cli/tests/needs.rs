//! What needs a person, as the command tells it of a cell that runs: what is wrong is listed,
//! judged and mended by the commands that are named; and errors are JSON where answers are.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails where it must"
)]

mod cell;

use std::process::Output;
use std::time::Duration;

use cell::Cell;
use serde_json::Value;

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn well(cell: &Cell, line: &str) -> String {
    let output = cell.ask(&words(line));
    assert!(output.status.success(), "{line}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// What `problems` lists, once it lists so many.
fn problems(cell: &Cell, many: usize) -> Vec<Value> {
    for _ in 0..100 {
        let told: Value = serde_json::from_str(&well(cell, "problems -o json")).unwrap();
        let problems = told["problems"].as_array().unwrap();
        if problems.len() == many {
            return problems.clone();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not {many}: {}", well(cell, "problems"));
}

#[test]
fn what_needs_a_person_is_listed_judged_and_mended_as_it_says() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    assert_eq!(well(&cell, "problems").trim(), "nothing needs a person");
    well(&cell, "location define main");
    well(
        &cell,
        "item define BOLT --backorderable 100:60 --supplier acme --reorder-point 1 --order-up-to 9",
    );
    well(&cell, "receive BOLT:4 --at main");
    well(&cell, "place o1 --customer anna --line BOLT:4 --wait 10s");
    well(&cell, "wave --at main");
    well(&cell, "location define east");
    well(&cell, "receive BOLT:4 --at east");
    well(&cell, "ship o1 --from east --line 1:4");

    let listed = problems(&cell, 2);
    assert_eq!(listed[0]["kind"], "EXCEPTION_KIND_PICKED_FOR_NOBODY");
    assert_eq!(listed[0]["command"], "backorder recall --order o1");
    assert_eq!(listed[1]["kind"], "EXCEPTION_KIND_SUPPLIER_UNKNOWN");
    assert_eq!(listed[1]["command"], "backorder supplier define acme");
    let checked = cell.ask(&["check"]);
    assert_eq!(checked.status.code(), Some(1), "{}", said(&checked));
    for part in ["✗ picked for nobody", "✗ supplier unknown", "✓ services"] {
        assert!(said(&checked).contains(part), "{part}: {}", said(&checked));
    }
    assert!(well(&cell, "stock BOLT").contains("nobody has defined acme"));

    // As they say.
    well(&cell, "recall --order o1");
    well(&cell, "supplier define acme");
    problems(&cell, 0);
    let checked = cell.ask(&["check"]);
    assert!(checked.status.success(), "{}", said(&checked));
    let told = well(&cell, "stock BOLT");
    assert!(told.contains("PURCHASE ORDER"), "{told}");
}

#[test]
fn errors_are_json_where_answers_are_and_closed_orders_are_found() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    let error = |line: &str| {
        let output = cell.ask(&words(line));
        let told: Value = serde_json::from_slice(&output.stderr).unwrap();
        (output.status.code().unwrap(), told["error"].clone())
    };
    let (code, unknown) = error("order show o9 -o json");
    assert_eq!((code, &unknown["exit_code"]), (1, &1.into()));
    assert_eq!(unknown["reason"], "UNKNOWN_ORDER");
    assert_eq!(unknown["details"][0]["field"], "order_id");
    assert!(unknown["next"].as_str().unwrap().contains("backorder"));
    let (code, misread) = error("order show -o json");
    assert_eq!((code, &misread["reason"]), (2, &"USAGE".into()));

    well(&cell, "item define BOLT --stock-only");
    well(
        &cell,
        "place o1 --customer anna --email anna@shop.example --line BOLT:1 --wait 10s",
    );
    let found = || well(&cell, "order find ANNA@shop.example");
    while !found().contains("refused") {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(well(&cell, "order list --status refused").contains("o1"));
    let why = || well(&cell, "why o1");
    while !why().contains("its order is closed") {
        std::thread::sleep(Duration::from_millis(50));
    }
    let refused = "1 of BOLT was refused: the item is sold from stock only, and none was";
    // However its lines are broken.
    let said: Vec<String> = why().split_whitespace().map(ToOwned::to_owned).collect();
    assert!(said.join(" ").contains(refused), "{}", why());
    assert!(well(&cell, "problems").contains("order refused"));
    assert!(well(&cell, "tail --order o1").contains("placed by anna"));
}
