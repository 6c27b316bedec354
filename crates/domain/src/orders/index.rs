//! Indexes of the open orders, which keep the answers to questions cheap.

use std::cmp::Ordering;
use std::fmt;

use super::book::Book;
use super::open::{Open, OrderStatus};
use crate::ids::{CustomerId, OrderId};
use crate::names::hash_of;
use crate::shared::SharedSet;

/// Open orders by what they are asked for, each in the order of order numbers.
#[derive(Debug, Default, Clone)]
pub(super) struct Index {
    /// By the hash of the customer's number: who looks for one passes over others of that hash.
    by_customer: By<u32>,
    /// By the number of each SKU of which they have a line.
    by_sku: By<u32>,
    by_status: By<OrderStatus>,
    /// Those of which nothing is open, whose closing is due.
    closable: By<()>,
}

/// Slots of orders by a key, each in the order of order numbers: the book says what these are, so
/// that an entry is small. An order is put in after it is in the book, and taken out before.
#[derive(Clone)]
struct By<K>(SharedSet<(K, u32)>);

impl<K> Default for By<K> {
    fn default() -> Self {
        Self(SharedSet::default())
    }
}

impl<K: Ord + fmt::Debug> fmt::Debug for By<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K: Ord + Copy> By<K> {
    /// Of entries that come in the order of order numbers.
    fn of(mut entries: Vec<(K, u32)>) -> Self {
        // A stable sort. An order with several lines of an SKU stands there once.
        entries.sort_by_key(|(key, _)| *key);
        entries.dedup();
        Self(SharedSet::of_ordered(entries))
    }

    fn add(&mut self, key: K, slot: u32, book: &Book) {
        let id = book.id(slot);
        self.0.insert_by((key, slot), |(other, at)| {
            other.cmp(&key).then_with(|| book.id(*at).cmp(&id))
        });
    }

    fn remove(&mut self, key: K, slot: u32, book: &Book) {
        let id = book.id(slot);
        self.0
            .remove_by(|(other, at)| other.cmp(&key).then_with(|| book.id(*at).cmp(&id)));
    }

    /// The slots under a key after an order number.
    fn after<'a>(
        &'a self,
        key: K,
        id: Option<&OrderId>,
        book: &Book,
    ) -> impl Iterator<Item = u32> + use<'a, K> {
        // No order has no number, so what comes after none is all.
        let from = self.0.range_by(|(other, at)| {
            let order = other.cmp(&key).then_with(|| book.id(*at).cmp(&id));
            // What begins after a number does not begin at it.
            order.then(Ordering::Less)
        });
        from.take_while(move |(other, _)| *other == key)
            .map(|(_, slot)| *slot)
    }
}

impl Index {
    /// Of all open orders.
    pub fn of(book: &Book) -> Self {
        let (mut by_customer, mut by_sku) = (Vec::new(), Vec::new());
        let (mut by_status, mut closable) = (Vec::new(), Vec::new());
        for slot in book.after(None) {
            let Some(order) = book.get(slot) else {
                continue;
            };
            by_customer.push((customer(order), slot));
            by_sku.extend(order.lines.iter().map(|line| (line.sku, slot)));
            by_status.push((order.status, slot));
            if order.is_closable() {
                closable.push(((), slot));
            }
        }
        Self {
            by_customer: By::of(by_customer),
            by_sku: By::of(by_sku),
            by_status: By::of(by_status),
            closable: By::of(closable),
        }
    }

    pub fn add(&mut self, slot: u32, book: &Book) {
        let Some(order) = book.get(slot) else {
            return;
        };
        self.by_customer.add(customer(order), slot, book);
        self.by_status.add(order.status, slot, book);
        if order.is_closable() {
            self.closable.add((), slot, book);
        }
        for line in &order.lines {
            self.by_sku.add(line.sku, slot, book);
        }
    }

    /// An order has a line of this SKU, too.
    pub fn lists(&mut self, slot: u32, sku: u32, book: &Book) {
        self.by_sku.add(sku, slot, book);
    }

    pub fn remove(&mut self, slot: u32, book: &Book) {
        let Some(order) = book.get(slot) else {
            return;
        };
        self.by_customer.remove(customer(order), slot, book);
        self.by_status.remove(order.status, slot, book);
        self.closable.remove((), slot, book);
        for line in &order.lines {
            self.by_sku.remove(line.sku, slot, book);
        }
    }

    /// An order was in this status and is in the one that the book says; it is closable or not.
    pub fn restate(&mut self, slot: u32, was: OrderStatus, book: &Book) {
        let Some(order) = book.get(slot) else {
            return;
        };
        if was != order.status {
            self.by_status.remove(was, slot, book);
            self.by_status.add(order.status, slot, book);
        }
        if order.is_closable() {
            self.closable.add((), slot, book);
        } else {
            self.closable.remove((), slot, book);
        }
    }
}

/// Slots of orders after an order number, in the order of these.
impl Index {
    /// Those of a customer, and of others whose number has the same hash.
    pub fn of_customer<'a>(
        &'a self,
        customer: &CustomerId,
        after: Option<&OrderId>,
        book: &Book,
    ) -> impl Iterator<Item = u32> + use<'a> {
        let hash = hash_of(customer.as_ref());
        self.by_customer.after(hash, after, book)
    }

    /// Those with a line of an SKU.
    pub fn of_sku<'a>(
        &'a self,
        sku: u32,
        after: Option<&OrderId>,
        book: &Book,
    ) -> impl Iterator<Item = u32> + use<'a> {
        self.by_sku.after(sku, after, book)
    }

    /// Those that stand so.
    pub fn of_status<'a>(
        &'a self,
        status: OrderStatus,
        after: Option<&OrderId>,
        book: &Book,
    ) -> impl Iterator<Item = u32> + use<'a> {
        self.by_status.after(status, after, book)
    }

    /// Those whose closing is due.
    pub fn closable(&self, book: &Book) -> impl Iterator<Item = u32> {
        self.closable.after((), None, book)
    }
}

fn customer(order: &Open) -> u32 {
    hash_of(order.customer.as_ref())
}
