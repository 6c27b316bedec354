//! Who gets stock: rank, repair, all or nothing, sourcing.

use domain::event::{
    AllocatorEvent, Event, MAX_EFFECTS, Moved, OrderPlaced, ShipTo, ShortLine, ShortPicked,
    SkuQuantity, StockLine,
};

use crate::baskets::{held, with_hold};
use crate::fixture::*;

#[test]
fn a_receipt_goes_to_the_best_ranked_backorder() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.fold(&gold("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(received("BOLT", 4)),
        ["assign o2.1 main 3", "assign o1.1 main 1"]
    );
}

#[test]
fn nobody_waits_behind_an_order_placed_more_than_the_largest_boost_later() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.settle();
    cell.now = day(15);
    cell.fold(&gold("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o1.1 main 3"]);
}

#[test]
fn an_order_taken_elsewhere_ranks_by_when_it_was_placed_there() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    let imported = OrderPlaced {
        placed_at: Some(day(-1)),
        ..order("o2", &[("BOLT", 3)])
    };
    cell.fold(&imported.into());
    cell.settle();
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o2.1 main 3"]);
}

#[test]
fn free_stock_is_reserved_at_the_door() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 3)])),
        ["assign o1.1 main 3"]
    );
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 3)])),
        [
            "assign o2.1 main 2",
            "wait o2.1 1 behind 0",
            "promise o2.1 estimate day 7"
        ]
    );
}

#[test]
fn an_all_or_nothing_line_is_skipped_until_all_is_there() {
    let mut cell = Cell::given([item("BOLT"), complete_only("o1", &[("BOLT", 5)])]);
    cell.fold(&placed("o2", &[("BOLT", 1)]));
    cell.settle();
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o2.1 main 1"]);
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o1.1 main 5"]);
}

#[test]
fn a_smaller_all_or_nothing_line_fits_what_is_free() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.fold(&complete_only("o1", &[("BOLT", 5)]));
    cell.settle();
    assert_eq!(
        cell.then(cancelled("o1", &[(1, 2)])),
        ["assign o1.1 main 3"]
    );
}

#[test]
fn a_ship_complete_order_takes_stock_for_all_its_lines_or_none() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("BOLT", 5)]);
    assert_eq!(
        cell.then(ship_complete("o1", &[("BOLT", 5), ("NUT", 2)])),
        [
            "wait o1.1 5 behind 0",
            "promise o1.1 estimate day 7",
            "wait o1.2 2 behind 0",
            "promise o1.2 estimate day 7"
        ]
    );
    // It does not hoard: who comes later gets what it cannot use.
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 1)])),
        ["assign o2.1 main 1"]
    );
    assert!(cell.then(received("NUT", 2)).is_empty());
    assert_eq!(
        cell.then(received("BOLT", 1)),
        ["assign o1.1 main 5", "assign o1.2 main 2"]
    );
}

#[test]
fn whoever_another_item_keeps_waiting_is_served_as_soon_as_it_has_come() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), item("CAM")]);
    let skus = [("BOLT", 1), ("NUT", 1), ("CAM", 1)];
    for order in ["o1", "o2"] {
        cell.then(ship_complete(order, &skus));
    }
    cell.then(placed("o3", &[("BOLT", 1)]));
    let mut then = |sku, quantity| {
        let mut said = cell.then(received(sku, quantity));
        said.sort();
        said
    };
    assert_eq!(then("BOLT", 1), ["assign o3.1 main 1"]);
    assert!(then("BOLT", 2).is_empty());
    assert!(then("NUT", 1).is_empty());
    let whole = |order| [1, 2, 3].map(|line| format!("assign {order}.{line} main 1"));
    assert_eq!(then("CAM", 2), whole("o1"));
    assert_eq!(then("NUT", 1), whole("o2"));
}

#[test]
fn the_rest_of_a_ship_complete_order_ignores_refused_and_cancelled_lines() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("BOLT", 5)]);
    assert_eq!(
        cell.then(rest_may_go("o1", &[("BOLT", 2), ("GHOST", 2)])),
        [
            "wait o1.1 2 behind 0",
            "promise o1.1 estimate day 7",
            "refuse o1.2 2 UnknownItem",
            "assign o1.1 main 2"
        ]
    );
    cell.then(ship_complete("o2", &[("BOLT", 2), ("NUT", 2)]));
    assert_eq!(
        cell.then(cancelled("o2", &[(2, 2)])),
        ["assign o2.1 main 2"]
    );
}

#[test]
fn a_ship_complete_order_is_served_by_its_rank_in_every_sku() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.fold(&placed("o1", &[("NUT", 2)]));
    cell.fold(&ship_complete("o2", &[("BOLT", 1), ("NUT", 2)]));
    cell.settle();
    cell.fold(&received("BOLT", 1));
    assert_eq!(cell.then(received("NUT", 2)), ["assign o1.1 main 2"]);
    assert_eq!(
        cell.then(received("NUT", 2)),
        ["assign o2.2 main 2", "assign o2.1 main 1"]
    );
}

#[test]
fn stock_comes_from_the_customers_region_then_from_where_most_is_free() {
    let mut cell = Cell::given([item("BOLT"), location("a", "north"), location("b", "south")]);
    cell.fold(&received_at("a", "BOLT", 2));
    cell.fold(&received_at("b", "BOLT", 9));
    cell.fold(&received_at("c", "BOLT", 9));
    let ship_to = ShipTo {
        country: "GB".to_owned(),
        region: Some("north".to_owned()),
    };
    let north = OrderPlaced {
        ship_to,
        ..order("o1", &[("BOLT", 4)])
    };
    assert_eq!(
        cell.then(north.into()),
        ["assign o1.1 a 2", "assign o1.1 b 2"]
    );
    assert_eq!(cell.then(placed("o2", &[("BOLT", 1)])), ["assign o2.1 c 1"]);
}

#[test]
fn a_count_down_takes_back_the_lowest_ranked_reservation() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 6)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(adjusted("BOLT", -4)),
        [
            "release o2.1 main 3 CountedDown",
            "release o1.1 main 1 CountedDown",
            "promise o1.1 estimate day 7",
            "promise o2.1 estimate day 7"
        ]
    );
}

#[test]
fn nothing_takes_the_stock_of_a_line_in_a_released_wave() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 6)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    cell.fold(&wave("o2", 1, "BOLT", 3));
    let effects = cell.then(adjusted("BOLT", -2));
    assert_eq!(
        effects,
        [
            "release o1.1 main 2 CountedDown",
            "promise o1.1 estimate day 7"
        ]
    );
}

#[test]
fn what_is_not_there_is_nobodys_in_a_wave_or_not_and_those_in_a_wave_lose_last() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 6)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    cell.fold(&wave("o2", 1, "BOLT", 3));
    assert_eq!(
        cell.then(adjusted("BOLT", -4)),
        [
            "release o1.1 main 3 CountedDown",
            "release o2.1 main 1 CountedDown in wave",
            "promise o1.1 estimate day 7",
            "promise o2.1 estimate day 7"
        ]
    );
    // It waits again at the rank that it always had: behind the one placed before it.
    assert_eq!(cell.then(received("BOLT", 1)), ["assign o1.1 main 1"]);
}

#[test]
fn what_a_picker_does_not_find_waits_at_its_old_rank_and_comes_from_anywhere() {
    let mut cell = Cell::given([item("BOLT"), location("north", "n"), received("BOLT", 2)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.fold(&wave("o1", 1, "BOLT", 2));
    cell.then(placed("o2", &[("BOLT", 2)]));
    let short = ShortPicked {
        report: "p1".into(),
        order: "o1".into(),
        location: "main".into(),
        lines: vec![ShortLine {
            line: 1,
            sku: "BOLT".into(),
            found: 0,
            missing: 2,
            written_off: 2,
        }],
    };
    assert_eq!(cell.then(short.into()), ["promise o1.1 estimate day 7"]);
    assert_eq!(
        cell.then(received_at("north", "BOLT", 2)),
        ["assign o1.1 north 2"]
    );
}

#[test]
fn nobody_gains_or_loses_by_a_move_and_no_date_is_told() {
    let mut cell = Cell::given([item("BOLT"), location("north", "n"), received("BOLT", 5)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    let moved = Moved {
        id: "m1".into(),
        from: "main".into(),
        to: "north".into(),
        lines: vec![SkuQuantity {
            sku: "BOLT".into(),
            quantity: 4,
        }],
        arrives: None,
        via: None,
        owners: vec![StockLine {
            order: "o1".into(),
            line: 1,
            sku: "BOLT".into(),
            quantity: 2,
        }],
    };
    assert_eq!(cell.then(moved.into()), Vec::<String>::new());
    let order = cell.allocator.order(&"o1".into()).unwrap();
    let held = order.line(1).unwrap().reservations.iter();
    let held: Vec<_> = held.map(|it| (it.place.as_str(), it.units)).collect();
    assert_eq!(held, [("main", 1), ("north", 2)]);
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 3)])),
        [
            "assign o2.1 north 2",
            "wait o2.1 1 behind 0",
            "promise o2.1 estimate day 7"
        ]
    );
}

#[test]
fn cancelled_units_are_taken_back_and_given_to_the_next() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(cancelled("o1", &[(1, 2)])),
        ["release o1.1 main 2 Cancelled", "assign o2.1 main 2"]
    );
}

#[test]
fn of_stock_in_two_places_only_what_is_given_up_is_taken_back() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 2)]);
    cell.fold(&received_at("north", "BOLT", 2));
    cell.then(placed("o1", &[("BOLT", 4)]));
    let said = cell.then(cancelled("o1", &[(1, 1)]));
    assert_eq!(said, ["release o1.1 main 1 Cancelled"]);
}

#[test]
fn what_left_is_neither_held_nor_on_hand() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    assert!(cell.then(shipped("o1", 1, "BOLT", 2)).is_empty());
    assert!(cell.then(closed("o1")).is_empty());
    assert_eq!(cell.allocator.open_orders(), 0);
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 1)])),
        ["assign o2.1 main 1"]
    );
}

#[test]
fn a_receipt_that_fills_many_becomes_a_train_of_bounded_events() {
    let mut cell = Cell::given([item_as(
        "BOLT",
        domain::event::Segment::Backorderable {
            cap: 99_999,
            longest_wait_days: 9,
        },
        Some(7),
    )]);
    for number in 0..2_500 {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    assert_eq!(cell.settle().len(), 5_000);
    cell.fold(&received("BOLT", 2_400));
    let first = cell.due().unwrap();
    assert_eq!((first.effects.len(), first.at_rest), (MAX_EFFECTS, false));
    cell.fold(&Event::Allocator(AllocatorEvent::Settled(first)));
    assert_eq!(cell.settle().len(), 1_400);
}

/// Ordered elsewhere, so many days after [`NOW`].
fn taken_elsewhere(mut of: OrderPlaced, at: i64) -> Event {
    of.placed_at = Some(day(at));
    of.into()
}

#[test]
fn a_new_line_counts_only_units_still_waiting_ahead() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.fold(&ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    cell.now = day(2);
    cell.then(ship_complete("o3", &[("BOLT", 1), ("NUT", 1)]));
    let mut between = order("o2", &[("BOLT", 9)]);
    between.lines[0].complete_only = true;
    cell.fold(&received("BOLT", 2));
    cell.fold(&received("NUT", 2));
    let effects = cell.then(taken_elsewhere(between, 1));
    assert_eq!(effects.len(), 6, "both are served: {effects:?}");
    assert!(
        effects.contains(&"wait o2.1 9 behind 0".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn an_all_or_nothing_order_waits_while_one_of_its_items_is_repaired() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("BOLT", 3)]);
    cell.then(placed("o0", &[("BOLT", 1)]));
    cell.then(held("h1", "BOLT", 2));
    cell.fold(&cancelled("o0", &[]));
    let mut together = order("o1", &[("BOLT", 2), ("NUT", 1)]);
    together.ship_complete = true;
    cell.fold(&with_hold("h1", together));
    cell.fold(&placed("o2", &[("NUT", 1)]));
    let effects = cell.then(received("NUT", 1));
    assert!(
        effects.contains(&"assign o1.2 main 1".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn a_line_of_nothing_is_neither_waited_for_nor_refused() {
    let mut cell = Cell::given([item("BOLT")]);
    assert!(cell.then(placed("o1", &[("BOLT", 0)])).is_empty());
}

#[test]
fn lines_are_found_by_number_in_any_order() {
    let mut upside_down = order("o1", &[("BOLT", 1), ("NUT", 2), ("PIN", 3)]);
    upside_down.lines.reverse();
    upside_down.lines[1].line = 3;
    let mut cell = Cell::given([item("BOLT"), item("NUT"), item("PIN")]);
    cell.then(upside_down.into());
    let lines = cell.allocator.order(&"o1".into()).unwrap().lines;
    let said: Vec<_> = lines.iter().map(|it| (it.line, it.sku.as_str())).collect();
    assert_eq!(said, [(1, "BOLT"), (3, "PIN")]);
    let mut twice = order("o2", &[("BOLT", 1), ("NUT", 2)]);
    twice.lines[1].line = 1;
    cell.then(twice.into());
    let lines = cell.allocator.order(&"o2".into()).unwrap().lines;
    assert_eq!((lines.len(), lines[0].sku.as_str()), (1, "BOLT"));
}

#[test]
fn what_a_closed_order_held_goes_to_whoever_waits() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    cell.then(placed("o2", &[("BOLT", 3)]));
    assert_eq!(cell.then(closed("o1")), ["assign o2.1 main 3"]);
}
