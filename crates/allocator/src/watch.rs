//! The dates of an order's lines, and callers who watch them. Nothing is buffered: who reads
//! slowly misses states in between, never the last one.

use api::allocator::v1;
use chassis::{Host, QueryError, refused};
use domain::allocator::{Allocator, AllocatorRefusal, MAX_EXPLAINED};
use domain::decider::Decider;
use domain::ids::{OrderId, Revision};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tonic::Status;

use crate::answer;

/// A line of an order with its dates, or all of them (0), at most [`MAX_EXPLAINED`].
pub fn lines(
    allocator: &Allocator,
    order: &OrderId,
    line: u32,
) -> Result<Vec<v1::LinePromise>, AllocatorRefusal> {
    let (_, found) = allocator.order(order)?;
    let wanted = found
        .lines
        .iter()
        .filter(|other| line == 0 || other.line == line)
        .take(MAX_EXPLAINED);
    let told = wanted.map(|line| {
        let told = allocator.promise(order, line.line)?;
        Ok(answer::line_promise(
            line.line,
            line.tally.undecided(),
            &told,
        ))
    });
    let told: Vec<_> = told.collect::<Result<_, _>>()?;
    if line > 0 && told.is_empty() {
        let order = order.clone();
        return Err(AllocatorRefusal::UnknownLine { order, line });
    }
    Ok(told)
}

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

/// The lines now, then again whenever they have changed, until nothing of them waits.
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
            let (seen, revision) = self.host.read_at(|allocator, revision| {
                (lines(allocator, &self.order, self.line), revision.0)
            });
            let lines = match seen {
                Ok(lines) => lines,
                // It was there when the watch began: by now it is closed.
                Err(_closed) if self.told.is_some() => return None,
                Err(refusal) => {
                    self.ended = true;
                    return Some(Err(refused(&refusal)));
                }
            };
            if self.told.as_ref() != Some(&lines) {
                self.ended = lines.iter().all(is_done);
                self.told = Some(lines.clone());
                return Some(Ok(v1::WatchPromiseResponse { lines, revision }));
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
