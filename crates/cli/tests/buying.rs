//! A buyer with a telephone, against a cell that runs: what the supplier says is typed in, and
//! within a moment the right customers, and only they, are told another date.

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

#[test]
fn what_the_supplier_says_on_the_telephone_moves_the_dates_of_those_whom_it_concerns() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    for line in [
        "location define main",
        "item define BOLT --backorderable 100:200",
        "supplier define acme --lead-time-days 7",
        "place o1 --customer ann --line BOLT:3 --wait 10s",
        "place o2 --customer ben --line BOLT:5 --wait 10s",
    ] {
        well(&cell, line);
    }
    let typo = refused(&cell, "po create p-1 --supplier acme --line BLOT:4");
    assert!(typo.contains("no item BLOT is defined"), "{typo}");
    let dry = "po create p-1 --supplier acme --line BOLT:4 --expected 2031-03-10 --dry-run";
    assert!(well(&cell, dry).contains("would be recorded"));
    refused(&cell, "po show p-1");

    well(
        &cell,
        "po create p-1 --supplier acme --line BOLT:4 --expected 2031-03-10",
    );
    until(&cell, "promise o1", "2031-03-10");
    let ben = well(&cell, "promise o2 -o json");
    assert!(!ben.contains("2031-"), "four do not cover eight: {ben}");

    well(
        &cell,
        "po confirm p-1 --line BOLT@2031-03-12 --said-by Lind",
    );
    until(&cell, "promise o1", "2031-03-12");
    is_weighed_first(&cell);
    well(&cell, "po delay p-1 --date 2031-04-20 --reason strike");
    until(&cell, "promise o1", "2031-04-20");
    let why = well(&cell, "po show p-1");
    for part in [
        "they confirmed BOLT (line 1) for 2031-03-12 (Lind)",
        "strike",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }

    // Three of them soon, and of the fourth nobody knows when.
    well(
        &cell,
        "po delay p-1 --line BOLT:2@2031-03-20 --line BOLT:2@?",
    );
    until(&cell, "promise o1", "not known yet");
    well(
        &cell,
        "po delay p-1 --line BOLT:3@2031-03-20 --line BOLT:1@?",
    );
    until(&cell, "promise o1", "2031-03-20");
    assert!(well(&cell, "po show p-1").contains("1 some day"));

    well(&cell, "po ship p-1 --line 1:3 --date 2031-04-18");
    until(&cell, "promise o1", "2031-04-18");
    well(&cell, "po arrive p-1");
    well(&cell, "receive BOLT:3 --at main --po p-1");
    until(&cell, "order show o1", "reserved");
    let more = refused(&cell, "po reject p-1 --line BOLT:2");
    assert!(more.contains("line 1 has 1 units open, not 2"), "{more}");
    well(&cell, "po close p-1 --reason enough --id end");
    assert!(well(&cell, "po close p-1 --reason enough --id end").contains("nothing new"));
    let closed: Value = serde_json::from_str(&well(&cell, "po show p-1 -o json")).unwrap();
    let status = &closed["purchase_order"]["status"];
    assert_eq!(status, "PURCHASE_ORDER_STATUS_RECEIVED");
    let late = refused(&cell, "po delay p-1 --line 1@2031-05-01");
    assert!(late.contains("is closed"), "{late}");
}

/// What a delay of p-1 would change is told before it is recorded, and nobody is told of it.
fn is_weighed_first(cell: &Cell) {
    let said = "supplier impact p-1 --date 2031-04-20";
    let if_so = well(cell, said);
    for part in [
        "BOLT: 4 units expected 2031-03-12",
        "then 2031-04-20",
        "p-1: 1 line of 1 order would be told another date",
        "o1",
    ] {
        assert!(if_so.contains(part), "{part}: {if_so}");
    }
    until(cell, "promise o1", "2031-03-12");
    let told: Value = serde_json::from_str(&well(cell, &format!("{said} -o json"))).unwrap();
    assert_eq!(told["skus"][0]["later"], 1, "{told}");
    let none = well(cell, "supplier impact p-1 --delay 1d");
    assert!(none.contains("p-1: no promise would move"), "{none}");
    let some_day = well(cell, "supplier impact p-1 --date ?");
    assert!(some_day.contains("not known yet"), "{some_day}");
    let typo = refused(cell, "supplier impact p-2 --none");
    assert!(
        typo.contains("nothing of purchase order p-2 is on its way"),
        "{typo}"
    );
}
