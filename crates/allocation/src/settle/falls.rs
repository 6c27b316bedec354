//! An order that goes whole or not at all, of which a line is refused: what was about to wait
//! beside it is refused in the same event, so that its customer hears of it once. Must not know why
//! the line was refused.

use std::collections::BTreeSet;

use super::Pass;
use domain::event::{Effect, RefuseReason, Refused};
use domain::ids::OrderId;

impl Pass<'_> {
    /// Lines that come with a refused one of their order are refused with it. Those on which was
    /// decided before, or is later, follow by themselves.
    pub(super) fn fall_together(&mut self) {
        let refused = self.batch.effects.iter().filter_map(|effect| match effect {
            Effect::Refused(it) => Some(&it.order),
            Effect::Assigned(_)
            | Effect::Released(_)
            | Effect::Backordered(_)
            | Effect::Offered(_)
            | Effect::Promised(_) => None,
        });
        let falls: BTreeSet<OrderId> = refused.filter(|order| self.falls(order)).cloned().collect();
        if falls.is_empty() {
            return;
        }
        self.batch.replace(|effect| {
            if !falls.contains(effect.order()) {
                return Some(effect);
            }
            let quantity = match &effect {
                Effect::Backordered(it) => it.quantity,
                Effect::Offered(it) => it.quantity,
                // Nobody is owed a date any more.
                Effect::Promised(_) => return None,
                Effect::Assigned(_) | Effect::Released(_) | Effect::Refused(_) => {
                    return Some(effect);
                }
            };
            Some(Effect::Refused(Refused {
                order: effect.order().clone(),
                line: effect.line(),
                sku: effect.sku().clone(),
                quantity,
                why: RefuseReason::OrderWhole,
                limit: None,
            }))
        });
    }

    /// An open order that is refused whole once a line of it is.
    fn falls(&self, order: &OrderId) -> bool {
        let book = &self.state.book;
        let slot = book.find(order.text());
        let open = slot.and_then(|slot| Some((slot, book.order(slot)?)));
        open.is_some_and(|(slot, open)| book.falls(slot, open))
    }
}
