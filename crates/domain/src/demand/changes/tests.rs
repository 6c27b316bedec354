//! What each golden event does to demand lines, in its order.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::event::{Commit, OrderCancelled};

/// Which golden events change lines, and what they do, one line a change. All others do nothing.
const CHANGES: &[(&str, &[&str])] = &[
    ("order_placed", &["536365 all: place 2 lines"]),
    ("order_placed.full", &["536365 all: place 2 lines"]),
    (
        "order_placed.plain",
        &["019cb3c0-7a10-7c2e-9d3b-5f1f2f3a4b5c all: place 1 lines"],
    ),
    ("order_placed.rest_may_go", &["1101 all: place 2 lines"]),
    ("order_placed.said_tier", &["536367 all: place 1 lines"]),
    (
        "order_placed.told_elsewhere",
        &["CARRIED-7 all: place 1 lines"],
    ),
    ("order_cancelled", &["536365 1: cancel 2"]),
    ("order_cancelled.whole", &["536366 all: cancel 4294967295"]),
    (
        "substitute_accepted",
        &["1001 2: exchange 3", "1001 4: open 3 LENS2"],
    ),
    ("order_closed", &["536365 all: close"]),
    ("order_closed.substituted", &["536366 all: close"]),
    ("wave_released", &["536365 1: freeze 1 at leeds"]),
    ("wave_released.only", &["536365 1: freeze 1 at leeds"]),
    ("wave_released.backorders", &["536365 1: freeze 1 at leeds"]),
    ("wave_released.channels", &["536365 1: freeze 1 at leeds"]),
    ("wave_recalled", &["536365 1: thaw 1 at leeds"]),
    ("wave_recalled.order", &["536365 1: thaw 1 at leeds"]),
    ("short_picked", &["536365 1: miss 1 LENS-50 at leeds"]),
    (
        "short_picked.counted_before",
        &["536365 1: miss 1 LENS-50 at leeds"],
    ),
    ("moved", &["536365 1: move 1 LENS-50 from main to leeds"]),
    (
        "moved.travelling",
        &["536365 1: move 1 LENS-50 from main to move:lorry-7"],
    ),
    (
        "move_arrived",
        &["536365 1: move 1 LENS-50 from move:lorry-7 to leeds"],
    ),
    ("returned", &["536365 1: return 1 LENS-50"]),
    ("returned.restocked", &["536366 1: return 2 CAP-52"]),
    ("shipped.unplanned", &["536365 1: ship 1 LENS-50 from main"]),
    ("shipped", &["536365 1: ship 1 LENS-50 from leeds"]),
    ("shipped.untracked", &["536366 1: ship 6 CAP-52 from main"]),
    ("settled.assigned", &["536365 1: assign 1 at leeds"]),
    ("settled.sharing", &["1001 1: assign 2 at main"]),
    ("settled.backordered", &["536365 1: wait 2"]),
    ("settled.offered", &["1001 2: offer 3"]),
    ("settled.promised.estimate", &["536365 1: promise"]),
    ("settled.promised.inbound", &["536365 1: promise"]),
    ("settled.promised.unknown", &["536365 1: promise"]),
    ("settled.promised.was_unknown", &["536365 1: promise"]),
    ("settled.refused.cap", &["536365 1: refuse 2"]),
    ("settled.refused.wait", &["536365 1: refuse 2"]),
    ("settled.refused.cap_reached", &["536365 1: refuse 2"]),
    ("settled.refused.discontinued", &["536365 1: refuse 2"]),
    ("settled.refused.order_whole", &["536365 1: refuse 2"]),
    (
        "settled.released.refused",
        &["536365 1: release 1 at leeds"],
    ),
    ("settled.causes.resumed", &["536365 1: promise"]),
    ("settled.causes.amended", &["536365 1: promise"]),
    ("settled.causes.promises_due", &["536365 1: promise"]),
    ("order_amended", &[]),
    ("order_amended.cleared", &[]),
    ("settled.causes.prioritised", &["536365 1: promise"]),
    ("prioritised", &[]),
    ("stock_assigned", &["536365 1: assign 1 at leeds"]),
    (
        "stock_assigned.from",
        &[
            "536365 1: release 1 at leeds",
            "536366 1: assign 1 at leeds",
        ],
    ),
    ("waits_ended", &["536365 1: refuse 1"]),
    ("waits_ended.offered", &["536365 1: offer 1"]),
    ("settled.refused.stock_only", &["536365 1: refuse 2"]),
    ("settled.refused.substitutable", &["536365 1: refuse 2"]),
    ("settled.refused.unknown_item", &["536365 1: refuse 2"]),
    ("settled.refused.wait_too_long", &["536365 1: refuse 2"]),
    (
        "settled.released.cancelled",
        &["536365 1: release 1 at leeds"],
    ),
    (
        "settled.released.counted_down",
        &["536365 1: release 1 at leeds"],
    ),
    (
        "settled.released.suspended",
        &["536365 1: release 1 at leeds"],
    ),
    (
        "settled.released.in_wave",
        &["536365 1: release 1 at leeds"],
    ),
    (
        "settled.causes",
        &["1001 1: assign 5 at main", "1002 1: promise"],
    ),
    (
        "rebalanced.causes",
        &["536370 1: release 4 at main", "536365 1: assign 4 at main"],
    ),
    (
        "rebalanced",
        &[
            "536370 1: release 2 at leeds",
            "536365 1: assign 2 at leeds",
        ],
    ),
];

fn told(event: &Event) -> Vec<String> {
    event.line_changes().map(|change| tell(&change)).collect()
}

fn tell(it: &LineChange<'_>) -> String {
    let lines = match it.lines {
        Lines::All => "all".to_owned(),
        Lines::One(line) => line.to_string(),
    };
    let change = match it.change {
        Change::Place(placed) => format!("place {} lines", placed.lines.len()),
        Change::Open(accepted) => format!("open {} {}", accepted.quantity, accepted.sku),
        Change::Cancel { units } => format!("cancel {units}"),
        Change::Exchange { units } => format!("exchange {units}"),
        Change::Assign(it) => format!("assign {} at {}", it.quantity, it.location),
        Change::Release(it) => format!("release {} at {}", it.quantity, it.location),
        Change::Wait(it) => format!("wait {}", it.quantity),
        Change::Offer(it) => format!("offer {}", it.quantity),
        Change::Refuse(it) => format!("refuse {}", it.quantity),
        Change::Promise(_) => "promise".to_owned(),
        Change::Freeze {
            location, units, ..
        } => format!("freeze {units} at {location}"),
        Change::Recall {
            location, units, ..
        } => format!("thaw {units} at {location}"),
        Change::Miss {
            location,
            sku,
            units,
        } => format!("miss {units} {sku} at {location}"),
        Change::Move {
            from,
            to,
            sku,
            units,
        } => format!("move {units} {sku} from {from} to {to}"),
        Change::Return { sku, units } => format!("return {units} {sku}"),
        Change::Ship {
            location,
            sku,
            units,
        } => format!("ship {units} {sku} from {location}"),
        Change::Close => "close".to_owned(),
    };
    format!("{} {lines}: {change}", it.order)
}

fn golden(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()
}

fn event(json: &str) -> Event {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_golden_event_changes_the_lines_that_it_says_and_no_others() {
    let mut expected: BTreeMap<&str, &[&str]> = CHANGES.iter().copied().collect();
    assert_eq!(expected.len(), CHANGES.len(), "a file is named twice");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if !name.starts_with("commit") {
            let changes = expected.remove(name).unwrap_or_default();
            assert_eq!(told(&event(&golden(name))), changes, "{name}");
        }
    }
    assert!(expected.is_empty(), "there are no files {expected:?}");
}

#[test]
fn a_cancellation_that_names_no_line_is_one_change_of_all_lines() {
    let whole: Commit = serde_json::from_str(&golden("commit")).unwrap();
    let cancelled = whole.events.iter().find_map(OrderCancelled::of).unwrap();
    let mut cancelled = cancelled.clone();
    cancelled.lines.clear();
    let event = Event::from(cancelled);
    let changes: Vec<LineChange<'_>> = event.line_changes().collect();
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(change.lines, Lines::All);
    assert_eq!(change.change, Change::Cancel { units: u32::MAX });
}

#[test]
fn lines_change_in_the_order_in_which_the_event_names_them() {
    let cancelled = event(
        r#"{"type":"order_cancelled","cancellation":"c","order":"o","lines":[
            {"line":3,"quantity":1},{"line":1,"quantity":2}]}"#,
    );
    assert_eq!(told(&cancelled), ["o 3: cancel 1", "o 1: cancel 2"]);
    let shipped = event(
        r#"{"type":"shipped","shipment":"s","order":"o","location":"main","lines":[
            {"line":2,"sku":"B","quantity":5},{"line":1,"sku":"A","quantity":4}]}"#,
    );
    assert_eq!(
        told(&shipped),
        ["o 2: ship 5 B from main", "o 1: ship 4 A from main"]
    );
    let released = event(
        r#"{"type":"wave_released","wave":"w","location":"main","max_lines":9,"lines":[
            {"order":"p","line":1,"sku":"A","quantity":1},
            {"order":"o","line":2,"sku":"B","quantity":2}]}"#,
    );
    assert_eq!(
        told(&released),
        ["p 1: freeze 1 at main", "o 2: freeze 2 at main"]
    );
}

#[test]
fn a_substitute_gives_up_units_before_it_opens_a_line() {
    let accepted = event(&golden("substitute_accepted"));
    let mut changes = accepted.line_changes();
    let (first, second) = (changes.next().unwrap(), changes.next().unwrap());
    assert_eq!(changes.next(), None);
    assert_eq!(changes.next(), None, "it ends for good");
    assert_eq!(first.change.opens(), None);
    let opened = second.change.opens().unwrap();
    assert_eq!(second.lines, Lines::One(opened.new_line));
}

#[test]
fn only_an_acceptance_opens_a_line_in_an_order_that_is_there() {
    for (name, _) in CHANGES {
        let event = event(&golden(name));
        let opens = event
            .line_changes()
            .filter(|it| it.change.opens().is_some());
        let expected = usize::from(*name == "substitute_accepted");
        assert_eq!(opens.count(), expected, "{name}");
    }
}

#[test]
fn a_line_opens_only_with_a_number_above_all_others() {
    assert!(is_next(1, []));
    assert!(is_next(4, [1, 3]));
    assert!(!is_next(3, [1, 3]));
    assert!(!is_next(2, [1, 3]));
}
