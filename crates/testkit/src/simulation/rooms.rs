//! The five rooms, as the simulation asks them.

use std::sync::Arc;

use allocation::Allocator;
use audit::Audit;
use domain::decider::Decider;
use domain::event::{
    AllocatorEvent, Event, InventoryEvent, Notified, NotifierEvent, OrdersEvent,
    SupplierGatewayEvent,
};
use domain::inventory::Inventory;
use domain::notifier::{Notifier, NotifierSideEffect, RecordFailure, RecordSent};
use domain::orders::Orders;
use domain::supplier_gateway::{Exchange, HearSupplier, SupplierGateway};

use super::asked::{Ask, Asked};

/// A room that can be simulated.
pub trait Simulated: Decider + Clone + PartialEq {
    /// What is asked of this room; nothing if it is asked of another.
    fn take(asked: Asked) -> Option<Arc<dyn Ask<Self>>>;
    /// The same, whatever its room.
    fn give_back(asked: Arc<dyn Ask<Self>>) -> Asked;
    /// What a side effect comes back with.
    fn perform(&self, side_effect: &Self::SideEffect, succeeds: bool)
    -> Option<Arc<dyn Ask<Self>>>;
    /// The first invariant that does not hold.
    fn wrong(&self) -> Option<String> {
        None
    }
    /// The first invariant that must hold when nothing is due and does not.
    fn wrong_at_rest(&self, _audit: &Audit) -> Option<String> {
        None
    }
}

/// How a room finds its own among what is asked.
macro_rules! asked {
    ($room:ident) => {
        fn take(asked: Asked) -> Option<Arc<dyn Ask<Self>>> {
            if let Asked::$room(asked) = asked {
                Some(asked)
            } else {
                None
            }
        }

        fn give_back(asked: Arc<dyn Ask<Self>>) -> Asked {
            Asked::$room(asked)
        }
    };
}

impl Simulated for Orders {
    asked!(Orders);

    fn perform(
        &self,
        side_effect: &Self::SideEffect,
        _succeeds: bool,
    ) -> Option<Arc<dyn Ask<Self>>> {
        match *side_effect {}
    }
}

impl Simulated for Inventory {
    asked!(Inventory);

    fn perform(
        &self,
        side_effect: &Self::SideEffect,
        _succeeds: bool,
    ) -> Option<Arc<dyn Ask<Self>>> {
        match *side_effect {}
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
    asked!(Allocator);

    fn perform(
        &self,
        side_effect: &Self::SideEffect,
        _succeeds: bool,
    ) -> Option<Arc<dyn Ask<Self>>> {
        match *side_effect {}
    }

    fn wrong(&self) -> Option<String> {
        self.check().into_iter().next()
    }

    fn wrong_at_rest(&self, _audit: &Audit) -> Option<String> {
        self.check_at_rest().into_iter().next()
    }
}

impl Simulated for SupplierGateway {
    asked!(SupplierGateway);

    fn perform(&self, side_effect: &Exchange, _succeeds: bool) -> Option<Arc<dyn Ask<Self>>> {
        let (_, message) = self.next_simulated(&side_effect.purchase_order)?;
        Some(Arc::new(HearSupplier(message)))
    }
}

impl Simulated for Notifier {
    asked!(Notifier);

    fn perform(
        &self,
        side_effect: &NotifierSideEffect,
        succeeds: bool,
    ) -> Option<Arc<dyn Ask<Self>>> {
        let NotifierSideEffect::Deliver(letter) = side_effect;
        let attempt = letter.attempts.saturating_add(1);
        let (notice, kind) = (letter.notice.clone(), letter.kind);
        let (order, to) = (letter.order.clone(), letter.to.clone());
        if succeeds {
            return Some(Arc::new(RecordSent(Notified {
                notice,
                kind,
                order,
                to,
                attempt,
            })));
        }
        Some(Arc::new(RecordFailure {
            notice,
            kind,
            order,
            to,
            attempt,
            error: "550 no such mailbox".into(),
            may_succeed_later: false,
        }))
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
