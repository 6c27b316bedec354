//! Free stock goes to whoever ranks best and may take it. Must not know dates.

use std::collections::BTreeMap;

use super::Pass;
use super::allocation_plan::{AllocationPlan, Decided, Stop};
use super::record::budget_to_tell;
use crate::effect_batch::{EffectBudget, json_len};
use crate::entry::Comer;
use crate::fair::Claim;
use crate::line::{Open, OpenLine};
use crate::queue_key::QueueKey;
use crate::source::Source;
use domain::event::{Assigned, Effect, MAX_COMMIT_BYTES};
use domain::exact::Exact;

/// The most bytes of JSON that an order takes together which takes all or nothing: it stands in
/// one event, which with its frame fits in a commit. One that would take more is passed over.
const MAX_TOGETHER_BYTES: usize = MAX_COMMIT_BYTES - 16 * 1024;
/// JSON around the ids of units taken, with their numbers, at most.
const TAKEN_FRAME_BYTES: usize = 150;

/// A line that takes stock, and its order.
type Wanted<'a> = (&'a Open, &'a OpenLine);

/// Lines of one order, with what each still wants.
type Wants<'a> = Vec<(QueueKey, &'a OpenLine, u32)>;

impl<'a> Pass<'a> {
    /// Decides on lines one after the other, best rank first, those that wait and those that have
    /// come alike, until none is left that has come or can take what is free, until the rest does
    /// not fit in this event, or until an order that takes all or nothing has its turn.
    pub(super) fn serve(&mut self, plan: &mut AllocationPlan<'a>) {
        while plan.stop != Stop::Full {
            if plan.is_out() && !self.pass_door(plan) {
                plan.stop = Stop::Full;
                return;
            }
            let Some((queue_key, order)) = plan.next() else {
                if plan.is_divided() {
                    self.batch.let_go(plan.begin_again());
                    continue;
                }
                return;
            };
            let line = self.line(queue_key, order);
            let Some(wanted) = line.filter(|_| !plan.has_decided(queue_key)) else {
                plan.cursor = Some(queue_key);
                continue;
            };
            let (open, line) = wanted;
            let kept = self.state.sourcing().protection_level(plan.sku_state, open);
            let could = plan.open_to(order, kept) >= u64::from(least(open, line))
                && self.may_now(queue_key, order);
            if open.ship_complete
                && could
                && !self.looked_at.contains(&order)
                && self.could_be_whole(plan, order, wanted)
            {
                plan.stop = Stop::Meeting(queue_key, order);
                return;
            }
            let takes = could && !open.ship_complete;
            if (takes || !line.tally.decided)
                && !self.serve_line(plan, (queue_key, order), wanted, takes)
            {
                plan.stop = Stop::Full;
                return;
            }
            plan.cursor = Some(queue_key);
        }
    }

    /// Nothing is free any more: whoever else has come takes nothing. False: not all of what they
    /// are told fits in this event.
    fn pass_door(&mut self, plan: &mut AllocationPlan<'a>) -> bool {
        let from = plan.cursor.unwrap_or(QueueKey::FIRST);
        let rest = plan.sku_state.door().iter_from(from).copied();
        for Comer { queue_key, order } in rest {
            let line = self.line(queue_key, order);
            let line = line.filter(|_| plan.cursor < Some(queue_key));
            if let Some(wanted) = line.filter(|_| !plan.has_decided(queue_key))
                && !self.serve_line(plan, (queue_key, order), wanted, false)
            {
                return false;
            }
            plan.cursor = plan.cursor.max(Some(queue_key));
        }
        true
    }

    /// Decides on a line, which may take something if it `takes`. False: what it gets and is told
    /// does not fit in this event any more.
    fn serve_line(
        &mut self,
        plan: &mut AllocationPlan<'a>,
        (queue_key, order): (QueueKey, u32),
        wanted: Wanted<'a>,
        takes: bool,
    ) -> bool {
        if !self.fits(plan, wanted, takes) {
            return false;
        }
        let (open, line) = wanted;
        let (units, group) = if takes {
            self.give(plan, (queue_key, order), wanted)
        } else {
            (0, Vec::new())
        };
        if units > 0 || !line.tally.decided {
            let decided = Decided {
                queue_key,
                slot: order,
                open,
                line,
                units,
                group,
                divided: plan.divided(line),
            };
            self.decide(plan, decided);
        }
        true
    }

    /// Whether what a line takes and is told at the most fits in this event, and in its SKU's
    /// share. Whatever it is fits in an empty one, so that it is not due for ever.
    fn fits(&self, plan: &AllocationPlan<'a>, (open, line): Wanted<'_>, takes: bool) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        let mut size = EffectBudget::default();
        if takes {
            let units = usize::try_from(line.unfilled()).unwrap_or(usize::MAX);
            let sku = plan.sku_state.sku().text();
            let ids = open.id.len().plus(sku.len());
            size = size.and(EffectBudget::to_take(plan.free.len().min(units), ids));
        }
        if !line.tally.decided {
            size = size.and(budget_to_tell(plan, open));
        }
        plan.size.effects < plan.share && !self.batch.lacks(size)
    }

    /// A line was decided on: budget for what it gets and is told is kept until it is recorded.
    fn decide(&mut self, plan: &mut AllocationPlan<'a>, decided: Decided<'a>) {
        let mut size = EffectBudget::of(&decided.group);
        if decided.untold() > 0 {
            size = size.and(budget_to_tell(plan, decided.open));
        }
        self.batch.keep(size);
        plan.decide(decided, size);
    }

    /// Gives a line what it may have: units, and what is recorded of it.
    fn give(
        &mut self,
        plan: &mut AllocationPlan<'a>,
        (queue_key, order): (QueueKey, u32),
        (open, line): Wanted<'a>,
    ) -> (u32, Vec<Effect>) {
        let (wanted, whole) = (line.unfilled(), line.complete_only);
        let source = self.source(Some(plan), line.sku_state, order, open);
        let may = self.may_take(plan, order, open, source);
        // Where it may take from there is too little: its share is not for it.
        if may < u64::from(least(open, line)) {
            return (0, Vec::new());
        }
        let own = plan.claim(order).min(wanted);
        let claim = Claim {
            open: wanted,
            whole,
        };
        let share = plan.share_of(queue_key, claim);
        let units = u32::try_from(may).unwrap_or(u32::MAX).min(share.max(own));
        if units == 0 || (whole && units < wanted) {
            return (0, Vec::new());
        }
        let group = self.take(plan, (queue_key, order), (open, line), source, units);
        (units, group)
    }

    /// A line may take stock today.
    pub(super) fn may_now(&self, queue_key: QueueKey, order: u32) -> bool {
        let index = queue_key.index();
        self.state.not_before((order, index)) <= self.today
    }

    /// Enough is free of every SKU of an order that takes all or nothing, where it takes from.
    /// What is free only shrinks in this event, so one of which too little is need not be waited
    /// for.
    fn could_be_whole(
        &self,
        plan: &AllocationPlan<'a>,
        order: u32,
        (open, line): Wanted<'_>,
    ) -> bool {
        let source = self.source(Some(plan), line.sku_state, order, open);
        let may = |number: u32| {
            let sku_state = self.state.sku_states.get(number)?;
            if number == plan.number {
                return Some(self.may_take(plan, order, open, source));
            }
            Some(match self.plans.get(&number) {
                Some(other) => self.may_take(other, order, open, source),
                None => self.may_take(&self.plan(number, sku_state), order, open, source),
            })
        };
        let mut needs = self.needs(open).into_iter();
        let today = self.state.whole_not_before(order, open) <= self.today;
        today && needs.all(|(number, need)| may(number).is_some_and(|may| may >= need))
    }

    /// Units of each SKU that an order still wants.
    fn needs(&self, open: &Open) -> BTreeMap<u32, u64> {
        let mut needs: BTreeMap<u32, u64> = BTreeMap::new();
        for line in self.state.book.lines_of(open) {
            if line.unfilled() > 0 {
                let need = needs.entry(line.sku_state).or_default();
                *need = need.plus(u64::from(line.unfilled()));
            }
        }
        needs
    }

    /// All lines of an order or none, together in one event. False: one of its SKUs has not come
    /// to its turn, and will not in this event.
    pub(super) fn serve_whole(&mut self, queue_key: QueueKey, order: u32) -> bool {
        let Some(open) = self.state.book.order(order) else {
            return true;
        };
        let mut wants: Wants<'a> = Vec::new();
        for (index, line) in (0_u16..).zip(self.state.book.lines_of(open)) {
            let wanted = line.unfilled();
            if wanted > 0 {
                let queue_key = self.state.book.key_of(open, (order, index));
                wants.push((queue_key, line, wanted));
            }
        }
        let needs = self.needs(open);
        let later = self.state.whole_not_before(order, open) > self.today;
        // What is free only shrinks in this event, and what is kept from the order stays kept.
        if later
            || needs
                .iter()
                .any(|(number, need)| self.free_to(*number, order, open) < *need)
        {
            return true;
        }
        if !needs.keys().all(|number| self.has_come(*number, queue_key)) {
            return false;
        }
        let any = needs.keys().next().copied().unwrap_or_default();
        let source = self.source(None, any, order, open);
        for (number, need) in &needs {
            let plan = self.plans.get(number);
            let covers = |plan: &AllocationPlan<'a>| {
                plan.would_share(*need) && self.may_take(plan, order, open, source) >= *need
            };
            if !plan.is_some_and(|plan| covers(plan)) {
                return true;
            }
        }
        let budget = self.budget_together(open, wants.len(), &needs, source);
        if self.batch.lacks(budget) && !self.batch.is_empty() {
            return false;
        }
        if budget.bytes > MAX_TOGETHER_BYTES {
            return true;
        }
        for (queue_key, line, wanted) in wants {
            let Some(mut plan) = self.plans.remove(&line.sku_state) else {
                continue;
            };
            let claim = Claim {
                open: wanted,
                whole: true,
            };
            plan.draw(claim);
            let group = self.take(&mut plan, (queue_key, order), (open, line), source, wanted);
            let decided = Decided {
                queue_key,
                slot: order,
                open,
                line,
                units: wanted,
                group,
                divided: None,
            };
            self.decide(&mut plan, decided);
            self.plans.insert(line.sku_state, plan);
        }
        true
    }

    /// The budget for what so many lines of an order take together: a place more an SKU than
    /// lines, for each place beyond its first.
    fn budget_together(
        &self,
        open: &Open,
        lines: usize,
        needs: &BTreeMap<u32, u64>,
        source: Source,
    ) -> EffectBudget {
        let mut effects = lines;
        let mut longest = 0;
        for (number, need) in needs {
            let Some(plan) = self.plans.get(number) else {
                continue;
            };
            let need = u32::try_from(*need).unwrap_or(u32::MAX);
            let places = self.fill(plan, open, source, need);
            let places = places.filter_map(|(place, _)| self.state.catalogue.location(place));
            let bytes: Vec<usize> = places.map(|place| json_len(place.as_str())).collect();
            effects = effects.plus(bytes.len().minus_or_zero(1));
            let place = bytes.into_iter().max().unwrap_or_default();
            longest = longest.max(place.plus(json_len(plan.sku_state.sku().as_str())));
        }
        let each = json_len(open.id.as_str()).plus(longest);
        let bytes = each.plus(TAKEN_FRAME_BYTES);
        EffectBudget {
            effects,
            bytes: bytes.times(effects),
        }
    }

    /// Units of an SKU that an order may take, after what was given out so far.
    fn free_to(&self, number: u32, order: u32, open: &Open) -> u64 {
        let Some(sku_state) = self.state.sku_states.get(number) else {
            return 0;
        };
        let kept = self.state.sourcing().protection_level(sku_state, open);
        match self.plans.get(&number) {
            Some(plan) => plan.open_to(order, kept),
            None if sku_state.on_hold() > 0 => self.plan(number, sku_state).open_to(order, kept),
            None => sku_state.free().minus_or_zero(kept),
        }
    }

    /// Whether an SKU has served everybody before this turn. One that was not touched has.
    fn has_come(&mut self, number: u32, queue_key: QueueKey) -> bool {
        if let Some(plan) = self.plans.get(&number) {
            return match plan.stop {
                Stop::Open | Stop::Done | Stop::Meeting(..) => true,
                Stop::Full => plan.cursor.is_some_and(|cursor| cursor >= queue_key),
            };
        }
        let Some(sku_state) = self.state.sku_states.get(number) else {
            return true;
        };
        if self.state.agenda.touch(number).is_some() && sku_state.could_be_due() {
            return false;
        }
        let mut plan = self.plan(number, sku_state);
        plan.stop = Stop::Done;
        self.plans.insert(number, plan);
        true
    }

    /// Reserves so many units that are free, from the places that the order prefers. Returns what
    /// is recorded of it.
    fn take(
        &mut self,
        plan: &mut AllocationPlan<'a>,
        (queue_key, slot): (QueueKey, u32),
        (open, line): Wanted<'_>,
        source: Source,
        units: u32,
    ) -> Vec<Effect> {
        let sku_state = plan.sku_state;
        plan.redeem(slot, units);
        plan.has_had(queue_key);
        if let Source::Only(place) = source {
            self.bound_to.insert(slot, place);
        }
        // Most lines are filled from one place.
        let mut group = Vec::with_capacity(1);
        for (place, quantity) in self.fill(plan, open, source, units) {
            plan.take(place, quantity);
            let Some(location) = self.state.catalogue.location(place) else {
                continue;
            };
            group.push(Effect::Assigned(Assigned {
                order: open.id(),
                line: line.number,
                sku: sku_state.sku().clone(),
                location: location.clone(),
                quantity,
                effective: queue_key.effective,
            }));
        }
        group
    }
}

/// The fewest units that a line takes.
fn least(open: &Open, line: &OpenLine) -> u32 {
    if open.ship_complete || line.complete_only {
        line.unfilled()
    } else {
        1
    }
}
