//! How a no is said over gRPC: refusals and machinery's errors as statuses with
//! `google.rpc` details. The only place that maps them.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use domain::decider::{Refusal, RefusalKind};
use domain::ids::Revision;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::bounds::MAX_WAITING_FOR_A_KEY;
use crate::broken::Broken;

/// The `domain` of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "backorder";

/// Why a query got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The state has not reached the revision within the bound.
    #[error("revision {wanted} is not folded here yet, {folded} is")]
    NotYet {
        /// What was asked for.
        wanted: Revision,
        /// How far the state is.
        folded: Revision,
    },
    /// The log does not reach so far.
    #[error("revision {wanted} is not written yet; the last is {last}")]
    NotWritten {
        /// What was asked for.
        wanted: Revision,
        /// The log's last revision.
        last: Revision,
    },
    /// A past state takes longer to fold than the bound; the fold goes on.
    #[error("the state at revision {wanted} is still being folded from the log")]
    PastNotYet {
        /// What was asked for.
        wanted: Revision,
    },
    /// The log cannot be read up to the past revision.
    #[error("the log cannot be read up to there: {0}")]
    Unreadable(String),
    /// The room has stopped.
    #[error("the {0} room has stopped")]
    Stopped(domain::decider::Room),
    /// The room has stopped itself: its state broke an invariant.
    #[error(transparent)]
    Broken(Broken),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransactError<R: Refusal> {
    /// The business says no.
    #[error(transparent)]
    Refused(#[from] R),
    /// A command with this id was recorded with other content.
    #[error("this id was used before with other content: {}", .0.join("; "))]
    Differs(Vec<String>),
    /// No acknowledgement in time, or too many conflicts. Perhaps it stands, perhaps not: the
    /// same command with the same id finds out.
    #[error("not acknowledged in time; whether it was recorded is not known")]
    Unknown,
    /// As many commands as may wait for one key do so already.
    #[error("{MAX_WAITING_FOR_A_KEY} commands about the same subject wait already, the most")]
    TooManyWait,
    /// The log refuses it for good.
    #[error("the log refuses it: {0}")]
    Rejected(String),
    /// What was recorded under this id cannot be read now.
    #[error("what was recorded under this id cannot be read: {0}")]
    Unreadable(String),
    /// The room has stopped.
    #[error("the {0} room has stopped")]
    Stopped(domain::decider::Room),
    /// The room has stopped itself: its state broke an invariant.
    #[error(transparent)]
    Broken(Broken),
}

/// A reason code with its status and what to do next, for the table in the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonRow {
    /// The reason, in `UPPER_SNAKE_CASE`.
    pub reason: &'static str,
    /// The gRPC status.
    pub code: Code,
    /// What to do next.
    pub remedy: &'static str,
}

/// The reasons that machinery gives, whatever the room.
pub const MACHINERY: &[ReasonRow] = &[
    ReasonRow {
        reason: "REVISION_NOT_REACHED",
        code: Code::Unavailable,
        remedy: "try again; if this lasts, run `backorder check`: the room is behind the log",
    },
    ReasonRow {
        reason: "REVISION_NOT_WRITTEN",
        code: Code::OutOfRange,
        remedy: "give a revision up to the last one, or none for the present state",
    },
    ReasonRow {
        reason: "PAST_NOT_FOLDED",
        code: Code::Unavailable,
        remedy: "ask again in a moment; the past state is being computed and is then kept",
    },
    ReasonRow {
        reason: "ROOM_STOPPED",
        code: Code::Unavailable,
        remedy: "find the cause in the service's log output, and restart the service",
    },
    ReasonRow {
        reason: "INVARIANT_BROKEN",
        code: Code::Internal,
        remedy: "report it with the position: nothing was decided on the broken state; a command \
                 may be sent again with the same id once a corrected version runs",
    },
    ReasonRow {
        reason: "ID_REUSED",
        code: Code::AlreadyExists,
        remedy: "repeat the first content to get its answer, or use a new id",
    },
    ReasonRow {
        reason: "OUTCOME_UNKNOWN",
        code: Code::Unavailable,
        remedy: "send the same command with the same id again; it is recorded at most once",
    },
    ReasonRow {
        reason: "CALL_TOO_LONG",
        code: Code::DeadlineExceeded,
        remedy: "ask for less, or raise grpc.timeout_s (grpc.long_timeout_s for long calls); a \
                 command may be sent again with the same id",
    },
    ReasonRow {
        reason: "TOO_MANY_CALLS",
        code: Code::ResourceExhausted,
        remedy: "try again in a moment, with fewer calls at once; many orders or receipts go \
                 faster over PlaceOrders or ReceiveStocks",
    },
    ReasonRow {
        reason: "TOO_MANY_WAIT",
        code: Code::ResourceExhausted,
        remedy: "try again in a moment; commands about one subject are recorded one after another",
    },
    ReasonRow {
        reason: "NOTHING_ASKED",
        code: Code::DeadlineExceeded,
        remedy: "call again when there is more to send; what was answered is on disk",
    },
    ReasonRow {
        reason: "WATCH_NOT_READ",
        code: Code::Aborted,
        remedy: "watch again, and read answers as they come; the first one tells the present state",
    },
    ReasonRow {
        reason: "LOG_REFUSES",
        code: Code::Unavailable,
        remedy: "run `backorder check`; the NATS server's disk, quota or permissions stop the log",
    },
    ReasonRow {
        reason: "LOG_UNREADABLE",
        code: Code::Unavailable,
        remedy: "try again; if this lasts, run `backorder check`",
    },
    ReasonRow {
        reason: "REQUEST_MALFORMED",
        code: Code::InvalidArgument,
        remedy: "send the message that the proto declares, whole; nothing was done",
    },
    ReasonRow {
        reason: "REQUEST_OUT_OF_RANGE",
        code: Code::InvalidArgument,
        remedy: "send at most 1 MiB a message, as several calls or over PlaceOrders or \
                 ReceiveStocks; nothing was done",
    },
    ReasonRow {
        reason: "CALL_UNKNOWN",
        code: Code::Unimplemented,
        remedy: "ask the service for its calls by reflection, and whether client and service are \
                 of one version",
    },
    ReasonRow {
        reason: "QUESTION_MALFORMED",
        code: Code::InvalidArgument,
        remedy: "send the request as JSON, with the field names of the protos; nothing is an empty \
                 request",
    },
    ReasonRow {
        reason: "QUESTION_OUT_OF_RANGE",
        code: Code::InvalidArgument,
        remedy: "send at most 256 KiB over NATS, or the same request over gRPC",
    },
    ReasonRow {
        reason: "TOO_MANY_QUESTIONS",
        code: Code::ResourceExhausted,
        remedy: "ask again in a moment; each service answers at most 64 at once over NATS",
    },
    ReasonRow {
        reason: "ANSWER_TOO_LARGE",
        code: Code::OutOfRange,
        remedy: "ask for less, with a smaller page_size and then page by page, or ask over gRPC",
    },
];

pub(crate) fn machinery(reason: &'static str, problem: &impl Display) -> Status {
    let row = MACHINERY.iter().find(|row| row.reason == reason);
    let (code, remedy) = row.map_or((Code::Internal, ""), |row| (row.code, row.remedy));
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new());
    if matches!(code, Code::Unavailable | Code::ResourceExhausted) {
        details.set_retry_info(Some(RETRY_AFTER));
    }
    details.add_help_link(remedy, "");
    Status::with_error_details(code, format!("{problem}; {remedy}"), details)
}

/// A status as a message, for an answer among others.
pub fn as_message(status: &Status) -> tonic_types::Status {
    let whole = tonic_types::Status::decode(status.details()).ok();
    let whole = whole.filter(|told| told.code == i32::from(status.code()));
    whole.unwrap_or_else(|| tonic_types::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

/// What a caller is asked to wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// The status code of a family of refusals.
pub const fn code(kind: RefusalKind) -> Code {
    match kind {
        RefusalKind::Invalid => Code::InvalidArgument,
        RefusalKind::Unknown => Code::NotFound,
        RefusalKind::Precondition => Code::FailedPrecondition,
        RefusalKind::Exhausted => Code::ResourceExhausted,
    }
}

/// A room's refusal as a status.
pub fn refused<R: Refusal>(refusal: &R) -> Status {
    let row = refusal.row();
    let mut details = ErrorDetails::with_error_info(row.reason(), ERROR_DOMAIN, HashMap::new());
    if !row.field.is_empty() {
        details.set_bad_request(vec![FieldViolation::new(row.field, refusal.to_string())]);
    }
    details.add_help_link(row.remedy, "");
    Status::with_error_details(
        code(row.kind),
        format!("{refusal}; {}", row.remedy),
        details,
    )
}

/// Bad input, found while a request was read: `INVALID_ARGUMENT`.
pub fn invalid(field: &str, reason: &str, problem: impl Display, remedy: &str) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new());
    details.set_bad_request(vec![FieldViolation::new(field, problem.to_string())]);
    details.add_help_link(remedy, "");
    Status::with_error_details(
        Code::InvalidArgument,
        format!("{field} {problem}; {remedy}"),
        details,
    )
}

impl From<QueryError> for Status {
    fn from(error: QueryError) -> Self {
        let reason = match error {
            QueryError::NotYet { .. } => "REVISION_NOT_REACHED",
            QueryError::NotWritten { .. } => "REVISION_NOT_WRITTEN",
            QueryError::PastNotYet { .. } => "PAST_NOT_FOLDED",
            QueryError::Unreadable(_) => "LOG_UNREADABLE",
            QueryError::Stopped(_) => "ROOM_STOPPED",
            QueryError::Broken(_) => "INVARIANT_BROKEN",
        };
        machinery(reason, &error)
    }
}

impl<R: Refusal> From<TransactError<R>> for Status {
    fn from(error: TransactError<R>) -> Self {
        let reason = match &error {
            TransactError::Refused(refusal) => return refused(refusal),
            TransactError::Differs(_) => "ID_REUSED",
            TransactError::Unknown => "OUTCOME_UNKNOWN",
            TransactError::TooManyWait => "TOO_MANY_WAIT",
            TransactError::Rejected(_) => "LOG_REFUSES",
            TransactError::Unreadable(_) => "LOG_UNREADABLE",
            TransactError::Stopped(_) => "ROOM_STOPPED",
            TransactError::Broken(_) => "INVARIANT_BROKEN",
        };
        machinery(reason, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machinery_reason_tells_what_to_do_in_the_message_and_as_help() {
        for row in MACHINERY {
            let status = machinery(row.reason, &"it is so");
            assert_eq!(status.code(), row.code, "{}", row.reason);
            assert_eq!(status.message(), format!("it is so; {}", row.remedy));
            let details = status.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!(
                (info.reason.as_str(), info.domain.as_str()),
                (row.reason, ERROR_DOMAIN)
            );
            let help = &details.help().unwrap().links;
            assert_eq!((help.len(), help[0].description.as_str()), (1, row.remedy));
        }
    }
}
