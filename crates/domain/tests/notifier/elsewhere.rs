//! Orders whose customers were told of them elsewhere: what they know is not told again, and every
//! change from then on is.

use backorder_domain::event::{NoticeKind, OrderPlaced, Settled};
use backorder_domain::notifier::LetterLine;

use super::history::*;

fn carried_over(quantities: &[u32]) -> OrderPlaced {
    OrderPlaced {
        told_elsewhere: true,
        ..placed("o1", quantities)
    }
}

/// An order that waits until day 10, as its customer knows.
fn known_to_wait() -> History {
    let mut history = History::default();
    history.record(carried_over(&[5]));
    history.settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    history.later(60_000);
    history
}

#[test]
fn that_an_order_waits_at_first_is_not_told_to_who_knows_it() {
    assert_eq!(known_to_wait().send_all(), []);
    let mut dated_later = History::default();
    dated_later.record(carried_over(&[5]));
    dated_later.record(Settled {
        rule: 1,
        effects: vec![waits("o1", 1, 5)],
        at_rest: false,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    });
    dated_later.settled([promised("o1", 1, 10)]).later(60_000);
    assert_eq!(dated_later.send_all(), []);
}

#[test]
fn a_date_that_moves_is_told_without_the_one_that_no_letter_told() {
    let mut history = known_to_wait();
    history.settled([promised("o1", 1, 12)]).later(60_000);
    let moved = history.send();
    assert_eq!(moved.kind, NoticeKind::PromiseMoved);
    assert_eq!(moved.lines, [dated(1, 5, 12)]);
    // From then on it is in a letter.
    history.settled([promised("o1", 1, 14)]).later(60_000);
    let was = Some(at_day(12));
    assert_eq!(
        history.send().lines,
        [LetterLine {
            was,
            ..dated(1, 5, 14)
        }]
    );
}

#[test]
fn the_first_date_of_a_line_that_had_none_is_news() {
    let mut history = History::default();
    history.record(carried_over(&[5]));
    history.settled([waits("o1", 1, 5), undated("o1", 1)]);
    history.later(60_000);
    assert_eq!(history.send_all(), []);
    history.settled([promised("o1", 1, 12)]).later(60_000);
    assert_eq!(history.send().lines, [dated(1, 5, 12)]);
}

#[test]
fn stock_shipments_and_cancellations_are_told_as_ever() {
    let mut history = known_to_wait();
    history.settled([assigned("o1", 1, 5)]);
    history.record(shipped("s1", "o1", &[(1, 3)]));
    history.record(cancelled("x1", "o1", &[(1, 2)]));
    let told = [
        NoticeKind::Filled,
        NoticeKind::Shipped,
        NoticeKind::Cancelled,
    ];
    assert_eq!(history.send_all(), told);
}

#[test]
fn stock_that_is_taken_back_from_who_had_it_at_first_is_news() {
    let at_once = vec![vec![assigned("o1", 1, 5)]];
    let later = vec![vec![waits("o1", 1, 5)], vec![assigned("o1", 1, 5)]];
    for before in [at_once, later] {
        let mut history = History::default();
        history.record(carried_over(&[5]));
        for effects in before {
            history.settled(effects);
        }
        let _filled = history.later(60_000).send_all();
        history.settled([released("o1", 1, 5), promised("o1", 1, 9)]);
        let letter = history.later(60_000).send();
        assert_eq!(letter.kind, NoticeKind::TakenBack);
    }
}

#[test]
fn what_is_refused_or_offered_instead_is_news_whoever_told_of_the_order() {
    let mut history = History::default();
    history.record(carried_over(&[5, 2]));
    history.settled([offered("o1", 1, 5, 9), refused("o1", 2, 2)]);
    history.later(60_000);
    let told = [NoticeKind::Backordered, NoticeKind::Cancelled];
    assert_eq!(history.send_all(), told);
}
