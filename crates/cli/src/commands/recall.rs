//! `recall`: lines, taken back from the floor.

use api::inventory::v1::{RecallWaveRequest, RecallWaveResponse};
use clap::Args;
use domain::decider::Room;

use crate::output::{recorded, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// Take lines back from the warehouse floor
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder recall monday-1                 what is left of a wave
  backorder recall --order o1               all that is picked of an order

The lines stay reserved, and are in no wave.")]
pub(crate) struct Recall {
    /// The wave
    #[arg(required_unless_present = "order")]
    wave: Option<String>,
    /// The order
    #[arg(long, conflicts_with = "wave")]
    order: Option<String>,
    /// Id of this recall, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Recall {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = RecallWaveRequest {
            recall_id: self.id,
            wave_id: self.wave.unwrap_or_default(),
            order_id: self.order.unwrap_or_default(),
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "RecallWave", client.recall_wave(request))
            .await?;
        let skus = done.lines.iter().map(|line| line.sku.as_str());
        units::learn_to_show(session, skus).await;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &RecallWaveResponse) -> String {
    let rows = done.lines.iter().map(|line| {
        vec![
            line.order_id.clone(),
            line.line.to_string(),
            line.sku.clone(),
            line.location_id.clone(),
            line.wave_id.clone(),
            units::shown(&line.sku, line.quantity),
        ]
    });
    let names = ["order", "line", "sku", "location", "wave", "units"];
    let stands = recorded(done.revision, done.repeated);
    format!(
        "{}\nrecall {} {stands}",
        table(&names, rows),
        done.recall_id
    )
}
