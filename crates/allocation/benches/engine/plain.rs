//! The yardstick: the same acts done to plain ordered maps. They know who waits for what, and
//! nothing of dates, doors, refusals, retries, or of saying what was decided.

use std::collections::BTreeMap;

use domain::event::{Event, InventoryEvent, OrdersEvent};
use domain::ids::{OrderId, Sku};

use crate::shop::Act;

#[derive(Default)]
pub struct Plain {
    orders: BTreeMap<OrderId, Vec<(Sku, u64)>>,
    queues: BTreeMap<Sku, BTreeMap<u64, u32>>,
    free: BTreeMap<Sku, u32>,
    next: u64,
    pub seen: u64,
}

impl Plain {
    pub fn act(&mut self, act: &Act) {
        match act {
            Act::Record(event) => self.record(event),
            Act::AskPromise(order) => {
                let lines = self.orders.get(order);
                let first = lines.and_then(|lines| lines.first());
                let waits = first.and_then(|(sku, place)| self.queues.get(sku)?.get(place));
                self.seen += waits.map_or(0, |units| u64::from(*units));
            }
            Act::AskAvailability(sku) => {
                self.seen += u64::from(self.free.get(sku).copied().unwrap_or_default());
            }
            Act::AskQueue(sku) => {
                let queue = self.queues.get(sku).into_iter().flatten();
                self.seen += queue
                    .take(10)
                    .map(|(_, units)| u64::from(*units))
                    .sum::<u64>();
            }
        }
    }

    pub fn record(&mut self, event: &Event) {
        match event {
            Event::Orders(OrdersEvent::OrderPlaced(placed)) => {
                let mut lines = Vec::with_capacity(placed.lines.len());
                for line in &placed.lines {
                    self.next += 1;
                    let queue = self.queues.entry(line.sku.clone()).or_default();
                    queue.insert(self.next, line.quantity);
                    lines.push((line.sku.clone(), self.next));
                    self.give(&line.sku);
                }
                self.orders.insert(placed.order.clone(), lines);
            }
            Event::Orders(OrdersEvent::OrderCancelled(cancelled)) => {
                for (sku, place) in self.orders.remove(&cancelled.order).unwrap_or_default() {
                    self.queues.get_mut(&sku).map(|queue| queue.remove(&place));
                }
            }
            Event::Inventory(InventoryEvent::Received(received)) => {
                for line in &received.lines {
                    *self.free.entry(line.sku.clone()).or_default() += line.quantity;
                    self.give(&line.sku);
                }
            }
            _ => {}
        }
    }

    fn give(&mut self, sku: &Sku) {
        let (Some(free), Some(queue)) = (self.free.get_mut(sku), self.queues.get_mut(sku)) else {
            return;
        };
        while *free > 0
            && let Some(mut first) = queue.first_entry()
        {
            let given = (*first.get()).min(*free);
            *free -= given;
            *first.get_mut() -= given;
            if *first.get() == 0 {
                first.remove();
            }
        }
    }
}
