//! A thousand callers at once, many on one order number, all on one item with a cap.

use std::collections::BTreeSet;

use api::orders::v1::{Order, PlaceOrderResponse};
use domain::event::{Event, OrdersEvent};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

const STOCK: u32 = 300;
const CAP: u32 = 200;
/// Callers with an order of their own, of one unit each.
const ALONE: u32 = 600;
/// Callers who all send the very same order.
const TOGETHER: u32 = 250;
/// Callers who send one number with a quantity of their own each.
const AGAINST: u32 = 150;
const CONNECTIONS: u32 = 8;

type Answer = Result<PlaceOrderResponse, Status>;

/// Reserved, backordered, refused.
fn outcome(order: &Order) -> [u32; 3] {
    let line = &order.lines[0];
    let of = [line.reserved, line.backordered, line.refused];
    assert_eq!(
        of.iter().sum::<u32>(),
        line.quantity,
        "undecided: {order:#?}"
    );
    of
}

fn add(sum: [u32; 3], of: [u32; 3]) -> [u32; 3] {
    [sum[0] + of[0], sum[1] + of[1], sum[2] + of[2]]
}

/// All callers at once; the answers of each group.
async fn crowd(cluster: &Cluster) -> [Vec<Answer>; 3] {
    let doors: Vec<Shop> = (0..CONNECTIONS).map(|_| Shop::of(cluster)).collect();
    let mut callers = JoinSet::new();
    for number in 0..ALONE + TOGETHER + AGAINST {
        // Spread, so that no group is first at the door.
        let number = number * 7 % (ALONE + TOGETHER + AGAINST);
        let (group, asked) = if number < ALONE {
            (0, shop::order(&format!("alone {number}"), &[("HOT", 1)]))
        } else if number < ALONE + TOGETHER {
            (1, shop::order("together", &[("HOT", 1)]))
        } else {
            (2, shop::order("against", &[("COLD", 1 + number - ALONE)]))
        };
        let door = &doors[usize::try_from(number % CONNECTIONS).unwrap()];
        let mut client = door.orders.clone();
        callers.spawn(async move {
            let answer = client.place_order(shop::waiting(asked)).await;
            (group, answer.map(tonic::Response::into_inner))
        });
    }
    let mut answers = [const { Vec::new() }; 3];
    for (group, answer) in callers.join_all().await {
        answers[group].push(answer);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_callers_at_once_are_answered_truly_and_nothing_is_oversold() {
    let cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &[("HOT", CAP), ("COLD", 1_000_000)]).await;
    let delivery = shop::receipt("r1", &[("HOT", STOCK)]);
    shop.inventory
        .clone()
        .receive_stock(delivery)
        .await
        .unwrap();
    let [alone, together, against] = crowd(&cluster).await;

    let mut told = [0; 3];
    for answer in alone {
        let answer = answer.unwrap();
        let order = answer.order.expect("every caller waited");
        assert!(!answer.repeated);
        let of = outcome(&order);
        assert_eq!(
            outcome(&shop.order(&order.order_id).await),
            of,
            "{}",
            order.order_id
        );
        told = add(told, of);
    }
    let together: Vec<_> = together.into_iter().map(Result::unwrap).collect();
    let first = together.iter().filter(|answer| !answer.repeated).count();
    let revisions: BTreeSet<u64> = together.iter().map(|answer| answer.revision).collect();
    assert_eq!(
        (first, revisions.len()),
        (1, 1),
        "one was first, and all are told so"
    );
    let outcomes = together
        .iter()
        .map(|answer| outcome(answer.order.as_ref().unwrap()));
    let outcomes: BTreeSet<[u32; 3]> = outcomes.collect();
    assert_eq!(outcomes.len(), 1, "one order has one outcome: {outcomes:?}");
    told = add(told, outcome(&shop.order("together").await));
    assert_eq!(told, [STOCK, CAP, ALONE + 1 - STOCK - CAP]);

    let (taken, refused): (Vec<_>, Vec<_>) = against.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1, "one number is one order");
    for no in refused.into_iter().map(Result::unwrap_err) {
        assert_eq!(no.code(), Code::AlreadyExists, "{no:?}");
        assert!(no.message().contains("quantity"), "{}", no.message());
    }

    let audit = cluster.at_rest().await;
    let hot = shop.stock("HOT").await;
    assert_eq!((hot.on_hand, hot.reserved), (STOCK.into(), STOCK.into()));
    assert_eq!(audit.orders.len(), usize::try_from(ALONE + 2).unwrap());
    let placed = cluster.recorded(|event| {
        let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
            return None;
        };
        Some(placed.order.to_string())
    });
    assert!(placed.await.values().all(|revisions| revisions.len() == 1));
}
