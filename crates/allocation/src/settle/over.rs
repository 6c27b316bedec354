//! Offers that nobody has accepted in time: what still waits of them is refused. Must not know
//! stock.

use super::Pass;
use crate::sku_state::SkuState;
use domain::event::{Effect, RefuseReason, Refused};

impl Pass<'_> {
    /// Refuses what was offered and has not been accepted. False: not all of it fitted.
    pub(super) fn refuse_over(&mut self, number: u32, sku_state: &SkuState) -> bool {
        let state = self.state;
        if state.offers.is_empty() {
            return true;
        }
        for at in state.offers.over(number, self.now) {
            let (Some(open), Some(line)) = (state.book.order(at.0), state.book.line(at)) else {
                continue;
            };
            if self.batch.is_full(1) {
                return false;
            }
            let refused = Effect::Refused(Refused {
                order: open.id(),
                line: line.number,
                sku: sku_state.sku().clone(),
                quantity: line.tally.backordered(),
                why: RefuseReason::Substitutable,
                limit: None,
            });
            self.batch.push(at, [refused]);
        }
        true
    }

    /// SKUs of which an offer is over, that were not touched.
    pub(super) fn refuse_all_over(&mut self) {
        let state = self.state;
        let mut last = None;
        for number in state.offers.sku_states(self.now) {
            let sku_state = state.sku_states.get(number);
            let Some(sku_state) = sku_state.filter(|_| last.replace(number) != Some(number)) else {
                continue;
            };
            // One that was touched has been looked at, or is in line to be; of one of which some
            // was given out, it is known when that stands on the log who still waits.
            let given = self
                .plans
                .get(&number)
                .is_some_and(|plan| plan.size.effects > 0);
            let looked_at = state.agenda.touch(number).is_some() || self.repaired.contains(&number);
            if !looked_at && (given || !self.refuse_over(number, sku_state)) {
                self.at_rest = false;
                return;
            }
        }
    }
}
