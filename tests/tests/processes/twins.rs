//! Two processes of orders at once on the same orders: no lease keeps them apart, the expected
//! sequence does.

use api::orders::v1::{PlaceOrderRequest, PlaceOrderResponse};
use domain::decider::Room;
use domain::event::{Event, OrdersEvent};
use futures::StreamExt;
use futures::stream::iter;
use tonic::{Code, Status};

use crate::cluster::Cluster;
use crate::shop::{self, Orders, Shop};

const ORDERS: usize = 150;
const AT_ONCE: usize = 32;

type Answer = (Result<PlaceOrderResponse, Status>, u32);

async fn both(twins: [Orders; 2], asked: [PlaceOrderRequest; 2]) -> [Answer; 2] {
    let [one, other] = twins;
    let [first, second] = asked;
    let (first, second) = tokio::join!(
        shop::place(&one, &first, shop::DEADLINE),
        shop::place(&other, &second, shop::DEADLINE),
    );
    [first, second]
}

/// The same order at both doors: one revision, and one of them was first.
fn are_one(answers: [Answer; 2]) -> u64 {
    let [(first, tries), (second, more)] = answers;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.revision, second.revision, "{}", first.order_id);
    // Who had to ask again may have been the first one, and is told that it was done before.
    if tries + more == 0 {
        assert_ne!(first.repeated, second.repeated, "{}", first.order_id);
    }
    first.revision
}

/// The same number with other content: one door takes it, the other says what differs.
fn is_one(answers: [Answer; 2]) -> (u64, u32) {
    let outcomes = answers.map(|(answer, _)| answer);
    match &outcomes {
        [Ok(taken), Err(no)] | [Err(no), Ok(taken)] => {
            assert_eq!(no.code(), Code::AlreadyExists, "{no:?}");
            assert!(no.message().contains("quantity"), "{}", no.message());
            (taken.revision, if outcomes[0].is_ok() { 3 } else { 4 })
        }
        [Ok(_), Ok(_)] | [Err(_), Err(_)] => panic!("{outcomes:#?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_orders_processes_record_each_number_once_and_answer_truly() {
    let mut cluster = Cluster::start().await;
    cluster.start_another("orders-2", Room::Orders).await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000_000)]).await;
    let twins = [
        shop.orders.clone(),
        Orders::new(cluster.channel("orders-2")),
    ];
    let placed = iter(0..ORDERS).map(|number| {
        let (id, twins) = (number.to_string(), twins.clone());
        async move {
            let same = number % 2 == 0;
            let quantities = if same { [3, 3] } else { [3, 4] };
            let asked = quantities.map(|quantity| shop::order(&id, &[("BOLT", quantity)]));
            let answers = both(twins, asked).await;
            let (revision, quantity) = if same {
                (are_one(answers), 3)
            } else {
                is_one(answers)
            };
            (id, revision, quantity)
        }
    });
    let placed: Vec<_> = placed.buffer_unordered(AT_ONCE).collect().await;

    // Cancelled at both doors too, by commands of their own; then the orders close.
    for (id, _, _) in &placed {
        let [one, other] = &twins;
        let first = shop::cancellation(&format!("c {id}"), id);
        let (first, second) = tokio::join!(shop::cancel(one, &first), shop::cancel(other, &first),);
        assert_eq!(first.unwrap().revision, second.unwrap().revision);
    }
    let audit = cluster.at_rest().await;
    assert!(audit.orders.values().all(|order| order.closed));

    let recorded = cluster
        .recorded(|event| {
            if let Event::Orders(OrdersEvent::OrderPlaced(it)) = event {
                Some(format!("{} {}", it.order, it.lines[0].quantity))
            } else if let Event::Orders(OrdersEvent::OrderCancelled(it)) = event {
                Some(format!("cancelled {}", it.order))
            } else if let Event::Orders(OrdersEvent::OrderClosed(it)) = event {
                Some(format!("closed {}", it.order))
            } else {
                None
            }
        })
        .await;
    assert_eq!(recorded.len(), 3 * ORDERS);
    for (id, revision, quantity) in placed {
        assert_eq!(recorded[&format!("{id} {quantity}")], [revision]);
        assert_eq!(recorded[&format!("cancelled {id}")].len(), 1);
        assert_eq!(
            recorded[&format!("closed {id}")].len(),
            1,
            "{id} was closed twice"
        );
    }
}
