//! What each room counts of its own work, for the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use domain::decider::Room;
use domain::ids::Revision;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use opentelemetry::{KeyValue, global};

use crate::instruments::{self, Instrument, Kind};

/// Whether metrics leave this process. Without it nothing is timed.
static ON: AtomicBool = AtomicBool::new(false);

/// Metrics leave this process from now on.
pub(crate) fn switch_on() {
    ON.store(true, Ordering::Relaxed);
}

/// Whether metrics leave this process.
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The meter of all that is ours.
pub(crate) fn meter() -> Meter {
    global::meter("backorder")
}

/// A counter of the table.
pub(crate) fn counter(it: &Instrument) -> Counter<u64> {
    let meter = meter();
    let built = meter.u64_counter(it.name).with_unit(it.unit);
    built.with_description(it.description).build()
}

/// A gauge of the table that is told each change.
fn gauge(it: &Instrument) -> Gauge<u64> {
    let meter = meter();
    let built = meter.u64_gauge(it.name).with_unit(it.unit);
    built.with_description(it.description).build()
}

/// A histogram of the table, with its bounds.
pub(crate) fn histogram(it: &Instrument) -> Histogram<f64> {
    let meter = meter();
    let built = meter.f64_histogram(it.name).with_unit(it.unit);
    let built = built.with_description(it.description);
    match it.kind {
        Kind::Histogram(bounds) => built.with_boundaries(bounds.to_vec()).build(),
        Kind::Counter | Kind::Gauge => built.build(),
    }
}

/// A gauge of the table that is looked up when metrics are sent.
pub(crate) fn observe(
    it: &Instrument,
    labels: Vec<KeyValue>,
    look: impl Fn() -> Option<f64> + Send + Sync + 'static,
) {
    let meter = meter();
    let built = meter.f64_observable_gauge(it.name).with_unit(it.unit);
    let built = built.with_description(it.description);
    let built = built.with_callback(move |observer| {
        if let Some(value) = look() {
            observer.observe(value, &labels);
        }
    });
    let _kept_by_the_meter = built.build();
}

/// A count as a gauge has it: exact up to 2^53.
#[allow(
    clippy::as_conversions,
    reason = "beyond 2^53 a metric may be off by one in a billion"
)]
pub(crate) const fn value(count: u64) -> f64 {
    count as f64
}

/// A size as metrics have it.
pub(crate) fn size(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

pub(crate) fn unix_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Now, for a metric.
#[allow(
    clippy::disallowed_methods,
    reason = "a time for a metric, not for a decision"
)]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Begins to time something, if metrics leave this process.
#[allow(
    clippy::disallowed_methods,
    reason = "a duration for a metric, not for a decision"
)]
pub(crate) fn begin() -> Option<std::time::Instant> {
    is_on().then(std::time::Instant::now)
}

/// What is looked up when metrics are sent.
#[derive(Debug, Default)]
struct Looked {
    running: AtomicBool,
    snapshot_revision: AtomicU64,
    /// Milliseconds since 1970; 0 if there is none.
    snapshot_ms: AtomicI64,
    oldest_side_effect_ms: AtomicI64,
}

/// A room's metrics. Without an exporter each costs next to nothing.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    room: [KeyValue; 1],
    events: Counter<u64>,
    commits: Counter<u64>,
    conflicts: Counter<u64>,
    side_effects: Counter<u64>,
    append: Histogram<f64>,
    decide: Histogram<f64>,
    queue: Gauge<u64>,
    lag: Gauge<u64>,
    running: Gauge<u64>,
    looked: Arc<Looked>,
}

/// The room runs until this is dropped, also where it ends with a panic.
pub(crate) struct Running(Arc<Looked>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Relaxed);
    }
}

impl Meters {
    pub fn new(room: Room) -> Self {
        Self {
            room: [KeyValue::new("room", room.token())],
            events: counter(&instruments::EVENTS_FOLDED),
            commits: counter(&instruments::COMMITS),
            conflicts: counter(&instruments::CONFLICTS),
            side_effects: counter(&instruments::SIDE_EFFECTS),
            append: histogram(&instruments::APPEND_DURATION),
            decide: histogram(&instruments::DECIDE_DURATION),
            queue: gauge(&instruments::QUEUE_DEPTH),
            lag: gauge(&instruments::FOLD_LAG),
            running: gauge(&instruments::SIDE_EFFECTS_RUNNING),
            looked: Arc::default(),
        }
    }

    /// The room's loop begins.
    pub fn run(&self) -> Running {
        self.looked.running.store(true, Ordering::Relaxed);
        // So that what has not happened yet is a zero, and a first time is an increase.
        for outcome in ["done", "failed"] {
            self.side_effects_ended(0, outcome);
        }
        self.conflicts.add(0, &self.room);
        self.queued(0);
        self.side_effects_run(0, None);
        Running(Arc::clone(&self.looked))
    }

    pub fn folded(&self, events: u64) {
        self.events.add(events, &self.room);
    }

    pub fn conflict(&self) {
        self.conflicts.add(1, &self.room);
    }

    pub fn committed(&self) {
        self.commits.add(1, &self.room);
    }

    pub fn queued(&self, commands: usize) {
        self.queue.record(size(commands), &self.room);
    }

    pub fn lagging(&self, commits: usize) {
        self.lag.record(size(commits), &self.room);
    }

    /// An append that began then was answered.
    pub fn appended(&self, began: Option<std::time::Instant>) {
        if let Some(began) = began {
            self.append
                .record(began.elapsed().as_secs_f64(), &self.room);
        }
    }

    /// A decision that began then was made.
    pub fn decided(&self, began: Option<std::time::Instant>) {
        if let Some(began) = began {
            self.decide
                .record(began.elapsed().as_secs_f64(), &self.room);
        }
    }

    /// A snapshot stands at this revision; written now, or found at the start.
    pub fn saved(&self, revision: Revision, written: bool) {
        let looked = &self.looked;
        looked
            .snapshot_revision
            .store(revision.0, Ordering::Relaxed);
        if written {
            looked.snapshot_ms.store(unix_ms(wall()), Ordering::Relaxed);
        }
    }

    /// Whether the room's loop runs.
    pub fn is_running(&self) -> bool {
        self.looked.running.load(Ordering::Relaxed)
    }

    /// Where the last snapshot stands, if there is one.
    pub fn snapshot_revision(&self) -> Option<u64> {
        let revision = self.looked.snapshot_revision.load(Ordering::Relaxed);
        (revision > 0).then_some(revision)
    }

    /// When this process wrote the last snapshot, if it did: since 1970.
    pub fn snapshot_time(&self) -> Option<Duration> {
        let ms = self.looked.snapshot_ms.load(Ordering::Relaxed);
        let ms = u64::try_from(ms).ok().filter(|ms| *ms > 0)?;
        Some(Duration::from_millis(ms))
    }

    /// How long the oldest side effect that is not done has been asked for.
    pub fn oldest_side_effect(&self) -> Duration {
        let since = self.looked.oldest_side_effect_ms.load(Ordering::Relaxed);
        let ms = unix_ms(wall()).checked_sub(since).filter(|_| since > 0);
        Duration::from_millis(u64::try_from(ms.unwrap_or(0)).unwrap_or(0))
    }

    pub fn side_effects_ended(&self, count: u64, outcome: &'static str) {
        let [room] = self.room.clone();
        self.side_effects
            .add(count, &[room, KeyValue::new("outcome", outcome)]);
    }

    /// So many are under way, the oldest of them since then.
    pub fn side_effects_run(&self, count: usize, oldest: Option<SystemTime>) {
        self.running.record(size(count), &self.room);
        let oldest = oldest.map_or(0, unix_ms);
        self.looked
            .oldest_side_effect_ms
            .store(oldest, Ordering::Relaxed);
    }
}
