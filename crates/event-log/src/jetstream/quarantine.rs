//! The records of quarantined messages on JetStream: read before anything else is, and written for
//! the operator. They come from the leader, since a replica may not have the last one yet.

use std::sync::Arc;

use async_nats::client::Request;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use async_nats::{HeaderMap, header};
use bytes::Bytes;
use domain::decider::Room;
use domain::ids::{Revision, Timestamp};

use super::{JetStreamLog, chain_of, unreachable};
use crate::chain::{Chain, Link};
use crate::message::Message;
use crate::quarantine::{MAX_RECORDS, Quarantined, Records};
use crate::{Raw, ReadError};

/// Why a message was not quarantined.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The server took no record.
    #[error("the record cannot be written on {subject}: {reason}")]
    Refused {
        /// Where it is written.
        subject: String,
        /// The server's words.
        reason: String,
    },
    /// The record stands, and no reader follows it: the room has gone on from the message.
    #[error(
        "the record at {at} has no effect: the {room} room has written on top of revision \
         {revision} meanwhile"
    )]
    NotFollowed {
        /// Where the record stands.
        at: Revision,
        /// Whose message.
        room: Room,
        /// Which one.
        revision: Revision,
    },
    /// The bound on records.
    #[error("{MAX_RECORDS} records stand on the log already, and no more are read")]
    TooMany,
    /// The records that there are cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

#[derive(serde::Deserialize)]
struct Answer {
    seq: Option<u64>,
    error: Option<ApiError>,
}

#[derive(serde::Deserialize)]
struct ApiError {
    #[serde(default)]
    description: String,
}

impl JetStreamLog {
    /// The message at a revision, whatever it is and whoever wrote it.
    ///
    /// # Errors
    /// [`ReadError::Unreachable`].
    pub async fn raw(&self, at: Revision) -> Result<Option<Raw>, ReadError> {
        let Some(message) = self.message(at).await? else {
            return Ok(None);
        };
        let ms = message.time.unix_timestamp_nanos().div_euclid(1_000_000);
        Ok(Some(Raw {
            room: self.shared.subjects.room(&message.subject),
            chain: chain_of(Some(&message.headers)),
            written_at: Timestamp::from_ms(i64::try_from(ms).unwrap_or_default()),
            subject: message.subject.to_string(),
            body: message.payload,
        }))
    }

    /// Writes the record of a message, unless there is one: then that is what comes back. Back when
    /// it is on disk, and every reader that comes later follows it.
    ///
    /// # Errors
    /// [`QuarantineError`].
    pub async fn quarantine(
        &self,
        record: Quarantined,
    ) -> Result<Arc<Quarantined>, QuarantineError> {
        let (room, revision) = (record.room, record.revision);
        let known = |log: &Self| log.shared.records().of(revision).cloned();
        let looked_at = self.learn().await?;
        if let Some(known) = known(self) {
            return Ok(known);
        }
        if looked_at >= MAX_RECORDS {
            return Err(QuarantineError::TooMany);
        }
        let at = self.write(&record).await?;
        self.learn().await?;
        known(self).ok_or(QuarantineError::NotFollowed { at, room, revision })
    }

    async fn write(&self, record: &Quarantined) -> Result<Revision, QuarantineError> {
        let subject = self.shared.subjects.of_records();
        let refused = |reason: String| QuarantineError::Refused {
            subject: subject.clone(),
            reason,
        };
        let mut headers = HeaderMap::new();
        let stream = self.shared.subjects.stream.as_str();
        headers.insert(header::NATS_EXPECTED_STREAM, stream);
        let body = serde_json::to_vec(record).map_err(|error| refused(error.to_string()))?;
        let request = Request::new()
            .headers(headers)
            .payload(body.into())
            .timeout(Some(self.shared.settings.append_timeout));
        let answer = self.shared.writing.send_request(subject.clone(), request);
        let answer = answer.await.map_err(|error| refused(error.to_string()))?;
        let answer: Answer =
            serde_json::from_slice(&answer.payload).map_err(|error| refused(error.to_string()))?;
        match (answer.seq, answer.error) {
            (_, Some(error)) => Err(refused(error.description)),
            (Some(sequence), None) => Ok(Revision(sequence)),
            (None, None) => Err(refused("it says no sequence".to_owned())),
        }
    }

    /// Reads the records anew. How many messages stand where records do.
    pub(super) async fn learn(&self) -> Result<usize, ReadError> {
        let subject = self.shared.subjects.of_records();
        let (mut records, mut next, mut count) = (Records::default(), 1, 0_usize);
        while count < MAX_RECORDS {
            let Some(message) = self.next_on(&subject, next).await? else {
                break;
            };
            let at = Revision(message.sequence);
            records.note(at);
            let known = self.shared.records().at(at).cloned();
            let record = match known {
                Some(known) => Some(known),
                None => self.founded(at, &message.payload, &records).await?,
            };
            if let Some(record) = record {
                records.add(record);
            } else {
                let at = at.0;
                tracing::warn!(at, %subject, "what stands there is no record that can be followed");
            }
            next = message.sequence.saturating_add(1);
            count = count.saturating_add(1);
        }
        *self.shared.records() = records;
        Ok(count)
    }

    /// A record that may be followed, if this is one.
    async fn founded(
        &self,
        at: Revision,
        body: &Bytes,
        records: &Records,
    ) -> Result<Option<Arc<Quarantined>>, ReadError> {
        let Ok(mut record) = serde_json::from_slice::<Quarantined>(body) else {
            return Ok(None);
        };
        record.recorded_at = at;
        let message = self.standing(record.revision).await?;
        let before = match record.before {
            Link::START => None,
            before => self.standing(before.revision).await?.map(|it| Message {
                chain: records.chain_at(before.revision, &it),
                ..it
            }),
        };
        let subject = self.shared.subjects.of_room(record.room);
        let next = record.before.revision.0.saturating_add(1);
        let next = self.next_on(&subject, next).await?;
        let next = next.map(|message| Revision(message.sequence));
        let after = record.revision.0.saturating_add(1);
        let after = self.next_on(&subject, after).await?;
        let after = after.and_then(|it| Some((Revision(it.sequence), as_written(self, &it)?)));
        let after = after.as_ref().map(|(at, it)| (*at, it));
        let founded = record.is_founded(message.as_ref(), before.as_ref(), next, after);
        Ok(founded.then(|| Arc::new(record)))
    }

    /// A room's message as it was written, whatever a record says of it.
    async fn standing(&self, at: Revision) -> Result<Option<Message>, ReadError> {
        let message = self.message(at).await?;
        Ok(message.and_then(|message| as_written(self, &message)))
    }

    /// The first message on a subject from a sequence on.
    async fn next_on(&self, subject: &str, from: u64) -> Result<Option<StreamMessage>, ReadError> {
        let looking = &self.shared.looking;
        match looking
            .get_first_raw_message_by_subject(subject, from)
            .await
        {
            Ok(message) => Ok(Some(message)),
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {
                Ok(None)
            }
            Err(error) => Err(unreachable(error)),
        }
    }
}

/// A message on the subject of a room, with the hash in its header.
fn as_written(log: &JetStreamLog, message: &StreamMessage) -> Option<Message> {
    let chain: Option<Chain> = chain_of(Some(&message.headers));
    Some(Message {
        room: log.shared.subjects.room(&message.subject)?,
        // A copy, since what the client received shares its memory with other messages.
        body: Bytes::copy_from_slice(&message.payload),
        chain,
    })
}
