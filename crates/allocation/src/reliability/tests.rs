//! What suppliers did, and what is said of them for it.
#![allow(clippy::arithmetic_side_effects, reason = "small figures")]

use super::*;
use domain::event::{DatedLine, PurchaseLine, SupplierLine};
use domain::ids::DAY_MS;

fn day(days: i64) -> Timestamp {
    Timestamp::from_ms(0).plus_days(days)
}

fn ordered(id: &str, quantity: u32, expected: i64) -> PurchaseOrdered {
    PurchaseOrdered {
        purchase_order: id.into(),
        supplier: "acme".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: "BOLT".into(),
            quantity,
            requisition: Some("q1".into()),
        }],
        expected_at: day(expected),
        undated: false,
        source: None,
    }
}

fn confirmed(id: &str, eta: i64) -> PurchaseConfirmed {
    let (line, sku, eta) = (1, "BOLT".into(), day(eta));
    PurchaseConfirmed {
        message: "m1".into(),
        purchase_order: id.into(),
        lines: vec![DatedLine { line, sku, eta }],
        source: None,
    }
}

fn received(id: &str, quantity: u32) -> Received {
    let sku = "BOLT".into();
    Received {
        receipt: "r1".into(),
        location: "main".into(),
        purchase_order: Some(id.into()),
        lines: vec![SkuQuantity { sku, quantity }],
    }
}

/// A supplier whose deliveries came so many days late each.
fn history(days: impl IntoIterator<Item = i64>) -> Reliability {
    let mut it = Reliability::default();
    for (n, late) in days.into_iter().enumerate() {
        let id = format!("h{n}");
        it.ordered(&ordered(&id, 1, 100));
        it.received(&received(&id, 1), (day(100 + late), &Zone::UTC));
    }
    it
}

fn inbound(id: &str, at: i64) -> Promise {
    Promise::Inbound {
        purchase_order: id.into(),
        at: day(at),
    }
}

fn outlook(it: &Reliability, promise: &Promise, now: i64) -> Option<Outlook> {
    it.outlook(
        promise,
        &"BOLT".into(),
        Some(&"acme".into()),
        (day(now), &Zone::UTC),
    )
}

#[test]
fn a_quantile_is_by_nearest_rank() {
    let sorted = [15, 20, 35, 40, 50];
    for (percent, value) in [(5, 15), (30, 20), (40, 20), (50, 35), (90, 50), (100, 50)] {
        assert_eq!(nearest_rank(&sorted, percent), Some(value), "{percent}");
    }
    assert_eq!(nearest_rank(&[], 50), None);
}

#[test]
fn past_deliveries_give_the_p50_and_p90_of_the_next() {
    let mut it = history([0, 0, 1, 2, 2, 2, 3, 4, 7, 9]);
    it.ordered(&ordered("p1", 5, 10));
    let seen = outlook(&it, &inbound("p1", 10), 0).unwrap();
    assert_eq!((seen.p50, seen.p90), (day(12), day(17)));
    assert_eq!((seen.usual_days, seen.deliveries), (2, 10));
    assert_eq!(
        seen.sentence(&Zone::UTC),
        "Its supplier usually delivers 2 days late: half of such deliveries come by \
         1970-01-13, nine of ten by 1970-01-18."
    );
    let estimate = Promise::Estimate { at: day(20) };
    assert_eq!(outlook(&it, &estimate, 0).unwrap().p90, day(27));
    assert_eq!(
        it.outlook(&estimate, &"BOLT".into(), None, (day(0), &Zone::UTC)),
        None
    );
    assert_eq!(outlook(&it, &Promise::Unknown, 0), None);
}

#[test]
fn one_that_keeps_its_days_is_said_to() {
    let seen = outlook(&history([0; 5]), &Promise::Estimate { at: day(20) }, 0);
    let said = seen.unwrap().sentence(&Zone::UTC);
    assert!(
        said.contains("usually delivers on the day they say:"),
        "{said}"
    );
}

#[test]
fn of_few_deliveries_nothing_is_said() {
    let needed = i64::try_from(DELIVERIES_NEEDED).unwrap();
    for (count, says) in [(needed - 1, false), (needed, true)] {
        let it = history(vec![1; usize::try_from(count).unwrap()]);
        let estimate = Promise::Estimate { at: day(20) };
        assert_eq!(outlook(&it, &estimate, 0).is_some(), says, "{count}");
    }
}

#[test]
fn lateness_is_counted_from_the_first_day_confirmed_by_the_calendar() {
    let mut it = Reliability::default();
    it.ordered(&ordered("p1", 3, 10));
    it.received(&received("p1", 1), (day(9), &Zone::UTC));
    it.confirmed(&confirmed("p1", 12));
    it.confirmed(&confirmed("p1", 20));
    it.received(
        &received("p1", 1),
        (day(15).plus_ms(DAY_MS - 1), &Zone::UTC),
    );
    it.received(&received("p1", 1), (day(12).plus_ms(5), &Zone::UTC));
    let days: Vec<i16> = it.suppliers["acme"].iter().copied().collect();
    assert_eq!(days, [-1, 3, 0]);
    assert_eq!(
        days_late(day(0), Timestamp::MAX, &Zone::UTC),
        MAX_LATENESS_DAYS
    );
    assert_eq!(
        days_late(day(0), Timestamp::MIN, &Zone::UTC),
        -MAX_LATENESS_DAYS
    );
}

#[test]
fn the_last_deliveries_count_and_the_oldest_are_forgotten() {
    let kept = i64::try_from(DELIVERIES_KEPT).unwrap();
    let it = history((0..kept + 10).map(|n| if n < 10 { 99 } else { 1 }));
    let seen = outlook(&it, &Promise::Estimate { at: day(20) }, 0).unwrap();
    assert_eq!((seen.p90, seen.deliveries), (day(21), 64));
}

#[test]
fn a_purchase_order_of_which_nothing_is_to_come_leaves() {
    let mut it = Reliability::default();
    it.ordered(&ordered("p1", 5, 10));
    it.received(&received("p1", 2), (day(10), &Zone::UTC));
    let (line, sku, quantity) = (1, "BOLT".into(), 3);
    let lines = [SupplierLine {
        line,
        sku,
        quantity,
    }];
    it.rejected(&"p1".into(), &lines);
    assert!(it.open.is_empty());
    it.received(&received("p1", 1), (day(30), &Zone::UTC));
    it.confirmed(&confirmed("p1", 40));
    assert_eq!(it.suppliers["acme"].len(), 1);
}

#[test]
fn a_later_day_named_since_is_not_undercut_and_neither_is_today() {
    let mut it = history([-3; 5]);
    it.ordered(&ordered("p1", 5, 10));
    let half = |at, now| outlook(&it, &inbound("p1", at), now).unwrap().p50;
    assert_eq!(half(10, 0), day(7));
    assert_eq!(half(8, 0), day(5), "a day brought forward is early too");
    assert_eq!(half(15, 0), day(15), "delayed to a day of its own");
    assert_eq!(half(10, 9), day(9));
    let seen = outlook(&it, &inbound("p1", 10), 0).unwrap();
    assert!(
        seen.sentence(&Zone::UTC)
            .contains("usually delivers 3 days early:")
    );
    assert_eq!(outlook(&it, &inbound("another", 10), 0), None);
}
