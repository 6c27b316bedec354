//! `discontinue`: an item that will not come any more, and those who wait for it.

use api::allocator::v1::{EndWaitsRequest, EndWaitsResponse};
use clap::Args;
use domain::decider::Room;

use crate::output::{decided, many};
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// End the waits for an item: offer something else, or refuse what is waited for
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder discontinue LENS --dry-run             who waits; tell nobody
  backorder discontinue LENS --instead LENS2,LENS3 --offer-days 14
  backorder discontinue LENS                       they will not get it

Each customer gets one letter. Define the item anew first, so that nobody
waits for it from now on (`backorder item define LENS --stock-only`).")]
pub(crate) struct Discontinue {
    /// Which item
    sku: String,
    /// Offer these SKUs instead, the best first
    #[arg(long, value_name = "SKU,…", value_delimiter = ',')]
    instead: Vec<String>,
    /// Days for which the offer stands [default: 7]
    #[arg(long, value_name = "DAYS", requires = "instead")]
    offer_days: Option<u32>,
    /// Id of this request, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Say who waits; tell nobody
    #[arg(long)]
    dry_run: bool,
}

impl Discontinue {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, sku) = (&session.doors, self.sku.clone());
        let offers = !self.instead.is_empty();
        let request = EndWaitsRequest {
            ending_id: self.id,
            sku: self.sku,
            alternatives: self.instead,
            offer_days: self.offer_days,
            at_least_revision: 0,
            validate_only: self.dry_run,
        };
        let mut client = doors.allocator()?;
        let call = client.end_waits(request);
        let done = doors.ask(Room::Allocator, "EndWaits", call).await?;
        units::learn_to_show(session, [sku.as_str()]).await;
        session.out.show(&done, |done| told(&sku, offers, done));
        Ok(())
    }
}

fn told(sku: &str, offers: bool, done: &EndWaitsResponse) -> String {
    let (lines, units) = (many(done.lines, "line"), units::units(sku, done.units));
    let what = match (done.validated, offers) {
        (true, _) => "would be told",
        (false, true) => "may have something else",
        (false, false) => "will not get it",
    };
    let mut text = format!("{lines} that waited for {units} {what}");
    if done.left > 0 {
        let left = many(done.left, "line");
        text.push_str(&format!("; {left} still wait: run it again"));
    }
    let stands = decided(done.revision, done.repeated, done.validated);
    match done.ending_id.as_str() {
        "" => format!("{text}\nthe end of the waits {stands}"),
        id => format!("{text}\nend of waits {id} {stands}"),
    }
}
