//! What customers asked for: orders while they are open, and what may be said about them.
//!
//! Knows nothing of stock or suppliers: what a line gets is the allocator's to say; which locations
//! there are, and what left, is inventory's. An order leaves memory when it closes; its timeline
//! then stands on the log.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, MAX_DUE_EVENTS, NoSideEffect, Projection, Recorded, Room};
use crate::demand::{Change, LineChanges};
use crate::event::{AllocatorEvent, InventoryEvent, LocationDefined, OrderPlaced, OrdersEvent};
use crate::ids::{LocationId, OrderId, Timestamp, but_near};
use crate::shared::{Shared, SharedMap};

mod bounds;
mod commands;
mod door;
mod index;
mod named;
mod order;
mod queries;
mod refusals;

pub use bounds::*;
pub use commands::{AcceptSubstitute, CancelOrder, PlaceOrder};
pub use order::{Line, Offer, Order, OrderStatus, TimelineEntry, TimelineEntryKind};
pub use queries::{Filter, MAX_PAGE, MAX_PAGE_LINES, MAX_SCANNED, Page};
pub use refusals::OrdersRefusal;

use crate::exact::Exact;
use index::Index;

/// The most lines and timeline entries that the closings of one `due` carry together, so that they
/// fit in one commit whatever the orders look like; the rest is due after.
pub const MAX_DUE_WEIGHT: usize = 4_000;

/// The room's state: open orders.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Orders {
    open: SharedMap<OrderId, Shared<Order>>,
    /// Those that were defined: an order is collected at no other.
    locations: BTreeSet<LocationId>,
    /// Follows from `open`, so a snapshot does without it.
    #[serde(skip)]
    index: Index,
}

/// What a snapshot holds, in the order of the fields above.
#[derive(Deserialize)]
struct Kept {
    open: SharedMap<OrderId, Shared<Order>>,
    locations: BTreeSet<LocationId>,
}

impl From<Kept> for Orders {
    fn from(kept: Kept) -> Self {
        let index = Index::of(&kept.open);
        Self {
            open: kept.open,
            locations: kept.locations,
            index,
        }
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
    const SHAPE: u32 = 5;
    type Hears<'a> = OrdersHears<'a>;

    fn evolve(&mut self, recorded: Recorded, event: OrdersHears<'_>) {
        match event {
            OrdersHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => self.placed(recorded, placed),
                OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => self.follow(recorded, event.line_changes()),
            },
            OrdersHears::Allocator(event) => match event {
                AllocatorEvent::Settled(_) | AllocatorEvent::Rebalanced(_) => {
                    self.follow(recorded, event.line_changes());
                }
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::StockHeld(_)
                | AllocatorEvent::HoldEnded(_) => {}
            },
            OrdersHears::Inventory(event) => match event {
                InventoryEvent::Shipped(_) => self.follow(recorded, event.line_changes()),
                InventoryEvent::LocationDefined(location) => self.location_defined(location),
                InventoryEvent::ItemDefined(_)
                | InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::WaveReleased(_)
                | InventoryEvent::ReplenishmentRequested(_) => {}
            },
        }
    }
}

impl Orders {
    fn placed(&mut self, recorded: Recorded, placed: &OrderPlaced) {
        if !self.open.contains_key(&placed.order) {
            let order = Order::new(placed, recorded.position, recorded.at);
            self.index.add(&placed.order, &order);
            self.open.insert(placed.order.clone(), order.into());
        }
    }

    fn location_defined(&mut self, defined: &LocationDefined) {
        self.locations.insert(defined.location.clone());
    }

    /// What an event does to lines. Changes of one order may stand apart; its status is worked out
    /// once, after all of them.
    fn follow(&mut self, recorded: Recorded, changes: LineChanges<'_>) {
        let mut touched = Vec::new();
        for change in changes {
            let Some(order) = self.open.get_mut(change.order) else {
                continue;
            };
            let order = order.to_mut();
            order.change(&change);
            let kind = match change.change {
                Change::Cancel { .. } => TimelineEntryKind::Cancelled,
                Change::Exchange { .. } => TimelineEntryKind::Substituted,
                Change::Open(accepted) => {
                    self.index.lists(change.order, &accepted.sku);
                    TimelineEntryKind::Substituted
                }
                Change::Assign(_)
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Offer(_)
                | Change::Refuse(_)
                | Change::Promise(_) => TimelineEntryKind::Settled,
                Change::Ship { .. } => TimelineEntryKind::Shipped,
                Change::Close => {
                    self.close(change.order);
                    continue;
                }
                // An order tells itself that it was placed; a wave is the floor's own matter.
                Change::Place(_) | Change::Freeze { .. } => continue,
            };
            if order.add_entry(TimelineEntry::of(recorded, kind)) {
                touched.push(change.order);
            }
        }
        for id in touched {
            if let Some(order) = self.open.get_mut(id) {
                self.index.restate(id, order.to_mut());
            }
        }
    }

    fn close(&mut self, id: &OrderId) {
        if let Some(order) = self.open.remove(id) {
            self.index.remove(id, &order);
        }
    }
}

impl Orders {
    /// Whether the names that an order brings are known, or within their bounds.
    fn check_names(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        self.check_pick_up(request)?;
        self.index.named.check(request)
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

    /// An order of which nothing is open is closed.
    fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
        let mut due = Due::default();
        let mut weight = 0_usize;
        for id in &self.index.closable {
            let Some(order) = self.open.get(id) else {
                continue;
            };
            weight = weight.plus(order.lines.len()).plus(order.timeline.len());
            let full = due.events.len() >= MAX_DUE_EVENTS || weight > MAX_DUE_WEIGHT;
            if full && !due.events.is_empty() {
                break;
            }
            due.events.push(order.closing(id).into());
        }
        due
    }
}
