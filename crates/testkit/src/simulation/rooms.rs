//! The five rooms, as the simulation asks them.

use allocation::Allocator;
use audit::Audit;
use domain::decider::{Decided, Decider, Decision};
use domain::event::{
    AllocatorEvent, Event, InventoryEvent, NotificationFailed, Notified, NotifierEvent,
    OrdersEvent, SupplierGatewayEvent,
};
use domain::ids::{Key, Timestamp};
use domain::inventory::Inventory;
use domain::notifier::{Notifier, NotifierErrand};
use domain::orders::Orders;
use domain::supplier_gateway::{Exchange, Message, SupplierGateway};

/// A room that can be simulated: its commands are the events that they ask for.
pub trait Simulated: Decider + Clone + PartialEq {
    /// Lets the room decide on what is asked.
    ///
    /// # Errors
    /// The room's refusal.
    fn decide(&self, asked: &Event, now: Timestamp) -> Decision<Self::Refusal>;
    /// What the decision is about.
    fn keys(asked: &Event) -> Vec<Key>;
    /// What an errand comes back with.
    fn perform(&self, errand: &Self::Errand, succeeds: bool) -> Vec<Event>;
    /// The first invariant that does not hold.
    fn wrong(&self) -> Option<String> {
        None
    }
    /// The first invariant that must hold when nothing is due and does not.
    fn wrong_at_rest(&self, _audit: &Audit) -> Option<String> {
        None
    }
}

impl Simulated for Orders {
    fn decide(&self, asked: &Event, now: Timestamp) -> Decision<Self::Refusal> {
        let Event::Orders(asked) = asked else {
            return Ok(Decided::Nothing);
        };
        match asked {
            OrdersEvent::OrderPlaced(placed) => self.place(placed, now),
            OrdersEvent::OrderCancelled(cancelled) => self.cancel(cancelled, now),
            OrdersEvent::SubstituteAccepted(accepted) => self.accept(accepted, now),
            OrdersEvent::OrderClosed(_) => Ok(Decided::Nothing),
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        let mut keys = asked.concerns();
        if let Event::Orders(asked) = asked {
            match asked {
                OrdersEvent::OrderCancelled(cancelled) => keys.push(cancelled.cancellation.key()),
                OrdersEvent::SubstituteAccepted(accepted) => keys.push(accepted.acceptance.key()),
                OrdersEvent::OrderPlaced(_) | OrdersEvent::OrderClosed(_) => {}
            }
        }
        keys
    }

    fn perform(&self, errand: &Self::Errand, _succeeds: bool) -> Vec<Event> {
        match *errand {}
    }
}

impl Simulated for Inventory {
    fn decide(&self, asked: &Event, _now: Timestamp) -> Decision<Self::Refusal> {
        let Event::Inventory(asked) = asked else {
            return Ok(Decided::Nothing);
        };
        match asked {
            InventoryEvent::ItemDefined(defined) => self.define_item(defined),
            InventoryEvent::LocationDefined(defined) => self.define_location(defined),
            InventoryEvent::Received(received) => self.receive(received),
            InventoryEvent::Adjusted(adjusted) => self.adjust(adjusted),
            InventoryEvent::WaveReleased(wave) => self.release_wave(wave),
            InventoryEvent::Shipped(shipped) => self.ship(shipped),
            InventoryEvent::ReplenishmentRequested(_) => Ok(Decided::Nothing),
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        match asked {
            Event::Inventory(asked) => Self::keys(asked),
            Event::Orders(_)
            | Event::Allocator(_)
            | Event::SupplierGateway(_)
            | Event::Notifier(_) => asked.concerns(),
        }
    }

    fn perform(&self, errand: &Self::Errand, _succeeds: bool) -> Vec<Event> {
        match *errand {}
    }

    fn wrong(&self) -> Option<String> {
        self.check().err()
    }

    fn wrong_at_rest(&self, audit: &Audit) -> Option<String> {
        audit.stock.iter().find_map(|((sku, location), counted)| {
            let count = self.count(sku, location);
            let is = (i128::from(count.on_hand), i128::from(count.reserved));
            let should = (i128::from(counted.on_hand()), i128::from(counted.held));
            (is != should).then(|| format!("{sku} at {location}: {is:?}, the log says {should:?}"))
        })
    }
}

impl Simulated for Allocator {
    fn decide(&self, asked: &Event, now: Timestamp) -> Decision<Self::Refusal> {
        let Event::Allocator(asked) = asked else {
            return Ok(Decided::Nothing);
        };
        match asked {
            AllocatorEvent::StockHeld(held) => self.hold(held, now),
            AllocatorEvent::HoldEnded(ended) => self.release_hold(&ended.hold, now),
            AllocatorEvent::Settled(_)
            | AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::Rebalanced(_) => Ok(Decided::Nothing),
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        asked.concerns()
    }

    fn perform(&self, errand: &Self::Errand, _succeeds: bool) -> Vec<Event> {
        match *errand {}
    }

    fn wrong(&self) -> Option<String> {
        self.check().into_iter().next()
    }

    fn wrong_at_rest(&self, _audit: &Audit) -> Option<String> {
        self.check_at_rest().into_iter().next()
    }
}

impl Simulated for SupplierGateway {
    fn decide(&self, asked: &Event, now: Timestamp) -> Decision<Self::Refusal> {
        let Event::SupplierGateway(asked) = asked else {
            return Ok(Decided::Nothing);
        };
        match asked {
            SupplierGatewayEvent::SupplierDefined(defined) => self.define(defined, now),
            SupplierGatewayEvent::PurchaseOrdered(_) => Ok(Decided::Nothing),
            SupplierGatewayEvent::PurchaseConfirmed(_)
            | SupplierGatewayEvent::PurchaseDelayed(_)
            | SupplierGatewayEvent::PurchaseRejected(_)
            | SupplierGatewayEvent::PurchaseShipped(_)
            | SupplierGatewayEvent::PurchaseDelivered(_) => {
                Message::of(asked).map_or(Ok(Decided::Nothing), |message| self.hear(&message))
            }
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        asked.concerns()
    }

    fn perform(&self, errand: &Exchange, _succeeds: bool) -> Vec<Event> {
        let next = self.next_simulated(&errand.purchase_order);
        next.map(|(_, message)| message.to_event())
            .into_iter()
            .collect()
    }
}

impl Simulated for Notifier {
    fn decide(&self, asked: &Event, _now: Timestamp) -> Decision<Self::Refusal> {
        let Event::Notifier(asked) = asked else {
            return Ok(Decided::Nothing);
        };
        match asked {
            NotifierEvent::Notified(notified) => self.notified(notified),
            NotifierEvent::NotificationFailed(failed) => self.failed(failed),
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        asked.concerns()
    }

    fn perform(&self, errand: &NotifierErrand, succeeds: bool) -> Vec<Event> {
        let NotifierErrand::Deliver(letter) = errand;
        let attempt = letter.attempts.saturating_add(1);
        let (notice, kind) = (letter.notice.clone(), letter.kind);
        let (order, to) = (letter.order.clone(), letter.to.clone());
        if succeeds {
            return vec![
                Notified {
                    notice,
                    kind,
                    order,
                    to,
                    attempt,
                }
                .into(),
            ];
        }
        let error = "451 try again later".into();
        vec![
            NotificationFailed {
                notice,
                kind,
                order,
                to,
                attempt,
                error,
                retry_at: None,
            }
            .into(),
        ]
    }
}

/// What may stand on a log once only.
pub(super) fn identity(event: &Event) -> Option<String> {
    let id = match event {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(fact) => fact.order.as_str(),
            OrdersEvent::OrderCancelled(fact) => fact.cancellation.as_str(),
            OrdersEvent::SubstituteAccepted(fact) => fact.acceptance.as_str(),
            OrdersEvent::OrderClosed(fact) => fact.order.as_str(),
        },
        Event::Inventory(event) => match event {
            InventoryEvent::Received(fact) => fact.receipt.as_str(),
            InventoryEvent::Adjusted(fact) => fact.adjustment.as_str(),
            InventoryEvent::WaveReleased(fact) => fact.wave.as_str(),
            InventoryEvent::Shipped(fact) => fact.shipment.as_str(),
            InventoryEvent::ReplenishmentRequested(fact) => fact.requisition.as_str(),
            InventoryEvent::ItemDefined(fact) => fact.definition.as_str(),
            InventoryEvent::LocationDefined(fact) => fact.definition.as_str(),
        },
        Event::Allocator(event) => match event {
            AllocatorEvent::StockHeld(fact) => fact.hold.as_str(),
            AllocatorEvent::HoldEnded(fact) => fact.hold.as_str(),
            AllocatorEvent::RankingRuleSet(fact) => fact.definition.as_str(),
            AllocatorEvent::Rebalanced(fact) => fact.run.as_str(),
            // Any number of settlings may say the same.
            AllocatorEvent::Settled(_) => return None,
        },
        Event::SupplierGateway(event) => match event {
            SupplierGatewayEvent::SupplierDefined(fact) => fact.definition.as_str(),
            SupplierGatewayEvent::PurchaseOrdered(fact) => fact.purchase_order.as_str(),
            SupplierGatewayEvent::PurchaseConfirmed(fact) => fact.message.as_str(),
            SupplierGatewayEvent::PurchaseDelayed(fact) => fact.message.as_str(),
            SupplierGatewayEvent::PurchaseRejected(fact) => fact.message.as_str(),
            SupplierGatewayEvent::PurchaseShipped(fact) => fact.message.as_str(),
            SupplierGatewayEvent::PurchaseDelivered(fact) => fact.message.as_str(),
        },
        Event::Notifier(event) => match event {
            NotifierEvent::Notified(fact) => fact.notice.as_str(),
            // A letter may fail many times.
            NotifierEvent::NotificationFailed(_) => return None,
        },
    };
    Some(format!("{} {id}", event.tag()))
}
