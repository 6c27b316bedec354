//! What is offered instead of what waits, and what is taken of it. Must not know stock.

use crate::Allocator;
use crate::entry::{Heard, PromiseBasis};
use crate::line::OpenLine;
use crate::measures::Happened;
use domain::decider::Recorded;
use domain::demand::Tally;
use domain::event::SubstituteAccepted;
use domain::ids::Timestamp;

impl Allocator {
    /// Units of one line are given up for a new line of another SKU.
    pub(crate) fn substitute_accepted(
        &mut self,
        recorded: Recorded<'_>,
        accepted: &SubstituteAccepted,
    ) {
        let Some(slot) = self.book.find(accepted.order.as_str()) else {
            return;
        };
        let Some(index) = self.book.index_of(slot, accepted.line) else {
            return;
        };
        let revision = recorded.position.revision;
        let complete_only = self
            .book
            .line((slot, index))
            .is_some_and(|it| it.complete_only);
        let mut tally = Tally::default();
        self.count((slot, index), revision, Happened::Else, |line| {
            tally = line.substitute(accepted.quantity);
        });
        self.wanted_less((slot, index), revision);
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
            tally,
            complete_only,
            ..OpenLine::default()
        };
        if let Some(index) = self.book.add_line(slot, line) {
            // A rank follows from what was ordered, not from what was taken instead.
            let extra = self.book.extra_mut(slot);
            let units = i64::from(line.tally.quantity);
            let value = line.unit_price_minor.saturating_mul(units);
            extra.substituted_minor = extra.substituted_minor.saturating_add(value);
            self.come((slot, index), sku_state, revision);
            self.touch_siblings(slot, revision);
            self.rebar(slot);
        }
    }

    /// Something else was offered for what waits of a line: it is told no date meanwhile.
    pub(super) fn offered(&mut self, at: (u32, u16), until: Timestamp) {
        let waits = self.book.line(at).filter(|it| it.tally.backordered() > 0);
        if let Some(number) = waits.map(|line| line.sku_state) {
            self.offers.open(at, number, until);
            let promised = PromiseBasis::Offer;
            self.hear(
                at,
                Heard {
                    promised,
                    date: None,
                },
            );
        }
    }
}
