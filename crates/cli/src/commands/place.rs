//! `place`: an order, taken in.

use std::time::Duration;

use api::orders::v1::{Customer, OrderLine, PlaceOrderRequest, PlaceOrderResponse, ShipTo};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;

use super::order;
use crate::output::decided;
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::shell;
use crate::units;
use crate::words::{self, Goods, Moment};

/// Place an order
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder place o1 --customer c1 --line BOLT:3
  backorder place o1 --customer c1 --tier gold \\
    --line BOLT:3@1.10 --line LENS:1@49 --wait 5s
  backorder place --customer c1 --line CLOTH:1.5@12.00   1.5 m, at 12.00 a metre
  backorder place --customer c1 --line BOLT:3 --to DE --region south \\
    --ship-complete
  backorder place --customer c1 --line BOLT:3 --urgency 5 \\
    --ship-by 2030-01-31 --no-split
  backorder place --customer c1 --line BOLT:3 --lifetime-value 1250.50 \\
    --pick-up-at north
  backorder place o1 --customer c1 --line BOLT:3 --dry-run

The same order id with the same content answers as the first time did, however
often it is sent. Exit code 5: the order is recorded, and was not decided
within --wait.")]
pub(crate) struct Place {
    /// Order id [default: a new one]
    #[arg(default_value = "", hide_default_value = true)]
    order: String,
    /// Customer id
    #[arg(long)]
    customer: String,
    /// The customer's tier
    #[arg(long, default_value = "standard")]
    tier: String,
    /// E-mail address; without it no letter is sent
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    /// The customer's lifetime value, in the order's currency
    #[arg(long, value_name = "AMOUNT")]
    lifetime_value: Option<String>,
    /// SKU, quantity in the item's unit, and optionally the price of one unit
    #[arg(
        long = "line",
        short = 'l',
        value_name = "SKU:QUANTITY[@PRICE]",
        required = true,
        value_parser = words::goods
    )]
    lines: Vec<Goods>,
    /// Currency of the prices
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// Destination country, by its ISO 3166 code or name
    #[arg(long = "to", value_name = "COUNTRY", default_value = "DE")]
    country: String,
    /// Destination region, which is preferred when stock is sourced
    #[arg(long, default_value = "", hide_default_value = true)]
    region: String,
    /// Sales channel
    #[arg(long, default_value = "cli")]
    channel: String,
    /// Complete only: each line takes all its units at once or none
    #[arg(long)]
    complete_only: bool,
    /// Ship complete: all lines together or none; if one is refused, all are
    #[arg(long)]
    ship_complete: bool,
    /// With --ship-complete: if a line is refused, the others go on
    #[arg(long, requires = "ship_complete")]
    rest_may_go: bool,
    /// The order may not be split between locations
    #[arg(long)]
    no_split: bool,
    /// Pick-up location: only stock there can be assigned
    #[arg(
        long,
        value_name = "LOCATION",
        default_value = "",
        hide_default_value = true
    )]
    pick_up_at: String,
    /// Use this hold
    #[arg(
        long,
        value_name = "HOLD",
        default_value = "",
        hide_default_value = true
    )]
    hold: String,
    /// Urgency, from 1 (can wait) to 5 (at once)
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u32).range(1..=5))]
    urgency: Option<u32>,
    /// Legal deadline for shipping
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    ship_by: Option<Moment>,
    /// Date that the customer requests
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    requested_at: Option<Moment>,
    /// When the order was placed, here or elsewhere, since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    placed_at: Option<Moment>,
    /// Wait for the allocator's decision on each line, at most 30s
    #[arg(long, value_name = "SPAN", value_parser = words::span)]
    wait: Option<Duration>,
    /// The customer knows of the order: no letter says that it waits, until something changes
    #[arg(long)]
    no_letters: bool,
    /// Ask whether the order would be taken; place nothing
    #[arg(long)]
    dry_run: bool,
}

impl Place {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, self.lines.iter().map(|goods| goods.sku.as_str())).await?;
        let mut client = doors.orders()?;
        let wait = self.wait;
        let call = client.place_order(self.request()?);
        let placed = doors.ask(Room::Orders, "PlaceOrder", call).await?;
        session.out.show(&placed, told);
        match wait {
            Some(wait) if placed.order.is_none() => Err(undecided(&placed, wait)),
            Some(_) | None => Ok(()),
        }
    }

    fn request(self) -> Result<PlaceOrderRequest, Problem> {
        let read = |price: Option<String>, option: &str| {
            let read = price.map(|price| words::price(&price, &self.currency, option));
            read.transpose()
        };
        let time = |typed: Option<Moment>| typed.map(|typed| stamp(typed.at()));
        let lifetime_value_minor = read(self.lifetime_value, "--lifetime-value")?;
        let mut lines = Vec::new();
        for (line, goods) in (1_u32..).zip(self.lines) {
            let unit_price_minor = read(goods.price, "--line")?.unwrap_or_default();
            lines.push(OrderLine {
                line,
                quantity: units::read(&goods.sku, &goods.quantity, "--line")?,
                unit_price_minor: units::price(&goods.sku, unit_price_minor, "--line")?,
                sku: goods.sku,
                complete_only: self.complete_only,
            });
        }
        Ok(PlaceOrderRequest {
            order_id: self.order,
            customer: Some(Customer {
                id: self.customer,
                tier: self.tier,
                email: self.email,
                lifetime_value_minor,
            }),
            channel: self.channel,
            ship_to: Some(ShipTo {
                country: self.country,
                region: self.region,
            }),
            currency: self.currency,
            lines,
            requested_at: time(self.requested_at),
            placed_at: time(self.placed_at),
            ship_complete: self.ship_complete,
            rest_may_go: self.rest_may_go,
            urgency: self.urgency.unwrap_or_default(),
            ship_by: time(self.ship_by),
            no_split: self.no_split,
            pick_up_location_id: self.pick_up_at,
            hold_id: self.hold,
            wait: self.wait.and_then(|wait| wait.try_into().ok()),
            at_least_revision: 0,
            // Whoever types a time says that the order was taken elsewhere then.
            carried_over: self.placed_at.is_some(),
            validate_only: self.dry_run,
            told_elsewhere: self.no_letters,
            history: None,
        })
    }
}

/// The order stands, and the allocator has not decided on all of it in time.
fn undecided(placed: &PlaceOrderResponse, wait: Duration) -> Problem {
    let id = shell::word(&placed.order_id);
    Problem {
        exit: Exit::NotYet,
        ..Problem::failed(
            format!("what order {id} gets is not known after {wait:?}; it is recorded"),
            "place --wait",
            &format!("`backorder order watch {id}` tells it; or place it again with --wait"),
        )
    }
}

fn told(placed: &PlaceOrderResponse) -> String {
    let stands = decided(placed.revision, placed.repeated, placed.validated);
    let mut text = match placed.order_id.as_str() {
        "" => format!("the order {stands}"),
        id => format!("order {id} {stands}"),
    };
    if !placed.taken_as_tier.is_empty() {
        let tier = &placed.taken_as_tier;
        text.push_str(&format!(
            "\nthe ranking rule does not name its tier: taken as {tier}"
        ));
    }
    if let Some(order) = &placed.order {
        text.push('\n');
        text.push_str(&order::page(order));
    }
    text
}
