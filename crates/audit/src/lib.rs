//! An independent count of everything on the log: conservation, waits, promises.
//!
//! Not a room: it decides nothing. It hears all five and counts from the facts alone, so that
//! whoever wants to know whether the rooms agree (a simulation, a demonstration, an auditor) need
//! not ask them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use domain::decider::{Projection, Recorded};
use domain::demand::{self, Change, LineChange, LineChanges, Lines, Tally};
use domain::event::{
    AllocatorEvent, Event, InventoryEvent, ItemRenamed, NotifierEvent, OrderPlaced, OrdersEvent,
    Received, SubstituteAccepted, SupplierGatewayEvent,
};
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId, Sku, Timestamp};
use domain::renamed::Renamed;
use domain::zones::Zones;

mod available;
mod count;
mod held;

pub use count::{AuditLine, AuditOrder, AuditPromises, AuditStock};
pub use held::AuditHeld;

/// Everything that was counted.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// By which customers were told days.
    pub zones: Zones,
    /// Every line that was ever ordered.
    pub lines: BTreeMap<(OrderId, u32), AuditLine>,
    /// Those that are still open.
    pub open: BTreeSet<(OrderId, u32)>,
    /// The lines of each order, by number.
    pub orders: BTreeMap<OrderId, AuditOrder>,
    /// Units of each SKU at each location, and where they travel.
    pub stock: BTreeMap<(Sku, LocationId), AuditStock>,
    /// Places at which goods of moves travel, or did: no stock there is for anybody who asks.
    pub roads: BTreeSet<LocationId>,
    /// What is on hold, and what is kept back of each SKU.
    pub held: AuditHeld,
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
    /// What items are called now that were called otherwise.
    pub renamed: Renamed,
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
    const SHAPE: u32 = 7;
    type Hears<'a> = AuditHears<'a>;

    fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    fn evolve(&mut self, recorded: Recorded, event: AuditHears<'_>) {
        self.events = self.events.plus(1);
        self.last_at = self.last_at.max(recorded.at);
        match event {
            AuditHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(_)
                | OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => self.follow(recorded.at, event.line_changes()),
                OrdersEvent::HistoryRecorded(_)
                | OrdersEvent::OrderSuspended(_)
                | OrdersEvent::OrderResumed(_)
                | OrdersEvent::OrderAmended(_) => {}
            },
            AuditHears::Inventory(event) => self.hear_inventory(recorded.at, event),
            AuditHears::Allocator(event) => match event {
                AllocatorEvent::Settled(_)
                | AllocatorEvent::Rebalanced(_)
                | AllocatorEvent::StockAssigned(_)
                | AllocatorEvent::WaitsEnded(_) => {
                    self.follow(recorded.at, event.line_changes());
                }
                AllocatorEvent::StockHeld(held) => self.held.hold(held),
                AllocatorEvent::HoldEnded(ended) => self.held.end(ended),
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::PromisesDue(_)
                | AllocatorEvent::Prioritised(_) => {}
            },
            AuditHears::Notifier(event) => match event {
                NotifierEvent::Notified(_) => self.notices = self.notices.plus(1),
                NotifierEvent::NotificationFailed(_) => {}
            },
            AuditHears::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(_) => {
                    self.purchase_orders = self.purchase_orders.plus(1);
                }
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::SupplierItemDefined(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseScheduled(_)
                | SupplierGatewayEvent::PurchaseClosed(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseShipped(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => {}
            },
        }
    }
}

impl Audit {
    /// What became true of stock.
    fn hear_inventory(&mut self, at: Timestamp, event: &InventoryEvent) {
        match event {
            InventoryEvent::Received(received) => self.received(received),
            InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::Moved(_)
            | InventoryEvent::MoveArrived(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Returned(_) => {
                self.correct(event);
                self.follow(at, event.line_changes());
            }
            InventoryEvent::Shipped(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_) => {
                self.follow(at, event.line_changes());
            }
            InventoryEvent::LocationDefined(_) | InventoryEvent::TimeZoneSet(_) => {
                self.zones.hear(event);
            }
            InventoryEvent::ItemDefined(item) => self.held.define(item),
            InventoryEvent::ItemRenamed(fact) => self.item_renamed(fact),
            InventoryEvent::ReplenishmentRequested(_) => {}
        }
    }

    /// What an event does to lines.
    fn follow(&mut self, at: Timestamp, changes: LineChanges<'_>) {
        for of in changes {
            match of.change {
                Change::Place(placed) => self.place(placed, at),
                Change::Open(accepted) => self.open(accepted),
                Change::Close => self.close(&of, at),
                // What was decided for an order before its closing was heard is void, in every
                // room.
                Change::Assign(_)
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Offer(_)
                | Change::Refuse(_)
                | Change::Promise(_) => {
                    if self.orders.get(of.order).is_some_and(|it| !it.closed) {
                        self.change(&of, at);
                    }
                }
                Change::Ship {
                    location,
                    sku,
                    units,
                } => {
                    let stock = self.stock_of(sku, location);
                    stock.shipped = stock.shipped.plus(units.into());
                    self.change(&of, at);
                }
                Change::Cancel { .. }
                | Change::Exchange { .. }
                | Change::Freeze { .. }
                | Change::Recall { .. }
                | Change::Miss { .. }
                | Change::Move { .. }
                | Change::Return { .. } => {
                    self.change(&of, at);
                }
            }
        }
    }

    fn change(&mut self, of: &LineChange<'_>, at: Timestamp) {
        match of.lines {
            Lines::One(number) => self.change_line(&(of.order.clone(), number), &of.change, at),
            Lines::All => {
                let lines = self.orders.get(of.order).map(|order| order.lines.clone());
                for number in lines.into_iter().flatten() {
                    self.change_line(&(of.order.clone(), number), &of.change, at);
                }
            }
        }
    }

    fn change_line(&mut self, key: &(OrderId, u32), change: &Change<'_>, at: Timestamp) {
        let Some(line) = self.lines.get_mut(key) else {
            return;
        };
        let (sku, stock) = (line.sku.clone(), &mut self.stock);
        let zone = self.zones.at(line.pick_up_at.as_ref());
        let had = line.tally.reserved;
        line.change(change, (at, zone), &mut self.promises, |location, units| {
            let key = (sku.clone(), location.clone());
            let stock = stock.entry(key).or_default();
            stock.held = stock.held.plus(units);
        });
        let more = line.tally.reserved.minus_or_zero(had);
        self.held.given(&key.0, &sku, more);
        if line.tally.is_closed() {
            self.open.remove(key);
        }
    }

    fn place(&mut self, placed: &OrderPlaced, at: Timestamp) {
        let placed_at = placed.placed_at.unwrap_or(at);
        let numbers = placed.lines.iter().map(|line| line.line).collect();
        let order = AuditOrder {
            lines: numbers,
            closed: false,
        };
        self.orders.insert(placed.order.clone(), order);
        self.held.placed(placed);
        for line in &placed.lines {
            let (tier, tally) = (placed.customer.tier.clone(), Tally::new(line.quantity));
            let counted = AuditLine {
                pick_up_at: placed.pick_up_at.clone(),
                ..AuditLine::new(line.sku.clone(), tier, tally, placed_at)
            };
            self.lines
                .insert((placed.order.clone(), line.line), counted);
            self.open.insert((placed.order.clone(), line.line));
        }
    }

    fn open(&mut self, accepted: &SubstituteAccepted) {
        let instead_of = self.lines.get(&(accepted.order.clone(), accepted.line));
        let order = self.orders.get_mut(&accepted.order);
        let (Some(order), Some(line)) = (order.filter(|order| !order.closed), instead_of) else {
            return;
        };
        if demand::is_next(accepted.new_line, order.lines.iter().copied()) {
            order.lines.push(accepted.new_line);
            let (tier, tally) = (line.tier.clone(), Tally::new(accepted.quantity));
            let line = AuditLine {
                pick_up_at: line.pick_up_at.clone(),
                ..AuditLine::new(accepted.sku.clone(), tier, tally, line.placed_at)
            };
            let key = (accepted.order.clone(), accepted.new_line);
            self.lines.insert(key.clone(), line);
            self.open.insert(key);
        }
    }

    fn close(&mut self, of: &LineChange<'_>, at: Timestamp) {
        self.change(of, at);
        if let Some(order) = self.orders.get_mut(of.order) {
            order.closed = true;
            for line in &order.lines {
                self.open.remove(&(of.order.clone(), *line));
            }
        }
    }

    fn stock_of(&mut self, sku: &Sku, location: &LocationId) -> &mut AuditStock {
        self.stock
            .entry((sku.clone(), location.clone()))
            .or_default()
    }

    /// More is there than was counted, or less, or it is elsewhere.
    fn correct(&mut self, event: &InventoryEvent) {
        if let InventoryEvent::Moved(moved) = event {
            self.roads.extend(moved.via.clone());
        }
        for it in event.corrections() {
            let stock = self.stock_of(it.sku, it.location);
            stock.adjusted = stock.adjusted.plus(it.change);
        }
    }

    /// All that was ever counted of an item goes on under its new name.
    fn item_renamed(&mut self, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        let lines = self.lines.values_mut();
        for line in lines.filter(|line| line.sku == *was) {
            line.sku = is.clone();
        }
        let first = (was.clone(), LocationId::from(""));
        let of = self
            .stock
            .range(first..)
            .take_while(|((sku, _), _)| sku == was);
        let places: Vec<LocationId> = of.map(|((_, place), _)| place.clone()).collect();
        for place in places {
            if let Some(stock) = self.stock.remove(&(was.clone(), place.clone())) {
                self.stock.insert((is.clone(), place), stock);
            }
        }
        self.held.rename(was, is);
    }

    fn received(&mut self, received: &Received) {
        for line in &received.lines {
            let stock = self.stock_of(&line.sku, &received.location);
            stock.received = stock.received.plus(line.quantity.into());
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

    /// Stock that an event, which was counted last, took below nothing: the SKU, the place and what
    /// was counted there.
    pub fn overdrawn_by(&self, event: &Event) -> Option<String> {
        let event = self.renamed.read(event);
        let Event::Inventory(event) = event.as_ref() else {
            return None;
        };
        let corrections = event.corrections();
        let corrected = corrections
            .iter()
            .map(|it| (it.sku.clone(), it.location.clone()));
        let left = event.line_changes().filter_map(|it| match it.change {
            Change::Ship { location, sku, .. } => Some((sku.clone(), location.clone())),
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Offer(_)
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Return { .. }
            | Change::Close => None,
        });
        let mut taken = corrected.chain(left);
        taken.find_map(|key| self.stock.get(&key)?.overdrawn(&key))
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
                tally.covered(),
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
            *units = units.plus(tally.reserved.into());
        }
        let mut stock_held: BTreeMap<&Sku, i64> = BTreeMap::new();
        for (key, stock) in &self.stock {
            let (sku, location) = key;
            found.extend(stock.overdrawn(key));
            if at_rest && stock.held > stock.on_hand() {
                found.push(format!(
                    "{sku} at {location}: reserved above on hand: {stock:?}"
                ));
            }
            let units = stock_held.entry(sku).or_default();
            *units = units.plus(stock.held);
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
