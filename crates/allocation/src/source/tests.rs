//! Where a line may take stock, in sentences.

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
fn equally_cheap_places_go_by_stock_then_by_name() {
    let places = vec![place(3, 4), place(2, 4), place(1, 0), place(4, 9)];
    assert_eq!(filled(places, 15), [(4, 9), (2, 4), (3, 2)]);
}

#[test]
fn an_unsplit_order_goes_to_the_first_place_that_covers_it() {
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
fn an_all_or_nothing_line_does_not_favour_a_place_with_less() {
    let bolts = Need {
        whole: true,
        ..need(9, &[place(1, 8)])
    };
    let nuts = need(2, &[place(2, 1)]);
    assert_eq!(one_place(&[bolts, nuts], 2, None, false), Some(2));
}

proptest! {
    #[test]
    fn no_place_gives_more_than_it_has(
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
