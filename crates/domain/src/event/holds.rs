//! What becomes true in `allocator` of units held for somebody before they order.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{HoldId, Key, OrderId, Sku, Tier, Timestamp};

/// Free units were set aside for somebody who asked for them and has not ordered yet: until then,
/// or until an order that names the hold was decided on, they are free to nobody else. They are
/// units of the SKU, at no place: where from is decided with the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockHeld {
    /// The hold, by the caller's number or ours.
    pub hold: HoldId,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// The standing of whom they are held for: what is kept back for others is not held.
    pub tier: Tier,
    /// How they came, for the same reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Until when.
    pub until: Timestamp,
}

/// Units are held no more; those that no order took of them are free to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldEnded {
    /// Which hold.
    pub hold: HoldId,
    /// What was held.
    pub sku: Sku,
    /// Whole units that nobody took.
    pub quantity: u32,
    /// Why.
    pub why: HoldEnd,
    /// The order that it was used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

/// Why a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldEnd {
    /// Its time was over.
    Expired,
    /// An order that names it was decided on.
    Used,
    /// Whoever asked for it gave it up.
    Withdrawn,
    /// Less stock was there than thought. Of holds the youngest goes first, and all go before a
    /// reservation that can be served elsewhere does.
    TakenBack,
}

impl StockHeld {
    /// The SKU among them: no other decision of the same commit gives its stock away.
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.hold.key(), self.sku.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.hold.key())
    }
}

impl HoldEnded {
    pub(super) fn concerns(&self) -> Vec<Key> {
        let order = self.order.as_ref().map(OrderId::key);
        [Some(self.hold.key()), order]
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}
