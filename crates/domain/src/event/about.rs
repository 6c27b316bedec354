//! The one thing that an event is about, in the words in which callers name it. For whoever tells
//! of events one by one; what a decision concerns is said by `concerns`. Must not know who is told.

use super::{
    AllocatorEvent, Effect, Event, InventoryEvent, NotifierEvent, OrdersEvent, SupplierGatewayEvent,
};

impl Event {
    /// The order that it is about, else the SKU, location, purchase order, supplier, hold,
    /// definition or time zone; nothing if it is about several of them.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Orders(event) => Some(event.about()),
            Self::Inventory(event) => event.about(),
            Self::Allocator(event) => event.about(),
            Self::SupplierGateway(event) => Some(event.about()),
            Self::Notifier(event) => Some(event.about()),
        }
    }
}

impl OrdersEvent {
    fn about(&self) -> &str {
        match self {
            Self::OrderPlaced(fact) => fact.order.as_str(),
            Self::HistoryRecorded(fact) => fact.asked.order.as_str(),
            Self::OrderCancelled(fact) => fact.order.as_str(),
            Self::OrderSuspended(fact) => fact.order.as_str(),
            Self::OrderResumed(fact) => fact.order.as_str(),
            Self::OrderAmended(fact) => fact.order.as_str(),
            Self::SubstituteAccepted(fact) => fact.order.as_str(),
            Self::OrderClosed(fact) => fact.order.as_str(),
        }
    }
}

impl InventoryEvent {
    fn about(&self) -> Option<&str> {
        match self {
            Self::ItemDefined(fact) => Some(fact.sku.as_str()),
            Self::ItemRenamed(fact) => Some(fact.to.as_str()),
            Self::LocationDefined(fact) => Some(fact.location.as_str()),
            Self::TimeZoneSet(fact) => Some(fact.time_zone.name()),
            Self::Received(fact) => only(fact.lines.iter().map(|line| line.sku.as_str())),
            Self::Adjusted(fact) => Some(fact.sku.as_str()),
            Self::WaveReleased(fact) => only(fact.lines.iter().map(|line| line.order.as_str())),
            Self::Counted(fact) => only(fact.lines.iter().map(|line| line.sku.as_str())),
            Self::Moved(fact) => only(fact.lines.iter().map(|line| line.sku.as_str())),
            Self::MoveArrived(fact) => only(fact.lines.iter().map(|line| line.sku.as_str())),
            Self::WaveRecalled(fact) => only(fact.lines.iter().map(|line| line.order.as_str())),
            Self::ShortPicked(fact) => Some(fact.order.as_str()),
            Self::Shipped(fact) => Some(fact.order.as_str()),
            Self::Returned(fact) => Some(fact.order.as_str()),
            Self::ReplenishmentRequested(fact) => Some(fact.sku.as_str()),
        }
    }
}

impl AllocatorEvent {
    fn about(&self) -> Option<&str> {
        match self {
            Self::Settled(_) | Self::Rebalanced(_) => {
                let effects = self.effects();
                only(effects.iter().map(|effect| effect.order().as_str()))
                    .or_else(|| only(effects.iter().map(Effect::sku).map(|sku| sku.as_str())))
            }
            Self::RankingRuleSet(fact) => Some(fact.definition.as_str()),
            Self::PromisesDue(_) => None,
            Self::StockHeld(fact) => Some(fact.sku.as_str()),
            Self::WaitsEnded(fact) => Some(fact.sku.as_str()),
            Self::Prioritised(fact) => Some(fact.order.as_str()),
            Self::StockAssigned(fact) => Some(fact.order.as_str()),
            Self::HoldEnded(fact) => {
                let order = fact.order.as_ref().map(|order| order.as_str());
                Some(order.unwrap_or(fact.hold.as_str()))
            }
        }
    }
}

impl SupplierGatewayEvent {
    fn about(&self) -> &str {
        match self {
            Self::SupplierDefined(fact) => fact.supplier.as_str(),
            Self::SupplierItemDefined(fact) => fact.supplier.as_str(),
            Self::PurchaseOrdered(fact) => fact.purchase_order.as_str(),
            Self::PurchaseConfirmed(fact) => fact.purchase_order.as_str(),
            Self::PurchaseDelayed(fact) => fact.purchase_order.as_str(),
            Self::PurchaseScheduled(fact) => fact.purchase_order.as_str(),
            Self::PurchaseRejected(fact) => fact.purchase_order.as_str(),
            Self::PurchaseClosed(fact) => fact.purchase_order.as_str(),
            Self::PurchaseShipped(fact) => fact.purchase_order.as_str(),
            Self::PurchaseDelivered(fact) => fact.purchase_order.as_str(),
        }
    }
}

impl NotifierEvent {
    fn about(&self) -> &str {
        match self {
            Self::Notified(fact) => fact.order.as_str(),
            Self::NotificationFailed(fact) => fact.order.as_str(),
        }
    }
}

/// The one that all of them are.
fn only<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(event: &str) -> Option<String> {
        let event: Event = serde_json::from_str(event).unwrap();
        event.about().map(str::to_owned)
    }

    #[test]
    fn an_event_names_the_one_order_or_sku_that_it_is_about_and_none_of_several() {
        let received = |lines: &str| {
            format!(r#"{{"type":"received","receipt":"r1","location":"main","lines":[{lines}]}}"#)
        };
        let (bolt, nut) = (
            r#"{"sku":"BOLT","quantity":1}"#,
            r#"{"sku":"NUT","quantity":1}"#,
        );
        assert_eq!(about(&received(bolt)).as_deref(), Some("BOLT"));
        let twice = format!("{bolt},{bolt}");
        assert_eq!(about(&received(&twice)).as_deref(), Some("BOLT"));
        let both = format!("{bolt},{nut}");
        assert_eq!(about(&received(&both)), None);
        let cancelled = include_str!("../../events/order_cancelled.json");
        let order: serde_json::Value = serde_json::from_str(cancelled).unwrap();
        assert_eq!(about(cancelled).as_deref(), order["order"].as_str());
    }
}
