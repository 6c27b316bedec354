//! What became of a letter: sent, tried again, given up, listed.

use backorder_domain::decider::{Decider, MAX_DUE_SIDE_EFFECTS};
use backorder_domain::event::{
    ItemDefined, LocationDefined, NoticeKind, OrderPlaced, Segment, TimeZoneSet,
};
use backorder_domain::exception::{Exception, ExceptionKind, Exceptions, Worst};
use backorder_domain::ids::{DAY_MS, Timestamp, Zone};
use backorder_domain::notifier::{
    DIGEST_MS, MAX_ATTEMPTS, MAX_SENT_KEPT, NoticeFilter, NoticeState, Notifier, retry_at,
};
use backorder_domain::quantity::Step;

use super::history::*;

#[test]
fn an_order_cancelled_before_its_letter_left_is_told_both_in_order() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    history
        .record(cancelled("x1", "o1", &[]))
        .record(closed("o1"));
    assert_eq!(
        history.send_all(),
        [NoticeKind::Backordered, NoticeKind::Cancelled]
    );
}

#[test]
fn an_order_without_an_address_is_told_nothing_and_not_kept_once_it_closed() {
    let mut history = History::default();
    history
        .record(without_email("o1", &[5]))
        .settled([waits("o1", 1, 5)]);
    history
        .record(cancelled("x1", "o1", &[]))
        .record(closed("o1"))
        .later(DIGEST_MS);
    assert_eq!(history.due(), []);
    assert_eq!(history.room.room, Notifier::default());
}

#[test]
fn a_closed_order_leaves_only_its_letters() {
    let mut history = waiting();
    history
        .record(cancelled("x1", "o1", &[]))
        .record(closed("o1"))
        .send();
    let json = serde_json::to_value(&history.room.room).unwrap();
    assert_eq!(json["orders"], serde_json::json!({}));
    assert_eq!(json["outbox"]["letters"], serde_json::json!({}));
    assert_eq!(json["outbox"]["queues"], serde_json::json!({}));
    assert_eq!(json["outbox"]["turns"], serde_json::json!([]));
}

#[test]
fn the_same_delivery_recorded_again_records_nothing() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5)]);
    let letter = history.letter();
    assert!(history.decide(&letter, None).is_some());
    assert_eq!(history.decide(&letter, None), None);
    assert_eq!(history.decide(&letter, Some("late failure")), None);
}

#[test]
fn the_same_failure_recorded_again_records_nothing() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5)]);
    let letter = history.letter();
    assert!(history.decide(&letter, Some("421 busy")).is_some());
    assert_eq!(history.decide(&letter, Some("421 busy")), None);
}

#[test]
fn retries_wait_four_times_longer_each_up_to_six_hours() {
    let waits = (1..=MAX_ATTEMPTS).map(|attempt| {
        retry_at(attempt, MAX_ATTEMPTS, Timestamp::default()).map(|at| at.as_ms() / 60_000)
    });
    let minutes = [
        Some(1),
        Some(4),
        Some(16),
        Some(64),
        Some(256),
        Some(360),
        Some(360),
        None,
    ];
    assert_eq!(waits.collect::<Vec<_>>(), minutes);
    assert_eq!(
        retry_at(u32::MAX - 1, u32::MAX, Timestamp::MAX),
        Some(Timestamp::MAX)
    );
}

#[test]
fn a_letter_given_up_is_visible_with_what_the_channel_said() {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5)]);
    for _ in 0..MAX_ATTEMPTS {
        let letter = history.letter();
        history.decide(&letter, Some("550 nobody here"));
        let again_at = history.room.due(history.now).again_at;
        history.now = again_at.unwrap_or(history.now);
    }
    assert_eq!(history.room.counts(), (0, 0, 1));
    let filter = NoticeFilter {
        state: Some(NoticeState::Failed),
        ..NoticeFilter::default()
    };
    let page = history.room.list(&filter, None, 10);
    assert_eq!(page.notices[0].error.as_deref(), Some("550 nobody here"));
    assert_eq!(page.notices[0].attempts, MAX_ATTEMPTS);
}

#[test]
fn side_effects_are_bounded_and_the_rest_is_due_after() {
    let mut history = History::default();
    for order in 0..MAX_DUE_SIDE_EFFECTS + 10 {
        let order = format!("o{order}");
        history
            .record(placed(&order, &[1]))
            .settled([waits(&order, 1, 1)]);
    }
    assert_eq!(history.due().len(), MAX_DUE_SIDE_EFFECTS);
    assert_eq!(history.send_all().len(), MAX_DUE_SIDE_EFFECTS + 10);
}

#[test]
fn only_the_newest_sent_letters_are_kept() {
    let mut history = History::default();
    for order in 0..=MAX_SENT_KEPT {
        let order = format!("o{order}");
        history
            .record(placed(&order, &[1]))
            .settled([refused(&order, 1, 1)]);
        history.send_all();
    }
    assert_eq!(history.room.counts(), (0, MAX_SENT_KEPT, 0));
    let first = NoticeFilter {
        order: Some("o0".into()),
        ..NoticeFilter::default()
    };
    assert_eq!(history.room.list(&first, None, 10).notices, []);
}

#[test]
fn pages_list_every_notice_once_the_oldest_first() {
    let mut history = waiting();
    for order in ["o2", "o3", "o4"] {
        history
            .record(placed(order, &[1]))
            .settled([waits(order, 1, 1)]);
    }
    let (mut orders, mut after) = (Vec::new(), None);
    loop {
        let page = history
            .room
            .list(&NoticeFilter::default(), after.as_ref(), 3);
        orders.extend(
            page.notices
                .into_iter()
                .map(|notice| notice.order.to_string()),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(orders, ["o1", "o2", "o3", "o4"]);
}

fn exceptions(history: &History) -> Vec<Exception> {
    let mut worst = Worst::after(None, 10);
    history.room.exceptions(history.now, &mut worst);
    worst.page().exceptions
}

#[test]
fn letters_that_the_channel_does_not_take_are_told_as_one_and_those_given_up_for_a_week() {
    let mut history = History::default();
    for order in ["o1", "o2"] {
        history.record(placed(order, &[5]));
        history.settled([waits(order, 1, 5)]);
    }
    assert_eq!(exceptions(&history), [], "none was tried yet");
    let due = history.due();
    for letter in &due {
        history.decide(letter, Some("421 busy"));
    }
    let [delayed] = exceptions(&history).try_into().unwrap();
    assert_eq!(delayed.kind, ExceptionKind::LettersDelayed);
    let text = "2 letters could not be sent yet; the last failure: 421 busy";
    assert_eq!((delayed.quantity, delayed.text.as_str()), (2, text));
    while let Some(again_at) = history.room.due(history.now).again_at {
        history.now = again_at;
        for letter in history.due() {
            history.decide(&letter, Some("550 nobody here"));
        }
    }
    let failed = exceptions(&history);
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0].kind, ExceptionKind::LetterFailed);
    assert_eq!(failed[0].order, Some("o1".into()));
    let text = "letter to ann@example.com (backordered) given up after 8 tries: 550 nobody here";
    assert_eq!(failed[0].text, text);
    history.later(7 * DAY_MS + 1);
    assert_eq!(exceptions(&history), []);
}

#[test]
fn a_letter_tells_days_by_the_place_of_collection_else_by_the_cell() {
    let zone = |name| Zone::new(name).unwrap();
    let tokyo = LocationDefined {
        definition: "d1".into(),
        location: "tokyo".into(),
        name: "Tokyo".to_owned(),
        region: None,
        cost: None,
        time_zone: Some(zone("Asia/Tokyo")),
    };
    let mut history = History::default();
    history.record(tokyo.clone()).record(TimeZoneSet {
        time_zone: zone("Europe/Berlin"),
    });
    let collected = |order: &str, at: &str| OrderPlaced {
        pick_up_at: Some(at.into()),
        ..placed(order, &[5])
    };
    let mut told = |order: OrderPlaced| {
        let id = order.order.to_string();
        history
            .record(order)
            .settled([waits(&id, 1, 5), promised(&id, 1, 10)]);
        history.send().time_zone
    };
    assert_eq!(told(placed("o1", &[5])), zone("Europe/Berlin"));
    assert_eq!(told(collected("o2", "tokyo")), zone("Asia/Tokyo"));
    assert_eq!(told(collected("o3", "elsewhere")), zone("Europe/Berlin"));
    // It goes by the cell again.
    history.record(LocationDefined {
        time_zone: None,
        ..tokyo
    });
    let order = OrderPlaced {
        pick_up_at: Some("tokyo".into()),
        ..placed("o4", &[5])
    };
    history
        .record(order)
        .settled([waits("o4", 1, 5), promised("o4", 1, 10)]);
    assert_eq!(history.send().time_zone, zone("Europe/Berlin"));
}

#[test]
fn a_letter_knows_what_its_items_are_counted_in() {
    let mut history = History::default();
    let item = |unit: Option<&str>| ItemDefined {
        definition: "d1".into(),
        sku: SKU.into(),
        description: "a bolt".to_owned(),
        segment: Segment::StockOnly,
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: unit.map(ToOwned::to_owned),
        step: unit.map(|_| Step::new("0.01").unwrap()),
        reserve_days_before: None,
        releases_at: None,
    };
    history.record(item(Some("m")));
    history
        .record(placed("o1", &[150]))
        .settled([waits("o1", 1, 150), promised("o1", 1, 10)]);
    let measure = history.send().lines[0].measure.clone().unwrap();
    assert_eq!(measure.show(150), "1.5 m");
    // A date that moves is told so, too.
    history.settled([promised("o1", 1, 20)]).later(DIGEST_MS);
    assert_eq!(history.send().lines[0].measure.clone(), Some(measure));
    history
        .record(item(None))
        .record(placed("o2", &[5]))
        .settled([waits("o2", 1, 5)]);
    history.later(DIGEST_MS);
    assert_eq!(history.send().lines[0].measure, None);
}
