//! `receive`: a delivery, counted.

use api::inventory::v1::{ReceiveStockRequest, SkuQuantity};
use clap::Args;
use domain::decider::Room;

use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Goods};

/// Record a receipt
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder receive BOLT:100 --at main
  backorder receive BOLT:100 LENS:20 --at main --po po-7 --id delivery-note-4711
  backorder receive BOLT:100 --at main --dry-run

The same id counts once, however often it is sent.")]
pub(crate) struct Receive {
    /// SKU and quantity of each line, in the item's unit
    #[arg(required = true, value_name = "SKU:QUANTITY", value_parser = words::goods)]
    lines: Vec<Goods>,
    /// The location
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// The purchase order it belongs to
    #[arg(
        long = "po",
        value_name = "ID",
        default_value = "",
        hide_default_value = true
    )]
    purchase_order: String,
    /// Id of this receipt, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Ask whether the receipt would be taken; record nothing
    #[arg(long)]
    dry_run: bool,
}

impl Receive {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, self.lines.iter().map(|goods| goods.sku.as_str())).await?;
        let mut lines = Vec::new();
        for of in self.lines {
            lines.push(SkuQuantity {
                quantity: units::read(&of.sku, &of.quantity, "SKU:QUANTITY")?,
                sku: of.sku,
            });
        }
        let request = ReceiveStockRequest {
            receipt_id: self.id,
            location_id: self.location,
            purchase_order_id: self.purchase_order,
            lines,
            at_least_revision: 0,
            validate_only: self.dry_run,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(
                Room::Inventory,
                "ReceiveStock",
                client.receive_stock(request),
            )
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            match done.receipt_id.as_str() {
                "" => format!("the receipt {stands}"),
                id => format!("receipt {id} {stands}"),
            }
        });
        Ok(())
    }
}
