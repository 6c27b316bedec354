//! The service on a memory log, a client of it, and whoever else writes on that log.

use std::sync::Arc;

use api::orders::v1;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::{Clock, Config, Process};
use domain::decider::Room;
use domain::event::{
    Assigned, Backordered, Effect, Event, ItemDefined, OrdersEvent, Segment, Settled, Shipped,
    ShippedLine,
};
use domain::ids::{Revision, Timestamp};
use event_log::{Log, MemoryLog};
use futures::StreamExt;
use testkit::service;
use tonic::transport::Channel;

pub type Client = OrdersServiceClient<Channel>;

pub struct Shop {
    pub log: Log,
    pub process: Process,
    pub client: Client,
}

pub const NOW: &str = "2026-11-22T08:00:00Z";

pub fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

impl Shop {
    pub async fn open() -> Self {
        Self::furnished(Arc::new(MemoryLog::new())).await
    }

    /// On a new log, where what the tests order was defined.
    pub async fn furnished(log: Log) -> Self {
        let shop = Self::on(log).await;
        shop.record_all(items()).await;
        shop
    }

    pub async fn on(log: Log) -> Self {
        Self::set(log, Config::default()).await
    }

    /// The same by other settings.
    pub async fn set(log: Log, config: Config) -> Self {
        let clock = Clock::held(now());
        let (process, address) =
            service::start(config, &log, &clock, backorder_orders::module).await;
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

    /// Another room records something.
    pub async fn record(&self, event: impl Into<Event>) -> Revision {
        service::record(&*self.log, now(), vec![event.into()]).await
    }

    /// Another room records several things in one commit.
    pub async fn record_all(&self, events: Vec<Event>) -> Revision {
        service::record(&*self.log, now(), events).await
    }

    /// An allocator with all the stock of the world: what is placed is assigned.
    pub fn allocate(&self) {
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            let mut commits = log.follow(&[Room::Orders], Revision(0));
            while let Some(Ok(logged)) = commits.next().await {
                let mut effects = Vec::new();
                for event in &logged.commit.events {
                    let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
                        continue;
                    };
                    for line in &placed.lines {
                        let (order, sku) = (placed.order.as_str(), line.sku.as_str());
                        effects.push(assigned(order, line.line, sku, line.quantity));
                    }
                }
                for some in effects.chunks(1_000) {
                    service::record(&*log, now(), vec![settled(some.to_vec()).into()]).await;
                }
            }
        });
    }
}

/// What the tests order.
fn items() -> Vec<Event> {
    let items = ["BOLT", "NUT", "LENS", "LENS2"];
    items.iter().map(|sku| item(sku).into()).collect()
}

pub fn item(sku: &str) -> ItemDefined {
    ItemDefined {
        definition: sku.into(),
        sku: sku.into(),
        description: sku.to_owned(),
        segment: Segment::StockOnly,
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
}

pub fn order(id: &str, lines: &[(&str, u32)]) -> v1::PlaceOrderRequest {
    let line = |(sku, quantity): &(&str, u32)| v1::OrderLine {
        line: 0,
        sku: (*sku).to_owned(),
        quantity: *quantity,
        unit_price_minor: 250,
        complete_only: false,
    };
    v1::PlaceOrderRequest {
        order_id: id.to_owned(),
        customer: Some(v1::Customer {
            id: "ann".to_owned(),
            tier: "gold".to_owned(),
            email: "ann@shop.example".to_owned(),
            lifetime_value_minor: None,
        }),
        channel: "web".to_owned(),
        ship_to: Some(v1::ShipTo {
            country: "GB".to_owned(),
            region: String::new(),
        }),
        currency: "GBP".to_owned(),
        lines: lines.iter().map(line).collect(),
        ..v1::PlaceOrderRequest::default()
    }
}

pub fn cancellation(id: &str, order: &str) -> v1::CancelOrderRequest {
    v1::CancelOrderRequest {
        cancellation_id: id.to_owned(),
        order_id: order.to_owned(),
        ..v1::CancelOrderRequest::default()
    }
}

pub fn settled(effects: Vec<Effect>) -> Settled {
    Settled {
        rule: 1,
        effects,
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
}

pub fn assigned(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Assigned(Assigned {
        order: order.into(),
        line,
        sku: sku.into(),
        location: "MAIN".into(),
        quantity,
        effective: now(),
    })
}

pub fn backordered(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Backordered(Backordered {
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        effective: now(),
        ahead: 7,
    })
}

pub fn shipped(id: &str, order: &str, line: u32, sku: &str, quantity: u32) -> Shipped {
    Shipped {
        shipment: id.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: vec![ShippedLine {
            line,
            sku: sku.into(),
            quantity,
            unplanned: 0,
        }],
        tracking: None,
        from_others: false,
    }
}
