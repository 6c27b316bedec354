//! What of an SKU may be sold, counted by going over all of it each time.

use domain::exact::Exact;
use domain::ids::{LocationId, Sku, Tier};

use crate::Audit;

impl Audit {
    /// Units of an SKU that an order of this channel and tier would be given now.
    pub fn available(&self, sku: &Sku, channel: &str, tier: &Tier) -> i64 {
        let first = (sku.clone(), LocationId::from(""));
        let stock = self.stock.range(first..);
        let stock = stock.take_while(|((of, _), _)| of == sku);
        let stands = stock.filter(|((_, at), _)| !self.roads.contains(at));
        let free = stands.map(|(_, it)| it.on_hand().minus(it.held).max(0));
        let mut units: i64 = free.sum();
        for (of, left, _) in self.held.holds.values() {
            if of == sku {
                units = units.minus(*left);
            }
        }
        if let Some(kept) = self.held.kept.get(sku) {
            units = units.minus(i64::from(kept.safety_stock));
            for level in &kept.channels {
                if level.channel != channel {
                    units = units.minus(i64::from(level.units));
                }
            }
            for level in &kept.tiers {
                if level.tier != *tier {
                    units = units.minus(i64::from(level.units));
                }
            }
        }
        units.max(0)
    }
}
