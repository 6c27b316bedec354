//! `why`: an allocation, explained.

use api::allocator::v1::{Decision, ExplainAllocationRequest, LineExplanation};
use api::orders::v1::{GetOrderRequest, GetOrderResponse, OrderView};
use clap::Args;
use domain::decider::Room;

use super::at::At;
use super::queue::promise_and_likely;
use crate::output::{many, minute, word, wrapped};
use crate::problem::Problem;
use crate::session::Session;
use crate::shell;
use crate::units;

/// Why an order has what it has, and why not more
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder why o1                                what was decided, and by what
  backorder why o1 --line 2
  backorder why o1 --at 2026-11-15T12:00:00Z      as it was then
  backorder why o1 -o json | jq .lines[].decisions")]
pub(crate) struct Why {
    /// Which order, open or closed
    order: String,
    /// Only this line
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    line: u32,
    #[command(flatten)]
    at: At,
}

impl Why {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = ExplainAllocationRequest {
            order_id: self.order.clone(),
            line: self.line,
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
            closed_at_revision: 0,
            without_ranks: false,
        };
        let explain = async |request: ExplainAllocationRequest| {
            let mut client = doors.allocator()?;
            let call = client.explain_allocation(request);
            doors.ask(Room::Allocator, "ExplainAllocation", call).await
        };
        let found = match explain(request.clone()).await {
            Ok(found) => found,
            Err(problem) => match closed_at(session, &request, &problem).await {
                Some(closed_at_revision) => {
                    explain(ExplainAllocationRequest {
                        closed_at_revision,
                        ..request
                    })
                    .await?
                }
                None => return Err(closed(session, &self.order, problem).await),
            },
        };
        let skus = found.lines.iter().map(|line| line.sku.as_str());
        units::learn_to_show(session, skus).await;
        session.out.show(&found, |found| {
            let lines: Vec<String> = found
                .lines
                .iter()
                .map(|line| explained(&self.order, line))
                .collect();
            lines.join("\n\n")
        });
        Ok(())
    }
}

/// Where an order was closed of which the allocator knows nothing any more, and nothing of the past
/// was asked.
async fn closed_at(
    session: &Session,
    asked: &ExplainAllocationRequest,
    unknown: &Problem,
) -> Option<u64> {
    if asked.at_revision > 0 || unknown.said.reason != "UNKNOWN_ORDER" {
        return None;
    }
    let found = order(session, &asked.order_id).await.ok()?;
    Some(found.closed_at_revision).filter(|at| *at > 0)
}

async fn order(session: &Session, order: &str) -> Result<GetOrderResponse, Problem> {
    let doors = &session.doors;
    let request = GetOrderRequest {
        order_id: order.to_owned(),
        at_least_revision: 0,
        view: OrderView::Full.into(),
    };
    let mut client = doors.orders()?;
    let call = client.get_order(request);
    doors.ask(Room::Orders, "GetOrder", call).await
}

/// Of a closed order the allocator knows nothing: what became of it, and how to ask of its past.
pub(super) async fn closed(session: &Session, id: &str, unknown: Problem) -> Problem {
    if unknown.said.reason != "UNKNOWN_ORDER" {
        return unknown;
    }
    let Ok(Some(found)) = order(session, id).await.map(|found| found.order) else {
        return unknown;
    };
    if !found.closed {
        let next = "it was placed a moment ago: ask again";
        return Problem {
            next: next.to_owned(),
            ..unknown
        };
    }
    let status = word(found.status().as_str_name(), "ORDER_STATUS_");
    let name = shell::word(id);
    let mut next = format!("`backorder order show {name}` shows what became of it");
    // The last entry is its closing, or what led to it: before that it was open.
    let last = found.timeline.iter().map(|entry| entry.revision).max();
    if let Some(before) = last
        .and_then(|last| last.checked_sub(1))
        .filter(|it| *it > 0)
    {
        let past = format!("`backorder why {name} --at {before}` why it had what it had");
        next.push_str(&format!(", and {past}"));
    }
    Problem {
        what: format!("order {id} is closed: {status}"),
        next,
        ..unknown
    }
}

fn explained(order: &str, line: &LineExplanation) -> String {
    let show = |steps: u32| units::shown(&line.sku, steps);
    let mut text = format!(
        "order {order}, line {}: {} of {}",
        line.line,
        show(line.quantity),
        line.sku,
    );
    if !line.closed {
        text.push_str(&format!(
            ", {} reserved, {} waiting",
            show(line.reserved),
            show(line.backordered)
        ));
    }
    if line.rank > 0 {
        text.push_str(&format!(
            "\n  rank {} with {} ahead, promise {}",
            line.rank,
            units::units(&line.sku, line.units_ahead),
            promise_and_likely(line.promise.as_ref())
        ));
    }
    if line.effective_at.is_some() {
        text.push_str(&format!(
            "\n  ranked as {}: placed {}, {} forward (rule {})",
            minute(line.effective_at.as_ref()),
            minute(line.placed_at.as_ref()),
            many(line.boost_days, "day"),
            line.rule_version,
        ));
    }
    for sentence in &line.sentences {
        text.push_str(&format!("\n{}", wrapped("  ", "  ", sentence)));
    }
    if !line.decisions.is_empty() {
        text.push_str("\n\nWhat was decided:");
        for decision in &line.decisions {
            text.push_str(&format!("\n{}", told(decision)));
        }
    }
    if !line.would_change.is_empty() {
        text.push_str("\n\nWhat would change it:");
        for change in &line.would_change {
            text.push_str(&format!("\n{}", wrapped("  - ", "    ", change)));
        }
    }
    text
}

/// A decision under its revision.
fn told(decision: &Decision) -> String {
    let first = format!("  {:>6}  ", decision.revision);
    wrapped(&first, "          ", &decision.sentence)
}
