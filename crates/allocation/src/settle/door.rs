//! What happens to lines that have come and were not wholly served from stock: they wait, or are
//! refused, and hear why or until when. Must not know stock.

use super::Pass;
use super::allocation_plan::{AllocationPlan, Served, Stop};
use crate::effect_batch::{EffectBudget, offer_size};
use crate::entry::Comer;
use crate::line::{Open, OpenLine};
use crate::queue_key::QueueKey;
use crate::verdict::{Verdict, verdict};
use domain::event::{Backordered, Effect, Offered, Promised, Refused, Segment};

impl<'a> Pass<'a> {
    /// Decides on every line at the door to which its turn has come, best rank first. All that a
    /// line gets at the door stands in one event.
    pub(super) fn door(&mut self, plan: &mut AllocationPlan<'a>) {
        if plan.sku_state.door().is_empty() {
            return;
        }
        let curve = plan.sku_state.supply().curve(self.now);
        let last_kept = plan.served.last().map(|served| served.queue_key);
        // What was kept for lines up to this one is used below.
        self.batch.let_go(std::mem::take(&mut plan.kept));
        let mut in_part = std::mem::take(&mut plan.served).into_iter().peekable();
        let mut done = std::mem::take(&mut plan.done).into_iter().peekable();
        let mut taken = std::mem::take(&mut plan.taken).into_iter().peekable();
        let all: u64 = taken.clone().map(|(_, units)| u64::from(units)).sum();
        let mut waiting = plan.sku_state.queue().total().units.saturating_sub(all);
        let (mut gone, mut come) = (0_u64, 0_u64);
        for Comer { queue_key, order } in plan.sku_state.door().iter().copied() {
            let whole = done.next_if(|done| *done == queue_key);
            let Some((open, line)) = self.line(queue_key, order).filter(|_| whole.is_none()) else {
                continue;
            };
            let is_kept = last_kept.is_some_and(|last| queue_key <= last);
            let reached = plan.stop != Stop::Full || plan.cursor.is_some_and(|at| at >= queue_key);
            let full = plan.used >= plan.share || self.batch.is_full(plan.most_of_a_line(false));
            if !reached || (full && !is_kept) {
                plan.stop = Stop::Full;
                break;
            }
            while let Some((_, units)) = taken.next_if(|(other, _)| *other < queue_key) {
                gone = gone.saturating_add(u64::from(units));
            }
            let served = in_part.next_if(|served| served.queue_key == queue_key);
            let (had, mut group) = served.map_or((0, Vec::new()), |it| (it.units, it.group));
            let wanted = line.unfilled().saturating_sub(had);
            let queued = plan.sku_state.queue().before(queue_key).units;
            let ahead = queued.saturating_add(come).saturating_sub(gone);
            let kept = plan.protection_levels.as_ref();
            let kept = kept.map_or(0, |protection_levels| {
                protection_levels.to_come(open.class, plan.free_units)
            });
            let units = ahead.saturating_add(kept).saturating_add(u64::from(wanted));
            let quote = || plan.sku_state.quote(&curve, units, self.now);
            let verdict = verdict(plan.policy(), waiting, wanted, self.now, quote);
            if let Verdict::Wait(_) | Verdict::Offer(..) = verdict {
                come = come.saturating_add(u64::from(wanted));
                waiting = waiting.saturating_add(u64::from(wanted));
            }
            group.extend(told(plan, (open, line), wanted, ahead, verdict));
            // What was kept is used already.
            if !is_kept {
                plan.used = plan.used.saturating_add(group.len());
            }
            self.batch.push(group);
        }
    }

    /// Whether what a line at the door gets, and what it and all before it are told, fits in this
    /// event; all that a line gets at the door stands in one.
    pub(super) fn has_room(
        &self,
        plan: &mut AllocationPlan<'a>,
        queue_key: QueueKey,
        open: &Open,
    ) -> bool {
        self.count_unpromised(plan, queue_key);
        let places = plan.free.len();
        let sku = plan.sku_state.sku().as_str().len();
        let ids = open.id.as_str().len().saturating_add(sku);
        let stock = EffectBudget::to_take(places, ids);
        let all = plan
            .unpromised
            .and(self.budget_to_promise(plan, open))
            .and(stock);
        let others = plan.unpromised.effects > 0;
        if others && plan.used.saturating_add(all.effects) > plan.share {
            return false;
        }
        !self.batch.lacks(all) || (self.batch.is_empty() && !others)
    }

    /// A line at the door was given so many units, and is told of the rest when all have been
    /// served: budget for it, and for what those before it are told, is kept until then.
    pub(super) fn serve_in_part(
        &mut self,
        plan: &mut AllocationPlan<'a>,
        queue_key: QueueKey,
        open: &Open,
        units: u32,
        group: Vec<Effect>,
    ) {
        let own = EffectBudget::of(&group).and(self.budget_to_promise(plan, open));
        let budget = std::mem::take(&mut plan.unpromised).and(own);
        plan.counted = Some(queue_key);
        plan.kept = plan.kept.and(budget);
        self.batch.keep(budget);
        plan.used = plan.used.saturating_add(budget.effects);
        plan.served.push(Served {
            queue_key,
            units,
            group,
        });
    }

    /// Counts what lines at the door before this one are told, for whom no budget is kept yet.
    fn count_unpromised(&self, plan: &mut AllocationPlan<'a>, until: QueueKey) {
        let sku_state = plan.sku_state;
        let since = plan.counted;
        let comers = sku_state.door().iter_from(since.unwrap_or(QueueKey::FIRST));
        let comers = comers.take_while(|comer| comer.queue_key < until);
        for comer in comers.filter(|comer| Some(comer.queue_key) != since) {
            plan.counted = Some(comer.queue_key);
            if plan.done.binary_search(&comer.queue_key).is_err()
                && let Some(open) = self.state.book.order(comer.order)
            {
                plan.unpromised = plan.unpromised.and(self.budget_to_promise(plan, open));
            }
        }
    }

    fn budget_to_promise(&self, plan: &AllocationPlan<'_>, open: &Open) -> EffectBudget {
        let instead = match plan.policy().map(|policy| &policy.segment) {
            Some(Segment::Substitutable { alternatives, .. }) => offer_size(alternatives),
            Some(Segment::Backorderable { .. } | Segment::StockOnly) | None => 0,
        };
        let (order, sku) = (open.id.as_str().len(), plan.sku_state.sku().as_str().len());
        EffectBudget::to_promise(order, sku, instead)
    }
}

/// What so many units of a line are told that stock did not serve.
fn told(
    plan: &AllocationPlan<'_>,
    (open, line): (&Open, &OpenLine),
    quantity: u32,
    ahead: u64,
    verdict: Verdict,
) -> impl Iterator<Item = Effect> {
    let (order, sku, line) = (open.id(), plan.sku_state.sku().clone(), line.number);
    let (first, then) = match verdict {
        Verdict::Offer(alternatives, until) => {
            let offered = Offered {
                order,
                line,
                sku,
                quantity,
                alternatives,
                until,
            };
            (Effect::Offered(offered), None)
        }
        Verdict::Refuse(why) => {
            let refused = Refused {
                order,
                line,
                sku,
                quantity,
                why,
            };
            (Effect::Refused(refused), None)
        }
        Verdict::Wait(promise) => {
            let waits = Backordered {
                order: order.clone(),
                line,
                sku: sku.clone(),
                quantity,
                effective: open.effective,
                ahead,
            };
            let promised = Promised {
                order,
                line,
                sku,
                promise,
                was: None,
            };
            let promised = Effect::Promised(promised);
            (Effect::Backordered(waits), Some(promised))
        }
    };
    std::iter::once(first).chain(then)
}
