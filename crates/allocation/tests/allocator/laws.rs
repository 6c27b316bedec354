//! The laws of a room, over random histories with many SKUs, places, late records and wild facts.

use backorder_allocation::Allocator;
use domain::command::{Outcome, RoomState};
use domain::decider::{Decider, Projection, Recorded};
use domain::event::{
    AllocatorEvent, BoostStep, ChannelLevel, Effect, Event, HoldEnd, HoldEnded, InventoryEvent,
    ItemDefined, OrdersEvent, Protection, RankingRuleSet, Segment, Settled, StockHeld, TierLevel,
};
use domain::exact::stopped;
use domain::ids::{Position, Revision, Sku, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

use crate::baskets::*;
use crate::fixture::*;

const SKUS: [&str; 5] = ["BOLT", "NUT", "PIN", "LENS", "GHOST"];
const PLACES: [&str; 2] = ["main", "north"];

/// What happens next; what it comes to depends on the state.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    kind: u8,
    which: u8,
    also: u8,
    units: u32,
}

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..33, any::<u8>(), any::<u8>(), 1_u32..12);
    let step = step.prop_map(|(kind, which, also, units)| Step {
        kind,
        which,
        also,
        units,
    });
    prop::collection::vec(step, 0..most)
}

/// A log in the making.
#[derive(Default)]
pub struct History {
    pub state: RoomState<Allocator>,
    pub log: Vec<(Position, Revision, Timestamp, Event)>,
    pub now: Timestamp,
    orders: u32,
    late: Option<(Revision, Settled)>,
    kept: BTreeMap<Sku, Protection>,
}

impl History {
    fn new() -> Self {
        let mut history = Self {
            now: NOW,
            ..Self::default()
        };
        history.fold(capped("BOLT", 25, 90));
        history.fold(capped("NUT", 25, 6));
        history.fold(item_as("PIN", Segment::StockOnly, None));
        history.fold(substitutable("LENS", &["BOLT", "NUT"]));
        history.fold(location("north", "north"));
        history
    }

    fn revision(&self) -> Revision {
        Revision(self.log.len() as u64)
    }

    fn fold(&mut self, event: Event) {
        self.fold_as_of(self.revision(), event);
    }

    fn fold_as_of(&mut self, as_of: Revision, event: Event) {
        let revision = Revision(self.revision().0 + 1);
        let position = Position { revision, index: 0 };
        self.state.fold(
            Recorded {
                position,
                as_of,
                at: self.now,
            },
            &event,
        );
        if let Event::Allocator(AllocatorEvent::HoldEnded(ended)) = &event {
            self.is_ended_for_a_reason(ended);
        }
        self.log.push((position, as_of, self.now, event));
    }

    /// What was held is taken back only if stock has gone since.
    fn is_ended_for_a_reason(&self, ended: &HoldEnded) {
        if ended.why != HoldEnd::TakenBack {
            return;
        }
        let mut since = self.log.iter().rev().map(|(_, _, _, event)| event);
        let gone = since.find_map(|event| match event {
            Event::Allocator(AllocatorEvent::StockHeld(held)) if held.hold == ended.hold => {
                Some(false)
            }
            Event::Inventory(InventoryEvent::Adjusted(it)) if it.sku == ended.sku => {
                (it.change < 0).then_some(true)
            }
            Event::Inventory(InventoryEvent::Shipped(it)) => {
                let same = it.lines.iter().any(|line| line.sku == ended.sku);
                same.then_some(true)
            }
            _ => None,
        });
        assert_eq!(gone, Some(true), "{ended:?} was granted and taken back");
    }

    /// Folds a fact of another room, if that may have recorded it after those before.
    fn hear(&mut self, event: Event) {
        let position = Position {
            revision: Revision(self.revision().0 + 1),
            index: 0,
        };
        let (as_of, at) = (self.revision(), self.now);
        let recorded = Recorded {
            position,
            as_of,
            at,
        };
        let mut copy = self.state.clone();
        if stopped(|| copy.fold(recorded, &event)).is_none() {
            self.fold(event);
        }
    }

    fn due(&self) -> Option<Settled> {
        let mut events = self.state.due(self.now).events.into_iter();
        events.find_map(|event| match event {
            Event::Allocator(AllocatorEvent::Settled(settled)) => Some(settled),
            _ => None,
        })
    }

    fn record(&mut self, decided: Option<Outcome>) {
        if let Some(Outcome::Record(event)) = decided {
            self.fold(event);
        }
    }

    fn record_late(&mut self) {
        if let Some((as_of, settled)) = self.late.take() {
            self.fold_as_of(as_of, settled.into());
        }
    }

    /// Decides until nothing is due; asked again at the same time, nothing is.
    fn settle(&mut self) {
        self.record_late();
        for _ in 0..100 {
            let (as_of, due) = (self.revision(), self.state.due(self.now).events);
            if due.is_empty() {
                assert_eq!(self.state.check_at_rest(), Vec::<String>::new());
                return;
            }
            let before = self.state.clone();
            for event in due {
                if let Event::Allocator(AllocatorEvent::Settled(settled)) = &event {
                    self.is_kept(settled);
                }
                self.fold_as_of(as_of, event);
            }
            assert_ne!(
                before, self.state,
                "what was due must take the state past it"
            );
        }
        panic!("does not come to rest: {:?}", self.due());
    }

    /// Says anew how an item is sold: kept back for some, or in fair shares.
    fn keep(&mut self, sku: &str, step: Step) {
        let Event::Inventory(InventoryEvent::ItemDefined(item)) = capped(sku, 25, 90) else {
            unreachable!("an item")
        };
        let fair_share = step.also.is_multiple_of(2);
        let (channel, tier) = ("shop".to_owned(), "gold".into());
        let units = step.units % 5 + 1;
        let levels = usize::from(!fair_share);
        let protection = Protection {
            safety_stock: step.units % 3,
            channels: vec![ChannelLevel { channel, units }; levels],
            tiers: vec![TierLevel { tier, units }; levels],
        };
        self.kept.insert(sku.into(), protection.clone());
        let protection = Some(protection);
        self.fold(Event::from(ItemDefined {
            fair_share,
            protection,
            ..item
        }));
    }

    /// Nobody is given what is kept from them, as lines are served: by rank.
    fn is_kept(&self, settled: &Settled) {
        let given = |effect: &Effect| match effect {
            Effect::Assigned(given) => {
                let order = self.state.order(&given.order).unwrap();
                Some((given.effective, order.position, given.clone(), order))
            }
            _ => None,
        };
        let mut all: Vec<_> = settled.effects.iter().filter_map(given).collect();
        all.sort_by_key(|(effective, position, given, _)| (*effective, *position, given.line));
        let (mut free, mut held) = (BTreeMap::new(), BTreeMap::new());
        for (_, _, given, order) in all {
            // What is on hold for an order is not among what is free, nor kept from it.
            let of = (given.order.clone(), given.sku.clone());
            let own = self.state.held_for(&given.order, &given.sku);
            let own = held.entry(of).or_insert(own);
            let redeemed = given.quantity.min(*own);
            *own -= redeemed;
            if redeemed == given.quantity {
                continue;
            }
            let page = self.state.queue(&given.sku, None, 1).unwrap();
            let left = free.entry(given.sku.clone()).or_insert(page.free_units);
            *left -= u64::from(given.quantity - redeemed);
            let Some(kept) = self.kept.get(&given.sku) else {
                continue;
            };
            let channels = kept.channels.iter();
            let channels = channels.filter(|level| level.channel != order.channel);
            let tiers = kept.tiers.iter().filter(|level| level.tier != order.tier);
            let protection_level = kept.safety_stock
                + channels.map(|level| level.units).sum::<u32>()
                + tiers.map(|level| level.units).sum::<u32>();
            assert!(
                *left >= u64::from(protection_level),
                "{given:?} leaves {left} of {kept:?}"
            );
        }
    }

    /// An order that may not be split has its stock in one place, one that is collected in that.
    fn is_unsplit(&self) {
        for (_, _, _, event) in &self.log {
            let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event else {
                continue;
            };
            let Ok(order) = self.state.order(&placed.order) else {
                continue;
            };
            let held = order.lines.iter().flat_map(|line| &line.reservations);
            let mut places: Vec<_> = held.map(|here| &here.place).collect();
            places.sort();
            places.dedup();
            assert!(!placed.no_split || places.len() <= 1, "{order:?}");
            if let Some(place) = &placed.pick_up_at {
                assert!(places.iter().all(|held| *held == place), "{order:?}");
            }
        }
    }

    fn close_what_can(&mut self) {
        let open: Vec<String> = (0..self.orders)
            .map(|number| format!("o{number}"))
            .collect();
        for id in open {
            let order = self.state.order(&id.as_str().into());
            let done = |order: &backorder_allocation::Order| {
                order.lines.iter().all(|line| line.tally.is_closed())
            };
            if order.is_ok_and(|order| done(&order)) {
                self.fold(closed(&id));
            }
        }
    }

    fn place(&mut self, step: Step) {
        let id = format!("o{}", self.orders);
        self.orders += 1;
        let (one, other) = (usize::from(step.which) % 5, usize::from(step.also) % 5);
        let both = [(SKUS[one], step.units), (SKUS[other], step.units / 2 + 1)];
        let lines = if step.kind == 0 {
            &both[..1]
        } else {
            &both[..]
        };
        let mut order = order(&id, lines);
        if step.also.is_multiple_of(3) {
            order.customer.tier = "gold".into();
        }
        if step.also.is_multiple_of(2) {
            order.ship_to.region = Some("north".to_owned());
        }
        if step.which.is_multiple_of(3) {
            order.channel = "shop".to_owned();
        }
        order.no_split = step.also % 8 == 3;
        order.pick_up_at = (step.also % 8 == 4).then(|| "north".into());
        // Here and there an order brings names of its own.
        let own = |kind: &str| format!("{kind} {}", step.units);
        match step.which % 16 {
            1 => order.pick_up_at = Some(own("kiosk").as_str().into()),
            5 => order.customer.tier = own("tier").as_str().into(),
            7 => order.channel = own("channel"),
            13 => order.ship_to.region = Some(own("region")),
            _ => {}
        }
        order.ship_complete = step.kind == 2;
        order.lines[0].complete_only = step.also.is_multiple_of(5);
        order.hold = (step.also % 4 > 1).then(|| format!("h{}", step.which % 8).as_str().into());
        self.fold(order.into());
    }

    /// Another rule is set.
    fn rank(&mut self, step: Step) {
        let tier_days = [("gold".into(), step.units), ("standard".into(), 3)].into();
        let value = vec![BoostStep {
            at_least_minor: 600,
            days: u32::from(step.which % 9),
        }];
        let rule = RankingRuleSet {
            definition: format!("r{}", self.log.len()).as_str().into(),
            version: 1,
            explanation: "Another".to_owned(),
            tier_days,
            value,
            lifetime_value: Vec::new(),
            requested_within_days: None,
            urgency_days: Vec::new(),
            deadline_within_days: None,
            small_line_days: step
                .also
                .is_multiple_of(2)
                .then(|| u32::from(step.which % 12)),
            promise_due_days: step
                .also
                .is_multiple_of(3)
                .then(|| u32::from(step.which % 5)),
            max_boost_days: u32::from(step.also % 12),
            unchanged: false,
        };
        self.fold(rule.into());
    }

    fn step(&mut self, step: Step) {
        let sku = SKUS[usize::from(step.which) % 4];
        let place = PLACES[usize::from(step.also) % 2];
        let id = format!("o{}", u32::from(step.which) % self.orders.max(1));
        let line = u32::from(step.also) % 2 + 1;
        let po = format!("p{}", step.also % 5);
        let soon = self.now.plus_days(i64::from(step.units));
        match step.kind {
            0..=5 => self.place(step),
            6 => self.hear(cancelled(&id, &[])),
            7 => self.hear(cancelled(&id, &[(line, step.units)])),
            8 | 9 => self.fold(received_at(place, sku, step.units)),
            10 => self.hear(received_of(&po, sku, step.units)),
            11 => self.hear(adjusted(sku, -i64::from(step.units))),
            12 => self.hear(wave(&id, line, sku, step.units)),
            13 | 14 => {
                let order = self.state.order(&id.as_str().into());
                let of = order.ok().and_then(|order| order.line(line).cloned());
                if let Some(of) = of {
                    self.hear(shipped(
                        &id,
                        line,
                        of.sku.as_str(),
                        step.units.min(of.tally.reserved),
                    ));
                }
            }
            15 => self.hear(purchased(&po, sku, step.units, soon)),
            16 => self.hear(delayed(&po, sku, soon)),
            17 => self.hear(rejected(&po, sku, step.units)),
            18 => self.hear(dispatched(&po, sku, step.units, soon)),
            19 => self.now = self.now.plus_days(i64::from(step.units)),
            20 => self.record_late(),
            21 if self.late.is_none() => {
                let as_of = self.revision();
                self.late = self.due().map(|settled| (as_of, settled));
            }
            22 => self.close_what_can(),
            23 => self.keep(sku, step),
            24 => self.rank(step),
            25 | 26 if self.late.is_none() => {
                let held = to_hold(&format!("h{}", step.also % 8), sku, step.units % 4 + 1);
                let until = self.now.plus_ms(3_600_000);
                self.record(
                    decide::<HoldStock>(&self.state, StockHeld { until, ..held }, self.now).ok(),
                );
            }
            27 => {
                let hold = format!("h{}", step.also % 8);
                let given_up = release(&self.state, hold.as_str().into(), self.now);
                self.record(given_up.ok());
            }
            28 | 29 => {
                let order = self.state.order(&id.as_str().into());
                let last = order.map_or(0, |order| order.lines.last().map_or(0, |it| it.line));
                self.hear(accepted(&id, line, "BOLT", step.units, last + 1));
            }
            _ if self.late.is_none() => self.settle(),
            _ => {}
        }
        self.is_unsplit();
        assert_eq!(self.state.check(), Vec::<String>::new(), "after {step:?}");
    }
}

pub fn promised(steps: &[Step]) -> History {
    let mut history = History::new();
    for step in steps {
        history.step(*step);
    }
    history.settle();
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_history_comes_to_rest_with_its_books_in_order(steps in steps(60)) {
        let mut history = promised(&steps);
        history.close_what_can();
        history.settle();
        prop_assert!(history.due().is_none());
        let again = history.state.due(history.now).again_at;
        prop_assert!(again.is_none_or(|again| again > history.now));
    }

    #[test]
    fn nobody_is_given_what_is_kept_from_them(first in steps(4), steps in steps(60)) {
        let kept = first.into_iter().map(|step| Step { kind: 23, ..step });
        promised(&kept.chain(steps).collect::<Vec<_>>());
    }

    #[test]
    fn a_snapshot_at_any_revision_and_the_tail_are_the_full_fold(
        steps in steps(40),
        cut in any::<prop::sample::Index>(),
    ) {
        let history = promised(&steps);
        let cut = cut.index(history.log.len() + 1);
        let mut state = RoomState::<Allocator>::default();
        for (index, (position, as_of, at, event)) in history.log.iter().enumerate() {
            if index == cut {
                let bytes = postcard::to_allocvec(&state).unwrap();
                state = postcard::from_bytes(&bytes).unwrap();
            }
            let (position, as_of, at) = (*position, *as_of, *at);
            state.fold(Recorded { position, as_of, at}, event);
        }
        prop_assert_eq!(state, history.state);
    }

    #[test]
    fn what_is_due_follows_from_the_state_alone(steps in steps(30)) {
        let mut history = History::new();
        for step in &steps {
            history.step(*step);
            let bytes = postcard::to_allocvec(&history.state).unwrap();
            let copy: Allocator = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(copy.due(history.now), history.state.due(history.now));
        }
    }
}
