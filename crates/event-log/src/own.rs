//! What this process has appended and not read back yet: its readers take it from here instead of
//! reading the same words once more. It says nothing of what stands on the log: only bytes that
//! come from there, and are the same, are answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::decider::Room;
use domain::event::Commit;

use crate::Encoded;

/// The last commit of each room: no room has two in flight.
#[derive(Debug, Default)]
pub struct Own(Mutex<BTreeMap<Room, (Bytes, Arc<Commit>)>>);

impl Own {
    /// It is about to be appended.
    pub fn keep(&self, room: Room, encoded: &Encoded) {
        if let Some(commit) = &encoded.commit {
            let kept = (encoded.body.clone(), Arc::clone(commit));
            self.kept().insert(room, kept);
        }
    }

    /// What this body of that room says, if it is the one kept. It is given once.
    pub fn take(&self, room: Room, body: &[u8]) -> Option<Arc<Commit>> {
        let commit = {
            let mut kept = self.kept();
            kept.get(&room).filter(|(own, _)| own == body)?;
            kept.remove(&room)?.1
        };
        debug_assert_eq!(
            Commit::read(body).ok().as_ref(),
            Some(&*commit),
            "a commit is read as it was decided"
        );
        Some(commit)
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Room, (Bytes, Arc<Commit>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{Revision, Timestamp};

    use super::*;

    #[test]
    fn only_the_same_bytes_of_the_same_room_are_taken_and_once() {
        let commit = |as_of| Commit {
            as_of: Revision(as_of),
            at: Timestamp::from_ms(0),
            events: Vec::new(),
            traces: BTreeMap::new(),
        };
        let encoded = |as_of| Encoded {
            commit: Some(Arc::new(commit(as_of))),
            ..Encoded::new(&commit(as_of)).unwrap()
        };
        let own = Own::default();
        own.keep(Room::Orders, &encoded(7));
        assert_eq!(own.take(Room::Inventory, &encoded(7).body), None);
        assert_eq!(own.take(Room::Orders, &encoded(8).body), None);
        assert_eq!(
            own.take(Room::Orders, &encoded(7).body).as_deref(),
            Some(&commit(7))
        );
        assert_eq!(own.take(Room::Orders, &encoded(7).body), None);
    }
}
