//! Checks commits against the hashes that run through them. Must not know where they come from, nor
//! what they say.

use domain::decider::Room;
use domain::ids::Revision;

use crate::FollowError;
use crate::chain::{Heads, Link, Mark};
use crate::message::Message;
use crate::quarantine::Quarantined;

/// Checks the commits of all rooms as they come.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    heads: Heads,
}

impl Verifier {
    /// A room's last commit that was checked.
    pub fn head(&self, room: Room) -> Option<Link> {
        self.heads.of(room)
    }

    /// The commit of a room before the first one that is to come.
    pub fn begin(&mut self, room: Room, link: Link) {
        self.heads.know(room, link);
    }

    /// Checks that a commit says what was written. The one before it must be known.
    ///
    /// # Errors
    /// [`FollowError::Damaged`].
    pub fn verify(&self, message: &Message, revision: Revision) -> Result<Link, FollowError> {
        let before = self.head(message.room).unwrap_or(Link::START);
        let expected = before.chain.then(&message.body);
        match message.chain {
            Some(found) if found != expected => Err(FollowError::Damaged {
                room: message.room,
                revision,
                expected,
                found,
            }),
            Some(_) | None => Ok(Link {
                revision,
                chain: expected,
            }),
        }
    }

    /// How the room's commits go on after a message that was quarantined; nothing, if the record
    /// does not fit it.
    pub fn pass_over(&self, message: &Message, record: &Quarantined) -> Option<Link> {
        let before = self.head(message.room).unwrap_or(record.before);
        (before == record.before && record.is_of(message)).then(|| record.link())
    }

    /// A commit was checked, and may be read.
    pub fn passed(&mut self, room: Room, link: Link) {
        self.heads.know(room, link);
    }
}

/// Checks what stands on the log where a mark says that a commit stood.
pub(crate) fn meets(mark: &Mark, found: Option<&Message>) -> Result<(), FollowError> {
    let lost = |instead: String| FollowError::Lost {
        room: mark.room,
        revision: mark.link.revision,
        instead,
        noted_in: mark.noted_in.clone(),
    };
    let Some(found) = found else {
        return Err(lost("nothing can be read there now".to_owned()));
    };
    if found.room != mark.room {
        return Err(lost(format!("a commit of {} stands there now", found.room)));
    }
    if found.chain != Some(mark.link.chain) {
        return Err(lost("another commit stands there now".to_owned()));
    }
    Ok(())
}
