//! What each room counts of its own work, for the metrics.

use std::future::Future;

use domain::decider::Room;
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use opentelemetry::{KeyValue, global};

/// A room's metrics. Without an exporter each costs next to nothing.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    room: [KeyValue; 1],
    events: Counter<u64>,
    conflicts: Counter<u64>,
    append: Histogram<f64>,
    queue: Gauge<u64>,
    lag: Gauge<u64>,
}

impl Meters {
    pub fn new(room: Room) -> Self {
        let meter = global::meter("backorder");
        Self {
            room: [KeyValue::new("room", room.token())],
            events: meter
                .u64_counter("backorder_events_folded")
                .with_description("Events that the room has folded")
                .build(),
            conflicts: meter
                .u64_counter("backorder_conflicts")
                .with_description("Commits that were decided anew")
                .build(),
            append: meter
                .f64_histogram("backorder_append_duration")
                .with_unit("s")
                .with_description("From sending a commit to its acknowledgement on disk")
                .build(),
            queue: meter
                .u64_gauge("backorder_queue_depth")
                .with_description("Commands that wait for the next commit")
                .build(),
            lag: meter
                .u64_gauge("backorder_fold_lag")
                .with_description("Commits that arrived and are not folded yet")
                .build(),
        }
    }

    pub fn folded(&self, events: u64) {
        self.events.add(events, &self.room);
    }

    pub fn conflict(&self) {
        self.conflicts.add(1, &self.room);
    }

    pub fn queued(&self, commands: usize) {
        self.queue
            .record(u64::try_from(commands).unwrap_or(u64::MAX), &self.room);
    }

    pub fn lagging(&self, commits: usize) {
        self.lag
            .record(u64::try_from(commits).unwrap_or(u64::MAX), &self.room);
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a duration for a metric, not for a decision"
    )]
    pub async fn timed<T>(&self, append: impl Future<Output = T>) -> T {
        let begin = std::time::Instant::now();
        let result = append.await;
        self.append
            .record(begin.elapsed().as_secs_f64(), &self.room);
        result
    }
}
