//! The doors of the allocator, called over gRPC on a memory log.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use api::allocator::v1;
use tonic::Code;

mod shop;

use shop::{Shop, available, date, defined, item, now, order, receipt};

#[tokio::test]
async fn a_customer_who_asks_first_hears_what_the_door_would_say() {
    let (mut shop, settled) = Shop::with_a_backorder().await;
    let mut ask = available("BOLT", 2);
    ask.at_least_revision = settled;
    let answer = shop
        .client
        .check_availability(ask)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.outcome(), v1::Outcome::Backorder);
    assert_eq!(
        (answer.available_now, answer.units_ahead, answer.revision),
        (0, 2, settled)
    );
    let promise = answer.promise.unwrap();
    assert_eq!(promise.basis(), v1::PromiseBasis::Estimate);
    assert_eq!(date(&promise), now().plus_days(7).as_ms() / 1_000);
    assert_eq!(
        answer.disclosure,
        "2 are on backorder and expected about 2026-11-29, by estimate."
    );
    let full = shop
        .client
        .check_availability(available("BOLT", 9))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(full.refuse_reason(), v1::RefuseReason::CapReached);
    assert_eq!(full.available_now + full.would_wait + full.refused, 9);
    let ghost = shop
        .client
        .check_availability(available("GHOST", 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(ghost.outcome(), v1::Outcome::Refuse);
    assert_eq!(ghost.refuse_reason(), v1::RefuseReason::UnknownItem);
}

#[tokio::test]
async fn a_line_that_waits_has_a_date_a_place_and_an_explanation() {
    let (mut shop, at_least_revision) = Shop::with_a_backorder().await;
    let order_id = "o1".to_owned();
    let ask = v1::GetPromiseRequest {
        order_id: order_id.clone(),
        line: 1,
        at_least_revision,
        ..v1::GetPromiseRequest::default()
    };
    let told = shop.client.get_promise(ask).await.unwrap().into_inner();
    assert_eq!((told.reserved, told.backordered), (1, 2));
    let promise = told.promise.unwrap();
    assert_eq!(
        (promise.basis(), promise.purchase_order_id.as_str()),
        (v1::PromiseBasis::Inbound, "p1")
    );
    assert_eq!(date(&promise), now().plus_days(4).as_ms() / 1_000);

    let ask = v1::GetQueueRequest {
        sku: "BOLT".to_owned(),
        ..v1::GetQueueRequest::default()
    };
    let queue = shop.client.get_queue(ask).await.unwrap().into_inner();
    assert_eq!(
        (queue.total_lines, queue.total_units, queue.inbound_units),
        (1, 2, 2)
    );
    assert_eq!(
        (queue.lines[0].rank, queue.lines[0].order_id.as_str()),
        (1, "o1")
    );

    let ask = v1::ExplainAllocationRequest {
        order_id,
        line: 0,
        ..v1::ExplainAllocationRequest::default()
    };
    let why = shop
        .client
        .explain_allocation(ask)
        .await
        .unwrap()
        .into_inner();
    let line = &why.lines[0];
    assert_eq!((line.rank, line.boost_days, line.backordered), (1, 14, 2));
    assert_eq!(line.last_receipt_winners[0].order_id, "o1");
    assert_eq!(
        line.sentences[3],
        "Purchase order p1 covers it; expected on 2026-11-26."
    );
}

#[tokio::test]
async fn a_suppliers_word_is_weighed_before_it_is_recorded() {
    use v1::preview_impact_request::Word;
    let (mut shop, at_least_revision) = Shop::with_a_backorder().await;
    let ask = |word| v1::PreviewImpactRequest {
        purchase_order_id: "p1".to_owned(),
        word,
        at_least_revision,
        ..v1::PreviewImpactRequest::default()
    };
    let later = ask(Some(Word::DaysLater(9)));
    let impact = shop.client.preview_impact(later.clone()).await.unwrap();
    let impact = impact.into_inner();
    assert_eq!((impact.skus[0].later, impact.orders), (1, 1));
    assert_eq!(impact.skus[0].waiting_units, 2);
    let line = &impact.lines[0];
    let dates = [line.promise.as_ref(), line.would_be.as_ref()].map(|it| date(it.unwrap()));
    assert_eq!(dates[1] - dates[0], 9 * 24 * 3_600);
    let unheard = v1::PreviewImpactRequest {
        sku: "NUT".to_owned(),
        ..later
    };
    let none = shop.client.preview_impact(unheard).await.unwrap_err();
    assert_eq!(none.code(), tonic::Code::NotFound);
    for word in [
        None,
        Some(Word::WillNotCome(false)),
        Some(Word::DaysLater(0)),
    ] {
        let wrong = shop.client.preview_impact(ask(word)).await.unwrap_err();
        assert_eq!(wrong.code(), tonic::Code::InvalidArgument, "{wrong}");
    }
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_receipt_is_settled_and_a_restart_forgets_nothing() {
    let (shop, _) = Shop::with_a_backorder().await;
    shop.process.stop().await.unwrap();
    let mut shop = Shop::on(shop.log, shop.clock).await;
    let received = shop.record(receipt(5)).await;
    let at_least_revision = shop.settled_after(received).await;
    let ask = v1::GetPromiseRequest {
        order_id: "o1".to_owned(),
        line: 1,
        at_least_revision,
        ..v1::GetPromiseRequest::default()
    };
    let told = shop.client.get_promise(ask).await.unwrap().into_inner();
    assert_eq!(
        (told.reserved, told.backordered, told.promise),
        (3, 0, None)
    );
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_long_queue_is_read_in_pages() {
    let shop = Shop::open().await;
    shop.record(item(1_000)).await;
    let mut at_least_revision = 0;
    for number in 0..7 {
        let placed = shop.record(order(&format!("o{number}"), 1)).await;
        at_least_revision = shop.settled_after(placed).await;
    }
    let mut client = shop.client.clone();
    let mut page_token = String::new();
    let mut read = Vec::new();
    loop {
        let ask = v1::GetQueueRequest {
            sku: "BOLT".to_owned(),
            page_size: 3,
            page_token,
            at_least_revision,
            ..v1::GetQueueRequest::default()
        };
        let page = client.get_queue(ask).await.unwrap().into_inner();
        read.extend(page.lines.into_iter().map(|line| line.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(read, ["o0", "o1", "o2", "o3", "o4", "o5", "o6"]);
}

#[tokio::test]
async fn bad_questions_get_clear_answers() {
    let mut shop = Shop::open().await;
    for (sku, quantity) in [("", 1), ("a\nb", 1), ("BOLT", 0), ("BOLT", 1_000_001)] {
        let asked = shop
            .client
            .check_availability(available(sku, quantity))
            .await;
        assert_eq!(
            asked.unwrap_err().code(),
            Code::InvalidArgument,
            "{sku} {quantity}"
        );
    }
    let hostile = shop
        .client
        .check_availability(available("*.>", 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(hostile.outcome(), v1::Outcome::Refuse);
    let long = shop
        .client
        .check_availability(available(&"x".repeat(10_240), 1))
        .await;
    assert_eq!(long.unwrap_err().code(), Code::InvalidArgument);
    for (size, token) in [(-1, ""), (1, "nonsense")] {
        let ask = v1::GetQueueRequest {
            sku: "BOLT".to_owned(),
            page_size: size,
            page_token: token.to_owned(),
            ..v1::GetQueueRequest::default()
        };
        let asked = shop.client.get_queue(ask).await;
        assert_eq!(
            asked.unwrap_err().code(),
            Code::InvalidArgument,
            "{size} {token}"
        );
    }
    let ask = v1::GetQueueRequest {
        sku: "BOLT".to_owned(),
        ..v1::GetQueueRequest::default()
    };
    assert_eq!(
        shop.client.get_queue(ask).await.unwrap_err().code(),
        Code::NotFound
    );
    let order_id = "o1".to_owned();
    let ask = v1::GetPromiseRequest {
        order_id: order_id.clone(),
        line: 1,
        ..v1::GetPromiseRequest::default()
    };
    assert_eq!(
        shop.client.get_promise(ask).await.unwrap_err().code(),
        Code::NotFound
    );
    let ask = v1::ExplainAllocationRequest {
        order_id,
        line: 0,
        ..v1::ExplainAllocationRequest::default()
    };
    assert_eq!(
        shop.client
            .explain_allocation(ask)
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn figures_of_a_class_that_nobody_has_are_refused_with_those_known() {
    let (mut shop, at_least_revision) = Shop::with_a_backorder().await;
    let of = |tier: &str, channel: &str| v1::GetMeasuresRequest {
        tier: tier.to_owned(),
        channel: channel.to_owned(),
        at_least_revision,
        ..v1::GetMeasuresRequest::default()
    };
    shop.client.get_measures(of("gold", "web")).await.unwrap();
    let long = "x".repeat(100_000);
    for (tier, channel, known) in [
        ("gildd", "", "known tiers are gold"),
        ("", &long, "known channels are web"),
    ] {
        let status = shop.client.get_measures(of(tier, channel)).await;
        let status = status.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().contains(known), "{}", status.message());
    }
}

fn to_hold(id: &str, quantity: u32, seconds: i64) -> v1::CheckAvailabilityRequest {
    let mut ask = available("BOLT", quantity);
    ask.hold = Some(v1::HoldFor {
        hold_id: id.to_owned(),
        until: Some(prost_types::Timestamp {
            seconds: now().as_ms() / 1_000 + seconds,
            nanos: 0,
        }),
    });
    ask
}

#[tokio::test]
async fn who_asks_to_hold_has_it_until_then_and_nobody_else_does() {
    let mut shop = Shop::open().await;
    shop.record(item(5)).await;
    let received = shop.record(receipt(3)).await;
    let mut ask = to_hold("basket-7", 2, 900);
    ask.at_least_revision = received;
    let held = shop.client.check_availability(ask.clone()).await;
    let held = held.unwrap().into_inner();
    assert_eq!(held.outcome(), v1::Outcome::Reserve);
    let hold = held.hold.unwrap();
    assert_eq!((hold.hold_id.as_str(), hold.quantity), ("basket-7", 2));
    let other = shop.client.check_availability(available("BOLT", 3)).await;
    assert_eq!(other.unwrap().into_inner().available_now, 1);
    let again = shop.client.check_availability(ask).await.unwrap();
    assert!(again.into_inner().repeated);
    let too_much = shop.client.check_availability(to_hold("b8", 2, 900)).await;
    assert_eq!(too_much.unwrap_err().code(), Code::FailedPrecondition);
    let too_long = shop.client.check_availability(to_hold("b8", 1, 90_000));
    assert_eq!(too_long.await.unwrap_err().code(), Code::InvalidArgument);
    let mut past = to_hold("b8", 1, 900);
    past.at_revision = 1;
    let past = shop.client.check_availability(past).await.unwrap_err();
    assert_eq!(past.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_repeated_hold_stands_as_first_asked() {
    let mut shop = Shop::open().await;
    shop.record(item(5)).await;
    let mut ask = to_hold("basket-7", 2, 900);
    ask.at_least_revision = shop.record(receipt(3)).await;
    let first = shop.client.check_availability(ask).await.unwrap();
    let first = first.into_inner().hold.unwrap();
    let later = to_hold("basket-7", 2, 960);
    let again = shop.client.check_availability(later).await.unwrap();
    let again = again.into_inner();
    assert!(again.repeated);
    assert_eq!(again.hold.unwrap(), first);
    let more = shop.client.check_availability(to_hold("basket-7", 3, 900));
    let more = more.await.unwrap_err();
    assert_eq!(more.code(), Code::AlreadyExists);
    assert!(more.message().contains("quantity: 2 recorded, 3 asked"));
}

#[tokio::test]
async fn nothing_is_held_before_the_state_that_the_caller_asks_for_is_reached() {
    let mut shop = Shop::open().await;
    shop.record(item(5)).await;
    let received = shop.record(receipt(3)).await;
    let mut early = to_hold("basket-7", 2, 900);
    early.at_least_revision = received + 100;
    let early = shop.client.check_availability(early).await.unwrap_err();
    assert_eq!(early.code(), Code::OutOfRange);
    let mut ask = available("BOLT", 3);
    ask.at_least_revision = received;
    let free = shop.client.check_availability(ask).await.unwrap();
    assert_eq!(free.into_inner().available_now, 3);
}

#[tokio::test]
async fn a_released_hold_is_free_to_all() {
    let mut shop = Shop::open().await;
    shop.record(item(5)).await;
    let received = shop.record(receipt(2)).await;
    let mut ask = to_hold("", 2, 900);
    ask.at_least_revision = received;
    let held = shop.client.check_availability(ask).await.unwrap();
    let hold_id = held.into_inner().hold.unwrap().hold_id;
    assert!(!hold_id.is_empty());
    for _ in 0..2 {
        let hold_id = hold_id.clone();
        let release = v1::ReleaseHoldRequest {
            hold_id,
            at_least_revision: 0,
        };
        shop.client.release_hold(release).await.unwrap();
    }
    let free = shop.client.check_availability(available("BOLT", 2)).await;
    assert_eq!(free.unwrap().into_inner().available_now, 2);
    let hold_id = "ghost".to_owned();
    let ghost = shop.client.release_hold(v1::ReleaseHoldRequest {
        hold_id,
        at_least_revision: 0,
    });
    assert_eq!(ghost.await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn who_asks_where_they_would_collect_hears_what_stands_there() {
    let mut shop = Shop::open().await;
    shop.record(item(5)).await;
    for location in ["main", "north"] {
        shop.record(defined(location)).await;
    }
    let mut north = receipt(1);
    north.location = "north".into();
    shop.record(north).await;
    let at_least_revision = shop.record(receipt(2)).await;
    let at = |location: &str, quantity| v1::CheckAvailabilityRequest {
        pick_up_location_id: location.to_owned(),
        at_least_revision,
        ..available("BOLT", quantity)
    };
    let mut now = async |ask| {
        let answer = shop.client.check_availability(ask).await;
        answer.map(|answer| answer.into_inner().available_now)
    };
    assert_eq!(now(at("north", 3)).await.unwrap(), 1);
    assert_eq!(now(at("main", 3)).await.unwrap(), 2);
    assert_eq!(now(at("", 3)).await.unwrap(), 3);
    let mut in_one = at("", 3);
    in_one.no_split = true;
    assert_eq!(now(in_one).await.unwrap(), 2);
    assert_eq!(now(at("moon", 1)).await.unwrap_err().code(), Code::NotFound);
    let held = v1::CheckAvailabilityRequest {
        pick_up_location_id: "north".to_owned(),
        ..to_hold("b9", 1, 900)
    };
    let held = now(held).await.unwrap_err();
    assert_eq!(held.code(), Code::InvalidArgument, "{held:?}");
}
