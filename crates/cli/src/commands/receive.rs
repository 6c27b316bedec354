//! `receive`: a delivery, counted.

use api::inventory::v1::{ReceiveMoveRequest, ReceiveStockRequest, SkuQuantity};
use clap::Args;
use domain::decider::Room;

use crate::output::{decided, table};
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
  backorder receive BOLT:18 --at east --move lorry-7
  backorder receive --at east --move lorry-7 --rest-lost

The same id counts once, however often it is sent.")]
pub(crate) struct Receive {
    /// SKU and quantity of each line, in the item's unit
    #[arg(
        required_unless_present = "rest_lost",
        value_name = "SKU:QUANTITY",
        value_parser = words::goods
    )]
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
    /// The move with which it travelled here
    #[arg(long = "move", value_name = "ID", conflicts_with = "purchase_order")]
    of_move: Option<String>,
    /// Nothing more of the move will come: write off the rest
    #[arg(long, requires = "of_move")]
    rest_lost: bool,
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
        if let Some(move_id) = self.of_move {
            let request = ReceiveMoveRequest {
                receipt_id: self.id,
                move_id,
                location_id: self.location,
                lines,
                rest_lost: self.rest_lost,
                at_least_revision: 0,
                validate_only: self.dry_run,
            };
            return arrived(session, request).await;
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

/// Counts in what travelled here.
async fn arrived(session: &Session, request: ReceiveMoveRequest) -> Result<(), Problem> {
    let doors = &session.doors;
    let mut client = doors.inventory()?;
    let call = client.receive_move(request);
    let done = doors.ask(Room::Inventory, "ReceiveMove", call).await?;
    session.out.show(&done, |done| {
        let stands = decided(done.revision, done.repeated, done.validated);
        let stands = match done.receipt_id.as_str() {
            "" => format!("the receipt {stands}"),
            id => format!("receipt {id} {stands}"),
        };
        if done.lines.is_empty() {
            return stands;
        }
        let rows = done.lines.iter().map(|line| {
            let owners = done.owners.iter().filter(|of| of.sku == line.sku);
            let theirs = owners.map(|of| of.quantity).fold(0, u32::saturating_add);
            vec![
                line.sku.clone(),
                units::shown(&line.sku, line.quantity),
                units::shown(&line.sku, theirs),
                units::shown(&line.sku, line.lost),
            ]
        });
        let lines = table(&["sku", "came", "reserved", "lost"], rows);
        format!("{lines}\n{stands}")
    });
    Ok(())
}
