//! What a person may ask of the supplier gateway: to order goods, and to expect no more of an
//! order. What suppliers say comes in by [`HearSupplier`](super::HearSupplier), whoever says it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    MAX_ETA_DAYS, MAX_LINE_UNITS, MAX_OPEN_ORDERS, MAX_PO_LINES, MAX_WHO_BYTES, SupplierGateway,
    SupplierGatewayRefusal as No,
};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{
    Event, PurchaseClosed, PurchaseLine, PurchaseOrdered, SkuQuantity, Source, SupplierLine,
};
use crate::exact::{Exact, fewer};
use crate::ids::{Key, PurchaseOrderId, SupplierId, SupplierMessageId, Timestamp};

/// Orders goods from a supplier because somebody says so, not because inventory asked for them.
///
/// Refused when the supplier or an item is not defined, or a bound does not hold. An id that any
/// purchase order has answers for that one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreatePurchaseOrder {
    /// The purchase order: the caller's own number of it.
    pub purchase_order: PurchaseOrderId,
    /// From whom.
    pub supplier: SupplierId,
    /// What, each SKU once.
    pub lines: Vec<SkuQuantity>,
    /// When it should arrive; without it the supplier's lead time from now. It may be past, for an
    /// order that is overdue when it is entered.
    pub expected_at: Option<Timestamp>,
    /// Who says so; nobody, for one that was made for inventory.
    pub source: Option<Source>,
}

impl Command<SupplierGateway> for CreatePurchaseOrder {
    fn id(&self) -> Option<Key> {
        Some(self.purchase_order.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.purchase_order.key(), self.supplier.key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, now: Timestamp) -> Decision<No> {
        if let Some(source) = &self.source {
            check_who(source)?;
        }
        let supplier = gateway.supplier(&self.supplier)?;
        self.check_lines(gateway)?;
        self.check_date(now)?;
        if gateway.open_orders() >= MAX_OPEN_ORDERS {
            return Err(No::TooManyPurchaseOrders {
                most: MAX_OPEN_ORDERS,
            });
        }
        let skus = self.lines.iter().map(|asked| &asked.sku);
        let by_lead_time = gateway.terms.expected(supplier, skus, now);
        let line = |(asked, line): (&SkuQuantity, u32)| PurchaseLine {
            line,
            sku: asked.sku.clone(),
            quantity: asked.quantity,
            requisition: None,
        };
        Ok(Decided::Record(
            PurchaseOrdered {
                purchase_order: self.purchase_order.clone(),
                supplier: self.supplier.clone(),
                lines: self.lines.iter().zip(1..).map(line).collect(),
                expected_at: self.expected_at.unwrap_or(by_lead_time),
                undated: self.expected_at.is_none(),
                source: self.source.clone(),
            }
            .into(),
        ))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        let ordered = PurchaseOrdered::of(event)?;
        let line = |line: &PurchaseLine| SkuQuantity {
            sku: line.sku.clone(),
            quantity: line.quantity,
        };
        Some(Self {
            purchase_order: ordered.purchase_order.clone(),
            supplier: ordered.supplier.clone(),
            lines: ordered.lines.iter().map(line).collect(),
            expected_at: (!ordered.undated).then_some(ordered.expected_at),
            source: ordered.source.clone(),
        })
    }
}

impl CreatePurchaseOrder {
    fn check_lines(&self, gateway: &SupplierGateway) -> Result<(), No> {
        if self.lines.is_empty() {
            return Err(No::LinesMissing {});
        }
        if self.lines.len() > MAX_PO_LINES {
            return Err(No::TooManyLines {
                lines: self.lines.len(),
                most: MAX_PO_LINES,
            });
        }
        let mut named = BTreeSet::new();
        for (line, asked) in (1..).zip(&self.lines) {
            let sku = &asked.sku;
            if !(1..=MAX_LINE_UNITS).contains(&asked.quantity) {
                let units = u64::from(asked.quantity);
                return Err(No::QuantityOutOfRange { line, units });
            }
            gateway.check_not_renamed(sku)?;
            if !named.insert(sku) {
                return Err(No::RepeatedSku { sku: sku.clone() });
            }
            if !gateway.items.has(sku) {
                return Err(No::UnknownSku {
                    sku: sku.clone(),
                    near: gateway.items.but(sku),
                });
            }
        }
        Ok(())
    }

    fn check_date(&self, now: Timestamp) -> Result<(), No> {
        let within = |at: &Timestamp| {
            *at >= now.plus_days(fewer(MAX_ETA_DAYS)) && *at <= now.plus_days(MAX_ETA_DAYS)
        };
        match self.expected_at.filter(|at| !within(at)) {
            None => Ok(()),
            Some(at) => Err(No::ExpectedOutOfRange {
                at,
                most: MAX_ETA_DAYS,
            }),
        }
    }
}

/// Expects no more of a purchase order: whatever is open of it will not come.
///
/// Refused when it is not known, or closed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClosePurchaseOrder {
    /// The word that it will not come.
    pub message: SupplierMessageId,
    /// Which.
    pub purchase_order: PurchaseOrderId,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub source: Source,
}

impl Command<SupplierGateway> for ClosePurchaseOrder {
    fn id(&self) -> Option<Key> {
        Some(self.message.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.purchase_order.key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, _now: Timestamp) -> Decision<No> {
        check_who(&self.source)?;
        let order = gateway.open_order(&self.purchase_order)?;
        let open = order.lines.iter().map(|(number, line)| SupplierLine {
            line: *number,
            sku: line.sku.clone(),
            quantity: line.open(),
        });
        let said = PurchaseClosed {
            message: self.message.clone(),
            purchase_order: self.purchase_order.clone(),
            lines: open.filter(|line| line.quantity > 0).collect(),
            reason: self.reason.clone(),
            source: self.source.clone(),
        };
        order.check(&super::Message::Closed(said.clone()))?;
        Ok(Decided::Record(said.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        let said = PurchaseClosed::of(event)?;
        Some(Self {
            message: said.message.clone(),
            purchase_order: said.purchase_order.clone(),
            reason: said.reason.clone(),
            source: said.source.clone(),
        })
    }
}

/// Whether a source may stand on the log.
pub(super) fn check_who(source: &Source) -> Result<(), No> {
    let bytes = source.who.len();
    if bytes > MAX_WHO_BYTES || source.who.chars().any(char::is_control) {
        return Err(No::WhoMalformed {
            bytes,
            most: MAX_WHO_BYTES,
        });
    }
    Ok(())
}

impl SupplierGateway {
    /// A purchase order of which something may still be said.
    pub(super) fn open_order(&self, id: &PurchaseOrderId) -> Result<&super::PurchaseOrder, No> {
        let order = self.purchase_order(id)?;
        if order.is_closed() {
            let purchase_order = id.clone();
            return Err(No::PurchaseOrderClosed { purchase_order });
        }
        Ok(order)
    }

    /// Whether there was ever a purchase order of this id.
    pub(super) fn is_used(&self, id: &PurchaseOrderId) -> bool {
        self.orders.contains_key(id) || self.forgotten.contains(&id.key())
    }

    fn open_orders(&self) -> usize {
        self.orders.len().minus(self.closed.len())
    }
}
