//! What may be asked of the open orders, and the indexes that keep the answers cheap.
//!
//! Decides nothing. Every walk is bounded by what it looks at, not only by what it finds.

use crate::exact::Exact;
use std::collections::BTreeMap;
use std::ops::{Bound, Deref};

use super::named::Named;
use super::{Order, OrderStatus, Orders};
use crate::command::RoomState;
use crate::ids::{CustomerId, OrderId, Position, Sku};
use crate::shared::{Shared, SharedMap, SharedSet};

/// The most orders on one page; more asked for is this many.
pub const MAX_PAGE: usize = 500;
/// The most lines that the orders of one page have together; at the bound the page ends early.
pub const MAX_PAGE_LINES: usize = 10_000;
/// The most orders looked at for one page; at the bound the page ends early, with a token.
pub const MAX_SCANNED: usize = 10_000;

/// Open orders by what they are asked for, each in the order of order numbers.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Index {
    by_customer: SharedSet<(CustomerId, OrderId)>,
    by_sku: SharedSet<(Sku, OrderId)>,
    by_status: SharedSet<(OrderStatus, OrderId)>,
    /// How many of them use each name.
    pub(super) named: Named,
    /// Orders of which nothing is open, whose closing is due.
    pub(super) closable: SharedSet<OrderId>,
}

impl Index {
    /// Of all open orders. Sets are made from keys in order, which is faster than one by one.
    pub(super) fn of(open: &SharedMap<OrderId, Shared<Order>>) -> Self {
        let mut named = Named::default();
        let mut closable = Vec::new();
        let mut by_customer = Vec::with_capacity(open.len());
        let mut by_sku = BTreeMap::<&Sku, Vec<&OrderId>>::new();
        let mut by_status = BTreeMap::<&OrderStatus, Vec<&OrderId>>::new();
        for (id, order) in open {
            named.add(order);
            by_customer.push((order.customer.clone(), id.clone()));
            by_status.entry(&order.status).or_default().push(id);
            for line in &order.lines {
                by_sku.entry(&line.sku).or_default().push(id);
            }
            if order.is_closable() {
                closable.push(id.clone());
            }
        }
        by_customer.sort_unstable();
        Self {
            by_customer: by_customer.into_iter().collect(),
            by_sku: grouped(by_sku),
            by_status: grouped(by_status),
            named,
            closable: closable.into_iter().collect(),
        }
    }

    pub(super) fn add(&mut self, id: &OrderId, order: &Order) {
        self.by_customer
            .insert((order.customer.clone(), id.clone()));
        self.by_status.insert((order.status, id.clone()));
        self.named.add(order);
        if order.is_closable() {
            self.closable.insert(id.clone());
        }
        for line in &order.lines {
            self.by_sku.insert((line.sku.clone(), id.clone()));
        }
    }

    /// An order has a line of this SKU, too.
    pub(super) fn lists(&mut self, id: &OrderId, sku: &Sku) {
        self.by_sku.insert((sku.clone(), id.clone()));
    }

    pub(super) fn remove(&mut self, id: &OrderId, order: &Order) {
        self.by_customer
            .remove(&(order.customer.clone(), id.clone()));
        self.by_status.remove(&(order.status, id.clone()));
        self.named.remove(order);
        self.closable.remove(id);
        for line in &order.lines {
            self.by_sku.remove(&(line.sku.clone(), id.clone()));
        }
    }

    /// Works the order's status out anew and keeps it where it is looked for.
    pub(super) fn restate(&mut self, id: &OrderId, order: &mut Order) {
        let status = order.stands();
        if status != order.status {
            self.by_status.remove(&(order.status, id.clone()));
            self.by_status.insert((status, id.clone()));
            order.status = status;
        }
        if order.is_closable() {
            self.closable.insert(id.clone());
        } else {
            self.closable.remove(id);
        }
    }
}

/// Order numbers under each key, which come in order.
fn grouped<K: Ord + Clone>(ids: BTreeMap<&K, Vec<&OrderId>>) -> SharedSet<(K, OrderId)> {
    let keys = ids.into_iter().flat_map(|(key, ids)| {
        ids.into_iter()
            .map(move |id| (key.clone(), OrderId::clone(id)))
    });
    keys.collect()
}

/// The orders under one entry of an index, after an order number.
fn of<'a, K: Ord + Clone>(
    index: &'a SharedSet<(K, OrderId)>,
    key: K,
    after: Option<&OrderId>,
) -> impl Iterator<Item = &'a OrderId> + use<'a, K> {
    let entries = match after {
        Some(id) => index.range_from(Bound::Excluded(&(key.clone(), id.clone()))),
        None => index.range_from(Bound::Included(&(key.clone(), OrderId::from("")))),
    };
    entries
        .take_while(move |(found, _)| *found == key)
        .map(|(_, id)| id)
}

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
            Box::new(of(&self.index.by_customer, customer.clone(), after))
        } else if let Some(sku) = &filter.sku {
            Box::new(of(&self.index.by_sku, sku.clone(), after))
        } else if let Some(status) = filter.status {
            Box::new(of(&self.index.by_status, status, after))
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
