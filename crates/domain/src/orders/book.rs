//! Every open order, by a small number of its own: its slot. Must not know what orders are asked
//! for by.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::open::Open;
use crate::ids::OrderId;
use crate::shared::SharedMap;
use crate::slab::Slab;

/// Orders of a page, which is copied whole at the first write after a snapshot was begun.
const PAGE: usize = 128;

/// The open orders.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub(super) struct Book {
    orders: Slab<Option<Open>, PAGE>,
    /// Follows from the orders, so a snapshot does without it.
    #[serde(skip)]
    by_id: SharedMap<OrderId, u32>,
}

/// What a snapshot holds.
#[derive(Deserialize)]
struct Kept {
    orders: Slab<Option<Open>, PAGE>,
}

impl From<Kept> for Book {
    fn from(Kept { orders }: Kept) -> Self {
        let slots = (0_u32..).zip(orders.iter());
        let open = slots.filter_map(|(slot, order)| Some((order.as_ref()?.id.clone(), slot)));
        // Made from keys in order, which is faster than one by one.
        let mut open: Vec<(OrderId, u32)> = open.collect();
        open.sort_unstable();
        Self {
            by_id: open.into_iter().collect(),
            orders,
        }
    }
}

impl Book {
    /// The slot of an open order.
    pub fn find(&self, id: &OrderId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub fn get(&self, slot: u32) -> Option<&Open> {
        self.orders.get(slot)?.as_ref()
    }

    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Open> {
        self.orders.get_mut(slot)?.as_mut()
    }

    /// The number of the order in a slot.
    pub fn id(&self, slot: u32) -> Option<&OrderId> {
        self.get(slot).map(|order| &order.id)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The slots of open orders after an order number, in the order of these.
    pub fn after<'a>(&'a self, id: Option<&OrderId>) -> impl Iterator<Item = u32> + use<'a> {
        let from = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id.range_from(from).map(|(_, slot)| *slot)
    }

    /// Takes an order in that is not open. Its slot.
    pub fn open(&mut self, order: Open) -> u32 {
        let slot = self.orders.take(1);
        self.by_id.insert(order.id.clone(), slot);
        if let Some(place) = self.orders.get_mut(slot) {
            *place = Some(order);
        }
        slot
    }

    /// Lets an order go.
    pub fn close(&mut self, slot: u32) {
        if let Some(order) = self.get(slot) {
            let id = order.id.clone();
            self.by_id.remove(&id);
            self.orders.give(slot, 1);
        }
    }
}
