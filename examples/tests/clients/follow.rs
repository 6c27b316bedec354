//! The client that follows the log: every event in order, also after a restart, and no other log.

use std::path::Path;
use std::time::Duration;

use api::inventory::v1::DefineLocationRequest;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use domain::decider::Room;

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
