//! The door of why: reads from the log what was decided on an order and what led to it, and folds
//! the room to where it stood then. Bounded in what it reads, folds and waits for.

use std::collections::BTreeMap;
use std::time::Duration;

use allocation::why::{self, By, Decided, Decision, Fact, MAX_DECISIONS, Of};
use allocation::{Allocator, AllocatorRefusal, Explanation, Trail};
use api::allocator::v1;
use chassis::wire::stamp;
use chassis::{Host, QueryError, invalid, refused};
use domain::decider::{Projection, Recorded};
use domain::event::{Effect, OrderClosed, OrderPlaced};
use domain::ids::{OrderId, Position, Revision, Sku, Zone};
use domain::quantity::Measure;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

use crate::answer::{self, Dates};

/// Events read from the log at once for one answer.
const MAX_READS: usize = 8;
/// The most events that are read as causes for one answer; what else there is, is told by where it
/// stands alone.
const MAX_CAUSES_READ: usize = 256;
/// The most past states that are folded for one answer, those of the last decisions.
const MAX_THEN: usize = 8;
/// How long an answer waits for them; a decision whose state is not folded by then is told without
/// its rank.
const THEN_PATIENCE: Duration = Duration::from_secs(5);
/// Commits folded in a row before others get their turn.
const COMMITS_IN_A_ROW: u32 = 32;

/// What is asked of one line, and what the room's state says of it.
pub struct Asked {
    stands: v1::LineExplanation,
    sku: Sku,
    zone: Zone,
    measure: Measure,
    gave: Vec<Position>,
    receipt: Option<Position>,
}

impl Asked {
    pub fn new(allocator: &Allocator, order: &OrderId, it: Explanation, dates: Dates<'_>) -> Self {
        let sku = it.sku.clone();
        Self {
            zone: allocator.zone_told(order).clone(),
            measure: allocator.measure(&sku),
            gave: allocator.gave(&sku),
            receipt: it.last_receipt.as_ref().map(|receipt| receipt.position),
            stands: answer::explanation(it, dates),
            sku,
        }
    }
}

/// What was read of the log, and folded.
#[derive(Default)]
struct Log {
    facts: BTreeMap<Position, Fact>,
    then: BTreeMap<Revision, Allocator>,
}

impl why::Log for Log {
    fn fact(&self, at: Position) -> Option<&Fact> {
        self.facts.get(&at)
    }

    fn room_at(&self, at: Revision) -> Option<&Allocator> {
        self.then.get(&at)
    }
}

/// Each line of an open order with what was decided on it; where it stood then, if `ranks` are
/// asked for.
pub async fn told(
    host: &Host<Allocator>,
    order: &OrderId,
    asked: Vec<Asked>,
    trail: Option<Trail>,
    ranks: bool,
) -> Result<Vec<v1::LineExplanation>, Status> {
    let mut log = Log::default();
    let own = walk(host, order, trail.and_then(|trail| trail.last), &mut log).await?;
    let placed = trail.map_or(Position::default(), |trail| trail.placed);
    let gave = asked.iter().flat_map(|line| &line.gave);
    let gave: Vec<Position> = gave.filter(|at| **at > placed).copied().collect();
    log.read(host, &gave).await?;
    let skus: Vec<&Sku> = asked.iter().map(|line| &line.sku).collect();
    log.read_causes(host, order, &skus).await?;
    if ranks {
        log.fold(host, own.iter().chain(&gave).copied()).await;
    }
    Ok(asked
        .iter()
        .map(|line| line.tell(order, &own, placed, &log))
        .collect())
}

/// Each line of a closed order that something was decided on.
pub async fn closed(
    host: &Host<Allocator>,
    (order, line): (&OrderId, u32),
    at: Revision,
    ranks: bool,
) -> Result<v1::ExplainAllocationResponse, Status> {
    let unknown = || {
        refused(&AllocatorRefusal::UnknownOrder {
            order: order.clone(),
        })
    };
    let written = host.log().written(at).await.map_err(unreadable)?;
    let events = (0_u32..).map_while(|index| written.text.event(index).transpose());
    let events: Result<Vec<_>, _> = events.collect();
    let events = events.map_err(|error| unreadable(error.to_string()))?;
    let mut closings = events.iter().filter_map(OrderClosed::of);
    let closing = closings.find(|it| it.order == *order).ok_or_else(unknown)?;
    let mut log = Log::default();
    let mut own = closing.timeline.clone();
    own.push(closing.opened);
    log.read(host, &own).await?;
    let placed = log.facts.get(&closing.opened);
    let placed = placed.and_then(|fact| OrderPlaced::of(&fact.event));
    let placed = placed.ok_or_else(unknown)?.clone();
    own.pop();
    let mut asked = closed_lines(host, &placed, &log);
    asked.retain(|it| line == 0 || it.stands.line == line);
    if asked.is_empty() {
        let order = order.clone();
        return Err(refused(&AllocatorRefusal::UnknownLine { order, line }));
    }
    if ranks {
        // Who got what it waited for, the room remembered until it was closed.
        let open = Revision(at.0.saturating_sub(1));
        if let Ok(Ok(past)) = tokio::time::timeout(THEN_PATIENCE, host.past(open)).await {
            for it in &mut asked {
                it.gave = past.state.gave(&it.sku);
                it.gave.retain(|at| *at > closing.opened);
            }
        }
    }
    let gave = asked.iter().flat_map(|line| &line.gave);
    let gave: Vec<Position> = gave.copied().collect();
    log.read(host, &gave).await?;
    let skus: Vec<&Sku> = asked.iter().map(|line| &line.sku).collect();
    log.read_causes(host, order, &skus).await?;
    if ranks {
        log.fold(host, own.iter().chain(&gave).copied()).await;
    }
    let told = asked.iter();
    let told = told.map(|it| it.tell(order, &own, closing.opened, &log));
    Ok(v1::ExplainAllocationResponse {
        lines: told.collect(),
        revision: at.0,
    })
}

/// `closed_at_revision` and `at_revision` name two different moments.
pub fn not_both() -> Status {
    invalid(
        "closed_at_revision",
        "CLOSED_AND_PAST_CONFLICT",
        "closed_at_revision stands together with at_revision",
        "give closed_at_revision of a closed order, or at_revision of one that was open then",
    )
}

/// The lines of a closed order: those that it was placed with, and those that came instead.
fn closed_lines(host: &Host<Allocator>, placed: &OrderPlaced, log: &Log) -> Vec<Asked> {
    let lines = placed.lines.iter();
    let lines = lines.map(|line| (line.line, (line.sku.clone(), line.quantity)));
    let mut lines: BTreeMap<u32, (Sku, u32)> = lines.collect();
    for effect in log.facts.values().flat_map(Fact::effects) {
        if *effect.order() == placed.order {
            let come = match effect {
                Effect::Backordered(it) => it.quantity,
                Effect::Offered(it) => it.quantity,
                Effect::Refused(it) => it.quantity,
                Effect::Assigned(it) => it.quantity,
                Effect::Released(_) | Effect::Promised(_) => 0,
            };
            let instead = || (effect.sku().clone(), come);
            lines.entry(effect.line()).or_insert_with(instead);
        }
    }
    let asked = lines.into_iter().map(|(line, (sku, quantity))| {
        let (zone, measure) = host.read(|allocator| {
            let zone = allocator.zones().at(placed.pick_up_at.as_ref());
            (zone.clone(), allocator.measure(&sku))
        });
        let stands = v1::LineExplanation {
            line,
            sku: sku.to_string(),
            quantity,
            tier: placed.customer.tier.to_string(),
            placed_at: placed.placed_at.map(stamp),
            sentences: vec![format!(
                "Line {line}: {} of {sku}; its order is closed.",
                measure.show(quantity)
            )],
            closed: true,
            ..v1::LineExplanation::default()
        };
        Asked {
            stands,
            sku,
            zone,
            measure,
            gave: Vec::new(),
            receipt: None,
        }
    });
    asked.collect()
}

/// From the last decision on an order to its first, or as many as are told; in the log's order.
async fn walk(
    host: &Host<Allocator>,
    order: &OrderId,
    last: Option<Position>,
    log: &mut Log,
) -> Result<Vec<Position>, Status> {
    let (mut own, mut next) = (Vec::new(), last);
    while let Some(at) = next.filter(|_| own.len() < MAX_DECISIONS) {
        log.read(host, &[at]).await?;
        own.push(at);
        next = log.facts.get(&at).and_then(|fact| fact.before(order));
    }
    own.reverse();
    Ok(own)
}

impl Log {
    /// Reads the events at these positions, but for those that were read.
    async fn read(&mut self, host: &Host<Allocator>, at: &[Position]) -> Result<(), Status> {
        let missing = at.iter().filter(|at| !self.facts.contains_key(at));
        let reads: Vec<_> = missing.map(|at| fact(host, *at).boxed()).collect();
        let reads = futures::stream::iter(reads).buffered(MAX_READS);
        let found: Vec<Fact> = reads.try_collect().await?;
        self.facts
            .extend(found.into_iter().map(|fact| (fact.position, fact)));
        Ok(())
    }

    /// Reads what led to what was decided on an order, and on these SKUs.
    async fn read_causes(
        &mut self,
        host: &Host<Allocator>,
        order: &OrderId,
        skus: &[&Sku],
    ) -> Result<(), Status> {
        // The last decisions first: their causes are read also where there are too many.
        let facts = self.facts.values().rev();
        let mut causes: Vec<Position> = facts.flat_map(|fact| fact.led_by(order, skus)).collect();
        causes.truncate(MAX_CAUSES_READ);
        causes.sort_unstable();
        causes.dedup();
        self.read(host, &causes).await
    }

    /// Folds the room to where it stood when these were decided, the last ones, as far as that is
    /// done in time.
    async fn fold(&mut self, host: &Host<Allocator>, decided: impl Iterator<Item = Position>) {
        let facts = decided.filter_map(|at| self.facts.get(&at));
        let mut at: Vec<Revision> = facts
            .filter(|fact| fact.is_decision())
            .map(|fact| fact.as_of)
            .filter(|at| at.0 > 0)
            .collect();
        at.sort_unstable();
        at.dedup();
        let last = at.split_off(at.len().saturating_sub(MAX_THEN));
        let folds = fold_each(host, &last, &mut self.then);
        match tokio::time::timeout(THEN_PATIENCE, folds).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(error, "an explanation goes without ranks of then"),
            Err(_elapsed) => tracing::debug!("an explanation goes without some ranks of then"),
        }
    }
}

/// Folds the room to the first of these revisions, and from there to each of the others: one pass
/// over the log between them. Copies of a state share what they have in common.
async fn fold_each(
    host: &Host<Allocator>,
    at: &[Revision],
    then: &mut BTreeMap<Revision, Allocator>,
) -> Result<(), String> {
    let Some(first) = at.first() else {
        return Ok(());
    };
    let past = host.past(*first).await.map_err(|error| error.to_string())?;
    let mut state = past.state.clone();
    let mut targets = at.iter().peekable();
    let mut commits = host.log().follow(Allocator::HEARS, *first);
    let mut in_a_row = 0_u32;
    loop {
        // The decision itself stands behind its state, so there is always one more commit.
        let mut next = None;
        if targets.peek().is_some_and(|target| *target > first) {
            let logged = commits.next().await.ok_or("the log ended")?;
            next = Some(logged.map_err(|error| error.to_string())?);
        }
        let until = next.as_ref().map_or(*first, |logged| {
            Revision(logged.revision.0.saturating_sub(1))
        });
        while let Some(target) = targets.next_if(|target| **target <= until) {
            then.insert(*target, state.room.clone());
        }
        if targets.peek().is_none() {
            return Ok(());
        }
        if let Some(logged) = next {
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                let revision = logged.revision;
                let recorded = Recorded {
                    position: Position { revision, index },
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                };
                state.fold(recorded, event);
            }
        }
        in_a_row = in_a_row.saturating_add(1);
        if in_a_row.is_multiple_of(COMMITS_IN_A_ROW) {
            tokio::task::yield_now().await;
        }
    }
}

async fn fact(host: &Host<Allocator>, position: Position) -> Result<Fact, Status> {
    let written = host.log().written(position.revision).await;
    let written = written.map_err(unreadable)?;
    Ok(Fact {
        position,
        at: written.text.at(),
        as_of: written.text.as_of(),
        event: written.event(position.index).map_err(unreadable)?,
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: impl ToString) -> Status {
    QueryError::Unreadable(error.to_string()).into()
}

impl Asked {
    fn tell(
        &self,
        order: &OrderId,
        own: &[Position],
        placed: Position,
        log: &Log,
    ) -> v1::LineExplanation {
        let facts = |at: &[Position]| -> Vec<&Fact> {
            let found = at.iter().filter_map(|at| log.facts.get(at));
            found.collect()
        };
        let of = Of {
            order,
            line: self.stands.line,
            sku: &self.sku,
            zone: &self.zone,
            measure: &self.measure,
        };
        let gave: Vec<Position> = self
            .gave
            .iter()
            .filter(|at| **at > placed)
            .copied()
            .collect();
        let (own, gave) = (facts(own), facts(&gave));
        let decisions = why::decisions(of, &own, &gave, log);
        let receipt = self.receipt;
        let winners = receipt.map(|at| why::winners(at, &self.sku, &gave));
        let winner = |(at, it): (Position, why::Other)| {
            let decision = decisions.iter().find(|decision| decision.position == at);
            v1::Winner {
                order_id: it.order.to_string(),
                line: it.line,
                quantity: it.quantity,
                effective_at: Some(stamp(it.effective)),
                reason: decision.map_or_else(String::new, |it| it.sentence.clone()),
            }
        };
        v1::LineExplanation {
            last_receipt_winners: winners.into_iter().flatten().map(winner).collect(),
            decisions: decisions.iter().map(decision).collect(),
            ..self.stands.clone()
        }
    }
}

fn decision(it: &Decision) -> v1::Decision {
    let outcome = match it.outcome {
        Decided::Reserved => v1::DecisionOutcome::Reserved,
        Decided::TakenBack => v1::DecisionOutcome::TakenBack,
        Decided::Waits => v1::DecisionOutcome::Waits,
        Decided::Offered => v1::DecisionOutcome::Offered,
        Decided::Refused => v1::DecisionOutcome::Refused,
        Decided::Dated => v1::DecisionOutcome::Dated,
        Decided::PassedOver => v1::DecisionOutcome::PassedOver,
    };
    let other = |other: &why::Other| v1::DecisionOther {
        order_id: other.order.to_string(),
        line: other.line,
        quantity: other.quantity,
        effective_at: Some(stamp(other.effective)),
    };
    let stood = it.stood;
    v1::Decision {
        revision: it.position.revision.0,
        at: Some(stamp(it.at)),
        outcome: outcome.into(),
        quantity: it.quantity,
        location_id: it
            .location
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        rule_version: it.rule_version,
        effective_at: it.effective.map(stamp),
        rank: stood.map_or(0, |stood| u32::try_from(stood.place).unwrap_or(u32::MAX)),
        units_ahead: stood.map_or(0, |stood| stood.units_ahead),
        causes: it.causes.iter().map(cause).collect(),
        others: it.others.iter().map(other).collect(),
        sentence: it.sentence.clone(),
    }
}

fn cause(by: &By) -> v1::DecisionCause {
    v1::DecisionCause {
        what: by.name(),
        revision: by.position.map_or(0, |at| at.revision.0),
        id: by.id.clone(),
        units: by.units,
        divided_free: by.divided.map_or(0, |divided| divided.free),
        divided_open: by.divided.map_or(0, |divided| divided.open),
    }
}
