//! The client that follows the log: every event in order, also after a restart, and no other log.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use api::inventory::v1::DefineLocationRequest;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use domain::decider::Room;
use domain::event::{Commit, LocationDefined};
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, EventLog, JetStreamLog, JetStreamSettings, Link, Offence, Quarantined};

use crate::cluster::Cluster;
use crate::python;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names a location, in a commit of its own.
async fn define(cluster: &Cluster, location: &str) {
    let address = cluster.process.address(Room::Inventory).unwrap();
    let client = InventoryServiceClient::connect(format!("http://{address}")).await;
    let asked = DefineLocationRequest {
        definition_id: format!("define {location}"),
        location_id: location.to_owned(),
        name: location.to_owned(),
        ..DefineLocationRequest::default()
    };
    client.unwrap().define_location(asked).await.unwrap();
}

/// Follows until so many commits are handled; what it printed, or what it said when it stopped.
async fn follow(cluster: &Cluster, file: &Path, commits: u32) -> Option<Result<String, String>> {
    let mut client = python::client("follow.py").await?;
    client
        .arg(cluster.nats.url())
        .arg(file)
        .arg(commits.to_string());
    let output = tokio::time::timeout(PATIENCE, client.kill_on_drop(true).output()).await;
    let output = output.expect("the reader ends in time").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some(match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    })
}

#[tokio::test]
async fn the_reader_goes_on_where_it_was_and_stops_at_another_log() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("revision");
    for location in ["A", "B", "C"] {
        define(&cluster, location).await;
    }
    let Some(first) = follow(&cluster, &file, 2).await else {
        return;
    };
    let two = "1.0 inventory location_defined\n2.0 inventory location_defined\n";
    assert_eq!(first.as_deref(), Ok(two));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "2");
    define(&cluster, "D").await;
    let more = follow(&cluster, &file, 2).await.unwrap();
    let two = "3.0 inventory location_defined\n4.0 inventory location_defined\n";
    assert_eq!(more.as_deref(), Ok(two));
    std::fs::write(&file, "9").unwrap();
    let said = follow(&cluster, &file, 1).await.unwrap().unwrap_err();
    assert!(
        said.contains("stopped: the log ends at 4, but 9 was handled"),
        "{said}"
    );
    cluster.stop().await;
}

#[tokio::test]
async fn the_reader_passes_over_what_is_quarantined_and_nothing_else() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("revision");
    define(&cluster, "A").await;
    let (url, strange) = (cluster.nats.url(), "what a stranger wrote");
    publish(&url, "bo.main.notifier", strange);
    let Some(stopped) = follow(&cluster, &file, 2).await else {
        return;
    };
    assert!(stopped.unwrap_err().contains("JSONDecodeError"));
    let log = JetStreamLog::open(JetStreamSettings::new(&url, "main"));
    let before = Link::START;
    let record = Quarantined {
        revision: Revision(2),
        room: Room::Notifier,
        before,
        chain: before.chain.then(strange.as_bytes()),
        bytes: strange.len().try_into().unwrap(),
        written_at: Timestamp::default(),
        offence: Offence::Stranger,
        reason: "a test".to_owned(),
        at: Timestamp::default(),
        recorded_at: Revision(0),
    };
    let log = log.await.unwrap();
    log.quarantine(record).await.unwrap();
    // The services have stopped, all in one process; the log goes on.
    let named = LocationDefined {
        definition: "define B".into(),
        location: "B".into(),
        name: "B".to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    };
    let commit = Commit {
        as_of: Revision(1),
        at: Timestamp::default(),
        events: vec![named.into()],
        traces: BTreeMap::new(),
    };
    let commit = Encoded::new(&commit).unwrap();
    let appended = log.append(Room::Inventory, commit, Revision(1)).await;
    assert_eq!(appended.unwrap(), Revision(4));
    let read = follow(&cluster, &file, 2).await.unwrap();
    let two = "1.0 inventory location_defined\n4.0 inventory location_defined\n";
    assert_eq!(read.as_deref(), Ok(two));
    let _ended = cluster.process.stop().await;
    cluster.nats.stop().await.unwrap();
}

/// Publishes as anybody's client would.
fn publish(url: &str, subject: &str, body: &str) {
    use std::io::{BufRead, BufReader, Write};
    let server = std::net::TcpStream::connect(url.trim_start_matches("nats://"));
    let (mut server, length) = (server.unwrap(), body.len());
    let said =
        format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {length}\r\n{body}\r\nPING\r\n");
    server.write_all(said.as_bytes()).unwrap();
    let mut lines = BufReader::new(server).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "PONG"));
}
