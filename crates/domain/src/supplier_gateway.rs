//! What suppliers owe us: who they are, what we ordered from them, what they said since.
//!
//! It must not know how a supplier is reached: every adapter, simulated or real, brings the
//! supplier's word in through [`HearSupplier`], as the same message, under the same rules.

use crate::exact::{Exact, impossible};
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::decider::{
    Decider, Due, MAX_DUE_EVENTS, MAX_DUE_SIDE_EFFECTS, Projection, Recorded, Room, SideEffect,
};
use crate::event::{
    InventoryEvent, ItemDefined, PurchaseOrdered, Received, ReplenishmentRequested,
    SupplierDefined, SupplierGatewayEvent, TimeZoneSet,
};
use crate::ids::{Key, Position, PurchaseOrderId, RequisitionId, SupplierId, Timestamp, Zone};
use crate::items::Items;
use crate::renamed::Renamed;
use crate::shared::{Shared, SharedMap, SharedSet};

mod bounds;
mod checks;
mod commands;
mod exceptions;
mod listing;
mod message;
mod orphans;
mod purchase;
mod purchase_order;
mod refusals;
mod renaming;
mod selling;
pub mod simulated;
mod supplier;
mod terms;

pub use bounds::*;
pub use commands::{DefineSupplier, HearSupplier, SimulateSupplier};
pub use listing::{MAX_PAGE, MAX_PAGE_LINES, Page, PurchaseOrderFilter};
pub use message::Message;
pub use purchase::{ClosePurchaseOrder, CreatePurchaseOrder};
pub use purchase_order::{Dispatch, DispatchLine, Line, PurchaseOrder, PurchaseStatus};
pub use refusals::SupplierGatewayRefusal;
pub use selling::DefineSupplierItem;
use supplier::{Pending, one_line_an_sku};
pub use supplier::{Requisition, Supplier};
pub use terms::SupplierItem;

/// Suppliers, what is asked of them, and what they owe.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplierGateway {
    /// The cell's: by it a cutoff is the hour of a day.
    time_zone: Zone,
    suppliers: SharedMap<SupplierId, Shared<Supplier>>,
    /// Requests without a purchase order. Those of a supplier whom nobody has defined wait here,
    /// visible, until somebody does.
    pending: SharedMap<SupplierId, Pending>,
    /// When the first request of each defined supplier goes out.
    outgoing: SharedSet<(Timestamp, SupplierId)>,
    /// Open ones all, closed ones as far as they are kept.
    orders: SharedMap<PurchaseOrderId, Shared<PurchaseOrder>>,
    /// When an adapter is to talk about an open purchase order.
    talks: SharedSet<(Timestamp, PurchaseOrderId)>,
    /// The closed ones that are kept, by when they were closed.
    closed: SharedMap<Position, PurchaseOrderId>,
    closed_lines: usize,
    /// Closed ones that are no longer kept.
    forgotten: SharedSet<Key>,
    orphans: orphans::Orphans,
    /// What may be ordered.
    items: Items,
    /// What suppliers call our items, and on which terms they sell them.
    terms: terms::Terms,
    renamed: Renamed,
}

/// Talk with a supplier about a purchase order, after so many messages were heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// About which.
    pub purchase_order: PurchaseOrderId,
    /// Messages recorded before.
    pub heard: u32,
}

impl SideEffect for Exchange {
    fn key(&self) -> Key {
        Key::of(
            "exchange",
            &format!("{}/{}", self.purchase_order, self.heard),
        )
    }

    fn concerns(&self) -> Key {
        self.purchase_order.key()
    }

    fn told(&self) -> String {
        let id = &self.purchase_order;
        format!("the exchange with the supplier about {id}")
    }
}

crate::hears! {
    /// Whose facts this room folds: what inventory asks for and what it counts in.
    pub enum SupplierGatewayHears {
        SupplierGateway(SupplierGatewayEvent),
        Inventory(InventoryEvent),
    }
}

impl Projection for SupplierGateway {
    const SHAPE: u32 = 7;
    type Hears<'a> = SupplierGatewayHears<'a>;

    fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    fn evolve(&mut self, recorded: Recorded, event: SupplierGatewayHears<'_>) {
        match event {
            SupplierGatewayHears::SupplierGateway(event) => match event {
                SupplierGatewayEvent::SupplierDefined(defined) => self.defined(defined),
                SupplierGatewayEvent::SupplierItemDefined(said) => self.terms.define(said),
                SupplierGatewayEvent::PurchaseOrdered(ordered) => self.ordered(ordered, &recorded),
                SupplierGatewayEvent::PurchaseConfirmed(said) => {
                    self.heard(&Message::Confirmed(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseDelayed(said) => {
                    self.heard(&Message::Delayed(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseRejected(said) => {
                    self.heard(&Message::Rejected(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseScheduled(said) => {
                    self.heard(&Message::Scheduled(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseClosed(said) => {
                    self.heard(&Message::Closed(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseShipped(said) => {
                    self.heard(&Message::Shipped(said.clone()), &recorded);
                }
                SupplierGatewayEvent::PurchaseDelivered(said) => {
                    self.heard(&Message::Delivered(said.clone()), &recorded);
                }
            },
            SupplierGatewayHears::Inventory(event) => match event {
                InventoryEvent::ReplenishmentRequested(request) => {
                    self.requested(request, recorded.position, recorded.at);
                }
                InventoryEvent::Received(received) => self.received(received, &recorded),
                InventoryEvent::TimeZoneSet(zone) => self.time_zone_set(zone),
                InventoryEvent::ItemDefined(item) => self.item_defined(item, recorded.at),
                InventoryEvent::ItemRenamed(fact) => self.item_renamed(fact),
                InventoryEvent::LocationDefined(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::Counted(_)
                | InventoryEvent::Moved(_)
                | InventoryEvent::MoveArrived(_)
                | InventoryEvent::WaveReleased(_)
                | InventoryEvent::WaveRecalled(_)
                | InventoryEvent::ShortPicked(_)
                | InventoryEvent::Shipped(_)
                | InventoryEvent::Returned(_) => {}
            },
        }
    }
}

impl SupplierGateway {
    fn defined(&mut self, defined: &SupplierDefined) {
        let was = self.suppliers.get(&defined.supplier);
        let supplier = Supplier {
            supplier: defined.supplier.clone(),
            name: defined.name.clone(),
            lead_time_days: defined.lead_time_days,
            cutoff_hour: defined.cutoff_hour,
            adapter: defined.adapter.clone(),
            numbered: was.map_or(0, |was| was.numbered),
            open: was.map_or(0, |was| was.open),
        };
        self.suppliers
            .insert(defined.supplier.clone(), supplier.into());
        self.orphans.defined(&defined.supplier);
        self.reckon_outgoing(&defined.supplier);
    }

    /// An item may be bought from now on; by itself, if somebody has defined its supplier.
    fn item_defined(&mut self, item: &ItemDefined, at: Timestamp) {
        self.items.define(&item.sku);
        let supplier = item.replenishment.as_ref().map(|rule| &rule.supplier);
        let unknown = supplier.filter(|supplier| !self.suppliers.contains_key(*supplier));
        self.orphans.item(&item.sku, unknown, at);
    }

    fn time_zone_set(&mut self, fact: &TimeZoneSet) {
        self.time_zone = fact.time_zone.clone();
        let waiting: Vec<SupplierId> = self.pending.keys().cloned().collect();
        for supplier in waiting {
            self.reckon_outgoing(&supplier);
        }
    }

    /// By which the cell tells days.
    pub const fn time_zone(&self) -> &Zone {
        &self.time_zone
    }

    fn requested(&mut self, request: &ReplenishmentRequested, position: Position, at: Timestamp) {
        let requisition = Requisition {
            requisition: request.requisition.clone(),
            sku: request.sku.clone(),
            quantity: request.quantity,
            at,
        };
        let pending = self
            .pending
            .get_or_insert_with(&request.supplier, Pending::default);
        let Some(pending) = pending else {
            return;
        };
        let first = pending.requests.is_empty();
        pending.requests.insert(position, requisition);
        // A later request goes out no earlier than the first, so only the first one counts.
        if first {
            self.reckon_outgoing(&request.supplier);
        }
    }

    fn reckon_outgoing(&mut self, id: &SupplierId) {
        let Some(pending) = self.pending.get_mut(id) else {
            return;
        };
        if let Some(was) = pending.goes_out.take() {
            self.outgoing.remove(&(was, id.clone()));
        }
        if pending.requests.is_empty() {
            self.pending.remove(id);
            return;
        }
        let Some(supplier) = self.suppliers.get(id) else {
            return;
        };
        pending.goes_out = pending
            .requests
            .values()
            .map(|request| supplier.goes_out(request.at, &self.time_zone))
            .min();
        if let Some(at) = pending.goes_out {
            self.outgoing.insert((at, id.clone()));
        }
    }

    fn ordered(&mut self, ordered: &PurchaseOrdered, recorded: &Recorded) {
        let answered: BTreeSet<&RequisitionId> = ordered
            .lines
            .iter()
            .filter_map(|line| line.requisition.as_ref())
            .collect();
        if let Some(pending) = self.pending.get_mut(&ordered.supplier) {
            pending
                .requests
                .retain(|_, request| !answered.contains(&request.requisition));
        }
        let supplier = self.suppliers.get_mut(&ordered.supplier);
        let adapter = supplier.map(Shared::to_mut).map(|supplier| {
            supplier.numbered = supplier.numbered.plus(1);
            supplier.open = supplier.open.plus(1);
            supplier.adapter.clone()
        });
        let order = PurchaseOrder::new(ordered, adapter, recorded);
        let id = ordered.purchase_order.clone();
        if self.orders.insert(id, order.into()).is_some() {
            let id = &ordered.purchase_order;
            impossible(format_args!("{id} is ordered once more"));
        }
        self.reckon_outgoing(&ordered.supplier);
        self.follow_up(&ordered.purchase_order, recorded);
    }

    fn heard(&mut self, message: &Message, recorded: &Recorded) {
        let id = message.purchase_order();
        let Some(order) = self.orders.get_mut(id) else {
            return self.look_forgotten(id);
        };
        let order = order.to_mut();
        order.hear(message, recorded);
        if !order.is_settled() {
            self.open_again(id);
        }
        self.follow_up(message.purchase_order(), recorded);
    }

    /// A supplier takes a refusal back, or sends more, of an order of which nothing was open.
    fn open_again(&mut self, id: &PurchaseOrderId) {
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        let order = order.to_mut();
        order.closed_at = None;
        let Some(closed_by) = order.closed_by.take() else {
            return;
        };
        self.closed.remove(&closed_by);
        self.closed_lines = self.closed_lines.minus(order.lines.len());
        if let Some(supplier) = self.suppliers.get_mut(&order.supplier) {
            let supplier = supplier.to_mut();
            supplier.open = supplier.open.plus(1);
        }
    }

    fn received(&mut self, received: &Received, recorded: &Recorded) {
        let Some(id) = &received.purchase_order else {
            return;
        };
        let Some(order) = self.orders.get_mut(id) else {
            return self.look_forgotten(id);
        };
        order.to_mut().receive(&received.lines);
        self.follow_up(id, recorded);
    }

    /// A purchase order of which something is said and which is not kept was placed and closed.
    fn look_forgotten(&self, id: &PurchaseOrderId) {
        if !self.forgotten.contains(&id.key()) {
            impossible(format_args!("{id} was never ordered"));
        }
    }

    /// After anything happened to a purchase order: when to talk about it next, or its end.
    fn follow_up(&mut self, id: &PurchaseOrderId, recorded: &Recorded) {
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        let order = order.to_mut();
        if let Some(at) = order.talk_at.take() {
            self.talks.remove(&(at, id.clone()));
        }
        if order.is_closed() {
            return;
        }
        if order.is_settled() {
            order.closed_at = Some(recorded.at);
            order.closed_by = Some(recorded.position);
            if let Some(supplier) = self.suppliers.get_mut(&order.supplier) {
                let supplier = supplier.to_mut();
                supplier.open = supplier.open.minus(1);
            }
            self.closed_lines = self.closed_lines.plus(order.lines.len());
            self.closed.insert(recorded.position, id.clone());
            self.forget_oldest();
            return;
        }
        order.talk_at = simulated::next(order).map(|(at, _)| at);
        if let Some(at) = order.talk_at {
            self.talks.insert((at, id.clone()));
        }
    }

    fn forget_oldest(&mut self) {
        while self.closed.len() > MAX_CLOSED_KEPT || self.closed_lines > MAX_CLOSED_LINES {
            let Some((_, id)) = self.closed.pop_first() else {
                return;
            };
            self.forgotten.insert(id.key());
            if let Some(order) = self.orders.remove(&id) {
                self.closed_lines = self.closed_lines.minus(order.lines.len());
            }
        }
    }

    /// What a simulated supplier says next about a purchase order, and when.
    pub fn next_simulated(&self, id: &PurchaseOrderId) -> Option<(Timestamp, Message)> {
        self.orders
            .get(id)
            .filter(|order| !order.is_closed())
            .and_then(|order| simulated::next(order))
    }

    /// Purchase orders for the requests that go out now.
    fn due_orders(&self, now: Timestamp, due: &mut Due<Exchange>) {
        let mut lines = 0_usize;
        for (at, id) in &self.outgoing {
            if *at > now {
                due.again(*at);
                return;
            }
            let (Some(supplier), Some(pending)) = (self.suppliers.get(id), self.pending.get(id))
            else {
                continue;
            };
            let ripe: Vec<&Requisition> = pending
                .requests
                .values()
                .filter(|request| supplier.goes_out(request.at, &self.time_zone) <= now)
                .take(MAX_DUE_LINES.plus(1))
                .collect();
            let mut number = supplier.numbered;
            let rounds = one_line_an_sku(ripe);
            for requests in rounds.iter().flat_map(|round| round.chunks(MAX_PO_LINES)) {
                lines = lines.plus(requests.len());
                if due.events.len() >= MAX_DUE_EVENTS || lines > MAX_DUE_LINES {
                    return;
                }
                number = number.plus(1);
                // Somebody may have given this id to a purchase order of their own.
                while self.is_used(&supplier.numbered_id(number, (now, &self.time_zone))) {
                    number = number.plus(1);
                }
                let ordered = supplier.purchase(number, requests, (now, &self.time_zone));
                let ordered = self.terms.applied(ordered, supplier, now);
                due.events.push(ordered.into());
            }
        }
    }
}

impl Decider for SupplierGateway {
    const ROOM: Room = Room::SupplierGateway;
    type Refusal = SupplierGatewayRefusal;
    type SideEffect = Exchange;

    fn due(&self, now: Timestamp) -> Due<Exchange> {
        let mut due = Due::default();
        self.due_orders(now, &mut due);
        for (at, id) in &self.talks {
            if *at > now {
                due.again(*at);
                break;
            }
            if due.side_effects.len() >= MAX_DUE_SIDE_EFFECTS {
                break;
            }
            let heard = self.orders.get(id).map_or(0, |order| order.heard);
            due.side_effects.push(Exchange {
                purchase_order: id.clone(),
                heard,
            });
        }
        due
    }
}
