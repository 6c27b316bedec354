//! The loop of the rooms on a real server that syncs every write: how many orders a second are
//! accepted, on disk and settled, beside a raw loop of appends in the same run.
//!
//! `cargo bench -p backorder-tests --bench loop`, with `-- --quick` to see only that it runs. No
//! gRPC is in the path: what is measured is the host, the rooms and the log.

#![allow(
    clippy::print_stdout,
    reason = "the table is what a bench is run for, and standard output is where it is read"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allocation::Allocator;
use anyhow::Context;
use chassis::{Cell, Clock, Config, Host, Process, ServiceModule};
use domain::decider::Room;
use domain::event::{
    Commit, Customer, Event, ItemDefined, LocationDefined, OrderPlaced, PlacedLine, Received,
    Segment, ShipTo, SkuQuantity,
};
use domain::ids::{
    Currency, CustomerId, DefinitionId, LocationId, OrderId, ReceiptId, Revision, Sku, Tier,
    Timestamp,
};
use domain::inventory::{DefineItem, DefineLocation, Inventory, ReceiveStock};
use domain::orders::{Orders, PlaceOrder};
use event_log::Encoded;
use futures::future::try_join_all;
use local_nats::{LocalNats, Options};
use orders::wait::Waiting;
use tokio::time::{Instant, sleep_until};
use tonic::service::Routes;

const CALLERS: [u32; 5] = [1, 8, 64, 256, 1_024];
const SKUS: u64 = 1_000;
/// Of so many SKUs one has no stock: its orders wait.
const ONE_WITHOUT_STOCK_IN: u64 = 10;
const PLENTY: u32 = 1_000_000;
/// The longest that one caller waits for its outcome.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long is measured, and how often.
#[derive(Clone, Copy)]
struct Extent {
    rounds: u32,
    warm: Duration,
    span: Duration,
    raw: Duration,
}

const FULL: Extent = Extent {
    rounds: 3,
    warm: Duration::from_millis(500),
    span: Duration::from_secs(3),
    raw: Duration::from_secs(1),
};
const QUICK: Extent = Extent {
    rounds: 1,
    warm: Duration::from_millis(100),
    span: Duration::from_millis(500),
    raw: Duration::from_millis(200),
};

/// Three rooms around one reader.
struct Shop {
    orders: Host<Orders>,
    inventory: Host<Inventory>,
    waiting: Waiting,
    process: Process,
}

/// What one round came to; the times are in milliseconds.
#[derive(Clone, Copy)]
struct Figures {
    orders: f64,
    p50: f64,
    p99: f64,
    commits: f64,
    raw: f64,
}

impl Shop {
    async fn open(url: &str, cell: &str) -> anyhow::Result<Self> {
        let config = settings(url, cell);
        let log = chassis::open_log(&config).await?;
        let cell = Cell::new(config, log, Clock::wall());
        let (orders, orders_driver) = cell.room::<Orders>()?;
        let (inventory, inventory_driver) = cell.room::<Inventory>()?;
        let (_allocator, allocator_driver) = cell.room::<Allocator>()?;
        let modules = vec![
            ServiceModule::new(orders_driver, Routes::default(), chassis::no_side_effects()),
            ServiceModule::new(
                inventory_driver,
                Routes::default(),
                chassis::no_side_effects(),
            ),
            ServiceModule::new(
                allocator_driver,
                Routes::default(),
                chassis::no_side_effects(),
            ),
        ];
        let process = Process::start(cell, modules).await?;
        let waiting = Waiting::new(orders.clone());
        let shop = Self {
            orders,
            inventory,
            waiting,
            process,
        };
        shop.furnish().await?;
        Ok(shop)
    }

    async fn furnish(&self) -> anyhow::Result<()> {
        let place = LocationDefined {
            definition: DefinitionId::new("shed")?,
            location: LocationId::new("SHED")?,
            name: "The shed".into(),
            region: None,
            cost: None,
            time_zone: None,
        };
        let location = place.location.clone();
        self.inventory.transact(DefineLocation(place)).await?;
        let items = (0..SKUS).map(|number| self.define(number));
        try_join_all(items).await?;
        let stocked = (0..SKUS).filter(|number| number % ONE_WITHOUT_STOCK_IN != 0);
        let lines = stocked.map(|number| SkuQuantity {
            sku: sku(number),
            quantity: PLENTY,
        });
        let receipt = Received {
            receipt: ReceiptId::new("plenty")?,
            location,
            purchase_order: None,
            lines: lines.collect(),
        };
        self.inventory.transact(ReceiveStock(receipt)).await?;
        Ok(())
    }

    async fn define(&self, number: u64) -> anyhow::Result<()> {
        let item = ItemDefined {
            definition: DefinitionId::from(format!("item-{number}")),
            sku: sku(number),
            description: format!("Item {number}"),
            segment: Segment::Backorderable {
                cap: PLENTY,
                longest_wait_days: 365,
            },
            replenishment: None,
            fair_share: false,
            protection: None,
            unit: None,
            step: None,
            reserve_days_before: None,
            releases_at: None,
        };
        self.inventory.transact(DefineItem(item)).await?;
        Ok(())
    }

    /// One order after the other, each settled before the next; how long those took that ended
    /// between the two times.
    async fn call(
        &self,
        numbers: &AtomicU64,
        from: Instant,
        until: Instant,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut took = Vec::new();
        loop {
            let begin = Instant::now();
            if begin >= until {
                return Ok(took);
            }
            let request = order(numbers.fetch_add(1, Ordering::Relaxed))?;
            let id = request.order.clone();
            self.orders
                .transact(PlaceOrder::carried_over(request))
                .await?;
            self.waiting.until_decided(&id, PATIENCE).await;
            let decided = self.orders.read(|room| room.is_decided(&id));
            anyhow::ensure!(decided == Some(true), "order {id} is not settled");
            let end = Instant::now();
            if end >= from && end < until {
                took.push(end.duration_since(begin));
            }
        }
    }
}

fn settings(url: &str, cell: &str) -> Config {
    let mut config = Config::default();
    config.nats.url = url.to_owned();
    config.nats.cell = cell.to_owned();
    config.grpc = config.grpc.any_ports();
    config
}

fn sku(number: u64) -> Sku {
    Sku::from(format!("SKU-{number:04}"))
}

fn order(number: u64) -> anyhow::Result<OrderPlaced> {
    // Neighbours in time are about other SKUs: 617 and 1,000 share no factor.
    let wanted = number.wrapping_mul(617).checked_rem(SKUS);
    Ok(OrderPlaced {
        order: OrderId::from(format!("{number:010}")),
        customer: Customer {
            id: CustomerId::from(format!("C-{number:010}")),
            tier: Tier::new("standard")?,
            said_tier: None,
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".into(),
        ship_to: ShipTo {
            country: "DE".into(),
            region: None,
        },
        currency: Currency::new("EUR").context("a currency")?,
        lines: vec![PlacedLine {
            line: 1,
            sku: sku(wanted.unwrap_or_default()),
            quantity: 1,
            unit_price_minor: 1_995,
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
    })
}

/// Appends of commits as big as so many orders, one after the other: what the log can do when
/// nothing has to be decided.
async fn raw(url: &str, cell: &str, orders: u32, span: Duration) -> anyhow::Result<f64> {
    let log = chassis::open_log(&settings(url, cell)).await?;
    let events: Result<Vec<Event>, anyhow::Error> = (0..u64::from(orders))
        .map(|number| Ok(order(number)?.into()))
        .collect();
    let commit = Commit {
        as_of: Revision(0),
        at: Timestamp::from_ms(1_800_000_000_000),
        events: events?,
        traces: std::collections::BTreeMap::new(),
    };
    let commit = Encoded::new(&commit)?;
    let mut last = Revision(0);
    let mut appends = 0_u64;
    let begin = Instant::now();
    while begin.elapsed() < span {
        last = log.append(Room::Orders, commit.clone(), last).await?;
        appends = appends.saturating_add(1);
    }
    per_second(appends, begin.elapsed())
}

fn per_second(count: u64, span: Duration) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(count)?) / span.as_secs_f64())
}

/// The time within which so many percent of the calls were answered, in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = sorted.len().saturating_mul(percent).div_ceil(100);
    let found = sorted.get(at.saturating_sub(1));
    found.map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
}

async fn round(url: &str, name: &str, callers: u32, extent: Extent) -> anyhow::Result<Figures> {
    let raw = raw(url, &format!("raw-{name}"), callers, extent.raw).await?;
    let shop = Arc::new(Shop::open(url, &format!("loop-{name}")).await?);
    let numbers = Arc::new(AtomicU64::new(0));
    let now = Instant::now();
    let from = now.checked_add(extent.warm).context("a far future")?;
    let until = from.checked_add(extent.span).context("a far future")?;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let (shop, numbers) = (Arc::clone(&shop), Arc::clone(&numbers));
        calls.spawn(async move { shop.call(&numbers, from, until).await });
    }
    sleep_until(from).await;
    let first = shop.orders.folded();
    sleep_until(until).await;
    let last = shop.orders.folded();
    let mut took = Vec::new();
    while let Some(called) = calls.join_next().await {
        took.extend(called??);
    }
    took.sort_unstable();
    let shop = Arc::into_inner(shop).context("a call goes on")?;
    shop.process.stop().await?;
    Ok(Figures {
        orders: per_second(u64::try_from(took.len())?, extent.span)?,
        p50: percentile(&took, 50),
        p99: percentile(&took, 99),
        commits: per_second(last.0.saturating_sub(first.0), extent.span)?,
        raw,
    })
}

fn median(rounds: &[Figures], of: impl Fn(&Figures) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn measure(extent: Extent) -> anyhow::Result<()> {
    let nats = LocalNats::start(Options::default()).await?;
    println!(
        "| callers | orders/s | p50 ms | p99 ms | commits/s | orders a commit | raw appends/s | \
         commits/raw |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    for callers in CALLERS {
        let mut rounds = Vec::new();
        for number in 1..=extent.rounds {
            let name = format!("{callers}-{number}");
            rounds.push(round(&nats.url(), &name, callers, extent).await?);
        }
        let orders = median(&rounds, |round| round.orders);
        let commits = median(&rounds, |round| round.commits);
        let raw = median(&rounds, |round| round.raw);
        println!(
            "| {callers} | {orders:.0} | {:.1} | {:.1} | {commits:.0} | {:.1} | {raw:.0} | {:.2} |",
            median(&rounds, |round| round.p50),
            median(&rounds, |round| round.p99),
            orders / commits,
            commits / raw,
        );
    }
    nats.stop().await?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(if quick { QUICK } else { FULL }))
}
