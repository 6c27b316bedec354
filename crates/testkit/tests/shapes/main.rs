//! A snapshot is read by the version that wrote it, or it is dropped: `SHAPE` tells which. Here
//! the bytes of every projection's snapshots are pinned under its number, so that they cannot
//! change under an old one, and each of them is read back.
//!
//! `history.txt` is what all are folded from. A line is an event of a log, or a pin: the
//! fingerprint of all snapshots that a projection could have written so far. Lines are only added,
//! at the end: an older pin says what older snapshots hold.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

mod fields;
mod history;

use std::collections::BTreeSet;
use std::fs;

use allocation::Allocator;
use audit::Audit;
use backorder_testkit::simulation::Simulated;
use domain::command::RoomState;
use domain::decider::{Projection, Recorded};
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use serde::{Deserialize, Serialize};

use fields::Fields;
use history::{History, golden, judge};

#[test]
fn a_snapshot_changes_its_bytes_only_with_its_shape() {
    let history = History::read();
    let wrong = [
        judge::<RoomState<Orders>>("orders", &history),
        judge::<RoomState<Inventory>>("inventory", &history),
        judge::<RoomState<Allocator>>("allocator", &history),
        judge::<RoomState<Notifier>>("notifier", &history),
        judge::<RoomState<SupplierGateway>>("supplier-gateway", &history),
        judge::<Audit>("audit", &history),
    ];
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n\n"));
}

#[test]
fn every_golden_event_is_folded() {
    let folded: BTreeSet<&str> = include_str!("history.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("fold "))
        .collect();
    let files = fs::read_dir(golden()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let missing: Vec<String> = names
        .filter(|name| !folded.contains(name.as_str()))
        .map(|name| format!("fold {name}"))
        .collect();
    assert!(
        missing.is_empty(),
        "add to the end of history.txt, then what `a_snapshot_changes_its_bytes…` asks for:\n{}",
        missing.join("\n")
    );
}

/// Looks at every state that a projection passes through.
fn fields_of<P: Projection + Clone>(history: &History) -> Fields {
    let (mut state, mut fields) = (P::default(), Fields::default());
    for (recorded, event) in history.recorded() {
        history::fold(&mut state, recorded, event);
        fields.look_at(&state);
    }
    fields
}

#[test]
fn every_field_of_every_state_holds_something_at_some_time() {
    let history = History::read();
    // A notice that waits is a letter; what is kept as a notice was sent or given up.
    let of_waiting_notices = ["Notice.next_at", "NoticeState, variant 0"];
    // A purchase order is forgotten only when a thousand others have been closed since.
    // The notifier is looked at without the memory of commands: it is given none.
    let of_long_histories = ["SupplierGateway.forgotten"];
    // Causes that are no event, and one that only a decision names: no stock is free by these.
    let of_no_stock = [7, 14, 18, 19].map(|number| format!("What, variant {number}"));
    let all = [
        (fields_of::<RoomState<Orders>>(&history), 60),
        (fields_of::<RoomState<Inventory>>(&history), 70),
        (fields_of::<RoomState<Allocator>>(&history), 200),
        (fields_of::<Notifier>(&history), 60),
        (fields_of::<RoomState<SupplierGateway>>(&history), 50),
        (fields_of::<Audit>(&history), 30),
    ];
    let mut never = Vec::new();
    for (fields, least) in &all {
        assert!(
            fields.len() >= *least,
            "only {} fields: {fields:?}",
            fields.len()
        );
        never.extend(fields.never());
    }
    never.retain(|field| !of_waiting_notices.contains(&field.as_str()));
    never.retain(|field| !of_long_histories.contains(&field.as_str()));
    never.retain(|field| !of_no_stock.contains(field));
    assert!(
        never.is_empty(),
        "a change of these would go unnoticed; add events to the end of history.txt that put \
         something in them:\n{}",
        never.join("\n")
    );
}

/// What a room's own checks say after each event.
fn faults_of<R: Simulated>(history: &History) -> Vec<String> {
    let mut state = R::default();
    let recorded = history.recorded();
    recorded
        .filter_map(|(recorded, event)| {
            history::fold(&mut state, recorded, event);
            let wrong = state.wrong()?;
            Some(format!("{} at {}: {wrong}", R::ROOM, recorded.position))
        })
        .collect()
}

#[test]
fn the_history_is_one_that_can_happen() {
    let history = History::read();
    let mut faults = [
        faults_of::<Orders>(&history),
        faults_of::<Inventory>(&history),
        faults_of::<Allocator>(&history),
        faults_of::<Notifier>(&history),
        faults_of::<SupplierGateway>(&history),
    ]
    .concat();
    let mut audit = Audit::default();
    for (recorded, event) in history.recorded() {
        history::fold(&mut audit, recorded, event);
        faults.extend(audit.violations(false));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

domain::hears! {
    /// What the projections below hear.
    enum InventoryHeard { Inventory(InventoryEvent) }
}

/// A version of one projection: these fields more, under this number.
macro_rules! version {
    ($name:ident, $shape:literal, $($field:ident)*) => {
        #[derive(Default, Clone, Serialize, Deserialize)]
        struct $name {
            events: u64,
            $($field: u64,)*
        }

        impl Projection for $name {
            const SHAPE: u32 = $shape;
            type Hears<'a> = InventoryHeard<'a>;

            fn evolve(&mut self, _: Recorded, _: InventoryHeard<'_>) {
                self.events += 1;
            }
        }
    };
}

version!(Old, 4,);
version!(Forgotten, 4, more);
version!(Bumped, 5, more);
version!(BumpedTwice, 6, more);
version!(TakenBack, 3,);

const LOG: &str = "fold location_defined.json\nfold received.json\n";

/// What the judge asks to have added.
fn asked<P: Projection + Clone>(text: &str) -> String {
    let wrong = judge::<P>("it", &History::parse(text)).expect("something is wrong");
    let pin = wrong.split("\n    ").nth(1).expect("a line to add");
    pin.lines().next().unwrap().to_owned()
}

/// A log with a pin of the old version.
fn pinned() -> String {
    format!("{LOG}{}\n", asked::<Old>(LOG))
}

#[test]
fn bytes_that_are_pinned_are_well_as_long_as_they_stay() {
    assert!(asked::<Old>(LOG).starts_with("pin it 4 "));
    assert_eq!(judge::<Old>("it", &History::parse(&pinned())), None);
}

#[test]
fn other_bytes_under_the_same_shape_are_found_and_the_next_number_is_named() {
    assert!(asked::<Forgotten>(&pinned()).starts_with("pin it 5 "));
    let wrong = judge::<Forgotten>("it", &History::parse(&pinned())).unwrap();
    assert!(wrong.contains("history.txt:3 pins for SHAPE 4"), "{wrong}");
    assert!(wrong.contains("`const SHAPE: u32 = 5;`"), "{wrong}");
}

#[test]
fn a_new_shape_wants_a_pin_of_its_own_beside_the_old_one() {
    let pin = asked::<Bumped>(&pinned());
    assert!(pin.starts_with("pin it 5 "), "{pin}");
    let both = format!("{}{pin}\n", pinned());
    assert_eq!(judge::<Bumped>("it", &History::parse(&both)), None);
    let wrong = judge::<Old>("it", &History::parse(&both)).unwrap();
    assert!(wrong.contains("goes up by one"), "{wrong}");
}

#[test]
fn a_shape_goes_up_by_one_and_never_down() {
    for wrong in [
        judge::<BumpedTwice>("it", &History::parse(&pinned())),
        judge::<TakenBack>("it", &History::parse(&pinned())),
    ] {
        assert!(wrong.is_some_and(|wrong| wrong.contains("goes up by one")));
    }
    let gap = format!("{}pin it 6 0\n", pinned());
    let wrong = judge::<BumpedTwice>("it", &History::parse(&gap)).unwrap();
    assert!(wrong.contains("leaves out a SHAPE"), "{wrong}");
}

#[test]
fn an_event_more_wants_a_pin_more_and_no_other_shape() {
    let longer = format!("{}fold adjusted.json\n", pinned());
    let pin = asked::<Old>(&longer);
    assert!(pin.starts_with("pin it 4 "), "{pin}");
    let again = format!("{longer}{pin}\n");
    assert_eq!(judge::<Old>("it", &History::parse(&again)), None);
    // What a projection does not hear changes nothing.
    let unheard = format!("{}fold notified.json\n", pinned());
    assert_eq!(judge::<Old>("it", &History::parse(&unheard)), None);
}

/// A version that leaves out on the way to the disk what it wants to read from there.
#[derive(Default, Clone, Serialize, Deserialize)]
struct LeftOut {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<u64>,
    events: u64,
}

impl Projection for LeftOut {
    const SHAPE: u32 = 4;
    type Hears<'a> = InventoryHeard<'a>;

    fn evolve(&mut self, _: Recorded, _: InventoryHeard<'_>) {
        self.events += 1;
    }
}

#[test]
fn a_snapshot_that_cannot_be_read_back_is_found() {
    let wrong = judge::<LeftOut>("it", &History::parse(LOG)).unwrap();
    assert!(
        wrong.contains("snapshot after history.txt:1 cannot be read"),
        "{wrong}"
    );
}
