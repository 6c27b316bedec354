//! The door of why: reads from the log what was decided on an order and what led to it, and folds
//! the room to where it stood then. Bounded in what it reads, folds and waits for, and in how many
//! questions it answers at once.

use std::collections::BTreeMap;
use std::iter::once;
use std::time::Duration;

use allocation::why::{self, By, Decided, Decision, Fact, MAX_DECISIONS, Of, Stands};
use allocation::{Allocator, AllocatorRefusal, Explanation, Trail};
use api::allocator::v1;
use chassis::wire::stamp;
use chassis::{Host, QueryError, invalid, refused};
use domain::decider::{Projection, Room};
use domain::event::{
    ClosedLine, Effect, Event, MAX_TIMELINE, OrderClosed, OrderPlaced, OrdersEvent, PlacedLine,
};
use domain::exact::Exact;
use domain::ids::{OrderId, Position, Revision, Sku, Zone};
use domain::quantity::Measure;
use domain::renamed::Renamed;
use tokio::sync::Semaphore;
use tonic::Status;

use crate::answer::{self, Dates};
use crate::bounds::MAX_QUESTIONS;
use crate::refusals::ServiceRefusal;

mod log;

use log::{Log, THEN_PATIENCE, unreadable};

/// The most decisions that are read of those that gave what the lines asked about wait for, the
/// last ones; others are not told.
const MAX_GAVE_READ: usize = 64;
/// How long a question waits for its turn; then it is refused.
const QUESTION_PATIENCE: Duration = Duration::from_secs(5);

/// What the questions share.
pub struct Door {
    host: Host<Allocator>,
    turns: Semaphore,
}

/// What is asked of one line, and what the room's state says of it.
pub struct Asked {
    stands: v1::LineExplanation,
    sku: Sku,
    zone: Zone,
    measure: Measure,
    waits: Stands,
    gave: Vec<Position>,
    receipt: Option<Position>,
}

/// What else is asked of them.
pub struct Terms {
    /// Where what is to be told of their order stands.
    pub trail: Option<Trail>,
    /// Where each stood then is asked for.
    pub ranks: bool,
    /// What items are called in the answer.
    pub renamed: Renamed,
}

impl Asked {
    pub fn new(allocator: &Allocator, order: &OrderId, it: Explanation, dates: Dates<'_>) -> Self {
        let sku = it.sku.clone();
        Self {
            zone: allocator.zone_told(order).clone(),
            measure: allocator.measure(&sku),
            waits: allocator.stands(order, it.line).unwrap_or_default(),
            gave: allocator.gave(&sku),
            receipt: it.last_receipt.as_ref().map(|receipt| receipt.position),
            stands: answer::explanation(it, dates),
            sku,
        }
    }
}

impl Door {
    /// On a room.
    pub fn new(host: &Host<Allocator>) -> Self {
        Self {
            host: host.clone(),
            turns: Semaphore::new(MAX_QUESTIONS),
        }
    }

    /// Each line of an open order with what was decided on it.
    pub async fn told(
        &self,
        order: &OrderId,
        asked: Vec<Asked>,
        terms: Terms,
    ) -> Result<Vec<v1::LineExplanation>, Status> {
        self.in_turn(told(&self.host, order, asked, terms)).await
    }

    /// Each line of a closed order that something was decided on.
    pub async fn closed(
        &self,
        asked: (&OrderId, u32),
        at: Revision,
        ranks: bool,
    ) -> Result<v1::ExplainAllocationResponse, Status> {
        self.in_turn(closed(&self.host, asked, at, ranks)).await
    }

    /// Answers a question as soon as few others are being answered.
    async fn in_turn<T>(
        &self,
        answer: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let turn = tokio::time::timeout(QUESTION_PATIENCE, self.turns.acquire()).await;
        let busy = || refused(&ServiceRefusal::TooManyQuestions {});
        let Ok(Ok(_turn)) = turn else {
            return Err(busy());
        };
        answer.await
    }
}

async fn told(
    host: &Host<Allocator>,
    order: &OrderId,
    asked: Vec<Asked>,
    Terms {
        trail,
        ranks,
        renamed,
    }: Terms,
) -> Result<Vec<v1::LineExplanation>, Status> {
    let mut log = Log::new(renamed);
    let own = walk(host, order, trail.and_then(|trail| trail.last), &mut log).await?;
    let placed = trail.map_or(Position::default(), |trail| trail.placed);
    let own = (asked.as_slice(), own.as_slice(), placed);
    explain(host, order, own, ranks, log).await
}

async fn closed(
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
    let closing = closing(host, order, at).await?.ok_or_else(unknown)?;
    let renamed = host.read(|allocator| allocator.renamed().clone());
    let mut log = Log::new(renamed.clone());
    let timeline = closing.timeline.iter().chain([&closing.opened]);
    log.read_last(host, timeline.copied(), MAX_TIMELINE.plus(1))
        .await?;
    let placed = log.fact(closing.opened);
    let placed = placed.and_then(|fact| OrderPlaced::of(&fact.event));
    let placed = placed.ok_or_else(unknown)?.clone();
    let mut asked = closed_lines(host, &placed, &closing, &log);
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
                let names = once(&it.sku).chain(renamed.former(&it.sku));
                let mut gave = names.map(|sku| past.state.gave(sku));
                it.gave = gave.find(|gave| !gave.is_empty()).unwrap_or_default();
            }
        }
    }
    let own = (
        asked.as_slice(),
        closing.timeline.as_slice(),
        closing.opened,
    );
    Ok(v1::ExplainAllocationResponse {
        lines: explain(host, order, own, ranks, log).await?,
        revision: at.0,
    })
}

/// The event that closed an order at a revision, if one did.
async fn closing(
    host: &Host<Allocator>,
    order: &OrderId,
    at: Revision,
) -> Result<Option<OrderClosed>, Status> {
    let written = match host.log().written(at).await {
        Ok(written) => written,
        Err(error) => {
            let last = host.log().last(&Room::ALL).await.map_err(unreadable)?;
            if at > last {
                return Err(QueryError::NotWritten { wanted: at, last }.into());
            }
            return Err(unreadable(error));
        }
    };
    let events = (0_u32..).map_while(|index| written.text.event(index).transpose());
    let events: Result<Vec<_>, _> = events.collect();
    let events = events.map_err(unreadable)?;
    let mut closings = events.iter().filter_map(OrderClosed::of);
    Ok(closings.find(|it| it.order == *order).cloned())
}

/// Reads what else is told of these lines, and tells it. `own` are the positions of what happened
/// to their order since it was placed.
async fn explain(
    host: &Host<Allocator>,
    order: &OrderId,
    (asked, own, placed): (&[Asked], &[Position], Position),
    ranks: bool,
    mut log: Log,
) -> Result<Vec<v1::LineExplanation>, Status> {
    let gave = asked.iter().flat_map(|line| &line.gave);
    let gave: Vec<Position> = gave.filter(|at| **at > placed).copied().collect();
    log.read_last(host, gave.iter().copied(), MAX_GAVE_READ)
        .await?;
    let skus: Vec<&Sku> = asked.iter().map(|line| &line.sku).collect();
    log.read_causes(host, order, &skus).await?;
    if ranks {
        log.fold(host, own.iter().chain(&gave).copied()).await;
    }
    let told = asked.iter();
    Ok(told
        .map(|line| line.tell(order, own, placed, &log))
        .collect())
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

/// The lines of a closed order with what they asked for: those that it was placed with, and those
/// that came instead.
fn closed_lines(
    host: &Host<Allocator>,
    placed: &OrderPlaced,
    closing: &OrderClosed,
    log: &Log,
) -> Vec<Asked> {
    let lines = asked_for((&placed.order, &placed.lines), &closing.lines, log.facts());
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
            waits: Stands::default(),
            gave: Vec::new(),
            receipt: None,
        }
    });
    asked.collect()
}

/// What each line of a closed order asked for, by its order, by the substitutes that were accepted,
/// and for lines of which those are not known any more by decisions on them. How many units, the
/// closing says: what became of all of them.
fn asked_for<'a>(
    (order, lines): (&OrderId, &[PlacedLine]),
    ended: &[ClosedLine],
    facts: impl Iterator<Item = &'a Fact> + Clone,
) -> BTreeMap<u32, (Sku, u32)> {
    let lines = lines.iter();
    let lines = lines.map(|line| (line.line, (line.sku.clone(), line.quantity)));
    let mut lines: BTreeMap<u32, (Sku, u32)> = lines.collect();
    for fact in facts.clone() {
        if let Event::Orders(OrdersEvent::SubstituteAccepted(it)) = &fact.event
            && it.order == *order
        {
            let come = || (it.sku.clone(), it.quantity);
            lines.entry(it.new_line).or_insert_with(come);
        }
    }
    for effect in facts.flat_map(Fact::effects) {
        if effect.order() == order {
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
    for ended in ended {
        let all = ended.shipped.plus(ended.cancelled).plus(ended.refused);
        if let Some((_, quantity)) = lines.get_mut(&ended.line) {
            *quantity = all;
        }
    }
    lines
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
        log.read_last(host, [at].into_iter(), 1).await?;
        own.push(at);
        next = log.fact(at).and_then(|fact| fact.before(order));
    }
    own.reverse();
    Ok(own)
}

impl Asked {
    fn tell(
        &self,
        order: &OrderId,
        own: &[Position],
        placed: Position,
        log: &Log,
    ) -> v1::LineExplanation {
        let of = Of {
            order,
            line: self.stands.line,
            sku: &self.sku,
            zone: &self.zone,
            measure: &self.measure,
            stands: self.waits,
        };
        let own: Vec<&Fact> = own.iter().filter_map(|at| log.fact(*at)).collect();
        let gave = self.gave.iter().filter(|at| **at > placed);
        let gave: Vec<&Fact> = gave.filter_map(|at| log.fact(*at)).collect();
        let decisions = why::decisions(of, &own, &gave, log);
        let winners = self.receipt.map(|at| why::winners(at, of, &gave, log));
        let winner = |it: why::Winner| v1::Winner {
            order_id: it.line.order.to_string(),
            line: it.line.line,
            quantity: it.line.quantity,
            effective_at: Some(stamp(it.line.effective)),
            reason: it.sentence,
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chassis::{Cell, Clock, Config};
    use domain::event::{Assigned, Settled, SubstituteAccepted};
    use domain::ids::Timestamp;
    use event_log::MemoryLog;
    use tonic::Code;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_questions_are_answered_at_once_and_one_more_waits_and_is_refused() {
        let clock = Clock::held(Timestamp::from_ms(0));
        let cell = Cell::new(Config::default(), Arc::new(MemoryLog::new()), clock);
        let (host, _driver) = cell.room::<Allocator>().unwrap();
        let door = Door::new(&host);
        let order = "o1".into();
        let terms = || Terms {
            trail: None,
            ranks: false,
            renamed: Renamed::default(),
        };
        let ask = || door.told(&order, Vec::new(), terms());
        let all = u32::try_from(MAX_QUESTIONS).unwrap();
        let busy = door.turns.acquire_many(all).await.unwrap();
        let refused = ask().await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        drop(busy);
        assert_eq!(ask().await.unwrap(), []);
    }

    fn fact(revision: u64, event: impl Into<Event>) -> Fact {
        let revision = Revision(revision);
        Fact {
            position: Position { revision, index: 0 },
            at: Timestamp::from_ms(0),
            as_of: Revision(0),
            event: event.into(),
        }
    }

    /// Five of one were taken instead, and two of three of another that nobody remembers.
    fn taken_instead() -> Vec<Fact> {
        let accepted = SubstituteAccepted {
            acceptance: "a1".into(),
            order: "o1".into(),
            line: 1,
            sku: "NUT".into(),
            quantity: 5,
            unit_price_minor: 100,
            new_line: 2,
        };
        let assigned = |line, sku: &str| {
            Effect::Assigned(Assigned {
                order: "o1".into(),
                line,
                sku: sku.into(),
                location: "main".into(),
                quantity: 2,
                effective: Timestamp::from_ms(0),
            })
        };
        let settled = Settled {
            rule: 0,
            effects: vec![assigned(2, "NUT"), assigned(3, "PIN")],
            at_rest: true,
            sharing: Vec::new(),
            causes: Vec::new(),
            before: Vec::new(),
        };
        vec![fact(7, accepted), fact(8, settled)]
    }

    #[test]
    fn a_line_that_came_instead_asked_for_what_was_taken_not_for_what_it_got_first() {
        let placed = [PlacedLine {
            line: 1,
            sku: "BOLT".into(),
            quantity: 8,
            unit_price_minor: 100,
            complete_only: false,
        }];
        let (order, facts) = (OrderId::from("o1"), taken_instead());
        let of = |ended: &[ClosedLine]| {
            let lines = asked_for((&order, &placed), ended, facts.iter());
            let lines = lines.into_iter();
            lines
                .map(|(line, (sku, quantity))| format!("{line} {sku} {quantity}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), ["1 BOLT 8", "2 NUT 5", "3 PIN 2"]);
        let ended = |line, shipped, cancelled| ClosedLine {
            line,
            shipped,
            cancelled,
            refused: 0,
            why: None,
        };
        let closed = [ended(1, 0, 8), ended(2, 4, 1), ended(3, 2, 1)];
        assert_eq!(of(&closed), ["1 BOLT 8", "2 NUT 5", "3 PIN 3"]);
    }
}
