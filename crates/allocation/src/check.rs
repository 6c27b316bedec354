//! The invariants of the state, for tests and simulations. Must not repair what it finds.

use std::collections::BTreeMap;

use super::Allocator;
use super::blockers::Blocker;
use super::entry::PromiseBasis;
use super::holds::to_hold;
use super::line::{At, Open, OpenLine};
use super::measures::Amount;
use super::sku_state::SkuState;
use domain::exact::Exact;

mod sample;

impl Allocator {
    /// What is wrong with the state: nothing, if all is well. What is only true once everything
    /// due has been decided is said with [`Self::check_at_rest`].
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut reserved: BTreeMap<(u32, u16), i64> = BTreeMap::new();
        let mut lines: BTreeMap<u32, u32> = BTreeMap::new();
        for (slot, open) in self.book.iter() {
            for (index, line) in (0_u16..).zip(self.book.lines_of(open)) {
                let count = lines.entry(line.sku_state).or_default();
                *count = count.plus(1);
                for here in self.book.reservations((slot, index)) {
                    let sum = reserved.entry((line.sku_state, here.place)).or_default();
                    *sum = sum.plus(i64::from(here.units));
                }
                wrong.extend(self.check_line((slot, index), open, line));
            }
        }
        for (number, sku_state) in self.sku_states.iter() {
            let sku = sku_state.sku();
            wrong.extend(self.check_sku(number, sku_state));
            if !sku_state.queue().is_sound() || !sku_state.stocked().is_sound() {
                wrong.push(format!("a tree of {sku} has wrong sums"));
            }
            wrong.extend(self.check_blockers(sku_state));
            let count = lines.get(&number).copied().unwrap_or_default();
            if sku_state.open_lines() != count {
                wrong.push(format!(
                    "{sku} counts {} lines of {count}",
                    sku_state.open_lines()
                ));
            }
            wrong.extend(self.check_provenance(sku_state));
            for bin in sku_state.everywhere() {
                let sum = reserved
                    .get(&(number, bin.place))
                    .copied()
                    .unwrap_or_default();
                if bin.reserved != sum {
                    let place = bin.place;
                    wrong.push(format!(
                        "{sku} at place {place}: {} reserved, for lines {sum}",
                        bin.reserved
                    ));
                }
            }
            if sku_state.measures().open() != self.recount(sku_state) {
                wrong.push(format!("{sku} measures other backorders than there are"));
            }
        }
        wrong.extend(self.check_purchases());
        wrong.extend(self.check_names());
        wrong
    }

    /// A name has a number as long as something refers to it, and no longer.
    fn check_names(&self) -> Option<String> {
        let orders = self.book.iter();
        let orders = orders.map(|(slot, open)| (open, self.book.extra(slot)));
        let bins = self.sku_states.iter();
        let bins = bins.flat_map(|(_, sku_state)| sku_state.everywhere());
        let is = self.catalogue.recount(orders, bins.map(|bin| bin.place));
        let counted = self.catalogue.references();
        (is != counted).then(|| format!("{is:?} refer to names, counted {counted:?}"))
    }

    /// Of all free units it is known by what they are free, and of no others.
    fn check_provenance(&self, sku_state: &SkuState) -> Vec<String> {
        let bins = sku_state.bins().iter();
        let free = bins.map(|bin| u64::try_from(bin.free()).unwrap_or_default());
        let provenance = sku_state.provenance();
        let known = |place: u16| provenance.map_or(0, |of| of.known(place));
        let bins = sku_state.bins().iter().map(|bin| bin.place).zip(free);
        let wrong = bins.filter(|(place, free)| known(*place) != *free);
        let sku = sku_state.sku();
        let mut wrong: Vec<String> = wrong
            .map(|(place, free)| {
                let known = known(place);
                format!("{sku} at place {place}: {free} free, and {known} known by what")
            })
            .collect();
        let here = |place: u16| sku_state.bin(place).is_some();
        if provenance.is_some_and(|of| !of.places().all(here)) {
            wrong.push(format!("{sku} has free units where it has no stock"));
        }
        wrong
    }

    /// What the room says of an SKU outside of it, which costs the same however many lines it has.
    fn check_sku(&self, number: u32, sku_state: &SkuState) -> Vec<String> {
        let (mut wrong, sku) = (Vec::new(), sku_state.sku());
        let on_hold = sku_state.on_hold();
        if on_hold != self.holds.units(sku) {
            wrong.push(format!("{sku} counts {on_hold} on hold wrongly"));
        }
        if !self.agenda.indexes(number, sku_state.first_date()) {
            wrong.push(format!("{sku} would not hear that a date has lapsed"));
        }
        if !self.agenda.is_in_line(number) {
            wrong.push(format!("{sku} is touched, and would not be looked at"));
        }
        wrong
    }

    /// A purchase order is known by number as long as a date that was told rests on it.
    fn check_purchases(&self) -> Option<String> {
        let mut promised: BTreeMap<u32, u32> = BTreeMap::new();
        for entry in self
            .sku_states
            .iter()
            .flat_map(|(_, sku_state)| sku_state.queue().iter())
        {
            if let PromiseBasis::Firm(purchase) = PromiseBasis::from(entry.promised) {
                let count = promised.entry(purchase).or_default();
                *count = count.plus(1);
            }
        }
        let wrong = promised != self.purchases.references();
        wrong.then(|| format!("dates refer to purchase orders otherwise: {promised:?}"))
    }

    /// What keeps lines back truly does, and is counted.
    fn check_blockers(&self, sku_state: &SkuState) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut counted: BTreeMap<u8, u32> = BTreeMap::new();
        for entry in sku_state
            .queue()
            .iter()
            .filter(|entry| entry.terms.blocker() > 0)
        {
            let count = counted.entry(entry.terms.blocker()).or_default();
            *count = count.plus(1);
            let blockers = sku_state.blockers();
            let blocker = blockers.and_then(|blockers| blockers.get(entry.terms.blocker()));
            let index = entry.queue_key.index();
            let stands = match blocker {
                Some(Blocker::SkuState(other)) => self.waits_whole(entry.order, other),
                Some(Blocker::Place(_)) => self.blocker_of((entry.order, index)) == blocker,
                None => false,
            };
            if !stands {
                wrong.push(format!("{blocker:?} does not keep {entry:?} back"));
            }
        }
        let blockers = sku_state.blockers().into_iter();
        if counted != blockers.flat_map(|blockers| blockers.lines()).collect() {
            wrong.push(format!("{:?} is not {counted:?}", sku_state.blockers()));
        }
        wrong
    }

    /// An order that takes all or nothing waits for an SKU with all that it wants of it.
    fn waits_whole(&self, slot: u32, sku_state: u32) -> bool {
        self.book.order(slot).is_some_and(|open| {
            let lines = self.book.lines_of(open).iter();
            let decided = lines.clone().all(|line| line.tally.undecided() == 0);
            let mut here = lines.filter(|line| line.sku_state == sku_state);
            open.ship_complete && decided && here.any(|line| line.tally.backordered() > 0)
        })
    }

    /// What waits for an SKU, and its customers know it.
    fn recount(&self, sku_state: &SkuState) -> Amount {
        let mut sum = Amount::default();
        for entry in sku_state.queue().iter() {
            let index = entry.queue_key.index();
            let line = self.book.line((entry.order, index));
            if let (Some(line), 1..) = (line, entry.state(entry.units).waiting) {
                sum.add(Amount::new(1, entry.units, line.unit_price_minor));
            }
        }
        sum
    }

    /// What the places and the SKU's indexes say of a line.
    fn check_line(&self, at: At, open: &Open, line: &OpenLine) -> Vec<String> {
        let mut wrong = Vec::new();
        let name = || format!("order {:?} line {}", open.id, line.number);
        let sum: u32 = self.book.reservations(at).map(|here| here.units).sum();
        let reserved = line.tally.reserved;
        if sum != reserved {
            wrong.push(format!("{} has {sum} reserved, counted {reserved}", name()));
        }
        let Some(sku_state) = self.sku_states.get(line.sku_state) else {
            wrong.push(format!("{} has no SKU state", name()));
            return wrong;
        };
        let (is, queue_key) = (line.units(), self.book.key_of(open, at));
        let promised = sku_state
            .queue()
            .get(queue_key)
            .map(|entry| PromiseBasis::from(entry.promised));
        if self.offers.until(at).is_some() != (promised == Some(PromiseBasis::Offer)) {
            wrong.push(format!(
                "{} is offered something else, or not, as told",
                name()
            ));
        }
        let ranked = self.book.key_by_rule(open, at).effective;
        let by_rule = self.merits_of_line(at).map(|it| self.rule.effective(&it));
        if by_rule.is_some_and(|by_rule| by_rule != ranked) {
            wrong.push(format!("{} ranks by {ranked:?}, not by the rule", name()));
        }
        let of = open.ranks_as(at);
        let day = self.told_day(of).filter(|_| self.book.counts_told_days());
        let counts = self.book.is_due(of) || self.told_days.get(of) == day;
        if !counts || (self.book.is_due(of) && day.is_none()) {
            wrong.push(format!("{} ranks by a day wrongly, of {day:?}", name()));
        }
        let indexed = sku_state.indexed(queue_key);
        let from = sku_state.queue().get(queue_key).map(|entry| entry.from);
        if from.is_some_and(|from| from != self.not_before(at)) {
            wrong.push(format!("{} may take from {from:?} on wrongly", name()));
        }
        if indexed != is.indexed() {
            wrong.push(format!("{} is {is:?}, indexed {indexed:?}", name()));
        }
        wrong
    }

    /// What is wrong with a state of which nothing is due.
    pub fn check_at_rest(&self) -> Vec<String> {
        let mut wrong = self.check();
        for (number, sku_state) in self.sku_states.iter() {
            let sku = sku_state.sku();
            if !sku_state.door().is_empty() {
                wrong.push(format!(
                    "{} lines of {sku} are undecided",
                    sku_state.door().len()
                ));
            }
            if !sku_state.excess().is_empty() {
                let lines = sku_state.excess().len();
                wrong.push(format!(
                    "{lines} lines of {sku} have reserved what they do not want"
                ));
            }
            if sku_state.is_short() {
                wrong.push(format!("more of {sku} is reserved than there is"));
            }
            if sku_state.on_hold() > to_hold(sku_state) {
                wrong.push(format!("more of {sku} is on hold than is free"));
            }
            if sku_state.queue().total().unpromised > 0 {
                wrong.push(format!("somebody was told no date for {sku}"));
            }
            let free = sku_state.free();
            for entry in sku_state.queue().iter().take_while(|_| free > 0) {
                if let Some(open) = self.book.order(entry.order)
                    && !open.ship_complete
                    && entry.from <= self.day(self.measures.now())
                    && u64::from(entry.least())
                        <= self.sourcing().free_for(number, entry.order, open)
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
}
