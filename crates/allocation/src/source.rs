//! Sourcing: from which places a line is filled.
//!
//! Any place may fill any line (a virtual pool). Preferred is one that serves the region where
//! the goods go, then the one from which shipping is cheaper, then the one with more of it (so that
//! fewer parcels leave), then the one that was named first. A pick-up order takes from its place
//! only. An order that may not be split takes everything from one place: the one where it has
//! stock already; else, among those that have some of what it is served with just now, the most
//! preferred that covers all that it wants; else the one that covers most of its lines, then most
//! units. It does not wait for a place that has none of this, though it may have more of the rest:
//! the rest may have gone to others when its turn comes there. Must not know SKUs, ranks or who
//! waits.

use domain::exact::Exact;
use std::cmp::Reverse;

mod terms;
#[cfg(test)]
mod tests;

/// Units that nobody holds, by place.
pub(super) type Free = Vec<(u16, u32)>;

/// Where an order takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Any place.
    Anywhere,
    /// This one only.
    Only(u16),
    /// No place that has stock will do.
    Nowhere,
}

impl Source {
    /// That place only; nowhere, if there is none that will do.
    pub fn only(place: Option<u16>) -> Self {
        place.map_or(Self::Nowhere, Self::Only)
    }

    /// Whether this place is one of them.
    pub fn allows(self, place: u16) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Only(only) => only == place,
            Self::Nowhere => false,
        }
    }

    /// Units of an SKU that an order may take from there, when this is free by place, and so much
    /// of it is open to the order.
    pub fn of(self, free: &[(u16, u32)], open: u64) -> u64 {
        if self == Self::Anywhere {
            return open;
        }
        let there = free.iter().filter(|(place, _)| self.allows(*place));
        let there: u64 = there.map(|(_, units)| u64::from(*units)).sum();
        there.min(open)
    }
}

/// Free stock of one SKU at one place, for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceLocation {
    /// Its number, in the order in which places were named.
    pub place: u16,
    /// Units that nobody holds.
    pub free: u64,
    /// It serves the region where the goods go.
    pub near: bool,
    /// What it costs to ship a unit from there.
    pub cost: u32,
}

/// What one line of an order still wants, and where that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// A number of what it wants: lines that want the same take it from each other.
    pub of: u32,
    /// Whole units, at least 1.
    pub units: u32,
    /// It takes all of them or none.
    pub whole: bool,
    /// Where it is free.
    pub places: Vec<SourceLocation>,
}

/// Takes so many units from these places, the preferred ones first. Fewer if they have fewer;
/// whether a part is welcome is for the caller to ask before.
pub(super) fn fill(places: &mut [SourceLocation], units: u32) -> impl Iterator<Item = (u16, u32)> {
    places.sort_unstable_by_key(|of| preferred(of.near, of.cost, of.free, of.place));
    let mut left = units;
    places
        .iter()
        .map_while(move |of| {
            let taken = u32::try_from(of.free).unwrap_or(u32::MAX).min(left);
            left = left.minus(taken);
            (taken > 0 || left > 0).then_some((of.place, taken))
        })
        .filter(|(_, taken)| *taken > 0)
}

/// The order in which places are preferred, the best first.
pub(super) fn preferred<U: Ord>(
    near: bool,
    cost: u32,
    free: U,
    place: u16,
) -> (bool, u32, Reverse<U>, u16) {
    (!near, cost, Reverse(free), place)
}

/// Where all of an order that may not be split is taken from, when it is served with `of`.
/// `held_at` is where it has stock already; `all` says that it takes all of its needs together or
/// nothing. None if no place may be used.
pub(super) fn one_place(needs: &[Need], of: u32, held_at: Option<u16>, all: bool) -> Option<u16> {
    let mut offers: Vec<Offer> = Vec::new();
    for place in needs.iter().flat_map(|need| &need.places) {
        if held_at.is_none_or(|held| held == place.place)
            && offers.iter().all(|offer| offer.place != place.place)
        {
            offers.push(Offer::new(needs, of, place));
        }
    }
    offers
        .into_iter()
        .filter(|offer| if all { offer.short == 0 } else { offer.serves })
        .min_by_key(Offer::order)
        .map(|offer| offer.place)
}

/// What an order would get if one place filled it.
#[derive(Debug, Clone, Copy)]
struct Offer {
    place: u16,
    near: bool,
    cost: u32,
    /// Lines that it would not wholly cover.
    short: usize,
    units: u64,
    /// It has some of what the order is served with.
    serves: bool,
}

impl Offer {
    fn new(needs: &[Need], served: u32, place: &SourceLocation) -> Self {
        let mut offer = Self {
            place: place.place,
            near: place.near,
            cost: place.cost,
            short: 0,
            units: 0,
            serves: false,
        };
        let mut taken: Vec<(u32, u64)> = Vec::with_capacity(needs.len());
        for need in needs {
            let at = |of: &&SourceLocation| of.place == place.place;
            let free = need.places.iter().find(at).map_or(0, |of| of.free);
            let before = taken.iter().filter(|(of, _)| *of == need.of);
            let free = before.fold(free, |free, (_, units)| free.minus(*units));
            let covered = free >= u64::from(need.units);
            if !covered {
                offer.short = offer.short.plus(1);
            }
            if covered || !need.whole {
                let units = free.min(u64::from(need.units));
                offer.units = offer.units.plus(units);
                offer.serves |= need.of == served && units > 0;
                taken.push((need.of, units));
            }
        }
        offer
    }

    /// The best one first. Among those that cover all, units are equal and preference decides.
    fn order(&self) -> (usize, Reverse<u64>, bool, u32, u16) {
        (
            self.short,
            Reverse(self.units),
            !self.near,
            self.cost,
            self.place,
        )
    }
}
