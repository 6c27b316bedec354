//! `suspend` and `resume`: an order that is not to go on for now, and goes on.

use api::orders::v1::{ResumeOrderRequest, SuspendOrderRequest};
use clap::Args;
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;

/// Suspend an order: it keeps its place, and is given no stock
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder suspend o1 --reason payment          it keeps the stock that it has
  backorder suspend o1 --reason fraud --free     others are given its stock
  backorder suspend o1 --reason \"moves house, until May\"

It goes into no wave. What is being picked must be recalled first
(`backorder recall --order o1`).")]
pub(crate) struct Suspend {
    /// Which order
    order: String,
    /// Why: fraud, payment, customer, or in a few words
    #[arg(long)]
    reason: String,
    /// Give what is reserved for it to others
    #[arg(long)]
    free: bool,
    /// Id of this request, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

/// Let a suspended order go on, at the rank that it had
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder resume o1
  backorder order list --suspended               which are suspended")]
pub(crate) struct Resume {
    /// Which order
    order: String,
    /// Id of this request, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Suspend {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let order = self.order.clone();
        let request = SuspendOrderRequest {
            suspension_id: self.id,
            order_id: self.order,
            reason: self.reason,
            frees: self.free,
            at_least_revision: 0,
        };
        let mut client = doors.orders()?;
        let call = client.suspend_order(request);
        let done = doors.ask(Room::Orders, "SuspendOrder", call).await?;
        session.out.show(&done, |done| {
            let (id, stands) = (&done.suspension_id, recorded(done.revision, done.repeated));
            format!("suspension {id} of order {order} {stands}")
        });
        Ok(())
    }
}

impl Resume {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let order = self.order.clone();
        let request = ResumeOrderRequest {
            resumption_id: self.id,
            order_id: self.order,
            at_least_revision: 0,
        };
        let mut client = doors.orders()?;
        let call = client.resume_order(request);
        let done = doors.ask(Room::Orders, "ResumeOrder", call).await?;
        session.out.show(&done, |done| {
            let (id, stands) = (&done.resumption_id, recorded(done.revision, done.repeated));
            format!("resumption {id} of order {order} {stands}")
        });
        Ok(())
    }
}
