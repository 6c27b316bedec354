//! Appending: one publish with the expected sequence, and what its answer means.

use async_nats::client::{Request, RequestErrorKind};
use async_nats::{HeaderMap, header};
use bytes::Bytes;
use domain::decider::Room;
use domain::event::MAX_COMMIT_BYTES;
use domain::ids::Revision;

use super::JetStreamLog;
use crate::chain::{CHAIN_HEADER, Chain, Link};
use crate::{AppendError, Encoded, ReadError};

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
    let before = chain_before(log, room, expected).await?;
    let chain = before.then(&commit.body);
    log.shared.own.keep(room, &commit);
    let body = commit.body.clone();
    let request = Request::new()
        .headers(headers(log, room, &commit, expected, chain))
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
    let revision = match answer.seq {
        Some(sequence) if !answer.duplicate => Revision(sequence),
        Some(sequence) => stands(log, room, &body, Revision(sequence)).await?,
        None => return Err(AppendError::Unanswered { room, source: None }),
    };
    log.shared.know(room, Link { revision, chain });
    Ok(revision)
}

/// The chain value that a commit goes on: mostly that of the last one that was read or
/// acknowledged here, else what the log says.
async fn chain_before(
    log: &JetStreamLog,
    room: Room,
    expected: Revision,
) -> Result<Chain, AppendError> {
    if expected == Revision(0) {
        return Ok(Chain::START);
    }
    let conflict = || AppendError::Conflict { room, expected };
    let known = log.shared.heads().of(room);
    match known.filter(|link| link.revision >= expected) {
        Some(link) if link.revision == expected => return Ok(link.chain),
        Some(_later) => return Err(conflict()),
        None => {}
    }
    let found = log.found(expected).await;
    let found = found.map_err(|error: ReadError| AppendError::Unanswered {
        room,
        source: Some(Box::new(error)),
    })?;
    let found = found.filter(|message| message.room == room);
    let chain = found.ok_or_else(conflict)?.chain;
    chain.ok_or_else(|| AppendError::Rejected {
        room,
        reason: format!("its last commit, revision {expected}, has no {CHAIN_HEADER}"),
    })
}

fn headers(
    log: &JetStreamLog,
    room: Room,
    commit: &Encoded,
    expected: Revision,
    chain: Chain,
) -> HeaderMap {
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
    headers.insert(CHAIN_HEADER, chain.to_string());
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
