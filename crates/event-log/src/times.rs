//! From a time to a revision: what stood on the log then. Must not know what commits say.

use domain::decider::Room;
use domain::ids::{Revision, Timestamp};

use crate::{EventLog, ReadError};

/// The last revision whose commit was made at or before a time; 0 if the log began after it.
///
/// Reads about one commit for each doubling of the log's length. Commits carry the clocks of
/// the services that made them: where those differ, it is a revision within their difference.
///
/// # Errors
/// [`ReadError`] when the log cannot be read.
pub async fn last_at(log: &dyn EventLog, at: Timestamp) -> Result<Revision, ReadError> {
    let (mut before, mut after) = (0, log.last(&Room::ALL).await?.0.saturating_add(1));
    while after.saturating_sub(before) > 1 {
        let middle = before.saturating_add(after.saturating_sub(before) / 2);
        if time_of(log, Revision(middle)).await? <= at {
            before = middle;
        } else {
            after = middle;
        }
    }
    Ok(Revision(before))
}

/// The time of the commit at a revision; where a record of the quarantine stands, that of the one
/// before.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub async fn time_of(log: &dyn EventLog, at: Revision) -> Result<Timestamp, ReadError> {
    let mut at = at;
    while log.is_record(at) {
        at = Revision(at.0.saturating_sub(1));
    }
    Ok(log.written(at).await?.text.at())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::event::Commit;

    use super::*;
    use crate::{Encoded, MemoryLog};

    #[tokio::test]
    async fn a_time_finds_the_last_revision_at_or_before_it() {
        let log = MemoryLog::new();
        let time = Timestamp::from_ms;
        assert_eq!(last_at(&log, time(5)).await.unwrap(), Revision(0));
        let mut last = Revision(0);
        for ms in [10, 20, 20, 20, 30, 40] {
            let commit = Commit {
                as_of: last,
                at: time(ms),
                events: Vec::new(),
                traces: BTreeMap::new(),
            };
            let encoded = Encoded::new(&commit).unwrap();
            last = log.append_now(Room::Orders, encoded, last).unwrap();
        }
        let expected = [(9, 0), (10, 1), (19, 1), (20, 4), (29, 4), (30, 5), (99, 6)];
        for (ms, revision) in expected {
            let found = last_at(&log, time(ms)).await.unwrap();
            assert_eq!(found, Revision(revision), "at {ms} ms");
        }
    }
}
