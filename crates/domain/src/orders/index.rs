//! Indexes of the open orders, which keep the answers to questions cheap.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::named::Named;
use super::order::{Order, OrderStatus};
use crate::ids::{CustomerId, OrderId, Sku};

/// Open orders by what they are asked for, each in the order of order numbers.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Index {
    by_customer: BTreeSet<(CustomerId, OrderId)>,
    by_sku: BTreeSet<(Sku, OrderId)>,
    by_status: BTreeSet<(OrderStatus, OrderId)>,
    /// How many of them use each name.
    pub(super) named: Named,
    /// Orders of which nothing is open, whose closing is due.
    pub(super) closable: BTreeSet<OrderId>,
}

impl Index {
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

/// The orders under one entry of an index, after an order number.
fn of<'a, K: Ord + Clone>(
    index: &'a BTreeSet<(K, OrderId)>,
    key: K,
    after: Option<&OrderId>,
) -> impl Iterator<Item = &'a OrderId> + use<'a, K> {
    let from = match after {
        Some(id) => Bound::Excluded((key.clone(), id.clone())),
        None => Bound::Included((key.clone(), OrderId::from(""))),
    };
    let entries = index.range((from, Bound::Unbounded));
    entries
        .take_while(move |(found, _)| *found == key)
        .map(|(_, id)| id)
}
