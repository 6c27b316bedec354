//! The bounds of reading, on a server that answers when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::decider::Room;
use futures::future::{join_all, select, try_join_all};
use tokio::time::Instant;

use super::*;

const COMMIT: &[u8] = br#"{"as_of":0,"at":"2026-11-22T08:00:00Z","events":[]}"#;

/// A server whose messages up to `last` the nearest replica has, and the leader all of them.
struct Server {
    last: u64,
    /// How many answers it may give.
    answers: Semaphore,
    asked: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    leader_asked: AtomicUsize,
    body: Bytes,
}

impl Server {
    fn with(answers: usize) -> Self {
        Self {
            last: u64::MAX,
            answers: Semaphore::new(answers),
            asked: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            leader_asked: AtomicUsize::new(0),
            body: Bytes::from_static(COMMIT),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn message(&self) -> Option<Message> {
        Some(Message {
            room: Room::Orders,
            body: self.body.clone(),
            chain: None,
        })
    }
}

impl Source for Server {
    async fn nearest(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let now = self.under_way.fetch_add(1, Ordering::SeqCst);
        self.most_under_way
            .fetch_max(now.saturating_add(1), Ordering::SeqCst);
        self.answers.acquire().await.unwrap().forget();
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        Ok(self.message().filter(|_| at.0 <= self.last))
    }

    async fn leader(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        self.leader_asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.message().filter(|_| at.0 < 1_000))
    }
}

/// A short one, for the test in which it ends.
const PATIENCE: Duration = Duration::from_millis(50);

fn reads(in_flight: usize, budget: usize) -> Reads {
    Reads::new(in_flight, READ_PATIENCE, budget)
}

#[tokio::test]
async fn so_many_reads_are_under_way_and_no_more() {
    let (reads, server) = (reads(3, 0), Server::with(0));
    let all = join_all((1..=40).map(|at| reads.written(&server, Revision(at))));
    let answering = async {
        for _ in 0..40 {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            server.answers.add_permits(1);
        }
    };
    let (found, ()) = tokio::join!(all, answering);
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(server.asked(), 40);
    assert_eq!(server.most_under_way.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn whoever_does_not_get_a_turn_in_time_is_told_that_the_log_is_busy() {
    let (reads, server) = (Reads::new(1, PATIENCE, 0), Server::with(0));
    let begin = Instant::now();
    let first = reads.written(&server, Revision(1));
    let other = reads.written(&server, Revision(2));
    tokio::pin!(first);
    let futures::future::Either::Right((refused, _first)) = select(first, Box::pin(other)).await
    else {
        panic!("nobody is answered");
    };
    let refused = refused.unwrap_err();
    assert!(matches!(refused, ReadError::Busy { .. }), "{refused:?}");
    assert!(refused.to_string().contains("the log is busy"), "{refused}");
    assert!(begin.elapsed() >= PATIENCE);
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn many_readers_of_one_commit_ask_the_server_once_and_share_it() {
    let (reads, server) = (reads(8, 1_000_000), Server::with(1));
    let readers = (0..100).map(|_| reads.written(&server, Revision(7)));
    let found = try_join_all(readers).await.unwrap();
    assert_eq!(server.asked(), 1);
    assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])));
    // Later ones find it kept.
    let later = reads.written(&server, Revision(7)).await.unwrap();
    assert!(Arc::ptr_eq(&later, &found[0]));
    assert_eq!(server.asked(), 1);
    assert!(reads.state().flights.is_empty());
}

#[tokio::test]
async fn when_the_caller_who_reads_gives_up_the_next_one_reads() {
    let (reads, server) = (reads(8, 1_000_000), Server::with(0));
    let mut first = Box::pin(reads.written(&server, Revision(7)));
    let mut second = Box::pin(reads.written(&server, Revision(7)));
    assert!(futures::poll!(first.as_mut()).is_pending());
    assert!(futures::poll!(second.as_mut()).is_pending());
    assert_eq!(server.asked(), 1);
    drop(first);
    server.answers.add_permits(1);
    assert_eq!(second.await.unwrap().revision, Revision(7));
    assert_eq!(server.asked(), 2);
    assert!(reads.state().flights.is_empty());
}

#[tokio::test]
async fn what_a_replica_lacks_is_asked_of_the_leader_before_it_counts_as_missing() {
    let (reads, mut server) = (reads(8, 1_000_000), Server::with(100));
    server.last = 10;
    let leader_asked = |server: &Server| server.leader_asked.load(Ordering::SeqCst);
    assert!(reads.written(&server, Revision(10)).await.is_ok());
    assert_eq!(leader_asked(&server), 0);
    assert!(reads.written(&server, Revision(11)).await.is_ok());
    assert_eq!(leader_asked(&server), 1);
    let missing = reads.written(&server, Revision(1_000)).await;
    assert!(matches!(missing, Err(ReadError::Missing(Revision(1_000)))));
    assert_eq!(leader_asked(&server), 2);
    // That it is missing is not remembered: it may come.
    let missing = reads.written(&server, Revision(1_000)).await;
    assert!(missing.is_err());
    assert_eq!(leader_asked(&server), 3);
}

#[tokio::test]
async fn what_is_kept_stays_within_the_budget_and_what_was_used_last_stays() {
    let each = COMMIT.len() + ENTRY_BYTES;
    let (reads, server) = (reads(8, 3 * each), Server::with(1_000));
    for at in [1, 2, 3, 1, 4, 5, 1] {
        reads.written(&server, Revision(at)).await.unwrap();
        let recent = &reads.state().recent;
        let kept = recent.kept.values().map(|(_, written)| weight(written));
        assert_eq!(recent.bytes, kept.sum::<usize>());
        assert!(recent.bytes <= 3 * each);
        assert_eq!(recent.kept.len(), recent.by_use.len());
    }
    let kept: Vec<u64> = reads.state().recent.kept.keys().map(|at| at.0).collect();
    assert_eq!(kept, [1, 4, 5]);
    assert_eq!(server.asked(), 5);
}

#[tokio::test]
async fn a_commit_over_the_budget_is_read_and_not_kept() {
    let (reads, server) = (reads(8, COMMIT.len()), Server::with(1_000));
    for asked in 1..=2 {
        reads.written(&server, Revision(1)).await.unwrap();
        assert_eq!(server.asked(), asked);
    }
    assert_eq!(reads.state().recent.bytes, 0);
}

#[tokio::test]
async fn damage_is_told_with_its_revision_and_not_kept() {
    let (reads, mut server) = (reads(8, 1_000_000), Server::with(1_000));
    server.body = Bytes::from_static(b"{\"as_of\":0,");
    let read = reads.written(&server, Revision(3)).await;
    assert!(matches!(
        read,
        Err(ReadError::Undecodable {
            revision: Revision(3),
            ..
        })
    ));
    assert!(reads.state().recent.kept.is_empty());
    assert!(reads.state().flights.is_empty());
}
