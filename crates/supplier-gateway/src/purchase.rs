//! Requests of people who buy, read into commands: purchase orders, and what suppliers say of them.
//!
//! Checks form alone: whether something can be read. What may be asked is the room's to say.

use api::supplier_gateway::v1;
use api::supplier_gateway::v1::record_supplier_message_request::Said;
use chassis::invalid;
use chassis::wire::{key, key_or_new, missing, time};
use domain::event::{
    DatedLine, PurchaseConfirmed, PurchaseDelayed, PurchaseDelivered, PurchaseRejected,
    PurchaseScheduled, PurchaseShipped, SchedulePart, ScheduledLine, SkuQuantity, Source,
    SupplierLine, Way,
};
use domain::ids::{DispatchId, PurchaseOrderId, Sku, SupplierId, SupplierMessageId, Timestamp};
use domain::supplier_gateway::{ClosePurchaseOrder, CreatePurchaseOrder, HearSupplier, Message};
use tonic::Status;

/// A request to order goods.
pub fn create(request: &v1::CreatePurchaseOrderRequest) -> Result<CreatePurchaseOrder, Status> {
    let line = |asked: &v1::PurchaseQuantity| {
        Ok(SkuQuantity {
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
        })
    };
    Ok(CreatePurchaseOrder {
        purchase_order: key(
            "purchase_order_id",
            &request.purchase_order_id,
            PurchaseOrderId::new,
        )?,
        supplier: key("supplier_id", &request.supplier_id, SupplierId::new)?,
        lines: request
            .lines
            .iter()
            .map(line)
            .collect::<Result<_, Status>>()?,
        expected_at: time("expected_at", request.expected_at)?,
        source: Some(source(request.source.as_ref())?),
    })
}

/// What a request to record a supplier's message comes to.
pub enum Asked {
    /// A message.
    Hear(Box<HearSupplier>),
    /// The word that nothing more will come.
    Close(ClosePurchaseOrder),
}

impl Asked {
    /// The message's id.
    pub const fn message(&self) -> &SupplierMessageId {
        match self {
            Self::Hear(hear) => hear.0.id(),
            Self::Close(close) => &close.message,
        }
    }
}

/// A request to record what a supplier said.
pub fn message(request: v1::RecordSupplierMessageRequest) -> Result<Asked, Status> {
    let message = key_or_new("message_id", &request.message_id, SupplierMessageId::new)?;
    let purchase_order = key(
        "purchase_order_id",
        &request.purchase_order_id,
        PurchaseOrderId::new,
    )?;
    let from = source(request.source.as_ref())?;
    let source = Some(from.clone());
    let Some(said) = request.said else {
        let remedy = "say what was said: confirmed, scheduled, delayed, rejected, dispatched, \
                      arrived, or closed";
        return Err(missing("said", remedy));
    };
    let heard = match said {
        Said::Confirmed(said) => Message::Confirmed(PurchaseConfirmed {
            message,
            purchase_order,
            lines: dated(&said.lines)?,
            source,
        }),
        Said::Delayed(said) => Message::Delayed(PurchaseDelayed {
            message,
            purchase_order,
            lines: dated(&said.lines)?,
            reason: said.reason,
            source,
        }),
        Said::Scheduled(said) => Message::Scheduled(PurchaseScheduled {
            message,
            purchase_order,
            lines: scheduled(&said.lines)?,
            reason: said.reason,
            source,
        }),
        Said::Rejected(said) => Message::Rejected(PurchaseRejected {
            message,
            purchase_order,
            lines: counted(&said.lines)?,
            reason: said.reason,
            source,
        }),
        Said::Dispatched(said) => Message::Shipped(PurchaseShipped {
            message,
            purchase_order,
            dispatch: key("dispatched.dispatch_id", &said.dispatch_id, DispatchId::new)?,
            lines: counted(&said.lines)?,
            eta: needed("dispatched.eta", time("dispatched.eta", said.eta))?,
            source,
        }),
        Said::Arrived(said) => Message::Delivered(PurchaseDelivered {
            message,
            purchase_order,
            dispatch: key("arrived.dispatch_id", &said.dispatch_id, DispatchId::new)?,
            source,
        }),
        Said::Closed(said) => {
            return Ok(Asked::Close(ClosePurchaseOrder {
                message,
                purchase_order,
                reason: said.reason,
                source: from,
            }));
        }
    };
    Ok(Asked::Hear(Box::new(HearSupplier(heard))))
}

pub fn source(asked: Option<&v1::Source>) -> Result<Source, Status> {
    let asked = asked.cloned().unwrap_or_default();
    let unknown = |_| {
        let problem = format!("is {}, which is no way", asked.way);
        let remedy = "use a value of the enum Way";
        invalid("source.way", "WAY_OUT_OF_RANGE", problem, remedy)
    };
    let way = match v1::Way::try_from(asked.way).map_err(unknown)? {
        v1::Way::Unspecified | v1::Way::Person => Way::Person,
        v1::Way::File => Way::File,
        v1::Way::Wire => Way::Wire,
    };
    Ok(Source {
        way,
        who: asked.who,
    })
}

/// The same in the words of the wire.
pub fn told(source: &Source) -> v1::Source {
    let way = match source.way {
        Way::Person => v1::Way::Person,
        Way::File => v1::Way::File,
        Way::Wire => v1::Way::Wire,
    };
    v1::Source {
        way: way.into(),
        who: source.who.clone(),
    }
}

fn dated(lines: &[v1::DatedLine]) -> Result<Vec<DatedLine>, Status> {
    let line = |asked: &v1::DatedLine| {
        Ok(DatedLine {
            line: asked.line,
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            eta: needed("lines.eta", time("lines.eta", asked.eta))?,
        })
    };
    lines.iter().map(line).collect()
}

fn scheduled(lines: &[v1::ScheduledLine]) -> Result<Vec<ScheduledLine>, Status> {
    let part = |asked: &v1::SchedulePart| {
        Ok(SchedulePart {
            quantity: asked.quantity,
            eta: time("lines.parts.eta", asked.eta)?,
        })
    };
    let line = |asked: &v1::ScheduledLine| {
        Ok(ScheduledLine {
            line: asked.line,
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            parts: asked
                .parts
                .iter()
                .map(part)
                .collect::<Result<_, Status>>()?,
            pending: asked.pending,
            change: 0,
        })
    };
    lines.iter().map(line).collect()
}

fn counted(lines: &[v1::SupplierLine]) -> Result<Vec<SupplierLine>, Status> {
    let line = |asked: &v1::SupplierLine| {
        Ok(SupplierLine {
            line: asked.line,
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
        })
    };
    lines.iter().map(line).collect()
}

/// A date that must be there, of a field, as it was read.
fn needed(field: &str, read: Result<Option<Timestamp>, Status>) -> Result<Timestamp, Status> {
    read?.ok_or_else(|| missing(field, "give the date on which it is to arrive"))
}
