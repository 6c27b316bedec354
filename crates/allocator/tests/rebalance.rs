//! The doors of rebalancing, called over gRPC on a memory log.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use api::allocator::v1;
use api::allocator::v1::rebalance_service_client::RebalanceServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use domain::event::{
    Commit, Customer, Event, ItemDefined, OrderPlaced, PlacedLine, Received, Segment, ShipTo,
    SkuQuantity,
};
use domain::ids::{Currency, Revision, Timestamp};
use futures::StreamExt;
use log::{Encoded, Log, MemoryLog};
use tonic::Code;
use tonic::transport::Channel;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

/// 3 BOLT are reserved for `early`; `vip` waits for 2.
struct Shop {
    log: Log,
    client: RebalanceServiceClient<Channel>,
    settled: u64,
    _process: Process,
}

impl Shop {
    async fn open() -> Self {
        let log: Log = Arc::new(MemoryLog::new());
        let mut config = Config::default();
        config.grpc = config.grpc.any_ports();
        let cell = Cell::new(config, Arc::clone(&log), Clock::held(now()));
        let part = backorder_allocator::part(&cell).unwrap();
        let process = Process::start(cell, vec![part]).await.unwrap();
        let address = process.address(Room::Allocator).unwrap();
        let client = RebalanceServiceClient::connect(format!("http://{address}"));
        let client = client.await.unwrap();
        let mut shop = Self {
            log,
            client,
            settled: 0,
            _process: process,
        };
        shop.record(item()).await;
        shop.record(received("r1", 3)).await;
        let placed = shop.record(order("early", 3)).await;
        shop.settled_after(placed).await;
        let placed = shop.record(order("vip", 2)).await;
        shop.settled = shop.settled_after(placed).await;
        shop
    }

    async fn record(&self, event: impl Into<Event>) -> u64 {
        let event: Event = event.into();
        let room = event.room();
        let as_of = self.log.last(&Room::ALL).await.unwrap();
        let expected = self.log.last(&[room]).await.unwrap();
        let (events, traces) = (vec![event], BTreeMap::new());
        let commit = Commit {
            as_of,
            at: now(),
            events,
            traces,
        };
        let commit = Encoded::new(&commit).unwrap();
        self.log.append(room, commit, expected).await.unwrap().0
    }

    async fn settled_after(&self, revision: u64) -> u64 {
        let mut commits = self.log.follow(&[Room::Allocator], Revision(revision));
        commits.next().await.unwrap().unwrap().revision.0
    }

    async fn preview(&mut self, at_least_revision: u64) -> v1::PreviewRebalanceResponse {
        let request = v1::PreviewRebalanceRequest {
            segments: segments(),
            nervousness_budget: Some(5),
            at_least_revision,
        };
        self.client
            .preview_rebalance(request)
            .await
            .unwrap()
            .into_inner()
    }
}

fn item() -> ItemDefined {
    ItemDefined {
        definition: "d1".into(),
        sku: "BOLT".into(),
        description: "bolt".to_owned(),
        segment: Segment::Backorderable {
            cap: 100,
            longest_wait_days: 90,
        },
        replenishment: None,
        fair_share: false,
        protection: None,
    }
}

fn received(id: &str, quantity: u32) -> Received {
    Received {
        receipt: id.into(),
        location: "main".into(),
        purchase_order: None,
        lines: vec![SkuQuantity {
            sku: "BOLT".into(),
            quantity,
        }],
    }
}

fn order(id: &str, quantity: u32) -> OrderPlaced {
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "c".into(),
            tier: "standard".into(),
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".to_owned(),
        ship_to: ShipTo {
            country: "GB".to_owned(),
            region: None,
        },
        currency: Currency::new("GBP").unwrap(),
        lines: vec![PlacedLine {
            line: 1,
            sku: "BOLT".into(),
            quantity,
            unit_price_minor: 250,
            complete_only: false,
        }],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
    }
}

fn segment(order: &str, strategy: v1::RunStrategy) -> v1::RunSegment {
    v1::RunSegment {
        filter: Some(v1::RunFilter {
            order_ids: vec![order.to_owned()],
            ..Default::default()
        }),
        sort: Vec::new(),
        strategy: strategy.into(),
    }
}

fn segments() -> Vec<v1::RunSegment> {
    vec![
        segment("vip", v1::RunStrategy::Win),
        segment("early", v1::RunStrategy::Fill),
    ]
}

fn commit(preview: &str) -> v1::CommitRebalanceRequest {
    v1::CommitRebalanceRequest {
        run_id: "r1".to_owned(),
        segments: segments(),
        nervousness_budget: Some(5),
        preview: preview.to_owned(),
    }
}

#[tokio::test]
async fn a_run_is_previewed_committed_once_and_told_again_when_asked_again() {
    let mut shop = Shop::open().await;
    let shown = shop.preview(shop.settled).await;
    assert_eq!((shown.units_gained, shown.value_gained_minor), (2, 500));
    assert_eq!((shown.lines.len(), shown.promises_moved), (2, 2));
    assert!(shown.promises[1].becomes.as_ref().unwrap().in_stock);
    let done = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let done = done.unwrap().into_inner();
    assert!(!done.repeated && done.revision > shown.revision);
    let again = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let again = again.unwrap().into_inner();
    assert!(again.repeated);
    assert_eq!(again.revision, done.revision);
}

#[tokio::test]
async fn a_preview_that_the_state_has_moved_on_from_is_refused() {
    let mut shop = Shop::open().await;
    let shown = shop.preview(shop.settled).await;
    let received = shop.record(received("r2", 1)).await;
    shop.settled_after(received).await;
    let status = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("preview it again"), "{status}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_by_its_field() {
    let mut shop = Shop::open().await;
    let request = v1::PreviewRebalanceRequest {
        segments: vec![segment("vip", v1::RunStrategy::Unspecified)],
        nervousness_budget: None,
        at_least_revision: 0,
    };
    let status = shop.client.preview_rebalance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("segments.strategy"), "{status}");
}
