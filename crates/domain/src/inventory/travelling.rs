//! What moves that travel change in the stock of their SKUs. Must not know whose the units are.

use super::stock::Count;
use super::{Inventory, Travel};
use crate::decider::Recorded;
use crate::event::Moved;
use crate::exact::{Exact, fewer};
use crate::ids::{LocationId, Sku};

impl Inventory {
    /// Goods leave for another location.
    pub(super) fn depart(&mut self, fact: &Moved, at: Recorded) {
        let Some((via, arrives)) = fact.road() else {
            return;
        };
        for line in &fact.lines {
            self.correct(&line.sku, &fact.from, fewer(line.quantity), at);
            self.touch(&line.sku, at, |stock| {
                let count = stock.travelling.entry(via.clone()).or_default();
                *count = Count {
                    on_hand: count.on_hand.plus(u64::from(line.quantity)),
                    adjusted: count.adjusted.plus(i64::from(line.quantity)),
                    ..*count
                };
            });
        }
        let travel = Travel {
            id: fact.id.clone(),
            from: fact.from.clone(),
            to: fact.to.clone(),
            arrives,
            lines: fact.lines.clone(),
        };
        self.travels.insert(via.clone(), travel.into());
    }

    /// A move of which nothing travels any more is over.
    pub(super) fn end_travel(&mut self, via: &LocationId) {
        let over = |travel: &Travel| {
            let mut lines = travel.lines.iter();
            lines.all(|line| self.on_its_way(&line.sku, via) == 0)
        };
        if self.travel(via).is_some_and(over) {
            self.travels.remove(via);
        }
    }

    /// Units of an SKU that travel at this place.
    pub(super) fn on_its_way(&self, sku: &Sku, via: &LocationId) -> u64 {
        let count = self.stock(sku).and_then(|stock| stock.travelling.get(via));
        count.map_or(0, |count| count.on_hand)
    }
}
