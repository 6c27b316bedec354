//! The loop through `Host`, on the memory log, with a room small enough to see through.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small numbers of a test, in which no other event may come"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use backorder_chassis::{
    self as chassis, Cell, Clock, Config, Host, MAX_WAITING_FOR_A_KEY, Process, QueryError,
    ServiceModule, TransactError, no_side_effects,
};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decider, Decision, Due, NoSideEffect, Projection, Recorded, Room};
use domain::event::{
    Commit, Customer, Event, OrderClosed, OrderPlaced, OrdersEvent, PlacedLine, ShipTo,
};
use domain::ids::{Currency, Key, OrderId, Position, Revision, Timestamp};
use event_log::{Encoded, Fault, Log, MemoryLog};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

/// Takes orders, refuses those without lines, and closes each a day after it came.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Desk {
    open: BTreeMap<OrderId, (Timestamp, Position)>,
    closed: u32,
}

domain::refusals! {
    /// Why the desk says no.
    DeskRefusal {
        /// An order without lines.
        LinesMissing {} => Invalid "lines", "there are no lines", "add a line";
    }
}

domain::hears! {
    /// Its own facts.
    pub enum DeskHears { Orders(OrdersEvent) }
}

impl Projection for Desk {
    const SHAPE: u32 = 1;
    type Hears<'a> = DeskHears<'a>;
    fn evolve(&mut self, recorded: Recorded, DeskHears::Orders(event): DeskHears<'_>) {
        match event {
            OrdersEvent::OrderPlaced(placed) => {
                self.open
                    .insert(placed.order.clone(), (recorded.at, recorded.position));
            }
            OrdersEvent::OrderClosed(closed) => {
                self.open.remove(&closed.order);
                self.closed += 1;
            }
            OrdersEvent::HistoryRecorded(_)
            | OrdersEvent::OrderCancelled(_)
            | OrdersEvent::OrderSuspended(_)
            | OrdersEvent::OrderResumed(_)
            | OrdersEvent::OrderAmended(_)
            | OrdersEvent::SubstituteAccepted(_) => {}
        }
    }
}

/// Asks the desk to take an order.
#[derive(Serialize)]
struct Place(OrderPlaced);

/// The same, about a subject that all of them are about.
#[derive(Serialize)]
struct Hot(OrderPlaced);

impl Command<Desk> for Hot {
    fn id(&self) -> Option<Key> {
        Some(self.0.order.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::of("subject", "hot")]
    }

    fn decide(&self, _desk: &RoomState<Desk>, _now: Timestamp) -> Decision<DeskRefusal> {
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderPlaced::of(event).cloned().map(Self)
    }
}

impl Command<Desk> for Place {
    fn id(&self) -> Option<Key> {
        Some(self.0.order.key())
    }

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, _desk: &RoomState<Desk>, _now: Timestamp) -> Decision<DeskRefusal> {
        if self.0.lines.is_empty() {
            return Err(DeskRefusal::LinesMissing {});
        }
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderPlaced::of(event).cloned().map(Self)
    }
}

impl Decider for Desk {
    const ROOM: Room = Room::Orders;
    type Refusal = DeskRefusal;
    type SideEffect = NoSideEffect;
    fn due(&self, now: Timestamp) -> Due<NoSideEffect> {
        let mut due = Due::default();
        for (order, (at, opened)) in &self.open {
            let closes = at.plus_days(1);
            if closes > now {
                due.again(closes);
            } else if due.events.len() < 10 {
                let timeline = vec![*opened];
                let order = order.clone();
                let closed = OrderClosed {
                    order,
                    opened: *opened,
                    timeline,
                    lines: Vec::new(),
                    substituted: Vec::new(),
                };
                due.events.push(closed.into());
            }
        }
        due
    }
}

fn order(id: &str, quantity: u32) -> OrderPlaced {
    let line = PlacedLine {
        line: 1,
        sku: "BOLT".into(),
        quantity,
        unit_price_minor: 100,
        complete_only: false,
    };
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "c".into(),
            tier: "gold".into(),
            said_tier: None,
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".into(),
        ship_to: ShipTo {
            country: "GB".into(),
            region: None,
        },
        currency: Currency::new("GBP").unwrap(),
        lines: vec![line],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    }
}

async fn open(log: &Log, clock: &Clock) -> (Host<Desk>, Process) {
    open_with(Config::default(), log, clock).await
}

async fn open_with(mut config: Config, log: &Log, clock: &Clock) -> (Host<Desk>, Process) {
    config.grpc = config.grpc.any_ports();
    let cell = Cell::new(config, Arc::clone(log), clock.clone());
    let (host, driver) = cell.room::<Desk>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    (host, process)
}

async fn place(
    host: &Host<Desk>,
    placed: OrderPlaced,
) -> Result<chassis::Answer, TransactError<DeskRefusal>> {
    host.transact(Place(placed)).await
}

fn a_day() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

#[tokio::test]
async fn a_command_is_answered_once_its_event_is_folded() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let first = place(&host, order("o1", 3)).await.unwrap();
    assert!(!first.repeated);
    assert_eq!(host.read(|desk| desk.open.len()), 1);
    let again = place(&host, order("o1", 3)).await.unwrap();
    assert_eq!((again.revision, again.repeated), (first.revision, true));
    let other = place(&host, order("o1", 4)).await.unwrap_err();
    let told = vec!["lines[0].quantity: 3 recorded, 4 asked".to_owned()];
    assert_eq!(other, TransactError::Differs(told));
    let mut empty = order("o2", 1);
    empty.lines.clear();
    let refused = place(&host, empty).await.unwrap_err();
    assert_eq!(
        refused,
        TransactError::Refused(DeskRefusal::LinesMissing {})
    );
    assert_eq!(log.last(&Room::ALL).await.unwrap(), first.revision);
    process.stop().await.unwrap();
}

/// What would become of it, and nothing is recorded.
async fn validate(
    host: &Host<Desk>,
    placed: OrderPlaced,
) -> Result<chassis::Answer, TransactError<DeskRefusal>> {
    host.carry_out(Place(placed), true).await
}

#[tokio::test]
async fn a_command_that_is_validated_is_answered_as_it_would_be_and_leaves_nothing() {
    let memory = Arc::new(MemoryLog::new());
    let log: Log = Arc::<MemoryLog>::clone(&memory);
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let first = place(&host, order("o1", 3)).await.unwrap();
    let mut empty = order("o2", 1);
    empty.lines.clear();
    for takes_writes in [true, false] {
        if !takes_writes {
            memory.silence(Room::Orders, true);
            let sent = place(&host, order("o3", 3)).await.unwrap_err();
            assert_eq!(sent, TransactError::Unknown, "perhaps it stands");
            well(&process, false).await;
        }
        let would = validate(&host, order("o2", 3)).await.unwrap();
        assert_eq!((would.revision, would.repeated), (first.revision, false));
        let before = validate(&host, order("o1", 3)).await.unwrap();
        assert_eq!((before.revision, before.repeated), (first.revision, true));
        for asked in [order("o1", 4), empty.clone()] {
            let refused = validate(&host, asked.clone()).await.unwrap_err();
            assert_eq!(refused, place(&host, asked).await.unwrap_err());
        }
        assert_eq!(host.read(|desk| desk.open.len()), 1);
    }
    memory.silence(Room::Orders, false);
    well(&process, true).await;
    let placed = place(&host, order("o2", 3)).await.unwrap();
    assert!(!placed.repeated, "the id was free");
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_room_whose_driver_is_dropped_says_that_it_stopped() {
    let log: Log = Arc::new(MemoryLog::new());
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    let cell = Cell::new(config, log, Clock::held(a_day()));
    let (host, driver) = cell.room::<Desk>().unwrap();
    assert!(cell.room::<Desk>().is_err(), "a room has one driver");
    drop(driver);
    let process = Process::start(cell, Vec::new()).await.unwrap();
    let stopped = place(&host, order("o1", 3)).await.unwrap_err();
    assert_eq!(stopped, TransactError::Stopped(Room::Orders));
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_room_that_comes_late_folds_every_commit_of_a_long_log() {
    let log: Log = Arc::new(MemoryLog::new());
    let (commits, mut last) = (2_000, Revision(0));
    for number in 0..commits {
        let commit = Commit {
            as_of: last,
            at: a_day(),
            events: vec![order(&format!("o{number}"), 1).into()],
            traces: BTreeMap::new(),
        };
        let encoded = Encoded::new(&commit).unwrap();
        last = log.append(Room::Orders, encoded, last).await.unwrap();
    }
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let folded = host.query(last, |desk| desk.open.len()).await.unwrap();
    assert_eq!(folded, commits);
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_retry_is_compared_with_the_opening_after_the_entity_left_memory() {
    let log: Log = Arc::new(MemoryLog::new());
    let clock = Clock::held(a_day());
    let (host, mut process) = open(&log, &clock).await;
    let first = place(&host, order("o1", 3)).await.unwrap();
    let rest = process.rest().await.unwrap();
    let closes = rest.again_at.expect("the order closes tomorrow");
    assert_eq!(closes, a_day().plus_days(1));
    clock.advance_to(closes);
    assert_eq!(process.rest().await.unwrap().again_at, None);
    assert_eq!(host.read(|desk| (desk.open.len(), desk.closed)), (0, 1));
    let again = place(&host, order("o1", 3)).await.unwrap();
    assert_eq!((again.revision, again.repeated), (first.revision, true));
    assert!(matches!(
        place(&host, order("o1", 4)).await,
        Err(TransactError::Differs(_))
    ));
    process.stop().await.unwrap();
}

#[tokio::test]
async fn two_instances_of_a_room_answer_each_order_once_and_truly() {
    let log: Log = Arc::new(MemoryLog::new());
    let clock = Clock::held(a_day());
    let (left, left_process) = open(&log, &clock).await;
    let (right, right_process) = open(&log, &clock).await;
    // Every order is asked for at both, with two contents in each of which one must win.
    let asked = (0..200_u32).flat_map(|n| {
        let (left, right) = (left.clone(), right.clone());
        let id = format!("o{}", n % 50);
        let (one, two) = (order(&id, 1 + n % 2), order(&id, 1 + n % 2));
        [
            tokio::spawn(async move { (one.order.clone(), place(&left, one).await) }),
            tokio::spawn(async move { (two.order.clone(), place(&right, two).await) }),
        ]
    });
    let mut won: BTreeMap<OrderId, BTreeSet<Revision>> = BTreeMap::new();
    for answered in join_all(asked).await {
        let (order, answer) = answered.unwrap();
        match answer {
            Ok(answer) => {
                won.entry(order).or_default().insert(answer.revision);
            }
            Err(error) => assert!(matches!(error, TransactError::Differs(_)), "{error:?}"),
        }
    }
    assert_eq!(won.len(), 50);
    assert!(
        won.values().all(|revisions| revisions.len() == 1),
        "{won:?}"
    );
    let last = log.last(&Room::ALL).await.unwrap();
    let count = |desk: &RoomState<Desk>| desk.open.len();
    assert_eq!(left.query(last, count).await.unwrap(), 50);
    assert_eq!(right.query(last, count).await.unwrap(), 50);
    left_process.stop().await.unwrap();
    right_process.stop().await.unwrap();
}

#[tokio::test]
async fn a_burst_larger_than_a_commit_is_answered_whole() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let asked = (0..3_000).map(|n| {
        let host = host.clone();
        tokio::spawn(async move { place(&host, order(&format!("o{n}"), 1)).await })
    });
    for answered in join_all(asked).await {
        assert!(!answered.unwrap().unwrap().repeated);
    }
    assert_eq!(host.read(|desk| desk.open.len()), 3_000);
    let commits = log.last(&Room::ALL).await.unwrap().0;
    assert!(
        (3..=1_000).contains(&commits),
        "{commits} commits for 3,000 orders"
    );
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_crowd_about_one_subject_leaves_room_for_another() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let crowd = MAX_WAITING_FOR_A_KEY * 12;
    let asked = (0..crowd).map(|n| host.transact(Hot(order(&format!("hot{n}"), 1))));
    let (answers, other) = tokio::join!(join_all(asked), place(&host, order("cold", 1)));
    assert!(!other.unwrap().repeated);
    let (recorded, turned_away): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in turned_away.iter().cloned() {
        assert_eq!(answer.unwrap_err(), TransactError::TooManyWait);
    }
    assert!(!turned_away.is_empty());
    assert!(recorded.len() > MAX_WAITING_FOR_A_KEY);
    let revisions: BTreeSet<Revision> = recorded.iter().flatten().map(|it| it.revision).collect();
    assert_eq!(revisions.len(), recorded.len());
    process.stop().await.unwrap();
}

#[tokio::test]
async fn every_past_revision_is_folded_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.state.dir = Some(dir.path().to_owned());
    config.state.snapshot_every = 3;
    let log: Log = Arc::new(MemoryLog::new());
    let clock = Clock::held(a_day());
    let mut then = Vec::new();
    for round in 0..3 {
        // Each stop leaves a snapshot, which serves the revisions from there on.
        let (host, process) = open_with(config.clone(), &log, &clock).await;
        for number in 0..3 {
            clock.advance_to(clock.now().plus_ms(1_000));
            let placed = place(&host, order(&format!("o{round}-{number}"), 1)).await;
            then.push((
                placed.unwrap().revision,
                clock.now(),
                host.read(RoomState::clone),
            ));
        }
        for (revision, at, desk) in &then {
            let past = host.past(*revision).await.unwrap();
            assert_eq!((past.revision, past.at), (*revision, *at));
            assert_eq!(past.state, *desk, "{revision}");
        }
        process.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_revision_not_yet_written_is_refused_until_it_is_written() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let (wanted, last) = (Revision(1), Revision(0));
    assert_eq!(
        host.past(wanted).await.unwrap_err(),
        QueryError::NotWritten { wanted, last }
    );
    place(&host, order("o1", 1)).await.unwrap();
    assert_eq!(host.past(wanted).await.unwrap().state.open.len(), 1);
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_query_that_waits_for_a_revision_beyond_the_log_is_told_so() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let last = place(&host, order("o1", 1)).await.unwrap().revision;
    let wanted = Revision(last.0 + 99);
    assert_eq!(
        host.query(wanted, |_| ()).await.unwrap_err(),
        QueryError::NotWritten { wanted, last }
    );
    // What a room has written that is not heard here says nothing of this one: it is at hand.
    let commit = Commit {
        as_of: last,
        at: a_day(),
        events: vec![order("elsewhere", 1).into()],
        traces: BTreeMap::new(),
    };
    let commit = Encoded::new(&commit).unwrap();
    let unheard = log.append(Room::Notifier, commit, Revision(0)).await;
    let open = host.query(unheard.unwrap(), |desk| desk.open.len()).await;
    assert_eq!(open.unwrap(), 1);
    process.stop().await.unwrap();
}

#[tokio::test]
async fn queries_of_many_pasts_do_not_stop_the_live_room() {
    let log: Log = Arc::new(MemoryLog::new());
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    for number in 1..=40 {
        place(&host, order(&format!("o{number}"), 1)).await.unwrap();
    }
    let asked = (1..=120_u64).map(|n| {
        let (host, at) = (host.clone(), Revision(1 + n % 40));
        tokio::spawn(async move { (at, host.past(at).await) })
    });
    let asked: Vec<_> = asked.collect();
    tokio::task::yield_now().await;
    // Half of the callers give up; nobody else suffers for it.
    for (n, asking) in asked.into_iter().enumerate() {
        if n % 2 == 0 {
            asking.abort();
            continue;
        }
        let (at, past) = asking.await.unwrap();
        let folded = u64::try_from(past.unwrap().state.open.len()).unwrap();
        assert_eq!(folded, at.0);
    }
    place(&host, order("one more", 1)).await.unwrap();
    assert_eq!(host.read(|desk| desk.open.len()), 41);
    process.stop().await.unwrap();
}

/// Whether the log is well, within a bounded time.
async fn well(process: &Process, wanted: bool) {
    let mut health = process.log_health();
    let is_so = health.wait_for(|log| log.is_well() == wanted);
    let is_so = tokio::time::timeout(Duration::from_secs(20), is_so).await;
    assert!(
        matches!(is_so, Ok(Ok(_))),
        "the log is never well: {wanted}"
    );
}

#[tokio::test]
async fn a_log_that_takes_no_writes_is_told_and_all_else_goes_on() {
    let memory = Arc::new(MemoryLog::new());
    let log: Log = Arc::<MemoryLog>::clone(&memory);
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    let before = place(&host, order("o1", 3)).await.unwrap();

    memory.silence(Room::Orders, true);
    let sent = place(&host, order("o2", 3)).await.unwrap_err();
    assert_eq!(sent, TransactError::Unknown, "perhaps it stands");
    well(&process, false).await;
    for _ in 0..3 {
        let refused = place(&host, order("o3", 3)).await.unwrap_err();
        assert!(matches!(refused, TransactError::Rejected(_)), "{refused:?}");
    }
    let again = place(&host, order("o1", 3)).await.unwrap();
    assert_eq!((again.revision, again.repeated), (before.revision, true));
    assert_eq!(
        host.query(before.revision, |desk| desk.open.len()).await,
        Ok(1)
    );

    memory.silence(Room::Orders, false);
    well(&process, true).await;
    for id in ["o2", "o3"] {
        let placed = place(&host, order(id, 3)).await.unwrap();
        assert!(
            !placed.repeated,
            "{id} was refused, and recorded all the same"
        );
    }
    assert_eq!(host.read(|desk| desk.open.len()), 3);
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_space_is_told_until_it_has_some() {
    let memory = Arc::new(MemoryLog::new());
    let log: Log = Arc::<MemoryLog>::clone(&memory);
    let (host, process) = open(&log, &Clock::held(a_day())).await;
    memory.fault(Fault::Full);
    memory.fault(Fault::Full);
    let refused = place(&host, order("o1", 3)).await.unwrap_err();
    let reason = "the server refuses commits of orders: insufficient resources";
    assert_eq!(refused, TransactError::Rejected(reason.into()));
    well(&process, false).await;
    // Nobody asks for anything, and the room finds out by itself that there is space again.
    well(&process, true).await;
    assert!(place(&host, order("o1", 3)).await.is_ok());
    process.stop().await.unwrap();
}
