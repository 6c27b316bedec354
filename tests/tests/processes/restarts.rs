//! All five killed in the middle of the load, twice, with snapshots and without: what was
//! acknowledged is there once, and every door says what it would have said without it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allocation::Allocator;
use api::allocator::v1::{GetQueueRequest, GetQueueResponse};
use api::inventory::v1::{ListStockRequest, Stock};
use api::orders::v1::{LineQuantity, ListOrdersRequest, Order};
use domain::event::{Event, InventoryEvent, OrdersEvent};
use domain::inventory::Inventory;
use domain::orders::Orders;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

const CALLERS: usize = 8;
const ROUNDS: usize = 40;
pub const SKUS: [(&str, u32); 3] = [("BOLT", 1_000_000), ("LENS", 1_000_000), ("TENT", 60)];

/// What the doors say, without the revision at which they say it.
#[derive(Debug, PartialEq)]
pub struct Seen {
    orders: Vec<Order>,
    stocks: Vec<Stock>,
    queues: Vec<GetQueueResponse>,
}

impl Seen {
    pub async fn at(cluster: &Cluster, shop: &Shop) -> Self {
        let at_least_revision = cluster.last().await.0;
        let mut orders = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListOrdersRequest {
                page_size: 500,
                page_token,
                at_least_revision,
                ..ListOrdersRequest::default()
            };
            let page = shop.orders.clone().list_orders(request).await.unwrap();
            let page = page.into_inner();
            orders.extend(page.orders);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let request = ListStockRequest {
            at_least_revision,
            ..ListStockRequest::default()
        };
        let stocks = shop
            .inventory
            .clone()
            .list_stock(request)
            .await
            .unwrap()
            .into_inner();
        let mut queues = Vec::new();
        for (sku, _) in SKUS {
            let request = GetQueueRequest {
                sku: sku.to_owned(),
                page_size: 500,
                at_least_revision,
                ..GetQueueRequest::default()
            };
            let answer = shop.allocator.clone().get_queue(request).await.unwrap();
            let mut queue = answer.into_inner();
            queue.revision = 0;
            queues.push(queue);
        }
        Self {
            orders,
            stocks: stocks.stocks,
            queues,
        }
    }
}

/// One caller's rounds: places, receives, cancels; gives nothing up. Its acknowledged commands
/// with the revision of each.
async fn caller(shop: Shop, number: usize, done: Arc<AtomicUsize>) -> BTreeMap<String, u64> {
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        let id = format!("{number}-{round}");
        let (sku, _) = SKUS[(number + round) % SKUS.len()];
        let order = shop::order(&id, &[(sku, 3), ("BOLT", 1)]);
        let (answer, _) = shop::place(&shop.orders, &order, shop::DEADLINE).await;
        acknowledged.insert(format!("order {id}"), answer.unwrap().revision);
        if round % 2 == 0 {
            let receipt = shop::receipt(&id, &[(sku, 2)]);
            let answer = shop::receive(&shop.inventory, &receipt).await.unwrap();
            acknowledged.insert(format!("receipt {id}"), answer.revision);
        }
        if round % 3 == 0 {
            let mut cancellation = shop::cancellation(&id, &id);
            if round % 6 == 0 {
                cancellation.lines = vec![LineQuantity {
                    line: 2,
                    quantity: 1,
                }];
            }
            let answer = shop::cancel(&shop.orders, &cancellation).await.unwrap();
            acknowledged.insert(format!("cancellation {id}"), answer.revision);
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

fn command(event: &Event) -> Option<String> {
    if let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event {
        Some(format!("order {}", placed.order))
    } else if let Event::Inventory(InventoryEvent::Received(received)) = event {
        Some(format!("receipt {}", received.receipt))
    } else if let Event::Orders(OrdersEvent::OrderCancelled(cancelled)) = event {
        Some(format!("cancellation {}", cancelled.cancellation))
    } else {
        None
    }
}

async fn until_done(done: &AtomicUsize, rounds: usize) {
    let by = Instant::now() + Duration::from_secs(60);
    while done.load(Ordering::Relaxed) < rounds {
        assert!(Instant::now() < by, "{done:?} of {rounds} rounds");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Each acknowledged command stands once, where its caller was told, and nothing else stands there.
pub async fn assert_each_stands_once(cluster: &Cluster, acknowledged: &[(String, u64)]) {
    let recorded = cluster.recorded(command).await;
    assert_eq!(
        recorded.len(),
        acknowledged.len(),
        "something else was recorded"
    );
    for (id, revision) in acknowledged {
        assert_eq!(recorded[id], [*revision], "{id}");
    }
}

/// Shows only what differs: all of it is some thousand lines.
pub fn assert_same(seen: &Seen, before: &Seen, when: &str) {
    let (is, was) = (format!("{seen:#?}"), format!("{before:#?}"));
    let lines = is.lines().zip(was.lines()).enumerate();
    let different: Vec<_> = lines.filter(|(_, (is, was))| is != was).take(20).collect();
    assert!(seen == before, "{when}; line, is, was: {different:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_five_killed_under_load_come_back_with_each_acknowledged_command_once() {
    let mut cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &SKUS).await;
    let done = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(caller(shop.clone(), number, Arc::clone(&done)));
    }
    until_done(&done, CALLERS * ROUNDS / 4).await;
    cluster.kill_all().await;
    cluster.start_all().await;
    until_done(&done, CALLERS * ROUNDS / 2).await;
    cluster.kill_all().await;
    cluster.delete_snapshots();
    cluster.start_all().await;
    let acknowledged: Vec<_> = callers.join_all().await.into_iter().flatten().collect();

    cluster.at_rest().await;
    assert_each_stands_once(&cluster, &acknowledged).await;
    let before = Seen::at(&cluster, &shop).await;
    let last = cluster.last().await;
    for snapshots_kept in [true, false] {
        cluster.kill_all().await;
        if snapshots_kept {
            // Not the end of the log: it is replayed from there.
            let snapshots = [
                cluster.snapshot::<Orders>(),
                cluster.snapshot::<Inventory>(),
                cluster.snapshot::<Allocator>(),
            ];
            assert!(
                snapshots.iter().all(|at| at.is_some_and(|at| at < last)),
                "{snapshots:?}"
            );
        } else {
            cluster.delete_snapshots();
        }
        cluster.start_all().await;
        let seen = Seen::at(&cluster, &shop).await;
        assert_same(&seen, &before, &format!("snapshots kept: {snapshots_kept}"));
    }
    cluster.at_rest().await;
    assert_eq!(cluster.last().await, last, "a restart recorded something");
}
