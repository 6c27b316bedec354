//! A server lives as long as its owner wants, and never longer than its owner.

use std::process::Stdio;
use std::time::Duration;

use local_nats::{Error, LocalNats, Options};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

use backorder_local_nats as local_nats;

const OWNER: &str = "BACKORDER_TEST_OWNS_A_SERVER";

async fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

async fn within_seconds(seconds: u64, mut holds: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..seconds.saturating_mul(20) {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_killed_server_comes_back_on_its_port_with_its_store() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: Some(dir.path().join("nats")),
        ..Options::default()
    };
    let mut nats = LocalNats::start(options).await.unwrap();
    let (port, first) = (nats.port(), nats.pid());
    assert!(listens(port).await);
    nats.kill().await.unwrap();
    assert!(!listens(port).await);
    nats.restart().await.unwrap();
    assert_eq!(nats.port(), port);
    assert_ne!(nats.pid(), first);
    assert!(listens(port).await);
    nats.stop().await.unwrap();
    assert!(!listens(port).await);
    assert!(dir.path().join("nats/jetstream").is_dir());
}

#[tokio::test]
async fn a_dropped_server_goes_and_its_temporary_directory_with_it() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let (port, dir) = (nats.port(), nats.dir().to_owned());
    assert!(dir.is_dir());
    drop(nats);
    assert!(within_seconds(10, async || !listens(port).await && !dir.exists()).await);
}

#[tokio::test]
async fn a_directory_has_one_server_and_its_next_one_waits_for_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: Some(dir.path().to_owned()),
        ..Options::default()
    };
    let first = LocalNats::start(options.clone()).await.unwrap();
    let second = LocalNats::start(options.clone());
    let (second, ()) = tokio::join!(second, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(first);
    });
    let second = second.unwrap();
    let third = LocalNats::start(options).await;
    assert!(matches!(third, Err(Error::InUse { .. })), "{third:?}");
    drop(second);
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let options = Options {
        further: "no_such_setting: 1".to_owned(),
        ..Options::default()
    };
    let error = LocalNats::start(options).await.unwrap_err().to_string();
    assert!(error.contains("no_such_setting"), "{error}");
}

/// Not a test of its own: the owner that the next test starts and kills.
#[tokio::test]
async fn owner() {
    if std::env::var_os(OWNER).is_some() {
        let nats = LocalNats::start(Options::default()).await.unwrap();
        println!("\nport {}", nats.port());
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

#[tokio::test]
async fn a_server_goes_when_its_owner_is_killed() {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner", "--nocapture"])
        .env(OWNER, "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let port = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("the owner says its port");
        if let Some(port) = line.strip_prefix("port ") {
            break port.parse().unwrap();
        }
    };
    assert!(listens(port).await);
    owner.kill().await.unwrap();
    assert!(within_seconds(10, async || !listens(port).await).await);
}
