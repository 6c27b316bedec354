//! What inventory may be asked to record, and the rules. Each decision is on the request and the
//! state; a request that was recorded before is found before any rule is asked.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::{check_protection, check_replenishment, check_segment};
use super::{Inventory, InventoryRefusal as No};
use crate::decider::{Decided, Decision};
use crate::event::{
    Adjusted, Event, ItemDefined, LocationDefined, Received, Shipped, ShippedLine, StockLine,
    WaveReleased,
};
use crate::ids::{LocationId, Sku};

/// The most lines in one receipt or shipment, as many as an order has; a larger one is split.
pub const MAX_LINES: usize = 1_000;
/// The most units that one line or one correction moves, and that one request asks suppliers for.
pub const MAX_UNITS: u32 = 10_000_000;
/// The most units of an SKU at one location. With it no sum over locations can overflow, and the
/// totals ever received or shipped could only after a million million full lines.
pub const MAX_ON_HAND: u64 = 1_000_000_000_000;
/// The most lines in one wave.
pub const MAX_WAVE_LINES: u32 = 1_000;
/// The most locations of a cell, so that one item's stock at all of them is one answer.
pub const MAX_LOCATIONS: usize = 5_000;
/// The most bytes of ids in one wave, so that it fits a commit; the rest waits for the next.
pub const MAX_WAVE_BYTES: usize = 128 * 1024;
/// The highest cap or order-up-to level, in units.
pub const MAX_CAP: u32 = 1_000_000_000;
/// The longest wait or lead time, in days.
pub const MAX_DAYS: u32 = 3_650;
/// The most alternatives of one item.
pub const MAX_ALTERNATIVES: usize = 16;
/// The most channels, and the most tiers, for which units of one item are kept.
pub const MAX_LEVELS: usize = 16;
/// The longest name of a channel, in characters: as long as an order's may be.
pub const MAX_CHANNEL_CHARS: usize = 64;
/// The longest time for which something else is offered, in days.
pub const MAX_OFFER_DAYS: u32 = 90;
/// The longest description, name or region, in bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// The longest reason or tracking number, in bytes.
pub const MAX_REASON_BYTES: usize = 128;

impl Inventory {
    /// Says what an item is and how it is sold and bought. A later definition replaces it; one
    /// that says the same as what stands records nothing.
    ///
    /// # Errors
    /// A bound of the description, the segment, the replenishment rule or the protection.
    pub fn define_item(&self, asked: &ItemDefined) -> Decision<No> {
        if let Some(at) = self.once.find(asked.definition.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
        let bytes = asked.description.len();
        if !(1..=MAX_NAME_BYTES).contains(&bytes) {
            return Err(No::BadDescription { bytes });
        }
        check_segment(&asked.sku, &asked.segment)?;
        asked
            .replenishment
            .as_ref()
            .map_or(Ok(()), check_replenishment)?;
        if let Some(protection) = &asked.protection {
            check_protection(protection, asked.fair_share)?;
        }
        let stands = self
            .skus
            .get(&asked.sku)
            .and_then(|stock| stock.item.as_ref());
        if stands.is_some_and(|item| {
            item.description == asked.description
                && item.segment == asked.segment
                && item.replenishment == asked.replenishment
                && item.fair_share == asked.fair_share
                && item.protection == asked.protection
        }) {
            return Ok(Decided::Nothing);
        }
        Ok(self
            .once
            .decide(asked.definition.key(), asked.clone().into()))
    }

    /// Names a place that holds stock. A later definition replaces it; one that says the same as
    /// what stands records nothing.
    ///
    /// # Errors
    /// A bound of the name, the region, or the number of locations.
    pub fn define_location(&self, asked: &LocationDefined) -> Decision<No> {
        if let Some(at) = self.once.find(asked.definition.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
        let bytes = asked.name.len();
        if !(1..=MAX_NAME_BYTES).contains(&bytes) {
            return Err(No::BadName { bytes });
        }
        if let Some(bytes) = asked.region.as_ref().map(String::len)
            && !(1..=MAX_NAME_BYTES).contains(&bytes)
        {
            return Err(No::BadRegion { bytes });
        }
        let stands = self.locations.get(&asked.location);
        if stands.is_some_and(|stands| {
            stands.name == asked.name && stands.region == asked.region && stands.cost == asked.cost
        }) {
            return Ok(Decided::Nothing);
        }
        let is_new = !self.locations.contains_key(&asked.location);
        if is_new && self.locations.len() >= MAX_LOCATIONS {
            let location = asked.location.clone();
            return Err(No::TooManyLocations { location });
        }
        Ok(self
            .once
            .decide(asked.definition.key(), asked.clone().into()))
    }

    /// Counts a delivery in. It may hold more than its purchase order expects, and other SKUs.
    ///
    /// # Errors
    /// An unknown location, item or purchase order; a bound; an SKU named twice.
    pub fn receive(&self, asked: &Received) -> Decision<No> {
        if let Some(at) = self.once.find(asked.receipt.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
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
        self.check_location(&asked.location)?;
        for line in &asked.lines {
            self.check_sku(&line.sku)?;
            let on_hand = self.count(&line.sku, &asked.location).on_hand;
            if on_hand.saturating_add(u64::from(line.quantity)) > MAX_ON_HAND {
                let (sku, location) = (line.sku.clone(), asked.location.clone());
                return Err(No::TooMuchStock { sku, location });
            }
        }
        if let Some(id) = &asked.purchase_order
            && !self.purchases.contains_key(id)
            && !self.bought.contains(&id.key())
        {
            return Err(No::UnknownPurchaseOrder {
                purchase_order: id.clone(),
            });
        }
        Ok(self.once.decide(asked.receipt.key(), asked.clone().into()))
    }

    /// Corrects a count. Below what is reserved it may go: the allocator takes back what is not
    /// there.
    ///
    /// # Errors
    /// An unknown location or item; a change of 0, over the bound, or below nothing on hand; no
    /// reason.
    pub fn adjust(&self, asked: &Adjusted) -> Decision<No> {
        if let Some(at) = self.once.find(asked.adjustment.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
        let change = asked.change;
        if change == 0 || change.unsigned_abs() > u64::from(MAX_UNITS) {
            return Err(No::BadChange { change });
        }
        let bytes = asked.reason.len();
        if !(1..=MAX_REASON_BYTES).contains(&bytes) || asked.reason.trim().is_empty() {
            return Err(No::BadReason { bytes });
        }
        self.check_location(&asked.location)?;
        self.check_sku(&asked.sku)?;
        let (sku, location) = (asked.sku.clone(), asked.location.clone());
        let on_hand = self.count(&sku, &location).on_hand;
        match on_hand.checked_add_signed(change) {
            None => Err(No::BelowZero {
                sku,
                location,
                on_hand,
            }),
            Some(after) if after > MAX_ON_HAND => Err(No::TooMuchStock { sku, location }),
            Some(_) => Ok(self
                .once
                .decide(asked.adjustment.key(), asked.clone().into())),
        }
    }

    /// Sends reserved lines to the floor of a location, the longest placed first. The request's
    /// own `lines` are not looked at: inventory works them out.
    ///
    /// # Errors
    /// An unknown location; a bound; nothing that waits for a wave there.
    pub fn release_wave(&self, asked: &WaveReleased) -> Decision<No> {
        if let Some(at) = self.once.find(asked.wave.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
        if !(1..=MAX_WAVE_LINES).contains(&asked.max_lines) {
            return Err(No::BadMaxLines {
                max_lines: asked.max_lines,
            });
        }
        self.check_location(&asked.location)?;
        let lines = self.next_wave(&asked.location, asked.max_lines);
        if lines.is_empty() {
            return Err(No::NothingToRelease {
                location: asked.location.clone(),
            });
        }
        let wave = WaveReleased {
            lines,
            ..asked.clone()
        };
        Ok(self.once.decide(asked.wave.key(), wave.into()))
    }

    /// Goods leave for an order, of lines that hold stock there, on the floor or not.
    ///
    /// # Errors
    /// An unknown location, order or line; a bound; more than is reserved or on hand; another
    /// SKU than the line's.
    pub fn ship(&self, asked: &Shipped) -> Decision<No> {
        if let Some(at) = self.once.find(asked.shipment.key()) {
            return Ok(Decided::Before(at, Event::from(asked.clone())));
        }
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
            return Err(No::BadTracking { bytes });
        }
        self.check_location(&asked.location)?;
        let mut leaving = BTreeMap::<&Sku, u64>::new();
        for line in &asked.lines {
            self.check_shipped_line(asked, line)?;
            let sum = leaving.entry(&line.sku).or_default();
            *sum = sum.saturating_add(u64::from(line.quantity));
        }
        for (sku, units) in leaving {
            let on_hand = self.count(sku, &asked.location).on_hand;
            if units > on_hand {
                let (sku, location) = (sku.clone(), asked.location.clone());
                return Err(No::NotOnHand {
                    sku,
                    location,
                    on_hand,
                    asked: units,
                });
            }
        }
        Ok(self.once.decide(asked.shipment.key(), asked.clone().into()))
    }

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
        let reserved = ordered
            .hold(&asked.location)
            .map_or(0, |hold| hold.reserved);
        if line.quantity > reserved {
            return Err(No::NotReserved {
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
                let ids = turn
                    .order
                    .as_str()
                    .len()
                    .saturating_add(line.sku.as_str().len());
                bytes = bytes.saturating_add(ids);
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
        Err(No::BadLineCount { count })
    }
}

fn check_quantity(quantity: u32) -> Result<(), No> {
    if (1..=MAX_UNITS).contains(&quantity) {
        Ok(())
    } else {
        Err(No::BadQuantity { quantity })
    }
}
