//! Callers who watch part of a room's state: one bounded stream for every service.
//!
//! One answer is kept for a caller who reads slowly: they miss states in between, never the last
//! one. Who does not read it in time is told, and leaves their place to another.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::command::RoomState;
use domain::decider::Decider;
use domain::ids::Revision;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::host::Host;
use crate::status::{QueryError, machinery, refused};

/// The most watching callers of one service; one more is refused.
pub const MAX_WATCHERS: usize = 1_024;
/// The most watches on one connection, so that one caller leaves room for others.
pub const MAX_WATCHES_A_CONNECTION: usize = 256;
/// How long a watcher waits between two looks at the least. What changes meanwhile is seen in one,
/// so that many watchers cost the room the same whether it folds ten commits a second or a
/// thousand.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// How long an answer may stay unread.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(30);

domain::refusals! {
    /// Why a watch is refused.
    WatchRefusal {
        /// Each watcher reads the state after each fold.
        TooManyWatchers {} => Exhausted "",
            "{MAX_WATCHERS} callers watch this service, the most",
            "end other watches, or ask again from time to time instead";
        /// One caller leaves room for others.
        TooManyWatchesAConnection {} => Exhausted "",
            "{MAX_WATCHES_A_CONNECTION} watches are open on this connection, the most",
            "end other watches of this connection, or watch several items in one";
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

/// The watching callers of one service. Clones share the bounds.
#[derive(Debug, Clone)]
pub struct Watchers {
    watching: Arc<Mutex<Watching>>,
    /// How long an answer may stay unread.
    unread: Duration,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            watching: Arc::default(),
            unread: UNREAD_TIMEOUT,
        }
    }
}

/// How many watch, and how many of them on each connection, by its other end.
#[derive(Debug, Default)]
struct Watching {
    all: usize,
    by_connection: BTreeMap<SocketAddr, usize>,
}

/// A place among the watchers, given back when it is dropped.
struct Place {
    watchers: Watchers,
    connection: Option<SocketAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut watching = self.watchers.watching();
        watching.all = watching.all.saturating_sub(1);
        if let Some(connection) = self.connection {
            let left = watching.by_connection.get(&connection).copied();
            match left.and_then(|left| left.checked_sub(1)) {
                Some(left @ 1..) => drop(watching.by_connection.insert(connection, left)),
                Some(0) | None => drop(watching.by_connection.remove(&connection)),
            }
        }
    }
}

impl Watchers {
    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, connection: Option<SocketAddr>) -> Result<Place, WatchRefusal> {
        let mut watching = self.watching();
        if watching.all >= MAX_WATCHERS {
            return Err(WatchRefusal::TooManyWatchers {});
        }
        if let Some(connection) = connection {
            let theirs = watching.by_connection.entry(connection).or_default();
            if *theirs >= MAX_WATCHES_A_CONNECTION {
                return Err(WatchRefusal::TooManyWatchesAConnection {});
            }
            *theirs = theirs.saturating_add(1);
        }
        watching.all = watching.all.saturating_add(1);
        drop(watching);
        Ok(Place {
            watchers: self.clone(),
            connection,
        })
    }
}

impl Watchers {
    /// A stream of what `look` finds: at once, then after folds, at most every 50 ms. `look`
    /// remembers what the caller has received; it runs under the state's lock, so it does no more
    /// than read. `connection` is the other end of the caller's connection, if it is known.
    ///
    /// # Errors
    /// `TOO_MANY_WATCHERS` when [`MAX_WATCHERS`] callers watch, and `TOO_MANY_WATCHES_A_CONNECTION`
    /// when [`MAX_WATCHES_A_CONNECTION`] of them share the connection. The stream ends with
    /// [`QueryError::Stopped`] when the room stops, with [`QueryError::Broken`] when it stops
    /// itself, and with `WATCH_NOT_READ` when the caller has left answers unread for half a minute.
    pub fn watch<D, T, L>(
        &self,
        host: &Host<D>,
        connection: Option<SocketAddr>,
        look: L,
    ) -> Result<impl Stream<Item = Result<T, Status>> + Send + use<D, T, L>, Status>
    where
        D: Decider,
        T: Send + 'static,
        L: FnMut(&RoomState<D>, Revision) -> Seen<T> + Send + 'static,
    {
        let place = self.place(connection);
        let place = place.map_err(|refusal| refused(&refusal))?;
        let watcher = Watcher {
            changes: host.changes(),
            host: host.clone(),
            look,
            ended: false,
            looks_at: Instant::now(),
            _place: place,
        };
        Ok(while_read(watcher.states(), self.unread))
    }
}

/// The same answers, made by a task that ends once one of them is not read in time.
fn while_read<T: Send + 'static>(
    answers: impl Stream<Item = Result<T, Status>> + Send + 'static,
    unread: Duration,
) -> impl Stream<Item = Result<T, Status>> + Send {
    let (tell, told) = mpsc::channel(1);
    let (cut, was_cut) = oneshot::channel();
    tokio::spawn(async move {
        let mut answers = std::pin::pin!(answers);
        loop {
            let next = tokio::select! {
                next = answers.next() => next,
                () = tell.closed() => return,
            };
            let Some(next) = next else { return };
            match tell.send_timeout(next, unread).await {
                Ok(()) => {}
                Err(SendTimeoutError::Closed(_)) => return,
                Err(SendTimeoutError::Timeout(_)) => {
                    let _caller_gone = cut.send(not_read(unread));
                    return;
                }
            }
        }
    });
    let end = futures::stream::once(was_cut).filter_map(|cut| async { cut.ok().map(Err) });
    ReceiverStream::new(told).chain(end)
}

fn not_read(unread: Duration) -> Status {
    let problem = format!("an answer was not read for {} s", unread.as_secs());
    machinery("WATCH_NOT_READ", &problem)
}

struct Watcher<D: Decider, L> {
    host: Host<D>,
    changes: watch::Receiver<Revision>,
    look: L,
    ended: bool,
    /// When it may look again.
    looks_at: Instant,
    _place: Place,
}

impl<D: Decider, L> Watcher<D, L> {
    fn states<T>(self) -> impl Stream<Item = Result<T, Status>>
    where
        L: FnMut(&RoomState<D>, Revision) -> Seen<T>,
    {
        futures::stream::unfold(self, |mut watcher| async {
            let next = watcher.next().await?;
            Some((next, watcher))
        })
    }

    async fn next<T>(&mut self) -> Option<Result<T, Status>>
    where
        L: FnMut(&RoomState<D>, Revision) -> Seen<T>,
    {
        while !self.ended {
            tokio::time::sleep_until(self.looks_at).await;
            let next = Instant::now().checked_add(LOOK_PAUSE);
            self.looks_at = next.unwrap_or(self.looks_at);
            // Before the look: a fold in between is seen at the next one.
            self.changes.mark_unchanged();
            let seen = match self.host.look(&mut self.look) {
                Ok(seen) => seen,
                Err(broken) => {
                    self.ended = true;
                    return Some(Err(broken.into()));
                }
            };
            match seen {
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

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_told_and_cut_and_who_reads_slowly_is_not() {
        let unread = Duration::from_secs(30);
        let answers = || {
            futures::stream::iter(0..10)
                .map(Ok)
                .chain(futures::stream::pending())
        };

        let mut slow = pin!(while_read(answers(), unread));
        for expected in 0..10 {
            tokio::time::sleep(Duration::from_secs(20)).await;
            assert_eq!(slow.next().await.unwrap().unwrap(), expected);
        }

        let mut stopped = pin!(while_read(answers(), unread));
        assert_eq!(stopped.next().await.unwrap().unwrap(), 0);
        tokio::time::sleep(Duration::from_secs(60)).await;
        // The one that was kept is read, then the reason, then nothing.
        assert_eq!(stopped.next().await.unwrap().unwrap(), 1);
        let status = stopped.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), tonic::Code::Aborted);
        assert!(status.message().contains("not read for 30 s; watch again"));
        assert!(stopped.next().await.is_none());
    }
}
