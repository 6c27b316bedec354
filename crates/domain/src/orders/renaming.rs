//! An item is called otherwise: its lines in open orders are of the other SKU, and their timelines
//! tell it. Must not know why.

use super::{Orders, OrdersRefusal};
use crate::decider::Recorded;
use crate::event::ItemRenamed;
use crate::ids::Sku;

impl Orders {
    /// Whether a SKU may be ordered: no item gave it up.
    pub(super) fn check_not_renamed(&self, sku: &Sku) -> Result<(), OrdersRefusal> {
        match self.renamed.of(sku) {
            Some(to) => Err(OrdersRefusal::SkuOutdated {
                sku: sku.clone(),
                to: to.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Walks all open orders once, for what they are offered and what is picked of them.
    pub(super) fn item_renamed(&mut self, recorded: Recorded, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        self.items.rename(fact);
        self.measures.rename(fact);
        let slots: Vec<u32> = self.open.after(None).collect();
        for slot in slots {
            let names = |order: &super::open::Open| order.extra_names(was);
            if self.open.get(slot).is_some_and(names)
                && let Some(order) = self.open.get_mut(slot)
            {
                order.rename(was, is);
            }
        }
        let Some(number) = self.names.rename_sku(was, is) else {
            return;
        };
        let of: Vec<u32> = self.index.of_sku(number, None, &self.open).collect();
        for slot in of {
            if let Some(order) = self.open.get_mut(slot) {
                order.add_entry(recorded.position, true);
            }
        }
    }
}
