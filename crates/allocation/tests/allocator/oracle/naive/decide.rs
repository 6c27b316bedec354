//! Repair and door, by sorting and scanning everything.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::*;
use domain::ids::{Sku, Timestamp};

use super::dates::{Answer, promised};
use super::serve::{Free, Plan};
use super::shares::Division;
use super::{Line, Naive, Name, Rank};

/// What the rules ask for.
#[derive(Debug)]
pub struct Asked {
    pub effects: Vec<Effect>,
    /// What goes on being divided in the next event.
    pub sharing: BTreeMap<Name, Division>,
}

impl Naive {
    /// Every effect that is due, when SKUs are looked at in this order.
    pub fn due(&self, skus: &[Name], now: Timestamp) -> Asked {
        let mut effects = Vec::new();
        let mut plan = Plan::new(self, now);
        for sku in skus {
            let mut back = self.repair(sku);
            back.extend(self.over(sku, now));
            if !back.is_empty() {
                plan.stopped.insert(sku.clone(), (Timestamp::MIN, 0, 0));
                effects.extend(back);
            }
        }
        plan.serve(skus);
        effects.extend(self.door(&plan, now));
        let mut effects = self.fall_together(effects);
        let sharing = plan.sharing();
        effects.extend(plan.given.into_values().flatten());
        let touched: BTreeSet<String> = effects.iter().map(|it| it.sku().to_string()).collect();
        for sku in skus {
            if !touched.contains(sku) {
                effects.extend(self.dates(sku, now));
            }
        }
        Asked { effects, sharing }
    }

    /// What was about to wait beside a refused line of an order that goes whole is refused.
    fn fall_together(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let whole = |order: &str| {
            let mut lines = self.lines.iter();
            lines.any(|it| it.order == order && it.ship_complete && !it.rest_may_go)
        };
        let falls: BTreeSet<String> = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Refused(_)))
            .map(|effect| effect.order().to_string())
            .filter(|order| whole(order))
            .collect();
        let fallen = |effect: Effect| {
            if !falls.contains(effect.order().as_str()) {
                return Some(effect);
            }
            let line = self
                .lines
                .iter()
                .find(|line| line.order == effect.order().as_str() && line.number == effect.line());
            let refused = |units| refused(line.unwrap(), units, RefuseReason::OrderWhole, None);
            match &effect {
                Effect::Backordered(it) => Some(refused(it.quantity)),
                Effect::Offered(it) => Some(refused(it.quantity)),
                Effect::Promised(_) => None,
                _ => Some(effect),
            }
        };
        effects.into_iter().filter_map(fallen).collect()
    }

    /// Lines of an SKU, best rank first.
    pub(super) fn ranked(&self, sku: &str) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.iter().filter(|line| line.sku == sku).collect();
        lines.sort_by_key(|line| line.rank);
        lines
    }

    pub fn free(&self) -> Free {
        let mut free = self.on_hand.clone();
        for line in &self.lines {
            for (place, units, _) in &line.held {
                *free.entry((line.sku.clone(), place.clone())).or_default() -= i64::from(*units);
            }
        }
        // What travels is nobody's to take; of it may be less than is held.
        for ((_, place), units) in &mut free {
            if self.roads.contains_key(place) {
                *units = (*units).min(0);
            }
        }
        free
    }

    /// What nobody has accepted in time is refused.
    fn over(&self, sku: &str, now: Timestamp) -> Vec<Effect> {
        let over = |line: &&Line| line.offer.is_some_and(|until| until <= now);
        let lines = self.ranked(sku).into_iter().filter(over);
        let refused = |line: &Line| {
            let quantity = line.tally.backordered();
            refused(line, quantity, RefuseReason::Substitutable, None)
        };
        lines.map(refused).collect()
    }

    fn repair(&self, sku: &str) -> Vec<Effect> {
        let mut free: BTreeMap<Name, i64> = BTreeMap::new();
        for ((of, place), units) in self.free() {
            if of == sku {
                free.insert(place, units);
            }
        }
        let mut effects = Vec::new();
        let mut back: BTreeMap<(Rank, Name), u32> = BTreeMap::new();
        for line in self.ranked(sku) {
            let mut left = line.tally.excess();
            let mut taken = vec![0; line.held.len()];
            for frozen_too in [false, true] {
                for ((_, held, frozen), taken) in line.held.iter().zip(&mut taken) {
                    let most = if frozen_too { *held } else { held - frozen };
                    let more = most.saturating_sub(*taken).min(left);
                    *taken += more;
                    left -= more;
                }
            }
            let places = line.held.iter().zip(taken);
            for ((place, held, frozen), units) in places.filter(|(_, units)| *units > 0) {
                *free.entry(place.clone()).or_default() += i64::from(units);
                back.insert((line.rank, place.clone()), units);
                let in_wave = units.saturating_sub(held - frozen);
                let why = ReleaseReason::Cancelled;
                effects.push(released(line, place, (units, in_wave), why));
            }
        }
        self.pauses_and_falls(sku, &mut free, &mut back, &mut effects);
        for (place, free) in free.iter_mut() {
            for frozen_too in [false, true] {
                for line in self.ranked(sku).into_iter().rev() {
                    let here = line.held.iter().find(|held| held.0 == *place);
                    let (held, frozen) = here.map_or((0, 0), |(_, held, frozen)| (*held, *frozen));
                    let before = back.get(&(line.rank, place.clone())).copied().unwrap_or(0);
                    let missing = u32::try_from((-*free).max(0)).unwrap();
                    let open = (held - frozen).saturating_sub(before);
                    let most = if frozen_too {
                        held - before - open
                    } else {
                        open
                    };
                    let units = most.min(missing);
                    if units > 0 {
                        *free += i64::from(units);
                        let why = ReleaseReason::CountedDown;
                        let in_wave = if frozen_too { units } else { 0 };
                        effects.push(released(line, place, (units, in_wave), why));
                    }
                }
            }
        }
        effects
    }

    /// What suspended orders do not keep, and what falls with its order.
    fn pauses_and_falls(
        &self,
        sku: &str,
        free: &mut BTreeMap<Name, i64>,
        back: &mut BTreeMap<(Rank, Name), u32>,
        effects: &mut Vec<Effect>,
    ) {
        let gives_back = |line: &&Line| line.suspended == Some(true) && line.tally.excess() == 0;
        for line in self.ranked(sku).into_iter().filter(gives_back) {
            for (place, held, frozen) in line.held.iter().filter(|it| it.1 > it.2) {
                let units = held - frozen;
                *free.entry(place.clone()).or_default() += i64::from(units);
                back.insert((line.rank, place.clone()), units);
                effects.push(released(line, place, (units, 0), ReleaseReason::Suspended));
            }
        }
        for line in self.ranked(sku).into_iter().filter(|line| line.falls) {
            if back.keys().any(|(rank, _)| *rank == line.rank) {
                continue;
            }
            let mut gone = line.unfilled();
            for (place, held, frozen) in line.held.iter().filter(|it| it.1 > it.2) {
                let units = held - frozen;
                gone += units;
                *free.entry(place.clone()).or_default() += i64::from(units);
                back.insert((line.rank, place.clone()), units);
                effects.push(released(line, place, (units, 0), ReleaseReason::Refused));
            }
            if gone > 0 {
                effects.push(refused(line, gone, RefuseReason::OrderWhole, None));
            }
        }
    }

    fn door(&self, plan: &Plan<'_>, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let rest = |line: &Line| {
            let given = plan
                .given
                .get(&(line.rank.1, line.rank.2))
                .into_iter()
                .flatten();
            line.unfilled() - given.map(quantity).sum::<u32>()
        };
        let skus: BTreeSet<&Name> = self.lines.iter().map(|line| &line.sku).collect();
        for sku in skus {
            let lines = self.ranked(sku);
            // Units of those who have come just now that are to wait.
            let mut come: BTreeMap<Rank, u64> = BTreeMap::new();
            for line in &lines {
                let open = rest(line);
                let reached = plan.stopped.get(sku);
                let reached = reached.is_none_or(|stop| line.rank < *stop);
                if line.tally.decided || open == 0 || !reached {
                    continue;
                }
                let units = |upto: Option<Rank>| -> u64 {
                    lines
                        .iter()
                        .filter(|other| upto.is_none_or(|upto| other.rank < upto))
                        .filter_map(|other| {
                            let decided = other.tally.decided.then(|| u64::from(rest(other)));
                            decided.or_else(|| come.get(&other.rank).copied())
                        })
                        .sum()
                };
                let (ahead, all) = (units(Some(line.rank)), units(None));
                let elsewhere = ahead + self.kept_of_supply(line, plan.open(sku));
                let whole = line.complete_only || line.ship_complete;
                let opens_at = self.opens_at(line, now);
                if line.suspended.is_some() && self.items.contains_key(sku) {
                    come.insert(line.rank, open.into());
                    effects.push(backordered(line, open, ahead));
                    let promise = self.quote(sku, elsewhere + u64::from(open), now);
                    effects.push(promised(line, promise, None));
                    continue;
                }
                match self.verdict(sku, elsewhere, all, (open, whole, opens_at), now) {
                    Answer::Wait(units, promise, limit) => {
                        come.insert(line.rank, units.into());
                        if units < open {
                            let why = RefuseReason::CapReached;
                            effects.push(refused(line, open - units, why, limit));
                        }
                        effects.push(backordered(line, units, ahead));
                        effects.push(promised(line, promise, None));
                    }
                    Answer::Offer(alternatives, until) => {
                        come.insert(line.rank, open.into());
                        effects.push(offered(line, open, alternatives, until));
                    }
                    Answer::Refuse(why, limit) => effects.push(refused(line, open, why, limit)),
                }
            }
        }
        effects
    }
}

fn quantity(effect: &Effect) -> u32 {
    match effect {
        Effect::Assigned(it) => it.quantity,
        other => panic!("{other:?} gives nothing"),
    }
}

fn backordered(line: &Line, quantity: u32, ahead: u64) -> Effect {
    Effect::Backordered(Backordered {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        quantity,
        effective: line.rank.0,
        ahead,
    })
}

fn offered(line: &Line, quantity: u32, alternatives: Vec<Sku>, until: Timestamp) -> Effect {
    Effect::Offered(Offered {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        quantity,
        alternatives,
        until,
    })
}

fn refused(line: &Line, quantity: u32, why: RefuseReason, limit: Option<Limit>) -> Effect {
    Effect::Refused(Refused {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        quantity,
        why,
        limit,
    })
}

fn released(
    line: &Line,
    place: &str,
    (quantity, in_wave): (u32, u32),
    why: ReleaseReason,
) -> Effect {
    Effect::Released(Released {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        location: place.into(),
        quantity,
        why,
        in_wave,
    })
}
