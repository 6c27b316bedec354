//! An item gets another SKU, against a cell that runs: who waits keeps their place, its old name is
//! understood of goods, and whoever orders by it is told the new one.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails where it must, in its helpers too"
)]

mod cell;
mod typing;

use cell::Cell;
use serde_json::Value;
use typing::{refused, until, well};

fn json(cell: &Cell, line: &str) -> Value {
    serde_json::from_str(&well(cell, &format!("{line} -o json"))).unwrap()
}

const RENAME: &str = "item rename BOLT M8 --reason catalogue --by eva";

/// ann has 2 of 3 bolts; ben and eve wait, and 5 are bought.
fn shop(cell: &Cell) {
    well(cell, "location define main");
    well(cell, "supplier define acme --lead-time-days 7");
    well(cell, "item define BOLT --backorderable 100:3000");
    well(cell, "item define NUT --backorderable 100:3000");
    well(cell, "receive BOLT:3 --at main");
    for who in ["ann", "ben", "eve"] {
        let order = format!("place {who} --customer {who} --line BOLT:2 --wait 10s");
        well(cell, &order);
    }
    well(
        cell,
        "po create p1 --supplier acme --line BOLT:5 --expected 2031-02-01",
    );
    until(cell, "promise eve", "2031-02-01");
}

#[test]
fn an_item_that_gets_another_sku_keeps_its_queue_and_its_goods() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(&cell);
    let dry = well(&cell, &format!("{RENAME} --dry-run"));
    assert!(dry.contains("would be recorded"), "{dry}");
    let done = well(&cell, &format!("{RENAME} --id n1"));
    assert!(done.contains("item BOLT is called M8"), "{done}");
    assert!(well(&cell, &format!("{RENAME} --id n1")).contains("before"));

    until(
        &cell,
        "order show ben",
        "BOLT is called M8 from now on: catalogue (eva)",
    );
    assert_eq!(
        json(&cell, "order show ben")["order"]["lines"][0]["sku"],
        "M8"
    );
    until(&cell, "why eve", "of M8 (called BOLT before)");
    until(&cell, "queue M8", "eve");
    let queue = |sku: &str| json(&cell, &format!("queue {sku}"))["lines"].clone();
    assert_eq!(queue("BOLT"), queue("M8"));
    let stock = well(&cell, "stock BOLT");
    assert!(stock.starts_with("M8 "), "{stock}");
    assert!(stock.contains("called before: BOLT"), "{stock}");
    for sku in ["BOLT", "M8"] {
        let found = well(&cell, &format!("order list --sku {sku}"));
        assert!(found.contains("ann") && found.contains("eve"), "{found}");
    }

    // Goods go on under the name that stands on them.
    well(&cell, "po confirm p1 --line BOLT@2031-03-01");
    until(&cell, "promise eve", "2031-03-01");
    well(&cell, "receive BOLT:3 --at main --po p1");
    until(&cell, "stock M8", "6 on hand");
    until(&cell, "order show eve", "reserved");
    well(&cell, "ship ann --from main");
    well(&cell, "adjust BOLT -1 --at main --reason damage");
    until(&cell, "stock M8", "3 on hand");
    well(&cell, "check");
}

#[test]
fn whoever_orders_or_defines_under_the_old_name_is_told_the_new_one() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(&cell);
    well(&cell, RENAME);
    until(&cell, "queue M8", "eve");
    for line in [
        "place o9 --customer ann --line BOLT:1",
        "item define BOLT --stock-only",
        "item define KIT --substitutes BOLT",
        "availability BOLT 1",
        "po create p2 --supplier acme --line BOLT:5 --expected 2031-02-01",
        "discontinue BOLT --id e1",
    ] {
        let said = refused(&cell, line);
        assert!(said.contains("BOLT is called M8 now"), "{line}: {said}");
    }
    let taken = refused(&cell, "item rename NUT BOLT --reason typo --by eva");
    assert!(taken.contains("what was called so is M8 now"), "{taken}");
    let other = refused(&cell, "item rename NUT M8 --reason typo --by eva");
    assert!(other.contains("the SKU M8 is taken"), "{other}");
}
