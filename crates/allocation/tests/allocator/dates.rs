//! Pegs and promises: which inbound covers whom, and when a date is told anew.

use backorder_allocation::DELIVERIES_NEEDED;
use domain::decider::Decider;
use domain::event::{AllocatorEvent, Effect, Event, Promise, Segment};
use domain::exception::{Exception, ExceptionKind, Exceptions, Worst};

use crate::baskets::to_hold;
use crate::fixture::*;

#[test]
fn the_promise_is_the_first_inbound_that_covers_the_demand_ahead() {
    let mut cell = Cell::given([item("BOLT"), purchased("p2", "BOLT", 5, day(20))]);
    cell.fold(&purchased("p1", "BOLT", 4, day(10)));
    for id in ["o1", "o2", "o3", "o4"] {
        cell.fold(&placed(id, &[("BOLT", 3)]));
    }
    let promises: Vec<String> = cell
        .settle()
        .into_iter()
        .filter(|said| said.starts_with("promise"))
        .collect();
    assert_eq!(
        promises,
        [
            "promise o1.1 p1 day 10",
            "promise o2.1 p2 day 20",
            "promise o3.1 p2 day 20",
            "promise o4.1 estimate day 7"
        ]
    );
}

#[test]
fn an_item_that_is_not_bought_again_promises_nothing() {
    let segment = domain::event::Segment::Backorderable {
        cap: 9,
        longest_wait_days: 1,
    };
    let mut cell = Cell::given([item_as("BOLT", segment.clone(), None)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 3)])),
        ["wait o1.1 3 behind 0", "promise o1.1 unknown"]
    );
    // Until it is.
    assert_eq!(
        cell.then(item_as("BOLT", segment, Some(7))),
        ["promise o1.1 estimate day 7"]
    );
}

#[test]
fn a_delay_moves_the_promises_that_it_touches() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    cell.fold(&purchased("p2", "BOLT", 3, day(20)));
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert!(
        cell.then(delayed("p1", "BOLT", day(11))).is_empty(),
        "within the tolerance"
    );
    assert_eq!(
        cell.then(delayed("p1", "BOLT", day(15))),
        ["promise o1.1 p1 day 15"]
    );
    let effects = cell.then(delayed("p1", "BOLT", day(30)));
    assert_eq!(
        effects,
        ["promise o1.1 p2 day 20", "promise o2.1 p1 day 30"]
    );
}

#[test]
fn a_rejected_line_leaves_an_estimate() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(rejected("p1", "BOLT", 3)),
        ["promise o1.1 estimate day 7"]
    );
}

#[test]
fn a_part_delivery_comes_when_it_was_said_and_the_rest_as_before() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 6, day(10))]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(dispatched("p1", "BOLT", 3, day(4))),
        ["promise o1.1 p1 day 4"]
    );
    assert_eq!(
        cell.then(received_of("p1", "BOLT", 3)),
        ["assign o1.1 main 3"]
    );
    assert_eq!(
        cell.then(delayed("p1", "BOLT", day(13))),
        ["promise o2.1 p1 day 13"]
    );
}

#[test]
fn an_estimate_becomes_the_date_of_the_inbound_that_covers_it() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.settle();
    assert!(
        cell.then(purchased("p1", "BOLT", 2, day(3))).is_empty(),
        "covers only a part"
    );
    assert_eq!(
        cell.then(purchased("p2", "BOLT", 2, day(4))),
        ["promise o1.1 p2 day 4"]
    );
}

#[test]
fn a_better_ranked_newcomer_moves_those_behind_it() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(3))]);
    cell.fold(&purchased("p2", "BOLT", 3, day(20)));
    cell.then(placed("o1", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 3)])),
        [
            "wait o2.1 3 behind 0",
            "promise o2.1 p1 day 3",
            "promise o1.1 p2 day 20"
        ]
    );
    assert_eq!(cell.then(cancelled("o2", &[])), ["promise o1.1 p1 day 3"]);
}

#[test]
fn a_receipt_moves_nobody_whose_inbound_still_covers_them() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(3))]);
    cell.fold(&purchased("p2", "BOLT", 3, day(20)));
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(
        cell.then(received_of("p1", "BOLT", 3)),
        ["assign o1.1 main 3"]
    );
}

#[test]
fn an_estimate_is_promised_anew_only_when_it_has_lapsed() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.settle();
    assert_eq!(cell.allocator.due(cell.now).again_at, Some(day(8)));
    cell.now = day(7);
    assert!(cell.settle().is_empty());
    cell.now = day(8);
    assert_eq!(cell.settle(), ["promise o1.1 estimate day 15"]);
    assert_eq!(cell.allocator.due(cell.now).again_at, Some(day(16)));
}

#[test]
fn an_overdue_inbound_is_expected_one_two_four_eight_days_after_its_date() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    let mut promised = Vec::new();
    for hours in 0..24 * 60 {
        cell.now = day(5).plus_ms(hours * domain::ids::HOUR_MS);
        promised.extend(cell.settle());
    }
    let days = [12, 14, 18, 26, 42, 74].map(|day| format!("promise o1.1 p1 day {day}"));
    assert_eq!(promised, days);
}

#[test]
fn a_line_that_waits_no_more_is_promised_no_more() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.settle();
    cell.then(received("BOLT", 3));
    assert_eq!(cell.allocator.due(cell.now).again_at, None);
    cell.now = day(30);
    assert!(cell.settle().is_empty());
}

#[test]
fn a_promise_within_tolerance_moves_with_the_lead_time() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 1, day(7))]);
    cell.then(placed("o1", &[("BOLT", 1)]));
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 1)])),
        ["wait o2.1 1 behind 0", "promise o2.1 p1 day 7"]
    );
    let segment = Segment::Backorderable {
        cap: 1_000,
        longest_wait_days: 90,
    };
    assert_eq!(
        cell.then(item_as("BOLT", segment, Some(10))),
        ["promise o1.1 estimate day 10"]
    );
}

#[test]
fn who_is_served_at_the_hour_their_date_lapses_is_promised_no_other() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.settle();
    cell.now = day(8);
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o1.1 main 3"]);
}

#[test]
fn a_date_lapses_also_while_stock_is_there_that_they_cannot_use_yet() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.then(ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    cell.now = day(8);
    assert_eq!(
        cell.then(received("BOLT", 1)),
        [
            "promise o1.1 estimate day 15",
            "promise o1.2 estimate day 15"
        ]
    );
}

#[test]
fn the_current_date_is_shown_beside_the_promise() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 9, day(10))]);
    cell.then(placed("o1", &[("BOLT", 3), ("BOLT", 2)]));
    cell.then(delayed("p1", "BOLT", day(11)));
    let at = |days| {
        Some(Promise::Inbound {
            purchase_order: "p1".into(),
            at: day(days),
        })
    };
    let all = cell.allocator.dates(&"o1".into(), 0, cell.now).unwrap();
    let said: Vec<_> = all.iter().map(|it| (it.line, it.backordered)).collect();
    assert_eq!(said, [(1, 3), (2, 2)]);
    let one = cell.allocator.dates(&"o1".into(), 2, cell.now).unwrap();
    assert_eq!(one, all[1..]);
    assert_eq!((&one[0].promised, &one[0].current), (&at(10), &at(11)));
    assert!(cell.allocator.dates(&"o1".into(), 3, cell.now).is_err());
}

#[test]
fn who_was_served_before_their_date_lapsed_moves_nobody_elses() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(4))]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    for at in [5, 7, 9] {
        cell.now = day(at);
        cell.settle();
    }
    cell.fold(&purchased("p2", "BOLT", 3, day(11)));
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 3)])),
        ["wait o2.1 3 behind 0", "promise o2.1 p2 day 11"]
    );
    assert_eq!(
        cell.then(received_of("p2", "BOLT", 3)),
        ["assign o2.1 main 3"]
    );
    // What is overdue is expected later from its day on; the date that was told has not passed.
    cell.now = day(12);
    assert!(cell.settle().is_empty());
    cell.now = day(13);
    assert_eq!(cell.settle(), ["promise o1.1 p1 day 20"]);
}

#[test]
fn a_date_after_the_wait_of_another_line_is_not_that_lines() {
    let lines = [("BOLT", 1), ("NUT", 1)];
    let mut given = Cell::given([item("BOLT"), item("NUT"), placed("o1", &lines)]);
    given.fold(&placed("o2", &lines));
    let mut settled = given.due().unwrap();
    // Who waits is said first, and until when after it: the first date follows the last wait,
    // and is in turn of another order, of another line of the same one, and of that very line.
    let waits = |effect: &Effect| matches!(effect, Effect::Backordered(_));
    settled.effects.sort_by_key(|effect| !waits(effect));
    for (days, effect) in (10..).zip(&mut settled.effects[4..]) {
        let Effect::Promised(it) = effect else {
            panic!("{effect:?}")
        };
        it.promise = Promise::Estimate { at: day(days) };
    }
    for _ in 0..4 {
        settled.effects[4..].rotate_left(1);
        let mut cell = Cell::given([item("BOLT"), item("NUT"), placed("o1", &lines)]);
        cell.fold(&placed("o2", &lines));
        cell.fold(&Event::Allocator(AllocatorEvent::Settled(settled.clone())));
        for effect in &settled.effects[4..] {
            let order = cell.allocator.order(effect.order()).unwrap();
            let promised = order.line(effect.line()).unwrap().promised.clone();
            let Effect::Promised(it) = effect else {
                panic!("{effect:?}")
            };
            assert_eq!(promised, Some(it.promise.clone()));
        }
    }
}

#[test]
fn what_a_supplier_has_delivered_says_when_the_rest_is_likely_here() {
    let mut cell = Cell::given([item("BOLT")]);
    for number in 0..DELIVERIES_NEEDED {
        let id = format!("h{number}");
        cell.now = day(0);
        cell.fold(&purchased(&id, "BOLT", 1, day(10)));
        cell.now = day(13);
        cell.fold(&received_of(&id, "BOLT", 1));
    }
    let promise = Promise::Estimate { at: day(20) };
    let outlook = |cell: &Cell| cell.allocator.outlook(&promise, &"BOLT".into(), day(14));
    let likely = outlook(&cell).unwrap();
    assert_eq!((likely.usual_days, likely.p90), (3, day(23)));
    assert_eq!(outlook(&Cell::given([item("BOLT")])), None);
}

/// What is decided in each of so many events, before each of which somebody comes.
fn busy(cell: &mut Cell, events: u32) -> Vec<Vec<String>> {
    let event = |number| {
        cell.fold(&placed(&format!("n{number}"), &[("BOLT", 1)]));
        let settled = cell.due().unwrap();
        let said = settled.effects.iter().map(say).collect();
        cell.fold(&settled.into());
        said
    };
    (0..events).map(event).collect()
}

#[test]
fn who_waits_hears_of_a_delay_though_somebody_comes_before_each_event() {
    let mut cell = Cell::given([capped("BOLT", 1_000_000, 90)]);
    cell.fold(&purchased("p1", "BOLT", 10_000, day(20)));
    for number in 0..1_500 {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 3)]));
    }
    cell.settle();
    cell.fold(&delayed("p1", "BOLT", day(40)));
    let said = busy(&mut cell, 36);
    let moved = |said: &Vec<String>| {
        let promised = said.iter().filter(|it| it.starts_with("promise o"));
        promised.count()
    };
    let comes = |said: &Vec<String>| said.iter().any(|it| it.starts_with("wait n"));
    let moved: Vec<usize> = said.iter().map(moved).collect();
    // Who comes is decided on for a while; then every second event is for dates.
    assert_eq!(moved, [vec![0; 32], vec![1_000, 0, 500, 0]].concat());
    let came: Vec<bool> = said.iter().map(comes).collect();
    assert_eq!(
        came,
        [vec![true; 32], vec![false, true, false, true]].concat()
    );
}

#[test]
fn dates_that_come_first_keep_nobody_from_holding_what_is_free() {
    let mut cell = Cell::given([capped("BOLT", 1_000_000, 90), received("BOLT", 5)]);
    cell.fold(&purchased("p1", "BOLT", 10_000, day(20)));
    cell.then(complete_only("o1", &[("BOLT", 9)]));
    cell.fold(&delayed("p1", "BOLT", day(40)));
    for number in 0..32 {
        let comes = complete_only(&format!("n{number}"), &[("BOLT", 9)]);
        cell.fold(&comes);
        let settled = cell.due().unwrap();
        cell.fold(&settled.into());
    }
    let dates = cell.due().unwrap();
    assert_eq!(say(&dates.effects[0]), "promise o1.1 p1 day 40");
    let held = decide::<HoldStock>(&cell.allocator, to_hold("h1", "BOLT", 5), cell.now);
    assert!(held.is_ok(), "{held:?}");
}

#[test]
fn a_new_order_is_decided_at_once_if_no_promise_moves() {
    let mut cell = Cell::given([capped("BOLT", 1_000_000, 90)]);
    cell.fold(&purchased("p1", "BOLT", 10_000, day(20)));
    cell.then(placed("o1", &[("BOLT", 3)]));
    cell.fold(&delayed("p1", "BOLT", day(20).plus_ms(1)));
    for (number, said) in busy(&mut cell, 40).iter().enumerate() {
        assert!(
            said[0].starts_with(&format!("wait n{number}.1")),
            "{said:?}"
        );
    }
}

fn exceptions(cell: &Cell) -> Vec<Exception> {
    let mut worst = Worst::after(None, 10);
    cell.allocator.exceptions(cell.now, &mut worst);
    worst.page().exceptions
}

#[test]
fn a_line_that_waits_past_its_date_is_told_to_a_person_until_it_is_promised_anew() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 4)]));
    cell.settle();
    cell.now = day(9);
    // The estimate of the second one has lapsed by then.
    cell.settle();
    assert_eq!(exceptions(&cell), []);
    cell.now = day(10);
    let [overdue] = exceptions(&cell).try_into().unwrap();
    assert_eq!(overdue.kind, ExceptionKind::PromiseOverdue);
    assert_eq!((overdue.order, overdue.line), (Some("o1".into()), Some(1)));
    let told = format!("3 of BOLT wait; the customer was told {}", day(10).date());
    assert_eq!((overdue.quantity, overdue.text), (3, told));
    cell.now = day(11);
    cell.settle();
    assert_eq!(exceptions(&cell), []);
}

#[test]
fn lines_that_nothing_known_could_cover_are_told_as_one_by_sku() {
    let segment = Segment::Backorderable {
        cap: 9,
        longest_wait_days: 1,
    };
    let mut cell = Cell::given([item_as("BOLT", segment.clone(), None)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.fold(&placed("o2", &[("BOLT", 1)]));
    cell.settle();
    let [unknown] = exceptions(&cell).try_into().unwrap();
    assert_eq!(unknown.kind, ExceptionKind::SupplyUnknown);
    assert_eq!(unknown.text, "2 lines wait for 4 of BOLT; 0 inbound");
    assert_eq!(unknown.since, NOW);
    cell.then(item_as("BOLT", segment, Some(7)));
    assert_eq!(exceptions(&cell), []);
}
