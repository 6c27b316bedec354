//! Orders, as sentences, and the laws of a room over random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

#[path = "orders/amended.rs"]
mod amended;
#[path = "orders/elsewhere.rs"]
mod elsewhere;
#[path = "orders/fixture.rs"]
mod fixture;
#[path = "orders/laws.rs"]
mod laws;
#[path = "orders/listing.rs"]
mod listing;
#[path = "orders/refusals.rs"]
mod refusals;
#[path = "orders/renaming.rs"]
mod renaming;
#[path = "orders/substitutes.rs"]
mod substitutes;
#[path = "orders/suspended.rs"]
mod suspended;

use backorder_domain::command::Outcome;
use backorder_domain::decider::Decider;
use backorder_domain::event::{
    ClosedLine, Event, FloorLine, MAX_TIMELINE, OrdersEvent, Promise, RefuseReason, ReleaseReason,
    StockLine, WaveRecalled, WaveReleased,
};
use backorder_domain::ids::{OrderId, Position, Timestamp};
use backorder_domain::orders::{MAX_DUE_WEIGHT, MAX_LINES, OrderStatus, OrdersRefusal};
use fixture::*;

fn status(shop: &Shop, id: &str) -> Option<OrderStatus> {
    shop.orders.order(&id.into()).map(|order| order.status())
}

#[test]
fn an_order_taken_in_is_kept_until_the_allocator_speaks() {
    let shop = Shop::given([placed("o1", &[("BOLT", 3)])]);
    let order = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!(order.status(), OrderStatus::Pending);
    assert_eq!(order.placed_at(), NOW);
    assert_eq!(order.value_minor(), 750);
    assert_eq!(shop.orders.is_decided(&"o1".into()), Some(false));
    assert_eq!(shop.orders.is_decided(&"o2".into()), None);
    assert!(shop.orders.due(NOW).is_at_rest());
}

#[test]
fn an_order_stands_as_its_worst_line_does() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3), ("NUT", 2)])]);
    shop.fold(settled([assigned("o1", 1, "BOLT", 3)]));
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::Pending));
    shop.fold(settled([backordered("o1", 2, "NUT", 2)]));
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::PartlyBackordered));
    assert_eq!(shop.orders.is_decided(&"o1".into()), Some(true));
    shop.fold(settled([assigned("o1", 2, "NUT", 2)]));
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::Reserved));
    shop.fold(shipped("s1", "o1", &[(2, "NUT", 2)]));
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::PartlyShipped));
}

#[test]
fn a_line_knows_its_promise_and_why_it_was_refused() {
    let at = NOW.plus_days(9);
    let shop = Shop::given([
        placed("o1", &[("BOLT", 3)]),
        settled([
            refused("o1", 1, "BOLT", 1, RefuseReason::CapReached),
            backordered("o1", 1, "BOLT", 2),
            promised("o1", 1, "BOLT", Promise::Estimate { at }),
        ]),
    ]);
    let line = shop
        .orders
        .order(&"o1".into())
        .and_then(|order| order.line(1))
        .unwrap();
    assert_eq!(line.promise().and_then(|promise| promise.at()), Some(at));
    assert_eq!(line.refused(), Some(RefuseReason::CapReached));
    assert_eq!((line.tally().backordered(), line.tally().refused), (2, 1));
}

#[test]
fn an_order_closes_when_all_of_it_was_shipped_cancelled_or_refused() {
    let mut shop = Shop::given([
        placed("o1", &[("BOLT", 3), ("NUT", 2), ("NAIL", 1)]),
        settled([
            assigned("o1", 1, "BOLT", 3),
            backordered("o1", 2, "NUT", 2),
            refused("o1", 3, "NAIL", 1, RefuseReason::StockOnly),
        ]),
        cancelled("c1", "o1", &[(2, 2)]),
    ]);
    assert!(shop.orders.due(NOW).is_at_rest());
    shop.fold(shipped("s1", "o1", &[(1, "BOLT", 3)]));
    let due = shop.orders.due(NOW).events;
    let [Event::Orders(OrdersEvent::OrderClosed(closed))] = due.as_slice() else {
        panic!("{due:?}")
    };
    let end = |line, shipped, cancelled, refused| ClosedLine {
        line,
        shipped,
        cancelled,
        refused,
        why: None,
    };
    let refused = ClosedLine {
        why: Some(RefuseReason::StockOnly),
        ..end(3, 0, 0, 1)
    };
    assert_eq!(closed.lines, [end(1, 3, 0, 0), end(2, 0, 2, 0), refused]);
    assert!(closed.substituted.is_empty());
    assert_eq!(closed.timeline.len(), 4);
    assert_eq!(closed.opened, closed.timeline[0]);

    let at = shop.fold(due[0].clone());
    assert_eq!(shop.orders.open_orders(), 0);
    assert_eq!(shop.orders.find_closed(&"o1".into()), Some(at));
    assert_eq!(shop.orders.is_decided(&"o1".into()), Some(true));
    assert!(shop.orders.due(NOW).is_at_rest());
}

#[test]
fn an_order_cancelled_before_the_allocator_spoke_closes() {
    let shop = Shop::given([placed("o1", &[("BOLT", 3)]), cancelled("c1", "o1", &[])]);
    assert_eq!(shop.orders.due(NOW).events.len(), 1);
}

#[test]
fn an_order_waits_with_closing_until_its_stock_is_given_back() {
    let mut shop = Shop::given([
        placed("o1", &[("BOLT", 3)]),
        settled([assigned("o1", 1, "BOLT", 3)]),
        cancelled("c1", "o1", &[]),
    ]);
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::Cancelled));
    assert!(shop.orders.due(NOW).is_at_rest());
    shop.fold(settled([released(
        "o1",
        1,
        "BOLT",
        3,
        ReleaseReason::Cancelled,
    )]));
    assert_eq!(shop.orders.due(NOW).events.len(), 1);
}

#[test]
fn goods_that_left_while_they_were_being_cancelled_are_shipped() {
    let shop = Shop::given([
        placed("o1", &[("BOLT", 5)]),
        settled([assigned("o1", 1, "BOLT", 5)]),
        cancelled("c1", "o1", &[]),
        shipped("s1", "o1", &[(1, "BOLT", 5)]),
    ]);
    let due = shop.orders.due(NOW).events;
    let [Event::Orders(OrdersEvent::OrderClosed(closed))] = due.as_slice() else {
        panic!("{due:?}")
    };
    assert_eq!(
        closed.lines,
        [ClosedLine {
            line: 1,
            shipped: 5,
            cancelled: 0,
            refused: 0,
            why: None,
        }]
    );
}

#[test]
fn cancelling_more_than_is_open_cancels_what_is_open() {
    let shop = Shop::given([
        placed("o1", &[("BOLT", 5)]),
        settled([assigned("o1", 1, "BOLT", 5)]),
        shipped("s1", "o1", &[(1, "BOLT", 3)]),
        cancelled("c1", "o1", &[(1, 100)]),
    ]);
    let line = shop
        .orders
        .order(&"o1".into())
        .and_then(|order| order.line(1))
        .unwrap();
    assert_eq!((line.tally().shipped, line.tally().cancelled), (3, 2));
}

#[test]
fn placing_the_same_order_again_records_nothing() {
    let mut shop = Shop::default();
    let asked = placing("o1", &[("BOLT", 3)]);
    let Ok(Outcome::Record(event)) = shop.orders.decide(&asked, NOW) else {
        panic!()
    };
    let at = shop.fold(event);
    assert_eq!(shop.orders.decide(&asked, NOW), Ok(Outcome::Before(at)));
}

#[test]
fn placing_a_closed_order_again_points_to_its_closing() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)]), cancelled("c1", "o1", &[])]);
    let at = shop.fold_due();
    let again = placing("o1", &[("BOLT", 3)]);
    assert_eq!(shop.orders.decide(&again, NOW), Ok(Outcome::Before(at)));
}

#[test]
fn a_cancellation_answers_as_the_first_time_also_after_the_close() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)])]);
    let at = shop.fold(cancelled("c1", "o1", &[]));
    shop.fold_due();
    let again = cancellation("c1", "o1", &[]);
    assert_eq!(shop.orders.decide(&again, NOW), Ok(Outcome::Before(at)));
}

#[test]
fn a_retry_is_answered_even_where_the_door_would_now_refuse() {
    let mut asked = placing("o1", &[("BOLT", 3)]);
    asked.placed.requested_at = Some(NOW);
    let shop = Shop::given([asked.placed.clone().into()]);
    let later = NOW.plus_days(30);
    assert!(matches!(
        shop.orders.decide(&asked, later),
        Ok(Outcome::Before(_))
    ));
}

#[test]
fn what_is_said_of_a_closed_order_changes_nothing() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)]), cancelled("c1", "o1", &[])]);
    shop.fold_due();
    let before = shop.orders.clone();
    shop.fold(settled([assigned("o1", 1, "BOLT", 3)]));
    assert_eq!(shop.orders, before);
    // What left all the same is told with the order from then on.
    let at = shop.fold(shipped("s1", "o1", &[(1, "BOLT", 3)]));
    assert_eq!(
        shop.orders.order(&"o1".into()).map(|order| order.status()),
        None
    );
    assert_eq!(shop.orders.after(&"o1".into()), [at]);
}

#[test]
fn what_is_picked_is_cancelled_only_after_it_was_called_back() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 5)])]);
    shop.fold(settled([assigned("o1", 1, "BOLT", 4)]));
    shop.fold(Event::from(WaveReleased {
        max_units: None,
        only: None,
        wave: "w1".into(),
        location: "MAIN".into(),
        max_lines: 9,
        lines: vec![StockLine {
            order: "o1".into(),
            line: 1,
            sku: "BOLT".into(),
            quantity: 3,
        }],
    }));
    let refused = OrdersRefusal::LineInWave {
        order: "o1".into(),
        line: 1,
        picked: 3,
        wave: "w1".into(),
        left: 2,
    };
    let decide = |shop: &Shop, id, lines| {
        let asked = cancellation(id, "o1", lines);
        shop.orders.decide(&asked, NOW).map(|_| ())
    };
    assert_eq!(decide(&shop, "c1", &[]), Err(refused.clone()));
    assert_eq!(decide(&shop, "c1", &[(1, 3)]), Err(refused));
    assert_eq!(decide(&shop, "c1", &[(1, 2)]), Ok(()));
    shop.fold(Event::from(WaveRecalled {
        recall: "b1".into(),
        of_wave: None,
        of_order: Some("o1".into()),
        lines: vec![FloorLine {
            order: "o1".into(),
            line: 1,
            sku: "BOLT".into(),
            location: "MAIN".into(),
            wave: "w1".into(),
            quantity: 3,
        }],
    }));
    assert_eq!(decide(&shop, "c1", &[]), Ok(()));
}

#[test]
fn the_timeline_keeps_its_last_entries() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)])]);
    for day in 0..i64::try_from(MAX_TIMELINE).unwrap() + 5 {
        let promise = Promise::Estimate {
            at: NOW.plus_days(day),
        };
        shop.fold(settled([promised("o1", 1, "BOLT", promise)]));
    }
    let order = shop.orders.order(&"o1".into()).unwrap();
    let timeline: Vec<Position> = order.timeline().collect();
    assert_eq!(timeline.len(), MAX_TIMELINE);
    assert_eq!((timeline[0], timeline[MAX_TIMELINE - 1]), (at(7), at(262)));
    assert_eq!(order.opened(), at(1));
}

#[test]
fn effects_of_one_settling_are_one_entry_of_the_timeline() {
    let shop = Shop::given([
        placed("o1", &[("BOLT", 3), ("NUT", 1)]),
        placed("o2", &[("BOLT", 3)]),
        settled([
            assigned("o1", 1, "BOLT", 3),
            assigned("o2", 1, "BOLT", 3),
            assigned("o1", 2, "NUT", 1),
        ]),
    ]);
    let order = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!(order.timeline().count(), 2);
    assert_eq!(status(&shop, "o1"), Some(OrderStatus::Reserved));
    assert_eq!(status(&shop, "o2"), Some(OrderStatus::Reserved));
}

#[test]
fn closings_of_one_due_fit_in_one_commit() {
    let mut shop = Shop::default();
    let lines = vec![("BOLT", 1); MAX_LINES];
    for number in 0..20 {
        let id = format!("o{number:02}");
        shop.fold(placed(&id, &lines));
        shop.fold(cancelled(&format!("c{number}"), &id, &[]));
    }
    let first = shop.orders.due(NOW).events.len();
    assert!((1..=MAX_DUE_WEIGHT / MAX_LINES).contains(&first), "{first}");
    while !shop.orders.due(NOW).is_at_rest() {
        shop.fold_due();
    }
    assert_eq!(shop.orders.open_orders(), 0);
}

#[test]
fn a_cancellation_names_what_it_cannot_cancel() {
    let mut shop = Shop::given([
        placed("o1", &[("BOLT", 3), ("NUT", 1)]),
        cancelled("c1", "o1", &[(1, 3)]),
    ]);
    let ask = |shop: &Shop, order: &str, lines: &[(u32, u32)]| {
        shop.orders
            .decide(&cancellation("c9", order, lines), NOW)
            .unwrap_err()
    };
    let order = || OrderId::from("o1");
    assert_eq!(
        ask(&shop, "o1", &[(1, 1)]),
        OrdersRefusal::NothingToCancel {
            order: order(),
            line: 1
        }
    );
    assert_eq!(
        ask(&shop, "o1", &[(7, 1)]),
        OrdersRefusal::UnknownLine {
            order: order(),
            line: 7
        }
    );
    assert_eq!(
        ask(&shop, "o2", &[]),
        OrdersRefusal::UnknownOrder { order: "o2".into() }
    );
    shop.fold(cancelled("c2", "o1", &[]));
    assert_eq!(
        ask(&shop, "o1", &[]),
        OrdersRefusal::NothingOpen { order: order() }
    );
    let at = shop.fold_due();
    assert_eq!(
        ask(&shop, "o1", &[]),
        OrdersRefusal::OrderClosed {
            order: order(),
            revision: at.revision.0
        }
    );
}

#[test]
fn a_line_may_be_named_by_any_number_in_any_order() {
    let mut asked = placing("o1", &[("BOLT", 3), ("NUT", 1)]);
    asked.placed.lines[0].line = 70;
    asked.placed.lines[1].line = 5;
    let mut shop = Shop::default();
    assert!(matches!(
        shop.orders.decide(&asked, NOW),
        Ok(Outcome::Record(_))
    ));
    shop.fold(asked.placed.into());
    shop.fold(cancelled("c1", "o1", &[(70, 3)]));
    let order = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!(order.line(70).unwrap().tally().cancelled, 3);
    assert_eq!(order.line(5).unwrap().tally().cancelled, 0);
}

#[test]
fn an_imported_order_keeps_the_time_at_which_it_was_placed() {
    let placed_at = Timestamp::parse("2010-12-01T08:26:00Z").unwrap();
    let mut asked = placing("o1", &[("BOLT", 3)]);
    asked.placed.placed_at = Some(placed_at);
    asked.placed.requested_at = Some(placed_at.start_of_day());
    let mut shop = Shop::default();
    let Ok(Outcome::Record(event)) = shop.orders.decide(&asked, NOW) else {
        panic!()
    };
    shop.fold(event);
    assert_eq!(
        shop.orders.order(&"o1".into()).unwrap().placed_at(),
        placed_at
    );
}
