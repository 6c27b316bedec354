//! One service at work on a log that a test holds, and the facts of other rooms. Panics where a
//! test would.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use chassis::{Cell, Clock, Config, Process, ServiceModule};
use domain::decider::Room;
use domain::event::{Commit, Event};
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, EventLog, Log};

/// Starts a service at any free port. Where it listens, as a client wants it.
#[allow(clippy::expect_used, reason = "what fails here fails the test")]
pub async fn start(
    mut config: Config,
    log: &Log,
    clock: &Clock,
    module: impl FnOnce(&Cell) -> anyhow::Result<ServiceModule>,
) -> (Process, String) {
    config.grpc = config.grpc.any_ports();
    let cell = Cell::new(config, Arc::clone(log), clock.clone());
    let module = module(&cell).expect("the service can be made");
    let process = Process::start(cell, vec![module]).await;
    let process = process.expect("the service starts");
    let addresses: &[(Room, SocketAddr)] = process.addresses();
    let (_room, address) = addresses.first().expect("the service listens");
    let address = format!("http://{address}");
    (process, address)
}

/// Records facts of one room in one commit, as that room's service would.
#[allow(clippy::expect_used, reason = "what fails here fails the test")]
pub async fn record(log: &dyn EventLog, at: Timestamp, events: Vec<Event>) -> Revision {
    let room = events.first().expect("a fact is recorded").room();
    let as_of = log.last(&Room::ALL).await.expect("the log answers");
    let expected = log.last(&[room]).await.expect("the log answers");
    let commit = Commit {
        as_of,
        at,
        events,
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).expect("the commit is not too large");
    let recorded = log.append(room, encoded, expected).await;
    recorded.expect("nobody else writes for this room")
}
