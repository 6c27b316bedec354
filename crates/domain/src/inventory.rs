//! Inventory: what stock there is, what of it is held for whom, and when more is bought.
//!
//! It counts reservations as the allocator records them and never decides on one; it knows
//! purchase orders by their open units and nothing of suppliers.

use crate::exact::{Exact, moved};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, MAX_DUE_EVENTS, NoSideEffect, Projection, Recorded, Room};
use crate::event::{
    AllocatorEvent, Event, InventoryEvent, ItemDefined, LocationDefined, OrdersEvent, Received,
    ReplenishmentRequested, Shipped, SupplierGatewayEvent, TimeZoneSet,
};
use crate::ids::{Key, LocationId, OrderId, PurchaseOrderId, RequisitionId, Sku, Timestamp, Zone};
use crate::renamed::Renamed;
use crate::shared::{Shared, SharedMap, SharedSet};

mod after;
mod bounds;
mod check;
mod commands;
mod exceptions;
mod floor;
mod held;
mod holding;
mod inbound;
mod lines;
mod policy;
mod queries;
mod refusals;
mod renaming;
mod shortfalls;
mod stock;
mod travel;
mod travelling;

use after::After;
pub use bounds::*;
pub use commands::{
    AdjustStock, ConfirmShipment, CountStock, DefineItem, DefineLocation, Left, MoveStock,
    RecallWave, ReceiveMove, ReceiveStock, ReleaseWave, RenameItem, ReportShortPick, ReturnGoods,
    SetTimeZone, Then,
};
use floor::Floor;
use held::Held;
pub use refusals::InventoryRefusal;
pub use stock::{Count, Item, Location, Stock};
use stock::{Inbound, OpenOrder, Requisition, Turn};
pub use travel::Travel;

/// All stock of a cell.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    time_zone: Zone,
    locations: BTreeMap<LocationId, Location>,
    skus: SharedMap<Sku, Shared<Stock>>,
    orders: SharedMap<OrderId, Shared<OpenOrder>>,
    /// Purchase orders with units to come.
    purchases: SharedMap<PurchaseOrderId, Shared<Vec<Inbound>>>,
    /// Purchase orders of which nothing more is expected; a late delivery still counts.
    bought: SharedSet<Key>,
    requisitions: SharedMap<RequisitionId, Requisition>,
    /// Lines with stock held at a location and not yet on its floor, in their turn.
    turns: BTreeMap<LocationId, SharedSet<Turn>>,
    floor: Floor,
    after: After,
    held: Held,
    /// Items whose position asks for more, so that `due` looks at no others.
    short: SharedSet<Sku>,
    /// Where more is reserved than is on hand, and since when.
    shortfalls: SharedMap<Sku, BTreeMap<LocationId, Timestamp>>,
    /// Moves of which something travels, by the place at which it is meanwhile.
    travels: SharedMap<LocationId, Shared<Travel>>,
    renamed: Renamed,
}

crate::hears! {
    /// Whose facts this room folds: what customers want and are given, and what is bought.
    pub enum InventoryHears {
        Inventory(InventoryEvent),
        Orders(OrdersEvent),
        Allocator(AllocatorEvent),
        SupplierGateway(SupplierGatewayEvent),
    }
}

impl Projection for Inventory {
    const SHAPE: u32 = 12;
    type Hears<'a> = InventoryHears<'a>;

    fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    fn evolve(&mut self, at: Recorded, event: InventoryHears<'_>) {
        match event {
            InventoryHears::Inventory(event) => {
                self.counted(event, at);
                self.follow(event.line_changes(), at);
                if let InventoryEvent::MoveArrived(fact) = event {
                    self.end_travel(&fact.via);
                }
            }
            InventoryHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(_)
                | OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => self.follow(event.line_changes(), at),
                OrdersEvent::OrderAmended(fact) => self.amend(fact),
                OrdersEvent::OrderSuspended(fact) => self.suspend(&fact.order, true),
                OrdersEvent::OrderResumed(fact) => self.suspend(&fact.order, false),
                OrdersEvent::HistoryRecorded(_) => {}
            },
            InventoryHears::Allocator(event) => match event {
                AllocatorEvent::Settled(_)
                | AllocatorEvent::Rebalanced(_)
                | AllocatorEvent::StockAssigned(_)
                | AllocatorEvent::WaitsEnded(_) => {
                    self.follow(event.line_changes(), at);
                }
                AllocatorEvent::StockHeld(fact) => self.stock_held(fact, at),
                AllocatorEvent::HoldEnded(fact) => self.hold_ended(fact, at),
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::PromisesDue(_)
                | AllocatorEvent::Prioritised(_) => {}
            },
            InventoryHears::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(fact) => self.purchase_ordered(fact, at),
                SupplierGatewayEvent::PurchaseRejected(fact) => {
                    self.purchase_rejected(&fact.purchase_order, &fact.lines, at);
                }
                SupplierGatewayEvent::PurchaseClosed(fact) => {
                    self.purchase_rejected(&fact.purchase_order, &fact.lines, at);
                }
                SupplierGatewayEvent::PurchaseScheduled(fact) => self.purchase_scheduled(fact, at),
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::SupplierItemDefined(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseShipped(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => {}
            },
        }
    }
}

/// Inventory's own facts. What they do to demand lines follows after them.
impl Inventory {
    fn counted(&mut self, event: &InventoryEvent, at: Recorded) {
        match event {
            InventoryEvent::ItemDefined(fact) => self.item_defined(fact, at),
            InventoryEvent::ItemRenamed(fact) => self.item_renamed(fact, at),
            InventoryEvent::LocationDefined(fact) => self.location_defined(fact),
            InventoryEvent::TimeZoneSet(fact) => self.time_zone_set(fact),
            InventoryEvent::Received(fact) => self.received(fact, at),
            InventoryEvent::Moved(fact) => {
                if fact.road().is_some() {
                    self.depart(fact, at);
                } else {
                    self.correct_all(event, at);
                }
            }
            InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::MoveArrived(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Returned(_) => self.correct_all(event, at),
            // A wave is all about lines.
            InventoryEvent::WaveReleased(_) | InventoryEvent::WaveRecalled(_) => {}
            InventoryEvent::Shipped(fact) => self.shipped(fact, at),
            InventoryEvent::ReplenishmentRequested(fact) => {
                self.replenishment_requested(fact, at);
            }
        }
    }

    fn item_defined(&mut self, fact: &ItemDefined, at: Recorded) {
        let item = Item::of(fact);
        self.touch(&fact.sku, at, |stock| stock.item = Some(item));
    }

    fn location_defined(&mut self, fact: &LocationDefined) {
        self.locations
            .insert(fact.location.clone(), Location::of(fact));
    }

    fn time_zone_set(&mut self, fact: &TimeZoneSet) {
        self.time_zone = fact.time_zone.clone();
    }

    fn received(&mut self, fact: &Received, at: Recorded) {
        for line in &fact.lines {
            let arrived = match &fact.purchase_order {
                Some(id) => self.arrive(id, &line.sku, line.quantity),
                None => 0,
            };
            self.touch(&line.sku, at, |stock| {
                stock.on_order = stock.on_order.minus(u64::from(arrived));
                let place = stock.place(&fact.location);
                place.received = place.received.plus(u64::from(line.quantity));
                place.on_hand = place.on_hand.plus(u64::from(line.quantity));
            });
        }
        if let Some(id) = &fact.purchase_order {
            self.forget_if_complete(id);
        }
    }

    fn correct_all(&mut self, event: &InventoryEvent, at: Recorded) {
        for it in event.corrections() {
            self.correct(it.sku, it.location, it.change, at);
        }
    }

    /// More units are there than were thought, or fewer.
    fn correct(&mut self, sku: &Sku, location: &LocationId, change: i64, at: Recorded) {
        self.touch(sku, at, |stock| {
            let place = stock.place(location);
            place.adjusted = place.adjusted.plus(change);
            place.on_hand = moved(place.on_hand, change);
        });
    }

    fn shipped(&mut self, fact: &Shipped, at: Recorded) {
        for line in &fact.lines {
            self.touch(&line.sku, at, |stock| {
                let place = stock.place(&fact.location);
                place.shipped = place.shipped.plus(u64::from(line.quantity));
                place.on_hand = place.on_hand.minus(u64::from(line.quantity));
            });
        }
    }

    fn replenishment_requested(&mut self, fact: &ReplenishmentRequested, at: Recorded) {
        let requisition = Requisition {
            sku: fact.sku.clone(),
            quantity: fact.quantity,
        };
        self.requisitions
            .insert(fact.requisition.clone(), requisition);
        self.touch(&fact.sku, at, |stock| {
            stock.requisitions = stock.requisitions.plus(1);
            stock.on_order = stock.on_order.plus(u64::from(fact.quantity));
        });
    }
}

impl Inventory {
    /// The only way to a SKU's sums: whoever changes them, the position is looked at anew.
    fn touch(&mut self, sku: &Sku, at: Recorded, change: impl FnOnce(&mut Stock)) {
        let Some(stock) = self.skus.get_or_insert_with(sku, Shared::default) else {
            return;
        };
        let stock = stock.to_mut();
        change(stock);
        stock.changed = at.position.revision;
        stock.forget_travelled();
        shortfalls::note_shortfalls(&mut self.shortfalls, sku, stock, at.at);
        if stock.shortage().is_some() {
            self.short.insert(sku.clone());
        } else {
            self.short.remove(sku);
        }
    }
}

impl Decider for Inventory {
    const ROOM: Room = Room::Inventory;
    type Refusal = InventoryRefusal;
    type SideEffect = NoSideEffect;

    /// Each item that is short is asked for once; what was asked for counts as on order.
    fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
        let requests = self.short.iter().take(MAX_DUE_EVENTS).filter_map(|sku| {
            let stock = self.skus.get(sku)?;
            let (rule, quantity, position) = stock.shortage()?;
            let number = stock.requisitions.plus(1);
            Some(Event::from(ReplenishmentRequested {
                requisition: RequisitionId::from(format!("{sku}#{number}")),
                sku: sku.clone(),
                quantity,
                supplier: rule.supplier.clone(),
                position,
            }))
        });
        Due {
            events: requests.collect(),
            ..Due::default()
        }
    }

    fn check_some(&self, seed: u64) -> Vec<String> {
        self.check_sample(seed)
    }
}
