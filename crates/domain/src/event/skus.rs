//! The SKUs of which an event says something, so that what was said under an item's old name is
//! read under its new one. Must not know which items were renamed.
//!
//! What a caller asked for beside that (which SKUs a wave or a run was to take) changes no state,
//! and is no part of it.

use super::{
    AllocatorEvent, Effect, Event, InventoryEvent, NotifierEvent, OrdersEvent, Segment,
    SupplierGatewayEvent,
};
use crate::ids::Sku;

/// Says once what an event names, for who looks at it and for who writes over it.
macro_rules! each_sku {
    ($name:ident, $all:ident $(, $mut:tt)?) => {
        impl Event {
            /// Shows each SKU of which it says something.
            pub fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::Orders(event) => event.$name(see),
                    Self::Inventory(event) => event.$name(see),
                    Self::Allocator(event) => event.$name(see),
                    Self::SupplierGateway(event) => event.$name(see),
                    Self::Notifier(
                        NotifierEvent::Notified(_) | NotifierEvent::NotificationFailed(_),
                    ) => {}
                }
            }
        }

        impl OrdersEvent {
            fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::OrderPlaced(it) => {
                        it.lines.$all().for_each(|line| see(&$($mut)? line.sku));
                    }
                    Self::HistoryRecorded(it) => {
                        it.asked.lines.$all().for_each(|line| see(&$($mut)? line.sku));
                    }
                    Self::SubstituteAccepted(it) => see(&$($mut)? it.sku),
                    Self::OrderCancelled(_)
                    | Self::OrderSuspended(_)
                    | Self::OrderResumed(_)
                    | Self::OrderAmended(_)
                    | Self::OrderClosed(_) => {}
                }
            }
        }

        impl InventoryEvent {
            fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::ItemDefined(it) => {
                        see(&$($mut)? it.sku);
                        match &$($mut)? it.segment {
                            Segment::Substitutable { alternatives, .. } => {
                                alternatives.$all().for_each(see);
                            }
                            Segment::Backorderable { .. } | Segment::StockOnly => {}
                        }
                    }
                    Self::Received(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::Adjusted(it) => see(&$($mut)? it.sku),
                    Self::Counted(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::Moved(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                        it.owners.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::MoveArrived(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                        it.owners.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::WaveReleased(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::WaveRecalled(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::ShortPicked(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::Shipped(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::Returned(it) => it.lines.$all().for_each(|it| see(&$($mut)? it.sku)),
                    Self::ReplenishmentRequested(it) => see(&$($mut)? it.sku),
                    // It says both names.
                    Self::ItemRenamed(_) | Self::LocationDefined(_) | Self::TimeZoneSet(_) => {}
                }
            }
        }

        impl AllocatorEvent {
            fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::Settled(it) => {
                        it.effects.$all().for_each(|it| it.$name(see));
                        it.sharing.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::Rebalanced(it) => it.effects.$all().for_each(|it| it.$name(see)),
                    Self::WaitsEnded(it) => {
                        see(&$($mut)? it.sku);
                        it.alternatives.$all().for_each(&mut *see);
                        it.effects.$all().for_each(|it| it.$name(see));
                    }
                    Self::StockAssigned(it) => {
                        see(&$($mut)? it.sku);
                        it.effects.$all().for_each(|it| it.$name(see));
                    }
                    Self::StockHeld(it) => see(&$($mut)? it.sku),
                    Self::HoldEnded(it) => see(&$($mut)? it.sku),
                    Self::RankingRuleSet(_) | Self::PromisesDue(_) | Self::Prioritised(_) => {}
                }
            }
        }

        impl Effect {
            fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::Assigned(it) => see(&$($mut)? it.sku),
                    Self::Released(it) => see(&$($mut)? it.sku),
                    Self::Backordered(it) => see(&$($mut)? it.sku),
                    Self::Offered(it) => {
                        see(&$($mut)? it.sku);
                        it.alternatives.$all().for_each(see);
                    }
                    Self::Refused(it) => see(&$($mut)? it.sku),
                    Self::Promised(it) => see(&$($mut)? it.sku),
                }
            }
        }

        impl SupplierGatewayEvent {
            fn $name(&$($mut)? self, see: &mut impl FnMut(&$($mut)? Sku)) {
                match self {
                    Self::PurchaseOrdered(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseConfirmed(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseDelayed(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseScheduled(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseRejected(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseClosed(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::PurchaseShipped(it) => {
                        it.lines.$all().for_each(|it| see(&$($mut)? it.sku));
                    }
                    Self::SupplierItemDefined(it) => see(&$($mut)? it.sku),
                    Self::SupplierDefined(_) | Self::PurchaseDelivered(_) => {}
                }
            }
        }
    };
}

each_sku!(each_sku, iter);
each_sku!(each_sku_mut, iter_mut, mut);
