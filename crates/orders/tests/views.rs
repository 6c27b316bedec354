//! How much of the log a look at an order reads, over gRPC on a memory log whose reads are counted.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and a shop has more doors"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::orders::v1;
use domain::decider::Room;
use domain::event::{
    Commit, Effect, Event, Offered, OrderClosed, OrdersEvent, RefuseReason, Refused, Returned,
    ReturnedLine,
};
use domain::ids::Revision;
use event_log::{
    AppendError, Encoded, EventLog, FollowError, Log, Logged, MemoryLog, ReadError, Start, Written,
};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tonic::Code;

mod shop;

use shop::{Shop, assigned, cancellation, now, order, settled, shipped};

/// A log that says which commits were read from it.
#[derive(Clone, Default)]
struct Counted {
    log: MemoryLog,
    read: Arc<Mutex<Vec<u64>>>,
}

impl Counted {
    /// What was read since this was last asked.
    fn read(&self) -> Vec<u64> {
        let mut read = std::mem::take(&mut *self.read.lock().unwrap());
        read.sort_unstable();
        read
    }
}

impl EventLog for Counted {
    fn identity(&self) -> String {
        self.log.identity()
    }
    fn append(
        &self,
        room: Room,
        commit: Encoded,
        expected: Revision,
    ) -> BoxFuture<'_, Result<Revision, AppendError>> {
        self.log.append(room, commit, expected)
    }
    fn follow_from(
        &self,
        rooms: &[Room],
        start: Start,
    ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
        self.log.follow_from(rooms, start)
    }
    fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>> {
        self.read.lock().unwrap().push(at.0);
        self.log.written(at)
    }
    fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>> {
        self.log.last(rooms)
    }
}

async fn open() -> (Shop, Counted) {
    let log = Counted::default();
    let counted: Log = Arc::new(log.clone());
    (Shop::furnished(counted).await, log)
}

async fn look(shop: &mut Shop, id: &str, at_least: u64, view: v1::OrderView) -> v1::Order {
    let request = v1::GetOrderRequest {
        order_id: id.to_owned(),
        at_least_revision: at_least,
        view: view.into(),
    };
    let answer = shop.client.get_order(request).await.unwrap();
    answer.into_inner().order.unwrap()
}

/// Where an order was closed, once it is.
async fn closed(shop: &mut Shop, id: &str) -> u64 {
    let request = v1::WatchOrderRequest {
        order_id: id.to_owned(),
        at_least_revision: 0,
    };
    let mut watched = shop.client.watch_order(request).await.unwrap().into_inner();
    let mut last = 0;
    while let Some(seen) = watched.message().await.unwrap() {
        last = seen.revision;
    }
    last
}

/// The basic view is the full one without its timeline, and without what follows from that.
async fn views_agree(shop: &mut Shop, id: &str) -> v1::Order {
    let basic = look(shop, id, 0, v1::OrderView::Basic).await;
    let unsaid = look(shop, id, 0, v1::OrderView::Unspecified).await;
    assert_eq!(basic, unsaid);
    assert!(basic.timeline.is_empty());
    let full = look(shop, id, 0, v1::OrderView::Full).await;
    assert!(!full.timeline.is_empty());
    let mut bare = full.clone();
    bare.timeline.clear();
    for line in &mut bare.lines {
        line.stock.clear();
        line.returned = 0;
    }
    assert_eq!(basic, bare);
    full
}

#[tokio::test]
async fn an_open_order_is_answered_without_the_log_unless_its_timeline_is_wanted() {
    let (mut shop, log) = open().await;
    shop.client
        .place_order(order("o1", &[("BOLT", 3), ("NUT", 2)]))
        .await
        .unwrap();
    let at = shop
        .record(settled(vec![assigned("o1", 1, "BOLT", 3)]))
        .await;
    for view in [v1::OrderView::Unspecified, v1::OrderView::Basic] {
        let told = look(&mut shop, "o1", at.0, view).await;
        assert_eq!(told.lines[0].reserved, 3);
        assert!(told.timeline.is_empty());
    }
    assert!(log.read().is_empty());
    views_agree(&mut shop, "o1").await;
    assert_eq!(log.read(), [2, at.0]);
}

#[tokio::test]
async fn of_a_closed_order_the_closing_and_the_opening_are_read_and_nothing_between() {
    let (mut shop, log) = open().await;
    shop.client
        .place_order(order("o1", &[("BOLT", 3), ("NUT", 2)]))
        .await
        .unwrap();
    for _ in 0..10 {
        shop.record(settled(vec![assigned("o1", 1, "BOLT", 0)]))
            .await;
    }
    let refused = Refused {
        order: "o1".into(),
        line: 2,
        sku: "NUT".into(),
        quantity: 2,
        why: RefuseReason::CapReached,
        limit: None,
    };
    let effects = vec![assigned("o1", 1, "BOLT", 3), Effect::Refused(refused)];
    shop.record(settled(effects)).await;
    shop.record(shipped("s1", "o1", 1, "BOLT", 3)).await;
    closed(&mut shop, "o1").await;
    let mut shop = shop.restarted().await;
    log.read();
    let end = shop.log.last(&[Room::Orders]).await.unwrap().0;
    let told = look(&mut shop, "o1", end, v1::OrderView::Basic).await;
    assert_eq!(log.read(), [2, end]);
    assert!(told.closed);
    assert_eq!(told.status(), v1::OrderStatus::Shipped);
    assert_eq!(told.lines[1].refuse_reason(), v1::RefuseReason::CapReached);
    assert_eq!(told.customer.as_ref().unwrap().id, "ann");
    let full = views_agree(&mut shop, "o1").await;
    assert_eq!(full.timeline.len(), 14);
}

fn returned(id: &str, order: &str, line: u32, sku: &str, quantity: u32) -> Returned {
    Returned {
        id: id.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: vec![ReturnedLine {
            line,
            sku: sku.into(),
            quantity,
        }],
        scrapped: false,
        reason: String::new(),
    }
}

#[tokio::test]
async fn what_left_after_an_order_was_closed_is_told_in_every_view_and_found() {
    let (mut shop, _) = open().await;
    for id in ["o1", "o2"] {
        let placed = order(id, &[("BOLT", 3), ("NUT", 2)]);
        shop.client.place_order(placed).await.unwrap();
        let gone = cancellation(&format!("x-{id}"), id);
        shop.client.cancel_order(gone).await.unwrap();
        closed(&mut shop, id).await;
    }
    shop.record(shipped("s1", "o1", 1, "BOLT", 2)).await;
    let at = shop.record(returned("t1", "o1", 1, "BOLT", 1)).await;
    look(&mut shop, "o1", at.0, v1::OrderView::Basic).await;
    let mut shop = shop.restarted().await;
    look(&mut shop, "o1", at.0, v1::OrderView::Basic).await;
    let full = views_agree(&mut shop, "o1").await;
    assert_eq!(full.status(), v1::OrderStatus::Shipped);
    let first = &full.lines[0];
    assert_eq!((first.shipped, first.cancelled, first.returned), (2, 1, 1));
    assert_eq!(views_agree(&mut shop, "o2").await.lines[0].cancelled, 3);
    for (status, expected) in [
        (v1::OrderStatus::Shipped, "o1"),
        (v1::OrderStatus::Cancelled, "o2"),
    ] {
        let asked = v1::FindOrdersRequest {
            status: status.into(),
            ..v1::FindOrdersRequest::default()
        };
        let found = shop.client.find_orders(asked).await.unwrap().into_inner();
        let found: Vec<String> = found.orders.into_iter().map(|it| it.order_id).collect();
        assert_eq!(found, [expected], "{status:?}");
    }
    // What leaves an order that is open and comes back is told likewise.
    shop.client
        .place_order(order("o3", &[("BOLT", 3)]))
        .await
        .unwrap();
    shop.record(settled(vec![assigned("o3", 1, "BOLT", 2)]))
        .await;
    shop.record(shipped("s3", "o3", 1, "BOLT", 2)).await;
    let at = shop.record(returned("t3", "o3", 1, "BOLT", 1)).await;
    look(&mut shop, "o3", at.0, v1::OrderView::Basic).await;
    assert_eq!(views_agree(&mut shop, "o3").await.lines[0].returned, 1);
}

#[tokio::test]
async fn a_substitute_of_a_closed_order_is_known_from_where_it_was_accepted() {
    let (mut shop, log) = open().await;
    let asked = order("o1", &[("LENS", 3)]);
    shop.client.place_order(asked).await.unwrap();
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
    look(&mut shop, "o1", offered.0, v1::OrderView::Basic).await;
    let accepted = v1::AcceptSubstituteRequest {
        acceptance_id: "a1".to_owned(),
        order_id: "o1".to_owned(),
        line: 1,
        sku: "LENS2".to_owned(),
        quantity: 2,
        unit_price_minor: Some(300),
        at_least_revision: 0,
    };
    let accepted = shop.client.accept_substitute(accepted).await.unwrap();
    let accepted = accepted.into_inner();
    assert_eq!(accepted.new_line, 2);
    shop.client
        .cancel_order(cancellation("c1", "o1"))
        .await
        .unwrap();
    closed(&mut shop, "o1").await;
    let mut shop = shop.restarted().await;
    log.read();
    let end = shop.log.last(&[Room::Orders]).await.unwrap().0;
    let told = look(&mut shop, "o1", end, v1::OrderView::Basic).await;
    assert_eq!(log.read(), [2, accepted.revision, end]);
    let lines: Vec<_> = told
        .lines
        .iter()
        .map(|line| (line.sku.as_str(), line.quantity, line.cancelled))
        .collect();
    assert_eq!(lines, [("LENS", 3, 3), ("LENS2", 2, 2)]);
    assert_eq!(told.lines[1].unit_price_minor, 300);
    views_agree(&mut shop, "o1").await;
}

/// The events of a log, with closings as an older version wrote them: without reasons, and without
/// where substitutes were accepted.
async fn as_an_older_version(log: &MemoryLog) -> MemoryLog {
    let older = MemoryLog::new();
    for logged in log.commits_after(Revision(0), 1_000).unwrap() {
        let mut commit: Commit = Commit::clone(&logged.commit);
        for event in &mut commit.events {
            if let Event::Orders(OrdersEvent::OrderClosed(closed)) = event {
                closed.substituted.clear();
                closed.lines.iter_mut().for_each(|line| line.why = None);
            }
        }
        let expected = older.last_of(logged.room);
        let encoded = Encoded::new(&commit).unwrap();
        older.append(logged.room, encoded, expected).await.unwrap();
    }
    older
}

#[tokio::test]
async fn a_closing_of_an_older_version_tells_the_same_with_its_whole_timeline() {
    let (mut shop, log) = open().await;
    let asked = order("o1", &[("LENS", 3), ("NUT", 1)]);
    shop.client.place_order(asked).await.unwrap();
    let effects = vec![
        Effect::Offered(Offered {
            order: "o1".into(),
            line: 1,
            sku: "LENS".into(),
            quantity: 3,
            alternatives: vec!["LENS2".into()],
            until: now().plus_days(7),
        }),
        Effect::Refused(Refused {
            order: "o1".into(),
            line: 2,
            sku: "NUT".into(),
            quantity: 1,
            why: RefuseReason::StockOnly,
            limit: None,
        }),
    ];
    let at = shop.record(settled(effects)).await;
    look(&mut shop, "o1", at.0, v1::OrderView::Basic).await;
    let accepted = v1::AcceptSubstituteRequest {
        acceptance_id: "a1".to_owned(),
        order_id: "o1".to_owned(),
        line: 1,
        sku: "LENS2".to_owned(),
        quantity: 2,
        unit_price_minor: Some(300),
        at_least_revision: 0,
    };
    shop.client.accept_substitute(accepted).await.unwrap();
    shop.client
        .cancel_order(cancellation("c1", "o1"))
        .await
        .unwrap();
    closed(&mut shop, "o1").await;
    let now = views_agree(&mut shop, "o1").await;
    assert_eq!(now.lines[1].refuse_reason(), v1::RefuseReason::StockOnly);
    let older = as_an_older_version(&log.log).await;
    let mut shop = Shop::on(Arc::new(older)).await;
    let end = shop.log.last(&[Room::Orders]).await.unwrap().0;
    look(&mut shop, "o1", end, v1::OrderView::Basic).await;
    assert_eq!(views_agree(&mut shop, "o1").await, now);
}

#[tokio::test]
async fn a_retry_is_compared_with_one_event_of_the_log_also_after_a_restart() {
    let (mut shop, log) = open().await;
    let placed = shop.client.place_order(order("o1", &[("BOLT", 3)])).await;
    let placed = placed.unwrap().into_inner();
    let mut shop = shop.restarted().await;
    log.read();
    let again = shop.client.place_order(order("o1", &[("BOLT", 3)])).await;
    let again = again.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (placed.revision, true));
    assert_eq!(log.read(), [placed.revision]);
    let other = shop.client.place_order(order("o1", &[("BOLT", 4)])).await;
    assert_eq!(other.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn an_order_whose_place_on_the_log_is_damaged_is_told_to_be_unreadable() {
    let log = MemoryLog::new();
    let mut shop = Shop::furnished(Arc::new(log.clone())).await;
    let opened = domain::ids::Position {
        revision: Revision(2),
        index: 7,
    };
    shop.client
        .place_order(order("o1", &[("BOLT", 3)]))
        .await
        .unwrap();
    // Another version closed it, and names a wrong place.
    let end = OrderClosed {
        order: "o1".into(),
        opened,
        timeline: vec![opened],
        lines: Vec::new(),
        substituted: Vec::new(),
    };
    let commit = Commit {
        as_of: Revision(2),
        at: now(),
        events: vec![end.into()],
        traces: BTreeMap::new(),
    };
    let at = log.append_now(Room::Orders, Encoded::new(&commit).unwrap(), Revision(2));
    let at = at.unwrap().0;
    for view in [v1::OrderView::Basic, v1::OrderView::Full] {
        let request = v1::GetOrderRequest {
            order_id: "o1".to_owned(),
            at_least_revision: at,
            view: view.into(),
        };
        let refused = shop.client.get_order(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        assert!(
            refused.message().contains("there is no event at"),
            "{refused}"
        );
    }
}
