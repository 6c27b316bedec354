//! A clerk at the counter, against a cell that runs: orders that are wanted later, stand still, go
//! whole or not at all, or come before others by somebody's word; and an item that will not come.

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

fn now_ms() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn shop(cell: &Cell, items: &[&str]) {
    well(cell, "location define main");
    for item in items {
        well(cell, &format!("item define {item}"));
    }
}

#[test]
fn stock_goes_to_those_who_may_have_it_now() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    let reserved = "GIFT --backorderable 100:200 --reserve-days-before 7";
    let released = "ALBUM --backorderable 100:900 --releases 2031-03-01";
    shop(&cell, &[reserved, released]);
    well(&cell, "receive GIFT:1 ALBUM:5 --at main");
    let day = domain::ids::Timestamp::from_ms(now_ms()).plus_days(90);
    let day = domain::ids::Zone::UTC.date(day);
    well(
        &cell,
        &format!("place later --customer ann --line GIFT:1 --requested-at {day} --wait 10s"),
    );
    let now = well(&cell, "place now --customer ben --line GIFT:1 --wait 10s");
    assert!(now.contains("DE: reserved"), "{now}");
    let why = well(&cell, "why later");
    assert!(why.contains("takes stock from"), "{why}");
    let album = well(&cell, "place fan --customer eve --line ALBUM:1 --wait 10s");
    assert!(album.contains("DE: backordered"), "{album}");
    let told = well(&cell, "availability ALBUM 1");
    assert!(told.contains("2031-03-01"), "{told}");
    let both = refused(&cell, "item define LAST --stock-only --releases 2031-03-01");
    assert!(both.contains("let it be backorderable"), "{both}");
}

#[test]
fn an_order_stands_still_and_goes_on_at_its_place() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(&cell, &["BOLT --backorderable 100:200"]);
    well(&cell, "place o1 --customer ann --line BOLT:2 --wait 10s");
    well(&cell, "place o2 --customer ben --line BOLT:2 --wait 10s");
    well(&cell, "suspend o1 --reason payment");
    let twice = refused(&cell, "suspend o1 --reason fraud");
    assert!(twice.contains("suspended"), "{twice}");
    assert!(well(&cell, "order list --suspended").contains("o1"));
    well(&cell, "receive BOLT:3 --at main");
    until(&cell, "order show o2", "2 reserved");
    until(&cell, "why o1", "the order is suspended");
    well(&cell, "resume o1");
    until(&cell, "order show o1", "1 reserved");
    let shown = well(&cell, "order show o1");
    assert!(shown.contains("suspended: payment"), "{shown}");
}

#[test]
fn an_order_that_goes_whole_is_refused_whole_or_its_rest_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(
        &cell,
        &["BOLT --backorderable 100:200", "LAST --stock-only"],
    );
    let whole = "--line BOLT:2 --line LAST:1 --ship-complete --wait 10s";
    well(
        &cell,
        &format!("place o1 --customer ann --email ann@example.com {whole}"),
    );
    until(&cell, "order show o1", "goes whole or not at all");
    until(&cell, "notices --order o1 --limit 9", "cancelled");
    let letters = well(&cell, "notices --order o1 --limit 9");
    assert!(
        !letters.contains("backordered"),
        "one letter tells all: {letters}"
    );
    well(
        &cell,
        &format!("place o2 --customer ben {whole} --rest-may-go"),
    );
    well(&cell, "receive BOLT:2 --at main");
    until(&cell, "order show o2", "2 reserved");
    let alone = refused(&cell, "place o3 --customer cy --line BOLT:1 --rest-may-go");
    assert!(alone.contains("--ship-complete"), "{alone}");
}

#[test]
fn a_word_moves_a_line_and_an_item_that_will_not_come_ends_its_waits() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(
        &cell,
        &["OLD --backorderable 100:200", "NEW --backorderable 9:90"],
    );
    well(&cell, "place o1 --customer ann --line OLD:2 --wait 10s");
    well(&cell, "place o2 --customer ben --line OLD:2 --wait 10s");
    let dry = "prioritise o2 1 --days 5 --reason vip --by eva --dry-run";
    assert!(well(&cell, dry).contains("it would stand at number 1"));
    assert_eq!(json(&cell, "why o2")["lines"][0]["rank"], 2);
    well(&cell, "prioritise o2 1 --days 5 --reason vip --by eva");
    until(&cell, "why o2", "eva moved it 5 days up: vip.");
    well(&cell, "receive OLD:1 --at main");
    until(&cell, "order show o2", "1 reserved");
    assert!(well(&cell, "order show o2").contains("vip (eva)"));
    well(&cell, "place o3 --customer cy --line OLD:1 --wait 10s");
    let dry = "assign o3 1:1 --from o2 --reason promised --by eva --dry-run";
    let would = well(&cell, dry);
    assert!(
        would.contains("line 1 of o2 would lose 1 at main"),
        "{would}"
    );
    well(&cell, "assign o3 1:1 --from o2 --reason promised --by eva");
    until(&cell, "order show o3", "1 reserved");
    until(
        &cell,
        "why o3 -o json",
        "That was the word of eva: promised.",
    );
    until(&cell, "why o2 -o json", "eva (promised) gave them to o3");
    let more = refused(&cell, "assign o3 1:1 --reason promised --by eva");
    assert!(more.contains("waits for 0 units"), "{more}");
    let far = refused(&cell, "prioritise o2 1 --days 900 --reason vip --by eva");
    assert!(far.contains("-365 to 365"), "{far}");

    let who = well(&cell, "discontinue OLD --dry-run");
    assert!(who.contains("2 lines that waited for 4 units"), "{who}");
    well(&cell, "discontinue OLD --instead NEW --offer-days 14");
    until(&cell, "order show o1", "NEW");
    well(&cell, "receive NEW:5 --at main");
    well(&cell, "substitute o1 1 NEW");
    until(&cell, "order show o1", "2 reserved");
    well(&cell, "discontinue OLD");
    until(&cell, "order show o2", "will not come any more");
    let nobody = refused(&cell, "discontinue OLD");
    assert!(nobody.contains("nobody waits for OLD"), "{nobody}");
}

#[test]
fn what_an_order_says_is_put_right_and_its_place_is_kept() {
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::start(state.path());
    shop(&cell, &["BOLT --backorderable 100:200"]);
    well(&cell, "place o1 --customer ann --line BOLT:1 --wait 10s");
    let typo = "--email anne@exmaple.com --line BOLT:1@2.50 --wait 10s";
    well(&cell, &format!("place o2 --customer anne {typo}"));
    let because = "--reason loyal --by eva";
    let dry = well(&cell, &format!("amend o2 --tier gold {because} --dry-run"));
    assert!(dry.contains("would be recorded"), "{dry}");
    assert_eq!(json(&cell, "why o2")["lines"][0]["rank"], 2);
    let fields = "--email anne@example.com --tier gold --to at --price 1:1.99 --urgency 3";
    let done = well(&cell, &format!("amend o2 {fields} {because} --id am-1"));
    assert!(
        done.contains("customer.email: anne@exmaple.com -> anne@example.com"),
        "{done}"
    );
    assert!(done.contains("prices.1: 250 -> 199"), "{done}");
    let again = well(&cell, &format!("amend o2 {fields} {because} --id am-1"));
    assert!(again.contains("before"), "{again}");
    until(&cell, "why o2 -o json", "\"rank\": 1");
    let shown = well(&cell, "order show o2");
    for said in ["(gold)", "to AT", "anne@example.com", "1.99", "loyal (eva)"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(well(&cell, "order find anne@example.com").contains("o2"));
    well(&cell, &format!("amend o2 --clear urgency,email {because}"));
    let shown = well(&cell, "order show o2");
    assert!(!shown.contains("letters go to"), "{shown}");
    assert!(!shown.contains("urgency 3 of 5, says"), "{shown}");
    let same = well(&cell, &format!("amend o2 --tier gold {because}"));
    assert!(same.contains("said all of this already"), "{same}");

    let tin = refused(&cell, &format!("amend o2 --tier tin {because}"));
    assert!(tin.contains("no tier tin is defined"), "{tin}");
    let nothing = refused(&cell, &format!("amend o2 {because}"));
    assert!(nothing.contains("no field is named"), "{nothing}");
    well(&cell, "receive BOLT:1 --at main");
    until(&cell, "order show o2", "1 reserved");
    well(&cell, "wave --at main");
    let picked = refused(&cell, &format!("amend o2 --to DE {because}"));
    assert!(picked.contains("backorder recall"), "{picked}");
}
