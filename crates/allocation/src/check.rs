//! The invariants of the state, for tests and simulations. Must not repair what it finds.

use std::collections::BTreeMap;

use super::Allocator;
use super::bars::Bar;
use super::book::At;
use super::entry::Told;
use super::line::{Open, OpenLine};
use super::measures::Amount;
use super::shelf::Shelf;

impl Allocator {
    /// What is wrong with the state: nothing, if all is well. What is only true once everything
    /// due has been decided is said with [`Self::check_at_rest`].
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut held: BTreeMap<(u32, u16), i64> = BTreeMap::new();
        let mut lines: BTreeMap<u32, u32> = BTreeMap::new();
        for (slot, open) in self.book.iter() {
            for (index, line) in (0_u16..).zip(self.book.lines_of(open)) {
                let count = lines.entry(line.shelf).or_default();
                *count = count.saturating_add(1);
                for here in self.book.held((slot, index)) {
                    let sum = held.entry((line.shelf, here.place)).or_default();
                    *sum = sum.saturating_add(i64::from(here.units));
                }
                wrong.extend(self.check_line((slot, index), open, line));
            }
        }
        for (number, shelf) in self.shelves.iter() {
            let sku = &shelf.sku;
            if shelf.on_hold != self.holds.units(sku) {
                wrong.push(format!("{sku} counts {} on hold wrongly", shelf.on_hold));
            }
            if !shelf.queue.is_sound() || !shelf.holders.is_sound() {
                wrong.push(format!("a tree of {sku} has wrong sums"));
            }
            wrong.extend(self.check_bars(shelf));
            let count = lines.get(&number).copied().unwrap_or_default();
            if shelf.open_lines != count {
                wrong.push(format!(
                    "{sku} counts {} lines of {count}",
                    shelf.open_lines
                ));
            }
            for bin in &shelf.bins {
                let sum = held.get(&(number, bin.place)).copied().unwrap_or_default();
                if bin.held != sum {
                    let place = bin.place;
                    wrong.push(format!(
                        "{sku} at place {place}: {} held, lines hold {sum}",
                        bin.held
                    ));
                }
            }
            let first = shelf.queue.total().first_date();
            let indexed = shelf
                .lapse
                .filter(|lapse| self.lapses.contains(&(*lapse, number)));
            if first.is_some_and(|first| indexed.is_none_or(|lapse| lapse > first)) {
                wrong.push(format!("{sku} would not hear that a date has lapsed"));
            }
            if shelf.measures.open() != self.recount(shelf) {
                wrong.push(format!("{sku} measures other backorders than there are"));
            }
            let touched = shelf.touch.map(|touch| (touch.since, number));
            if touched.is_some_and(|touch| !self.touched.contains(&touch)) {
                wrong.push(format!("{sku} is touched, and would not be looked at"));
            }
        }
        wrong.extend(self.check_purchases());
        wrong
    }

    /// A purchase order is known by number as long as a date that was told rests on it.
    fn check_purchases(&self) -> Option<String> {
        let mut told: BTreeMap<u32, u32> = BTreeMap::new();
        for entry in self
            .shelves
            .iter()
            .flat_map(|(_, shelf)| shelf.queue.iter())
        {
            if let Told::Firm(purchase) = Told::from(entry.told) {
                let count = told.entry(purchase).or_default();
                *count = count.saturating_add(1);
            }
        }
        let wrong = told != self.purchases.references();
        wrong.then(|| format!("dates refer to purchase orders otherwise: {told:?}"))
    }

    /// What keeps lines back truly does, and is counted.
    fn check_bars(&self, shelf: &Shelf) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut counted: BTreeMap<u8, u32> = BTreeMap::new();
        for entry in shelf.queue.iter().filter(|entry| entry.terms.bar() > 0) {
            let count = counted.entry(entry.terms.bar()).or_default();
            *count = count.saturating_add(1);
            let bars = shelf.bars.as_ref();
            let bar = bars.and_then(|bars| bars.get(entry.terms.bar()));
            let index = u16::try_from(entry.turn.place.line_index()).unwrap_or(u16::MAX);
            let stands = match bar {
                Some(Bar::Shelf(other)) => self.waits_whole(entry.order, other),
                Some(Bar::Place(_)) => self.bar_of((entry.order, index)) == bar,
                None => false,
            };
            if !stands {
                wrong.push(format!("{bar:?} does not keep {entry:?} back"));
            }
        }
        let bars = shelf.bars.iter();
        if counted != bars.flat_map(|bars| bars.lines()).collect() {
            wrong.push(format!("{:?} is not {counted:?}", shelf.bars));
        }
        wrong
    }

    /// An order that takes all or nothing waits for an SKU with all that it wants of it.
    fn waits_whole(&self, slot: u32, shelf: u32) -> bool {
        self.book.order(slot).is_some_and(|open| {
            let lines = self.book.lines_of(open).iter();
            let decided = lines.clone().all(|line| line.tally.undecided() == 0);
            let mut here = lines.filter(|line| line.shelf == shelf);
            open.ship_complete && decided && here.any(|line| line.tally.backordered() > 0)
        })
    }

    /// What waits for an SKU, and its customers know it.
    fn recount(&self, shelf: &Shelf) -> Amount {
        let mut sum = Amount::default();
        for entry in shelf.queue.iter() {
            let index = u16::try_from(entry.turn.place.line_index()).unwrap_or(u16::MAX);
            let line = self.book.line((entry.order, index));
            if let (Some(line), 1..) = (line, entry.state(entry.units).waiting) {
                sum.add(Amount::new(1, entry.units, line.unit_price_minor));
            }
        }
        sum
    }

    fn check_line(&self, at: At, open: &Open, line: &OpenLine) -> Vec<String> {
        let mut wrong = Vec::new();
        let name = format!("order {:?} line {}", open.id, line.number);
        let sum: u32 = self.book.held(at).map(|held| held.units).sum();
        if sum != line.tally.held {
            wrong.push(format!("{name} holds {sum}, counted {}", line.tally.held));
        }
        let Some(shelf) = self.shelves.get(line.shelf) else {
            wrong.push(format!("{name} has no shelf"));
            return wrong;
        };
        let (is, turn) = (line.standing(), open.turn(at.1));
        let told = shelf.queue.get(turn).map(|entry| Told::from(entry.told));
        if self.offers.until(at).is_some() != (told == Some(Told::Offer)) {
            wrong.push(format!("{name} is offered something else, or not, as told"));
        }
        let indexed = (
            shelf.queue.get(turn).map_or(0, |entry| entry.units),
            shelf.door.get(turn).is_some(),
            shelf.excess.contains_key(&turn),
            shelf.holders.get(turn).map_or(0, |holder| holder.units),
        );
        if indexed != (is.waiting, is.door > 0, is.excess, is.held) {
            wrong.push(format!("{name} is {is:?}, indexed {indexed:?}"));
        }
        wrong
    }

    /// What is wrong with a state of which nothing is due.
    pub fn check_at_rest(&self) -> Vec<String> {
        let mut wrong = self.check();
        for (number, shelf) in self.shelves.iter() {
            let sku = &shelf.sku;
            if !shelf.door.is_empty() {
                wrong.push(format!("{} lines of {sku} are undecided", shelf.door.len()));
            }
            if !shelf.excess.is_empty() {
                let lines = shelf.excess.len();
                wrong.push(format!("{lines} lines of {sku} hold what they do not want"));
            }
            if shelf.is_short() && self.could_repair(shelf) {
                wrong.push(format!("more of {sku} is held than there is"));
            }
            if i64::try_from(shelf.on_hold).unwrap_or(i64::MAX) > shelf.unheld().max(0) {
                wrong.push(format!("more of {sku} is on hold than is free"));
            }
            if shelf.queue.total().untold > 0 {
                wrong.push(format!("somebody was told no date for {sku}"));
            }
            let free = shelf.free();
            for entry in shelf.queue.iter().take_while(|_| free > 0) {
                if let Some(open) = self.book.order(entry.order)
                    && !open.ship_complete
                    && u64::from(entry.least()) <= self.free_for(number, entry.order, open)
                {
                    wrong.push(format!(
                        "{:?} waits for {sku} while {free} are free",
                        open.id
                    ));
                }
            }
        }
        wrong
    }

    fn could_repair(&self, shelf: &Shelf) -> bool {
        let short = |place: u16| {
            let bin = shelf.bins.iter().find(|bin| bin.place == place);
            bin.is_some_and(|bin| bin.free() < 0)
        };
        shelf.holders.iter().any(|holder| {
            let index = u16::try_from(holder.turn.place.line_index()).unwrap_or(u16::MAX);
            let mut held = self.book.held((holder.order, index));
            held.any(|held| short(held.place) && held.unfenced() > 0)
        })
    }
}
