//! What becomes true in `supplier-gateway`.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{
    DefinitionId, DispatchId, Key, PurchaseOrderId, RequisitionId, Sku, SupplierId,
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
    /// go out on one
    /// purchase order; without it each goes out at once.
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

/// We ordered goods from a supplier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseOrdered {
    /// The purchase order.
    pub purchase_order: PurchaseOrderId,
    /// From whom.
    pub supplier: SupplierId,
    /// What.
    pub lines: Vec<PurchaseLine>,
    /// When it should arrive, by the supplier's lead time, until they say otherwise.
    pub expected_at: Timestamp,
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
    /// The request that it answers.
    pub requisition: RequisitionId,
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
}

impl PurchaseOrdered {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.purchase_order.key()]
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
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
    PurchaseConfirmed PurchaseDelayed PurchaseRejected PurchaseShipped PurchaseDelivered
}

impl SupplierDefined {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.supplier.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}
