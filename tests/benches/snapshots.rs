//! Snapshots of rooms with many open orders: how long a copy, a write and a read take, how long a
//! process stops and starts with them, and how long a room under load answers nobody meanwhile.
//!
//! `cargo bench -p backorder-tests --bench snapshots`, with `-- --quick` to see only that it runs,
//! or with a number of orders. The log is in memory, so that no pause comes from its disk.

#![allow(
    clippy::print_stdout,
    reason = "the table is what a bench is run for, and standard output is where it is read"
)]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allocation::Allocator;
use anyhow::Context;
use chassis::turn::Folded;
use chassis::{Cell, Clock, Config, Host, Process, ServiceModule, no_side_effects};
use domain::command::RoomState;
use domain::decider::{Decider, Room};
use domain::event::{
    Commit, Customer, Event, ItemDefined, LocationDefined, OrderPlaced, PlacedLine, Received,
    Segment, ShipTo, SkuQuantity,
};
use domain::ids::{
    Currency, CustomerId, DefinitionId, LocationId, OrderId, ReceiptId, Revision, Sku, Tier,
    Timestamp,
};
use domain::inventory::Inventory;
use domain::orders::{Orders, PlaceOrder};
use event_log::{Encoded, Log, Logged, MemoryLog, Snapshots};
use futures::StreamExt;
use tokio::time::Instant;
use tonic::service::Routes;

const ORDERS: u64 = 1_000_000;
const QUICK_ORDERS: u64 = 20_000;
const SKUS: u64 = 10_000;
/// Of so many SKUs one has stock; orders of the others wait.
const ONE_WITH_STOCK_IN: u64 = 2;
const PLENTY: u32 = 1_000_000;
/// Events in a commit that is written beforehand.
const IN_A_COMMIT: u64 = 250;
const CALLERS: u32 = 64;
/// How long the rooms are under load, with snapshots and without.
const SPAN: Duration = Duration::from_secs(15);
const QUICK_SPAN: Duration = Duration::from_secs(2);
/// Commits between two snapshots under load.
const OFTEN: u64 = 500;
const ROUNDS: usize = 3;
/// Between two looks whether all rooms are at rest.
const PAUSE: Duration = Duration::from_millis(10);
/// Commits parsed before they are folded.
const IN_A_ROW: usize = 256;

/// Three rooms around one reader.
struct Shop {
    orders: Host<Orders>,
    inventory: Host<Inventory>,
    allocator: Host<Allocator>,
    process: Process,
}

/// Rooms that were opened side by side.
#[derive(Default)]
struct Opened {
    orders: Mutex<Option<Host<Orders>>>,
    inventory: Mutex<Option<Host<Inventory>>>,
    allocator: Mutex<Option<Host<Allocator>>>,
}

fn module<D: Decider>(cell: &Cell, to: &Mutex<Option<Host<D>>>) -> anyhow::Result<ServiceModule> {
    let (host, driver) = cell.room::<D>()?;
    if let Ok(mut to) = to.lock() {
        *to = Some(host);
    }
    Ok(ServiceModule::new(
        driver,
        Routes::default(),
        no_side_effects(),
    ))
}

fn taken<T>(from: &Mutex<Option<T>>) -> anyhow::Result<T> {
    let taken = from.lock().ok().and_then(|mut it| it.take());
    taken.context("it was opened")
}

impl Shop {
    async fn open(log: &Log, dir: &Path, snapshot_every: u64) -> anyhow::Result<Self> {
        let mut config = Config::default();
        config.grpc = config.grpc.any_ports();
        config.state.dir = Some(dir.to_owned());
        config.state.snapshot_every = snapshot_every;
        let cell = Cell::new(config, Arc::clone(log), Clock::wall());
        let opened = Opened::default();
        let rooms = [Room::Orders, Room::Inventory, Room::Allocator];
        let modules = cell.modules(&rooms, |cell, room| match room {
            Room::Orders => module(cell, &opened.orders),
            Room::Inventory => module(cell, &opened.inventory),
            Room::Allocator => module(cell, &opened.allocator),
            Room::Notifier | Room::SupplierGateway => anyhow::bail!("it is not measured"),
        })?;
        Ok(Self {
            orders: taken(&opened.orders)?,
            inventory: taken(&opened.inventory)?,
            allocator: taken(&opened.allocator)?,
            process: Process::start(cell, modules).await?,
        })
    }

    /// Places orders one after the other; when each was answered.
    async fn call(&self, numbers: &AtomicU64, until: Instant) -> anyhow::Result<Vec<Instant>> {
        let mut answered = Vec::new();
        while Instant::now() < until {
            let request = order(numbers.fetch_add(1, Ordering::Relaxed))?;
            self.orders
                .transact(PlaceOrder::carried_over(request))
                .await?;
            answered.push(Instant::now());
        }
        Ok(answered)
    }

    /// Waits until all rooms have folded the log and nothing is due.
    async fn rest(&self, log: &Log) -> anyhow::Result<()> {
        let activities = [
            self.orders.activity(),
            self.inventory.activity(),
            self.allocator.activity(),
        ];
        loop {
            let last = log.last(&Room::ALL).await?;
            let rests = activities.iter().all(|activity| {
                let activity = activity.borrow();
                activity.idle && activity.folded >= last
            });
            if rests {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

fn sku(number: u64) -> Sku {
    Sku::from(format!("SKU-{number:05}"))
}

fn order(number: u64) -> anyhow::Result<OrderPlaced> {
    // Neighbours in time are about other SKUs: 6,173 and 10,000 share no factor.
    let wanted = |line: u64| {
        let at = number
            .wrapping_mul(6_173)
            .wrapping_add(line.wrapping_mul(37));
        sku(at.checked_rem(SKUS).unwrap_or_default())
    };
    let lines = number.checked_rem(3).unwrap_or_default();
    let line = |line: u64| PlacedLine {
        line: u32::try_from(line).unwrap_or(1),
        sku: wanted(line),
        quantity: 1,
        unit_price_minor: 1_995,
        complete_only: false,
    };
    Ok(OrderPlaced {
        order: OrderId::from(format!("{number:010}")),
        customer: Customer {
            id: CustomerId::from(format!("C-{:08}", number.wrapping_mul(7_919) % 900_001)),
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
        lines: (1..=lines.saturating_add(1)).map(line).collect(),
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

/// Puts commits on the log as a room would have.
async fn record(log: &Log, room: Room, events: &mut Vec<Event>) -> anyhow::Result<()> {
    let commit = Commit {
        as_of: Revision(0),
        at: Timestamp::from_ms(1_800_000_000_000),
        events: std::mem::take(events),
        traces: std::collections::BTreeMap::new(),
    };
    let last = log.last(&[room]).await?;
    log.append(room, Encoded::new(&commit)?, last).await?;
    Ok(())
}

/// What a shop's log holds before anything runs: items, stock and orders.
async fn furnish(log: &Log, orders: u64) -> anyhow::Result<()> {
    let place = LocationId::new("SHED")?;
    let mut events: Vec<Event> = vec![
        LocationDefined {
            definition: DefinitionId::new("shed")?,
            location: place.clone(),
            name: "The shed".into(),
            region: None,
            cost: None,
            time_zone: None,
        }
        .into(),
    ];
    for number in 0..SKUS {
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
        events.push(item.into());
        if number.is_multiple_of(ONE_WITH_STOCK_IN) {
            let received = Received {
                receipt: ReceiptId::from(format!("receipt-{number}")),
                location: place.clone(),
                purchase_order: None,
                lines: vec![SkuQuantity {
                    sku: sku(number),
                    quantity: PLENTY,
                }],
            };
            events.push(received.into());
        }
        if number % IN_A_COMMIT == 0 || number.saturating_add(1) == SKUS {
            record(log, Room::Inventory, &mut events).await?;
        }
    }
    for number in 0..orders {
        events.push(order(number)?.into());
        if number.saturating_add(1) % IN_A_COMMIT == 0 {
            record(log, Room::Orders, &mut events).await?;
        }
    }
    if !events.is_empty() {
        record(log, Room::Orders, &mut events).await?;
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How long a room takes to fold the whole log, once it is read and parsed.
async fn fold<D: Decider>(log: &Log) -> anyhow::Result<Duration> {
    let last = log.last(D::HEARS).await?;
    let mut room = Folded::<D>::default();
    let mut commits = log.follow(D::HEARS, Revision(0));
    let mut took = Duration::ZERO;
    while room.revision < last {
        let mut parsed: Vec<Arc<Logged>> = Vec::new();
        while parsed.len() < IN_A_ROW && parsed.last().is_none_or(|it| it.revision < last) {
            parsed.push(commits.next().await.context("the log goes on")??);
        }
        let begin = Instant::now();
        for logged in &parsed {
            room.fold(logged)?;
        }
        took = took.saturating_add(begin.elapsed());
    }
    Ok(took)
}

/// One room alone: the copy that its loop makes, and its snapshot written and read.
async fn room<D: Decider + PartialEq>(host: &Host<D>, log: &Log, dir: &Path) -> anyhow::Result<()> {
    let mut folded = Vec::new();
    for _ in 0..ROUNDS {
        folded.push(fold::<D>(log).await?);
    }
    let name = D::ROOM.token();
    let snapshots = Snapshots::open(&dir.join(name))?;
    let (mut copied, mut written, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let state = host.read(RoomState::clone);
        copied.push(begin.elapsed());
        let begin = Instant::now();
        snapshots.save(name, "bench", Revision(1), &state)?;
        written.push(begin.elapsed());
        let begin = Instant::now();
        let loaded = snapshots.load::<RoomState<D>>(name, "bench");
        read.push(begin.elapsed());
        let (_, loaded) = loaded.context("it was written")?;
        anyhow::ensure!(loaded == state, "what is read is what was written");
    }
    let bytes = host.read(|state| Snapshots::bytes_of(name, state).map(|bytes| bytes.len()))?;
    println!(
        "| {name} | {:.2} | {:.0} | {:.1} | {:.2} | {:.2} |",
        median(folded).as_secs_f64(),
        f64::from(u32::try_from(bytes / 1_000)?) / 1_000.0,
        median(copied).as_secs_f64() * 1_000.0,
        median(written).as_secs_f64(),
        median(read).as_secs_f64(),
    );
    Ok(())
}

/// What the rooms did while callers placed orders.
struct Load {
    answers: usize,
    /// The longest times in which nobody was answered, the longest first.
    pauses: Vec<Duration>,
    peak_mb: u64,
}

async fn load(shop: &Arc<Shop>, numbers: &Arc<AtomicU64>, span: Duration) -> anyhow::Result<Load> {
    // Linux forgets the peak that was.
    let _elsewhere = std::fs::write("/proc/self/clear_refs", "5");
    let from = Instant::now();
    let until = from.checked_add(span).context("a far future")?;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (shop, numbers) = (Arc::clone(shop), Arc::clone(numbers));
        calls.spawn(async move { shop.call(&numbers, until).await });
    }
    let mut answered = vec![from];
    while let Some(called) = calls.join_next().await {
        answered.extend(called??);
    }
    answered.sort_unstable();
    let gaps = answered.windows(2).filter_map(|pair| match pair {
        [one, next] => Some(next.duration_since(*one)),
        _ => None,
    });
    let mut pauses: Vec<Duration> = gaps.collect();
    pauses.sort_unstable();
    pauses.reverse();
    pauses.truncate(5);
    Ok(Load {
        answers: answered.len(),
        pauses,
        peak_mb: status_mb("VmHWM:"),
    })
}

/// Memory of this process as Linux counts it, in MB; elsewhere 0.
fn status_mb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1_024
}

fn tell(what: &str, load: &Load, span: Duration) -> anyhow::Result<()> {
    let pauses = load.pauses.iter();
    let pauses: Vec<String> = pauses
        .map(|pause| format!("{:.1}", pause.as_secs_f64() * 1_000.0))
        .collect();
    println!(
        "{what}: {:.0} orders/s; longest pauses {} ms; peak {} MB",
        f64::from(u32::try_from(load.answers)?) / span.as_secs_f64(),
        pauses.join(", "),
        load.peak_mb
    );
    Ok(())
}

async fn measure(orders: u64, span: Duration) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let state = dir.path().join("state");
    let log: Log = Arc::new(MemoryLog::new());
    furnish(&log, orders).await?;
    let shop = Shop::open(&log, &state, u64::MAX).await?;
    shop.rest(&log).await?;
    println!(
        "{} orders are open\n",
        shop.orders.read(|room| room.open_orders())
    );
    println!("| room | fold s | MB | copy ms | written s | read s |");
    println!("|:--|--:|--:|--:|--:|--:|");
    room(&shop.orders, &log, dir.path()).await?;
    room(&shop.inventory, &log, dir.path()).await?;
    room(&shop.allocator, &log, dir.path()).await?;
    println!();

    let numbers = Arc::new(AtomicU64::new(orders));
    let shared = Arc::new(shop);
    let without = load(&shared, &numbers, span).await?;
    tell("without snapshots", &without, span)?;
    let shop = Arc::into_inner(shared).context("a call goes on")?;
    shop.rest(&log).await?;
    let begin = Instant::now();
    shop.stop().await?;
    println!("stop: {:.2} s", begin.elapsed().as_secs_f64());

    let begin = Instant::now();
    let shop = Shop::open(&log, &state, OFTEN).await?;
    let opened = begin.elapsed();
    shop.rest(&log).await?;
    println!(
        "start: {:.2} s, at rest after {:.2} s",
        opened.as_secs_f64(),
        begin.elapsed().as_secs_f64()
    );
    let before = shop.orders.folded();
    let shared = Arc::new(shop);
    let with = load(&shared, &numbers, span).await?;
    tell(&format!("with one in {OFTEN} commits"), &with, span)?;
    let shop = Arc::into_inner(shared).context("a call goes on")?;
    let commits = shop.orders.folded().0.saturating_sub(before.0);
    println!("{commits} commits, {} MB now", status_mb("VmRSS:"));
    shop.stop().await
}

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let quick = asked.iter().any(|it| it == "--quick");
    let number = asked.iter().find_map(|it| it.parse::<u64>().ok());
    let orders = number.unwrap_or(if quick { QUICK_ORDERS } else { ORDERS });
    let span = if quick { QUICK_SPAN } else { SPAN };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(orders, span))
}
