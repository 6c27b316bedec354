//! What happens in every world, whoever gets what: the facts of the span that nobody here
//! decides, in time order, with supply moved and scaled as a scenario says.

use std::collections::BTreeMap;

use super::scale::{Scale, brought};
use super::scenario::Scenario;
use domain::event::{
    AllocatorEvent, DatedLine, Event, HoldEnd, InventoryEvent, OrdersEvent, SupplierGatewayEvent,
};
use domain::exact::Exact;
use domain::ids::{DAY_MS, PurchaseOrderId, Revision, Sku, Timestamp};

/// A fact of the span.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// When it is recorded.
    pub at: Timestamp,
    /// The commit that it stood in: facts of one commit are folded together.
    pub commit: Revision,
    /// What became true.
    pub event: Event,
}

/// The facts of the span, in the log's order.
#[derive(Debug, Default)]
pub(super) struct Recording {
    facts: Vec<Told>,
    /// When each purchase order was made: nothing of it comes before.
    ordered: BTreeMap<PurchaseOrderId, Timestamp>,
}

/// Who says a fact of a world that is played.
enum Teller {
    /// The log: nobody here decides it.
    Log,
    /// The world itself: it follows from what is decided there, and so is decided anew.
    World,
    /// Nobody: no world hears it.
    Nobody,
}

impl Teller {
    const fn of(event: &Event) -> Self {
        match event {
            Event::Orders(event) => match event {
                OrdersEvent::OrderPlaced(_)
                | OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_) => Self::Log,
                OrdersEvent::OrderClosed(_) => Self::World,
            },
            Event::Inventory(event) => match event {
                InventoryEvent::ItemDefined(_)
                | InventoryEvent::LocationDefined(_)
                | InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_) => Self::Log,
                InventoryEvent::WaveReleased(_) | InventoryEvent::Shipped(_) => Self::World,
                InventoryEvent::ReplenishmentRequested(_) => Self::Nobody,
            },
            Event::Allocator(event) => match event {
                AllocatorEvent::RankingRuleSet(_) | AllocatorEvent::StockHeld(_) => Self::Log,
                AllocatorEvent::HoldEnded(ended) => match ended.why {
                    HoldEnd::Withdrawn => Self::Log,
                    HoldEnd::Expired | HoldEnd::Used | HoldEnd::TakenBack => Self::World,
                },
                AllocatorEvent::Settled(_) => Self::World,
                // A run moves stock that lies otherwise in another world, so it is left out.
                AllocatorEvent::Rebalanced(_) => Self::Nobody,
            },
            Event::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseShipped(_) => Self::Log,
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => Self::Nobody,
            },
            Event::Notifier(_) => Self::Nobody,
        }
    }
}

/// The purchase order whose supply a fact is about.
const fn supply_of(event: &Event) -> Option<&PurchaseOrderId> {
    match event {
        Event::Inventory(event) => match event {
            InventoryEvent::Received(it) => it.purchase_order.as_ref(),
            InventoryEvent::ItemDefined(_)
            | InventoryEvent::LocationDefined(_)
            | InventoryEvent::Adjusted(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::Shipped(_)
            | InventoryEvent::ReplenishmentRequested(_) => None,
        },
        Event::SupplierGateway(event) => match event {
            SupplierGatewayEvent::PurchaseConfirmed(it) => Some(&it.purchase_order),
            SupplierGatewayEvent::PurchaseDelayed(it) => Some(&it.purchase_order),
            SupplierGatewayEvent::PurchaseRejected(it) => Some(&it.purchase_order),
            SupplierGatewayEvent::PurchaseShipped(it) => Some(&it.purchase_order),
            SupplierGatewayEvent::SupplierDefined(_)
            | SupplierGatewayEvent::PurchaseOrdered(_)
            | SupplierGatewayEvent::PurchaseDelivered(_) => None,
        },
        Event::Orders(_) | Event::Allocator(_) | Event::Notifier(_) => None,
    }
}

impl Recording {
    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// A fact before the span.
    pub fn remember(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(it) => {
                    self.ordered.insert(it.purchase_order.clone(), at);
                }
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseShipped(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => {}
            },
            Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {}
        }
    }

    /// A fact of the span.
    pub fn take(&mut self, at: Timestamp, commit: Revision, event: &Event) {
        self.remember(at, event);
        match Teller::of(event) {
            Teller::Log => {
                let event = event.clone();
                self.facts.push(Told { at, commit, event });
            }
            Teller::World | Teller::Nobody => {}
        }
    }

    /// One of these SKUs of which nothing comes in the span.
    pub fn unsupplied<'a>(&self, mut skus: impl Iterator<Item = &'a Sku>) -> Option<&'a Sku> {
        let facts = || self.facts.iter().flat_map(|told| brought(&told.event));
        skus.find(|sku| facts().all(|other| other != *sku))
    }

    /// What is told in a world, in its own order of time.
    pub fn of(&self, scenario: &Scenario, from: Timestamp) -> Vec<Told> {
        let mut scale = Scale::new(scenario);
        let told = self
            .facts
            .iter()
            .filter(|told| !scenario.replaces(&told.event));
        let mut told: Vec<Told> = told
            .map(|told| self.retold(scenario, from, told))
            .filter_map(|mut told| scale.retell(&mut told.event).then_some(told))
            .collect();
        // Stable: what stands at one time keeps the log's order.
        told.sort_by_key(|told| told.at);
        told
    }

    fn retold(&self, scenario: &Scenario, from: Timestamp, told: &Told) -> Told {
        let mut told = told.clone();
        scenario.redefine(&mut told.event);
        let days = scenario.supply_days;
        if days == 0 {
            return told;
        }
        if let Some(purchase_order) = supply_of(&told.event) {
            let ordered = self.ordered.get(purchase_order).copied();
            let earliest = ordered.unwrap_or(from).max(from);
            told.at = told.at.plus_ms(days.times(DAY_MS)).max(earliest);
        }
        move_dates(&mut told.event, days);
        told
    }
}

/// The dates that a fact tells of supply, moved by so many days.
fn move_dates(event: &mut Event, days: i64) {
    let lines = |lines: &mut [DatedLine]| {
        for line in lines {
            line.eta = line.eta.plus_days(days);
        }
    };
    match event {
        Event::SupplierGateway(event) => match event {
            SupplierGatewayEvent::PurchaseOrdered(it) => {
                it.expected_at = it.expected_at.plus_days(days);
            }
            SupplierGatewayEvent::PurchaseConfirmed(it) => lines(&mut it.lines),
            SupplierGatewayEvent::PurchaseDelayed(it) => lines(&mut it.lines),
            SupplierGatewayEvent::PurchaseShipped(it) => it.eta = it.eta.plus_days(days),
            SupplierGatewayEvent::SupplierDefined(_)
            | SupplierGatewayEvent::PurchaseRejected(_)
            | SupplierGatewayEvent::PurchaseDelivered(_) => {}
        },
        Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {}
    }
}
