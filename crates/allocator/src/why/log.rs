//! What is read of the log for one answer, and the past states that are folded for it. Bounded in
//! both. Must not know what is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allocation::Allocator;
use allocation::why::{self, Fact};
use chassis::{Host, QueryError};
use domain::decider::{Projection, Recorded};
use domain::ids::{OrderId, Position, Revision, Sku};
use domain::renamed::Renamed;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

/// Events read from the log at once for one answer.
const MAX_READS: usize = 8;
/// The most events that are read as causes for one answer; what else there is, is told by where it
/// stands alone.
const MAX_CAUSES_READ: usize = 256;
/// The most past states that are folded for one answer, those of the last decisions.
const MAX_THEN: usize = 8;
/// How long an answer waits for them; a decision whose state is not folded by then is told without
/// its rank.
pub const THEN_PATIENCE: Duration = Duration::from_secs(5);
/// Commits folded in a row before others get their turn.
const COMMITS_IN_A_ROW: u32 = 32;

/// What was read of the log, and folded.
pub struct Log {
    /// What items are called in the answer.
    renamed: Renamed,
    facts: BTreeMap<Position, Fact>,
    then: BTreeMap<Revision, Allocator>,
}

impl why::Log for Log {
    fn fact(&self, at: Position) -> Option<&Fact> {
        self.facts.get(&at)
    }

    fn room_at(&self, at: Revision) -> Option<&Allocator> {
        self.then.get(&at)
    }
}

/// The first of these, each once.
fn first(of: impl Iterator<Item = Position>, most: usize) -> BTreeSet<Position> {
    let mut found = BTreeSet::new();
    for at in of {
        if found.len() == most {
            break;
        }
        found.insert(at);
    }
    found
}

impl Log {
    /// Nothing was read yet; what is, is told by what items are called now.
    pub const fn new(renamed: Renamed) -> Self {
        Self {
            renamed,
            facts: BTreeMap::new(),
            then: BTreeMap::new(),
        }
    }

    /// An event that was read.
    pub fn fact(&self, at: Position) -> Option<&Fact> {
        self.facts.get(&at)
    }

    /// All that were read, in the order of the log.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> + Clone {
        self.facts.values()
    }

    /// Reads the events at these positions, at most so many, the last ones.
    pub async fn read_last(
        &mut self,
        host: &Host<Allocator>,
        at: impl Iterator<Item = Position>,
        most: usize,
    ) -> Result<(), Status> {
        let at: BTreeSet<Position> = at.collect();
        let last = first(at.into_iter().rev(), most);
        self.read(host, &last).await
    }

    /// Reads the events at these positions, but for those that were read.
    async fn read(
        &mut self,
        host: &Host<Allocator>,
        at: &BTreeSet<Position>,
    ) -> Result<(), Status> {
        let missing = at.iter().filter(|at| !self.facts.contains_key(at));
        let renamed = &self.renamed;
        let reads: Vec<_> = missing.map(|at| fact(host, *at, renamed).boxed()).collect();
        let reads = futures::stream::iter(reads).buffered(MAX_READS);
        let found: Vec<Fact> = reads.try_collect().await?;
        self.facts
            .extend(found.into_iter().map(|fact| (fact.position, fact)));
        Ok(())
    }

    /// Reads what led to what was decided on an order, and on these SKUs.
    pub async fn read_causes(
        &mut self,
        host: &Host<Allocator>,
        order: &OrderId,
        skus: &[&Sku],
    ) -> Result<(), Status> {
        // The last decisions first: their causes are read also where there are too many.
        let causes = self.facts.values().rev();
        let causes = causes.flat_map(|fact| fact.led_by(order, skus));
        let unread = causes.filter(|at| !self.facts.contains_key(at));
        let causes = first(unread, MAX_CAUSES_READ);
        self.read(host, &causes).await
    }

    /// Folds the room to where it stood when these were decided, the last ones, as far as that is
    /// done in time.
    pub async fn fold(&mut self, host: &Host<Allocator>, decided: impl Iterator<Item = Position>) {
        let facts = decided.filter_map(|at| self.facts.get(&at));
        let mut at: Vec<Revision> = facts
            .filter(|fact| fact.is_decision())
            .map(|fact| fact.as_of)
            .filter(|at| at.0 > 0)
            .collect();
        at.sort_unstable();
        at.dedup();
        let last = at.split_off(at.len().saturating_sub(MAX_THEN));
        let folds = fold_each(host, &last, &mut self.then);
        match tokio::time::timeout(THEN_PATIENCE, folds).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(error, "an explanation goes without ranks of then"),
            Err(_elapsed) => tracing::debug!("an explanation goes without some ranks of then"),
        }
    }
}

/// Folds the room to the first of these revisions, and from there to each of the others: one pass
/// over the log between them. Copies of a state share what they have in common.
async fn fold_each(
    host: &Host<Allocator>,
    at: &[Revision],
    then: &mut BTreeMap<Revision, Allocator>,
) -> Result<(), String> {
    let Some(first) = at.first() else {
        return Ok(());
    };
    let past = host.past(*first).await.map_err(|error| error.to_string())?;
    let mut state = past.state.clone();
    let mut targets = at.iter().peekable();
    let mut commits = host.log().follow(Allocator::HEARS, *first);
    let mut in_a_row = 0_u32;
    loop {
        // The decision itself stands behind its state, so there is always one more commit.
        let mut next = None;
        if targets.peek().is_some_and(|target| *target > first) {
            let logged = commits.next().await.ok_or("the log ended")?;
            next = Some(logged.map_err(|error| error.to_string())?);
        }
        let until = next.as_ref().map_or(*first, |logged| {
            Revision(logged.revision.0.saturating_sub(1))
        });
        while let Some(target) = targets.next_if(|target| **target <= until) {
            then.insert(*target, state.room.clone());
        }
        if targets.peek().is_none() {
            return Ok(());
        }
        if let Some(logged) = next {
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                let revision = logged.revision;
                let recorded = Recorded {
                    position: Position { revision, index },
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                };
                state.fold(recorded, event);
            }
        }
        in_a_row = in_a_row.saturating_add(1);
        if in_a_row.is_multiple_of(COMMITS_IN_A_ROW) {
            tokio::task::yield_now().await;
        }
    }
}

async fn fact(
    host: &Host<Allocator>,
    position: Position,
    renamed: &Renamed,
) -> Result<Fact, Status> {
    let written = host.log().written(position.revision).await;
    let written = written.map_err(unreadable)?;
    let event = written.event(position.index).map_err(unreadable)?;
    Ok(Fact {
        position,
        at: written.text.at(),
        as_of: written.text.as_of(),
        event: renamed.read(&event).into_owned(),
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn unreadable(error: impl ToString) -> Status {
    QueryError::Unreadable(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(revision: u64) -> Position {
        let revision = Revision(revision);
        Position { revision, index: 0 }
    }

    #[test]
    fn what_led_to_many_effects_is_read_once_and_leaves_room_for_others() {
        let many = std::iter::repeat_n(at(9), 500);
        let found = first(many.chain((1..9).rev().map(at)), 4);
        let last: Vec<Position> = [6, 7, 8, 9].map(at).to_vec();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), last);
    }
}
