//! `availability`: what would happen at the door.

use std::time::Duration;

use api::allocator::v1::{
    CheckAvailabilityRequest, CheckAvailabilityResponse, HoldFor, RefuseReason,
};
use chassis::Clock;
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;

use super::at::At;
use super::queue::promise_and_likely;
use crate::output::{minute, word};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Moment};

/// Show what would happen if this were ordered now; holds nothing without --hold
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder availability BOLT 3
  backorder availability BOLT 3 --tier gold -o json
  backorder availability BOLT 3 --hold 15m          keeps them for an order
  backorder availability BOLT 3 --hold 15m --hold-id basket-7
  backorder availability BOLT 3 --pick-up-at north  what stands there alone
  backorder availability BOLT 3 --no-split --complete-only
  backorder availability BOLT 3 --at 1200           as of revision 1200")]
pub(crate) struct Availability {
    /// What
    sku: String,
    /// Number of units
    #[arg(default_value = "1")]
    quantity: String,
    /// The customer's tier
    #[arg(long, default_value = "standard")]
    tier: String,
    /// Complete only: all units at once or none
    #[arg(long)]
    complete_only: bool,
    /// Sales channel, such as web; some stock may be protected for others
    #[arg(long, default_value = "", hide_default_value = true)]
    channel: String,
    /// The order may not be split between locations
    #[arg(long)]
    no_split: bool,
    /// Pick-up location: only stock there can be assigned
    #[arg(
        long,
        value_name = "LOCATION",
        default_value = "",
        hide_default_value = true
    )]
    pick_up_at: String,
    /// Date that the customer requests
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    requested_at: Option<Moment>,
    /// Hold all of it for this time, at most 24 hours, at any location
    #[arg(
        long,
        value_name = "SPAN",
        value_parser = words::span,
        conflicts_with_all = ["at", "no_split", "pick_up_at"]
    )]
    hold: Option<Duration>,
    /// Id of the hold, for the order and for retries, which change nothing [default: a
    /// new one]
    #[arg(long, default_value = "", hide_default_value = true, requires = "hold")]
    hold_id: String,
    #[command(flatten)]
    at: At,
}

impl Availability {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, [self.sku.as_str()]).await?;
        let quantity = units::read(&self.sku, &self.quantity, "QUANTITY")?;
        let sku = self.sku.clone();
        let hold_id = self.hold_id;
        let hold = self.hold.map(|span| {
            let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
            let until = Some(stamp(Clock::wall().now().plus_ms(ms)));
            HoldFor { hold_id, until }
        });
        let request = CheckAvailabilityRequest {
            sku: self.sku,
            quantity,
            tier: self.tier,
            complete_only: self.complete_only,
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
            hold,
            channel: self.channel,
            pick_up_location_id: self.pick_up_at,
            no_split: self.no_split,
            requested_at: self.requested_at.map(|at| stamp(at.at())),
        };
        let mut client = doors.allocator()?;
        let found = doors
            .ask(
                Room::Allocator,
                "CheckAvailability",
                client.check_availability(request),
            )
            .await?;
        session.out.show(&found, |found| told(&sku, found));
        Ok(())
    }
}

fn told(sku: &str, found: &CheckAvailabilityResponse) -> String {
    let mut text = format!(
        "{}: {} available now",
        word(found.outcome().as_str_name(), "OUTCOME_"),
        units::units(sku, found.available_now.into())
    );
    if found.hold.is_none() && found.available > u64::from(found.available_now) {
        let all = units::shown(sku, found.available);
        text.push_str(&format!(", of {all}"));
    }
    if found.promise.is_some() {
        text.push_str(&format!(
            ", {} would wait: {}",
            units::shown(sku, found.would_wait),
            promise_and_likely(found.promise.as_ref())
        ));
    }
    if found.refuse_reason() != RefuseReason::Unspecified {
        let why = word(found.refuse_reason().as_str_name(), "REFUSE_REASON_");
        let refused = units::shown(sku, found.refused);
        text.push_str(&format!(", {refused} refused: {why}"));
    }
    if !found.alternatives.is_empty() {
        text.push_str(&format!("\ninstead: {}", found.alternatives.join(", ")));
    }
    if found.offered_until.is_some() {
        text.push_str(&format!(", until {}", minute(found.offered_until.as_ref())));
    }
    if let Some(hold) = &found.hold {
        let (id, until) = (&hold.hold_id, minute(hold.until.as_ref()));
        let again = if found.repeated { "before, " } else { "" };
        text.push_str(&format!(
            "\nheld {again}as {id}: {} until {until}",
            units::shown(sku, hold.quantity)
        ));
    }
    if !found.disclosure.is_empty() {
        text.push_str(&format!("\ntell the customer: {}", found.disclosure));
    }
    text
}
