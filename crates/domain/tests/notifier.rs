//! Who is told what: each kind of letter, each rule, and the laws over random histories.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "small numbers that the test chooses"
)]
#![allow(clippy::unwrap_used, reason = "what a test says is there is there")]
#![allow(clippy::as_conversions, reason = "small numbers that the test chooses")]

use backorder_domain::decider::Decider;
use backorder_domain::event::{Effect, NoticeKind, Promise, Promised, RefuseReason, Settled};
use backorder_domain::ids::{OrderId, Sku};
use backorder_domain::notifier::{DIGEST_MS, LetterLine, Loss};

#[path = "notifier/amended.rs"]
mod amended;
#[path = "notifier/delivery.rs"]
mod delivery;
#[path = "notifier/elsewhere.rs"]
mod elsewhere;
#[path = "notifier/history.rs"]
mod history;
#[path = "notifier/laws.rs"]
mod laws;
#[path = "notifier/renaming.rs"]
mod renaming;
#[path = "notifier/substitutes.rs"]
mod substitutes;
#[path = "notifier/taken_back.rs"]
mod taken_back;

use history::*;

#[test]
fn lines_that_wait_make_one_letter_with_their_dates() {
    let mut history = History::default();
    history.record(placed("o1", &[5, 3, 2])).settled([
        assigned("o1", 1, 2),
        waits("o1", 1, 3),
        waits("o1", 2, 3),
        assigned("o1", 3, 2),
        promised("o1", 1, 10),
        promised("o1", 2, 12),
    ]);
    let letter = history.letter();
    assert_eq!(letter.kind, NoticeKind::Backordered);
    assert_eq!(letter.notice.as_str(), "o1/backordered/2.0");
    assert_eq!(letter.to, "ann@example.com");
    assert_eq!(letter.lines, [dated(1, 3, 10), dated(2, 3, 12)]);
}

#[test]
fn an_estimate_is_told_as_one_and_an_unknown_date_as_none() {
    let mut history = History::default();
    let promise = |line, promise| {
        let (order, sku) = (OrderId::from("o1"), Sku::from(SKU));
        Effect::Promised(Promised {
            order,
            line,
            sku,
            promise,
            was: None,
        })
    };
    history.record(placed("o1", &[1, 1])).settled([
        waits("o1", 1, 1),
        promise(1, Promise::Estimate { at: at_day(4) }),
        waits("o1", 2, 1),
        promise(2, Promise::Unknown),
    ]);
    let estimated = LetterLine {
        estimate: true,
        ..dated(1, 1, 4)
    };
    assert_eq!(history.letter().lines, [estimated, told(2, 1)]);
}

#[test]
fn dates_that_come_with_the_next_settling_are_in_the_same_letter() {
    let mut history = History::default();
    history.record(placed("o1", &[5]));
    history.record(Settled {
        rule: 1,
        effects: vec![waits("o1", 1, 5)],
        at_rest: false,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    });
    assert_eq!(history.due(), []);
    history.settled([promised("o1", 1, 10)]);
    let letter = history.send();
    assert_eq!(
        (letter.kind, letter.lines),
        (NoticeKind::Backordered, vec![dated(1, 5, 10)])
    );
    assert_eq!(history.later(DIGEST_MS).due(), []);
}

#[test]
fn a_letter_whose_dates_do_not_come_leaves_without_them() {
    let mut history = History::default();
    history.record(placed("o1", &[5]));
    history.record(Settled {
        rule: 1,
        effects: vec![waits("o1", 1, 5)],
        at_rest: false,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    });
    assert_eq!(
        history.room.due(history.now).again_at,
        Some(history.now.plus_ms(DIGEST_MS))
    );
    assert_eq!(history.later(DIGEST_MS).letter().lines, [told(1, 5)]);
}

#[test]
fn a_line_filled_in_the_same_settling_sends_no_letter() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), assigned("o1", 1, 5)]);
    assert_eq!(history.due(), []);
}

#[test]
fn a_moved_date_is_told_with_the_date_told_before() {
    let mut history = waiting();
    history.settled([promised("o1", 1, 20)]);
    assert_eq!(history.due(), []);
    let letter = history.later(DIGEST_MS).letter();
    let moved = LetterLine {
        was: Some(at_day(10)),
        ..dated(1, 5, 20)
    };
    assert_eq!(
        (letter.kind, letter.lines),
        (NoticeKind::PromiseMoved, vec![moved])
    );
}

#[test]
fn dates_that_move_one_after_the_other_make_one_letter_with_the_last() {
    let mut history = History::default();
    let effects = [
        waits("o1", 1, 5),
        promised("o1", 1, 10),
        waits("o1", 2, 2),
        promised("o1", 2, 11),
    ];
    history
        .record(placed("o1", &[5, 2]))
        .settled(effects)
        .send();
    history
        .settled([promised("o1", 2, 21)])
        .later(1_000)
        .settled([promised("o1", 1, 30)]);
    history.later(1_000).settled([promised("o1", 1, 20)]);
    let letter = history.later(DIGEST_MS - 2_000).send();
    assert_eq!(letter.notice.as_str(), "o1/promise_moved/6.0");
    let moved = |line, quantity, was, is| LetterLine {
        was: Some(at_day(was)),
        ..dated(line, quantity, is)
    };
    assert_eq!(letter.lines, [moved(1, 5, 10, 20), moved(2, 2, 11, 21)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
}

#[test]
fn a_date_that_moves_back_before_anybody_read_of_it_is_no_news() {
    let mut history = waiting();
    history
        .settled([promised("o1", 1, 20)])
        .settled([promised("o1", 1, 10)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
    assert_eq!(history.room.counts(), (0, 1, 0));
}

#[test]
fn the_same_date_from_another_inbound_is_no_news() {
    let mut history = waiting();
    let promise = Promise::Estimate { at: at_day(10) };
    let (order, sku) = (OrderId::from("o1"), Sku::from(SKU));
    history.settled([Effect::Promised(Promised {
        order,
        line: 1,
        sku,
        promise,
        was: None,
    })]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
}

#[test]
fn a_letter_under_way_is_not_changed() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    let under_way = history.letter();
    history.settled([promised("o1", 1, 20)]);
    assert_eq!(history.later(DIGEST_MS).letter(), under_way);
    assert_eq!(
        history.send_all(),
        [NoticeKind::Backordered, NoticeKind::PromiseMoved]
    );
}

#[test]
fn letters_of_one_order_leave_in_order_despite_retries() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5, 5]))
        .settled([waits("o1", 1, 5), assigned("o1", 2, 5)]);
    let first = history.letter();
    history.decide(&first, Some("421 busy"));
    history.record(shipped("s1", "o1", &[(2, 5)])).later(1_000);
    assert_eq!(history.due(), []);
    history.later(60_000);
    assert_eq!(
        history.send_all(),
        [NoticeKind::Backordered, NoticeKind::Shipped]
    );
}

#[test]
fn a_letter_that_is_tried_again_tells_the_newest_date() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    let first = history.letter();
    history.decide(&first, Some("421 busy"));
    history.later(30_000).settled([promised("o1", 1, 20)]);
    assert_eq!(history.due(), []);
    let letter = history.later(30_000).send();
    assert_eq!(
        (letter.kind, letter.lines),
        (NoticeKind::Backordered, vec![dated(1, 5, 20)])
    );
    assert_ne!(letter.notice, first.notice);
    assert_eq!(history.decide(&first, None), None);
}

#[test]
fn a_line_that_waited_and_has_all_its_stock_is_told_once() {
    let mut history = waiting();
    history.settled([assigned("o1", 1, 2)]);
    assert_eq!(history.due(), []);
    history.settled([assigned("o1", 1, 3)]);
    let letter = history.send();
    assert_eq!(
        (letter.kind, letter.lines),
        (NoticeKind::Filled, vec![told(1, 5)])
    );
}

#[test]
fn an_unsent_date_change_is_dropped_when_its_line_is_filled() {
    let mut history = waiting();
    history
        .settled([promised("o1", 1, 20)])
        .settled([assigned("o1", 1, 5)]);
    history.later(DIGEST_MS);
    assert_eq!(history.send_all(), [NoticeKind::Filled]);
}

#[test]
fn stock_that_is_taken_back_makes_its_customer_wait_again_and_hear_it() {
    let mut history = waiting();
    history.settled([assigned("o1", 1, 5)]).send();
    history.settled([released("o1", 1, 2), promised("o1", 1, 15)]);
    let letter = history.send();
    let line = LetterLine {
        lost: Some(Loss::NotThere),
        again: true,
        ..dated(1, 2, 15)
    };
    assert_eq!(
        (letter.kind, letter.lines),
        (NoticeKind::TakenBack, vec![line])
    );
}

#[test]
fn each_shipment_is_told_with_its_tracking_number() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([assigned("o1", 1, 5)]);
    history
        .record(shipped("s1", "o1", &[(1, 2)]))
        .record(shipped("s2", "o1", &[(1, 3)]));
    history.record(closed("o1"));
    let first = history.send();
    assert_eq!(
        (first.kind, first.lines),
        (NoticeKind::Shipped, vec![told(1, 2)])
    );
    assert_eq!(first.tracking.as_deref(), Some("1Z999"));
    assert_eq!(history.send().lines, [told(1, 3)]);
}

#[test]
fn each_cancellation_is_told_by_what_it_really_cancelled() {
    let mut history = waiting();
    history
        .record(cancelled("x1", "o1", &[(1, 2)]))
        .record(cancelled("x2", "o1", &[]));
    history.record(cancelled("x3", "o1", &[]));
    assert_eq!(history.send().lines, [told(1, 2)]);
    let rest = history.send();
    assert_eq!(
        (rest.kind, rest.lines),
        (NoticeKind::Cancelled, vec![told(1, 3)])
    );
    assert_eq!(history.due(), []);
}

#[test]
fn a_line_whose_waiting_part_is_cancelled_is_not_called_filled() {
    let mut history = waiting();
    history
        .settled([assigned("o1", 1, 2)])
        .record(cancelled("x1", "o1", &[(1, 3)]))
        .settled([]);
    assert_eq!(history.send_all(), [NoticeKind::Cancelled]);
}

#[test]
fn units_refused_at_the_door_are_told_with_the_reason() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([assigned("o1", 1, 2), refused("o1", 1, 3)]);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::Cancelled);
    let line = LetterLine {
        refused: Some(RefuseReason::CapReached),
        ..told(1, 3)
    };
    assert_eq!(letter.lines, [line]);
}
