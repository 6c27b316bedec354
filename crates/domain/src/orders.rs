//! What customers asked for: orders while they are open, and what may be said about them.
//!
//! Knows nothing of stock or suppliers: what a line gets is the allocator's to say; which locations
//! and items there are, and what left, is inventory's. An order leaves memory when it closes; its
//! timeline then stands on the log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::available::ORDINARY_TIER;
use crate::decider::{Decider, Due, MAX_DUE_EVENTS, NoSideEffect, Projection, Recorded, Room};
use crate::demand::{Change, LineChange, LineChanges, Lines};
use crate::event::{
    AllocatorEvent, Customer, Event, InventoryEvent, ItemRenamed, LocationDefined, OrderAmended,
    OrderPlaced, OrdersEvent, SubstituteAccepted,
};
use crate::exact::{Exact, impossible};
use crate::ids::{HoldId, Key, LocationId, OrderId, Position, Revision, Tier, Timestamp, but_near};
use crate::items::Items;
use crate::measured::Measures;
use crate::renamed::Renamed;
use crate::zones::Zones;

mod after;
mod amend;
mod book;
mod bounds;
mod catalogue;
mod commands;
mod door;
mod exceptions;
mod index;
mod open;
mod order;
mod queries;
mod refusals;
mod renaming;
mod suspended;
mod taken;
mod tiers;

pub use amend::AmendOrder;
pub use bounds::*;
pub use commands::{
    AcceptSubstitute, CancelOrder, PlaceOrder, RecordHistory, ResumeOrder, SuspendOrder,
};
pub use door::is_email;
pub use open::{Offer, OrderStatus};
pub use order::{Line, Order};
pub use queries::{Filter, MAX_PAGE, MAX_PAGE_LINES, MAX_SCANNED, Page};
pub use refusals::OrdersRefusal;
pub use suspended::Suspension;
pub use taken::Taken;
pub use tiers::TakenTiers;

use after::After;
use book::Book;
use catalogue::Catalogue;
use index::Index;
use open::Open;
use suspended::Suspensions;
use tiers::Tiers;

/// The most lines and timeline entries that the closings of one `due` carry together, so that they
/// fit in one commit whatever the orders look like; the rest is due after.
pub const MAX_DUE_WEIGHT: usize = 4_000;

/// The room's state: open orders.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Orders {
    open: Book,
    names: Catalogue,
    /// Those that were defined: an order is collected at no other.
    locations: BTreeSet<LocationId>,
    /// Those that were defined: nothing else is ordered.
    items: Items,
    after: After,
    /// What items are counted in, as far as it is said.
    measures: Measures,
    zones: Zones,
    /// Until when stock is held, of each hold that the allocator has not ended: as many as it
    /// bounds.
    holds: BTreeMap<HoldId, Timestamp>,
    /// Those that are defined.
    tiers: Tiers,
    suspensions: Suspensions,
    renamed: Renamed,
    /// Follows from `open`, so a snapshot does without it.
    #[serde(skip)]
    index: Index,
}

/// What a snapshot holds, in the order of the fields above.
#[derive(Deserialize)]
struct Kept {
    open: Book,
    names: Catalogue,
    locations: BTreeSet<LocationId>,
    items: Items,
    after: After,
    measures: Measures,
    zones: Zones,
    holds: BTreeMap<HoldId, Timestamp>,
    tiers: Tiers,
    suspensions: Suspensions,
    renamed: Renamed,
}

impl From<Kept> for Orders {
    fn from(kept: Kept) -> Self {
        let index = Index::of(&kept.open);
        Self {
            open: kept.open,
            names: kept.names,
            locations: kept.locations,
            items: kept.items,
            after: kept.after,
            measures: kept.measures,
            zones: kept.zones,
            holds: kept.holds,
            tiers: kept.tiers,
            suspensions: kept.suspensions,
            renamed: kept.renamed,
            index,
        }
    }
}

/// The same orders, in whatever slots and with whatever numbers for names: these follow from the
/// order in which commits were folded, and nobody is told of them.
impl PartialEq for Orders {
    fn eq(&self, other: &Self) -> bool {
        let named = self.locations == other.locations && self.items == other.items;
        let told = self.measures == other.measures && self.zones == other.zones;
        let known = self.holds == other.holds && self.tiers == other.tiers;
        let known = known && self.suspensions == other.suspensions;
        let known = known && self.renamed == other.renamed;
        named && told && known && self.after == other.after && self.all().eq(other.all())
    }
}

crate::hears! {
    /// Whose facts this room folds: what the allocator gives, and where inventory has stock and
    /// ships it from.
    pub enum OrdersHears {
        Orders(OrdersEvent),
        Allocator(AllocatorEvent),
        Inventory(InventoryEvent),
    }
}

impl Projection for Orders {
    const SHAPE: u32 = 13;
    type Hears<'a> = OrdersHears<'a>;

    fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    fn evolve(&mut self, recorded: Recorded, event: OrdersHears<'_>) {
        match event {
            OrdersHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => self.placed(recorded, placed),
                OrdersEvent::OrderSuspended(it) => {
                    self.suspensions.begin(it, recorded.at);
                    self.tell(recorded, &it.order);
                }
                OrdersEvent::OrderResumed(it) => {
                    self.suspensions.end(&it.order);
                    self.tell(recorded, &it.order);
                }
                OrdersEvent::OrderAmended(it) => self.amended(recorded, it),
                OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => self.follow(recorded, event.line_changes()),
                // It is closed from the first: its number is taken, and the log keeps the rest.
                OrdersEvent::HistoryRecorded(_) => {}
            },
            OrdersHears::Allocator(event) => match event {
                AllocatorEvent::Settled(_)
                | AllocatorEvent::Rebalanced(_)
                | AllocatorEvent::StockAssigned(_)
                | AllocatorEvent::WaitsEnded(_) => {
                    self.follow(recorded, event.line_changes());
                }
                AllocatorEvent::StockHeld(held) => {
                    self.holds.insert(held.hold.clone(), held.until);
                }
                AllocatorEvent::HoldEnded(ended) => {
                    self.holds.remove(&ended.hold);
                }
                AllocatorEvent::RankingRuleSet(rule) => self.tiers.set(rule),
                AllocatorEvent::Prioritised(it) => self.tell(recorded, &it.order),
                // Who ranks earlier by it, the allocator knows.
                AllocatorEvent::PromisesDue(_) => {}
            },
            OrdersHears::Inventory(event) => match event {
                InventoryEvent::WaveReleased(_)
                | InventoryEvent::WaveRecalled(_)
                | InventoryEvent::ShortPicked(_)
                | InventoryEvent::Moved(_)
                | InventoryEvent::MoveArrived(_)
                | InventoryEvent::Shipped(_)
                | InventoryEvent::Returned(_) => self.follow(recorded, event.line_changes()),
                InventoryEvent::LocationDefined(location) => self.location_defined(location),
                InventoryEvent::TimeZoneSet(zone) => self.zones.set(zone),
                InventoryEvent::ItemDefined(item) => {
                    self.items.define(&item.sku);
                    self.measures.define(item);
                }
                InventoryEvent::ItemRenamed(fact) => self.item_renamed(recorded, fact),
                InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::Counted(_)
                | InventoryEvent::ReplenishmentRequested(_) => {}
            },
        }
    }
}

impl Orders {
    /// A room with one order as it was asked for: as it was placed, with the lines that were added
    /// since, what was put right, and its items as they were called when it closed. Nothing is
    /// decided on it.
    pub fn asked<'a>(
        placed: &OrderPlaced,
        opened: Position,
        at: Timestamp,
        since: impl IntoIterator<Item = &'a Event>,
    ) -> Self {
        let mut orders = Self::default();
        let slot = orders.open(placed, opened, at);
        for event in since {
            if let Some(accepted) = SubstituteAccepted::of(event) {
                orders.add_line(slot, accepted, opened.revision);
            } else if let Some(amended) = OrderAmended::of(event) {
                orders.amend(slot, amended, opened.revision);
            } else if let Some(fact) = ItemRenamed::of(event) {
                orders.names.rename_sku(&fact.sku, &fact.to);
            }
        }
        orders
    }

    /// An open order says something else: its closing names where, as it does for lines added.
    fn amended(&mut self, recorded: Recorded, amended: &OrderAmended) {
        let Some(slot) = self.open.find(&amended.order) else {
            return;
        };
        self.amend(slot, amended, recorded.position.revision);
        if let Some(order) = self.open.get_mut(slot) {
            order.add_entry(recorded.position, true);
        }
    }

    fn amend(&mut self, slot: u32, amended: &OrderAmended, at: Revision) {
        if let Some(order) = self.open.get_mut(slot) {
            order.amend(amended, &mut self.names, at);
        }
    }

    fn placed(&mut self, recorded: Recorded, placed: &OrderPlaced) {
        if self.open.find(&placed.order).is_some() {
            impossible(format_args!("{} is placed once more", placed.order));
        }
        self.open(placed, recorded.position, recorded.at);
    }

    fn open(&mut self, placed: &OrderPlaced, opened: Position, at: Timestamp) -> u32 {
        let order = Open::new(placed, opened, at, &mut self.names);
        let slot = self.open.open(order);
        self.index.add(slot, &self.open);
        slot
    }

    /// Something happened to an order that changes no line of it: its timeline tells.
    fn tell(&mut self, recorded: Recorded, order: &OrderId) {
        let slot = self.open.find(order);
        if let Some(order) = slot.and_then(|slot| self.open.get_mut(slot)) {
            order.add_entry(recorded.position, false);
        }
    }

    fn location_defined(&mut self, defined: &LocationDefined) {
        self.locations.insert(defined.location.clone());
        self.zones.define(defined);
    }

    /// What an event does to lines. Changes of one order may stand apart; its status is worked out
    /// once, after all of them.
    fn follow(&mut self, recorded: Recorded, changes: LineChanges<'_>) {
        let mut touched = Vec::new();
        // Changes of one order mostly stand together: it is looked for once.
        let mut last: Option<(&OrderId, Option<u32>)> = None;
        for change in changes {
            let slot = match last {
                Some((id, slot)) if id == change.order => slot,
                Some(_) | None => self.open.find(change.order),
            };
            last = Some((change.order, slot));
            let Some(slot) = slot else {
                change.look_at_closed();
                self.after.follow(&change, recorded.position);
                continue;
            };
            if matches!(change.change, Change::Close) {
                self.close(slot);
                last = None;
            } else if self.change(slot, recorded, &change) {
                touched.push(slot);
            }
        }
        for slot in touched {
            self.restate(slot);
        }
    }

    /// A change of an order that stays open. Returns whether it is the first of this event that its
    /// timeline tells.
    fn change(&mut self, slot: u32, recorded: Recorded, change: &LineChange<'_>) -> bool {
        let revision = recorded.position.revision;
        if let Some(accepted) = change.change.opens() {
            self.add_line(slot, accepted, revision);
        }
        let Some(order) = self.open.get_mut(slot) else {
            return false;
        };
        order.change(change, &mut self.names, revision);
        if let Some(order) = self.told(slot) {
            let line = match change.lines {
                Lines::One(number) => order.line(number),
                Lines::All => None,
            };
            change.look_at_line(line.map(Line::sku));
        }
        let substituted = match change.change {
            Change::Exchange { .. } | Change::Open(_) => true,
            Change::Cancel { .. }
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
            | Change::Ship { .. }
            | Change::Return { .. } => false,
            // An order tells itself that it was placed.
            Change::Place(_) | Change::Close => return false,
        };
        let order = self.open.get_mut(slot);
        order.is_some_and(|order| order.add_entry(recorded.position, substituted))
    }

    fn add_line(&mut self, slot: u32, accepted: &SubstituteAccepted, at: Revision) {
        let order = self.open.get_mut(slot);
        if let Some(sku) = order.and_then(|it| it.add_line(accepted, &mut self.names, at)) {
            self.index.lists(slot, sku, &self.open);
        }
    }

    /// Works the order's status out anew.
    fn restate(&mut self, slot: u32) {
        if let Some(order) = self.open.get_mut(slot) {
            let stands = order.stands();
            let was = std::mem::replace(&mut order.status, stands);
            self.index.restate(slot, was, &self.open);
        }
    }

    fn close(&mut self, slot: u32) {
        self.index.remove(slot, &self.open);
        if let Some(order) = self.open.get(slot) {
            self.suspensions.end(&order.id);
            order.forget_names(&mut self.names);
        }
        self.open.close(slot);
    }
}

impl Orders {
    /// What items are counted in.
    pub const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// By which time zones days are told.
    pub const fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Whether the names that an order brings are known, or within their bounds.
    fn check_names(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        self.check_pick_up(request)?;
        self.names.check(request)
    }

    /// Whether the ranking rule in force names this tier, or it is everybody's.
    pub fn has_tier(&self, tier: &Tier) -> bool {
        self.tiers.has(tier)
    }

    /// Whether a tier that an order is to have is defined.
    fn check_defined(&self, tier: &Tier) -> Result<(), OrdersRefusal> {
        if self.tiers.has(tier) {
            return Ok(());
        }
        Err(OrdersRefusal::UnknownTier {
            tier: tier.clone(),
            but: self.tiers.but(tier),
        })
    }

    /// The customer with a tier that is defined, or may be otherwise.
    fn check_tier(
        &self,
        customer: &Customer,
        taken: TakenTiers,
    ) -> Result<Customer, OrdersRefusal> {
        let tier = &customer.tier;
        let (tier, said_tier) = match taken {
            _ if self.tiers.has(tier) => (tier.clone(), None),
            TakenTiers::Any => (tier.clone(), None),
            TakenTiers::OrStandard => (ORDINARY_TIER.into(), Some(tier.clone())),
            TakenTiers::Defined => {
                self.check_defined(tier)?;
                (tier.clone(), None)
            }
        };
        Ok(Customer {
            tier,
            said_tier,
            ..customer.clone()
        })
    }

    /// Without its hold an order takes what is free like any other, and nobody would tell.
    fn check_hold(&self, request: &OrderPlaced, now: Timestamp) -> Result<(), OrdersRefusal> {
        let Some(hold) = request.hold.clone() else {
            return Ok(());
        };
        match self.holds.get(&hold).copied() {
            None => Err(OrdersRefusal::UnknownHold { hold }),
            Some(until) if until <= now => Err(OrdersRefusal::HoldLapsed { hold, until }),
            Some(_) => Ok(()),
        }
    }

    /// The allocator refuses a line of an unknown item for good, and the order's number is used up.
    fn check_items(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        let mut skus = request.lines.iter().map(|line| &line.sku);
        skus.try_for_each(|sku| self.check_not_renamed(sku))?;
        let unknown = request.lines.iter().find(|line| !self.items.has(&line.sku));
        let Some(line) = unknown else {
            return Ok(());
        };
        Err(OrdersRefusal::UnknownSku {
            sku: line.sku.clone(),
            near: self.items.but(&line.sku),
        })
    }

    /// Stock stands only where a location was defined, so an order for another would wait for ever.
    fn check_pick_up(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        let at = request.pick_up_at.as_ref();
        let Some(at) = at.filter(|at| !self.locations.contains(*at)) else {
            return Ok(());
        };
        let known = self.locations.iter().map(LocationId::as_str);
        Err(OrdersRefusal::UnknownLocation {
            location: at.clone(),
            near: but_near(at.as_str(), known),
        })
    }
}

impl Decider for Orders {
    const ROOM: Room = Room::Orders;
    type Refusal = OrdersRefusal;
    type SideEffect = NoSideEffect;

    /// Orders that are not open: they were placed before, and have closed.
    fn presumes(&self, event: &Event) -> Vec<Key> {
        let mut ended = Vec::new();
        let mut before = None;
        for change in event.line_changes() {
            let same = before.replace(change.order) == Some(change.order);
            let placed = matches!(change.change, Change::Place(_));
            if !same && !placed && self.open.find(change.order).is_none() {
                ended.push(change.order.key());
            }
        }
        ended
    }

    /// An order of which nothing is open is closed.
    fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
        let mut due = Due::default();
        let mut weight = 0_usize;
        for slot in self.index.closable(&self.open) {
            let Some(order) = self.open.get(slot) else {
                continue;
            };
            weight = weight.plus(order.weight());
            let full = due.events.len() >= MAX_DUE_EVENTS || weight > MAX_DUE_WEIGHT;
            if full && !due.events.is_empty() {
                break;
            }
            due.events.push(order.closing().into());
        }
        due
    }
}
