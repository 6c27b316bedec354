//! The log in memory: for simulations and tests, with the faults that a real one has.
//!
//! It keeps commits as they are on the wire, so what cannot be read on JetStream cannot be read
//! here. It knows no clock and no randomness: a simulation on it replays exactly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::decider::Room;
use domain::event::{Commit, MAX_COMMIT_BYTES};
use domain::ids::Revision;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;

use crate::chain::{Link, Mark, Start};
use crate::reads::{Reads, Source};
use crate::verifier::{Message, Verifier, meets};
use crate::{AppendError, Encoded, EventLog, FollowError, Logged, ReadError, Written};

/// What befalls an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The commit is lost on its way, and nobody answers.
    Lost,
    /// The commit stands, but its acknowledgement is lost.
    AcknowledgementLost,
    /// Another commit of the room is still in flight: a conflict, though nothing came first.
    InFlight,
    /// The server has no space left.
    Full,
}

/// How long an append waits where nobody answers.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A log in memory. Clones share it.
#[derive(Clone)]
pub struct MemoryLog {
    shared: Arc<Shared>,
}

struct Shared {
    identity: String,
    state: Mutex<State>,
    grown: watch::Sender<Revision>,
    reads: Reads,
}

#[derive(Default)]
struct State {
    /// The commit at revision n stands at n - 1; `None` was lost from the middle.
    messages: Vec<Option<Message>>,
    last: BTreeMap<Room, Link>,
    faults: VecDeque<Fault>,
    /// Rooms whose commits are lost without a word.
    silent: BTreeSet<Room>,
    /// Nothing reaches who follows the log.
    readers_held: bool,
    /// The last revision that the nearest replica has, if it is behind.
    replica_at: Option<Revision>,
    /// How often a commit was asked for, of the nearest replica and of the leader.
    asked: (u64, u64),
}

impl State {
    fn end(&self) -> Revision {
        Revision(u64::try_from(self.messages.len()).unwrap_or(u64::MAX))
    }

    fn message(&self, at: Revision) -> Option<&Message> {
        let index = usize::try_from(at.0.checked_sub(1)?).ok()?;
        self.messages.get(index)?.as_ref()
    }

    fn last(&self, room: Room) -> Link {
        self.last.get(&room).copied().unwrap_or(Link::START)
    }

    /// A stranger writes no chain value.
    fn put(&mut self, room: Room, body: Bytes, is_ours: bool) -> Revision {
        let chain = self.last(room).chain.then(&body);
        let message = Message {
            room,
            body,
            chain: is_ours.then_some(chain),
        };
        self.messages.push(Some(message));
        let revision = self.end();
        self.last.insert(room, Link { revision, chain });
        revision
    }

    /// The commit of a room before a revision.
    fn before(&self, room: Room, at: Revision) -> Option<Link> {
        let before = (1..at.0).rev().map(Revision);
        let found = before
            .filter_map(|revision| Some((revision, self.message(revision)?)))
            .find(|(_, message)| message.room == room);
        match found {
            Some((revision, message)) => message.chain.map(|chain| Link { revision, chain }),
            None => Some(Link::START),
        }
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::named("memory")
    }

    /// An empty log with an identity of its own.
    pub fn named(identity: &str) -> Self {
        let shared = Shared {
            identity: identity.to_owned(),
            state: Mutex::default(),
            grown: watch::Sender::new(Revision(0)),
            reads: Reads::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends at once.
    ///
    /// # Errors
    /// As [`EventLog::append`].
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the same words as EventLog::append"
    )]
    pub fn append_now(
        &self,
        room: Room,
        commit: Encoded,
        expected: Revision,
    ) -> Result<Revision, AppendError> {
        if commit.body.len() > MAX_COMMIT_BYTES {
            return Err(AppendError::TooBig {
                bytes: commit.body.len(),
            });
        }
        let mut state = self.state();
        let fault = state.faults.pop_front();
        match fault {
            Some(Fault::Lost) => return Err(AppendError::Unanswered { room, source: None }),
            Some(Fault::InFlight) => return Err(AppendError::Conflict { room, expected }),
            Some(Fault::Full) => {
                let reason = "insufficient resources".to_owned();
                return Err(AppendError::Rejected { room, reason });
            }
            Some(Fault::AcknowledgementLost) | None => {}
        }
        if state.last(room).revision != expected {
            return Err(AppendError::Conflict { room, expected });
        }
        let revision = state.put(room, commit.body, true);
        drop(state);
        self.shared.grown.send_replace(revision);
        if fault.is_some() {
            return Err(AppendError::Unanswered { room, source: None });
        }
        Ok(revision)
    }

    /// The commit at a revision.
    ///
    /// # Errors
    /// As [`EventLog::written`].
    pub fn read_now(&self, at: Revision) -> Result<Arc<Logged>, ReadError> {
        let message = self.state().message(at).cloned();
        let message = message.ok_or(ReadError::Missing(at))?;
        let commit = Commit::read(&message.body).map_err(|source| ReadError::Undecodable {
            revision: at,
            source,
        })?;
        let chain = message.chain;
        let logged = Logged::new(message.room, at, Arc::new(commit))?;
        Ok(Arc::new(Logged { chain, ..logged }))
    }

    /// The commits after a revision, of whatever room, at most `max` of them.
    ///
    /// # Errors
    /// As [`EventLog::follow`].
    pub fn commits_after(
        &self,
        after: Revision,
        max: usize,
    ) -> Result<Vec<Arc<Logged>>, FollowError> {
        let (mut found, mut verifier) = (Vec::new(), Verifier::default());
        let mut at = after;
        while found.len() < max {
            match self.next_of(&Room::ALL, &mut at, &mut verifier)? {
                Some(logged) => found.push(logged),
                None => break,
            }
        }
        Ok(found)
    }

    /// How many commits stand on it: the last one's revision.
    pub fn len(&self) -> u64 {
        self.state().end().0
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The last commit's revision of one room; 0 if it has none.
    pub fn last_of(&self, room: Room) -> Revision {
        self.state().last(room).revision
    }

    /// The next append meets this fault; several wait their turn.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// Whether commits of a room are lost from now on without a word, as on a server with a full
    /// disk: it answers questions, and no write.
    pub fn silence(&self, room: Room, silent: bool) {
        let mut state = self.state();
        if silent {
            state.silent.insert(room);
        } else {
            state.silent.remove(&room);
        }
    }

    /// Whether what comes from now on reaches nobody who follows the log, as when a reader's
    /// connection stalls; single commits and the end are read all the same.
    pub fn hold_readers(&self, held: bool) {
        self.state().readers_held = held;
        self.shared.grown.send_modify(|_end| {});
    }

    /// From now on the nearest replica has nothing after this revision, though the leader has.
    pub fn replica_stays_at(&self, last: Revision) {
        self.state().replica_at = Some(last);
    }

    /// How often a commit was asked for: of the nearest replica, and of the leader.
    pub fn asked(&self) -> (u64, u64) {
        self.state().asked
    }

    /// Puts any bytes on a room's subject, as a stranger with the permission could.
    pub fn put_raw(&self, room: Room, body: Bytes) -> Revision {
        let revision = self.state().put(room, body, false);
        self.shared.grown.send_replace(revision);
        revision
    }

    /// Changes the bytes of a message, and nothing that is said of it.
    pub fn alter(&self, at: Revision, body: Bytes) {
        let index = usize::try_from(at.0.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(Some(message)) = self.state().messages.get_mut(index) {
            message.body = body;
        }
    }

    /// Loses the end of the log, as a disk that kept nothing for a while.
    pub fn lose_after(&self, last: Revision) {
        let mut state = self.state();
        let kept = usize::try_from(last.0).unwrap_or(usize::MAX);
        state.messages.truncate(kept);
        let after = Revision(last.0.saturating_add(1));
        for room in Room::ALL {
            let link = state.before(room, after).unwrap_or(Link::START);
            state.last.insert(room, link);
        }
    }

    /// Loses a message from the middle of the log.
    pub fn lose(&self, at: Revision) {
        let index = usize::try_from(at.0.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(message) = self.state().messages.get_mut(index) {
            *message = None;
        }
    }

    /// The next commit of these rooms after `at`, if there is one by now. `at` moves to it, or
    /// to the end, so that nothing is looked at twice.
    fn next_of(
        &self,
        rooms: &[Room],
        at: &mut Revision,
        verifier: &mut Verifier,
    ) -> Result<Option<Arc<Logged>>, FollowError> {
        let state = self.state();
        let end = state.end();
        if *at > end {
            return Err(FollowError::Behind {
                last: end,
                folded: *at,
            });
        }
        while *at < end {
            let revision = Revision(at.0.saturating_add(1));
            let Some(message) = state.message(revision).cloned() else {
                return Err(FollowError::Gap {
                    missing: revision,
                    found: Revision(revision.0.saturating_add(1)),
                });
            };
            *at = revision;
            let room = message.room;
            if rooms.contains(&room) {
                if verifier.head(room).is_none() {
                    let before = state.before(room, revision);
                    verifier.begin(room, before.unwrap_or(Link::START));
                }
                drop(state);
                let link = verifier.verify(&message, revision)?;
                let commit = Commit::read(&message.body);
                let commit = commit.map_err(|source| FollowError::Undecodable {
                    revision,
                    subject: room.to_string(),
                    source,
                })?;
                let logged = Logged::new(room, revision, Arc::new(commit))?;
                if message.chain.is_none() {
                    return Err(FollowError::Unchained { room, revision });
                }
                verifier.passed(room, link);
                return Ok(Some(Arc::new(logged.chained(link.chain))));
            }
        }
        Ok(None)
    }
}

/// How a follower goes on.
struct Follower {
    log: MemoryLog,
    grown: watch::Receiver<Revision>,
    rooms: Vec<Room>,
    at: Revision,
    verifier: Verifier,
    /// Looked for before anything is read.
    marks: Vec<Mark>,
    ended: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Arc<Logged>, FollowError>> {
        while !self.ended {
            self.grown.mark_unchanged();
            if self.log.state().readers_held {
                self.ended = self.grown.changed().await.is_err();
                continue;
            }
            let marks = std::mem::take(&mut self.marks);
            let met = marks
                .iter()
                .try_for_each(|mark| meets(mark, self.log.state().message(mark.link.revision)));
            let next = met.and_then(|()| {
                self.log
                    .next_of(&self.rooms, &mut self.at, &mut self.verifier)
            });
            match next {
                Ok(Some(logged)) => return Some(Ok(logged)),
                // The follower holds the log, so the sender cannot go away.
                Ok(None) => self.ended = self.grown.changed().await.is_err(),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl Source for MemoryLog {
    fn nearest(
        &self,
        at: Revision,
    ) -> impl Future<Output = Result<Option<Message>, ReadError>> + Send {
        let mut state = self.state();
        state.asked.0 = state.asked.0.saturating_add(1);
        let behind = state.replica_at.is_some_and(|last| at > last);
        let found = state.message(at).filter(|_| !behind).cloned();
        std::future::ready(Ok(found))
    }

    fn leader(
        &self,
        at: Revision,
    ) -> impl Future<Output = Result<Option<Message>, ReadError>> + Send {
        let mut state = self.state();
        state.asked.1 = state.asked.1.saturating_add(1);
        std::future::ready(Ok(state.message(at).cloned()))
    }
}

impl EventLog for MemoryLog {
    fn identity(&self) -> String {
        self.shared.identity.clone()
    }

    fn append(
        &self,
        room: Room,
        commit: Encoded,
        expected: Revision,
    ) -> BoxFuture<'_, Result<Revision, AppendError>> {
        async move {
            if self.state().silent.contains(&room) {
                tokio::time::sleep(ANSWER_TIMEOUT).await;
                return Err(AppendError::Unanswered { room, source: None });
            }
            self.append_now(room, commit, expected)
        }
        .boxed()
    }

    fn follow_from(
        &self,
        rooms: &[Room],
        start: Start,
    ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
        let follower = Follower {
            log: self.clone(),
            grown: self.shared.grown.subscribe(),
            rooms: rooms.to_vec(),
            at: start.after,
            verifier: Verifier::default(),
            marks: start.marks,
            ended: false,
        };
        futures::stream::unfold(follower, |mut follower| async move {
            follower.next().await.map(|item| (item, follower))
        })
        .boxed()
    }

    fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>> {
        self.shared.reads.written(self, at).boxed()
    }

    fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>> {
        let last = rooms
            .iter()
            .map(|room| self.last_of(*room))
            .max()
            .unwrap_or_default();
        async move { Ok(last) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Commit;
    use domain::ids::Timestamp;

    use super::*;

    fn commit() -> Encoded {
        let (as_of, at) = (Revision(0), Timestamp::default());
        Encoded::new(&Commit {
            as_of,
            at,
            events: Vec::new(),
            traces: BTreeMap::new(),
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_follower_reads_what_is_there_and_then_what_comes() {
        let log = MemoryLog::new();
        log.append_now(Room::Orders, commit(), Revision(0)).unwrap();
        log.append_now(Room::Inventory, commit(), Revision(0))
            .unwrap();
        let mut orders = log.follow(&[Room::Orders], Revision(0));
        assert_eq!(orders.next().await.unwrap().unwrap().revision, Revision(1));
        let waiting = tokio::spawn(async move { orders.next().await.unwrap().unwrap().revision });
        tokio::task::yield_now().await;
        log.append_now(Room::Orders, commit(), Revision(1)).unwrap();
        assert_eq!(waiting.await.unwrap(), Revision(3));
        assert_eq!(log.commits_after(Revision(1), 10).unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_a_replica_lacks_is_read_from_the_leader_and_then_kept() {
        let log = MemoryLog::new();
        for last in 0..3 {
            log.append_now(Room::Orders, commit(), Revision(last))
                .unwrap();
        }
        log.replica_stays_at(Revision(2));
        for (at, asked) in [(2, (1, 0)), (3, (2, 1)), (3, (2, 1)), (2, (2, 1))] {
            assert_eq!(
                log.written(Revision(at)).await.unwrap().revision,
                Revision(at)
            );
            assert_eq!(log.asked(), asked, "at {at}");
        }
        let missing = log.written(Revision(4)).await;
        assert!(matches!(missing, Err(ReadError::Missing(Revision(4)))));
        assert_eq!(log.asked(), (3, 2));
    }

    #[test]
    fn a_lost_acknowledgement_leaves_the_commit_and_a_lost_commit_does_not() {
        let log = MemoryLog::new();
        log.fault(Fault::Lost);
        log.fault(Fault::AcknowledgementLost);
        for left in [0, 1] {
            let answer = log.append_now(Room::Orders, commit(), Revision(0));
            assert!(matches!(answer, Err(AppendError::Unanswered { .. })));
            assert_eq!(log.len(), left);
        }
        let answer = log.append_now(Room::Orders, commit(), Revision(0));
        assert!(matches!(answer, Err(AppendError::Conflict { .. })));
    }
}
