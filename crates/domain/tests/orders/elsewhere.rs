//! Orders that were done elsewhere, and those whose customers were told of them there.

use backorder_domain::command::{Outcome, differences};
use backorder_domain::decider::Decider;
use backorder_domain::event::{HistoryEnd, HistoryRecorded, LineQuantity, OrderPlaced};
use backorder_domain::orders::{OrdersRefusal, PlaceOrder, RecordHistory};

use super::fixture::*;

fn history(ended: HistoryEnd, returned: &[(u32, u32)]) -> RecordHistory {
    let returned = returned.iter().map(|(line, quantity)| LineQuantity {
        line: *line,
        quantity: *quantity,
    });
    RecordHistory(HistoryRecorded {
        asked: order("h1", &[("SOLD-NO-MORE", 3), ("BOLT", 1)]),
        ended,
        returned: returned.collect(),
    })
}

fn recorded(ended: HistoryEnd) -> Shop {
    Shop::given([history(ended, &[]).0.into()])
}

#[test]
fn an_order_done_elsewhere_is_closed_from_the_first_and_asks_for_nothing() {
    let shop = recorded(HistoryEnd::Fulfilled);
    assert_eq!(shop.orders.open_orders(), 0);
    assert_eq!(shop.orders.find_closed(&"h1".into()), Some(at(1)));
    assert_eq!(shop.orders.is_decided(&"h1".into()), Some(true));
    assert!(shop.orders.due(NOW).is_at_rest());
    let (order, revision) = ("h1".into(), 1);
    let cancelled = shop.orders.decide(&cancellation("c1", "h1", &[]), NOW);
    assert_eq!(
        cancelled,
        Err(OrdersRefusal::OrderClosed { order, revision })
    );
}

#[test]
fn a_number_is_taken_by_the_order_that_came_first_wherever_it_was_done() {
    let shop = recorded(HistoryEnd::Cancelled);
    let placing = placing("h1", &[("BOLT", 3)]);
    let before = Ok(Outcome::Before(at(1)));
    assert_eq!(shop.orders.decide(&placing, NOW), before);
    let told = differences(&shop.log[0], &placing);
    assert_eq!(
        told,
        ["type: history_recorded recorded, something else asked"]
    );
    let same = history(HistoryEnd::Cancelled, &[]);
    assert!(differences(&shop.log[0], &same).is_empty());
    let other = history(HistoryEnd::Fulfilled, &[]);
    assert_eq!(
        differences(&shop.log[0], &other),
        ["ended: \"cancelled\" recorded, \"fulfilled\" asked"]
    );

    let shop = Shop::given([placed("h1", &[("BOLT", 3)])]);
    assert_eq!(shop.orders.decide(&same, NOW), before);
}

#[test]
fn no_more_comes_back_than_left() {
    let decide = |ended, returned: &[(u32, u32)]| {
        let asked = history(ended, returned);
        Shop::default().orders.decide(&asked, NOW).map(|_| ())
    };
    assert_eq!(decide(HistoryEnd::Fulfilled, &[(1, 3), (2, 1)]), Ok(()));
    assert_eq!(decide(HistoryEnd::Refunded, &[]), Ok(()));
    let wrong = |line, returned, sent| {
        Err(OrdersRefusal::ReturnedOutOfRange {
            line,
            returned,
            sent,
        })
    };
    assert_eq!(decide(HistoryEnd::Fulfilled, &[(1, 4)]), wrong(1, 4, 3));
    assert_eq!(decide(HistoryEnd::Fulfilled, &[(2, 0)]), wrong(2, 0, 1));
    assert_eq!(decide(HistoryEnd::Fulfilled, &[(3, 1)]), wrong(3, 1, 0));
    assert_eq!(decide(HistoryEnd::Cancelled, &[(1, 1)]), wrong(1, 1, 0));
    let twice = decide(HistoryEnd::Fulfilled, &[(1, 1), (1, 1)]);
    assert_eq!(twice, Err(OrdersRefusal::RepeatedLine { line: 1 }));
}

#[test]
fn units_that_were_sent_and_kept_are_told_by_line() {
    let sent = |ended, returned: &[(u32, u32)]| {
        let history = history(ended, returned).0;
        [1, 2, 3].map(|line| history.sent(line))
    };
    let fulfilled = sent(HistoryEnd::Fulfilled, &[(1, 2)]);
    assert_eq!(fulfilled, [(3, 1), (1, 1), (0, 0)]);
    assert_eq!(sent(HistoryEnd::Cancelled, &[]), [(0, 0); 3]);
}

#[test]
fn where_a_customer_was_told_makes_no_other_order() {
    let told = PlaceOrder {
        told_elsewhere: true,
        ..placing("o1", &[("BOLT", 3)])
    };
    let outcome = Shop::default().orders.decide(&told, NOW).unwrap();
    let Outcome::Record(event) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        OrderPlaced::of(&event).map(|it| it.told_elsewhere),
        Some(true)
    );
    for again in [&told, &placing("o1", &[("BOLT", 3)])] {
        assert!(differences(&event, again).is_empty());
    }
}
