//! What an order says, put right: told in its timeline, found by, and told when it is closed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, the shop is of all tests"
)]

mod amending;
mod shop;

use amending::{amendment, mask};
use api::orders::v1;
use shop::*;
use tonic::Code;
use tonic_types::StatusExt;

async fn full(shop: &mut Shop, id: &str, at_least_revision: u64) -> v1::Order {
    let request = v1::GetOrderRequest {
        order_id: id.to_owned(),
        at_least_revision,
        view: v1::OrderView::Full.into(),
    };
    let answer = shop.client.get_order(request).await.unwrap();
    answer.into_inner().order.unwrap()
}

async fn find(shop: &mut Shop, text: &str) -> Vec<String> {
    let request = v1::FindOrdersRequest {
        text: text.to_owned(),
        ..v1::FindOrdersRequest::default()
    };
    let page = shop.client.find_orders(request).await.unwrap();
    let orders = page.into_inner().orders.into_iter();
    orders.map(|order| order.order_id).collect()
}

/// o1 with an address, a tier, a price and an urgency that were put right.
fn asked() -> v1::AmendOrderRequest {
    v1::AmendOrderRequest {
        update_mask: Some(mask(&[
            "customer.email",
            "customer.tier",
            "prices",
            "urgency",
        ])),
        customer: Some(v1::Customer {
            email: "Ann@Example.org".to_owned(),
            tier: "silver".to_owned(),
            ..v1::Customer::default()
        }),
        prices: vec![v1::LinePrice {
            line: 1,
            unit_price_minor: 990,
        }],
        ..amendment("a1", "o1")
    }
}

#[tokio::test]
async fn what_was_put_right_is_told_found_by_and_known_of_the_closed_order() {
    let mut shop = Shop::open().await;
    for id in ["o1", "o2"] {
        let mut placed = order(id, &[("BOLT", 3)]);
        placed.customer.as_mut().unwrap().email = "ann@exmaple.org".to_owned();
        shop.client.place_order(placed).await.unwrap();
    }
    let done = shop.client.amend_order(asked()).await.unwrap().into_inner();
    let told: Vec<String> = done
        .fields
        .iter()
        .map(|field| format!("{}: {} -> {}", field.path, field.from, field.to))
        .collect();
    assert_eq!(
        told,
        [
            "customer.email: ann@exmaple.org -> Ann@Example.org",
            "customer.tier: gold -> silver",
            "prices.1: 250 -> 990",
        ]
    );
    let open = full(&mut shop, "o1", done.revision).await;
    let said = "put right: e-mail from ann@exmaple.org to Ann@Example.org, tier from gold to \
                silver, unit price of line 1 from 2.50 GBP to 9.90 GBP; the customer called (eva)";
    assert_eq!(open.timeline.last().unwrap().text, said);
    assert_eq!(find(&mut shop, "ann@example.org").await, ["o1"]);
    assert_eq!(find(&mut shop, "ann@exmaple.org").await, ["o2"]);

    let gone = shop.client.cancel_order(cancellation("c1", "o1")).await;
    let gone = gone.unwrap().into_inner().revision;
    shop.record(settled(Vec::new())).await;
    let mut closed = full(&mut shop, "o1", gone).await;
    while !closed.closed {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        closed = full(&mut shop, "o1", gone).await;
    }
    assert_eq!(closed.customer.unwrap().tier, "silver");
    assert_eq!(closed.lines[0].unit_price_minor, 990);
    assert!(closed.timeline.iter().any(|entry| entry.text == said));
    assert_eq!(find(&mut shop, "ann@example.org").await, ["o1"]);

    let again = shop.client.amend_order(asked()).await.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (done.revision, true));
    assert_eq!(again.fields.len(), 3);
    let other = v1::AmendOrderRequest {
        by: "ben".to_owned(),
        ..asked()
    };
    let refused = shop.client.amend_order(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_at_the_field() {
    let mut shop = Shop::open().await;
    let placed = order("o1", &[("BOLT", 3)]);
    shop.client.place_order(placed).await.unwrap();
    let unknown = v1::AmendOrderRequest {
        update_mask: Some(mask(&["customer.id"])),
        ..amendment("a1", "o1")
    };
    let unreadable = v1::AmendOrderRequest {
        update_mask: Some(mask(&["customer.email"])),
        customer: Some(v1::Customer {
            email: "ann@exam..ple".to_owned(),
            ..v1::Customer::default()
        }),
        ..amendment("a1", "o1")
    };
    for (asked, field, reason) in [
        (unknown, "update_mask", "UPDATE_MASK_MALFORMED"),
        (unreadable, "customer.email", "EMAIL_MALFORMED"),
        (amendment("a1", "o1"), "update_mask", "FIELDS_MISSING"),
    ] {
        let refused = shop.client.amend_order(asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, reason);
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
}
