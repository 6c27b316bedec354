//! An independent count of everything on the log: conservation, waits, promises.
//!
//! Not a room: it decides nothing. It hears all five and counts from the facts alone, so that
//! whoever wants to know whether the rooms agree (a simulation, a demonstration, an auditor) need
//! not ask them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::decider::{Projection, Recorded, Room};
use crate::demand::Tally;
use crate::event::{Effect, Event, OrderPlaced, Promise, Settled};
use crate::ids::{LocationId, OrderId, Sku, Tier, Timestamp};

/// Everything that was counted.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Every line that was ever ordered.
    pub lines: BTreeMap<(OrderId, u32), AuditLine>,
    /// Those that are still open.
    pub open: BTreeSet<(OrderId, u32)>,
    /// The lines of each order, by number.
    pub orders: BTreeMap<OrderId, AuditOrder>,
    /// Units of each SKU at each location.
    pub stock: BTreeMap<(Sku, LocationId), AuditStock>,
    /// Purchase orders placed.
    pub purchase_orders: u64,
    /// Notices that reached their channel.
    pub notices: u64,
    /// Promises made, moved, kept and missed.
    pub promises: AuditPromises,
    /// Events of all rooms.
    pub events: u64,
    /// When the last fact was recorded, by its room's clock.
    pub last_at: Timestamp,
}

/// One order's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOrder {
    /// How many lines it has.
    pub lines: Vec<u32>,
    /// It was closed.
    pub closed: bool,
}

/// One line's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// Where its units are.
    pub tally: Tally,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it began to wait, if it ever did.
    pub waits_since: Option<Timestamp>,
    /// When the last of its waiting units got stock.
    pub filled_at: Option<Timestamp>,
    /// The first date that was told.
    pub first_told: Option<Timestamp>,
    /// The date that was told last.
    pub last_told: Option<Timestamp>,
}

/// One SKU's count at one location.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStock {
    /// Units counted in.
    pub received: i64,
    /// Units corrected, up and down.
    pub adjusted: i64,
    /// Units that left.
    pub shipped: i64,
    /// Units held for lines.
    pub held: i64,
}

impl AuditStock {
    /// Units that must be there.
    pub const fn on_hand(&self) -> i64 {
        self.received
            .saturating_add(self.adjusted)
            .saturating_sub(self.shipped)
    }
}

/// How promises went. A promise is a date; *unknown* is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPromises {
    /// Lines that were told a date.
    pub made: u64,
    /// Times that another date was told.
    pub moved: u64,
    /// Lines whose stock was there by the end of the day first told.
    pub kept: u64,
    /// Lines whose stock came later than the day first told.
    pub missed: u64,
}

impl Projection for Audit {
    const SHAPE: u32 = 1;
    const HEARS: &'static [Room] = &Room::ALL;

    fn evolve(&mut self, recorded: Recorded<'_>) {
        self.events = self.events.saturating_add(1);
        self.last_at = self.last_at.max(recorded.at);
        match recorded.event {
            Event::OrderPlaced(placed) => self.placed(placed, recorded.at),
            Event::OrderCancelled(cancelled) => {
                let lines = self
                    .orders
                    .get(&cancelled.order)
                    .map(|order| order.lines.clone());
                let all = lines.unwrap_or_default();
                let whole = all.into_iter().map(|line| (line, u32::MAX));
                let named = cancelled
                    .lines
                    .iter()
                    .map(|part| (part.line, part.quantity));
                let parts: Vec<_> = if cancelled.lines.is_empty() {
                    whole.collect()
                } else {
                    named.collect()
                };
                for (line, quantity) in parts {
                    if let Some(line) = self.line(&cancelled.order, line) {
                        line.tally.cancel(quantity);
                    }
                    self.look_again(&cancelled.order, line);
                }
            }
            Event::OrderClosed(closed) => {
                if let Some(order) = self.orders.get_mut(&closed.order) {
                    order.closed = true;
                }
            }
            Event::Received(received) => {
                for line in &received.lines {
                    let stock = self.stock_of(&line.sku, &received.location);
                    stock.received = stock.received.saturating_add(line.quantity.into());
                }
            }
            Event::Adjusted(adjusted) => {
                let stock = self.stock_of(&adjusted.sku, &adjusted.location);
                stock.adjusted = stock.adjusted.saturating_add(adjusted.change);
            }
            Event::Shipped(shipped) => {
                for part in &shipped.lines {
                    let stock = self.stock_of(&part.sku, &shipped.location);
                    stock.shipped = stock.shipped.saturating_add(part.quantity.into());
                    stock.held = stock.held.saturating_sub(part.quantity.into());
                    if let Some(line) = self.line(&shipped.order, part.line) {
                        line.tally.ship(part.quantity);
                    }
                    self.look_again(&shipped.order, part.line);
                }
            }
            Event::Settled(settled) => self.settled(settled, recorded.at),
            Event::PurchaseOrdered(_) => {
                self.purchase_orders = self.purchase_orders.saturating_add(1);
            }
            Event::Notified(_) => self.notices = self.notices.saturating_add(1),
            Event::ItemDefined(_)
            | Event::LocationDefined(_)
            | Event::WaveReleased(_)
            | Event::ReplenishmentRequested(_)
            | Event::SupplierDefined(_)
            | Event::PurchaseConfirmed(_)
            | Event::PurchaseDelayed(_)
            | Event::PurchaseRejected(_)
            | Event::PurchaseShipped(_)
            | Event::PurchaseDelivered(_)
            | Event::NotificationFailed(_) => {}
        }
    }
}

impl Audit {
    fn line(&mut self, order: &OrderId, line: u32) -> Option<&mut AuditLine> {
        self.lines.get_mut(&(order.clone(), line))
    }

    fn look_again(&mut self, order: &OrderId, line: u32) {
        let key = (order.clone(), line);
        if self
            .lines
            .get(&key)
            .is_some_and(|line| line.tally.is_closed())
        {
            self.open.remove(&key);
        }
    }

    fn stock_of(&mut self, sku: &Sku, location: &LocationId) -> &mut AuditStock {
        self.stock
            .entry((sku.clone(), location.clone()))
            .or_default()
    }

    fn placed(&mut self, placed: &OrderPlaced, at: Timestamp) {
        let placed_at = placed.placed_at.unwrap_or(at);
        let numbers = placed.lines.iter().map(|line| line.line).collect();
        let order = AuditOrder {
            lines: numbers,
            closed: false,
        };
        self.orders.insert(placed.order.clone(), order);
        for line in &placed.lines {
            let counted = AuditLine {
                sku: line.sku.clone(),
                tier: placed.customer.tier.clone(),
                tally: Tally::new(line.quantity),
                placed_at,
                waits_since: None,
                filled_at: None,
                first_told: None,
                last_told: None,
            };
            self.lines
                .insert((placed.order.clone(), line.line), counted);
        }
    }

    fn settled(&mut self, settled: &Settled, at: Timestamp) {
        for effect in &settled.effects {
            match effect {
                Effect::Assigned(effect) => {
                    let stock = self.stock_of(&effect.sku, &effect.location);
                    stock.held = stock.held.saturating_add(effect.quantity.into());
                }
                Effect::Released(effect) => {
                    let stock = self.stock_of(&effect.sku, &effect.location);
                    stock.held = stock.held.saturating_sub(effect.quantity.into());
                }
                Effect::Backordered(_) | Effect::Refused(_) | Effect::Promised(_) => {}
            }
            let mut promises = self.promises;
            if let Some(line) = self.line(effect.order(), effect.line()) {
                line.settle(effect, at, &mut promises);
            }
            self.promises = promises;
            self.look_again(effect.order(), effect.line());
        }
    }

    /// Lines of which some unit is not shipped, cancelled or refused.
    pub fn open_lines(&self) -> usize {
        self.open.len()
    }

    /// How many lines wait, and one of them: that which has waited longest.
    pub fn waiting(&self) -> (usize, Option<(OrderId, u32)>) {
        let waiting = || {
            let open = self
                .open
                .iter()
                .filter_map(|key| Some((key, self.lines.get(key)?)));
            open.filter(|(_, line)| line.tally.backordered() > 0)
        };
        let longest = waiting().min_by_key(|(key, line)| (line.placed_at, *key));
        (waiting().count(), longest.map(|(key, _)| key.clone()))
    }

    /// What does not add up: per line and per SKU. Empty when all is conserved.
    ///
    /// `at_rest` adds what holds only when the allocator has settled everything.
    pub fn violations(&self, at_rest: bool) -> Vec<String> {
        let mut found = Vec::new();
        let mut held: BTreeMap<&Sku, i64> = BTreeMap::new();
        for ((order, number), line) in &self.lines {
            let tally = &line.tally;
            let sum = [
                tally.reserved(),
                tally.backordered(),
                tally.undecided(),
                tally.shipped,
                tally.cancelled,
                tally.refused,
            ];
            let sum: u64 = sum.into_iter().map(u64::from).sum();
            if sum != u64::from(tally.quantity) {
                found.push(format!(
                    "order {order} line {number}: parts sum to {sum}: {tally:?}"
                ));
            }
            if at_rest && (tally.undecided() > 0 || tally.excess() > 0) {
                found.push(format!(
                    "order {order} line {number} is not settled: {tally:?}"
                ));
            }
            let units = held.entry(&line.sku).or_default();
            *units = units.saturating_add(tally.held.into());
        }
        let mut stock_held: BTreeMap<&Sku, i64> = BTreeMap::new();
        for ((sku, location), stock) in &self.stock {
            if stock.on_hand() < 0 {
                found.push(format!(
                    "{sku} at {location}: more left than was there: {stock:?}"
                ));
            }
            if at_rest && stock.held > stock.on_hand() {
                found.push(format!(
                    "{sku} at {location}: reserved above on hand: {stock:?}"
                ));
            }
            let units = stock_held.entry(sku).or_default();
            *units = units.saturating_add(stock.held);
        }
        for (sku, units) in held {
            let at_locations = stock_held.get(sku).copied().unwrap_or_default();
            if units != at_locations {
                found.push(format!(
                    "{sku}: lines hold {units}, locations {at_locations}"
                ));
            }
        }
        found
    }
}

impl AuditLine {
    fn settle(&mut self, effect: &Effect, at: Timestamp, promises: &mut AuditPromises) {
        match effect {
            Effect::Assigned(effect) => {
                let waited = self.waits_since.is_some() && self.tally.backordered() > 0;
                self.tally.assign(effect.quantity);
                if waited && self.tally.backordered() == 0 {
                    self.filled(at, promises);
                }
            }
            Effect::Released(effect) => {
                self.tally.release(effect.quantity);
                if self.tally.backordered() > 0 && self.waits_since.is_none() {
                    self.waits_since = Some(at);
                }
            }
            Effect::Backordered(_) => {
                self.tally.backorder();
                self.waits_since.get_or_insert(at);
            }
            Effect::Refused(effect) => self.tally.refuse(effect.quantity),
            Effect::Promised(effect) => self.promised(&effect.promise, promises),
        }
    }

    fn promised(&mut self, promise: &Promise, promises: &mut AuditPromises) {
        let Some(date) = promise.at() else { return };
        if self.first_told.is_none() {
            self.first_told = Some(date);
            promises.made = promises.made.saturating_add(1);
        } else if self.last_told != Some(date) {
            promises.moved = promises.moved.saturating_add(1);
        }
        self.last_told = Some(date);
    }

    fn filled(&mut self, at: Timestamp, promises: &mut AuditPromises) {
        if self.filled_at.is_none()
            && let Some(told) = self.first_told
        {
            if at.start_of_day() <= told.start_of_day() {
                promises.kept = promises.kept.saturating_add(1);
            } else {
                promises.missed = promises.missed.saturating_add(1);
            }
        }
        self.filled_at = Some(at);
    }
}
