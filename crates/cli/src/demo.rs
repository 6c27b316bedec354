//! `backorder demo`: the main job, on a real log. It plays only the outside world: customers,
//! the warehouse, the suppliers' simulated adapter. It holds the clock.

mod doors;
mod launch;
mod page;
mod plan;
mod summary;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::allocator::v1::{WhatIfRequest, WhatIfResponse};
use chassis::{Cell, Clock, Config, Process};
use import::{Entries, Entry, Source};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use local_nats::{LocalNats, Options};

use crate::cluster;
use crate::output::line;
use crate::problem::Problem;
use page::Whereabouts;
use plan::Plan;
use summary::Summary;
use world::World;

/// Days of cover if nobody says otherwise.
const COVER_DAYS: u32 = 7;
/// The seed if nobody says otherwise.
const SEED: u64 = 1;

/// A shop played through on a real log: the seeded launch, or a file of real orders
#[derive(Debug, clap::Args)]
#[command(before_help = "\
Examples:
  backorder demo                                     a seeded launch: 500 lenses, 1,800 orders
  backorder demo --orders lines.csv.gz               a shop's real order lines, in time order
  backorder demo --orders lines.csv --cover-days 3   with less on the shelves to begin with
  backorder demo --json summary.json                 the same page as data

It fetches and runs a NATS server of its own, starts all five services, and plays the outside
world: customers, the warehouse, the suppliers. Time moves when everything is at rest.")]
pub(crate) struct Demo {
    /// Order lines to play, as CSV or CSV.gz (`import orders --help` tells the columns); without
    /// it a seeded launch is played
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// Write the summary as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Days of each item's mean demand that are on the shelves on the first morning
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
    /// Keep the log and the letters in this folder; it must be empty or not exist
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Demo {
    pub async fn run(self) -> Result<(), Problem> {
        match play(self).await {
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
}

/// Plays it. Returns whether all is conserved.
async fn play(args: Demo) -> anyhow::Result<bool> {
    let began = tokio::time::Instant::now();
    let played = Played::open(&args).await?;
    let seconds = began.elapsed().as_secs_f64();
    let world = &played.world;
    let objections = world.compare_with_inventory().await?;
    let (now, revision) = (world.now(), world.revision().0);
    let mut summary = Summary::new(&world.audit, &world.rows, now, revision, seconds);
    summary.object(objections);
    let places = played.place.whereabouts();
    let page = page::page(&summary, world.explained.as_ref(), &places)?;
    line(&page);
    if let Some(file) = &args.json {
        let json = serde_json::to_string_pretty(&summary)?;
        std::fs::write(file, json + "\n").with_context(|| format!("{}", file.display()))?;
    }
    played.close().await?;
    Ok(summary.is_conserved())
}

/// A shop that was played to its end, with its services still up.
pub(crate) struct Played {
    nats: LocalNats,
    world: World,
    place: Place,
}

impl Played {
    /// Plays a file of real orders, as `demo --orders FILE` does.
    ///
    /// # Errors
    /// The file cannot be read, or a part of the system fails.
    pub(crate) async fn of_file(orders: &Path, state: Option<&Path>) -> anyhow::Result<Self> {
        let args = Demo {
            orders: Some(orders.to_owned()),
            json: None,
            cover_days: COVER_DAYS,
            seed: SEED,
            state: state.map(Path::to_owned),
        };
        Self::open(&args).await
    }

    /// What the allocator says to a comparison of worlds.
    ///
    /// # Errors
    /// What the service answers.
    pub(crate) async fn what_if(&self, asked: WhatIfRequest) -> anyhow::Result<WhatIfResponse> {
        self.world.what_if(asked).await
    }

    /// Ends in order.
    ///
    /// # Errors
    /// What a room or the server ended with.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.world.close().await?;
        self.nats.stop().await?;
        Ok(())
    }

    async fn open(args: &Demo) -> anyhow::Result<Self> {
        let (plan, changes) = match &args.orders {
            Some(file) => (
                plan::from_file(file, args.cover_days, args.seed)?,
                Vec::new(),
            ),
            None => (launch::plan(args.seed), vec![launch::change_of_supplier()]),
        };
        let place = Place::new(args.state.as_ref())?;
        let nats = LocalNats::start(Options {
            dir: Some(place.dir.join("nats")),
            ..Options::default()
        })
        .await
        .context("the demo needs a nats-server")?;
        let mut config = Config::default();
        config.nats.url = nats.url();
        config.grpc = config.grpc.any_ports();
        config.notifier.folder = Some(place.dir.join("notices"));
        let clock = Clock::held(plan.opens_at);
        let log = chassis::open_log(&config).await?;
        let cell = Cell::new(config, Arc::clone(&log), clock.clone());
        let modules = cluster::modules(&cell)?;
        let process = Process::start(cell, modules).await?;
        let mut world = World::open(process, clock, &log).await?;
        let bar = bar(plan.rows);
        let show = |world: &World| {
            let left: u64 = world.rows.left.values().sum();
            bar.set_position(world.rows.taken.saturating_add(left));
            bar.set_message(format!(
                "{}  {} lines wait",
                world.now().date(),
                world.waiting()
            ));
        };
        let entries = entries(args, &plan)?;
        world.play(&plan, changes, entries, show).await?;
        bar.finish_and_clear();
        Ok(Self { nats, world, place })
    }
}

fn entries(
    args: &Demo,
    plan: &Plan,
) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Entry>>>> {
    Ok(match &args.orders {
        Some(file) => {
            let source = Source::open(file, None)?;
            Box::new(Entries::new(source).map(|entry| entry.map_err(anyhow::Error::from)))
        }
        None => Box::new(launch::entries(args.seed, plan)?.into_iter().map(Ok)),
    })
}

/// How often the bar is drawn anew.
const BAR_EVERY: Duration = Duration::from_millis(200);

fn bar(rows: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos:>7}/{len} rows  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(BAR_EVERY);
    bar
}

/// Where the played shop keeps its log and letters.
struct Place {
    dir: PathBuf,
}

impl Place {
    fn new(asked: Option<&PathBuf>) -> anyhow::Result<Self> {
        let dir = match asked {
            Some(dir) => {
                let mut entries = std::fs::read_dir(dir).into_iter().flatten();
                anyhow::ensure!(
                    entries.next().is_none(),
                    "{} is not empty; the demo starts anew, so name an empty folder",
                    dir.display()
                );
                dir.clone()
            }
            None => tempfile::Builder::new()
                .prefix("backorder-demo-")
                .tempdir()?
                .keep(),
        };
        std::fs::create_dir_all(&dir).with_context(|| format!("{}", dir.display()))?;
        Ok(Self { dir })
    }

    fn whereabouts(&self) -> Whereabouts {
        let dir = self.dir.display();
        Whereabouts {
            notices: format!("ls {dir}/notices"),
            log: format!("backorder up --state {dir}   then: backorder tail, backorder why ORDER"),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Timestamp;

    use super::*;

    #[test]
    fn the_same_seed_plays_the_same_launch() {
        let plan = launch::plan(7);
        let (one, two) = (launch::entries(7, &plan), launch::entries(7, &plan));
        assert_eq!(one.unwrap(), two.unwrap());
        assert_ne!(
            launch::entries(8, &plan).unwrap(),
            launch::entries(7, &plan).unwrap()
        );
    }

    #[test]
    fn a_launch_is_three_days_of_orders_in_time_order() {
        let plan = launch::plan(1);
        let entries = launch::entries(1, &plan).unwrap();
        let times: Vec<Timestamp> = entries.iter().map(world::time_of).collect();
        assert!(times.is_sorted());
        let orders = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Purchase(_)));
        assert_eq!(orders.count(), 1_800);
    }
}
