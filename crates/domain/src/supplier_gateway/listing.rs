//! Questions to the room: one of it, pages of it, what waits.

use std::ops::{Bound, Deref};

use super::{
    PurchaseOrder, PurchaseStatus, Requisition, Supplier, SupplierGateway, SupplierGatewayRefusal,
};
use crate::exact::Exact;
use crate::ids::{PurchaseOrderId, Sku, SupplierId};
use crate::renamed::Renamed;

/// The most entries of one page.
pub const MAX_PAGE: usize = 500;

/// The most purchase order lines of one page, so that it can be sent: it ends after the purchase
/// order that reaches this.
pub const MAX_PAGE_LINES: usize = 5_000;

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is in it.
    pub entries: Vec<T>,
    /// There is more after the last of them.
    pub more: bool,
}

pub(super) fn page<T>(
    found: impl Iterator<Item = T>,
    size: usize,
    lines: fn(&T) -> usize,
) -> Page<T> {
    let size = size.clamp(1, MAX_PAGE);
    let mut found = found.peekable();
    let mut entries = Vec::new();
    let mut total = 0_usize;
    while entries.len() < size && total < MAX_PAGE_LINES {
        let Some(entry) = found.next() else { break };
        total = total.plus(lines(&entry));
        entries.push(entry);
    }
    Page {
        entries,
        more: found.peek().is_some(),
    }
}

/// Which purchase orders are asked for; what is not set is not asked about.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct PurchaseOrderFilter {
    /// Of this supplier.
    pub supplier: Option<SupplierId>,
    /// This far.
    pub status: Option<PurchaseStatus>,
    /// With a line of this SKU.
    pub sku: Option<Sku>,
}

impl PurchaseOrderFilter {
    fn takes(&self, order: &PurchaseOrder, renamed: &Renamed) -> bool {
        self.supplier
            .as_ref()
            .is_none_or(|supplier| order.supplier == *supplier)
            && self.status.is_none_or(|status| order.status() == status)
            && self.sku.as_ref().is_none_or(|sku| {
                let sku = renamed.now(sku);
                order.lines.values().any(|line| line.sku == *sku)
            })
    }
}

fn after<T>(last: Option<&T>) -> Bound<&T> {
    last.map_or(Bound::Unbounded, Bound::Excluded)
}

impl SupplierGateway {
    /// How many suppliers are defined, purchase orders are open, and suppliers have requests that
    /// are on no purchase order yet.
    pub fn counts(&self) -> (usize, usize, usize) {
        let open = self.orders.len().minus(self.closed.len());
        (self.suppliers.len(), open, self.pending.len())
    }

    /// A supplier.
    ///
    /// # Errors
    /// Nobody has defined it.
    pub fn supplier(&self, id: &SupplierId) -> Result<&Supplier, SupplierGatewayRefusal> {
        let unknown = || SupplierGatewayRefusal::UnknownSupplier {
            supplier: id.clone(),
        };
        let found = self.suppliers.get(id).map(Deref::deref);
        found.ok_or_else(unknown)
    }

    /// Suppliers by id after the last one of the page before, at most [`MAX_PAGE`].
    pub fn suppliers(&self, last: Option<&SupplierId>, size: usize) -> Page<&Supplier> {
        let found = self.suppliers.range_from(after(last));
        page(found.map(|(_, supplier)| &**supplier), size, |_| 0)
    }

    /// A purchase order, open or not long closed.
    ///
    /// # Errors
    /// There never was one with this id, or it is no longer kept.
    pub fn purchase_order(
        &self,
        id: &PurchaseOrderId,
    ) -> Result<&PurchaseOrder, SupplierGatewayRefusal> {
        let missing = || {
            let purchase_order = id.clone();
            if self.forgotten.contains(&id.key()) {
                SupplierGatewayRefusal::PurchaseOrderForgotten { purchase_order }
            } else {
                SupplierGatewayRefusal::UnknownPurchaseOrder { purchase_order }
            }
        };
        self.orders.get(id).map(Deref::deref).ok_or_else(missing)
    }

    /// Purchase orders by id after the last one of the page before, at most [`MAX_PAGE`],
    /// and at most about [`MAX_PAGE_LINES`] lines of them.
    pub fn purchase_orders(
        &self,
        filter: &PurchaseOrderFilter,
        last: Option<&PurchaseOrderId>,
        size: usize,
    ) -> Page<&PurchaseOrder> {
        let found = self.orders.range_from(after(last));
        let found = found
            .map(|(_, order)| &**order)
            .filter(|order| filter.takes(order, &self.renamed));
        page(found, size, |order| order.lines.len())
    }

    /// Requests that no purchase order answers yet, in log order by supplier.
    pub fn pending(&self) -> impl Iterator<Item = (&SupplierId, &Requisition)> {
        self.pending
            .iter()
            .flat_map(|(id, asked)| asked.requests.values().map(move |r| (id, r)))
    }

    /// Suppliers who are asked for goods although nobody has defined them, and by how many
    /// requests. Nothing is ordered until somebody does.
    pub fn undefined_suppliers(&self) -> impl Iterator<Item = (&SupplierId, usize)> {
        self.pending
            .iter()
            .filter(|(id, _)| !self.suppliers.contains_key(*id))
            .map(|(id, asked)| (id, asked.requests.len()))
    }

    /// Purchase orders ever made.
    pub fn ordered_ever(&self) -> u64 {
        self.suppliers
            .values()
            .fold(0, |sum, supplier| sum.plus(supplier.numbered))
    }
}
