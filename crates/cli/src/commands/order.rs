//! `order`: orders, looked at.

use api::orders::v1::{
    GetOrderRequest, History, Line, ListOrdersRequest, Order as Known, OrderStatus, OrderView,
    Promise, PromiseBasis, RefuseReason, WatchOrderRequest,
};
use clap::{Args, Subcommand};
use domain::decider::Room;
use domain::ids::Currency;
use domain::money;

use crate::output::{many, minute, table, word};
use crate::problem::Problem;
use crate::session::{Paging, Session};

/// Show orders
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder order show o1
  backorder order list --status backordered
  backorder order watch o1")]
pub(crate) enum Order {
    Show(Show),
    List(List),
    Watch(Watch),
}

/// Show one order, its lines and its timeline
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder order show o1
  backorder order show o1 -o json | jq .order.lines")]
pub(crate) struct Show {
    /// Which
    order: String,
    /// As of this revision or later
    #[arg(
        long,
        value_name = "REVISION",
        default_value_t = 0,
        hide_default_value = true
    )]
    at_least: u64,
}

/// List open orders
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder order list
  backorder order list --status partly-backordered --sku BOLT
  backorder order list --customer c1 --limit 500 -o json")]
pub(crate) struct List {
    /// Only this status: pending, backordered, partly-backordered, reserved, partly-shipped, …
    #[arg(long, value_parser = status)]
    status: Option<OrderStatus>,
    /// Only orders of this customer
    #[arg(long, default_value = "", hide_default_value = true)]
    customer: String,
    /// Only with a line of this SKU
    #[arg(long, default_value = "", hide_default_value = true)]
    sku: String,
    #[command(flatten)]
    paging: Paging,
}

/// Show an order now and after each change, until it is closed
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder order watch o1
  backorder order watch o1 -o json | jq .order.status")]
pub(crate) struct Watch {
    /// Which
    order: String,
}

fn status(text: &str) -> Result<OrderStatus, String> {
    let name = format!(
        "ORDER_STATUS_{}",
        text.to_uppercase().replace(['-', ' '], "_")
    );
    OrderStatus::from_str_name(&name)
        .filter(|status| *status != OrderStatus::Unspecified)
        .ok_or_else(|| {
            "it is one of: pending, backordered, partly-backordered, reserved, partly-shipped, \
             shipped, cancelled, refused"
                .into()
        })
}

impl Order {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Show(show) => show.run(session).await,
            Self::List(list) => list.run(session).await,
            Self::Watch(watch) => watch.run(session).await,
        }
    }
}

impl Show {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = GetOrderRequest {
            order_id: self.order,
            at_least_revision: self.at_least,
            view: OrderView::Full.into(),
        };
        let mut client = doors.orders()?;
        let found = doors
            .ask(Room::Orders, "GetOrder", client.get_order(request))
            .await?;
        session.out.show(&found, |found| {
            found.order.as_ref().map(page).unwrap_or_default()
        });
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.orders()?);
        let status = self.status.unwrap_or_default().into();
        let (customer, sku) = (&self.customer, &self.sku);
        let page = |page_size, page_token| {
            let (customer_id, sku) = (customer.clone(), sku.clone());
            let at_least_revision = 0;
            let request = ListOrdersRequest {
                status,
                customer_id,
                sku,
                page_size,
                page_token,
                at_least_revision,
            };
            let mut client = client.clone();
            async move {
                let call = client.list_orders(request);
                let page = doors.ask(Room::Orders, "ListOrders", call).await?;
                Ok((page.orders, page.next_page_token, page.revision))
            }
        };
        let listing = self.paging.gather(page).await?;
        let columns = [
            "order", "customer", "tier", "placed", "status", "lines", "units", "waiting",
        ];
        session.out.list("orders", &listing, &columns, |order| {
            let customer = order.customer.clone().unwrap_or_default();
            vec![
                order.order_id.clone(),
                customer.id,
                customer.tier,
                minute(order.placed_at.as_ref()),
                status_word(order),
                order.lines.len().to_string(),
                sum(order, |line| line.quantity),
                sum(order, |line| {
                    line.backordered.saturating_add(line.undecided)
                }),
            ]
        });
        Ok(())
    }
}

impl Watch {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = WatchOrderRequest {
            order_id: self.order,
            at_least_revision: 0,
        };
        let mut client = doors.orders()?;
        let mut changes = doors
            .ask(Room::Orders, "WatchOrder", client.watch_order(request))
            .await?;
        loop {
            let next = changes.message().await;
            match next.map_err(|status| doors.problem(Room::Orders, "WatchOrder", &status))? {
                Some(change) => session.out.next(&change, |change| {
                    let page = change.order.as_ref().map(page).unwrap_or_default();
                    format!("revision {}\n{page}\n", change.revision)
                }),
                None => return Ok(()),
            }
        }
    }
}

fn sum(order: &Known, units: impl Fn(&Line) -> u32) -> String {
    order
        .lines
        .iter()
        .map(|line| u64::from(units(line)))
        .sum::<u64>()
        .to_string()
}

fn status_word(order: &Known) -> String {
    word(order.status().as_str_name(), "ORDER_STATUS_")
}

/// An order for people.
pub(crate) fn page(order: &Known) -> String {
    let customer = order.customer.clone().unwrap_or_default();
    let to = order.ship_to.clone().unwrap_or_default();
    let mut text = format!(
        "order {} of {} ({}), placed {}, to {}: {}\n",
        order.order_id,
        customer.id,
        customer.tier,
        minute(order.placed_at.as_ref()),
        to.country,
        status_word(order),
    );
    text.push_str(&terms(order));
    let columns = [
        "line",
        "sku",
        "units",
        "price",
        "reserved",
        "waiting",
        "undecided",
        "shipped",
        "cancelled",
        "refused",
        "promise",
    ];
    text.push_str(&table(
        &columns,
        order.lines.iter().map(|line| row(order, line)),
    ));
    for line in &order.lines {
        if let Some(offer) = &line.offer {
            text.push_str(&format!(
                "\n\nline {}: instead of {} {}, until {}: {}",
                line.line,
                line.backordered,
                line.sku,
                minute(offer.until.as_ref()),
                offer.alternatives.join(" or ")
            ));
        }
    }
    if !order.timeline.is_empty() {
        let entries = order.timeline.iter().map(|entry| {
            vec![
                minute(entry.at.as_ref()),
                entry.revision.to_string(),
                entry.text.clone(),
            ]
        });
        text.push_str("\n\n");
        text.push_str(&table(&["when", "revision", "what happened"], entries));
    }
    text
}

/// What holds for all of an order, a line each.
fn terms(order: &Known) -> String {
    let mut text = String::new();
    if let Some(history) = &order.history {
        text.push_str(&format!("{}\n", done_elsewhere(history)));
    }
    if order.ship_complete {
        text.push_str("nothing leaves before all can\n");
    }
    if order.no_split {
        text.push_str("nothing leaves from more than one place\n");
    }
    if !order.pick_up_location_id.is_empty() {
        let at = &order.pick_up_location_id;
        text.push_str(&format!("the customer collects it at {at}\n"));
    }
    if let Some(ship_by) = &order.ship_by {
        let by = minute(Some(ship_by));
        text.push_str(&format!("the law wants it shipped by {by}\n"));
    }
    if order.urgency > 0 {
        let urgency = order.urgency;
        text.push_str(&format!("urgency {urgency} of 5, says the customer\n"));
    }
    text
}

/// How an order ended elsewhere.
fn done_elsewhere(history: &History) -> String {
    let ended = word(history.ended().as_str_name(), "HISTORY_END_");
    let returned = history.returned.iter();
    let returned: u64 = returned.map(|back| u64::from(back.quantity)).sum();
    let came_back = match returned {
        0 => String::new(),
        units => format!("; {} came back", many(units, "unit")),
    };
    format!("done elsewhere, recorded as history: {ended}{came_back}")
}

/// A price in the places of its currency.
fn price(minor: i64, currency: &str) -> String {
    let places = |currency| money::decimal(minor, currency);
    Currency::new(currency).map_or_else(|| money::decimal_of_sum(minor), places)
}

fn row(order: &Known, line: &Line) -> Vec<String> {
    let mut refused = line.refused.to_string();
    if line.refuse_reason() != RefuseReason::Unspecified {
        let why = word(line.refuse_reason().as_str_name(), "REFUSE_REASON_");
        refused = format!("{refused} ({why})");
    }
    vec![
        line.line.to_string(),
        line.sku.clone(),
        line.quantity.to_string(),
        format!(
            "{} {}",
            price(line.unit_price_minor, &order.currency),
            order.currency
        ),
        line.reserved.to_string(),
        line.backordered.to_string(),
        line.undecided.to_string(),
        line.shipped.to_string(),
        line.cancelled.to_string(),
        refused,
        promise(line.promise.as_ref()),
    ]
}

fn promise(promise: Option<&Promise>) -> String {
    let Some(promise) = promise else {
        return "-".into();
    };
    let at = minute(promise.at.as_ref());
    match promise.basis() {
        PromiseBasis::Inbound => format!("{at} by {}", promise.purchase_order_id),
        PromiseBasis::Estimate => format!("{at}, an estimate"),
        PromiseBasis::Unknown => "not known yet".into(),
        PromiseBasis::Unspecified => "-".into(),
    }
}
