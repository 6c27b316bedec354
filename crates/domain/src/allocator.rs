//! Who gets it: which stock goes to whom, who waits, and every date that is told.
//!
//! What became true is applied as it stands on the log; policy lives in `settle` alone, which is
//! asked by `due` and never by `evolve`. Must not know how orders are taken, stock is counted or
//! suppliers are talked with.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, NoErrand, Once, Projection, Recorded, Room};
use crate::event::Event;
use crate::ids::{LocationId, OrderId, Revision, Sku, Tier, Timestamp};
use book::Book;
use names::Names;
use purchases::Purchases;
use shelves::Shelves;

mod book;
mod check;
mod entry;
mod explain;
mod fold;
mod likely;
mod line;
pub mod measures;
mod names;
mod promise;
mod purchases;
mod queries;
mod rank;
pub mod rebalance;
mod reliability;
mod settle;
mod shelf;
mod shelves;
mod sink;
mod slab;
mod supply;
mod tree;
mod turn;

pub use explain::{Explanation, MAX_EXPLAINED};
pub use likely::LineDates;
pub use line::{Holding, Line, Order};
pub use promise::{LAPSE_GRACE_DAYS, PROMISE_TOLERANCE_DAYS};
pub use queries::{Availability, Outcome, QueueLine, QueuePage, Told};
pub use rank::RankingRule;
pub use reliability::{DELIVERIES_KEPT, DELIVERIES_NEEDED, Outlook, Reliability};
pub use settle::MAX_SETTLED_BYTES;
pub use shelf::{LastReceipt, MAX_WINNERS, Policy, Winner};
pub use supply::{Inbound, Step, Supply};
pub use tree::{Leaf, Sum, Tree};
pub use turn::{Place, Turn};

/// The room's state: open orders, and one shelf an SKU. What comes again and again in texts is
/// kept by small numbers.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocator {
    once: Once,
    rule: RankingRule,
    places: Names<LocationId>,
    /// What is known of each place, by its number.
    sites: Vec<Site>,
    regions: Names<String>,
    tiers: Names<Tier>,
    channels: Names<String>,
    /// A tier and a channel, by class.
    classes: Vec<(u16, u16)>,
    book: Book,
    shelves: Shelves,
    purchases: Purchases,
    /// SKUs of which something may be due, by since when.
    touched: BTreeSet<(Revision, u32)>,
    /// No date told to a line that waits is before that of its shelf here.
    lapses: BTreeSet<(Timestamp, u32)>,
    reliability: Reliability,
}

/// A place that holds stock.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Site {
    /// The region it serves first.
    region: Option<NonZeroU16>,
}

impl Projection for Allocator {
    const SHAPE: u32 = 4;
    const HEARS: &'static [Room] = &[
        Room::Orders,
        Room::Inventory,
        Room::Allocator,
        Room::SupplierGateway,
    ];

    fn evolve(&mut self, recorded: Recorded<'_>) {
        self.reliability.evolve(recorded);
        match recorded.event {
            Event::OrderPlaced(placed) => self.placed(recorded, placed),
            Event::OrderCancelled(cancelled) => self.cancelled(recorded, cancelled),
            Event::OrderClosed(closed) => self.closed(recorded, closed),
            Event::ItemDefined(item) => self.item_defined(recorded, item),
            Event::LocationDefined(location) => self.location_defined(location),
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
            Event::SubstituteAccepted(accepted) => self.substitute_accepted(recorded, accepted),
            // Stock is ours when it is counted, not when it stands at the dock.
            Event::PurchaseDelivered(_)
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
        if let Some(at) = self.next_lapse(now) {
            due.again(at);
        }
        due
    }
}

impl Allocator {
    /// When the next told date lapses that has not lapsed yet.
    fn next_lapse(&self, now: Timestamp) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for (indexed, number) in &self.lapses {
            // What the index says may be served already, where it has lapsed.
            let stale = promise::lapses_at(*indexed) <= now;
            let shelf = self.shelves.get(*number).filter(|_| stale);
            let first = shelf.map_or(Some(*indexed), |shelf| shelf.queue.total().first_date());
            let at = first.map(promise::lapses_at).filter(|at| *at > now);
            next = next.into_iter().chain(at).min();
            if !stale {
                break;
            }
        }
        next
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
