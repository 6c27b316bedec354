//! What inventory tells. Reads only.

use std::collections::BTreeSet;
use std::ops::{Bound, Deref};

use super::{Count, Inventory, Location, Stock, Travel};
use crate::demand::Picks;
use crate::event::FloorLine;
use crate::ids::{LocationId, OrderId, Position, Sku, WaveId, Zone};

impl Inventory {
    /// What an SKU has and owes, whichever name of its item it is.
    pub fn stock(&self, sku: &Sku) -> Option<&Stock> {
        self.skus.get(self.renamed.now(sku)).map(Deref::deref)
    }

    /// An SKU at one location, or on its way; nothing where none ever was.
    pub fn count(&self, sku: &Sku, location: &LocationId) -> Count {
        self.stock(sku)
            .and_then(|stock| stock.count(location))
            .copied()
            .unwrap_or_default()
    }

    /// SKUs after this one, in order; ask for a page's worth with `take`.
    pub fn list<'a>(
        &'a self,
        after: Option<&'a Sku>,
    ) -> impl Iterator<Item = (&'a Sku, &'a Stock)> + 'a {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.skus.range_from(from);
        found.map(|(sku, stock)| (sku, &**stock))
    }

    /// The move that travels at this place.
    pub fn travel(&self, via: &LocationId) -> Option<&Travel> {
        self.travels.get(via).map(Deref::deref)
    }

    /// The place, if it was defined.
    pub fn location(&self, location: &LocationId) -> Option<&Location> {
        self.locations.get(location)
    }

    /// Locations after this one, in order.
    pub fn locations<'a>(
        &'a self,
        after: Option<&'a LocationId>,
    ) -> impl Iterator<Item = (&'a LocationId, &'a Location)> + 'a {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.locations
            .range::<LocationId, _>((from, Bound::Unbounded))
    }

    /// Units held for an order's line at each location.
    pub fn holds(&self, order: &OrderId, line: u32) -> Vec<(&LocationId, u32)> {
        let line = self.orders.get(order).and_then(|open| open.line(line));
        line.into_iter()
            .flat_map(|line| &line.reservations)
            .map(|it| (&it.place, it.units))
            .collect()
    }

    /// Of which SKUs the lines of an order are that is open, or of which something is on the floor;
    /// each once.
    pub fn skus_of(&self, order: &OrderId) -> Vec<Sku> {
        let open = self.orders.get(order).into_iter();
        let open = open.flat_map(|open| &open.lines).map(|line| &line.sku);
        let picked = self.floor.picks(order).into_iter().flatten();
        let all: BTreeSet<&Sku> = open.chain(picked.map(|pick| &pick.sku)).collect();
        all.into_iter().cloned().collect()
    }

    /// What of an order is on the floor.
    pub fn picks(&self, order: &OrderId) -> Option<&Picks> {
        self.floor.picks(order)
    }

    /// What is on the floor of a wave: by location, then SKU, then order and line.
    pub fn pick_list(&self, wave: &WaveId) -> Vec<FloorLine> {
        let mut lines = self.floor.of_wave(wave);
        lines.sort_by_cached_key(|it| {
            let place = (it.location.clone(), it.sku.clone());
            (place, it.order.clone(), it.line)
        });
        lines
    }

    /// Where the closing of an order stands of which goods left; nothing while it is open.
    pub fn closing(&self, order: &OrderId) -> Option<Position> {
        self.after.closing(order)
    }

    /// The time zone by which the cell tells days.
    pub const fn time_zone(&self) -> &Zone {
        &self.time_zone
    }

    /// SKUs with an item, stock or demand.
    pub fn skus(&self) -> usize {
        self.skus.len()
    }

    /// Replenishment requests that are on no purchase order yet.
    pub fn open_requisitions(&self) -> usize {
        self.requisitions.len()
    }

    /// Orders that are open, or that stock is held for.
    pub fn open_orders(&self) -> usize {
        self.orders.len()
    }
}
