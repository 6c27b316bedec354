//! Every fact that can stand on the log, and the commit that carries them.
//!
//! The wire shape is the type: JSON with `type` first, so `nats stream view` reads as a timeline
//! and there is no mapping layer. A shape may only grow optional fields; `events/*.json` pins them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::{Key, Revision, Timestamp};
use crate::room::Room;

mod about;
mod allocator;
mod answers;
mod cause;
mod corrections;
mod goods;
mod holds;
mod inventory;
mod item_renamed;
mod limit;
mod notifier;
mod off;
mod order_amended;
mod orders;
mod prioritised;
mod ranking;
mod rebalance;
mod skus;
mod stock_assigned;
mod supplier_gateway;
mod text;
mod waits_ended;

pub use allocator::*;
pub use answers::Answers;
pub use cause::*;
pub use goods::*;
pub use holds::*;
pub use inventory::*;
pub use item_renamed::ItemRenamed;
pub use limit::Limit;
pub use notifier::*;
pub use order_amended::{AmendedField, OrderAmended, OrderField};
pub use orders::*;
pub use prioritised::Prioritised;
pub use ranking::*;
pub use rebalance::*;
pub use stock_assigned::StockAssigned;
pub use supplier_gateway::*;
pub use text::{CommitText, Passage};
pub use waits_ended::WaitsEnded;

/// The most events in one commit.
pub const MAX_COMMIT_EVENTS: usize = 1_000;
/// The most bytes of JSON in one commit; half of the server's default payload.
pub const MAX_COMMIT_BYTES: usize = 512 * 1024;

/// What a room decided together on the same folded state: one message on its subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// What the room had folded when it decided.
    pub as_of: Revision,
    /// When it decided, by its clock.
    pub at: Timestamp,
    /// What became true, in this order.
    pub events: Vec<Event>,
    /// W3C `traceparent` of the request that caused an event, by the event's index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traces: BTreeMap<u32, String>,
}

impl Commit {
    /// Reads one from the words of the wire. Whether they are UTF-8 is asked once of all of them,
    /// not of each text in them, which takes a sixth less time.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        match std::str::from_utf8(body) {
            Ok(text) => serde_json::from_str(text),
            // Says where they are not.
            Err(_) => serde_json::from_slice(body),
        }
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $room:ident($events:ident) { $($tag:literal $name:ident,)* })*) => {
        /// A fact, by the room whose fact it is. Whoever folds or tells of facts matches on the
        /// enums of the rooms that it hears, so that a new event does not compile before each of
        /// them says what it means there.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Event {$(
            $(#[$doc])*
            $room($events),
        )*}

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize)]
            #[serde(tag = "type")]
            #[allow(missing_docs, reason = "each payload says what became true")]
            pub enum $events {$(
                #[serde(rename = $tag)]
                $name($name),
            )*}

            impl From<$events> for Event {
                fn from(event: $events) -> Self {
                    Self::$room(event)
                }
            }

            $(
                impl From<$name> for $events {
                    fn from(fact: $name) -> Self {
                        Self::$name(fact)
                    }
                }

                impl From<$name> for Event {
                    fn from(fact: $name) -> Self {
                        Self::$room($events::$name(fact))
                    }
                }

                impl $name {
                    /// The fact in an event that is expected to be one: for whoever reads back
                    /// from the log what was recorded there. Nobody folds with this.
                    pub const fn of(event: &Event) -> Option<&Self> {
                        if let Event::$room($events::$name(fact)) = event {
                            Some(fact)
                        } else {
                            None
                        }
                    }
                }
            )*

            impl $events {
                /// Its tag.
                pub const fn tag(&self) -> &'static str {
                    match self {$( Self::$name(_) => $tag, )*}
                }

                /// What it is about: orders, SKUs, purchase orders. A trace goes on along these.
                pub fn concerns(&self) -> Vec<Key> {
                    match self {$( Self::$name(fact) => fact.concerns(), )*}
                }

                /// The command that it answers.
                pub fn answers(&self) -> Option<Answers> {
                    match self {$( Self::$name(fact) => fact.answers(), )*}
                }
            }
        )*

        impl Event {
            /// The tags of all events, room by room.
            pub const TAGS: &'static [(Room, &'static str)] =
                &[$($((Room::$room, $tag),)*)*];

            /// Its tag.
            pub const fn tag(&self) -> &'static str {
                match self {$( Self::$room(event) => event.tag(), )*}
            }

            /// The room whose fact it is.
            pub const fn room(&self) -> Room {
                match self {$( Self::$room(_) => Room::$room, )*}
            }

            /// What it is about: orders, SKUs, purchase orders. A trace goes on along these.
            pub fn concerns(&self) -> Vec<Key> {
                match self {$( Self::$room(event) => event.concerns(), )*}
            }

            /// The command that it answers; nothing where the room recorded it on its own, and
            /// where the state shows whether what was asked is done.
            pub fn answers(&self) -> Option<Answers> {
                match self {$( Self::$room(event) => event.answers(), )*}
            }
        }

        #[derive(Deserialize)]
        #[serde(variant_identifier)]
        enum Tag {$($( #[serde(rename = $tag)] $name, )*)*}

        impl<'de> Visitor<'de> for EventVisitor {
            type Value = Event;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event with its `type` first")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
                let Some((TypeField::Type, tag)) = map.next_entry()? else {
                    return Err(A::Error::missing_field("type"));
                };
                Tag::fields(tag, map)
            }
        }

        impl Tag {
            /// Reads the payload, which stands in the fields after the tag.
            fn fields<'de, A: MapAccess<'de>>(self, map: A) -> Result<Event, A::Error> {
                let fields = MapAccessDeserializer::new(map);
                match self {$($(
                    Self::$name => $name::deserialize(fields).map(Event::from),
                )*)*}
            }
        }
    };
}

/// Serde's own internally tagged enums buffer the whole map before they know its type; since
/// `type` comes first here, each payload is read straight from the text.
struct EventVisitor;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum TypeField {
    Type,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor)
    }
}

events! {
    /// What became true in `orders`: what customers ask for.
    Orders(OrdersEvent) {
        "order_placed" OrderPlaced,
        "history_recorded" HistoryRecorded,
        "order_cancelled" OrderCancelled,
        "order_suspended" OrderSuspended,
        "order_resumed" OrderResumed,
        "order_amended" OrderAmended,
        "substitute_accepted" SubstituteAccepted,
        "order_closed" OrderClosed,
    }
    /// What became true in `inventory`: what stock there is.
    Inventory(InventoryEvent) {
        "item_defined" ItemDefined,
        "item_renamed" ItemRenamed,
        "location_defined" LocationDefined,
        "time_zone_set" TimeZoneSet,
        "received" Received,
        "adjusted" Adjusted,
        "counted" Counted,
        "moved" Moved,
        "move_arrived" MoveArrived,
        "wave_released" WaveReleased,
        "wave_recalled" WaveRecalled,
        "short_picked" ShortPicked,
        "shipped" Shipped,
        "returned" Returned,
        "replenishment_requested" ReplenishmentRequested,
    }
    /// What became true in `allocator`: who gets which stock, and when.
    Allocator(AllocatorEvent) {
        "settled" Settled,
        "ranking_rule_set" RankingRuleSet,
        "promises_due" PromisesDue,
        "rebalanced" Rebalanced,
        "stock_held" StockHeld,
        "hold_ended" HoldEnded,
        "waits_ended" WaitsEnded,
        "prioritised" Prioritised,
        "stock_assigned" StockAssigned,
    }
    /// What became true in `supplier-gateway`: what suppliers owe.
    SupplierGateway(SupplierGatewayEvent) {
        "supplier_defined" SupplierDefined,
        "supplier_item_defined" SupplierItemDefined,
        "purchase_ordered" PurchaseOrdered,
        "purchase_confirmed" PurchaseConfirmed,
        "purchase_delayed" PurchaseDelayed,
        "purchase_scheduled" PurchaseScheduled,
        "purchase_rejected" PurchaseRejected,
        "purchase_closed" PurchaseClosed,
        "purchase_shipped" PurchaseShipped,
        "purchase_delivered" PurchaseDelivered,
    }
    /// What became true in `notifier`: who was told.
    Notifier(NotifierEvent) {
        "notified" Notified,
        "notification_failed" NotificationFailed,
    }
}

impl AllocatorEvent {
    /// What it did to demand lines, in the order in which it was decided.
    pub fn effects(&self) -> &[Effect] {
        match self {
            Self::Settled(settled) => &settled.effects,
            Self::Rebalanced(run) => &run.effects,
            Self::WaitsEnded(ended) => &ended.effects,
            Self::StockAssigned(it) => &it.effects,
            Self::RankingRuleSet(_)
            | Self::PromisesDue(_)
            | Self::StockHeld(_)
            | Self::HoldEnded(_)
            | Self::Prioritised(_) => &[],
        }
    }
}

impl SupplierGatewayEvent {
    /// Who brought it in, where it was no adapter of ours.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            Self::SupplierDefined(_) => None,
            Self::SupplierItemDefined(of) => of.source.as_ref(),
            Self::PurchaseOrdered(of) => of.source.as_ref(),
            Self::PurchaseConfirmed(of) => of.source.as_ref(),
            Self::PurchaseDelayed(of) => of.source.as_ref(),
            Self::PurchaseScheduled(of) => of.source.as_ref(),
            Self::PurchaseRejected(of) => of.source.as_ref(),
            Self::PurchaseClosed(of) => Some(&of.source),
            Self::PurchaseShipped(of) => of.source.as_ref(),
            Self::PurchaseDelivered(of) => of.source.as_ref(),
        }
    }
}

impl Event {
    /// What it did to demand lines, in the order in which it was decided.
    pub fn effects(&self) -> &[Effect] {
        match self {
            Self::Allocator(event) => event.effects(),
            Self::Orders(_) | Self::Inventory(_) | Self::SupplierGateway(_) | Self::Notifier(_) => {
                &[]
            }
        }
    }
}
