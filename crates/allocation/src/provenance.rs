//! By what the free units of an SKU became free, place by place; for what stock is missing; what a
//! customer gave up; and what moved dates: all that a decision names as its causes. It follows from
//! the same facts as the stock itself. Must not decide anything.
//!
//! Free units are kept as lots, the oldest first, and are taken in that order. They are brought
//! into line with the stock after each fact: what is free beyond them became free by that fact, and
//! what is no longer free was taken from the oldest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::line::At;
use domain::event::What;
use domain::exact::Exact;
use domain::ids::{Position, Revision};

/// The most lots at one place that are told apart; beyond them the two oldest are one, of
/// [`What::Other`].
pub(super) const MAX_LOTS: usize = 8;

/// The most facts that are told apart which moved dates since they were told; beyond them the two
/// oldest are one, of [`What::Other`].
const MAX_MOVERS: usize = 3;

/// The most decisions on an SKU that are remembered to have given some of it to lines.
pub const MAX_GAVE: usize = 8;

/// A fact that decisions follow from: what it was, and where it stands on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Source {
    pub what: What,
    /// Where it stands; nothing if it is no event.
    pub at: Option<Position>,
    /// Of an event with effects, which of them.
    pub effect: Option<u32>,
}

impl Source {
    /// No event that is remembered.
    pub const OTHER: Self = Self {
        what: What::Other,
        at: None,
        effect: None,
    };

    pub const fn new(what: What, at: Position) -> Self {
        Self {
            what,
            at: Some(at),
            effect: None,
        }
    }

    /// Of something that is no event.
    pub const fn no_event(what: What) -> Self {
        Self {
            what,
            ..Self::OTHER
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::OTHER
    }
}

/// Units that became free by one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lot {
    pub source: Source,
    /// Where they are.
    pub place: u16,
    /// Whole units, at least 1.
    pub units: u64,
}

/// A fact that moved dates which are not told anew yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DatesMoved {
    /// What it was.
    pub source: Source,
    /// Where it stands; of several that are not told apart, the last of them.
    pub at: Revision,
    pub mover: Mover,
}

/// What moves dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mover {
    /// What is on its way, how the item is sold, or who ranks before whom.
    Supply,
    /// Who is ahead, and what is free.
    Demand,
}

/// What the decisions on one SKU name as their causes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Provenance {
    /// Free units, of one place the oldest first.
    lots: Vec<Lot>,
    /// Why more is reserved at a place than is there.
    short: Vec<(u16, Source)>,
    /// The last fact that took free units away otherwise than by reserving them, and where.
    taken: Option<(u16, Source)>,
    /// What the next decision on a line follows from, where that is no fact of its stock: units of
    /// it were given up, or it was taken instead of another.
    lines: BTreeMap<At, Source>,
    /// Where the last decisions stand that gave some of it to lines, the oldest first.
    gave: Vec<u64>,
    /// The last facts that moved dates since they were told, the oldest first.
    movers: Vec<DatesMoved>,
}

impl Provenance {
    /// By what units at a place are free, the oldest first.
    pub fn lots(&self, place: u16) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| lot.place == place)
    }

    /// Where units are free.
    pub fn places(&self) -> impl Iterator<Item = u16> {
        self.lots.iter().map(|lot| lot.place)
    }

    /// Units at a place of which is known by what they are free.
    pub fn known(&self, place: u16) -> u64 {
        self.lots(place).map(|lot| lot.units).fold(0, Exact::plus)
    }

    /// Why more is reserved at a place than is there.
    pub fn short(&self, place: u16) -> Source {
        let found = self.short.iter().find(|(other, _)| *other == place);
        found.map_or(Source::OTHER, |(_, source)| *source)
    }

    /// What the next decision on a line follows from, if that was said.
    pub fn line(&self, at: At) -> Option<Source> {
        self.lines.get(&at).copied()
    }

    /// What has moved dates since they were told.
    pub fn movers(&self) -> impl Iterator<Item = Source> {
        self.movers.iter().map(|moved| moved.source)
    }

    /// The last decisions that gave some of it to lines, the oldest first.
    pub fn gave(&self) -> impl DoubleEndedIterator<Item = Position> {
        self.gave.iter().map(|packed| Position::unpacked(*packed))
    }

    /// A decision gave some of it to a line.
    pub fn give(&mut self, at: Position) {
        let at = at.packed();
        if self.gave.last() != Some(&at) {
            if self.gave.len() >= MAX_GAVE {
                self.gave.remove(0);
            }
            self.gave.push(at);
        }
    }

    /// So much is free at a place now, after a fact; below zero, where more is reserved than is
    /// there. `reserves`: it is an effect, which takes free units by reserving them.
    pub fn follow(&mut self, place: u16, free: i64, source: Source, reserves: bool) {
        let (is, was) = (u64::try_from(free).unwrap_or_default(), self.known(place));
        if is > was {
            self.put(place, is.minus(was), source);
        } else if is < was {
            self.take(place, was.minus(is), |_, _| {});
            if !reserves {
                self.taken = Some((place, source));
            }
        }
        let known = self.short.iter().position(|(other, _)| *other == place);
        match known {
            Some(at) if free >= 0 => drop(self.short.remove(at)),
            // Units that were assigned had been taken away meanwhile.
            None if free < 0 && reserves => {
                let taken = self.taken.filter(|(other, _)| *other == place);
                let source = taken.map_or(Source::OTHER, |(_, source)| source);
                self.short.push((place, source));
            }
            None if free < 0 => self.short.push((place, source)),
            Some(_) | None => {}
        }
    }

    /// Takes units of a place, the oldest first, and says of which lot how many.
    pub fn take(&mut self, place: u16, units: u64, mut taken: impl FnMut(Source, u64)) {
        let mut left = units;
        for lot in self.lots.iter_mut().filter(|lot| lot.place == place) {
            let some = lot.units.min(left);
            (lot.units, left) = (lot.units.minus(some), left.minus(some));
            if some > 0 {
                taken(lot.source, some);
            }
        }
        if left > 0 {
            taken(Source::OTHER, left);
        }
        self.lots.retain(|lot| lot.units > 0);
    }

    /// More units of a place are free.
    pub fn put(&mut self, place: u16, units: u64, source: Source) {
        let mut here = self.lots.iter_mut().filter(|lot| lot.place == place);
        if let Some(same) = here.rfind(|lot| lot.source == source) {
            same.units = same.units.plus(units);
            return;
        }
        self.lots.push(Lot {
            source,
            place,
            units,
        });
        let numbered = self.lots.iter().enumerate();
        let mut here = numbered
            .filter(|(_, lot)| lot.place == place)
            .map(|(at, _)| at);
        if let (Some(first), Some(second)) = (here.next(), here.next())
            && here.count() > MAX_LOTS.minus(2)
        {
            let oldest = self.lots.remove(first);
            if let Some(next) = self.lots.get_mut(second.minus(1)) {
                next.units = next.units.plus(oldest.units);
                next.source = Source::OTHER;
            }
        }
    }

    /// Units that were kept from all became free by a fact: so many of the oldest.
    pub fn set_free(&mut self, units: u64, source: Source) {
        let mut left = units;
        let mut freed = Vec::new();
        for lot in &mut self.lots {
            let some = lot.units.min(left);
            (lot.units, left) = (lot.units.minus(some), left.minus(some));
            if some > 0 {
                freed.push((lot.place, some));
            }
        }
        self.lots.retain(|lot| lot.units > 0);
        for (place, units) in freed {
            self.put(place, units, source);
        }
    }

    /// The next decision on a line follows from this; nothing: it is as others are.
    pub fn expect(&mut self, at: At, source: Option<Source>) {
        match source {
            Some(source) => drop(self.lines.insert(at, source)),
            None => drop(self.lines.remove(&at)),
        }
    }

    /// A fact may move dates. `first`: none has since they were told.
    pub fn moved(&mut self, moved: DatesMoved, first: bool) {
        if first {
            self.movers.clear();
        }
        let known = self.movers.iter().position(|it| it.source == moved.source);
        if let Some(known) = known {
            self.movers.remove(known);
        }
        self.movers.push(moved);
        if self.movers.len() > MAX_MOVERS {
            self.merge_oldest();
        }
    }

    /// The two oldest movers are not told apart any more: of the demand ahead, unless there are
    /// too few of it. What a supplier said is not lost among many orders.
    fn merge_oldest(&mut self) {
        let all = self.movers.iter().enumerate();
        let of_demand = all.filter(|(_, moved)| moved.mover == Mover::Demand);
        let mut of_demand = of_demand.map(|(at, _)| at);
        let (first, second) = of_demand.next().zip(of_demand.next()).unwrap_or((0, 1));
        self.movers.remove(first);
        if let Some(next) = self.movers.get_mut(second.minus(1)) {
            next.source = Source::OTHER;
        }
    }

    /// Dates were told that follow from all facts up to a revision.
    pub fn dates_told(&mut self, as_of: Revision) {
        self.movers.retain(|moved| moved.at > as_of);
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;

    fn source(revision: u64) -> Source {
        let revision = Revision(revision);
        Source::new(What::Received, Position { revision, index: 0 })
    }

    fn lots(of: &Provenance, place: u16) -> Vec<(Source, u64)> {
        of.lots(place).map(|lot| (lot.source, lot.units)).collect()
    }

    #[test]
    fn units_are_taken_in_the_order_in_which_they_became_free() {
        let mut of = Provenance::default();
        of.follow(1, 3, source(1), false);
        of.follow(2, 9, source(1), false);
        of.follow(1, 5, source(2), false);
        let mut taken = Vec::new();
        of.take(1, 4, |source, units| taken.push((source, units)));
        assert_eq!(taken, [(source(1), 3), (source(2), 1)]);
        assert_eq!(lots(&of, 1), [(source(2), 1)]);
        assert_eq!(lots(&of, 2), [(source(1), 9)]);
    }

    #[test]
    fn beyond_the_bound_the_oldest_are_told_together() {
        let mut of = Provenance::default();
        for revision in 1..=10 {
            of.put(1, 2, source(revision));
        }
        let mut told = vec![(Source::OTHER, 6)];
        told.extend((4..=10).map(|revision| (source(revision), 2)));
        assert_eq!((lots(&of, 1), told.len()), (told, MAX_LOTS));
    }

    #[test]
    fn what_is_short_is_short_for_the_fact_that_took_it() {
        let mut of = Provenance::default();
        of.follow(1, 5, source(1), false);
        of.follow(1, 1, source(2), false);
        of.follow(1, -2, source(3), true);
        assert_eq!(of.short(1), source(2));
        of.follow(1, -3, source(4), false);
        assert_eq!(of.short(1), source(2), "it is short since then");
        of.follow(1, 0, source(5), false);
        assert_eq!((of.short(1), of.known(1)), (Source::OTHER, 0));
        of.follow(1, -1, source(6), false);
        assert_eq!(of.short(1), source(6));
    }

    fn moved(revision: u64, mover: Mover) -> DatesMoved {
        DatesMoved {
            source: source(revision),
            at: Revision(revision),
            mover,
        }
    }

    #[test]
    fn beyond_the_bound_movers_of_the_demand_are_told_together_and_a_supplier_apart() {
        let mut of = Provenance::default();
        of.moved(moved(1, Mover::Demand), true);
        of.moved(moved(2, Mover::Supply), false);
        for revision in 3..=6 {
            of.moved(moved(revision, Mover::Demand), false);
        }
        let told: Vec<Source> = of.movers().collect();
        assert_eq!(told, [source(2), Source::OTHER, source(6)]);
        of.dates_told(Revision(5));
        assert_eq!(of.movers().collect::<Vec<_>>(), [source(6)]);
        of.dates_told(Revision(6));
        assert_eq!(of.movers().count(), 0);
    }

    #[test]
    fn what_was_kept_from_all_and_is_not_any_more_is_told_so() {
        let mut of = Provenance::default();
        of.put(1, 2, source(1));
        of.put(2, 3, source(1));
        of.set_free(4, source(7));
        assert_eq!(lots(&of, 1), [(source(7), 2)]);
        assert_eq!(lots(&of, 2), [(source(1), 1), (source(7), 2)]);
    }
}
