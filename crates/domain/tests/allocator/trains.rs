//! What does not fit in one event follows in the next, and holds nobody else up.

use backorder_domain::event::{Effect, MAX_EFFECTS, Settled};

use crate::fixture::*;

const MANY: u32 = 2_500;

/// So many orders of one bolt wait.
fn crowded() -> Cell {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), item("NUT")]);
    for number in 0..MANY {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    cell.settle();
    cell
}

/// All that is due, event by event.
fn train(cell: &mut Cell) -> Vec<Settled> {
    let mut train = Vec::new();
    while let Some(settled) = cell.due() {
        cell.fold(&settled.clone().into());
        train.push(settled);
    }
    train
}

fn of<'a>(settled: &'a Settled, sku: &'a str) -> impl Iterator<Item = &'a Effect> {
    let mine = move |effect: &&Effect| effect.sku().as_str() == sku;
    settled.effects.iter().filter(mine)
}

#[test]
fn a_receipt_that_fills_many_holds_up_no_other_item() {
    let mut cell = crowded();
    cell.fold(&received("BOLT", MANY));
    cell.fold(&placed("other", &[("NUT", 3)]));
    let train = train(&mut cell);
    assert!(
        of(&train[0], "NUT").count() > 0,
        "the nut waits for all bolts"
    );
    assert!(train.iter().all(|it| it.effects.len() <= MAX_EFFECTS));
    let bolts: usize = train.iter().map(|it| of(it, "BOLT").count()).sum();
    assert_eq!(bolts, MANY as usize);
    assert!(train.last().unwrap().at_rest && !train[0].at_rest);
    assert_eq!(cell.allocator.check_at_rest(), Vec::<String>::new());
}

#[test]
fn who_comes_while_a_train_is_under_way_is_decided_in_its_next_event() {
    let mut cell = crowded();
    cell.fold(&received("BOLT", MANY));
    let first = cell.due().unwrap();
    cell.fold(&first.into());
    cell.fold(&placed("other", &[("NUT", 3)]));
    let next = cell.due().unwrap();
    assert!(of(&next, "NUT").count() > 0);
    assert!(of(&next, "BOLT").count() > 0);
}

#[test]
fn a_delay_that_moves_many_promises_is_a_train_too() {
    let mut cell = crowded();
    cell.then(purchased("p1", "BOLT", MANY, day(10)));
    cell.fold(&delayed("p1", "BOLT", day(20)));
    let train = train(&mut cell);
    let moved: usize = train.iter().map(|it| it.effects.len()).sum();
    assert_eq!(moved, MANY as usize);
    assert!(train.iter().all(|it| it.effects.len() <= MAX_EFFECTS));
    // Moved a little, nobody is told.
    assert!(cell.then(delayed("p1", "BOLT", day(21))).is_empty());
}
