//! Indexes of the open orders, which keep the answers to questions cheap.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::named::Named;
use super::order::{Order, OrderStatus};
use crate::ids::{CustomerId, OrderId, Sku};
use crate::shared::{Shared, SharedMap, SharedSet};

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

    /// A customer's orders after an order number.
    pub(super) fn of_customer<'a>(
        &'a self,
        customer: CustomerId,
        after: Option<&OrderId>,
    ) -> impl Iterator<Item = &'a OrderId> + use<'a> {
        of(&self.by_customer, customer, after)
    }

    /// The orders with a line of an SKU after an order number.
    pub(super) fn of_sku<'a>(
        &'a self,
        sku: Sku,
        after: Option<&OrderId>,
    ) -> impl Iterator<Item = &'a OrderId> + use<'a> {
        of(&self.by_sku, sku, after)
    }

    /// The orders that stand so after an order number.
    pub(super) fn of_status<'a>(
        &'a self,
        status: OrderStatus,
        after: Option<&OrderId>,
    ) -> impl Iterator<Item = &'a OrderId> + use<'a> {
        of(&self.by_status, status, after)
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
