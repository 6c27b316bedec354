//! Facts that came between a decision and its record: put right by what is due next.

use domain::event::Segment;

use domain::event::{Event, RankingRuleSet};

use crate::fixture::*;

#[test]
fn stock_assigned_to_units_cancelled_meanwhile_is_taken_back() {
    let mut cell = Cell::given([
        item("BOLT"),
        received("BOLT", 3),
        placed("o1", &[("BOLT", 3)]),
    ]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&cancelled("o1", &[]));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["release o1.1 main 3 Cancelled"]);
}

#[test]
fn stock_assigned_to_an_order_closed_meanwhile_is_free() {
    let mut cell = Cell::given([
        item("BOLT"),
        received("BOLT", 3),
        placed("o1", &[("BOLT", 3)]),
    ]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.fold(&cancelled("o1", &[]));
    cell.fold(&closed("o1"));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["assign o2.1 main 3"]);
}

#[test]
fn stock_assigned_but_counted_down_meanwhile_is_taken_back() {
    let mut cell = Cell::given([
        item("BOLT"),
        received("BOLT", 3),
        placed("o1", &[("BOLT", 3)]),
    ]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&adjusted("BOLT", -1));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(
        cell.settle(),
        [
            "release o1.1 main 1 CountedDown",
            "promise o1.1 estimate day 7"
        ]
    );
}

#[test]
fn a_delay_meanwhile_moves_the_date_just_promised() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(5))]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&delayed("p1", "BOLT", day(20)));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["promise o1.1 p1 day 20"]);
}

#[test]
fn a_cancellation_meanwhile_moves_up_who_was_just_promised_a_date_behind_it() {
    let mut cell = Cell::given([
        item("BOLT"),
        purchased("p1", "BOLT", 3, day(5)),
        purchased("p2", "BOLT", 3, day(20)),
        placed("o1", &[("BOLT", 3)]),
        placed("o2", &[("BOLT", 3)]),
    ]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&cancelled("o1", &[]));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["promise o2.1 p1 day 5"]);
}

#[test]
fn a_new_lead_time_reaches_lines_with_an_unknown_promise() {
    let segment = || Segment::Backorderable {
        cap: 10,
        longest_wait_days: 90,
    };
    let mut cell = Cell::given([
        item_as("BOLT", segment(), None),
        placed("o1", &[("BOLT", 3)]),
    ]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&item_as("BOLT", segment(), Some(4)));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["promise o1.1 estimate day 4"]);
}

#[test]
fn a_receipt_meanwhile_goes_to_who_just_began_to_wait() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&received("BOLT", 3));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["assign o1.1 main 3"]);
}

#[test]
fn goods_that_left_though_cancelled_leave_the_count_right() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    cell.fold(&wave("o1", 1, "BOLT", 3));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(cancelled("o1", &[])),
        [
            "release o1.1 main 3 Cancelled in wave",
            "assign o2.1 main 3"
        ]
    );
    assert_eq!(
        cell.then(shipped("o1", 1, "BOLT", 3)),
        [
            "release o2.1 main 3 CountedDown",
            "promise o2.1 estimate day 7"
        ]
    );
}

#[test]
fn another_rule_meanwhile_is_looked_at_by_who_was_about_to_be_served() {
    let mut cell = Cell::given([item("BOLT"), placed("o1", &[("BOLT", 3)])]);
    cell.then(gold("g1", &[("BOLT", 3)]));
    cell.fold(&received("BOLT", 3));
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&another_rule());
    cell.fold_as_of(as_of, &decided.into());
    // The gold one has it, as was decided; what comes next goes by the new ranks.
    cell.settle();
    cell.fold(&gold("g2", &[("BOLT", 3)]));
    cell.settle();
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o1.1 main 3"]);
}

/// Nobody is boosted.
fn another_rule() -> Event {
    boosting(&[])
}

/// Tiers are boosted by so many days.
fn boosting(tiers: &[(&str, u32)]) -> Event {
    let tier_days = tiers.iter().map(|(tier, days)| ((*tier).into(), *days));
    RankingRuleSet {
        definition: format!("r{}", tiers.len()).as_str().into(),
        version: 7,
        explanation: "First come".into(),
        tier_days: tier_days.collect(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 14,
        unchanged: false,
    }
    .into()
}

#[test]
fn another_rule_moves_the_dates_of_those_who_change_places() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(3))]);
    cell.fold(&purchased("p2", "BOLT", 3, day(20)));
    cell.then(placed("o1", &[("BOLT", 3)]));
    cell.then(gold("g1", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(another_rule()),
        ["promise o1.1 p1 day 3", "promise g1.1 p2 day 20"]
    );
}

#[test]
fn another_rule_is_looked_at_also_where_it_moves_everybody() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(9))]);
    cell.fold(&purchased("p2", "BOLT", 3, day(20)));
    cell.fold(&boosting(&[("gold", 14), ("silver", 3)]));
    let mut silver = order("s1", &[("BOLT", 3)]);
    silver.customer.tier = "silver".into();
    cell.then(silver.into());
    cell.now = day(1);
    cell.then(gold("g1", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(another_rule()),
        ["promise s1.1 p1 day 9", "promise g1.1 p2 day 20"]
    );
}

#[test]
fn a_fact_that_crossed_a_decision_is_settled_next() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), placed("o1", &[("NUT", 5)])]);
    cell.settle();
    // In line since then, though it moves no date: it covers only a part.
    cell.fold(&purchased("p1", "NUT", 1, day(3)));
    cell.fold(&placed("o2", &[("BOLT", 1)]));
    let (as_of, decided) = (cell.revision, cell.due().unwrap());
    assert!(decided.at_rest && decided.effects.iter().all(|it| it.order().as_str() == "o2"));
    cell.fold(&received("NUT", 5));
    cell.fold_as_of(as_of, &decided.into());
    assert_eq!(cell.settle(), ["assign o1.1 main 5"]);
}
