//! Those who wait for an item that will not come are offered something else, or told so.

use backorder_allocation::{AllocatorRefusal, EndWaits};
use domain::command::Outcome;
use domain::event::*;

use crate::baskets::accepted;
use crate::fixture::*;

fn ending(instead: &[&str]) -> EndWaits {
    EndWaits {
        ending: "e1".into(),
        sku: "OLD".into(),
        alternatives: instead.iter().map(|sku| (*sku).into()).collect(),
        offer_days: Some(14),
    }
}

fn waiting() -> Cell {
    let mut cell = Cell::given([item("OLD"), item("NEW"), received("NEW", 5)]);
    cell.then(placed("o1", &[("OLD", 2)]));
    cell.then(gold("o2", &[("OLD", 3)]));
    cell
}

/// Ends the waits, and reads out what each was told, then what follows.
fn end(cell: &mut Cell, instead: &[&str]) -> Vec<String> {
    let outcome = cell.allocator.decide(&ending(instead), cell.now).unwrap();
    let Outcome::Record(event) = outcome else {
        panic!("{outcome:?}");
    };
    let mut said: Vec<String> = event.effects().iter().map(say).collect();
    cell.fold(&event);
    said.extend(cell.settle());
    said
}

#[test]
fn those_who_wait_are_offered_the_successor_and_may_take_it() {
    let mut cell = waiting();
    assert_eq!(
        end(&mut cell, &["NEW"]),
        ["offer o2.1 3 or NEW for 14", "offer o1.1 2 or NEW for 14"]
    );
    assert_eq!(
        cell.then(accepted("o1", 1, "NEW", 2, 2)),
        ["assign o1.2 main 2"]
    );
    cell.now = day(14);
    assert_eq!(cell.settle(), ["refuse o2.1 3 Substitutable"]);
}

#[test]
fn those_who_wait_for_nothing_are_told_so_and_new_orders_are_not_affected() {
    let mut cell = waiting();
    assert_eq!(
        end(&mut cell, &[]),
        ["refuse o2.1 3 Discontinued", "refuse o1.1 2 Discontinued"]
    );
    let asked = EndWaits {
        ending: "e2".into(),
        ..ending(&[])
    };
    let sku = "OLD".into();
    assert_eq!(
        cell.allocator.ending(&asked, cell.now).unwrap_err(),
        AllocatorRefusal::NothingWaits { sku }
    );
}

#[test]
fn what_cannot_be_ended_is_refused() {
    let cell = waiting();
    let no = |asked: EndWaits| cell.allocator.decide(&asked, cell.now).unwrap_err();
    let sku = || "GHOST".into();
    assert_eq!(
        no(ending(&["GHOST"])),
        AllocatorRefusal::UnknownSku { sku: sku() }
    );
    let sku = || "OLD".into();
    assert_eq!(
        no(ending(&["NEW", "OLD"])),
        AllocatorRefusal::RepeatedAlternative { sku: sku() }
    );
    let nobody = EndWaits {
        sku: "NEW".into(),
        ..ending(&[])
    };
    let sku = || "NEW".into();
    assert_eq!(no(nobody), AllocatorRefusal::NothingWaits { sku: sku() });
    let mut busy = waiting();
    busy.fold(&received("OLD", 1));
    let sku = "OLD".into();
    assert_eq!(
        busy.allocator.decide(&ending(&[]), busy.now).unwrap_err(),
        AllocatorRefusal::StillSettling { sku }
    );
}

#[test]
fn more_lines_than_fit_in_an_event_are_told_in_several() {
    let mut cell = Cell::given([capped("OLD", 10_000, 90)]);
    for order in 0..MAX_EFFECTS + 5 {
        cell.fold(&placed(&format!("o{order}"), &[("OLD", 1)]));
    }
    cell.settle();
    let outcome = cell.allocator.decide(&ending(&[]), cell.now).unwrap();
    let Outcome::Record(event) = outcome else {
        panic!("{outcome:?}");
    };
    let ended = WaitsEnded::of(&event).unwrap();
    assert_eq!(
        ended.left + ended.effects.len() as u64,
        MAX_EFFECTS as u64 + 5
    );
    assert!(ended.left >= 5);
}

#[test]
fn who_was_offered_something_is_offered_nothing_anew_and_nobody_is_left() {
    let mut cell = waiting();
    end(&mut cell, &["NEW"]);
    cell.then(placed("o3", &[("OLD", 1)]));
    let again = EndWaits {
        ending: "e2".into(),
        ..ending(&["NEW"])
    };
    let (effects, left) = cell.allocator.ending(&again, cell.now).unwrap();
    let told: Vec<String> = effects.iter().map(say).collect();
    assert_eq!(
        (told, left),
        (vec!["offer o3.1 1 or NEW for 14".to_owned()], 0)
    );
}

#[test]
fn a_line_of_which_some_was_refused_is_refused_the_rest() {
    let mut cell = Cell::given([capped("OLD", 3, 900), item("NEW"), received("NEW", 9)]);
    cell.then(placed("o1", &[("OLD", 5)]));
    assert_eq!(end(&mut cell, &["NEW"]), ["refuse o1.1 3 Discontinued"]);
}

#[test]
fn who_waits_for_stock_that_is_there_keeps_waiting() {
    let mut cell = waiting();
    cell.fold(&received("OLD", 5));
    cell.settle();
    let whole = ship_complete("o4", &[("OLD", 2), ("NUT", 1)]);
    cell.fold(&item("NUT"));
    cell.fold(&received("OLD", 2));
    cell.then(whole);
    cell.then(complete_only("o5", &[("OLD", 9)]));
    assert_eq!(end(&mut cell, &[]), ["refuse o5.1 9 Discontinued"]);
}

/// As a room does, which writes nothing where nothing is due.
#[test]
fn what_is_looked_at_in_vain_keeps_nobody_from_being_told() {
    let mut cell = waiting();
    cell.fold(&Event::from(OrderSuspended {
        suspension: "s1".into(),
        order: "o1".into(),
        reason: "x".to_owned(),
        frees: false,
    }));
    assert!(cell.due().is_none());
    let (effects, left) = cell.allocator.ending(&ending(&[]), cell.now).unwrap();
    assert_eq!((effects.len(), left), (2, 0));
}
