//! Who must be told another date. Between two breakpoints of supply all lines from which as much
//! is kept share one quote; the tree finds those whose told date may not stand beside it. Must not
//! know places.

use std::ops::Bound;

use super::Pass;
use super::desk::quote;
use crate::entry::class_bit;
use crate::promise::{Standing, told};
use crate::shelf::Shelf;
use crate::supply::Step;
use crate::turn::Turn;
use domain::event::{Effect, Promised};

impl<'a> Pass<'a> {
    /// Tells dates anew, at most so many.
    pub(super) fn tell(&mut self, shelf: &'a Shelf, share: usize) {
        let curve = shelf.supply.curve(self.now);
        let mut left = share;
        let all = if let Some(floors) = self.state.floors(shelf) {
            let classes = shelf.queue.total().classes;
            let mut kept = floors.to_come_by_class(classes, shelf.free()).into_iter();
            kept.all(|these| self.tell_those(shelf, &curve, these, &mut left))
        } else {
            self.tell_those(shelf, &curve, (0, u32::MAX), &mut left)
        };
        self.at_rest &= all;
    }

    /// The same to lines of these classes, from which so much of what comes is kept. False: not to
    /// all of them.
    fn tell_those(
        &mut self,
        shelf: &'a Shelf,
        curve: &[Step<'_>],
        (kept, classes): (u64, u32),
        left: &mut usize,
    ) -> bool {
        let mut from: Option<Turn> = None;
        let mut covered = 0_u64;
        // One stretch of lines an inbound, and one behind them all.
        for index in 0..=curve.len() {
            let until = match curve.get(index) {
                Some(step) => {
                    let past = |units: u64| units.saturating_add(kept) > step.sum;
                    let past = shelf.queue.partition(|sum| past(sum.units));
                    past.map(|(_, entry)| entry.turn)
                }
                None => None,
            };
            let quote = quote(shelf, curve, covered.saturating_add(1), self.now);
            let standing = Standing::beside(&quote, self.now);
            let mut next = from.map_or(Bound::Unbounded, Bound::Included);
            while let Some(entry) = shelf.queue.find(
                next,
                until,
                |sum| sum.classes & classes != 0 && standing.may_not(sum),
                |entry| {
                    class_bit(entry.class) & classes != 0 && standing.is_not(entry.told, entry.at)
                },
            ) {
                if *left == 0 || self.sink.is_full(1) {
                    return false;
                }
                next = Bound::Excluded(entry.turn);
                *left = left.saturating_sub(1);
                if let Some((open, line)) = self.line(entry.turn, entry.order) {
                    let effect = Effect::Promised(Promised {
                        order: open.id(),
                        line: line.number,
                        sku: shelf.sku.clone(),
                        promise: quote.clone(),
                        was: told(&entry, &self.state.purchases),
                    });
                    self.sink.push(effect);
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
