//! What inventory may be asked to record, and the decisions on it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::bounds::{
    MAX_DAYS, MAX_LINES, MAX_LOCATIONS, MAX_NAME_BYTES, MAX_ON_HAND, MAX_REASON_BYTES, MAX_UNITS,
};
use super::policy::{check_protection, check_replenishment, check_segment};
use super::{Inventory, InventoryRefusal as No};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Adjusted, Event, ItemDefined, LocationDefined, Received, Segment, TimeZoneSet};
use crate::ids::{Key, LocationId, Sku, Timestamp};
use crate::quantity::{MAX_UNIT_CHARS, Step};

mod arrival;
mod floor;
mod goods;
mod renaming;
mod wave;

pub use arrival::ReceiveMove;
pub use floor::{ConfirmShipment, RecallWave, ReportShortPick};
pub use goods::{CountStock, Left, MoveStock, ReturnGoods, Then};
pub use renaming::RenameItem;
pub use wave::ReleaseWave;

/// Says what an item is and how it is sold and bought. A later definition replaces it. One that
/// says the same as what stands is recorded as well: else a late retry of it could undo what was
/// defined since.
///
/// Refused under a SKU that an item gave up, or with one as an alternative; over a bound of the
/// description, the unit, the segment, the replenishment rule, the protection or the days before;
/// with days before which nobody may wait; and with another step than the one that quantities of
/// the item stand in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefineItem(pub ItemDefined);

impl Command<Inventory> for DefineItem {
    fn id(&self) -> Option<Key> {
        Some(self.0.definition.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.sku.key()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        let bytes = asked.description.len();
        if !(1..=MAX_NAME_BYTES).contains(&bytes) {
            return Err(No::DescriptionMalformed { bytes });
        }
        inventory.check_not_renamed(&asked.sku)?;
        check_segment(&asked.sku, &asked.segment)?;
        if let Segment::Substitutable { alternatives, .. } = &asked.segment {
            let mut named = alternatives.iter();
            named.try_for_each(|sku| inventory.check_not_renamed(sku))?;
        }
        asked
            .replenishment
            .as_ref()
            .map_or(Ok(()), check_replenishment)?;
        if let Some(protection) = &asked.protection {
            check_protection(protection, asked.fair_share)?;
        }
        if let Some(days) = asked.reserve_days_before.filter(|days| *days > MAX_DAYS) {
            return Err(No::ReserveDaysOutOfRange { days });
        }
        let waits = matches!(asked.segment, Segment::Backorderable { .. });
        if !waits && (asked.reserve_days_before.is_some() || asked.releases_at.is_some()) {
            return Err(No::NotBeforeConflict {});
        }
        inventory.check_measure(asked)?;
        Ok(Decided::Record(asked.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        ItemDefined::of(event).cloned().map(Self)
    }
}

/// Names a place that holds stock. A later definition replaces it; one that says the same as what
/// stands is recorded as well, so that no retry of it comes late.
///
/// Refused over a bound of the name, the region, or the number of locations, and under the name
/// of a place at which goods travel now.
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
        if inventory.travels.contains_key(&asked.location) {
            let location = asked.location.clone();
            return Err(No::LocationUsed { location });
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

/// Sets the time zone by which the cell tells days. Nothing, if it is that one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetTimeZone(pub TimeZoneSet);

impl Command<Inventory> for SetTimeZone {
    fn keys(&self) -> Vec<Key> {
        vec![Key::of("time_zone", "")]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        Ok(if *inventory.time_zone() == self.0.time_zone {
            Decided::Nothing
        } else {
            Decided::Record(self.0.clone().into())
        })
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
        check_skus(inventory, asked.lines.iter().map(|line| &line.sku))?;
        for line in &asked.lines {
            check_quantity(line.quantity)?;
        }
        inventory.check_location(&asked.location)?;
        for line in &asked.lines {
            inventory.check_sku(&line.sku)?;
            inventory.check_room_for(&line.sku, &asked.location, line.quantity)?;
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
        check_reason(&asked.reason)?;
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

/// What the decisions ask.
impl Inventory {
    /// What is there and what is wanted would be more or less under another step.
    fn check_measure(&self, asked: &ItemDefined) -> Result<(), No> {
        if let Some(unit) = &asked.unit
            && !is_unit(unit)
        {
            return Err(No::UnitMalformed {});
        }
        let step = asked.step.unwrap_or_default();
        let stands = self.skus.get(&asked.sku).filter(|it| it.is_counted());
        let stands = stands.map(|stock| {
            let item = stock.item.as_ref();
            item.map_or_else(Step::default, |item| item.measure.step)
        });
        match stands.filter(|stands| *stands != step) {
            Some(stands) => Err(No::StepUsed {
                sku: asked.sku.clone(),
                stands,
                step,
            }),
            None => Ok(()),
        }
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
        if self.stock(sku).is_some_and(|stock| stock.item.is_some()) {
            return Ok(());
        }
        Err(No::UnknownSku { sku: sku.clone() })
    }
}

/// A word without spaces, so that a quantity and its unit are told apart.
fn is_unit(unit: &str) -> bool {
    let chars = unit.chars().count();
    (1..=MAX_UNIT_CHARS).contains(&chars)
        && !unit.chars().any(|it| it.is_control() || it.is_whitespace())
        && !unit.starts_with(|it: char| it.is_ascii_digit())
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

fn check_reason(reason: &str) -> Result<(), No> {
    let bytes = reason.len();
    if !(1..=MAX_REASON_BYTES).contains(&bytes) || reason.trim().is_empty() {
        return Err(No::ReasonMalformed { bytes });
    }
    Ok(())
}

/// Each item once, whatever it is called.
fn check_skus<'a>(
    inventory: &'a Inventory,
    skus: impl IntoIterator<Item = &'a Sku>,
) -> Result<(), No> {
    let mut seen = BTreeSet::new();
    for sku in skus {
        if !seen.insert(inventory.renamed.now(sku)) {
            return Err(No::RepeatedSku { sku: sku.clone() });
        }
    }
    Ok(())
}

/// Each line once.
fn check_line_numbers(numbers: impl IntoIterator<Item = u32>) -> Result<(), No> {
    let mut seen = BTreeSet::new();
    for line in numbers {
        if !seen.insert(line) {
            return Err(No::RepeatedLine { line });
        }
    }
    Ok(())
}
