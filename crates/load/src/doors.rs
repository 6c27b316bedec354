//! The way into the shop: connections to its services, and what callers ask for.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::Process;
use domain::decider::Room;
use tonic::transport::{Channel, Endpoint};

use crate::zipf::Zipf;

/// Items, of which few are wanted by many.
pub const SKUS: u32 = 10_000;
/// Of so many items one has no stock: its orders wait.
pub const ONE_WITHOUT_STOCK_IN: u32 = 10;
/// Callers on one connection.
const CALLERS_A_CONNECTION: u32 = 64;
/// Connections to each of the two services that are called.
const CONNECTIONS: u32 = 16;
/// The one place with stock.
pub const LOCATION: &str = "SHED";

/// Connections, and what callers share.
pub struct Doors {
    orders: Vec<OrdersServiceClient<Channel>>,
    inventory: Vec<InventoryServiceClient<Channel>>,
    pub wanted: Zipf,
    next: AtomicU64,
}

impl Doors {
    /// Connects to the two services.
    pub async fn open(process: &Process) -> anyhow::Result<Self> {
        let endpoint = |room| {
            let address = process.address(room).context("a service has no address")?;
            let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
            anyhow::Ok(endpoint.tcp_nodelay(true))
        };
        let (mut orders, mut inventory) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            let channel = endpoint(Room::Orders)?.connect().await?;
            orders.push(OrdersServiceClient::new(channel));
            let channel = endpoint(Room::Inventory)?.connect().await?;
            inventory.push(InventoryServiceClient::new(channel));
        }
        Ok(Self {
            orders,
            inventory,
            wanted: Zipf::new(SKUS),
            next: AtomicU64::new(0),
        })
    }

    /// The connection of a caller to orders.
    pub fn orders(&self, caller: u32) -> OrdersServiceClient<Channel> {
        of(&self.orders, caller)
    }

    /// The connection of a caller to inventory.
    pub fn inventory(&self, caller: u32) -> InventoryServiceClient<Channel> {
        of(&self.inventory, caller)
    }

    /// A number that nobody had before.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// One or a few lines of items that many want.
    pub fn wanted_order(&self, lines: u32, random: &mut fastrand::Rng) -> v1::PlaceOrderRequest {
        let lines: Vec<(u32, u32)> = (0..lines)
            .map(|_| (self.wanted_number(random), random.u32(1..=2)))
            .collect();
        self.order(&lines)
    }

    /// The number of an item that many want.
    pub fn wanted_number(&self, random: &mut fastrand::Rng) -> u32 {
        u32::try_from(self.wanted.pick(random)).unwrap_or_default()
    }

    /// A new order of these items.
    pub fn order(&self, lines: &[(u32, u32)]) -> v1::PlaceOrderRequest {
        let number = self.number();
        let line = |&(item, quantity): &(u32, u32)| v1::OrderLine {
            sku: sku(item),
            quantity,
            unit_price_minor: 1_995,
            ..Default::default()
        };
        v1::PlaceOrderRequest {
            order_id: format!("{number:010}"),
            // Without an address: no letters are written, which would measure a folder or a mail
            // server.
            customer: Some(v1::Customer {
                id: format!("C-{number:010}"),
                ..Default::default()
            }),
            channel: "web".into(),
            ship_to: Some(v1::ShipTo {
                country: "DE".into(),
                region: String::new(),
            }),
            currency: "EUR".into(),
            lines: lines.iter().map(line).collect(),
            ..Default::default()
        }
    }
}

fn of<C: Clone>(connections: &[C], caller: u32) -> C {
    let index = caller
        .checked_div(CALLERS_A_CONNECTION)
        .and_then(|group| group.checked_rem(CONNECTIONS))
        .and_then(|index| usize::try_from(index).ok());
    #[allow(
        clippy::indexing_slicing,
        reason = "the remainder of the number of connections"
    )]
    connections[index.unwrap_or_default()].clone()
}

/// The lower its number, the more want it; the most wanted one has stock.
pub fn sku(number: u32) -> String {
    format!("SKU-{number:05}")
}

/// Nine in ten have.
pub const fn has_stock(number: u32) -> bool {
    number % ONE_WITHOUT_STOCK_IN != ONE_WITHOUT_STOCK_IN - 1
}
