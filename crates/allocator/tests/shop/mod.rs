//! A cell with an allocator alone, on a memory log, in which other rooms record what they please.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::sync::Arc;

use api::allocator::v1;
use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use chassis::{Clock, Config, Process};
use domain::decider::Room;
use domain::event::{
    Customer, Event, ItemDefined, LocationDefined, OrderPlaced, PlacedLine, PurchaseLine,
    PurchaseOrdered, Received, Replenishment, Segment, ShipTo, SkuQuantity,
};
use domain::ids::{Currency, Revision, Timestamp};
use event_log::{Log, MemoryLog};
use futures::StreamExt;
use testkit::service;
use tonic::transport::Channel;

pub fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

pub struct Shop {
    pub log: Log,
    pub clock: Clock,
    pub process: Process,
    pub client: AllocatorServiceClient<Channel>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::on(Arc::new(MemoryLog::new()), Clock::held(now())).await
    }

    pub async fn on(log: Log, clock: Clock) -> Self {
        Self::with(Config::default(), log, clock).await
    }

    pub async fn with(config: Config, log: Log, clock: Clock) -> Self {
        let (process, address) =
            service::start(config, &log, &clock, backorder_allocator::module).await;
        let client = AllocatorServiceClient::connect(address).await.unwrap();
        Self {
            log,
            clock,
            process,
            client,
        }
    }

    /// Another room records something; answers with the revision of what the allocator made of
    /// it.
    pub async fn record(&self, event: impl Into<Event>) -> u64 {
        let events = vec![event.into()];
        service::record(&*self.log, self.clock.now(), events)
            .await
            .0
    }

    pub async fn settled_after(&self, revision: u64) -> u64 {
        let mut commits = self.log.follow(&[Room::Allocator], Revision(revision));
        commits.next().await.unwrap().unwrap().revision.0
    }

    /// An item, an order for 3 of which 1 is in stock, and an inbound for the rest.
    pub async fn with_a_backorder() -> (Self, u64) {
        let shop = Self::open().await;
        shop.record(item(5)).await;
        shop.record(purchase()).await;
        shop.record(receipt(1)).await;
        let placed = shop.record(order("o1", 3)).await;
        let settled = shop.settled_after(placed).await;
        (shop, settled)
    }
}

pub fn item(cap: u32) -> ItemDefined {
    ItemDefined {
        definition: "d1".into(),
        sku: "BOLT".into(),
        description: "bolt".to_owned(),
        segment: Segment::Backorderable {
            cap,
            longest_wait_days: 90,
        },
        replenishment: Some(Replenishment {
            supplier: "acme".into(),
            reorder_point: 0,
            order_up_to: 10,
            pack_size: 1,
            lead_time_days: 7,
        }),
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
}

pub fn defined(location: &str) -> LocationDefined {
    LocationDefined {
        definition: location.into(),
        location: location.into(),
        name: location.to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    }
}

pub fn purchase() -> PurchaseOrdered {
    PurchaseOrdered {
        purchase_order: "p1".into(),
        supplier: "acme".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: "BOLT".into(),
            quantity: 2,
            requisition: Some("q1".into()),
        }],
        expected_at: now().plus_days(4),
        undated: false,
        source: None,
    }
}

pub fn receipt(quantity: u32) -> Received {
    Received {
        receipt: "r1".into(),
        location: "main".into(),
        purchase_order: None,
        lines: vec![SkuQuantity {
            sku: "BOLT".into(),
            quantity,
        }],
    }
}

pub fn order(id: &str, quantity: u32) -> OrderPlaced {
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "ann".into(),
            tier: "gold".into(),
            said_tier: None,
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
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    }
}

pub fn available(sku: &str, quantity: u32) -> v1::CheckAvailabilityRequest {
    let sku = sku.to_owned();
    v1::CheckAvailabilityRequest {
        sku,
        quantity,
        ..v1::CheckAvailabilityRequest::default()
    }
}

pub fn date(promise: &v1::Promise) -> i64 {
    promise.at.as_ref().unwrap().seconds
}
