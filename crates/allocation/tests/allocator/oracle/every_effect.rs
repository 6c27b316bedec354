//! Long random histories of many SKUs, places and orders: the engine's every event has the very
//! effects that the naive rules ask for, and what must hold after each event holds.

use std::collections::{BTreeMap, BTreeSet};

use domain::decider::Decider;
use domain::event::*;
use domain::ids::{DAY_MS, Timestamp};
use proptest::prelude::*;

use super::history::{CAP, History, steps};
use super::naive::Asked;
use crate::come_to_rest::at_rest;

/// The largest boost that the built-in rule gives.
const LARGEST_BOOST_DAYS: i64 = 14;

impl History {
    /// Until nothing is due.
    pub fn settle(&mut self) {
        for _ in 0..200 {
            self.record();
            self.decide();
            if self.late.is_none() {
                assert_eq!(self.cell.allocator.check_at_rest(), Vec::<String>::new());
                let (as_of, now) = (self.cell.revision, self.cell.now);
                self.log.push((as_of, now, at_rest()));
                self.cell.rest();
                return self.at_rest();
            }
        }
        panic!("settling does not end");
    }

    /// What is due is decided, as the rules ask.
    pub fn decide(&mut self) {
        let mut ended = BTreeSet::new();
        let mut settled: Option<&Settled> = None;
        let now = self.cell.now;
        let due = self.cell.allocator.due(now).events;
        // Who ranks earlier since a day has come does before anybody is served.
        if let Some(come) = self.naive.to_be_due(now) {
            assert_eq!(due, [come.into()], "after\n{}", self.facts.join("\n"));
            self.late = Some((self.cell.revision, due));
            return;
        }
        for event in &due {
            match event {
                Event::Allocator(AllocatorEvent::HoldEnded(it)) => {
                    assert!(ended.insert(format!("{it:?}")))
                }
                Event::Allocator(AllocatorEvent::Settled(it)) => settled = Some(it),
                other => panic!("{other:?}"),
            }
        }
        let ends = self.naive.ends(now);
        let ends: BTreeSet<String> = ends.iter().map(|it| format!("{it:?}")).collect();
        assert_eq!(ended, ends, "after\n{}", self.facts.join("\n"));
        let effects = settled.map_or(&[][..], |it| &it.effects);
        self.as_the_rules_ask(effects, settled.map_or(&[], |it| &it.sharing));
        self.nobody_is_passed_over(effects);
        self.let_wait(effects);
        self.late = Some((self.cell.revision, due)).filter(|(_, due)| !due.is_empty());
    }

    /// What was decided stands on the log, with whatever has come before it meanwhile.
    fn record(&mut self) {
        let Some((as_of, events)) = self.late.take() else {
            return;
        };
        for event in events {
            self.fold_as_of(as_of, event);
        }
        let wrong = self.cell.allocator.check();
        assert!(
            wrong.is_empty(),
            "{wrong:#?} after\n{}",
            self.facts.join("\n")
        );
        self.conserved();
    }

    /// An order that stands still when it is decided on waits whatever its item's rule says.
    fn let_wait(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Backordered(it) = effect else {
                continue;
            };
            let line = self.naive.line(it.order.as_str(), it.line).unwrap();
            if line.suspended.is_some() {
                let beside = self.beside_the_cap.entry(it.sku.to_string());
                *beside.or_default() += it.quantity;
            }
        }
    }

    /// In some order of SKUs, the naive rules come to the same.
    fn as_the_rules_ask(&mut self, effects: &[Effect], sharing: &[Sharing]) {
        let effects = said(effects);
        let promised = sharing.iter().map(|it| {
            let units = [it.free, it.open, it.extra, it.pool];
            (it.sku.to_string(), units)
        });
        let promised = BTreeMap::from_iter(promised);
        // What must go on as it was told, and effects: the one that comes nearest is shown.
        let mut nearest: Option<Asked> = None;
        for skus in self.naive.ways() {
            let asked = self.naive.due(&skus, self.cell.now);
            let goes_on = asked.sharing.iter();
            let goes_on = goes_on.map(|(sku, it)| (sku.clone(), it.units()));
            let same = said(&asked.effects) == effects;
            if same && BTreeMap::from_iter(goes_on) == promised {
                self.naive.sharing = asked.sharing;
                return;
            }
            if same || nearest.is_none() {
                nearest = Some(asked);
            }
        }
        let (nearest, facts) = (nearest.unwrap(), self.facts.join("\n"));
        let asked = said(&nearest.effects);
        assert_ne!(
            effects, asked,
            "{promised:?} goes on, not {:?} after\n{facts}",
            nearest.sharing
        );
        let too_much: Vec<_> = effects.difference(&asked).collect();
        let missing: Vec<_> = asked.difference(&effects).collect();
        panic!("after\n{facts}\nit does {too_much:#?}\nand does not {missing:#?}");
    }

    /// A line that takes parts never waits while one that ranks after it, judged on the same
    /// state, gets stock of its SKU; so nobody waits behind an order placed more than the largest
    /// boost later.
    fn nobody_is_passed_over(&mut self, effects: &[Effect]) {
        let mut got: BTreeMap<(String, u32), u32> = BTreeMap::new();
        let mut free = self.naive.free();
        let mut last: BTreeMap<String, (Timestamp, u64, u32)> = BTreeMap::new();
        for effect in effects {
            if let Effect::Assigned(it) = effect {
                let line = self.naive.line(it.order.as_str(), it.line).unwrap().clone();
                // What was held for somebody was never anybody else's.
                if self.naive.placed[&line.order].0.hold.is_none() {
                    let rank = last.entry(it.sku.to_string()).or_insert(line.rank);
                    *rank = (*rank).max(line.rank);
                }
                *got.entry((it.order.to_string(), it.line)).or_default() += it.quantity;
                let key = (it.sku.to_string(), it.location.to_string());
                *free.entry(key).or_default() -= i64::from(it.quantity);
            }
        }
        for line in &self.naive.lines {
            let Some(last) = last.get(&line.sku) else {
                continue;
            };
            let got = got.get(&(line.order.clone(), line.number)).copied();
            let open = line.tally.wanted() - line.tally.covered() - got.unwrap_or_default();
            let behind_all = line.rank >= *last;
            // What one may take who is bound to a place, every effect says.
            let bound = line.pick_up_at.is_some() || line.no_split;
            let fair = self.naive.items[&line.sku].fair_share;
            let whole = line.complete_only || line.ship_complete;
            let may_now = self.naive.may_now(line, self.cell.now);
            let takes_parts = open > 0 && !whole && !bound && !fair && may_now;
            if takes_parts && self.naive.protection_level(line) > 0 {
                let here = free.iter().filter(|((sku, _), _)| *sku == line.sku);
                let all: i64 = here.map(|(_, units)| units).sum();
                let left = all - self.naive.on_hold(&line.sku) - self.naive.protection_level(line);
                assert!(behind_all || left <= 0, "{line:?} could have had {left}");
            } else if takes_parts {
                assert!(behind_all, "{line:?} was passed over");
                let later = last.0.ms_since(line.rank.0);
                assert!(
                    later <= LARGEST_BOOST_DAYS * DAY_MS,
                    "starved by {later} ms"
                );
            }
        }
    }

    /// Every unit is somewhere; and the cap holds.
    fn conserved(&self) {
        let mut waiting: BTreeMap<&str, u32> = BTreeMap::new();
        for line in &self.naive.lines {
            let tally = &line.tally;
            let parts = [
                tally.covered(),
                tally.backordered(),
                tally.undecided(),
                tally.shipped,
                tally.cancelled,
                tally.refused,
            ];
            assert_eq!(parts.iter().sum::<u32>(), tally.quantity);
            let held: u32 = line.held.iter().map(|(_, units, _)| units).sum();
            assert_eq!(held, tally.reserved);
            if !line.sku.starts_with("LENS") {
                *waiting.entry(&line.sku).or_default() += tally.backordered();
            }
        }
        // What was taken back by a count waits above the cap: it had been accepted long ago.
        let back: u32 = self.naive.on_hand.len() as u32 * 20;
        for (sku, units) in waiting {
            let beside = self.beside_the_cap.get(sku).copied().unwrap_or_default();
            let facts = || self.facts.join("\n");
            assert!(
                units <= CAP + back + beside,
                "{units} of {sku} wait, {beside} beside the cap, after\n{}",
                facts()
            );
        }
    }

    fn at_rest(&self) {
        let free = |sku: &str, place: &str| {
            let mine = |line: &&super::naive::Line| line.sku == sku;
            let held = self.naive.lines.iter().filter(mine).flat_map(|it| &it.held);
            let held: u32 = held.filter(|it| it.0 == place).map(|it| it.1).sum();
            let key = (sku.to_owned(), place.to_owned());
            self.naive.on_hand.get(&key).copied().unwrap_or_default() - i64::from(held)
        };
        for line in &self.naive.lines {
            for (place, ..) in &line.held {
                let short = free(&line.sku, place) < 0;
                assert!(!short, "{line:?} holds what is not there");
            }
            let order = self.cell.allocator.order(&line.order.as_str().into());
            let promised = order.unwrap().line(line.number).unwrap().promised.clone();
            assert_eq!(
                promised, line.promised,
                "the date of {} {}",
                line.order, line.number
            );
        }
    }
}

/// Effects as words; in which order SKUs were looked at does not matter.
fn said(effects: &[Effect]) -> BTreeSet<String> {
    let said: BTreeSet<String> = effects.iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(said.len(), effects.len(), "an effect is there twice");
    said
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 30_000,
        ..ProptestConfig::with_cases(600)
    })]

    #[test]
    fn every_effect_is_what_one_who_sorts_and_scans_would_do(steps in steps()) {
        let mut history = History::new();
        for step in steps {
            history.step(step);
        }
        history.settle();
    }
}
