//! Who must be told another date. Between two breakpoints of supply all lines from which as much
//! is kept share one quote; the tree finds those whose told date may not stand beside it. Must not
//! know places.

use std::ops::Bound;

use super::Pass;
use crate::entry::class_bit;
use crate::measures::Day;
use crate::promise::{PromiseTolerance, promised};
use crate::queue_key::QueueKey;
use crate::sku_state::SkuState;
use crate::supply::Step;
use domain::event::{Effect, Promised};
use domain::exact::Exact;

/// Lines that are told dates alike.
#[derive(Clone, Copy)]
struct Those {
    /// Units of what comes that are kept from them.
    kept: u64,
    /// Their classes, by bit.
    classes: u32,
    /// They may take stock from a day of these on.
    days: (Day, Day),
}

impl<'a> Pass<'a> {
    /// Tells dates anew, at most so many.
    pub(super) fn promise(&mut self, sku_state: &'a SkuState, share: usize) {
        let curve = sku_state.supply().curve(self.now);
        let mut left = share;
        let kept = match self.state.sourcing().protection_levels(sku_state) {
            Some(protection_levels) => {
                let classes = sku_state.queue().total().classes;
                protection_levels.to_come_by_class(classes, sku_state.free())
            }
            None => [(0, u32::MAX)].into(),
        };
        let those = kept.into_iter().flat_map(|(kept, classes)| {
            let days = self.days(sku_state).into_iter();
            days.map(move |days| Those {
                kept,
                classes,
                days,
            })
        });
        let all = those
            .collect::<Vec<Those>>()
            .into_iter()
            .all(|those| self.promise_those(sku_state, &curve, those, &mut left));
        self.at_rest &= all;
    }

    /// The days from which lines may take stock: those that have come as one, each that has not on
    /// its own, since no date before it is told.
    fn days(&self, sku_state: &SkuState) -> Vec<(Day, Day)> {
        let later = sku_state.later().keys().filter(|day| **day > self.today);
        let come = std::iter::once((Day::default(), self.today));
        come.chain(later.map(|day| (*day, *day))).collect()
    }

    /// The same to some lines. False: not to all of them.
    fn promise_those(
        &mut self,
        sku_state: &'a SkuState,
        curve: &[Step<'_>],
        those: Those,
        left: &mut usize,
    ) -> bool {
        let Those {
            kept,
            classes,
            days,
        } = those;
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
            let quote = self.state.quoted_from(days.0, quote, self.now);
            let tolerance = PromiseTolerance::beside(&quote, self.now);
            let opens_at = self.state.opens_at(days.0, self.now);
            let tolerance = opens_at.map_or(tolerance, |at| tolerance.not_before(at));
            let mut next = from.map_or(Bound::Unbounded, Bound::Included);
            while let Some(entry) = sku_state.queue().find(
                next,
                until,
                |sum| sum.classes & classes != 0 && sum.opens_in(days) && tolerance.may_not(sum),
                |entry| {
                    class_bit(entry.class) & classes != 0
                        && (days.0..=days.1).contains(&entry.from)
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
