//! What each fact changes in the state, and what it puts on the agenda. It judges nothing but
//! whether a room could have recorded the fact.
//!
//! What a fact does to lines is said once for all rooms (`line_changes`): `lines` carries it out,
//! and `line` lets every owner fold what changed. What a fact changes besides stands here and in
//! `stock`, `inbound` and `rank`.

mod amended;
mod blockers;
mod days;
mod falls;
mod inbound;
mod later;
mod line;
mod lines;
mod order;
mod rank;
mod stock;
mod told;

use super::folding::Folding;
use super::{Allocator, AllocatorHears};
use crate::line::Suspended;
use domain::decider::{Projection, Recorded};
use domain::demand::LineChanges;
use domain::event::{
    AllocatorEvent, Effect, InventoryEvent, OrdersEvent, Settled, SupplierGatewayEvent, What,
};
use domain::ids::Revision;
use domain::renamed::Renamed;

impl Projection for Allocator {
    const SHAPE: u32 = 28;
    type Hears<'a> = AllocatorHears<'a>;

    fn renamed(&self) -> &Renamed {
        self.sku_states.renamed()
    }

    fn evolve(&mut self, recorded: Recorded, event: AllocatorHears<'_>) {
        self.measures.begin(recorded.at, self.zones.cell());
        self.folding = Folding::new(what(event), recorded.position);
        match event {
            AllocatorHears::Orders(event) => self.fold_orders(recorded, event),
            AllocatorHears::Inventory(event) => self.fold_inventory(recorded, event),
            AllocatorHears::Allocator(event) => {
                self.folding.decide(event, recorded.position);
                self.fold_allocator(recorded, event);
            }
            AllocatorHears::SupplierGateway(event) => self.fold_supplier_gateway(recorded, event),
        }
        self.follow_stock();
        self.folding = Folding::default();
    }
}

/// What each fact of a room is for this one.
impl Allocator {
    fn fold_orders(&mut self, recorded: Recorded, event: &OrdersEvent) {
        let slot = self.change_lines(recorded, event.line_changes());
        match event {
            OrdersEvent::OrderCancelled(_) => {
                if let Some(slot) = slot {
                    self.ask_siblings(slot, recorded.position.revision);
                }
            }
            OrdersEvent::OrderSuspended(it) => {
                let at = recorded.position;
                let suspended = Suspended {
                    at,
                    gives_back: it.frees,
                };
                self.suspend(&it.order, Some(suspended), at.revision);
            }
            OrdersEvent::OrderResumed(it) => {
                self.suspend(&it.order, None, recorded.position.revision);
            }
            OrdersEvent::OrderAmended(it) => self.amended(recorded, it),
            OrdersEvent::HistoryRecorded(history) => self.count_history(recorded, history),
            // They change lines and nothing else.
            OrdersEvent::OrderPlaced(_)
            | OrdersEvent::SubstituteAccepted(_)
            | OrdersEvent::OrderClosed(_) => {}
        }
    }

    fn fold_inventory(&mut self, recorded: Recorded, event: &InventoryEvent) {
        if let InventoryEvent::Moved(moved) = event {
            self.depart(recorded, moved);
        }
        self.change_lines(recorded, event.line_changes());
        match event {
            InventoryEvent::ItemDefined(item) => self.item_defined(recorded, item),
            InventoryEvent::ItemRenamed(fact) => self.item_renamed(fact),
            InventoryEvent::LocationDefined(location) => {
                self.catalogue.define(location, recorded.position.revision);
                self.change_zones(|zones| zones.define(location));
            }
            InventoryEvent::TimeZoneSet(zone) => {
                self.change_zones(|zones| zones.set(zone));
                self.measures.begin(recorded.at, self.zones.cell());
                self.open_all_anew(recorded.position.revision);
            }
            InventoryEvent::Received(received) => {
                let zone = self.zones.cell();
                self.reliability.received(received, (recorded.at, zone));
                self.received(recorded, received);
            }
            InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::Moved(_)
            | InventoryEvent::MoveArrived(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Returned(_) => {
                for it in event.corrections() {
                    self.corrected(recorded, it);
                }
            }
            InventoryEvent::ReplenishmentRequested(request) => self.requested(request),
            // They change lines and nothing else.
            InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::Shipped(_) => {}
        }
    }

    fn fold_allocator(&mut self, recorded: Recorded, event: &AllocatorEvent) {
        match event {
            AllocatorEvent::Settled(settled) => self.settled(recorded, settled),
            // What a run leaves to be decided is settled next. A division that is under way goes
            // on: it is of an item that is being settled, and a run moves none of these.
            AllocatorEvent::Rebalanced(run) => {
                self.change_lines(recorded, LineChanges::of_effects(&run.effects));
                self.go_on(recorded.position.revision, &run.effects);
            }
            AllocatorEvent::StockAssigned(it) => {
                self.change_lines(recorded, LineChanges::of_effects(&it.effects));
                self.go_on(recorded.position.revision, &it.effects);
            }
            AllocatorEvent::WaitsEnded(ended) => {
                self.change_lines(recorded, LineChanges::of_effects(&ended.effects));
            }
            AllocatorEvent::RankingRuleSet(set) => self.ranking_rule_set(recorded, set),
            AllocatorEvent::PromisesDue(due) => self.promises_due(recorded, due),
            AllocatorEvent::Prioritised(it) => self.prioritised(recorded, it),
            AllocatorEvent::StockHeld(held) => self.stock_held(recorded, held),
            AllocatorEvent::HoldEnded(ended) => self.hold_ended(recorded, ended),
        }
    }

    fn fold_supplier_gateway(&mut self, recorded: Recorded, event: &SupplierGatewayEvent) {
        match event {
            SupplierGatewayEvent::PurchaseOrdered(ordered) => {
                self.reliability.ordered(ordered);
                self.purchase_ordered(recorded, ordered);
            }
            SupplierGatewayEvent::PurchaseConfirmed(confirmed) => {
                self.reliability.confirmed(confirmed);
                self.purchase_dated(recorded, &confirmed.purchase_order, &confirmed.lines);
            }
            SupplierGatewayEvent::PurchaseDelayed(delayed) => {
                self.purchase_dated(recorded, &delayed.purchase_order, &delayed.lines);
            }
            SupplierGatewayEvent::PurchaseScheduled(scheduled) => {
                self.reliability.scheduled(scheduled);
                self.purchase_scheduled(recorded, scheduled);
            }
            SupplierGatewayEvent::PurchaseRejected(rejected) => {
                let (id, lines) = (&rejected.purchase_order, &rejected.lines);
                self.reliability.rejected(id, lines);
                self.purchase_rejected(recorded, id, lines);
            }
            SupplierGatewayEvent::PurchaseClosed(closed) => {
                let (id, lines) = (&closed.purchase_order, &closed.lines);
                self.reliability.rejected(id, lines);
                self.purchase_rejected(recorded, id, lines);
            }
            SupplierGatewayEvent::PurchaseShipped(shipped) => {
                self.purchase_shipped(recorded, shipped);
            }
            // Stock is ours when it is counted, not when it stands at the dock.
            SupplierGatewayEvent::PurchaseDelivered(_)
            | SupplierGatewayEvent::SupplierDefined(_)
            | SupplierGatewayEvent::SupplierItemDefined(_) => {}
        }
    }

    fn settled(&mut self, recorded: Recorded, settled: &Settled) {
        self.sharings.settled(settled, recorded.as_of);
        if settled.at_rest {
            for number in self.agenda.rest(recorded.as_of) {
                if let Some(sku_state) = self.sku_states.get_mut(number) {
                    sku_state.dates_told(recorded.as_of);
                }
            }
            let first = |number| self.sku_states.get(number)?.first_date();
            self.agenda.pass_served(recorded.at, first);
            self.agenda.pass_opened(self.day(recorded.at));
        }
        self.change_lines(recorded, LineChanges::of_effects(&settled.effects));
        self.ask_behind_fallen(recorded.position.revision, &settled.effects);
        if !settled.at_rest {
            self.go_on(recorded.position.revision, &settled.effects);
        }
    }

    /// More may follow for SKUs on which was decided: others are looked at before they are again.
    fn go_on(&mut self, revision: Revision, effects: &[Effect]) {
        let mut before = None;
        for sku in effects.iter().map(Effect::sku) {
            // Effects of one SKU mostly stand beside each other.
            if before.replace(sku) != Some(sku)
                && let Some(number) = self.sku_states.find(sku.text())
            {
                self.agenda.requeue(number, revision);
            }
        }
    }
}

/// What had happened, for whoever decides on it.
const fn what(event: AllocatorHears<'_>) -> What {
    match event {
        AllocatorHears::Orders(event) => match event {
            OrdersEvent::OrderPlaced(_) => What::Placed,
            OrdersEvent::OrderCancelled(_) => What::Cancelled,
            OrdersEvent::SubstituteAccepted(_) => What::Substituted,
            OrdersEvent::OrderClosed(_) => What::Closed,
            OrdersEvent::OrderSuspended(_) => What::Suspended,
            OrdersEvent::OrderResumed(_) => What::Resumed,
            OrdersEvent::OrderAmended(_) => What::Amended,
            OrdersEvent::HistoryRecorded(_) => What::Other,
        },
        AllocatorHears::Inventory(event) => match event {
            InventoryEvent::ItemDefined(_) => What::ItemDefined,
            InventoryEvent::Received(_) => What::Received,
            InventoryEvent::Adjusted(_) => What::Adjusted,
            InventoryEvent::Counted(_) => What::Counted,
            InventoryEvent::Moved(_) | InventoryEvent::MoveArrived(_) => What::Moved,
            InventoryEvent::ShortPicked(_) => What::ShortPicked,
            InventoryEvent::Shipped(_) => What::Shipped,
            InventoryEvent::Returned(_) => What::Returned,
            InventoryEvent::ItemRenamed(_)
            | InventoryEvent::LocationDefined(_)
            | InventoryEvent::TimeZoneSet(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::ReplenishmentRequested(_) => What::Other,
        },
        AllocatorHears::Allocator(event) => match event {
            AllocatorEvent::Settled(_) | AllocatorEvent::WaitsEnded(_) => What::Settled,
            AllocatorEvent::Rebalanced(_) => What::Rebalanced,
            AllocatorEvent::StockAssigned(_) => What::ByHand,
            AllocatorEvent::RankingRuleSet(_) => What::RuleSet,
            AllocatorEvent::PromisesDue(_) => What::PromisesDue,
            AllocatorEvent::Prioritised(_) => What::Prioritised,
            AllocatorEvent::HoldEnded(_) => What::HoldEnded,
            AllocatorEvent::StockHeld(_) => What::Other,
        },
        AllocatorHears::SupplierGateway(_) => What::Supply,
    }
}
