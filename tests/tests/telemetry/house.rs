//! A whole cell in this process, on a log in memory, with a clock that is moved by hand.

use std::sync::Arc;

use api::inventory::v1 as stock;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1 as shop;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use domain::ids::Timestamp;
use domain::notifier::DIGEST_MS;
use event_log::{Log, MemoryLog};
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Somebody who traces what they ask for.
pub struct Caller {
    pub trace: &'static str,
    pub span: &'static str,
}

impl Caller {
    pub fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let traceparent = format!("00-{}-{}-01", self.trace, self.span);
        let metadata = request.metadata_mut();
        metadata.insert("traceparent", traceparent.parse().unwrap());
        request
    }
}

pub struct House {
    pub log: Arc<MemoryLog>,
    pub clock: Clock,
    pub process: Process,
    pub orders: OrdersServiceClient<Channel>,
    pub inventory: InventoryServiceClient<Channel>,
}

impl House {
    pub async fn open(mut config: Config) -> Self {
        config.grpc = config.grpc.any_ports();
        let log = Arc::new(MemoryLog::new());
        let clock = Clock::held(Timestamp::parse("2026-11-22T08:00:00Z").unwrap());
        let shared: Log = log.clone();
        let cell = Cell::new(config, shared, clock.clone());
        let modules = cluster::modules(&cell).unwrap();
        let process = Process::start(cell, modules).await.unwrap();
        let at = |room| format!("http://{}", process.address(room).unwrap());
        let orders = OrdersServiceClient::connect(at(Room::Orders)).await;
        let inventory = InventoryServiceClient::connect(at(Room::Inventory)).await;
        Self {
            log,
            clock,
            orders: orders.unwrap(),
            inventory: inventory.unwrap(),
            process,
        }
    }

    /// A location, and an item that may be backordered; bought again if a supplier is given.
    pub async fn furnish(&mut self, replenishment: Option<stock::Replenishment>) {
        let segment = stock::Backorderable {
            cap: 100,
            longest_wait_days: 90,
        };
        let item = stock::DefineItemRequest {
            sku: "BOLT".into(),
            description: "A bolt".into(),
            segment: Some(stock::define_item_request::Segment::Backorderable(segment)),
            replenishment,
            ..Default::default()
        };
        self.inventory.define_item(item).await.unwrap();
        let place = stock::DefineLocationRequest {
            location_id: "SHED".into(),
            name: "The shed".into(),
            ..Default::default()
        };
        self.inventory.define_location(place).await.unwrap();
    }

    pub async fn place(&mut self, order: &str, caller: &Caller) -> Result<(), Status> {
        let request = caller.asks(shop::PlaceOrderRequest {
            order_id: order.into(),
            customer: Some(shop::Customer {
                id: order.into(),
                email: format!("{order}@example.com"),
                ..Default::default()
            }),
            ship_to: Some(shop::ShipTo {
                country: "DE".into(),
                ..Default::default()
            }),
            currency: "EUR".into(),
            lines: vec![shop::OrderLine {
                sku: "BOLT".into(),
                quantity: 3,
                ..Default::default()
            }],
            ..Default::default()
        });
        self.orders.place_order(request).await.map(drop)
    }

    pub async fn get(&mut self, order: &str, caller: &Caller) -> Result<(), Status> {
        let order_id = order.to_owned();
        let request = shop::GetOrderRequest {
            order_id,
            ..Default::default()
        };
        let asked = caller.asks(request);
        self.orders.get_order(asked).await.map(drop)
    }

    pub async fn receive(&mut self, quantity: u32) {
        let sku = "BOLT".into();
        let receipt = stock::ReceiveStockRequest {
            location_id: "SHED".into(),
            lines: vec![stock::SkuQuantity { sku, quantity }],
            ..Default::default()
        };
        self.inventory.receive_stock(receipt).await.unwrap();
    }

    /// Lets every room do what is due, and the post leave.
    pub async fn rest(&mut self) {
        self.process.rest().await.unwrap();
        let later = self.clock.now().plus_ms(DIGEST_MS);
        self.clock.advance_to(later);
        self.process.rest().await.unwrap();
    }
}
