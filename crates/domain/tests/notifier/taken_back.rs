//! What customers hear when units that had been set aside for them are gone, and what letters say
//! of the order that they are about.

use backorder_domain::event::{
    Effect, ItemDefined, LocationDefined, NoticeKind, Rebalanced, ReleaseReason, Released, Segment,
    ShortLine, ShortPicked,
};
use backorder_domain::notifier::{DIGEST_MS, Letter, LetterLine, Loss};

use super::history::*;

fn short(order: &str, line: u32, missing: u32) -> ShortPicked {
    ShortPicked {
        report: format!("{order}-{line}-{missing}").as_str().into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: vec![ShortLine {
            line,
            sku: SKU.into(),
            found: 0,
            missing,
            written_off: missing,
        }],
    }
}

fn lost(line: LetterLine, how: Loss, again: bool) -> LetterLine {
    LetterLine {
        lost: Some(how),
        again,
        ..line
    }
}

/// An order of 5 that has all of its stock, of which its customer never heard that it waits.
fn served() -> History {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([assigned("o1", 1, 5)]);
    assert_eq!(history.due(), []);
    history
}

/// The only letter that there will be, sent when it is due.
fn only(history: &mut History) -> Letter {
    let letter = history.later(DIGEST_MS).send();
    assert_eq!(history.later(DIGEST_MS).due(), []);
    letter
}

#[test]
fn who_never_waited_is_told_that_it_is_gone_and_has_to_wait() {
    let mut history = served();
    history.settled([released("o1", 1, 3), promised("o1", 1, 9)]);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::TakenBack);
    assert_eq!(letter.notice.as_str(), "o1/taken_back/3.0");
    assert_eq!(letter.lines, [lost(dated(1, 3, 9), Loss::NotThere, false)]);
}

#[test]
fn what_a_picker_does_not_find_is_told_with_the_date_that_is_decided_next() {
    let mut history = served();
    history.record(short("o1", 1, 2));
    assert_eq!(history.due(), []);
    history.settled([promised("o1", 1, 9)]);
    let letter = history.send();
    assert_eq!(letter.lines, [lost(dated(1, 2, 9), Loss::NotFound, false)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
}

#[test]
fn what_is_made_good_before_anybody_read_of_it_is_no_news() {
    let mut history = served();
    history
        .record(short("o1", 1, 2))
        .settled([assigned("o1", 1, 2)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
    // Of a line that waits in part, too.
    let mut history = waiting();
    history.settled([assigned("o1", 1, 3)]);
    history
        .record(short("o1", 1, 3))
        .settled([assigned("o1", 1, 3)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
    history.settled([assigned("o1", 1, 2)]);
    let filled = only(&mut history);
    assert_eq!(
        (filled.kind, filled.lines),
        (NoticeKind::Filled, vec![told(1, 5)])
    );
}

#[test]
fn units_that_nobody_was_told_of_are_not_told_to_be_gone() {
    let mut history = waiting();
    history.settled([assigned("o1", 1, 3)]);
    history.settled([released("o1", 1, 3)]);
    assert_eq!(history.later(DIGEST_MS).due(), []);
}

#[test]
fn more_of_a_line_that_waits_is_told_by_what_is_gone_and_no_first_word() {
    let mut history = History::default();
    history.record(placed("o1", &[5])).settled([
        assigned("o1", 1, 3),
        waits("o1", 1, 2),
        promised("o1", 1, 10),
    ]);
    assert_eq!(history.send().lines, [dated(1, 2, 10)]);
    // The date stays, so that no effect says it again.
    history.settled([released("o1", 1, 3)]);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::TakenBack);
    assert_eq!(letter.lines, [lost(dated(1, 3, 10), Loss::NotThere, true)]);
    history.settled([assigned("o1", 1, 5)]);
    assert_eq!(history.send().lines, [told(1, 5)]);
}

#[test]
fn losses_that_follow_each_other_make_one_letter_and_what_was_read_is_not_told_again() {
    let mut history = served();
    history.record(short("o1", 1, 1)).later(1_000);
    history.record(short("o1", 1, 2)).later(1_000);
    let first = history.later(DIGEST_MS).send();
    assert_eq!(first.lines, [lost(told(1, 3), Loss::NotFound, false)]);
    history.settled([released("o1", 1, 1), promised("o1", 1, 9)]);
    let second = history.send();
    assert_eq!(second.lines, [lost(dated(1, 1, 9), Loss::NotThere, true)]);
}

#[test]
fn what_was_given_to_others_is_told_as_that() {
    let mut history = served();
    let released = Effect::Released(Released {
        order: "o1".into(),
        line: 1,
        sku: SKU.into(),
        location: "MAIN".into(),
        quantity: 5,
        why: ReleaseReason::Rebalanced,
        in_wave: 0,
    });
    history.record(Rebalanced {
        run: "run".into(),
        rule: 1,
        segments: Vec::new(),
        nervousness_budget: None,
        preview: String::new(),
        effects: vec![released],
        causes: Vec::new(),
        before: Vec::new(),
    });
    let letter = only(&mut history);
    assert_eq!(letter.kind, NoticeKind::TakenBack);
    assert_eq!(letter.lines, [lost(told(1, 5), Loss::GivenToOthers, false)]);
}

#[test]
fn a_date_that_moved_while_a_loss_was_made_good_is_told() {
    let mut history = History::default();
    history.record(placed("o1", &[5, 1])).settled([
        assigned("o1", 1, 3),
        waits("o1", 1, 2),
        promised("o1", 1, 10),
        assigned("o1", 2, 1),
    ]);
    history.send();
    // A letter that has to be tried again holds back all that follow it.
    history.record(shipped("s1", "o1", &[(2, 1)]));
    let held_back = history.letter();
    history.decide(&held_back, Some("421 busy"));
    history
        .record(short("o1", 1, 3))
        .settled([promised("o1", 1, 20)])
        .settled([assigned("o1", 1, 3)]);
    history.later(3_600_000);
    assert_eq!(history.send().kind, NoticeKind::Shipped);
    let moved = history.later(DIGEST_MS).send();
    assert_eq!(moved.kind, NoticeKind::PromiseMoved);
    let dates = (moved.lines[0].was, moved.lines[0].date);
    assert_eq!(dates, (Some(at_day(10)), Some(at_day(20))));
}

#[test]
fn what_is_cancelled_or_shipped_before_its_loss_was_read_is_told_as_that_alone() {
    let mut history = served();
    history
        .record(short("o1", 1, 2))
        .record(cancelled("x1", "o1", &[(1, 2)]));
    history.later(DIGEST_MS);
    assert_eq!(history.send_all(), [NoticeKind::Cancelled]);
    let mut history = served();
    history
        .record(short("o1", 1, 2))
        .record(shipped("s1", "o1", &[(1, 5)]));
    history.later(DIGEST_MS);
    assert_eq!(history.send_all(), [NoticeKind::Shipped]);
}

#[test]
fn goods_and_places_are_called_by_their_names() {
    let mut history = History::default();
    history.record(ItemDefined {
        definition: "d1".into(),
        sku: SKU.into(),
        description: "Desk lamp,\r\ngreen".to_owned(),
        segment: Segment::StockOnly,
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    });
    history.record(LocationDefined {
        definition: "l1".into(),
        location: "MAIN".into(),
        name: "Hall 1".to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    });
    let mut order = placed("o1", &[5]);
    order.pick_up_at = Some("MAIN".into());
    history
        .record(order)
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    let letter = history.send();
    assert_eq!(letter.pick_up.as_deref(), Some("Hall 1"));
    let called = letter.lines[0].description.as_deref();
    assert_eq!(called, Some("Desk lamp, green"));
}

#[test]
fn a_letter_knows_whether_it_is_the_first_and_what_of_its_order_is_open() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5, 2]))
        .settled([waits("o1", 1, 5), assigned("o1", 2, 2)]);
    let first = history.send();
    assert_eq!(
        (first.first, first.open, first.shipped),
        (true, true, false)
    );
    history.record(shipped("s1", "o1", &[(2, 2)]));
    let second = history.send();
    assert_eq!(
        (second.first, second.open, second.shipped),
        (false, true, true)
    );
    let mut all = cancelled("x1", "o1", &[]);
    all.reason = "by mistake".to_owned();
    history.record(all);
    let last = history.send();
    assert_eq!((last.open, last.shipped), (false, true));
    assert_eq!(last.reason.as_deref(), Some("by mistake"));
}
