//! What customers hear who are offered something else.

use backorder_domain::event::{Backordered, Effect, NoticeKind, Promised, SubstituteAccepted};
use backorder_domain::notifier::LetterLine;

use super::history::*;

fn accepted(quantity: u32) -> SubstituteAccepted {
    SubstituteAccepted {
        acceptance: "a1".into(),
        order: "o1".into(),
        line: 1,
        sku: "NUT".into(),
        quantity,
        unit_price_minor: 100,
        new_line: 2,
    }
}

/// The same of another SKU.
fn nuts(effect: Effect) -> Effect {
    let sku = "NUT".into();
    match effect {
        Effect::Backordered(it) => Effect::Backordered(Backordered { sku, ..it }),
        Effect::Promised(it) => Effect::Promised(Promised { sku, ..it }),
        other @ (Effect::Assigned(_)
        | Effect::Released(_)
        | Effect::Offered(_)
        | Effect::Refused(_)) => other,
    }
}

fn asked() -> History {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([assigned("o1", 1, 2), offered("o1", 1, 3, 7)]);
    history
}

#[test]
fn a_letter_says_what_may_be_had_instead_and_until_when() {
    let letter = asked().send();
    assert_eq!(letter.kind, NoticeKind::Backordered);
    let told = LetterLine {
        instead: vec!["NUT".into(), "GEAR".into()],
        instead_called: vec!["NUT".to_owned(), "GEAR".to_owned()],
        answer_by: Some(at_day(7)),
        ..told(1, 3)
    };
    assert_eq!(letter.lines, [told]);
}

#[test]
fn an_accepted_substitute_sends_no_cancellation_letter() {
    let mut history = asked();
    history.send();
    history.record(accepted(3));
    assert_eq!(history.due(), []);
    history.settled([nuts(waits("o1", 2, 3)), nuts(promised("o1", 2, 9))]);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::Backordered);
    assert_eq!(letter.lines.len(), 1);
    assert_eq!(
        (letter.lines[0].line, letter.lines[0].sku.as_str()),
        (2, "NUT")
    );
}

#[test]
fn who_does_not_answer_hears_that_it_will_not_be_sent() {
    let mut history = asked();
    history.send();
    history.settled([refused("o1", 1, 3)]);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::Cancelled);
    assert!(letter.lines[0].refused.is_some());
}
