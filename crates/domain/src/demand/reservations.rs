//! Where stock is reserved for one demand line, and from where it is taken when less of it is.

use crate::exact::{Exact, fewer};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Change, Tally};
use crate::ids::LocationId;

/// Units of stock that a line has at one place, since a time.
///
/// `P` is how the reader names places; `S` is how it keeps since when, if it does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation<P, S = ()> {
    /// Where.
    pub place: P,
    /// Whole units.
    pub units: u32,
    /// Of these, units in a released wave.
    pub frozen: u32,
    /// Since when.
    #[serde(skip)]
    pub since: S,
}

/// Why less of a line's stock is reserved than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was taken back: what is in a released wave goes last.
    Released,
    /// It left, or is not there: what is in a released wave goes first.
    Shipped,
}

impl<P, S> Reservation<P, S> {
    /// Takes units off, at most those that there are. Returns how many.
    pub fn take(&mut self, units: u32, why: Taken) -> u32 {
        let gone = self.units.min(units);
        self.units = self.units.minus_or_zero(gone);
        self.frozen = match why {
            Taken::Shipped => self.frozen.minus_or_zero(gone),
            Taken::Released => self.frozen,
        }
        .min(self.units);
        gone
    }

    /// So many of its units come back from a wave, at most those that are in one.
    pub fn thaw(&mut self, units: u32) {
        self.frozen = self.frozen.minus_or_zero(units);
    }

    /// So many of its units go into a released wave, at most those that there are.
    pub fn freeze(&mut self, units: u32) {
        self.frozen = self.frozen.plus(units).min(self.units);
    }

    /// Units that are in no released wave.
    pub fn unfrozen(&self) -> u32 {
        self.units.minus_or_zero(self.frozen)
    }
}

/// A line's reservations, in the order in which it came to have them. A line has few: mostly one,
/// which needs no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "P: Serialize",
    deserialize = "P: Deserialize<'de>, S: Default"
))]
pub struct Reservations<P, S = ()>(SmallVec<[Reservation<P, S>; 1]>);

impl<P, S> Default for Reservations<P, S> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<P: PartialEq, S: PartialEq> Reservations<P, S> {
    /// Units are reserved at a place.
    pub fn reserve(&mut self, place: P, units: u32, since: S) {
        let same = |it: &&mut Reservation<P, S>| it.place == place && it.since == since;
        match self.0.iter_mut().find(same) {
            Some(it) => it.units = it.units.plus(units),
            None if units > 0 => self.0.push(Reservation {
                place,
                units,
                frozen: 0,
                since,
            }),
            None => {}
        }
    }

    /// Takes units off: those at this place first, then those anywhere, in the order in which the
    /// line came to have them. How many these are is the tally's to say, so that all readers agree
    /// also where a release and a shipment crossed. `gone` is told of each reservation that was
    /// touched, and how many units less it is.
    pub fn take(
        &mut self,
        place: &P,
        units: u32,
        why: Taken,
        mut gone: impl FnMut(&Reservation<P, S>, u32),
    ) {
        let mut left = units;
        for here in [true, false] {
            let those = self.0.iter_mut().filter(|it| (it.place == *place) == here);
            for it in those {
                let taken = it.take(left, why);
                left = left.minus_or_zero(taken);
                if taken > 0 {
                    gone(it, taken);
                }
            }
        }
        self.0.retain(|it| it.units > 0);
    }

    /// Units that are reserved at a place.
    pub fn units_at(&self, place: &P) -> u32 {
        let here = self.0.iter().filter(|it| it.place == *place);
        here.map(|it| it.units).fold(0, Exact::plus)
    }

    /// Units at a place go into a released wave, at most those that are reserved there.
    pub fn freeze(&mut self, place: &P, units: u32) {
        let mut left = units;
        for it in self.0.iter_mut().filter(|it| it.place == *place) {
            let before = it.frozen;
            it.freeze(left);
            left = left.minus_or_zero(it.frozen.minus_or_zero(before));
        }
    }
}

impl<P: PartialEq, S: PartialEq> Reservations<P, S> {
    /// Units at a place come back from released waves, at most those that are in one.
    pub fn thaw(&mut self, place: &P, units: u32) {
        let mut left = units;
        for it in self.0.iter_mut().filter(|it| it.place == *place) {
            let before = it.frozen;
            it.thaw(left);
            left = left.minus_or_zero(before.minus_or_zero(it.frozen));
        }
    }

    /// Units at a place that are in no released wave.
    pub fn unfrozen_at(&self, place: &P) -> u32 {
        let here = self.0.iter().filter(|it| it.place == *place);
        here.map(Reservation::unfrozen).fold(0, Exact::plus)
    }
}

impl<P: PartialEq + Clone, S: PartialEq + Copy> Reservations<P, S> {
    /// Units are carried from one place to another, at most those that are there and in no wave.
    /// `moved` is told of each as by [`Self::apply`].
    fn carry(&mut self, from: &P, to: &P, units: u32, mut moved: impl FnMut(&P, S, i64)) {
        let mut left = units;
        let mut carried = SmallVec::<[(S, u32); 1]>::new();
        for it in self.0.iter_mut().filter(|it| it.place == *from) {
            let gone = it.unfrozen().min(left);
            it.units = it.units.minus(gone);
            left = left.minus(gone);
            if gone > 0 {
                moved(from, it.since, fewer(gone));
                carried.push((it.since, gone));
            }
        }
        self.0.retain(|it| it.units > 0);
        for (since, units) in carried {
            moved(to, since, i64::from(units));
            self.reserve(to.clone(), units, since);
        }
    }
}

impl<P, S> Reservations<P, S> {
    /// One.
    pub fn of(one: Reservation<P, S>) -> Self {
        let mut all = SmallVec::new();
        all.push(one);
        Self(all)
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Reservation<P, S>] {
        &self.0
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Reservation<P, S>> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the line has no stock.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, P, S> IntoIterator for &'a Reservations<P, S> {
    type Item = &'a Reservation<P, S>;
    type IntoIter = std::slice::Iter<'a, Reservation<P, S>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<P, S> FromIterator<Reservation<P, S>> for Reservations<P, S> {
    fn from_iter<I: IntoIterator<Item = Reservation<P, S>>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl<P: PartialEq + Clone, S: PartialEq + Copy> Reservations<P, S> {
    /// What a change does to a line: to its units, and to where stock is reserved for them.
    /// `place_of` says how the reader names a place. `moved` is told where there are more or fewer
    /// than before, since when these were reserved, and how many they are.
    pub fn apply(
        &mut self,
        tally: &mut Tally,
        change: &Change<'_>,
        since: S,
        place_of: impl Fn(&LocationId) -> P,
        mut moved: impl FnMut(&P, S, i64),
    ) {
        let before = tally.reserved;
        tally.apply(change);
        let less = before.minus_or_zero(tally.reserved);
        let gone = |it: &Reservation<P, S>, units: u32| {
            moved(&it.place, it.since, fewer(units));
        };
        match change {
            Change::Assign(it) => {
                let place = place_of(&it.location);
                moved(&place, since, i64::from(it.quantity));
                self.reserve(place, it.quantity, since);
            }
            Change::Release(it) => {
                self.take(&place_of(&it.location), less, Taken::Released, gone);
            }
            Change::Ship { location, .. } | Change::Miss { location, .. } => {
                self.take(&place_of(location), less, Taken::Shipped, gone);
            }
            Change::Freeze {
                location, units, ..
            } => self.freeze(&place_of(location), *units),
            Change::Recall {
                location, units, ..
            } => self.thaw(&place_of(location), *units),
            Change::Move {
                from, to, units, ..
            } => {
                let (from, to) = (place_of(from), place_of(to));
                self.carry(&from, &to, *units, moved);
            }
            Change::Close => {
                for it in self.0.drain(..) {
                    moved(&it.place, it.since, fewer(it.units));
                }
            }
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Wait(_)
            | Change::Offer(_)
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Return { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
