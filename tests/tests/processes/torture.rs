//! Everything at once, for as long as is asked: processes and the server killed and held still, a
//! disk that fills, snapshots damaged, a watcher that has stopped, and callers who go on all the
//! while; in the end the log itself is damaged. An independent count of the log is the judge.
//! `just torture 10 7` does it for ten minutes by seed 7.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api::inventory::v1::WatchStockRequest;
use api::orders::v1::LineQuantity;
use domain::decider::Room;
use domain::event::{Event, NotifierEvent};
use fastrand::Rng;
use local_nats::Options;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::cluster::Cluster;
use crate::full_disk::Disk;
use crate::restarts::{SKUS, Seen, assert_each_stands_once, assert_same};
use crate::shop::{self, Shop};

/// What it takes as one test among others.
const SHORT: Duration = Duration::from_secs(20);
const CALLERS: u64 = 6;
/// How long the record of a letter that has left may take.
const RECORDED_WITHIN: Duration = Duration::from_secs(30);
/// A disk that holds some minutes of this load.
const DISK_MEGABYTES: u32 = 512;
/// How long a process is held still, or a disk full.
const LONGEST_MS: u64 = 2_500;
/// How long a slow disk takes for what it writes, and how long it then has none to write.
const STILL_MS: RangeInclusive<u64> = 20..=200;
const FREE_MS: RangeInclusive<u64> = 1..=30;
/// Between two acts callers have time to meet what the last one left.
const PAUSE_MS: u64 = 1_500;

/// What is done to the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    KillOne,
    KillAll,
    KillServer,
    HoldOne,
    HoldServer,
    SlowDisk,
    DamageSnapshots,
    FillDisk,
    StopWatcher,
}

const ACTS: [Act; 9] = [
    Act::KillOne,
    Act::KillAll,
    Act::KillServer,
    Act::HoldOne,
    Act::HoldServer,
    Act::SlowDisk,
    Act::DamageSnapshots,
    Act::FillDisk,
    Act::StopWatcher,
];

/// How long, and by which seed: from the environment, since tests take no arguments.
#[allow(
    clippy::disallowed_methods,
    reason = "how long a campaign lasts is the person's affair who runs it"
)]
fn asked() -> (Duration, u64) {
    let read = |name| std::env::var(name).ok().filter(|said| !said.is_empty());
    let minutes = read("TORTURE_MINUTES").map(|said| said.parse::<u64>().unwrap());
    let seed = read("TORTURE_SEED").map(|said| said.parse().unwrap());
    let lasts = minutes.map_or(SHORT, |minutes| Duration::from_secs(60 * minutes));
    (lasts, seed.unwrap_or(1))
}

/// Places, receives and cancels until told to stop, and gives nothing up: what was acknowledged,
/// with its revision.
pub async fn caller(
    shop: Shop,
    number: u64,
    seed: u64,
    stop: Arc<AtomicBool>,
) -> BTreeMap<String, u64> {
    let mut rng = Rng::with_seed(seed ^ (number << 32));
    let mut acknowledged = BTreeMap::new();
    let mut round = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = format!("{number}-{round}");
        let (sku, _) = SKUS[rng.usize(..SKUS.len())];
        let order = shop::order(&id, &[(sku, 3), ("BOLT", 1)]);
        let (answer, _) = shop::place(&shop.orders, &order, shop::DEADLINE).await;
        acknowledged.insert(format!("order {id}"), answer.unwrap().revision);
        if rng.usize(..2) == 0 {
            let receipt = shop::receipt(&id, &[(sku, 2)]);
            let answer = shop::receive(&shop.inventory, &receipt).await.unwrap();
            acknowledged.insert(format!("receipt {id}"), answer.revision);
        }
        if rng.usize(..3) == 0 {
            let mut cancellation = shop::cancellation(&id, &id);
            if rng.usize(..2) == 0 {
                let (line, quantity) = (2, 1);
                cancellation.lines = vec![LineQuantity { line, quantity }];
            }
            let answer = shop::cancel(&shop.orders, &cancellation).await.unwrap();
            acknowledged.insert(format!("cancellation {id}"), answer.revision);
        }
        round += 1;
    }
    acknowledged
}

/// One byte in the middle of each snapshot is another one.
fn damage_snapshots(dir: &Path) {
    for path in files(dir, "snapshot") {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte = !*byte;
        }
        std::fs::write(&path, bytes).unwrap();
    }
}

struct Tormentor {
    cluster: Cluster,
    shop: Shop,
    disk: Option<Disk>,
    rng: Rng,
    /// What comes next: each act once, in some order, before any comes again.
    next: Vec<Act>,
    done: BTreeMap<Act, u32>,
    /// Watches that are never read.
    unread: Vec<tonic::Streaming<api::inventory::v1::WatchStockResponse>>,
}

impl Tormentor {
    async fn one(&mut self) {
        if self.next.is_empty() {
            self.next = ACTS.to_vec();
            self.rng.shuffle(&mut self.next);
        }
        let act = self.next.pop().unwrap();
        if act == Act::FillDisk && self.disk.is_none() {
            return;
        }
        *self.done.entry(act).or_default() += 1;
        let room = Room::ALL[self.rng.usize(..Room::ALL.len())].token();
        let while_held = Duration::from_millis(self.rng.u64(200..LONGEST_MS));
        match act {
            Act::KillOne => {
                self.cluster.kill(room).await;
                self.cluster.start_again(room).await;
            }
            Act::KillAll => {
                self.cluster.kill_all().await;
                self.cluster.start_all().await;
            }
            Act::KillServer => {
                self.cluster.nats().kill().await.unwrap();
                sleep(while_held).await;
                self.cluster.nats().restart().await.unwrap();
            }
            Act::HoldOne => {
                self.cluster.signal(room, "STOP");
                sleep(while_held).await;
                self.cluster.signal(room, "CONT");
            }
            Act::HoldServer => {
                self.cluster.nats().pause().await.unwrap();
                sleep(while_held).await;
                self.cluster.nats().resume().await.unwrap();
            }
            Act::SlowDisk => self.slow_disk(while_held * 2).await,
            Act::DamageSnapshots => {
                self.cluster.kill(room).await;
                damage_snapshots(&self.cluster.state_dir(room));
                self.cluster.start_again(room).await;
            }
            Act::FillDisk => {
                let disk = self.disk.as_ref().unwrap();
                disk.fill();
                sleep(while_held).await;
                disk.free();
                // As `backorder up` does with a server of its own.
                self.cluster.nats().restart().await.unwrap();
            }
            Act::StopWatcher => {
                let skus = SKUS.map(|(sku, _)| sku.to_owned()).to_vec();
                let at_least_revision = 0;
                let watch = WatchStockRequest {
                    skus,
                    at_least_revision,
                    ..WatchStockRequest::default()
                };
                if let Ok(watched) = self.shop.inventory.clone().watch_stock(watch).await {
                    self.unread.push(watched.into_inner());
                }
            }
        }
    }
}

impl Tormentor {
    /// As if each sync of the log's disk took long. Nobody but root can slow a disk down, so the
    /// server is held still for short spans, one after another: it answers, late, as it does where
    /// its writes take long. What the kernel does with writes under way is as ever.
    async fn slow_disk(&mut self, lasts: Duration) {
        let by = Instant::now() + lasts;
        while Instant::now() < by {
            let (held, free) = (self.rng.u64(STILL_MS), self.rng.u64(FREE_MS));
            self.cluster.nats().pause().await.unwrap();
            sleep(Duration::from_millis(held)).await;
            self.cluster.nats().resume().await.unwrap();
            sleep(Duration::from_millis(free)).await;
        }
    }
}

/// No letter was recorded twice as sent, and none is there twice. The last ones may have left
/// before their record: a machine that does much else takes its time with it.
async fn judge_letters(cluster: &Cluster) {
    let by = Instant::now() + RECORDED_WITHIN;
    loop {
        let sent = cluster.recorded(|event| match event {
            Event::Notifier(NotifierEvent::Notified(notified)) => Some(notified.notice.to_string()),
            Event::Notifier(NotifierEvent::NotificationFailed(_))
            | Event::Orders(_)
            | Event::Inventory(_)
            | Event::Allocator(_)
            | Event::SupplierGateway(_) => None,
        });
        let sent = sent.await;
        let twice: Vec<_> = sent.iter().filter(|(_, at)| at.len() > 1).collect();
        assert!(twice.is_empty(), "recorded as sent twice: {twice:?}");
        let letters = files(&cluster.letters(), "eml").len();
        if letters == sent.len() {
            return;
        }
        let recorded = sent.len();
        let late = Instant::now() >= by;
        assert!(
            !late,
            "{letters} letters in the folder, {recorded} recorded as sent"
        );
        sleep(Duration::from_millis(500)).await;
    }
}

/// A digit in the middle of the log's last block becomes another one, while nobody runs.
fn damage_log(dir: &Path) {
    let blocks = files(dir, "blk");
    let last = blocks.iter().max().expect("a block of the log");
    let mut bytes = std::fs::read(last).unwrap();
    let middle = bytes.len() / 2;
    let digit = bytes[middle..].iter().position(u8::is_ascii_digit).unwrap();
    let digit = &mut bytes[middle + digit];
    *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
    std::fs::write(last, bytes).unwrap();
}

fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|it| it.unwrap().path());
    let found = entries.flat_map(|path| {
        if path.is_dir() {
            files(&path, ending)
        } else {
            vec![path]
        }
    });
    let of_kind = |path: &PathBuf| path.extension().is_some_and(|it| it == ending);
    found.filter(of_kind).collect()
}

/// The log itself is damaged: nobody goes on as if it was not, and each says what to do.
async fn judge_damage(cluster: &mut Cluster, dir: &Path) {
    cluster.kill_all().await;
    cluster.nats().kill().await.unwrap();
    damage_log(dir);
    cluster.delete_snapshots();
    cluster.nats().restart().await.unwrap();
    cluster.launch_all();
    for (name, said) in cluster.all_end().await {
        let told = ["the log has", "is damaged", "cannot be read"];
        assert!(told.iter().any(|it| said.contains(it)), "{name}:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_nothing_acknowledged_is_lost_or_done_twice() {
    let (lasts, seed) = asked();
    println!("seed {seed}");
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::mount(dir.path(), DISK_MEGABYTES);
    if disk.is_none() {
        eprintln!("skipped: no disk is filled, since only root may mount a small one");
    }
    let options = Options {
        dir: Some(dir.path().join("nats")),
        ..Options::default()
    };
    let cluster = Cluster::with(options).await;
    let shop = Shop::furnished(&cluster, &SKUS).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(caller(shop.clone(), number, seed, Arc::clone(&stop)));
    }
    let mut tormentor = Tormentor {
        cluster,
        shop: shop.clone(),
        disk,
        rng: Rng::with_seed(seed),
        next: Vec::new(),
        done: BTreeMap::new(),
        unread: Vec::new(),
    };
    let by = Instant::now() + lasts;
    while Instant::now() < by {
        tormentor.one().await;
        let pause = tormentor.rng.u64(PAUSE_MS / 3..PAUSE_MS);
        sleep(Duration::from_millis(pause)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let Tormentor {
        mut cluster, done, ..
    } = tormentor;
    cluster.all_ready().await;
    let acknowledged: Vec<_> = callers.join_all().await.into_iter().flatten().collect();

    cluster.at_rest().await;
    assert_each_stands_once(&cluster, &acknowledged).await;
    judge_letters(&cluster).await;
    let before = Seen::at(&cluster, &shop).await;
    cluster.kill_all().await;
    cluster.delete_snapshots();
    cluster.start_all().await;
    assert_same(&Seen::at(&cluster, &shop).await, &before, "folded anew");
    judge_damage(&mut cluster, &dir.path().join("nats")).await;
    println!(
        "seed {seed}, {} s: {} commands acknowledged, none lost, none twice; damage found by all; \
         {done:?}",
        lasts.as_secs(),
        acknowledged.len()
    );
}
