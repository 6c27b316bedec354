//! Callers who watch part of a room's state: one bounded stream for every service.
//!
//! Nothing is buffered: a caller who reads slowly misses states in between, never the last one.

use std::sync::Arc;

use domain::command::RoomState;
use domain::decider::Decider;
use domain::ids::Revision;
use futures::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::Status;

use crate::host::Host;
use crate::status::{QueryError, refused};

/// The most watching callers of one service; one more is refused.
pub const MAX_WATCHERS: usize = 1_024;

domain::refusals! {
    /// Why a watch is refused.
    WatchRefusal {
        /// Each watcher reads the state after each fold.
        TooManyWatchers {} => Exhausted "",
            "{MAX_WATCHERS} callers watch this service, the most",
            "end other watches, or ask again from time to time instead";
    }
}

/// What a watcher finds in the state.
#[derive(Debug)]
pub enum Seen<T> {
    /// The caller knows it already.
    Same,
    /// The caller receives this, and watches on.
    Next(T),
    /// The caller receives this, and the stream ends.
    Last(T),
}

/// The watching callers of one service. Clones share the bound.
#[derive(Debug, Clone)]
pub struct Watchers(Arc<Semaphore>);

impl Default for Watchers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_WATCHERS)))
    }
}

impl Watchers {
    /// A stream of what `look` finds: at once, then after each fold. `look` remembers what the
    /// caller has received; it runs under the state's lock, so it does no more than read.
    ///
    /// # Errors
    /// `TOO_MANY_WATCHERS` when [`MAX_WATCHERS`] callers watch. The stream ends with
    /// [`QueryError::Stopped`] when the room stops.
    pub fn watch<D, T, L>(
        &self,
        host: &Host<D>,
        look: L,
    ) -> Result<impl Stream<Item = Result<T, Status>> + Send + use<D, T, L>, Status>
    where
        D: Decider,
        T: Send + 'static,
        L: FnMut(&RoomState<D>, Revision) -> Seen<T> + Send + 'static,
    {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        let permit = permit.map_err(|_full| refused(&WatchRefusal::TooManyWatchers {}))?;
        let watcher = Watcher {
            changes: host.changes(),
            host: host.clone(),
            look,
            ended: false,
            _permit: permit,
        };
        Ok(futures::stream::unfold(watcher, |mut watcher| async {
            let next = watcher.next().await?;
            Some((next, watcher))
        }))
    }
}

struct Watcher<D: Decider, L> {
    host: Host<D>,
    changes: watch::Receiver<Revision>,
    look: L,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl<D: Decider, L> Watcher<D, L> {
    async fn next<T>(&mut self) -> Option<Result<T, Status>>
    where
        L: FnMut(&RoomState<D>, Revision) -> Seen<T>,
    {
        while !self.ended {
            // Before the look: a fold in between is seen at the next one.
            self.changes.mark_unchanged();
            match self.host.read_at(&mut self.look) {
                Seen::Next(seen) => return Some(Ok(seen)),
                Seen::Last(seen) => {
                    self.ended = true;
                    return Some(Ok(seen));
                }
                Seen::Same if self.changes.changed().await.is_err() => {
                    self.ended = true;
                    return Some(Err(QueryError::Stopped(D::ROOM).into()));
                }
                Seen::Same => {}
            }
        }
        None
    }
}
