//! A world that is played: the recorded facts come at their times, the room decides on them at
//! once, and a warehouse ships what was assigned after the time that it really took.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::ledger::{Ledger, Pick};
use super::recording::Recording;
use super::report::Report;
use super::scenario::Scenario;
use allocation::Allocator;
use domain::decider::{Decider, Projection, Recorded};
use domain::event::{
    Adjusted, Correction, Event, InventoryEvent, ItemDefined, MoveArrived, Moved, OrderClosed,
    OrdersEvent, Shipped, ShippedLine,
};
use domain::exact::{Exact, fewer};
use domain::ids::{DAY_MS, LocationId, OrderId, Position, Revision, ShipmentId, Sku, Timestamp};

/// The most commits of the room in a row; then the world goes on, and what is left is due later.
const MAX_ROUNDS: usize = 100_000;

/// What all worlds begin with.
pub(super) struct Shared<'a> {
    /// The room when the span began.
    pub room: &'a Allocator,
    /// Its lines.
    pub lines: &'a Ledger,
    /// Its items.
    pub items: &'a BTreeMap<Sku, ItemDefined>,
    /// What happens.
    pub recording: &'a Recording,
    /// The last revision before the span.
    pub last: Revision,
    /// When that was recorded.
    pub until: Timestamp,
    /// When the span begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// How long goods take from assigned to shipped; none: nothing leaves.
    pub pick_and_ship_ms: Option<i64>,
}

/// Plays a scenario to the end of the span. Whoever wants to know hears every fact of the world.
pub(super) fn play(
    shared: &Shared<'_>,
    scenario: &Scenario,
    heard: &mut dyn FnMut(Recorded, &Event),
) -> Report {
    let mut world = World::open(shared, heard);
    world.begin(shared, scenario);
    let told = shared.recording.of(scenario, shared.from);
    let mut told = told.into_iter().peekable();
    while let Some(first) = told.next() {
        if first.at > shared.to {
            break;
        }
        world.pass_until(first.at);
        let (at, commit) = (first.at, first.commit);
        let mut facts = world.as_here(first.event);
        while let Some(next) = told.next_if(|next| next.at == at && next.commit == commit) {
            facts.extend(world.as_here(next.event));
        }
        // Where nothing happens nobody looks: the world that is told of it would be another one.
        if !facts.is_empty() {
            world.record(&facts);
            world.settle();
        }
    }
    world.pass_until(shared.to);
    world.lines.report(&scenario.name, shared.to)
}

struct World<'a> {
    heard: &'a mut dyn FnMut(Recorded, &Event),
    room: Allocator,
    lines: Ledger,
    last: Revision,
    now: Timestamp,
    /// When the room wants to be asked again.
    again_at: Option<Timestamp>,
    pick_and_ship_ms: Option<i64>,
    /// What leaves, and when.
    leaving: BinaryHeap<Reverse<(Timestamp, Pick)>>,
    shipments: u64,
    /// Where each open order was placed.
    placed: BTreeMap<OrderId, Position>,
}

impl<'a> World<'a> {
    fn open(shared: &Shared<'_>, heard: &'a mut dyn FnMut(Recorded, &Event)) -> Self {
        let mut world = Self {
            heard,
            room: shared.room.clone(),
            lines: shared.lines.clone(),
            last: shared.last,
            now: shared.from,
            again_at: None,
            pick_and_ship_ms: shared.pick_and_ship_ms,
            leaving: BinaryHeap::new(),
            shipments: 0,
            placed: BTreeMap::new(),
        };
        world.lines.take_picks();
        let held = world.lines.held();
        world.plan_to_ship(held);
        world
    }

    /// What is different from the begin of the span on.
    fn begin(&mut self, shared: &Shared<'_>, scenario: &Scenario) {
        self.record(&scenario.opening);
        if scenario.changes_items() {
            for item in shared.items.values() {
                let changed = scenario.item(item);
                if changed != *item {
                    self.record(&[changed.into()]);
                }
            }
        }
        // A world that begins as the recorded one did looks when that one did: at what the last
        // commit left due, and else at the time for which the room asked then.
        let left = self.room.due(shared.until);
        if self.last == shared.last && left.events.is_empty() {
            self.again_at = left.again_at;
        } else {
            self.settle();
        }
    }

    /// What a fact of the log is in this world, where other goods have left and other orders have
    /// closed: nobody gives up what is not open, and no more is lost than there is.
    fn as_here(&self, event: Event) -> Vec<Event> {
        let of = match &event {
            Event::Orders(OrdersEvent::OrderCancelled(it)) => Some(&it.order),
            Event::Orders(OrdersEvent::OrderSuspended(it)) => Some(&it.order),
            Event::Orders(OrdersEvent::OrderResumed(it)) => Some(&it.order),
            Event::Orders(OrdersEvent::OrderAmended(it)) => Some(&it.order),
            Event::Orders(OrdersEvent::SubstituteAccepted(it)) => Some(&it.order),
            Event::Orders(
                OrdersEvent::OrderPlaced(_)
                | OrdersEvent::HistoryRecorded(_)
                | OrdersEvent::OrderClosed(_),
            )
            | Event::Inventory(_)
            | Event::Allocator(_)
            | Event::SupplierGateway(_)
            | Event::Notifier(_) => None,
        };
        if of.is_some_and(|order| !self.room.is_open(order)) {
            return Vec::new();
        }
        let Event::Inventory(of) = &event else {
            return vec![event];
        };
        match of {
            InventoryEvent::Moved(it) if it.via.is_some() => return self.departed(it),
            InventoryEvent::MoveArrived(it) => return self.arrived(it),
            InventoryEvent::ItemDefined(_)
            | InventoryEvent::ItemRenamed(_)
            | InventoryEvent::LocationDefined(_)
            | InventoryEvent::TimeZoneSet(_)
            | InventoryEvent::Received(_)
            | InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::Moved(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Shipped(_)
            | InventoryEvent::Returned(_)
            | InventoryEvent::ReplenishmentRequested(_) => {}
        }
        let corrections = of.corrections();
        if corrections.is_empty() {
            return vec![event];
        }
        self.corrected(&corrections)
    }

    /// Corrections, as far as there is stock here that they can take off. What is moved comes where
    /// it goes as far as it leaves where it was.
    fn corrected(&self, corrections: &[Correction<'_>]) -> Vec<Event> {
        let mut here = Vec::new();
        let mut left_over = BTreeMap::<&Sku, i64>::new();
        for it in corrections {
            let there = self.room.on_hand(it.sku, it.location);
            let lost = fewer(i64::try_from(there).unwrap_or(i64::MAX));
            let mut change = it.change.max(lost);
            let over = left_over.remove(it.sku).unwrap_or_default();
            if change > 0 {
                change = change.minus(over).max(0);
            }
            left_over.insert(it.sku, change.minus(it.change).max(0));
            if change != 0 {
                here.push(Event::from(Adjusted {
                    adjustment: "what_if".into(),
                    sku: it.sku.clone(),
                    location: it.location.clone(),
                    change,
                    reason: "what_if".to_owned(),
                }));
            }
        }
        here
    }

    /// So many units of an SKU at a place, at most those that are there here.
    fn at_most(&self, sku: &Sku, place: &LocationId, units: u32) -> u32 {
        let there = self.room.on_hand(sku, place);
        units.min(u32::try_from(there).unwrap_or(u32::MAX))
    }

    /// Goods leave for another place, as far as they are here; those of their owners that have them
    /// here, too, stay theirs.
    fn departed(&self, it: &Moved) -> Vec<Event> {
        let mut here = it.clone();
        for line in &mut here.lines {
            line.quantity = self.at_most(&line.sku, &it.from, line.quantity);
        }
        here.lines.retain(|line| line.quantity > 0);
        let leaves = !here.lines.is_empty();
        leaves.then(|| here.into()).into_iter().collect()
    }

    /// Goods arrive, or never will, as far as they travel here.
    fn arrived(&self, it: &MoveArrived) -> Vec<Event> {
        let mut here = it.clone();
        for line in &mut here.lines {
            let all = line.quantity.plus(line.lost);
            let travels = self.at_most(&line.sku, &it.via, all);
            line.quantity = line.quantity.min(travels);
            line.lost = line.lost.min(travels.minus(line.quantity));
        }
        here.lines.retain(|line| line.quantity.plus(line.lost) > 0);
        let comes = !here.lines.is_empty();
        comes.then(|| here.into()).into_iter().collect()
    }

    /// Folds facts as one commit, now.
    fn record(&mut self, facts: &[Event]) {
        if facts.is_empty() {
            return;
        }
        let as_of = self.last;
        let revision = Revision(self.last.0.plus(1));
        self.last = revision;
        for (index, event) in (0_u32..).zip(facts) {
            let position = Position { revision, index };
            let recorded = Recorded {
                position,
                as_of,
                at: self.now,
            };
            self.room.fold(recorded, event);
            (self.heard)(recorded, event);
            self.lines.hear(self.now, event);
            self.remember(event, position);
        }
    }

    fn remember(&mut self, event: &Event, position: Position) {
        match event {
            Event::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => {
                    self.placed.insert(placed.order.clone(), position);
                }
                OrdersEvent::HistoryRecorded(_)
                | OrdersEvent::OrderCancelled(_)
                | OrdersEvent::OrderSuspended(_)
                | OrdersEvent::OrderResumed(_)
                | OrdersEvent::OrderAmended(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => {}
            },
            Event::Inventory(_)
            | Event::Allocator(_)
            | Event::SupplierGateway(_)
            | Event::Notifier(_) => {}
        }
    }

    /// The room decides until nothing is due; orders of which nothing is open are closed.
    fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let due = self.room.due(self.now);
            self.again_at = due.again_at;
            if due.events.is_empty() {
                break;
            }
            self.record(&due.events);
            let picks = self.lines.take_picks();
            self.plan_to_ship(picks);
        }
        self.close_orders();
    }

    fn close_orders(&mut self) {
        for (order, lines) in self.lines.take_done() {
            let opened = self.placed.remove(&order);
            let nowhere = Position {
                revision: Revision(0),
                index: 0,
            };
            let closed = OrderClosed {
                order,
                opened: opened.unwrap_or(nowhere),
                timeline: Vec::new(),
                lines,
                substituted: Vec::new(),
            };
            self.record(&[closed.into()]);
        }
    }

    fn plan_to_ship(&mut self, picks: Vec<Pick>) {
        if let Some(lag) = self.pick_and_ship_ms {
            let due = |pick: Pick| Reverse((pick.since.plus_ms(lag), pick));
            self.leaving.extend(picks.into_iter().map(due));
        }
    }

    /// Time passes; what comes due meanwhile is done at its time.
    fn pass_until(&mut self, until: Timestamp) {
        loop {
            let leaves = self.leaving.peek().map(|Reverse((at, _))| *at);
            let next = [leaves, self.again_at].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            self.now = self.now.max(next);
            if leaves == Some(next) {
                self.ship();
            }
            // A room that asks for a time that has passed is asked once, and then at the next
            // thing that happens.
            self.settle();
            self.again_at = self.again_at.filter(|again| *again > self.now);
        }
        self.now = self.now.max(until);
    }

    /// What leaves at this time, one shipment an order and place.
    fn ship(&mut self) {
        let mut shipped: BTreeMap<(OrderId, LocationId), Vec<ShippedLine>> = BTreeMap::new();
        let mut taken: BTreeMap<(OrderId, LocationId, u32), u32> = BTreeMap::new();
        let mut gone: BTreeMap<(Sku, LocationId), u32> = BTreeMap::new();
        while let Some(Reverse((at, _))) = self.leaving.peek() {
            if *at > self.now {
                break;
            }
            let Some(Reverse((_, pick))) = self.leaving.pop() else {
                break;
            };
            let Some((sku, held)) = self.lines.held_of(&pick) else {
                continue;
            };
            // What travels is looked at when it has come.
            if self.room.travels(&sku, &pick.location) {
                continue;
            }
            // No wave takes what may not leave: it is looked at again on the next day.
            if !self.room.may_leave(&pick.order, &sku, self.now) {
                self.leaving.push(Reverse((self.now.plus_ms(DAY_MS), pick)));
                continue;
            }
            let key = (pick.order.clone(), pick.location.clone(), pick.line);
            let taken = taken.entry(key).or_default();
            // Of what was lost of a released wave nothing leaves.
            let there = self.room.on_hand(&sku, &pick.location);
            let there = u32::try_from(there).unwrap_or(u32::MAX);
            let gone = gone
                .entry((sku.clone(), pick.location.clone()))
                .or_default();
            let quantity = pick
                .units
                .min(held.minus(*taken))
                .min(there.minus_or_zero(*gone));
            if quantity == 0 {
                continue;
            }
            *taken = taken.plus(quantity);
            *gone = gone.plus(quantity);
            let lines = shipped.entry((pick.order, pick.location)).or_default();
            match lines.iter_mut().find(|line| line.line == pick.line) {
                Some(line) => line.quantity = line.quantity.plus(quantity),
                None => lines.push(ShippedLine {
                    line: pick.line,
                    sku,
                    quantity,
                    unplanned: 0,
                }),
            }
        }
        let mut facts = Vec::new();
        for ((order, location), lines) in shipped {
            self.shipments = self.shipments.plus(1);
            let shipment = ShipmentId::from(format!("what-if/{}", self.shipments));
            facts.push(Event::from(Shipped {
                shipment,
                order,
                location,
                lines,
                tracking: None,
                from_others: false,
            }));
        }
        self.record(&facts);
    }
}
