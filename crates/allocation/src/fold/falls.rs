//! An order that goes whole or not at all, and of which a line was refused: its other lines are
//! refused with it, at the next turn of their SKUs. Must not know why the line was refused.

use crate::Allocator;
use crate::agenda::Cause;
use crate::delta::LineDelta;
use crate::measures::Happened;
use domain::event::{Effect, RefuseReason};
use domain::ids::Revision;

impl Allocator {
    /// A line of an order was refused, or one came after that.
    pub(super) fn fall_with_others(&mut self, slot: u32, revision: Revision) {
        let open = self.book.order(slot);
        let Some(open) = open.filter(|open| self.book.falls(slot, open)) else {
            return;
        };
        let mut lines = self.book.lines_of(open).iter();
        if !lines.any(|line| line.tally.refused > 0) {
            return;
        }
        for index in 0..open.count {
            let line = self.book.line((slot, index));
            if let Some(line) = line.filter(|line| line.tally.wanted() > 0) {
                let number = line.sku_state;
                self.falls.mark(number, (slot, index), self.folding.source);
                self.ask(number, Cause::Marked, revision);
            }
        }
    }

    /// Others were told dates in the same event behind lines that were about to wait, and fell.
    pub(super) fn ask_behind_fallen(&mut self, revision: Revision, effects: &[Effect]) {
        for (index, effect) in (0_u32..).zip(effects) {
            if let Effect::Refused(it) = effect
                && it.why == RefuseReason::OrderWhole
                && let Some(number) = self.sku_states.find(it.sku.text())
            {
                self.folding.effect(index, false);
                self.ask(number, Cause::Days, revision);
            }
        }
    }

    /// A line changed: of one of which nothing is wanted any more, nothing is left to refuse.
    pub(super) fn follow_falls(&mut self, delta: &LineDelta) {
        if self.falls.is_empty() {
            return;
        }
        let line = self.book.line(delta.at);
        let wanted = line.is_some_and(|line| line.tally.wanted() > 0);
        if !wanted || delta.happened == Happened::Closed {
            self.falls.clear(delta.sku, delta.at);
        }
    }
}
