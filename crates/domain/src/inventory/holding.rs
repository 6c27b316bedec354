//! What holds change in the stock of their SKUs. Must not know who may hold what.

use super::Inventory;
use crate::decider::Recorded;
use crate::event::{HoldEnded, StockHeld};
use crate::exact::Exact;
use crate::ids::{OrderId, Sku};

impl Inventory {
    pub(super) fn stock_held(&mut self, fact: &StockHeld, at: Recorded) {
        if self.held.open(fact) {
            self.touch(&fact.sku, at, |stock| {
                stock.held = stock.held.plus(u64::from(fact.quantity));
            });
        }
    }

    pub(super) fn hold_ended(&mut self, fact: &HoldEnded, at: Recorded) {
        if let Some((sku, left)) = self.held.end(&fact.hold) {
            self.unhold(&sku, left, at);
        }
    }

    /// A line of an order was given so many units.
    pub(super) fn use_hold(&mut self, order: &OrderId, sku: &Sku, units: u32, at: Recorded) {
        let taken = self.held.take(order, sku, units);
        self.unhold(sku, taken, at);
    }

    fn unhold(&mut self, sku: &Sku, units: u32, at: Recorded) {
        if units > 0 {
            self.touch(sku, at, |stock| {
                stock.held = stock.held.minus(u64::from(units));
            });
        }
    }
}
