//! Following: a consumer that is made anew whenever it falters, and a check that nothing is ever
//! missed.
//!
//! Checked is the consumer's own sequence: a jump is a delivery lost on its way, and the consumer
//! is made anew from where we stand. The stream's sequence, when every room is heard: a jump is a
//! gap in the log. Each commit's expected sequence, which stands in its header: it names the room's
//! commit before, so that no filter hides a gap. And its chain value. What no commit follows, and
//! what was on the log before, is looked for in `examine`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::message::Message;
use domain::decider::Room;
use domain::event::Commit;
use domain::ids::Revision;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::time::{Instant, sleep, timeout};

use super::{JetStreamLog, chain_of, stream};
use crate::chain::{Link, Mark, Start};
use crate::message::Message as OfRoom;
use crate::verifier::Verifier;
use crate::{FollowError, Logged};

/// Messages asked for at once.
const BATCH_MESSAGES: usize = 2_000;
/// Bytes asked for at once; bounds what waits in memory.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
/// How long the server keeps one request open.
const BATCH_EXPIRES: Duration = Duration::from_secs(30);
/// How often the server says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long the server keeps a consumer that nobody reads.
const INACTIVE_THRESHOLD: Duration = Duration::from_secs(60);
/// Every so many attempts to follow the log anew are told: about one in 10 s when it is away long.
const TOLD_EVERY: u32 = 10;
/// The longest wait between two attempts.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(1);

pub(super) fn follow(
    log: JetStreamLog,
    rooms: &[Room],
    start: Start,
) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
    let follower = Follower {
        log,
        rooms: rooms.to_vec(),
        after: start.after,
        at: start.after,
        delivered: 0,
        verifier: Verifier::default(),
        marks: start.marks,
        has_state: start.without.is_some(),
        without: start.without.unwrap_or_default(),
        examine_at: None,
        messages: None,
        suspected: false,
        trouble: None,
        ended: false,
    };
    futures::stream::unfold(follower, |mut follower| async move {
        follower.next().await.map(|item| (item, follower))
    })
    .boxed()
}

pub(super) struct Follower {
    pub log: JetStreamLog,
    pub rooms: Vec<Room>,
    /// Where it began.
    pub after: Revision,
    /// The last message that came.
    pub at: Revision,
    /// How many came from this consumer.
    delivered: u64,
    /// Each room's last commit that came.
    pub verifier: Verifier,
    /// What must be on the log, until it was looked for.
    pub marks: Vec<Mark>,
    /// It goes on from a state, which was made without these; and which it passed over since.
    has_state: bool,
    without: BTreeSet<Revision>,
    /// When the log's end is compared with what came.
    examine_at: Option<Instant>,
    messages: Option<pull::Stream>,
    /// The last look found that there is more than came; found again, the consumer has stalled.
    suspected: bool,
    trouble: Option<Trouble>,
    ended: bool,
}

struct Trouble {
    since: Instant,
    attempts: u32,
}

/// What a message comes to.
pub(super) enum Step {
    Commit(Arc<Logged>),
    /// Not for us.
    Pass,
    /// Deliveries are missing: the consumer must be made anew.
    Again(String),
    Fail(FollowError),
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Arc<Logged>, FollowError>> {
        loop {
            if self.ended {
                return None;
            }
            let watch_every = self.log.shared.settings.watch_every;
            let examines = self.examine_at.is_none_or(|at| at <= Instant::now());
            let step = match self.messages.as_mut() {
                None => self.begin().await,
                Some(_) if examines => {
                    self.examine_at = Instant::now().checked_add(watch_every);
                    self.examine().await
                }
                Some(messages) => match timeout(watch_every, messages.next()).await {
                    Ok(Some(Ok(message))) => self.take(&message).await,
                    Ok(Some(Err(error))) => Step::Again(error.to_string()),
                    Ok(None) => Step::Again("the consumer's messages ended".to_owned()),
                    Err(_) => self.look().await,
                },
            };
            match step {
                Step::Commit(logged) => return Some(Ok(logged)),
                Step::Pass => {}
                Step::Again(reason) => {
                    if let Err(error) = self.wait(reason).await {
                        self.ended = true;
                        return Some(Err(error));
                    }
                }
                Step::Fail(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// Makes a consumer that goes on after the last message.
    async fn begin(&mut self) -> Step {
        match self.look_for_marks().await {
            Step::Pass => {}
            step @ (Step::Again(_) | Step::Fail(_) | Step::Commit(_)) => return step,
        }
        match self.learn().await {
            Step::Pass => {}
            step @ (Step::Again(_) | Step::Fail(_) | Step::Commit(_)) => return step,
        }
        let shared = &self.log.shared;
        let info = match shared.reading.get_info().await {
            Ok(info) => info,
            Err(error) => return Step::Again(error.to_string()),
        };
        if stream::identity(&info) != shared.identity {
            let reason = format!("{} was made anew: it is another log", info.config.name);
            return Step::Fail(FollowError::Unreachable { reason });
        }
        let last = Revision(info.state.last_sequence);
        if last < self.at {
            return Step::Fail(FollowError::Behind {
                last,
                folded: self.at,
            });
        }
        let filter_subjects = if self.hears_all() {
            Vec::new()
        } else {
            let rooms = self.rooms.iter();
            let rooms = rooms.map(|room| shared.subjects.of_room(*room));
            rooms.chain([shared.subjects.of_records()]).collect()
        };
        let (process, cell) = (&shared.settings.process, &shared.settings.cell);
        let config = pull::Config {
            description: Some(format!("{process} follows the log of {cell}")),
            metadata: stream::consumer_metadata(process, cell, &self.rooms),
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.at.0.saturating_add(1),
            },
            ack_policy: AckPolicy::None,
            filter_subjects,
            inactive_threshold: INACTIVE_THRESHOLD,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer = match shared.reading.create_consumer(config).await {
            Ok(consumer) => consumer,
            Err(error) => return Step::Again(error.to_string()),
        };
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH_MESSAGES)
            .max_bytes_per_batch(BATCH_BYTES)
            .expires(BATCH_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await;
        match messages {
            Ok(messages) => {
                self.messages = Some(messages);
                self.delivered = 0;
                self.suspected = false;
                self.examine_at = None;
                Step::Pass
            }
            Err(error) => Step::Again(error.to_string()),
        }
    }

    pub(super) fn hears_all(&self) -> bool {
        Room::ALL.iter().all(|room| self.rooms.contains(room))
    }

    async fn take(&mut self, message: &Message) -> Step {
        let (stream_sequence, consumer_sequence) = match message.info() {
            Ok(info) => (info.stream_sequence, info.consumer_sequence),
            Err(error) => return Step::Again(error.to_string()),
        };
        let found = Revision(stream_sequence);
        if consumer_sequence != self.delivered.saturating_add(1) {
            let delivered = self.delivered;
            return Step::Again(format!(
                "delivery {consumer_sequence} came after {delivered}"
            ));
        }
        self.delivered = consumer_sequence;
        self.suspected = false;
        self.trouble = None;
        let next = Revision(self.at.0.saturating_add(1));
        if found < next || (self.hears_all() && found > next) {
            return Step::Fail(FollowError::Gap {
                missing: next,
                found,
            });
        }
        let Some(room) = self.log.shared.subjects.room(&message.subject) else {
            self.at = found;
            let is_record = *message.subject == *self.log.shared.subjects.of_records();
            return if is_record {
                self.learn().await
            } else {
                Step::Pass
            };
        };
        match self.is_next(room, found, expected(message)).await {
            Step::Pass => {}
            step @ (Step::Again(_) | Step::Fail(_) | Step::Commit(_)) => return step,
        }
        let of_room = OfRoom {
            room,
            body: message.payload.clone(),
            chain: chain_of(message.headers.as_ref()),
        };
        if let Some(step) = self.pass_over(found, &of_room) {
            return step;
        }
        match self.read(found, &of_room) {
            // The record may have been written since the last look.
            Step::Fail(error) if error.offender().is_some() => {
                let learned = self.log.learn().await;
                let passed = learned.ok().and_then(|_| self.pass_over(found, &of_room));
                passed.unwrap_or(Step::Fail(error))
            }
            step @ (Step::Pass | Step::Again(_) | Step::Fail(_) | Step::Commit(_)) => step,
        }
    }

    /// Reads the records of what is quarantined. One of what this reader has read as a commit stops
    /// it: what was made of that does not follow from the log any more.
    async fn learn(&mut self) -> Step {
        if let Err(error) = self.log.learn().await {
            return Step::Again(error.to_string());
        }
        for record in self.log.shared.records().iter() {
            let (room, revision) = (record.room, record.revision);
            let was_read = revision <= self.at && (revision > self.after || self.has_state);
            if was_read && self.rooms.contains(&room) && !self.without.contains(&revision) {
                return Step::Fail(FollowError::Quarantined { room, revision });
            }
        }
        Step::Pass
    }

    /// Passes over a message that was quarantined, if it was.
    fn pass_over(&mut self, revision: Revision, message: &OfRoom) -> Option<Step> {
        let record = self.log.shared.records().of(revision).cloned()?;
        let link = self.verifier.pass_over(message, &record)?;
        self.without.insert(revision);
        self.verifier.passed(message.room, link);
        self.log.shared.know(message.room, link);
        self.at = revision;
        Some(Step::Commit(Arc::new(Logged::passed_over(&record))))
    }

    /// Whether a commit follows the one of its room that came before it, which its header names.
    async fn is_next(&mut self, room: Room, found: Revision, before: Option<Revision>) -> Step {
        let gap = |missing| Step::Fail(FollowError::Gap { missing, found });
        let (before, head) = match (before, self.verifier.head(room)) {
            // A stranger's: it is told as such when it was read.
            (None, _) => return Step::Pass,
            (Some(before), Some(head)) if before == head.revision => return Step::Pass,
            (Some(before), head) => (before, head),
        };
        if head.is_some() || before > self.after {
            // If it names an earlier one than came, that one was no commit of the room to it.
            return gap(before.max(head.map_or(before, |link| link.revision)));
        }
        if before == Revision(0) {
            self.verifier.begin(room, Link::START);
            return Step::Pass;
        }
        match self.log.found(before).await {
            Ok(Some(OfRoom {
                room: of,
                chain: Some(chain),
                ..
            })) if of == room => {
                let revision = before;
                self.verifier.begin(room, Link { revision, chain });
                Step::Pass
            }
            Ok(Some(message)) if message.room == room => {
                let revision = before;
                Step::Fail(FollowError::Unchained { room, revision })
            }
            Ok(_) => gap(before),
            Err(error) => Step::Again(error.to_string()),
        }
    }

    /// Verifies a commit, then reads it.
    fn read(&mut self, revision: Revision, message: &OfRoom) -> Step {
        let room = message.room;
        let link = match self.verifier.verify(message, revision) {
            Ok(link) => link,
            Err(error) => return Step::Fail(error),
        };
        let own = self.log.shared.own.take(room, &message.body);
        let commit = match own.map_or_else(|| Commit::read(&message.body).map(Arc::new), Ok) {
            Ok(commit) => commit,
            Err(source) => {
                let subject = self.log.shared.subjects.of_room(room);
                return Step::Fail(FollowError::Undecodable {
                    revision,
                    subject,
                    source,
                });
            }
        };
        let logged = match Logged::new(room, revision, commit) {
            Ok(logged) => logged.chained(link.chain),
            Err(foreign) => return Step::Fail(foreign.into()),
        };
        if message.chain.is_none() {
            return Step::Fail(FollowError::Unchained { room, revision });
        }
        self.verifier.passed(room, link);
        self.log.shared.know(room, link);
        self.at = revision;
        Step::Commit(Arc::new(logged))
    }

    /// Nothing came for a while: is there something to come?
    async fn look(&mut self) -> Step {
        match self.log.last_of_any(&self.rooms).await {
            // Nothing heard may follow a message of another room, so `at` may be beyond it.
            Ok(last) if last <= self.at => {
                self.suspected = false;
                self.trouble = None;
                Step::Pass
            }
            Ok(last) if self.suspected => Step::Again(format!(
                "the consumer stalled at {}, the log is at {last}",
                self.at
            )),
            Ok(_) => {
                self.suspected = true;
                Step::Pass
            }
            Err(error) => Step::Again(error.to_string()),
        }
    }

    /// Lets the consumer go and waits before the next attempt; gives up at the bound.
    async fn wait(&mut self, reason: String) -> Result<(), FollowError> {
        self.messages = None;
        let now = Instant::now();
        let trouble = self.trouble.get_or_insert(Trouble {
            since: now,
            attempts: 0,
        });
        let patience = self.log.shared.settings.unreachable_after;
        if patience.is_some_and(|patience| now.duration_since(trouble.since) > patience) {
            return Err(FollowError::Unreachable { reason });
        }
        if trouble.attempts.is_multiple_of(TOLD_EVERY) {
            tracing::warn!(at = self.at.0, reason, "the log falters: following it anew");
        }
        let delay = Duration::from_millis(20)
            .saturating_mul(trouble.attempts)
            .min(MAX_RETRY_DELAY);
        trouble.attempts = trouble.attempts.saturating_add(1);
        sleep(delay).await;
        Ok(())
    }
}

/// The commit's expected sequence: the revision of the commit before it on its subject.
fn expected(message: &Message) -> Option<Revision> {
    let headers = message.headers.as_ref()?;
    headers
        .get(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE)?
        .as_str()
        .parse()
        .ok()
        .map(Revision)
}
