//! Repair, assign and door, by sorting and scanning everything.

use std::collections::{BTreeMap, BTreeSet};

use backorder_domain::event::*;
use backorder_domain::ids::Timestamp;

use super::dates::promised;
use super::{Line, Naive, Name, Rank, goes_to};

type Free = BTreeMap<(Name, Name), i64>;

impl Naive {
    /// Every effect that is due.
    pub fn due(&self, now: Timestamp) -> Vec<Effect> {
        let skus: BTreeSet<&Name> = self.lines.iter().map(|line| &line.sku).collect();
        let mut effects = Vec::new();
        let mut repaired = BTreeSet::new();
        for sku in &skus {
            let released = self.repair(sku);
            if !released.is_empty() {
                repaired.insert((*sku).clone());
                effects.extend(released);
            }
        }
        effects.extend(self.serve(&repaired, now));
        let touched: BTreeSet<String> = effects.iter().map(|it| it.sku().to_string()).collect();
        for sku in skus {
            if !touched.contains(sku) {
                effects.extend(self.dates(sku, now));
            }
        }
        effects
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
        free
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
            for fenced_too in [false, true] {
                for ((_, held, fenced), taken) in line.held.iter().zip(&mut taken) {
                    let most = if fenced_too { *held } else { held - fenced };
                    let more = most.saturating_sub(*taken).min(left);
                    *taken += more;
                    left -= more;
                }
            }
            let places = line.held.iter().map(|(place, _, _)| place).zip(taken);
            for (place, units) in places.filter(|(_, units)| *units > 0) {
                *free.entry(place.clone()).or_default() += i64::from(units);
                back.insert((line.rank, place.clone()), units);
                effects.push(released(line, place, units, ReleaseReason::Cancelled));
            }
        }
        for (place, free) in free.iter_mut() {
            for line in self.ranked(sku).into_iter().rev() {
                let here = line.held.iter().find(|held| held.0 == *place);
                let (held, fenced) = here.map_or((0, 0), |(_, held, fenced)| (*held, *fenced));
                let before = back.get(&(line.rank, place.clone())).copied().unwrap_or(0);
                let missing = u32::try_from((-*free).max(0)).unwrap();
                let units = (held - fenced).saturating_sub(before).min(missing);
                if units > 0 {
                    *free += i64::from(units);
                    effects.push(released(line, place, units, ReleaseReason::CountedDown));
                }
            }
        }
        effects
    }

    fn serve(&self, repaired: &BTreeSet<Name>, now: Timestamp) -> Vec<Effect> {
        let mut free: Free = self.free();
        free.values_mut().for_each(|units| *units = (*units).max(0));
        let mut given: BTreeMap<(u64, u32), Vec<Effect>> = BTreeMap::new();
        // Where an SKU can go no further in this event.
        let mut stopped: BTreeMap<Name, Rank> = BTreeMap::new();
        for sku in repaired {
            stopped.insert(sku.clone(), (Timestamp::MIN, 0, 0));
        }
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| line.rank);
        let mut whole: BTreeSet<u64> = BTreeSet::new();
        for line in &lines {
            let all = |free: &Free, sku: &str| -> i64 {
                free.iter()
                    .filter(|((of, _), _)| of == sku)
                    .map(|(_, units)| units)
                    .sum()
            };
            let here = all(&free, &line.sku);
            let wanted = line.unfilled();
            if stopped.contains_key(&line.sku) || wanted == 0 || here == 0 {
                continue;
            }
            if !line.ship_complete {
                let may = self.may_take(line, &free);
                let units = u32::try_from(may).unwrap().min(wanted);
                if units > 0 && (!line.complete_only || units == wanted) {
                    let effects = self.source(line, units, &mut free);
                    given.insert((line.rank.1, line.rank.2), effects);
                }
                continue;
            }
            if whole.contains(&line.rank.1) || here - self.floor(line) < i64::from(wanted) {
                continue;
            }
            let open: Vec<&&Line> = lines
                .iter()
                .filter(|other| other.rank.1 == line.rank.1 && other.unfilled() > 0)
                .collect();
            let need = |sku: &str| -> i64 {
                let same = open.iter().filter(|other| other.sku == sku);
                same.map(|other| i64::from(other.unfilled())).sum()
            };
            if open
                .iter()
                .any(|other| all(&free, &other.sku) - self.floor(other) < need(&other.sku))
            {
                whole.insert(line.rank.1);
            } else if open.iter().any(|other| stopped.contains_key(&other.sku)) {
                stopped.insert(line.sku.clone(), line.rank);
            } else if open
                .iter()
                .any(|other| self.may_take(other, &free) < need(&other.sku))
            {
                whole.insert(line.rank.1);
            } else {
                whole.insert(line.rank.1);
                for other in open {
                    let effects = self.source(other, other.unfilled(), &mut free);
                    given.insert((other.rank.1, other.rank.2), effects);
                }
            }
        }
        let mut effects = self.door(&given, &stopped, now);
        effects.extend(given.into_values().flatten());
        effects
    }

    /// Near places first, then where most is free, then by name.
    fn source(&self, line: &Line, units: u32, free: &mut Free) -> Vec<Effect> {
        let mut places: Vec<(bool, i64, Name)> = free
            .iter()
            .filter(|((sku, place), units)| *sku == line.sku && **units > 0 && goes_to(line, place))
            .map(|((_, place), units)| {
                let near = line.region.is_some() && self.regions.get(place) == line.region.as_ref();
                (!near, -units, place.clone())
            })
            .collect();
        places.sort();
        let (mut effects, mut left) = (Vec::new(), units);
        for (_, _, place) in places {
            let here = free.get_mut(&(line.sku.clone(), place.clone())).unwrap();
            let quantity = u32::try_from(*here).unwrap().min(left);
            *here -= i64::from(quantity);
            left -= quantity;
            if quantity > 0 {
                effects.push(Effect::Assigned(Assigned {
                    order: line.order.as_str().into(),
                    line: line.number,
                    sku: line.sku.as_str().into(),
                    location: place.as_str().into(),
                    quantity,
                    effective: line.rank.0,
                }));
            }
        }
        effects
    }

    fn door(
        &self,
        given: &BTreeMap<(u64, u32), Vec<Effect>>,
        stopped: &BTreeMap<Name, Rank>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let rest = |line: &Line| {
            let given = given.get(&(line.rank.1, line.rank.2)).into_iter().flatten();
            line.unfilled() - given.map(quantity).sum::<u32>()
        };
        let skus: BTreeSet<&Name> = self.lines.iter().map(|line| &line.sku).collect();
        for sku in skus {
            let lines = self.ranked(sku);
            let mut waits: BTreeSet<Rank> = lines
                .iter()
                .filter(|line| line.tally.decided)
                .map(|line| line.rank)
                .collect();
            for line in &lines {
                let open = rest(line);
                let reached = stopped.get(sku).is_none_or(|stop| line.rank < *stop);
                if line.tally.decided || open == 0 || !reached {
                    continue;
                }
                let units = |upto: Option<Rank>| -> u64 {
                    lines
                        .iter()
                        .filter(|other| waits.contains(&other.rank))
                        .filter(|other| upto.is_none_or(|upto| other.rank < upto))
                        .map(|other| u64::from(rest(other)))
                        .sum()
                };
                let (ahead, all) = (units(Some(line.rank)), units(None));
                match self.verdict(sku, ahead, all, open, now) {
                    Ok(promise) => {
                        waits.insert(line.rank);
                        effects.push(Effect::Backordered(Backordered {
                            order: line.order.as_str().into(),
                            line: line.number,
                            sku: sku.as_str().into(),
                            quantity: open,
                            effective: line.rank.0,
                            ahead,
                        }));
                        effects.push(promised(line, promise, None));
                    }
                    Err(why) => effects.push(Effect::Refused(Refused {
                        order: line.order.as_str().into(),
                        line: line.number,
                        sku: sku.as_str().into(),
                        quantity: open,
                        why,
                    })),
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

fn released(line: &Line, place: &str, quantity: u32, why: ReleaseReason) -> Effect {
    Effect::Released(Released {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        location: place.into(),
        quantity,
        why,
    })
}
