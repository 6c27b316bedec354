//! Callers at the doors of a whole cell: five services and a NATS server that syncs every write,
//! on one machine with those who call. Tells how many calls a second are answered, how fast and how
//! evenly, beside what the same disk does in the same minute with nothing decided.

mod calls;
mod doors;
mod figures;
mod many;
pub mod raw;
mod shop;
mod watches;
mod zipf;

use std::time::Duration;

use serde::Serialize;

pub use calls::Work;
pub use figures::Figures;
use shop::Shop;
use watches::Watches;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which work, in this order.
    pub work: Vec<Work>,
    /// How many calls are under way at once, one row each. Work over one call has one row.
    pub in_flight: Vec<u32>,
    /// How often each row is measured; the median is told.
    pub rounds: u32,
    /// How long each time.
    pub span: Duration,
    /// Orders that wait for stock before anything is measured.
    pub open: u64,
}

/// One row of the table: medians of its rounds.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was done.
    pub work: Work,
    /// How many calls, or requests of one call, were under way at once.
    pub in_flight: u32,
    /// Answers a second.
    pub rate: f64,
    /// The time within which half of them came, in milliseconds.
    pub p50_ms: f64,
    /// The same for 99 of 100.
    pub p99_ms: f64,
    /// The longest time in which no answer came at all.
    pub silence_ms: f64,
    /// Answers that were no answer, in all rounds: neither done nor refused by the business.
    pub failed: u64,
    /// What the first of them said.
    pub failure: Option<String>,
    /// Synced publishes a second, one at a time, in the same minute.
    pub raw: f64,
}

/// Measures, and tells each row as it is done.
///
/// # Errors
/// The server or the services cannot be started, or the shop cannot be filled.
pub async fn measure(options: &Options, mut tell: impl FnMut(&Row)) -> anyhow::Result<Vec<Row>> {
    let shop = Shop::open().await?;
    shop.fill(options.open).await?;
    let mut rows = Vec::new();
    for work in &options.work {
        let once = [many::IN_FLIGHT];
        let in_flight = if work.is_one_call() {
            &once[..]
        } else {
            &options.in_flight[..]
        };
        for in_flight in in_flight {
            let row = measure_row(&shop, *work, *in_flight, options).await?;
            tell(&row);
            rows.push(row);
        }
    }
    shop.close().await?;
    Ok(rows)
}

async fn measure_row(
    shop: &Shop,
    work: Work,
    in_flight: u32,
    options: &Options,
) -> anyhow::Result<Row> {
    let mut watches = match work {
        Work::MixedBesideWatches => Some(Watches::begin(&shop.doors()).await?),
        Work::Mixed
        | Work::Place
        | Work::Settled
        | Work::ManyOfOneLine
        | Work::ManyOfTwoLines
        | Work::HotReceipts => None,
    };
    let mut rounds = Vec::new();
    for _ in 0..options.rounds.max(1) {
        let raw = raw::publishes(shop.url(), options.span.min(Duration::from_secs(1))).await?;
        let figures = if work.is_one_call() {
            many::round(&shop.doors(), work, options.span).await?
        } else {
            calls::round(&shop.doors(), work, in_flight, options.span).await?
        };
        rounds.push((raw, figures));
    }
    let ended = watches.as_mut().map_or(0, Watches::ended);
    anyhow::ensure!(ended == 0, "{ended} watches ended by themselves");
    let median = |of: &dyn Fn(&(f64, Figures)) -> f64| figures::median(rounds.iter().map(of));
    Ok(Row {
        work,
        in_flight,
        rate: median(&|(_, figures)| figures.rate()),
        p50_ms: median(&|(_, figures)| figures.percentile_ms(50)),
        p99_ms: median(&|(_, figures)| figures.percentile_ms(99)),
        silence_ms: median(&|(_, figures)| figures.longest_silence_ms()),
        failed: rounds.iter().map(|(_, figures)| figures.failed()).sum(),
        failure: rounds.iter().find_map(|(_, figures)| figures.failure()),
        raw: median(&|(raw, _)| *raw),
    })
}
