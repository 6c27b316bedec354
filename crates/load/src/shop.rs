//! The shop that is called: its server, its services, its items and their stock.

use std::sync::Arc;

use api::inventory::v1 as stock;
use api::inventory::v1::define_item_request::Segment;
use chassis::{Cell, Clock, Config, Process};
use futures::StreamExt;
use local_nats::{LocalNats, Options};

use crate::doors::{Doors, LOCATION, ONE_WITHOUT_STOCK_IN, SKUS, has_stock, sku};
use crate::many;

/// Units of each item that has stock.
const PLENTY: u32 = 1_000_000;
/// The most units that an item lets wait.
const CAP: u32 = 1_000_000;
/// Lines of one receipt.
const LINES_A_RECEIPT: usize = 1_000;
/// Definitions under way while the shop is furnished.
const FURNISHING: usize = 256;

/// A cell of its own.
pub struct Shop {
    nats: LocalNats,
    process: Process,
    url: String,
    doors: Arc<Doors>,
    _state: tempfile::TempDir,
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
