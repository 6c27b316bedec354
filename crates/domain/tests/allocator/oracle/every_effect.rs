//! Long random histories of many SKUs, places and orders: the engine's every event has the very
//! effects that the naive rules ask for, and what must hold after each event holds.

use std::collections::{BTreeMap, BTreeSet};

use backorder_domain::event::*;
use backorder_domain::ids::{DAY_MS, Timestamp};
use proptest::prelude::*;

use super::naive::Naive;
use crate::fixture::*;

const SKUS: [&str; 4] = ["BOLT", "NUT", "PIN", "CAM"];
const PLACES: [&str; 2] = ["main", "north"];
const CAP: u32 = 30;
/// The largest boost that the built-in rule gives.
const LARGEST_BOOST_DAYS: i64 = 14;

/// What happens next; what it comes to depends on what is there.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: u8,
    which: u8,
    also: u8,
    units: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..33, any::<u8>(), any::<u8>(), 1_u32..10);
    let step = step.prop_map(|(kind, which, also, units)| Step {
        kind,
        which,
        also,
        units,
    });
    prop::collection::vec(step, 0..120)
}

fn pick<'a>(from: &[&'a str], which: u8) -> &'a str {
    from[usize::from(which) % from.len()]
}

/// Both, side by side.
struct History {
    naive: Naive,
    cell: Cell,
    orders: u32,
    purchases: Vec<(String, &'static str)>,
    /// Effective time of the last line that got stock, by SKU, in this event.
    winners: BTreeMap<String, Timestamp>,
}

impl History {
    fn new() -> Self {
        let mut history = Self {
            naive: Naive::default(),
            cell: Cell::new(),
            orders: 0,
            purchases: Vec::new(),
            winners: BTreeMap::new(),
        };
        history.fold(kept(capped("BOLT", CAP, 60), 1));
        history.fold(capped("NUT", CAP, 8));
        history.fold(item_as("PIN", Segment::StockOnly, None));
        let cam = Segment::Backorderable {
            cap: CAP,
            longest_wait_days: 90,
        };
        history.fold(kept(item_as("CAM", cam, None), 0));
        history.fold(location("main", "south"));
        history.fold(location("north", "north"));
        history
    }

    fn fold(&mut self, event: Event) {
        self.naive.fold(&event, self.cell.now);
        self.cell.fold(&event);
    }

    fn place(&mut self, step: Step) {
        let count = 1 + usize::from(step.also % 3);
        let lines: Vec<(&str, u32)> = (0..count)
            .map(|index| {
                (
                    pick(&SKUS, step.which.wrapping_add(index as u8)),
                    step.units,
                )
            })
            .collect();
        let mut order = order(&format!("o{}", self.orders), &lines);
        order.customer.tier = pick(&["standard", "silver", "gold"], step.also / 3).into();
        order.ship_complete = step.also.is_multiple_of(5);
        order.lines[0].complete_only = step.which.is_multiple_of(4);
        order.ship_to.region =
            [None, Some("north"), Some("south")][usize::from(step.which % 3)].map(str::to_owned);
        order.channel = pick(&["web", "shop"], step.which / 4).to_owned();
        if step.also % 11 == 1 {
            order.pick_up_at = Some(pick(&PLACES, step.which).into());
        }
        let placed_at = self.cell.now.plus_days(-i64::from(step.also % 10));
        order.placed_at = Some(placed_at);
        order.urgency = (1..=5)
            .contains(&(step.which % 8))
            .then_some(step.which % 8);
        let later = |days: u8| (days < 8).then(|| placed_at.plus_days(i64::from(days)));
        order.requested_at = later(step.which % 16);
        order.ship_by = later(step.also % 14);
        self.orders += 1;
        self.fold(order.into());
    }

    /// Some line, if there is one.
    fn some_line(&self, step: Step) -> Option<super::naive::Line> {
        let index = usize::from(step.which) % self.naive.lines.len().max(1);
        self.naive.lines.get(index).cloned()
    }

    fn step(&mut self, step: Step) {
        let (sku, place) = (pick(&SKUS, step.which), pick(&PLACES, step.also));
        match step.kind {
            0..=9 => self.place(step),
            10..=12 => {
                if let Some(line) = self.some_line(step) {
                    self.fold(cancelled(&line.order, &[(line.number, step.units)]));
                }
            }
            13..=16 => self.fold(received_at(place, sku, step.units * 2)),
            17 | 18 => {
                let key = (sku.to_owned(), "main".to_owned());
                let there = self.naive.on_hand.get(&key).copied().unwrap_or_default();
                let down = i64::from(step.units).min(there);
                if down > 0 {
                    self.fold(adjusted(sku, -down));
                }
            }
            19..=21 => {
                let id = format!("p{}", self.purchases.len());
                let at = self.cell.now.plus_days(i64::from(step.also % 40));
                self.purchases.push((id.clone(), sku));
                self.fold(purchased(&id, sku, step.units, at));
            }
            22..=25 => self.supplier(step),
            26 | 27 => self.floor(step),
            28 => {
                self.cell.now = self.cell.now.plus_days(i64::from(step.also % 12));
                // Dates that drift with the clock are looked at when something else moves.
                for sku in SKUS {
                    self.fold(delayed("nobody", sku, self.cell.now));
                }
            }
            29 => self.rule(step),
            _ => self.settle(),
        }
    }

    /// Another rule, under which nobody is boosted by more than under the built-in one.
    fn rule(&mut self, step: Step) {
        let days = |part: u8| u32::from(part % 8);
        let amount = |at_least_minor, days| BoostStep {
            at_least_minor,
            days,
        };
        let rule = RankingRuleSet {
            definition: "r".into(),
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
            max_boost_days: 14,
        };
        self.fold(rule.into());
    }

    fn supplier(&mut self, step: Step) {
        let index = usize::from(step.which) % self.purchases.len().max(1);
        let Some((id, sku)) = self.purchases.get(index).cloned() else {
            return;
        };
        let at = self.cell.now.plus_days(i64::from(step.also % 50) - 5);
        match step.kind {
            22 | 23 => self.fold(delayed(&id, sku, at)),
            24 => self.fold(rejected(&id, sku, step.units)),
            _ => self.fold(received_of(&id, sku, step.units)),
        }
    }

    /// A wave, or a shipment of what a line holds; an order of which nothing is open closes.
    fn floor(&mut self, step: Step) {
        let Some(line) = self.some_line(step) else {
            return;
        };
        let held = line.held.iter().find(|held| held.0 == "main");
        let units = held.map_or(0, |held| held.1).min(step.units);
        if units > 0 && step.also.is_multiple_of(2) {
            self.fold(wave(&line.order, line.number, &line.sku, units));
        } else if units > 0 {
            self.fold(shipped(&line.order, line.number, &line.sku, units));
        }
        let mut mine = self.naive.lines.iter().filter(|it| it.order == line.order);
        if mine.all(|line| line.tally.is_closed()) {
            self.fold(closed(&line.order));
        }
    }

    fn settle(&mut self) {
        for _ in 0..200 {
            let expected = self.naive.due(self.cell.now);
            let due = self.cell.due();
            let effects = due.as_ref().map_or_else(Vec::new, |it| it.effects.clone());
            assert_eq!(said(&effects), said(&expected), "in this event");
            let Some(settled) = due else {
                assert_eq!(self.cell.allocator.check_at_rest(), Vec::<String>::new());
                return self.at_rest();
            };
            self.nobody_is_passed_over(&effects);
            self.fold(settled.into());
            assert_eq!(self.cell.allocator.check(), Vec::<String>::new());
            self.conserved();
        }
        panic!("settling does not end");
    }

    /// A line that takes parts never waits while one that ranks after it, judged on the same
    /// state, gets stock of its SKU; so nobody waits behind an order placed more than the largest
    /// boost later.
    fn nobody_is_passed_over(&mut self, effects: &[Effect]) {
        self.winners.clear();
        let mut got: BTreeMap<(String, u32), u32> = BTreeMap::new();
        let mut free = self.naive.free();
        let mut last: BTreeMap<String, (Timestamp, u64, u32)> = BTreeMap::new();
        for effect in effects {
            if let Effect::Assigned(it) = effect {
                let line = self.naive.line(it.order.as_str(), it.line).unwrap();
                let rank = last.entry(it.sku.to_string()).or_insert(line.rank);
                *rank = (*rank).max(line.rank);
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
            let open = line.tally.wanted() - line.tally.reserved() - got.unwrap_or_default();
            let behind_all = line.rank >= *last;
            let bound = line.pick_up_at.is_some() || self.naive.floor(line) > 0;
            if open > 0 && !line.complete_only && !line.ship_complete && bound {
                let left = self.naive.may_take(line, &free);
                assert!(behind_all || left == 0, "{line:?} could have had {left}");
            } else if open > 0 && !line.complete_only && !line.ship_complete {
                assert!(behind_all, "{line:?} was passed over");
                let later = last.0.ms_since(line.rank.0);
                assert!(
                    later <= LARGEST_BOOST_DAYS * DAY_MS,
                    "starved by {later} ms"
                );
            }
        }
    }

    /// Every unit is somewhere; the cap holds, and stock of a wave is nobody else's.
    fn conserved(&self) {
        let mut waiting: BTreeMap<&str, u32> = BTreeMap::new();
        for line in &self.naive.lines {
            let tally = &line.tally;
            let parts = [
                tally.reserved(),
                tally.backordered(),
                tally.undecided(),
                tally.shipped,
                tally.cancelled,
                tally.refused,
            ];
            assert_eq!(parts.iter().sum::<u32>(), tally.quantity);
            let held: u32 = line.held.iter().map(|(_, units, _)| units).sum();
            assert_eq!(held, tally.held);
            *waiting.entry(&line.sku).or_default() += tally.backordered();
        }
        // What was taken back by a count waits above the cap: it had been accepted long ago.
        let back: u32 = self.naive.on_hand.len() as u32 * 20;
        assert!(waiting.values().all(|units| *units <= CAP + back));
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
            for (place, units, fenced) in &line.held {
                let short = free(&line.sku, place) < 0;
                assert!(
                    !short || units == fenced,
                    "{line:?} holds what is not there"
                );
            }
            let order = self.cell.allocator.order(&line.order.as_str().into());
            let told = order.unwrap().line(line.number).unwrap().told.clone();
            assert_eq!(
                told, line.told,
                "the date of {} {}",
                line.order, line.number
            );
        }
    }
}

/// An item of which some is kept: as safety stock, for the shop and for gold.
fn kept(item: Event, safety_stock: u32) -> Event {
    let Event::ItemDefined(item) = item else {
        unreachable!("an item")
    };
    let (channel, tier) = ("shop".to_owned(), "gold".into());
    let protection = Some(Protection {
        safety_stock,
        channels: vec![ChannelLevel { channel, units: 2 }],
        tiers: vec![TierLevel { tier, units: 3 }],
    });
    ItemDefined { protection, ..item }.into()
}

/// Effects as words; in which order SKUs were looked at does not matter.
fn said(effects: &[Effect]) -> BTreeSet<String> {
    let said: BTreeSet<String> = effects.iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(said.len(), effects.len(), "an effect is there twice");
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_effect_is_what_one_who_sorts_and_scans_would_do(steps in steps()) {
        let mut history = History::new();
        for step in steps {
            history.step(step);
        }
        history.settle();
    }
}
