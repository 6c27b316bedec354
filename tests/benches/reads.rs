//! Reading orders through gRPC on a real server that syncs every write: reads a second of open and
//! of closed orders, and what writers beside them lose. The yardsticks in the same run speak to the
//! server without any client library: direct gets of the same commits, and synced publishes.
//!
//! `cargo bench -p backorder-tests --bench reads`, with `-- --quick` to see only that it runs, and
//! with `-- readers` or `-- writers` for one of the tables.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench counts calls of seconds; its table is read on standard output"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use api::inventory::v1 as stock;
use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use event_log::Log;
use futures::StreamExt;
use futures::stream::iter;
use load::raw;
use local_nats::{LocalNats, Options};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tonic::transport::{Channel, Endpoint};

const READERS: [u64; 4] = [1, 64, 256, 1_024];
const STREAM: &str = "BO_reads";
const WRITERS: u64 = 4;
/// Beside the writers: as many readers as the shop once stopped under.
const READERS_BESIDE: u64 = 128;
/// What they read together when they hold back: the goal.
const READS_BESIDE: u64 = 10_000;
/// Callers on one connection.
const CALLERS_A_CONNECTION: u64 = 64;
const SKUS: u64 = 1_000;
const PLENTY: u32 = 1_000_000;
/// Requests in flight while the shop is filled.
const FILLING: usize = 256;
/// Raw direct gets in flight.
const RAW_IN_FLIGHT: usize = 64;

/// How much there is, how long is measured, and how often.
#[derive(Clone, Copy)]
struct Extent {
    orders: u64,
    rounds: usize,
    span: Duration,
}

const FULL: Extent = Extent {
    orders: 20_000,
    rounds: 3,
    span: Duration::from_secs(2),
};
const QUICK: Extent = Extent {
    orders: 400,
    rounds: 1,
    span: Duration::from_millis(200),
};

/// Which orders are read: the first half is closed, the second open.
#[derive(Clone, Copy)]
enum Kind {
    Open,
    Closed,
    ClosedWithTimeline,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::ClosedWithTimeline => "closed, with timeline",
        }
    }
}

struct Shop {
    process: Process,
    log: Log,
    orders: Vec<OrdersServiceClient<Channel>>,
    inventory: InventoryServiceClient<Channel>,
    extent: Extent,
    /// The next number of a writer's order.
    next: AtomicU64,
}

/// What some callers came to.
#[derive(Default)]
struct Figures {
    took: Vec<Duration>,
    failed: u64,
    first_failure: Option<String>,
}

impl Shop {
    async fn open(url: &str, extent: Extent) -> anyhow::Result<Self> {
        let mut config = Config::default();
        config.nats.url = url.to_owned();
        config.nats.cell = "reads".to_owned();
        config.grpc = config.grpc.any_ports();
        let log = chassis::open_log(&config).await?;
        let cell = Cell::new(config, Arc::clone(&log), Clock::wall());
        let modules = vec![
            orders::module(&cell)?,
            inventory::module(&cell)?,
            allocator::module(&cell)?,
        ];
        let process = Process::start(cell, modules).await?;
        let address = |room| {
            let found = process.address(room).context("a service has no address")?;
            anyhow::Ok(Endpoint::from_shared(format!("http://{found}"))?)
        };
        let mut orders = Vec::new();
        for _ in 0..READERS[3].div_ceil(CALLERS_A_CONNECTION) {
            orders.push(OrdersServiceClient::new(
                address(Room::Orders)?.connect().await?,
            ));
        }
        let inventory = InventoryServiceClient::new(address(Room::Inventory)?.connect().await?);
        let mut shop = Self {
            process,
            log,
            orders,
            inventory,
            extent,
            next: AtomicU64::new(extent.orders),
        };
        shop.furnish().await?;
        shop.fill().await?;
        Ok(shop)
    }

    async fn furnish(&mut self) -> anyhow::Result<()> {
        let location = stock::DefineLocationRequest {
            location_id: "SHED".into(),
            name: "The shed".into(),
            ..Default::default()
        };
        self.inventory.define_location(location).await?;
        for number in 0..SKUS {
            let item = stock::DefineItemRequest {
                sku: sku(number),
                description: format!("Item {number}"),
                segment: Some(Segment::Backorderable(stock::Backorderable {
                    cap: PLENTY,
                    longest_wait_days: 365,
                })),
                ..Default::default()
            };
            self.inventory.define_item(item).await?;
        }
        let line = |number| stock::SkuQuantity {
            sku: sku(number),
            quantity: PLENTY,
        };
        let receipt = stock::ReceiveStockRequest {
            receipt_id: "plenty".into(),
            location_id: "SHED".into(),
            lines: (0..SKUS).map(line).collect(),
            ..Default::default()
        };
        self.inventory.receive_stock(receipt).await?;
        Ok(())
    }

    /// Places all orders, many at once as in a busy shop, and cancels the first half.
    async fn fill(&self) -> anyhow::Result<()> {
        let placed = iter(0..self.extent.orders).map(|number| async move {
            let mut request = order(number);
            request.wait = Some(prost_types::Duration {
                seconds: 30,
                nanos: 0,
            });
            self.client(number).place_order(request).await
        });
        let mut placed = placed.buffer_unordered(FILLING);
        while let Some(answer) = placed.next().await {
            answer?;
        }
        let cancelled = iter(0..self.extent.orders / 2).map(|number| async move {
            let request = v1::CancelOrderRequest {
                cancellation_id: format!("C-{number:010}"),
                order_id: id(number),
                ..Default::default()
            };
            self.client(number).cancel_order(request).await
        });
        let mut cancelled = cancelled.buffer_unordered(FILLING);
        while let Some(answer) = cancelled.next().await {
            answer?;
        }
        for number in 0..self.extent.orders / 2 {
            self.until_closed(number).await?;
        }
        Ok(())
    }

    async fn until_closed(&self, number: u64) -> anyhow::Result<()> {
        let request = v1::WatchOrderRequest {
            order_id: id(number),
            at_least_revision: 0,
        };
        let watched = self.client(number).watch_order(request).await?;
        let mut watched = watched.into_inner();
        while watched.message().await?.is_some() {}
        Ok(())
    }

    fn client(&self, number: u64) -> OrdersServiceClient<Channel> {
        let connections = u64::try_from(self.orders.len()).unwrap_or(1);
        let index = usize::try_from(number.checked_rem(connections).unwrap_or_default());
        let found = self.orders.get(index.unwrap_or_default());
        found.unwrap_or(&self.orders[0]).clone()
    }

    /// One read after the other until the time is over, each order as likely as any; at most one
    /// in so long a time, if given.
    async fn read(
        &self,
        kind: Kind,
        reader: u64,
        until: Instant,
        pace: Option<Duration>,
    ) -> Figures {
        let mut client = self.client(reader / CALLERS_A_CONNECTION);
        let (half, mut seed) = (self.extent.orders / 2, reader);
        let mut figures = Figures::default();
        let mut next = Instant::now();
        while Instant::now() < until {
            // Knuth's linear congruential generator; its upper bits are random enough.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pick = (seed >> 33).checked_rem(half).unwrap_or_default();
            let (number, view) = match kind {
                Kind::Open => (half + pick, v1::OrderView::Basic),
                Kind::Closed => (pick, v1::OrderView::Basic),
                Kind::ClosedWithTimeline => (pick, v1::OrderView::Full),
            };
            let request = v1::GetOrderRequest {
                order_id: id(number),
                view: view.into(),
                ..Default::default()
            };
            let begin = Instant::now();
            figures.add(begin, until, client.get_order(request).await.map(drop));
            if let Some(pace) = pace {
                next += pace;
                sleep_until(next).await;
            }
        }
        figures
    }

    /// One order after the other until the time is over.
    async fn write(&self, writer: u64, until: Instant) -> Figures {
        // Not on a connection of readers, behind whose answers its own would wait.
        let mut client = self.client(READERS[3] / CALLERS_A_CONNECTION - 1 - writer);
        let mut figures = Figures::default();
        while Instant::now() < until {
            let request = order(self.next.fetch_add(1, Ordering::Relaxed));
            let begin = Instant::now();
            figures.add(begin, until, client.place_order(request).await.map(drop));
        }
        figures
    }
}

impl Figures {
    /// Counts a call, unless it was answered after the time was over.
    fn add(&mut self, begin: Instant, until: Instant, answer: Result<(), tonic::Status>) {
        let end = Instant::now();
        match answer {
            Ok(()) if end > until => {}
            Ok(()) => self.took.push(end.duration_since(begin)),
            Err(status) => {
                self.failed += 1;
                self.first_failure.get_or_insert(status.to_string());
            }
        }
    }

    fn take(&mut self, other: Self) {
        self.took.extend(other.took);
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }

    fn rate(&self, span: Duration) -> f64 {
        count(self.took.len()) / span.as_secs_f64()
    }

    /// The time within which so many percent of the calls were answered, in milliseconds.
    fn percentile(&mut self, percent: usize) -> f64 {
        self.took.sort_unstable();
        let at = self.took.len().saturating_mul(percent).div_ceil(100);
        let found = self.took.get(at.saturating_sub(1));
        found.map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}

fn sku(number: u64) -> String {
    format!("SKU-{number:04}")
}

fn id(number: u64) -> String {
    format!("{number:010}")
}

/// An order of two lines.
fn order(number: u64) -> v1::PlaceOrderRequest {
    let line = |factor: u64| v1::OrderLine {
        // Neighbours in time are about other SKUs: the factors and 1,000 share none.
        sku: sku(number
            .wrapping_mul(factor)
            .checked_rem(SKUS)
            .unwrap_or_default()),
        quantity: 1,
        unit_price_minor: 1_995,
        ..Default::default()
    };
    v1::PlaceOrderRequest {
        order_id: id(number),
        customer: Some(v1::Customer {
            id: format!("C-{number:010}"),
            email: format!("customer{number}@shop.example"),
            ..Default::default()
        }),
        channel: "web".into(),
        ship_to: Some(v1::ShipTo {
            country: "DE".into(),
            region: String::new(),
        }),
        currency: "EUR".into(),
        lines: vec![line(617), line(383)],
        ..Default::default()
    }
}

/// Readers and writers at once: what the readers came to, and the writers.
async fn together(
    shop: &Arc<Shop>,
    (kind, readers, pace): (Kind, u64, Option<Duration>),
    writers: u64,
) -> anyhow::Result<(Figures, Figures)> {
    let until = Instant::now() + shop.extent.span;
    let (mut reading, mut writing) = (JoinSet::new(), JoinSet::new());
    for reader in 0..readers {
        let shop = Arc::clone(shop);
        reading.spawn(async move { shop.read(kind, reader, until, pace).await });
    }
    for writer in 0..writers {
        let shop = Arc::clone(shop);
        writing.spawn(async move { shop.write(writer, until).await });
    }
    let (mut read, mut written) = (Figures::default(), Figures::default());
    while let Some(one) = reading.join_next().await {
        read.take(one?);
    }
    while let Some(one) = writing.join_next().await {
        written.take(one?);
    }
    Ok((read, written))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// So many rounds of something that gives a rate, with its raw rate in the same minute.
struct Rounds {
    rates: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    of_raw: Vec<f64>,
    all: Figures,
}

impl Rounds {
    const fn new() -> Self {
        Self {
            rates: Vec::new(),
            p50: Vec::new(),
            p99: Vec::new(),
            of_raw: Vec::new(),
            all: Figures {
                took: Vec::new(),
                failed: 0,
                first_failure: None,
            },
        }
    }

    fn add(&mut self, mut figures: Figures, span: Duration, raw: f64) {
        let rate = figures.rate(span);
        self.rates.push(rate);
        self.of_raw.push(rate / raw);
        self.p50.push(figures.percentile(50));
        self.p99.push(figures.percentile(99));
        figures.took.clear();
        self.all.take(figures);
    }

    fn row(self, name: &str) {
        let failed = self.all.failed;
        println!(
            "| {name} | {:.0} | {:.2} | {:.1} | {failed} | {:.2} |",
            median(self.rates),
            median(self.p50),
            median(self.p99),
            median(self.of_raw),
        );
        if let Some(failure) = self.all.first_failure {
            println!("| | first failure: {failure} | | | | |");
        }
    }
}

async fn read_rows(shop: &Arc<Shop>, url: &str) -> anyhow::Result<()> {
    let extent = shop.extent;
    let last = shop.log.last(&Room::ALL).await?.0;
    let mut raw_rates = Vec::new();
    println!("| orders | readers: reads/s | p50 ms | p99 ms | failed | of raw direct gets |");
    println!("|:--|--:|--:|--:|--:|--:|");
    for kind in [Kind::Open, Kind::Closed, Kind::ClosedWithTimeline] {
        for readers in READERS {
            let mut rounds = Rounds::new();
            for _ in 0..extent.rounds {
                let raw =
                    raw::direct_gets(url, STREAM, last, RAW_IN_FLIGHT, extent.span / 4).await?;
                raw_rates.push(raw);
                let (read, _) = together(shop, (kind, readers, None), 0).await?;
                rounds.add(read, extent.span, raw);
            }
            rounds.row(&format!("{}, {readers} readers", kind.name()));
        }
    }
    println!(
        "\nraw direct gets of the same commits, {RAW_IN_FLIGHT} in flight: {:.0}/s\n",
        median(raw_rates)
    );
    Ok(())
}

async fn write_rows(shop: &Arc<Shop>, url: &str) -> anyhow::Result<()> {
    let extent = shop.extent;
    let pace = Duration::from_micros(1_000_000 * READERS_BESIDE / READS_BESIDE);
    let beside = [
        ("alone", 0, None),
        (
            "beside 128 readers, 10,000 reads/s",
            READERS_BESIDE,
            Some(pace),
        ),
        ("beside 128 readers, all they can", READERS_BESIDE, None),
    ];
    let mut writes: Vec<Rounds> = beside.iter().map(|_| Rounds::new()).collect();
    let mut reads: Vec<Rounds> = beside.iter().map(|_| Rounds::new()).collect();
    let mut raw_rates = Vec::new();
    // In turns, since a disk differs from minute to minute.
    for _ in 0..extent.rounds {
        for (index, (_, readers, pace)) in beside.iter().enumerate() {
            let raw = raw::publishes(url, extent.span / 4).await?;
            raw_rates.push(raw);
            let callers = (Kind::Closed, *readers, *pace);
            let (read, written) = together(shop, callers, WRITERS).await?;
            if let (Some(reads), Some(writes)) = (reads.get_mut(index), writes.get_mut(index)) {
                reads.add(read, extent.span, raw);
                writes.add(written, extent.span, raw);
            }
        }
    }
    println!("| {WRITERS} writers | orders/s | p50 ms | p99 ms | failed | of raw publishes |");
    println!("|:--|--:|--:|--:|--:|--:|");
    for ((name, readers, _), (reads, writes)) in beside.iter().zip(reads.into_iter().zip(writes)) {
        writes.row(name);
        if *readers > 0 {
            reads.row("the readers' reads/s");
        }
    }
    println!(
        "\nraw synced publishes, one at a time: {:.0}/s",
        median(raw_rates)
    );
    Ok(())
}

async fn measure(extent: Extent, only: Option<&str>) -> anyhow::Result<()> {
    let nats = LocalNats::start(Options::default()).await?;
    let shop = Arc::new(Shop::open(&nats.url(), extent).await?);
    if only != Some("writers") {
        read_rows(&shop, &nats.url()).await?;
    }
    if only != Some("readers") {
        write_rows(&shop, &nats.url()).await?;
    }
    let shop = Arc::into_inner(shop).context("a call goes on")?;
    shop.process.stop().await?;
    nats.stop().await?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let only = arguments.iter().find(|argument| !argument.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(
        if quick { QUICK } else { FULL },
        only.map(String::as_str),
    ))
}
