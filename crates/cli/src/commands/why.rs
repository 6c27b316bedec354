//! `why`: an allocation, explained.

use api::allocator::v1::{ExplainAllocationRequest, LineExplanation};
use api::orders::v1::{GetOrderRequest, OrderView};
use clap::Args;
use domain::decider::Room;

use super::at::At;
use super::queue::promise_and_likely;
use crate::output::{many, minute, table, word};
use crate::problem::Problem;
use crate::session::Session;
use crate::shell;
use crate::units;

/// Why an order has what it has, and why not more
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder why o1
  backorder why o1 --line 2
  backorder why o1 --at 2026-11-15T12:00:00Z      as it was then
  backorder why o1 -o json | jq .lines[].would_change")]
pub(crate) struct Why {
    /// Which order
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
        };
        let mut client = doors.allocator()?;
        let call = client.explain_allocation(request);
        let found = match doors.ask(Room::Allocator, "ExplainAllocation", call).await {
            Ok(found) => found,
            Err(problem) => return Err(closed(session, &self.order, problem).await),
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

/// Of a closed order the allocator knows nothing: what became of it, and how to ask of its past.
pub(super) async fn closed(session: &Session, order: &str, unknown: Problem) -> Problem {
    if unknown.said.reason != "UNKNOWN_ORDER" {
        return unknown;
    }
    let doors = &session.doors;
    let request = GetOrderRequest {
        order_id: order.to_owned(),
        at_least_revision: 0,
        view: OrderView::Full.into(),
    };
    let found = async {
        let mut client = doors.orders()?;
        let call = client.get_order(request);
        doors.ask(Room::Orders, "GetOrder", call).await
    };
    let Ok(Some(found)) = found.await.map(|found| found.order) else {
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
    let name = shell::word(order);
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
        what: format!("order {order} is closed: {status}"),
        next,
        ..unknown
    }
}

fn explained(order: &str, line: &LineExplanation) -> String {
    let show = |steps: u32| units::shown(&line.sku, steps);
    let mut text = format!(
        "order {order}, line {}: {} of {}, {} reserved, {} waiting",
        line.line,
        show(line.quantity),
        line.sku,
        show(line.reserved),
        show(line.backordered)
    );
    if line.rank > 0 {
        text.push_str(&format!(
            "\n  rank {} with {} ahead, promise {}",
            line.rank,
            units::units(&line.sku, line.units_ahead),
            promise_and_likely(line.promise.as_ref())
        ));
    }
    text.push_str(&format!(
        "\n  ranked as {}: placed {}, moved {} forward (rule {})",
        minute(line.effective_at.as_ref()),
        minute(line.placed_at.as_ref()),
        many(line.boost_days, "day"),
        line.rule_version,
    ));
    for sentence in &line.sentences {
        text.push_str(&format!("\n  {sentence}"));
    }
    if !line.last_receipt_winners.is_empty() {
        text.push_str(&format!(
            "\n\nThe last receipt, at revision {}, went to:\n",
            line.last_receipt_revision
        ));
        let winners = line.last_receipt_winners.iter().map(|winner| {
            vec![
                winner.order_id.clone(),
                winner.line.to_string(),
                show(winner.quantity),
                minute(winner.effective_at.as_ref()),
                winner.reason.clone(),
            ]
        });
        text.push_str(&table(
            &["order", "line", "units", "ranked as", "why"],
            winners,
        ));
    }
    if !line.would_change.is_empty() {
        text.push_str("\n\nWhat would change it:");
        for change in &line.would_change {
            text.push_str(&format!("\n  - {change}"));
        }
    }
    text
}
