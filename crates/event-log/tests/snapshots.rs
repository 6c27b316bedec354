//! A snapshot is whole or it is not there, whatever befalls it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use backorder_event_log::{SnapshotError, Snapshots};
use domain::decider::{Projection, Recorded};
use domain::ids::Revision;
use serde::{Deserialize, Serialize};

const LOG: &str = "BO_test@1";
const SAVER: &str = "BACKORDER_TEST_SAVES_IN";

domain::hears! {
    /// One room's facts, none of which changes these states.
    pub enum Only { Orders(OrdersEvent) }
}

/// A state of many numbers, all the same.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Numbers(Vec<u64>);

impl Projection for Numbers {
    const SHAPE: u32 = 1;
    type Hears<'a> = Only<'a>;
    fn evolve(&mut self, _: Recorded, _: Only<'_>) {}
}

/// The same under another shape.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reshaped(Vec<u64>);

impl Projection for Reshaped {
    const SHAPE: u32 = 2;
    type Hears<'a> = Only<'a>;
    fn evolve(&mut self, _: Recorded, _: Only<'_>) {}
}

/// About 9 bytes a number: 1,200,000 of them make three chunks.
fn numbers(value: u64, count: usize) -> Numbers {
    Numbers(vec![u64::MAX - value; count])
}

fn load(snapshots: &Snapshots) -> Option<(Revision, Numbers)> {
    snapshots.load("orders", LOG)
}

#[test]
fn a_snapshot_is_loaded_as_it_was_saved_and_replaces_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    assert_eq!(load(&snapshots), None);
    for (at, count) in [(5, 1_200_000), (9, 0), (12, 600_000), (13, 7)] {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, count))
            .unwrap();
        snapshots
            .save("allocator", LOG, Revision(at), &numbers(at + 1, 3))
            .unwrap();
        assert_eq!(load(&snapshots), Some((Revision(at), numbers(at, count))));
    }
    drop(snapshots);
    let snapshots = Snapshots::open(dir.path()).unwrap();
    assert_eq!(load(&snapshots), Some((Revision(13), numbers(13, 7))));
    let other = snapshots.load::<Numbers>("allocator", LOG);
    assert_eq!(other, Some((Revision(13), numbers(14, 3))));
}

#[test]
fn a_snapshot_of_another_shape_or_another_log_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    snapshots
        .save("orders", LOG, Revision(5), &numbers(5, 10))
        .unwrap();
    assert!(snapshots.load::<Reshaped>("orders", LOG).is_none());
    assert_eq!(load(&snapshots), None, "it was dropped, not passed over");
    snapshots
        .save("orders", LOG, Revision(6), &numbers(6, 10))
        .unwrap();
    assert!(snapshots.load::<Numbers>("orders", "BO_test@2").is_none());
    snapshots
        .save("orders", LOG, Revision(7), &numbers(7, 10))
        .unwrap();
    assert_eq!(load(&snapshots), Some((Revision(7), numbers(7, 10))));
}

#[test]
fn a_snapshot_serves_its_own_and_later_revisions() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    snapshots
        .save("orders", LOG, Revision(5), &numbers(5, 10))
        .unwrap();
    let up_to = |most| snapshots.load_up_to::<Numbers>("orders", LOG, Revision(most));
    assert_eq!(up_to(4), None);
    for most in [5, 6] {
        assert_eq!(up_to(most), Some((Revision(5), numbers(5, 10))));
    }
    let reshaped = snapshots.load_up_to::<Reshaped>("orders", LOG, Revision(9));
    assert!(reshaped.is_none());
    assert_eq!(load(&snapshots), Some((Revision(5), numbers(5, 10))));
}

/// The store itself. A process that another test starts holds all that is open here, this lock
/// too, until its own program runs.
fn store(dir: &Path) -> sled::Db {
    for _ in 0..50 {
        if let Ok(store) = sled::open(dir) {
            return store;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    sled::open(dir).unwrap()
}

#[test]
fn a_snapshot_that_lost_a_chunk_or_a_byte_is_dropped() {
    type Damage = fn(&sled::Tree, sled::IVec, sled::IVec);
    let damages: [Damage; 3] = [
        |tree, key, _| drop(tree.remove(key).unwrap()),
        |tree, key, value| drop(tree.insert(key, &value[..value.len() - 1]).unwrap()),
        |tree, key, value| {
            let mut bytes = value.to_vec();
            bytes[100] ^= 1;
            tree.insert(key, bytes).unwrap();
        },
    ];
    for damage in damages {
        let dir = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(dir.path()).unwrap();
        snapshots
            .save("orders", LOG, Revision(5), &numbers(5, 1_200_000))
            .unwrap();
        drop(snapshots);
        let store = store(dir.path());
        let tree = store.open_tree("orders").unwrap();
        let (key, value) = tree.iter().next().unwrap().unwrap();
        damage(&tree, key, value);
        store.flush().unwrap();
        drop((tree, store));
        let snapshots = Snapshots::open(dir.path()).unwrap();
        assert_eq!(load(&snapshots), None);
        snapshots
            .save("orders", LOG, Revision(6), &numbers(6, 9))
            .unwrap();
        assert_eq!(load(&snapshots), Some((Revision(6), numbers(6, 9))));
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found.sort();
    found
}

/// Copies what `saved` left, damages one file, and opens it again.
fn survives(saved: &Path, file: usize, damage: &dyn Fn(&mut Vec<u8>)) {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("snapshots");
    let from = files(saved);
    for (index, path) in from.iter().enumerate() {
        let to = copy.join(path.strip_prefix(saved).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, &to).unwrap();
        if index == file {
            let mut bytes = std::fs::read(&to).unwrap();
            if !bytes.is_empty() {
                damage(&mut bytes);
            }
            std::fs::write(&to, bytes).unwrap();
        }
    }
    let snapshots = Snapshots::open(&copy).unwrap();
    if let Some((at, state)) = load(&snapshots) {
        assert_eq!(state, numbers(at.0, 60_000), "what is loaded is whole");
    }
    snapshots
        .save("orders", LOG, Revision(9), &numbers(9, 60_000))
        .unwrap();
    assert_eq!(load(&snapshots), Some((Revision(9), numbers(9, 60_000))));
}

#[test]
fn a_damaged_snapshot_store_never_gives_a_wrong_state() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    for at in 1..4 {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, 60_000))
            .unwrap();
    }
    drop(snapshots);
    for file in 0..files(dir.path()).len() {
        for place in 0..4 {
            let place = |bytes: &Vec<u8>| bytes.len() * place / 4;
            survives(dir.path(), file, &|bytes| {
                let at = place(bytes);
                bytes[at] ^= 0x55;
            });
            survives(dir.path(), file, &|bytes| bytes.truncate(place(bytes)));
        }
    }
}

#[test]
fn snapshots_open_elsewhere_are_said_to_be_so() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Snapshots::open(dir.path()).unwrap();
    let error = Snapshots::open(dir.path()).unwrap_err();
    assert!(matches!(error, SnapshotError::InUse { .. }), "{error:?}");
}

/// Not a test of its own: what the next test starts and kills.
#[test]
fn saver() {
    let Some(dir) = std::env::var_os(SAVER) else {
        return;
    };
    let snapshots = Snapshots::open(Path::new(&dir)).unwrap();
    let first = load(&snapshots).map_or(0, |(at, _)| at.0);
    println!("\nsaving");
    for at in first + 1.. {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, 600_000))
            .unwrap();
    }
}

#[test]
fn a_kill_at_any_time_leaves_the_old_snapshot_or_the_new_one() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let mut last = Revision(0);
    for round in 0..12 {
        let mut saver = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "saver", "--nocapture"])
            .env(SAVER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(saver.stdout.take().unwrap()).lines();
        lines
            .map(Result::unwrap)
            .find(|line| line == "saving")
            .expect("it saves");
        std::thread::sleep(Duration::from_millis(30 + round * 17));
        saver.kill().unwrap();
        saver.wait().unwrap();
        let snapshots = Snapshots::open(dir.path()).unwrap();
        if let Some((at, state)) = load(&snapshots) {
            assert_eq!(state, numbers(at.0, 600_000));
            assert!(at >= last, "{at} after {last}");
            last = at;
        } else {
            assert_eq!(last, Revision(0), "what was there is still there");
        }
    }
    assert!(last > Revision(1));
}
