//! The doors of orders, called over gRPC on a memory log.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

mod shop;

use api::orders::v1;
use api::orders::v1::place_orders_response::Answer;
use domain::event::LocationDefined;
use futures::future::join_all;
use shop::*;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Status};
use tonic_types::RpcStatusExt;

async fn get(shop: &mut Shop, id: &str, at_least_revision: u64) -> Result<v1::Order, Status> {
    view(shop, id, at_least_revision, v1::OrderView::Full).await
}

async fn view(
    shop: &mut Shop,
    id: &str,
    at_least_revision: u64,
    view: v1::OrderView,
) -> Result<v1::Order, Status> {
    let request = v1::GetOrderRequest {
        order_id: id.to_owned(),
        at_least_revision,
        view: view.into(),
    };
    let answer = shop.client.get_order(request).await?;
    Ok(answer.into_inner().order.unwrap())
}

async fn place(shop: &mut Shop, order: v1::PlaceOrderRequest) -> v1::PlaceOrderResponse {
    shop.client.place_order(order).await.unwrap().into_inner()
}

fn waiting(mut order: v1::PlaceOrderRequest, seconds: i64) -> v1::PlaceOrderRequest {
    order.wait = Some(prost_types::Duration { seconds, nanos: 0 });
    order
}

#[tokio::test]
async fn a_caller_who_waits_is_told_what_every_line_got() {
    let mut shop = Shop::open().await;
    shop.allocate();
    let answer = place(
        &mut shop,
        waiting(order("o1", &[("BOLT", 3), ("NUT", 2)]), 10),
    )
    .await;
    let told = answer.order.unwrap();
    assert_eq!(told.status(), v1::OrderStatus::Reserved);
    assert_eq!(
        told.lines
            .iter()
            .map(|line| line.reserved)
            .collect::<Vec<_>>(),
        [3, 2]
    );
    assert_eq!(told.customer.unwrap().tier, "gold");
    assert!(!answer.repeated);
}

#[tokio::test]
async fn a_caller_whose_wait_is_over_still_has_the_order() {
    let mut shop = Shop::open().await;
    let mut request = order("", &[("BOLT", 3)]);
    request.wait = Some(prost_types::Duration {
        seconds: 0,
        nanos: 60_000_000,
    });
    let answer = place(&mut shop, request).await;
    assert!(answer.order.is_none());
    assert_eq!(answer.order_id.len(), 36);
    let told = get(&mut shop, &answer.order_id, answer.revision)
        .await
        .unwrap();
    assert_eq!(
        (told.status(), told.lines[0].undecided),
        (v1::OrderStatus::Pending, 3)
    );
}

#[tokio::test]
async fn a_repeated_order_gets_the_first_answer_and_other_content_is_refused() {
    let mut shop = Shop::open().await;
    let first = place(&mut shop, order("o1", &[("BOLT", 3)])).await;
    let again = place(&mut shop, order("o1", &[("BOLT", 3)])).await;
    assert_eq!((again.revision, again.repeated), (first.revision, true));

    let other = shop
        .client
        .place_order(order("o1", &[("BOLT", 4)]))
        .await
        .unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    assert!(
        other
            .message()
            .contains("lines[0].quantity: 3 recorded, 4 asked"),
        "{other}"
    );
}

#[tokio::test]
async fn a_closed_order_tells_its_timeline_and_answers_retries_also_after_a_restart() {
    let mut shop = Shop::open().await;
    let first = place(&mut shop, order("o1", &[("BOLT", 3), ("NUT", 2)])).await;
    let effects = vec![assigned("o1", 1, "BOLT", 3), backordered("o1", 2, "NUT", 2)];
    shop.record(settled(effects)).await;
    let left = shop.record(shipped("s1", "o1", 1, "BOLT", 3)).await;
    let told = get(&mut shop, "o1", left.0).await.unwrap();
    assert_eq!(
        (told.status(), told.closed),
        (v1::OrderStatus::PartlyBackordered, false)
    );
    let asked = cancellation("c1", "o1");
    let cancelled = shop
        .client
        .cancel_order(asked.clone())
        .await
        .unwrap()
        .into_inner();
    until_closed(&mut shop, "o1").await;

    let mut shop = shop.restarted().await;
    let told = get(&mut shop, "o1", cancelled.revision).await.unwrap();
    let texts: Vec<&str> = told
        .timeline
        .iter()
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "placed by ann: lines 2, units 5, channel web",
            "3 BOLT reserved at MAIN (line 1); 2 NUT wait, 7 units ahead (line 2)",
            "left from MAIN: 3 BOLT (line 1)",
            "the customer gave up all that had not left",
            "closed: 3 shipped, 2 cancelled, 0 refused",
        ]
    );
    assert!(told.closed);
    assert_eq!(told.status(), v1::OrderStatus::Shipped);
    assert_eq!((told.lines[0].shipped, told.lines[1].cancelled), (3, 2));

    let again = place(&mut shop, order("o1", &[("BOLT", 3), ("NUT", 2)])).await;
    assert_eq!((again.revision, again.repeated), (first.revision, true));
    let again = shop.client.cancel_order(asked).await.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (cancelled.revision, true));
    let other = shop
        .client
        .place_order(order("o1", &[("BOLT", 9)]))
        .await
        .unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let late = shop
        .client
        .cancel_order(cancellation("c2", "o1"))
        .await
        .unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition);
}

async fn until_closed(shop: &mut Shop, id: &str) {
    let request = v1::WatchOrderRequest {
        order_id: id.to_owned(),
        at_least_revision: 0,
    };
    let mut watched = shop.client.watch_order(request).await.unwrap().into_inner();
    while let Some(seen) = watched.next().await {
        seen.unwrap();
    }
}

#[tokio::test]
async fn who_watches_an_order_sees_each_change_until_it_is_closed() {
    let mut shop = Shop::open().await;
    place(&mut shop, order("o2", &[("BOLT", 3)])).await;
    place(&mut shop, order("o1", &[("BOLT", 3)])).await;
    let request = v1::WatchOrderRequest {
        order_id: "o1".to_owned(),
        at_least_revision: 0,
    };
    let mut watched = shop.client.watch_order(request).await.unwrap().into_inner();
    let mut next = async || {
        watched
            .next()
            .await
            .map(|seen| seen.unwrap().order.unwrap())
    };
    assert_eq!(next().await.unwrap().status(), v1::OrderStatus::Pending);
    shop.record(settled(vec![assigned("o2", 1, "BOLT", 3)]))
        .await;
    shop.record(settled(vec![assigned("o1", 1, "BOLT", 3)]))
        .await;
    assert_eq!(next().await.unwrap().status(), v1::OrderStatus::Reserved);
    shop.record(shipped("s1", "o1", 1, "BOLT", 3)).await;
    let mut last = next().await.unwrap();
    if !last.closed {
        last = next().await.unwrap();
    }
    assert_eq!(
        (last.status(), last.closed),
        (v1::OrderStatus::Shipped, true)
    );
    assert!(next().await.is_none());
}

#[tokio::test]
async fn open_orders_are_listed_page_by_page() {
    let mut shop = Shop::open().await;
    for number in 0..7 {
        let sku = if number % 2 == 0 { "BOLT" } else { "NUT" };
        place(&mut shop, order(&format!("o{number}"), &[(sku, 1)])).await;
    }
    let mut request = v1::ListOrdersRequest {
        customer_id: "ann".to_owned(),
        sku: "BOLT".to_owned(),
        page_size: 3,
        ..v1::ListOrdersRequest::default()
    };
    request.set_status(v1::OrderStatus::Pending);
    let first = shop
        .client
        .list_orders(request.clone())
        .await
        .unwrap()
        .into_inner();
    let ids = |page: &v1::ListOrdersResponse| -> Vec<String> {
        page.orders
            .iter()
            .map(|order| order.order_id.clone())
            .collect()
    };
    assert_eq!(ids(&first), ["o0", "o2", "o4"]);
    request.page_token = first.next_page_token;
    let second = shop.client.list_orders(request).await.unwrap().into_inner();
    assert_eq!(
        (ids(&second), second.next_page_token.as_str()),
        (vec!["o6".to_owned()], "")
    );
}

#[tokio::test]
async fn a_thousand_callers_at_once_are_each_answered_truly() {
    let shop = Shop::open().await;
    shop.allocate();
    let calls = (0..1_000_u32).map(|number| {
        let mut client = shop.client.clone();
        async move {
            // Every fourth is one of the same ten orders.
            let id = if number % 4 == 0 { number % 40 } else { number };
            let request = waiting(order(&format!("o{id}"), &[("BOLT", 1 + id)]), 20);
            (id, client.place_order(request).await.unwrap().into_inner())
        }
    });
    let mut recorded = 0;
    for (id, answer) in join_all(calls).await {
        let told = answer.order.unwrap();
        assert_eq!(told.lines[0].reserved, 1 + id);
        recorded += u32::from(!answer.repeated);
    }
    assert_eq!(recorded, 750 + 10);
}

type Change = fn(&mut v1::PlaceOrderRequest);

/// An order changed so is invalid, and the answer says why.
async fn refuses(shop: &mut Shop, bad: &[(&str, Change)]) {
    for (says, change) in bad {
        let mut request = order("o1", &[("BOLT", 3)]);
        change(&mut request);
        let refused = shop.client.place_order(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(
            refused.message().contains(says),
            "{says}: {}",
            refused.message()
        );
    }
}

#[tokio::test]
async fn an_order_for_an_undefined_location_is_not_found_until_the_location_is_defined() {
    let mut shop = Shop::open().await;
    let mut request = order("o1", &[("BOLT", 3)]);
    request.pick_up_location_id = "NORTH".to_owned();
    let refused = shop.client.place_order(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    assert!(
        refused.message().contains("DefineLocation"),
        "{}",
        refused.message()
    );
    let defined = LocationDefined {
        definition: "d1".into(),
        location: "NORTH".into(),
        name: "north".to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    };
    // Whoever has seen orders answer as of that revision knows that it knows the location.
    let revision = shop.record(defined).await.0;
    assert!(get(&mut shop, "o1", revision).await.is_err());
    assert!(!place(&mut shop, request).await.repeated);
    let known = get(&mut shop, "o1", revision).await.unwrap();
    assert_eq!(known.pick_up_location_id, "NORTH");
}

#[tokio::test]
async fn what_a_ranking_rule_looks_at_is_checked_at_the_door() {
    let mut shop = Shop::open().await;
    let bad: [(&str, Change); 5] = [
        ("deadline 1970", |o| o.ship_by = Some(wire_time(0, 0))),
        ("urgency is not 1 to 5", |o| o.urgency = 261),
        ("lifetime value -1", |o| {
            let customer = o.customer.as_mut().unwrap();
            customer.lifetime_value_minor = Some(-1);
        }),
        ("pick_up_location_id", |o| {
            o.pick_up_location_id = "a\nb".into()
        }),
        ("hold_id", |o| o.hold_id = "x".repeat(129)),
    ];
    refuses(&mut shop, &bad).await;
}

#[tokio::test]
async fn bad_input_gets_a_clear_status_and_records_nothing() {
    let mut shop = Shop::open().await;
    let bad: [(&str, Change); 16] = [
        ("order_id", |o| o.order_id = "x".repeat(10_240)),
        ("order_id", |o| o.order_id = "a\u{0}b".to_owned()),
        ("customer is missing", |o| o.customer = None),
        ("customer.id", |o| o.customer.as_mut().unwrap().id.clear()),
        ("e-mail", |o| {
            o.customer.as_mut().unwrap().email = "ann".to_owned()
        }),
        ("ship_to is missing", |o| o.ship_to = None),
        ("country", |o| o.ship_to.as_mut().unwrap().country.clear()),
        ("currency", |o| o.currency = "pounds".to_owned()),
        ("no lines", |o| o.lines.clear()),
        ("lines.sku", |o| o.lines[0].sku.clear()),
        ("0 units", |o| o.lines[0].quantity = 0),
        ("4294967295 units", |o| o.lines[0].quantity = u32::MAX),
        ("negative unit price", |o| o.lines[0].unit_price_minor = -1),
        ("64 bits", |o| o.lines[0].unit_price_minor = i64::MAX),
        ("placed_at", |o| o.placed_at = Some(wire_time(i64::MAX, 0))),
        ("requested_at", |o| o.requested_at = Some(wire_time(0, -1))),
    ];
    refuses(&mut shop, &bad).await;
    let wait = shop
        .client
        .place_order(waiting(order("o1", &[("BOLT", 3)]), 31))
        .await;
    assert_eq!(wait.unwrap_err().code(), Code::InvalidArgument);
    let unknown = shop
        .client
        .cancel_order(cancellation("c1", "o9"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(
        get(&mut shop, "o9", 0).await.unwrap_err().code(),
        Code::NotFound
    );
    let list = v1::ListOrdersRequest {
        page_size: -1,
        ..v1::ListOrdersRequest::default()
    };
    assert_eq!(
        shop.client.list_orders(list).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let list = v1::ListOrdersRequest {
        status: 99,
        ..v1::ListOrdersRequest::default()
    };
    assert_eq!(
        shop.client.list_orders(list).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(
        shop.log
            .last(&[domain::decider::Room::Orders])
            .await
            .unwrap()
            .0,
        0
    );
}

fn wire_time(seconds: i64, nanos: i32) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos }
}

#[tokio::test]
async fn only_an_order_that_is_carried_over_may_have_been_placed_long_ago() {
    let mut shop = Shop::open().await;
    let old = |id: &str| v1::PlaceOrderRequest {
        placed_at: Some(wire_time(0, 0)),
        ..order(id, &[("BOLT", 1)])
    };
    let refused = shop.client.place_order(old("o1")).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let said = "more than 24 hours ago; leave the time out";
    assert!(refused.message().contains(said), "{refused}");
    let carried_over = v1::PlaceOrderRequest {
        carried_over: true,
        ..old("o1")
    };
    let placed = place(&mut shop, carried_over).await;
    // What it says of how it came is no part of it.
    let again = place(&mut shop, old("o1")).await;
    assert!(again.repeated && again.revision == placed.revision);
}

#[tokio::test]
async fn keys_of_any_script_and_with_any_sign_are_kept_as_they_are() {
    let mut shop = Shop::open().await;
    shop.record(shop::item("*.>")).await;
    for id in [
        "*",
        ">",
        "a.b.>",
        "o 1",
        "注文-1",
        "$JS.API.>",
        "\"}]",
        "../../etc",
    ] {
        let placed = place(&mut shop, order(id, &[("*.>", 1)])).await;
        let told = get(&mut shop, id, placed.revision).await.unwrap();
        assert_eq!(
            (told.order_id.as_str(), told.lines[0].sku.as_str()),
            (id, "*.>")
        );
    }
}

fn many(orders: Vec<v1::PlaceOrderRequest>) -> impl Stream<Item = v1::PlaceOrdersRequest> {
    let one = |order| v1::PlaceOrdersRequest { order: Some(order) };
    tokio_stream::iter(orders).map(one)
}

#[tokio::test]
async fn many_orders_in_one_call_are_answered_each_in_their_order() {
    let mut shop = Shop::open().await;
    shop.allocate();
    let mut orders: Vec<_> = (0..3_000)
        .map(|n| order(&format!("o{n}"), &[("BOLT", 1)]))
        .collect();
    orders[1].lines.clear();
    orders[2] = orders[0].clone();
    orders[2_999] = waiting(orders[2_999].clone(), 10);
    let answers = shop.client.place_orders(many(orders)).await.unwrap();
    let answers: Vec<_> = answers.into_inner().collect().await;
    let answers: Vec<Answer> = answers
        .into_iter()
        .map(|answer| answer.unwrap().answer.unwrap())
        .collect();
    assert_eq!(answers.len(), 3_000);
    for (index, answer) in answers.iter().enumerate() {
        match answer {
            Answer::Placed(placed) if index == 2 => {
                assert_eq!((placed.order_id.as_str(), placed.repeated), ("o0", true));
            }
            Answer::Placed(placed) => {
                assert_eq!(placed.order_id, format!("o{index}"));
                assert!(!placed.repeated);
            }
            Answer::Failed(status) => {
                assert_eq!((index, status.code), (1, i32::from(Code::InvalidArgument)));
                let info = status.get_details_error_info().unwrap();
                assert_eq!(info.reason, "LINES_MISSING");
            }
        }
    }
    let Some(Answer::Placed(last)) = answers.last() else {
        panic!("{:?}", answers.last());
    };
    let told = last.order.as_ref().unwrap();
    assert_eq!(told.status(), v1::OrderStatus::Reserved);
}

#[tokio::test]
async fn what_cannot_be_read_ends_a_call_of_many_after_what_came_before() {
    let mut shop = Shop::open().await;
    let mut huge = order("huge", &[("BOLT", 1)]);
    huge.channel = "x".repeat(2 * 1024 * 1024);
    let orders = vec![
        order("o1", &[("BOLT", 1)]),
        huge,
        order("o2", &[("BOLT", 1)]),
    ];
    let answers = shop.client.place_orders(many(orders)).await.unwrap();
    let mut answers = answers.into_inner();
    let first = answers.next().await.unwrap().unwrap().answer.unwrap();
    assert!(matches!(first, Answer::Placed(_)), "{first:?}");
    let end = answers.next().await.unwrap().unwrap_err();
    assert_eq!(end.code(), Code::OutOfRange, "{end:?}");
    assert!(answers.next().await.is_none());
    assert!(get(&mut shop, "o1", 0).await.is_ok());
    assert_eq!(
        get(&mut shop, "o2", 0).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_request_of_many_without_an_order_names_what_is_missing() {
    let mut shop = Shop::open().await;
    let empty = tokio_stream::iter([v1::PlaceOrdersRequest { order: None }]);
    let answers = shop.client.place_orders(empty).await.unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap().answer;
    let Some(Answer::Failed(status)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "FIELD_MISSING"
    );
    assert_eq!(
        status.get_details_bad_request().unwrap().field_violations[0].field,
        "order"
    );
}
