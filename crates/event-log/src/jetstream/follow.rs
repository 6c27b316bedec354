//! Following: a consumer that is made anew whenever it falters, and a check that nothing is ever
//! missed.
//!
//! Three things are checked. The consumer's own sequence: a jump is a delivery lost on its way,
//! and the consumer is made anew from where we stand. The stream's sequence, when every room is
//! heard: a jump is a gap in the log. And each commit's expected sequence, which stands in its
//! header: it names the room's commit before, so that no filter hides a gap.

use std::collections::BTreeMap;
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

use super::{JetStreamLog, stream};
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
    after: Revision,
) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
    let follower = Follower {
        log,
        rooms: rooms.to_vec(),
        after,
        at: after,
        delivered: 0,
        before: BTreeMap::new(),
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

struct Follower {
    log: JetStreamLog,
    rooms: Vec<Room>,
    /// Where it began.
    after: Revision,
    /// The last message that came.
    at: Revision,
    /// How many came from this consumer.
    delivered: u64,
    /// Each room's last commit that came.
    before: BTreeMap<Room, Revision>,
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
enum Step {
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
            let step = match self.messages.as_mut() {
                None => self.begin().await,
                Some(messages) => {
                    let watch_every = self.log.shared.settings.watch_every;
                    match timeout(watch_every, messages.next()).await {
                        Ok(Some(Ok(message))) => self.take(&message),
                        Ok(Some(Err(error))) => Step::Again(error.to_string()),
                        Ok(None) => Step::Again("the consumer's messages ended".to_owned()),
                        Err(_) => self.look().await,
                    }
                }
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
            self.rooms
                .iter()
                .map(|room| shared.subjects.of_room(*room))
                .collect()
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
                Step::Pass
            }
            Err(error) => Step::Again(error.to_string()),
        }
    }

    fn hears_all(&self) -> bool {
        Room::ALL.iter().all(|room| self.rooms.contains(room))
    }

    fn take(&mut self, message: &Message) -> Step {
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
        let gap = FollowError::Gap {
            after: self.at,
            found,
        };
        if found <= self.at || (self.hears_all() && found.0 != self.at.0.saturating_add(1)) {
            return Step::Fail(gap);
        }
        let Some(room) = self.log.shared.subjects.room(&message.subject) else {
            self.at = found;
            return Step::Pass;
        };
        let own = self.log.shared.own.take(room, &message.payload);
        let commit = match own.map_or_else(|| Commit::read(&message.payload).map(Arc::new), Ok) {
            Ok(commit) => commit,
            Err(source) => {
                let subject = message.subject.to_string();
                let revision = found;
                return Step::Fail(FollowError::Undecodable {
                    revision,
                    subject,
                    source,
                });
            }
        };
        if let Some(expected) = expected(message) {
            let whole = match self.before.get(&room) {
                Some(before) => expected == *before,
                None => expected <= self.after,
            };
            if !whole {
                return Step::Fail(gap);
            }
        }
        self.before.insert(room, found);
        self.at = found;
        Step::Commit(Arc::new(Logged {
            room,
            revision: found,
            commit,
        }))
    }

    /// Nothing came for a while: is there something to come?
    async fn look(&mut self) -> Step {
        match self.log.last_of_any(&self.rooms).await {
            // Nothing heard may follow a message of another room, so `at` may be beyond it.
            Ok(last) if last <= self.at => {
                self.suspected = false;
                self.trouble = None;
                self.is_behind().await
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

    /// A log that was put back from an older copy while we watched ends before us.
    async fn is_behind(&self) -> Step {
        match self.log.shared.reading.get_info().await {
            Ok(info) if info.state.last_sequence < self.at.0 => {
                let last = Revision(info.state.last_sequence);
                Step::Fail(FollowError::Behind {
                    last,
                    folded: self.at,
                })
            }
            Ok(_) => Step::Pass,
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
