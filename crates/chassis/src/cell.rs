//! The rooms of one process around one reader of the log.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use domain::decider::{Decider, Room, SideEffect};
use domain::ids::{Revision, Timestamp};
use event_log::{FollowError, Log, Logged, Mark, Marks, SnapshotError, Snapshots, Start};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tonic::service::Routes;

use crate::broken::RoomError;
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadlines;
use crate::drive::{Driver, Proof};
use crate::feed::{self, Untolds};
use crate::host::Host;
use crate::log_health::{self, LogHealth};
use crate::nats_doors::{self, NatsDoors};
use crate::noting;
use crate::serve;
use crate::shared::{Activity, Heard, Seat};
use crate::side_effects::{Perform, Performed};

/// Commits that may wait for a room before the reader waits for it.
const MAX_UNFOLDED: usize = 1_024;

/// A cell's log and clock, and the rooms that this process has taken a seat for.
pub struct Cell {
    config: Config,
    log: Log,
    clock: Clock,
    /// Which rooms are open or being opened.
    rooms: Mutex<BTreeSet<Room>>,
    seats: Mutex<Vec<Taken>>,
    feeds: Mutex<Vec<Untolds>>,
}

struct Taken {
    hears: &'static [Room],
    from: Revision,
    marks: Vec<Mark>,
    /// What its state passed over.
    without: BTreeSet<Revision>,
    tell: mpsc::Sender<Heard>,
}

impl Taken {
    /// Whether its state has what was quarantined after that was made.
    fn has_folded(&self, logged: &Logged) -> bool {
        let revision = logged.revision;
        logged.quarantined.is_some()
            && self.hears.contains(&logged.room)
            && revision <= self.from
            && !self.without.contains(&revision)
    }
}

impl Cell {
    /// A cell on any log, at any clock.
    pub const fn new(config: Config, log: Log, clock: Clock) -> Self {
        Self {
            config,
            log,
            clock,
            rooms: Mutex::new(BTreeSet::new()),
            seats: Mutex::new(Vec::new()),
            feeds: Mutex::new(Vec::new()),
        }
    }

    /// The settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Opens a room on its last snapshot: its handle, and its driver for [`ServiceModule::new`].
    ///
    /// # Errors
    /// The snapshots cannot be opened, or the room was opened before.
    pub fn room<D: Decider>(&self) -> anyhow::Result<(Host<D>, Driver<D>)> {
        let is_first = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.insert(D::ROOM)
        };
        anyhow::ensure!(
            is_first,
            "the {} room is open in this process already",
            D::ROOM
        );
        let snapshots = match &self.config.state.dir {
            Some(dir) => snapshots(&dir.join("snapshots").join(D::ROOM.token()))?,
            None => None,
        };
        let marks = self.config.state.dir.as_ref();
        let marks = marks.map(|dir| Marks::open(&noting::dir(dir), D::ROOM.token()));
        let marks = marks.transpose().context("what was read of the log")?;
        let marks = marks.map(Arc::new);
        let must_hold = marks.as_ref().map(|marks| marks.marks());
        // It is noted before it is in a snapshot: whoever removes the note says that the log is
        // another one.
        if let (Some(snapshots), Some([])) = (&snapshots, must_hold.as_deref()) {
            snapshots.forget(D::ROOM.token(), "nothing says which log it is of");
        }
        let (tell, incoming) = mpsc::channel(MAX_UNFOLDED);
        let (feed, untolds) = feed::of(D::ROOM);
        let seat = Seat {
            log: Arc::clone(&self.log),
            clock: self.clock.clone(),
            snapshots,
            marks,
            snapshot_every: self.config.state.snapshot_every.max(1),
            state: self.config.state.dir.clone(),
            feed,
            subjects: format!("bo.{}.", self.config.nats.cell),
        };
        let (host, driver) = Host::<D>::open(seat, incoming);
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.push(Taken {
            hears: D::HEARS,
            from: host.folded(),
            marks: must_hold.unwrap_or_default(),
            without: driver.of_log().without().clone(),
            tell,
        });
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.push(untolds);
        Ok((host, driver))
    }

    /// The modules of some rooms, opened side by side: each reads its snapshot.
    ///
    /// # Errors
    /// As `module`, for the first of the rooms for which it fails.
    pub fn modules<M>(&self, rooms: &[Room], module: M) -> anyhow::Result<Vec<ServiceModule>>
    where
        M: Fn(&Self, Room) -> anyhow::Result<ServiceModule> + Sync,
    {
        let (module, runtime) = (&module, tokio::runtime::Handle::try_current().ok());
        std::thread::scope(|scope| {
            let begin = |room: &Room| {
                let (room, runtime) = (*room, runtime.clone());
                scope.spawn(move || {
                    let _entered = runtime.as_ref().map(tokio::runtime::Handle::enter);
                    module(self, room)
                })
            };
            let opening: Vec<_> = rooms.iter().map(begin).collect();
            let opened = opening.into_iter().map(|opening| match opening.join() {
                Ok(opened) => opened,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            opened.collect()
        })
    }
}

/// A room's snapshots. A disk that does not take them stops no start: the log is replayed.
fn snapshots(dir: &Path) -> anyhow::Result<Option<Arc<Snapshots>>> {
    match Snapshots::open(dir) {
        Ok(opened) => Ok(Some(Arc::new(opened))),
        Err(error @ SnapshotError::InUse { .. }) => {
            Err(error).with_context(|| format!("snapshots in {}", dir.display()))
        }
        Err(
            error @ (SnapshotError::Store { .. }
            | SnapshotError::Disk { .. }
            | SnapshotError::Encode { .. }),
        ) => {
            let error = anyhow::Error::from(error);
            tracing::error!(
                "{error:#}: the room goes on without snapshots and replays the log; free space \
                 or mend the folder, then start again"
            );
            Ok(None)
        }
    }
}

/// What a service gives its process: its room's driver and its gRPC routes.
#[must_use = "a room folds and acts only in a process"]
pub struct ServiceModule {
    pub(crate) room: Room,
    pub(crate) routes: Routes,
    pub(crate) reflection: Vec<&'static [u8]>,
    pub(crate) long_calls: Vec<&'static str>,
    pub(crate) activity: watch::Receiver<Activity>,
    pub(crate) refused: watch::Receiver<Option<Arc<str>>>,
    pub(crate) proofs: mpsc::Sender<Proof>,
    pub(crate) run: RunRoom,
}

type RunRoom =
    Box<dyn FnOnce(watch::Receiver<bool>) -> BoxFuture<'static, Result<(), RoomError>> + Send>;

impl ServiceModule {
    /// A room's driver with its gRPC routes and how it runs its side effects.
    pub fn new<D: Decider>(
        driver: Driver<D>,
        routes: Routes,
        perform: impl Fn(D::SideEffect) -> Performed + Send + Sync + 'static,
    ) -> Self {
        let perform: Perform<D::SideEffect> = Arc::new(perform);
        Self {
            room: D::ROOM,
            routes,
            reflection: Vec::new(),
            long_calls: Vec::new(),
            activity: driver.activity(),
            refused: driver.refused(),
            proofs: driver.proofs(),
            run: Box::new(move |stop| driver.run(perform, stop).boxed()),
        }
    }

    /// Lets callers discover the services of this encoded `FileDescriptorSet`.
    pub fn with_reflection(mut self, descriptors: &'static [u8]) -> Self {
        self.reflection.push(descriptors);
        self
    }

    /// Bounds the calls of these methods, by their full paths, by `grpc.long_timeout_s`.
    pub fn with_long_calls(mut self, paths: &[&'static str]) -> Self {
        self.long_calls.extend(paths);
        self
    }
}

/// How a room without side effects runs them.
pub fn no_side_effects<E: SideEffect>() -> impl Fn(E) -> Performed {
    |_side_effect| std::future::ready(Ok(())).boxed()
}

/// Where all rooms came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// The log's last revision, folded by all.
    pub folded: Revision,
    /// When the next thing will be due.
    pub again_at: Option<Timestamp>,
}

/// A process at work.
pub struct Process {
    clock: Clock,
    addresses: Vec<(Room, SocketAddr)>,
    activities: Vec<(Room, watch::Receiver<Activity>)>,
    tasks: JoinSet<anyhow::Result<()>>,
    servers: JoinSet<()>,
    /// What tells the rooms' events to whoever listens.
    feeds: JoinSet<()>,
    /// What the log does, for the health service and for whoever owns its server.
    log_health: watch::Receiver<LogHealth>,
    _watched: JoinSet<()>,
    drain: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    reader: tokio::task::AbortHandle,
}

impl Process {
    /// Starts the reader, the rooms' loops and their gRPC servers.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub async fn start(cell: Cell, modules: Vec<ServiceModule>) -> anyhow::Result<Self> {
        let (stop, _) = watch::channel(false);
        let (drain, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut servers = JoinSet::new();
        let mut addresses = Vec::new();
        let mut activities = Vec::new();
        let seats = std::mem::take(&mut *cell.seats.lock().unwrap_or_else(PoisonError::into_inner));
        let reader = tasks.spawn(read(Arc::clone(&cell.log), seats));
        let refused: Vec<_> = modules
            .iter()
            .map(|module| module.refused.clone())
            .collect();
        let (log_health, mut watched) = log_health::watch(&cell.log, &refused);
        let bus = cell.log.bus().await?;
        let feeds = std::mem::take(&mut *cell.feeds.lock().unwrap_or_else(PoisonError::into_inner));
        let told = bus.as_ref().filter(|_| cell.config.nats.live_feed);
        let feeds = told.map(|bus| feeds.into_iter().map(|feed| feed.run(bus.clone())));
        let feeds: JoinSet<()> = feeds.into_iter().flatten().collect();
        for module in modules {
            activities.push((module.room, module.activity));
            let port = cell.config.grpc.port(module.room);
            let listening = serve::listen(&cell.config.grpc.host, port).await?;
            let address = listening.local_addr()?;
            addresses.push((module.room, address));
            let deadlines = Deadlines::new(&cell.config.grpc, &module.long_calls);
            if let Some(bus) = &bus {
                let doors = NatsDoors {
                    room: module.room,
                    routes: module.routes.clone(),
                    reflection: module.reflection.clone(),
                    deadlines: deadlines.clone(),
                    address,
                };
                servers.spawn(nats_doors::open(doors, bus, drain.subscribe()).await?);
            }
            let doors = serve::Doors {
                room: module.room,
                routes: module.routes,
                reflection: module.reflection,
                deadlines,
                proofs: module.proofs,
            };
            let (health, server) = serve::open(doors, listening, drain.subscribe()).await?;
            servers.spawn(server);
            watched.spawn(Arc::clone(&health).follow(log_health.clone()));
            let run = (module.run)(stop.subscribe());
            tasks.spawn(async move {
                let ended = run.await;
                health.close().await;
                ended.map_err(anyhow::Error::from)
            });
        }
        Ok(Self {
            clock: cell.clock,
            addresses,
            activities,
            tasks,
            servers,
            feeds,
            log_health,
            _watched: watched,
            drain,
            stop,
            reader,
        })
    }

    /// Where a room's service listens.
    pub fn address(&self, room: Room) -> Option<SocketAddr> {
        self.addresses
            .iter()
            .find(|(other, _)| *other == room)
            .map(|(_, address)| *address)
    }

    /// All addresses.
    pub fn addresses(&self) -> &[(Room, SocketAddr)] {
        &self.addresses
    }

    /// Whether the log answers and takes what the rooms of this process write.
    pub fn log_health(&self) -> watch::Receiver<LogHealth> {
        self.log_health.clone()
    }

    /// Resolves with why, when a room or the reader ends on its own.
    pub async fn failed(&mut self) -> anyhow::Error {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Err(error))) => return error,
                Some(Err(panic)) if !panic.is_cancelled() => return panic.into(),
                Some(Ok(Ok(())) | Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Waits until every room has folded all that stands on the log, has asked what is due at
    /// the clock's time, and nothing is. Needs all of the cell's rooms in this process.
    ///
    /// # Errors
    /// A room that ends meanwhile.
    pub async fn rest(&mut self) -> anyhow::Result<Rest> {
        let mut activities: Vec<_> = self
            .activities
            .iter()
            .map(|(_, activity)| activity.clone())
            .collect();
        loop {
            let now = self.clock.now();
            let seen: Vec<Activity> = activities
                .iter_mut()
                .map(|activity| *activity.borrow_and_update())
                .collect();
            let same = seen
                .windows(2)
                .all(|pair| matches!(pair, [left, right] if left.folded == right.folded));
            if same && seen.iter().all(|room| room.idle && room.asked_at == now) {
                return Ok(Rest {
                    folded: seen
                        .iter()
                        .map(|room| room.folded)
                        .max()
                        .unwrap_or_default(),
                    again_at: seen.iter().filter_map(|room| room.again_at).min(),
                });
            }
            let changed = activities
                .iter_mut()
                .map(|activity| activity.changed().boxed());
            let any = futures::future::select_all(changed);
            tokio::select! {
                (changed, _, _) = any => changed.context("a room has ended")?,
                error = self.failed() => return Err(error),
            }
        }
    }

    /// Stops in order: no new calls, those under way end, commits are acknowledged, snapshots
    /// are written.
    ///
    /// # Errors
    /// What a room ended with.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.drain.send_replace(true);
        let drained = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(serve::DRAIN_TIMEOUT, drained)
            .await
            .is_err()
        {
            self.servers.shutdown().await;
        }
        self.stop.send_replace(true);
        let mut result = Ok(());
        loop {
            let left = self.tasks.len();
            if left <= 1 {
                break;
            }
            match self.tasks.join_next().await {
                Some(Ok(Err(error))) => result = Err(error),
                Some(Err(panic)) if !panic.is_cancelled() => result = Err(panic.into()),
                Some(Ok(Ok(())) | Err(_)) => {}
                None => break,
            }
        }
        self.reader.abort();
        while self.tasks.join_next().await.is_some() {}
        let told = async { while self.feeds.join_next().await.is_some() {} };
        let _told_or_given_up = tokio::time::timeout(feed::LAST_WORDS_TIMEOUT, told).await;
        result
    }
}

/// Follows the log once for all rooms, from where the one that lags most stands. Each is told
/// every commit, also of rooms it does not hear, so that all know the same position.
async fn read(log: Log, seats: Vec<Taken>) -> anyhow::Result<()> {
    let rooms: BTreeSet<Room> = seats.iter().flat_map(|seat| seat.hears).copied().collect();
    let rooms: Vec<Room> = rooms.into_iter().collect();
    let from = seats.iter().map(|seat| seat.from).min().unwrap_or_default();
    let marks = seats.iter().flat_map(|seat| seat.marks.clone());
    let mut start = Start {
        after: from,
        marks: marks.collect(),
        without: Some(seats.iter().flat_map(|seat| seat.without.clone()).collect()),
    };
    // Most rooms have noted the same.
    start.marks.sort_by_key(|mark| (mark.room, mark.link));
    start.marks.dedup_by_key(|mark| (mark.room, mark.link));
    let mut commits = log.follow_from(&rooms, start);
    while let Some(heard) = commits.next().await {
        let heard = heard.and_then(|logged| {
            let is_amiss = seats.iter().any(|seat| seat.has_folded(&logged));
            let (room, revision) = (logged.room, logged.revision);
            if is_amiss {
                return Err(FollowError::Quarantined { room, revision });
            }
            Ok(logged)
        });
        let heard = heard.map_err(Arc::new);
        let failed = heard.as_ref().err().cloned();
        for seat in &seats {
            // A room that has ended no longer listens; the others go on.
            let _ended = seat.tell.send(heard.clone()).await;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    anyhow::bail!("the log ended")
}
