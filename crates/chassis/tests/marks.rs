//! A room notes what it has read, and finds out at its next start whether the log still has it.

#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test fails where it must")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backorder_chassis::{Cell, Clock, Config, Process, ServiceModule, no_side_effects};
use domain::decider::Room;
use domain::event::{Commit, LocationDefined};
use domain::ids::{Revision, Timestamp};
use domain::inventory::{DefineLocation, Inventory};
use event_log::{Encoded, Log, Marks, MemoryLog};

fn definition(number: u64) -> LocationDefined {
    LocationDefined {
        definition: format!("d{number}").into(),
        location: format!("l{number}").into(),
        name: "A hall".to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    }
}

async fn start(log: &MemoryLog, dir: &Path) -> (backorder_chassis::Host<Inventory>, Process) {
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    config.state.dir = Some(dir.to_owned());
    config.state.snapshot_every = 1;
    let log: Log = Arc::new(log.clone());
    let cell = Cell::new(config, log, Clock::wall());
    let (host, driver) = cell.room::<Inventory>().unwrap();
    let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
    let process = Process::start(cell, vec![module]).await.unwrap();
    (host, process)
}

fn noted(dir: &Path) -> Revision {
    let marks = Marks::open(&dir.join("marks"), "inventory")
        .unwrap()
        .marks();
    let revisions = marks.into_iter().map(|mark| mark.link.revision);
    revisions.max().unwrap_or_default()
}

/// What ends a process by itself.
async fn failure(process: &mut Process) -> String {
    let failed = tokio::time::timeout(Duration::from_secs(20), process.failed()).await;
    format!("{:#}", failed.unwrap())
}

#[tokio::test]
async fn what_was_read_is_noted_while_a_room_runs_and_when_it_stops() {
    let (log, dir) = (MemoryLog::new(), tempfile::tempdir().unwrap());
    let (host, process) = start(&log, dir.path()).await;
    let mut last = Revision(0);
    for number in 0..3 {
        let answer = host.transact(DefineLocation(definition(number))).await;
        last = answer.unwrap().revision;
    }
    let soon = async {
        while noted(dir.path()) < last {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), soon)
        .await
        .unwrap();
    let answer = host.transact(DefineLocation(definition(4))).await.unwrap();
    process.stop().await.unwrap();
    assert_eq!(noted(dir.path()), answer.revision);
}

#[tokio::test]
async fn a_room_does_not_start_on_a_log_that_has_lost_what_it_read() {
    let (log, dir) = (MemoryLog::new(), tempfile::tempdir().unwrap());
    let (host, process) = start(&log, dir.path()).await;
    for number in 0..3 {
        let answer = host.transact(DefineLocation(definition(number))).await;
        answer.unwrap();
    }
    process.stop().await.unwrap();
    log.lose_after(Revision(1));
    // Also when another process has written since, so that the log is as long as it was.
    for grows in [false, true] {
        while grows && log.len() < 5 {
            let commit = Commit {
                as_of: Revision(0),
                at: Timestamp::default(),
                events: vec![definition(log.len() + 10).into()],
                traces: BTreeMap::new(),
            };
            let last = log.last_of(Room::Inventory);
            log.append_now(Room::Inventory, Encoded::new(&commit).unwrap(), last)
                .unwrap();
        }
        let (_host, mut process) = start(&log, dir.path()).await;
        let said = failure(&mut process).await;
        for part in [
            "lost commits that were acknowledged",
            "revision 3 of inventory",
            "inventory.json",
            "backorder restore",
        ] {
            assert!(said.contains(part), "{part:?} is missing: {said}");
        }
    }
    // It is really another log.
    std::fs::remove_file(dir.path().join("marks").join("inventory.json")).unwrap();
    let (host, process) = start(&log, dir.path()).await;
    // Nothing of the lost commits is left, although the snapshot had them.
    let known = ["l0", "l11", "l1", "l2"].map(domain::ids::LocationId::from);
    let known = host.query(Revision(5), |state| {
        known.map(|location| state.location(&location).is_some())
    });
    assert_eq!(known.await.unwrap(), [true, true, false, false]);
    process.stop().await.unwrap();
}
