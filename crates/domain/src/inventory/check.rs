//! Conservation: what must hold after every event. Asked by simulations and tests; it walks
//! everything, so no request asks it.

use std::collections::{BTreeMap, BTreeSet};

use super::stock::Turn;
use super::{Inventory, Stock};
use crate::exact::Exact;
use crate::ids::{LocationId, Sku};

impl Inventory {
    /// Whether nothing was lost or made from nothing, and every kept sum is the sum of its parts.
    ///
    /// # Errors
    /// The first violation, in words.
    pub fn check(&self) -> Result<(), String> {
        for (sku, stock) in &self.skus {
            self.check_units(sku, stock)?;
        }
        self.check_holds()?;
        self.check_on_order()
    }

    fn check_units(&self, sku: &Sku, stock: &Stock) -> Result<(), String> {
        for (location, place) in &stock.places {
            let came = i128::from(place.received).plus(i128::from(place.adjusted));
            let is = i128::from(place.on_hand).plus(i128::from(place.shipped));
            if came != is {
                return Err(format!(
                    "{sku} at {location}: received + adjusted is {came}, on hand + shipped is {is}"
                ));
            }
        }
        if stock.shortage().is_some() != self.short.contains(sku) {
            return Err(format!(
                "{sku}: its position and the list of short items disagree"
            ));
        }
        Ok(())
    }

    fn check_holds(&self) -> Result<(), String> {
        let mut owed = BTreeMap::<&Sku, (u64, u64)>::new();
        let mut held = BTreeMap::<(&Sku, &LocationId), (u64, u64)>::new();
        let mut turns = BTreeMap::<LocationId, BTreeSet<Turn>>::new();
        for (order, open) in &self.orders {
            for line in &open.lines {
                let share = line.share();
                let sum = owed.entry(&line.sku).or_default();
                sum.0 = sum.0.saturating_add(share.demand);
                sum.1 = sum.1.saturating_add(share.backordered);
                let reserved = line.reservations.iter();
                let at_places = reserved.map(|it| u64::from(it.units)).sum::<u64>();
                if at_places != u64::from(line.tally.held) {
                    let held = line.tally.held;
                    return Err(format!(
                        "{order}/{}: {held} held, {at_places} at places",
                        line.number
                    ));
                }
                for it in &line.reservations {
                    if it.frozen > it.units {
                        return Err(format!(
                            "{order}/{}: more on the floor than held",
                            line.number
                        ));
                    }
                    let sum = held.entry((&line.sku, &it.place)).or_default();
                    sum.0 = sum.0.saturating_add(u64::from(it.units));
                    sum.1 = sum.1.saturating_add(u64::from(it.frozen));
                    if it.unfrozen() > 0 {
                        let (placed, order) = (open.placed, order.clone());
                        let turn = Turn {
                            placed,
                            line: line.number,
                            order,
                        };
                        turns.entry(it.place.clone()).or_default().insert(turn);
                    }
                }
            }
        }
        if turns != self.turns {
            return Err("the turns for the next wave are not those of the lines".to_owned());
        }
        for (sku, stock) in &self.skus {
            let (demand, backordered) = owed.get(sku).copied().unwrap_or_default();
            if (demand, backordered) != (stock.demand, stock.backordered) {
                return Err(format!(
                    "{sku}: {} owed, its lines say {demand}",
                    stock.demand
                ));
            }
            for (location, place) in &stock.places {
                let sum = held.get(&(sku, location)).copied().unwrap_or_default();
                if sum != (place.reserved, place.in_wave) {
                    return Err(format!(
                        "{sku} at {location}: {} reserved, its lines say {}",
                        place.reserved, sum.0
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_on_order(&self) -> Result<(), String> {
        let mut sums = BTreeMap::<&Sku, u64>::new();
        let asked = self
            .requisitions
            .values()
            .map(|asked| (&asked.sku, asked.quantity));
        let bought = self
            .purchases
            .values()
            .flatten()
            .map(|line| (&line.sku, line.open));
        for (sku, units) in asked.chain(bought) {
            let sum = sums.entry(sku).or_default();
            *sum = sum.plus(u64::from(units));
        }
        for (sku, stock) in &self.skus {
            let sum = sums.get(sku).copied().unwrap_or_default();
            if sum != stock.on_order {
                return Err(format!(
                    "{sku}: {} on order, its parts say {sum}",
                    stock.on_order
                ));
            }
        }
        Ok(())
    }
}
