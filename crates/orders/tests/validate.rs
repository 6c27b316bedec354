//! Commands that are only validated are answered as they would be, and leave nothing.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and a shop has more doors"
)]

mod amending;
mod shop;

use amending::{amendment, mask};
use api::orders::v1;
use api::orders::v1::place_orders_response::Answer;
use domain::decider::Room;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use shop::*;
use tokio_stream::StreamExt;
use tonic::Status;

#[derive(Debug, Clone)]
enum Asked {
    Place(Box<v1::PlaceOrderRequest>),
    Cancel(v1::CancelOrderRequest),
    Amend(Box<v1::AmendOrderRequest>),
}

/// Few numbers, so that they are asked for again, with the same content and with another; items
/// that nobody has defined, addresses that are none, lines that are not there.
fn asked() -> impl Strategy<Value = Asked> {
    let sku = prop::sample::select(vec!["BOLT", "NUT", "bolt"]);
    let email = prop::sample::select(vec!["", "ida@example.com", "none"]);
    let place = (0..4_u32, sku, 0..3_u32, email).prop_map(|(number, sku, quantity, email)| {
        let mut placed = order(&format!("o{number}"), &[(sku, quantity)]);
        if let Some(customer) = &mut placed.customer {
            email.clone_into(&mut customer.email);
        }
        Asked::Place(Box::new(placed))
    });
    let cancel = (0..6_u32, 0..5_u32, 0..3_u32).prop_map(|(id, number, line)| {
        let mut asked = cancellation(&format!("c{id}"), &format!("o{number}"));
        let one = v1::LineQuantity { line, quantity: 1 };
        asked.lines.extend((line > 0).then_some(one));
        Asked::Cancel(asked)
    });
    let paths = prop::sample::select(vec![
        vec!["urgency"],
        vec!["urgency", "customer.email"],
        vec!["nothing"],
        Vec::new(),
    ]);
    let amend = (0..6_u32, 0..5_u32, 0..8_u32, paths).prop_map(|(id, number, urgency, paths)| {
        let mut asked = amendment(&format!("a{id}"), &format!("o{number}"));
        asked.urgency = urgency;
        asked.update_mask = Some(mask(&paths));
        Asked::Amend(Box::new(asked))
    });
    prop_oneof![place, cancel, amend]
}

/// What is answered: the id, whether it stood before, and whether it was only validated.
async fn answer(
    shop: &Shop,
    asked: &Asked,
    validate_only: bool,
) -> Result<(String, bool, bool), Status> {
    let mut client = shop.client.clone();
    match asked.clone() {
        Asked::Place(request) => {
            let request = v1::PlaceOrderRequest {
                validate_only,
                ..*request
            };
            let told = client.place_order(request).await?.into_inner();
            Ok((told.order_id, told.repeated, told.validated))
        }
        Asked::Cancel(request) => {
            let request = v1::CancelOrderRequest {
                validate_only,
                ..request
            };
            let told = client.cancel_order(request).await?.into_inner();
            Ok((told.cancellation_id, told.repeated, told.validated))
        }
        Asked::Amend(request) => {
            let request = v1::AmendOrderRequest {
                validate_only,
                ..*request
            };
            let told = client.amend_order(request).await?.into_inner();
            Ok((told.amendment_id, told.repeated, told.validated))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_validated_is_answered_as_the_real_call_is_and_leaves_no_trace() {
    let shop = Shop::open().await;
    let runtime = tokio::runtime::Handle::current();
    let history = prop::collection::vec(asked(), 1..30);
    let ran = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(ProptestConfig {
            cases: 16,
            ..ProptestConfig::default()
        });
        runner.run(&history, |history| {
            runtime.block_on(async {
                for asked in &history {
                    let before = shop.log.last(&[Room::Orders]).await.unwrap();
                    let would = answer(&shop, asked, true).await;
                    prop_assert_eq!(shop.log.last(&[Room::Orders]).await.unwrap(), before);
                    let did = answer(&shop, asked, false).await;
                    match (would, did) {
                        (Ok((id, repeated, validated)), Ok(did)) => {
                            prop_assert!(validated);
                            prop_assert_eq!((id, repeated, false), did);
                        }
                        (Err(would), Err(did)) => {
                            prop_assert_eq!(would.code(), did.code());
                            prop_assert_eq!(would.message(), did.message());
                            prop_assert_eq!(would.details(), did.details());
                        }
                        (would, did) => prop_assert!(false, "{would:?} but {did:?}"),
                    }
                }
                Ok(())
            })
        })
    });
    ran.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_order_that_is_only_validated_has_no_number_but_its_own_and_no_outcome() {
    let mut shop = Shop::open().await;
    shop.allocate();
    let validated = |id: &str| v1::PlaceOrderRequest {
        validate_only: true,
        wait: Some(prost_types::Duration {
            seconds: 10,
            nanos: 0,
        }),
        ..order(id, &[("BOLT", 3)])
    };
    let would = shop.client.place_order(validated("")).await.unwrap();
    assert_eq!(would.get_ref().order_id, "");
    assert_eq!(would.get_ref().order, None);
    let placed = shop.client.place_order(order("o1", &[("BOLT", 3)])).await;
    let before = shop.client.place_order(validated("o1")).await.unwrap();
    let before = before.into_inner();
    assert!(before.repeated && before.validated);
    assert_eq!(before.revision, placed.unwrap().get_ref().revision);
    assert_eq!(before.order.unwrap().status(), v1::OrderStatus::Reserved);
}

#[tokio::test]
async fn of_many_orders_in_one_call_each_may_be_validated_alone() {
    let mut shop = Shop::open().await;
    let one = |number: u32| v1::PlaceOrdersRequest {
        order: Some(v1::PlaceOrderRequest {
            validate_only: number.is_multiple_of(2),
            ..order(&format!("o{number}"), &[("BOLT", 1)])
        }),
    };
    let requests: Vec<_> = (0..100).map(one).collect();
    let answers = shop.client.place_orders(tokio_stream::iter(requests)).await;
    let mut answers = answers.unwrap().into_inner();
    let mut placed = 0;
    while let Some(answer) = answers.next().await {
        match answer.unwrap().answer.unwrap() {
            Answer::Placed(told) => placed += u32::from(!told.validated),
            Answer::Failed(status) => panic!("{status:?}"),
        }
    }
    assert_eq!(placed, 50);
    let listed = shop
        .client
        .list_orders(v1::ListOrdersRequest {
            page_size: 500,
            ..v1::ListOrdersRequest::default()
        })
        .await
        .unwrap();
    assert_eq!(listed.get_ref().orders.len(), 50);
}
