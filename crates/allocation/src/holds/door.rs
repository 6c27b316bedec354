//! What is free to be held, and what the facts of holds change. Must not know who waits.

use super::Hold;
use crate::Allocator;
use crate::availability::Asked;
use crate::line::OpenLine;
use crate::settle;
use domain::decider::Recorded;
use domain::event::{HoldEnd, HoldEnded, StockHeld};
use domain::exact::Exact;
use domain::ids::{HoldId, OrderId, Sku, Timestamp};

impl Allocator {
    /// The hold with this id, if it is open and no order uses it.
    pub fn open_hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.get(id).filter(|hold| hold.order.is_none())
    }

    /// Units of an SKU that are on hold for an order that was not decided on.
    pub fn held_for(&self, order: &OrderId, sku: &Sku) -> u32 {
        let mut claims = self.holds.claims(sku);
        let theirs = claims.find(|(claimed, _)| *claimed == order);
        theirs.map_or(0, |(_, units)| units)
    }

    /// Units that would be theirs if they ordered now, after whoever is about to be served.
    pub(crate) fn free_to(&self, asked: Asked, now: Timestamp) -> u32 {
        let number = self.sku_states.find(asked.sku.text());
        let given = number.map_or(0, |number| settle::about_to_give(self, number, now));
        let given = u32::try_from(given).unwrap_or(u32::MAX);
        let asked = Asked {
            // Saturates: as many as can be given are all.
            quantity: asked.quantity.saturating_add(given),
            ..asked
        };
        self.free_anywhere(&asked, now).minus_or_zero(given)
    }

    pub(crate) fn stock_held(&mut self, recorded: Recorded, held: &StockHeld) {
        let number = self.sku_states.number(&held.sku);
        self.holds.open(held, recorded.position);
        self.on_hold(number);
        self.stock_changed(number, recorded.position.revision);
    }

    pub(crate) fn hold_ended(&mut self, recorded: Recorded, ended: &HoldEnded) {
        let Some(hold) = self.holds.end(&ended.hold) else {
            return;
        };
        if let Some(number) = self.sku_states.find(ended.sku.text()) {
            self.on_hold(number);
            let freed = matches!(ended.why, HoldEnd::Expired | HoldEnd::Withdrawn);
            if let Some(sku_state) = self.sku_states.get_mut(number).filter(|_| freed) {
                sku_state.set_free(hold.left.into(), self.folding.source);
            }
            self.stock_changed(number, recorded.position.revision);
        }
    }

    /// An order was placed that may name a hold.
    pub(crate) fn claim_hold(&mut self, slot: u32) {
        let (Some((id, order)), Some(open)) = (self.book.hold_of(slot), self.book.order(slot))
        else {
            return;
        };
        let lines = self.book.lines_of(open);
        let asks_for = |sku: &Sku| {
            let sku_state = self.sku_states.find(sku.text());
            let theirs = |line: &&OpenLine| Some(line.sku_state) == sku_state;
            let mut theirs = lines.iter().filter(theirs);
            theirs.any(|line| line.tally.undecided() > 0)
        };
        self.holds.bind(id, &order, asks_for);
    }

    /// An order closed: what was held for it is held no more.
    pub(crate) fn drop_hold(&mut self, slot: u32) {
        if let Some((id, order)) = self.book.hold_of(slot) {
            self.holds.spend(id, &order);
        }
    }

    /// Puts right what an SKU and its holds say of each other.
    fn on_hold(&mut self, number: u32) {
        if let Some(sku_state) = self.sku_states.get_mut(number) {
            self.holds.count_on(sku_state);
        }
    }
}
