//! What is on hold for those who have not ordered yet, as the allocator records it: it is reserved
//! for no line and no channel may sell it. Must not know who may hold what, nor when a hold ends.

use serde::{Deserialize, Serialize};

use crate::event::{OrderPlaced, StockHeld};
use crate::exact::Exact;
use crate::ids::{HoldId, OrderId, Sku};
use crate::shared::{Shared, SharedMap};

/// All open holds.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    open: SharedMap<HoldId, Shared<Hold>>,
    /// The hold of each open order that has one.
    named: SharedMap<OrderId, HoldId>,
}

/// An open hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Hold {
    sku: Sku,
    /// Units that are still held: what its order was given is not.
    left: u32,
    /// The order that names it.
    order: Option<OrderId>,
}

impl Held {
    /// The SKU and the units of each open hold.
    pub fn iter(&self) -> impl Iterator<Item = (&Sku, u32)> {
        self.open.values().map(|hold| (&hold.sku, hold.left))
    }

    /// Takes what an order was given out of its hold. Returns how many units that were.
    pub fn take(&mut self, order: &OrderId, sku: &Sku, units: u32) -> u32 {
        let Some(id) = self.named.get(order) else {
            return 0;
        };
        let hold = self.open.get_mut(id).map(Shared::to_mut);
        hold.filter(|hold| hold.sku == *sku).map_or(0, |hold| {
            let taken = hold.left.min(units);
            hold.left = hold.left.minus(taken);
            taken
        })
    }

    /// Units were held; nothing, if the hold is open already.
    pub fn open(&mut self, fact: &StockHeld) -> bool {
        if self.open.contains_key(&fact.hold) {
            return false;
        }
        let hold = Hold {
            sku: fact.sku.clone(),
            left: fact.quantity,
            order: None,
        };
        self.open.insert(fact.hold.clone(), hold.into());
        true
    }

    /// A hold ended. Returns what of it was left.
    pub fn end(&mut self, id: &HoldId) -> Option<(Sku, u32)> {
        let hold = self.open.remove(id)?.into_inner();
        if let Some(order) = &hold.order {
            self.named.remove(order);
        }
        Some((hold.sku, hold.left))
    }

    /// An order was placed that may name a hold: one of an SKU that it asks for, and that no other
    /// order names, is its own.
    pub fn claim(&mut self, placed: &OrderPlaced) {
        let Some(id) = &placed.hold else { return };
        let is_theirs = self.open.get(id).is_some_and(|hold| {
            let asks = placed.lines.iter().any(|line| line.sku == hold.sku);
            hold.order.is_none() && asks
        });
        if is_theirs && let Some(hold) = self.open.get_mut(id) {
            hold.to_mut().order = Some(placed.order.clone());
            self.named.insert(placed.order.clone(), id.clone());
        }
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let of = self.open.iter().filter(|(_, hold)| hold.sku == *was);
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some(hold) = self.open.get_mut(&id) {
                hold.to_mut().sku = is.clone();
            }
        }
    }

    /// An order closed: no more is given to it.
    pub fn forget(&mut self, order: &OrderId) {
        if self.named.contains_key(order) {
            self.named.remove(order);
        }
    }
}
