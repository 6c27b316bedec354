//! A told day that has come goes first, where the ranking rule says so: from the day on, as a fact
//! of the log, and as long as the line waits.

use backorder_allocation::Allocator;
use domain::decider::Decider;
use domain::event::{Event, PromisesDue, RankingRuleSet, What};
use domain::ids::{DAY_MS, Position, Revision};
use proptest::prelude::*;

use crate::fixture::*;

fn told_days_count(max_boost_days: u32) -> RankingRuleSet {
    RankingRuleSet {
        definition: "r1".into(),
        version: 1,
        explanation: "First come; a told day that has come goes first".into(),
        tier_days: [("gold".into(), 14)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: Some(30),
        max_boost_days,
        unchanged: false,
    }
}

fn line_up(room: &Allocator, sku: &str) -> Vec<String> {
    let page = room.queue(&sku.into(), None, 100).unwrap();
    let lines = page.lines.iter();
    lines.map(|line| line.order.to_string()).collect()
}

/// The first line was told day 5, until a gold one came, which was told day 9.
fn two_told() -> Cell {
    let mut cell = Cell::given([
        item("BOLT"),
        told_days_count(44).into(),
        purchased("p1", "BOLT", 2, day(5)),
        purchased("p2", "BOLT", 5, day(9)),
    ]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.then(gold("o2", &[("BOLT", 5)]));
    assert_eq!(line_up(&cell.allocator, "BOLT"), ["o2", "o1"]);
    cell
}

#[test]
fn a_told_day_that_has_come_goes_first_from_the_begin_of_the_day() {
    let mut cell = two_told();
    // Day 5 begins at midnight, not at the hour of its promise.
    let begins_at = day(5).plus_ms(-(day(5).as_ms() % DAY_MS));
    cell.now = begins_at.plus_ms(-1);
    let due = cell.allocator.due(cell.now);
    assert!(due.events.is_empty(), "{due:?}");
    assert_eq!(due.again_at, Some(begins_at));
    cell.now = begins_at;
    let due = cell.allocator.due(cell.now).events;
    let come = PromisesDue {
        day_begins_at: begins_at,
        lines: 1,
    };
    assert_eq!(due, [Event::from(come)]);
    cell.settle();
    assert_eq!(line_up(&cell.allocator, "BOLT"), ["o1", "o2"]);
    assert!(cell.allocator.due(cell.now).events.is_empty());
    let why = cell.allocator.explain(&"o1".into(), 1, cell.now).unwrap();
    assert_eq!(why[0].boost_days, 30);
    assert_eq!(
        why[0].sentences[1],
        "It was placed on 2020-09-13 and counts as placed 30 days earlier: 30 days for the day \
         that was told, which has come (rule 1: First come; a told day that has come goes first)."
    );
    // Both days have come: the gold one goes first again, though it was told the later day.
    cell.now = day(9);
    cell.settle();
    assert_eq!(line_up(&cell.allocator, "BOLT"), ["o2", "o1"]);
}

#[test]
fn who_is_told_a_later_day_goes_by_the_first_and_who_waits_no_more_by_none() {
    let mut cell = two_told();
    cell.then(delayed("p1", "BOLT", day(12)));
    cell.now = day(5);
    cell.settle();
    let key = |cell: &Cell| {
        let why = cell.allocator.explain(&"o1".into(), 1, cell.now).unwrap();
        why[0].boost_days
    };
    assert_eq!(key(&cell), 30, "day 12 is told now, day 5 was first");
    // A part of it is here: it still waits for the rest.
    cell.then(received("BOLT", 1));
    assert_eq!(key(&cell), 30);
    cell.then(received("BOLT", 1));
    assert_eq!(key(&cell), 0);
    // It loses a unit to a count: a wait of its own, with a day of its own.
    cell.then(adjusted("BOLT", -1));
    assert_eq!(key(&cell), 0);
    assert_eq!(line_up(&cell.allocator, "BOLT"), ["o2", "o1"]);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
}

#[test]
fn an_order_that_goes_whole_goes_first_once_the_last_of_its_days_has_come() {
    let mut cell = Cell::given([
        item("BOLT"),
        item("NUT"),
        told_days_count(44).into(),
        purchased("p1", "BOLT", 5, day(5)),
        purchased("p2", "NUT", 5, day(9)),
    ]);
    cell.then(ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    cell.then(gold("o2", &[("BOLT", 1), ("NUT", 1)]));
    let lines = |cell: &Cell| ["BOLT", "NUT"].map(|sku| line_up(&cell.allocator, sku));
    cell.now = day(5);
    cell.settle();
    assert_eq!(lines(&cell), [["o2", "o1"], ["o2", "o1"]]);
    cell.then(cancelled("o2", &[(1, 1)]));
    cell.now = day(9);
    assert_eq!(cell.settle()[0], "due 2");
    // The gold line for nuts was told day 9 as well.
    assert_eq!(lines(&cell)[1], ["o2", "o1"]);
    let why = cell.allocator.explain(&"o1".into(), 0, cell.now).unwrap();
    assert_eq!([why[0].boost_days, why[1].boost_days], [30, 30]);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
}

#[test]
fn dates_that_move_by_it_say_so() {
    let mut cell = two_told();
    cell.now = day(5);
    let come = cell.allocator.due(cell.now).events.remove(0);
    cell.fold(&come);
    let position = cell.revision;
    let causes = cell.due().unwrap().causes;
    let causes: Vec<_> = causes.iter().map(|it| (it.what, it.at)).collect();
    let come = Position {
        revision: Revision(position),
        index: 0,
    };
    assert_eq!(causes, [(What::PromisesDue, Some(come))]);
}

#[test]
fn together_no_more_than_the_bound_and_under_another_rule_nothing() {
    let mut cell = two_told();
    cell.now = day(9);
    cell.settle();
    cell.then(
        RankingRuleSet {
            definition: "r2".into(),
            version: 2,
            ..told_days_count(35)
        }
        .into(),
    );
    let days = |cell: &Cell| {
        ["o1", "o2"].map(|id| {
            let why = cell.allocator.explain(&id.into(), 1, cell.now).unwrap();
            why[0].boost_days
        })
    };
    assert_eq!(days(&cell), [30, 35]);
    cell.then(
        RankingRuleSet {
            definition: "r3".into(),
            version: 3,
            promise_due_days: None,
            ..told_days_count(35)
        }
        .into(),
    );
    assert_eq!(days(&cell), [0, 14]);
    cell.then(
        RankingRuleSet {
            definition: "r4".into(),
            version: 4,
            ..told_days_count(35)
        }
        .into(),
    );
    assert_eq!(days(&cell), [30, 35]);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
}

proptest! {
    #[test]
    fn a_rule_that_comes_late_finds_who_is_due_as_if_it_had_stood_from_the_start(
        orders in prop::collection::vec((0_u8..3, 1_u32..9, 0_u8..4), 1..20),
        later in prop::collection::vec(0_i64..6, 1..4),
    ) {
        let supply = (0..6).map(|n| purchased(&format!("p{n}"), "BOLT", 7, day(n * 2)));
        let facts: Vec<Event> = [item("BOLT"), item("NUT")].into_iter().chain(supply).collect();
        let (mut before, mut after) = (Cell::given(facts.clone()), Cell::given(facts));
        // Nobody is served, so both are told the same days; ranks do not count for these yet.
        before.fold(&told_days_count(44).into());
        for (number, (kind, units, sku)) in orders.iter().enumerate() {
            let lines = [("BOLT", *units), ("NUT", *units)];
            let lines = if *sku == 0 { &lines[..] } else { &lines[..1] };
            let id = format!("o{number}");
            let fact = if *kind == 0 { ship_complete(&id, lines) } else { placed(&id, lines) };
            for cell in [&mut before, &mut after] {
                cell.then(fact.clone());
            }
        }
        for days in later {
            for cell in [&mut before, &mut after] {
                cell.now = cell.now.plus_days(days);
            }
            before.settle();
        }
        after.fold(&told_days_count(44).into());
        after.settle();
        for sku in ["BOLT", "NUT"] {
            prop_assert_eq!(line_up(&before.allocator, sku), line_up(&after.allocator, sku));
        }
    }
}
