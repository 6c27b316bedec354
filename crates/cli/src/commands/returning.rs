//! `return`: goods that came back from a customer.

use api::inventory::v1::{ReturnGoodsRequest, ReturnedLine};
use clap::Args;
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, OfLine};

/// Record that a customer sent goods back
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder return o1 1:2 --at main
  backorder return o1 1:1 --at main --scrap --reason \"broken\" --id rma-88

At most what was shipped of a line comes back. With --scrap it becomes no stock.")]
pub(crate) struct Return {
    /// The order, open or closed
    order: String,
    /// Line and quantity, in the unit of its item
    #[arg(required = true, value_name = "LINE:QUANTITY", value_parser = words::of_line)]
    lines: Vec<OfLine>,
    /// Where the goods are put
    #[arg(long = "at", value_name = "LOCATION")]
    location: String,
    /// They cannot be sold again
    #[arg(long)]
    scrap: bool,
    /// Why, as the customer says it
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Id of this return, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Return {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let skus = units::learn_of_order(session, &self.order).await?;
        let mut lines = Vec::new();
        for of in &self.lines {
            let sku = units::of_line(&skus, (&self.order, of.line), "LINE:QUANTITY")?;
            lines.push(ReturnedLine {
                line: of.line,
                quantity: units::read(sku, &of.quantity, "LINE:QUANTITY")?,
            });
        }
        let request = ReturnGoodsRequest {
            return_id: self.id,
            order_id: self.order,
            location_id: self.location,
            lines,
            scrapped: self.scrap,
            reason: self.reason,
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "ReturnGoods", client.return_goods(request))
            .await?;
        session.out.show(&done, |done| {
            let stands = recorded(done.revision, done.repeated);
            format!("return {} {stands}", done.return_id)
        });
        Ok(())
    }
}
