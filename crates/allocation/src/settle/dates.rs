//! Whose told date may not stand beside what is on its way. Between two breakpoints of supply all
//! lines from which as much is kept share one quote; the tree finds those whose told date may not
//! stand beside it. Must not know places, nor what becomes of it.

use std::ops::Bound;

use super::Pass;
use crate::Allocator;
use crate::entry::{Waiting, class_bit};
use crate::measures::Day;
use crate::promise::{self, PromiseTolerance, promised};
use crate::queue_key::QueueKey;
use crate::sku_state::SkuState;
use crate::supply::{Step, Supply};
use domain::event::{Effect, Promise, Promised};
use domain::exact::Exact;
use domain::ids::Timestamp;

/// The dates of one SKU beside what is, or might be, on its way.
pub(crate) struct Dates<'a> {
    state: &'a Allocator,
    sku_state: &'a SkuState,
    curve: Vec<Step<'a>>,
    /// In which whoever comes behind the curve is quoted.
    lead_time_days: Option<u32>,
    now: Timestamp,
    today: Day,
}

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

impl<'a> Dates<'a> {
    pub fn of(
        state: &'a Allocator,
        sku_state: &'a SkuState,
        supply: &'a Supply,
        (now, today): (Timestamp, Day),
    ) -> Self {
        let lead_time_days = sku_state.lead_time_days();
        Self {
            state,
            sku_state,
            curve: supply.curve(now),
            // What nobody has dated covers whoever comes after what is dated.
            lead_time_days: lead_time_days.filter(|_| !supply.has_undated()),
            now,
            today,
        }
    }

    /// Names each line whose told date may not stand, with what it would be told, until somebody
    /// has heard enough. False: they had.
    pub fn moved(&self, mut tell: impl FnMut(&Waiting, &Promise) -> bool) -> bool {
        let kept = match self.state.sourcing().protection_levels(self.sku_state) {
            Some(protection_levels) => {
                let classes = self.sku_state.queue().total().classes;
                protection_levels.to_come_by_class(classes, self.sku_state.free())
            }
            None => [(0, u32::MAX)].into(),
        };
        for (kept, classes) in kept {
            for days in self.days() {
                let those = Those {
                    kept,
                    classes,
                    days,
                };
                if !self.moved_of(those, &mut tell) {
                    return false;
                }
            }
        }
        true
    }

    /// The days from which lines may take stock: those that have come as one, each that has not on
    /// its own, since no date before it is told.
    fn days(&self) -> Vec<(Day, Day)> {
        let later = self.sku_state.later().keys();
        let later = later.filter(|day| **day > self.today);
        let come = std::iter::once((Day::default(), self.today));
        come.chain(later.map(|day| (*day, *day))).collect()
    }

    /// The same of some lines.
    fn moved_of(&self, those: Those, tell: &mut impl FnMut(&Waiting, &Promise) -> bool) -> bool {
        let Those {
            kept,
            classes,
            days,
        } = those;
        let queue = self.sku_state.queue();
        let mut from: Option<QueueKey> = None;
        let mut covered = 0_u64;
        // One stretch of lines an inbound, and one behind them all.
        for index in 0..=self.curve.len() {
            let until = match self.curve.get(index) {
                Some(step) => {
                    let past = |units: u64| units.plus(kept) > step.sum;
                    let past = queue.partition(|sum| past(sum.units));
                    past.map(|(_, entry)| entry.queue_key)
                }
                None => None,
            };
            let units = covered.plus(1);
            let quote = promise::quote(&self.curve, self.lead_time_days, units, self.now);
            let quote = self.state.quoted_from(days.0, quote, self.now);
            let tolerance = PromiseTolerance::beside(&quote, self.now);
            let opens_at = self.state.opens_at(days.0, self.now);
            let tolerance = opens_at.map_or(tolerance, |at| tolerance.not_before(at));
            let mut next = from.map_or(Bound::Unbounded, Bound::Included);
            while let Some(entry) = queue.find(
                next,
                until,
                |sum| sum.classes & classes != 0 && sum.opens_in(days) && tolerance.may_not(sum),
                |entry| {
                    class_bit(entry.class) & classes != 0
                        && (days.0..=days.1).contains(&entry.from)
                        && tolerance.is_not(entry.promised, entry.at)
                },
            ) {
                next = Bound::Excluded(entry.queue_key);
                if !tell(&entry, &quote) {
                    return false;
                }
            }
            let Some(until) = until else {
                return true;
            };
            covered = self.curve.get(index).map_or(covered, |step| step.sum);
            from = Some(until);
        }
        true
    }
}

impl<'a> Pass<'a> {
    /// Tells dates anew, at most so many.
    pub(super) fn promise(&mut self, sku_state: &'a SkuState, share: usize) {
        let state = self.state;
        let dates = Dates::of(state, sku_state, sku_state.supply(), (self.now, self.today));
        let mut left = share;
        let all = dates.moved(|entry, quote| {
            if left == 0 || self.batch.is_full(1) {
                return false;
            }
            left = left.minus(1);
            if let Some((open, line)) = self.line(entry.queue_key, entry.order) {
                let effect = Effect::Promised(Promised {
                    order: open.id(),
                    line: line.number,
                    sku: sku_state.sku().clone(),
                    promise: quote.clone(),
                    was: promised(entry, &state.purchases),
                });
                self.batch
                    .push((entry.order, entry.queue_key.index()), [effect]);
            }
            true
        });
        self.at_rest &= all;
    }
}
