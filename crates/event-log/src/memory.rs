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

use crate::chain::{Chain, Link, Mark, Start};
use crate::message::Message;
use crate::quarantine::{Quarantined, Records};
use crate::reads::{Reads, Source};
use crate::verifier::{Verifier, meets};
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
    /// Messages that are passed over.
    records: Records,
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

    /// A room's message as it was written, whatever a record says of it.
    fn written(&self, at: Revision) -> Option<&Message> {
        let index = usize::try_from(at.0.checked_sub(1)?).ok()?;
        let message = self.messages.get(index)?.as_ref();
        message.filter(|_| !self.records.has(at))
    }

    /// The same; for one that was quarantined there is a commit of no events.
    fn message(&self, at: Revision) -> Option<Message> {
        let found = self.written(at)?.clone();
        let record = self.records.of(at).filter(|record| record.is_of(&found));
        match record {
            Some(record) => Some(Message {
                room: record.room,
                body: serde_json::to_vec(&record.stand_in()).ok()?.into(),
                chain: Some(record.chain),
            }),
            None => Some(found),
        }
    }

    /// The first message of a room after a revision.
    fn after(&self, room: Room, at: Revision) -> Option<(Revision, &Message)> {
        let after = (at.0.saturating_add(1)..=self.end().0).map(Revision);
        let mut found = after.filter_map(|at| Some((at, self.written(at)?)));
        found.find(|(_, message)| message.room == room)
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
        let message = self.state().message(at);
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

    /// Writes the record of a message that readers are to pass over. Whether they do.
    pub fn quarantine(&self, record: Quarantined) -> bool {
        let mut state = self.state();
        let recorded_at = Revision(state.end().0.saturating_add(1));
        let record = Quarantined {
            recorded_at,
            ..record
        };
        let before = state.message(record.before.revision);
        let after = state.after(record.room, record.revision);
        let next = state.after(record.room, record.before.revision);
        let next = next.map(|(at, _)| at);
        let message = state.written(record.revision);
        let founded = record.is_founded(message, before.as_ref(), next, after);
        let message = Message {
            room: record.room,
            body: serde_json::to_vec(&record).unwrap_or_default().into(),
            chain: None,
        };
        state.messages.push(Some(message));
        state.records.note(recorded_at);
        if founded {
            if state.last(record.room).revision == record.revision {
                state.last.insert(record.room, record.link());
            }
            state.records.add(Arc::new(record));
        }
        drop(state);
        self.shared.grown.send_replace(recorded_at);
        founded
    }

    /// The message at a revision, as it was written: its room, its bytes, and the hash in its
    /// header.
    pub fn raw(&self, at: Revision) -> Option<(Room, Bytes, Option<Chain>)> {
        let message = self.state().written(at)?.clone();
        Some((message.room, message.body, message.chain))
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
            if state.records.has(revision) {
                *at = revision;
                continue;
            }
            let Some(message) = state.written(revision).cloned() else {
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
                let record = state.records.of(revision).cloned();
                drop(state);
                let passed = record.and_then(|it| Some((verifier.pass_over(&message, &it)?, it)));
                if let Some((link, record)) = passed {
                    verifier.passed(room, link);
                    return Ok(Some(Arc::new(Logged::passed_over(&record))));
                }
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
    after: Revision,
    at: Revision,
    /// It goes on from a state, which was made without these; and which it passed over since.
    has_state: bool,
    without: BTreeSet<Revision>,
    verifier: Verifier,
    /// Looked for before anything is read.
    marks: Vec<Mark>,
    ended: bool,
}

impl Follower {
    /// A record of what this reader has read as a commit stops it.
    fn judge(&self) -> Result<(), FollowError> {
        for record in self.log.state().records.iter() {
            let (room, revision) = (record.room, record.revision);
            let was_read = revision <= self.at && (revision > self.after || self.has_state);
            if was_read && self.rooms.contains(&room) && !self.without.contains(&revision) {
                return Err(FollowError::Quarantined { room, revision });
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Option<Result<Arc<Logged>, FollowError>> {
        while !self.ended {
            self.grown.mark_unchanged();
            if self.log.state().readers_held {
                self.ended = self.grown.changed().await.is_err();
                continue;
            }
            let marks = std::mem::take(&mut self.marks);
            let met = marks.iter().try_for_each(|mark| {
                let found = self.log.state().message(mark.link.revision);
                meets(mark, found.as_ref())
            });
            let next = met.and_then(|()| self.judge()).and_then(|()| {
                self.log
                    .next_of(&self.rooms, &mut self.at, &mut self.verifier)
            });
            match next {
                Ok(Some(logged)) => {
                    let record = logged.quarantined.as_ref();
                    self.without.extend(record.map(|it| it.revision));
                    return Some(Ok(logged));
                }
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
        let found = state.message(at).filter(|_| !behind);
        std::future::ready(Ok(found))
    }

    fn leader(
        &self,
        at: Revision,
    ) -> impl Future<Output = Result<Option<Message>, ReadError>> + Send {
        let mut state = self.state();
        state.asked.1 = state.asked.1.saturating_add(1);
        std::future::ready(Ok(state.message(at)))
    }
}

impl EventLog for MemoryLog {
    fn identity(&self) -> String {
        self.shared.identity.clone()
    }

    fn quarantined(&self) -> Vec<Arc<Quarantined>> {
        self.state().records.iter().cloned().collect()
    }

    fn is_record(&self, at: Revision) -> bool {
        self.state().records.has(at)
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
            after: start.after,
            at: start.after,
            has_state: start.without.is_some(),
            without: start.without.unwrap_or_default(),
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
mod tests;
