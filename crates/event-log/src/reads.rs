//! Reading single commits: how many reads are under way at once, what is kept of what was read,
//! and who is asked when a commit seems to be missing. The same for every log; it knows no server.
//!
//! Many callers may want the same commit, since it holds events of many orders: it is asked for
//! once, and kept for a while within a budget of bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::event::CommitText;
use domain::ids::Revision;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::bounds::{MAX_READS_IN_FLIGHT, READ_PATIENCE};
use crate::message::Message;
use crate::{ReadError, Written};

/// How many waits for its turn a caller spends on somebody else's read of the same commit: that
/// one's own wait, then two requests of the same length.
const WAITS_FOR_ANOTHER: u32 = 3;
/// Bytes of commits read that are kept; what was not used for longest makes room.
pub const MAX_RECENT_BYTES: usize = 32 * 1024 * 1024;
/// What a kept commit takes besides its text and its events' places.
const ENTRY_BYTES: usize = 256;
/// What the place of one event takes.
const EVENT_BYTES: usize = 8;

/// Where commits come from.
pub(crate) trait Source: Sync {
    /// The message at a revision from whichever server is near. It may be behind: nothing from it
    /// proves nothing.
    fn nearest(
        &self,
        at: Revision,
    ) -> impl Future<Output = Result<Option<Message>, ReadError>> + Send;

    /// The message at a revision from the server that has all of them.
    fn leader(
        &self,
        at: Revision,
    ) -> impl Future<Output = Result<Option<Message>, ReadError>> + Send;
}

/// The reads of one log.
pub(crate) struct Reads {
    turns: Semaphore,
    patience: Duration,
    state: Mutex<State>,
}

struct State {
    recent: Recent,
    flights: BTreeMap<Revision, Weak<Flight>>,
}

type Flight = OnceCell<Arc<Written>>;

impl Default for Reads {
    fn default() -> Self {
        Self::new(MAX_READS_IN_FLIGHT, READ_PATIENCE, MAX_RECENT_BYTES)
    }
}

impl Reads {
    fn new(in_flight: usize, patience: Duration, budget: usize) -> Self {
        Self {
            turns: Semaphore::new(in_flight),
            patience,
            state: Mutex::new(State {
                recent: Recent::new(budget),
                flights: BTreeMap::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more read may go on its way.
    ///
    /// # Errors
    /// [`ReadError::Busy`] when that takes too long.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, ReadError> {
        match timeout(self.patience, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(self.busy(1)),
        }
    }

    fn busy(&self, waits: u32) -> ReadError {
        ReadError::Busy {
            // Saturates: a bound that is told, not kept.
            waited: self.patience.saturating_mul(waits),
        }
    }

    /// The commit at a revision: one that was read before, or one that is being read for somebody
    /// else, or a read of its own.
    pub async fn written(
        &self,
        source: &impl Source,
        at: Revision,
    ) -> Result<Arc<Written>, ReadError> {
        let boarded = match self.board(at) {
            Ok(kept) => return Ok(kept),
            Err(boarded) => boarded,
        };
        let waits = WAITS_FOR_ANOTHER;
        // Saturates: a wait of so long is as good as for ever.
        let patience = self.patience.saturating_mul(waits);
        let fetched = boarded.flight.get_or_try_init(|| self.fetch(source, at));
        match timeout(patience, fetched).await {
            Ok(written) => written.map(Arc::clone),
            Err(_elapsed) => Err(self.busy(waits)),
        }
    }

    /// What is kept, or the read that is under way or begins now.
    fn board(&self, at: Revision) -> Result<Arc<Written>, Boarded<'_>> {
        let mut state = self.state();
        if let Some(kept) = state.recent.get(at) {
            return Ok(kept);
        }
        let under_way = state.flights.get(&at).and_then(Weak::upgrade);
        let flight = under_way.unwrap_or_else(|| {
            let flight = Arc::<Flight>::default();
            state.flights.insert(at, Arc::downgrade(&flight));
            flight
        });
        Err(Boarded {
            reads: self,
            at,
            flight,
        })
    }

    async fn fetch(&self, source: &impl Source, at: Revision) -> Result<Arc<Written>, ReadError> {
        let turn = self.turn().await?;
        let found = match source.nearest(at).await? {
            Some(found) => Some(found),
            None => source.leader(at).await?,
        };
        drop(turn);
        let Message { room, body, .. } = found.ok_or(ReadError::Missing(at))?;
        let text = CommitText::new(body).map_err(|source| ReadError::Undecodable {
            revision: at,
            source,
        })?;
        let written = Arc::new(Written {
            room,
            revision: at,
            text,
        });
        self.state().recent.keep(&written);
        Ok(written)
    }
}

/// A caller on a read. The last one to leave takes it off the list.
struct Boarded<'a> {
    reads: &'a Reads,
    at: Revision,
    flight: Arc<Flight>,
}

impl Drop for Boarded<'_> {
    fn drop(&mut self) {
        let mut state = self.reads.state();
        // Only under this lock is it given to one more.
        if Arc::strong_count(&self.flight) <= 1 {
            state.flights.remove(&self.at);
        }
    }
}

/// Commits that were read, within a budget of bytes.
struct Recent {
    budget: usize,
    bytes: usize,
    /// Grows with each use.
    uses: u64,
    kept: BTreeMap<Revision, (u64, Arc<Written>)>,
    by_use: BTreeMap<u64, Revision>,
}

/// What a commit counts for.
fn weight(written: &Written) -> usize {
    let events = written.text.len().saturating_mul(EVENT_BYTES);
    let text = written.text.body().len();
    text.saturating_add(events).saturating_add(ENTRY_BYTES)
}

impl Recent {
    const fn new(budget: usize) -> Self {
        Self {
            budget,
            bytes: 0,
            uses: 0,
            kept: BTreeMap::new(),
            by_use: BTreeMap::new(),
        }
    }

    fn get(&mut self, at: Revision) -> Option<Arc<Written>> {
        let (used, written) = self.kept.get_mut(&at)?;
        self.by_use.remove(used);
        self.uses = self.uses.saturating_add(1);
        *used = self.uses;
        self.by_use.insert(self.uses, at);
        Some(Arc::clone(written))
    }

    fn keep(&mut self, written: &Arc<Written>) {
        let weight = weight(written);
        if weight > self.budget || self.get(written.revision).is_some() {
            return;
        }
        self.uses = self.uses.saturating_add(1);
        self.by_use.insert(self.uses, written.revision);
        let entry = (self.uses, Arc::clone(written));
        self.kept.insert(written.revision, entry);
        self.bytes = self.bytes.saturating_add(weight);
        while self.bytes > self.budget {
            self.forget_one();
        }
    }

    fn forget_one(&mut self) {
        let oldest = self.by_use.pop_first();
        let forgotten = oldest.and_then(|(_, at)| self.kept.remove(&at));
        let freed = forgotten.map_or(self.bytes, |(_, written)| weight(&written));
        self.bytes = self.bytes.saturating_sub(freed);
    }
}

#[cfg(test)]
mod tests;
