//! `substitute`: something else, taken instead of what a line waits for.

use api::orders::v1::{AcceptSubstituteRequest, GetOrderRequest, OrderView};
use clap::Args;
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words;

/// Accept an offered substitute for a waiting line
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder substitute o1 2 LENS2  for all that waits, at the line's price
  backorder substitute o1 2 LENS2 --quantity 1 --price 49.90
  backorder substitute o1 2 LENS2 --quantity 1 --price 49.90 --id a-17

What is offered instead of a line, and until when, is in `backorder order
show`.")]
pub(crate) struct Substitute {
    /// Which order
    order: String,
    /// The line
    line: u32,
    /// SKU of the substitute
    sku: String,
    /// Number of units [default: all that wait]
    #[arg(long)]
    quantity: Option<String>,
    /// Unit price, in the order's currency [default: the unit price of the line]
    #[arg(long, value_name = "AMOUNT")]
    price: Option<String>,
    /// Id of this request, for retries; needs --quantity and --price, so that a retry
    /// asks for the same [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Substitute {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        self.check()?;
        let doors = &session.doors;
        let mut client = doors.orders()?;
        let request = GetOrderRequest {
            order_id: self.order.clone(),
            at_least_revision: 0,
            view: OrderView::Basic.into(),
        };
        let call = client.get_order(request);
        let found = doors.ask(Room::Orders, "GetOrder", call).await?;
        let order = found.order.unwrap_or_default();
        // What has no such line, or waits for nothing, is the service's to refuse.
        let line = order.lines.iter().find(|line| line.line == self.line);
        let line = line.cloned().unwrap_or_default();
        units::learn(session, [line.sku.as_str(), self.sku.as_str()]).await?;
        // As many steps of the one as of the other.
        let quantity = match &self.quantity {
            Some(quantity) => units::read(&self.sku, quantity, "--quantity")?,
            None => line.backordered.max(1),
        };
        let price = match &self.price {
            Some(price) => {
                let price = words::price(price, &order.currency, "--price")?;
                units::price(&self.sku, price, "--price")?
            }
            None => line.unit_price_minor,
        };
        let request = AcceptSubstituteRequest {
            acceptance_id: self.id,
            order_id: self.order.clone(),
            line: self.line,
            sku: self.sku.clone(),
            quantity,
            unit_price_minor: Some(price),
            at_least_revision: 0,
        };
        let call = client.accept_substitute(request);
        let done = doors.ask(Room::Orders, "AcceptSubstitute", call).await?;
        session.out.show(&done, |done| {
            format!(
                "acceptance {}: order {} asks for {} on line {}, {}",
                done.acceptance_id,
                self.order,
                self.sku,
                done.new_line,
                recorded(done.revision, done.repeated)
            )
        });
        Ok(())
    }

    /// A retry finds another order than the first try did: fewer units wait. What is read off it
    /// would be other content under the same id.
    fn check(&self) -> Result<(), Problem> {
        if self.id.is_empty() || (self.quantity.is_some() && self.price.is_some()) {
            return Ok(());
        }
        Err(Problem::usage(
            "under an id of its own a request says all that is asked for",
            "--id",
            "give --quantity and --price too: a retry would read others off the order by then",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Words {
        #[command(flatten)]
        substitute: Substitute,
    }

    #[test]
    fn a_request_that_may_be_tried_again_says_all_that_it_asks_for() {
        let check = |more: &[&str]| {
            let words = [&["substitute", "o1", "2", "LENS2"], more].concat();
            let words = <Words as clap::Parser>::try_parse_from(words).unwrap();
            words.substitute.check()
        };
        assert!(check(&[]).is_ok());
        assert!(check(&["--id", "a", "--quantity", "1", "--price", "4.90"]).is_ok());
        for less in [&["--quantity", "1"], &["--price", "4.90"]] {
            let problem = check(&[&["--id", "a"][..], less].concat()).unwrap_err();
            assert!(problem.to_string().contains("--price"), "{problem}");
        }
        assert!(check(&["--id", "a"]).is_err());
    }
}
