//! An order that goes whole or not at all, and of which a line was refused: its other lines are
//! refused with it, at the next turn of their SKUs. Must not know why the line was refused.

use crate::Allocator;
use crate::agenda::Cause;
use crate::delta::LineDelta;
use crate::measures::Happened;
use domain::ids::Revision;

impl Allocator {
    /// A line of an order was refused, or one came after that.
    pub(super) fn fall_with_others(&mut self, slot: u32, revision: Revision) {
        let Some(open) = self.book.order(slot).filter(|open| open.ship_complete) else {
            return;
        };
        let extra = self.book.extra(slot);
        let mut lines = self.book.lines_of(open).iter();
        let falls = lines.any(|line| line.tally.refused > 0);
        if !falls || extra.is_some_and(|extra| extra.rest_may_go) {
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

    /// A line changed: of one of which nothing is wanted any more, nothing is left to refuse.
    pub(super) fn follow_falls(&mut self, delta: &LineDelta) {
        let line = self.book.line(delta.at);
        let wanted = line.is_some_and(|line| line.tally.wanted() > 0);
        if !wanted || delta.happened == Happened::Closed {
            self.falls.clear(delta.sku, delta.at);
        }
    }
}
