//! `wave`: reserved lines, released to the floor, and what of a wave is still to be picked.

use api::inventory::v1::{
    GetPickListRequest, GetPickListResponse, ReleaseWaveRequest, ReleaseWaveResponse, WaveFilter,
};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;

use crate::output::{many, recorded, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Moment};

/// Release reserved lines to be picked, by rank, or show a pick list
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder wave --at main
  backorder wave --at main --max-lines 100 --id monday-1
  backorder wave --at main --backorders --max-units 500
  backorder wave --at main --sku BOLT --sku NUT --channel web
  backorder wave --at main --ship-by 2026-12-01   what must leave by then
  backorder wave --show monday-1                  its pick list
  backorder wave --show monday-1 -o json

Nobody else is given the stock of a released line. `backorder recall` takes
lines back, `backorder short` says what was not found.")]
pub(crate) struct Wave {
    /// The location
    #[arg(long = "at", value_name = "LOCATION", required_unless_present = "show")]
    location: Option<String>,
    /// Show what of this wave is to be picked, by location and SKU; releases nothing
    #[arg(
        long,
        value_name = "WAVE",
        conflicts_with_all = ["location", "id", "backorders", "sku", "channel", "ship_by",
            "max_units", "max_lines"]
    )]
    show: Option<String>,
    /// The most lines
    #[arg(long, default_value_t = 500, value_name = "N")]
    max_lines: u32,
    /// The most units; of the last line a part goes [default: any number]
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    max_units: u32,
    /// Only lines that have waited for stock
    #[arg(long)]
    backorders: bool,
    /// Only lines of this SKU; may be given several times
    #[arg(long)]
    sku: Vec<String>,
    /// Only lines of orders of this channel; may be given several times
    #[arg(long)]
    channel: Vec<String>,
    /// Only lines of orders that must be shipped by then
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    ship_by: Option<Moment>,
    /// Id of this wave, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Wave {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        if let Some(wave) = self.show {
            return show(session, wave).await;
        }
        let doors = &session.doors;
        let only = WaveFilter {
            backorders: self.backorders,
            skus: self.sku,
            channels: self.channel,
            ship_by: self.ship_by.map(|typed| stamp(typed.at())),
        };
        let request = ReleaseWaveRequest {
            wave_id: self.id,
            location_id: self.location.unwrap_or_default(),
            max_lines: self.max_lines,
            max_units: self.max_units,
            only: Some(only).filter(|only| *only != WaveFilter::default()),
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

async fn show(session: &Session, wave_id: String) -> Result<(), Problem> {
    let doors = &session.doors;
    let request = GetPickListRequest {
        wave_id,
        at_least_revision: 0,
    };
    let mut client = doors.inventory()?;
    let found = doors
        .ask(
            Room::Inventory,
            "GetPickList",
            client.get_pick_list(request),
        )
        .await?;
    let skus = found.lines.iter().map(|line| line.sku.as_str());
    units::learn_to_show(session, skus).await;
    session.out.show(&found, pick_list);
    Ok(())
}

fn pick_list(found: &GetPickListResponse) -> String {
    let rows = found.lines.iter().map(|line| {
        vec![
            line.location_id.clone(),
            line.sku.clone(),
            line.description.clone(),
            units::shown(&line.sku, line.quantity),
            line.order_id.clone(),
            line.line.to_string(),
        ]
    });
    let columns = ["location", "sku", "description", "units", "order", "line"];
    table(&columns, rows)
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
