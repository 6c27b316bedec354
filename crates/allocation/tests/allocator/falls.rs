//! An order that goes whole or not at all is refused whole, once a line of it is refused; unless
//! it was said that the rest may go.

use backorder_allocation::EndWaits;
use domain::command::Outcome;
use domain::event::*;

use crate::baskets::accepted;
use crate::fixture::*;

/// LAST is sold from stock only; BOLT and NUT may wait.
fn shop() -> Cell {
    Cell::given([
        item("BOLT"),
        item("NUT"),
        item_as("LAST", Segment::StockOnly, None),
    ])
}

/// Ends the waits for an item, and reads out what was told and what follows.
fn discontinue(cell: &mut Cell, sku: &str) -> Vec<String> {
    let ending = EndWaits {
        ending: "e1".into(),
        sku: sku.into(),
        alternatives: Vec::new(),
        offer_days: None,
    };
    let outcome = cell.allocator.decide(&ending, cell.now).unwrap();
    let Outcome::Record(event) = outcome else {
        panic!("{outcome:?}");
    };
    let mut said: Vec<String> = event.effects().iter().map(say).collect();
    cell.fold(&event);
    said.extend(cell.settle());
    said
}

#[test]
fn a_line_that_is_refused_takes_its_order_with_it_and_nothing_is_kept_for_it() {
    let mut cell = shop();
    let told = cell.then(ship_complete("o1", &[("BOLT", 2), ("LAST", 1), ("NUT", 3)]));
    let mut told = told;
    told.sort();
    assert_eq!(
        told,
        [
            "refuse o1.1 2 OrderWhole",
            "refuse o1.2 1 StockOnly",
            "refuse o1.3 3 OrderWhole"
        ],
        "{told:?}"
    );
    assert!(cell.then(received("BOLT", 2)).is_empty());
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 2)])),
        ["assign o2.1 main 2"]
    );
}

#[test]
fn where_the_rest_may_go_it_waits_and_goes_whole_by_itself() {
    let mut cell = shop();
    let told = cell.then(rest_may_go("o1", &[("BOLT", 2), ("LAST", 1), ("NUT", 3)]));
    assert!(told.contains(&"refuse o1.2 1 StockOnly".to_owned()));
    assert!(!told.iter().any(|it| it.contains("OrderWhole")), "{told:?}");
    assert!(cell.then(received("BOLT", 2)).is_empty());
    let mut both = cell.then(received("NUT", 3));
    both.sort();
    assert_eq!(both, ["assign o1.1 main 2", "assign o1.3 main 3"]);
}

#[test]
fn what_it_had_is_given_to_others_but_for_what_is_being_picked() {
    for in_wave in [false, true] {
        let mut cell = shop();
        cell.fold(&received("BOLT", 2));
        cell.fold(&received("NUT", 3));
        cell.then(ship_complete("o1", &[("BOLT", 2), ("NUT", 3)]));
        cell.then(placed("o2", &[("BOLT", 2)]));
        if in_wave {
            cell.then(wave("o1", 1, "BOLT", 1));
        }
        // The nuts are not there: they wait again, and then there will be none.
        cell.then(adjusted("NUT", -3));
        let told = discontinue(&mut cell, "NUT");
        let back = if in_wave { 1 } else { 2 };
        let want = [
            "refuse o1.2 3 Discontinued".to_owned(),
            format!("release o1.1 main {back} Refused"),
            format!("refuse o1.1 {back} OrderWhole"),
            format!("assign o2.1 main {back}"),
        ];
        assert_eq!(told[..4], want, "{told:?}");
    }
}

#[test]
fn what_is_taken_instead_falls_too_if_the_order_fell_meanwhile() {
    let offers = Segment::Substitutable {
        alternatives: vec!["BOLT".into()],
        offer_days: None,
    };
    let mut cell = shop();
    cell.fold(&item_as("OLD", offers, None));
    cell.then(ship_complete("o1", &[("OLD", 1), ("NUT", 1)]));
    discontinue(&mut cell, "NUT");
    let told = cell.then(accepted("o1", 1, "BOLT", 1, 3));
    assert_eq!(told, ["refuse o1.3 1 OrderWhole"]);
}

#[test]
fn an_offer_that_nobody_takes_in_time_ends_the_whole_order() {
    let offers = Segment::Substitutable {
        alternatives: vec!["BOLT".into()],
        offer_days: None,
    };
    let mut cell = shop();
    cell.fold(&item_as("OLD", offers, None));
    cell.then(ship_complete("o1", &[("OLD", 1), ("NUT", 1)]));
    cell.now = day(7);
    let told = cell.settle();
    assert_eq!(
        told,
        ["refuse o1.1 1 Substitutable", "refuse o1.2 1 OrderWhole"]
    );
}

#[test]
fn what_falls_keeps_nobody_from_being_told_that_an_item_will_not_come() {
    let mut cell = shop();
    let waits = Segment::Backorderable {
        cap: 100,
        longest_wait_days: 60,
    };
    cell.fold(&item_as("BOLT", waits, None));
    cell.then(placed("o0", &[("BOLT", 2)]));
    cell.then(ship_complete("o1", &[("BOLT", 1), ("LAST", 1)]));
    cell.then(closed("o1"));
    let told = discontinue(&mut cell, "BOLT");
    assert_eq!(told, ["refuse o0.1 2 Discontinued"]);
}
