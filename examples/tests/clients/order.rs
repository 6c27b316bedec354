//! The client that places orders, in Rust and in Python.

use std::net::SocketAddr;
use std::time::Duration;

use domain::decider::Room;
use tokio::process::Command;

use crate::cluster::Cluster;
use crate::python;

/// How long a client may take, its code generation included.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// What each client prints, whichever language it is written in.
const PRINTED: [&str; 7] = [
    "received 4",
    "placed",
    "PARTLY_BACKORDERED: 4 reserved, 2 waiting",
    "placed again: repeated, the same revision",
    "watching, PARTLY_BACKORDERED: 4 reserved, 2 waiting",
    "watching, RESERVED: 6 reserved, 0 waiting",
    "refused, ID_REUSED: this id was used before with other content: \
     lines[0].quantity: 6 recorded, 7 asked",
];

impl Cluster {
    /// Runs a client and holds what it prints to [`PRINTED`].
    async fn serves(self, mut client: Command, address: impl Fn(SocketAddr) -> String) {
        for room in [Room::Orders, Room::Inventory] {
            client.arg(address(self.process.address(room).unwrap()));
        }
        let output = tokio::time::timeout(CLIENT_TIMEOUT, client.kill_on_drop(true).output())
            .await
            .expect("the client ends in time")
            .unwrap();
        let mut printed: Vec<&str> = str::from_utf8(&output.stdout).unwrap().lines().collect();
        // A watch tells every change; that of a promise alone looks here like no change.
        printed.dedup();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed:#?}\n{errors}");
        assert_eq!(printed.len(), PRINTED.len(), "{printed:#?}");
        for (line, expected) in printed.into_iter().zip(PRINTED) {
            assert!(line.starts_with(expected), "{line:?}, not {expected:?}");
        }
        self.stop().await;
    }
}

#[tokio::test]
async fn the_rust_client_places_waits_watches_retries_and_is_refused() {
    let client = Command::new(env!("CARGO_BIN_EXE_order"));
    let cluster = Cluster::start().await;
    cluster
        .serves(client, |address| format!("http://{address}"))
        .await;
}

#[tokio::test]
async fn the_python_client_does_the_same() {
    let Some(client) = python::client("order.py").await else {
        return;
    };
    let cluster = Cluster::start().await;
    cluster.serves(client, |address| address.to_string()).await;
}
