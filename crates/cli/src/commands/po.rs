//! `po`: purchase orders: made, looked at, and what suppliers say of them.

use api::supplier_gateway::v1::{
    Dispatch, GetPurchaseOrderRequest, ListPurchaseOrdersRequest, PurchaseOrder, PurchaseOrderLine,
    PurchaseOrderStatus, SchedulePart, SupplierMessage,
};
use clap::{Args, Subcommand};
use domain::decider::Room;

use super::supply;
use crate::output::{Format, minute, table, word};
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::units;

pub(super) mod buying;
mod impact;
mod lines;

pub(super) use impact::Impact;

use buying::{Arrive, Close, Confirm, Create, Delay, Reject, Ship};

/// Order goods, and record what suppliers say of them
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder po create po-7 --supplier acme --line BOLT:100
  backorder po confirm po-7 --date 2026-12-12
  backorder po delay po-7 --date 2027-01-09
  backorder po list --status in-transit
  backorder po show po-7")]
pub(crate) enum Po {
    Create(Create),
    Confirm(Confirm),
    Delay(Delay),
    Ship(Ship),
    Arrive(Arrive),
    Reject(Reject),
    Close(Close),
    Show(Show),
    List(List),
}

/// Show one purchase order, its dispatches and its messages
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po show po-7
  backorder po show po-7 -o json")]
pub(crate) struct Show {
    /// Which
    purchase_order: String,
}

/// List purchase orders
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po list
  backorder po list --status in-transit --sku BOLT
  backorder po list --supplier acme -o json")]
pub(crate) struct List {
    /// Only this status: ordered, confirmed, in-transit, delivered, received, rejected
    #[arg(long, value_parser = status)]
    status: Option<PurchaseOrderStatus>,
    /// Only from this supplier
    #[arg(long, default_value = "", hide_default_value = true)]
    supplier: String,
    /// Only with a line of this SKU
    #[arg(long, default_value = "", hide_default_value = true)]
    sku: String,
    #[command(flatten)]
    paging: Paging,
}

fn status(text: &str) -> Result<PurchaseOrderStatus, String> {
    let name = format!(
        "PURCHASE_ORDER_STATUS_{}",
        text.to_uppercase().replace(['-', ' '], "_")
    );
    PurchaseOrderStatus::from_str_name(&name)
        .filter(|status| *status != PurchaseOrderStatus::Unspecified)
        .ok_or_else(|| {
            "it is one of: ordered, confirmed, in-transit, delivered, received, rejected".into()
        })
}

impl Po {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::Confirm(confirm) => confirm.run(session).await,
            Self::Delay(delay) => delay.run(session).await,
            Self::Ship(ship) => ship.run(session).await,
            Self::Arrive(arrive) => arrive.run(session).await,
            Self::Reject(reject) => reject.run(session).await,
            Self::Close(close) => close.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::List(list) => list.run(session).await,
        }
    }
}

impl Show {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let purchase_order_id = self.purchase_order;
        let request = GetPurchaseOrderRequest {
            purchase_order_id,
            at_least_revision: 0,
        };
        let mut client = doors.suppliers()?;
        let found = doors
            .ask(
                Room::SupplierGateway,
                "GetPurchaseOrder",
                client.get_purchase_order(request),
            )
            .await?;
        units::learn_to_show(session, found.purchase_order.iter().flat_map(skus)).await;
        session.out.show(&found, |found| {
            found.purchase_order.as_ref().map(page).unwrap_or_default()
        });
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.suppliers()?);
        let status = self.status.unwrap_or_default().into();
        let (supplier, sku) = (&self.supplier, &self.sku);
        let page = |page_size, page_token| {
            let (supplier_id, sku) = (supplier.clone(), sku.clone());
            let at_least_revision = 0;
            let request = ListPurchaseOrdersRequest {
                status,
                supplier_id,
                sku,
                page_size,
                page_token,
                at_least_revision,
            };
            let mut client = client.clone();
            async move {
                let call = client.list_purchase_orders(request);
                let page = doors
                    .ask(Room::SupplierGateway, "ListPurchaseOrders", call)
                    .await?;
                Ok((page.purchase_orders, page.next_page_token, page.revision))
            }
        };
        let listing = self.paging.gather(page).await?;
        units::learn_to_show(session, listing.items.iter().flat_map(skus)).await;
        let columns = [
            "purchase order",
            "supplier",
            "status",
            "ordered",
            "eta",
            "lines",
            "units",
        ];
        session
            .out
            .list("purchase_orders", &listing, &columns, |order| {
                let lines = order.lines.iter();
                let lines = lines.map(|line| (line.sku.as_str(), u64::from(line.ordered)));
                vec![
                    order.purchase_order_id.clone(),
                    order.supplier_id.clone(),
                    word(order.status().as_str_name(), "PURCHASE_ORDER_STATUS_"),
                    minute(order.ordered_at.as_ref()),
                    minute(supply::eta(order)),
                    order.lines.len().to_string(),
                    units::sum(lines),
                ]
            });
        if session.out.0 == Format::Table {
            for unknown in supply::of(session, "").await.unknown(None) {
                eprintln!("! {unknown}");
            }
        }
        Ok(())
    }
}

fn skus(order: &PurchaseOrder) -> impl Iterator<Item = &str> {
    order.lines.iter().map(|line| line.sku.as_str())
}

fn page(order: &PurchaseOrder) -> String {
    let lines = order.lines.iter().map(|line| {
        vec![
            line.line.to_string(),
            line.sku.clone(),
            units::shown(&line.sku, line.ordered.saturating_add(line.added)),
            units::shown(&line.sku, line.rejected),
            units::shown(&line.sku, line.shipped),
            units::shown(&line.sku, line.received),
            when(line),
        ]
    });
    let columns = [
        "line", "sku", "ordered", "rejected", "shipped", "received", "eta",
    ];
    let mut text = format!(
        "purchase order {} from {}, sent {}, expected {}: {}\n{}",
        order.purchase_order_id,
        order.supplier_id,
        minute(order.ordered_at.as_ref()),
        minute(order.expected_at.as_ref()),
        word(order.status().as_str_name(), "PURCHASE_ORDER_STATUS_"),
        table(&columns, lines),
    );
    if !order.dispatches.is_empty() {
        let rows = order.dispatches.iter().map(dispatch);
        let columns = ["dispatch", "stands", "eta", "what"];
        text.push_str(&format!("\n\n{}", table(&columns, rows)));
    }
    if !order.messages.is_empty() {
        let rows = order.messages.iter().map(|said| {
            vec![
                minute(said.at.as_ref()),
                said.revision.to_string(),
                said_by(said),
            ]
        });
        text.push_str(&format!(
            "\n\n{}",
            table(&["when", "revision", "what was said"], rows)
        ));
    }
    text
}

/// When a line comes, or each part of it.
fn when(line: &PurchaseOrderLine) -> String {
    if line.parts.is_empty() {
        return minute(line.eta.as_ref());
    }
    let part = |part: &SchedulePart| {
        let units = units::shown(&line.sku, part.quantity);
        match &part.eta {
            Some(eta) => format!("{units} on {}", minute(Some(eta))),
            None => format!("{units} some day"),
        }
    };
    let parts: Vec<String> = line.parts.iter().map(part).collect();
    parts.join(", ")
}

/// What was said, and by whom where that is known.
fn said_by(said: &SupplierMessage) -> String {
    let who = said
        .source
        .as_ref()
        .map_or("", |source| source.who.as_str());
    if who.is_empty() {
        said.text.clone()
    } else {
        format!("{} ({who})", said.text)
    }
}

fn dispatch(dispatch: &Dispatch) -> Vec<String> {
    let stands = match (dispatch.counted, dispatch.delivered) {
        (true, _) => "counted",
        (false, true) => "at the dock",
        (false, false) => "on its way",
    };
    let lines: Vec<String> = dispatch
        .lines
        .iter()
        .map(|line| format!("{} {}", units::shown(&line.sku, line.quantity), line.sku))
        .collect();
    vec![
        dispatch.dispatch_id.clone(),
        stands.into(),
        minute(dispatch.eta.as_ref()),
        lines.join(", "),
    ]
}
