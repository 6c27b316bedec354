//! The shop that is called: its server, its services, its items and their stock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use api::inventory::v1 as stock;
use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use futures::StreamExt;
use local_nats::{LocalNats, Options};
use tonic::transport::{Channel, Endpoint};

use crate::many;
use crate::zipf::Zipf;

/// Items, of which few are wanted by many.
pub const SKUS: u32 = 10_000;
/// Of so many items one has no stock: its orders wait.
const ONE_WITHOUT_STOCK_IN: u32 = 10;
/// Units of each item that has stock.
const PLENTY: u32 = 1_000_000;
/// The most units that an item lets wait.
const CAP: u32 = 1_000_000;
/// Lines of one receipt.
const LINES_A_RECEIPT: usize = 1_000;
/// Definitions under way while the shop is furnished.
const FURNISHING: usize = 256;
/// Callers on one connection.
const CALLERS_A_CONNECTION: u32 = 64;
/// Connections to each of the two services that are called.
const CONNECTIONS: u32 = 16;
pub const LOCATION: &str = "SHED";

/// A cell of its own.
pub struct Shop {
    nats: LocalNats,
    process: Process,
    url: String,
    doors: Arc<Doors>,
    _state: tempfile::TempDir,
}

/// Connections, and what callers share.
pub struct Doors {
    orders: Vec<OrdersServiceClient<Channel>>,
    inventory: Vec<InventoryServiceClient<Channel>>,
    pub wanted: Zipf,
    next: AtomicU64,
}

impl Shop {
    /// A new one, with stock of nine items in ten.
    pub async fn open() -> anyhow::Result<Self> {
        let state = tempfile::tempdir()?;
        let nats = LocalNats::start(Options::default()).await?;
        let url = nats.url();
        let mut config = Config::default();
        config.nats.url.clone_from(&url);
        config.nats.cell = "load".to_owned();
        config.grpc = config.grpc.any_ports();
        config.state.dir = Some(state.path().to_owned());
        let log = chassis::open_log(&config).await?;
        let cell = Cell::new(config, log, Clock::wall());
        let modules = cluster::modules(&cell)?;
        let process = Process::start(cell, modules).await?;
        let doors = Arc::new(Doors::open(&process).await?);
        let shop = Self {
            nats,
            process,
            url,
            doors,
            _state: state,
        };
        shop.furnish().await?;
        Ok(shop)
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The way in.
    pub fn doors(&self) -> Arc<Doors> {
        Arc::clone(&self.doors)
    }

    async fn furnish(&self) -> anyhow::Result<()> {
        let location = stock::DefineLocationRequest {
            location_id: LOCATION.into(),
            name: "The shed".into(),
            ..Default::default()
        };
        self.doors.inventory(0).define_location(location).await?;
        let items = futures::stream::iter(0..SKUS).map(|number| async move {
            let item = stock::DefineItemRequest {
                sku: sku(number),
                description: format!("Item {number}"),
                segment: Some(Segment::Backorderable(stock::Backorderable {
                    cap: CAP,
                    longest_wait_days: 365,
                })),
                ..Default::default()
            };
            self.doors.inventory(number).define_item(item).await
        });
        let mut items = items.buffer_unordered(FURNISHING);
        while let Some(defined) = items.next().await {
            defined?;
        }
        let stocked = (0..SKUS).filter(|number| has_stock(*number));
        let line = |number| stock::SkuQuantity {
            sku: sku(number),
            quantity: PLENTY,
        };
        let lines: Vec<_> = stocked.map(line).collect();
        for (number, lines) in lines.chunks(LINES_A_RECEIPT).enumerate() {
            let receipt = stock::ReceiveStockRequest {
                receipt_id: format!("plenty-{number}"),
                location_id: LOCATION.into(),
                lines: lines.to_vec(),
                ..Default::default()
            };
            self.doors.inventory(0).receive_stock(receipt).await?;
        }
        Ok(())
    }

    /// Places so many orders that wait.
    pub async fn fill(&self, orders: u64) -> anyhow::Result<()> {
        let without = (0..SKUS).filter(|number| !has_stock(*number)).cycle();
        let waiting = without.zip(0..orders).map(|(number, _)| {
            let next = number.wrapping_add(ONE_WITHOUT_STOCK_IN);
            let next = next.checked_rem(SKUS).unwrap_or_default();
            self.doors.order(&[(number, 1), (next, 1)])
        });
        many::place_all(&self.doors, waiting.collect()).await
    }

    /// Ends it.
    pub async fn close(self) -> anyhow::Result<()> {
        self.process.stop().await?;
        self.nats.stop().await?;
        Ok(())
    }
}

impl Doors {
    async fn open(process: &Process) -> anyhow::Result<Self> {
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

const fn has_stock(number: u32) -> bool {
    number % ONE_WITHOUT_STOCK_IN != ONE_WITHOUT_STOCK_IN - 1
}
