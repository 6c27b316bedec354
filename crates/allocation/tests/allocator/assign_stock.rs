//! A clerk's word on stock: free units, or those of another order, whatever the ranks say.

use backorder_allocation::{AllocatorRefusal as No, AssignStock};
use domain::command::Outcome;
use domain::event::*;

use crate::fixture::*;

fn word(order: &str, quantity: u32, from: Option<&str>) -> AssignStock {
    AssignStock {
        assignment: format!("{order}-{quantity}").as_str().into(),
        order: order.into(),
        line: 1,
        quantity,
        from: from.map(Into::into),
        reason: "promised on the phone".to_owned(),
        by: "ann".to_owned(),
    }
}

fn recorded(cell: &Cell, asked: &AssignStock) -> StockAssigned {
    let outcome = cell.allocator.decide(asked, cell.now);
    let Ok(Outcome::Record(event)) = outcome else {
        panic!("{outcome:?}");
    };
    StockAssigned::of(&event).unwrap().clone()
}

/// What the word does, and what is settled after it.
fn say_it(cell: &mut Cell, asked: &AssignStock) -> Vec<String> {
    let assigned = recorded(cell, asked);
    assert_eq!(
        cell.allocator.assignment(asked, cell.now).unwrap(),
        assigned.effects
    );
    let mut said: Vec<String> = assigned.effects.iter().map(say).collect();
    said.extend(cell.then(assigned.into()));
    said
}

fn refused(cell: &Cell, asked: &AssignStock) -> No {
    cell.allocator.decide(asked, cell.now).unwrap_err()
}

/// Three bolts are kept for gold; o1 and o2 wait for two each.
fn kept_for_gold() -> Cell {
    let Event::Inventory(InventoryEvent::ItemDefined(bolt)) = item("BOLT") else {
        panic!();
    };
    let protection = Protection {
        safety_stock: 0,
        channels: Vec::new(),
        tiers: vec![TierLevel {
            tier: "gold".into(),
            units: 3,
        }],
    };
    let bolt = ItemDefined {
        protection: Some(protection),
        ..bolt
    };
    let mut cell = Cell::given([bolt.into(), received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.then(placed("o2", &[("BOLT", 2)]));
    cell
}

#[test]
fn free_units_go_where_the_word_says_also_those_that_are_kept() {
    let mut cell = kept_for_gold();
    assert_eq!(
        say_it(&mut cell, &word("o2", 2, None)),
        ["assign o2.1 main 2"]
    );
    let (sku, quantity, there) = ("BOLT".into(), 2, 1);
    assert_eq!(
        refused(&cell, &word("o1", 2, None)),
        No::MoreThanThere {
            sku,
            quantity,
            there
        }
    );
}

#[test]
fn who_gives_some_up_waits_again_at_its_rank_and_both_sides_are_told_whose_word_it_was() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    cell.then(placed("o2", &[("BOLT", 2)]));
    let assigned = recorded(&cell, &word("o2", 2, Some("o1")));
    let causes: Vec<(What, Option<u32>, &[Led])> = assigned
        .causes
        .iter()
        .map(|it| (it.what, it.effect, it.led_to.as_slice()))
        .collect();
    assert_eq!(
        causes,
        [
            (What::ByHand, None, &[Led(0, 2)][..]),
            (What::ByHand, Some(0), &[Led(1, 2)][..])
        ]
    );
    assert_eq!(
        say_it(&mut cell, &word("o2", 2, Some("o1")))[..2],
        ["release o1.1 main 2 GivenAway", "assign o2.1 main 2"]
    );
    assert_eq!(
        cell.allocator
            .queue_place(&"o1".into(), 1)
            .unwrap()
            .unwrap()
            .place,
        1
    );
    assert_eq!(cell.then(received("BOLT", 2)), ["assign o1.1 main 2"]);
}

#[test]
fn what_is_being_picked_or_on_hold_is_not_given() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 2)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.then(placed("o2", &[("BOLT", 2)]));
    cell.then(wave("o1", 1, "BOLT", 1));
    let (from, sku, quantity, there) = ("o1".into(), "BOLT".into(), 2, 1);
    assert_eq!(
        refused(&cell, &word("o2", 2, Some("o1"))),
        No::MoreThanItHas {
            from,
            sku,
            quantity,
            there
        }
    );
    assert_eq!(say_it(&mut cell, &word("o2", 1, Some("o1"))).len(), 3);
}

#[test]
fn a_word_is_refused_where_it_could_not_be_kept() {
    let mut cell = kept_for_gold();
    assert_eq!(
        refused(&cell, &word("o1", 0, None)),
        No::QuantityOutOfRange {}
    );
    let (order, line, quantity, waits) = ("o1".into(), 1, 3, 2);
    assert_eq!(
        refused(&cell, &word("o1", 3, None)),
        No::MoreThanWaits {
            order,
            line,
            quantity,
            waits
        }
    );
    let silent = AssignStock {
        by: String::new(),
        ..word("o1", 1, None)
    };
    assert_eq!(refused(&cell, &silent), No::ByMalformed {});
    assert_eq!(
        refused(&cell, &word("o1", 1, Some("o1"))),
        No::RepeatedOrder {}
    );
    let order = "o9".into();
    assert_eq!(
        refused(&cell, &word("o1", 1, Some("o9"))),
        No::UnknownOrder { order }
    );

    cell.then(complete_only("o3", &[("BOLT", 2)]));
    let order = "o3".into();
    assert_eq!(
        refused(&cell, &word("o3", 1, None)),
        No::NothingInPart { order }
    );
    cell.then(ship_complete("o4", &[("BOLT", 1), ("GHOST-NUT", 1)]));
    cell.fold(&item("NUT"));
    cell.then(ship_complete("o5", &[("BOLT", 1), ("NUT", 1)]));
    let order = "o5".into();
    assert_eq!(
        refused(&cell, &word("o5", 1, None)),
        No::NothingInPart { order }
    );
    cell.then(
        OrderSuspended {
            suspension: "s1".into(),
            order: "o1".into(),
            reason: "fraud".to_owned(),
            frees: false,
        }
        .into(),
    );
    let order = "o1".into();
    assert_eq!(
        refused(&cell, &word("o1", 1, None)),
        No::NothingWhileSuspended { order }
    );
    cell.fold(&received("BOLT", 1));
    let sku = "BOLT".into();
    assert_eq!(
        refused(&cell, &word("o2", 1, None)),
        No::StillSettling { sku }
    );
}

#[test]
fn an_order_that_may_not_be_split_is_given_all_in_one_place() {
    let mut cell = Cell::given([
        item("BOLT"),
        location("main", "south"),
        location("north", "north"),
    ]);
    let whole = OrderPlaced {
        no_split: true,
        ..order("o1", &[("BOLT", 3)])
    };
    cell.then(whole.into());
    cell.then(placed("o2", &[("BOLT", 9)]));
    cell.then(received_at("main", "BOLT", 2));
    cell.then(received_at("north", "BOLT", 3));
    // o1 was served first where all of it was in one place; what o2 got is taken back for o3.
    cell.then(
        OrderPlaced {
            no_split: true,
            ..order("o3", &[("BOLT", 2)])
        }
        .into(),
    );
    let told = say_it(&mut cell, &word("o3", 2, Some("o2")));
    let places: Vec<&String> = told
        .iter()
        .filter(|it| it.starts_with("assign o3"))
        .collect();
    assert_eq!(places.len(), 1, "{told:?}");
}
