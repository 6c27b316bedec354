//! What becomes true in `inventory`.

use serde::ser::{SerializeStruct, SerializeStructVariant};
use serde::{Deserialize, Serialize, Serializer};

use super::answers::Answers;
use super::off::{none, off};
use crate::ids::{
    AdjustmentId, DefinitionId, Key, LocationId, OrderId, PurchaseOrderId, ReceiptId,
    RequisitionId, ShipmentId, Sku, SupplierId, Tier, Timestamp, WaveId, Zone,
};
use crate::quantity::{Measure, Step};

/// What an item is and how it is sold was said, for the first time or anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDefined {
    /// This definition.
    pub definition: DefinitionId,
    /// The item.
    pub sku: Sku,
    /// What a person calls it.
    pub description: String,
    /// What happens at the door when there is no free stock.
    pub segment: Segment,
    /// How it is bought; without it, it is not bought again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replenishment: Option<Replenishment>,
    /// Free stock is divided among those who wait, in proportion to what they wait for, instead
    /// of being given by rank.
    #[serde(default, skip_serializing_if = "off")]
    pub fair_share: bool,
    /// What of its stock is kept back, and for whom; without it, all of it is for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
    /// What a person calls a unit of it, such as `m`; absent, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// By how much its quantity goes up, as a decimal of the unit, such as `0.01`: every quantity
    /// of it, here and in all other facts, is a whole number of these steps. Absent, 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Days before the day on which an order is wanted from which it may take stock on hand; until
    /// then stock goes to those who may have it now. Absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_days_before: Option<u32>,
    /// The day on which it is released, as the time when that begins: before it nobody is given
    /// any, and nothing goes to the floor. Absent: it is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases_at: Option<Timestamp>,
}

/// The last units of an item, kept back from those who are not meant to have them: protection
/// levels, as in revenue management (K. Littlewood, 1972; P. Belobaba's nested booking limits,
/// 1987). A line takes free stock only down to the safety stock and all levels that are not its
/// own channel's or tier's. The levels say how many units stay for somebody, not which.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub struct Protection {
    /// Units that nobody is given.
    pub safety_stock: u32,
    /// Units beyond those that only a channel's lines are given.
    #[serde(default)]
    pub channels: Vec<ChannelLevel>,
    /// Units beyond those that only a tier's lines are given.
    #[serde(default)]
    pub tiers: Vec<TierLevel>,
}

/// Rooms keep it, so it is written in two ways: in text an empty list is left out; in a snapshot,
/// which is read by position, nothing is.
impl Serialize for Protection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = !serializer.is_human_readable();
        let channels = whole || !self.channels.is_empty();
        let tiers = whole || !self.tiers.is_empty();
        let fields = [true, channels, tiers]
            .into_iter()
            .filter(|written| *written);
        let mut written = serializer.serialize_struct("Protection", fields.count())?;
        written.serialize_field("safety_stock", &self.safety_stock)?;
        if channels {
            written.serialize_field("channels", &self.channels)?;
        }
        if tiers {
            written.serialize_field("tiers", &self.tiers)?;
        }
        written.end()
    }
}

/// Units kept for the orders of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelLevel {
    /// How those orders come, such as `shop`.
    pub channel: String,
    /// Whole units.
    pub units: u32,
}

/// Units kept for the orders of one tier's customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierLevel {
    /// The customers' standing when they ordered.
    pub tier: Tier,
    /// Whole units.
    pub units: u32,
}

/// What an item's customers are offered when there is no free stock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// They may wait.
    Backorderable {
        /// The most units that may wait at once.
        cap: u32,
        /// The longest wait in days that may be promised; a longer one is refused.
        longest_wait_days: u32,
    },
    /// They are offered something else, and wait no longer than the offer stands.
    Substitutable {
        /// Other SKUs, the best first.
        alternatives: Vec<Sku>,
        /// Days for which an offer stands; 0: they are told of the others, and refused at once.
        /// Absent: [`DEFAULT_OFFER_DAYS`].
        #[serde(default)]
        offer_days: Option<u32>,
    },
    /// They get what is there or nothing.
    StockOnly,
}

/// Rooms keep it, so it is written in two ways: in text what was not said is left out; in a
/// snapshot, which is read by position, nothing is.
impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Backorderable {
                cap,
                longest_wait_days,
            } => {
                let name = "backorderable";
                let mut written = serializer.serialize_struct_variant("Segment", 0, name, 2)?;
                written.serialize_field("cap", cap)?;
                written.serialize_field("longest_wait_days", longest_wait_days)?;
                written.end()
            }
            Self::Substitutable {
                alternatives,
                offer_days,
            } => {
                let (name, whole) = ("substitutable", !serializer.is_human_readable());
                let fields = if whole || offer_days.is_some() { 2 } else { 1 };
                let mut written =
                    serializer.serialize_struct_variant("Segment", 1, name, fields)?;
                written.serialize_field("alternatives", alternatives)?;
                if fields == 2 {
                    written.serialize_field("offer_days", offer_days)?;
                }
                written.end()
            }
            Self::StockOnly => serializer.serialize_unit_variant("Segment", 2, "stock_only"),
        }
    }
}

/// How long something else is offered, if the item does not say.
pub const DEFAULT_OFFER_DAYS: u32 = 7;

/// An order-up-to rule on inventory position, which is on hand + travelling + on order - open
/// demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replenishment {
    /// Who sells it to us.
    pub supplier: SupplierId,
    /// When the position is at or below this, more is requested.
    pub reorder_point: u32,
    /// Requested are enough packs to bring the position to at least this.
    pub order_up_to: u32,
    /// Units in a pack, at least 1.
    pub pack_size: u32,
    /// Days from order to delivery, as the item's planner expects; the promise of a backorder
    /// that no inbound covers is this, marked as an estimate.
    pub lead_time_days: u32,
}

/// A place that holds stock was named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocationDefined {
    /// This definition.
    pub definition: DefinitionId,
    /// The place.
    pub location: LocationId,
    /// What a person calls it.
    pub name: String,
    /// The region it serves first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What it costs to ship a unit from there, in any measure that the cell uses for all its
    /// places: the cheaper one is chosen first. Absent, it costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
    /// The time zone by which its days are told; absent, the cell's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
}

/// The time zone by which the cell tells days was set. Instants stay UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeZoneSet {
    /// By its IANA name.
    pub time_zone: Zone,
}

/// A delivery was counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// This count.
    pub receipt: ReceiptId,
    /// Where it was put.
    pub location: LocationId,
    /// The purchase order it belongs to, if any; its open quantities go down by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<PurchaseOrderId>,
    /// What was in it.
    pub lines: Vec<SkuQuantity>,
}

/// So many units of an SKU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkuQuantity {
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
}

/// The count was corrected: found, lost, broken, or brought back by a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjusted {
    /// This correction.
    pub adjustment: AdjustmentId,
    /// What.
    pub sku: Sku,
    /// Where.
    pub location: LocationId,
    /// Units up (positive) or down (negative); never 0.
    pub change: i64,
    /// Why, such as `count`, `damage` or `customer_return`.
    pub reason: String,
}

/// Lines went to the warehouse floor to be picked; nothing may take their stock any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaveReleased {
    /// This wave.
    pub wave: WaveId,
    /// The place whose reserved lines were asked for.
    pub location: LocationId,
    /// The most lines that were asked for.
    pub max_lines: u32,
    /// The most units that were asked for; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_units: Option<u32>,
    /// Which lines were asked for; absent: all that are reserved there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<WaveFilter>,
    /// The lines that were released, in rank order.
    pub lines: Vec<StockLine>,
}

/// Which reserved lines a wave takes: those of which all that is said is so.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveFilter {
    /// Lines that have waited for stock.
    #[serde(default, skip_serializing_if = "off")]
    pub backorders: bool,
    /// Lines of one of these SKUs; none: of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<Sku>,
    /// Lines of orders that came through one of these channels; none: through any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Lines of orders that must leave by then, or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Timestamp>,
}

/// Goods left for a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shipped {
    /// This shipment.
    pub shipment: ShipmentId,
    /// Whose.
    pub order: OrderId,
    /// From where.
    pub location: LocationId,
    /// What of each line.
    pub lines: Vec<ShippedLine>,
    /// The carrier's number, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// Units that were reserved for other lines might leave with it: it was said so.
    #[serde(default, skip_serializing_if = "off")]
    pub from_others: bool,
}

/// Units of one line that left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShippedLine {
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// Of these, units that were not reserved for the line at that place. The room works it out.
    #[serde(default, skip_serializing_if = "none")]
    pub unplanned: u32,
}

/// Reserved units of one line at the wave's location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StockLine {
    /// Whose.
    pub order: OrderId,
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
}

/// Inventory wants more of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplenishmentRequested {
    /// This request.
    pub requisition: RequisitionId,
    /// What.
    pub sku: Sku,
    /// Whole units, in whole packs.
    pub quantity: u32,
    /// Whom the item is bought from.
    pub supplier: SupplierId,
    /// The inventory position that gave rise to it.
    pub position: i64,
}

impl ItemDefined {
    /// What it is counted in.
    pub fn measure(&self) -> Measure {
        Measure {
            unit: self.unit.clone().unwrap_or_default(),
            step: self.step.unwrap_or_default(),
        }
    }

    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.sku.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}

impl LocationDefined {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.location.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}

impl TimeZoneSet {
    /// No order and no SKU.
    pub(super) const fn concerns(&self) -> Vec<Key> {
        Vec::new()
    }

    /// The state shows whether it is so.
    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}

impl Received {
    pub(super) fn concerns(&self) -> Vec<Key> {
        self.lines.iter().map(|line| line.sku.key()).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.receipt.key())
    }
}

impl Adjusted {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.sku.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.adjustment.key())
    }
}

impl WaveReleased {
    pub(super) fn concerns(&self) -> Vec<Key> {
        self.lines.iter().map(|line| line.order.key()).collect()
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.wave.key())
    }
}

impl Shipped {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.shipment.key())
    }
}

impl ReplenishmentRequested {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.sku.key()]
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}
