//! What inventory may be asked to record, and the decisions on it.

use crate::exact::Exact;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bounds::{
    MAX_LINES, MAX_LOCATIONS, MAX_NAME_BYTES, MAX_ON_HAND, MAX_REASON_BYTES, MAX_UNITS,
    MAX_WAVE_BYTES, MAX_WAVE_LINES,
};
use super::policy::{check_protection, check_replenishment, check_segment};
use super::{Inventory, InventoryRefusal as No};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{
    Adjusted, Event, ItemDefined, LocationDefined, Received, Shipped, ShippedLine, StockLine,
    WaveReleased,
};
use crate::ids::{Key, LocationId, Sku, Timestamp, WaveId};

/// Says what an item is and how it is sold and bought. A later definition replaces it. One that
/// says the same as what stands is recorded as well: else a late retry of it could undo what was
/// defined since.
///
/// Refused over a bound of the description, the segment, the replenishment rule or the protection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefineItem(pub ItemDefined);

impl Command<Inventory> for DefineItem {
    fn id(&self) -> Option<Key> {
        Some(self.0.definition.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.sku.key()]
    }

    fn decide(&self, _inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        let bytes = asked.description.len();
        if !(1..=MAX_NAME_BYTES).contains(&bytes) {
            return Err(No::DescriptionMalformed { bytes });
        }
        check_segment(&asked.sku, &asked.segment)?;
        asked
            .replenishment
            .as_ref()
            .map_or(Ok(()), check_replenishment)?;
        if let Some(protection) = &asked.protection {
            check_protection(protection, asked.fair_share)?;
        }
        Ok(Decided::Record(asked.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        ItemDefined::of(event).cloned().map(Self)
    }
}

/// Names a place that holds stock. A later definition replaces it; one that says the same as what
/// stands is recorded as well, so that no retry of it comes late.
///
/// Refused over a bound of the name, the region, or the number of locations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefineLocation(pub LocationDefined);

impl Command<Inventory> for DefineLocation {
    fn id(&self) -> Option<Key> {
        Some(self.0.definition.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.location.key()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        let bytes = asked.name.len();
        if !(1..=MAX_NAME_BYTES).contains(&bytes) {
            return Err(No::NameMalformed { bytes });
        }
        if let Some(bytes) = asked.region.as_ref().map(String::len)
            && !(1..=MAX_NAME_BYTES).contains(&bytes)
        {
            return Err(No::RegionMalformed { bytes });
        }
        let is_new = inventory.location(&asked.location).is_none();
        if is_new && inventory.locations.len() >= MAX_LOCATIONS {
            let location = asked.location.clone();
            return Err(No::TooManyLocations { location });
        }
        Ok(Decided::Record(asked.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        LocationDefined::of(event).cloned().map(Self)
    }
}

/// Counts a delivery in. It may hold more than its purchase order expects, and other SKUs.
///
/// Refused for an unknown location, item or purchase order, over a bound, and when an SKU is named
/// twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceiveStock(pub Received);

impl Command<Inventory> for ReceiveStock {
    fn id(&self) -> Option<Key> {
        Some(self.0.receipt.key())
    }

    fn keys(&self) -> Vec<Key> {
        self.0.lines.iter().map(|line| line.sku.key()).collect()
    }

    /// Units that come are added to whatever there is. Of the bound on units at a location, which
    /// is far below what a count can be, receipts of one commit may go over by what they bring.
    fn shares(&self, key: Key, _inventory: &RoomState<Inventory>) -> bool {
        self.0.lines.iter().any(|line| line.sku.key() == key)
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        check_line_count(asked.lines.len())?;
        let mut seen = BTreeSet::new();
        for line in &asked.lines {
            check_quantity(line.quantity)?;
            if !seen.insert(&line.sku) {
                return Err(No::RepeatedSku {
                    sku: line.sku.clone(),
                });
            }
        }
        inventory.check_location(&asked.location)?;
        for line in &asked.lines {
            inventory.check_sku(&line.sku)?;
            let on_hand = inventory.count(&line.sku, &asked.location).on_hand;
            if on_hand.plus(u64::from(line.quantity)) > MAX_ON_HAND {
                let (sku, location) = (line.sku.clone(), asked.location.clone());
                return Err(No::TooManyUnits { sku, location });
            }
        }
        if let Some(id) = &asked.purchase_order
            && !inventory.purchases.contains_key(id)
            && !inventory.bought.contains(&id.key())
        {
            return Err(No::UnknownPurchaseOrder {
                purchase_order: id.clone(),
            });
        }
        Ok(Decided::Record(asked.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Received::of(event).cloned().map(Self)
    }
}

/// Corrects a count. Below what is reserved it may go: the allocator takes back what is not there.
///
/// Refused for an unknown location or item, for a change of 0, over the bound or below nothing on
/// hand, and without a reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdjustStock(pub Adjusted);

impl Command<Inventory> for AdjustStock {
    fn id(&self) -> Option<Key> {
        Some(self.0.adjustment.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.sku.key()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        let change = asked.change;
        if change == 0 || change.unsigned_abs() > u64::from(MAX_UNITS) {
            return Err(No::ChangeOutOfRange { change });
        }
        let bytes = asked.reason.len();
        if !(1..=MAX_REASON_BYTES).contains(&bytes) || asked.reason.trim().is_empty() {
            return Err(No::ReasonMalformed { bytes });
        }
        inventory.check_location(&asked.location)?;
        inventory.check_sku(&asked.sku)?;
        let (sku, location) = (asked.sku.clone(), asked.location.clone());
        let on_hand = inventory.count(&sku, &location).on_hand;
        match on_hand.checked_add_signed(change) {
            None => Err(No::MoreThanCounted {
                sku,
                location,
                on_hand,
            }),
            Some(after) if after > MAX_ON_HAND => Err(No::TooManyUnits { sku, location }),
            Some(_) => Ok(Decided::Record(asked.clone().into())),
        }
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Adjusted::of(event).cloned().map(Self)
    }
}

/// Sends reserved lines to the floor of a location, the longest placed first. Inventory works out
/// which.
///
/// Refused for an unknown location, over a bound, and when nothing waits for a wave there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseWave {
    /// This wave.
    pub wave: WaveId,
    /// Of which location.
    pub location: LocationId,
    /// How many lines at most.
    pub max_lines: u32,
}

/// What waves and shipments meet at. A wave is about all of it, so it holds no line of which units
/// leave in the same commit, from whatever location; shipments share it.
fn floor() -> Key {
    Key::of("floor", "")
}

impl Command<Inventory> for ReleaseWave {
    fn id(&self) -> Option<Key> {
        Some(self.wave.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![floor()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let max_lines = self.max_lines;
        if !(1..=MAX_WAVE_LINES).contains(&max_lines) {
            return Err(No::MaxLinesOutOfRange { max_lines });
        }
        inventory.check_location(&self.location)?;
        let (wave, location) = (self.wave.clone(), self.location.clone());
        let lines = inventory.next_wave(&location, max_lines);
        if lines.is_empty() {
            return Err(No::NothingToRelease { location });
        }
        let released = WaveReleased {
            wave,
            location,
            max_lines,
            lines,
        };
        Ok(Decided::Record(released.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        WaveReleased::of(event).map(|released| Self {
            wave: released.wave.clone(),
            location: released.location.clone(),
            max_lines: released.max_lines,
        })
    }
}

/// Goods leave for an order, of lines that hold stock there, on the floor or not.
///
/// Refused for an unknown location, order or line, over a bound, for more than is reserved or on
/// hand, and for another SKU than the line's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfirmShipment(pub Shipped);

impl Command<Inventory> for ConfirmShipment {
    fn id(&self) -> Option<Key> {
        Some(self.0.shipment.key())
    }

    fn keys(&self) -> Vec<Key> {
        let order = &self.0.order;
        let skus = self.0.lines.iter().map(|line| line.sku.key());
        skus.chain([order.key(), floor()]).collect()
    }

    /// Shipments of other orders take of other reservations. Only where more is reserved than there
    /// is may one of them leave too little for another.
    fn shares(&self, key: Key, inventory: &RoomState<Inventory>) -> bool {
        let asked = &self.0;
        let mut skus = asked.lines.iter().map(|line| &line.sku);
        if let Some(sku) = skus.find(|sku| sku.key() == key) {
            let here = inventory.count(sku, &asked.location);
            return here.reserved <= here.on_hand;
        }
        key == floor()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        check_line_count(asked.lines.len())?;
        let mut seen = BTreeSet::new();
        for line in &asked.lines {
            check_quantity(line.quantity)?;
            if !seen.insert(line.line) {
                return Err(No::RepeatedLine { line: line.line });
            }
        }
        if let Some(bytes) = asked.tracking.as_ref().map(String::len)
            && !(1..=MAX_REASON_BYTES).contains(&bytes)
        {
            return Err(No::TrackingMalformed { bytes });
        }
        inventory.check_location(&asked.location)?;
        let mut leaving = BTreeMap::<&Sku, u64>::new();
        for line in &asked.lines {
            inventory.check_shipped_line(asked, line)?;
            let sum = leaving.entry(&line.sku).or_default();
            *sum = sum.plus(u64::from(line.quantity));
        }
        for (sku, units) in leaving {
            let on_hand = inventory.count(sku, &asked.location).on_hand;
            if units > on_hand {
                let (sku, location) = (sku.clone(), asked.location.clone());
                return Err(No::MoreThanOnHand {
                    sku,
                    location,
                    on_hand,
                    asked: units,
                });
            }
        }
        Ok(Decided::Record(asked.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Shipped::of(event).cloned().map(Self)
    }
}

/// What the decisions ask.
impl Inventory {
    fn check_shipped_line(&self, asked: &Shipped, line: &ShippedLine) -> Result<(), No> {
        let order = &asked.order;
        let Some(open) = self.orders.get(order) else {
            return Err(No::UnknownOrder {
                order: order.clone(),
            });
        };
        let Some(ordered) = open.line(line.line) else {
            return Err(No::UnknownLine {
                order: order.clone(),
                line: line.line,
            });
        };
        if ordered.sku != line.sku {
            let (ordered, named) = (ordered.sku.clone(), line.sku.clone());
            return Err(No::WrongSku {
                line: line.line,
                ordered,
                named,
            });
        }
        // Of a line that more is reserved for than is left of it, no more leaves than was ordered.
        let left = ordered.tally.quantity.minus(ordered.tally.shipped);
        let reserved = ordered.reservations.units_at(&asked.location).min(left);
        if line.quantity > reserved {
            return Err(No::MoreThanReserved {
                line: line.line,
                location: asked.location.clone(),
                reserved,
                quantity: line.quantity,
            });
        }
        Ok(())
    }

    /// The lines that go to the floor next.
    fn next_wave(&self, location: &LocationId, max_lines: u32) -> Vec<StockLine> {
        let most = usize::try_from(max_lines).unwrap_or(usize::MAX);
        let mut lines = Vec::new();
        let mut bytes = 0_usize;
        for turn in self.turns.get(location).into_iter().flatten() {
            if lines.len() >= most || bytes >= MAX_WAVE_BYTES {
                break;
            }
            let line = self
                .orders
                .get(&turn.order)
                .and_then(|open| open.line(turn.line));
            let Some(line) = line else { continue };
            let quantity = line.to_pick(location);
            if quantity > 0 {
                let ids = turn.order.as_str().len().plus(line.sku.as_str().len());
                bytes = bytes.plus(ids);
                let (order, sku) = (turn.order.clone(), line.sku.clone());
                lines.push(StockLine {
                    order,
                    line: turn.line,
                    sku,
                    quantity,
                });
            }
        }
        lines
    }

    fn check_location(&self, location: &LocationId) -> Result<(), No> {
        if self.locations.contains_key(location) {
            return Ok(());
        }
        Err(No::UnknownLocation {
            location: location.clone(),
        })
    }

    fn check_sku(&self, sku: &Sku) -> Result<(), No> {
        if self.skus.get(sku).is_some_and(|stock| stock.item.is_some()) {
            return Ok(());
        }
        Err(No::UnknownSku { sku: sku.clone() })
    }
}

fn check_line_count(count: usize) -> Result<(), No> {
    if (1..=MAX_LINES).contains(&count) {
        Ok(())
    } else {
        Err(No::LineCountOutOfRange { count })
    }
}

fn check_quantity(quantity: u32) -> Result<(), No> {
    if (1..=MAX_UNITS).contains(&quantity) {
        Ok(())
    } else {
        Err(No::QuantityOutOfRange { quantity })
    }
}
