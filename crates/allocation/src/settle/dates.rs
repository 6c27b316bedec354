//! Who must be told another date. Between two breakpoints of supply all lines from which as much
//! is kept share one quote; the tree finds those whose told date may not stand beside it. Must not
//! know places.

use std::ops::Bound;

use super::Pass;
use crate::entry::class_bit;
use crate::promise::{PromiseTolerance, promised};
use crate::queue_key::QueueKey;
use crate::sku_state::SkuState;
use crate::supply::Step;
use domain::event::{Effect, Promised};
use domain::exact::Exact;

impl<'a> Pass<'a> {
    /// Tells dates anew, at most so many.
    pub(super) fn promise(&mut self, sku_state: &'a SkuState, share: usize) {
        let curve = sku_state.supply().curve(self.now);
        let mut left = share;
        let all =
            if let Some(protection_levels) = self.state.sourcing().protection_levels(sku_state) {
                let classes = sku_state.queue().total().classes;
                let mut kept = protection_levels
                    .to_come_by_class(classes, sku_state.free())
                    .into_iter();
                kept.all(|these| self.promise_those(sku_state, &curve, these, &mut left))
            } else {
                self.promise_those(sku_state, &curve, (0, u32::MAX), &mut left)
            };
        self.at_rest &= all;
    }

    /// The same to lines of these classes, from which so much of what comes is kept. False: not to
    /// all of them.
    fn promise_those(
        &mut self,
        sku_state: &'a SkuState,
        curve: &[Step<'_>],
        (kept, classes): (u64, u32),
        left: &mut usize,
    ) -> bool {
        let mut from: Option<QueueKey> = None;
        let mut covered = 0_u64;
        // One stretch of lines an inbound, and one behind them all.
        for index in 0..=curve.len() {
            let until = match curve.get(index) {
                Some(step) => {
                    let past = |units: u64| units.plus(kept) > step.sum;
                    let past = sku_state.queue().partition(|sum| past(sum.units));
                    past.map(|(_, entry)| entry.queue_key)
                }
                None => None,
            };
            let quote = sku_state.quote(curve, covered.plus(1), self.now);
            let tolerance = PromiseTolerance::beside(&quote, self.now);
            let mut next = from.map_or(Bound::Unbounded, Bound::Included);
            while let Some(entry) = sku_state.queue().find(
                next,
                until,
                |sum| sum.classes & classes != 0 && tolerance.may_not(sum),
                |entry| {
                    class_bit(entry.class) & classes != 0
                        && tolerance.is_not(entry.promised, entry.at)
                },
            ) {
                if *left == 0 || self.batch.is_full(1) {
                    return false;
                }
                next = Bound::Excluded(entry.queue_key);
                *left = left.minus(1);
                if let Some((open, line)) = self.line(entry.queue_key, entry.order) {
                    let effect = Effect::Promised(Promised {
                        order: open.id(),
                        line: line.number,
                        sku: sku_state.sku().clone(),
                        promise: quote.clone(),
                        was: promised(&entry, &self.state.purchases),
                    });
                    self.batch.push([effect]);
                }
            }
            let Some(until) = until else {
                return true;
            };
            covered = curve.get(index).map_or(covered, |step| step.sum);
            from = Some(until);
        }
        true
    }
}
