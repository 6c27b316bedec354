//! Fair shares: a receipt divided in proportion to what is waited for.

use domain::command::Outcome;
use domain::event::{
    Event, InventoryEvent, ItemDefined, OrderPlaced, OrdersEvent, Prioritised, Protection,
    RunStrategy,
};

use crate::baskets::{to_hold, with_hold};
use crate::fixture::*;
use crate::later::{resumed, suspended};
use crate::rebalance::{asked, preview, segment};

/// An item in fair shares of which so many are kept as safety stock.
fn shared(safety_stock: u32) -> Event {
    match capped("TOY", 1_000_000, 90) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            fair_share: true,
            protection: Some(Protection {
                safety_stock,
                ..Protection::default()
            }),
            ..item
        }),
        other => other,
    }
}

fn waiting(orders: impl IntoIterator<Item = Event>) -> Cell {
    let mut cell = Cell::given([shared(0)]);
    for order in orders {
        cell.fold(&order);
    }
    cell.settle();
    cell
}

/// Units of each order that stock is held for.
fn held(cell: &Cell, orders: u32) -> Vec<u32> {
    let of = |n: u32| cell.allocator.promise(&format!("o{n}").as_str().into(), 1);
    (1..=orders).map(|n| of(n).unwrap().reserved).collect()
}

#[test]
fn a_receipt_is_divided_in_proportion_and_remainders_go_by_rank() {
    let mut cell = waiting([
        placed("o1", &[("TOY", 10)]),
        placed("o2", &[("TOY", 20)]),
        gold("o3", &[("TOY", 30)]),
    ]);
    // 31 of 60: 5, 10 and 15 whole units, and the one left over to the best ranked, the gold one.
    assert_eq!(
        cell.then(received("TOY", 31)),
        [
            "assign o3.1 main 16",
            "assign o1.1 main 5",
            "assign o2.1 main 10"
        ]
    );
}

#[test]
fn nobody_gets_more_than_they_asked_when_there_is_enough() {
    let mut cell = waiting([placed("o1", &[("TOY", 1)]), placed("o2", &[("TOY", 5)])]);
    cell.then(received("TOY", 9));
    assert_eq!(held(&cell, 2), [1, 5]);
}

#[test]
fn an_all_or_nothing_line_takes_its_whole_share_or_none() {
    let mut cell = waiting([
        complete_only("o1", &[("TOY", 30)]),
        placed("o2", &[("TOY", 40)]),
        complete_only("o3", &[("TOY", 10)]),
    ]);
    cell.then(received("TOY", 40));
    assert_eq!(held(&cell, 3), [0, 30, 10]);
    cell.then(received("TOY", 40));
    assert_eq!(held(&cell, 3), [30, 40, 10]);
}

#[test]
fn when_only_lines_that_take_all_or_nothing_wait_rank_decides() {
    let mut cell = waiting([
        complete_only("o1", &[("TOY", 30)]),
        complete_only("o2", &[("TOY", 10)]),
    ]);
    cell.then(received("TOY", 12));
    assert_eq!(held(&cell, 2), [0, 10]);
}

#[test]
fn who_comes_with_the_receipt_has_a_share_as_well() {
    let mut cell = waiting([placed("o1", &[("TOY", 10)])]);
    cell.fold(&received("TOY", 10));
    cell.fold(&placed("o2", &[("TOY", 10)]));
    cell.settle();
    assert_eq!(held(&cell, 2), [5, 5]);
}

#[test]
fn a_fair_share_and_its_promise_stand_in_one_event() {
    let mut cell = Cell::given([shared(0), received("TOY", 2)]);
    cell.fold(&placed("o1", &[("TOY", 3)]));
    cell.fold(&placed("o2", &[("TOY", 3)]));
    let said = cell.settle();
    let whose: Vec<&str> = said
        .iter()
        .map(|it| it.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(whose, ["o1.1", "o1.1", "o1.1", "o2.1", "o2.1", "o2.1"]);
    assert!(said[0].starts_with("assign") && said[3].starts_with("assign"));
}

#[test]
fn the_safety_stock_is_not_divided() {
    let mut cell = Cell::given([shared(4)]);
    cell.fold(&placed("o1", &[("TOY", 5)]));
    cell.fold(&placed("o2", &[("TOY", 5)]));
    cell.settle();
    cell.then(received("TOY", 10));
    assert_eq!(held(&cell, 2), [3, 3]);
}

#[test]
fn an_order_that_ships_complete_takes_its_whole_from_the_pool() {
    let mut cell = waiting([placed("o1", &[("TOY", 30)]), item("NUT")]);
    cell.fold(&received("NUT", 1));
    cell.fold(&ship_complete("o2", &[("TOY", 10), ("NUT", 1)]));
    cell.settle();
    cell.then(received("TOY", 20));
    assert_eq!(held(&cell, 2), [20, 0], "its pool was five");
    cell.then(received("TOY", 18));
    assert_eq!(held(&cell, 2), [30, 0], "its pool was nine");
    cell.then(received("TOY", 2));
    assert_eq!(held(&cell, 2), [30, 10], "nobody else waits");
}

#[test]
fn a_ship_complete_order_takes_no_more_than_its_pool() {
    let mut first = order("o2", &[("TOY", 10), ("NUT", 1)]);
    (first.ship_complete, first.customer.tier) = (true, "gold".into());
    let mut cell = waiting([placed("o1", &[("TOY", 30)]), item("NUT")]);
    cell.fold(&received("NUT", 1));
    cell.fold(&first.into());
    cell.settle();
    cell.then(received("TOY", 20));
    assert_eq!(held(&cell, 2), [20, 0], "its pool was five");
}

#[test]
fn who_collects_elsewhere_has_no_share_and_takes_none_from_others() {
    let mut collected = order("o1", &[("TOY", 1)]);
    collected.customer.tier = "gold".into();
    collected.pick_up_at = Some("north".into());
    let mut cell = waiting([
        collected.into(),
        placed("o2", &[("TOY", 1)]),
        placed("o3", &[("TOY", 3)]),
    ]);
    cell.fold(&received("TOY", 2));
    let only = cell.due().unwrap();
    let said: Vec<String> = only.effects.iter().map(say).collect();
    assert_eq!(said, ["assign o2.1 main 1", "assign o3.1 main 1"]);
}

#[test]
fn a_division_of_which_nobody_has_had_a_share_begins_anew() {
    let mut unsplit = order("o1", &[("BOLT", 1), ("TOY", 1)]);
    unsplit.no_split = true;
    let mut cell = waiting([item("BOLT"), received("BOLT", 2), unsplit.into()]);
    cell.fold(&ship_complete("o2", &[("TOY", 1), ("BOLT", 1)]));
    cell.fold(&placed("o3", &[("TOY", 2)]));
    cell.settle();
    // The first is bound to another place until what it gives up there stands on the log, and
    // the second has to wait for that.
    cell.fold(&received_at("north", "TOY", 1));
    cell.fold(&cancelled("o1", &[(1, 1)]));
    assert_eq!(
        cell.settle(),
        ["release o1.1 main 1 Cancelled", "assign o1.2 north 1"]
    );
}

#[test]
fn what_nobody_can_use_of_a_division_is_left_and_all_is_decided() {
    let mut cell = waiting([
        complete_only("o1", &[("TOY", 30)]),
        placed("o2", &[("TOY", 10)]),
    ]);
    cell.fold(&received("TOY", 20));
    let only = cell.due().unwrap();
    assert!(only.at_rest && only.sharing.is_empty(), "{only:?}");
    cell.settle();
    assert_eq!(held(&cell, 2), [0, 10]);
}

/// What a train of events says, one by one.
fn train(cell: &mut Cell) -> usize {
    let mut events = 0;
    while let Some(settled) = cell.due() {
        cell.fold(&settled.into());
        events += 1;
        assert!(events < 100, "does not come to rest");
    }
    events
}

#[test]
fn a_division_of_many_goes_on_in_the_next_event_exactly_as_begun() {
    let orders = || (1..=2_500).map(|n| placed(&format!("o{n}"), &[("TOY", 1 + n % 4)]));
    let mut cell = waiting(orders());
    cell.fold(&received("TOY", 4_000));
    assert!(train(&mut cell) >= 3);
    // 6,250 are waited for: each has 0.64 of its wish, rounded down, and the best ranked one more.
    let wishes: Vec<u32> = (1..=2_500).map(|n| 1 + n % 4).collect();
    let protection_levels: Vec<u32> = wishes.iter().map(|wish| 4_000 * wish / 6_250).collect();
    let mut extra = 4_000 - protection_levels.iter().sum::<u32>();
    let shares = protection_levels.iter().map(|protection_level| {
        let more = u32::from(extra > 0);
        extra -= more;
        protection_level + more
    });
    assert_eq!(held(&cell, 2_500), shares.collect::<Vec<_>>());
}

#[test]
fn who_comes_while_a_division_is_under_way_waits_for_the_next_one() {
    let mut cell = waiting((1..=1_500).map(|n| placed(&format!("o{n}"), &[("TOY", 2)])));
    cell.fold(&received("TOY", 1_500));
    let first = cell.due().unwrap();
    assert_eq!(first.sharing.len(), 1);
    cell.fold(&first.into());
    cell.fold(&gold("late", &[("TOY", 2)]));
    cell.fold(&placed("o1501", &[("TOY", 2)]));
    train(&mut cell);
    assert_eq!(held(&cell, 1_501), [vec![1; 1_500], vec![0]].concat());
    let late = cell.allocator.promise(&"late".into(), 1).unwrap();
    assert_eq!((late.reserved, late.backordered), (0, 2));
}

#[test]
fn a_run_on_another_item_leaves_a_division_as_it_is() {
    let mut cell = waiting((1..=1_500).map(|n| placed(&format!("o{n}"), &[("TOY", 3)])));
    cell.then(item("BOLT"));
    cell.then(received("BOLT", 1));
    cell.then(placed("b1", &[("BOLT", 1)]));
    cell.then(placed("b2", &[("BOLT", 1)]));
    cell.fold(&received("TOY", 1_500));
    let first = cell.due().unwrap();
    cell.fold(&first.into());
    let segments = [
        segment(&["b2"], RunStrategy::Gain),
        segment(&["b1"], RunStrategy::Fill),
    ];
    let token = preview(&cell, &segments, None).token;
    let asked = asked("r1", &segments, None, &token);
    let Ok(Outcome::Record(run)) =
        decide::<CommitRebalance>(&cell.allocator, asked.clone(), cell.now)
    else {
        panic!("a bolt goes from one to the other");
    };
    cell.fold(&run);
    train(&mut cell);
    assert_eq!(held(&cell, 1_500), [1; 1_500]);
}

#[test]
fn what_is_cancelled_while_a_division_is_under_way_is_divided_again() {
    let mut cell = waiting((1..=1_500).map(|n| placed(&format!("o{n}"), &[("TOY", 2)])));
    cell.fold(&received("TOY", 1_500));
    let first = cell.due().unwrap();
    cell.fold(&first.into());
    cell.fold(&cancelled("o1500", &[]));
    let second = cell.due().unwrap();
    assert_eq!((second.effects.len(), second.at_rest), (499, false));
    train(&mut cell);
    let held = held(&cell, 1_500);
    assert_eq!(held[..1_499].iter().sum::<u32>(), 1_500);
    assert_eq!(held[0], 2, "the unit that was left goes to the best ranked");
}

#[test]
fn what_the_last_one_of_a_division_leaves_goes_to_the_best_ranked() {
    let mut cell = waiting((1..=1_001).map(|n| placed(&format!("o{n}"), &[("TOY", 2)])));
    cell.fold(&received("TOY", 1_001));
    let first = cell.due().unwrap();
    assert_eq!((first.effects.len(), first.at_rest), (1_000, false));
    cell.fold(&first.into());
    cell.fold(&cancelled("o1001", &[]));
    assert_eq!(cell.settle(), ["assign o1.1 main 1"]);
}

#[test]
fn all_or_nothing_lines_share_their_pool_by_rank() {
    let elsewhere = |of: Event, at: i64| match of {
        Event::Orders(OrdersEvent::OrderPlaced(order)) => Event::from(OrderPlaced {
            placed_at: Some(day(at)),
            ..order
        }),
        other => other,
    };
    let mut cell = waiting([
        elsewhere(placed("o1", &[("TOY", 18)]), -3),
        elsewhere(complete_only("o3", &[("TOY", 4)]), -1),
    ]);
    // 25 for 30: the pool is 10, of which the better ranked takes 8 and the other then nothing.
    cell.fold(&received("TOY", 25));
    cell.fold(&elsewhere(complete_only("o2", &[("TOY", 8)]), -2));
    let only = cell.due().unwrap();
    let said: Vec<String> = only.effects.iter().map(say).collect();
    assert_eq!(said, ["assign o1.1 main 17", "assign o2.1 main 8"]);

    let mut cell = waiting([
        elsewhere(placed("o1", &[("TOY", 18)]), -3),
        elsewhere(complete_only("o2", &[("TOY", 8)]), -2),
    ]);
    cell.fold(&received("TOY", 25));
    cell.fold(&elsewhere(complete_only("o3", &[("TOY", 4)]), -1));
    let only = cell.due().unwrap();
    let said: Vec<String> = only.effects.iter().map(say).collect();
    assert_eq!(said[..2], ["assign o1.1 main 17", "assign o2.1 main 8"]);
}

#[test]
fn units_on_hold_are_not_part_of_a_fair_share() {
    let mut cell = Cell::given([shared(0), received("TOY", 2)]);
    cell.then(to_hold("h1", "TOY", 2).into());
    cell.then(placed("o2", &[("TOY", 9)]));
    cell.fold(&received("TOY", 4));
    for tier in ["standard", "gold"] {
        let mut cell = cell.clone();
        let mut whole = order("o1", &[("TOY", 5)]);
        whole.lines[0].complete_only = true;
        whole.customer.tier = tier.into();
        let effects = cell.then(with_hold("h1", whole));
        assert!(
            effects.iter().all(|it| !it.starts_with("assign o1")),
            "{effects:?}"
        );
    }
}

#[test]
fn a_newcomer_has_no_share_of_a_division_under_way() {
    let mut cell = waiting((1..=1_200).map(|n| placed(&format!("o{n}"), &[("TOY", 2)])));
    cell.now = day(1);
    for n in 1_201..=1_800 {
        cell.fold(&placed(&format!("o{n}"), &[("TOY", 2)]));
    }
    cell.settle();
    cell.fold(&received("TOY", 1_800));
    let first = cell.due().unwrap();
    assert!(!first.at_rest);
    cell.fold(&first.into());
    let mut late = order("o1801", &[("TOY", 2)]);
    late.placed_at = Some(day(0).plus_ms(1));
    cell.fold(&late.into());
    train(&mut cell);
    let shares = held(&cell, 1_801);
    assert!(shares[..1_800].iter().all(|units| *units == 1));
    assert_eq!(shares[1_800], 0);
}

#[test]
fn who_is_put_first_while_a_division_is_under_way_has_a_share_of_what_is_left() {
    let orders = (1..=1_499).map(|n| placed(&format!("o{n}"), &[("TOY", 2)]));
    let big = placed("o1500", &[("TOY", 1_000)]);
    let mut cell = waiting(orders.chain([big]));
    cell.fold(&received("TOY", 2_000));
    let first = cell.due().unwrap();
    assert_eq!((first.effects.len(), first.sharing.len()), (1_000, 1));
    cell.fold(&first.into());
    // It ranks before all who have had their shares, whom a division that goes on passes over.
    cell.fold(&Event::from(Prioritised {
        priority: "p1".into(),
        order: "o1500".into(),
        line: 1,
        days: 30,
        was: 0,
        reason: "said so".to_owned(),
        by: "ann".to_owned(),
    }));
    train(&mut cell);
    let held = held(&cell, 1_500);
    assert_eq!(held.iter().sum::<u32>(), 2_000);
    // 1,000 units are left and 2,998 are waited for: a third of its 1,000, and one that was over.
    assert_eq!(held[1_499], 334);
}

#[test]
fn who_goes_on_while_a_division_is_under_way_has_a_share_of_what_is_left() {
    let mut cell = waiting((1..=1_500).map(|n| placed(&format!("o{n}"), &[("TOY", 2)])));
    cell.then(suspended("o1", false));
    cell.fold(&received("TOY", 1_499));
    let first = cell.due().unwrap();
    assert_eq!(first.sharing.len(), 1);
    cell.fold(&first.into());
    cell.fold(&resumed("o1"));
    train(&mut cell);
    let held = held(&cell, 1_500);
    assert_eq!((held[0], held.iter().sum::<u32>()), (1, 1_499));
}
