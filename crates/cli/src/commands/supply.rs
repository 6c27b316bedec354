//! What is on its way of an item, for those who look at its stock: purchase orders with their
//! dates, what is requested and on none yet, suppliers whom nobody has defined.

use std::collections::BTreeMap;

use api::inventory::v1::Stock;
use api::room::v1::{Exception, ExceptionKind};
use api::supplier_gateway::v1::{
    ListPurchaseOrdersRequest, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus,
};
use domain::decider::Room;
use prost_types::Timestamp;

use super::problems;
use crate::output::{minute, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::shell;
use crate::units;

/// Purchase orders on a page, and the most pages that are read for a listing.
const PAGE: i32 = 500;
const MAX_PAGES: usize = 20;
/// The most exceptions that are looked at for suppliers whom nobody has defined.
const LOOKED_AT: u32 = 500;

/// What is on its way, as far as it could be read.
#[derive(Default)]
pub(super) struct Supply {
    /// Of each SKU, its open purchase order lines.
    open: BTreeMap<String, Vec<(String, PurchaseOrderLine)>>,
    unknown: Vec<Exception>,
}

/// What is on its way of one SKU, or of all (empty). The stock stands without it, so that a gateway
/// that does not answer is told on standard error and no more.
pub(super) async fn of(session: &Session, sku: &str) -> Supply {
    match read(session, sku).await {
        Ok(supply) => supply,
        Err(problem) => {
            eprintln!("what is on its way is not shown: {}", problem.what);
            Supply::default()
        }
    }
}

async fn read(session: &Session, sku: &str) -> Result<Supply, Problem> {
    let doors = &session.doors;
    let mut client = doors.suppliers()?;
    let mut supply = Supply::default();
    let mut page_token = String::new();
    for _ in 0..MAX_PAGES {
        let request = ListPurchaseOrdersRequest {
            sku: sku.to_owned(),
            page_size: PAGE,
            page_token,
            ..ListPurchaseOrdersRequest::default()
        };
        let call = client.list_purchase_orders(request);
        let room = Room::SupplierGateway;
        let page = doors.ask(room, "ListPurchaseOrders", call).await?;
        for order in &page.purchase_orders {
            supply.take(order);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let exceptions = problems::list(session, Room::SupplierGateway, LOOKED_AT, "").await?;
    let unknown = exceptions.exceptions.into_iter();
    supply.unknown = unknown
        .filter(|it| it.kind() == ExceptionKind::SupplierUnknown)
        .collect();
    Ok(supply)
}

/// Units of a purchase order's line that are still to come.
pub(super) fn to_come(line: &PurchaseOrderLine) -> u32 {
    let all = line.ordered.saturating_add(line.added);
    let known = line.rejected.saturating_add(line.received);
    all.saturating_sub(known)
}

/// When the first of what is still to come of a purchase order is to arrive.
pub(super) fn eta(order: &PurchaseOrder) -> Option<&Timestamp> {
    let open = order.lines.iter().filter(|line| to_come(line) > 0);
    let etas = open.filter_map(|line| line.eta.as_ref());
    etas.min_by_key(|eta| (eta.seconds, eta.nanos))
}

impl Supply {
    fn take(&mut self, order: &PurchaseOrder) {
        let closed = [PurchaseOrderStatus::Received, PurchaseOrderStatus::Rejected];
        if closed.contains(&order.status()) {
            return;
        }
        for line in order.lines.iter().filter(|line| to_come(line) > 0) {
            let of_sku = self.open.entry(line.sku.clone()).or_default();
            of_sku.push((order.purchase_order_id.clone(), line.clone()));
        }
    }

    /// When the first of an SKU is to arrive; `-` if none is known to.
    pub fn first(&self, sku: &str) -> String {
        let lines = self.open.get(sku).map(Vec::as_slice).unwrap_or_default();
        let etas = lines.iter().filter_map(|(_, line)| line.eta.as_ref());
        minute(etas.min_by_key(|eta| (eta.seconds, eta.nanos)))
    }

    /// Suppliers whom nobody has defined, each with what to do; of all items, or of one.
    pub fn unknown(&self, of: Option<&Stock>) -> Vec<String> {
        let named = of.map(|stock| {
            let rule = stock.replenishment.as_ref();
            rule.map_or("", |rule| rule.supplier_id.as_str())
        });
        let unknown = self.unknown.iter();
        let unknown = unknown.filter(|it| named.is_none_or(|named| it.supplier_id == named));
        let told = unknown.map(|it| {
            let define = format!("backorder supplier define {}", shell::word(&it.supplier_id));
            format!("{}\n  -> {define}", it.text)
        });
        told.collect()
    }

    /// What is on its way of an item, for people; empty if nothing is.
    pub fn page(&self, stock: &Stock) -> String {
        let lines = self.open.get(&stock.sku).map(Vec::as_slice);
        let lines = lines.unwrap_or_default();
        let measure = units::measure(&stock.unit, &stock.step);
        let mut text = String::new();
        if !lines.is_empty() {
            let rows = lines.iter().map(|(id, line)| {
                let units = measure.show(to_come(line));
                vec![id.clone(), units, minute(line.eta.as_ref())]
            });
            let columns = ["purchase order", "to come", "eta"];
            text.push_str(&format!("\n\n{}", table(&columns, rows)));
        }
        let ordered: i64 = lines.iter().map(|(_, line)| i64::from(to_come(line))).sum();
        let requested = stock.on_order.saturating_sub(ordered);
        if requested > 0 {
            text.push_str(&format!(
                "\nrequested: {}, on no purchase order yet",
                measure.show(requested)
            ));
        }
        for unknown in self.unknown(Some(stock)) {
            text.push_str(&format!("\n! {unknown}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use api::inventory::v1::Replenishment;

    use super::*;

    #[test]
    fn what_is_to_come_what_is_requested_and_who_is_unknown_are_told_with_an_item() {
        let line = |received| PurchaseOrderLine {
            sku: "BOLT".into(),
            ordered: 10,
            received,
            eta: Some(Timestamp::default()),
            ..PurchaseOrderLine::default()
        };
        let order = |id: &str, status: PurchaseOrderStatus, received| PurchaseOrder {
            purchase_order_id: id.into(),
            status: status.into(),
            lines: vec![line(received)],
            ..PurchaseOrder::default()
        };
        let mut supply = Supply::default();
        supply.take(&order("po-1", PurchaseOrderStatus::Confirmed, 4));
        supply.take(&order("po-2", PurchaseOrderStatus::Received, 10));
        supply.unknown = vec![Exception {
            supplier_id: "acme".into(),
            text: "nobody has defined acme".into(),
            ..Exception::default()
        }];
        let stock = Stock {
            sku: "BOLT".into(),
            on_order: 9,
            replenishment: Some(Replenishment {
                supplier_id: "acme".into(),
                ..Replenishment::default()
            }),
            ..Stock::default()
        };
        let expected = "\n\nPURCHASE ORDER  TO COME  ETA\n\
                        po-1            6        1970-01-01 00:00\n\
                        requested: 3, on no purchase order yet\n\
                        ! nobody has defined acme\n  -> backorder supplier define acme";
        assert_eq!(supply.page(&stock), expected);
        assert_eq!(supply.first("NUT"), "-");
        assert_eq!(
            supply.unknown(Some(&Stock::default())),
            Vec::<String>::new()
        );
    }
}
