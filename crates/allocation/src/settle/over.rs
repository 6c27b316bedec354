//! Offers that nobody has accepted in time: what still waits of them is refused. Must not know
//! stock.

use super::Pass;
use crate::shelf::Shelf;
use domain::event::{Effect, RefuseReason, Refused};

impl Pass<'_> {
    /// Refuses what was offered and has not been accepted. False: not all of it fitted.
    pub(super) fn refuse_over(&mut self, number: u32, shelf: &Shelf) -> bool {
        let state = self.state;
        if state.offers.is_empty() {
            return true;
        }
        for at in state.offers.over(number, self.now) {
            let (Some(open), Some(line)) = (state.book.order(at.0), state.book.line(at)) else {
                continue;
            };
            if self.sink.is_full(1) {
                return false;
            }
            self.sink.push(Effect::Refused(Refused {
                order: open.id(),
                line: line.number,
                sku: shelf.sku.clone(),
                quantity: line.tally.backordered(),
                why: RefuseReason::Substitutable,
            }));
        }
        true
    }

    /// SKUs of which an offer is over, that were not touched.
    pub(super) fn refuse_all_over(&mut self) {
        let state = self.state;
        let mut last = None;
        for number in state.offers.shelves(self.now) {
            let shelf = state.shelves.get(number);
            let Some(shelf) = shelf.filter(|_| last.replace(number) != Some(number)) else {
                continue;
            };
            // One that was touched has been looked at, or is in line to be; of one of which some
            // was given out, it is known when that stands on the log who still waits.
            let given = self.desks.get(&number).is_some_and(|desk| desk.used > 0);
            if shelf.touch.is_none() && (given || !self.refuse_over(number, shelf)) {
                self.at_rest = false;
                return;
            }
        }
    }
}
