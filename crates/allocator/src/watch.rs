//! Callers who watch an order's dates. Nothing is buffered: who reads slowly misses states in
//! between, never the last one.

use allocation::Allocator;
use api::allocator::v1;
use chassis::{Host, QueryError};
use domain::decider::Decider;
use domain::ids::{OrderId, Revision};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tonic::Status;

use crate::answer::Dates;

/// One caller who watches one order, and what they were told last.
struct Watcher {
    host: Host<Allocator>,
    order: OrderId,
    line: u32,
    changes: watch::Receiver<Revision>,
    told: Option<Vec<v1::LinePromise>>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// The lines now, then again whenever they have changed, until nothing of them waits; or until the
/// order, which is known now, is closed.
pub fn stream(
    host: Host<Allocator>,
    order: OrderId,
    line: u32,
    permit: OwnedSemaphorePermit,
) -> BoxStream<'static, Result<v1::WatchPromiseResponse, Status>> {
    let watcher = Watcher {
        changes: host.changes(),
        host,
        order,
        line,
        told: None,
        ended: false,
        _permit: permit,
    };
    futures::stream::unfold(watcher, |mut watcher| async {
        let next = watcher.next().await?;
        Some((next, watcher))
    })
    .boxed()
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<v1::WatchPromiseResponse, Status>> {
        while !self.ended {
            self.changes.mark_unchanged();
            let now = self.host.now();
            let (seen, revision) = self.host.read_at(|allocator, revision| {
                let dates = Dates { allocator, now };
                (dates.lines(&self.order, self.line), revision.0)
            });
            let lines = match seen {
                Ok(lines) => lines,
                // It was there when the watch began: by now it is closed.
                Err(_unknown) => {
                    self.ended = true;
                    return Some(Ok(v1::WatchPromiseResponse {
                        lines: Vec::new(),
                        revision,
                        closed: true,
                    }));
                }
            };
            if !self.told.as_ref().is_some_and(|told| is_same(told, &lines)) {
                self.ended = lines.iter().all(is_done);
                self.told = Some(lines.clone());
                return Some(Ok(v1::WatchPromiseResponse {
                    lines,
                    revision,
                    closed: false,
                }));
            }
            if self.changes.changed().await.is_err() {
                self.ended = true;
                return Some(Err(QueryError::Stopped(Allocator::ROOM).into()));
            }
        }
        None
    }
}

const fn is_done(line: &v1::LinePromise) -> bool {
    line.undecided == 0 && line.backordered == 0
}

/// Nothing is news. What is worked out anew at every moment counts by its day: an estimate of
/// now is later a moment later.
fn is_same(told: &[v1::LinePromise], seen: &[v1::LinePromise]) -> bool {
    told.len() == seen.len()
        && told
            .iter()
            .zip(seen)
            .all(|(one, other)| gist(one) == gist(other))
}

fn gist(line: &v1::LinePromise) -> v1::LinePromise {
    let day = |time: Option<prost_types::Timestamp>| {
        time.map(|time| prost_types::Timestamp {
            seconds: time.seconds.div_euclid(DAY_S),
            nanos: 0,
        })
    };
    let coarse = |promise: &mut v1::Promise| {
        promise.p50 = day(promise.p50);
        promise.p90 = day(promise.p90);
    };
    let mut gist = line.clone();
    gist.promise.iter_mut().for_each(coarse);
    gist.current.iter_mut().for_each(coarse);
    if let Some(current) = &mut gist.current {
        current.at = day(current.at);
    }
    gist
}

/// Seconds in a day.
const DAY_S: i64 = 86_400;
