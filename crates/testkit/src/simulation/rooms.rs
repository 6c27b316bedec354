//! The five rooms, as the simulation asks them.

use allocation::Allocator;
use audit::Audit;
use domain::decider::{Decided, Decider, Decision};
use domain::event::{Event, NotificationFailed, Notified};
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
        if let Event::OrderPlaced(placed) = asked {
            self.place(placed, now)
        } else if let Event::OrderCancelled(cancelled) = asked {
            self.cancel(cancelled, now)
        } else if let Event::SubstituteAccepted(accepted) = asked {
            self.accept(accepted, now)
        } else {
            Ok(Decided::Nothing)
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        let mut keys = asked.concerns();
        if let Event::OrderCancelled(cancelled) = asked {
            keys.push(cancelled.cancellation.key());
        } else if let Event::SubstituteAccepted(accepted) = asked {
            keys.push(accepted.acceptance.key());
        }
        keys
    }

    fn perform(&self, errand: &Self::Errand, _succeeds: bool) -> Vec<Event> {
        match *errand {}
    }
}

impl Simulated for Inventory {
    fn decide(&self, asked: &Event, _now: Timestamp) -> Decision<Self::Refusal> {
        if let Event::ItemDefined(defined) = asked {
            self.define_item(defined)
        } else if let Event::LocationDefined(defined) = asked {
            self.define_location(defined)
        } else if let Event::Received(received) = asked {
            self.receive(received)
        } else if let Event::Adjusted(adjusted) = asked {
            self.adjust(adjusted)
        } else if let Event::WaveReleased(wave) = asked {
            self.release_wave(wave)
        } else if let Event::Shipped(shipped) = asked {
            self.ship(shipped)
        } else {
            Ok(Decided::Nothing)
        }
    }

    fn keys(asked: &Event) -> Vec<Key> {
        Self::keys(asked)
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
        if let Event::StockHeld(held) = asked {
            self.hold(held, now)
        } else if let Event::HoldEnded(ended) = asked {
            self.release_hold(&ended.hold, now)
        } else {
            Ok(Decided::Nothing)
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
        if let Event::SupplierDefined(defined) = asked {
            self.define(defined, now)
        } else if let Some(message) = Message::from_event(asked) {
            self.hear(&message)
        } else {
            Ok(Decided::Nothing)
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
        if let Event::Notified(notified) = asked {
            self.notified(notified)
        } else if let Event::NotificationFailed(failed) = asked {
            self.failed(failed)
        } else {
            Ok(Decided::Nothing)
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
    let tag = event.tag();
    let id = if let Event::OrderPlaced(fact) = event {
        fact.order.to_string()
    } else if let Event::OrderCancelled(fact) = event {
        fact.cancellation.to_string()
    } else if let Event::SubstituteAccepted(fact) = event {
        fact.acceptance.to_string()
    } else if let Event::OrderClosed(fact) = event {
        fact.order.to_string()
    } else if let Event::Received(fact) = event {
        fact.receipt.to_string()
    } else if let Event::Adjusted(fact) = event {
        fact.adjustment.to_string()
    } else if let Event::WaveReleased(fact) = event {
        fact.wave.to_string()
    } else if let Event::Shipped(fact) = event {
        fact.shipment.to_string()
    } else if let Event::ReplenishmentRequested(fact) = event {
        fact.requisition.to_string()
    } else if let Event::PurchaseOrdered(fact) = event {
        fact.purchase_order.to_string()
    } else if let Event::PurchaseDelivered(fact) = event {
        fact.message.to_string()
    } else if let Event::StockHeld(fact) = event {
        fact.hold.to_string()
    } else if let Event::HoldEnded(fact) = event {
        fact.hold.to_string()
    } else if let Event::Notified(fact) = event {
        fact.notice.to_string()
    } else {
        return None;
    };
    Some(format!("{tag} {id}"))
}
