//! A clerk's word on the rank of a line.

use backorder_allocation::{AllocatorRefusal as No, MAX_PRIORITY_DAYS, Prioritise};
use domain::command::Outcome;
use domain::event::*;

use crate::baskets::accepted;
use crate::fixture::*;

fn word(order: &str, line: u32, days: i32) -> Prioritise {
    Prioritise {
        priority: format!("{order}-{line}-{days}").as_str().into(),
        order: order.into(),
        line,
        days,
        reason: "promised on the phone".to_owned(),
        by: "ann".to_owned(),
    }
}

/// The word is given, and what follows.
fn say_it(cell: &mut Cell, asked: &Prioritise) -> Vec<String> {
    let outcome = cell.allocator.decide(asked, cell.now).unwrap();
    let Outcome::Record(event) = outcome else {
        panic!("{outcome:?}");
    };
    cell.then(event)
}

/// o1 to o3 wait for two bolts each, a day apart.
fn three_wait() -> Cell {
    let mut cell = Cell::given([item("BOLT")]);
    for (order, at) in [("o1", 0), ("o2", 1), ("o3", 2)] {
        cell.now = day(at);
        cell.then(placed(order, &[("BOLT", 2)]));
    }
    cell
}

fn place(cell: &Cell, order: &str) -> (u64, u64) {
    let place = cell.allocator.queue_place(&order.into(), 1);
    let place = place.unwrap().unwrap();
    (place.place, place.units_ahead)
}

#[test]
fn a_line_goes_up_or_down_by_days_until_another_word() {
    let mut cell = three_wait();
    for (days, wanted) in [
        (1, (3, 4)),
        (2, (2, 2)),
        (3, (1, 0)),
        (-9, (3, 4)),
        (0, (3, 4)),
    ] {
        let asked = word("o3", 1, days);
        let would = cell.allocator.would_stand(&"o3".into(), 1, days);
        say_it(&mut cell, &asked);
        assert_eq!(place(&cell, "o3"), wanted, "{days} days");
        let would = would.unwrap().unwrap();
        assert_eq!((would.place, would.units_ahead), wanted, "{days} days");
    }
    say_it(&mut cell, &word("o3", 1, 4));
    assert_eq!(cell.then(received("BOLT", 2)), ["assign o3.1 main 2"]);
}

#[test]
fn why_says_whose_word_it_is_and_another_rule_leaves_it() {
    let mut cell = three_wait();
    say_it(&mut cell, &word("o3", 1, 3));
    let told = |cell: &Cell| {
        let why = cell.allocator.explain(&"o3".into(), 1, cell.now).unwrap();
        assert_eq!((why[0].moved_days, why[0].effective), (3, day(-1)));
        why[0].sentences.join(" ")
    };
    let moved = "ann moved it 3 days up: promised on the phone.";
    assert!(told(&cell).contains(moved), "{}", told(&cell));
    let rule = RankingRuleSet {
        definition: "d2".into(),
        version: 2,
        explanation: "First come".to_owned(),
        tier_days: [("gold".into(), 30)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 30,
        unchanged: false,
    };
    cell.then(rule.into());
    assert_eq!(place(&cell, "o3"), (1, 0));
    assert!(told(&cell).contains(moved));
}

#[test]
fn what_is_taken_instead_stands_where_the_line_stood() {
    let offers = Segment::Substitutable {
        alternatives: vec!["BOLT".into()],
        offer_days: None,
    };
    let mut cell = three_wait();
    cell.fold(&item_as("OLD", offers, None));
    cell.then(placed("o4", &[("OLD", 2)]));
    say_it(&mut cell, &word("o4", 1, 9));
    cell.then(accepted("o4", 1, "BOLT", 2, 2));
    assert_eq!(cell.then(received("BOLT", 2)), ["assign o4.2 main 2"]);
}

#[test]
fn all_lines_of_an_order_that_goes_whole_have_one_rank() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.then(placed("o1", &[("BOLT", 1)]));
    cell.then(ship_complete("o2", &[("BOLT", 1), ("NUT", 1)]));
    let refused = |asked: &Prioritise| cell.allocator.decide(asked, cell.now).unwrap_err();
    let order = "o2".into();
    assert_eq!(refused(&word("o2", 1, 2)), No::WrongLineAlone { order });
    say_it(&mut cell, &word("o2", 0, 2));
    cell.then(received("NUT", 1));
    assert_eq!(
        cell.then(received("BOLT", 1)),
        ["assign o2.1 main 1", "assign o2.2 main 1"]
    );
}

#[test]
fn a_word_has_bounds_a_reason_and_somebody_whose_it_is() {
    let cell = three_wait();
    let refused = |asked: &Prioritise| cell.allocator.decide(asked, cell.now).unwrap_err();
    for days in [
        MAX_PRIORITY_DAYS + 1,
        -MAX_PRIORITY_DAYS - 1,
        i32::MIN,
        i32::MAX,
    ] {
        assert_eq!(refused(&word("o1", 1, days)), No::DaysOutOfRange { days });
    }
    let silent = Prioritise {
        reason: " ".to_owned(),
        ..word("o1", 1, 1)
    };
    assert_eq!(refused(&silent), No::ReasonMalformed {});
    let nobodys = Prioritise {
        by: "a\nb".to_owned(),
        ..word("o1", 1, 1)
    };
    assert_eq!(refused(&nobodys), No::ByMalformed {});
    let (order, line) = ("o1".into(), 7);
    assert_eq!(refused(&word("o1", 7, 1)), No::UnknownLine { order, line });
    let order = "o9".into();
    assert_eq!(refused(&word("o9", 1, 1)), No::UnknownOrder { order });
}

#[test]
fn a_date_that_moves_by_a_word_says_so() {
    let mut cell = three_wait();
    cell.then(purchased("po-1", "BOLT", 2, day(40)));
    let asked = word("o3", 1, 3);
    let Ok(Outcome::Record(event)) = cell.allocator.decide(&asked, cell.now) else {
        panic!("{asked:?}");
    };
    cell.fold(&event);
    let settled = cell.due().unwrap();
    let told: Vec<String> = settled.effects.iter().map(say).collect();
    assert_eq!(told[0], "promise o3.1 po-1 day 40", "{told:?}");
    let causes = settled.causes.iter().map(|cause| cause.what);
    assert_eq!(causes.collect::<Vec<What>>(), [What::Prioritised]);
}
