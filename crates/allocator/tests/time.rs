//! The allocator asked about the past, and watched into the future.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use api::allocator::v1;
use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use domain::decider::Room;
use domain::event::{
    DatedLine, Event, OrderCancelled, OrderClosed, PurchaseDelayed, PurchaseOrdered,
};
use domain::ids::{HOUR_MS, Position, Revision};
use tonic::{Code, Status};

mod shop;

use shop::{Shop, available, date, item, now, order, purchase, receipt};

/// All that may be asked, as of now (0) or as of then.
#[derive(Debug, Clone, PartialEq)]
struct Answers {
    availability: v1::CheckAvailabilityResponse,
    promise: Option<v1::GetPromiseResponse>,
    queue: Option<v1::GetQueueResponse>,
    explanation: Option<v1::ExplainAllocationResponse>,
}

/// Nothing is known of it yet, which is an answer too.
fn known<T>(answer: Result<tonic::Response<T>, Status>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer.into_inner()),
        Err(status) => {
            assert_eq!(status.code(), Code::NotFound, "{status:?}");
            None
        }
    }
}

async fn ask(shop: &Shop, at_least_revision: u64, at_revision: u64) -> Answers {
    let mut client = shop.client.clone();
    let availability = v1::CheckAvailabilityRequest {
        at_least_revision,
        at_revision,
        ..available("BOLT", 2)
    };
    let availability = client.check_availability(availability).await;
    let order_id = "o1".to_owned();
    let promise = v1::GetPromiseRequest {
        order_id: order_id.clone(),
        line: 1,
        at_least_revision,
        at_revision,
    };
    let promise = client.get_promise(promise).await;
    let queue = v1::GetQueueRequest {
        sku: "BOLT".to_owned(),
        at_least_revision,
        at_revision,
        ..v1::GetQueueRequest::default()
    };
    let queue = client.get_queue(queue).await;
    let explanation = v1::ExplainAllocationRequest {
        order_id,
        line: 0,
        at_least_revision,
        at_revision,
        ..v1::ExplainAllocationRequest::default()
    };
    let explanation = client.explain_allocation(explanation).await;
    Answers {
        availability: availability.unwrap().into_inner(),
        promise: known(promise),
        queue: known(queue),
        explanation: known(explanation),
    }
}

/// An hour later something happens; answers with what is then said, once all is settled.
async fn happens(shop: &Shop, event: impl Into<Event>, settles: bool) -> Answers {
    shop.clock.advance_to(shop.clock.now().plus_ms(HOUR_MS));
    let recorded = shop.record(event).await;
    let at = if settles {
        shop.settled_after(recorded).await
    } else {
        recorded
    };
    ask(shop, at, 0).await
}

#[tokio::test]
async fn the_past_answers_as_it_did_then_also_after_a_restart() {
    let shop = Shop::open().await;
    let cancelled = OrderCancelled {
        cancellation: "k1".into(),
        order: "o1".into(),
        lines: Vec::new(),
        reason: String::new(),
    };
    let then = [
        happens(&shop, item(50), false).await,
        happens(&shop, order("o1", 3), true).await,
        // Too little for the first in line: no date follows from it yet.
        happens(&shop, purchase(), false).await,
        happens(&shop, order("o2", 4), true).await,
        happens(&shop, receipt(2), true).await,
        happens(&shop, cancelled, true).await,
    ];
    let dates: Vec<_> = then.iter().map(|then| &then.availability.promise).collect();
    assert!(dates.windows(2).any(|pair| pair[0] != pair[1]), "{dates:?}");
    shop.clock.advance_to(shop.clock.now().plus_days(9));
    let (log, clock) = (shop.log.clone(), shop.clock.clone());
    for then in &then {
        assert_eq!(&ask(&shop, 0, then.availability.revision).await, then);
    }
    shop.process.stop().await.unwrap();
    let shop = Shop::on(log, clock).await;
    for then in then.iter().rev() {
        assert_eq!(&ask(&shop, 0, then.availability.revision).await, then);
    }
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_future_revision_and_contradicting_ones_are_refused() {
    let (mut shop, settled) = Shop::with_a_backorder().await;
    let ask = |at_least_revision, at_revision| v1::CheckAvailabilityRequest {
        at_least_revision,
        at_revision,
        ..available("BOLT", 1)
    };
    let early = shop.client.check_availability(ask(0, settled + 100)).await;
    let early = early.unwrap_err();
    assert_eq!(early.code(), Code::OutOfRange);
    let last = format!("not written yet; the last is {settled};");
    assert!(early.message().contains(&last), "{}", early.message());
    let both = shop.client.check_availability(ask(settled, 1)).await;
    assert_eq!(both.unwrap_err().code(), Code::InvalidArgument);
    let fine = shop.client.check_availability(ask(1, settled)).await;
    assert_eq!(fine.unwrap().into_inner().revision, settled);
}

async fn watch(shop: &Shop, order: &str) -> Result<tonic::Streaming<Seen>, Status> {
    let request = v1::WatchPromiseRequest {
        order_id: order.to_owned(),
        ..v1::WatchPromiseRequest::default()
    };
    let watched = shop.client.clone().watch_promise(request).await;
    watched.map(tonic::Response::into_inner)
}

type Seen = v1::WatchPromiseResponse;

#[tokio::test]
async fn who_watches_a_promise_hears_each_change_until_nothing_waits() {
    let (shop, _) = Shop::with_a_backorder().await;
    let mut watched = watch(&shop, "o1").await.unwrap();
    let first = watched.message().await.unwrap().unwrap();
    let units = |seen: &Seen| (seen.lines[0].reserved, seen.lines[0].backordered);
    assert_eq!((first.lines.len(), units(&first)), (1, (1, 2)));
    let promise = first.lines[0].promise.as_ref().unwrap();
    assert_eq!(date(promise), now().plus_days(4).as_ms() / 1_000);
    // Another's order is none of theirs.
    shop.record(order("o2", 1)).await;
    let mut one = receipt(1);
    one.receipt = "r2".into();
    shop.record(one).await;
    let next = watched.message().await.unwrap().unwrap();
    assert_eq!(units(&next), (2, 1));
    let mut two = receipt(5);
    two.receipt = "r3".into();
    shop.record(two).await;
    let last = watched.message().await.unwrap().unwrap();
    assert_eq!((units(&last), &last.lines[0].promise), ((3, 0), &None));
    assert!(watched.message().await.unwrap().is_none());
    let nobody = watch(&shop, "nobody").await;
    assert_eq!(nobody.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn who_watches_a_promise_is_told_that_the_order_is_closed() {
    let (shop, settled) = Shop::with_a_backorder().await;
    let mut watched = watch(&shop, "o1").await.unwrap();
    let first = watched.message().await.unwrap().unwrap();
    assert!(!first.closed);
    let closed = OrderClosed {
        order: "o1".into(),
        opened: Position {
            revision: Revision(settled - 1),
            index: 0,
        },
        timeline: Vec::new(),
        lines: Vec::new(),
        substituted: Vec::new(),
    };
    let revision = shop.record(closed).await;
    let last = watched.message().await.unwrap().unwrap();
    assert!(last.closed && last.lines.is_empty());
    assert!(last.revision >= revision);
    assert!(watched.message().await.unwrap().is_none());
}

#[tokio::test]
async fn so_many_promises_are_watched_at_once_and_one_who_leaves_makes_room() {
    let (shop, _) = Shop::with_a_backorder().await;
    let mut watchers = Vec::new();
    let refused = loop {
        match watch(&shop, "o1").await {
            Ok(watched) => watchers.push(watched),
            Err(status) => break status,
        }
        assert!(watchers.len() < 5_000, "nobody was refused");
    };
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(
        refused
            .message()
            .contains("end other watches of this connection")
    );
    assert_eq!(watchers.len(), chassis::MAX_WATCHES_A_CONNECTION);
    // Another caller has room.
    let address = shop.process.address(Room::Allocator).unwrap();
    let another = AllocatorServiceClient::connect(format!("http://{address}")).await;
    let request = v1::WatchPromiseRequest {
        order_id: "o1".to_owned(),
        ..v1::WatchPromiseRequest::default()
    };
    assert!(another.unwrap().watch_promise(request).await.is_ok());
    watchers.pop();
    while watch(&shop, "o1").await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// Has a delivery come two days after its date, so many times.
async fn late_deliveries(shop: &Shop, count: u32) {
    for number in 0..count {
        let bought = PurchaseOrdered {
            purchase_order: format!("late{number}").as_str().into(),
            expected_at: shop.clock.now(),
            ..purchase()
        };
        let mut received = receipt(2);
        received.receipt = format!("late{number}").as_str().into();
        received.purchase_order = Some(bought.purchase_order.clone());
        shop.record(bought).await;
        shop.clock.advance_to(shop.clock.now().plus_days(2));
        shop.record(received).await;
    }
}

fn day(time: Option<&prost_types::Timestamp>) -> i64 {
    time.unwrap().seconds / 86_400
}

#[tokio::test]
async fn a_suppliers_past_deliveries_say_beside_each_promise_when_it_is_likely_kept() {
    let shop = Shop::open().await;
    shop.record(item(50)).await;
    late_deliveries(&shop, 5).await;
    let ordered = PurchaseOrdered {
        expected_at: shop.clock.now().plus_days(4),
        ..purchase()
    };
    shop.record(ordered).await;
    // Ten are in stock; one waits.
    let placed = shop.record(order("o1", 11)).await;
    let then = ask(&shop, shop.settled_after(placed).await, 0).await;
    let promise = then.promise.unwrap();
    let told = promise.promise.unwrap();
    let due = day(told.at.as_ref());
    assert_eq!((told.basis(), due), (v1::PromiseBasis::Inbound, due));
    assert_eq!(day(told.p50.as_ref()), due + 2);
    assert_eq!(day(told.p90.as_ref()), due + 2);
    assert_eq!(then.queue.unwrap().lines[0].promise, Some(told.clone()));
    let why = &then.explanation.unwrap().lines[0];
    assert_eq!(why.promise, Some(told));
    let last = why.sentences.last().unwrap();
    assert!(
        last.contains("usually delivers 2 days late: half"),
        "{last}"
    );
    // By the lead time, for want of a purchase order, it is as late.
    let estimate = then.availability.promise.unwrap();
    assert_eq!(estimate.basis(), v1::PromiseBasis::Estimate);
    assert_eq!(day(estimate.p90.as_ref()), day(estimate.at.as_ref()) + 2);
}

#[tokio::test]
async fn a_move_too_small_to_tell_is_seen_by_who_asks() {
    let (shop, _) = Shop::with_a_backorder().await;
    let delayed = PurchaseDelayed {
        message: "m1".into(),
        purchase_order: "p1".into(),
        lines: vec![DatedLine {
            line: 1,
            sku: "BOLT".into(),
            eta: now().plus_days(5),
        }],
        reason: String::new(),
        source: None,
    };
    let at = shop.record(delayed).await;
    let promise = ask(&shop, at, 0).await.promise.unwrap();
    let seconds = |days| now().plus_days(days).as_ms() / 1_000;
    assert_eq!(date(promise.promise.as_ref().unwrap()), seconds(4));
    assert_eq!(date(promise.current.as_ref().unwrap()), seconds(5));
    assert_eq!(promise.lines[0].current, promise.current);
}
