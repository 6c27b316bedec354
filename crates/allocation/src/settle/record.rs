//! What is recorded of an SKU when all have been served: what each line gets, and what those that
//! have come are told of the rest: they wait, or are refused, and hear why or until when. Must not
//! know stock.

use super::Pass;
use super::allocation_plan::{AllocationPlan, Decided};
use crate::effect_batch::{EffectBudget, offer_size};
use crate::line::Open;
use crate::queue_key::QueueKey;
use crate::verdict::{Refusal, Rest, Verdict, verdict};
use domain::event::{Backordered, Effect, Offered, Promised, Refused, Segment};
use domain::exact::Exact;
use domain::ids::Timestamp;

impl<'a> Pass<'a> {
    /// Records what was decided on the lines of an SKU, in rank order. Each that has come is told
    /// of what it does not get.
    pub(super) fn record(&mut self, plan: &mut AllocationPlan<'a>) {
        let decided = std::mem::take(&mut plan.decided);
        let come = decided.iter().any(|it| it.untold() > 0);
        let supply = plan.sku_state.supply();
        let curve = if come {
            supply.curve(self.now)
        } else {
            Vec::new()
        };
        let waited = decided.iter().filter(|it| it.line.tally.decided);
        let filled: u64 = waited.map(|it| u64::from(it.units)).sum();
        let mut waiting = plan.sku_state.queue().total().units.minus_or_zero(filled);
        let (mut gone, mut come) = (0_u64, 0_u64);
        for mut it in decided {
            let untold = it.untold();
            let group = std::mem::take(&mut it.group);
            self.batch.push_share(it.at(), group, it.divided);
            if it.line.tally.decided {
                gone = gone.plus(u64::from(it.units));
            }
            if untold == 0 {
                continue;
            }
            let queued = plan.sku_state.queue().before(it.queue_key).units;
            let ahead = queued.plus(come).minus_or_zero(gone);
            let kept = plan.protection_levels.as_ref();
            let kept = kept.map_or(0, |protection_levels| {
                protection_levels.to_come(it.open.class, plan.free_units)
            });
            let opens_at = self.opens_at(it.queue_key, it.slot);
            let quote = |units: u32| {
                let units = ahead.plus(kept).plus(u64::from(units));
                plan.sku_state.quote(&curve, units, self.now)
            };
            let rest = Rest {
                units: untold,
                whole: it.line.complete_only || it.open.ship_complete,
                opens_at,
                stands_still: self.state.suspended(it.slot).is_some(),
            };
            let verdict = verdict(plan.policy(), waiting, rest, self.now, quote);
            let waits = u64::from(verdict.waits(untold));
            come = come.plus(waits);
            waiting = waiting.plus(waits);
            self.tell(plan, &it, untold, ahead, verdict);
        }
    }

    /// When a line may take stock, if it may not yet.
    fn opens_at(&self, queue_key: QueueKey, slot: u32) -> Option<Timestamp> {
        let index = queue_key.index();
        let from = self.state.not_before((slot, index));
        self.state.opens_at(from, self.now)
    }

    /// Tells a line what becomes of so many units that stock did not serve.
    fn tell(
        &mut self,
        plan: &AllocationPlan<'_>,
        decided: &Decided<'_>,
        quantity: u32,
        ahead: u64,
        verdict: Verdict,
    ) {
        let (at, order, line) = (decided.at(), decided.open.id(), decided.line.number);
        let sku = plan.sku_state.sku().clone();
        let refuse = |it: Refusal| {
            Effect::Refused(Refused {
                order: order.clone(),
                line,
                sku: sku.clone(),
                quantity: it.units,
                why: it.why,
                limit: it.limit,
            })
        };
        match verdict {
            Verdict::Offer(alternatives, until) => {
                let offered = Effect::Offered(Offered {
                    order,
                    line,
                    sku,
                    quantity,
                    alternatives,
                    until,
                });
                self.batch.push(at, [offered]);
            }
            Verdict::Refuse(all) => self.batch.push(at, [refuse(all)]),
            Verdict::Wait(quantity, promise, beyond) => {
                self.batch.push(at, beyond.map(refuse));
                let waits = Backordered {
                    order: order.clone(),
                    line,
                    sku: sku.clone(),
                    quantity,
                    effective: decided.queue_key.effective,
                    ahead,
                };
                let promised = Promised {
                    order,
                    line,
                    sku,
                    promise,
                    was: None,
                };
                let told = [Effect::Backordered(waits), Effect::Promised(promised)];
                self.batch.push(at, told);
            }
        }
    }
}

/// What a line that has come is told at the most.
pub(super) fn budget_to_tell(plan: &AllocationPlan<'_>, open: &Open) -> EffectBudget {
    let instead = match plan.policy().map(|policy| &policy.segment) {
        Some(Segment::Substitutable { alternatives, .. }) => offer_size(alternatives),
        Some(Segment::Backorderable { .. } | Segment::StockOnly) | None => 0,
    };
    let (order, sku) = (open.id.len(), plan.sku_state.sku().text().len());
    EffectBudget::to_promise(order, sku, instead)
}
