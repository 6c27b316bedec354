//! The words of each kind of letter in every state that it may be written in: one line or several,
//! the first letter or a later one, sent or collected, all of an order or a part.

#![cfg(test)]

use backorder_notifier::templates::{Templates, Written};
use domain::event::{NoticeKind, RefuseReason};
use domain::ids::{Position, Revision, Timestamp, Zone};
use domain::notifier::{Letter, LetterLine, Loss, notice_id};

fn line(number: u32, sku: &str) -> LetterLine {
    LetterLine {
        line: number,
        sku: sku.into(),
        description: None,
        quantity: 2,
        measure: None,
        date: None,
        was: None,
        estimate: false,
        refused: None,
        lost: None,
        again: false,
        instead: Vec::new(),
        instead_called: Vec::new(),
        answer_by: None,
    }
}

fn lamp() -> LetterLine {
    LetterLine {
        description: Some("Desk lamp, green".to_owned()),
        ..line(1, "LMP-23")
    }
}

fn letter(kind: NoticeKind, lines: Vec<LetterLine>) -> Letter {
    let cause = Position {
        revision: Revision(7),
        index: 2,
    };
    Letter {
        notice: notice_id(&"q-1".into(), kind, cause),
        kind,
        order: "q-1".into(),
        customer: "ann".into(),
        to: "ann@example.com".into(),
        time_zone: Zone::UTC,
        lines,
        first: false,
        pick_up: None,
        open: true,
        shipped: false,
        reason: None,
        tracking: None,
        cause,
        caused_at: Timestamp::default(),
        attempts: 0,
        tried_at: None,
        error: None,
        not_before: Timestamp::default(),
    }
}

fn day(day: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(&format!("{day}T10:00:00Z")).unwrap())
}

fn written(letter: &Letter) -> Written {
    Templates::load(None).unwrap().write(letter).unwrap()
}

/// The text with each run of spaces and line breaks as one space.
fn told(letter: &Letter) -> String {
    let text = written(letter).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(letter: &Letter, sentences: &[&str]) {
    let text = told(letter);
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence:?} is not in: {text}");
    }
}

#[test]
fn goods_are_called_by_their_description_and_by_their_sku_where_there_is_none() {
    for kind in [
        NoticeKind::Backordered,
        NoticeKind::PromiseMoved,
        NoticeKind::Filled,
        NoticeKind::Shipped,
        NoticeKind::Cancelled,
        NoticeKind::TakenBack,
    ] {
        let both = letter(kind, vec![lamp(), line(2, "SHADE-4")]);
        says(&both, &["2 x Desk lamp, green", "2 x SHADE-4"]);
        assert!(!told(&both).contains("LMP-23"), "{}", told(&both));
    }
}

#[test]
fn what_had_been_set_aside_is_told_to_be_gone_and_to_wait_again() {
    let mut gone = LetterLine {
        lost: Some(Loss::NotThere),
        again: true,
        date: day("2026-12-01"),
        ..lamp()
    };
    let again = letter(NoticeKind::TakenBack, vec![gone.clone()]);
    says(
        &again,
        &[
            "We are sorry: what we had set aside for you of your order q-1 is gone. \
             It waits again.",
            "2 x Desk lamp, green: expected on 2026-12-01",
        ],
    );
    assert_eq!(
        written(&again).subject,
        "Your order q-1: what we had set aside for you is gone"
    );
    assert!(!told(&again).contains("Thank you"), "{}", told(&again));
    gone.again = false;
    let now = letter(NoticeKind::TakenBack, vec![gone]);
    says(&now, &["is gone. It has to wait now."]);
    assert!(!told(&now).contains("again."), "{}", told(&now));
}

#[test]
fn only_the_first_letter_thanks_for_an_order_that_waits() {
    let mut first = letter(NoticeKind::Backordered, vec![lamp()]);
    assert!(!told(&first).contains("Thank you"));
    says(
        &first,
        &["There is news of your order q-1. This item is not in stock"],
    );
    first.first = true;
    says(
        &first,
        &["Thank you for your order q-1. This item is not in stock"],
    );
    first.lines.push(line(2, "SHADE-4"));
    says(
        &first,
        &[
            "These items are not in stock",
            "we send them as soon as they arrive",
        ],
    );
    assert_eq!(
        written(&first).subject,
        "Your order q-1: some items will follow later"
    );
}

#[test]
fn an_order_that_is_collected_is_not_told_to_be_sent() {
    for kind in [
        NoticeKind::Backordered,
        NoticeKind::PromiseMoved,
        NoticeKind::Filled,
        NoticeKind::Shipped,
        NoticeKind::TakenBack,
    ] {
        let mut collected = letter(kind, vec![lamp()]);
        collected.pick_up = Some("Hall 1".to_owned());
        let all = format!("{} {}", written(&collected).subject, told(&collected));
        for untrue in ["send", "shipped", "parcel", "left our warehouse"] {
            assert!(!all.contains(untrue), "{untrue}: {all}");
        }
    }
    let mut filled = letter(NoticeKind::Filled, vec![lamp()]);
    filled.pick_up = Some("Hall 1".to_owned());
    says(
        &filled,
        &["is now set aside for you at Hall 1. You can collect it there."],
    );
}

#[test]
fn what_was_waited_for_is_set_aside_wherever_it_came_from() {
    let mut filled = letter(NoticeKind::Filled, vec![lamp()]);
    says(
        &filled,
        &["the item of your order q-1 that you waited for is now set aside for you"],
    );
    says(&filled, &["We write again when it is shipped."]);
    filled.lines.push(line(2, "SHADE-4"));
    says(
        &filled,
        &["the items of your order q-1 that you waited for are now set aside"],
    );
    assert!(!told(&filled).contains("arrived"), "{}", told(&filled));
}

#[test]
fn a_whole_cancellation_speaks_of_the_whole_order() {
    let mut whole = letter(NoticeKind::Cancelled, vec![lamp()]);
    whole.open = false;
    says(
        &whole,
        &["Your order q-1 was cancelled. Nothing of it will come: 2 x Desk lamp, green"],
    );
    assert_eq!(written(&whole).subject, "Your order q-1 was cancelled");
    assert!(
        !told(&whole).contains("rest of your order"),
        "{}",
        told(&whole)
    );
    whole.shipped = true;
    says(
        &whole,
        &[
            "This item of your order q-1 was cancelled",
            "Nothing more of your order is to come.",
        ],
    );
    whole.open = true;
    says(&whole, &["The rest of your order is not affected."]);
    assert_eq!(
        written(&whole).subject,
        "Your order q-1: an item was cancelled"
    );
    whole.lines.push(line(2, "SHADE-4"));
    says(&whole, &["These items of your order q-1 were cancelled"]);
}

#[test]
fn what_cannot_be_supplied_is_not_told_to_be_cancelled() {
    let refused = LetterLine {
        refused: Some(RefuseReason::StockOnly),
        ..lamp()
    };
    let mut all = letter(NoticeKind::Cancelled, vec![refused]);
    all.open = false;
    says(
        &all,
        &[
            "We are sorry: we cannot supply this item of your order q-1: 2 x Desk lamp, green \
             (not enough in stock, and no more is ordered)",
        ],
    );
    assert!(!told(&all).contains("cancelled"), "{}", told(&all));
    assert_eq!(written(&all).subject, "Your order q-1: we cannot supply it");
    all.open = true;
    assert_eq!(
        written(&all).subject,
        "Your order q-1: we cannot supply an item"
    );
    all.lines.push(line(2, "SHADE-4"));
    says(
        &all,
        &[
            "This item of your order q-1 was cancelled",
            "we cannot supply this item",
        ],
    );
}

#[test]
fn a_date_is_told_to_have_changed_only_where_there_was_one() {
    let moved = LetterLine {
        date: day("2026-12-09"),
        was: day("2026-12-01"),
        ..lamp()
    };
    let changed = letter(NoticeKind::PromiseMoved, vec![moved]);
    says(
        &changed,
        &["The expected date of an item in your order q-1 has changed"],
    );
    assert_eq!(
        written(&changed).subject,
        "Your order q-1: an expected date has changed"
    );
    let mut first = letter(NoticeKind::PromiseMoved, vec![lamp()]);
    says(
        &first,
        &[
            "There is news of when an item of your order q-1 may come",
            "we cannot say yet when",
        ],
    );
    first.lines[0].was = day("2026-12-01");
    says(
        &first,
        &["we can no longer say when; the date before was 2026-12-01"],
    );
}

#[test]
fn a_parcel_says_whether_more_is_to_come() {
    let mut parcel = letter(NoticeKind::Shipped, vec![lamp()]);
    says(
        &parcel,
        &[
            "This item of your order q-1 has left our warehouse",
            "The rest of your order is still to come.",
        ],
    );
    parcel.open = false;
    assert!(
        !told(&parcel).contains("still to come"),
        "{}",
        told(&parcel)
    );
}

#[test]
fn a_template_may_say_the_reason_and_the_customer() {
    let folder = tempfile::tempdir().unwrap();
    let source = "{{ customer }}: {{ reason }}; {{ lines[0].lost }}; {{ lines[0].description }}";
    std::fs::write(folder.path().join("cancelled.txt"), source).unwrap();
    let templates = Templates::load(Some(folder.path())).unwrap();
    let mut letter = letter(NoticeKind::Cancelled, vec![lamp()]);
    letter.reason = Some("by\r\nmistake".to_owned());
    letter.lines[0].lost = Some(Loss::NotFound);
    let text = templates.write(&letter).unwrap().text;
    assert_eq!(
        text,
        "ann: bymistake; it was not found where it should be; Desk lamp, green"
    );
}
