//! What happens to goods after they were counted in: counted again, moved, called back from the
//! floor, not found there, brought back by a customer.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::inventory::{SkuQuantity, StockLine};
use super::off::{none, off};
use crate::exact::impossible;
use crate::ids::{
    CountId, Key, LocationId, MoveId, OrderId, RecallId, ReceiptId, ReturnId, Revision,
    ShortPickId, Sku, Timestamp, WaveId,
};

/// Somebody counted what is really there. The stock is what they counted, and what came and went
/// since they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// This count.
    pub count: CountId,
    /// Where.
    pub location: LocationId,
    /// What was found of each SKU.
    pub lines: Vec<CountedLine>,
    /// As of when they counted; absent: as of this commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Revision>,
    /// What is reserved for orders was not counted: it stands packed elsewhere, or another system
    /// has taken it off already.
    #[serde(default, skip_serializing_if = "off")]
    pub without_reserved: bool,
}

/// What was found of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedLine {
    /// What.
    pub sku: Sku,
    /// Whole units that were found; may be 0.
    pub counted: u64,
    /// By so much it is more than was on hand then, or less. The room works it out.
    pub change: i64,
}

/// Stock was carried from one place to another, or is on its way there. Nobody gains or loses by
/// it: units that were reserved stay reserved for the same lines, at the other place. What travels
/// is at a place of its own until it has come: what is reserved there cannot be picked, and what is
/// nobody's there is inbound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// This move.
    #[serde(rename = "move")]
    pub id: MoveId,
    /// From where.
    pub from: LocationId,
    /// To where.
    pub to: LocationId,
    /// What.
    pub lines: Vec<SkuQuantity>,
    /// When it is to arrive; absent: it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<Timestamp>,
    /// The place at which it is while it travels; absent: it is there. The room names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<LocationId>,
    /// The reserved units among them, and whose they stay. The room works it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<StockLine>,
}

/// Some of what travelled with a move was counted in, or will never come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveArrived {
    /// This count.
    pub receipt: ReceiptId,
    /// Of which move.
    #[serde(rename = "move")]
    pub id: MoveId,
    /// The place at which it was while it travelled.
    pub via: LocationId,
    /// Where it was put.
    pub location: LocationId,
    /// What of each SKU.
    pub lines: Vec<ArrivedLine>,
    /// The reserved units among what came, and whose they stay. The room works it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<StockLine>,
    /// Nothing more of the move will come: what is left of it is written off.
    #[serde(default, skip_serializing_if = "off")]
    pub rest_lost: bool,
}

/// What became of one SKU that travelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedLine {
    /// What.
    pub sku: Sku,
    /// Whole units that came; may be 0.
    pub quantity: u32,
    /// Units that will never come. The room works it out.
    #[serde(default, skip_serializing_if = "none")]
    pub lost: u32,
}

/// Lines came back from the floor: their stock is reserved as before, and in no wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaveRecalled {
    /// This recall.
    pub recall: RecallId,
    /// All that was left of this wave, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_wave: Option<WaveId>,
    /// All that was on the floor of this order, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_order: Option<OrderId>,
    /// The lines that came back.
    pub lines: Vec<FloorLine>,
}

/// Units of one line that were on the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorLine {
    /// Whose.
    pub order: OrderId,
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Where.
    pub location: LocationId,
    /// In which wave.
    pub wave: WaveId,
    /// Whole units.
    pub quantity: u32,
}

/// Less was found of an order's lines than was to be picked. What is missing is neither reserved
/// for them nor in stock any more; they wait for it at the rank that they always had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShortPicked {
    /// This report.
    pub report: ShortPickId,
    /// Whose.
    pub order: OrderId,
    /// Where it was looked for.
    pub location: LocationId,
    /// What of each line.
    pub lines: Vec<ShortLine>,
}

/// What was found of one line, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortLine {
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units that were found; may be 0.
    pub found: u32,
    /// Units that were to be picked and are not there. The room works it out.
    pub missing: u32,
    /// Of these, units that nobody had taken off the stock before. The room works it out.
    #[serde(default, skip_serializing_if = "none")]
    pub written_off: u32,
}

/// Goods came back from a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// This return.
    #[serde(rename = "return")]
    pub id: ReturnId,
    /// Of which order.
    pub order: OrderId,
    /// Where they were put.
    pub location: LocationId,
    /// What of each line.
    pub lines: Vec<ReturnedLine>,
    /// They cannot be sold again, and are no stock.
    #[serde(default, skip_serializing_if = "off")]
    pub scrapped: bool,
    /// Why, as the customer or the clerk says it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Units of one line that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// The order's line.
    pub line: u32,
    /// What. The room works it out.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
}

/// More units of an SKU are at a place than the log had it, or fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction<'a> {
    /// What.
    pub sku: &'a Sku,
    /// Where.
    pub location: &'a LocationId,
    /// Units more, or fewer if negative; 0 where it was as the log had it.
    pub change: i64,
}

impl Counted {
    pub(super) fn concerns(&self) -> Vec<Key> {
        self.lines.iter().map(|line| line.sku.key()).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.count.key())
    }
}

impl Moved {
    pub(super) fn concerns(&self) -> Vec<Key> {
        let owners = self.owners.iter().map(|line| line.order.key());
        let skus = self.lines.iter().map(|line| line.sku.key());
        owners.chain(skus).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.id.key())
    }
}

impl Moved {
    /// Where the units are right after it: on their way, or there.
    pub fn next_place(&self) -> &LocationId {
        self.via.as_ref().unwrap_or(&self.to)
    }

    /// The place at which it travels and when it is to arrive, if it travels. Stops the reader
    /// where only one of them is said.
    pub fn road(&self) -> Option<(&LocationId, Timestamp)> {
        match (&self.via, self.arrives) {
            (Some(via), Some(arrives)) => Some((via, arrives)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => impossible(format_args!(
                "move {} travels somewhere or arrives some day, not both",
                self.id
            )),
        }
    }
}

impl MoveArrived {
    pub(super) fn concerns(&self) -> Vec<Key> {
        let owners = self.owners.iter().map(|line| line.order.key());
        let skus = self.lines.iter().map(|line| line.sku.key());
        owners.chain(skus).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.receipt.key())
    }
}

impl WaveRecalled {
    pub(super) fn concerns(&self) -> Vec<Key> {
        self.lines.iter().map(|line| line.order.key()).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.recall.key())
    }
}

impl ShortPicked {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.report.key())
    }
}

impl Returned {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.id.key())
    }
}
