//! The log's server killed under load: callers are told that the outcome is not known, never
//! anything false, and a retry finds the truth.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use api::orders::v1::ListOrdersRequest;
use domain::event::{Event, OrdersEvent};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

const CALLERS: usize = 8;
/// How long a caller waits for one answer.
const DEADLINE: Duration = Duration::from_millis(700);
/// How long there is no server: long enough that every caller meets it.
const OUTAGE: Duration = Duration::from_secs(2);

/// What a caller was told: its acknowledged orders with their revisions.
type Acknowledged = BTreeMap<String, u64>;

async fn caller(
    shop: Shop,
    number: usize,
    stop: Arc<AtomicBool>,
    unknown: Arc<AtomicU32>,
) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    let mut round = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = format!("{number}-{round}");
        let order = shop::order(&id, &[("BOLT", 2)]);
        let (answer, again) = shop::place(&shop.orders, &order, DEADLINE).await;
        unknown.fetch_add(again, Ordering::Relaxed);
        let answer = answer.unwrap();
        assert!(again > 0 || !answer.repeated, "{id} was new");
        acknowledged.insert(id, answer.revision);
        round += 1;
    }
    acknowledged
}

/// How soon a lost log must be told.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn services_wait_for_a_log_that_is_not_there_and_tell_when_it_is_lost() {
    let mut cluster = Cluster::start().await;
    cluster.kill_all().await;
    cluster.nats().kill().await.unwrap();
    cluster.launch_all();
    sleep(OUTAGE).await;
    cluster.nats().restart().await.unwrap();
    cluster.all_ready().await;

    cluster.nats().pause().await.unwrap();
    let lost = tokio::time::Instant::now();
    for room in domain::decider::Room::ALL {
        while cluster.is_healthy(room.token()).await {
            assert!(lost.elapsed() < TOLD_WITHIN, "{room} says that all is well");
            sleep(Duration::from_millis(50)).await;
        }
        assert!(
            cluster.lives(room.token()).await,
            "{room} is not to be restarted"
        );
    }
    cluster.nats().resume().await.unwrap();
    cluster.all_ready().await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 10)]).await;
    let (answer, _) = shop::place(
        &shop.orders,
        &shop::order("o1", &[("BOLT", 2)]),
        shop::DEADLINE,
    )
    .await;
    answer.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_killed_under_load_loses_and_doubles_nothing() {
    let mut cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000_000)]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let unknown = Arc::new(AtomicU32::new(0));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let (stop, unknown) = (Arc::clone(&stop), Arc::clone(&unknown));
        callers.spawn(caller(shop.clone(), number, stop, unknown));
    }
    for _ in 0..2 {
        sleep(Duration::from_millis(700)).await;
        cluster.nats().kill().await.unwrap();
        sleep(OUTAGE / 2).await;
        // What is folded can still be asked for.
        let listing = ListOrdersRequest::default();
        let listed = shop.orders.clone().list_orders(listing).await.unwrap();
        assert!(!listed.get_ref().orders.is_empty());
        sleep(OUTAGE / 2).await;
        cluster.nats().restart().await.unwrap();
    }
    sleep(Duration::from_millis(700)).await;
    stop.store(true, Ordering::Relaxed);
    let acknowledged: Acknowledged = callers.join_all().await.into_iter().flatten().collect();
    assert!(unknown.load(Ordering::Relaxed) > 0, "nobody met the outage");

    let audit = cluster.at_rest().await;
    assert_eq!(audit.orders.len(), acknowledged.len());
    let recorded = cluster.recorded(|event| {
        let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
            return None;
        };
        Some(placed.order.to_string())
    });
    let recorded = recorded.await;
    for (id, revision) in acknowledged {
        assert_eq!(recorded[&id], [revision], "{id}");
    }
    for room in domain::decider::Room::ALL {
        assert!(cluster.is_healthy(room.token()).await, "{room}");
    }
}
