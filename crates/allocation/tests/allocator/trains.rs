//! What does not fit in one event follows in the next, and holds nobody else up.

use backorder_allocation::MAX_SETTLED_BYTES;
use domain::event::{
    Effect, Event, InventoryEvent, ItemDefined, MAX_COMMIT_BYTES, MAX_EFFECTS, Settled,
};

use crate::baskets::{held, with_hold};
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
fn an_order_that_comes_during_a_train_is_decided_next() {
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

#[test]
fn a_door_that_many_come_to_at_once_holds_up_no_other_item() {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), item("NUT")]);
    for number in 0..MANY {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    cell.fold(&placed("other", &[("NUT", 3)]));
    let first = cell.due().unwrap();
    assert!(of(&first, "BOLT").count() <= MAX_EFFECTS / 4);
    assert!(of(&first, "NUT").count() > 0);
}

#[test]
fn the_door_effects_of_a_line_fit_one_event() {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), received("BOLT", 1)]);
    for number in 0..MANY {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    // One line takes the bolt; all others wait, which is two effects each.
    for settled in train(&mut cell) {
        assert!(settled.effects.len() <= MAX_EFFECTS);
        let last = settled.effects.last().unwrap();
        assert!(matches!(last, Effect::Promised(_)), "{last:?}");
    }
}

#[test]
fn a_delay_of_many_lines_fits_its_share_of_an_event() {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), capped("NUT", 100_000, 90)]);
    for number in 0..MANY {
        let lines = [("BOLT", 1), ("NUT", 1)];
        cell.fold(&placed(&format!("o{number}"), &lines));
    }
    cell.settle();
    cell.fold(&purchased("p1", "BOLT", MANY, day(20)));
    cell.fold(&purchased("p2", "NUT", MANY, day(20)));
    let train = train(&mut cell);
    assert!(of(&train[0], "BOLT").count() > 0);
    assert!(of(&train[0], "NUT").count() > 0);
    assert!(train.iter().all(|it| it.effects.len() <= MAX_EFFECTS));
}

#[test]
fn late_items_share_each_event_fairly() {
    let skus = ["A", "B", "C", "D", "E", "F"];
    let mut cell = Cell::given(skus.map(|sku| capped(sku, 100_000, 90)));
    for number in 0..1_000 {
        cell.fold(&placed(&format!("o{number}"), &skus.map(|sku| (sku, 1))));
    }
    cell.settle();
    for sku in skus {
        cell.fold(&purchased(&format!("p{sku}"), sku, 1_000, day(20)));
    }
    let train = train(&mut cell);
    for sku in skus {
        let promised = train[..2].iter().flat_map(|it| of(it, sku)).count();
        assert!((100..=750).contains(&promised), "{sku}: {promised}");
    }
}

#[test]
fn divisions_under_way_are_bounded_by_what_an_event_can_hold() {
    let skus: Vec<String> = (0..66).map(|number| format!("TOY{number}")).collect();
    let lines: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 2)).collect();
    let shared = |sku: &String| match capped(sku, 1_000_000, 90) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            fair_share: true,
            ..item
        }),
        other => other,
    };
    let mut cell = Cell::given(skus.iter().map(shared));
    let orders = u32::try_from(MAX_EFFECTS / 4 + 1).unwrap();
    for number in 0..orders {
        cell.fold(&placed(&format!("o{number}"), &lines));
    }
    cell.settle();
    for sku in &skus {
        cell.fold(&received(sku, orders));
    }
    let train = train(&mut cell);
    let most = train.iter().map(|it| it.sharing.len()).max().unwrap();
    assert_eq!(most, 64);
    let given: usize = train.iter().map(|it| it.effects.len()).sum();
    assert_eq!(given, 66 * orders as usize, "one unit to everybody");
}

#[test]
fn an_all_or_nothing_order_takes_nothing_from_lines_served_next() {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), item("NUT")]);
    for number in 0..MANY {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    cell.fold(&ship_complete("all", &[("BOLT", 1), ("NUT", 1)]));
    cell.settle();
    cell.fold(&received("BOLT", MANY));
    cell.fold(&received("NUT", 1));
    let train = train(&mut cell);
    assert_eq!(train.iter().flat_map(|it| of(it, "NUT")).count(), 0);
}

#[test]
fn all_door_effects_of_a_line_are_in_one_event() {
    let mut cell = Cell::given([capped("BOLT", 100_000, 90), received("BOLT", 1)]);
    for number in 0..600 {
        cell.fold(&complete_only(&format!("o{number}"), &[("BOLT", 5)]));
    }
    cell.fold(&placed("last", &[("BOLT", 2)]));
    let first = cell.due().unwrap();
    assert!(!first.at_rest);
    let lasts = |effect: &Effect| effect.order().as_str() == "last";
    assert!(!first.effects.iter().any(lasts));
    let said = cell.settle();
    let said: Vec<&String> = said.iter().filter(|said| said.contains("last")).collect();
    assert_eq!(
        said,
        [
            "assign last.1 main 1",
            "wait last.1 1 behind 3000",
            "promise last.1 estimate day 7"
        ]
    );
}

/// A toy in fair shares, of which 2,000 are there.
fn toys() -> Cell {
    let shared = match capped("TOY", 100_000_000, 90) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            fair_share: true,
            ..item
        }),
        other => other,
    };
    Cell::given([shared, received("TOY", 2_000)])
}

/// Units that these orders hold, when all has been decided in events that keep their bounds.
fn held_in_bounds(cell: &mut Cell, orders: u32) -> Vec<u32> {
    for event in train(cell) {
        let bytes = serde_json::to_vec(&event).unwrap().len();
        assert!(bytes <= MAX_SETTLED_BYTES, "{bytes}");
        assert!(event.effects.len() <= MAX_EFFECTS);
    }
    assert_eq!(cell.allocator.check_at_rest(), Vec::<String>::new());
    let held = |number: u32| {
        let order = format!("o{number}").as_str().into();
        cell.allocator.promise(&order, 1).unwrap().reserved
    };
    (1..=orders).map(held).collect()
}

#[test]
fn many_partly_served_lines_make_a_train_of_bounded_events() {
    let mut cell = toys();
    for number in 1..=1_500 {
        cell.fold(&placed(&format!("o{number}"), &[("TOY", 5)]));
    }
    // 2,000 of 7,500: each has one whole unit, and the 500 left over go to the best ranked.
    let shares = [vec![2; 500], vec![1; 1_000]].concat();
    assert_eq!(held_in_bounds(&mut cell, 1_500), shares);
}

#[test]
fn a_skipped_line_takes_no_share_from_lines_behind_it() {
    let mut cell = toys();
    for number in 1..=600 {
        cell.fold(&complete_only(&format!("w{number}"), &[("TOY", 5_000)]));
        cell.fold(&placed(&format!("o{number}"), &[("TOY", 5)]));
    }
    // 2,000 of 3,000: each has three, and the 200 left over go to the best ranked.
    let shares = [vec![4; 200], vec![3; 400]].concat();
    assert_eq!(held_in_bounds(&mut cell, 600), shares);
}

#[test]
fn a_line_behind_many_takes_no_more_than_its_items_share() {
    let mut cell = Cell::given([capped("BOLT", 1_000_000, 90), received("BOLT", 1)]);
    for number in 0..200 {
        cell.fold(&complete_only(&format!("w{number}"), &[("BOLT", 5)]));
    }
    cell.fold(&placed("last", &[("BOLT", 2)]));
    cell.fold(&item("NUT"));
    cell.fold(&placed("other", &[("NUT", 1)]));
    let first = cell.due().unwrap();
    assert!(of(&first, "BOLT").count() <= MAX_EFFECTS / 4 + 2);
}

#[test]
fn a_line_from_more_places_than_an_event_has_effects_is_served() {
    for (places, with_another) in [(300, true), (1_100, true), (1_100, false)] {
        let mut cell = Cell::given([capped("BOLT", 1_000_000, 90), item("NUT")]);
        for place in 0..places {
            cell.fold(&received_at(&format!("p{place}"), "BOLT", 1));
        }
        cell.fold(&placed("o1", &[("BOLT", places + 1)]));
        if with_another {
            cell.fold(&placed("o2", &[("NUT", 1)]));
        }
        train(&mut cell);
        let line = cell.allocator.promise(&"o1".into(), 1).unwrap();
        assert_eq!((line.reserved, line.backordered), (places, 1));
    }
}

#[test]
fn many_partly_held_lines_make_a_train_of_bounded_events() {
    let mut cell = Cell::given([capped("TOY", 1_000_000, 90), received("TOY", 600)]);
    for number in 1..=600 {
        cell.fold(&held(&format!("h{number}"), "TOY", 1));
    }
    for number in 1..=600 {
        cell.fold(&placed(&format!("a{number}"), &[("TOY", 5)]));
        let partly = order(&format!("o{number}"), &[("TOY", 5)]);
        cell.fold(&with_hold(&format!("h{number}"), partly));
    }
    let train = train(&mut cell);
    assert!(train.iter().all(|it| it.effects.len() <= MAX_EFFECTS));
    let reserved = |id: String| {
        let order = id.as_str().into();
        cell.allocator.promise(&order, 1).unwrap().reserved
    };
    for number in 1..=600 {
        assert_eq!(reserved(format!("o{number}")), 1, "o{number}");
        assert_eq!(reserved(format!("a{number}")), 0, "a{number}");
    }
}

/// What an order of a thousand lines that takes all or nothing is given, when all ids have so many
/// characters, and the bytes of the longest event.
fn taken_together(id_len: usize) -> (usize, usize) {
    let long = |name: &str| format!("{name}{}", "x".repeat(id_len - name.len()));
    let skus: Vec<String> = (0..1_000).map(|n| long(&format!("s{n}-"))).collect();
    let place = long("p-");
    let mut cell = Cell::new();
    for sku in &skus {
        cell.fold(&item(sku));
        cell.fold(&received_at(&place, sku, 1));
    }
    let lines: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
    cell.fold(&ship_complete(&long("o-"), &lines));
    let train = train(&mut cell);
    let of_stock = |effect: &&Effect| matches!(effect, Effect::Assigned(_));
    let effects = train.iter().flat_map(|it| &it.effects);
    let bytes = train.iter().map(|it| serde_json::to_vec(it).unwrap().len());
    (effects.filter(of_stock).count(), bytes.max().unwrap())
}

#[test]
fn an_all_or_nothing_order_is_assigned_in_one_event_or_not_at_all() {
    let (taken, bytes) = taken_together(100);
    assert_eq!(taken, 1_000);
    assert!(bytes <= MAX_COMMIT_BYTES - 1_024, "{bytes}");
    let (taken, bytes) = taken_together(128);
    assert_eq!(taken, 0, "{bytes}");
    assert!(bytes <= MAX_COMMIT_BYTES - 1_024, "{bytes}");
}

#[test]
fn stock_in_many_long_named_places_waits_for_the_next_event() {
    let long = |name: &str, n: u32| format!("{}{name}{n}", "\"".repeat(120));
    let (first, second, third) = (long("a", 0), long("b", 0), long("c", 0));
    let mut cell = Cell::new();
    for sku in [&first, &second, &third] {
        cell.fold(&capped(sku, 1_000_000, 90));
    }
    cell.fold(&received_at(&long("p", 0), &first, 250));
    cell.fold(&received_at(&long("p", 0), &second, 150));
    for place in 0..300 {
        cell.fold(&received_at(&long("p", place), &third, 1));
    }
    for number in 0..250 {
        cell.fold(&placed(&long("x", number), &[(&first, 1)]));
    }
    for number in 0..150 {
        cell.fold(&placed(&long("y", number), &[(&second, 1)]));
    }
    cell.fold(&placed(&long("z", 0), &[(&third, 301)]));
    for event in train(&mut cell) {
        let bytes = serde_json::to_vec(&event).unwrap().len();
        assert!(bytes <= MAX_SETTLED_BYTES, "{bytes}");
    }
}
