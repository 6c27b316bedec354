//! `queue`: who waits for an SKU.

use api::allocator::v1::{GetQueueRequest, Promise, PromiseBasis, QueueLine};
use clap::Args;
use domain::decider::Room;

use super::at::At;
use crate::output::{Format, many, minute};
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::units;

/// Show who waits for an SKU, by rank
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder queue BOLT
  backorder queue BOLT --at 1200                  as of revision 1200
  backorder queue BOLT --limit 500 -o json
  backorder queue BOLT -o json | jq .total_units")]
pub(crate) struct Queue {
    /// The SKU
    sku: String,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    at: At,
}

impl Queue {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.allocator()?);
        let wanted = &self.sku;
        let at_revision = self.at.revision(session).await?;
        let totals = std::cell::Cell::new([0_u64; 5]);
        let page = |page_size, page_token| {
            let sku = wanted.clone();
            let request = GetQueueRequest {
                sku,
                page_size,
                page_token,
                at_least_revision: 0,
                at_revision,
                ..GetQueueRequest::default()
            };
            let (mut client, totals) = (client.clone(), &totals);
            async move {
                let call = client.get_queue(request);
                let page = doors.ask(Room::Allocator, "GetQueue", call).await?;
                totals.set([
                    page.total_lines,
                    page.total_units,
                    page.free_units,
                    page.inbound_units,
                    page.available_units,
                ]);
                Ok((page.lines, page.next_page_token, page.revision))
            }
        };
        let mut listing = self.paging.gather(page).await?;
        let [lines, waiting, free, inbound, available] = totals.get();
        listing.totals = vec![
            ("total_lines", lines),
            ("total_units", waiting),
            ("free_units", free),
            ("inbound_units", inbound),
            ("available_units", available),
        ];
        listing.again = (at_revision > 0).then(|| format!("--at {at_revision}"));
        units::learn_to_show(session, [self.sku.as_str()]).await;
        let row = |line: &QueueLine| row(&self.sku, line);
        session.out.list("lines", &listing, &COLUMNS, row);
        if session.out.0 == Format::Table {
            eprintln!(
                "{}: {} waiting for {}; {} available, {} inbound",
                self.sku,
                many(lines, "line"),
                units::units(&self.sku, waiting),
                units::units(&self.sku, available),
                units::shown(&self.sku, inbound),
            );
        }
        Ok(())
    }
}

const COLUMNS: [&str; 11] = [
    "rank",
    "order",
    "line",
    "tier",
    "waiting",
    "ranked as",
    "placed",
    "ahead",
    "promise",
    "p50",
    "p90",
];

fn row(sku: &str, line: &QueueLine) -> Vec<String> {
    let [half, most] = likely(line.promise.as_ref());
    vec![
        line.rank.to_string(),
        line.order_id.clone(),
        line.line.to_string(),
        line.tier.clone(),
        units::shown(sku, line.backordered),
        minute(line.effective_at.as_ref()),
        minute(line.placed_at.as_ref()),
        units::shown(sku, line.units_ahead),
        promise(line.promise.as_ref()),
        half,
        most,
    ]
}

/// The days by which half and nine of ten of such deliveries come; `-` where it is not known.
pub(crate) fn likely(promise: Option<&Promise>) -> [String; 2] {
    let likely = |promise: &Promise| [day(promise.p50.as_ref()), day(promise.p90.as_ref())];
    promise.map_or_else(|| [day(None), day(None)], likely)
}

/// A promise and what is likely, for people.
pub(crate) fn promise_and_likely(told: Option<&Promise>) -> String {
    let words = promise(told);
    match told.and_then(|told| told.p50.as_ref().zip(told.p90.as_ref())) {
        Some((half, most)) => format!(
            "{words} (likely {}, nine of ten by {})",
            day(Some(half)),
            day(Some(most))
        ),
        None => words,
    }
}

pub(crate) fn day(time: Option<&prost_types::Timestamp>) -> String {
    minute(time).chars().take(10).collect()
}

/// A promise for people.
pub(crate) fn promise(promise: Option<&Promise>) -> String {
    let Some(promise) = promise else {
        return "-".into();
    };
    let at = minute(promise.at.as_ref());
    match promise.basis() {
        PromiseBasis::Inbound => format!("{at} by {}", promise.purchase_order_id),
        PromiseBasis::Estimate => format!("{at}, an estimate"),
        PromiseBasis::Unknown => "not known yet".into(),
        PromiseBasis::Unspecified => "-".into(),
    }
}
