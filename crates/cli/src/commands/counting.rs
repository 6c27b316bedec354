//! `count`: what is really there.

use api::inventory::v1::{CountStockRequest, CountStockResponse, CountedSku};
use clap::Args;
use domain::decider::Room;

use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Counted};

/// Say what is really in stock
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder count BOLT:12 LENS:0 --at main
  backorder count BOLT:12 --at main --as-of 4711   what moved since is kept
  backorder count BOLT:0 --at main --without-reserved --id erp-2026-11-30

`backorder stock` tells the revision as of which its figures are.")]
pub(crate) struct Count {
    /// SKU and quantity that is there, in the item's unit
    #[arg(required = true, value_name = "SKU:COUNTED", value_parser = words::counted)]
    lines: Vec<Counted>,
    /// The location
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// The revision as of which it was counted [default: now]
    #[arg(
        long,
        value_name = "REVISION",
        default_value_t = 0,
        hide_default_value = true
    )]
    as_of: u64,
    /// Reserved units were not counted: add them
    #[arg(long)]
    without_reserved: bool,
    /// Id of this count, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Ask whether the count would be taken; record nothing
    #[arg(long)]
    dry_run: bool,
}

impl Count {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, self.lines.iter().map(|of| of.sku.as_str())).await?;
        let mut lines = Vec::new();
        for of in self.lines {
            lines.push(CountedSku {
                counted: units::read_or_none(&of.sku, &of.counted, "SKU:COUNTED")?,
                sku: of.sku,
            });
        }
        let request = CountStockRequest {
            count_id: self.id,
            location_id: self.location,
            lines,
            as_of_revision: self.as_of,
            without_reserved: self.without_reserved,
            at_least_revision: 0,
            validate_only: self.dry_run,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "CountStock", client.count_stock(request))
            .await?;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &CountStockResponse) -> String {
    let changes = done.changes.iter().map(|change| match change.change {
        0 => format!("{}: as was thought\n", change.sku),
        steps => format!("{}: {}\n", change.sku, units::change(&change.sku, steps)),
    });
    let changes: String = changes.collect();
    let stands = decided(done.revision, done.repeated, done.validated);
    match done.count_id.as_str() {
        "" => format!("{changes}the count {stands}"),
        id => format!("{changes}count {id} {stands}"),
    }
}
