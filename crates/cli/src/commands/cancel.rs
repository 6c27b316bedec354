//! `cancel`: what has not left of an order, given up.

use api::orders::v1::{CancelOrderRequest, GetOrderRequest, LineQuantity, OrderView};
use clap::Args;
use domain::decider::Room;

use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, OfLine};

/// Cancel the unshipped part of an order
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder cancel o1                        all of it
  backorder cancel o1 --line 2:1             one unit of its second line
  backorder cancel o1 --dry-run              whether it could be cancelled
  backorder cancel o1 --id c-17 --reason \"changed their mind\"")]
pub(crate) struct Cancel {
    /// Which order
    order: String,
    /// Line and number of units [default: everything unshipped]
    #[arg(long = "line", short = 'l', value_name = "LINE:QUANTITY", value_parser = words::of_line)]
    lines: Vec<OfLine>,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Id of this request, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Ask whether it can be cancelled; cancel nothing
    #[arg(long)]
    dry_run: bool,
}

impl Cancel {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let lines = self.lines(session).await?;
        let order = self.order.clone();
        let request = CancelOrderRequest {
            cancellation_id: self.id,
            order_id: self.order,
            lines,
            reason: self.reason,
            at_least_revision: 0,
            validate_only: self.dry_run,
        };
        let doors = &session.doors;
        let mut client = doors.orders()?;
        let done = doors
            .ask(Room::Orders, "CancelOrder", client.cancel_order(request))
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            match done.cancellation_id.as_str() {
                "" => format!("the cancellation of order {order} {stands}"),
                id => format!("cancellation {id} of order {order} {stands}"),
            }
        });
        Ok(())
    }

    /// Each line with its quantity, in the steps of the item that the order says it is of. A line
    /// that the order does not have is the service's to refuse.
    async fn lines(&self, session: &Session) -> Result<Vec<LineQuantity>, Problem> {
        if self.lines.is_empty() {
            return Ok(Vec::new());
        }
        let doors = &session.doors;
        let wanted = GetOrderRequest {
            order_id: self.order.clone(),
            at_least_revision: 0,
            view: OrderView::Basic.into(),
        };
        let mut client = doors.orders()?;
        let call = client.get_order(wanted);
        let found = doors.ask(Room::Orders, "GetOrder", call).await?;
        let ordered = found.order.unwrap_or_default().lines;
        units::learn(session, ordered.iter().map(|line| line.sku.as_str())).await?;
        let mut lines = Vec::new();
        for of in &self.lines {
            let ordered = ordered.iter().find(|line| line.line == of.line);
            let sku = ordered.map_or("", |line| line.sku.as_str());
            lines.push(LineQuantity {
                line: of.line,
                quantity: units::read(sku, &of.quantity, "--line")?,
            });
        }
        Ok(lines)
    }
}
