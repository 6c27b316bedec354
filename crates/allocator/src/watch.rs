//! When the promises of a watched order have changed since its caller received them.

use allocation::Allocator;
use api::allocator::v1;
use chassis::{Host, Seen};
use domain::ids::{OrderId, Revision};

use crate::answer::Dates;

/// A watched order, or one line of it, and the promises that the caller received last.
pub struct Watched {
    order: OrderId,
    line: u32,
    received: Option<Vec<v1::LinePromise>>,
    host: Host<Allocator>,
}

impl Watched {
    /// The caller has received nothing yet. The order is known now.
    pub const fn new(order: OrderId, line: u32, host: Host<Allocator>) -> Self {
        Self {
            order,
            line,
            received: None,
            host,
        }
    }

    /// The lines whenever they have changed, until nothing of them waits; or until the order is
    /// closed.
    pub fn look(
        &mut self,
        allocator: &Allocator,
        revision: Revision,
    ) -> Seen<v1::WatchPromiseResponse> {
        let now = self.host.now();
        let dates = Dates { allocator, now };
        // The order was known when the watch began: by now it is closed.
        let Ok(lines) = dates.lines(&self.order, self.line) else {
            return Seen::Last(answer(Vec::new(), revision, true));
        };
        let received = self.received.as_deref();
        if received.is_some_and(|received| is_same(received, &lines)) {
            return Seen::Same;
        }
        self.received = Some(lines.clone());
        let ended = lines.iter().all(is_done);
        let answer = answer(lines, revision, false);
        if ended {
            Seen::Last(answer)
        } else {
            Seen::Next(answer)
        }
    }
}

const fn answer(
    lines: Vec<v1::LinePromise>,
    revision: Revision,
    closed: bool,
) -> v1::WatchPromiseResponse {
    v1::WatchPromiseResponse {
        lines,
        revision: revision.0,
        closed,
    }
}

const fn is_done(line: &v1::LinePromise) -> bool {
    line.undecided == 0 && line.backordered == 0
}

/// Nothing has changed. Dates that are calculated from the present moment count by their day: an
/// estimate moves with every moment.
fn is_same(received: &[v1::LinePromise], seen: &[v1::LinePromise]) -> bool {
    received.len() == seen.len()
        && received
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
