//! `release`: a hold, given up before its time.

use api::allocator::v1::ReleaseHoldRequest;
use clap::Args;
use domain::decider::Room;

use crate::problem::Problem;
use crate::session::Session;

/// End a hold before its time
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder release basket-7

Units are held by `backorder availability SKU QUANTITY --hold 15m`, and
ordered by `backorder place … --hold ID`.")]
pub(crate) struct Release {
    /// Which hold
    hold: String,
}

impl Release {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = ReleaseHoldRequest {
            hold_id: self.hold.clone(),
            at_least_revision: 0,
        };
        let mut client = doors.allocator()?;
        let call = client.release_hold(request);
        let done = doors.ask(Room::Allocator, "ReleaseHold", call).await?;
        session.out.show(&done, |done| {
            format!(
                "hold {} has ended, as of revision {}",
                self.hold, done.revision
            )
        });
        Ok(())
    }
}
