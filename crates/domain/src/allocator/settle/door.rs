//! What happens to lines that have come and were not wholly served from stock: they wait, or are
//! refused, and hear why or until when. Must not know stock.

use super::Pass;
use crate::allocator::line::{Line, Order};
use crate::allocator::rank::Rank;
use crate::allocator::view::View;
use crate::event::{Backordered, Effect, Promise, Promised, RefuseReason, Refused, Segment};
use crate::ids::{DAY_MS, Timestamp};

/// What a line that is not served from stock is told.
pub(in crate::allocator) enum Verdict {
    /// It waits, until this date.
    Wait(Promise),
    /// It does not.
    Refuse(RefuseReason),
}

/// Units that would wait at this rank: whether they may, and until when.
pub(in crate::allocator) fn verdict(
    view: &View<'_>,
    ahead: u64,
    units: u32,
    now: Timestamp,
) -> Verdict {
    let Some(policy) = view.policy() else {
        return Verdict::Refuse(RefuseReason::UnknownItem);
    };
    let (cap, longest_wait_days) = match &policy.segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => (*cap, *longest_wait_days),
        Segment::Substitutable { .. } => return Verdict::Refuse(RefuseReason::Substitutable),
        Segment::StockOnly => return Verdict::Refuse(RefuseReason::StockOnly),
    };
    let units = u64::from(units);
    if view.waiting().saturating_add(units) > u64::from(cap) {
        return Verdict::Refuse(RefuseReason::CapReached);
    }
    let promise = view.quote(ahead.saturating_add(units), now).promise;
    let longest = i64::from(longest_wait_days).saturating_mul(DAY_MS);
    if promise.at().is_some_and(|at| at.ms_since(now) > longest) {
        return Verdict::Refuse(RefuseReason::WaitTooLong);
    }
    Verdict::Wait(promise)
}

impl<'a> Pass<'a> {
    /// Decides on every line at the door, best rank first.
    pub(super) fn door(&mut self) -> bool {
        for (_, shelf) in self.touched.clone() {
            for rank in shelf.door.keys() {
                let Some((order, line)) = self.line(*rank) else {
                    continue;
                };
                let wanted = self.wanted(*rank, line);
                if wanted == 0 {
                    continue;
                }
                let mut group = self.taken.remove(rank).unwrap_or_default();
                group.extend(self.decide(*rank, order, line, wanted));
                if !self.sink.push(group) {
                    return false;
                }
            }
        }
        true
    }

    fn decide(&mut self, rank: Rank, order: &Order, line: &Line, quantity: u32) -> Vec<Effect> {
        let (order, sku) = (order.id.clone(), line.sku.clone());
        let line = line.line;
        let Some(view) = self.views.get_mut(&sku) else {
            return Vec::new();
        };
        let ahead = view.ahead(rank);
        match verdict(view, ahead, quantity, self.now) {
            Verdict::Refuse(why) => {
                vec![Effect::Refused(Refused {
                    order,
                    line,
                    sku,
                    quantity,
                    why,
                })]
            }
            Verdict::Wait(promise) => {
                view.waits(rank, quantity);
                view.told.insert(rank);
                let effective = rank.effective;
                let waits = Backordered {
                    order: order.clone(),
                    line,
                    sku: sku.clone(),
                    quantity,
                    effective,
                    ahead,
                };
                let promised = Promised {
                    order,
                    line,
                    sku,
                    promise,
                    was: None,
                };
                vec![Effect::Backordered(waits), Effect::Promised(promised)]
            }
        }
    }
}
