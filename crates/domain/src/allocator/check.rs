//! The invariants of the state, for tests and simulations. Must not repair what it finds.

use std::collections::BTreeMap;

use super::{Allocator, Shelf};
use crate::ids::{LocationId, Sku};

impl Allocator {
    /// What is wrong with the state: nothing, if all is well. What is only true once everything
    /// due has been decided is said with [`Self::check_at_rest`].
    pub fn check(&self) -> Vec<String> {
        let (mut wrong, nothing) = (Vec::new(), Shelf::default());
        let mut held: BTreeMap<(&Sku, &LocationId), i64> = BTreeMap::new();
        for (position, order) in &self.orders {
            for line in &order.lines {
                let name = format!("order {} line {}", order.id, line.line);
                let rank = order.rank(*position, line.line);
                let sum: u32 = line.holdings.iter().map(|holding| holding.units).sum();
                if sum != line.tally.held {
                    wrong.push(format!("{name} holds {sum}, counted {}", line.tally.held));
                }
                for holding in &line.holdings {
                    let sum = held.entry((&line.sku, &holding.location)).or_default();
                    *sum = sum.saturating_add(i64::from(holding.units));
                }
                let shelf = self.shelves.get(&line.sku).unwrap_or(&nothing);
                let is = line.standing();
                let indexed = (
                    shelf.queue.get(rank),
                    shelf.door.get(&rank).copied().unwrap_or_default(),
                    shelf.excess.contains(&rank),
                    shelf.holders.contains(&rank),
                );
                if indexed != (is.waiting, is.door, is.excess, is.holds) {
                    wrong.push(format!("{name} is {is:?}, indexed {indexed:?}"));
                }
                if is
                    .lapse
                    .is_some_and(|lapse| !self.lapses.contains(&(lapse, rank)))
                {
                    wrong.push(format!("{name} would not hear that its date has lapsed"));
                }
            }
        }
        for (sku, shelf) in &self.shelves {
            if !shelf.queue.is_sound() {
                wrong.push(format!("the queue of {sku} has wrong sums"));
            }
            for (place, bin) in &shelf.bins {
                let sum = held.get(&(sku, place)).copied().unwrap_or_default();
                if bin.held != sum {
                    wrong.push(format!(
                        "{sku} at {place}: {} held, lines hold {sum}",
                        bin.held
                    ));
                }
            }
        }
        wrong
    }

    /// What is wrong with a state of which nothing is due.
    pub fn check_at_rest(&self) -> Vec<String> {
        let mut wrong = self.check();
        for (sku, shelf) in &self.shelves {
            if !shelf.door.is_empty() {
                wrong.push(format!("{} lines of {sku} are undecided", shelf.door.len()));
            }
            if !shelf.excess.is_empty() {
                wrong.push(format!(
                    "{} lines of {sku} hold what they do not want",
                    shelf.excess.len()
                ));
            }
            if shelf.is_short() && self.could_repair(sku) {
                wrong.push(format!("more of {sku} is held than there is"));
            }
            let free = shelf.free();
            for entry in shelf.queue.iter().take_while(|_| free > 0) {
                let order = self.orders.get(&entry.rank.position);
                let line = order.and_then(|order| order.line(entry.rank.line));
                if let (Some(order), Some(line)) = (order, line) {
                    let too_much = line.complete_only && u64::from(entry.units) > free;
                    if !too_much && !order.ship_complete {
                        wrong.push(format!(
                            "{} waits for {sku} while {free} are free",
                            order.id
                        ));
                    }
                    if line.told.is_none() {
                        wrong.push(format!("{} was told no date for {sku}", order.id));
                    }
                }
            }
        }
        wrong
    }

    fn could_repair(&self, sku: &Sku) -> bool {
        let Some(shelf) = self.shelves.get(sku) else {
            return false;
        };
        let short = |place: &LocationId| shelf.bins.get(place).is_some_and(|bin| bin.free() < 0);
        shelf.holders.iter().any(|rank| {
            let line = self
                .orders
                .get(&rank.position)
                .and_then(|order| order.line(rank.line));
            line.is_some_and(|line| {
                line.holdings
                    .iter()
                    .any(|held| short(&held.location) && held.unfenced() > 0)
            })
        })
    }
}
