//! What is on hold for those who have not ordered, and what is kept back of each SKU.

use std::collections::BTreeMap;

use domain::event::{HoldEnded, ItemDefined, OrderPlaced, Protection, StockHeld};
use domain::exact::Exact;
use domain::ids::{HoldId, OrderId, Sku};
use serde::{Deserialize, Serialize};

/// Open holds, and what is kept back.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditHeld {
    /// Of each open hold: what, how many units are left, and the order that named it.
    pub holds: BTreeMap<HoldId, (Sku, i64, Option<OrderId>)>,
    /// What is kept back of an item, and for whom.
    pub kept: BTreeMap<Sku, Protection>,
}

impl AuditHeld {
    pub(super) fn define(&mut self, item: &ItemDefined) {
        let kept = item.protection.clone().unwrap_or_default();
        self.kept.insert(item.sku.clone(), kept);
    }

    pub(super) fn hold(&mut self, held: &StockHeld) {
        let hold = (held.sku.clone(), i64::from(held.quantity), None);
        self.holds.entry(held.hold.clone()).or_insert(hold);
    }

    pub(super) fn end(&mut self, ended: &HoldEnded) {
        self.holds.remove(&ended.hold);
    }

    pub(super) fn placed(&mut self, placed: &OrderPlaced) {
        let named = placed.hold.as_ref();
        if let Some((sku, _, order)) = named.and_then(|id| self.holds.get_mut(id))
            && order.is_none()
            && placed.lines.iter().any(|line| line.sku == *sku)
        {
            *order = Some(placed.order.clone());
        }
    }

    /// An order was given so many units of an SKU.
    pub(super) fn given(&mut self, order: &OrderId, sku: &Sku, units: u32) {
        if units == 0 {
            return;
        }
        for (of, left, by) in self.holds.values_mut() {
            if by.as_ref() == Some(order) && of == sku {
                *left = left.minus(i64::from(units)).max(0);
            }
        }
    }
}
