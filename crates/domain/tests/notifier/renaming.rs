//! An item that is called otherwise: nobody is written to for it, and letters call it as it is.

use backorder_domain::event::{ItemDefined, ItemRenamed, NoticeKind, Segment};
use backorder_domain::notifier::DIGEST_MS;

use super::history::*;

fn renamed(sku: &str, to: &str) -> ItemRenamed {
    ItemRenamed {
        renaming: to.into(),
        sku: sku.into(),
        to: to.into(),
        reason: "the catalogue".to_owned(),
        by: "eva".to_owned(),
    }
}

fn described(sku: &str) -> ItemDefined {
    ItemDefined {
        definition: "d1".into(),
        sku: sku.into(),
        description: "a fine thing".to_owned(),
        segment: Segment::StockOnly,
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
}

#[test]
fn nobody_is_written_to_for_a_name_and_the_next_letter_has_the_new_one() {
    let mut history = waiting();
    let sku = told(1, 5).sku;
    history.record(described(sku.as_str()));
    history.record(renamed(sku.as_str(), "M8")).later(DIGEST_MS);
    assert_eq!(history.due(), []);
    // What the allocator decided before it heard of the name.
    history.settled([promised("o1", 1, 20)]).later(DIGEST_MS);
    let letter = history.send();
    assert_eq!(letter.kind, NoticeKind::PromiseMoved);
    let line = &letter.lines[0];
    assert_eq!(line.sku.as_str(), "M8");
    assert_eq!(line.description.as_deref(), Some("a fine thing"));
}

#[test]
fn a_letter_that_has_not_left_calls_an_item_and_what_is_offered_as_they_are_called_now() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([offered("o1", 1, 5, 9)]);
    let sku = told(1, 5).sku;
    history
        .record(renamed(sku.as_str(), "M8"))
        .record(renamed("NUT", "N8"));
    let letter = history.letter();
    let line = &letter.lines[0];
    assert_eq!(line.sku.as_str(), "M8");
    let instead: Vec<&str> = line.instead.iter().map(|sku| sku.as_str()).collect();
    assert_eq!(instead, ["N8", "GEAR"]);
    assert_eq!(line.instead_called, ["N8", "GEAR"]);
}
