//! The log on JetStream: one stream a cell, one subject a room.
//!
//! It knows nothing of what a commit says, and relies on nothing but the expected sequence for
//! safety: not on the server's window of message ids, not on who should act.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, LastRawMessageErrorKind, Stream};
use async_nats::{Client, HeaderMap, StatusCode};
use bytes::Bytes;
use domain::decider::Room;
use domain::ids::Revision;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::bus::{Bus, BusError};
use crate::chain::{CHAIN_HEADER, Chain, Heads, Link, Start};
use crate::message::Message;
use crate::own::Own;
use crate::quarantine::{Quarantined, Records, TOKEN};
use crate::reads::{Reads, Source};
use crate::{AppendError, Encoded, EventLog, FollowError, Logged, ReadError, Written};

mod append;
mod backup;
mod connect;
mod examine;
mod follow;
mod quarantine;
mod stream;

pub use backup::{Backup, BackupError, Copied, put_back};
pub use connect::{Credentials, JetStreamSettings, OpenError, shown};
pub use quarantine::QuarantineError;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// A cell's log on JetStream. Clones share it.
#[derive(Clone)]
pub struct JetStreamLog {
    shared: Arc<Shared>,
}

struct Shared {
    settings: JetStreamSettings,
    subjects: Subjects,
    /// Appending, following and looking at single commits have a connection each, so that none
    /// waits for the bytes of another.
    writing: Client,
    reading: Stream,
    looking: Stream<()>,
    reads: Reads,
    own: Own,
    /// Each room's last commit that was read or acknowledged here: the next one goes on its chain.
    heads: Mutex<Heads>,
    /// Messages that are passed over.
    records: Mutex<Records>,
    identity: String,
}

impl Shared {
    fn heads(&self) -> MutexGuard<'_, Heads> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, room: Room, link: Link) {
        self.heads().know(room, link);
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The subjects of a cell.
#[derive(Debug, Clone)]
struct Subjects {
    stream: String,
    prefix: String,
}

impl Subjects {
    fn of(cell: &str) -> Self {
        Self {
            stream: format!("BO_{cell}"),
            prefix: format!("bo.{cell}."),
        }
    }

    fn of_room(&self, room: Room) -> String {
        format!("{}{}", self.prefix, room.token())
    }

    /// Where the records of quarantined messages stand.
    fn of_records(&self) -> String {
        format!("{}{TOKEN}", self.prefix)
    }

    fn room(&self, subject: &str) -> Option<Room> {
        Room::from_token(subject.strip_prefix(&self.prefix)?)
    }
}

impl JetStreamLog {
    /// Connects, and makes the cell's stream if it is not there and the settings allow it.
    ///
    /// # Errors
    /// [`OpenError`]; among others when the stream is there with other settings.
    pub async fn open(settings: JetStreamSettings) -> Result<Self, OpenError> {
        let shared = Arc::new(connect::open(settings).await?);
        let log = Self { shared };
        let learned = log.learn().await;
        learned.map_err(|error| OpenError::NotReady {
            stream: log.shared.subjects.stream.clone(),
            reason: error.to_string(),
        })?;
        Ok(log)
    }

    /// Whether the server answers and the stream is the one that was opened.
    ///
    /// # Errors
    /// [`ReadError::Unreachable`].
    pub async fn check(&self) -> Result<(), ReadError> {
        let info = self.shared.reading.get_info().await.map_err(unreachable)?;
        if stream::identity(&info) == self.shared.identity {
            return Ok(());
        }
        let reason = format!(
            "{} was made anew since it was opened",
            self.shared.subjects.stream
        );
        Err(ReadError::Unreachable { reason })
    }

    /// The last message on a room's subject, from the leader. It comes with its body.
    async fn last_of(&self, room: Room) -> Result<Revision, ReadError> {
        let subject = self.shared.subjects.of_room(room);
        let _turn = self.shared.reads.turn().await?;
        let looking = &self.shared.looking;
        match looking.get_last_raw_message_by_subject(&subject).await {
            Ok(message) => Ok(Revision(message.sequence)),
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {
                Ok(Revision(0))
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    /// The last revision of any of these rooms. Mostly that is the log's last one, which is read
    /// once for all who ask; else each room's last commit must be looked at.
    async fn last_of_any(&self, rooms: &[Room]) -> Result<Revision, ReadError> {
        let info = self.shared.reading.get_info().await.map_err(unreachable)?;
        let end = Revision(info.state.last_sequence);
        if end == Revision(0) {
            return Ok(end);
        }
        match self.shared.reads.written(self, end).await {
            Ok(written) if rooms.contains(&written.room) => return Ok(end),
            Ok(_) | Err(ReadError::Undecodable { .. }) => {}
            // One on a subject that is no room's is there; else what is said to be the end is none.
            Err(ReadError::Missing(_)) if self.message(end).await?.is_some() => {}
            Err(error) => return Err(error),
        }
        let mut last = Revision(0);
        for found in futures::future::join_all(rooms.iter().map(|room| self.last_of(*room))).await {
            last = last.max(found?);
        }
        Ok(last)
    }

    /// A message by its sequence, from the leader: it comes in a JSON text, in base64.
    async fn message(&self, at: Revision) -> Result<Option<StreamMessage>, ReadError> {
        match self.shared.looking.get_raw_message(at.0).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {
                Ok(None)
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    /// A room's message by its sequence, from the leader.
    async fn found(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        let message = self.message(at).await?;
        Ok(message.and_then(|message| self.of_room(&message)))
    }

    /// A message on the subject of a room; on another subject it is none of ours. For one that was
    /// quarantined there is a commit of no events.
    fn of_room(&self, message: &StreamMessage) -> Option<Message> {
        let room = self.shared.subjects.room(&message.subject)?;
        let found = Message {
            room,
            // A copy, since what the client received shares its memory with other messages.
            body: Bytes::copy_from_slice(&message.payload),
            chain: chain_of(Some(&message.headers)),
        };
        let record = self
            .shared
            .records()
            .of(Revision(message.sequence))
            .cloned();
        match record.filter(|record| record.is_of(&found)) {
            Some(record) => Some(Message {
                room,
                body: serde_json::to_vec(&record.stand_in()).ok()?.into(),
                chain: Some(record.chain),
            }),
            None => Some(found),
        }
    }
}

/// The chain value in a message's header.
fn chain_of(headers: Option<&HeaderMap>) -> Option<Chain> {
    headers?.get(CHAIN_HEADER)?.as_str().parse().ok()
}

impl Source for JetStreamLog {
    /// The body comes as it is, from any replica.
    async fn nearest(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        let error = match self.shared.looking.direct_get(at.0).await {
            Ok(message) => return Ok(self.of_room(&message)),
            Err(error) => error,
        };
        match error.kind() {
            DirectGetErrorKind::NotFound
            // No replica listens, as while one is being started: the leader may.
            | DirectGetErrorKind::ErrorResponse(StatusCode::NO_RESPONDERS, _) => Ok(None),
            DirectGetErrorKind::TimedOut => Err(ReadError::Unreachable {
                reason: connect::silence(&self.shared.subjects),
            }),
            DirectGetErrorKind::InvalidSubject
            | DirectGetErrorKind::Request
            | DirectGetErrorKind::ErrorResponse(..)
            | DirectGetErrorKind::Other => Err(unreachable(error)),
        }
    }

    async fn leader(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        self.found(at).await
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreachable(error: impl std::error::Error) -> ReadError {
    ReadError::Unreachable {
        reason: error.to_string(),
    }
}

impl EventLog for JetStreamLog {
    fn identity(&self) -> String {
        self.shared.identity.clone()
    }

    fn quarantined(&self) -> Vec<Arc<Quarantined>> {
        self.shared.records().iter().cloned().collect()
    }

    fn is_record(&self, at: Revision) -> bool {
        self.shared.records().has(at)
    }

    fn append(
        &self,
        room: Room,
        commit: Encoded,
        expected: Revision,
    ) -> BoxFuture<'_, Result<Revision, AppendError>> {
        append::append(self, room, commit, expected).boxed()
    }

    fn follow_from(
        &self,
        rooms: &[Room],
        start: Start,
    ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
        follow::follow(self.clone(), rooms, start)
    }

    fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>> {
        self.shared.reads.written(self, at).boxed()
    }

    fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>> {
        let rooms = rooms.to_vec();
        async move { self.last_of_any(&rooms).await }.boxed()
    }

    fn copies(&self) -> BoxFuture<'_, Result<Vec<String>, ReadError>> {
        async move {
            let info = self.shared.reading.get_info().await.map_err(unreachable)?;
            Ok(stream::troubles(&info))
        }
        .boxed()
    }

    fn bus(&self) -> BoxFuture<'_, Result<Option<Bus>, BusError>> {
        let bus = connect::bus(&self.shared.settings);
        async move { bus.await.map(Some).map_err(BusError::of) }.boxed()
    }
}
