//! What holds after any run, whatever was asked.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::*;
use super::{free, line};
use domain::event::{Effect, RunFilter, RunSegment, RunSort, RunStrategy};

fn strategy() -> impl Strategy<Value = RunStrategy> {
    prop::sample::select(vec![
        RunStrategy::Win,
        RunStrategy::Gain,
        RunStrategy::Improve,
        RunStrategy::Redistribute,
        RunStrategy::Fill,
        RunStrategy::Lose,
        RunStrategy::Skip,
    ])
}

fn segments() -> impl Strategy<Value = Vec<RunSegment>> {
    let tiers = prop::sample::subsequence(vec!["gold", "silver", "standard"], 1..3);
    let sort = prop::sample::subsequence(
        vec![
            RunSort::Value,
            RunSort::RequestedAt,
            RunSort::Rank,
            RunSort::PlacedAt,
        ],
        0..2,
    );
    let one = (tiers, sort, strategy()).prop_map(|(tiers, sort, strategy)| {
        let filter = RunFilter {
            tiers: tiers.into_iter().map(Tier::from).collect(),
            ..RunFilter::default()
        };
        RunSegment {
            filter,
            sort,
            strategy,
        }
    });
    prop::collection::vec(one, 1..4)
}

type Odds = (u32, u32, u32, u32, u8, bool, bool, u64);

fn lines() -> impl Strategy<Value = Vec<Candidate>> {
    let odds = (
        0_u32..8,
        0_u32..5,
        0_u32..5,
        0_u32..4,
        0_u8..3,
        any::<bool>(),
        any::<bool>(),
        0_u64..4,
    );
    prop::collection::vec(odds, 1..12).prop_map(|all: Vec<Odds>| {
        let numbered = (1_u64..).zip(all);
        let build =
            |(at, (more, main, far, frozen, tier, whole, one_place, protected)): (u64, Odds)| {
                let mut it = line(&format!("o{at}"), at, main + far + more);
                for (place, units) in [("main", main), ("far", far)] {
                    if units > 0 {
                        it = it.holding(place, units, frozen.min(units));
                    }
                }
                it.tier = ["gold", "silver", "standard"][usize::from(tier)].into();
                it.complete_only = whole;
                it.one_place = one_place && it.held.len() < 2;
                it.protected = protected;
                it.requested_at = (more % 2 == 0).then(|| super::day(20 + i64::from(more) * 7));
                it
            };
        numbered.map(build).collect()
    })
}

/// Held after the effects, by line and place.
fn after(lines: &[Candidate], effects: &[Effect]) -> BTreeMap<(OrderId, LocationId), i64> {
    let mut held = BTreeMap::new();
    for line in lines {
        for at in &line.held {
            held.insert((line.order.clone(), at.place.clone()), i64::from(at.units));
        }
    }
    for effect in effects {
        let (order, place, units) = match effect {
            Effect::Released(it) => (&it.order, &it.location, -i64::from(it.quantity)),
            Effect::Assigned(it) => (&it.order, &it.location, i64::from(it.quantity)),
            Effect::Backordered(_)
            | Effect::Offered(_)
            | Effect::Refused(_)
            | Effect::Promised(_) => continue,
        };
        *held.entry((order.clone(), place.clone())).or_default() += units;
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_run_moves_what_must_not_move(
        segments in segments(), lines in lines(), units in 0_u64..6, part in 0_usize..6,
    ) {
        let pools = free(units);
        let plan = Plan::new(&segments, &lines, &pools);
        let effects = plan.effects(part.min(plan.changes()));
        let held = after(&lines, &effects);
        let of = |line: &Candidate| -> i64 {
            held.iter().filter(|((order, _), _)| *order == line.order).map(|(_, units)| units).sum()
        };
        let taken: i64 = lines.iter().map(|line| of(line) - i64::from(line.holds())).sum();
        let spare = i64::try_from(units).unwrap();
        prop_assert!(taken <= spare, "more is held than there is: {effects:?}");
        let far: i64 = held.iter().filter(|((_, at), _)| at.as_str() == "far").map(|it| it.1).sum();
        let was: u32 = lines.iter().flat_map(|it| &it.held).filter(|it| it.place.as_str() == "far")
            .map(|it| it.units).sum();
        prop_assert!(far <= i64::from(was), "nothing is free there: {effects:?}");
        for line in &lines {
            for at in &line.held {
                let now = held[&(line.order.clone(), at.place.clone())];
                prop_assert!(now >= i64::from(at.frozen), "the fence: {effects:?}");
            }
            let fits = segments.iter().find(|it| it.filter.tiers.contains(&line.tier));
            let strategy = fits.map_or(RunStrategy::Skip, |segment| segment.strategy);
            let (was, now) = (i64::from(line.holds()), of(line));
            prop_assert!(now <= i64::from(line.wanted));
            prop_assert!(strategy.gains() || now <= was, "{strategy:?} gained: {effects:?}");
            prop_assert!(strategy.gives() || now >= was, "{strategy:?} lost: {effects:?}");
            if line.complete_only && now > was {
                prop_assert_eq!(now, i64::from(line.wanted));
            }
            if strategy == RunStrategy::Lose && part >= plan.changes() {
                let frozen: u32 = line.held.iter().map(|it| it.frozen).sum();
                prop_assert_eq!(now, i64::from(frozen));
            }
        }
    }

    #[test]
    fn the_same_run_again_on_the_same_lines_is_the_same_plan(
        segments in segments(), mut lines in lines(), units in 0_u64..6,
    ) {
        let pools = free(units);
        let plan = Plan::new(&segments, &lines, &pools);
        let first = plan.effects(plan.changes());
        lines.reverse();
        let plan = Plan::new(&segments, &lines, &pools);
        prop_assert_eq!(first, plan.effects(plan.changes()));
    }
}
