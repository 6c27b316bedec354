//! What holds after any rebalancing run, over random shops: only its lines moved, and what is told
//! is what was shown.

use audit::Audit;
use backorder_allocation::rebalance::PromiseState;
use domain::command::Outcome;
use domain::decider::{Projection, Recorded};
use domain::event::*;
use domain::ids::{Position, Revision};
use proptest::prelude::*;

use crate::fixture::*;
use crate::rebalance::{asked, preview, tier};

/// What became of a small shop before a run.
#[derive(Debug, Clone)]
enum Step {
    Place {
        tier: u8,
        lines: u8,
        units: u32,
        whole: u8,
    },
    Receive {
        sku: u8,
        far: bool,
        units: u32,
    },
    Buy {
        sku: u8,
        units: u32,
        days: i64,
    },
    Wave {
        order: usize,
    },
}

const SKUS: [&str; 2] = ["BOLT", "NUT"];
const TIERS: [&str; 3] = ["gold", "silver", "standard"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..3, 1_u8..4, 1_u32..6, 0_u8..6).prop_map(|(tier, lines, units, whole)| {
            Step::Place { tier, lines, units, whole }
        }),
        3 => (0_u8..2, any::<bool>(), 1_u32..9)
            .prop_map(|(sku, far, units)| Step::Receive { sku, far, units }),
        1 => (0_u8..2, 1_u32..9, 1_i64..40)
            .prop_map(|(sku, units, days)| Step::Buy { sku, units, days }),
        1 => (0_usize..8).prop_map(|order| Step::Wave { order }),
    ]
}

fn fact(number: usize, step: &Step, cell: &Cell) -> Option<Event> {
    match step {
        Step::Place {
            tier,
            lines,
            units,
            whole,
        } => {
            let skus = SKUS
                .iter()
                .enumerate()
                .filter(|(at, _)| lines >> at & 1 == 1);
            let lines: Vec<(&str, u32)> = skus.map(|(_, sku)| (*sku, *units)).collect();
            let mut order = order(&format!("o{number}"), &lines);
            order.customer.tier = TIERS[usize::from(*tier)].into();
            order.ship_complete = *whole == 1;
            order.requested_at = (*whole > 2).then(|| day(i64::from(*whole) * 7));
            order
                .lines
                .iter_mut()
                .for_each(|line| line.complete_only = *whole == 2);
            Some(order.into())
        }
        Step::Receive { sku, far, units } => {
            let place = if *far { "far" } else { "main" };
            Some(received_at(place, SKUS[usize::from(*sku)], *units))
        }
        Step::Buy { sku, units, days } => {
            let sku = SKUS[usize::from(*sku)];
            Some(purchased(&format!("p{number}"), sku, *units, day(*days)))
        }
        Step::Wave { order } => {
            let promised = cell
                .allocator
                .order(&format!("o{order}").as_str().into())
                .ok()?;
            let line = promised.lines.first()?;
            let at = line
                .reservations
                .iter()
                .find(|here| here.place.as_str() == "main")?;
            Some(wave(
                promised.id.as_str(),
                line.line,
                line.sku.as_str(),
                at.units,
            ))
        }
    }
}

fn segments() -> impl Strategy<Value = Vec<RunSegment>> {
    let strategy = prop::sample::select(vec![
        RunStrategy::Win,
        RunStrategy::Gain,
        RunStrategy::Improve,
        RunStrategy::Redistribute,
        RunStrategy::Fill,
        RunStrategy::Lose,
        RunStrategy::Skip,
    ]);
    let one = (prop::sample::select(TIERS.to_vec()), strategy);
    prop::collection::vec(one.prop_map(|(name, strategy)| tier(name, strategy)), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn after_any_run_only_its_lines_moved_as_previewed(
        steps in prop::collection::vec(step(), 4..24),
        segments in segments(),
        budget in prop::option::of(0_u32..4),
    ) {
        let mut cell = Cell::given([item("BOLT"), item("NUT")]);
        let mut log: Vec<Event> = vec![item("BOLT"), item("NUT")];
        for (number, step) in steps.iter().enumerate() {
            if let Some(fact) = fact(number, step, &cell) {
                log.push(fact.clone());
                cell.fold(&fact);
                while let Some(settled) = cell.due() {
                    log.push(settled.clone().into());
                    cell.fold(&settled.into());
                }
            }
        }
        let before = cell.allocator.clone();
        let shown = preview(&cell, &segments, budget);
        prop_assert!(budget.is_none_or(|most| shown.promises_moved <= most as usize));
        let asked = asked("r1", &segments, budget, &shown.token);
        let decided = decide::<CommitRebalance>(&cell.allocator, asked, cell.now);
        if let Outcome::Record(event) = decided.unwrap() {
            log.push(event.clone());
            cell.fold(&event);
        }
        let wrong = cell.allocator.check();
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        for number in 0..steps.len() {
            let id = format!("o{number}").as_str().into();
            let (Ok(was), Ok(is)) = (before.order(&id), cell.allocator.order(&id)) else {
                continue;
            };
            let fits = segments.iter().find(|segment| segment.filter.tiers.contains(&was.tier));
            let strategy = fits.map_or(RunStrategy::Skip, |segment| segment.strategy);
            for (was, is) in was.lines.iter().zip(&is.lines) {
                let (had, has) = (was.tally.reserved, is.tally.reserved);
                prop_assert!(strategy.gains() || has <= had);
                prop_assert!(strategy.gives() || has >= had);
                let frozen = |line: &backorder_allocation::Line| -> u32 {
                    line.reservations.iter().map(|held| held.frozen).sum()
                };
                prop_assert_eq!(frozen(was), frozen(is));
            }
        }
        while let Some(settled) = cell.due() {
            log.push(settled.clone().into());
            cell.fold(&settled.into());
        }
        let mut audit = Audit::default();
        for (event, revision) in log.iter().zip(1..) {
            let revision = Revision(revision);
            let position = Position { revision, index: 0 };
            audit.fold(Recorded { position, as_of: revision, at: cell.now}, event);
        }
        let wrong = audit.violations(true);
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        let mut moved = 0;
        for number in 0..steps.len() {
            let id: domain::ids::OrderId = format!("o{number}").as_str().into();
            for line in 1..=2 {
                let state = |allocator: &backorder_allocation::Allocator| {
                    let promised = allocator.promise(&id, line).ok()?;
                    Some(match promised.promise.as_ref().and_then(Promise::at) {
                        _ if promised.backordered == 0 => PromiseState::InStock,
                        Some(at) => PromiseState::Date(at),
                        None => PromiseState::Undated,
                    })
                };
                let (was, is) = (state(&before), state(&cell.allocator));
                if was != is {
                    moved += 1;
                    let shown = shown.promises.iter().find(|it| it.order == id && it.line == line);
                    prop_assert_eq!(shown.map(|it| it.becomes), is);
                }
            }
        }
        prop_assert_eq!(moved, shown.promises_moved);
    }
}
