//! What becomes true in `orders`.

use serde::{Deserialize, Serialize};

use super::allocator::RefuseReason;
use super::answers::Answers;
use super::off::off;
use crate::exact::Exact;
use crate::ids::{
    AcceptanceId, CancellationId, Currency, CustomerId, HoldId, Key, LocationId, OrderId, Position,
    ResumptionId, Sku, SuspensionId, Tier, Timestamp,
};

/// A customer ordered goods; from here on we owe them goods and the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The order's number, the caller's or ours.
    pub order: OrderId,
    /// Who ordered.
    pub customer: Customer,
    /// How the order came, such as `web` or `phone`.
    pub channel: String,
    /// Where the goods go.
    pub ship_to: ShipTo,
    /// What all prices of the order are in.
    pub currency: Currency,
    /// What was ordered; line numbers are unique, from 1.
    pub lines: Vec<PlacedLine>,
    /// When the customer wants it, if said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<Timestamp>,
    /// When it was placed, if not now (an order taken elsewhere and imported).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// Nothing leaves before all can: stock is taken for all lines together or not at all.
    #[serde(default, skip_serializing_if = "off")]
    pub ship_complete: bool,
    /// Of an order that goes whole: if a line of it is refused, the others go on. Not set: the
    /// whole order is refused with it.
    #[serde(default, skip_serializing_if = "off")]
    pub rest_may_go: bool,
    /// How much it presses, in the customer's own words: 1 (it can wait) to 5 (at once).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u8>,
    /// By when the law wants it shipped, if a deadline is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Timestamp>,
    /// Nothing of it leaves from more than one place: all its stock is taken in one location.
    #[serde(default, skip_serializing_if = "off")]
    pub no_split: bool,
    /// Where the customer collects it: only stock that stands there is for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick_up_at: Option<LocationId>,
    /// Units were held for this customer before they ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// The customer knows of the order from elsewhere: no letter says that it waits at first, nor
    /// until when. What changes from then on is told as ever.
    #[serde(default, skip_serializing_if = "off")]
    pub told_elsewhere: bool,
}

/// An order was done elsewhere: it is known here as it ended there, and nobody is owed anything of
/// it. Its number is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRecorded {
    /// What was asked for there, and when.
    pub asked: OrderPlaced,
    /// How it ended.
    pub ended: HistoryEnd,
    /// Units that left and came back, by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<LineQuantity>,
}

/// How an order ended elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryEnd {
    /// All of it was sent.
    Fulfilled,
    /// All of it was sent, and its money went back.
    Refunded,
    /// Nothing of it was sent.
    Cancelled,
}

/// A customer as the order knew them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Their number.
    pub id: CustomerId,
    /// Their standing when they ordered.
    pub tier: Tier,
    /// Which one was said, where nobody had defined it and the shop takes such orders as standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_tier: Option<Tier>,
    /// Where to write to them; without it nobody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What they have spent so far, in minor units of the order's currency, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_value_minor: Option<i64>,
}

/// A destination, as far as sourcing and law need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShipTo {
    /// A country's name or ISO 3166 code.
    pub country: String,
    /// A region within the cell's network, preferred when stock is sourced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// One SKU of an order: a demand line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedLine {
    /// Its number in the order, from 1.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// How many whole units.
    pub quantity: u32,
    /// What one unit costs, in minor units of the order's currency.
    pub unit_price_minor: i64,
    /// The line takes all of its units at once or none.
    #[serde(default, skip_serializing_if = "off")]
    pub complete_only: bool,
}

/// A customer no longer wants some of an order. Of each line, what has not left is cancelled, up
/// to the quantity named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// The request to cancel.
    pub cancellation: CancellationId,
    /// Of which order.
    pub order: OrderId,
    /// Which lines and how much; empty is everything that has not left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineQuantity>,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// An order is not to go on for now: it keeps its place, is given no stock, and goes into no wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderSuspended {
    /// The request to suspend it.
    pub suspension: SuspensionId,
    /// Which order.
    pub order: OrderId,
    /// Why: `fraud`, `payment`, `customer`, or the caller's own words.
    pub reason: String,
    /// What is reserved for it is taken back, for others. Not set: it keeps that.
    #[serde(default, skip_serializing_if = "off")]
    pub frees: bool,
}

/// A suspended order goes on, at the rank that it has had from the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderResumed {
    /// The request to let it go on.
    pub resumption: ResumptionId,
    /// Which order.
    pub order: OrderId,
}

/// So many units of an order's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineQuantity {
    /// The line's number.
    pub line: u32,
    /// Whole units.
    pub quantity: u32,
}

/// A customer took something else than what a line of theirs waits for: those units are given up,
/// and a line of the other SKU is asked for, at the rank that the order has had from the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubstituteAccepted {
    /// The request to accept.
    pub acceptance: AcceptanceId,
    /// Of which order.
    pub order: OrderId,
    /// The line that was offered something else.
    pub line: u32,
    /// What is taken instead.
    pub sku: Sku,
    /// Whole units, of both.
    pub quantity: u32,
    /// What one unit of the other SKU costs, in minor units of the order's currency.
    pub unit_price_minor: i64,
    /// The number of the line that asks for it, which the room works out.
    pub new_line: u32,
}

/// Nothing of an order is open: every unit was shipped, cancelled or refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderClosed {
    /// The order.
    pub order: OrderId,
    /// Where it was placed.
    pub opened: Position,
    /// Where its timeline stands on the log, in order; at most
    /// [`MAX_TIMELINE`](crate::event::MAX_TIMELINE), the last ones.
    #[serde(rename = "story")]
    pub timeline: Vec<Position>,
    /// What became of each line.
    pub lines: Vec<ClosedLine>,
    /// Where of its timeline a substitute was accepted or the order was amended, in order: each may
    /// have added a line, or changed what the order says. Older closings do not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substituted: Vec<Position>,
}

/// The most positions that a closing event keeps of its order's timeline.
pub const MAX_TIMELINE: usize = 256;

/// The end of a demand line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClosedLine {
    /// The line's number.
    pub line: u32,
    /// Units that left.
    pub shipped: u32,
    /// Units the customer gave up.
    pub cancelled: u32,
    /// Units refused at the door.
    pub refused: u32,
    /// Why units were refused, if any were. Older closings do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<RefuseReason>,
}

impl OrderPlaced {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.order.key())
    }
}

impl HistoryRecorded {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.asked.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.asked.order.key())
    }

    /// Units of a line that left, and how many of them were kept. None of either if it has no such
    /// line.
    pub fn sent(&self, line: u32) -> (u32, u32) {
        let of_line = self.asked.lines.iter().find(|asked| asked.line == line);
        let left = match (self.ended, of_line) {
            (HistoryEnd::Fulfilled | HistoryEnd::Refunded, Some(asked)) => asked.quantity,
            (HistoryEnd::Cancelled, _) | (_, None) => 0,
        };
        let returned = self.returned.iter().find(|back| back.line == line);
        let returned = returned.map_or(0, |back| back.quantity);
        (left, left.minus_or_zero(returned))
    }
}

impl OrderCancelled {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.cancellation.key())
    }
}

impl OrderSuspended {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.suspension.key())
    }
}

impl OrderResumed {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.resumption.key())
    }
}

impl SubstituteAccepted {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.acceptance.key())
    }
}

impl OrderClosed {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Some(Answers {
            command: self.order.key(),
            asked_at: Some(self.opened),
        })
    }
}
