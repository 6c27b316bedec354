//! What a run would come to, told before it is done: who gains, who loses, which promises move.
//! The promises are not estimated: the run is recorded on a copy of the state, the copy is
//! settled as the room would, and what changed is read off. Must not plan.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, PlannedLine, preview_token};
use super::{Candidate, Pool};
use crate::queue_key::QueueKey;
use crate::{Allocator, AllocatorRefusal};
use domain::decider::{Decider, Projection, Recorded};
use domain::event::{Effect, Rebalanced, RunSegment, RunStrategy};
use domain::exact::Exact;
use domain::ids::{OrderId, Position, Revision, Sku, Tier, Timestamp};

/// The most lines, exceptions and promises that a preview names, each; their totals are whole.
pub const MAX_NAMED: usize = 1_000;
/// The most settlings that a preview looks ahead. A run moves at most a thousand holdings, so
/// what it leads to is settled in a few; dates of a very long queue may need them all.
const MAX_AHEAD: usize = 256;
/// Where the copy's own future stands: behind every revision of a real log.
const AHEAD: Revision = Revision(1 << 43);

/// What a run would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Names exactly this: to be handed in with the commit.
    pub token: String,
    /// Lines that gain or lose, in turn.
    pub lines: Vec<PreviewLine>,
    /// Lines that do not get what their strategy asks for.
    pub exceptions: Vec<PreviewException>,
    /// How many there are in all.
    pub exceptions_total: usize,
    /// Promises that move, by order and line.
    pub promises: Vec<MovedPromise>,
    /// How many there are in all.
    pub promises_moved: usize,
    /// Lines that the nervousness budget left out, with what they would have got.
    pub left_out: Vec<PreviewLine>,
    /// How many changes are made.
    pub changes: usize,
    /// How many more the budget left out.
    pub changes_left_out: usize,
    /// Units that lines gain, and that lines lose.
    pub units: (u64, u64),
    /// What these are worth, in minor units.
    pub value_minor: (i64, i64),
    /// How many open lines were looked at.
    pub looked_at: usize,
}

/// What a run does to a line.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewLine {
    /// Whose.
    pub order: OrderId,
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// By which segment, from 0.
    pub segment: usize,
    /// How it is treated.
    pub strategy: RunStrategy,
    /// Units reserved for it before and after.
    pub before: u32,
    /// Units reserved for it after.
    pub after: u32,
    /// What the units between are worth, in minor units.
    pub value_minor: i64,
}

/// A line that does not get what its strategy asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewException {
    /// Whose.
    pub order: OrderId,
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// How it is treated.
    pub strategy: RunStrategy,
    /// Units wanted without reserved stock.
    pub short: u32,
}

/// What a customer can count on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseState {
    /// Nothing of it waits.
    InStock,
    /// The date told for what waits.
    Date(Timestamp),
    /// It waits, and no date is known.
    Undated,
}

/// A line whose standing changes.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedPromise {
    /// Whose.
    pub order: OrderId,
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Before.
    pub was: PromiseState,
    /// After.
    pub becomes: PromiseState,
}

impl Allocator {
    /// What a run would do, on the state as it is. Takes a copy of it, which is settled and then
    /// compared with another on which the run is recorded; with a budget, with several in turn.
    /// To be asked off the room's loop.
    ///
    /// # Errors
    /// A bound of the request; too many lines looked at, or too much that moves for one event;
    /// an SKU of the run that is being settled.
    pub fn preview_rebalance(
        mut self,
        segments: &[RunSegment],
        nervousness_budget: Option<u32>,
        now: Timestamp,
    ) -> Result<Preview, AllocatorRefusal> {
        let segments = &*self.called_now(segments);
        let (lines, pools) = self.run_lines(segments, now)?;
        let plan = Plan::new(segments, &lines, &pools);
        self.settle_ahead(AHEAD, now);
        let moved = |effects: &[Effect]| self.foretell(effects, now);
        let changes = match nervousness_budget {
            Some(budget) => plan.within(budget, |effects| moved(effects).len()),
            None => plan.changes(),
        };
        let effects = plan.effects(changes);
        super::decide::check_size(&effects)?;
        let promises = moved(&effects);
        Ok(Preview::new(
            &plan,
            changes,
            &effects,
            promises,
            lines.len(),
        ))
    }

    /// Records on this copy what is due, until nothing is. Returns the lines that it touched.
    fn settle_ahead(&mut self, from: Revision, now: Timestamp) -> BTreeSet<(OrderId, u32)> {
        let mut touched = BTreeSet::new();
        let mut revision = from;
        for _ in 0..MAX_AHEAD {
            let due = self.due(now).events;
            if due.is_empty() {
                break;
            }
            let as_of = revision;
            revision = Revision(revision.0.plus(1));
            for (index, event) in (0_u32..).zip(&due) {
                touched.extend(event.effects().iter().map(whose));
                let position = Position { revision, index };
                self.fold(
                    Recorded {
                        position,
                        as_of,
                        at: now,
                    },
                    event,
                );
            }
        }
        touched
    }

    /// The promises that these effects move, once they are recorded and settled.
    fn foretell(&self, effects: &[Effect], now: Timestamp) -> Vec<MovedPromise> {
        if effects.is_empty() {
            return Vec::new();
        }
        let mut after = self.clone();
        let revision = Revision(AHEAD.0.times(2));
        let run = Rebalanced {
            run: String::new().into(),
            rule: 0,
            segments: Vec::new(),
            nervousness_budget: None,
            preview: String::new(),
            effects: effects.to_vec(),
            causes: Vec::new(),
            before: Vec::new(),
        };
        after.fold(
            Recorded {
                position: Position { revision, index: 0 },
                as_of: AHEAD,
                at: now,
            },
            &run.into(),
        );
        let mut touched = after.settle_ahead(revision, now);
        touched.extend(effects.iter().map(whose));
        let moved = |(order, line): (OrderId, u32)| {
            let (sku, was) = self.promise_state(&order, line)?;
            let (_, becomes) = after.promise_state(&order, line)?;
            (was != becomes).then_some(MovedPromise {
                order,
                line,
                sku,
                was,
                becomes,
            })
        };
        touched.into_iter().filter_map(moved).collect()
    }

    fn promise_state(&self, order: &OrderId, line: u32) -> Option<(Sku, PromiseState)> {
        let promised = self.promise(order, line).ok()?;
        let date = promised
            .promise
            .as_ref()
            .and_then(domain::event::Promise::at);
        let state = if promised.backordered == 0 {
            PromiseState::InStock
        } else {
            date.map_or(PromiseState::Undated, PromiseState::Date)
        };
        Some((promised.sku, state))
    }
}

fn whose(effect: &Effect) -> (OrderId, u32) {
    (effect.order().clone(), effect.line())
}

impl Preview {
    fn new(
        plan: &Plan<'_>,
        changes: usize,
        effects: &[Effect],
        promises: Vec<MovedPromise>,
        looked_at: usize,
    ) -> Self {
        let kept = plan.planned_lines(changes);
        let all = plan.planned_lines(plan.changes());
        let after: BTreeMap<QueueKey, u32> = kept
            .iter()
            .map(|it| (it.line.queue_key, it.after))
            .collect();
        let left_out = all
            .iter()
            .filter(|it| after.get(&it.line.queue_key) != Some(&it.after));
        let (mut units, mut value_minor) = ((0_u64, 0_u64), (0_i64, 0_i64));
        for it in kept.iter().map(PreviewLine::new) {
            let moved = u64::from(it.after.abs_diff(it.before));
            let (count, value) = if it.after > it.before {
                (&mut units.0, &mut value_minor.0)
            } else {
                (&mut units.1, &mut value_minor.1)
            };
            *count = count.plus(moved);
            // Saturates: money, at any price that a customer names.
            *value = value.saturating_add(it.value_minor);
        }
        let exceptions = plan.exceptions().iter().map(|it| PreviewException {
            order: it.line.order.clone(),
            line: it.line.number,
            sku: it.line.sku.clone(),
            strategy: it.strategy,
            short: it.short,
        });
        Self {
            token: preview_token(changes, effects),
            lines: kept.iter().map(PreviewLine::new).take(MAX_NAMED).collect(),
            exceptions: exceptions.take(MAX_NAMED).collect(),
            exceptions_total: plan.exceptions().len(),
            promises_moved: promises.len(),
            promises: promises.into_iter().take(MAX_NAMED).collect(),
            left_out: left_out.map(PreviewLine::new).take(MAX_NAMED).collect(),
            changes,
            changes_left_out: plan.changes().minus(changes),
            units,
            value_minor,
            looked_at,
        }
    }
}

impl PreviewLine {
    fn new(it: &PlannedLine<'_>) -> Self {
        let moved = i64::from(it.after.abs_diff(it.before));
        Self {
            order: it.line.order.clone(),
            line: it.line.number,
            sku: it.line.sku.clone(),
            tier: it.line.tier.clone(),
            segment: it.segment,
            strategy: it.strategy,
            before: it.before,
            after: it.after,
            // Saturates: money, at any price that a customer names.
            value_minor: it.line.unit_price_minor.saturating_mul(moved),
        }
    }
}

/// What a run looks at.
pub(super) type Looked = (Vec<Candidate>, BTreeMap<Sku, Pool>);
