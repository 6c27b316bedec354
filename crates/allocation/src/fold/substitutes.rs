//! What is taken instead of what waits. Must not know stock.

use crate::Allocator;
use crate::line::OpenLine;
use crate::measures::Happened;
use domain::decider::Recorded;
use domain::demand::Tally;
use domain::event::SubstituteAccepted;

impl Allocator {
    /// Units of one line are given up for a new line of another SKU.
    pub(crate) fn substitute_accepted(
        &mut self,
        recorded: Recorded,
        accepted: &SubstituteAccepted,
    ) {
        let Some(at) = self.book.at(accepted.order.text(), accepted.line) else {
            return;
        };
        let (slot, revision) = (at.0, recorded.position.revision);
        let complete_only = self.book.line(at).is_some_and(|it| it.complete_only);
        self.count(at, revision, Happened::Substituted, |tally| {
            tally.exchange(accepted.quantity);
        });
        let open = self.book.order(slot);
        let last = open.and_then(|open| self.book.lines_of(open).last());
        if last.is_none_or(|last| last.number >= accepted.new_line) {
            return;
        }
        let sku_state = self.sku_states.number(&accepted.sku);
        let line = OpenLine {
            number: accepted.new_line,
            sku_state,
            unit_price_minor: accepted.unit_price_minor,
            tally: Tally::new(accepted.quantity),
            complete_only,
            ..OpenLine::default()
        };
        if let Some(index) = self.book.add_substitute(slot, line) {
            self.come((slot, index), revision);
            self.ask_siblings(slot, revision);
            self.block_lines(slot);
        }
    }
}
