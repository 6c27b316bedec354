//! A shop that was played to its end: how it is asked for, played, and told.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::allocator::v1::{WhatIfRequest, WhatIfResponse};
use chassis::{Cell, Clock, Config, Process};
use domain::ids::Timestamp;
use import::{Entries, Entry, ReadAs, Source};
use local_nats::LocalNats;

use crate::launch;
use crate::page::{self, Whereabouts};
use crate::plan::{self, Plan};
use crate::summary::Summary;
use crate::world::World;

/// Days of cover if nobody says otherwise.
pub const COVER_DAYS: u32 = 7;
/// The seed if nobody says otherwise.
pub const SEED: u64 = 1;

/// Which shop is played, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Order lines to play, as CSV or CSV.gz; without it a seeded launch is played.
    pub orders: Option<PathBuf>,
    /// Days of each item's mean demand that are on the shelves on the first morning of a shop
    /// that is read from a file.
    pub cover_days: u32,
    /// Same seed and input, same decisions.
    pub seed: u64,
    /// Where the log and the letters are kept; it must be empty or not exist. Without it, a new
    /// folder among the system's temporary ones.
    pub state: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            orders: None,
            cover_days: COVER_DAYS,
            seed: SEED,
            state: None,
        }
    }
}

/// How far a shop is played.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Rows that the input has, as far as the first reading tells.
    pub rows: u64,
    /// Rows whose fate is known.
    pub done: u64,
    /// Now, in the shop.
    pub now: Timestamp,
    /// Lines that waited on the last morning.
    pub waiting: usize,
}

impl Progress {
    fn of(world: &World, plan: &Plan) -> Self {
        let left: u64 = world.rows.left.values().sum();
        Self {
            rows: plan.rows,
            done: world.rows.taken.saturating_add(left),
            now: world.now(),
            waiting: world.waiting(),
        }
    }
}

/// What a played shop came to.
#[derive(Debug)]
pub struct Report {
    /// For people.
    pub page: String,
    /// The same as data.
    pub summary: Summary,
}

/// A shop that was played to its end, with its services still up.
pub struct Played {
    nats: LocalNats,
    world: World,
    place: Place,
    took: Duration,
}

impl Played {
    /// Plays a shop, on a NATS server of its own.
    ///
    /// # Errors
    /// The input cannot be read, the folder is not empty, or a part of the system fails.
    pub async fn open(
        options: &Options,
        mut progress: impl FnMut(Progress),
    ) -> anyhow::Result<Self> {
        let began = tokio::time::Instant::now();
        let (plan, changes) = match &options.orders {
            Some(file) => (
                plan::from_file(file, options.cover_days, options.seed)?,
                Vec::new(),
            ),
            None => (
                launch::plan(options.seed),
                vec![launch::change_of_supplier()],
            ),
        };
        let place = Place::new(options.state.as_deref())?;
        let nats = LocalNats::start(local_nats::Options {
            dir: Some(place.dir.join("nats")),
            ..local_nats::Options::default()
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
        progress(Progress::of(&world, &plan));
        let entries = entries(options, &plan)?;
        let show = |world: &World| progress(Progress::of(world, &plan));
        world.play(&plan, changes, entries, show).await?;
        progress(Progress::of(&world, &plan));
        Ok(Self {
            nats,
            world,
            place,
            took: began.elapsed(),
        })
    }

    /// What it came to, counted from the log and compared with inventory's own count.
    ///
    /// # Errors
    /// A service does not answer.
    pub async fn report(&self) -> anyhow::Result<Report> {
        let world = &self.world;
        let objections = world.compare_with_inventory().await?;
        let (now, revision) = (world.now(), world.revision().0);
        let seconds = self.took.as_secs_f64();
        let mut summary = Summary::new(&world.audit, &world.rows, now, revision, seconds);
        summary.object(objections);
        let places = self.place.whereabouts();
        let page = page::page(&summary, world.explained.as_ref(), &places)?;
        Ok(Report { page, summary })
    }

    /// What the allocator says to a comparison of worlds.
    ///
    /// # Errors
    /// What the service answers.
    pub async fn what_if(&self, asked: WhatIfRequest) -> anyhow::Result<WhatIfResponse> {
        self.world.what_if(asked).await
    }

    /// Ends in order.
    ///
    /// # Errors
    /// What a room or the server ended with.
    pub async fn close(self) -> anyhow::Result<()> {
        self.world.close().await?;
        self.nats.stop().await?;
        Ok(())
    }
}

fn entries(
    options: &Options,
    plan: &Plan,
) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Entry>>>> {
    Ok(match &options.orders {
        Some(file) => {
            let source = Source::open(file, ReadAs::default())?;
            Box::new(Entries::of(source)?.map(|entry| entry.map_err(anyhow::Error::from)))
        }
        None => Box::new(launch::entries(options.seed, plan)?.into_iter().map(Ok)),
    })
}

/// Where the played shop keeps its log and letters.
struct Place {
    dir: PathBuf,
}

impl Place {
    fn new(asked: Option<&Path>) -> anyhow::Result<Self> {
        let dir = match asked {
            Some(dir) => {
                let mut entries = std::fs::read_dir(dir).into_iter().flatten();
                anyhow::ensure!(
                    entries.next().is_none(),
                    "{} is not empty; the demo starts anew, so name an empty folder",
                    dir.display()
                );
                dir.to_owned()
            }
            None => {
                let roof = roof();
                std::fs::create_dir_all(&roof).with_context(|| format!("{}", roof.display()))?;
                let new = tempfile::Builder::new().prefix("demo-").tempdir_in(roof);
                new?.keep()
            }
        };
        std::fs::create_dir_all(&dir).with_context(|| format!("{}", dir.display()))?;
        Ok(Self { dir })
    }

    fn whereabouts(&self) -> Whereabouts {
        let dir = self.dir.display();
        Whereabouts {
            notices: format!("ls {dir}/notices"),
            log: format!("backorder up --state {dir}"),
            kept: self.kept(),
        }
    }

    /// What this demo and earlier ones have left on the disk.
    fn kept(&self) -> Vec<String> {
        let (dir, own) = (self.dir.display(), megabytes(size(&self.dir)));
        let mut kept = vec![
            format!("{own} MB in {dir}"),
            format!("remove it with     rm -r {dir}"),
        ];
        let roof = roof();
        let all = std::fs::read_dir(&roof).into_iter().flatten().flatten();
        let others = all
            .map(|entry| entry.path())
            .filter(|path| *path != self.dir);
        let others: Vec<u64> = others.map(|path| size(&path)).collect();
        if !others.is_empty() {
            let (count, roof) = (others.len(), roof.display());
            let sum = megabytes(others.iter().fold(0, |sum, size| sum.saturating_add(*size)));
            let demos = if count == 1 { "demo" } else { "demos" };
            kept.push(format!("{sum} MB of {count} earlier {demos} in {roof}"));
        }
        kept
    }
}

/// Where demos are kept that were not told where.
fn roof() -> PathBuf {
    let cache = local_nats::cache().unwrap_or_else(std::env::temp_dir);
    cache.join("demos")
}

/// The bytes of a folder's files; what cannot be read counts nothing.
fn size(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.fold(0, |sum, entry| {
        let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
        let bytes = if is_folder {
            size(&entry.path())
        } else {
            entry.metadata().map_or(0, |it| it.len())
        };
        sum.saturating_add(bytes)
    })
}

const fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}
