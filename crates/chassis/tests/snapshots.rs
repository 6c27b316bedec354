//! A room goes on while its snapshot is written, and leaves one where it is worth it.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use backorder_chassis::{Cell, Clock, Config, Host, Process, ServiceModule, no_side_effects};
use domain::command::RoomState;
use domain::decider::{Decider, Due, NoSideEffect, Projection, Recorded, Room};
use domain::event::{Adjusted, Commit, Event, InventoryEvent};
use domain::exact::moved;
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, Log, MemoryLog, Snapshots};
use serde::{Deserialize, Serialize, Serializer};

/// Counts units.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Count {
    #[serde(serialize_with = "slowly")]
    units: u64,
}

/// Units above which a state is encoded only when the gate is open.
const GATED_UNITS: u64 = 1_000_000;

/// The gate, how many encoders wait at it, and the most that ever did.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
static WAITING: AtomicU64 = AtomicU64::new(0);
static MOST_WAITING: AtomicU64 = AtomicU64::new(0);

fn slowly<S: Serializer>(units: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    if *units > GATED_UNITS {
        let waiting = WAITING.fetch_add(1, Ordering::SeqCst) + 1;
        MOST_WAITING.fetch_max(waiting, Ordering::SeqCst);
        let mut is_open = GATE.0.lock().unwrap();
        while !*is_open {
            is_open = GATE.1.wait(is_open).unwrap();
        }
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
    serializer.serialize_u64(*units)
}

fn open_gate() {
    *GATE.0.lock().unwrap() = true;
    GATE.1.notify_all();
}

/// Lets the encoder go on also where the test fails, so that it ends.
struct OpensAtEnd;

impl Drop for OpensAtEnd {
    fn drop(&mut self) {
        open_gate();
    }
}

domain::refusals! {
    /// It says no to nothing.
    CountRefusal {
        /// Never.
        Never {} => Invalid "", "never", "nothing";
    }
}

domain::hears! {
    /// Its own facts.
    pub enum CountHears { Inventory(InventoryEvent) }
}

impl Projection for Count {
    const SHAPE: u32 = 1;
    type Hears<'a> = CountHears<'a>;
    fn evolve(&mut self, _recorded: Recorded, CountHears::Inventory(event): CountHears<'_>) {
        if let InventoryEvent::Adjusted(adjusted) = event {
            self.units = moved(self.units, adjusted.change);
        }
    }
}

impl Decider for Count {
    const ROOM: Room = Room::Inventory;
    type Refusal = CountRefusal;
    type SideEffect = NoSideEffect;
    fn due(&self, _: Timestamp) -> Due<NoSideEffect> {
        Due::default()
    }
}

fn a_day() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

async fn append(log: &Log, change: i64, expected: u64) {
    let adjusted = Adjusted {
        adjustment: format!("a{expected}").into(),
        sku: "BOLT".into(),
        location: "MAIN".into(),
        change,
        reason: String::new(),
    };
    let commit = Commit {
        as_of: Revision(0),
        at: a_day(),
        events: vec![Event::from(adjusted)],
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).unwrap();
    let appended = log.append(Room::Inventory, encoded, Revision(expected));
    appended.await.unwrap();
}

async fn open(dir: &Path, every: u64, log: &Log) -> (Host<Count>, Process) {
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    config.state.dir = Some(dir.to_owned());
    config.state.snapshot_every = every;
    let cell = Cell::new(config, Arc::clone(log), Clock::held(a_day()));
    let (host, driver) = cell.room::<Count>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    (host, process)
}

/// What a process left, after it has stopped.
fn kept(dir: &Path, log: &Log) -> Option<(Revision, u64)> {
    let snapshots = Snapshots::open(&dir.join("snapshots").join("inventory")).unwrap();
    let kept = snapshots.load::<RoomState<Count>>("inventory", &log.identity());
    kept.map(|(at, count)| (at, count.units))
}

async fn units(host: &Host<Count>, at: u64) -> u64 {
    let asked = host.query(Revision(at), |count| count.units);
    let answer = tokio::time::timeout(Duration::from_secs(10), asked).await;
    answer.unwrap().unwrap()
}

#[tokio::test]
async fn a_room_folds_and_answers_while_its_snapshot_is_written_and_writes_one_at_a_time() {
    let _gate = OpensAtEnd;
    let dir = tempfile::tempdir().unwrap();
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(dir.path(), 1, &log).await;
    let most = i64::try_from(GATED_UNITS).unwrap();
    append(&log, most + 1, 0).await;
    assert_eq!(units(&host, 1).await, GATED_UNITS + 1);
    for number in 1..20 {
        append(&log, 1, number).await;
        assert_eq!(units(&host, number + 1).await, GATED_UNITS + 1 + number);
    }
    for _ in 0..1_000 {
        if WAITING.load(Ordering::SeqCst) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(WAITING.load(Ordering::SeqCst), 1, "one is being encoded");

    // A stop waits for the one that is being written, then writes what is due.
    let stopping = tokio::spawn(process.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    open_gate();
    stopping.await.unwrap().unwrap();
    drop(host);
    assert_eq!(MOST_WAITING.load(Ordering::SeqCst), 1, "one at a time");
    assert_eq!(
        kept(dir.path(), &log),
        Some((Revision(20), GATED_UNITS + 20))
    );
}

#[tokio::test]
async fn a_stop_soon_after_a_snapshot_takes_none_and_the_next_start_folds_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(dir.path(), 3, &log).await;
    for number in 0..3 {
        append(&log, 5, number).await;
    }
    units(&host, 3).await;
    process.stop().await.unwrap();
    drop(host);
    let (at, _) = kept(dir.path(), &log).unwrap();
    assert_eq!(at, Revision(3));

    for every in [50_000, 1] {
        let last = log.last(&Room::ALL).await.unwrap().0;
        append(&log, 5, last).await;
        let (host, process) = open(dir.path(), every, &log).await;
        assert_eq!(units(&host, last + 1).await, 5 * (last + 1));
        process.stop().await.unwrap();
        drop(host);
        let revision = if every == 1 { last + 1 } else { 3 };
        assert_eq!(
            kept(dir.path(), &log),
            Some((Revision(revision), 5 * revision))
        );
    }
}
