//! Something else than what was ordered, taken over gRPC on a memory log.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and a shop has more doors"
)]

use api::orders::v1;
use domain::event::{Effect, Offered};
use tonic::Code;

mod shop;

use shop::{Shop, now, order, settled};

fn accept(id: &str, sku: &str, quantity: u32) -> v1::AcceptSubstituteRequest {
    v1::AcceptSubstituteRequest {
        acceptance_id: id.to_owned(),
        order_id: "o1".to_owned(),
        line: 1,
        sku: sku.to_owned(),
        quantity,
        unit_price_minor: Some(300),
        at_least_revision: 0,
    }
}

#[tokio::test]
async fn an_offer_is_accepted_once_and_stands_in_the_timeline() {
    let mut shop = Shop::open().await;
    shop.client
        .place_order(order("o1", &[("LENS", 3)]))
        .await
        .unwrap();
    let offered = shop
        .record(settled(vec![Effect::Offered(Offered {
            order: "o1".into(),
            line: 1,
            sku: "LENS".into(),
            quantity: 3,
            alternatives: vec!["LENS2".into()],
            until: now().plus_days(7),
        })]))
        .await;
    let ask = |at_least_revision| v1::GetOrderRequest {
        order_id: "o1".to_owned(),
        at_least_revision,
        view: v1::OrderView::Full.into(),
    };
    let told = shop.client.get_order(ask(offered.0)).await.unwrap();
    let line = told.into_inner().order.unwrap().lines[0].clone();
    assert_eq!((line.backordered, line.undecided), (3, 0));
    assert_eq!(line.offer.unwrap().alternatives, ["LENS2"]);

    let done = shop
        .client
        .accept_substitute(accept("a1", "LENS2", 2))
        .await;
    let done = done.unwrap().into_inner();
    assert_eq!((done.new_line, done.repeated), (2, false));
    let again = shop
        .client
        .accept_substitute(accept("a1", "LENS2", 2))
        .await;
    let again = again.unwrap().into_inner();
    assert_eq!((again.new_line, again.repeated), (2, true));
    let other = shop
        .client
        .accept_substitute(accept("a1", "LENS2", 1))
        .await;
    assert_eq!(other.unwrap_err().code(), Code::AlreadyExists);

    let told = shop.client.get_order(ask(done.revision)).await.unwrap();
    let told = told.into_inner().order.unwrap();
    assert_eq!(told.lines.len(), 2);
    assert_eq!((told.lines[0].cancelled, told.lines[0].backordered), (2, 1));
    assert_eq!(told.lines[1].sku, "LENS2");
    let timeline: Vec<&str> = told.timeline.iter().map(|it| it.text.as_str()).collect();
    assert!(
        timeline[1].starts_with("LENS2 instead of 3 LENS offered until"),
        "{timeline:?}"
    );
    assert_eq!(
        timeline[2],
        "the customer took 2 LENS2 (line 2) instead of as many of line 1"
    );
}

#[tokio::test]
async fn what_is_not_offered_or_has_no_price_is_not_taken() {
    let mut shop = Shop::open().await;
    shop.client
        .place_order(order("o1", &[("LENS", 3)]))
        .await
        .unwrap();
    let nothing = shop
        .client
        .accept_substitute(accept("a1", "LENS2", 1))
        .await;
    assert_eq!(nothing.unwrap_err().code(), Code::FailedPrecondition);
    let mut given_away = accept("a1", "LENS2", 1);
    given_away.unit_price_minor = None;
    let given_away = shop.client.accept_substitute(given_away).await;
    assert_eq!(given_away.unwrap_err().code(), Code::InvalidArgument);
    let mut ghost = accept("a1", "LENS2", 1);
    ghost.order_id = "ghost".to_owned();
    let ghost = shop.client.accept_substitute(ghost).await;
    assert_eq!(ghost.unwrap_err().code(), Code::NotFound);
}
