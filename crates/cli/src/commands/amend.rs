//! `amend`: what an open order says, put right.

use std::collections::BTreeMap;

use api::orders::v1::{
    AmendOrderRequest, AmendOrderResponse, Customer, GetOrderRequest, LinePrice, Order, OrderView,
    ShipTo,
};
use chassis::wire::stamp;
use clap::{Args, ValueEnum};
use domain::decider::Room;

use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Moment};

/// Put right what an open order says; it keeps its place
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder amend o1 --email ann@example.com --reason \"a typo\" --by eva
  backorder amend o1 --tier gold --urgency 5 --reason \"loyal\" --by eva
  backorder amend o1 --to AT --region south --reason \"moved\" --by eva
  backorder amend o1 --price 2:9.90 --reason \"as advertised\" --by eva
  backorder amend o1 --clear ship-by,urgency --reason \"no hurry\" --by eva
  backorder amend o1 --tier gold --reason loyal --by eva --dry-run

It ranks as if it had said so from the first. What is reserved stays reserved.
Fewer units of a line: `backorder cancel`. Whatever is being picked for another
country or region must be recalled first (`backorder recall --order o1`).")]
pub(crate) struct Amend {
    /// Which order
    order: String,
    /// E-mail address; letters that have not left go there too
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The customer's tier
    #[arg(long)]
    tier: Option<String>,
    /// Destination country, by its ISO 3166 code or name
    #[arg(long = "to", value_name = "COUNTRY")]
    country: Option<String>,
    /// Destination region, which is preferred when stock is sourced
    #[arg(long)]
    region: Option<String>,
    /// Date that the customer requests
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    requested_at: Option<Moment>,
    /// Urgency, from 1 (can wait) to 5 (at once)
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u32).range(1..=5))]
    urgency: Option<u32>,
    /// Legal deadline for shipping
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    ship_by: Option<Moment>,
    /// Of an order shipped complete: if a line is refused, whether the others go on
    #[arg(long, value_name = "YES_OR_NO")]
    rest_may_go: Option<Answer>,
    /// Price of one unit of a line, in the order's currency; repeatable
    #[arg(long = "price", value_name = "LINE:AMOUNT", value_parser = line_price)]
    prices: Vec<(u32, String)>,
    /// What it is to say no more
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    clear: Vec<Clear>,
    /// Why
    #[arg(long)]
    reason: String,
    /// Who asks for it
    #[arg(long, value_name = "WHO")]
    by: String,
    /// Id of this request, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Ask whether it would be taken; record nothing
    #[arg(long)]
    dry_run: bool,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

/// A field that may say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Clear {
    Email,
    Region,
    RequestedAt,
    Urgency,
    ShipBy,
}

impl Clear {
    const fn path(self) -> &'static str {
        match self {
            Self::Email => "customer.email",
            Self::Region => "ship_to.region",
            Self::RequestedAt => "requested_at",
            Self::Urgency => "urgency",
            Self::ShipBy => "ship_by",
        }
    }
}

/// `LINE:AMOUNT`.
fn line_price(text: &str) -> Result<(u32, String), String> {
    let parts = text.split_once(':');
    let read = parts.and_then(|(line, price)| Some((line.parse().ok()?, price.to_owned())));
    read.ok_or_else(|| "give a line and a price, such as 2:9.90".to_owned())
}

impl Amend {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let order = self.order.clone();
        let prices = if self.prices.is_empty() {
            Vec::new()
        } else {
            self.prices(session).await?
        };
        let mut client = doors.orders()?;
        let call = client.amend_order(self.request(prices));
        let done = doors.ask(Room::Orders, "AmendOrder", call).await?;
        session.out.show(&done, |done| told(&order, done));
        Ok(())
    }

    /// What units of lines cost, by the order's currency and in the units of its items.
    async fn prices(&self, session: &Session) -> Result<Vec<LinePrice>, Problem> {
        let doors = &session.doors;
        let request = GetOrderRequest {
            order_id: self.order.clone(),
            at_least_revision: 0,
            view: OrderView::Basic.into(),
        };
        let mut client = doors.orders()?;
        let call = client.get_order(request);
        let found = doors.ask(Room::Orders, "GetOrder", call).await?;
        let order: Order = found.order.unwrap_or_default();
        let skus: BTreeMap<u32, String> = order
            .lines
            .into_iter()
            .map(|line| (line.line, line.sku))
            .collect();
        units::learn(session, skus.values().map(String::as_str)).await?;
        let mut prices = Vec::with_capacity(self.prices.len());
        for (line, price) in &self.prices {
            let price = words::price(price, &order.currency, "--price")?;
            // What has no such line is the service's to refuse.
            let unit_price_minor = match skus.get(line) {
                Some(sku) => units::price(sku, price, "--price")?,
                None => price,
            };
            prices.push(LinePrice {
                line: *line,
                unit_price_minor,
            });
        }
        Ok(prices)
    }

    fn paths(&self, prices: &[LinePrice]) -> Vec<String> {
        let said = [
            ("customer.email", self.email.is_some()),
            ("customer.tier", self.tier.is_some()),
            ("ship_to.country", self.country.is_some()),
            ("ship_to.region", self.region.is_some()),
            ("requested_at", self.requested_at.is_some()),
            ("urgency", self.urgency.is_some()),
            ("ship_by", self.ship_by.is_some()),
            ("rest_may_go", self.rest_may_go.is_some()),
            ("prices", !prices.is_empty()),
        ];
        let said = said.iter().filter(|(_, is_said)| *is_said);
        let said = said.map(|(path, _)| *path);
        let cleared = self.clear.iter().map(|field| field.path());
        said.chain(cleared).map(str::to_owned).collect()
    }

    fn request(self, prices: Vec<LinePrice>) -> AmendOrderRequest {
        let time = |typed: Option<Moment>| typed.map(|typed| stamp(typed.at()));
        let paths = self.paths(&prices);
        AmendOrderRequest {
            amendment_id: self.id,
            order_id: self.order,
            update_mask: Some(prost_types::FieldMask { paths }),
            customer: Some(Customer {
                email: self.email.unwrap_or_default(),
                tier: self.tier.unwrap_or_default(),
                ..Customer::default()
            }),
            ship_to: Some(ShipTo {
                country: self.country.unwrap_or_default(),
                region: self.region.unwrap_or_default(),
            }),
            requested_at: time(self.requested_at),
            urgency: self.urgency.unwrap_or_default(),
            ship_by: time(self.ship_by),
            rest_may_go: self.rest_may_go == Some(Answer::Yes),
            prices,
            reason: self.reason,
            by: self.by,
            at_least_revision: 0,
            validate_only: self.dry_run,
        }
    }
}

fn told(order: &str, done: &AmendOrderResponse) -> String {
    let stands = decided(done.revision, done.repeated, done.validated);
    let mut text = match done.amendment_id.as_str() {
        "" => format!("the amendment of order {order} {stands}"),
        id => format!("amendment {id} of order {order} {stands}"),
    };
    if done.fields.is_empty() && (!done.validated || done.repeated) {
        text.push_str("\nit said all of this already");
    }
    for field in &done.fields {
        let said = |text: &str| if text.is_empty() { "nothing" } else { text }.to_owned();
        let (from, to) = (said(&field.from), said(&field.to));
        text.push_str(&format!("\n{}: {from} -> {to}", field.path));
    }
    text
}
