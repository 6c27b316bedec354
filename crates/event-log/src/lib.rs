//! The one log of a cell: append with an expected revision, follow from any revision.
//!
//! The only crate that knows JetStream and sled. It knows events only as what a commit carries;
//! it never judges one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::decider::Room;
use domain::event::{Commit, CommitText, Event, MAX_COMMIT_BYTES, Passage};
use domain::ids::{OrderId, Position, Revision, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

mod bounds;
mod bus;
mod chain;
mod jetstream;
mod marks;
mod memory;
mod message;
mod own;
mod quarantine;
mod reads;
mod snapshots;
mod times;
mod verifier;
mod whose;

pub use bounds::{MAX_READS_IN_FLIGHT, READ_PATIENCE};
pub use bus::{Answers, Asked, Bus, BusError, Question, Served, Service, Unanswered};
pub use chain::{CHAIN_HEADER, Chain, Heads, Link, Mark, NoChain, Start};
pub use jetstream::{
    Backup, BackupError, Copied, Credentials, JetStreamLog, JetStreamSettings, OpenError,
    QuarantineError, put_back, shown,
};
pub use marks::{Marks, MarksError};
pub use memory::{Fault, MemoryLog};
pub use quarantine::{MAX_REASON_BYTES, MAX_RECORDS, Offence, Quarantined};
pub use reads::MAX_RECENT_BYTES;
pub use snapshots::{Identity, SnapshotError, Snapshots};
pub use times::{last_at, time_of};
pub use whose::ForeignEvent;

/// A commit as it stands on the log. Each of its events is a fact of its room: [`Logged::new`]
/// takes no other.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Logged {
    /// Whose it is.
    pub room: Room,
    /// Where it stands.
    pub revision: Revision,
    /// What it says. Whoever decided it in this process shares it.
    pub commit: Arc<Commit>,
    /// The hash of all that its room has said up to it, which whoever follows has verified; none,
    /// if it was read by itself.
    pub chain: Option<Chain>,
    /// The record of the message that it stands for, which was quarantined: it has no events.
    pub quarantined: Option<Arc<Quarantined>>,
}

impl Logged {
    /// A commit that stands on the subject of a room, at a revision.
    ///
    /// # Errors
    /// The first of its events that is no fact of that room.
    pub fn new(room: Room, revision: Revision, commit: Arc<Commit>) -> Result<Self, ForeignEvent> {
        for (index, event) in (0_u32..).zip(&commit.events) {
            ForeignEvent::look(room, Position { revision, index }, event)?;
        }
        Ok(Self {
            room,
            revision,
            commit,
            chain: None,
            quarantined: None,
        })
    }

    /// What stands for a message that was quarantined.
    pub(crate) fn passed_over(record: &Arc<Quarantined>) -> Self {
        Self {
            room: record.room,
            revision: record.revision,
            commit: Arc::new(record.stand_in()),
            chain: Some(record.chain),
            quarantined: Some(Arc::clone(record)),
        }
    }

    /// The same, whose hash was verified.
    #[must_use]
    pub(crate) fn chained(self, chain: Chain) -> Self {
        let chain = Some(chain);
        Self { chain, ..self }
    }
}

/// A commit as it is written on the log. Its events are decoded one by one, when they are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Whose it is.
    pub room: Room,
    /// Where it stands.
    pub revision: Revision,
    /// The words of the wire.
    pub text: CommitText<Bytes>,
}

impl Written {
    /// The event at an index, from 0.
    ///
    /// # Errors
    /// [`ReadError::NoEvent`], [`ReadError::Undecodable`], [`ReadError::Foreign`].
    pub fn event(&self, index: u32) -> Result<Event, ReadError> {
        let event = self.found(index, self.text.event(index))?;
        self.look(index, &event)?;
        Ok(event)
    }

    /// What the event at an index, from 0, says of an order.
    ///
    /// # Errors
    /// As [`Self::event`].
    pub fn passage(&self, index: u32, order: &OrderId) -> Result<Passage, ReadError> {
        let passage = self.found(index, self.text.passage(index, order))?;
        match &passage {
            Passage::Event(event) => self.look(index, event)?,
            // Only the allocator's facts have effects.
            Passage::Effects(_) if self.room == Room::Allocator => {}
            Passage::Effects(_) => {
                self.event(index)?;
            }
        }
        Ok(passage)
    }

    fn look(&self, index: u32, event: &Event) -> Result<(), ReadError> {
        let revision = self.revision;
        Ok(ForeignEvent::look(
            self.room,
            Position { revision, index },
            event,
        )?)
    }

    fn found<T>(
        &self,
        index: u32,
        read: Result<Option<T>, serde_json::Error>,
    ) -> Result<T, ReadError> {
        let revision = self.revision;
        let read = read.map_err(|source| ReadError::Undecodable { revision, source })?;
        read.ok_or(ReadError::NoEvent(Position { revision, index }))
    }

    /// All of it, decoded.
    ///
    /// # Errors
    /// [`ReadError::Undecodable`], [`ReadError::Foreign`].
    pub fn logged(&self) -> Result<Logged, ReadError> {
        let Self {
            room,
            revision,
            ref text,
        } = *self;
        match text.commit() {
            Ok(commit) => Ok(Logged::new(room, revision, Arc::new(commit))?),
            Err(source) => Err(ReadError::Undecodable { revision, source }),
        }
    }
}

/// A message as it stands on the log, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Where it was published.
    pub subject: String,
    /// Whose subject that is, if it is a room's.
    pub room: Option<Room>,
    /// What it says.
    pub body: Bytes,
    /// The hash in its header.
    pub chain: Option<Chain>,
    /// When the server took it.
    pub written_at: Timestamp,
}

/// A commit in the words of the wire, ready to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// JSON.
    pub body: Bytes,
    /// What the body says, if whoever made it has it at hand: a reader in the same process that
    /// meets the same bytes need not read them.
    pub commit: Option<Arc<Commit>>,
    /// Event types with their counts, such as `order_placed=3 order_closed=1`, for the header
    /// that makes the stream readable from outside.
    pub types: String,
}

impl Encoded {
    /// Encodes a commit.
    ///
    /// # Errors
    /// [`AppendError::TooBig`] over [`MAX_COMMIT_BYTES`].
    pub fn new(commit: &Commit) -> Result<Self, AppendError> {
        let body = serde_json::to_vec(commit).map_err(AppendError::Encode)?;
        if body.len() > MAX_COMMIT_BYTES {
            return Err(AppendError::TooBig { bytes: body.len() });
        }
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for event in &commit.events {
            let count = counts.entry(event.tag()).or_default();
            *count = count.saturating_add(1);
        }
        let types: Vec<String> = counts.iter().map(|(tag, n)| format!("{tag}={n}")).collect();
        Ok(Self {
            body: body.into(),
            commit: None,
            types: types.join(" "),
        })
    }
}

/// Why a commit was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another commit of this room came first. Fold on, decide again.
    #[error("another commit of {room} came first (expected {expected} to be its last)")]
    Conflict {
        /// The room.
        room: Room,
        /// What was expected to be its last revision.
        expected: Revision,
    },
    /// No answer: perhaps it stands, perhaps not. Fold on, decide again.
    #[error("no acknowledgement for a commit of {room}")]
    Unanswered {
        /// The room.
        room: Room,
        /// What the client said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The commit is over the bound; it can never be appended.
    #[error("a commit of {bytes} bytes is over the bound of {MAX_COMMIT_BYTES}")]
    TooBig {
        /// Its size.
        bytes: usize,
    },
    /// The server refuses it for good: no space, no permission, a sealed stream.
    #[error("the server refuses commits of {room}: {reason}")]
    Rejected {
        /// The room.
        room: Room,
        /// The server's words.
        reason: String,
    },
    /// The commit has no JSON form.
    #[error("a commit cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
}

/// Why following stopped. Each stops the room loudly: nothing is ever skipped.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// A revision that was written cannot be read any more.
    #[error("the log has a gap: revision {missing} is missing, and the log reaches {found}")]
    Gap {
        /// The first one that is missing.
        missing: Revision,
        /// How far the log reaches.
        found: Revision,
    },
    /// The last commits of a room are gone.
    #[error("the log has lost its last commits of {room}: revision {missing} cannot be read")]
    Gone {
        /// The room.
        room: Room,
        /// One that is missing, the first if that can be told.
        missing: Revision,
    },
    /// A commit is not what its room wrote, or not in the place where it was written.
    #[error(
        "revision {revision} of {room} is damaged: with it the hash of the room's commits is {}, \
         and its header says {}",
        expected.short(),
        found.short()
    )]
    Damaged {
        /// The room.
        room: Room,
        /// Which one.
        revision: Revision,
        /// What follows from its bytes and the commits before it.
        expected: Chain,
        /// What its header says.
        found: Chain,
    },
    /// A message on a room's subject that none of ours wrote: it has no chain value.
    #[error("revision {revision} of {room} was written by a stranger: it has no {CHAIN_HEADER}")]
    Unchained {
        /// The room.
        room: Room,
        /// Which one.
        revision: Revision,
    },
    /// The log does not have what was read from it before.
    #[error(
        "the log has lost commits that were acknowledged: {instead} (revision {revision} of \
         {room}, noted in {}); restore a backup with `backorder restore`, or, if this is really \
         another log, remove the folder of that file",
        noted_in.display()
    )]
    Lost {
        /// Whose commit.
        room: Room,
        /// Where it stood.
        revision: Revision,
        /// What is there now.
        instead: String,
        /// Where it is noted.
        noted_in: PathBuf,
    },
    /// The log ends before the revision that the reader has folded: it is not the same log.
    #[error(
        "the log ends at {last}, but {folded} was folded before: this is another log, or an older \
         copy"
    )]
    Behind {
        /// The log's last revision.
        last: Revision,
        /// The reader's.
        folded: Revision,
    },
    /// A message in a heard room cannot be read.
    #[error("revision {revision} in {subject} cannot be read")]
    Undecodable {
        /// Where it stands.
        revision: Revision,
        /// On which subject.
        subject: String,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// An event stands on the subject of a room whose fact it is not.
    #[error(transparent)]
    Foreign(#[from] ForeignEvent),
    /// What was read as a commit has been quarantined since.
    #[error(
        "revision {revision} of {room} was quarantined after it had been read: start again, and \
         it is passed over"
    )]
    Quarantined {
        /// The room.
        room: Room,
        /// Which one.
        revision: Revision,
    },
    /// The log cannot be reached for longer than the bound on retries.
    #[error("the log cannot be followed: {reason}")]
    Unreachable {
        /// The client's words.
        reason: String,
    },
}

impl FollowError {
    /// The message that stopped the reader, if it may be quarantined: it can be delivered, and is
    /// not what its room writes.
    pub const fn offender(&self) -> Option<Revision> {
        match self {
            Self::Unchained { revision, .. } | Self::Undecodable { revision, .. } => {
                Some(*revision)
            }
            Self::Foreign(foreign) => Some(foreign.position.revision),
            Self::Gap { .. }
            | Self::Gone { .. }
            | Self::Damaged { .. }
            | Self::Lost { .. }
            | Self::Behind { .. }
            | Self::Quarantined { .. }
            | Self::Unreachable { .. } => None,
        }
    }
}

/// Why a commit could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none at this revision.
    #[error("there is no commit at revision {0}")]
    Missing(Revision),
    /// The commit there has fewer events.
    #[error("there is no event at {0}")]
    NoEvent(Position),
    /// It cannot be decoded.
    #[error("revision {revision} cannot be read")]
    Undecodable {
        /// Where it stands.
        revision: Revision,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// An event stands on the subject of a room whose fact it is not.
    #[error(transparent)]
    Foreign(#[from] ForeignEvent),
    /// More reads are wanted than the bound allows at once, and none of them ended in time.
    #[error(
        "the log is busy: {MAX_READS_IN_FLIGHT} reads are under way, and this one waited {} s",
        waited.as_secs()
    )]
    Busy {
        /// How long it waited.
        waited: Duration,
    },
    /// The log cannot be reached.
    #[error("the log cannot be read: {reason}")]
    Unreachable {
        /// The client's words.
        reason: String,
    },
}

/// A cell's log. Two implementations: JetStream, and memory.
///
/// Append a commit, and follow the log:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::BTreeMap;
///
/// use backorder_event_log::{AppendError, Encoded, EventLog, MemoryLog};
/// use domain::decider::Room;
/// use domain::event::{Commit, LocationDefined};
/// use domain::ids::{Revision, Timestamp};
/// use futures::StreamExt;
///
/// let defined = LocationDefined {
///     definition: "d1".into(),
///     location: "main".into(),
///     name: "Main hall".to_owned(),
///     region: None,
///     cost: None,
///     time_zone: None,
/// };
/// let commit = Commit {
///     as_of: Revision(0),
///     at: Timestamp::from_ms(0),
///     events: vec![defined.into()],
///     traces: BTreeMap::new(),
/// };
///
/// let log = MemoryLog::new();
/// let encoded = Encoded::new(&commit)?;
/// let revision = log.append(Room::Inventory, encoded.clone(), Revision(0)).await?;
/// assert_eq!(revision, Revision(1));
///
/// // Who did not know of that commit appends nothing.
/// let late = log.append(Room::Inventory, encoded, Revision(0)).await;
/// assert!(matches!(late, Err(AppendError::Conflict { .. })));
///
/// let mut commits = log.follow(&[Room::Inventory], Revision(0));
/// let first = commits.next().await.ok_or("a log does not end")??;
/// assert_eq!((first.revision, &*first.commit), (revision, &commit));
/// # Ok(())
/// # }
/// ```
pub trait EventLog: Send + Sync + 'static {
    /// Which log this is: another one, or the same made anew, has another identity. A snapshot
    /// belongs to one.
    fn identity(&self) -> String;

    /// The records of quarantined messages, as far as they are known here: those that stood on the
    /// log when it was opened, and those that a reader has met since.
    fn quarantined(&self) -> Vec<Arc<Quarantined>> {
        Vec::new()
    }

    /// Whether no commit stands at a revision, but what may be such a record.
    fn is_record(&self, at: Revision) -> bool {
        let _none_is = at;
        false
    }

    /// Which log this is to whoever hears these rooms: the same with other revisions quarantined
    /// is folded to another state.
    fn identity_to(&self, rooms: &[Room]) -> Identity {
        let without = self.quarantined().into_iter();
        let without = without.filter(|record| rooms.contains(&record.room));
        let without = without.map(|record| record.revision);
        Identity::new(self.identity(), without.collect())
    }

    /// Appends a commit if `expected` is the revision of this room's last one (0: it has none).
    /// Resolves when it is on disk.
    fn append(
        &self,
        room: Room,
        commit: Encoded,
        expected: Revision,
    ) -> BoxFuture<'_, Result<Revision, AppendError>>;

    /// All commits of these rooms from a start, in order, then those to come, for ever. Each is
    /// verified: its bytes by its chain value, its place by the commits before it; and the marks of
    /// the start are looked for. A commit of no events stands for a message that was quarantined.
    /// Ends after the first error.
    fn follow_from(
        &self,
        rooms: &[Room],
        start: Start,
    ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>>;

    /// The same, after a revision of any log.
    fn follow(
        &self,
        rooms: &[Room],
        after: Revision,
    ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
        self.follow_from(rooms, Start::after(after))
    }

    /// The commit at a revision, as it is written. Many readers of one commit share it. Reads are
    /// bounded: at most [`MAX_READS_IN_FLIGHT`] are under way, others wait for [`READ_PATIENCE`].
    fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>>;

    /// The commit at a revision, all of it decoded. Who wants one event asks [`Self::event`].
    fn read(&self, at: Revision) -> BoxFuture<'_, Result<Logged, ReadError>> {
        async move { self.written(at).await?.logged() }.boxed()
    }

    /// The event at a position; its neighbours in the commit are not decoded.
    fn event(&self, at: Position) -> BoxFuture<'_, Result<Event, ReadError>> {
        async move { self.written(at.revision).await?.event(at.index) }.boxed()
    }

    /// The revision of the last commit of any of these rooms; 0 if there is none. The last one of
    /// the log must be there: else it is told as [`ReadError::Missing`].
    fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>>;

    /// What is wrong with the copies of the log that servers keep, in words for the operator.
    ///
    /// # Errors
    /// [`ReadError::Unreachable`].
    fn copies(&self) -> BoxFuture<'_, Result<Vec<String>, ReadError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Connects for what is said beside the log, on the server that keeps it; nothing if none does.
    /// While that server is away this connection is tried again and again.
    ///
    /// # Errors
    /// The settings cannot be used.
    fn bus(&self) -> BoxFuture<'_, Result<Option<Bus>, BusError>> {
        std::future::ready(Ok(None)).boxed()
    }
}

/// A log that rooms in one process share.
pub type Log = Arc<dyn EventLog>;
