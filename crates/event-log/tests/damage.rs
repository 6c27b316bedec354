//! Damage to a log: to the files of a real server, and to the log in memory. Whatever is done to a
//! commit that was acknowledged, a reader stops and names the revision.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{HeaderMap, jetstream};
use backorder_event_log as event_log;
use domain::decider::Room;
use domain::event::Commit;
use domain::ids::{Revision, Timestamp};
use event_log::{
    BackupError, CHAIN_HEADER, Chain, Encoded, EventLog, FollowError, Heads, JetStreamLog,
    JetStreamSettings, Link, Log, Logged, Marks, MemoryLog, Start,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use local_nats::{LocalNats, Options};
use tempfile::TempDir;

type Followed = BoxStream<'static, Result<Arc<Logged>, FollowError>>;

/// Rooms that write in turns.
const WRITERS: [Room; 3] = [Room::Orders, Room::Inventory, Room::Allocator];
/// How many commits are written before anything is damaged.
const COMMITS: u64 = 30;

/// The commit at a revision. Its text has the revision in it, so that it is found in a file.
fn commit(revision: u64) -> Encoded {
    let at = Timestamp::from_ms(i64::try_from(revision).unwrap());
    let commit = Commit {
        as_of: Revision(0),
        at,
        events: Vec::new(),
        traces: Default::default(),
    };
    Encoded::new(&commit).unwrap()
}

async fn write(log: &dyn EventLog, revisions: impl Iterator<Item = u64>) {
    write_of(log, revisions, commit).await;
}

async fn write_of(
    log: &dyn EventLog,
    revisions: impl Iterator<Item = u64>,
    commit: impl Fn(u64) -> Encoded,
) {
    for revision in revisions {
        let room = WRITERS[usize::try_from(revision).unwrap() % WRITERS.len()];
        let last = log.last(&[room]).await.unwrap();
        let at = log.append(room, commit(revision), last).await.unwrap();
        assert_eq!(at, Revision(revision));
    }
}

async fn next(followed: &mut Followed) -> Result<Arc<Logged>, FollowError> {
    let next = tokio::time::timeout(Duration::from_secs(30), followed.next()).await;
    next.expect("something comes").expect("it does not end")
}

/// What a reader reads, and what stops it.
async fn read_until_stopped(followed: &mut Followed) -> (Vec<u64>, FollowError) {
    let mut read = Vec::new();
    loop {
        match next(followed).await {
            Ok(logged) => read.push(logged.revision.0),
            Err(error) => return (read, error),
        }
    }
}

/// What a reader has read by now.
async fn read(followed: &mut Followed, count: u64) -> Heads {
    let mut heads = Heads::default();
    for _ in 0..count {
        let logged = next(followed).await.unwrap();
        let (revision, chain) = (logged.revision, logged.chain.unwrap());
        heads.know(logged.room, Link { revision, chain });
    }
    heads
}

/// A server whose files can be damaged while it is away.
struct Server {
    dir: TempDir,
    nats: Option<LocalNats>,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let mut server = Self {
            dir: TempDir::new().unwrap(),
            nats: None,
            port: 0,
        };
        server.begin().await;
        server
    }

    async fn begin(&mut self) {
        let options = Options {
            dir: Some(self.dir.path().to_owned()),
            port: Some(self.port).filter(|port| *port != 0),
            ..Options::default()
        };
        let nats = LocalNats::start(options).await.unwrap();
        self.port = nats.port();
        self.nats = Some(nats);
    }

    /// Away in order, so that its index says what it had.
    async fn end(&mut self) {
        self.nats.take().unwrap().stop().await.unwrap();
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    async fn log(&self) -> Log {
        let mut settings = JetStreamSettings::new(&self.url(), "test");
        settings.watch_every = Duration::from_millis(300);
        Arc::new(JetStreamLog::open(settings).await.unwrap())
    }

    fn files(&self, wanted: &str) -> Vec<PathBuf> {
        let mut dirs = vec![self.dir.path().join("jetstream")];
        let mut found = Vec::new();
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                } else if path.to_string_lossy().ends_with(wanted) {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Changes one digit in the text of a commit.
    fn flip(&self, revision: u64) {
        let text = commit(revision).body;
        for path in self.files(".blk") {
            let mut bytes = fs::read(&path).unwrap();
            let found = bytes.windows(text.len()).position(|part| *part == text);
            if let Some(at) = found {
                let year = at + text.windows(4).position(|part| part == b"1970").unwrap();
                bytes[year + 3] = b'1';
                return fs::write(&path, bytes).unwrap();
            }
        }
        panic!("revision {revision} is in no block");
    }

    fn remove_index(&self) {
        for path in self.files("index.db") {
            fs::remove_file(path).unwrap();
        }
    }

    /// Cuts the last bytes of the last block off.
    fn truncate(&self, bytes: u64) {
        let path = self.files(".blk").into_iter().max().unwrap();
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length - bytes).unwrap();
    }
}

fn marks_of(dir: &Path, heads: &Heads) -> Start {
    let marks = Marks::open(dir, "orders").unwrap();
    marks.note(heads).unwrap();
    let again = Marks::open(dir, "orders").unwrap();
    Start {
        after: Revision(0),
        marks: again.marks(),
        without: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digit_changed_where_the_server_skips_it_stops_each_reader_at_the_revision() {
    // The last of a room, of the log, and one in the middle.
    for damaged in [29, 30, 11] {
        let mut server = Server::start().await;
        let log = server.log().await;
        write(&*log, 1..=COMMITS).await;
        drop(log);
        server.end().await;
        server.flip(damaged);
        server.begin().await;
        let room = WRITERS[usize::try_from(damaged).unwrap() % WRITERS.len()];
        let log = server.log().await;
        for rooms in [&Room::ALL[..], &[room][..], &[room, Room::Notifier][..]] {
            let mut followed = log.follow(rooms, Revision(0));
            let (read, error) = read_until_stopped(&mut followed).await;
            assert!(read.iter().all(|revision| *revision < damaged), "{read:?}");
            let (FollowError::Gap { missing: named, .. }
            | FollowError::Gone { missing: named, .. }) = error
            else {
                panic!("{damaged}, {rooms:?}: {error}");
            };
            assert_eq!(named, Revision(damaged), "{rooms:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_the_index_still_knows_of_stops_each_reader_where_it_begins() {
    let mut server = Server::start().await;
    let log = server.log().await;
    write(&*log, 1..=COMMITS).await;
    drop(log);
    server.end().await;
    server.truncate(300);
    server.begin().await;
    let log = server.log().await;
    let mut named = Vec::new();
    for rooms in [&Room::ALL[..], &[Room::Orders][..], &[Room::Notifier][..]] {
        let mut followed = log.follow(rooms, Revision(0));
        let (_, error) = read_until_stopped(&mut followed).await;
        let FollowError::Gap { missing, .. } = error else {
            panic!("{rooms:?}: {error}");
        };
        named.push(missing);
    }
    let whole = Revision(named[0].0 - 1);
    assert!(log.read(whole).await.is_ok());
    assert!(
        named.iter().all(|missing| *missing == named[0]),
        "{named:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digit_changed_behind_a_running_reader_stops_it() {
    let mut server = Server::start().await;
    let log = server.log().await;
    write(&*log, 1..=COMMITS).await;
    let rooms = [&Room::ALL[..], &[Room::Inventory, Room::Orders][..]];
    let mut readers = rooms.map(|rooms| log.follow(rooms, Revision(0)));
    let [all, two] = &mut readers;
    read(all, COMMITS).await;
    read(two, COMMITS / 3 * 2).await;
    server.end().await;
    // 28 is the last of inventory.
    server.flip(28);
    server.begin().await;
    for followed in &mut readers {
        let (read, error) = read_until_stopped(followed).await;
        assert!(read.is_empty());
        let missing = Revision(28);
        let room = Room::Inventory;
        assert!(
            matches!(error, FollowError::Gone { room: r, missing: m } if (r, m) == (room, missing)),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_cut_where_nothing_tells_of_it_is_found_by_what_was_noted() {
    type Damage = fn(&Server);
    let damages: [(Damage, &str); 3] = [
        (|server| server.flip(11), "a digit, without the index"),
        (|server| server.flip(COMMITS), "the last one"),
        (|server| server.truncate(300), "a cut block"),
    ];
    for (damage, what) in damages {
        let mut server = Server::start().await;
        let log = server.log().await;
        write(&*log, 1..=COMMITS).await;
        let mut followed = log.follow(&Room::ALL, Revision(0));
        let heads = read(&mut followed, COMMITS).await;
        let noted = TempDir::new().unwrap();
        let start = marks_of(noted.path(), &heads);
        drop((log, followed));
        server.end().await;
        server.remove_index();
        damage(&server);
        server.begin().await;
        let log = server.log().await;
        let lasts = WRITERS.map(|room| heads.of(room).unwrap().revision);
        // Also when other commits stand there by now.
        for grown in [false, true] {
            if grown {
                let last = log.last(&Room::ALL).await.unwrap();
                assert!(last < Revision(COMMITS), "{what}: nothing was lost");
                let others = last.0 + 1..=COMMITS + 3;
                write_of(&*log, others, |revision| commit(revision + 100)).await;
            }
            for rooms in [&Room::ALL[..], &[Room::Orders][..]] {
                let mut followed = log.follow_from(rooms, start.clone());
                let (read, error) = read_until_stopped(&mut followed).await;
                assert!(read.is_empty(), "{what}: {read:?}");
                let said = error.to_string();
                let FollowError::Lost { revision, .. } = error else {
                    panic!("{what}: {said}");
                };
                assert!(lasts.contains(&revision), "{what}: {revision}");
                assert!(said.contains("orders.json"), "{said}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_noted_is_found_on_a_whole_log_and_a_note_is_never_taken_back() {
    let server = Server::start().await;
    let log = server.log().await;
    write(&*log, 1..=COMMITS).await;
    let heads = read(&mut log.follow(&Room::ALL, Revision(0)), COMMITS).await;
    let older = read(&mut log.follow(&Room::ALL, Revision(0)), COMMITS / 2).await;
    let noted = TempDir::new().unwrap();
    let start = marks_of(noted.path(), &heads);
    assert_eq!(marks_of(noted.path(), &older), start);
    let after = Revision(COMMITS / 2);
    let start = Start { after, ..start };
    let mut followed = log.follow_from(&[Room::Orders, Room::Allocator], start);
    let first = next(&mut followed).await.unwrap();
    assert_eq!(first.revision, Revision(17));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_not_what_its_chain_says_is_named_with_both_values() {
    let server = Server::start().await;
    let log = server.log().await;
    write(&*log, 1..=3).await;
    let context = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let subject = format!("bo.test.{}", WRITERS[1]);
    let wrong = Chain::START.then(b"another history");
    let mut headers = HeaderMap::new();
    headers.insert(CHAIN_HEADER, wrong.to_string());
    headers.insert("Nats-Expected-Last-Subject-Sequence", "1");
    let publish = context.publish_with_headers(subject, headers, commit(4).body);
    publish.await.unwrap().await.unwrap();
    let mut followed = log.follow(&[WRITERS[1]], Revision(0));
    let (read, error) = read_until_stopped(&mut followed).await;
    assert_eq!(read, [1]);
    let follows = Chain::START.then(&commit(1).body).then(&commit(4).body);
    let said = error.to_string();
    let FollowError::Damaged {
        room,
        revision,
        expected,
        found,
    } = error
    else {
        panic!("{said}");
    };
    assert_eq!((room, revision), (WRITERS[1], Revision(4)));
    assert_eq!((expected, found), (follows, wrong));
    for part in ["revision 4 of inventory", &follows.short(), &wrong.short()] {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_a_stranger_stops_its_hearers_and_nothing_is_written_after_it() {
    let server = Server::start().await;
    let log = server.log().await;
    write(&*log, 1..=3).await;
    let context = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let publish = context.publish("bo.test.orders", commit(4).body);
    publish.await.unwrap().await.unwrap();
    for after in [0, 3] {
        let (_, error) = read_until_stopped(&mut log.follow(&Room::ALL, Revision(after))).await;
        let FollowError::Unchained { room, revision } = error else {
            panic!("{error}");
        };
        assert_eq!((room, revision), (Room::Orders, Revision(4)));
    }
    let last = log.last(&[Room::Orders]).await.unwrap();
    let appended = log.append(Room::Orders, commit(5), last).await;
    assert!(appended.is_err(), "{appended:?}");
}

#[tokio::test]
async fn a_writer_goes_on_the_chain_of_what_it_has_not_read() {
    let server = Server::start().await;
    write(&*server.log().await, 1..=6).await;
    write(&*server.log().await, 7..=9).await;
    let log = server.log().await;
    let heads = read(&mut log.follow(&Room::ALL, Revision(0)), 9).await;
    let orders = [3, 6, 9].map(|revision| commit(revision).body);
    let chain = orders
        .iter()
        .fold(Chain::START, |chain, body| chain.then(body));
    assert_eq!(heads.of(Room::Orders).unwrap().chain, chain);
}

#[tokio::test]
async fn damage_is_found_in_memory_as_on_a_server() {
    let written = |count| async move {
        let log = MemoryLog::new();
        write(&log, 1..=count).await;
        log
    };
    let log = written(9).await;
    log.alter(Revision(5), commit(15).body);
    let (read_before, error) = read_until_stopped(&mut log.follow(&Room::ALL, Revision(0))).await;
    assert_eq!(read_before, [1, 2, 3, 4]);
    let revision = Revision(5);
    assert!(
        matches!(error, FollowError::Damaged { revision: r, .. } if r == revision),
        "{error}"
    );
    let log = written(9).await;
    let heads = read(&mut log.follow(&Room::ALL, Revision(0)), 9).await;
    let noted = TempDir::new().unwrap();
    let start = marks_of(noted.path(), &heads);
    log.lose_after(Revision(6));
    let mut followed = log.follow_from(&Room::ALL, start.clone());
    let (read_before, error) = read_until_stopped(&mut followed).await;
    assert!(read_before.is_empty());
    assert!(matches!(error, FollowError::Lost { .. }), "{error}");
    // The same commits in the same places are the same log.
    write(&log, 7..=9).await;
    read(&mut log.follow_from(&Room::ALL, start), 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_log_that_grows_meanwhile_is_whole_wherever_it_ends() {
    let (server, other) = (Server::start().await, Server::start().await);
    let settings = JetStreamSettings::new(&server.url(), "test");
    let log = JetStreamLog::open(settings.clone()).await.unwrap();
    write(&log, 1..=COMMITS).await;
    let growing = log.clone();
    let grows = tokio::spawn(async move { write(&growing, COMMITS + 1..=400).await });
    let dir = TempDir::new().unwrap();
    for round in 0..5 {
        let dir = dir.path().join(format!("backup-{round}"));
        let mut told = 0;
        let copied = log.back_up(&dir, |bytes| told = bytes).await.unwrap();
        assert!(!dir.exists() && told == copied.backup.bytes);
        let backup = copied.keep().unwrap();
        assert!(backup.last >= Revision(COMMITS));
        let again = log.back_up(&dir, |_| ()).await.err().unwrap();
        assert!(matches!(again, BackupError::Exists { .. }), "{again}");
        if round < 4 {
            continue;
        }
        let settings = JetStreamSettings::new(&other.url(), "test");
        event_log::put_back(&settings, &dir, |_| ()).await.unwrap();
        let log = JetStreamLog::open(settings).await.unwrap();
        let last = log.last(&Room::ALL).await.unwrap();
        assert!(last >= backup.last, "{last}");
        read(&mut log.follow(&Room::ALL, Revision(0)), last.0).await;
    }
    grows.await.unwrap();
}

#[test]
fn a_note_that_cannot_be_read_is_never_passed_over() {
    let dir = TempDir::new().unwrap();
    let marks = Marks::open(dir.path(), "orders").unwrap();
    assert!(marks.marks().is_empty());
    fs::write(marks.path(), "{\"format\":1,\"rooms\":{\"orders\":{\"revis").unwrap();
    let said = Marks::open(dir.path(), "orders").unwrap_err().to_string();
    assert!(said.contains("backorder verify"), "{said}");
    fs::write(marks.path(), "{\"format\":9,\"rooms\":{}}").unwrap();
    let said = Marks::open(dir.path(), "orders").unwrap_err().to_string();
    assert!(said.contains("a later version"), "{said}");
}
