//! What is on hold for those who have not ordered, and what is kept back of each SKU.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{HoldEnded, ItemDefined, OrderPlaced, Protection, StockHeld};
use domain::exact::Exact;
use domain::ids::{HoldId, OrderId, Sku};
use serde::{Deserialize, Serialize};

/// Open holds, and what is kept back.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditHeld {
    /// Of each open hold: what, how many units are left, and the order that named it.
    pub holds: BTreeMap<HoldId, (Sku, i64, Option<OrderId>)>,
    /// The open holds that an order named.
    named: BTreeMap<OrderId, BTreeSet<HoldId>>,
    /// What is kept back of an item, and for whom.
    pub kept: BTreeMap<Sku, Protection>,
}

impl AuditHeld {
    pub(super) fn define(&mut self, item: &ItemDefined) {
        let kept = item.protection.clone().unwrap_or_default();
        self.kept.insert(item.sku.clone(), kept);
    }

    pub(super) fn rename(&mut self, was: &Sku, is: &Sku) {
        for (sku, _, _) in self.holds.values_mut().filter(|(sku, _, _)| sku == was) {
            *sku = is.clone();
        }
        if let Some(kept) = self.kept.remove(was) {
            self.kept.insert(is.clone(), kept);
        }
    }

    pub(super) fn hold(&mut self, held: &StockHeld) {
        let hold = (held.sku.clone(), i64::from(held.quantity), None);
        self.holds.entry(held.hold.clone()).or_insert(hold);
    }

    pub(super) fn end(&mut self, ended: &HoldEnded) {
        let hold = self.holds.remove(&ended.hold);
        if let Some(order) = hold.and_then(|(_, _, order)| order)
            && let Some(named) = self.named.get_mut(&order)
        {
            named.remove(&ended.hold);
            if named.is_empty() {
                self.named.remove(&order);
            }
        }
    }

    pub(super) fn placed(&mut self, placed: &OrderPlaced) {
        let Some(id) = &placed.hold else {
            return;
        };
        if let Some((sku, _, order)) = self.holds.get_mut(id)
            && order.is_none()
            && placed.lines.iter().any(|line| line.sku == *sku)
        {
            *order = Some(placed.order.clone());
            let named = self.named.entry(placed.order.clone()).or_default();
            named.insert(id.clone());
        }
    }

    /// An order was given so many units of an SKU.
    pub(super) fn given(&mut self, order: &OrderId, sku: &Sku, units: u32) {
        if units == 0 {
            return;
        }
        for id in self.named.get(order).into_iter().flatten() {
            if let Some((of, left, _)) = self.holds.get_mut(id)
                && of == sku
            {
                *left = left.minus(i64::from(units)).max(0);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails where it must")]
mod tests {
    use super::*;
    use domain::event::{Customer, HoldEnd, PlacedLine, ShipTo};
    use domain::ids::{Currency, Timestamp};

    fn hold(id: &str, sku: &str) -> StockHeld {
        StockHeld {
            hold: id.into(),
            sku: sku.into(),
            quantity: 5,
            tier: "standard".into(),
            channel: None,
            until: Timestamp::from_ms(0),
        }
    }

    fn order(id: &str, hold: &str) -> OrderPlaced {
        OrderPlaced {
            order: id.into(),
            customer: Customer {
                id: "ann".into(),
                tier: "standard".into(),
                said_tier: None,
                email: None,
                lifetime_value_minor: None,
            },
            channel: "web".to_owned(),
            ship_to: ShipTo {
                country: "GB".to_owned(),
                region: None,
            },
            currency: Currency::new("GBP").unwrap(),
            lines: vec![PlacedLine {
                line: 1,
                sku: "BOLT".into(),
                quantity: 5,
                unit_price_minor: 100,
                complete_only: false,
            }],
            requested_at: None,
            placed_at: None,
            ship_complete: false,
            rest_may_go: false,
            urgency: None,
            ship_by: None,
            no_split: false,
            pick_up_at: None,
            hold: Some(hold.into()),
            told_elsewhere: false,
        }
    }

    fn left(of: &AuditHeld) -> Vec<i64> {
        of.holds.values().map(|(_, left, _)| *left).collect()
    }

    #[test]
    fn what_an_order_is_given_is_taken_from_the_holds_that_it_named_alone() {
        let mut held = AuditHeld::default();
        for (id, sku) in [("h1", "BOLT"), ("h2", "BOLT"), ("h3", "NUT")] {
            held.hold(&hold(id, sku));
        }
        held.placed(&order("o1", "h1"));
        // It was named by another one, or is for something else.
        held.placed(&order("o2", "h1"));
        held.placed(&order("o3", "h3"));
        for order in ["o1", "o2", "o3"] {
            held.given(&order.into(), &"BOLT".into(), 2);
            held.given(&order.into(), &"NUT".into(), 1);
        }
        assert_eq!(left(&held), [3, 5, 5]);
        let named: Vec<&str> = held.named.keys().map(|order| order.as_str()).collect();
        assert_eq!(named, ["o1"]);
        held.end(&HoldEnded {
            hold: "h1".into(),
            sku: "BOLT".into(),
            quantity: 3,
            why: HoldEnd::Withdrawn,
            order: Some("o1".into()),
        });
        assert_eq!((left(&held).len(), held.named.len()), (2, 0));
    }
}
