//! A supplier's word about a purchase order, whoever brought it.

use std::borrow::Cow;

use serde::Serialize;

use crate::event::{
    Event, PurchaseClosed, PurchaseConfirmed, PurchaseDelayed, PurchaseDelivered, PurchaseRejected,
    PurchaseScheduled, PurchaseShipped, Source, SupplierGatewayEvent,
};
use crate::ids::{PurchaseOrderId, SupplierMessageId};
use crate::renamed::Renamed;

/// What a supplier (or their carrier) can say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Message {
    /// Yes, with a date for each line that it names.
    Confirmed(PurchaseConfirmed),
    /// Other dates.
    Delayed(PurchaseDelayed),
    /// What is still to come, in which parts, and when.
    Scheduled(PurchaseScheduled),
    /// Some units will not come.
    Rejected(PurchaseRejected),
    /// Nothing more will come.
    Closed(PurchaseClosed),
    /// Goods are on their way.
    Shipped(PurchaseShipped),
    /// A dispatch stands at our dock.
    Delivered(PurchaseDelivered),
}

impl Message {
    /// The message in an event, if it is one: what a supplier or their carrier said, not we.
    pub fn of(event: &SupplierGatewayEvent) -> Option<Self> {
        match event {
            SupplierGatewayEvent::PurchaseConfirmed(said) => Some(Self::Confirmed(said.clone())),
            SupplierGatewayEvent::PurchaseDelayed(said) => Some(Self::Delayed(said.clone())),
            SupplierGatewayEvent::PurchaseScheduled(said) => Some(Self::Scheduled(said.clone())),
            SupplierGatewayEvent::PurchaseRejected(said) => Some(Self::Rejected(said.clone())),
            SupplierGatewayEvent::PurchaseClosed(said) => Some(Self::Closed(said.clone())),
            SupplierGatewayEvent::PurchaseShipped(said) => Some(Self::Shipped(said.clone())),
            SupplierGatewayEvent::PurchaseDelivered(said) => Some(Self::Delivered(said.clone())),
            SupplierGatewayEvent::SupplierDefined(_)
            | SupplierGatewayEvent::SupplierItemDefined(_)
            | SupplierGatewayEvent::PurchaseOrdered(_) => None,
        }
    }

    /// The event that records it.
    pub fn to_event(&self) -> Event {
        match self {
            Self::Confirmed(said) => said.clone().into(),
            Self::Delayed(said) => said.clone().into(),
            Self::Scheduled(said) => said.clone().into(),
            Self::Rejected(said) => said.clone().into(),
            Self::Closed(said) => said.clone().into(),
            Self::Shipped(said) => said.clone().into(),
            Self::Delivered(said) => said.clone().into(),
        }
    }

    /// The message with items as they are called now: a supplier may go on naming one as it was
    /// ordered.
    pub(super) fn read_by(&self, renamed: &Renamed) -> Cow<'_, Self> {
        if renamed.is_empty() {
            return Cow::Borrowed(self);
        }
        match renamed.read(&self.to_event()).as_ref() {
            Event::SupplierGateway(event) => Self::of(event).map(Cow::Owned),
            Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {
                None
            }
        }
        .unwrap_or(Cow::Borrowed(self))
    }

    /// Its own id: the same message is taken in once.
    pub const fn id(&self) -> &SupplierMessageId {
        match self {
            Self::Confirmed(said) => &said.message,
            Self::Delayed(said) => &said.message,
            Self::Scheduled(said) => &said.message,
            Self::Rejected(said) => &said.message,
            Self::Closed(said) => &said.message,
            Self::Shipped(said) => &said.message,
            Self::Delivered(said) => &said.message,
        }
    }

    /// Who brought it in, if it was no adapter.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            Self::Confirmed(said) => said.source.as_ref(),
            Self::Delayed(said) => said.source.as_ref(),
            Self::Scheduled(said) => said.source.as_ref(),
            Self::Rejected(said) => said.source.as_ref(),
            Self::Closed(said) => Some(&said.source),
            Self::Shipped(said) => said.source.as_ref(),
            Self::Delivered(said) => said.source.as_ref(),
        }
    }

    /// What it is about.
    pub const fn purchase_order(&self) -> &PurchaseOrderId {
        match self {
            Self::Confirmed(said) => &said.purchase_order,
            Self::Delayed(said) => &said.purchase_order,
            Self::Scheduled(said) => &said.purchase_order,
            Self::Rejected(said) => &said.purchase_order,
            Self::Closed(said) => &said.purchase_order,
            Self::Shipped(said) => &said.purchase_order,
            Self::Delivered(said) => &said.purchase_order,
        }
    }
}
