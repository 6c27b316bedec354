//! A warehouse sends stock to another one on a lorry, against a cell that runs: whose it is stays
//! theirs, the rest is promised for its day, and less may arrive than left.

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

/// 10 bolts at main, of which ann has 3, and 8 of them are on a lorry to east.
fn sent(cell: &Cell) {
    well(cell, "location define main");
    well(cell, "location define east");
    well(cell, "item define BOLT --backorderable 100:3000");
    well(cell, "receive BOLT:10 --at main");
    let ann = "place o1 --customer ann --email ann@example.com --line BOLT:3 --wait 10s";
    assert!(well(cell, ann).contains("reserved"));
    until(cell, "stock BOLT", "3 reserved");
    let sent = "move BOLT:8 --from main --to east --arrives 2031-03-01 --id lorry-7";
    let told = well(cell, sent);
    assert!(told.contains("o1"), "{told}");
    // The same once more is the same lorry.
    assert!(well(cell, sent).contains("before"), "a retry");
}

#[test]
fn what_is_on_a_lorry_is_its_owners_or_inbound_and_nobody_picks_it() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    sent(&cell);
    let stock = json(&cell, "stock BOLT");
    let stock = &stock["stock"];
    assert_eq!(stock["travelling"], 8, "{stock}");
    assert_eq!(stock["moves"][0]["reserved"], 1, "{stock}");
    let page = well(&cell, "stock BOLT");
    assert!(page.contains("lorry-7"), "{page}");
    assert!(page.contains("8 travelling"), "{page}");
    until(
        &cell,
        "order show o1",
        "travels from main to east with move lorry-7",
    );
    let ben = "place o2 --customer ben --line BOLT:7 --wait 10s";
    let told = well(&cell, ben);
    // It may arrive until the day ends.
    assert!(told.contains("2031-03-01 23:59"), "{told}");
    assert!(well(&cell, "why o2").contains("Move lorry-7 covers it"));
    let wave = well(&cell, "wave --at main");
    assert!(!wave.contains("lorry"), "{wave}");
    assert!(wave.contains('2'), "{wave}");
    let road = refused(&cell, "wave --at move:lorry-7");
    assert!(road.contains("no location"), "{road}");
    let place = refused(&cell, "location define move:lorry-7");
    assert!(place.contains("travel"), "{place}");
}

#[test]
fn less_arrives_than_left_and_the_rest_is_written_off() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    sent(&cell);
    well(&cell, "place o2 --customer ben --line BOLT:7 --wait 10s");
    let wrong = refused(&cell, "receive BOLT:1 --at main --move lorry-7");
    assert!(wrong.contains("travels to east"), "{wrong}");
    let more = refused(&cell, "receive BOLT:9 --at east --move lorry-7");
    assert!(more.contains("8 units of BOLT travel"), "{more}");
    let dry = well(&cell, "receive BOLT:4 --at east --move lorry-7 --dry-run");
    assert!(dry.contains("would"), "{dry}");
    let came = well(&cell, "receive BOLT:4 --at east --move lorry-7 --id note-1");
    assert!(came.contains("note-1"), "{came}");
    until(&cell, "order show o1", "arrived at east with move lorry-7");
    until(&cell, "order show o2", "3 BOLT reserved at east");
    let rest = well(&cell, "receive --at east --move lorry-7 --rest-lost");
    assert!(rest.contains('4'), "{rest}");
    let over = refused(&cell, "receive BOLT:1 --at east --move lorry-7");
    assert!(over.contains("nothing of a move lorry-7 travels"), "{over}");
    let stock = json(&cell, "stock BOLT");
    assert_eq!(stock["stock"]["on_hand"], 6, "{stock}");
    assert_eq!(stock["stock"]["adjusted"], -4, "{stock}");
    let letters = well(&cell, "notices --order o1 --limit 9");
    assert!(!letters.contains("taken back"), "{letters}");
    let late = refused(
        &cell,
        "move BOLT:1 --from main --to east --arrives 2020-01-01",
    );
    assert!(late.contains("arrived already"), "{late}");
}
