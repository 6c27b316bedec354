//! What is told of a line's decisions is what a fold that sorts and scans everything counts, over
//! long random histories: units and their causes, what others got, who stood where then.

use std::collections::BTreeMap;

use backorder_allocation::why::{Decided, Decision};
use domain::decider::Projection;
use domain::event::*;
use domain::ids::Position;
use proptest::prelude::*;

use super::history::{History, steps};
use super::naive::{Line, Naive};
use crate::why::Shop;

/// The same history once more, told from its log; and what the naive fold has at each revision.
fn again(history: &History) -> (Shop, BTreeMap<u64, Naive>) {
    let (mut shop, mut naive) = (Shop::given([]), Naive::default());
    let mut states = BTreeMap::new();
    for (as_of, now, event) in &history.log {
        shop.cell.now = *now;
        shop.record(*as_of, event.clone());
        naive.fold(event, *now);
        states.insert(shop.cell.revision, naive.clone());
    }
    // It is told by what items are called at last.
    let renamed = shop.cell.allocator.renamed();
    for fact in shop.facts.values_mut() {
        fact.event = renamed.read(&fact.event).into_owned();
    }
    (shop, states)
}

fn effects_and_causes(event: &Event) -> (&[Effect], &[Cause]) {
    match event {
        Event::Allocator(AllocatorEvent::Settled(it)) => (&it.effects, &it.causes),
        Event::Allocator(AllocatorEvent::Rebalanced(it)) => (&it.effects, &it.causes),
        Event::Allocator(AllocatorEvent::StockAssigned(it)) => (&it.effects, &it.causes),
        _ => (&[], &[]),
    }
}

/// An order was closed while a decision on it was under way: nothing came of that.
fn is_void(history: &History, (as_of, at): (u64, u64), order: &str) -> bool {
    let since = (1..=at)
        .zip(&history.log)
        .filter(|(since, _)| *since > as_of);
    let mut closed = since.filter_map(|(_, (_, _, event))| OrderClosed::of(event));
    closed.any(|it| it.order.as_str() == order)
}

/// Of each effect all units are accounted for, by facts that can have set them free; and of no
/// receipt are more units given than came with it.
fn causes_add_up(history: &History) {
    let mut told: BTreeMap<(Position, String), u64> = BTreeMap::new();
    let renamed = history.cell.allocator.renamed();
    for (at, (as_of, _, event)) in (1..).zip(&history.log) {
        let event = renamed.read(event);
        let (effects, causes) = effects_and_causes(&event);
        for (index, effect) in (0_u32..).zip(effects) {
            let of = causes.iter().filter(|cause| cause.what != What::Shared);
            let led = of.flat_map(|cause| {
                let led = cause.led_to.iter().filter(|led| led.0 == index);
                led.map(move |led| (cause, led.1))
            });
            let led: Vec<(&Cause, u32)> = led.collect();
            assert!(!led.is_empty(), "nothing led to {effect:?}");
            let units: u32 = led.iter().map(|(_, units)| units).sum();
            match effect {
                Effect::Assigned(it) => {
                    assert_eq!(units, it.quantity, "{led:?} led to {effect:?}");
                    let void = is_void(history, (*as_of, at), it.order.as_str());
                    for (cause, units) in led {
                        if cause.what == What::Received && !void {
                            let key = (cause.at.unwrap(), it.sku.to_string());
                            *told.entry(key).or_default() += u64::from(units);
                        }
                    }
                }
                Effect::Released(it) => assert_eq!(units, it.quantity, "{led:?}"),
                Effect::Backordered(_)
                | Effect::Offered(_)
                | Effect::Refused(_)
                | Effect::Promised(_) => {}
            }
        }
    }
    for ((at, sku), units) in told {
        let index = usize::try_from(at.revision.0 - 1).unwrap();
        let (_, _, event) = &history.log[index];
        let event = renamed.read(event);
        let came = Received::of(&event).unwrap().lines.iter();
        let came = came.filter(|line| line.sku.as_str() == sku);
        let came: u64 = came.map(|line| u64::from(line.quantity)).sum();
        assert!(units <= came, "{units} of {came} {sku} of {at} are told");
    }
}

/// Units that wait ahead of a line, and its place, by counting.
fn stood(naive: &Naive, line: &Line) -> Option<(u64, u64)> {
    let mine = naive.lines.iter();
    let mut mine = mine.filter(|it| (&it.order, it.number) == (&line.order, line.number));
    let mine = mine.find(|it| it.tally.backordered() > 0)?;
    let waits = |it: &&Line| it.sku == mine.sku && it.tally.backordered() > 0;
    let ahead = naive.lines.iter().filter(waits);
    let ahead: Vec<u64> = ahead
        .filter(|it| it.rank < mine.rank)
        .map(|it| u64::from(it.tally.backordered()))
        .collect();
    Some((ahead.len() as u64 + 1, ahead.iter().sum()))
}

fn numbers_are_those_of_then(
    (shop, states): &(Shop, BTreeMap<u64, Naive>),
    line: &Line,
    told: &[Decision],
) {
    for it in told {
        let fact = &shop.facts[&it.position];
        let (effects, _) = effects_and_causes(&fact.event);
        if let Some(stood) = it.stood {
            let then = &states[&fact.as_of.0];
            let counted = self::stood(then, line);
            assert_eq!(Some((stood.place, stood.units_ahead)), counted, "{it:?}");
            let ahead = stood.units_ahead;
            let said = format!("number {} then, with {ahead} unit", stood.place);
            let others = it.outcome == Decided::PassedOver;
            assert!(!others || it.sentence.contains(&said), "{it:?}");
        }
        if it.outcome == Decided::PassedOver {
            let theirs = effects.iter().filter_map(|effect| match effect {
                Effect::Assigned(of)
                    if of.sku.as_str() == line.sku && of.order.as_str() != line.order =>
                {
                    Some(of.quantity)
                }
                _ => None,
            });
            assert_eq!(it.quantity, theirs.sum::<u32>(), "{it:?}");
        }
        let units = it.quantity.to_string();
        let dated = it.outcome == Decided::Dated;
        assert!(dated || it.sentence.contains(&units), "{it:?}");
    }
}

/// Units that a line had waited for and that others got in a decision: it has none of them.
fn passed_over((shop, states): &(Shop, BTreeMap<u64, Naive>), line: &Line, at: Position) -> bool {
    let fact = &shop.facts[&at];
    let (effects, _) = effects_and_causes(&fact.event);
    let then = states.get(&fact.as_of.0).into_iter();
    let mut then = then.flat_map(|then| &then.lines);
    let mine = then.find(|it| (&it.order, it.number) == (&line.order, line.number));
    let (mut got, mut others) = (0, false);
    for effect in effects {
        let own = (effect.order().as_str(), effect.line()) == (&line.order, line.number);
        let same = effect.order().as_str() == line.order;
        match effect {
            Effect::Assigned(it) if own => got += it.quantity,
            Effect::Refused(it) if own => got += it.quantity,
            Effect::Assigned(it) => others |= !same && it.sku.as_str() == line.sku,
            _ => {}
        }
    }
    others && mine.is_some_and(|mine| mine.unfilled() > got)
}

/// It is told of each decision that gave to others what the line waited for, and of no other.
fn all_who_waited_are_told(
    replayed: &(Shop, BTreeMap<u64, Naive>),
    line: &Line,
    told: &[Decision],
) {
    let those = told.iter().filter(|it| it.outcome == Decided::PassedOver);
    let those: Vec<Position> = those.map(|it| it.position).collect();
    for at in &those {
        assert!(passed_over(replayed, line, *at), "{at} {line:?} {told:#?}");
    }
    let allocator = &replayed.0.cell.allocator;
    let placed = allocator.trail(&line.order.as_str().into()).unwrap().placed;
    for at in allocator.gave(&line.sku.as_str().into()) {
        let expected = at > placed && passed_over(replayed, line, at);
        assert_eq!(those.contains(&at), expected, "{at} {line:?} {told:#?}");
    }
}

/// What was reserved and taken back is what the line has and had.
fn decisions_add_up(line: &Line, told: &[Decision]) {
    let sum = |outcome| -> u32 {
        let those = told.iter().filter(|it| it.outcome == outcome);
        those.map(|it| it.quantity).sum()
    };
    let (reserved, back) = (sum(Decided::Reserved), sum(Decided::TakenBack));
    let has = line.tally.reserved + line.tally.shipped;
    // What left unplanned was never reserved; what a wave lost was not given back by a decision.
    assert!(reserved - back >= line.tally.reserved, "{line:?} {told:#?}");
    assert!(reserved - back <= has, "{line:?} {told:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 3_000,
        ..ProptestConfig::with_cases(150)
    })]

    #[test]
    fn every_number_told_is_one_that_who_counts_everything_comes_to(steps in steps()) {
        let mut history = History::new();
        for step in steps {
            history.step(step);
        }
        history.settle();
        causes_add_up(&history);
        let replayed = again(&history);
        let last = &replayed.1[&replayed.0.cell.revision];
        for line in &last.lines {
            let told = replayed.0.of_line(&line.order, line.number);
            numbers_are_those_of_then(&replayed, line, &told);
            decisions_add_up(line, &told);
            all_who_waited_are_told(&replayed, line, &told);
        }
        let again = again(&history);
        prop_assert_eq!(again.0.cell.allocator, replayed.0.cell.allocator);
    }
}
