//! An item is called otherwise: what was ordered of it is of the other SKU, and a supplier who
//! names it as it was ordered is understood. Must not know why.

use super::{SupplierGateway, SupplierGatewayRefusal as No};
use crate::event::ItemRenamed;
use crate::ids::Sku;

impl SupplierGateway {
    /// Whether an item may be bought, or sold to us, under a SKU: no item gave it up.
    pub(super) fn check_not_renamed(&self, sku: &Sku) -> Result<(), No> {
        match self.renamed.of(sku) {
            Some(to) => Err(No::SkuOutdated {
                sku: sku.clone(),
                to: to.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Walks all purchase orders that are kept once.
    pub(super) fn item_renamed(&mut self, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        self.items.rename(fact);
        self.orphans.rename(was, is);
        self.terms.rename(was, is);
        let rename = |sku: &mut Sku| {
            if sku == was {
                *sku = is.clone();
            }
        };
        let of = self.orders.iter();
        let of = of.filter(|(_, order)| order.lines.values().any(|line| line.sku == *was));
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            let Some(order) = self.orders.get_mut(&id) else {
                continue;
            };
            let order = order.to_mut();
            order
                .lines
                .values_mut()
                .for_each(|line| rename(&mut line.sku));
            let sent = order.dispatches.iter_mut().flat_map(|it| &mut it.lines);
            sent.for_each(|line| rename(&mut line.sku));
        }
        let suppliers: Vec<_> = self.pending.keys().cloned().collect();
        for supplier in suppliers {
            let Some(pending) = self.pending.get_mut(&supplier) else {
                continue;
            };
            let of = pending.requests.iter();
            let of = of.filter(|(_, request)| request.sku == *was);
            for at in of.map(|(at, _)| *at).collect::<Vec<_>>() {
                if let Some(request) = pending.requests.get_mut(&at) {
                    rename(&mut request.sku);
                }
            }
        }
    }
}
