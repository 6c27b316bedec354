//! What may be asked of the open orders.
//!
//! Decides nothing. Every walk is bounded by what it looks at, not only by what it finds.

use crate::exact::Exact;

use super::suspended::Suspension;
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
    /// Only those that are suspended.
    pub suspended: bool,
}

/// Some of the open orders, by order number.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Page<'a> {
    /// At most as many as were asked for.
    pub orders: Vec<Order<'a>>,
    /// The number after which the next page begins; absent on the last one.
    pub next: Option<&'a OrderId>,
}

impl Orders {
    /// The open order with this number.
    pub fn order(&self, id: &OrderId) -> Option<Order<'_>> {
        self.told(self.open.find(id)?)
    }

    /// The order in a slot.
    pub(super) fn told(&self, slot: u32) -> Option<Order<'_>> {
        let open = self.open.get(slot)?;
        let suspension = self.suspensions.of(&open.id);
        let names = &self.names;
        Some(Order {
            open,
            names,
            suspension,
        })
    }

    /// Where what happened to an order after it was closed stands on the log, in order.
    pub fn after(&self, id: &OrderId) -> Vec<Position> {
        self.after.of(id)
    }

    /// Why an open order does not go on, if it does not.
    pub fn suspension(&self, order: &OrderId) -> Option<&Suspension> {
        self.suspensions.of(order)
    }

    /// How many orders are suspended.
    pub fn suspended(&self) -> usize {
        self.suspensions.len()
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.open.len()
    }

    /// All open orders, by order number.
    pub(super) fn all(&self) -> impl Iterator<Item = Order<'_>> {
        self.open.after(None).filter_map(|slot| self.told(slot))
    }

    /// Open orders after an order number, at most `size` (and [`MAX_PAGE`]) of them.
    pub fn list(&self, filter: &Filter, after: Option<&OrderId>, size: usize) -> Page<'_> {
        let size = size.clamp(1, MAX_PAGE);
        let mut page = Page::default();
        let mut last = None;
        let mut lines = 0_usize;
        for (scanned, slot) in self.walk(filter, after).enumerate() {
            let full = page.orders.len() >= size || lines >= MAX_PAGE_LINES;
            if full || scanned >= MAX_SCANNED {
                page.next = last;
                break;
            }
            let Some(order) = self.told(slot) else {
                continue;
            };
            last = Some(order.id());
            if self.takes(filter, order) {
                lines = lines.plus(order.lines().len());
                page.orders.push(order);
            }
        }
        page
    }

    /// The narrowest index that the filter allows.
    fn walk<'a>(
        &'a self,
        filter: &Filter,
        after: Option<&OrderId>,
    ) -> Box<dyn Iterator<Item = u32> + 'a> {
        let (index, open) = (&self.index, &self.open);
        if filter.suspended {
            let orders = self.suspensions.after(after);
            Box::new(orders.filter_map(|order| open.find(order)))
        } else if let Some(customer) = &filter.customer {
            Box::new(index.of_customer(customer, after, open))
        } else if let Some(sku) = &filter.sku {
            match self.names.find_sku(self.renamed.now(sku)) {
                Some(sku) => Box::new(index.of_sku(sku, after, open)),
                None => Box::new(std::iter::empty()),
            }
        } else if let Some(status) = filter.status {
            Box::new(index.of_status(status, after, open))
        } else {
            Box::new(open.after(after))
        }
    }

    fn takes(&self, filter: &Filter, order: Order<'_>) -> bool {
        filter.status.is_none_or(|status| order.status() == status)
            && (!filter.suspended || order.suspension().is_some())
            && filter
                .customer
                .as_ref()
                .is_none_or(|customer| order.customer() == customer)
            && filter.sku.as_ref().is_none_or(|sku| {
                let sku = self.renamed.now(sku).as_str();
                order.lines().any(|line| line.sku() == sku)
            })
    }
}

/// Of an order that has left memory, the command that placed it is remembered.
impl RoomState<Orders> {
    /// Where the order was closed; nothing if it is open or was never placed.
    pub fn find_closed(&self, id: &OrderId) -> Option<Position> {
        if self.open.find(id).is_some() {
            None
        } else {
            self.commands.find(id.key())
        }
    }

    /// Whether the allocator has decided on every line; an order that was closed is. Nothing if
    /// nobody placed it.
    pub fn is_decided(&self, id: &OrderId) -> Option<bool> {
        match self.open.find(id).and_then(|slot| self.open.get(slot)) {
            Some(order) => Some(order.is_decided()),
            None => self.commands.find(id.key()).map(|_| true),
        }
    }
}
