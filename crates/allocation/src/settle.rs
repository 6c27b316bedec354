//! What the allocator decides, SKU by SKU, in stages: take back what is held for nobody or is
//! not there; give out what is free and decide on who has come; tell dates anew.
//!
//! A plan over the folded state, which it never changes. Each stage of an SKU is decided on what
//! the stage before has left on the log, so no stage works on a plan of another. Within an SKU
//! lines are decided on best rank first, and an event has the first of them: all that a line gets
//! and is told is one group of effects, and an event is cut between groups. An SKU has a share of
//! each event when others wait for theirs; what does not fit goes to the back of the line and
//! follows. An order that takes all or nothing ties SKUs together: each waits there until all have
//! served whoever ranks before it.

use domain::exact::Exact;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Allocator;
use super::effect_batch::EffectBatch;
use super::line::{Open, OpenLine};
use super::measures::Day;
use super::promise;
use super::queue_key::QueueKey;
use super::sku_state::SkuState;
use allocation_plan::{AllocationPlan, Stop};
use domain::event::{Effect, MAX_EFFECTS, Settled};
use domain::ids::{OrderId, Timestamp};

mod allocation_plan;
mod dates;
mod falls;
mod over;
mod record;
mod repair;
mod serve;
mod share;
mod sourcing;

pub(super) use dates::Dates;

/// The most effects of one SKU in an event while others wait to be decided.
const MAX_SHARE: usize = MAX_EFFECTS / 4;

/// Decides on all that is due. Nothing if no line is affected.
pub(super) fn settle(state: &Allocator, now: Timestamp) -> Option<Settled> {
    let mut pass = Pass::new(state, now);
    pass.run();
    let sharing = pass.sharing();
    let at_rest = pass.at_rest;
    let left = pass.batch.left_for_causes();
    let EffectBatch {
        effects,
        lines,
        divided,
        ..
    } = pass.batch;
    if effects.is_empty() {
        return None;
    }
    let (causes, before) = state.causes_of_settled((&effects, &lines, &divided), left);
    Some(Settled {
        rule: state.rule.version,
        effects,
        at_rest,
        sharing,
        causes,
        before,
    })
}

/// Units of an SKU that the next decisions on it give to lines; all that there may be, where this
/// takes more than one.
pub(super) fn about_to_give(state: &Allocator, number: u32, now: Timestamp) -> u64 {
    // All that is due, and not this SKU alone: an order that may not be split takes of it where it
    // takes of others.
    let mut pass = Pass::new(state, now);
    pass.serve_all();
    let plan = pass.plans.get(&number);
    if !looked_at(state, number, now) || plan.is_some_and(|plan| plan.stop == Stop::Done) {
        return pass.given(number);
    }
    about_to_give_alone(state, number, now)
}

/// Units of an SKU may be given out or taken back next: two plans on one state would share stock.
/// Being touched alone says nothing: what is looked at in vain stays so until something is decided.
pub(super) fn is_settling(state: &Allocator, number: u32, now: Timestamp) -> bool {
    let sku = state
        .sku_states
        .get(number)
        .map(|sku_state| sku_state.sku());
    let next = settle(state, now);
    let effects = next.iter().flat_map(|settled| &settled.effects);
    let mut stock = effects.filter(|effect| !matches!(effect, Effect::Promised(_)));
    stock.any(|effect| Some(effect.sku()) == sku) || about_to_give_alone(state, number, now) > 0
}

/// An SKU must be looked at: it was touched, or lines may take of it since a day that has come.
fn looked_at(state: &Allocator, number: u32, now: Timestamp) -> bool {
    let mut opened = state.agenda.opened(state.day(now));
    state.agenda.touch(number).is_some() || opened.any(|other| other == number)
}

/// The same as far as this SKU alone tells: for one whose turn comes in a later event.
pub(super) fn about_to_give_alone(state: &Allocator, number: u32, now: Timestamp) -> u64 {
    if !looked_at(state, number, now) {
        return 0;
    }
    let mut pass = Pass::new(state, now);
    let mut waiting = BinaryHeap::new();
    pass.look(number, &mut waiting);
    pass.meet(waiting);
    if pass.at_rest {
        pass.given(number)
    } else {
        u64::MAX
    }
}

/// A plan in the making.
struct Pass<'a> {
    state: &'a Allocator,
    now: Timestamp,
    /// The day of it: who may take stock from a later one on waits for that.
    today: Day,
    plans: BTreeMap<u32, Box<AllocationPlan<'a>>>,
    /// SKUs that had their turn in this event before anybody was served: something was taken back
    /// of them, or dates were told that had been put off.
    repaired: BTreeSet<u32>,
    /// All-or-nothing orders that were looked at.
    looked_at: BTreeSet<u32>,
    /// The only place from which an order takes that was served from one only.
    bound_to: BTreeMap<u32, u16>,
    /// The most effects of an SKU.
    share: usize,
    batch: EffectBatch,
    /// Nothing is left to be decided on this state.
    at_rest: bool,
}

impl<'a> Pass<'a> {
    fn new(state: &'a Allocator, now: Timestamp) -> Self {
        let alone = state.agenda.len() <= 1;
        Self {
            state,
            now,
            today: state.day(now),
            plans: BTreeMap::new(),
            repaired: BTreeSet::new(),
            looked_at: BTreeSet::new(),
            bound_to: BTreeMap::new(),
            share: if alone { MAX_EFFECTS } else { MAX_SHARE },
            batch: EffectBatch::for_about(state.agenda.len().times(2)),
            at_rest: true,
        }
    }

    fn run(&mut self) {
        self.serve_all();
        self.record_all();
        self.fall_together();
        self.refuse_all_over();
        self.promise_moved();
        self.promise_lapsed();
    }

    /// All that is touched, but for its dates.
    fn serve_all(&mut self) {
        let mut waiting = BinaryHeap::new();
        let opened = self.opened();
        for number in self.state.agenda.touched().chain(opened) {
            if self.batch.is_full(1) {
                self.at_rest = false;
                break;
            }
            if !self.promise_put_off(number) {
                self.look(number, &mut waiting);
            }
        }
        self.meet(waiting);
    }

    /// SKUs that were not touched and of which lines may take stock since a day that has come.
    fn opened(&self) -> Vec<u32> {
        let agenda = &self.state.agenda;
        let opened = agenda.opened(self.today);
        let mut opened: Vec<u32> = opened
            .filter(|number| agenda.touch(*number).is_none())
            .collect();
        opened.sort_unstable();
        opened.dedup();
        opened
    }

    /// Units of an SKU that this gives to lines.
    fn given(&self, number: u32) -> u64 {
        self.plans.get(&number).map_or(0, |plan| plan.given())
    }

    /// Dates that have been put off long enough come first, on the state as it is. False: none
    /// have been, or nobody hears of another one.
    fn promise_put_off(&mut self, number: u32) -> bool {
        let touch = self.state.agenda.touch(number);
        let Some(sku_state) = self.state.sku_states.get(number) else {
            return false;
        };
        if !touch.is_some_and(|touch| touch.is_put_off()) {
            return false;
        }
        let before = self.batch.len();
        self.promise(sku_state, self.share);
        let promised = self.batch.len() > before;
        if promised {
            self.at_rest = false;
            self.repaired.insert(number);
        }
        promised
    }

    /// Looks at an SKU that was touched.
    fn look(&mut self, number: u32, waiting: &mut BinaryHeap<Reverse<(QueueKey, u32)>>) {
        let Some(sku_state) = self.state.sku_states.get(number) else {
            return;
        };
        let dates = self.asks_for_dates(number);
        let over = self.state.offers.over(number, self.now).next();
        let gives_back = self.state.gives_back.of(number).next();
        let marked = gives_back.or_else(|| self.state.falls.of(number).next());
        if !dates && over.is_none() && marked.is_none() && !sku_state.could_be_due() {
            return;
        }
        let before = self.batch.effects.len();
        if !self.repair(number, sku_state)
            || !self.refuse_over(number, sku_state)
            || self.batch.effects.len() > before
        {
            // What was taken back is given out when it stands on the log that it is free, and
            // what is refused waits for nothing any more.
            self.at_rest = false;
            self.repaired.insert(number);
            return;
        }
        let mut plan = self.plan(number, sku_state);
        self.divide(&mut plan);
        self.serve(&mut plan);
        self.set_down(number, plan, waiting);
    }

    /// An SKU waits for the turn of an order that takes all or nothing, or has come as far as it
    /// does in this event.
    fn set_down(
        &mut self,
        number: u32,
        plan: Box<AllocationPlan<'a>>,
        waiting: &mut BinaryHeap<Reverse<(QueueKey, u32)>>,
    ) {
        match plan.stop {
            Stop::Meeting(queue_key, _) => waiting.push(Reverse((queue_key, number))),
            Stop::Full => self.at_rest = false,
            Stop::Open | Stop::Done => {}
        }
        self.plans.insert(number, plan);
    }

    fn plan(&self, number: u32, sku_state: &'a SkuState) -> Box<AllocationPlan<'a>> {
        let sourcing = self.state.sourcing();
        let (protection_levels, shut) = (
            sourcing.protection_levels(sku_state),
            sourcing.shut(sku_state),
        );
        let mut plan = Box::new(AllocationPlan::new(
            (number, sku_state),
            protection_levels,
            shut,
            (self.share, self.today),
        ));
        if sku_state.on_hold() > 0 {
            let claims = self.state.holds.claims(sku_state.sku());
            let slot = |order: &OrderId| self.state.book.find(order.text());
            let claims = claims.filter_map(|(order, units)| Some((slot(order)?, units)));
            plan.claims = claims.collect();
        }
        plan
    }

    /// Records what was decided, SKU by SKU: those in line first, then those of which only an order
    /// that takes all or nothing has taken.
    fn record_all(&mut self) {
        let agenda = &self.state.agenda;
        let others = self.plans.keys().copied();
        let others = others.filter(|number| agenda.touch(*number).is_none());
        let numbers: Vec<u32> = agenda.touched().chain(others).collect();
        for number in numbers {
            if let Some(mut plan) = self.plans.remove(&number) {
                self.batch.let_go(plan.size);
                self.batch.reserve(plan.size);
                self.record(&mut plan);
                self.plans.insert(number, plan);
            }
        }
    }

    /// Dates are told on the state that all assignments have led to.
    fn promise_moved(&mut self) {
        // In line, as they were looked at: who was told much goes behind those who were not.
        let looked_at = self.state.agenda.touched();
        let plans: Vec<(&'a SkuState, usize)> = looked_at
            .filter_map(|number| self.plans.get(&number))
            .filter(|plan| self.asks_for_dates(plan.number))
            .map(|plan| (plan.sku_state, plan.size.effects))
            .collect();
        for (sku_state, used) in plans {
            if used > 0 {
                self.at_rest = false;
            } else {
                self.promise(sku_state, self.share);
            }
        }
    }

    /// Orders that take all or nothing, best rank first; and whoever waits behind them.
    fn meet(&mut self, mut waiting: BinaryHeap<Reverse<(QueueKey, u32)>>) {
        while let Some(Reverse((_, number))) = waiting.pop() {
            let Some(mut plan) = self.plans.remove(&number) else {
                continue;
            };
            if let Stop::Meeting(queue_key, order) = plan.stop {
                plan.stop = Stop::Open;
                self.plans.insert(number, plan);
                let decided = self.looked_at.contains(&order) || self.serve_whole(queue_key, order);
                let Some(back) = self.plans.remove(&number) else {
                    continue;
                };
                plan = back;
                if decided {
                    self.looked_at.insert(order);
                    self.serve(&mut plan);
                } else {
                    plan.stop = Stop::Full;
                    plan.pass_until(queue_key);
                }
            }
            self.set_down(number, plan, &mut waiting);
        }
    }

    /// SKUs in which a told date is past.
    fn promise_lapsed(&mut self) {
        let now = self.now;
        for number in self.state.agenda.lapsed(now) {
            let promised = self
                .plans
                .get(&number)
                .is_some_and(|plan| plan.size.effects > 0 || self.asks_for_dates(number));
            // What the index says may be served already. Nobody hears of another date before the
            // one they were told has passed, unless something has happened.
            let lapsed = |at: Timestamp| promise::lapses_at(at) <= now;
            if let Some(sku_state) = self.state.sku_states.get(number)
                && sku_state.first_date().is_some_and(lapsed)
                && !promised
                && !self.repaired.contains(&number)
            {
                self.promise(sku_state, MAX_SHARE);
            }
        }
    }

    /// Dates of an SKU may have moved.
    fn asks_for_dates(&self, number: u32) -> bool {
        let touch = self.state.agenda.touch(number);
        touch.is_some_and(|touch| touch.dates)
    }

    fn line(&self, queue_key: QueueKey, order: u32) -> Option<(&'a Open, &'a OpenLine)> {
        let open = self.state.book.order(order)?;
        let index = usize::try_from(queue_key.log_order.line_index()).ok()?;
        let line = self.state.book.lines_of(open).get(index)?;
        Some((open, line))
    }
}
