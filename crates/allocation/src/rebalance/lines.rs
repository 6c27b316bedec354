//! The lines and the stock that a run is about, read off the state. Must not plan.

use domain::exact::Exact;
use std::collections::{BTreeMap, BTreeSet};

use super::decide::check_segments;
use super::preview::Looked;
use super::select::{Look, Sieves};
use super::{Candidate, HeldAt, MAX_CANDIDATES, MAX_LOOKED_AT, Pool};
use crate::line::{At, Open, OpenLine};
use crate::settle;
use crate::sku_state::SkuState;
use crate::{Allocator, AllocatorRefusal as No};
use domain::decider::Decider;
use domain::event::{Effect, RunSegment, RunStrategy};
use domain::ids::{OrderId, Sku, Timestamp};

/// Whom a run could be about, as its filters name it at once.
enum Scope<'a> {
    Named(BTreeSet<&'a OrderId>, BTreeSet<&'a Sku>),
    All,
}

fn scope(segments: &[RunSegment]) -> Scope<'_> {
    let active = || {
        let active = segments.iter();
        active.filter(|segment| segment.strategy != RunStrategy::Skip)
    };
    let (mut orders, mut skus) = (BTreeSet::new(), BTreeSet::new());
    for segment in active() {
        let filter = &segment.filter;
        if !filter.orders.is_empty() {
            orders.extend(&filter.orders);
        } else if !filter.skus.is_empty() {
            skus.extend(&filter.skus);
        } else {
            return Scope::All;
        }
    }
    Scope::Named(orders, skus)
}

/// Lines that a run is about, while they are looked for.
struct Search<'a> {
    state: &'a Allocator,
    sieves: Sieves<'a>,
    looked_at: usize,
    found: BTreeSet<At>,
}

impl Allocator {
    /// The lines and the stock that a run is about. Lines on which the door has not decided, or
    /// of which units are to be taken back, are left to the settling.
    pub(super) fn run_lines(&self, segments: &[RunSegment], now: Timestamp) -> Result<Looked, No> {
        check_segments(segments)?;
        let mut search = Search {
            state: self,
            sieves: Sieves::new(segments),
            looked_at: 0,
            found: BTreeSet::new(),
        };
        search.look(&scope(segments))?;
        let settling = self.settling(now);
        let mut lines = Vec::with_capacity(search.found.len());
        let mut pools = BTreeMap::new();
        for at in search.found {
            let Some((open, line, sku_state)) = self.whole(at) else {
                continue;
            };
            if !pools.contains_key(sku_state.sku()) {
                // Its turn may come in a later event than the next.
                let later = || settle::about_to_give_alone(self, line.sku_state, now) > 0;
                if settling.contains(sku_state.sku()) || later() {
                    let sku = sku_state.sku().clone();
                    return Err(No::StillSettling { sku });
                }
                pools.insert(sku_state.sku().clone(), self.pool(sku_state, now));
            }
            let mut candidate = self.candidate(at, open, line, sku_state);
            if self.not_before(at) > self.day(now) {
                // It gains nothing before its day.
                candidate.places.clear();
            }
            lines.push(candidate);
        }
        Ok((lines, pools))
    }

    /// SKUs whose stock the next settling gives out or takes back: it may stand in one commit
    /// with the run, decided on the same state.
    fn settling(&self, now: Timestamp) -> BTreeSet<Sku> {
        let mut skus = BTreeSet::new();
        for event in self.due(now).events {
            let effects = event.effects().iter();
            let stock = effects.filter(|effect| !matches!(effect, Effect::Promised(_)));
            skus.extend(stock.map(|effect| effect.sku().clone()));
        }
        skus
    }

    fn whole(&self, at: At) -> Option<(&Open, &OpenLine, &SkuState)> {
        let line = self.book.line(at)?;
        Some((
            self.book.order(at.0)?,
            line,
            self.sku_states.get(line.sku_state)?,
        ))
    }

    fn pool(&self, sku_state: &SkuState, now: Timestamp) -> Pool {
        // What is on hold is nobody's to gain; it is at no place, and left where it comes first.
        let mut on_hold = sku_state.on_hold();
        let free = sku_state.bins().iter().filter_map(|bin| {
            let units = u64::try_from(bin.free()).ok()?;
            let left = units.min(on_hold);
            on_hold = on_hold.minus(left);
            let place = self.catalogue.location(bin.place)?.clone();
            Some((place, units.minus(left)))
        });
        let curve = sku_state.supply().curve(now);
        Pool {
            free: free.collect(),
            coming: curve.iter().map(|step| (step.sum, step.at)).collect(),
        }
    }

    fn candidate(&self, at: At, open: &Open, line: &OpenLine, sku_state: &SkuState) -> Candidate {
        let look = self.look(open, line, sku_state);
        let (queue_key, extra) = (self.book.key_of(open, at), self.book.extra(at.0));
        let held = self.book.reservations(at).filter_map(|held| {
            // What travels with a move stays its owner's, as what is in a wave.
            let mut ways = sku_state.supply().ways().iter();
            let travels = ways.any(|way| way.bin.place == held.place);
            Some(HeldAt {
                place: self.catalogue.location(held.place)?.clone(),
                units: held.units,
                frozen: if travels { held.units } else { held.frozen },
            })
        });
        let places = self.sourcing().places(at.0, open, sku_state).into_iter();
        let places = places.filter_map(|place| self.catalogue.location(place));
        let together = open.ship_complete.then(|| {
            let lines = self.book.lines_of(open).iter();
            let wanting = lines.filter(|line| line.unfilled() > 0).count();
            u32::try_from(wanting).unwrap_or(u32::MAX)
        });
        Candidate {
            queue_key,
            order: open.id(),
            number: line.number,
            sku: sku_state.sku().clone(),
            tier: look.tier.into(),
            channel: look.channel.into(),
            region: look.region.map(Box::from),
            placed_at: look.placed_at,
            requested_at: extra.and_then(|extra| extra.requested_at),
            unit_price_minor: line.unit_price_minor,
            wanted: line.tally.wanted(),
            held: held.collect(),
            complete_only: line.complete_only,
            together,
            ahead: sku_state
                .queue()
                .before(queue_key)
                .units
                .plus(self.sourcing().kept_of_supply(sku_state, open.class)),
            places: places.cloned().collect(),
            one_place: extra.is_some_and(|extra| extra.no_split),
            protected: self.sourcing().protection_level(sku_state, open),
        }
    }

    fn look<'a>(&'a self, open: &'a Open, line: &OpenLine, sku_state: &'a SkuState) -> Look<'a> {
        let tier = self.catalogue.tier_of(open);
        let channel = self.catalogue.channel_of(open);
        let units = i64::from(line.tally.wanted());
        Look {
            order: open.id.as_str(),
            sku: sku_state.sku().as_str(),
            tier: tier.map_or("", |tier| tier.as_str()),
            channel: channel.map_or("", String::as_str),
            region: self.catalogue.region_of(open),
            placed_at: open.placed_at(),
            // Saturates: money, at any price that a customer names.
            value_minor: line.unit_price_minor.saturating_mul(units),
        }
    }
}

impl Search<'_> {
    fn look(&mut self, scope: &Scope<'_>) -> Result<(), No> {
        let state = self.state;
        match scope {
            Scope::Named(orders, skus) => {
                for order in orders {
                    if let Some(slot) = state.book.find(order.text()) {
                        self.look_at_order(slot)?;
                    }
                }
                for sku in skus {
                    let Some(sku_state) = state.sku_states.of(sku) else {
                        continue;
                    };
                    for entry in sku_state.queue().iter() {
                        self.look_at(entry.order, entry.queue_key.log_order.line_index())?;
                    }
                    for entry in sku_state.stocked().iter() {
                        self.look_at(entry.order, entry.queue_key.log_order.line_index())?;
                    }
                }
            }
            Scope::All => {
                for (slot, _) in state.book.iter() {
                    self.look_at_order(slot)?;
                }
            }
        }
        Ok(())
    }

    fn look_at_order(&mut self, slot: u32) -> Result<(), No> {
        let lines = self.state.book.order(slot).map_or(0, |open| open.count);
        (0..lines).try_for_each(|index| self.look_at(slot, u32::from(index)))
    }

    fn look_at(&mut self, slot: u32, index: u32) -> Result<(), No> {
        self.looked_at = self.looked_at.plus(1);
        if self.looked_at > MAX_LOOKED_AT {
            let most = MAX_LOOKED_AT;
            return Err(No::TooManyRunLines { most });
        }
        let Ok(index) = u16::try_from(index) else {
            return Ok(());
        };
        let at = (slot, index);
        let Some((open, line, sku_state)) = self.state.whole(at) else {
            return Ok(());
        };
        let tally = &line.tally;
        // An order that is suspended neither gains nor gives.
        if self.state.suspended(slot).is_some() {
            return Ok(());
        }
        if !tally.decided || tally.wanted() == 0 || tally.excess() > 0 {
            return Ok(());
        }
        let look = self.state.look(open, line, sku_state);
        if self.sieves.find(look).is_some() {
            self.found.insert(at);
        }
        if self.found.len() > MAX_CANDIDATES {
            let most = MAX_CANDIDATES;
            return Err(No::TooManyRunLines { most });
        }
        Ok(())
    }
}
