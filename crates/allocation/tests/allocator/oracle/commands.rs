//! What the room is asked to do in a random history: units held, another rule, a run that moves
//! what is reserved.

use domain::command::Outcome;
use domain::event::*;

use super::history::{HOUR_MS, History, SKUS, Step, pick};
use crate::fixture::{CommitRebalance, HoldStock, decide, release};
use crate::rebalance::{asked, tier};

impl History {
    /// Some is to be held for a few hours; it is if so much is free to whom it is for.
    pub fn hold(&mut self, step: Step) {
        let units = 1 + step.units % 4;
        let held = StockHeld {
            hold: format!("h{}", self.holds).as_str().into(),
            sku: self.naive.now(pick(&SKUS, step.which)).into(),
            quantity: units,
            tier: pick(&["standard", "gold"], step.also).into(),
            channel: [None, Some("shop")][usize::from(step.more % 2)].map(str::to_owned),
            until: self
                .cell
                .now
                .plus_ms((1 + i64::from(step.also % 24)) * HOUR_MS),
        };
        let released = self.naive.is_released(held.sku.as_str(), self.cell.now);
        let may = if released {
            self.naive.may_hold(&held)
        } else {
            0
        };
        let due = self.cell.due();
        let decided = decide::<HoldStock>(&self.cell.allocator, held.clone(), self.cell.now);
        // Nothing is held of what the next event gives to others.
        let given = |settled: &Settled| -> i64 {
            let effects = settled.effects.iter();
            let units = effects
                .filter(|it| *it.sku() == held.sku)
                .map(|it| match it {
                    Effect::Assigned(it) => i64::from(it.quantity),
                    _ => 0,
                });
            units.sum()
        };
        let left = may - due.as_ref().map_or(0, given);
        // A day that has come is told before anything is decided.
        let nothing = due.is_none() && self.naive.to_be_due(self.cell.now).is_none();
        if decided.is_ok() || nothing {
            let enough = left >= i64::from(units);
            assert_eq!(
                decided.is_ok(),
                enough,
                "{held:?} of {left}: {due:#?} after\n{}",
                self.facts.join("\n")
            );
        }
        if let Ok(Outcome::Record(held)) = decided {
            self.holds += 1;
            self.fold(held);
        }
    }

    /// An item is called otherwise. Whatever is said of it later in these histories goes on naming
    /// it as it was called first, as what crosses a renaming does.
    pub fn rename(&mut self, step: Step) {
        let first = pick(&SKUS, step.which);
        let sku = self.naive.now(first).to_owned();
        let to = format!("{first}-{}", self.facts.len());
        if let Some(beside) = self.beside_the_cap.remove(&sku) {
            self.beside_the_cap.insert(to.clone(), beside);
        }
        self.fold(
            ItemRenamed {
                renaming: format!("n{}", self.facts.len()).as_str().into(),
                sku: sku.as_str().into(),
                to: to.as_str().into(),
                reason: "the catalogue".to_owned(),
                by: "eva".to_owned(),
            }
            .into(),
        );
    }

    /// Whoever asked for a hold wants it no more; an order that has taken it over keeps it.
    pub fn give_up(&mut self, step: Step) {
        let index = usize::from(step.which) % self.naive.holds.len().max(1);
        let Some(hold) = self.naive.holds.get(index).cloned() else {
            return;
        };
        let decided = release(&self.cell.allocator, hold.id.as_str().into(), self.cell.now);
        assert_eq!(decided.is_ok(), hold.order.is_none(), "{hold:?}");
        if let Ok(Outcome::Record(ended)) = decided {
            self.fold(ended);
        }
    }

    /// Another rule, under which nobody is boosted by more than under the built-in one.
    pub fn rule(&mut self, step: Step) {
        let days = |part: u8| u32::from(part % 8);
        let amount = |at_least_minor, days| BoostStep {
            at_least_minor,
            days,
        };
        let rule = RankingRuleSet {
            definition: format!("r{}", self.facts.len()).as_str().into(),
            version: 1 + step.units,
            explanation: "Another".into(),
            tier_days: [
                ("gold".into(), days(step.which)),
                ("silver".into(), days(step.also)),
            ]
            .into(),
            value: vec![amount(500, days(step.which / 8)), amount(900, 7)],
            lifetime_value: Vec::new(),
            requested_within_days: (step.also > 99).then(|| days(step.also / 8)),
            urgency_days: vec![0, 0, 1, step.units / 2, 5],
            deadline_within_days: (step.which > 99).then(|| days(step.also / 16)),
            small_line_days: (step.more > 99).then(|| 7 + days(step.more / 16)),
            promise_due_days: step.more.is_multiple_of(2).then(|| days(step.more / 2)),
            max_boost_days: 14,
            unchanged: false,
        };
        self.fold(rule.into());
    }

    /// What is reserved goes to others, as was previewed.
    pub fn run(&mut self, step: Step) {
        self.settle();
        let strategy = |which: u8| match which % 7 {
            0 => RunStrategy::Win,
            1 => RunStrategy::Gain,
            2 => RunStrategy::Improve,
            3 => RunStrategy::Redistribute,
            4 => RunStrategy::Fill,
            5 => RunStrategy::Lose,
            _ => RunStrategy::Skip,
        };
        let segments = [
            tier("standard", strategy(step.which)),
            tier("gold", strategy(step.also)),
            tier("silver", strategy(step.more)),
        ];
        let budget = (step.which > 99).then_some(step.units);
        let (room, now) = (&self.cell.allocator, self.cell.now);
        let shown = room
            .room
            .clone()
            .preview_rebalance(&segments, budget, now)
            .unwrap();
        let run = asked(
            &format!("run{}", self.facts.len()),
            &segments,
            budget,
            &shown.token,
        );
        if let Outcome::Record(run) = decide::<CommitRebalance>(room, run.clone(), now).unwrap() {
            self.fold(run);
        }
    }
}
