//! `supplier impact`: what a supplier's word would change, before it is recorded.

use api::allocator::v1::preview_impact_request::Word;
use api::allocator::v1::{
    MovedLine, PreviewImpactRequest, PreviewImpactResponse, Promise, SkuImpact,
};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;
use domain::exact::Exact;
use domain::money::decimal_of_sum;

use super::super::queue::{day, promise};
use super::lines::{When, when};
use crate::output::{many, minute, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::{units, words};

/// Show which promises a supplier's word on a purchase order would move
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder supplier impact po-7 --delay 9d
  backorder supplier impact po-7 --date 2027-01-09 --sku BOLT
  backorder supplier impact po-7 --date ?          nobody knows when it comes
  backorder supplier impact po-7 --none            it does not come

Nothing is recorded: `backorder po delay` and `reject` do that. It is about
what has not left the supplier, or else about what is under way. Told are the
lines whose date would move by more than a day, best rank first, and which
bounds they would break that they keep now.")]
pub(crate) struct Impact {
    /// The purchase order
    purchase_order: String,
    #[command(flatten)]
    said: Said,
    /// One SKU of it [default: all]
    #[arg(long, default_value = "", hide_default_value = true)]
    sku: String,
}

/// What the supplier says
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Said {
    /// It comes so many days later, 1 to 400
    #[arg(long, value_name = "DAYS", value_parser = words::days)]
    delay: Option<u32>,
    /// When it comes; ? where nobody knows
    #[arg(long, value_name = "DATE", value_parser = when)]
    date: Option<When>,
    /// It does not come
    #[arg(long)]
    none: bool,
}

impl Impact {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = PreviewImpactRequest {
            word: Some(self.said.word()),
            purchase_order_id: self.purchase_order.clone(),
            sku: self.sku,
            at_least_revision: 0,
            at_revision: 0,
        };
        let mut client = doors.allocator()?;
        let call = client.preview_impact(request);
        let impact = doors.ask(Room::Allocator, "PreviewImpact", call).await?;
        let skus = impact.skus.iter().map(|it| it.sku.as_str());
        units::learn_to_show(session, skus).await;
        session
            .out
            .show(&impact, |it| told(&self.purchase_order, it));
        Ok(())
    }
}

impl Said {
    fn word(&self) -> Word {
        match (self.delay, self.date) {
            (Some(days), _) => Word::DaysLater(days),
            (None, Some(When::By(at))) => Word::ExpectedAt(stamp(at.by())),
            (None, Some(When::Unknown)) => Word::DateUnknown(true),
            // One of the three is there.
            (None, None) => Word::WillNotCome(self.none),
        }
    }
}

const COLUMNS: [&str; 8] = [
    "order", "line", "sku", "tier", "waits", "told", "would be", "breaks",
];

fn told(purchase_order: &str, impact: &PreviewImpactResponse) -> String {
    let mut text: Vec<String> = impact.skus.iter().map(of_sku).collect();
    let all = impact.skus.iter().map(|it| it.lines).sum::<u64>();
    if all == 0 {
        text.push(format!("{purchase_order}: no promise would move"));
        return text.join("\n");
    }
    let named = u64::try_from(impact.lines.len()).unwrap_or(u64::MAX);
    text.push(format!(
        "{purchase_order}: {} of {} would be told another date",
        many(all, "line"),
        many(impact.orders, "order"),
    ));
    text.push(table(&COLUMNS, impact.lines.iter().map(row)));
    if named < all {
        text.push(format!("and {} more", all.minus(named)));
    }
    text.join("\n")
}

/// What would become of an SKU.
fn of_sku(it: &SkuImpact) -> String {
    let mut text = format!(
        "{}: {} expected {}, then {}",
        it.sku,
        units::units(&it.sku, it.units),
        known(it.expected_at.as_ref()),
        known(it.would_be_expected_at.as_ref()),
    );
    if it.lines > 0 {
        text.push_str(&format!(
            "\n  {} in {}",
            units::units(&it.sku, it.waiting_units),
            many(it.lines, "line"),
        ));
        if it.value_minor > 0 {
            text.push_str(&format!(", worth {}", decimal_of_sum(it.value_minor)));
        }
    }
    let counts = [
        (it.later, "later"),
        (it.earlier, "earlier"),
        (it.undated, "without a date"),
        (it.beyond_longest_wait, "beyond the longest wait"),
        (it.beyond_wanted, "after the day wanted"),
        (it.beyond_deadline, "after the legal deadline"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !counts.is_empty() {
        text.push_str(&format!(": {}", counts.join(", ")));
    }
    if it.free_units > 0 && it.lines > 0 {
        text.push_str(&format!(
            "\n  {} in stock are kept for others (`backorder assign` gives them)",
            units::units(&it.sku, it.free_units),
        ));
    }
    text
}

fn known(at: Option<&prost_types::Timestamp>) -> String {
    at.map_or_else(|| "on no known day".to_owned(), |at| minute(Some(at)))
}

/// The day of a promise.
fn day_of(told: Option<&Promise>) -> String {
    match told.and_then(|told| told.at.as_ref()) {
        Some(at) => day(Some(at)),
        None => promise(told),
    }
}

fn row(line: &MovedLine) -> Vec<String> {
    let breaks = [
        (line.beyond_longest_wait, "longest wait"),
        (line.beyond_wanted, "day wanted"),
        (line.beyond_deadline, "deadline"),
    ];
    let breaks = breaks.iter().filter(|(broken, _)| *broken);
    let breaks: Vec<&str> = breaks.map(|(_, what)| *what).collect();
    vec![
        line.order_id.clone(),
        line.line.to_string(),
        line.sku.clone(),
        line.tier.clone(),
        units::shown(&line.sku, line.backordered),
        day_of(line.promise.as_ref()),
        day_of(line.would_be.as_ref()),
        breaks.join(", "),
    ]
}
