//! Appending: one publish with the expected sequence, and what its answer means.

use async_nats::client::{Request, RequestErrorKind};
use async_nats::{HeaderMap, header};
use bytes::Bytes;
use domain::decider::Room;
use domain::event::MAX_COMMIT_BYTES;
use domain::ids::Revision;

use super::JetStreamLog;
use crate::{AppendError, Encoded};

/// Names the types of a commit's events with their counts.
const EVENTS_HEADER: &str = "Backorder-Events";

/// Another message came first.
const WRONG_LAST_SEQUENCE: u64 = 10071;
/// The same, or the leader still holds one of ours in flight.
const WRONG_LAST_SEQUENCE_CONSTANT: u64 = 10164;
/// An earlier publish with this message id is still in flight.
const DUPLICATE_IN_FLIGHT: u64 = 10163;
/// No space: resources, storage, the store itself.
const NO_SPACE: [u64; 3] = [10023, 10047, 10077];
/// The status of what may go by itself: no leader, no quorum, starting up.
const UNAVAILABLE: u64 = 503;

#[derive(serde::Deserialize)]
struct Answer {
    seq: Option<u64>,
    #[serde(default)]
    duplicate: bool,
    error: Option<ApiError>,
}

#[derive(serde::Deserialize)]
struct ApiError {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

pub(super) async fn append(
    log: &JetStreamLog,
    room: Room,
    commit: Encoded,
    expected: Revision,
) -> Result<Revision, AppendError> {
    if commit.body.len() > MAX_COMMIT_BYTES {
        return Err(AppendError::TooBig {
            bytes: commit.body.len(),
        });
    }
    log.shared.own.keep(room, &commit);
    let body = commit.body.clone();
    let request = Request::new()
        .headers(headers(log, room, &commit, expected))
        .payload(commit.body)
        .timeout(Some(log.shared.settings.append_timeout));
    let subject = log.shared.subjects.of_room(room);
    let message = match log.shared.writing.send_request(subject, request).await {
        Ok(message) => message,
        Err(error) => {
            return Err(match error.kind() {
                RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                    AppendError::Rejected {
                        room,
                        reason: error.to_string(),
                    }
                }
                RequestErrorKind::TimedOut
                | RequestErrorKind::NoResponders
                | RequestErrorKind::Other => AppendError::Unanswered {
                    room,
                    source: Some(Box::new(error)),
                },
            });
        }
    };
    let answer: Answer =
        serde_json::from_slice(&message.payload).map_err(|error| AppendError::Unanswered {
            room,
            source: Some(Box::new(error)),
        })?;
    if let Some(error) = answer.error {
        return Err(refusal(room, expected, error));
    }
    match answer.seq {
        Some(sequence) if !answer.duplicate => Ok(Revision(sequence)),
        Some(sequence) => stands(log, room, &body, Revision(sequence)).await,
        None => Err(AppendError::Unanswered { room, source: None }),
    }
}

fn headers(log: &JetStreamLog, room: Room, commit: &Encoded, expected: Revision) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::NATS_EXPECTED_STREAM,
        log.shared.subjects.stream.as_str(),
    );
    headers.insert(
        header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
        expected.to_string(),
    );
    let sum = crc32fast::hash(&commit.body);
    headers.insert(
        header::NATS_MESSAGE_ID,
        format!("{room}-{expected}-{sum:08x}"),
    );
    headers.insert(EVENTS_HEADER, commit.types.as_str());
    headers
}

fn refusal(room: Room, expected: Revision, error: ApiError) -> AppendError {
    let ApiError {
        code,
        err_code,
        description,
    } = error;
    match err_code {
        WRONG_LAST_SEQUENCE | WRONG_LAST_SEQUENCE_CONSTANT => {
            AppendError::Conflict { room, expected }
        }
        DUPLICATE_IN_FLIGHT => AppendError::Unanswered {
            room,
            source: Some(description.into()),
        },
        _ if code == UNAVAILABLE && !NO_SPACE.contains(&err_code) => AppendError::Unanswered {
            room,
            source: Some(description.into()),
        },
        _ => AppendError::Rejected {
            room,
            reason: format!("{description} ({err_code})"),
        },
    }
}

/// "Duplicate" proves nothing: the server remembers the id of a message that may never have been
/// kept. It stands if the leader reads it back to us.
async fn stands(
    log: &JetStreamLog,
    room: Room,
    body: &Bytes,
    at: Revision,
) -> Result<Revision, AppendError> {
    match log.message(at).await {
        Ok(Some(message))
            if log.shared.subjects.room(&message.subject) == Some(room)
                && message.payload == *body =>
        {
            Ok(at)
        }
        Ok(_) => Err(AppendError::Unanswered { room, source: None }),
        Err(error) => Err(AppendError::Unanswered {
            room,
            source: Some(Box::new(error)),
        }),
    }
}
