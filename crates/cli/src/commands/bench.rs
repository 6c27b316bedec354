//! `bench`: how many calls a second a whole cell answers on this machine.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use load::{Options, Row, Work};

use crate::output::{Format, line};
use crate::problem::Problem;
use crate::session::Session;

/// Measure how fast this machine answers callers, with every write on disk
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder bench                                  all of it, in five minutes
  backorder bench --work mixed --in-flight 64,256  two rows
  backorder bench --open 1000000 --work settled    with a million orders waiting
  backorder bench --seconds 1 --rounds 1           only to see that it runs

It starts a NATS server of its own and all five services, and calls them
through gRPC. All of them share this machine's cores. Close what else runs:
the figures are of the machine as it is.")]
pub(crate) struct Bench {
    /// What callers do [default: each in turn]
    #[arg(long, value_enum, value_delimiter = ',')]
    work: Vec<Kind>,
    /// How many calls are under way at once, a row each
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1,8,64,256,1024",
        value_parser = clap::value_parser!(u32).range(1..=4_096))]
    in_flight: Vec<u32>,
    /// How long each row is measured each time
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How often each row is measured; medians are told
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Number of orders that wait for stock before anything is measured
    #[arg(long, default_value_t = 0, value_name = "N",
        value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    open: u64,
    /// Write the rows as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// 70 % place 1 to 3 lines, 8 % cancel, 15 % receive, 7 % read
    Mixed,
    /// The same beside 1,000 callers who watch 100 items each
    Watched,
    /// Place one line; answered when it is on disk
    Place,
    /// Place one line; answered when its stock is assigned or its date is promised
    Settled,
    /// As settled, thousands over two calls
    Many,
    /// The same with two lines an order
    ManyTwo,
    /// Receive one unit of the most wanted item
    HotReceipts,
}

impl Kind {
    const fn work(self) -> Work {
        match self {
            Self::Mixed => Work::Mixed,
            Self::Watched => Work::MixedBesideWatches,
            Self::Place => Work::Place,
            Self::Settled => Work::Settled,
            Self::Many => Work::ManyOfOneLine,
            Self::ManyTwo => Work::ManyOfTwoLines,
            Self::HotReceipts => Work::HotReceipts,
        }
    }
}

const HEADER: &str = "\
work            at once  answers/s  p50 ms  p99 ms  silent ms  failed  raw/s";

impl Bench {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        self.measure(session.out.0).await.map_err(|error| {
            Problem::caused(
                &error,
                "the bench",
                "mend what it names; `backorder bench --help` has examples",
            )
        })
    }

    async fn measure(self, format: Format) -> anyhow::Result<()> {
        let kinds = if self.work.is_empty() {
            Kind::value_variants()
        } else {
            &self.work[..]
        };
        let options = Options {
            work: kinds.iter().map(|kind| kind.work()).collect(),
            in_flight: self.in_flight,
            rounds: self.rounds,
            span: Duration::from_secs(self.seconds),
            open: self.open,
        };
        let table = format == Format::Table;
        if table {
            line(HEADER);
        }
        let tell = |row: &Row| {
            if table {
                line(&words(row));
            }
        };
        let rows = load::measure(&options, tell).await?;
        let json = serde_json::to_string_pretty(&rows)?;
        if table {
            line(
                "\nsilent: the longest time without any answer. raw: synced publishes, one at a \
                 time,\nin the same minute. Each figure is the median of its rounds.",
            );
        } else {
            line(&json);
        }
        if let Some(file) = &self.json {
            std::fs::write(file, json + "\n").with_context(|| format!("{}", file.display()))?;
        }
        Ok(())
    }
}

fn words(row: &Row) -> String {
    let kind = Kind::value_variants()
        .iter()
        .find(|kind| kind.work() == row.work)
        .and_then(ValueEnum::to_possible_value);
    let name = kind.as_ref().map_or("", |kind| kind.get_name());
    let mut words = format!(
        "{name:<15} {:>7} {:>10.0} {:>7.2} {:>7.1} {:>10.1} {:>7} {:>6.0}",
        row.in_flight, row.rate, row.p50_ms, row.p99_ms, row.silence_ms, row.failed, row.raw
    );
    if let Some(failure) = &row.failure {
        words.push_str(&format!("\n  the first that failed: {failure}"));
    }
    words
}
