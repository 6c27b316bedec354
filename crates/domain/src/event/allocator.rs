//! What becomes true in `allocator`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::cause::{Before, Cause};
use super::limit::Limit;
use super::off::{none, off};
use crate::ids::{Key, LocationId, OrderId, Position, PurchaseOrderId, Sku, Timestamp};

/// Stock and inbound were matched with demand. Recorded, never recomputed: what stands here is
/// what happened, whatever a later version would decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The ranking rule's version that ranks came from.
    pub rule: u32,
    /// What it did to each line, in the order in which it was decided.
    pub effects: Vec<Effect>,
    /// Nothing else was due on the state as of which this was decided. Not set: a bound was
    /// reached, and the rest follows in the next one.
    #[serde(default, skip_serializing_if = "off")]
    pub at_rest: bool,
    /// Divisions in fair shares that are under way: each goes on in the next one exactly as it
    /// began. One that is not named here any more is through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sharing: Vec<Sharing>,
    /// What led to the effects. An effect that none of them names was recorded before causes were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Where the decision before stands of each order that had one, in the order of the effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
}

/// A division of one SKU in fair shares, of which some lines have had their shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// What is divided.
    pub sku: Sku,
    /// Units divided among lines that take parts.
    pub free: u64,
    /// Units that those lines waited for when it began.
    pub open: u64,
    /// Units that rounding left over, not given yet; one each, by rank.
    pub extra: u64,
    /// Units left for lines that take all or nothing.
    pub pool: u64,
    /// The rank of the last line that has had its share: placed at, less its boosts,
    pub effective: Timestamp,
    /// then where its order was placed,
    pub placed: Position,
    /// then its index in the order, from 0.
    pub index: u32,
}

/// The most effects in one `settled`.
pub const MAX_EFFECTS: usize = 1_000;

/// What settling did to one demand line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Stock is now theirs.
    Assigned(Assigned),
    /// Stock is no longer theirs.
    Released(Released),
    /// They wait.
    Backordered(Backordered),
    /// They were offered something else, and wait meanwhile.
    Offered(Offered),
    /// They will not get it.
    Refused(Refused),
    /// They were given a date, or another one.
    Promised(Promised),
}

/// On-hand units were reserved for a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assigned {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// From where.
    pub location: LocationId,
    /// Whole units.
    pub quantity: u32,
    /// The line's rank when this was decided: placed at, less its boosts.
    pub effective: Timestamp,
}

/// A reservation was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Released {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Where it was reserved.
    pub location: LocationId,
    /// Whole units.
    pub quantity: u32,
    /// Why.
    pub why: ReleaseReason,
    /// Of these, units in a released wave: whoever is to pick them does not find them.
    #[serde(default, skip_serializing_if = "none")]
    pub in_wave: u32,
}

/// Why a reservation was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// The customer cancelled the units.
    Cancelled,
    /// Less stock was there than thought, and this line ranked last.
    CountedDown,
    /// A rebalancing run gave it to others.
    Rebalanced,
    /// The order was suspended, and does not keep what it had.
    Suspended,
    /// The order goes whole or not at all, and was refused.
    Refused,
    /// A person gave it to another order.
    GivenAway,
}

/// Units of a line were accepted at the door to wait for stock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backordered {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// The line's rank: placed at, less its boosts.
    pub effective: Timestamp,
    /// Units that waited ahead of it when it came.
    pub ahead: u64,
}

/// A line was offered something else at the door. Its units wait meanwhile, and get stock if some
/// comes back; who has not accepted until then is refused them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// What they may have instead, the best first; at least one.
    pub alternatives: Vec<Sku>,
    /// Until when they may accept.
    pub until: Timestamp,
}

/// Units of a line were refused at the door.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// Why.
    pub why: RefuseReason,
    /// The bound behind the reason, with its numbers, if there is one. Older refusals do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

/// Why units were refused at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// Nobody has defined the SKU.
    UnknownItem,
    /// The item is sold from stock only, and not enough is free.
    StockOnly,
    /// The item has substitutes and does not wait.
    Substitutable,
    /// More units would wait than the item allows.
    CapReached,
    /// The date would be later than the item allows.
    WaitTooLong,
    /// They waited, and the item will not come any more.
    Discontinued,
    /// Another line of the order was refused, and the order goes whole or not at all.
    OrderWhole,
}

/// A line's date was told, or told anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promised {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// The date and what it rests on.
    pub promise: Promise,
    /// The date told before; absent the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Promise>,
}

/// A date told to a customer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// An inbound covers it: the date is that one's.
    Inbound {
        /// Which purchase order; of stock that travels with a move, the place at which it does.
        purchase_order: PurchaseOrderId,
        /// When it is to arrive.
        at: Timestamp,
    },
    /// No inbound covers it yet: the item's replenishment lead time from when it was asked.
    Estimate {
        /// When it would arrive if bought now.
        at: Timestamp,
    },
    /// Nothing is known that could cover it.
    Unknown,
}

impl Promise {
    /// The date, if there is one.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Inbound { at, .. } | Self::Estimate { at } => Some(*at),
            Self::Unknown => None,
        }
    }
}

impl Effect {
    /// The order it is about.
    pub const fn order(&self) -> &OrderId {
        match self {
            Self::Assigned(effect) => &effect.order,
            Self::Released(effect) => &effect.order,
            Self::Backordered(effect) => &effect.order,
            Self::Offered(effect) => &effect.order,
            Self::Refused(effect) => &effect.order,
            Self::Promised(effect) => &effect.order,
        }
    }

    /// The line it is about.
    pub const fn line(&self) -> u32 {
        match self {
            Self::Assigned(effect) => effect.line,
            Self::Released(effect) => effect.line,
            Self::Backordered(effect) => effect.line,
            Self::Offered(effect) => effect.line,
            Self::Refused(effect) => effect.line,
            Self::Promised(effect) => effect.line,
        }
    }

    /// The SKU it is about.
    pub const fn sku(&self) -> &Sku {
        match self {
            Self::Assigned(effect) => &effect.sku,
            Self::Released(effect) => &effect.sku,
            Self::Backordered(effect) => &effect.sku,
            Self::Offered(effect) => &effect.sku,
            Self::Refused(effect) => &effect.sku,
            Self::Promised(effect) => &effect.sku,
        }
    }
}

/// The orders that effects are about, then the SKUs: a decision of the same commit that looks at
/// what is free of one (a hold) must not look past them.
pub(super) fn concerned(effects: &[Effect]) -> Vec<Key> {
    let (mut orders, mut skus) = (BTreeSet::new(), BTreeSet::new());
    let of = effects.iter().map(Effect::order);
    let mut keys: Vec<Key> = of
        .filter(|id| orders.insert(*id))
        .map(OrderId::key)
        .collect();
    let of = effects.iter().map(Effect::sku);
    keys.extend(of.filter(|sku| skus.insert(*sku)).map(Sku::key));
    keys
}

impl Settled {
    pub(super) fn concerns(&self) -> Vec<Key> {
        concerned(&self.effects)
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}
