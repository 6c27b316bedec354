//! What may be asked of the open orders.
//!
//! Decides nothing. Every walk is bounded by what it looks at, not only by what it finds.

use crate::exact::Exact;
use std::ops::{Bound, Deref};

use super::{Order, OrderStatus, Orders};
use crate::command::RoomState;
use crate::ids::{CustomerId, OrderId, Position, Sku};

/// The most orders on one page; more asked for is this many.
pub const MAX_PAGE: usize = 500;
/// The most lines that the orders of one page have together; at the bound the page ends early.
pub const MAX_PAGE_LINES: usize = 10_000;
/// The most orders looked at for one page; at the bound the page ends early, with a token.
pub const MAX_SCANNED: usize = 10_000;

/// Which open orders to list; what is absent does not matter.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only those that stand so.
    pub status: Option<OrderStatus>,
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only those with a line of this SKU.
    pub sku: Option<Sku>,
}

impl Filter {
    fn takes(&self, order: &Order) -> bool {
        self.status.is_none_or(|status| order.status == status)
            && self
                .customer
                .as_ref()
                .is_none_or(|customer| order.customer == *customer)
            && self
                .sku
                .as_ref()
                .is_none_or(|sku| order.lines.iter().any(|l| l.sku == *sku))
    }
}

/// Some of the open orders, by order number.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Page<'a> {
    /// At most as many as were asked for.
    pub orders: Vec<(&'a OrderId, &'a Order)>,
    /// The number after which the next page begins; absent on the last one.
    pub next: Option<&'a OrderId>,
}

impl Orders {
    /// The open order with this number.
    pub fn order(&self, id: &OrderId) -> Option<&Order> {
        self.open.get(id).map(Deref::deref)
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.open.len()
    }

    /// Open orders after an order number, at most `size` (and [`MAX_PAGE`]) of them.
    pub fn list(&self, filter: &Filter, after: Option<&OrderId>, size: usize) -> Page<'_> {
        let size = size.clamp(1, MAX_PAGE);
        let mut page = Page::default();
        let mut last = None;
        let mut lines = 0_usize;
        for (scanned, id) in self.walk(filter, after).enumerate() {
            let full = page.orders.len() >= size || lines >= MAX_PAGE_LINES;
            if full || scanned >= MAX_SCANNED {
                page.next = last;
                break;
            }
            last = Some(id);
            if let Some(order) = self.order(id).filter(|order| filter.takes(order)) {
                lines = lines.plus(order.lines.len());
                page.orders.push((id, order));
            }
        }
        page
    }

    /// The narrowest index that the filter allows.
    fn walk<'a>(
        &'a self,
        filter: &Filter,
        after: Option<&OrderId>,
    ) -> Box<dyn Iterator<Item = &'a OrderId> + 'a> {
        if let Some(customer) = &filter.customer {
            Box::new(self.index.of_customer(customer.clone(), after))
        } else if let Some(sku) = &filter.sku {
            Box::new(self.index.of_sku(sku.clone(), after))
        } else if let Some(status) = filter.status {
            Box::new(self.index.of_status(status, after))
        } else {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            Box::new(self.open.range_from(from).map(|(id, _)| id))
        }
    }
}

/// Of an order that has left memory, the command that placed it is remembered.
impl RoomState<Orders> {
    /// Where the order was closed; nothing if it is open or was never placed.
    pub fn find_closed(&self, id: &OrderId) -> Option<Position> {
        if self.open.contains_key(id) {
            None
        } else {
            self.commands.find(id.key())
        }
    }

    /// Whether the allocator has decided on every line; an order that was closed is. Nothing if
    /// nobody placed it.
    pub fn is_decided(&self, id: &OrderId) -> Option<bool> {
        match self.open.get(id) {
            Some(order) => Some(order.is_decided()),
            None => self.commands.find(id.key()).map(|_| true),
        }
    }
}
