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

/// About 9 bytes a number: 1,200,000 of them make many blocks.
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

/// The file of the snapshot that counts.
fn file_of(dir: &Path) -> PathBuf {
    let mut found = files(dir).into_iter();
    let is_ours = |path: &PathBuf| path.extension().is_some_and(|it| it == "snapshot");
    let file = found.find(is_ours).unwrap();
    assert!(
        !found.any(|path| is_ours(&path)),
        "one counts, no other is there"
    );
    file
}

#[test]
fn a_snapshot_that_lost_or_gained_or_changed_a_byte_is_dropped() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 8] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.clear(),
        |bytes| bytes.push(0),
        |bytes| bytes[4] ^= 1,
        |bytes| bytes[100] ^= 1,
        |bytes| bytes[2] ^= 1,
        // A block twice, in the place of the one that follows it.
        |bytes| {
            let block = 256 * 1024 + 8;
            bytes.copy_within(block..2 * block, 2 * block);
        },
    ];
    for damage in damages {
        let dir = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(dir.path()).unwrap();
        snapshots
            .save("orders", LOG, Revision(5), &numbers(5, 1_200_000))
            .unwrap();
        let file = file_of(dir.path());
        let mut bytes = std::fs::read(&file).unwrap();
        damage(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        assert!(load(&snapshots).is_none(), "a damaged one is loaded");
        assert!(!file.exists(), "its space comes back");
        snapshots
            .save("orders", LOG, Revision(6), &numbers(6, 9))
            .unwrap();
        assert_eq!(load(&snapshots), Some((Revision(6), numbers(6, 9))));
    }
}

#[test]
fn a_snapshot_without_its_file_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    snapshots
        .save("orders", LOG, Revision(5), &numbers(5, 9))
        .unwrap();
    std::fs::remove_file(file_of(dir.path())).unwrap();
    assert_eq!(load(&snapshots), None);
}

/// What the index of a directory takes at most, whatever it says.
const SLACK_BYTES: u64 = 2 * 1024 * 1024;

fn bytes_in(dir: &Path) -> u64 {
    let files = files(dir).into_iter();
    files.map(|path| path.metadata().unwrap().len()).sum()
}

#[test]
fn fifty_snapshots_take_no_more_than_twice_the_space_of_the_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut snapshots = Snapshots::open(dir.path()).unwrap();
    let live = u64::try_from(
        Snapshots::bytes_of("orders", &numbers(1, 600_000))
            .unwrap()
            .len(),
    )
    .unwrap();
    for at in 1..=50 {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, 600_000))
            .unwrap();
        if at % 20 == 0 {
            drop(snapshots);
            snapshots = Snapshots::open(dir.path()).unwrap();
        }
        let taken = bytes_in(dir.path());
        assert!(taken <= 2 * live + SLACK_BYTES, "{taken} bytes for {live}");
    }
}

#[test]
fn the_index_stays_small_however_often_it_is_turned_over() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    for at in 1..=1_000 {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, 1))
            .unwrap();
    }
    let taken = bytes_in(dir.path());
    assert!(taken <= SLACK_BYTES, "{taken} bytes");
}

#[test]
fn a_store_of_the_earlier_layout_gives_its_space_back_and_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let old = sled::open(dir.path()).unwrap();
    let tree = old.open_tree("orders").unwrap();
    for key in 0..40_u32 {
        tree.insert(key.to_be_bytes(), vec![7; 1024 * 1024])
            .unwrap();
    }
    tree.insert("header", vec![1]).unwrap();
    old.flush().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "not ours").unwrap();
    let error = Snapshots::open(dir.path()).unwrap_err();
    assert!(matches!(error, SnapshotError::InUse { .. }), "{error:?}");
    assert!(bytes_in(dir.path()) > 40 * 1024 * 1024);
    drop((tree, old));

    let snapshots = Snapshots::open(dir.path()).unwrap();
    assert!(bytes_in(dir.path()) <= SLACK_BYTES);
    assert!(dir.path().join("notes.txt").exists());
    assert_eq!(load(&snapshots), None);
    snapshots
        .save("orders", LOG, Revision(6), &numbers(6, 9))
        .unwrap();
    drop(snapshots);
    let snapshots = Snapshots::open(dir.path()).unwrap();
    assert_eq!(load(&snapshots), Some((Revision(6), numbers(6, 9))));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_a_snapshot() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("state").join("snapshots");
    let snapshots = Snapshots::open(&dir).unwrap();
    snapshots
        .save("orders", LOG, Revision(6), &numbers(6, 9))
        .unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file_of(&dir)), 0o600);
    for dir in [dir.parent().unwrap(), &dir, &dir.join("index")] {
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
    }
}

/// The directory as it stands after each step of a save, whoever is killed then: the new file
/// written in part, written whole, renamed, counted, and the old one gone.
#[test]
fn a_kill_between_any_two_steps_of_a_save_leaves_one_whole_snapshot() {
    let (old, new) = (
        (Revision(5), numbers(5, 90_000)),
        (Revision(6), numbers(6, 90_000)),
    );
    for step in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let save = |(at, state): &(Revision, Numbers)| {
            let snapshots = Snapshots::open(dir.path()).unwrap();
            snapshots.save("orders", LOG, *at, state).unwrap();
            drop(snapshots);
            let file = file_of(dir.path());
            (std::fs::read(&file).unwrap(), file)
        };
        let (old_bytes, old_file) = save(&old);
        let index = tempfile::tempdir().unwrap();
        let before = index.path().join("before");
        copy(&dir.path().join("index"), &before);
        let (new_bytes, new_file) = save(&new);
        std::fs::write(&old_file, &old_bytes).unwrap();
        if step < 3 {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
            copy(&before, &dir.path().join("index"));
        }
        let writing = new_file.with_extension("writing");
        match step {
            0 => {
                std::fs::remove_file(&new_file).unwrap();
                std::fs::write(&writing, &new_bytes[..new_bytes.len() / 2]).unwrap();
            }
            1 => std::fs::rename(&new_file, &writing).unwrap(),
            2 | 3 => {}
            _ => std::fs::remove_file(&old_file).unwrap(),
        }
        let snapshots = Snapshots::open(dir.path()).unwrap();
        let counts = if step < 3 { &old } else { &new };
        assert_eq!(load(&snapshots).as_ref(), Some(counts), "step {step}");
        let file = file_of(dir.path());
        assert_eq!(file, if step < 3 { old_file } else { new_file });
        assert_eq!(
            files(dir.path())
                .iter()
                .filter(|it| **it == writing)
                .count(),
            0
        );
        let next = (Revision(7), numbers(7, 9));
        snapshots.save("orders", LOG, next.0, &next.1).unwrap();
        assert_eq!(load(&snapshots), Some(next));
    }
}

#[test]
fn a_snapshot_is_read_whole_while_others_take_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(dir.path()).unwrap();
    let save = |at: u64| {
        snapshots
            .save("orders", LOG, Revision(at), &numbers(at, 60_000))
            .unwrap();
    };
    save(1);
    std::thread::scope(|scope| {
        let reads = scope.spawn(|| {
            (0..200)
                .filter_map(|_| snapshots.load_up_to::<Numbers>("orders", LOG, Revision(1_000)))
                .inspect(|(at, state)| assert_eq!(*state, numbers(at.0, 60_000)))
                .count()
        });
        let mut at = 1;
        while !reads.is_finished() {
            at += 1;
            save(at);
        }
        assert!(reads.join().unwrap() > 0);
    });
}

fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let to = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, to).unwrap();
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

/// The most times it is killed; each time a little later.
const MOST_KILLS: u64 = 120;

#[test]
fn a_kill_at_any_time_leaves_the_old_snapshot_or_the_new_one() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let mut last = Revision(0);
    for round in 0..MOST_KILLS {
        // A machine that is busy with other work saves one only when there is more time for it.
        if round >= 12 && last > Revision(1) {
            break;
        }
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
