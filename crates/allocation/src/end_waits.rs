//! An item will not come any more, or another one comes instead: those who wait for it are told,
//! and nobody is left waiting for nothing. Must not know stock.

use std::collections::BTreeSet;

use serde::Serialize;

use super::effect_batch::{EffectBudget, MAX_SETTLED_BYTES};
use super::offers::{MAX_INSTEAD, MAX_INSTEAD_DAYS};
use super::{Allocator, AllocatorRefusal as No, settle};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decision};
use domain::event::{
    DEFAULT_OFFER_DAYS, Effect, Event, MAX_EFFECTS, Offered, RefuseReason, Refused, WaitsEnded,
};
use domain::exact::Exact;
use domain::ids::{EndingId, Key, OrderId, Sku, Timestamp};

/// Offers something else to those who wait for an item, or refuses them what they wait for: the
/// best ranked first, as many lines as fit in one event. A line of which some was refused before is
/// refused the rest.
///
/// Refused when nobody waits, when something that nobody has defined is offered, over a bound, and
/// while the item's stock is being assigned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EndWaits {
    /// This request.
    pub ending: EndingId,
    /// Which item.
    pub sku: Sku,
    /// What is offered instead, the best first; none: their units are refused.
    pub alternatives: Vec<Sku>,
    /// Days for which the offer stands; nothing: [`DEFAULT_OFFER_DAYS`].
    pub offer_days: Option<u32>,
}

impl Command<Allocator> for EndWaits {
    fn id(&self) -> Option<Key> {
        Some(self.ending.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.sku.key()]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, now: Timestamp) -> Decision<No> {
        allocator.check_instead(self)?;
        let (effects, left) = allocator.ending(self, now)?;
        let ended = WaitsEnded {
            ending: self.ending.clone(),
            sku: self.sku.clone(),
            alternatives: self.alternatives.clone(),
            offer_days: self.offer_days,
            rule: allocator.rule.version,
            before: allocator.decisions_before(&effects),
            effects,
            left,
        };
        Ok(Decided::Record(ended.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        WaitsEnded::of(event).map(|ended| Self {
            ending: ended.ending.clone(),
            sku: ended.sku.clone(),
            alternatives: ended.alternatives.clone(),
            offer_days: ended.offer_days,
        })
    }
}

impl Allocator {
    fn check_instead(&self, asked: &EndWaits) -> Result<(), No> {
        let count = asked.alternatives.len();
        if count > MAX_INSTEAD {
            return Err(No::AlternativeCountOutOfRange { count });
        }
        if let Some(days) = asked.offer_days
            && !(1..=MAX_INSTEAD_DAYS).contains(&days)
        {
            return Err(No::OfferDaysOutOfRange { days });
        }
        self.check_not_renamed(&asked.sku)?;
        let mut seen = BTreeSet::from([&asked.sku]);
        for sku in &asked.alternatives {
            if !seen.insert(sku) {
                let sku = sku.clone();
                return Err(No::RepeatedAlternative { sku });
            }
            self.check_not_renamed(sku)?;
            let known = self.sku_states.of(sku);
            if known.and_then(|sku_state| sku_state.policy()).is_none() {
                let sku = sku.clone();
                return Err(No::UnknownSku { sku });
            }
        }
        Ok(())
    }

    /// What each is told, and how many are told nothing since it does not fit. Who waits for stock
    /// that is there, until a day or for another item, gets it; who was offered something else is
    /// offered nothing anew.
    ///
    /// # Errors
    /// As [`EndWaits`] is refused.
    pub fn ending(&self, asked: &EndWaits, now: Timestamp) -> Result<(Vec<Effect>, u64), No> {
        let sku = asked.sku.clone();
        let Some(number) = self.sku_states.find(sku.text()) else {
            return Err(No::UnknownSku { sku });
        };
        // A decision that is under way may be about to give some of them what they wait for.
        if settle::is_settling(self, number, now) {
            return Err(No::StillSettling { sku });
        }
        let queue = self.sku_states.get(number).map(|it| it.queue());
        let mut budget = EffectBudget::default();
        let (mut effects, mut left) = (Vec::new(), 0_u64);
        let mut served = 0_u64;
        let mut fits = true;
        for entry in queue.into_iter().flat_map(|queue| queue.iter()) {
            let index = entry.queue_key.index();
            let line = self.book.line((entry.order, index));
            let (Some(open), Some(line)) = (self.book.order(entry.order), line) else {
                continue;
            };
            let all = served.plus(u64::from(entry.units));
            let later = entry.from > self.day(now) || open.ship_complete;
            if later && self.sourcing().free_for(number, entry.order, open) >= all {
                served = all;
                continue;
            }
            let offers = !asked.alternatives.is_empty();
            if offers && self.offers.until((entry.order, index)).is_some() {
                continue;
            }
            // What is taken instead is counted by what was refused since it was offered.
            let refuses = line.tally.refused > 0;
            let effect = asked.effect((open.id(), line.number), entry.units, refuses, now);
            budget = budget.and(EffectBudget::of(std::slice::from_ref(&effect)));
            fits &= budget.effects <= MAX_EFFECTS && budget.bytes <= MAX_SETTLED_BYTES;
            if fits {
                effects.push(effect);
            } else {
                left = left.plus(1);
            }
        }
        if effects.is_empty() {
            return Err(No::NothingWaits { sku });
        }
        Ok((effects, left))
    }
}

impl EndWaits {
    /// What a line is told that waits for so many units: some of another may be offered instead,
    /// unless it `refuses`.
    fn effect(
        &self,
        (order, line): (OrderId, u32),
        quantity: u32,
        refuses: bool,
        now: Timestamp,
    ) -> Effect {
        let sku = self.sku.clone();
        if refuses || self.alternatives.is_empty() {
            return Effect::Refused(Refused {
                order,
                line,
                sku,
                quantity,
                why: RefuseReason::Discontinued,
                limit: None,
            });
        }
        let days = self.offer_days.unwrap_or(DEFAULT_OFFER_DAYS);
        Effect::Offered(Offered {
            order,
            line,
            sku,
            quantity,
            alternatives: self.alternatives.clone(),
            until: now.plus_days(i64::from(days)),
        })
    }
}
