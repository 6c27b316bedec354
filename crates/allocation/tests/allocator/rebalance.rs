//! Rebalancing on the engine: what was previewed is what is done and told, or nothing is.

use backorder_allocation::AllocatorRefusal;
use backorder_allocation::rebalance::{Preview, PromiseState};
use domain::command::Outcome;
use domain::event::*;

use crate::fixture::*;

pub fn segment(orders: &[&str], strategy: RunStrategy) -> RunSegment {
    let orders = orders.iter().map(|order| (*order).into()).collect();
    RunSegment {
        filter: RunFilter {
            orders,
            ..RunFilter::default()
        },
        sort: Vec::new(),
        strategy,
    }
}

pub fn tier(tier: &str, strategy: RunStrategy) -> RunSegment {
    RunSegment {
        filter: RunFilter {
            tiers: vec![tier.into()],
            ..RunFilter::default()
        },
        sort: Vec::new(),
        strategy,
    }
}

pub fn preview(cell: &Cell, segments: &[RunSegment], budget: Option<u32>) -> Preview {
    let preview = cell
        .allocator
        .room
        .clone()
        .preview_rebalance(segments, budget, cell.now);
    preview.unwrap()
}

pub fn asked(run: &str, segments: &[RunSegment], budget: Option<u32>, preview: &str) -> Rebalanced {
    Rebalanced {
        run: run.into(),
        rule: 0,
        segments: segments.to_vec(),
        nervousness_budget: budget,
        preview: preview.to_owned(),
        effects: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
}

/// Previews, commits and settles. What was done and settled, in words.
pub fn run(cell: &mut Cell, segments: &[RunSegment], budget: Option<u32>) -> Vec<String> {
    let shown = preview(cell, segments, budget);
    let asked = asked("r1", segments, budget, &shown.token);
    let before = cell.allocator.clone();
    let mut said: Vec<String> =
        match decide::<CommitRebalance>(&cell.allocator, asked.clone(), cell.now).unwrap() {
            Outcome::Record(Event::Allocator(AllocatorEvent::Rebalanced(run))) => {
                cell.fold(&run.clone().into());
                run.effects.iter().map(say).collect()
            }
            other => panic!("{other:?}"),
        };
    said.extend(cell.settle());
    for moved in &shown.promises {
        let promised = cell.allocator.promise(&moved.order, moved.line).unwrap();
        let now = match promised.promise.as_ref().and_then(Promise::at) {
            _ if promised.backordered == 0 => PromiseState::InStock,
            Some(at) => PromiseState::Date(at),
            None => PromiseState::Undated,
        };
        assert_eq!(now, moved.becomes, "{moved:?}");
        let was = before.promise(&moved.order, moved.line).unwrap();
        assert_eq!(was.backordered == 0, moved.was == PromiseState::InStock);
    }
    said
}

/// `early` holds 4 of 6 BOLT, `late` holds 2 and waits for 2, `vip` waits for 3; 10 come on day 20.
fn shop() -> Cell {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 6)]);
    cell.fold(&purchased("p1", "BOLT", 10, day(20)));
    cell.then(placed("early", &[("BOLT", 4)]));
    cell.then(placed("late", &[("BOLT", 4)]));
    cell.then(placed("vip", &[("BOLT", 3)]));
    cell
}

#[test]
fn what_was_previewed_is_what_is_done_and_what_is_promised() {
    let mut cell = shop();
    let segments = [
        segment(&["vip"], RunStrategy::Win),
        segment(&["early", "late"], RunStrategy::Fill),
    ];
    let shown = preview(&cell, &segments, None);
    assert_eq!(shown.promises_moved, 2, "{shown:#?}");
    assert_eq!((shown.units, shown.value_minor), ((3, 3), (300, 300)));
    assert_eq!(
        run(&mut cell, &segments, None),
        [
            "release early.1 main 1 Rebalanced",
            "release late.1 main 2 Rebalanced",
            "assign vip.1 main 3",
            "promise early.1 p1 day 20",
        ]
    );
}

#[test]
fn a_line_in_a_released_wave_gives_nothing_and_an_exception_says_so() {
    let mut cell = shop();
    cell.fold(&wave("late", 1, "BOLT", 2));
    let segments = [
        segment(&["vip"], RunStrategy::Win),
        segment(&["late"], RunStrategy::Lose),
    ];
    let shown = preview(&cell, &segments, None);
    assert!(shown.lines.is_empty() && shown.promises.is_empty());
    assert_eq!(shown.exceptions[0].short, 3);
    assert!(run(&mut cell, &segments, None).is_empty());
}

#[test]
fn units_that_no_line_of_the_run_takes_go_by_rank() {
    let mut cell = shop();
    let segments = [segment(&["early"], RunStrategy::Lose)];
    // `early` ranks first of those who wait, so the settling gives it all back, and the preview
    // says that no promise moves.
    let shown = preview(&cell, &segments, None);
    assert_eq!((shown.lines[0].before, shown.lines[0].after), (4, 0));
    assert_eq!(shown.promises_moved, 0);
    assert_eq!(
        run(&mut cell, &segments, None),
        ["release early.1 main 4 Rebalanced", "assign early.1 main 4"]
    );
    let mut cell = shop();
    let segments = [segment(&["late"], RunStrategy::Lose)];
    assert_eq!(
        run(&mut cell, &segments, None),
        ["release late.1 main 2 Rebalanced", "assign late.1 main 2"]
    );
}

#[test]
fn the_budget_lets_the_first_changes_through_and_promises_what_it_left_out() {
    let mut cell = shop();
    cell.then(placed("vip2", &[("BOLT", 1)]));
    let segments = [
        segment(&["vip", "vip2"], RunStrategy::Gain),
        segment(&["early", "late"], RunStrategy::Fill),
    ];
    let all = preview(&cell, &segments, None);
    assert_eq!((all.changes, all.promises_moved), (2, 3));
    let some = preview(&cell, &segments, Some(2));
    assert_eq!((some.changes, some.changes_left_out), (1, 1));
    assert!(some.promises_moved <= 2);
    assert!(
        some.left_out
            .iter()
            .any(|line| line.order.as_str() == "vip2")
    );
    let said = run(&mut cell, &segments, Some(2));
    assert!(said.iter().all(|word| !word.contains("vip2")), "{said:?}");
}

#[test]
fn a_state_that_moved_on_is_not_rebalanced() {
    let mut cell = shop();
    let segments = [
        segment(&["vip"], RunStrategy::Win),
        segment(&["early", "late"], RunStrategy::Fill),
    ];
    let shown = preview(&cell, &segments, None);
    cell.then(received("BOLT", 1));
    let asked = asked("r1", &segments, None, &shown.token);
    let refused = decide::<CommitRebalance>(&cell.allocator, asked.clone(), cell.now);
    assert_eq!(refused, Err(AllocatorRefusal::PreviewOutdated {}));
}

#[test]
fn the_same_run_again_is_promised_where_it_stands() {
    let mut cell = shop();
    let segments = [
        segment(&["vip"], RunStrategy::Win),
        segment(&["early"], RunStrategy::Fill),
    ];
    let token = preview(&cell, &segments, None).token;
    run(&mut cell, &segments, None);
    let again = asked("r1", &segments, None, &token);
    let decided = decide::<CommitRebalance>(&cell.allocator, again.clone(), cell.now).unwrap();
    assert!(matches!(decided, Outcome::Before(..)), "{decided:?}");
}

#[test]
fn an_sku_that_is_being_settled_is_not_rebalanced() {
    let mut cell = shop();
    cell.fold(&received("BOLT", 1));
    let segments = [segment(&["vip"], RunStrategy::Gain)];
    let refused = cell
        .allocator
        .room
        .clone()
        .preview_rebalance(&segments, None, cell.now);
    let sku = "BOLT".into();
    assert_eq!(refused, Err(AllocatorRefusal::StillSettling { sku }));
}

#[test]
fn what_is_asked_is_bounded() {
    let cell = shop();
    let ask = |segments: &[RunSegment]| {
        cell.allocator
            .room
            .clone()
            .preview_rebalance(segments, None, cell.now)
    };
    let count = 0;
    assert_eq!(
        ask(&[]),
        Err(AllocatorRefusal::SegmentCountOutOfRange { count })
    );
    let names: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = 1_001;
    assert_eq!(
        ask(&[segment(&names, RunStrategy::Gain)]),
        Err(AllocatorRefusal::TooManyFilterValues { values })
    );
    let (short, no_hex) = ("1.abc".to_owned(), format!("1.{}", "x".repeat(32)));
    for token in [short, no_hex, format!("x.{}", "0".repeat(32))] {
        let bad = asked("r", &[segment(&["vip"], RunStrategy::Gain)], None, &token);
        let refused = decide::<CommitRebalance>(&cell.allocator, bad.clone(), cell.now);
        let malformed = Err(AllocatorRefusal::PreviewMalformed {});
        assert_eq!(refused, malformed, "{token}");
    }
}

#[test]
fn a_run_that_moves_more_than_an_event_holds_is_refused() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 1_002)]);
    for number in 0..1_002 {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    cell.settle();
    let segments = [tier("standard", RunStrategy::Lose)];
    let refused = cell
        .allocator
        .room
        .clone()
        .preview_rebalance(&segments, None, cell.now);
    let moves = 1_002;
    assert_eq!(refused, Err(AllocatorRefusal::TooManyRunMoves { moves }));
}

#[test]
fn what_is_free_counts_beside_what_others_give_and_the_rule_is_named() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 6)]);
    cell.fold(&boosting("gold", 3));
    cell.then(placed("early", &[("BOLT", 3)]));
    cell.then(complete_only("whole", &[("BOLT", 5)]));
    let segments = [
        segment(&["whole"], RunStrategy::Gain),
        segment(&["early"], RunStrategy::Fill),
    ];
    let shown = preview(&cell, &segments, None);
    let asked = asked("r1", &segments, None, &shown.token);
    let Ok(Outcome::Record(Event::Allocator(AllocatorEvent::Rebalanced(done)))) =
        decide::<CommitRebalance>(&cell.allocator, asked.clone(), NOW)
    else {
        panic!("it moves something");
    };
    assert_eq!(done.rule, 7);
    assert_eq!(
        run(&mut cell, &segments, None),
        [
            "release early.1 main 2 Rebalanced",
            "assign whole.1 main 5",
            "promise early.1 estimate day 7"
        ]
    );
}

fn boosting(tier: &str, days: u32) -> Event {
    RankingRuleSet {
        definition: "r".into(),
        version: 7,
        explanation: "Another".into(),
        tier_days: [(tier.into(), days)].into(),
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
fn an_all_or_nothing_order_gains_when_all_its_lines_are_in_the_run() {
    let facts = [item("BOLT"), item("NUT"), received("BOLT", 2)];
    let mut cell = Cell::given(facts);
    cell.then(placed("early", &[("BOLT", 2)]));
    cell.then(ship_complete("all", &[("BOLT", 2), ("NUT", 1)]));
    let mut bolts = segment(&[], RunStrategy::Gain);
    bolts.filter.skus = vec!["BOLT".into()];
    let segments = [segment(&["early"], RunStrategy::Lose), bolts];
    let before = cell.clone();
    assert_eq!(
        run(&mut cell, &segments, None).len(),
        2,
        "given up, and got back"
    );
    cell = before;
    cell.then(cancelled("all", &[(2, 1)]));
    assert_eq!(
        run(&mut cell, &segments, None)[..2],
        ["release early.1 main 2 Rebalanced", "assign all.1 main 2"]
    );
}

#[test]
fn a_run_moves_stock_only_where_whoever_gains_may_have_it() {
    let mut shop = Cell::given([item("BOLT"), item("NUT"), location("main", "south")]);
    shop.fold(&location("north", "north"));
    shop.fold(&received_at("main", "BOLT", 2));
    shop.fold(&received_at("north", "BOLT", 2));
    shop.fold(&received_at("north", "NUT", 1));
    shop.then(placed("o1", &[("BOLT", 4)]));
    let gaining = |order: OrderPlaced| {
        let mut cell = shop.clone();
        cell.then(order.into());
        let segments = [
            segment(&["vip"], RunStrategy::Gain),
            segment(&["o1"], RunStrategy::Fill),
        ];
        let said = run(&mut cell, &segments, None);
        let mine = said.into_iter().filter(|it| it.starts_with("assign vip"));
        mine.collect::<Vec<String>>()
    };
    let mut near = order("vip", &[("BOLT", 1)]);
    near.ship_to.region = Some("north".to_owned());
    assert_eq!(gaining(near), ["assign vip.1 north 1"]);
    let mut collected = order("vip", &[("BOLT", 3)]);
    collected.pick_up_at = Some("north".into());
    assert_eq!(gaining(collected), ["assign vip.1 north 2"]);
    let mut unsplit = order("vip", &[("NUT", 1), ("BOLT", 3)]);
    unsplit.no_split = true;
    assert_eq!(gaining(unsplit), ["assign vip.2 north 2"]);
}

#[test]
fn what_one_event_just_holds_may_be_asked_and_done() {
    let long = |n: usize| format!("{n}{}", "x".repeat(90));
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 1_000)]);
    for number in 0..1_000 {
        cell.fold(&placed(&long(number), &[("BOLT", 1)]));
    }
    cell.settle();
    let ask = |segments: &[RunSegment]| {
        cell.allocator
            .room
            .clone()
            .preview_rebalance(segments, None, cell.now)
    };
    assert!(ask(&[tier("standard", RunStrategy::Lose)]).is_ok());
    let names: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(ask(&[segment(&names, RunStrategy::Lose)]).is_ok());
    let names: Vec<String> = (0..900).map(long).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = 900;
    assert_eq!(
        ask(&[segment(&names, RunStrategy::Lose)]),
        Err(AllocatorRefusal::TooManyFilterValues { values }),
        "by their bytes"
    );
}

#[test]
fn a_run_of_few_moves_is_refused_when_their_bytes_are_too_many() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 950)]);
    for number in 0..950 {
        let id = format!("{number:03}{}", "\u{1d11e}".repeat(97));
        cell.fold(&placed(&id, &[("BOLT", 1)]));
    }
    cell.settle();
    let segments = [tier("standard", RunStrategy::Lose)];
    let refused = cell
        .allocator
        .room
        .clone()
        .preview_rebalance(&segments, None, cell.now);
    let moves = 950;
    assert_eq!(refused, Err(AllocatorRefusal::TooManyRunMoves { moves }));
}
