//! Who and where an order is for, as the door reads it: country, address, tier, hold.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and of the shop each file \
              of tests uses a part"
)]

mod shop;

use api::orders::v1;
use domain::event::{Customer, OrderPlaced, PlacedLine, ShipTo};
use domain::ids::Currency;
use shop::*;
use tonic::{Code, Status};
use tonic_types::StatusExt;

async fn get(shop: &mut Shop, id: &str, at_least_revision: u64) -> v1::Order {
    let request = v1::GetOrderRequest {
        order_id: id.to_owned(),
        at_least_revision,
        ..v1::GetOrderRequest::default()
    };
    let answer = shop.client.get_order(request).await.unwrap();
    answer.into_inner().order.unwrap()
}

async fn place(shop: &mut Shop, order: v1::PlaceOrderRequest) -> v1::PlaceOrderResponse {
    shop.client.place_order(order).await.unwrap().into_inner()
}

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let reason = details.error_info().unwrap().reason.clone();
    (status.code(), reason)
}

#[tokio::test]
async fn an_order_goes_to_the_code_of_the_country_that_was_named() {
    let mut shop = Shop::open().await;
    let to = |id: &str, country: &str| {
        let mut request = order(id, &[("BOLT", 1)]);
        country.clone_into(&mut request.ship_to.as_mut().unwrap().country);
        request
    };
    place(&mut shop, to("o1", "united kingdom")).await;
    let placed = get(&mut shop, "o1", 0).await;
    assert_eq!(placed.ship_to.unwrap().country, "GB");
    assert!(place(&mut shop, to("o1", "UK")).await.repeated);
    let refused = shop
        .client
        .place_order(to("o2", "Germny"))
        .await
        .unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::NotFound, "UNKNOWN_COUNTRY".to_owned())
    );
    assert!(
        refused.message().contains("but Germany (DE) is"),
        "{refused:?}"
    );
    assert!(!place(&mut shop, to("o2", "Germany")).await.repeated);
}

#[tokio::test]
async fn an_address_is_one_that_a_letter_could_be_sent_to() {
    let mut shop = Shop::open().await;
    let with = |id: &str, email: &str| {
        let mut request = order(id, &[("BOLT", 1)]);
        email.clone_into(&mut request.customer.as_mut().unwrap().email);
        request
    };
    for (number, email) in (1..).zip([
        "ann@",
        "@example.com",
        "ann@example..com",
        "ann example@example.com",
        "Ann <ann@example.com>",
        "ann@example.com, bob@example.com",
        ".ann@example.com",
    ]) {
        let refused = shop
            .client
            .place_order(with(&format!("o{number}"), email))
            .await;
        let refused = refused.unwrap_err();
        let expected = (Code::InvalidArgument, "EMAIL_MALFORMED".to_owned());
        assert_eq!(reason(&refused), expected, "{email}");
    }
    place(&mut shop, with("o1", "ann+shop@mail.example.com")).await;
}

#[tokio::test]
async fn an_order_whose_address_was_taken_once_is_answered_again() {
    let mut shop = Shop::open().await;
    let with = |id: &str| {
        let mut request = order(id, &[("BOLT", 1)]);
        "bob@example..com".clone_into(&mut request.customer.as_mut().unwrap().email);
        request
    };
    let asked = with("o1");
    let (line, customer) = (&asked.lines[0], asked.customer.as_ref().unwrap());
    shop.record(OrderPlaced {
        order: "o1".into(),
        customer: Customer {
            id: customer.id.as_str().into(),
            tier: customer.tier.as_str().into(),
            said_tier: None,
            email: Some(customer.email.clone()),
            lifetime_value_minor: None,
        },
        channel: asked.channel.clone(),
        ship_to: ShipTo {
            country: asked.ship_to.as_ref().unwrap().country.clone(),
            region: None,
        },
        currency: Currency::new(&asked.currency).unwrap(),
        lines: vec![PlacedLine {
            line: 1,
            sku: line.sku.as_str().into(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            complete_only: false,
        }],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    })
    .await;
    assert!(place(&mut shop, asked.clone()).await.repeated);
    let validated = v1::PlaceOrderRequest {
        validate_only: true,
        ..asked.clone()
    };
    assert!(place(&mut shop, validated).await.repeated);
    let refused = shop.client.place_order(with("o2")).await.unwrap_err();
    let expected = (Code::InvalidArgument, "EMAIL_MALFORMED".to_owned());
    assert_eq!(reason(&refused), expected);
    // What was done elsewhere is kept as it was told there: nobody is written to.
    let kept = v1::PlaceOrderRequest {
        history: Some(v1::History {
            ended: v1::HistoryEnd::Fulfilled.into(),
            returned: Vec::new(),
        }),
        placed_at: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 0,
        }),
        ..with("o3")
    };
    assert!(!place(&mut shop, kept).await.repeated);
}

#[tokio::test]
async fn a_tier_that_is_not_defined_is_refused_or_taken_as_standard_as_set() {
    let mut shop = Shop::open().await;
    let of = |id: &str, tier: &str| {
        let mut request = order(id, &[("BOLT", 1)]);
        tier.clone_into(&mut request.customer.as_mut().unwrap().tier);
        request
    };
    let refused = shop
        .client
        .place_order(of("o1", "platinum"))
        .await
        .unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::NotFound, "UNKNOWN_TIER".to_owned())
    );
    let log = std::sync::Arc::clone(&shop.log);
    shop.process.stop().await.unwrap();
    let mut config = chassis::Config::default();
    config.orders.unknown_tier = chassis::UnknownTier::Standard;
    let mut shop = Shop::set(log, config).await;
    let taken = place(&mut shop, of("o1", "platinum")).await;
    assert_eq!(taken.taken_as_tier, "standard");
    let placed = get(&mut shop, "o1", taken.revision).await;
    assert_eq!(placed.customer.unwrap().tier, "standard");
    assert_eq!(place(&mut shop, of("o2", "gold")).await.taken_as_tier, "");
    // Sent again, it is the same order.
    assert!(place(&mut shop, of("o1", "platinum")).await.repeated);
}

#[tokio::test]
async fn a_hold_that_is_not_open_is_told_at_the_door() {
    let mut shop = Shop::open().await;
    let mut request = order("o1", &[("BOLT", 1)]);
    request.hold_id = "basket-7".to_owned();
    let refused = shop.client.place_order(request.clone()).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::NotFound, "UNKNOWN_HOLD".to_owned())
    );
    let held = domain::event::StockHeld {
        hold: "basket-7".into(),
        sku: "BOLT".into(),
        quantity: 1,
        tier: "gold".into(),
        channel: None,
        until: domain::ids::Timestamp::MAX,
    };
    shop.record(held).await;
    assert!(!place(&mut shop, request).await.repeated);
}
