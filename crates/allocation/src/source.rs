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

use std::cmp::Reverse;

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
    places.sort_unstable_by_key(|of| (!of.near, of.cost, Reverse(of.free), of.place));
    let mut left = units;
    places
        .iter()
        .map_while(move |of| {
            let taken = u32::try_from(of.free).unwrap_or(u32::MAX).min(left);
            left = left.saturating_sub(taken);
            (taken > 0 || left > 0).then_some((of.place, taken))
        })
        .filter(|(_, taken)| *taken > 0)
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
            let free = before.fold(free, |free, (_, units)| free.saturating_sub(*units));
            let covered = free >= u64::from(need.units);
            if !covered {
                offer.short = offer.short.saturating_add(1);
            }
            if covered || !need.whole {
                let units = free.min(u64::from(need.units));
                offer.units = offer.units.saturating_add(units);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(place: u16, free: u64) -> SourceLocation {
        SourceLocation {
            place,
            free,
            near: false,
            cost: 0,
        }
    }

    fn near(of: SourceLocation) -> SourceLocation {
        SourceLocation { near: true, ..of }
    }

    fn costing(of: SourceLocation, cost: u32) -> SourceLocation {
        SourceLocation { cost, ..of }
    }

    fn need(units: u32, places: &[SourceLocation]) -> Need {
        Need {
            of: units,
            units,
            whole: false,
            places: places.to_vec(),
        }
    }

    fn filled(mut places: Vec<SourceLocation>, units: u32) -> Vec<(u16, u32)> {
        fill(&mut places, units).collect()
    }

    #[test]
    fn a_place_that_serves_the_region_comes_first() {
        let places = vec![place(1, 9), near(costing(place(2, 3), 50))];
        assert_eq!(filled(places, 5), [(2, 3), (1, 2)]);
    }

    #[test]
    fn of_places_as_near_the_cheaper_one_comes_first() {
        let places = vec![costing(place(1, 9), 4), costing(place(2, 3), 3)];
        assert_eq!(filled(places, 5), [(2, 3), (1, 2)]);
    }

    #[test]
    fn of_places_as_cheap_the_one_with_more_comes_first_then_the_one_named_first() {
        let places = vec![place(3, 4), place(2, 4), place(1, 0), place(4, 9)];
        assert_eq!(filled(places, 15), [(4, 9), (2, 4), (3, 2)]);
    }

    #[test]
    fn an_order_that_may_not_be_split_goes_to_the_first_place_that_covers_all() {
        let bolts = need(
            3,
            &[
                near(place(1, 3)),
                costing(place(2, 9), 5),
                costing(place(3, 9), 4),
            ],
        );
        let nuts = need(2, &[costing(place(2, 2), 5), costing(place(3, 2), 4)]);
        assert_eq!(one_place(&[bolts, nuts], 3, None, false), Some(3));
    }

    #[test]
    fn without_such_a_place_it_goes_where_most_lines_then_most_units_are() {
        let bolts = need(9, &[place(1, 8), place(2, 3)]);
        let nuts = need(2, &[place(2, 2)]);
        let needs = [bolts, nuts];
        assert_eq!(one_place(&needs, 9, None, false), Some(2));
        assert_eq!(one_place(&needs[..1], 9, None, false), Some(1));
    }

    #[test]
    fn a_place_that_has_none_of_what_is_served_is_not_waited_for() {
        let (bolts, nuts) = (
            need(2, &[place(1, 2), place(3, 1)]),
            need(3, &[place(2, 3)]),
        );
        let needs = [bolts, nuts];
        assert_eq!(one_place(&needs, 2, None, false), Some(1));
        assert_eq!(one_place(&needs, 3, None, false), Some(2));
    }

    #[test]
    fn lines_of_one_sku_are_not_covered_twice_by_the_same_units() {
        let bolts = || need(4, &[near(place(1, 5)), place(2, 8)]);
        assert_eq!(one_place(&[bolts(), bolts()], 4, None, false), Some(2));
        assert_eq!(one_place(&[bolts()], 4, None, false), Some(1));
    }

    #[test]
    fn it_goes_on_where_it_has_stock_already_or_waits() {
        let bolts = [need(3, &[near(place(1, 9)), place(2, 1)])];
        assert_eq!(one_place(&bolts, 3, Some(2), false), Some(2));
        assert_eq!(one_place(&bolts, 3, Some(7), false), None);
    }

    #[test]
    fn one_that_also_ships_complete_takes_all_from_one_place_or_nothing() {
        let bolts = need(3, &[place(1, 3)]);
        let nuts = need(2, &[place(2, 2)]);
        assert_eq!(one_place(&[bolts.clone(), nuts], 3, None, true), None);
        assert_eq!(one_place(&[bolts], 3, None, true), Some(1));
    }

    #[test]
    fn a_line_that_takes_all_or_nothing_is_no_reason_to_choose_a_place_with_less() {
        let bolts = Need {
            whole: true,
            ..need(9, &[place(1, 8)])
        };
        let nuts = need(2, &[place(2, 1)]);
        assert_eq!(one_place(&[bolts, nuts], 2, None, false), Some(2));
    }

    proptest! {
        #[test]
        fn as_much_is_taken_as_there_is_and_from_no_place_more_than_it_has(
            free in prop::collection::vec((0_u64..9, any::<bool>(), 0_u32..3), 0..8),
            units in 0_u32..40,
        ) {
            let places: Vec<SourceLocation> = (0_u16..)
                .zip(&free)
                .map(|(place, (free, near, cost))| SourceLocation {
                    place, free: *free, near: *near, cost: *cost,
                })
                .collect();
            let taken = filled(places.clone(), units);
            let all: u64 = places.iter().map(|of| of.free).sum();
            let sum: u64 = taken.iter().map(|(_, units)| u64::from(*units)).sum();
            prop_assert_eq!(sum, all.min(u64::from(units)));
            for (at, units) in taken {
                prop_assert!(units > 0);
                prop_assert!(places.iter().any(|of| of.place == at && of.free >= u64::from(units)));
            }
        }
    }
}
