//! A room and a fact that is quarantined after the room has folded it: what was made of it is not
//! used again, neither the running state, nor a snapshot, nor the past.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backorder_chassis::{Cell, Clock, Config, Host, Process, ServiceModule, no_side_effects};
use domain::decider::{Decider, Due, NoSideEffect, Projection, Recorded, Room};
use domain::event::{Adjusted, Commit, Event, InventoryEvent};
use domain::exact::moved;
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, EventLog, Link, MemoryLog, Offence, Quarantined};
use serde::{Deserialize, Serialize};

/// Counts units, of which there may be any number: it takes every fact.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Count {
    units: u64,
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

fn append(log: &MemoryLog, change: i64) -> u64 {
    let last = log.last_of(Room::Inventory);
    let adjusted = Adjusted {
        adjustment: format!("a{last}").into(),
        sku: "BOLT".into(),
        location: "MAIN".into(),
        change,
        reason: String::new(),
    };
    let commit = Commit {
        as_of: last,
        at: a_day(),
        events: vec![Event::from(adjusted)],
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).unwrap();
    log.append_now(Room::Inventory, encoded, last).unwrap().0
}

/// The commit at a revision is passed over from now on.
fn quarantine(log: &MemoryLog, at: u64) {
    let before = log.read_now(Revision(at - 1)).unwrap();
    let before = Link {
        revision: before.revision,
        chain: before.chain.unwrap(),
    };
    let (room, body, _) = log.raw(Revision(at)).unwrap();
    let record = Quarantined {
        revision: Revision(at),
        room,
        before,
        chain: before.chain.then(&body),
        bytes: 0,
        written_at: a_day(),
        offence: Offence::Impossible,
        reason: "a test".to_owned(),
        at: a_day(),
        recorded_at: Revision(0),
    };
    assert!(log.quarantine(record));
}

async fn open(dir: &Path, log: &MemoryLog) -> (Host<Count>, Process) {
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    config.state.dir = Some(dir.to_owned());
    config.state.snapshot_every = 1;
    let cell = Cell::new(config, Arc::new(log.clone()), Clock::held(a_day()));
    let (host, driver) = cell.room::<Count>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    (host, process)
}

async fn units(host: &Host<Count>, at: u64) -> u64 {
    let asked = host.query(Revision(at), |count| count.units);
    let answer = tokio::time::timeout(Duration::from_secs(10), asked).await;
    answer.unwrap().unwrap()
}

#[tokio::test]
async fn what_was_folded_is_forgotten_when_it_is_quarantined() {
    let dir = tempfile::tempdir().unwrap();
    let log = MemoryLog::new();
    append(&log, 5);
    let at = append(&log, 700);
    let (host, mut process) = open(dir.path(), &log).await;
    assert_eq!(units(&host, at).await, 705);

    // The running room stops, and says why.
    quarantine(&log, at);
    let failed = tokio::time::timeout(Duration::from_secs(10), process.failed()).await;
    let why = format!("{:#}", failed.unwrap());
    let said = "revision 2 of inventory was quarantined after it had been read: start again";
    assert!(why.contains(said), "{why}");
    let _ended_with_it = process.stop().await;
    drop(host);

    // Its snapshot had the fact, and is dropped; the next ones have not.
    for round in 0..2 {
        let (host, process) = open(dir.path(), &log).await;
        assert!(log.is_record(Revision(3)));
        let last = append(&log, 10);
        let expected = 5 + 10 * (round + 1);
        assert_eq!(units(&host, last).await, expected);
        let past = host.past(Revision(at)).await.unwrap();
        assert_eq!(past.state.units, 5);
        let past = host.past(Revision(3)).await.unwrap();
        assert_eq!((past.state.units, past.at), (5, a_day()));
        let past = host.past(Revision(4)).await.unwrap();
        assert_eq!(past.state.units, 15);
        process.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_from_before_it_is_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let log = MemoryLog::new();
    append(&log, 5);
    let (host, process) = open(dir.path(), &log).await;
    assert_eq!(units(&host, 1).await, 5);
    process.stop().await.unwrap();
    drop(host);
    let at = append(&log, 700);
    quarantine(&log, at);
    // It could not be folded from the start any more.
    log.alter(Revision(1), "changed".into());
    let (host, process) = open(dir.path(), &log).await;
    let last = append(&log, 10);
    assert_eq!(units(&host, last).await, 15);
    process.stop().await.unwrap();
}
