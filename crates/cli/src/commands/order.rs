//! `order`: orders, looked at and looked for.

use api::orders::v1::{
    FindOrdersRequest, GetOrderRequest, History, Line, ListOrdersRequest, Order as Known,
    OrderStatus, OrderView, Promise, PromiseBasis, RefuseReason, WatchOrderRequest,
};
use chassis::wire::stamp;
use clap::{Args, Subcommand};
use domain::decider::Room;
use domain::ids::Currency;
use domain::money;

use crate::output::{Listing, many, minute, table, word};
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::units;
use crate::words::{self, Moment};

/// Show orders
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder order show o1
  backorder order list --status backordered
  backorder order find anna@shop.example
  backorder order watch o1")]
pub(crate) enum Order {
    Show(Show),
    List(List),
    Find(Find),
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

/// List orders, open and closed, the last placed first
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder order list
  backorder order list --status shipped --sku BOLT
  backorder order list --customer c1 --limit 500 -o json
  backorder order list --open --sku BOLT

Closed orders are found on the log, backwards from its end. Open ones alone,
by --open or by a status that only they have, come from an index at once, by
number.")]
pub(crate) struct List {
    /// Only open orders, by number
    #[arg(long)]
    open: bool,
    /// Only suspended orders, by number
    #[arg(long, conflicts_with_all = ["from", "before", "email"])]
    suspended: bool,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    paging: Paging,
}

/// Find orders, open and closed, by an e-mail address, a customer or a number
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder order find anna@shop.example
  backorder order find c1 --status cancelled
  backorder order find 2026-0

It is the whole e-mail address or number of the customer, or a part of the
order's number, without regard to case. The last placed come first.")]
pub(crate) struct Find {
    /// What to look for
    text: String,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    paging: Paging,
}

/// Which orders.
#[derive(Debug, Clone, Args)]
struct Which {
    /// Only this status: pending, backordered, partly-backordered, reserved, partly-shipped,
    /// shipped, cancelled, refused
    #[arg(long, value_parser = status)]
    status: Option<OrderStatus>,
    /// Only orders of this customer
    #[arg(long, default_value = "", hide_default_value = true)]
    customer: String,
    /// Only with this e-mail address
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    /// Only with a line of this SKU
    #[arg(long, default_value = "", hide_default_value = true)]
    sku: String,
    /// Only placed at this time or later
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    from: Option<Moment>,
    /// Only placed before this time
    #[arg(long, value_name = "TIME", value_parser = words::time)]
    before: Option<Moment>,
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
            Self::Find(find) => find_orders(session, find.text, &find.which, &find.paging).await,
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
        units::learn_to_show(session, found.order.iter().flat_map(skus)).await;
        session.out.show(&found, |found| {
            found.order.as_ref().map(page).unwrap_or_default()
        });
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let of_open = self.which.status.is_some_and(|status| match status {
            OrderStatus::Pending
            | OrderStatus::Backordered
            | OrderStatus::PartlyBackordered
            | OrderStatus::Reserved
            | OrderStatus::PartlyShipped => true,
            OrderStatus::Unspecified
            | OrderStatus::Shipped
            | OrderStatus::Cancelled
            | OrderStatus::Refused => false,
        });
        let which = &self.which;
        let on_log = !which.email.is_empty() || which.from.is_some() || which.before.is_some();
        if self.open && on_log {
            return Err(Problem::usage(
                "--email, --from and --before look on the log, and --open does not",
                "order list",
                "leave out --open",
            ));
        }
        // A token says which of the two it came from.
        let goes_on = self.paging.after.is_empty() || !is_of_log(&self.paging.after);
        if self.open || self.suspended || (of_open && !on_log && goes_on) {
            return list_open(session, which, self.suspended, &self.paging).await;
        }
        find_orders(session, String::new(), which, &self.paging).await
    }
}

/// Whether a token of a listing says where on the log to go on.
fn is_of_log(token: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let parts = token.split_once('.');
    parts.is_some_and(|(revision, index)| number(revision) && number(index))
}

/// The open ones, by number.
async fn list_open(
    session: &Session,
    which: &Which,
    suspended: bool,
    paging: &Paging,
) -> Result<(), Problem> {
    let (doors, client) = (&session.doors, session.doors.orders()?);
    let status = which.status.unwrap_or_default().into();
    let page = |page_size, page_token| {
        let request = ListOrdersRequest {
            status,
            customer_id: which.customer.clone(),
            sku: which.sku.clone(),
            page_size,
            page_token,
            at_least_revision: 0,
            suspended,
        };
        let mut client = client.clone();
        async move {
            let call = client.list_orders(request);
            let page = doors.ask(Room::Orders, "ListOrders", call).await?;
            Ok((page.orders, page.next_page_token, page.revision))
        }
    };
    let listing = paging.gather(page).await?;
    tell(session, &listing).await;
    Ok(())
}

/// Open and closed ones, from the log, the last placed first.
async fn find_orders(
    session: &Session,
    text: String,
    which: &Which,
    paging: &Paging,
) -> Result<(), Problem> {
    let (doors, client) = (&session.doors, session.doors.orders()?);
    let asked = FindOrdersRequest {
        text,
        status: which.status.unwrap_or_default().into(),
        customer_id: which.customer.clone(),
        email: which.email.clone(),
        sku: which.sku.clone(),
        placed_from: which.from.map(|from| stamp(from.at())),
        placed_before: which.before.map(|before| stamp(before.at())),
        ..FindOrdersRequest::default()
    };
    let page = |page_size, page_token| {
        let request = FindOrdersRequest {
            page_size,
            page_token,
            ..asked.clone()
        };
        let mut client = client.clone();
        async move {
            let call = client.find_orders(request);
            let page = doors.ask(Room::Orders, "FindOrders", call).await?;
            Ok((page.orders, page.next_page_token, page.revision))
        }
    };
    let listing = paging.gather(page).await?;
    tell(session, &listing).await;
    Ok(())
}

async fn tell(session: &Session, listing: &Listing<Known>) {
    units::learn_to_show(session, listing.items.iter().flat_map(skus)).await;
    let columns = [
        "order", "customer", "email", "placed", "status", "lines", "units", "waiting",
    ];
    session.out.list("orders", listing, &columns, |order| {
        let customer = order.customer.clone().unwrap_or_default();
        vec![
            order.order_id.clone(),
            customer.id,
            or_dash(customer.email),
            minute(order.placed_at.as_ref()),
            status_word(order),
            order.lines.len().to_string(),
            sum(order, |line| line.quantity),
            sum(order, |line| {
                line.backordered.saturating_add(line.undecided)
            }),
        ]
    });
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".into() } else { text }
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
            let next = next.map_err(|status| doors.problem(Room::Orders, "WatchOrder", &status))?;
            let order = next.as_ref().and_then(|change| change.order.as_ref());
            units::learn_to_show(session, order.into_iter().flat_map(skus)).await;
            match next {
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
    let lines = order.lines.iter();
    units::sum(lines.map(|line| (line.sku.as_str(), u64::from(units(line)))))
}

/// What an order is of.
pub(crate) fn skus(order: &Known) -> impl Iterator<Item = &str> {
    order.lines.iter().map(|line| line.sku.as_str())
}

fn status_word(order: &Known) -> String {
    word(order.status().as_str_name(), "ORDER_STATUS_")
}

/// An order for people.
pub(crate) fn page(order: &Known) -> String {
    let customer = order.customer.clone().unwrap_or_default();
    let to = order.ship_to.clone().unwrap_or_default();
    let region = match to.region.as_str() {
        "" => String::new(),
        region => format!(" ({region})"),
    };
    let mut text = format!(
        "order {} of {} ({}), placed {}, to {}{}: {}\n",
        order.order_id,
        customer.id,
        customer.tier,
        minute(order.placed_at.as_ref()),
        to.country,
        region,
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
                units::shown(&line.sku, line.backordered),
                line.sku,
                minute(offer.until.as_ref()),
                offer.alternatives.join(" or ")
            ));
        }
    }
    for line in &order.lines {
        let told = floor(line);
        if !told.is_empty() {
            text.push_str(&format!("\n\nline {}: {}", line.line, told.join("; ")));
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
    if let Some(it) = &order.suspension {
        let since = minute(it.since.as_ref());
        let reason = &it.reason;
        text.push_str(&format!("suspended since {since}: {reason}\n"));
    }
    let email = order.customer.as_ref().map_or("", |it| it.email.as_str());
    if !email.is_empty() {
        text.push_str(&format!("letters go to {email}\n"));
    }
    if let Some(requested_at) = &order.requested_at {
        let at = minute(Some(requested_at));
        text.push_str(&format!("the customer wants it at {at}\n"));
    }
    if order.ship_complete {
        let rest = if order.rest_may_go {
            "; what is refused is not waited for"
        } else {
            ""
        };
        text.push_str(&format!("nothing leaves before all can{rest}\n"));
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

/// Where a line's stock lies, and what came back of it.
fn floor(line: &Line) -> Vec<String> {
    let show = |steps: u32| units::shown(&line.sku, steps);
    let stock = line.stock.iter().map(|at| {
        let picked = match at.picked {
            0 => String::new(),
            picked => {
                let (picked, waves) = (show(picked), at.wave_ids.join(", "));
                format!(", {picked} being picked in {waves}")
            }
        };
        let reserved = show(at.reserved);
        format!("{reserved} reserved at {}{picked}", at.location_id)
    });
    let returned = Some(line.returned).filter(|units| *units > 0);
    let returned = returned.map(|units| format!("{} came back from the customer", show(units)));
    stock.chain(returned).collect()
}

/// A price in the places of its currency.
fn price(minor: i64, currency: &str) -> String {
    let places = |currency| money::decimal(minor, currency);
    Currency::new(currency).map_or_else(|| money::decimal_of_sum(minor), places)
}

fn row(order: &Known, line: &Line) -> Vec<String> {
    let mut refused = units::shown(&line.sku, line.refused);
    if line.refuse_reason() != RefuseReason::Unspecified {
        let why = word(line.refuse_reason().as_str_name(), "REFUSE_REASON_");
        refused = format!("{refused} ({why})");
    }
    let show = |steps: u32| units::shown(&line.sku, steps);
    vec![
        line.line.to_string(),
        line.sku.clone(),
        show(line.quantity),
        format!(
            "{} {}",
            price(line.unit_price_minor, &order.currency),
            order.currency
        ),
        show(line.reserved),
        show(line.backordered),
        show(line.undecided),
        show(line.shipped),
        show(line.cancelled),
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
