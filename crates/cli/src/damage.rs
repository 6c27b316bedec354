//! What to do about a log that is not what was written. Must not know how that was found.

use std::sync::Arc;

use chassis::RoomError;
use event_log::{FollowError, OpenError};

/// What to do about a room that has stopped itself.
const BROKEN: &str = "report this defect; `backorder verify` tells whether a fact there cannot be, \
                      `backorder quarantine` passes over it";

/// What to do about a log that cannot be followed.
pub(crate) const fn cure(error: &FollowError) -> &'static str {
    match error {
        FollowError::Gap { .. }
        | FollowError::Gone { .. }
        | FollowError::Damaged { .. }
        | FollowError::Lost { .. }
        | FollowError::Behind { .. } => {
            "keep the NATS store; `backorder restore` the last backup on a new one"
        }
        FollowError::Unchained { .. } | FollowError::Foreign(_) => {
            "find who may write there besides the room, then pass over it: `backorder quarantine`"
        }
        FollowError::Undecodable { .. } => {
            "run the version that wrote it, or a later one; if none did, `backorder quarantine`"
        }
        FollowError::Quarantined { .. } => "start it again: it then passes over that revision",
        FollowError::Unreachable { .. } => "`backorder check` looks at the log and the services",
    }
}

/// The same, if this is why a process ended.
pub(crate) fn cure_of(error: &anyhow::Error) -> Option<&'static str> {
    if let Some(OpenError::Missing { .. }) = error.downcast_ref() {
        return Some("`backorder restore DIR` puts a backup back");
    }
    let broken = error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(RoomError::Broken(_)) => Some(BROKEN),
        Some(RoomError::Follow { .. } | RoomError::NoReader(_) | RoomError::Stuck { .. })
        | None => None,
    });
    broken.or_else(|| cure_of_log(error))
}

fn cure_of_log(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        let shared = cause.downcast_ref::<Arc<FollowError>>().map(|it| &**it);
        shared
            .or_else(|| cause.downcast_ref::<FollowError>())
            .map(cure)
    })
}
