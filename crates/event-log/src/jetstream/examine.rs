//! What no delivery tells: that the log has lost what nothing follows. A server that cannot read a
//! message any more passes over it without a word, in a consumer as in the last message of a
//! subject; a server whose block was cut writes new messages where others were.
//!
//! So a reader looks for what it read before it began, and from time to time compares each room's
//! last commit on the server with the last one that came. Must not know what a commit says.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::stream::Info;
use domain::decider::Room;
use domain::ids::Revision;
use futures::StreamExt;
use tokio::time::sleep;

use super::follow::{Follower, Step};
use super::{stream, unreachable};
use crate::verifier::meets;
use crate::{FollowError, ReadError};

/// A loss is told when it was seen twice, so long apart: a server that is just starting may not
/// know all it has.
const SEEN_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Revisions that are tried one by one to name the first that is missing.
const MAX_TRIED: u64 = 1_000;

impl Follower {
    /// Looks for what was read before this reader began, once.
    pub(super) async fn look_for_marks(&mut self) -> Step {
        while let Some(mark) = self.marks.last() {
            let found = match self.log.found(mark.link.revision).await {
                Ok(found) => found,
                Err(error) => return Step::Again(error.to_string()),
            };
            if let Err(error) = meets(mark, found.as_ref()) {
                return Step::Fail(error);
            }
            self.marks.pop();
        }
        Step::Pass
    }

    /// Compares the log with what came.
    pub(super) async fn examine(&self) -> Step {
        for seen_before in [false, true] {
            match self.loss().await {
                Ok(None) => return Step::Pass,
                Ok(Some(loss)) if seen_before => return Step::Fail(loss),
                Ok(Some(_)) => sleep(SEEN_AGAIN_AFTER).await,
                Err(error) => {
                    // Whether messages come is watched by others.
                    tracing::debug!(%error, "the log is compared with what came another time");
                    return Step::Pass;
                }
            }
        }
        Step::Pass
    }

    /// What the log has lost, if that can be told.
    async fn loss(&self) -> Result<Option<FollowError>, ReadError> {
        let (info, counts) = self.counted().await?;
        if stream::identity(&info) != self.log.shared.identity {
            let reason = format!("{} was made anew: it is another log", info.config.name);
            return Ok(Some(FollowError::Unreachable { reason }));
        }
        let end = Revision(info.state.last_sequence);
        if end < self.at {
            let (last, folded) = (end, self.at);
            return Ok(Some(FollowError::Behind { last, folded }));
        }
        for room in &self.rooms {
            let loss = self.loss_of(*room, counts.get(room), end).await?;
            if loss.is_some() {
                return Ok(loss);
            }
        }
        if !self.hears_all() {
            return self.hole(&info).await;
        }
        let next = Revision(self.at.0.saturating_add(1));
        if next <= end && self.log.message(next).await?.is_none() {
            let (missing, found) = (next, end);
            return Ok(Some(FollowError::Gap { missing, found }));
        }
        Ok(None)
    }

    /// A hole that the server knows of. Nothing is ever deleted, so it is a loss; and who does not
    /// hear all rooms cannot tell whose.
    async fn hole(&self, info: &Info) -> Result<Option<FollowError>, ReadError> {
        let state = &info.state;
        if state.messages >= state.last_sequence {
            return Ok(None);
        }
        let reading = &self.log.shared.reading;
        let detailed = reading.info_builder().with_deleted(true).fetch().await;
        let deleted = detailed.map_err(unreachable)?.info.state.deleted;
        let first = deleted.and_then(|deleted| deleted.into_iter().min());
        let missing = first.filter(|_| state.first_sequence <= 1).unwrap_or(1);
        Ok(Some(FollowError::Gap {
            missing: Revision(missing),
            found: Revision(state.last_sequence),
        }))
    }

    /// What a room has lost. A room that has messages, as the server counts, has a last one.
    async fn loss_of(
        &self,
        room: Room,
        count: Option<&usize>,
        end: Revision,
    ) -> Result<Option<FollowError>, ReadError> {
        let last = self.log.last_of(room).await?;
        let came = self.verifier.head(room).map(|link| link.revision);
        let is_whole = match came {
            // It came, or is to come.
            Some(came) => last == came || last > self.at,
            None if last == Revision(0) => count.is_none_or(|count| *count == 0),
            None => last <= self.after || last > self.at,
        };
        if is_whole {
            return Ok(None);
        }
        let came = came.unwrap_or(self.after.max(last));
        let missing = self.missing_near(came, end).await?;
        let missing = missing.unwrap_or(Revision(came.0.saturating_add(1)));
        Ok(Some(FollowError::Gone { room, missing }))
    }

    /// A revision that cannot be read: the first from one on, else the last before it.
    async fn missing_near(
        &self,
        from: Revision,
        end: Revision,
    ) -> Result<Option<Revision>, ReadError> {
        let from = from.0.max(1);
        let after = from..=end.0.min(from.saturating_add(MAX_TRIED));
        let before = (from.saturating_sub(MAX_TRIED).max(1)..from).rev();
        for revision in after.chain(before).map(Revision) {
            if self.log.message(revision).await?.is_none() {
                return Ok(Some(revision));
            }
        }
        Ok(None)
    }

    /// The stream, and how many messages each room has.
    async fn counted(&self) -> Result<(Info, BTreeMap<Room, usize>), ReadError> {
        let shared = &self.log.shared;
        let subjects = format!("{}*", shared.subjects.prefix);
        let with_subjects = shared.reading.info_with_subjects(subjects).await;
        let mut with_subjects = with_subjects.map_err(unreachable)?;
        let mut counts = BTreeMap::new();
        while let Some(counted) = with_subjects.next().await {
            let (subject, count) = counted.map_err(unreachable)?;
            if let Some(room) = shared.subjects.room(&subject) {
                counts.insert(room, count);
            }
        }
        Ok((with_subjects.info, counts))
    }
}
