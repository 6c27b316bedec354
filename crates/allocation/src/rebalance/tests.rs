//! What each strategy means, as sentences over plain lines.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use std::collections::BTreeMap;

use super::plan::{changes_of, preview_token};
use super::*;
use crate::queue_key::LogOrder;
use domain::event::{Effect, RunFilter, RunSegment, RunSort, RunStrategy};
use domain::ids::{Position, Revision};

mod laws;
mod together;

pub(super) fn day(days: i64) -> Timestamp {
    Timestamp::from_ms(0).plus_days(days)
}

/// Line 1 of an order placed at this revision and day, that wants so many BOLT from main.
pub(super) fn line(order: &str, placed: u64, wanted: u32) -> Candidate {
    let placed_at = day(i64::try_from(placed).unwrap());
    let position = Position {
        revision: Revision(placed),
        index: 0,
    };
    Candidate {
        queue_key: QueueKey {
            effective: placed_at,
            log_order: LogOrder::of(position, 0),
        },
        order: order.into(),
        number: 1,
        sku: "BOLT".into(),
        tier: "standard".into(),
        channel: "web".into(),
        region: None,
        placed_at,
        requested_at: None,
        unit_price_minor: 100,
        wanted,
        held: Vec::new(),
        complete_only: false,
        together: None,
        ahead: 0,
        places: vec!["main".into(), "far".into()],
        one_place: false,
        protected: 0,
    }
}

impl Candidate {
    pub(super) fn holding(mut self, place: &str, units: u32, frozen: u32) -> Self {
        self.held.push(HeldAt {
            place: place.into(),
            units,
            frozen,
        });
        self
    }
    fn tier(mut self, tier: &str) -> Self {
        self.tier = tier.into();
        self
    }
    fn by(mut self, days: i64) -> Self {
        self.requested_at = Some(day(days));
        self
    }
}

pub(super) fn free(units: u64) -> BTreeMap<Sku, Pool> {
    let free = [(LocationId::from("main"), units)].into();
    let coming = vec![(10, day(30)), (20, day(60))];
    [(Sku::from("BOLT"), Pool { free, coming })].into()
}

pub(super) fn segment(orders: &[&str], strategy: RunStrategy) -> RunSegment {
    let orders = orders.iter().map(|order| OrderId::from(*order)).collect();
    RunSegment {
        filter: RunFilter {
            orders,
            ..RunFilter::default()
        },
        sort: Vec::new(),
        strategy,
    }
}

/// Effects in words: `o1 -3 main`.
fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Released(it) => format!("{} -{} {}", it.order, it.quantity, it.location),
        Effect::Assigned(it) => format!("{} +{} {}", it.order, it.quantity, it.location),
        Effect::Backordered(_) | Effect::Offered(_) | Effect::Refused(_) | Effect::Promised(_) => {
            panic!("a run does not do this: {effect:?}")
        }
    };
    effects.iter().map(word).collect()
}

fn run(segments: &[RunSegment], lines: &[Candidate], units: u64) -> (Vec<String>, Vec<String>) {
    let pools = free(units);
    let plan = Plan::new(segments, lines, &pools);
    let promised = plan.exceptions().iter();
    let exceptions =
        promised.map(|it| format!("{:?} {} short {}", it.strategy, it.line.order, it.short));
    (words(&plan.effects(plan.changes())), exceptions.collect())
}

use RunStrategy::{Fill, Gain, Improve, Lose, Redistribute, Skip, Win};

#[test]
fn a_win_takes_free_stock_first_then_from_the_last_lines() {
    let lines = [
        line("vip", 9, 6),
        line("a", 1, 3).holding("main", 3, 0),
        line("b", 2, 3).holding("main", 3, 0),
    ];
    let segments = [segment(&["vip"], Win), segment(&["a", "b"], Fill)];
    let (effects, exceptions) = run(&segments, &lines, 2);
    assert_eq!(effects, ["a -1 main", "b -3 main", "vip +6 main"]);
    assert!(exceptions.is_empty());
}

#[test]
fn a_win_that_cannot_be_covered_keeps_what_it_has() {
    let lines = [
        line("vip", 9, 6).holding("main", 1, 0),
        line("a", 1, 3).holding("main", 3, 0),
    ];
    let segments = [segment(&["vip"], Win), segment(&["a"], Fill)];
    let (effects, exceptions) = run(&segments, &lines, 1);
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(exceptions, ["Win vip short 5"]);
}

#[test]
fn a_win_covered_by_inbound_takes_nothing() {
    let lines = [
        line("vip", 9, 6).by(31),
        line("a", 1, 9).holding("main", 9, 0),
    ];
    let segments = [segment(&["vip"], Win), segment(&["a"], Fill)];
    assert_eq!(run(&segments, &lines, 0), (vec![], vec![]));
}

#[test]
fn a_win_takes_a_part_when_inbound_covers_the_rest_on_time() {
    let lines = [
        line("vip", 9, 12).by(31),
        line("a", 1, 4).holding("main", 4, 0),
    ];
    let segments = [segment(&["vip"], Win), segment(&["a"], Lose)];
    // What `a` gave would wait ahead of `vip` by rank: 4 + 8 is more than the 10 that come.
    let (effects, exceptions) = run(&segments, &lines, 0);
    assert_eq!(
        effects,
        ["a -4 main"],
        "it loses all the same, and nobody takes it"
    );
    assert_eq!(exceptions, ["Win vip short 12"]);
    let behind = [
        line("vip", 1, 12).by(31),
        line("a", 9, 4).holding("main", 4, 0),
    ];
    let (effects, exceptions) = run(&segments, &behind, 0);
    assert_eq!(effects, ["a -4 main", "vip +4 main"]);
    assert!(exceptions.is_empty());
}

#[test]
fn a_win_that_loses_its_inbound_is_an_exception() {
    let lines = [
        line("vip", 5, 6).by(31),
        line("b", 9, 9),
        line("a", 1, 9).holding("main", 9, 0),
    ];
    let segments = [
        segment(&["vip"], Win),
        segment(&["b"], Gain),
        segment(&["a"], Fill),
    ];
    // Ten come by the day it asked for: enough for its six, until `a` waits ahead of it for nine.
    let (effects, exceptions) = run(&segments, &lines, 0);
    assert_eq!(effects, ["a -9 main", "b +9 main"]);
    assert_eq!(exceptions, ["Win vip short 6"]);
}

#[test]
fn a_gain_keeps_what_it_has_and_takes_what_can_be_had() {
    let lines = [
        line("g", 9, 6).holding("main", 2, 0),
        line("a", 1, 3).holding("main", 3, 0),
    ];
    let segments = [segment(&["a"], Improve), segment(&["g"], Gain)];
    assert_eq!(run(&segments, &lines, 1).0, ["g +1 main"]);
}

#[test]
fn a_gain_that_gains_nothing_is_an_exception_and_an_improve_is_not() {
    let lines = [line("g", 1, 6)];
    assert_eq!(
        run(&[segment(&["g"], Gain)], &lines, 0).1,
        ["Gain g short 6"]
    );
    assert!(run(&[segment(&["g"], Improve)], &lines, 0).1.is_empty());
}

#[test]
fn a_redistribution_goes_by_the_sort_so_that_some_gain_and_some_lose() {
    let lines = [
        line("a", 1, 4).holding("main", 4, 0),
        line("b", 2, 4).tier("gold"),
        line("c", 3, 4).holding("main", 2, 0).tier("gold"),
    ];
    let all = RunSegment {
        filter: RunFilter::default(),
        sort: vec![RunSort::Tier {
            order: vec!["gold".into()],
        }],
        strategy: Redistribute,
    };
    let (effects, _) = run(&[all], &lines, 0);
    // b takes from a, the last; c then has nobody after it but a, who has nothing left.
    assert_eq!(effects, ["a -4 main", "b +4 main"]);
}

#[test]
fn what_a_line_gives_and_takes_again_at_one_place_has_not_moved() {
    let lines = [
        line("first", 1, 2),
        line("middle", 2, 2).holding("main", 2, 0),
        line("last", 3, 2).holding("main", 2, 1),
    ];
    let all = RunSegment {
        filter: RunFilter::default(),
        sort: Vec::new(),
        strategy: Redistribute,
    };
    let (effects, _) = run(&[all], &lines, 0);
    assert_eq!(effects, ["middle -1 main", "last -1 main", "first +2 main"]);
    let free_too = [
        line("first", 1, 2),
        line("middle", 2, 2).holding("main", 2, 0),
    ];
    let all = RunSegment {
        filter: RunFilter::default(),
        sort: Vec::new(),
        strategy: Redistribute,
    };
    assert_eq!(run(&[all], &free_too, 2).0, ["first +2 main"]);
}

#[test]
fn a_fill_gives_only_to_lines_before_it() {
    let lines = [line("a", 1, 3).holding("main", 3, 0), line("g", 2, 3)];
    let (effects, _) = run(&[segment(&["a"], Fill), segment(&["g"], Gain)], &lines, 0);
    assert!(effects.is_empty(), "{effects:?}");
}

#[test]
fn a_lose_gives_up_all_that_is_not_in_a_released_wave() {
    let lines = [line("a", 1, 9).holding("main", 5, 2).holding("far", 3, 0)];
    let (effects, _) = run(&[segment(&["a"], Lose)], &lines, 0);
    assert_eq!(effects, ["a -3 far", "a -3 main"]);
}

#[test]
fn the_first_segment_that_fits_a_line_decides() {
    let lines = [
        line("a", 1, 3).holding("main", 3, 0),
        line("b", 2, 3).holding("main", 3, 0),
        line("vip", 9, 6),
    ];
    let everybody = RunSegment {
        filter: RunFilter::default(),
        sort: Vec::new(),
        strategy: Lose,
    };
    let segments = [segment(&["vip"], Gain), segment(&["a"], Skip), everybody];
    assert_eq!(run(&segments, &lines, 0).0, ["b -3 main", "vip +3 main"]);
    assert_eq!(run(&segments[..1], &lines, 0).0, [""; 0]);
}

#[test]
fn protected_stock_is_not_free_to_a_run_but_released_stock_is() {
    let mut kept = line("g", 9, 5);
    kept.protected = 2;
    let lines = [kept, line("a", 1, 1).holding("far", 1, 0)];
    let segments = [segment(&["g"], Gain), segment(&["a"], Fill)];
    assert_eq!(
        run(&segments, &lines, 3).0,
        ["a -1 far", "g +1 far", "g +1 main"]
    );
}

#[test]
fn the_budget_keeps_the_first_changes_and_the_token_names_what_was_kept() {
    let lines = [
        line("x", 1, 2),
        line("y", 2, 2),
        line("a", 8, 2).holding("main", 2, 0),
        line("b", 9, 2).holding("main", 2, 0),
    ];
    let segments = [segment(&["x", "y"], Gain), segment(&["a", "b"], Fill)];
    let pools = free(0);
    let plan = Plan::new(&segments, &lines, &pools);
    assert_eq!(plan.changes(), 2);
    assert_eq!(plan.within(3, <[Effect]>::len), 1);
    assert_eq!(plan.within(4, <[Effect]>::len), 2);
    assert_eq!(plan.within(1, <[Effect]>::len), 0);
    let kept = plan.effects(1);
    assert_eq!(words(&kept), ["b -2 main", "x +2 main"]);
    let token = preview_token(1, &kept);
    assert_eq!(changes_of(&token), Some(1));
    assert_ne!(token, preview_token(1, &plan.effects(2)));
    for bad in ["", "1", "1.zz", "x.00000000000000000000000000000000"] {
        assert_eq!(changes_of(bad), None, "{bad}");
    }
}

fn called(filter: RunFilter, lines: &[Candidate]) -> Vec<String> {
    let segments = [RunSegment {
        filter,
        ..segment(&[], Fill)
    }];
    let called_lines = super::select::called_lines(&segments, lines);
    called_lines
        .iter()
        .map(|it| it.line.order.to_string())
        .collect()
}

#[test]
fn a_filter_includes_its_first_day_and_excludes_its_last() {
    let lines = ["a", "b", "c", "d"].map(|id| {
        let placed = u64::from(id.as_bytes()[0] - b'a');
        line(id, placed, 3 + u32::try_from(placed).unwrap())
    });
    let days = RunFilter {
        placed_from: Some(day(1)),
        placed_before: Some(day(3)),
        ..RunFilter::default()
    };
    assert_eq!(called(days, &lines), ["b", "c"]);
    let value = RunFilter {
        value_at_least_minor: Some(500),
        ..RunFilter::default()
    };
    assert_eq!(called(value, &lines), ["c", "d"]);
}

#[test]
fn who_may_only_gain_gives_nothing_to_who_comes_before() {
    for strategy in [Win, Gain, Improve] {
        let lines = [line("vip", 1, 3), line("b", 2, 3).holding("main", 3, 0)];
        let segments = [segment(&["vip"], Improve), segment(&["b"], strategy)];
        assert!(run(&segments, &lines, 0).0.is_empty());
    }
}

#[test]
fn units_that_have_just_come_cover_and_one_more_waits_for_the_next() {
    let pool = free(0).remove(&Sku::from("BOLT")).unwrap();
    let covers = [10, 11, 20, 21].map(|units| pool.covers(units));
    assert_eq!(covers, [Some(day(30)), Some(day(60)), Some(day(60)), None]);
}
