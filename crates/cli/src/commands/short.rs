//! `short`: what was not found.

use api::inventory::v1::{FoundLine, ReportShortPickRequest, ReportShortPickResponse};
use clap::Args;
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Found};

/// Report that less was found than was to be picked
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder short o1 1:0 --at main          nothing was found of line 1
  backorder short o1 1:2 3:0 --at main --id pick-4711

What is missing leaves the stock, and the line waits for it at the rank that it
always had.")]
pub(crate) struct Short {
    /// The order
    order: String,
    /// Line and quantity that was found, in the unit of its item
    #[arg(required = true, value_name = "LINE:FOUND", value_parser = words::found)]
    lines: Vec<Found>,
    /// Where it was looked for
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// Id of this report, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Short {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let skus = units::learn_of_order(session, &self.order).await?;
        let mut lines = Vec::new();
        for of in &self.lines {
            let sku = units::of_line(&skus, (&self.order, of.line), "LINE:FOUND")?;
            let found = units::read_or_none(sku, &of.found, "LINE:FOUND")?;
            lines.push(FoundLine {
                line: of.line,
                // More than there are of anything: the service refuses it.
                found: u32::try_from(found).unwrap_or(u32::MAX),
            });
        }
        let request = ReportShortPickRequest {
            report_id: self.id,
            order_id: self.order,
            location_id: self.location,
            lines,
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(
                Room::Inventory,
                "ReportShortPick",
                client.report_short_pick(request),
            )
            .await?;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &ReportShortPickResponse) -> String {
    let missing = done.lines.iter().map(|line| {
        format!(
            "line {}: {} {} missing\n",
            line.line,
            units::shown(&line.sku, line.missing),
            line.sku
        )
    });
    let missing: String = missing.collect();
    let stands = recorded(done.revision, done.repeated);
    format!("{missing}short pick {} {stands}", done.report_id)
}
