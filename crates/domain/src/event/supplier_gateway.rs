//! What becomes true in `supplier-gateway`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::off::{none, off};
use crate::exact::Exact;
use crate::ids::{
    Currency, DefinitionId, DispatchId, Key, PurchaseOrderId, RequisitionId, Sku, SupplierId,
    SupplierMessageId, Timestamp,
};

/// A supplier and the way to talk with them were named, for the first time or anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplierDefined {
    /// This definition.
    pub definition: DefinitionId,
    /// The supplier.
    pub supplier: SupplierId,
    /// What a person calls them.
    pub name: String,
    /// Days from order to delivery that they usually need.
    pub lead_time_days: u32,
    /// The hour of the day (0 to 23, by the cell's clocks) at which the requests since the last one
    /// go out on one purchase order; without it each goes out at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_hour: Option<u8>,
    /// How we talk with them.
    pub adapter: Adapter,
}

/// How we talk with a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adapter {
    /// A supplier that exists in the computer only, for demonstrations and tests: what they do
    /// follows from the seed and the purchase order's id.
    Simulated(Simulated),
    /// A person writes to them or calls them, and types in what they say.
    ByHand,
}

/// Who brought something in, where it was no adapter of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which way it came.
    pub way: Way,
    /// Who says so: a person, a file, an address. It may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
}

/// Which way something came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A person typed it in.
    Person,
    /// It stood in a file.
    File,
    /// Another system sent it.
    Wire,
}

/// How a simulated supplier behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// Same seed, same behaviour.
    pub seed: u64,
    /// Days around the lead time by which deliveries vary, either way.
    pub spread_days: u32,
    /// Of 100 purchase orders, how many are announced late after they were confirmed.
    pub late_percent: u8,
    /// Of 100 lines, how many come in two deliveries.
    pub part_percent: u8,
    /// Of 100 lines, how many come short; the rest is rejected.
    pub short_percent: u8,
    /// Of 100 lines, how many are rejected whole.
    pub reject_percent: u8,
}

/// What a supplier calls one of our items, and on which terms they sell it, was said, for the first
/// time or anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplierItemDefined {
    /// This definition.
    pub definition: DefinitionId,
    /// The supplier.
    pub supplier: SupplierId,
    /// Our item.
    pub sku: Sku,
    /// Their number of it; empty: they use ours, or nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub supplier_sku: String,
    /// GS1's numbers of it, GTIN, EAN, UPC or ISBN: of the item, or of a pack of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gtins: Vec<String>,
    /// How many whole units a pack of theirs holds, by its code of measure, such as `CA`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packs: BTreeMap<String, u32>,
    /// The smallest quantity that they sell, in steps of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<u32>,
    /// They sell multiples of this quantity, in steps of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<u32>,
    /// Days from order to delivery, by their word; absent: as of the supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time_days: Option<u32>,
    /// What one unit costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Who said so; absent: nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What one unit costs, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// In minor units of the currency.
    pub unit_minor: i64,
    /// Which.
    pub currency: Currency,
    /// It holds for what is ordered until then; absent: until it is said anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// We ordered goods from a supplier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseOrdered {
    /// The purchase order.
    pub purchase_order: PurchaseOrderId,
    /// From whom.
    pub supplier: SupplierId,
    /// What.
    pub lines: Vec<PurchaseLine>,
    /// When it should arrive, by whoever made it or the supplier's lead time, until they say
    /// otherwise.
    pub expected_at: Timestamp,
    /// Whoever made it named no date, so it is expected by the supplier's lead time.
    #[serde(default, skip_serializing_if = "off")]
    pub undated: bool,
    /// Who made it; absent: we did, for what inventory asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// One SKU of a purchase order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseLine {
    /// Its number in the purchase order, from 1.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// The request that it answers, if it answers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisition: Option<RequisitionId>,
}

/// A supplier said yes, with a date for each line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseConfirmed {
    /// The supplier's message.
    pub message: SupplierMessageId,
    /// To which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// The lines that the message names.
    pub lines: Vec<DatedLine>,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A line of a purchase order and when it is to arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatedLine {
    /// The purchase order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// When it is to arrive.
    pub eta: Timestamp,
}

/// A supplier said that it will be later (or earlier) than they had said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseDelayed {
    /// The supplier's message.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// The lines that the message names, with their new dates.
    pub lines: Vec<DatedLine>,
    /// Why, in the supplier's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A supplier will not send some units: those are no longer inbound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseRejected {
    /// The supplier's message.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// The lines that the message names, and how many units will not come.
    pub lines: Vec<SupplierLine>,
    /// Why, in the supplier's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// We expect no more of a purchase order: these units were open, and will not come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseClosed {
    /// The word that nothing more will come.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// All that was open of it.
    pub lines: Vec<SupplierLine>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who says so.
    pub source: Source,
}

/// A supplier said what is still to come of lines, in which parts, and when. For each line that it
/// names, it replaces all that was said of units that have not left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseScheduled {
    /// The supplier's message.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// The lines that the message names.
    pub lines: Vec<ScheduledLine>,
    /// Why, in the supplier's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What of a line has not left, in parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduledLine {
    /// The purchase order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// The parts; none: nothing more will leave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<SchedulePart>,
    /// Units that had not left, as whoever said this knew it: the parts are said of these. Absent:
    /// they did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<u32>,
    /// How many units more are to come than was known when this was recorded; fewer is negative.
    #[serde(default, skip_serializing_if = "none")]
    pub change: i64,
}

/// So many units that come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulePart {
    /// Whole units, at least 1.
    pub quantity: u32,
    /// When they are to arrive; absent: nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Timestamp>,
}

impl SchedulePart {
    /// What of these parts is still to come if so many units are: the first ones have come, and
    /// what is over comes with the last.
    pub fn still_to_come(parts: &[Self], units: u64) -> Vec<Self> {
        let mut parts = parts.to_vec();
        // Those of which nobody knows when come last.
        parts.sort_by_key(|part| (part.eta.is_none(), part.eta));
        let said: u64 = parts.iter().map(|part| u64::from(part.quantity)).sum();
        let mut gone = said.minus_or_zero(units);
        for part in &mut parts {
            let less = gone.min(u64::from(part.quantity));
            gone = gone.minus(less);
            part.quantity = part
                .quantity
                .minus(u32::try_from(less).unwrap_or(part.quantity));
        }
        let over = u32::try_from(units.minus_or_zero(said)).unwrap_or(u32::MAX);
        match parts.last_mut() {
            // Saturates: more units than a line can have.
            Some(last) => last.quantity = last.quantity.saturating_add(over),
            None => parts.push(Self {
                quantity: over,
                eta: None,
            }),
        }
        parts.retain(|part| part.quantity > 0);
        parts
    }
}

/// So many units of a purchase order's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplierLine {
    /// The purchase order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
}

/// A supplier sent goods on their way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseShipped {
    /// The supplier's message.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// The goods that travel together.
    pub dispatch: DispatchId,
    /// What is in it.
    pub lines: Vec<SupplierLine>,
    /// When it is to arrive.
    pub eta: Timestamp,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A dispatch stands at our dock, not yet counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseDelivered {
    /// The carrier's or supplier's message.
    pub message: SupplierMessageId,
    /// Of which purchase order.
    pub purchase_order: PurchaseOrderId,
    /// Which dispatch.
    pub dispatch: DispatchId,
    /// Who brought it in; absent: the adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl PurchaseOrdered {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.purchase_order.key()]
    }

    /// One that somebody asked for has the id that they gave it; ours have theirs.
    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.purchase_order.key())
    }
}

/// What a supplier said of a purchase order.
macro_rules! said {
    ($($name:ident)*) => {$(
        impl $name {
            pub(super) fn concerns(&self) -> Vec<Key> {
                vec![self.purchase_order.key()]
            }

            pub(super) fn answers(&self) -> Option<Answers> {
                Answers::to(self.message.key())
            }
        }
    )*};
}

said! {
    PurchaseConfirmed PurchaseScheduled PurchaseDelayed PurchaseRejected PurchaseClosed
    PurchaseShipped PurchaseDelivered
}

impl SupplierItemDefined {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.supplier.key(), self.sku.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}

impl SupplierDefined {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.supplier.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}
