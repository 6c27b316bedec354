//! Who gets it: which stock goes to whom, who waits, and every date that is told.
//!
//! What became true is applied as it stands on the log; policy lives in `settle` alone, which is
//! asked by `due` and never by `evolve`. Must not know how orders are taken, stock is counted or
//! suppliers are talked with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, NoErrand, Once, Projection, Recorded, Room};
use crate::event::Event;
use crate::ids::{LocationId, OrderId, Position, Revision, Sku, Timestamp};

mod check;
mod explain;
mod fold;
mod line;
pub mod measures;
mod promise;
mod queries;
mod queue;
mod rank;
pub mod rebalance;
mod settle;
mod shelf;
mod sink;
mod supply;
mod tree;
mod turn;
mod view;

pub use explain::{Explanation, MAX_EXPLAINED};
pub use line::{Holding, Line, Order};
pub use promise::{LAPSE_GRACE_DAYS, PROMISE_TOLERANCE_DAYS};
pub use queries::{Availability, Outcome, QueueLine, QueuePage, Told};
pub use queue::{Ahead, Entry, Queue};
pub use rank::{Rank, RankingRule};
pub use settle::MAX_SETTLED_BYTES;
pub use shelf::{Bin, LastReceipt, MAX_WINNERS, Policy, Shelf, Winner};
pub use supply::{Inbound, Step, Supply};
pub use tree::{Leaf, Sum, Tree};
pub use turn::{Place, Turn};

/// The room's state: open orders, and one shelf an SKU.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocator {
    once: Once,
    rule: RankingRule,
    regions: BTreeMap<LocationId, Option<Box<str>>>,
    /// By where they were placed: a position is an order's short name, and part of its rank.
    orders: BTreeMap<Position, Order>,
    places: BTreeMap<OrderId, Position>,
    shelves: BTreeMap<Sku, Shelf>,
    /// SKUs of which something may be due.
    touched: BTreeMap<Sku, Touch>,
    /// Dates told to lines that wait.
    lapses: BTreeSet<(Timestamp, Rank)>,
}

/// Why an SKU must be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Touch {
    /// The last fact that asks for it.
    at: Revision,
    /// The first line whose date may have moved, if any may have.
    from: Option<Rank>,
}

impl Projection for Allocator {
    const SHAPE: u32 = 2;
    const HEARS: &'static [Room] = &[
        Room::Orders,
        Room::Inventory,
        Room::Allocator,
        Room::SupplierGateway,
    ];

    fn evolve(&mut self, recorded: Recorded<'_>) {
        match recorded.event {
            Event::OrderPlaced(placed) => self.placed(recorded, placed),
            Event::OrderCancelled(cancelled) => self.cancelled(recorded, cancelled),
            Event::OrderClosed(closed) => self.closed(closed),
            Event::ItemDefined(item) => self.item_defined(recorded, item),
            Event::LocationDefined(location) => {
                let region = location.region.as_deref().map(Box::from);
                self.regions.insert(location.location.clone(), region);
            }
            Event::Received(received) => self.received(recorded, received),
            Event::Adjusted(adjusted) => self.adjusted(recorded, adjusted),
            Event::WaveReleased(wave) => self.wave_released(wave),
            Event::Shipped(shipped) => self.shipped(recorded, shipped),
            Event::Settled(settled) => self.settled(recorded, settled),
            Event::Rebalanced(run) => self.rebalanced(recorded, run),
            Event::PurchaseOrdered(ordered) => self.purchase_ordered(recorded, ordered),
            Event::PurchaseConfirmed(confirmed) => {
                self.purchase_dated(recorded, &confirmed.purchase_order, &confirmed.lines);
            }
            Event::PurchaseDelayed(delayed) => {
                self.purchase_dated(recorded, &delayed.purchase_order, &delayed.lines);
            }
            Event::PurchaseRejected(rejected) => self.purchase_rejected(recorded, rejected),
            Event::PurchaseShipped(shipped) => self.purchase_shipped(recorded, shipped),
            // Nothing is offered yet that could be accepted.
            Event::SubstituteAccepted(_)
            // Stock is ours when it is counted, not when it stands at the dock.
            | Event::PurchaseDelivered(_)
            | Event::ReplenishmentRequested(_)
            | Event::SupplierDefined(_)
            | Event::Notified(_)
            | Event::NotificationFailed(_) => {}
        }
    }
}

impl Decider for Allocator {
    const ROOM: Room = Room::Allocator;
    type Refusal = AllocatorRefusal;
    type Errand = NoErrand;

    /// One `settled` over every SKU that was touched and every date that has lapsed; if it would
    /// grow too long, the rest is due after it.
    fn due(&self, now: Timestamp) -> Due<NoErrand> {
        let mut due = Due::default();
        due.events
            .extend(settle::settle(self, now).map(Event::from));
        let lapsed = |at: &Timestamp| promise::lapses_at(*at) <= now;
        let next = self.lapses.iter().map(|(at, _)| *at).find(|at| !lapsed(at));
        if let Some(at) = next {
            due.again(promise::lapses_at(at));
        }
        due
    }
}

crate::refusals! {
    /// Why the allocator has no answer.
    AllocatorRefusal {
        /// Not placed, or closed.
        UnknownOrder { order: OrderId } => Unknown "order_id",
            "no open order {order} is known",
            "check the number; the story of a closed order is with orders, in GetOrder";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 } => Unknown "line",
            "order {order} has no line {line}",
            "read the order's line numbers with GetOrder of orders";
        /// Never defined, ordered or received.
        UnknownSku { sku: Sku } => Unknown "sku",
            "nobody has defined or ordered the SKU {sku}",
            "check the SKU, or define it with DefineItem of inventory";
    }
}
