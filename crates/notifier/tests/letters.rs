//! A letter in words and as an e-mail: what it says, and what nobody can make it say.

#![cfg(test)]

use std::path::Path;

use backorder_notifier::channel::{Channel, file_name};
use backorder_notifier::message::compose;
use backorder_notifier::templates::{MAX_SUBJECT_CHARS, TemplateError, Templates, Written};
use domain::event::{NoticeKind, RefuseReason};
use domain::ids::{Position, Revision, Timestamp, Zone};
use domain::notifier::{Letter, LetterLine, notice_id};
use domain::quantity::{Measure, Step};
use lettre::message::Mailbox;

fn letter(kind: NoticeKind, order: &str) -> Letter {
    let cause = Position {
        revision: Revision(7),
        index: 2,
    };
    let line = LetterLine {
        line: 1,
        sku: "BOLT".into(),
        quantity: 3,
        date: None,
        was: None,
        estimate: false,
        refused: None,
        instead: Vec::new(),
        instead_called: Vec::new(),
        answer_by: None,
        measure: None,
        description: None,
        lost: None,
        again: false,
    };
    Letter {
        notice: notice_id(&order.into(), kind, cause),
        kind,
        order: order.into(),
        customer: "c1".into(),
        to: "ann@example.com".into(),
        time_zone: Zone::UTC,
        lines: vec![line],
        first: true,
        pick_up: None,
        open: true,
        shipped: false,
        reason: None,
        tracking: None,
        cause,
        caused_at: Timestamp::parse("2026-11-22T08:00:00Z").unwrap(),
        attempts: 0,
        tried_at: None,
        error: None,
        not_before: Timestamp::default(),
    }
}

fn day(day: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(&format!("{day}T10:00:00Z")).unwrap())
}

fn write(letter: &Letter) -> Written {
    Templates::load(None).unwrap().write(letter).unwrap()
}

fn from() -> Mailbox {
    "Shop <orders@shop.example>".parse().unwrap()
}

#[test]
fn a_quantity_is_told_in_the_unit_of_its_item() {
    let mut letter = letter(NoticeKind::Shipped, "o1");
    letter.lines[0].quantity = 150;
    assert!(write(&letter).text.contains("150 x BOLT"));
    letter.lines[0].measure = Some(Measure {
        unit: "m".to_owned(),
        step: Step::new("0.01").unwrap(),
    });
    let text = write(&letter).text;
    assert!(text.contains("1.5 m x BOLT"), "{text}");
}

#[test]
fn a_day_is_that_of_the_letters_time_zone() {
    let mut letter = letter(NoticeKind::PromiseMoved, "o1");
    let at = |text| Some(Timestamp::parse(text).unwrap());
    letter.lines[0].was = at("2026-11-30T22:00:00Z");
    letter.lines[0].date = at("2026-12-01T23:09:00Z");
    for (zone, was, is) in [
        ("UTC", "2026-11-30", "2026-12-01"),
        ("Europe/Berlin", "2026-11-30", "2026-12-02"),
        ("Pacific/Auckland", "2026-12-01", "2026-12-02"),
    ] {
        letter.time_zone = Zone::new(zone).unwrap();
        let text = write(&letter).text;
        assert!(text.contains(was) && text.contains(is), "{zone}: {text}");
    }
}

fn mail(letter: &Letter) -> String {
    let message = compose(letter, &from(), write(letter)).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

/// A message's headers, without the text.
fn headers(mail: &str) -> Vec<&str> {
    let (head, _text) = mail.split_once("\r\n\r\n").unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .collect()
}

#[test]
fn a_backordered_letter_says_until_when_and_that_it_may_be_cancelled() {
    let mut letter = letter(NoticeKind::Backordered, "1001");
    letter.lines[0].date = day("2026-12-01");
    let written = write(&letter);
    assert_eq!(
        written.subject,
        "Your order 1001: an item will follow later"
    );
    assert!(
        written
            .text
            .contains("  3 x BOLT: expected on 2026-12-01\n"),
        "{}",
        written.text
    );
    assert!(written.text.contains("cancel"), "{}", written.text);
    letter.lines[0].estimate = true;
    assert!(
        write(&letter)
            .text
            .contains("around 2026-12-01 (an estimate")
    );
    letter.lines[0].date = None;
    assert!(write(&letter).text.contains("we cannot say yet when"));
}

#[test]
fn what_may_be_had_instead_stands_apart_from_what_will_follow() {
    let mut letter = letter(NoticeKind::Backordered, "1001");
    letter.lines[0].instead = vec!["BOLT-A".into(), "BOLT-B".into()];
    letter.lines[0].instead_called = vec!["Bolt, long".to_owned(), "BOLT-B".to_owned()];
    letter.lines[0].answer_by = day("2026-12-01");
    let alone = write(&letter);
    assert_eq!(
        alone.subject,
        "Your order 1001: would you like something else instead?"
    );
    assert!(
        alone
            .text
            .contains("  3 x BOLT: Bolt, long or BOLT-B, by 2026-12-01\n"),
        "{}",
        alone.text
    );
    assert!(!alone.text.contains("do not need to do anything"));
    assert!(!alone.text.contains("as soon as it arrives"));
    let mut waits = letter.lines[0].clone();
    (waits.instead, waits.answer_by, waits.date) = (Vec::new(), None, day("2026-12-03"));
    waits.instead_called = Vec::new();
    letter.lines.push(waits);
    let both = write(&letter);
    assert!(both.subject.ends_with("an item will follow later"));
    for said in ["Bolt, long or BOLT-B", "expected on 2026-12-03\n"] {
        assert!(both.text.contains(said), "{}", both.text);
    }
}

#[test]
fn a_moved_promise_says_both_dates() {
    let mut letter = letter(NoticeKind::PromiseMoved, "1001");
    letter.lines[0].date = day("2026-12-09");
    letter.lines[0].was = day("2026-12-01");
    let text = write(&letter).text;
    assert!(
        text.contains("now expected on 2026-12-09; the date before was 2026-12-01"),
        "{text}"
    );
}

#[test]
fn a_shipped_letter_has_the_tracking_number_if_there_is_one() {
    let mut letter = letter(NoticeKind::Shipped, "1001");
    assert!(!write(&letter).text.contains("tracking"));
    letter.tracking = Some("1Z999".into());
    assert!(write(&letter).text.contains("tracking number is 1Z999."));
}

#[test]
fn a_cancelled_letter_says_why_units_were_refused() {
    let mut letter = letter(NoticeKind::Cancelled, "1001");
    letter.lines[0].refused = Some(RefuseReason::CapReached);
    assert!(
        write(&letter)
            .text
            .contains("3 x BOLT (not in stock, and more than may be on backorder)")
    );
}

#[test]
fn a_filled_letter_says_what_has_come() {
    assert!(
        write(&letter(NoticeKind::Filled, "1001"))
            .text
            .contains("  3 x BOLT\n")
    );
}

#[test]
fn every_sentence_of_a_letter_begins_with_a_capital() {
    let mut written = Vec::new();
    for kind in [
        NoticeKind::Backordered,
        NoticeKind::PromiseMoved,
        NoticeKind::Filled,
        NoticeKind::Shipped,
        NoticeKind::Cancelled,
        NoticeKind::TakenBack,
    ] {
        let mut letter = letter(kind, "1001");
        written.push(write(&letter).text);
        letter.tracking = Some("1Z999".into());
        letter.lines[0].instead = vec!["BOLT-A".into()];
        letter.lines[0].instead_called = vec!["BOLT-A".to_owned()];
        letter.lines[0].answer_by = day("2026-12-01");
        written.push(write(&letter).text);
    }
    for text in written {
        assert!(text.starts_with("Hello,\n\n"), "{text}");
        for start in text.split("\n\n").chain(text.split(". ")) {
            let first = start.trim_start_matches('\n').chars().next().unwrap();
            assert!(!first.is_lowercase(), "{start:?} of {text}");
        }
    }
}

#[test]
fn a_template_in_the_folder_takes_the_place_of_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("filled.txt"), "Da! {{ lines | length }}").unwrap();
    let templates = Templates::load(Some(folder.path())).unwrap();
    let written = templates
        .write(&letter(NoticeKind::Filled, "1001"))
        .unwrap();
    assert_eq!(written.text, "Da! 1");
    assert_eq!(
        written.subject,
        "Your order 1001: what you waited for is set aside for you"
    );
}

#[track_caller]
fn broken(name: &str, source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), source).unwrap();
    Templates::load(Some(folder.path()))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_broken_template_is_found_at_the_start_with_its_name_and_line() {
    let syntax = broken("filled.txt", "one\n{% for line in lines %}");
    assert!(syntax.starts_with("template filled.txt is broken: ") && syntax.contains("(line 2)"));
    let misspelt = broken("shipped.txt", "one\ntwo {{ lins }}");
    assert!(
        misspelt.contains("shipped.txt") && misspelt.contains("(line 2)"),
        "{misspelt}"
    );
    let only_sometimes = broken("shipped.txt", "{% if tracking %}{{ carrier }}{% endif %}");
    assert!(only_sometimes.contains("shipped.txt"), "{only_sometimes}");
    assert!(broken("filled.subject.txt", "\n").contains("the subject is empty"));
}

#[test]
fn a_template_whose_name_is_misspelt_is_found_at_the_start() {
    assert!(broken("fillled.txt", "x").contains("is not the name of one; there are backordered"));
    let missing = Templates::load(Some(Path::new("/no/such/folder"))).unwrap_err();
    assert!(
        matches!(missing, TemplateError::Unreadable { .. }),
        "{missing}"
    );
}

#[test]
fn the_same_letter_is_the_same_message_and_another_has_another_id() {
    let one = letter(NoticeKind::Filled, "1001");
    assert_eq!(mail(&one), mail(&one));
    assert!(
        mail(&one).contains("\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\n"),
        "{}",
        mail(&one)
    );
    let id = |letter: &Letter| {
        let mail = mail(letter);
        let id = headers(&mail)
            .into_iter()
            .find(|line| line.starts_with("Message-ID: "))
            .unwrap();
        id.to_owned()
    };
    assert!(id(&one).ends_with("@shop.example>"), "{}", id(&one));
    assert_ne!(id(&one), id(&letter(NoticeKind::Filled, "1002")));
    let elsewhere = Letter {
        to: "bob@example.com".into(),
        ..one.clone()
    };
    assert_ne!(id(&one), id(&elsewhere));
}

#[test]
fn nothing_hostile_adds_a_header_or_a_recipient() {
    let plain = mail(&letter(NoticeKind::Shipped, "1001"));
    let hostile = [
        "1\r\nBcc: eve@example.com",
        "1\nBcc: eve@example.com\n\nDear customer",
        "1\r\n\r\n.\r\nMAIL FROM:<eve@example.com>",
        "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
        "{{ to }}{% raw %}",
        "\u{202e}\u{2028}Bcc: eve@example.com",
        &"x".repeat(10_000),
        "../../etc/passwd",
        "größe/\u{1f4a9}",
    ];
    for order in hostile {
        let mut letter = letter(NoticeKind::Shipped, order);
        letter.lines[0].sku = order.into();
        letter.tracking = Some(order.to_owned());
        let mail = mail(&letter);
        let names = |mail| -> Vec<String> {
            let name = |line: &str| line.split(':').next().unwrap().to_owned();
            headers(mail).into_iter().map(name).collect()
        };
        let encoding = |names: Vec<String>| -> Vec<String> {
            names
                .into_iter()
                .filter(|name| name != "Content-Transfer-Encoding")
                .collect()
        };
        assert_eq!(encoding(names(&mail)), encoding(names(&plain)), "{mail}");
        assert!(headers(&mail).contains(&"To: ann@example.com"), "{mail}");
        assert!(write(&letter).subject.chars().count() <= MAX_SUBJECT_CHARS);
        let name = file_name(&letter);
        assert!(name.len() < 200 && !name.starts_with('.'), "{name}");
        assert!(
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
            "{name}"
        );
    }
}

#[test]
fn an_address_that_is_none_makes_no_message() {
    let hostile = [
        "",
        "ann",
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com, eve@example.com",
        "ann@example.com> RCPT TO:<eve@example.com",
        "Ann <ann@example.com>",
        "ann@exa mple.com",
    ];
    for to in hostile {
        let mut letter = letter(NoticeKind::Filled, "1001");
        letter.to = to.into();
        let written = write(&letter);
        assert!(
            compose(&letter, &from(), written).is_err(),
            "{to:?} was taken for an address"
        );
    }
}

#[tokio::test]
async fn a_letter_delivered_twice_into_a_folder_is_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let channel = Channel::folder(&folder.path().join("notices")).unwrap();
    let letter = letter(NoticeKind::Filled, "../1001");
    for _ in 0..2 {
        let message = compose(&letter, &from(), write(&letter)).unwrap();
        channel.deliver(&letter, message).await.unwrap();
    }
    let notices = std::fs::read_dir(folder.path().join("notices")).unwrap();
    let names: Vec<_> = notices.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [file_name(&letter).as_str()]);
    let written = std::fs::read_to_string(folder.path().join("notices").join(&names[0])).unwrap();
    assert_eq!(written, mail(&letter));
}
