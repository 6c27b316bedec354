//! What each change does to a line's reservations.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

use proptest::prelude::*;

use super::*;
use crate::event::{Assigned, OrderPlaced, ReleaseReason, Released, SubstituteAccepted};
use crate::ids::{AcceptanceId, OrderId, Sku, Timestamp};

/// A line of 10 units, and what was told of its reservations while it changed.
struct Demand {
    tally: Tally,
    reservations: Reservations<LocationId, u32>,
    /// The time of the next change.
    now: u32,
    moved: Vec<(String, u32, i64)>,
}

fn place(name: &str) -> LocationId {
    LocationId::new(name).unwrap()
}

fn sku() -> Sku {
    Sku::new("BOLT").unwrap()
}

fn order() -> OrderId {
    OrderId::new("o1").unwrap()
}

fn assigned(at: &str, quantity: u32) -> Assigned {
    Assigned {
        order: order(),
        line: 1,
        sku: sku(),
        location: place(at),
        quantity,
        effective: Timestamp::from_ms(0),
    }
}

fn released(at: &str, quantity: u32) -> Released {
    Released {
        order: order(),
        line: 1,
        sku: sku(),
        location: place(at),
        quantity,
        why: ReleaseReason::CountedDown,
        in_wave: 0,
    }
}

impl Demand {
    fn of(units: u32) -> Self {
        Self {
            tally: Tally::new(units),
            reservations: Reservations::default(),
            now: 0,
            moved: Vec::new(),
        }
    }

    fn apply(&mut self, change: &Change<'_>) {
        let moved = &mut self.moved;
        moved.clear();
        self.reservations.apply(
            &mut self.tally,
            change,
            self.now,
            LocationId::clone,
            |place, since, units| {
                moved.push((place.to_string(), since, units));
            },
        );
        self.now += 1;
    }

    fn assign(&mut self, at: &str, units: u32) {
        self.apply(&Change::Assign(&assigned(at, units)));
    }

    fn release(&mut self, at: &str, units: u32) {
        self.apply(&Change::Release(&released(at, units)));
    }

    fn freeze(&mut self, at: &str, units: u32) {
        let location = &place(at);
        let (wave, sku) = (&"w1".into(), &"A".into());
        self.apply(&Change::Freeze {
            location,
            wave,
            sku,
            units,
        });
    }

    fn ship(&mut self, at: &str, units: u32) {
        let (location, sku) = (&place(at), &sku());
        self.apply(&Change::Ship {
            location,
            sku,
            units,
        });
    }

    /// Each reservation as `place units/frozen`.
    fn told(&self) -> Vec<String> {
        self.reservations
            .iter()
            .map(|it| format!("{} {}/{}", it.place, it.units, it.frozen))
            .collect()
    }

    fn moved(&self) -> Vec<(&str, u32, i64)> {
        let moved = self.moved.iter();
        moved
            .map(|(at, since, by)| (at.as_str(), *since, *by))
            .collect()
    }
}

#[test]
fn stock_of_one_place_is_one_reservation_for_each_time_it_was_assigned() {
    let mut line = Demand::of(10);
    line.assign("leeds", 2);
    assert_eq!(line.moved(), [("leeds", 0, 2)]);
    line.now = 0;
    line.assign("leeds", 1);
    assert_eq!(line.told(), ["leeds 3/0"]);
    line.assign("leeds", 4);
    line.assign("york", 1);
    assert_eq!(line.told(), ["leeds 3/0", "leeds 4/0", "york 1/0"]);
    assert_eq!(line.reservations.units_at(&place("leeds")), 7);
    assert_eq!(line.reservations.units_at(&place("hull")), 0);
}

#[test]
fn a_release_takes_from_its_place_first_and_then_anywhere() {
    let mut line = Demand::of(10);
    line.assign("leeds", 2);
    line.assign("york", 3);
    line.assign("hull", 4);
    line.release("york", 4);
    assert_eq!(line.moved(), [("york", 1, -3), ("leeds", 0, -1)]);
    assert_eq!(line.told(), ["leeds 1/0", "hull 4/0"]);
}

#[test]
fn a_shipment_takes_from_its_place_first_and_then_anywhere() {
    let mut line = Demand::of(10);
    line.assign("leeds", 2);
    line.assign("york", 3);
    line.ship("york", 4);
    assert_eq!(line.moved(), [("york", 1, -3), ("leeds", 0, -1)]);
    assert_eq!(line.told(), ["leeds 1/0"]);
    assert_eq!((line.tally.shipped, line.tally.reserved), (4, 1));
}

#[test]
fn frozen_units_leave_first_and_are_taken_back_last() {
    let mut line = Demand::of(10);
    line.assign("leeds", 5);
    line.freeze("leeds", 3);
    assert_eq!(line.told(), ["leeds 5/3"]);
    line.ship("leeds", 1);
    assert_eq!(line.told(), ["leeds 4/2"]);
    line.release("leeds", 2);
    assert_eq!(line.told(), ["leeds 2/2"]);
    line.release("leeds", 1);
    assert_eq!(line.told(), ["leeds 1/1"]);
}

#[test]
fn a_wave_freezes_at_most_what_is_reserved_at_its_place() {
    let mut line = Demand::of(10);
    line.assign("leeds", 2);
    line.assign("york", 3);
    line.assign("leeds", 1);
    line.freeze("leeds", 9);
    assert_eq!(line.told(), ["leeds 2/2", "york 3/0", "leeds 1/1"]);
    assert_eq!(line.moved(), []);
    let unfrozen = line.reservations.iter().map(Reservation::unfrozen);
    assert_eq!(unfrozen.sum::<u32>(), 3);
}

#[test]
fn what_is_taken_back_when_less_is_reserved_is_what_is_reserved() {
    let mut line = Demand::of(10);
    line.assign("leeds", 3);
    line.ship("leeds", 2);
    line.release("leeds", 3);
    assert_eq!(line.moved(), [("leeds", 0, -1)]);
    assert!(line.reservations.is_empty());
    assert_eq!(line.tally.reserved, 0);
}

#[test]
fn a_closing_frees_all_that_is_reserved() {
    let mut line = Demand::of(10);
    line.assign("leeds", 3);
    line.assign("york", 2);
    line.freeze("york", 1);
    line.apply(&Change::Close);
    assert_eq!(line.moved(), [("leeds", 0, -3), ("york", 1, -2)]);
    assert!(line.reservations.is_empty());
    assert_eq!((line.tally.reserved, line.tally.wanted()), (0, 10));
}

#[test]
fn changes_of_what_is_asked_leave_reservations_alone() {
    let accepted = SubstituteAccepted {
        acceptance: AcceptanceId::new("a1").unwrap(),
        order: order(),
        line: 1,
        sku: sku(),
        quantity: 2,
        unit_price_minor: 0,
        new_line: 2,
    };
    let json = include_str!("../../../events/order_placed.json");
    let event: crate::event::Event = serde_json::from_str(json).unwrap();
    let placed = OrderPlaced::of(&event).unwrap();
    let mut line = Demand::of(10);
    line.assign("leeds", 4);
    for change in [
        Change::Place(placed),
        Change::Open(&accepted),
        Change::Cancel { units: 8 },
        Change::Exchange { units: 2 },
    ] {
        line.apply(&change);
        assert_eq!(line.told(), ["leeds 4/0"], "{change:?}");
        assert_eq!(line.moved(), [], "{change:?}");
    }
    assert_eq!((line.tally.wanted(), line.tally.excess()), (0, 4));
}

proptest! {
    #[test]
    fn reservations_always_sum_up_to_the_units_that_the_tally_holds(
        steps in prop::collection::vec((0_u8..7, 0_usize..3, 0_u32..8), 0..40),
    ) {
        let mut line = Demand::of(40);
        for (step, at, units) in steps {
            let at = ["leeds", "york", "hull"][at];
            let before = line.tally.reserved;
            match step {
                0 | 1 => line.assign(at, units.min(40 - before)),
                2 => line.release(at, units.min(before + line.tally.shipped)),
                3 => line.ship(at, units.min(40 - line.tally.shipped)),
                4 => line.freeze(at, units),
                5 => line.apply(&Change::Cancel { units }),
                _ if units == 0 => line.apply(&Change::Close),
                _ => line.apply(&Change::Exchange { units }),
            }
            let sum: u32 = line.reservations.iter().map(|it| it.units).sum();
            prop_assert_eq!(sum, line.tally.reserved);
            let moved: i64 = line.moved.iter().map(|(_, _, units)| units).sum();
            prop_assert_eq!(moved, i64::from(line.tally.reserved) - i64::from(before));
            for it in line.reservations.iter() {
                prop_assert!(it.frozen <= it.units && it.units > 0, "{:?}", it);
            }
        }
    }
}
