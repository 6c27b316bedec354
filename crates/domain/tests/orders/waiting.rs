//! Open orders of two lines, all of which wait for a purchase order: the most that most orders
//! hold. Their numbers come in no order; each SKU is wanted by many, each customer has two.

use backorder_domain::event::{Effect, Event, Promise};
use backorder_domain::ids::OrderId;

use super::fixture::*;

/// How many SKUs are wanted.
const SKUS: u32 = 1_000;

/// How long texts are.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Characters of an order's and of a customer's number.
    pub key: usize,
    pub orders: u32,
}

impl Waiting {
    /// The n-th order that is placed, with its SKUs.
    fn nth(self, n: u32) -> (String, [String; 2]) {
        // An odd number times each is each number once, in no order.
        let number = n.wrapping_mul(2_654_435_761) % self.orders.next_power_of_two();
        let sku = |index: u32| format!("SKU-{:05}", (n * 31 + index * 7) % SKUS);
        (
            format!("{number:0width$}", width = self.key),
            [sku(0), sku(1)],
        )
    }

    /// Orders are placed.
    pub fn placed(self) -> impl Iterator<Item = Event> {
        (0..self.orders).map(move |n| {
            let (id, [one, other]) = self.nth(n);
            let mut placed = order(&id, &[(&one, 2), (&other, 1)]);
            placed.customer.id = self.customer(n).as_str().into();
            placed.customer.email = Some(email(n));
            placed.ship_to.region = Some("north".to_owned());
            placed.into()
        })
    }

    fn customer(self, n: u32) -> String {
        format!("{:0width$}", n / 2, width = self.key)
    }

    /// Each is told that it waits and until when, a hundred an event.
    pub fn settled(self) -> impl Iterator<Item = Event> {
        let numbers: Vec<u32> = (0..self.orders).collect();
        let events: Vec<Event> = numbers
            .chunks(100)
            .map(|some| settled(some.iter().flat_map(|n| self.waits(*n))))
            .collect();
        events.into_iter()
    }

    fn waits(self, n: u32) -> Vec<Effect> {
        let (id, skus) = self.nth(n);
        let lines = (1..).zip(skus);
        lines
            .flat_map(|(line, sku)| {
                let promise = Promise::Inbound {
                    purchase_order: format!("PO-{}", n % 200).as_str().into(),
                    at: NOW.plus_days(9),
                };
                let units = 3 - line;
                [
                    backordered(&id, line, &sku, units),
                    promised(&id, line, &sku, promise),
                ]
            })
            .collect()
    }

    /// All are given up, and close.
    pub fn closed(self) -> impl Iterator<Item = Event> {
        (0..self.orders).map(move |n| cancelled(&format!("c{n}"), &self.nth(n).0, &[]))
    }

    /// Bytes of the texts that are different in each order, all together.
    pub fn texts(self) -> usize {
        let of_one = |n: u32| self.nth(n).0.len() + self.customer(n).len() + email(n).len();
        (0..self.orders).map(of_one).sum()
    }

    pub fn some_id(self) -> OrderId {
        self.nth(self.orders / 2).0.as_str().into()
    }
}

fn email(n: u32) -> String {
    format!("ann.{n:07}@shop.example")
}
