//! Orders that were done elsewhere, over gRPC on a memory log.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and a shop has more doors"
)]

mod shop;

use api::orders::v1;
use domain::event::{Event, HistoryRecorded};
use domain::ids::Position;
use shop::*;
use tonic::{Code, Status};

fn done(id: &str, ended: v1::HistoryEnd, returned: &[(u32, u32)]) -> v1::PlaceOrderRequest {
    let returned = returned.iter().map(|(line, quantity)| v1::LineQuantity {
        line: *line,
        quantity: *quantity,
    });
    v1::PlaceOrderRequest {
        placed_at: Some(prost_types::Timestamp {
            seconds: 1_767_225_600,
            nanos: 0,
        }),
        history: Some(v1::History {
            ended: ended.into(),
            returned: returned.collect(),
        }),
        ..order(id, &[("SOLD-NO-MORE", 3), ("BOLT", 2)])
    }
}

async fn place(
    shop: &mut Shop,
    order: v1::PlaceOrderRequest,
) -> Result<v1::PlaceOrderResponse, Status> {
    Ok(shop.client.place_order(order).await?.into_inner())
}

async fn get(shop: &mut Shop, id: &str) -> v1::Order {
    let request = v1::GetOrderRequest {
        order_id: id.to_owned(),
        view: v1::OrderView::Full.into(),
        ..v1::GetOrderRequest::default()
    };
    let answer = shop.client.get_order(request).await.unwrap();
    answer.into_inner().order.unwrap()
}

#[tokio::test]
async fn an_order_done_elsewhere_is_told_as_it_ended_there_also_after_a_restart() {
    let mut shop = Shop::open().await;
    shop.allocate();
    let asked = done("h1", v1::HistoryEnd::Fulfilled, &[(1, 1)]);
    let placed = place(&mut shop, asked.clone()).await.unwrap();
    let again = place(&mut shop, asked).await.unwrap();
    assert!(!placed.repeated && again.repeated);
    assert_eq!(placed.revision, again.revision);
    let mut shop = shop.restarted().await;
    let told = get(&mut shop, "h1").await;
    assert!(told.closed && told.status() == v1::OrderStatus::Shipped);
    let lines: Vec<_> = told
        .lines
        .iter()
        .map(|it| (it.shipped, it.undecided))
        .collect();
    assert_eq!(lines, [(3, 0), (2, 0)]);
    assert_eq!(told.history.unwrap().returned[0].quantity, 1);
    assert_eq!(told.timeline.len(), 1);
    let says = "done elsewhere: placed by ann: lines 2, units 5, channel web, on 2026-01-01; sent; \
                1 came back";
    assert_eq!(told.timeline[0].text, says);

    let refused = shop.client.cancel_order(cancellation("c1", "h1")).await;
    assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
    let open = shop.client.list_orders(v1::ListOrdersRequest::default());
    assert_eq!(open.await.unwrap().into_inner().orders, []);
    // Whoever asks for a customer's orders is told of it too.
    place(&mut shop, order("o1", &[("BOLT", 1)])).await.unwrap();
    for (status, expected) in [
        (v1::OrderStatus::Unspecified, &["o1", "h1"][..]),
        (v1::OrderStatus::Shipped, &["h1"]),
        (v1::OrderStatus::Cancelled, &[]),
    ] {
        let asked = v1::FindOrdersRequest {
            text: "ann".to_owned(),
            status: status.into(),
            ..v1::FindOrdersRequest::default()
        };
        let found = shop.client.find_orders(asked).await.unwrap().into_inner();
        let found: Vec<String> = found.orders.into_iter().map(|it| it.order_id).collect();
        assert_eq!(found, expected, "{status:?}");
    }
}

#[tokio::test]
async fn who_waits_for_it_and_who_watches_it_is_answered_at_once() {
    let mut shop = Shop::open().await;
    let asked = v1::PlaceOrderRequest {
        wait: Some(prost_types::Duration {
            seconds: 10,
            nanos: 0,
        }),
        ..done("h1", v1::HistoryEnd::Cancelled, &[])
    };
    let placed = place(&mut shop, asked).await.unwrap().order.unwrap();
    assert_eq!(placed.status(), v1::OrderStatus::Cancelled);
    assert_eq!((placed.lines[0].cancelled, placed.lines[0].shipped), (3, 0));
    let watched = shop
        .client
        .watch_order(v1::WatchOrderRequest {
            order_id: "h1".to_owned(),
            at_least_revision: 0,
        })
        .await;
    let mut watched = watched.unwrap().into_inner();
    assert!(
        watched
            .message()
            .await
            .unwrap()
            .unwrap()
            .order
            .unwrap()
            .closed
    );
    assert_eq!(watched.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_number_stands_for_one_order_placed_here_or_done_elsewhere() {
    let mut shop = Shop::open().await;
    place(&mut shop, done("h1", v1::HistoryEnd::Refunded, &[]))
        .await
        .unwrap();
    place(&mut shop, order("o1", &[("BOLT", 1)])).await.unwrap();
    for other in [
        order("h1", &[("BOLT", 1)]),
        done("h1", v1::HistoryEnd::Fulfilled, &[]),
        done("o1", v1::HistoryEnd::Fulfilled, &[]),
    ] {
        let refused = place(&mut shop, other).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists);
    }
}

#[tokio::test]
async fn how_it_ended_must_be_said_and_no_more_comes_back_than_left() {
    let mut shop = Shop::open().await;
    for (asked, says) in [
        (
            done("h1", v1::HistoryEnd::Unspecified, &[]),
            "history.ended",
        ),
        (
            done("h1", v1::HistoryEnd::Fulfilled, &[(1, 4)]),
            "line 1 has 4 units returned, but 3 were sent",
        ),
    ] {
        let refused = place(&mut shop, asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(says), "{refused}");
    }
    let asked = done("h1", v1::HistoryEnd::Fulfilled, &[(1, 3)]);
    let placed = place(&mut shop, asked).await.unwrap();
    let at = Position {
        revision: domain::ids::Revision(placed.revision),
        index: 0,
    };
    let recorded: Event = shop.log.event(at).await.unwrap();
    assert_eq!(HistoryRecorded::of(&recorded).unwrap().sent(1), (3, 0));
}
