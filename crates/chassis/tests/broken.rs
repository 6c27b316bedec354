//! A room whose state breaks an invariant stops loudly, with the event's position.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use backorder_chassis::turn::Folded;
use backorder_chassis::{
    Broken, Cell, Clock, Config, Host, Process, QueryError, Seen, ServiceModule, TransactError,
    Watchers, no_side_effects, service_name,
};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decider, Decision, Due, NoSideEffect, Projection, Recorded, Room};
use domain::event::{Adjusted, Commit, Event, InventoryEvent};
use domain::exact::moved;
use domain::ids::{Key, Position, Revision, Timestamp};
use event_log::{Encoded, Log, Logged, MemoryLog, Snapshots};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

thread_local! {
    /// How often rooms of this test have checked themselves.
    static CHECKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts units, of which there are never fewer than none; has a day on which it may not decide;
/// and takes 13 units for a fault.
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

/// Asks for nothing.
#[derive(Serialize)]
struct Nothing {}

impl Command<Count> for Nothing {
    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, _: &RoomState<Count>, _: Timestamp) -> Decision<CountRefusal> {
        Ok(Decided::Nothing)
    }
}

impl Decider for Count {
    const ROOM: Room = Room::Inventory;
    type Refusal = CountRefusal;
    type SideEffect = NoSideEffect;
    fn due(&self, now: Timestamp) -> Due<NoSideEffect> {
        assert!(now < bad_day(), "it may not decide on this day");
        Due::default()
    }
    fn check_some(&self, _seed: u64) -> Vec<String> {
        CHECKS.set(CHECKS.get() + 1);
        let wrong = (self.units == 13).then(|| "13 units".to_owned());
        wrong.into_iter().collect()
    }
}

fn bad_day() -> Timestamp {
    a_day().plus_days(1)
}

fn a_day() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

/// A correction of this number.
fn adjusted(number: usize, change: i64) -> Event {
    Event::from(Adjusted {
        adjustment: format!("a{number}").into(),
        sku: "BOLT".into(),
        location: "MAIN".into(),
        change,
        reason: String::new(),
    })
}

fn commit(changes: &[i64], after: u64) -> Commit {
    let first = usize::try_from(after).unwrap() * 10;
    Commit {
        as_of: Revision(0),
        at: a_day(),
        events: (first..)
            .zip(changes)
            .map(|(number, change)| adjusted(number, *change))
            .collect(),
        traces: BTreeMap::new(),
    }
}

async fn append(log: &Log, changes: &[i64], expected: u64) {
    let encoded = Encoded::new(&commit(changes, expected)).unwrap();
    let appended = log.append(Room::Inventory, encoded, Revision(expected));
    appended.await.unwrap();
}

async fn open(config: &Config, log: &Log, clock: &Clock) -> (Host<Count>, Process) {
    let mut config = config.clone();
    config.grpc = config.grpc.any_ports();
    let cell = Cell::new(config, Arc::clone(log), clock.clone());
    let (host, driver) = cell.room::<Count>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    (host, process)
}

async fn failed(process: &mut Process) -> String {
    let failed = tokio::time::timeout(Duration::from_secs(10), process.failed()).await;
    failed.unwrap().to_string()
}

#[test]
fn the_event_that_breaks_an_invariant_is_named_by_its_position() {
    let mut folded = Folded::<Count>::default();
    let whole = commit(&[3, -1, -5, 4], 0).into();
    let logged = Logged::new(Room::Inventory, Revision(7), whole).unwrap();
    let broken = folded.fold(&logged).unwrap_err();
    let position = Position {
        revision: Revision(7),
        index: 2,
    };
    assert_eq!((broken.room, broken.position), (Room::Inventory, position));
    assert!(broken.reason.starts_with("2 changed by -5"), "{broken}");
}

#[tokio::test]
async fn a_room_with_a_broken_state_stops_keeps_no_snapshot_of_it_and_tells_its_callers() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.state.dir = Some(dir.path().to_owned());
    config.state.snapshot_every = 1;
    let log: Log = Arc::new(MemoryLog::new());
    let clock = Clock::held(a_day());
    append(&log, &[3], 0).await;
    let (host, mut process) = open(&config, &log, &clock).await;
    let units = host.query(Revision(1), |count| count.units).await;
    assert_eq!(units, Ok(3));
    let waits = tokio::spawn({
        let host = host.clone();
        async move { host.query(Revision(2), |count| count.units).await }
    });
    let watched = Watchers::default().watch(&host, None, |_, _| Seen::<()>::Same);
    let mut watched = pin!(watched.unwrap());
    append(&log, &[1, -9], 1).await;

    let position = Position {
        revision: Revision(2),
        index: 1,
    };
    let error = failed(&mut process).await;
    assert!(
        error.contains("the inventory room broke an invariant at 2.1"),
        "{error}"
    );
    let names = |broken: &Broken| broken.position == position;
    let waited = waits.await.unwrap();
    assert!(matches!(&waited, Err(QueryError::Broken(broken)) if names(broken)));
    let asked = host.query(Revision(0), |count| count.units).await;
    assert!(matches!(&asked, Err(QueryError::Broken(broken)) if names(broken)));
    let decided = host.transact(Nothing {}).await;
    assert!(matches!(&decided, Err(TransactError::Broken(broken)) if names(broken)));
    assert_eq!(
        tonic::Status::from(decided.unwrap_err()).code(),
        tonic::Code::Internal
    );
    let told = watched.next().await.unwrap().unwrap_err();
    assert_eq!(told.code(), tonic::Code::Internal);
    assert!(watched.next().await.is_none());
    let past = host.past(Revision(2)).await;
    assert!(matches!(&past, Err(QueryError::Broken(broken)) if names(broken)));
    assert_eq!(host.past(Revision(1)).await.unwrap().state.units, 3);

    let address = process.address(Room::Inventory).unwrap();
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut health = HealthClient::new(endpoint.connect().await.unwrap());
    let service = service_name(Room::Inventory);
    let status = health.check(HealthCheckRequest { service }).await.unwrap();
    assert_eq!(status.into_inner().status(), ServingStatus::NotServing);
    drop(health);
    process.stop().await.unwrap();
    drop(host);
    let snapshots = Snapshots::open(&dir.path().join("snapshots").join("inventory")).unwrap();
    let kept = snapshots.load::<RoomState<Count>>("inventory", &log.identity());
    assert_eq!(
        kept.map(|(at, count)| (at, count.units)),
        Some((Revision(1), 3))
    );
}

#[tokio::test]
async fn a_room_that_breaks_an_invariant_as_it_decides_stops_too() {
    let log: Log = Arc::new(MemoryLog::new());
    let clock = Clock::held(bad_day());
    append(&log, &[3], 0).await;
    let (host, mut process) = open(&Config::default(), &log, &clock).await;
    let error = failed(&mut process).await;
    assert!(error.contains("while it decided"), "{error}");
    assert!(error.contains("it may not decide on this day"), "{error}");
    let asked = host.query(Revision(0), |count| count.units).await;
    assert!(matches!(asked, Err(QueryError::Broken(_))));
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_room_that_finds_a_fault_in_itself_stops_before_it_keeps_a_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.state.dir = Some(dir.path().to_owned());
    config.state.snapshot_every = 1;
    let log: Log = Arc::new(MemoryLog::new());
    append(&log, &[13], 0).await;
    let (host, mut process) = open(&config, &log, &Clock::held(a_day())).await;
    let error = failed(&mut process).await;
    assert!(
        error.contains("at 1.0, while it checked itself: 13 units"),
        "{error}"
    );
    process.stop().await.unwrap();
    drop(host);
    let snapshots = Snapshots::open(&dir.path().join("snapshots").join("inventory")).unwrap();
    assert_eq!(
        snapshots.load::<RoomState<Count>>("inventory", &log.identity()),
        None
    );
}

#[tokio::test]
async fn a_busy_room_checks_itself_ten_times_a_second_at_most() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&Config::default(), &log, &Clock::held(a_day())).await;
    let begun = tokio::time::Instant::now();
    for number in 0..300 {
        append(&log, &[20], number).await;
        host.query(Revision(number + 1), |count| count.units)
            .await
            .unwrap();
    }
    let most = u64::try_from(begun.elapsed().as_millis() / 100).unwrap() + 1;
    assert!(
        (1..=most).contains(&CHECKS.get()),
        "{} checks",
        CHECKS.get()
    );
    process.stop().await.unwrap();
}
