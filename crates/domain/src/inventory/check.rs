//! Conservation: what must hold after every event. Asked by simulations and tests; it walks
//! everything, so no request asks it.

use std::collections::BTreeMap;

use super::stock::{Line, OpenOrder, Turn};
use super::{Count, Inventory, Stock};
use crate::exact::Exact;
use crate::ids::{LocationId, OrderId, Sku};
use crate::sample::Picks;
use crate::shared::SharedSet;

/// SKUs and orders of a sample.
const SAMPLED: usize = 2;
/// The most lines of an order that a sample looks at. Of an SKU it looks at all places, of which
/// there are at most [`MAX_LOCATIONS`](super::MAX_LOCATIONS).
const SAMPLED_LINES: usize = 32;

impl Inventory {
    /// What is wrong with a few SKUs and orders, others for another seed. Bounded in cost however
    /// many there are: a room at work asks it.
    pub(super) fn check_sample(&self, seed: u64) -> Vec<String> {
        let mut picks = Picks::new(seed);
        let mut wrong = Vec::new();
        for _ in 0..SAMPLED {
            let sku = picks.of(&self.skus, Sku::as_str, |text| Sku::from(text));
            wrong.extend(sku.and_then(|(sku, stock)| self.check_units(sku, stock).err()));
            let order = picks.of(&self.orders, OrderId::as_str, |text| OrderId::from(text));
            if let Some((id, open)) = order {
                let last = u64::try_from(open.lines.len()).unwrap_or(u64::MAX);
                let from = usize::try_from(picks.below(last)).unwrap_or_default();
                let lines = open.lines.iter().skip(from).take(SAMPLED_LINES);
                wrong.extend(lines.filter_map(|line| self.check_sums(id, open, line).err()));
            }
        }
        wrong
    }

    /// Whether what a line holds is counted with its SKU, and has its turn in a wave.
    fn check_sums(&self, id: &OrderId, open: &OpenOrder, line: &Line) -> Result<(), String> {
        check_line(id, line)?;
        let stock = self.skus.get(&line.sku);
        for it in &line.reservations {
            let place = stock.and_then(|stock| stock.count(&it.place));
            let (reserved, in_wave) = place.map_or((0, 0), |it| (it.reserved, it.in_wave));
            let (sku, location) = (&line.sku, &it.place);
            if reserved < u64::from(it.units) || in_wave < u64::from(it.frozen) {
                return Err(format!(
                    "{sku} at {location}: {id} holds more than all hold"
                ));
            }
            let turn = Turn {
                effective: line.effective,
                placed: open.placed,
                line: line.number,
                order: id.clone(),
            };
            let turns = self.turns.get(location);
            if (it.unfrozen() > 0) != turns.is_some_and(|turns| turns.contains(&turn)) {
                return Err(format!("{id} has its turn at {location}, or not, wrongly"));
            }
        }
        Ok(())
    }

    /// Whether nothing was lost or made from nothing, and every kept sum is the sum of its parts.
    ///
    /// # Errors
    /// The first violation, in words.
    pub fn check(&self) -> Result<(), String> {
        for (sku, stock) in &self.skus {
            self.check_units(sku, stock)?;
        }
        self.check_holds()?;
        self.check_on_hold()?;
        self.check_on_order()
    }

    fn check_units(&self, sku: &Sku, stock: &Stock) -> Result<(), String> {
        for (location, place) in stock.everywhere() {
            let came = i128::from(place.received).plus(i128::from(place.adjusted));
            let is = i128::from(place.on_hand).plus(i128::from(place.shipped));
            if came != is {
                return Err(format!(
                    "{sku} at {location}: received + adjusted is {came}, on hand + shipped is {is}"
                ));
            }
        }
        let is_short = |count: &Count| count.reserved > count.on_hand;
        if stock.everywhere().any(|(_, it)| is_short(it)) != self.shortfalls.contains_key(sku) {
            return Err(format!(
                "{sku}: its stock and the list of shortfalls disagree"
            ));
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
        let mut turns = BTreeMap::<LocationId, SharedSet<Turn>>::new();
        for (order, open) in &self.orders {
            for line in &open.lines {
                let share = line.share();
                let sum = owed.entry(&line.sku).or_default();
                sum.0 = sum.0.plus(share.demand);
                sum.1 = sum.1.plus(share.backordered);
                let reserved = line.reservations.iter();
                let at_places = reserved.map(|it| u64::from(it.units)).sum::<u64>();
                if at_places != u64::from(line.tally.reserved) {
                    let held = line.tally.reserved;
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
                    sum.0 = sum.0.plus(u64::from(it.units));
                    sum.1 = sum.1.plus(u64::from(it.frozen));
                    if it.unfrozen() > 0 {
                        let (placed, order) = (open.placed, order.clone());
                        let turn = Turn {
                            effective: line.effective,
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
            for (location, place) in stock.everywhere() {
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

    fn check_on_hold(&self) -> Result<(), String> {
        let mut sums = BTreeMap::<&Sku, u64>::new();
        for (sku, units) in self.held.iter() {
            let sum = sums.entry(sku).or_default();
            *sum = sum.plus(u64::from(units));
        }
        for (sku, stock) in &self.skus {
            let sum = sums.get(sku).copied().unwrap_or_default();
            if sum != stock.held {
                let held = stock.held;
                return Err(format!("{sku}: {held} on hold, its holds say {sum}"));
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
            .flat_map(|lines| lines.iter())
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

/// Whether what a line holds is the sum of what it holds at places.
fn check_line(order: &OrderId, line: &Line) -> Result<(), String> {
    let (number, held) = (line.number, line.tally.reserved);
    let places = line.reservations.iter().map(|it| u64::from(it.units));
    let at_places: u64 = places.sum();
    if at_places != u64::from(held) {
        return Err(format!(
            "{order}/{number}: {held} held, {at_places} at places"
        ));
    }
    if line.reservations.iter().any(|it| it.frozen > it.units) {
        return Err(format!("{order}/{number}: more on the floor than held"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::{Reservation, Reservations};
    use crate::ids::{Position, Revision};
    use crate::shared::Shared;

    /// An SKU with 5 units of which an order holds 3, and others with none.
    fn sound() -> Inventory {
        let mut inventory = Inventory::default();
        for number in 0..50 {
            let sku = Sku::from(format!("SKU-{number:02}"));
            let stock = inventory.skus.get_or_insert_with(&sku, Shared::default);
            let place = stock.unwrap().to_mut().place(&"main".into());
            (place.on_hand, place.received) = (5, 5);
        }
        let mut line = Line::new(1, "SKU-17".into(), 4);
        line.tally.assign(3);
        line.reservations.reserve("main".into(), 3, ());
        let placed = Position {
            revision: Revision(1),
            index: 0,
        };
        let turn = Turn {
            effective: line.effective,
            placed,
            line: 1,
            order: "o1".into(),
        };
        inventory
            .turns
            .entry("main".into())
            .or_default()
            .insert(turn);
        let lines = vec![line];
        inventory.orders.insert(
            "o1".into(),
            OpenOrder {
                placed,
                bound_to_place: false,
                channel: String::new(),
                ship_by: None,
                suspended: false,
                lines,
            }
            .into(),
        );
        let stock = stock_of(&mut inventory, "SKU-17");
        (stock.demand, stock.backordered) = (4, 1);
        stock.place(&"main".into()).reserved = 3;
        inventory
    }

    fn stock_of<'a>(inventory: &'a mut Inventory, sku: &str) -> &'a mut Stock {
        inventory.skus.get_mut(&Sku::from(sku)).unwrap().to_mut()
    }

    fn order_of(inventory: &mut Inventory) -> &mut OpenOrder {
        let open = inventory.orders.get_mut(&OrderId::from("o1"));
        open.unwrap().to_mut()
    }

    fn reserved(units: u32) -> Reservations<LocationId> {
        let here = Reservation {
            place: "main".into(),
            units,
            frozen: 0,
            since: (),
        };
        [here].into_iter().collect()
    }

    fn found(inventory: &Inventory) -> bool {
        (0..1_000).any(|seed| !inventory.check_sample(seed).is_empty())
    }

    #[test]
    fn what_is_wrong_is_found_in_a_sample_and_nothing_else() {
        let inventory = sound();
        assert_eq!(inventory.check(), Ok(()));
        assert!(!found(&inventory));
        let faults: [fn(&mut Inventory); 4] = [
            |it| stock_of(it, "SKU-31").place(&"main".into()).on_hand = 4,
            |it| stock_of(it, "SKU-17").place(&"main".into()).reserved = 2,
            |it| {
                order_of(it).lines[0].reservations = reserved(2);
            },
            |it| it.turns.clear(),
        ];
        for (number, fault) in (1..).zip(faults) {
            let mut broken = inventory.clone();
            fault(&mut broken);
            assert!(found(&broken), "fault {number}");
        }
    }

    #[test]
    fn of_an_order_of_many_lines_some_are_looked_at() {
        let mut inventory = sound();
        let open = order_of(&mut inventory);
        for number in 2..=1_000 {
            let mut line = Line::new(number, "SKU-17".into(), 1);
            line.reservations = reserved(1);
            open.lines.push(line);
        }
        let found = (0..100).map(|seed| inventory.check_sample(seed).len());
        let most = found.max().unwrap();
        assert!(
            (1..=SAMPLED * SAMPLED_LINES).contains(&most),
            "{most} lines"
        );
    }
}
