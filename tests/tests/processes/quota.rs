//! The server's disk is full: commands are refused in words, nothing is acknowledged that is not
//! there, the services live on, and go on by themselves when there is space again.

use api::orders::v1::{ListOrdersRequest, PlaceOrderRequest};
use domain::event::{Event, OrdersEvent};
use local_nats::Options;
use tonic::Code;

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

const SMALL: u64 = 512 * 1024;
const LARGE: u64 = 512 * 1024 * 1024;
/// More orders of this size than the small quota holds.
const ORDERS: usize = 60;
const LINES: usize = 200;

fn big(number: usize) -> PlaceOrderRequest {
    shop::order(&format!("big {number}"), &vec![("BOLT", 1); LINES])
}

fn placed(event: &Event) -> Option<String> {
    let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
        return None;
    };
    Some(placed.order.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_in_words_and_acknowledges_nothing_false() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: Some(dir.path().join("nats")),
        max_store_bytes: Some(SMALL),
        ..Options::default()
    };
    let mut cluster = Cluster::with(options.clone()).await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000_000)]).await;
    let mut orders = shop.orders.clone();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for number in 0..ORDERS {
        match orders.place_order(big(number)).await {
            Ok(answer) => taken.push((number, answer.into_inner().revision)),
            Err(no) => {
                assert_eq!(no.code(), Code::Unavailable, "{no:?}");
                assert_eq!(shop::reason(&no), "LOG_REFUSES", "{no:?}");
                refused.push(number);
            }
        }
    }
    assert!(
        !taken.is_empty() && !refused.is_empty(),
        "{} taken",
        taken.len()
    );
    let recorded = cluster.recorded(placed).await;
    assert_eq!(recorded.len(), taken.len(), "acknowledged is what stands");
    for (number, revision) in &taken {
        assert_eq!(recorded[&format!("big {number}")], [*revision]);
    }
    for room in domain::decider::Room::ALL {
        let name = room.token();
        assert!(cluster.lives(name).await, "{room} did not survive");
    }
    let listed = orders
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap();
    assert!(
        !listed.get_ref().orders.is_empty(),
        "what is known can be asked for"
    );

    // The operator gives it more space; nobody restarts a service.
    let options = Options {
        max_store_bytes: Some(LARGE),
        ..options
    };
    cluster.serve_under(options).await;
    for number in refused {
        let (answer, _) = shop::place(&shop.orders, &big(number), shop::DEADLINE).await;
        assert!(!answer.unwrap().repeated, "it was never recorded");
    }
    let audit = cluster.at_rest().await;
    assert_eq!(audit.orders.len(), ORDERS);
}
