//! Whose fact an event is: only a room's own facts may stand on its subject. Must not know how
//! commits are kept.

use domain::decider::Room;
use domain::event::Event;
use domain::ids::Position;

/// An event on the subject of a room whose fact it is not. A room's service never writes one, so
/// a stranger did, or a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event at {position} on the subject of {room} is `{tag}`, which only {whose} may record: \
     somebody else wrote it"
)]
pub struct ForeignEvent {
    /// Where it stands.
    pub position: Position,
    /// On whose subject.
    pub room: Room,
    /// Its type.
    pub tag: &'static str,
    /// Whose fact it would be.
    pub whose: Room,
}

impl ForeignEvent {
    /// Looks whose fact an event is.
    ///
    /// # Errors
    /// It is none of this room's.
    pub fn look(room: Room, position: Position, event: &Event) -> Result<(), Self> {
        let whose = event.room();
        if whose == room {
            return Ok(());
        }
        Err(Self {
            position,
            room,
            tag: event.tag(),
            whose,
        })
    }
}
