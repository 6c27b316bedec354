//! All five services, each with a connection and a user of its own, as they are deployed; and a
//! little of a shop's day.

use std::sync::Arc;
use std::time::Duration;

use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::{inventory, orders};
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use event_log::Log;
use local_nats::LocalNats;
use tempfile::TempDir;
use tonic::transport::Channel;

pub struct Services {
    processes: Vec<Process>,
    pub log: Log,
    pub orders: OrdersServiceClient<Channel>,
    pub inventory: InventoryServiceClient<Channel>,
    pub allocator: AllocatorServiceClient<Channel>,
    _letters: TempDir,
}

impl Services {
    /// Starts them, each as its user if there are keys.
    pub async fn start(nats: &LocalNats, keys: Option<&TempDir>) -> Self {
        let letters = tempfile::tempdir().unwrap();
        let (mut processes, mut addresses, mut last) = (Vec::new(), Vec::new(), None);
        for room in Room::ALL {
            let mut config = Config::default();
            config.nats.url = nats.url();
            config.nats.nkey_seed_file = keys.map(|keys| keys.path().join(format!("{room}.seed")));
            config.telemetry.service_name = Some(format!("backorder-{room}"));
            config.notifier.folder = Some(letters.path().to_owned());
            config.grpc = config.grpc.any_ports();
            let log = chassis::open_log(&config).await.unwrap();
            let cell = Cell::new(config, Arc::clone(&log), Clock::wall());
            let module = cluster::module(&cell, room).unwrap();
            let process = Process::start(cell, vec![module]).await.unwrap();
            addresses.push(format!("http://{}", process.address(room).unwrap()));
            processes.push(process);
            last = Some(log);
        }
        let address = |room| {
            let index = Room::ALL.iter().position(|of| *of == room).unwrap();
            addresses[index].clone()
        };
        Self {
            orders: OrdersServiceClient::connect(address(Room::Orders))
                .await
                .unwrap(),
            inventory: InventoryServiceClient::connect(address(Room::Inventory))
                .await
                .unwrap(),
            allocator: AllocatorServiceClient::connect(address(Room::Allocator))
                .await
                .unwrap(),
            processes,
            log: last.unwrap(),
            _letters: letters,
        }
    }

    pub async fn define(&self, sku: &str) {
        use inventory::v1::define_item_request::Segment;
        let backorderable = inventory::v1::Backorderable {
            cap: 1_000,
            longest_wait_days: 60,
        };
        let item = inventory::v1::DefineItemRequest {
            definition_id: format!("define {sku}"),
            sku: sku.to_owned(),
            description: "a thing".to_owned(),
            segment: Some(Segment::Backorderable(backorderable)),
            ..Default::default()
        };
        self.inventory.clone().define_item(item).await.unwrap();
    }

    /// Four pieces come in, some are ordered, and the allocator has settled.
    pub async fn sell(&self, sku: &str, order: &str, quantity: u32) {
        let location = inventory::v1::DefineLocationRequest {
            definition_id: "define MAIN".to_owned(),
            location_id: "MAIN".to_owned(),
            name: "Hall 1".to_owned(),
            ..Default::default()
        };
        self.inventory
            .clone()
            .define_location(location)
            .await
            .unwrap();
        self.define(sku).await;
        let receipt = inventory::v1::ReceiveStockRequest {
            receipt_id: format!("receipt of {sku}"),
            location_id: "MAIN".to_owned(),
            lines: vec![inventory::v1::SkuQuantity {
                sku: sku.to_owned(),
                quantity: 4,
            }],
            ..Default::default()
        };
        self.inventory.clone().receive_stock(receipt).await.unwrap();
        self.place(order, sku, quantity).await;
    }

    /// An order, until the allocator has settled it.
    pub async fn place(&self, order: &str, sku: &str, quantity: u32) {
        let placed = orders::v1::PlaceOrderRequest {
            order_id: order.to_owned(),
            customer: Some(orders::v1::Customer {
                id: "ada".to_owned(),
                ..Default::default()
            }),
            channel: "web".to_owned(),
            ship_to: Some(orders::v1::ShipTo {
                country: "GB".to_owned(),
                ..Default::default()
            }),
            currency: "GBP".to_owned(),
            lines: vec![orders::v1::OrderLine {
                sku: sku.to_owned(),
                quantity,
                unit_price_minor: 250,
                ..Default::default()
            }],
            wait: Some(prost_types::Duration {
                seconds: 20,
                nanos: 0,
            }),
            ..Default::default()
        };
        let answer = self.orders.clone().place_order(placed).await.unwrap();
        assert!(
            answer.into_inner().order.is_some(),
            "it is not settled in time"
        );
    }

    /// One unit of an order's first line is given up.
    pub async fn cancel_one(&self, order: &str, cancellation: &str) {
        let cancelled = orders::v1::CancelOrderRequest {
            cancellation_id: cancellation.to_owned(),
            order_id: order.to_owned(),
            lines: vec![orders::v1::LineQuantity {
                line: 1,
                quantity: 1,
            }],
            ..Default::default()
        };
        self.orders.clone().cancel_order(cancelled).await.unwrap();
    }

    /// Why a service stops, when it does on its own.
    pub async fn failed(&mut self, room: Room) -> String {
        let index = Room::ALL.iter().position(|of| *of == room).unwrap();
        let failed = self.processes[index].failed();
        let failed = tokio::time::timeout(Duration::from_secs(20), failed).await;
        format!("{:#}", failed.unwrap())
    }

    pub async fn on_hand(&self, sku: &str) -> i64 {
        let asked = inventory::v1::GetStockRequest {
            sku: sku.to_owned(),
            ..Default::default()
        };
        let answer = self.inventory.clone().get_stock(asked).await.unwrap();
        answer.into_inner().stock.unwrap().on_hand
    }

    pub async fn stop(self) {
        for process in self.processes {
            process.stop().await.unwrap();
        }
    }
}
