//! `ship`: goods that left.

use api::inventory::v1::{ConfirmShipmentRequest, ShippedLine};
use api::orders::v1::{GetOrderRequest, Order, OrderView};
use clap::Args;
use domain::decider::Room;
use domain::inventory::MAX_LINES;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, OfLine};

/// Record a shipment
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder ship o1 --from main                      all that is reserved for it
  backorder ship o1 --from main --line 1:2 --tracking JD0146
  backorder ship o1 --from main --id s-4711

What is reserved or picked for a line there may leave, and what is nobody's
there as far as the customer still wants it. The same id is booked once, however
often it is sent.")]
pub(crate) struct Ship {
    /// The order
    order: String,
    /// The location that the goods left
    #[arg(long = "from", value_name = "LOCATION")]
    location: String,
    /// Line and number of units [default: all that is reserved]
    #[arg(long = "line", short = 'l', value_name = "LINE:QUANTITY", value_parser = words::of_line)]
    lines: Vec<OfLine>,
    /// Units that are reserved for other orders really left with it
    #[arg(long)]
    from_others: bool,
    /// Tracking number of the carrier
    #[arg(long, default_value = "", hide_default_value = true)]
    tracking: String,
    /// Id of this shipment, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Ship {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let wanted = GetOrderRequest {
            order_id: self.order.clone(),
            at_least_revision: 0,
            view: OrderView::Basic.into(),
        };
        let mut client = doors.orders()?;
        let found = doors
            .ask(Room::Orders, "GetOrder", client.get_order(wanted))
            .await?;
        let order = found.order.unwrap_or_default();
        units::learn(session, order.lines.iter().map(|line| line.sku.as_str())).await?;
        let lines = self.lines(&order)?;
        let request = ConfirmShipmentRequest {
            shipment_id: self.id,
            order_id: self.order,
            location_id: self.location,
            lines,
            tracking: self.tracking,
            at_least_revision: 0,
            from_others: self.from_others,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(
                Room::Inventory,
                "ConfirmShipment",
                client.confirm_shipment(request),
            )
            .await?;
        session.out.show(&done, |done| {
            let stands = recorded(done.revision, done.repeated);
            let unplanned = done.unplanned.iter().map(|line| {
                let ordered = order.lines.iter().find(|it| it.line == line.line);
                let sku = ordered.map_or("", |it| it.sku.as_str());
                let units = units::shown(sku, line.quantity);
                format!(
                    "\nline {}: {units} of it were not reserved there",
                    line.line
                )
            });
            let unplanned: String = unplanned.collect();
            format!("shipment {} {stands}{unplanned}", done.shipment_id)
        });
        Ok(())
    }

    /// Each line with the SKU that the order says it is of.
    fn lines(&self, order: &Order) -> Result<Vec<ShippedLine>, Problem> {
        if self.lines.is_empty() {
            let reserved = order
                .lines
                .iter()
                .filter(|line| line.reserved > 0)
                .take(MAX_LINES);
            let lines: Vec<ShippedLine> = reserved
                .map(|line| ShippedLine {
                    line: line.line,
                    sku: line.sku.clone(),
                    quantity: line.reserved,
                })
                .collect();
            if lines.is_empty() {
                return Err(Problem::usage(
                    format!("nothing is reserved for order {}", self.order),
                    "orders, GetOrder",
                    "`backorder why ORDER` says what it waits for; --line books what left",
                ));
            }
            return Ok(lines);
        }
        let of = |wanted: &OfLine| {
            let line = order.lines.iter().find(|line| line.line == wanted.line);
            let line = line.ok_or_else(|| {
                Problem::usage(
                    format!("order {} has no line {}", self.order, wanted.line),
                    "--line",
                    "`backorder order show ORDER` lists its lines",
                )
            })?;
            Ok(ShippedLine {
                line: line.line,
                sku: line.sku.clone(),
                quantity: units::read(&line.sku, &wanted.quantity, "--line")?,
            })
        };
        self.lines.iter().map(of).collect()
    }
}
