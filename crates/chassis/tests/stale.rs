//! A command is decided on no older state than the bound says, whatever holds the reader up.

#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use backorder_chassis::{
    Cell, Clock, Config, Host, MAX_STALENESS, Process, QueryError, ServiceModule, TransactError,
    no_side_effects,
};
use domain::event::{Commit, Event};
use domain::ids::{Revision, Timestamp};
use domain::inventory::{ConfirmShipment, Inventory, InventoryRefusal};
use event_log::{Encoded, Log, MemoryLog};
use tokio::time::{Instant, sleep, timeout};

fn at() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

/// Records facts of one room in one commit, as its service would.
fn record(log: &MemoryLog, facts: &str) -> Revision {
    let events: Vec<Event> = serde_json::from_str(facts).unwrap();
    let room = events[0].room();
    let commit = Commit {
        as_of: Revision(log.len()),
        at: at(),
        events,
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).unwrap();
    log.append_now(room, encoded, log.last_of(room)).unwrap()
}

const STOCK: &str = r#"[
    {"type":"location_defined","definition":"d1","location":"MAIN","name":"Hall"},
    {"type":"item_defined","definition":"d2","sku":"BOLT","description":"a bolt",
     "segment":{"backorderable":{"cap":9,"longest_wait_days":9}}},
    {"type":"received","receipt":"r1","location":"MAIN",
     "lines":[{"sku":"BOLT","quantity":9}]}]"#;
const PLACED: &str = r#"[
    {"type":"order_placed","order":"o1","customer":{"id":"ann","tier":"gold"},"channel":"web",
     "ship_to":{"country":"GB"},"currency":"GBP",
     "lines":[{"line":1,"sku":"BOLT","quantity":2,"unit_price_minor":1}]}]"#;
const ASSIGNED: &str = r#"[
    {"type":"settled","rule":0,"at_rest":true,"effects":[{"assigned":
     {"order":"o1","line":1,"sku":"BOLT","location":"MAIN","quantity":2,
      "effective":"2026-11-22T08:00:00Z"}}]}]"#;
const CLOSED: &str = r#"[
    {"type":"order_cancelled","cancellation":"c1","order":"o1","lines":[],"reason":""},
    {"type":"order_closed","order":"o1","opened":{"revision":2,"index":0},"story":[],"lines":[]}]"#;

fn shipment() -> ConfirmShipment {
    let shipped = r#"{"type":"shipped","shipment":"s1","order":"o1","location":"MAIN",
        "lines":[{"line":1,"sku":"BOLT","quantity":2}]}"#;
    let event: Event = serde_json::from_str(shipped).unwrap();
    domain::command::Command::answered_by(&event).unwrap()
}

/// Inventory at work, with an order whose stock is reserved.
async fn reserved() -> (MemoryLog, Host<Inventory>, Process) {
    let log = MemoryLog::new();
    for facts_of in [STOCK, PLACED, ASSIGNED] {
        record(&log, facts_of);
    }
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    let shared: Log = Arc::new(log.clone());
    let cell = Cell::new(config, shared, Clock::held(at()));
    let (host, driver) = cell.room::<Inventory>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    host.reach(Revision(3)).await.unwrap();
    (log, host, process)
}

#[tokio::test]
async fn a_reader_that_lags_ships_no_order_that_has_closed() {
    let (log, host, process) = reserved().await;
    log.hold_readers(true);
    record(&log, CLOSED);
    sleep(MAX_STALENESS + Duration::from_millis(20)).await;
    let asked = tokio::spawn({
        let host = host.clone();
        async move { host.transact(shipment()).await }
    });
    sleep(Duration::from_millis(100)).await;
    assert!(!asked.is_finished(), "it is decided on what was long ago");
    log.hold_readers(false);
    let refused = asked.await.unwrap().unwrap_err();
    assert!(
        matches!(
            refused,
            TransactError::Refused(InventoryRefusal::UnknownOrder { .. })
        ),
        "{refused:?}"
    );
    process.stop().await.unwrap();
}

/// The log is asked at most once in the bound, so a busy room does not wait for it.
#[tokio::test]
async fn within_the_bound_a_command_is_decided_on_what_is_folded() {
    let (log, host, process) = reserved().await;
    host.transact(shipment()).await.unwrap();
    log.hold_readers(true);
    record(&log, CLOSED);
    let begun = Instant::now();
    let again = host.transact(shipment()).await.unwrap();
    assert!(again.repeated && begun.elapsed() < MAX_STALENESS);
    process.stop().await.unwrap();
}

#[tokio::test]
async fn a_command_waits_for_the_revision_that_its_caller_knows_of() {
    let (log, host, process) = reserved().await;
    log.hold_readers(true);
    let closed = record(&log, CLOSED);
    let waits = tokio::spawn({
        let host = host.clone();
        async move { host.reach(closed).await }
    });
    sleep(Duration::from_millis(100)).await;
    assert!(!waits.is_finished());
    log.hold_readers(false);
    let reached = timeout(Duration::from_secs(5), waits).await;
    assert_eq!(reached.unwrap().unwrap(), Ok(()));
    let beyond = host.reach(Revision(99)).await;
    assert!(
        matches!(beyond, Err(QueryError::NotWritten { .. })),
        "{beyond:?}"
    );
    process.stop().await.unwrap();
}
