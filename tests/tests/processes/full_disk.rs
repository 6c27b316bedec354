//! The disk under the log is full, in truth: the server answers, and acknowledges nothing. Callers
//! hear so at once, health says so, what was acknowledged stands, and writes come back with space.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use api::orders::v1::ListOrdersRequest;
use domain::event::{Event, OrdersEvent};
use local_nats::Options;
use tokio::time::{Instant, sleep};

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

/// How long a room may take to find out, and to go on.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// A small disk of its own, in memory.
pub struct Disk(PathBuf, u32);

impl Disk {
    /// Nothing where we may not mount one.
    pub fn mount(dir: &Path, megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m");
        let size = ["-t", "tmpfs", "-o", &size, "tmpfs"];
        let mounted = Command::new("mount").args(size).arg(dir).output();
        let mounted = mounted.ok()?.status.success();
        mounted.then(|| Self(dir.to_owned(), megabytes))
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        let full = (0..=self.1).find_map(|_| filler.write_all(&[0; 1 << 20]).err());
        let full = full.unwrap();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
    }

    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _busy = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn placed(event: &Event) -> Option<String> {
    let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
        return None;
    };
    Some(placed.order.to_string())
}

/// Waits until the orders service says so of the log.
async fn until_log_is(cluster: &Cluster, well: bool) {
    let by = Instant::now() + PATIENCE;
    while cluster.log_is_well("orders").await != well {
        assert!(Instant::now() < by, "the log is never well: {well}");
        sleep(POLL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_a_byte_left_is_told_and_writes_return_with_space() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(dir.path(), 16) else {
        eprintln!("skipped: only root may mount the small disk that this test fills");
        return;
    };
    let options = Options {
        dir: Some(dir.path().join("nats")),
        ..Options::default()
    };
    let mut cluster = Cluster::with(options).await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000_000)]).await;
    let mut orders = shop.orders.clone();

    disk.fill();
    // What the server has set aside still takes some; then one meets the full disk.
    let (mut taken, mut number) = (Vec::new(), 0);
    let met = loop {
        let id = format!("o{number}");
        match orders
            .place_order(shop::order(&id, &[("BOLT", 1); 200]))
            .await
        {
            Ok(_) => taken.push(id),
            Err(no) => break (id, no),
        }
        number += 1;
    };
    assert_eq!(shop::reason(&met.1), "OUTCOME_UNKNOWN", "{:?}", met.1);
    until_log_is(&cluster, false).await;
    let again = orders
        .place_order(shop::order("later", &[("BOLT", 1)]))
        .await;
    assert_eq!(shop::reason(&again.unwrap_err()), "LOG_REFUSES");
    assert!(!cluster.is_healthy("orders").await && cluster.lives("orders").await);
    let known = orders.list_orders(ListOrdersRequest::default()).await;
    assert!(known.is_ok(), "what is known can be asked for: {known:?}");

    disk.free();
    cluster.nats().restart().await.unwrap();
    until_log_is(&cluster, true).await;
    for id in [met.0.as_str(), "later"] {
        let order = shop::order(id, &[("BOLT", 1); 200]);
        let (answer, _) = shop::place(&shop.orders, &order, shop::DEADLINE).await;
        answer.unwrap();
        taken.push(id.to_owned());
    }
    let recorded = cluster.recorded(placed).await;
    for id in &taken {
        assert_eq!(recorded[id].len(), 1, "{id} stands once");
    }
    cluster.at_rest().await;
}
