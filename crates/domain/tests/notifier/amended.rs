//! An order gets another address: where letters go, and what is told again.

use backorder_domain::event::{AmendedField, NoticeKind, OrderAmended, OrderField};
use backorder_domain::ids::Currency;
use backorder_domain::notifier::DIGEST_MS;

use super::history::*;

fn readdressed(from: Option<&str>, to: Option<&str>) -> OrderAmended {
    let email = |text: Option<&str>| OrderField::Email(text.map(str::to_owned));
    OrderAmended {
        amendment: "am1".into(),
        order: "o1".into(),
        currency: Currency::new("EUR").unwrap(),
        fields: vec![AmendedField {
            from: email(from),
            to: email(to),
        }],
        reason: "a slip".to_owned(),
        by: "eva".to_owned(),
    }
}

const OLD: Option<&str> = Some("ann@example.com");
const NEW: Option<&str> = Some("ann@example.org");

#[test]
fn letters_that_have_not_left_and_those_to_come_go_to_the_new_address() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    history.record(readdressed(OLD, NEW));
    let letter = history.send();
    assert_eq!(
        (letter.kind, letter.to.as_str()),
        (NoticeKind::Backordered, NEW.unwrap())
    );
    history.settled([promised("o1", 1, 20)]).later(DIGEST_MS);
    let letter = history.send();
    assert_eq!(
        (letter.kind, letter.to.as_str()),
        (NoticeKind::PromiseMoved, NEW.unwrap())
    );
}

#[test]
fn what_was_told_and_still_holds_is_not_told_again_at_another_address() {
    let mut history = waiting();
    history.send_all();
    history.record(readdressed(OLD, NEW)).later(DIGEST_MS);
    assert_eq!(history.due(), []);
}

#[test]
fn who_could_not_be_told_hears_what_waits_and_nothing_more() {
    let mut history = History::default();
    history
        .record(without_email("o1", &[5, 2]))
        .settled([
            waits("o1", 1, 5),
            promised("o1", 1, 10),
            assigned("o1", 2, 2),
        ])
        .record(readdressed(None, NEW))
        .later(DIGEST_MS);
    let letter = history.send();
    assert_eq!(
        (letter.kind, letter.to.as_str()),
        (NoticeKind::Backordered, NEW.unwrap())
    );
    assert_eq!(letter.lines, [dated(1, 5, 10)]);
    assert_eq!(history.due(), []);
}

#[test]
fn who_wants_no_letters_gets_none_that_waits() {
    let mut history = waiting();
    history.record(readdressed(OLD, None)).later(DIGEST_MS);
    assert_eq!(history.due(), []);
    history.settled([promised("o1", 1, 20)]).later(DIGEST_MS);
    assert_eq!(history.due(), []);
}
