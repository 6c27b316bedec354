//! A room as it was at a past revision: folded from the log on the side, beside the live state and
//! never touching it. Must not know what is asked of it.
//!
//! A fold goes on when its caller has given up, so that who asks again finds it done; how many go
//! on at once is bounded, and so is how many are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::command::RoomState;
use domain::decider::{Decider, Room};
use domain::ids::{Revision, Timestamp};
use event_log::{Identity, Log, Snapshots, time_of};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::status::QueryError;
use crate::turn::Folded;

/// Past states that are folded at once; whoever asks for one more waits.
pub const MAX_PAST_FOLDS: usize = 2;
/// Past states that a room keeps, those being folded among them: the one asked for longest ago
/// makes room.
pub const MAX_PASTS: usize = 3;
/// How long a query waits for a past state. The fold goes on after it.
pub const PAST_TIMEOUT: Duration = Duration::from_secs(30);
/// Commits folded in a row before the live loop gets its turn.
const COMMITS_IN_A_ROW: u32 = 32;

/// A room's state as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Past<D> {
    /// What the log said, up to `revision`.
    pub state: RoomState<D>,
    /// As of when, by the log.
    pub revision: Revision,
    /// As of when, by the clock: the time of the commit at `revision`.
    pub at: Timestamp,
}

type Known<D> = VecDeque<(Revision, Folding<D>)>;

type Folding<D> = Shared<BoxFuture<'static, Result<Arc<Past<D>>, QueryError>>>;

/// The past states of one room.
pub(crate) struct Pasts<D> {
    /// The one asked for last stands last.
    known: Mutex<Known<D>>,
    folds: Arc<Semaphore>,
    /// The room's own, only while it runs: its store closes when it stops.
    snapshots: Weak<Snapshots>,
}

impl<D: Decider> Pasts<D> {
    pub fn new(snapshots: Weak<Snapshots>) -> Self {
        Self {
            known: Mutex::default(),
            folds: Arc::new(Semaphore::new(MAX_PAST_FOLDS)),
            snapshots,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known<D>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that is kept or being folded.
    fn find(known: &mut Known<D>, at: Revision) -> Option<Folding<D>> {
        let index = known.iter().position(|(revision, _)| *revision == at)?;
        let found = known.remove(index)?;
        let folding = found.1.clone();
        known.push_back(found);
        Some(folding)
    }

    /// Begins to fold one, unless somebody else has begun meanwhile.
    fn begin(&self, log: &Log, at: Revision, permit: OwnedSemaphorePermit) -> Folding<D> {
        let mut known = self.known();
        if let Some(folding) = Self::find(&mut known, at) {
            return folding;
        }
        let fold = fold::<D>(Arc::clone(log), Weak::clone(&self.snapshots), at, permit);
        let folding = tokio::spawn(fold)
            .map(|ended| ended.unwrap_or(Err(QueryError::Stopped(D::ROOM))))
            .boxed()
            .shared();
        known.push_back((at, folding.clone()));
        while known.len() > MAX_PASTS {
            known.pop_front();
        }
        folding
    }

    /// The state as of a revision, once it is folded.
    pub async fn at(&self, log: &Log, at: Revision) -> Result<Arc<Past<D>>, QueryError> {
        let found = async {
            let known = Self::find(&mut self.known(), at);
            if let Some(folding) = known {
                return folding.await;
            }
            let last = log.last(&Room::ALL).await.map_err(unreadable)?;
            if at > last {
                return Err(QueryError::NotWritten { wanted: at, last });
            }
            let permit = Arc::clone(&self.folds).acquire_owned().await;
            let permit = permit.map_err(|_closed| QueryError::Stopped(D::ROOM))?;
            self.begin(log, at, permit).await
        };
        let found = tokio::time::timeout(PAST_TIMEOUT, found).await;
        match found {
            Ok(Ok(past)) => Ok(past),
            Ok(Err(error)) => {
                self.forget(at);
                Err(error)
            }
            Err(_elapsed) => Err(QueryError::PastNotYet { wanted: at }),
        }
    }

    fn forget(&self, at: Revision) {
        self.known().retain(|(revision, _)| *revision != at);
    }
}

async fn fold<D: Decider>(
    log: Log,
    snapshots: Weak<Snapshots>,
    at: Revision,
    _permit: OwnedSemaphorePermit,
) -> Result<Arc<Past<D>>, QueryError> {
    let time = time_of(log.as_ref(), at).await.map_err(unreadable)?;
    let end = log.last(D::HEARS).await.map_err(unreadable)?.min(at);
    let mut folded = begin::<D>(snapshots, log.identity_to(D::HEARS), at).await;
    let mut commits = log.follow(D::HEARS, folded.revision);
    let mut in_a_row = 0_u32;
    while folded.revision < end {
        let heard = commits.next().await;
        let heard = heard.ok_or(QueryError::Stopped(D::ROOM))?;
        let logged = heard.map_err(unreadable)?;
        if logged.revision > at {
            break;
        }
        folded.fold(&logged).map_err(QueryError::Broken)?;
        in_a_row = in_a_row.saturating_add(1);
        if in_a_row >= COMMITS_IN_A_ROW {
            in_a_row = 0;
            tokio::task::yield_now().await;
        }
    }
    Ok(Arc::new(Past {
        state: folded.state,
        revision: at,
        at: time,
    }))
}

/// The room's snapshot, unless it is of later; else the empty state.
async fn begin<D: Decider>(snapshots: Weak<Snapshots>, log: Identity, at: Revision) -> Folded<D> {
    let load = move || {
        let snapshots = snapshots.upgrade()?;
        snapshots.load_up_to::<RoomState<D>>(D::ROOM.token(), log, at)
    };
    let loaded = tokio::task::spawn_blocking(load).await.ok().flatten();
    loaded.map_or_else(Folded::default, |(revision, state)| Folded {
        state,
        revision,
        own: Revision(0),
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn unreadable(error: impl std::error::Error) -> QueryError {
    QueryError::Unreadable(error.to_string())
}
