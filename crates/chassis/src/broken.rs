//! A room whose state broke an invariant stops: nothing is decided on it and no snapshot of it is
//! kept. Knows what panicked and where on the log, not what it means.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use domain::decider::Room;
use domain::ids::{Position, Revision};
use event_log::FollowError;

/// Which invariant was broken, and by which event. Only a bug leads to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {room} room broke an invariant at {position}, while it {doing}: {reason}")]
pub struct Broken {
    /// Which room.
    pub room: Room,
    /// The event that it was folding, or the last commit that it had folded.
    pub position: Position,
    /// What it was doing.
    pub doing: &'static str,
    /// What was found.
    pub reason: String,
}

/// Runs what stops by a panic when it finds an invariant broken. `run` is told where to note how
/// far it has come; what it changed is not to be used after an error.
pub(crate) fn or_broken<T>(
    room: Room,
    from: Position,
    doing: &'static str,
    run: impl FnOnce(&mut Position) -> T,
) -> Result<T, Broken> {
    let mut position = from;
    catch_unwind(AssertUnwindSafe(|| run(&mut position))).map_err(|panic| Broken {
        room,
        position,
        doing,
        reason: reason(&*panic),
    })
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without words").to_owned()
}

/// Why a room's loop ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The log cannot be followed; nothing is ever skipped, so the room stops.
    #[error("the {room} room stops at revision {folded}")]
    Follow {
        /// Which room.
        room: Room,
        /// How far it had folded.
        folded: Revision,
        /// Why.
        #[source]
        source: Arc<FollowError>,
    },
    /// The reader ended.
    #[error("the {0} room has no reader any more")]
    NoReader(Room),
    /// The room decided on a due event that can never be appended.
    #[error("the {room} room cannot record what is due: {reason}")]
    Stuck {
        /// Which room.
        room: Room,
        /// Why.
        reason: String,
    },
    /// An invariant of its state is broken, which only a bug leads to: the room stops before it
    /// decides anything on it.
    #[error(transparent)]
    Broken(Broken),
}
