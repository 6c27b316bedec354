//! `demo`: the main job, on a real log.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use demo::{COVER_DAYS, Options, Played, SEED};

use crate::output::line;
use crate::problem::Problem;
use crate::progress::Bar;

/// Play a shop on a real log: a seeded product launch, or a file of real orders
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder demo                                    a launch: 1,800 orders
  backorder demo --orders lines.csv.gz              a shop's real order lines
  backorder demo --orders lines.csv --cover-days 3  with less on the shelves
  backorder demo --json summary.json                the same page as data

It fetches and runs a NATS server of its own, starts all five services, and
plays the outside world: customers, the warehouse, the suppliers. Time moves
when everything is at rest.")]
pub(crate) struct Demo {
    /// Order lines to play, as CSV or CSV.gz (`import orders --help` lists the columns)
    /// [default: a seeded launch]
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// Write the summary as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Days of each item's mean demand that are in stock on the first morning
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = COVER_DAYS,
        value_parser = clap::value_parser!(u32).range(0..=365)
    )]
    cover_days: u32,
    /// Same seed and input, same decisions
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Keep the log and the letters in this folder, which must be empty or not exist
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Demo {
    pub async fn run(self) -> Result<(), Problem> {
        match self.play().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Problem::failed(
                "the books do not add up",
                "the demo",
                "this is a fault of ours: the page above names what is wrong",
            )),
            Err(error) => Err(Problem::caused(
                &error,
                "the demo",
                "mend what it names; `backorder demo --help` has examples",
            )),
        }
    }

    /// Plays it. Returns whether all is conserved.
    async fn play(self) -> anyhow::Result<bool> {
        let options = Options {
            orders: self.orders,
            cover_days: self.cover_days,
            seed: self.seed,
            state: self.state,
        };
        let mut bar = Bar::default();
        let played = Played::open(&options, move |progress| bar.show(progress)).await?;
        let report = played.report().await?;
        line(&report.page);
        if let Some(file) = &self.json {
            let json = serde_json::to_string_pretty(&report.summary)?;
            std::fs::write(file, json + "\n").with_context(|| format!("{}", file.display()))?;
        }
        played.close().await?;
        Ok(report.summary.is_conserved())
    }
}
