//! The service on a memory log, a client of it, and whoever else writes on that log.

use std::sync::Arc;
use std::time::Duration;

use api::inventory::v1;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use chassis::{Clock, Config, Process};
use domain::decider::Room;
use domain::event::{Assigned, Customer, Effect, Event, OrderPlaced, PlacedLine, Settled, ShipTo};
use domain::ids::{Currency, Revision, Timestamp, Zone};
use event_log::{
    AppendError, Encoded, EventLog, FollowError, Log, Logged, MemoryLog, ReadError, Start, Written,
};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use testkit::service;
use tonic::transport::Channel;

pub type Client = InventoryServiceClient<Channel>;

/// A log whose readers hear of each commit later.
struct Late {
    log: MemoryLog,
    by: Duration,
}

impl EventLog for Late {
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
        let by = self.by;
        let late = self
            .log
            .follow_from(rooms, start)
            .then(move |heard| async move {
                tokio::time::sleep(by).await;
                heard
            });
        late.boxed()
    }

    fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>> {
        self.log.written(at)
    }

    fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>> {
        self.log.last(rooms)
    }
}

pub struct Shop {
    pub log: Log,
    pub process: Process,
    pub client: Client,
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

impl Shop {
    /// MAIN is a place and BOLT an item; 10 bolts are there.
    pub async fn open() -> Self {
        Self::furnished(Arc::new(MemoryLog::new())).await
    }

    /// The same where inventory hears of each commit so much later than it was recorded.
    pub async fn open_late(by: Duration) -> Self {
        let log = Late {
            log: MemoryLog::new(),
            by,
        };
        Self::furnished(Arc::new(log)).await
    }

    async fn furnished(log: Log) -> Self {
        let mut shop = Self::on(log).await;
        shop.client.define_location(place("MAIN")).await.unwrap();
        shop.client.define_item(item("d1", "BOLT")).await.unwrap();
        let receipt = receipt("r0", &[("BOLT", 10)]);
        shop.client.receive_stock(receipt).await.unwrap();
        shop
    }

    async fn on(log: Log) -> Self {
        Self::on_in(log, None).await
    }

    /// The same by settings with a time zone.
    pub async fn on_in(log: Log, time_zone: Option<Zone>) -> Self {
        let clock = Clock::held(now());
        let mut config = Config::default();
        config.cell.time_zone = time_zone;
        let (process, address) =
            service::start(config, &log, &clock, backorder_inventory::module).await;
        let client = Client::connect(address).await.unwrap();
        Self {
            log,
            process,
            client,
        }
    }

    /// Another service starts anew on what stands on the log.
    pub async fn restarted(self) -> Self {
        self.process.stop().await.unwrap();
        Self::on(self.log).await
    }

    pub async fn time_zone(&mut self) -> String {
        let all = v1::ListLocationsRequest::default();
        let answer = self.client.list_locations(all).await.unwrap();
        answer.into_inner().time_zone
    }

    pub async fn stock(&mut self, sku: &str, at_least_revision: u64) -> v1::Stock {
        let request = v1::GetStockRequest {
            sku: sku.to_owned(),
            at_least_revision,
            ..v1::GetStockRequest::default()
        };
        let answer = self.client.get_stock(request).await.unwrap();
        answer.into_inner().stock.unwrap()
    }

    /// A customer orders bolts and the allocator gives them; inventory has heard of it.
    pub async fn reserve(&mut self, order: &str, quantity: u32) -> u64 {
        let revision = self.reserve_unheard(order, quantity).await;
        self.stock("BOLT", revision).await;
        revision
    }

    /// The same, whether inventory has heard of it or not.
    pub async fn reserve_unheard(&self, order: &str, quantity: u32) -> u64 {
        self.record(placed(order, quantity)).await;
        let assigned = Effect::Assigned(Assigned {
            order: order.into(),
            line: 1,
            sku: "BOLT".into(),
            location: "MAIN".into(),
            quantity,
            effective: now(),
        });
        let effects = vec![assigned];
        let settled = Settled {
            rule: 1,
            effects,
            at_rest: true,
            sharing: Vec::new(),
            causes: Vec::new(),
            before: Vec::new(),
        };
        self.record(settled).await.0
    }

    /// Another room records something.
    pub async fn record(&self, event: impl Into<Event>) -> Revision {
        service::record(&*self.log, now(), vec![event.into()]).await
    }
}

fn placed(order: &str, quantity: u32) -> OrderPlaced {
    let line = PlacedLine {
        line: 1,
        sku: "BOLT".into(),
        quantity,
        unit_price_minor: 250,
        complete_only: false,
    };
    OrderPlaced {
        order: order.into(),
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
        lines: vec![line],
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

pub fn place(location: &str) -> v1::DefineLocationRequest {
    v1::DefineLocationRequest {
        definition_id: String::new(),
        location_id: location.to_owned(),
        name: format!("the {location}"),
        region: "north".to_owned(),
        cost: 0,
        time_zone: String::new(),
        at_least_revision: 0,
    }
}

pub fn item(definition: &str, sku: &str) -> v1::DefineItemRequest {
    let segment = v1::Backorderable {
        cap: 100,
        longest_wait_days: 30,
    };
    v1::DefineItemRequest {
        definition_id: definition.to_owned(),
        sku: sku.to_owned(),
        description: format!("a {sku}"),
        segment: Some(v1::define_item_request::Segment::Backorderable(segment)),
        replenishment: None,
        fair_share: false,
        protection: None,
        at_least_revision: 0,
        validate_only: false,
        unit: String::new(),
        step: String::new(),
        reserve_days_before: None,
        releases_at: None,
    }
}

pub fn bought(definition: &str, sku: &str) -> v1::DefineItemRequest {
    let replenishment = Some(v1::Replenishment {
        supplier_id: "acme".to_owned(),
        reorder_point: 20,
        order_up_to: 100,
        pack_size: 12,
        lead_time_days: 7,
    });
    v1::DefineItemRequest {
        replenishment,
        ..item(definition, sku)
    }
}

pub fn receipt(id: &str, lines: &[(&str, u32)]) -> v1::ReceiveStockRequest {
    let line = |(sku, quantity): &(&str, u32)| v1::SkuQuantity {
        sku: (*sku).to_owned(),
        quantity: *quantity,
    };
    v1::ReceiveStockRequest {
        receipt_id: id.to_owned(),
        location_id: "MAIN".to_owned(),
        purchase_order_id: String::new(),
        lines: lines.iter().map(line).collect(),
        ..Default::default()
    }
}

pub fn adjustment(id: &str, change: i64) -> v1::AdjustStockRequest {
    v1::AdjustStockRequest {
        adjustment_id: id.to_owned(),
        sku: "BOLT".to_owned(),
        location_id: "MAIN".to_owned(),
        change,
        reason: "count".to_owned(),
        at_least_revision: 0,
    }
}

pub fn wave(id: &str) -> v1::ReleaseWaveRequest {
    v1::ReleaseWaveRequest {
        wave_id: id.to_owned(),
        location_id: "MAIN".to_owned(),
        max_lines: 0,
        at_least_revision: 0,
        ..v1::ReleaseWaveRequest::default()
    }
}

pub fn shipment(id: &str, order: &str, quantity: u32) -> v1::ConfirmShipmentRequest {
    let line = v1::ShippedLine {
        line: 1,
        sku: "BOLT".to_owned(),
        quantity,
    };
    v1::ConfirmShipmentRequest {
        shipment_id: id.to_owned(),
        order_id: order.to_owned(),
        location_id: "MAIN".to_owned(),
        lines: vec![line],
        tracking: String::new(),
        at_least_revision: 0,
        from_others: false,
    }
}
