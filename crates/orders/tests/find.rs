//! Orders, open and closed, found on the log.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, the shop is of all tests"
)]

mod shop;

use api::orders::v1;
use api::room::v1::ListExceptionsRequest;
use api::room::v1::room_service_client::RoomServiceClient;
use domain::event::{Effect, RefuseReason, Refused};
use domain::ids::Revision;
use shop::*;
use tonic::{Code, Status};
use tonic_types::StatusExt;

async fn find(
    shop: &mut Shop,
    asked: v1::FindOrdersRequest,
) -> Result<v1::FindOrdersResponse, Status> {
    Ok(shop.client.find_orders(asked).await?.into_inner())
}

async fn ids(shop: &mut Shop, asked: v1::FindOrdersRequest) -> Vec<String> {
    let page = find(shop, asked).await.unwrap();
    page.orders
        .into_iter()
        .map(|order| order.order_id)
        .collect()
}

fn text(text: &str) -> v1::FindOrdersRequest {
    v1::FindOrdersRequest {
        text: text.to_owned(),
        ..v1::FindOrdersRequest::default()
    }
}

fn refused(order: &str) -> Effect {
    Effect::Refused(Refused {
        order: order.into(),
        line: 1,
        sku: "BOLT".into(),
        quantity: 3,
        why: RefuseReason::StockOnly,
        limit: None,
    })
}

/// Five orders: o1 and o2 were cancelled, o3 was refused, o4 and o5 are open. The even ones are of
/// ben.
async fn trade() -> Shop {
    let mut shop = Shop::open().await;
    let mut last = 0;
    for number in 1..=5 {
        let mut request = order(&format!("o{number}"), &[("BOLT", 3)]);
        if number % 2 == 0 {
            let customer = request.customer.as_mut().unwrap();
            customer.id = "Ben".to_owned();
            customer.email = "Ben@Shop.example".to_owned();
            request.lines[0].sku = "NUT".to_owned();
        }
        shop.client.place_order(request).await.unwrap();
    }
    for number in 1..=2 {
        let request = cancellation(&format!("x{number}"), &format!("o{number}"));
        shop.client.cancel_order(request).await.unwrap();
    }
    for id in ["o1", "o2", "o3"] {
        if id == "o3" {
            last = shop.record(settled(vec![refused("o3")])).await.0;
        }
        let closed = |order: &v1::Order| order.closed;
        loop {
            let request = v1::GetOrderRequest {
                order_id: id.to_owned(),
                at_least_revision: last,
                view: 0,
            };
            let found = shop.client.get_order(request).await.unwrap().into_inner();
            if found.order.as_ref().is_some_and(closed) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
    shop
}

#[tokio::test]
async fn open_and_closed_orders_are_found_the_last_placed_first() {
    let mut shop = trade().await;
    assert_eq!(
        ids(&mut shop, text("")).await,
        ["o5", "o4", "o3", "o2", "o1"]
    );
    assert_eq!(ids(&mut shop, text("ben@shop.EXAMPLE")).await, ["o4", "o2"]);
    assert_eq!(ids(&mut shop, text("ben")).await, ["o4", "o2"]);
    assert_eq!(ids(&mut shop, text("O3")).await, ["o3"]);
    assert_eq!(ids(&mut shop, text("shop.example")).await, [""; 0]);
    let sku = v1::FindOrdersRequest {
        sku: "NUT".to_owned(),
        ..text("")
    };
    assert_eq!(ids(&mut shop, sku).await, ["o4", "o2"]);
    for (status, expected) in [
        (v1::OrderStatus::Cancelled, &["o2", "o1"][..]),
        (v1::OrderStatus::Refused, &["o3"]),
        (v1::OrderStatus::Pending, &["o5", "o4"]),
        (v1::OrderStatus::Shipped, &[]),
    ] {
        let asked = v1::FindOrdersRequest {
            status: status.into(),
            ..text("")
        };
        assert_eq!(ids(&mut shop, asked).await, expected, "{status:?}");
    }
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended_also_after_a_restart() {
    let mut shop = trade().await.restarted().await;
    let (mut found, mut page_token) = (Vec::new(), String::new());
    for _ in 0..6 {
        let asked = v1::FindOrdersRequest {
            page_size: 2,
            page_token,
            ..text("")
        };
        let page = find(&mut shop, asked).await.unwrap();
        assert!(page.orders.len() <= 2);
        found.extend(page.orders.into_iter().map(|order| order.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, ["o5", "o4", "o3", "o2", "o1"]);
    assert_eq!(page_token, "");
    for token in ["x", "1", "0.0", "1.x"] {
        let asked = v1::FindOrdersRequest {
            page_token: token.to_owned(),
            ..text("")
        };
        let status = find(&mut shop, asked).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{token}");
    }
    // A token beyond the log's end goes on from there.
    let asked = v1::FindOrdersRequest {
        page_token: "999999.7".to_owned(),
        ..text("o5")
    };
    assert_eq!(ids(&mut shop, asked).await, ["o5"]);
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_log_without_orders_has_none_to_find() {
    let mut shop = Shop::open().await;
    let page = find(&mut shop, text("anna")).await.unwrap();
    assert_eq!((page.orders.len(), page.next_page_token.as_str()), (0, ""));
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_status_that_no_open_order_has_is_refused_with_where_to_look() {
    let mut shop = Shop::open().await;
    let request = v1::ListOrdersRequest {
        status: v1::OrderStatus::Shipped.into(),
        ..v1::ListOrdersRequest::default()
    };
    let status = shop.client.list_orders(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "STATUS_NOT_OPEN");
    assert!(status.message().contains("FindOrders"), "{status:?}");
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn an_order_that_was_refused_is_told_to_a_person_for_a_day() {
    let shop = trade().await;
    let address = shop.process.addresses()[0].1;
    let client = RoomServiceClient::connect(format!("http://{address}")).await;
    let mut client = client.unwrap();
    let request = ListExceptionsRequest::default();
    let page = client.list_exceptions(request).await.unwrap().into_inner();
    let told: Vec<(&str, &str)> = page
        .exceptions
        .iter()
        .map(|it| (it.order_id.as_str(), it.text.as_str()))
        .collect();
    let text = "3 refused, all that it asked for: sold from stock only, and not enough is free";
    assert_eq!(told, [("o3", text)]);
    assert!(page.revision >= Revision(1).0);
    let _still_there = shop.client.clone();
    shop.process.stop().await.unwrap();
}
