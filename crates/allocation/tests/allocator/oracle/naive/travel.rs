//! What is carried between places, and what travels meanwhile, unit by unit.

use domain::event::{MoveArrived, Moved, StockLine};
use domain::ids::Timestamp;

use super::{Naive, Name, hold};

impl Naive {
    pub(super) fn moved(&mut self, moved: &Moved) {
        let (from, to) = (moved.from.as_str(), moved.next_place().as_str());
        if let (Some(via), Some(arrives)) = (&moved.via, moved.arrives) {
            self.roads.insert(via.to_string(), arrives);
        }
        for line in &moved.lines {
            self.count(line.sku.as_str(), from, -i64::from(line.quantity));
            self.count(line.sku.as_str(), to, i64::from(line.quantity));
        }
        self.carried(from, to, &moved.owners);
    }

    pub(super) fn arrived(&mut self, arrived: &MoveArrived) {
        let (from, to) = (arrived.via.as_str(), arrived.location.as_str());
        for line in &arrived.lines {
            let gone = i64::from(line.quantity) + i64::from(line.lost);
            self.count(line.sku.as_str(), from, -gone);
            self.count(line.sku.as_str(), to, i64::from(line.quantity));
        }
        self.carried(from, to, &arrived.owners);
    }

    /// Units of lines lie elsewhere, as many as lie here and are in no wave.
    fn carried(&mut self, from: &str, to: &str, owners: &[StockLine]) {
        for owner in owners {
            let Some(line) = self.line(owner.order.as_str(), owner.line) else {
                continue;
            };
            for _ in 0..owner.quantity {
                let mut held = line.held.iter_mut();
                let here = held.find(|(place, units, frozen)| place == from && units > frozen);
                let Some((_, units, _)) = here else { break };
                *units -= 1;
                line.held.retain(|(_, units, _)| *units > 0);
                hold(line, to, 1);
            }
        }
    }

    /// What travels and is nobody's: place, when it arrives, and units.
    pub(super) fn on_its_way(&self, sku: &str) -> Vec<(Name, Timestamp, u32)> {
        let mut found = Vec::new();
        for (road, arrives) in &self.roads {
            let key = (sku.to_owned(), road.clone());
            let all = self.on_hand.get(&key).copied().unwrap_or_default();
            let mine = self.lines.iter().filter(|line| line.sku == sku);
            let held = mine.flat_map(|line| &line.held);
            let held: u32 = held.filter(|it| it.0 == *road).map(|it| it.1).sum();
            if let Ok(units @ 1..) = u32::try_from(all - i64::from(held)) {
                found.push((road.clone(), *arrives, units));
            }
        }
        found
    }
}
