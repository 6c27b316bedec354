//! `availability`: what would happen at the door.

use api::allocator::v1::{CheckAvailabilityRequest, CheckAvailabilityResponse, RefuseReason};
use clap::Args;
use domain::decider::Room;

use super::at::At;
use super::queue::promise_and_likely;
use crate::output::word;
use crate::problem::Problem;
use crate::session::Session;

/// What would happen if this were ordered now; holds nothing
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder availability BOLT 3
  backorder availability BOLT 3 --tier gold -o json
  backorder availability BOLT 3 --at 1200         what it was as of revision 1200")]
pub(crate) struct Availability {
    /// What
    sku: String,
    /// How many units
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    quantity: u32,
    /// The customer's standing
    #[arg(long, default_value = "standard")]
    tier: String,
    /// All units at once or none
    #[arg(long)]
    complete_only: bool,
    #[command(flatten)]
    at: At,
}

impl Availability {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = CheckAvailabilityRequest {
            sku: self.sku,
            quantity: self.quantity,
            tier: self.tier,
            complete_only: self.complete_only,
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
        };
        let mut client = doors.allocator()?;
        let found = doors
            .ask(
                Room::Allocator,
                "CheckAvailability",
                client.check_availability(request),
            )
            .await?;
        session.out.show(&found, told);
        Ok(())
    }
}

fn told(found: &CheckAvailabilityResponse) -> String {
    let mut text = format!(
        "{}: {} units available now",
        word(found.outcome().as_str_name(), "OUTCOME_"),
        found.available_now
    );
    if found.promise.is_some() {
        text.push_str(&format!(
            ", the rest {}",
            promise_and_likely(found.promise.as_ref())
        ));
    }
    if found.refuse_reason() != RefuseReason::Unspecified {
        let why = word(found.refuse_reason().as_str_name(), "REFUSE_REASON_");
        text.push_str(&format!(", the rest is refused: {why}"));
    }
    if !found.alternatives.is_empty() {
        text.push_str(&format!("\ninstead: {}", found.alternatives.join(", ")));
    }
    if !found.disclosure.is_empty() {
        text.push_str(&format!("\ntell the customer: {}", found.disclosure));
    }
    text
}
