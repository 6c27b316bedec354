//! An independent count of everything on the log: conservation, waits, promises.
//!
//! Not a room: it decides nothing. It hears all five and counts from the facts alone, so that
//! whoever wants to know whether the rooms agree (a simulation, a demonstration, an auditor) need
//! not ask them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use domain::decider::{Projection, Recorded};
use domain::demand::Tally;
use domain::event::{
    AllocatorEvent, Effect, InventoryEvent, NotifierEvent, OrderCancelled, OrderPlaced,
    OrdersEvent, Received, Shipped, SubstituteAccepted, SupplierGatewayEvent, WaveReleased,
};
use domain::ids::{LocationId, OrderId, Sku, Timestamp};

mod count;

pub use count::{AuditLine, AuditOrder, AuditPromises, AuditStock};

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

domain::hears! {
    /// All five rooms: whoever counts alone leaves nothing out.
    pub enum AuditHears {
        Orders(OrdersEvent),
        Inventory(InventoryEvent),
        Allocator(AllocatorEvent),
        Notifier(NotifierEvent),
        SupplierGateway(SupplierGatewayEvent),
    }
}

impl Projection for Audit {
    const SHAPE: u32 = 1;
    type Hears<'a> = AuditHears<'a>;

    fn evolve(&mut self, recorded: Recorded, event: AuditHears<'_>) {
        self.events = self.events.saturating_add(1);
        self.last_at = self.last_at.max(recorded.at);
        match event {
            AuditHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => self.placed(placed, recorded.at),
                OrdersEvent::OrderCancelled(cancelled) => self.cancelled(cancelled),
                OrdersEvent::SubstituteAccepted(accepted) => self.substituted(accepted),
                OrdersEvent::OrderClosed(closed) => self.closed(&closed.order),
            },
            AuditHears::Inventory(event) => match event {
                InventoryEvent::Received(received) => self.received(received),
                InventoryEvent::Adjusted(adjusted) => {
                    let stock = self.stock_of(&adjusted.sku, &adjusted.location);
                    stock.adjusted = stock.adjusted.saturating_add(adjusted.change);
                }
                InventoryEvent::Shipped(shipped) => self.shipped(shipped),
                InventoryEvent::WaveReleased(wave) => self.wave_released(wave),
                InventoryEvent::ItemDefined(_)
                | InventoryEvent::LocationDefined(_)
                | InventoryEvent::ReplenishmentRequested(_) => {}
            },
            AuditHears::Allocator(event) => match event {
                AllocatorEvent::Settled(settled) => self.settled(&settled.effects, recorded.at),
                AllocatorEvent::Rebalanced(run) => self.settled(&run.effects, recorded.at),
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::StockHeld(_)
                | AllocatorEvent::HoldEnded(_) => {}
            },
            AuditHears::Notifier(event) => match event {
                NotifierEvent::Notified(_) => self.notices = self.notices.saturating_add(1),
                NotifierEvent::NotificationFailed(_) => {}
            },
            AuditHears::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(_) => {
                    self.purchase_orders = self.purchase_orders.saturating_add(1);
                }
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseShipped(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => {}
            },
        }
    }
}

impl Audit {
    fn line(&mut self, order: &OrderId, line: u32) -> Option<&mut AuditLine> {
        self.lines.get_mut(&(order.clone(), line))
    }

    /// What crossed the closing and was assigned before it is held no more, in every room.
    fn closed(&mut self, order: &OrderId) {
        let Some(counted) = self.orders.get_mut(order) else {
            return;
        };
        counted.closed = true;
        for line in counted.lines.clone() {
            let key = (order.clone(), line);
            let held = self.lines.get(&key).map_or(0, |line| line.tally.held);
            if held > 0 {
                self.let_go(&key, &LocationId::from(""), |tally| tally.release(held));
            }
            self.open.remove(&key);
        }
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

    fn received(&mut self, received: &Received) {
        for line in &received.lines {
            let stock = self.stock_of(&line.sku, &received.location);
            stock.received = stock.received.saturating_add(line.quantity.into());
        }
    }

    fn wave_released(&mut self, wave: &WaveReleased) {
        for line in &wave.lines {
            let stock = self.stock_of(&line.sku, &wave.location);
            let key = (line.order.clone(), line.line);
            let fenced = stock.fenced.entry(key).or_default();
            *fenced = fenced.saturating_add(line.quantity);
        }
    }

    fn cancelled(&mut self, cancelled: &OrderCancelled) {
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

    fn substituted(&mut self, accepted: &SubstituteAccepted) {
        let Some(order) = self.orders.get_mut(&accepted.order) else {
            return;
        };
        let is_new = order.lines.iter().all(|line| *line < accepted.new_line);
        let instead = (accepted.order.clone(), accepted.new_line);
        let of_line = self
            .lines
            .get_mut(&(accepted.order.clone(), accepted.line))
            .filter(|_| !order.closed);
        let Some(line) = of_line else {
            return;
        };
        let tally = line.tally.substitute(accepted.quantity);
        let (tier, placed_at) = (line.tier.clone(), line.placed_at);
        if is_new {
            order.lines.push(accepted.new_line);
            let line = AuditLine::new(accepted.sku.clone(), tier, tally, placed_at);
            self.lines.insert(instead.clone(), line);
            self.open.insert(instead);
        }
        self.look_again(&accepted.order, accepted.line);
    }

    fn shipped(&mut self, shipped: &Shipped) {
        for part in &shipped.lines {
            let key = (shipped.order.clone(), part.line);
            let stock = self.stock_of(&part.sku, &shipped.location);
            stock.shipped = stock.shipped.saturating_add(part.quantity.into());
            if let Some(fenced) = stock.fenced.get_mut(&key) {
                *fenced = fenced.saturating_sub(part.quantity);
            }
            self.let_go(&key, &shipped.location, |tally| tally.ship(part.quantity));
            self.look_again(&shipped.order, part.line);
        }
    }

    /// Takes what the tally loses off the line's holds: at this location first, then wherever it
    /// holds some. A release may cross a shipment; every room counts it so.
    fn let_go(
        &mut self,
        key: &(OrderId, u32),
        location: &LocationId,
        change: impl FnOnce(&mut Tally),
    ) {
        let Some(line) = self.lines.get_mut(key) else {
            return;
        };
        let held = line.tally.held;
        change(&mut line.tally);
        let mut left = held.saturating_sub(line.tally.held);
        // A stable sort: `false`, the location named, comes first, the others keep their order.
        let mut places: Vec<&mut (LocationId, u32)> = line.holds.iter_mut().collect();
        places.sort_by_key(|hold| hold.0 != *location);
        for (place, units) in places {
            let gone = left.min(*units);
            *units = units.saturating_sub(gone);
            left = left.saturating_sub(gone);
            if let Some(stock) = self.stock.get_mut(&(line.sku.clone(), place.clone())) {
                stock.held = stock.held.saturating_sub(gone.into());
            }
        }
        line.holds.retain(|(_, units)| *units > 0);
    }

    fn hold(&mut self, key: &(OrderId, u32), location: &LocationId, units: u32) {
        let Some(line) = self.lines.get_mut(key) else {
            return;
        };
        match line.holds.iter_mut().find(|hold| hold.0 == *location) {
            Some((_, held)) => *held = held.saturating_add(units),
            None => line.holds.push((location.clone(), units)),
        }
        let sku = line.sku.clone();
        let stock = self.stock_of(&sku, location);
        stock.held = stock.held.saturating_add(units.into());
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
            let (tier, tally) = (placed.customer.tier.clone(), Tally::new(line.quantity));
            let counted = AuditLine::new(line.sku.clone(), tier, tally, placed_at);
            self.lines
                .insert((placed.order.clone(), line.line), counted);
            self.open.insert((placed.order.clone(), line.line));
        }
    }

    fn settled(&mut self, effects: &[Effect], at: Timestamp) {
        for effect in effects {
            // What was decided for an order before its closing was heard is void, in every room.
            if self
                .orders
                .get(effect.order())
                .is_none_or(|order| order.closed)
            {
                continue;
            }
            let key = (effect.order().clone(), effect.line());
            if let Effect::Assigned(effect) = effect {
                self.hold(&key, &effect.location, effect.quantity);
            } else if let Effect::Released(effect) = effect {
                self.let_go(&key, &effect.location, |tally| {
                    tally.release(effect.quantity)
                });
            }
            let mut promises = self.promises;
            if let Some(line) = self.line(effect.order(), effect.line()) {
                line.settle(effect, at, &mut promises);
            }
            self.promises = promises;
            self.look_again(effect.order(), effect.line());
        }
    }

    /// The counts of an SKU, one a location.
    pub fn stock_of_sku<'a>(&'a self, sku: &'a Sku) -> impl Iterator<Item = &'a AuditStock> {
        let first = (sku.clone(), LocationId::from(""));
        self.stock
            .range(first..)
            .take_while(move |((of, _), _)| of == sku)
            .map(|(_, stock)| stock)
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
            if at_rest && stock.is_short() {
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
