//! `move`: stock, carried to another location.

use api::inventory::v1::{MoveStockRequest, MoveStockResponse, SkuQuantity};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;

use crate::output::{recorded, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Goods, Moment};

/// Record that stock was carried to another location, or is on its way
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder move BOLT:20 --from main --to east
  backorder move BOLT:20 LENS:3 --from main --to east --id transfer-88
  backorder move BOLT:20 --from main --to east --arrives 2026-12-03 --id lorry-7

Nobody gains or loses by it: reserved units stay reserved for the same orders.
With --arrives it travels: nobody can pick it until `backorder receive --move`
counts it in, and what is reserved for no order is inbound.")]
pub(crate) struct Move {
    /// SKU and quantity of each line, in the item's unit
    #[arg(required = true, value_name = "SKU:QUANTITY", value_parser = words::goods)]
    lines: Vec<Goods>,
    /// The location that it left
    #[arg(long, value_name = "LOCATION")]
    from: String,
    /// The location where it is now, or goes
    #[arg(long, value_name = "LOCATION")]
    to: String,
    /// When it is to arrive; without it, it is there
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    arrives: Option<Moment>,
    /// Id of this move, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Move {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, self.lines.iter().map(|of| of.sku.as_str())).await?;
        let mut lines = Vec::new();
        for of in self.lines {
            lines.push(SkuQuantity {
                quantity: units::read(&of.sku, &of.quantity, "SKU:QUANTITY")?,
                sku: of.sku,
            });
        }
        let request = MoveStockRequest {
            move_id: self.id,
            from_location_id: self.from,
            to_location_id: self.to,
            lines,
            at_least_revision: 0,
            arrives_at: self.arrives.map(|arrives| stamp(arrives.by())),
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "MoveStock", client.move_stock(request))
            .await?;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &MoveStockResponse) -> String {
    let stands = recorded(done.revision, done.repeated);
    let stands = format!("move {} {stands}", done.move_id);
    if done.owners.is_empty() {
        return stands;
    }
    let rows = done.owners.iter().map(|line| {
        vec![
            line.order_id.clone(),
            line.line.to_string(),
            line.sku.clone(),
            units::shown(&line.sku, line.quantity),
        ]
    });
    let lines = table(&["order", "line", "sku", "units"], rows);
    format!("{lines}\nreserved units that moved with their orders\n{stands}")
}
