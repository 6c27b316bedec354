//! `wave`: reserved lines, released to the floor.

use api::inventory::v1::{ReleaseWaveRequest, ReleaseWaveResponse};
use clap::Args;
use domain::decider::Room;

use crate::output::{many, recorded, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// Release reserved lines to be picked
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder wave --at main
  backorder wave --at main --max-lines 100 --id monday-1

Nobody else is given the stock of a released line. `backorder recall` takes
lines back, `backorder short` says what was not found.")]
pub(crate) struct Wave {
    /// The location
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// The most lines
    #[arg(long, default_value_t = 500, value_name = "N")]
    max_lines: u32,
    /// Id of this wave, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Wave {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = ReleaseWaveRequest {
            wave_id: self.id,
            location_id: self.location,
            max_lines: self.max_lines,
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "ReleaseWave", client.release_wave(request))
            .await?;
        let skus = done.lines.iter().map(|line| line.sku.as_str());
        units::learn_to_show(session, skus).await;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &ReleaseWaveResponse) -> String {
    let rows = done.lines.iter().map(|line| {
        vec![
            line.order_id.clone(),
            line.line.to_string(),
            line.sku.clone(),
            units::shown(&line.sku, line.quantity),
        ]
    });
    let stands = recorded(done.revision, done.repeated);
    let lines = table(&["order", "line", "sku", "units"], rows);
    format!(
        "{lines}\nwave {} of {} {stands}",
        done.wave_id,
        many(u64::try_from(done.lines.len()).unwrap_or(u64::MAX), "line")
    )
}
