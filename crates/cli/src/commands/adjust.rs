//! `adjust`: a count, corrected.

use api::inventory::v1::AdjustStockRequest;
use clap::Args;
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// Correct the count of an item
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder adjust BOLT -5 --at main --reason damage
  backorder adjust BOLT 2 --at main --reason customer_return --id return-88")]
pub(crate) struct Adjust {
    /// What
    sku: String,
    /// Units to add, or to subtract if negative
    #[arg(allow_negative_numbers = true)]
    change: String,
    /// Where
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// Why, such as count, damage or customer_return
    #[arg(long)]
    reason: String,
    /// Id of this correction, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Adjust {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, [self.sku.as_str()]).await?;
        let (down, units) = match self.change.strip_prefix('-') {
            Some(units) => (true, units),
            None => (false, self.change.strip_prefix('+').unwrap_or(&self.change)),
        };
        let change = i64::from(units::read(&self.sku, units, "CHANGE")?);
        let request = AdjustStockRequest {
            adjustment_id: self.id,
            sku: self.sku,
            location_id: self.location,
            change: if down { change.wrapping_neg() } else { change },
            reason: self.reason,
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "AdjustStock", client.adjust_stock(request))
            .await?;
        session.out.show(&done, |done| {
            let stands = recorded(done.revision, done.repeated);
            format!("adjustment {} {stands}", done.adjustment_id)
        });
        Ok(())
    }
}
