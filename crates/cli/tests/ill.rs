//! Each illness of a cell as `backorder check` tells it, made in truth: a disk without a byte left,
//! a server that does not sync, a copy that is gone, a service that is gone or does not follow.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    reason = "a test fails where it must, in its helpers too"
)]

mod cell;

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use cell::Cell;
use local_nats::{LocalNats, Options};

/// How often a cell is asked again, on a machine that does much else, and the pause between.
const TRIES: u32 = 150;
const PAUSE: Duration = Duration::from_millis(400);
/// More locations than a cell that was checked some times has revisions.
const MORE: u32 = 40;
/// The small disk.
const MEGABYTES: u32 = 24;

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Checks until it says all of this.
fn until(cell: &Cell, settings: &[(&str, &str)], wanted: &[&str]) -> Output {
    let mut last = None;
    for _ in 0..TRIES {
        let output = cell.ask_with(&["check"], settings);
        if wanted.iter().all(|part| said(&output).contains(part)) {
            return output;
        }
        last = Some(said(&output));
        std::thread::sleep(PAUSE);
    }
    panic!("{wanted:?}: {}", last.unwrap())
}

fn well(cell: &Cell, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let output = cell.ask(&words);
    assert!(output.status.success(), "{line}: {}", said(&output));
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A small disk in memory, of which all is let go at the end.
struct Disk<'a>(&'a Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _busy = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn on_a_full_disk_it_says_so_and_the_server_of_up_is_started_again_with_space() {
    let dir = tempfile::tempdir().unwrap();
    let size = format!("size={MEGABYTES}m");
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
    let mounted = mount.arg(dir.path()).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("skipped: only root may mount the small disk that this test fills");
        return;
    }
    let _disk = Disk(dir.path());
    let state = dir.path().join("state");
    let cell = Cell::start(&state);
    well(&cell, "location define main");
    well(&cell, "item define BOLT --backorderable 100:60");

    let filler = dir.path().join("filler");
    let mut file = File::create(&filler).unwrap();
    let full = (0..=MEGABYTES).find_map(|_| file.write_all(&[0; 1 << 20]).err());
    assert_eq!(full.unwrap().kind(), std::io::ErrorKind::StorageFull);
    // What is open is not freed when it is removed.
    drop(file);
    // What the server has set aside still takes some; each proof of a write takes a little of it.
    let told = until(
        &cell,
        &[],
        &[
            "✗ orders",
            "free space on the log's disk",
            "0 GB free (0 %)",
        ],
    );
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    let refused = cell.ask(&["item", "define", "NUT", "--stock-only"]);
    assert!(!refused.status.success(), "{}", said(&refused));

    // Its cure, without the restart: `up` does that.
    std::fs::remove_file(filler).unwrap();
    let told = until(&cell, &[], &["✓ orders               serves and writes"]);
    assert!(!said(&told).contains("takes no writes"), "{}", said(&told));
    well(&cell, "item define NUT --stock-only");
    let listed = cell.ask(&["item", "list"]);
    for sku in ["BOLT", "NUT"] {
        assert!(said(&listed).contains(sku), "{}", said(&listed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_sync_fails_with_its_cure() {
    let port = free_port();
    let server = LocalNats::start(Options {
        sync_always: false,
        further: format!("http: \"127.0.0.1:{port}\""),
        ..Options::default()
    });
    let server = server.await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let (url, monitor) = (server.url(), format!("http://127.0.0.1:{port}"));
    let settings = [
        ("BACKORDER_NATS_URL", url.as_str()),
        ("BACKORDER_NATS_MONITOR_URL", monitor.as_str()),
    ];
    let cell = Cell::with(state.path(), &settings);
    let told = until(&cell, &settings, &["✗ disk", "sync_interval"]);
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    drop(cell);
    server.stop().await.unwrap();
}

#[test]
fn a_service_that_is_gone_or_does_not_follow_is_named() {
    let (state, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cell = Cell::start(state.path());
    well(&cell, "location define main");
    let told = until(&cell, &[], &["✓ orders", "✓ inventory", "✓ notifier"]);
    assert!(!said(&told).contains('✗'), "{}", said(&told));

    let nobody = free_port().to_string();
    let gone = [("BACKORDER_GRPC_NOTIFIER_PORT", nobody.as_str())];
    // Settings of the environment come after the ports of the cell.
    let told = cell.ask_with(&["check"], &gone);
    assert_eq!(told.status.code(), Some(1));
    for part in ["✗ notifier", "backorder run notifier", "✓ orders"] {
        assert!(said(&told).contains(part), "{part}: {}", said(&told));
    }

    // A log on which more stands than the services have read: each check proves that five rooms
    // write.
    let ahead = Cell::start(other.path());
    for number in 0..MORE {
        well(&ahead, &format!("location define place-{number}"));
    }
    let elsewhere = [("BACKORDER_NATS_URL", ahead.nats())];
    let told = cell.ask_with(&["check"], &elsewhere);
    assert_eq!(told.status.code(), Some(1));
    for part in [
        "✗ inventory            has read up to revision",
        "and there is",
    ] {
        assert!(said(&told).contains(part), "{part}: {}", said(&told));
    }
}

/// The servers of one cluster, each on ports of its own.
async fn three() -> Vec<LocalNats> {
    let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
    let routes: Vec<String> = ports
        .iter()
        .map(|port| format!("nats://127.0.0.1:{port}"))
        .collect();
    let mut servers = Vec::new();
    for (number, port) in ports.iter().enumerate() {
        let further = format!(
            "server_name: n{number}\ncluster {{\n  name: shop\n  listen: \"127.0.0.1:{port}\"\n  \
             routes: [{}]\n}}",
            routes.join(", ")
        );
        let options = Options {
            further,
            ..Options::default()
        };
        servers.push(LocalNats::start(options).await.unwrap());
    }
    servers
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_keep_the_cell_writing_and_a_copy_that_is_gone_is_named() {
    let mut servers = three().await;
    let urls: Vec<String> = servers.iter().map(LocalNats::url).collect();
    let urls = urls.join(",");
    let settings = [
        ("BACKORDER_NATS_URL", urls.as_str()),
        ("BACKORDER_NATS_REPLICAS", "3"),
    ];
    // Nobody waits for the cluster to choose its leader: the services do.
    let state = tempfile::tempdir().unwrap();
    let cell = Cell::with(state.path(), &settings);
    let told = until(&cell, &settings, &["✓ stream", "✓ orders"]);
    assert!(!said(&told).contains("copies"), "{}", said(&told));
    well_with(&cell, &settings, "location define main");

    servers.first_mut().unwrap().kill().await.unwrap();
    let told = until(&cell, &settings, &["✗ copies", "✓ orders"]);
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    well_with(&cell, &settings, "location define second");

    servers.first_mut().unwrap().restart().await.unwrap();
    let told = until(&cell, &settings, &["✓ stream", "✓ orders"]);
    assert!(said(&told).contains("✓ inventory"), "{}", said(&told));
    let listed = cell.ask_with(&["location", "list"], &settings);
    for location in ["main", "second"] {
        assert!(said(&listed).contains(location), "{}", said(&listed));
    }
    drop(cell);
}

/// Repeated while servers of the cluster change: a location is defined once, however often.
fn well_with(cell: &Cell, settings: &[(&str, &str)], line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let mut last = String::new();
    for _ in 0..TRIES {
        let output = cell.ask_with(&words, settings);
        if output.status.success() {
            return;
        }
        last = said(&output);
        std::thread::sleep(PAUSE);
    }
    panic!("{line}: {last}")
}
