//! What a supplier's word would change is what it changes, over random histories.

use backorder_allocation::Word;
use domain::event::{Effect, Event, Promise};
use proptest::prelude::*;

use super::history::{History, steps};
use crate::fixture::{Cell, day, delayed};

/// Dates that are told: the line, what was told before, and what is told now.
type Told = Vec<(String, u32, Option<Promise>, Promise)>;

/// What is told when a fact has come.
fn told(cell: &mut Cell, fact: &Event) -> Told {
    let mut told = Told::new();
    cell.fold(fact);
    while let Some(settled) = cell.due() {
        for effect in &settled.effects {
            match effect {
                Effect::Promised(it) => told.push((
                    it.order.to_string(),
                    it.line,
                    it.was.clone(),
                    it.promise.clone(),
                )),
                other => panic!("more than dates: {other:?}"),
            }
        }
        cell.fold(&settled.into());
    }
    told.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_word_that_is_previewed_comes_to_what_it_would(steps in steps(), days in 1_i64..60) {
        let mut history = History::new();
        for step in steps {
            history.step(step);
        }
        history.settle();
        for (purchase_order, sku) in history.purchases.clone() {
            let cell = &history.cell;
            let word = Word::On(day(days));
            let (order, of) = (purchase_order.as_str().into(), sku.into());
            let impact = cell.allocator.impact(&order, Some(&of), word, cell.now);
            let mut then = cell.clone();
            let told = told(&mut then, &delayed(&purchase_order, sku, day(days)));
            let Ok(impact) = impact else {
                prop_assert_eq!(told, Told::new());
                continue;
            };
            let lines = impact.lines.into_iter();
            let lines = lines.map(|it| (it.order.to_string(), it.line, it.was, it.becomes));
            let mut lines: Told = lines.collect();
            lines.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
            prop_assert_eq!(&lines, &told);
            prop_assert_eq!(impact.skus[0].moved.lines, told.len() as u64);
        }
    }
}
