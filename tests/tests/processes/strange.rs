//! Somebody writes on a room's subject while all services run under load: each service stops, an
//! operator has the message passed over, and all go on with every acknowledged command.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::decider::Room;
use domain::ids::{Revision, Timestamp};
use event_log::{
    EventLog, FollowError, JetStreamLog, JetStreamSettings, Link, Offence, Quarantined,
};
use futures::StreamExt;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::restarts::{SKUS, Seen, assert_each_stands_once, assert_same};
use crate::shop::Shop;
use crate::torture::caller;

const CALLERS: u64 = 3;
const STRANGE: &str = r#"{"as_of":0,"at":"2026-11-22T08:00:00Z","events":[{"type":"received",
    "receipt":"r9","location":"MAIN","lines":[{"sku":"BOLT","quantity":9000}]}]}"#;

/// Publishes on a subject, as anybody's client would.
fn publish(url: &str, subject: &str, body: &str) {
    let server = TcpStream::connect(url.trim_start_matches("nats://"));
    let (mut server, length) = (server.unwrap(), body.len());
    let said =
        format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {length}\r\n{body}\r\nPING\r\n");
    server.write_all(said.as_bytes()).unwrap();
    let mut lines = BufReader::new(server).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "PONG"));
}

/// What an operator writes of the first message that stops a reader.
async fn record(log: &JetStreamLog) -> Quarantined {
    let mut before = Link::START;
    let mut followed = log.follow(&[Room::Inventory], Revision(0));
    let stopped = loop {
        match followed.next().await.unwrap() {
            Ok(logged) => {
                let (revision, chain) = (logged.revision, logged.chain.unwrap());
                before = Link { revision, chain };
            }
            Err(stopped) => break stopped,
        }
    };
    let FollowError::Unchained { revision, room } = stopped else {
        panic!("{stopped}");
    };
    let raw = log.raw(revision).await.unwrap().unwrap();
    Quarantined {
        revision,
        room,
        before,
        chain: before.chain.then(&raw.body),
        bytes: raw.body.len().try_into().unwrap(),
        written_at: raw.written_at,
        offence: Offence::Stranger,
        reason: "a test".to_owned(),
        at: Timestamp::default(),
        recorded_at: Revision(0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_stopped_by_a_stranger_go_on_when_it_is_quarantined_and_lose_nothing() {
    let mut cluster = Cluster::start().await;
    let url = cluster.nats().url();
    let shop = Shop::furnished(&cluster, &SKUS).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(caller(shop.clone(), number, 7, Arc::clone(&stop)));
    }
    sleep(Duration::from_secs(1)).await;
    publish(&url, "bo.main.inventory", STRANGE);
    for (name, said) in cluster.all_end().await {
        assert!(said.contains("was written by a stranger"), "{name}: {said}");
    }

    let log = JetStreamLog::open(JetStreamSettings::new(&url, "main"));
    let log = log.await.unwrap();
    let record = log.quarantine(record(&log).await).await.unwrap();
    cluster.start_all().await;
    sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    let acknowledged: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    let later = acknowledged
        .iter()
        .filter(|(_, at)| *at > record.recorded_at.0);
    assert!(later.count() > 0, "nothing was acknowledged afterwards");

    // What it says never was, in no room and in no count.
    cluster.at_rest().await;
    assert_each_stands_once(&cluster, &acknowledged).await;
    let before = Seen::at(&cluster, &shop).await;
    cluster.kill_all().await;
    cluster.delete_snapshots();
    cluster.start_all().await;
    assert_same(&Seen::at(&cluster, &shop).await, &before, "folded anew");
}
