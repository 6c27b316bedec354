//! Something else than what was ordered: offered at the door, taken, or refused when its time is
//! over.

use backorder_allocation::Disposition;
use domain::decider::Decider;
use domain::event::{Event, OrdersEvent, SubstituteAccepted};

use crate::baskets::*;
use crate::fixture::*;

/// LENS is sold out, and LENS2 or LENS3 may be had instead.
fn cell() -> Cell {
    Cell::given([
        substitutable("LENS", &["LENS2", "LENS3"]),
        item("LENS2"),
        item("LENS3"),
    ])
}

#[test]
fn a_substitute_is_offered_for_a_week_without_a_promise() {
    let mut cell = cell();
    cell.fold(&received("LENS", 1));
    assert_eq!(
        cell.then(placed("o1", &[("LENS", 3)])),
        ["assign o1.1 main 1", "offer o1.1 2 or LENS2/LENS3 for 7"]
    );
    assert_eq!(cell.allocator.due(NOW).again_at, Some(day(7)));
    let promised = cell.allocator.promise(&"o1".into(), 1).unwrap();
    assert_eq!((promised.backordered, promised.promise), (2, None));
    assert!(cell.then(purchased("p1", "LENS", 5, day(3))).is_empty());
}

#[test]
fn who_asks_first_hears_what_would_be_offered_and_until_when() {
    let cell = cell();
    let answer = cell.ask(&asked("LENS", 2));
    assert_eq!(answer.disposition, Disposition::Offer(day(7)));
    assert_eq!(answer.alternatives, ["LENS2".into(), "LENS3".into()]);
    assert!(
        answer.disclosure.contains("until 2020-09-20"),
        "{}",
        answer.disclosure
    );
}

#[test]
fn who_takes_something_else_gets_it_at_the_rank_of_their_order() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 3)]));
    cell.then(placed("o2", &[("LENS2", 2)]));
    cell.fold(&accepted("o1", 1, "LENS2", 2, 2));
    let effects = cell.then(received("LENS2", 1));
    assert_eq!(effects[0], "assign o1.2 main 1");
    assert_eq!(effects[1], "wait o1.2 1 behind 0");
    let order = cell.allocator.order(&"o1".into()).unwrap();
    let lens = &order.lines[0].tally;
    assert_eq!((lens.cancelled, lens.backordered()), (2, 1));
    cell.now = day(7);
    assert_eq!(cell.settle()[0], "refuse o1.1 1 Substitutable");
}

#[test]
fn stock_that_comes_back_in_time_fills_what_waits_and_ends_the_offer() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 2)]));
    assert_eq!(cell.then(received("LENS", 2)), ["assign o1.1 main 2"]);
    cell.now = day(9);
    assert!(cell.settle().is_empty());
    assert_eq!(cell.allocator.due(cell.now).again_at, None);
}

#[test]
fn what_nobody_accepts_in_time_is_refused() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 2)]));
    cell.now = day(1);
    cell.then(placed("o2", &[("LENS", 1)]));
    cell.now = day(7).plus_ms(-1);
    assert!(cell.settle().is_empty());
    cell.now = day(7);
    assert_eq!(cell.settle(), ["refuse o1.1 2 Substitutable"]);
    cell.now = day(8);
    let effects = cell.then(received("LENS", 5));
    assert_eq!(
        effects,
        ["refuse o2.1 1 Substitutable"],
        "its time was over"
    );
}

#[test]
fn what_is_given_up_or_closed_is_offered_no_more() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 2)]));
    cell.then(placed("o2", &[("LENS", 2)]));
    assert!(cell.then(cancelled("o1", &[])).is_empty());
    assert!(cell.then(closed("o2")).is_empty());
    assert_eq!(cell.allocator.due(NOW).again_at, None);
    cell.now = day(9);
    assert!(cell.settle().is_empty());
}

#[test]
fn what_was_taken_instead_keeps_whether_it_takes_parts() {
    let mut cell = cell();
    cell.then(complete_only("o1", &[("LENS", 3)]));
    cell.fold(&accepted("o1", 1, "LENS2", 3, 2));
    let effects = cell.then(received("LENS2", 2));
    assert_eq!(effects[0], "wait o1.2 3 behind 0");
    assert_eq!(cell.then(received("LENS2", 1)), ["assign o1.2 main 3"]);
}

#[test]
fn stock_that_crosses_an_acceptance_is_given_back() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 2)]));
    let as_of = cell.revision;
    cell.fold(&received("LENS", 2));
    let settled = cell.due().unwrap();
    cell.fold(&settled.into());
    cell.fold_as_of(as_of, &accepted("o1", 1, "LENS2", 2, 2));
    let effects = cell.settle();
    assert_eq!(effects[0], "release o1.1 main 2 Cancelled");
    assert_eq!(effects[1], "wait o1.2 2 behind 0");
}

#[test]
fn an_offer_is_a_reason_that_can_be_read_out() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 2)]));
    let said = &cell.allocator.explain(&"o1".into(), 1, cell.now).unwrap()[0].sentences;
    let offer = "It was offered something else instead, until 2020-09-20; what still waits then is \
                 refused.";
    assert!(said.contains(&offer.to_owned()), "{said:#?}");
}

#[test]
fn who_is_served_at_the_hour_their_offer_ends_is_not_refused() {
    let mut cell = cell();
    cell.fold(&item("NUT"));
    cell.fold(&received("LENS", 2));
    let together = ship_complete("o1", &[("LENS", 2), ("NUT", 1)]);
    assert_eq!(cell.then(together)[0], "offer o1.1 2 or LENS2/LENS3 for 7");
    // What is decided on others lets the lens come to rest.
    cell.then(placed("o2", &[("LENS3", 1)]));
    cell.now = day(7);
    assert_eq!(
        cell.then(received("NUT", 1)),
        ["assign o1.2 main 1", "assign o1.1 main 2"]
    );
}

#[test]
fn an_unsplit_order_is_refused_when_its_offer_ends() {
    let mut cell = cell();
    cell.fold(&item("NUT"));
    cell.fold(&received("LENS", 2));
    let mut together = order("o1", &[("LENS", 2), ("NUT", 1)]);
    (together.ship_complete, together.no_split) = (true, true);
    together.rest_may_go = true;
    cell.then(together.into());
    cell.then(placed("o2", &[("LENS3", 1)]));
    cell.now = day(7);
    assert_eq!(
        cell.then(received_at("north", "NUT", 1)),
        ["refuse o1.1 2 Substitutable", "assign o1.2 north 1"]
    );
}

#[test]
fn offers_of_two_items_that_end_together_are_refused_together() {
    let mut cell = cell();
    cell.fold(&substitutable("GLASS", &["LENS2"]));
    cell.then(placed("o1", &[("LENS", 2), ("GLASS", 1)]));
    cell.now = day(7);
    let due = cell.due().unwrap();
    assert_eq!((due.effects.len(), due.at_rest), (2, true));
}

#[test]
fn what_was_taken_instead_is_worth_its_own_price() {
    let mut cell = cell();
    cell.then(placed("o1", &[("LENS", 3)]));
    let taken = match accepted("o1", 1, "LENS2", 3, 2) {
        Event::Orders(OrdersEvent::SubstituteAccepted(it)) => SubstituteAccepted {
            unit_price_minor: 250,
            ..it
        },
        other => panic!("{other:?}"),
    };
    cell.then(taken.into());
    let filter = crate::measures::filter(None);
    let it = cell.allocator.measures(&filter, cell.now).unwrap();
    assert_eq!(it.open.value_minor, 750);
}
