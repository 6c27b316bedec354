//! The five rooms, as the simulation asks them.

use std::sync::Arc;

use allocation::Allocator;
use audit::Audit;
use domain::decider::Decider;
use domain::event::{
    Event, HoldEnded, NotificationFailed, Notified, PurchaseOrdered, ReplenishmentRequested,
    Settled,
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

/// What may stand on a log once only: the answer to a command, and what a room records by itself,
/// by its own id or, if it is not named here, whole.
pub(super) fn identity(event: &Event) -> Option<String> {
    // Any number of settlings may say the same, and a letter may fail many times.
    if Settled::of(event).is_some() || NotificationFailed::of(event).is_some() {
        return None;
    }
    let own = [
        ReplenishmentRequested::of(event).map(|it| it.requisition.as_str()),
        PurchaseOrdered::of(event).map(|it| it.purchase_order.as_str()),
        HoldEnded::of(event).map(|it| it.hold.as_str()),
        Notified::of(event).map(|it| it.notice.as_str()),
    ];
    let id = match (own.into_iter().flatten().next(), event.answers()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(answers)) => format!("{:?}", answers.command),
        (None, None) => format!("{event:?}"),
    };
    Some(format!("{} {id}", event.tag()))
}
