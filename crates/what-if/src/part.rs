//! What each fact is for a what-if: who tells it in a world that is played, and what of items and
//! of supply it says. A new event says so here; no other file asks of all events what they are.

use domain::event::{
    AllocatorEvent, Event, HoldEnd, InventoryEvent, ItemDefined, OrdersEvent, PurchaseClosed,
    PurchaseConfirmed, PurchaseDelayed, PurchaseOrdered, PurchaseRejected, PurchaseScheduled,
    PurchaseShipped, Received, SupplierGatewayEvent,
};

/// Who says a fact of a world that is played.
pub(super) enum Teller {
    /// The log: nobody here decides it.
    Log,
    /// The world itself: it follows from what is decided there, and so is decided anew.
    World,
    /// Nobody: no world hears it.
    Nobody,
}

impl Teller {
    pub const fn of(event: &Event) -> Self {
        match event {
            Event::Orders(event) => match event {
                OrdersEvent::OrderPlaced(_)
                | OrdersEvent::OrderCancelled(_)
                | OrdersEvent::OrderSuspended(_)
                | OrdersEvent::OrderResumed(_)
                | OrdersEvent::OrderAmended(_)
                | OrdersEvent::SubstituteAccepted(_) => Self::Log,
                OrdersEvent::OrderClosed(_) => Self::World,
                // It asks for nothing in any world.
                OrdersEvent::HistoryRecorded(_) => Self::Nobody,
            },
            Event::Inventory(event) => match event {
                // What is no stock again changes nothing in another world.
                InventoryEvent::Returned(it) if it.scrapped => Self::Nobody,
                InventoryEvent::ItemDefined(_)
                | InventoryEvent::LocationDefined(_)
                | InventoryEvent::TimeZoneSet(_)
                | InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::Counted(_)
                | InventoryEvent::Moved(_)
                | InventoryEvent::MoveArrived(_)
                | InventoryEvent::ShortPicked(_)
                | InventoryEvent::Returned(_) => Self::Log,
                // Every world calls items as they are called at the end of the span.
                InventoryEvent::ItemRenamed(_) => Self::Nobody,
                InventoryEvent::WaveReleased(_) | InventoryEvent::Shipped(_) => Self::World,
                InventoryEvent::WaveRecalled(_) | InventoryEvent::ReplenishmentRequested(_) => {
                    Self::Nobody
                }
            },
            Event::Allocator(event) => match event {
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::Prioritised(_)
                | AllocatorEvent::StockHeld(_) => Self::Log,
                AllocatorEvent::HoldEnded(ended) => match ended.why {
                    HoldEnd::Withdrawn => Self::Log,
                    HoldEnd::Expired | HoldEnd::Used | HoldEnd::TakenBack => Self::World,
                },
                AllocatorEvent::Settled(_) | AllocatorEvent::PromisesDue(_) => Self::World,
                // A run moves stock that lies otherwise in another world, and others wait there, so
                // both are left out.
                AllocatorEvent::Rebalanced(_)
                | AllocatorEvent::StockAssigned(_)
                | AllocatorEvent::WaitsEnded(_) => Self::Nobody,
            },
            Event::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseOrdered(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseScheduled(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseClosed(_)
                | SupplierGatewayEvent::PurchaseShipped(_) => Self::Log,
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::SupplierItemDefined(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => Self::Nobody,
            },
            Event::Notifier(_) => Self::Nobody,
        }
    }
}

macro_rules! part {
    ($(#[$doc:meta])* $part:ident $($mut:tt)?) => {
        $(#[$doc])*
        pub(super) enum $part<'a> {
            /// What an item is.
            Item(&'a $($mut)? ItemDefined),
            /// Supply was ordered.
            Ordered(&'a $($mut)? PurchaseOrdered),
            /// The supplier named dates.
            Confirmed(&'a $($mut)? PurchaseConfirmed),
            /// The supplier named other dates.
            Delayed(&'a $($mut)? PurchaseDelayed),
            /// The supplier named the parts in which it comes.
            Scheduled(&'a $($mut)? PurchaseScheduled),
            /// Units of it will not come.
            Rejected(&'a $($mut)? PurchaseRejected),
            /// Nothing more of it will come.
            Closed(&'a $($mut)? PurchaseClosed),
            /// Units of it are on their way.
            Shipped(&'a $($mut)? PurchaseShipped),
            /// Units were counted in.
            Received(&'a $($mut)? Received),
            /// Nothing of items or supply.
            Other,
        }

        impl<'a> $part<'a> {
            pub const fn of(event: &'a $($mut)? Event) -> Self {
                match event {
                    Event::Inventory(event) => match event {
                        InventoryEvent::ItemDefined(it) => Self::Item(it),
                        InventoryEvent::Received(it) => Self::Received(it),
                        InventoryEvent::ItemRenamed(_)
                        | InventoryEvent::LocationDefined(_)
                        | InventoryEvent::TimeZoneSet(_)
                        | InventoryEvent::Adjusted(_)
                        | InventoryEvent::Counted(_)
                        | InventoryEvent::Moved(_)
                        | InventoryEvent::MoveArrived(_)
                        | InventoryEvent::WaveReleased(_)
                        | InventoryEvent::WaveRecalled(_)
                        | InventoryEvent::ShortPicked(_)
                        | InventoryEvent::Shipped(_)
                        | InventoryEvent::Returned(_)
                        | InventoryEvent::ReplenishmentRequested(_) => Self::Other,
                    },
                    Event::SupplierGateway(event) => match event {
                        SupplierGatewayEvent::PurchaseOrdered(it) => Self::Ordered(it),
                        SupplierGatewayEvent::PurchaseConfirmed(it) => Self::Confirmed(it),
                        SupplierGatewayEvent::PurchaseDelayed(it) => Self::Delayed(it),
                        SupplierGatewayEvent::PurchaseScheduled(it) => Self::Scheduled(it),
                        SupplierGatewayEvent::PurchaseRejected(it) => Self::Rejected(it),
                        SupplierGatewayEvent::PurchaseClosed(it) => Self::Closed(it),
                        SupplierGatewayEvent::PurchaseShipped(it) => Self::Shipped(it),
                        SupplierGatewayEvent::SupplierDefined(_)
                        | SupplierGatewayEvent::SupplierItemDefined(_)
                        | SupplierGatewayEvent::PurchaseDelivered(_) => Self::Other,
                    },
                    Event::Orders(_) | Event::Allocator(_) | Event::Notifier(_) => Self::Other,
                }
            }
        }
    };
}

part! {
    /// What a fact says of items and supply.
    Part
}

part! {
    /// The same, to tell it otherwise.
    PartMut mut
}
