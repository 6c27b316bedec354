//! What happens at the door when stock does not reach.

use backorder_allocation::{Asked, Disposition};
use domain::event::{RefuseReason, Segment};

use crate::fixture::*;

#[test]
fn an_item_that_nobody_defined_is_refused() {
    let mut cell = Cell::new();
    assert_eq!(
        cell.then(placed("o1", &[("GHOST", 3)])),
        ["refuse o1.1 3 UnknownItem"]
    );
}

#[test]
fn the_cap_is_never_oversold_and_is_used_to_the_last_unit() {
    let mut cell = Cell::given([capped("BOLT", 5, 90), placed("o1", &[("BOLT", 3)])]);
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.fold(&placed("o3", &[("BOLT", 2)]));
    assert_eq!(
        cell.settle(),
        [
            "wait o1.1 3 behind 0",
            "promise o1.1 estimate day 7",
            "refuse o2.1 1 CapReached",
            "wait o2.1 2 behind 3",
            "promise o2.1 estimate day 7",
            "refuse o3.1 2 CapReached",
        ]
    );
}

#[test]
fn a_line_whose_rest_does_not_fit_the_cap_keeps_what_it_took() {
    let mut cell = Cell::given([capped("BOLT", 5, 90), received("BOLT", 2)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 8)])),
        [
            "assign o1.1 main 2",
            "refuse o1.1 1 CapReached",
            "wait o1.1 5 behind 0",
            "promise o1.1 estimate day 7"
        ]
    );
}

#[test]
fn what_takes_all_or_nothing_does_not_wait_in_part() {
    let mut cell = Cell::given([capped("BOLT", 5, 90), received("BOLT", 2)]);
    assert_eq!(
        cell.then(complete_only("o1", &[("BOLT", 6)])),
        ["refuse o1.1 6 CapReached"]
    );
    assert_eq!(
        cell.then(ship_complete("o2", &[("BOLT", 6)])),
        ["refuse o2.1 6 CapReached"]
    );
}

#[test]
fn two_lines_of_one_order_share_what_may_wait() {
    let mut cell = Cell::given([capped("BOLT", 5, 90)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4), ("BOLT", 4)])),
        [
            "wait o1.1 4 behind 0",
            "promise o1.1 estimate day 7",
            "refuse o1.2 3 CapReached",
            "wait o1.2 1 behind 4",
            "promise o1.2 estimate day 7",
        ]
    );
}

#[test]
fn a_wait_longer_than_the_item_allows_is_refused() {
    let mut cell = Cell::given([capped("BOLT", 99, 10), purchased("p1", "BOLT", 5, day(9))]);
    cell.fold(&purchased("p2", "BOLT", 5, day(20)));
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 5)])),
        ["wait o1.1 5 behind 0", "promise o1.1 p1 day 9"]
    );
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 1)])),
        ["refuse o2.1 1 WaitTooLong"]
    );
}

#[test]
fn an_item_sold_from_stock_only_is_not_waited_for() {
    let mut cell = Cell::given([
        item_as("BOLT", Segment::StockOnly, None),
        received("BOLT", 2),
    ]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 3)])),
        ["assign o1.1 main 2", "refuse o1.1 1 StockOnly"]
    );
    cell.fold(&received("BOLT", 2));
    let effects = cell.then(complete_only("o2", &[("BOLT", 3)]));
    assert_eq!(effects, ["refuse o2.1 3 StockOnly"]);
}

#[test]
fn an_item_with_substitutes_is_not_waited_for() {
    let segment = Segment::Substitutable {
        offer_days: Some(0),
        alternatives: vec!["SCREW".into()],
    };
    let mut cell = Cell::given([item_as("BOLT", segment, Some(7))]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 3)])),
        ["refuse o1.1 3 Substitutable"]
    );
    let answer = cell.ask(&asked("BOLT", 3));
    assert_eq!(
        answer.disposition,
        Disposition::Refuse(RefuseReason::Substitutable)
    );
    assert_eq!(answer.alternatives, ["SCREW".into()]);
}

#[test]
fn a_customer_may_ask_first_and_hears_what_the_door_would_say() {
    let mut cell = Cell::given([capped("BOLT", 5, 90), received("BOLT", 2)]);
    cell.then(placed("o1", &[("BOLT", 1)]));
    let ask = |cell: &Cell, quantity, complete_only| {
        cell.ask(&Asked {
            complete_only,
            ..asked("BOLT", quantity)
        })
    };
    assert_eq!(ask(&cell, 1, false).disposition, Disposition::Reserve);
    let part = ask(&cell, 3, false);
    assert_eq!(
        (part.available_now, part.disposition),
        (1, Disposition::Backorder)
    );
    assert_eq!(
        part.disclosure,
        "1 of 3 is in stock. 2 are on backorder and expected about 2020-09-20, by estimate."
    );
    assert_eq!(ask(&cell, 3, true).available_now, 0);
    let beyond = ask(&cell, 9, false);
    assert_eq!(
        (beyond.available_now, beyond.would_wait, beyond.disposition),
        (1, 5, Disposition::Backorder)
    );
    let refused = beyond.refused.unwrap();
    assert_eq!((refused.units, refused.why), (3, RefuseReason::CapReached));
    assert_eq!(
        beyond.disclosure,
        "1 of 9 is in stock. 5 are on backorder and expected about 2020-09-20, by estimate. 3 \
         cannot be ordered: 8 are more than may wait: 5."
    );
    assert_eq!(
        ask(&cell, 9, true).disposition,
        Disposition::Refuse(RefuseReason::CapReached)
    );
    let ghost = cell.ask(&asked("GHOST", 1));
    assert_eq!(
        ghost.disposition,
        Disposition::Refuse(RefuseReason::UnknownItem)
    );
}

#[test]
fn units_cancelled_before_the_door_are_not_decided_on() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    assert!(cell.then(cancelled("o1", &[])).is_empty());
    assert!(cell.then(closed("o1")).is_empty());
}

#[test]
fn who_asks_for_what_cannot_be_ordered_hears_why_in_words() {
    let cell = Cell::given([
        capped("BOLT", 5, 90),
        item_as("NUT", Segment::StockOnly, None),
        capped("PIN", 5, 3),
    ]);
    let disclosed = |sku, quantity| cell.ask(&asked(sku, quantity)).disclosure;
    let why = [("BOLT", 9), ("NUT", 1), ("PIN", 1), ("GHOST", 1)];
    assert_eq!(
        why.map(|(sku, quantity)| disclosed(sku, quantity)),
        [
            "5 are on backorder and expected about 2020-09-20, by estimate. 4 cannot be ordered: 9 \
             are more than may wait: 5.",
            "1 cannot be ordered: the item is sold from stock only, and not enough is in stock.",
            "1 cannot be ordered: the date would be 2020-09-20, and the longest wait is 3 days.",
            "1 cannot be ordered: we do not carry this item.",
        ]
    );
}
