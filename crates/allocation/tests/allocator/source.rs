//! From where: region, cost, pick-up, and orders that may not be split.

use backorder_allocation::{AllocatorRefusal, Asked, Disposition};
use domain::event::{Event, InventoryEvent, LocationDefined, OrderPlaced, Promise};

use crate::baskets::{held, to_hold};
use crate::fixture::*;

fn place(id: &str, region: &str, cost: u32) -> Event {
    match location(id, region) {
        Event::Inventory(InventoryEvent::LocationDefined(place)) => Event::from(LocationDefined {
            cost: Some(cost).filter(|cost| *cost > 0),
            time_zone: None,
            ..place
        }),
        other => other,
    }
}

/// North and south cost as much to ship from, the far store more.
fn shop() -> Cell {
    Cell::given([
        item("BOLT"),
        item("NUT"),
        place("south", "south", 2),
        place("north", "north", 2),
        place("far", "islands", 9),
    ])
}

fn stocked(stock: &[(&str, &str, u32)]) -> Cell {
    let mut cell = shop();
    for (place, sku, quantity) in stock {
        cell.fold(&received_at(place, sku, *quantity));
    }
    cell
}

fn to(region: &str, id: &str, lines: &[(&str, u32)]) -> OrderPlaced {
    let mut order = order(id, lines);
    order.ship_to.region = Some(region.to_owned());
    order
}

fn no_split(id: &str, lines: &[(&str, u32)]) -> OrderPlaced {
    OrderPlaced {
        no_split: true,
        ..order(id, lines)
    }
}

fn pick_up(place: &str, id: &str, quantity: u32) -> Event {
    OrderPlaced {
        pick_up_at: Some(place.into()),
        ..order(id, &[("BOLT", quantity)])
    }
    .into()
}

#[test]
fn places_rank_by_region_then_cost_then_stock() {
    let mut cell = stocked(&[
        ("far", "BOLT", 9),
        ("south", "BOLT", 2),
        ("north", "BOLT", 1),
    ]);
    assert_eq!(
        cell.then(to("islands", "o1", &[("BOLT", 10)]).into()),
        ["assign o1.1 far 9", "assign o1.1 south 1"]
    );
    let mut cell = stocked(&[
        ("far", "BOLT", 9),
        ("south", "BOLT", 1),
        ("north", "BOLT", 2),
    ]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4)])),
        [
            "assign o1.1 north 2",
            "assign o1.1 south 1",
            "assign o1.1 far 1"
        ]
    );
}

#[test]
fn a_pick_up_order_takes_from_its_place_alone() {
    let mut cell = stocked(&[("south", "BOLT", 9), ("north", "BOLT", 1)]);
    assert_eq!(
        cell.then(pick_up("north", "o1", 3))[0],
        "assign o1.1 north 1"
    );
    assert!(cell.then(received_at("south", "BOLT", 5)).is_empty());
    assert_eq!(
        cell.then(received_at("north", "BOLT", 5)),
        ["assign o1.1 north 2"]
    );
}

#[test]
fn who_asks_before_they_collect_hears_what_stands_there() {
    let mut cell = stocked(&[("south", "BOLT", 9), ("north", "BOLT", 1)]);
    let at = |place: &str, quantity| Asked {
        pick_up_at: Some(place.into()),
        ..asked("BOLT", quantity)
    };
    let answer = cell.ask(&at("north", 3));
    assert_eq!(
        (answer.available_now, answer.disposition, answer.promise),
        (
            1,
            Disposition::Backorder,
            Some(Promise::Estimate { at: day(7) })
        )
    );
    assert_eq!(
        answer.disclosure,
        "1 of 3 is in stock at north. 2 are on backorder and expected about 2020-09-20, by \
         estimate. More is in stock elsewhere."
    );
    let south = cell.ask(&at("south", 3));
    assert_eq!(
        south.disclosure,
        "In stock at south: reserved as soon as you order."
    );
    assert_eq!(
        cell.then(pick_up("north", "o1", 3)),
        [
            "assign o1.1 north 1",
            "wait o1.1 2 behind 0",
            "promise o1.1 estimate day 7"
        ]
    );
}

#[test]
fn an_undefined_pick_up_location_is_refused_and_a_near_one_is_named() {
    let mut cell = shop();
    // An older log may have an order that names one.
    cell.fold(&pick_up("moon", "o1", 3));
    let refused = |place: &str| {
        let asked = Asked {
            pick_up_at: Some(place.into()),
            ..asked("BOLT", 1)
        };
        cell.allocator.availability(&asked, NOW).unwrap_err()
    };
    let (location, near) = ("moon".into(), String::new());
    let moon = AllocatorRefusal::UnknownLocation { location, near };
    assert_eq!(refused("moon"), moon);
    assert_eq!(
        refused("North ").to_string(),
        "no location North  is defined, but north is"
    );
}

#[test]
fn availability_from_one_place_is_that_of_the_fullest() {
    let mut cell = stocked(&[("south", "BOLT", 2), ("north", "BOLT", 3)]);
    let in_one = |quantity, complete_only| Asked {
        no_split: true,
        complete_only,
        ..asked("BOLT", quantity)
    };
    let (part, all) = (cell.ask(&in_one(4, false)), cell.ask(&in_one(4, true)));
    assert_eq!((part.available_now, all.available_now), (3, 0));
    assert_eq!(cell.ask(&in_one(3, true)).disposition, Disposition::Reserve);
    assert_eq!(
        cell.ask(&asked("BOLT", 4)).disposition,
        Disposition::Reserve
    );
    assert!(
        part.disclosure
            .starts_with("3 of 4 are in stock in one place. ")
    );
    assert_eq!(
        cell.then(no_split("o1", &[("BOLT", 4)]).into())[0],
        "assign o1.1 north 3"
    );
}

#[test]
fn who_collects_elsewhere_is_passed_over_and_does_not_stop_others() {
    let mut cell = shop();
    cell.fold(&pick_up("north", "o1", 3));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(received_at("south", "BOLT", 2)),
        ["assign o2.1 south 2"]
    );
}

#[test]
fn an_order_that_may_not_be_split_takes_everything_from_one_place() {
    let mut cell = stocked(&[
        ("south", "BOLT", 9),
        ("north", "BOLT", 3),
        ("north", "NUT", 1),
    ]);
    let order = no_split("o1", &[("BOLT", 3), ("NUT", 1)]);
    let mut said = cell.then(order.into());
    said.sort();
    assert_eq!(said, ["assign o1.1 north 3", "assign o1.2 north 1"]);
}

#[test]
fn two_unsplit_lines_of_one_sku_go_where_both_are_covered() {
    let mut cell = stocked(&[("south", "BOLT", 5), ("north", "BOLT", 8)]);
    let mut order = no_split("o1", &[("BOLT", 4), ("BOLT", 4)]);
    order.ship_to.region = Some("south".to_owned());
    assert_eq!(
        cell.then(order.into()),
        ["assign o1.1 north 4", "assign o1.2 north 4"]
    );
}

#[test]
fn an_unsplit_order_goes_where_what_is_on_hold_for_it_stands() {
    // South has both, of which the nuts are on hold for the order, and nobody looks at those
    // before the bolts are given out.
    let stock = |cell: &mut Cell| {
        cell.fold(&received_at("far", "BOLT", 1));
        cell.fold(&received_at("south", "BOLT", 1));
    };
    let mut cell = shop();
    cell.fold(&received_at("south", "NUT", 2));
    cell.then(held("h1", "NUT", 2));
    stock(&mut cell);
    let both = OrderPlaced {
        hold: Some("h1".into()),
        no_split: true,
        ..to("islands", "o1", &[("BOLT", 1), ("NUT", 2)])
    };
    assert_eq!(
        cell.then(both.clone().into())[..2],
        ["assign o1.1 south 1", "assign o1.2 south 2"]
    );
    let mut cell = shop();
    stock(&mut cell);
    let alone = OrderPlaced { hold: None, ..both };
    assert_eq!(cell.then(alone.into())[0], "assign o1.1 far 1");
}

#[test]
fn what_it_still_wants_comes_from_the_place_where_it_has_stock() {
    let mut cell = stocked(&[("south", "BOLT", 2)]);
    cell.then(no_split("o1", &[("BOLT", 5)]).into());
    assert!(cell.then(received_at("north", "BOLT", 9)).is_empty());
    assert_eq!(
        cell.then(received_at("south", "BOLT", 9)),
        ["assign o1.1 south 3"]
    );
}

#[test]
fn what_has_left_from_a_place_binds_the_rest_to_it() {
    let mut cell = stocked(&[("main", "BOLT", 2)]);
    cell.then(no_split("o1", &[("BOLT", 5)]).into());
    cell.then(shipped("o1", 1, "BOLT", 2));
    assert!(cell.then(received_at("north", "BOLT", 9)).is_empty());
    assert_eq!(
        cell.then(received_at("main", "BOLT", 9)),
        ["assign o1.1 main 3"]
    );
}

#[test]
fn it_does_not_wait_for_a_place_that_others_empty() {
    let mut cell = shop();
    cell.fold(&gold("o1", &[("NUT", 3)]));
    cell.fold(&no_split("o2", &[("BOLT", 3), ("NUT", 3)]).into());
    cell.settle();
    cell.fold(&received_at("north", "BOLT", 2));
    cell.fold(&received_at("south", "NUT", 3));
    assert_eq!(
        cell.settle(),
        ["assign o2.1 north 2", "assign o1.1 south 3"]
    );
}

#[test]
fn what_it_gives_up_binds_the_rest_no_more() {
    let mut cell = stocked(&[("south", "BOLT", 1)]);
    cell.then(no_split("o1", &[("BOLT", 1), ("NUT", 1)]).into());
    assert!(cell.then(received_at("north", "NUT", 1)).is_empty());
    assert_eq!(
        cell.then(cancelled("o1", &[(1, 1)])),
        ["release o1.1 south 1 Cancelled", "assign o1.2 north 1"]
    );
}

#[test]
fn one_that_also_ships_complete_takes_all_from_one_place_or_nothing() {
    let mut cell = stocked(&[("south", "BOLT", 2), ("north", "NUT", 1)]);
    let order = OrderPlaced {
        ship_complete: true,
        ..no_split("o1", &[("BOLT", 2), ("NUT", 1)])
    };
    let said = cell.then(order.into());
    assert!(said.iter().all(|it| !it.starts_with("assign")), "{said:?}");
    assert_eq!(
        cell.then(received_at("south", "NUT", 1)),
        ["assign o1.2 south 1", "assign o1.1 south 2"]
    );
}

#[test]
fn an_explanation_names_pick_up_and_unsplit_orders() {
    let mut cell = stocked(&[("south", "BOLT", 2)]);
    cell.then(no_split("o1", &[("BOLT", 5)]).into());
    cell.then(pick_up("far", "o2", 1));
    cell.then(received_at("north", "BOLT", 9));
    let said = |id: &str| {
        let why = cell
            .allocator
            .explain(&id.into(), 1, cell.now)
            .unwrap()
            .remove(0);
        why.sentences.join(" ")
    };
    let unsplit = "9 are free, but the order may not be split, and all of it comes from south.";
    assert!(
        said("o1").contains("may not be split"),
        "{} {unsplit}",
        said("o1")
    );
    let collected = "9 are free, but the order is collected at far.";
    assert!(said("o2").contains(collected), "{}", said("o2"));
}

#[test]
fn an_all_or_nothing_pick_up_waits_until_all_is_there() {
    let mut collected = order("o1", &[("BOLT", 4)]);
    collected.lines[0].complete_only = true;
    collected.pick_up_at = Some("north".into());
    let mut cell = stocked(&[("north", "BOLT", 3), ("south", "BOLT", 3)]);
    assert_eq!(cell.then(collected.into())[0], "wait o1.1 4 behind 0");
    assert_eq!(
        cell.then(received_at("north", "BOLT", 1)),
        ["assign o1.1 north 4"]
    );
}

#[test]
fn an_unsplit_order_goes_where_it_gets_most() {
    let mut unsplit = no_split("o1", &[("BOLT", 9), ("NUT", 3)]);
    unsplit.lines[0].complete_only = true;
    let stock = [
        ("south", "BOLT", 8),
        ("south", "NUT", 1),
        ("north", "NUT", 2),
    ];
    let mut cell = stocked(&stock);
    let effects = cell.then(unsplit.into());
    assert!(
        effects.contains(&"assign o1.2 north 2".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn nobody_may_hold_what_goes_to_others_since_an_unsplit_order_takes_elsewhere() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.fold(&no_split("o1", &[("BOLT", 1), ("NUT", 1)]).into());
    cell.fold(&complete_only("o2", &[("NUT", 3)]));
    cell.settle();
    cell.fold(&received_at("main", "BOLT", 1));
    cell.fold(&received_at("north", "NUT", 3));
    let none = AllocatorRefusal::MoreThanFree {
        sku: "NUT".into(),
        quantity: 2,
        free: 0,
    };
    let request = to_hold("h1", "NUT", 2);
    assert_eq!(
        decide::<HoldStock>(&cell.allocator, request.clone(), NOW),
        Err(none)
    );
    assert_eq!(cell.settle(), ["assign o1.1 main 1", "assign o2.1 north 3"]);
}
