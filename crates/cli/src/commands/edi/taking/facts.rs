//! One message put to its purchase orders, and recorded through the door. Must not know how files
//! are read, or what is told of them.

use std::path::Path;

use api::supplier_gateway::v1::record_supplier_message_request::Said;
use api::supplier_gateway::v1::{
    Confirmed, DatedLine, Delayed, Dispatched, PurchaseOrder, PurchaseOrderLine,
    RecordSupplierMessageRequest, SchedulePart, Scheduled, ScheduledLine, Source, SupplierLine,
    SupplierMessage, Way,
};
use chassis::wire::{stamp, whole_ms};
use edi::{
    Counted, Date, DispatchAdvice, Fact, Group, Interchange, KnownDispatch, KnownLine, KnownOrder,
    OrderAnswer, Purpose, Quantity, Transaction, When, message_id, of_answer, of_dispatch,
};
use prost_types::Timestamp;

use crate::commands::edi::reading::Names;
use crate::commands::po::buying::{MAX_READS, OUTDATED, look, record, unshipped};
use crate::output::decided;
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::units;
use crate::words;
use crate::zone;

/// The most characters of who says something.
const MAX_WHO_CHARS: usize = 100;

/// What became of a message.
pub(super) enum Outcome {
    /// It is recorded, or would be.
    Recorded(u64, String),
    /// It says nothing that would be recorded.
    Told(String),
    /// It is left for a person, for this reason.
    Left(String),
}

impl Outcome {
    pub fn told(&self) -> String {
        match self {
            Self::Recorded(_, told) | Self::Told(told) => told.clone(),
            Self::Left(why) => format!("left: {why}"),
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Recorded(..) => "recorded",
            Self::Told(_) => "told",
            Self::Left(_) => "left",
        }
    }

    pub const fn revision(&self) -> Option<u64> {
        match self {
            Self::Recorded(revision, _) => Some(*revision),
            Self::Told(_) | Self::Left(_) => None,
        }
    }

    pub const fn is_left(&self) -> bool {
        matches!(self, Self::Left(_))
    }
}

/// One message, and what is needed to take it.
pub(super) struct Taking<'t> {
    pub session: &'t Session,
    pub supplier: &'t str,
    /// What they call our items.
    pub names: &'t Names,
    pub file: &'t Path,
    pub dry_run: bool,
    pub of: (&'t Interchange, &'t Group, &'t Transaction),
}

impl Taking<'_> {
    /// What the supplier says of an order.
    pub async fn answer(&self, said: &OrderAnswer) -> Result<Outcome, Problem> {
        let named = (said.order.as_str(), said.number.as_str(), said.purpose);
        self.take((named, 1), |order| of_answer(said, order)).await
    }

    /// Goods that left: what became of it, by order.
    pub async fn dispatch(&self, said: &DispatchAdvice) -> Result<Vec<(String, Outcome)>, Problem> {
        if said.orders.is_empty() {
            let why = edi::Unplaced::Cancels(said.number.clone()).to_string();
            return Ok(vec![(String::new(), Outcome::Left(why))]);
        }
        let mut outcomes = Vec::new();
        for (place, of) in (1..).zip(&said.orders) {
            let named = (of.order.as_str(), said.number.as_str(), said.purpose);
            let outcome = self
                .take((named, place), |order| of_dispatch(said, of, order))
                .await?;
            outcomes.push((of.order.clone(), outcome));
        }
        Ok(outcomes)
    }

    /// Puts a message to an order, and records what it comes to. What is wrong with the message or
    /// refused leaves it; that a service cannot be reached ends all.
    async fn take(
        &self,
        (named, place): ((&str, &str, Purpose), usize),
        fact: impl Fn(&KnownOrder) -> Result<Fact, edi::Unplaced>,
    ) -> Result<Outcome, Problem> {
        for _ in 1..MAX_READS {
            match self.take_once((named, place), &fact).await {
                Err(problem) if problem.said.reason == OUTDATED => {}
                Err(problem) => return left(problem),
                Ok(outcome) => return Ok(outcome),
            }
        }
        let last = self.take_once((named, place), &fact).await;
        last.or_else(left)
    }

    /// The same, on the order as it is read now.
    async fn take_once(
        &self,
        (named, place): ((&str, &str, Purpose), usize),
        fact: &impl Fn(&KnownOrder) -> Result<Fact, edi::Unplaced>,
    ) -> Result<Outcome, Problem> {
        let message = message_id(self.of, named, place);
        let found = look(self.session, named.0).await?;
        if found.supplier_id != self.supplier {
            let (order, of) = (&found.purchase_order_id, &found.supplier_id);
            return Ok(Outcome::Left(format!(
                "purchase order {order} is one of {of}"
            )));
        }
        let numbers = format!("{}/", message.numbers);
        let is_it = |of: &&SupplierMessage| of.message_id.starts_with(&numbers);
        if let Some(before) = found.messages.iter().find(is_it) {
            return Ok(if before.message_id == message.id {
                before_at(before.revision)
            } else {
                Outcome::Left(format!(
                    "a message of the same numbers said something else at revision {}",
                    before.revision
                ))
            });
        }
        let said = match fact(&known(&found, self.names)) {
            Ok(Fact::Nothing(why)) => return Ok(Outcome::Told(why.to_owned())),
            Ok(fact) => said(fact, &found),
            Err(why) => return Ok(Outcome::Left(why.to_string())),
        };
        let request = RecordSupplierMessageRequest {
            message_id: message.id,
            purchase_order_id: found.purchase_order_id,
            source: Some(self.source()),
            said: Some(said),
            validate_only: self.dry_run,
            at_least_revision: 0,
        };
        let done = record(self.session, request).await?;
        Ok(Outcome::Recorded(
            done.revision,
            decided(done.revision, done.repeated, done.validated),
        ))
    }

    /// Who says it: the file, and the message in it.
    fn source(&self) -> Source {
        let file = self.file.file_name().unwrap_or_default().to_string_lossy();
        let (interchange, _, transaction) = self.of;
        let told = format!(
            "{} {} of {} {} in {file}",
            transaction.kind, transaction.control, interchange.sender.id, interchange.control,
        );
        let plain = told.chars().filter(|it| !it.is_control());
        Source {
            way: Way::File.into(),
            who: plain.take(MAX_WHO_CHARS).collect(),
        }
    }
}

fn before_at(revision: u64) -> Outcome {
    Outcome::Recorded(revision, decided(revision, true, false))
}

/// What a service refuses, and what is wrong with a message, leaves it.
fn left(problem: Problem) -> Result<Outcome, Problem> {
    match problem.exit {
        Exit::Refused | Exit::Usage => {
            Ok(Outcome::Left(format!("{}; {}", problem.what, problem.next)))
        }
        Exit::Unreachable | Exit::Failed | Exit::NotYet => Err(problem),
    }
}

/// The order as it stands, in steps.
fn known(order: &PurchaseOrder, names: &Names) -> KnownOrder {
    let line = |of: &PurchaseOrderLine| {
        let all = of
            .ordered
            .saturating_add(of.added)
            .saturating_sub(of.rejected);
        let pending = unshipped(of);
        KnownLine {
            number: of.line,
            sku: of.sku.clone(),
            former_skus: of.former_skus.clone(),
            names: names.of(&of.sku),
            counted: Counted::of_item(&units::of(&of.sku).unit),
            step: Quantity::millionths(&units::of(&of.sku).number(1)).unwrap_or(1),
            ordered: of.ordered,
            pending,
            gone: all.saturating_sub(pending),
        }
    };
    let dispatches = order.dispatches.iter().map(|it| KnownDispatch {
        id: it.dispatch_id.clone(),
        lines: it.lines.iter().map(|of| (of.line, of.quantity)).collect(),
        arrives: it.eta.and_then(day),
        counted: it.counted,
    });
    KnownOrder {
        lines: order.lines.iter().map(line).collect(),
        dispatches: dispatches.collect(),
    }
}

/// A fact in the door's words.
fn said(fact: Fact, order: &PurchaseOrder) -> Said {
    match fact {
        Fact::Schedule { lines, reason } => schedule(&lines, reason, order),
        Fact::Dispatch {
            dispatch,
            arrives,
            lines,
        } => Said::Dispatched(Dispatched {
            dispatch_id: dispatch,
            lines: lines
                .into_iter()
                .map(|of| SupplierLine {
                    line: of.line,
                    sku: of.sku,
                    quantity: of.steps,
                })
                .collect(),
            eta: end_of(arrives),
        }),
        Fact::Later { lines, arrives } => {
            let line = |(line, sku): (u32, String)| DatedLine {
                line,
                sku,
                eta: end_of(arrives),
            };
            Said::Delayed(Delayed {
                lines: lines.into_iter().map(line).collect(),
                reason: String::new(),
            })
        }
        // It is told before it comes here.
        Fact::Nothing(_) => Said::Scheduled(Scheduled::default()),
    }
}

/// A confirmation where all lines come whole on days that are known, else a schedule.
fn schedule(lines: &[edi::ScheduledLine], reason: String, order: &PurchaseOrder) -> Said {
    let known = |line: u32| order.lines.iter().find(|of| of.line == line);
    let dated = lines.iter().map(|of| {
        let eta = match of.parts.as_slice() {
            [(_, When::On(day))] if of.is_whole => end_of(*day)?,
            // In parts it is confirmed as a schedule: one date would put them together.
            [(_, When::AsKnown)] if of.is_whole => {
                known(of.line).filter(|of| of.parts.is_empty())?.eta?
            }
            _ => return None,
        };
        Some(DatedLine {
            line: of.line,
            sku: of.sku.clone(),
            eta: Some(eta),
        })
    });
    let dated: Option<Vec<DatedLine>> = dated.collect();
    if let Some(lines) = dated.filter(|_| reason.is_empty()) {
        return Said::Confirmed(Confirmed { lines });
    }
    let parts =
        |of: &edi::ScheduledLine, (quantity, when): (u32, When)| match (when, known(of.line)) {
            (When::AsKnown, Some(line)) => as_known(line, dated_anew(of), quantity),
            (When::On(day), _) => vec![part(quantity, end_of(day))],
            (When::AsKnown | When::Unknown, _) => vec![part(quantity, None)],
        };
    let lines = lines.iter().map(|of| ScheduledLine {
        line: of.line,
        sku: of.sku.clone(),
        parts: of.parts.iter().flat_map(|it| parts(of, *it)).collect(),
        pending: known(of.line).map(unshipped),
    });
    Said::Scheduled(Scheduled {
        lines: lines.collect(),
        reason,
    })
}

const fn part(quantity: u32, eta: Option<Timestamp>) -> SchedulePart {
    SchedulePart { quantity, eta }
}

/// Steps of a line that have a day of their own in the message.
fn dated_anew(of: &edi::ScheduledLine) -> u32 {
    let dated = of
        .parts
        .iter()
        .filter(|(_, when)| matches!(when, When::On(_)));
    dated.fold(0, |sum: u32, (steps, _)| sum.saturating_add(*steps))
}

/// So much of a line in the parts that are known of it, after those that are dated anew: these are
/// the first. Of what is more nobody has said a day.
fn as_known(of: &PurchaseOrderLine, dated_anew: u32, quantity: u32) -> Vec<SchedulePart> {
    if of.parts.is_empty() {
        return vec![part(quantity, of.eta)];
    }
    let (mut before, mut left) = (dated_anew, quantity);
    let mut parts = Vec::new();
    for known in &of.parts {
        let anew = known.quantity.min(before);
        before = before.saturating_sub(anew);
        let taken = known.quantity.saturating_sub(anew).min(left);
        left = left.saturating_sub(taken);
        parts.push(part(taken, known.eta));
    }
    parts.push(part(left, None));
    parts.retain(|part| part.quantity > 0);
    parts
}

/// The day of a time, by the cell's clocks.
fn day(at: Timestamp) -> Option<Date> {
    let at = whole_ms(at).ok()?;
    zone::zone().date(at).parse().ok()
}

/// Goods that come on a day may come until it ends, by the cell's clocks.
fn end_of(day: Date) -> Option<Timestamp> {
    let moment = words::time(&day.to_string()).ok()?;
    Some(stamp(moment.by()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_as_known_keeps_the_parts_that_are_known() {
        let on = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let mut of = PurchaseOrderLine {
            eta: on(5),
            ..PurchaseOrderLine::default()
        };
        assert_eq!(as_known(&of, 0, 10), [part(10, on(5))]);
        of.parts = vec![part(6, on(5)), part(4, None)];
        assert_eq!(as_known(&of, 0, 10), of.parts);
        assert_eq!(as_known(&of, 0, 4), [part(4, on(5))]);
        assert_eq!(as_known(&of, 6, 4), [part(4, None)]);
        assert_eq!(as_known(&of, 5, 3), [part(1, on(5)), part(2, None)]);
        assert_eq!(
            as_known(&of, 0, 12),
            [part(6, on(5)), part(4, None), part(2, None)]
        );
    }
}
