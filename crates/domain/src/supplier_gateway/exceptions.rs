//! What suppliers owe that needs a person: suppliers whom nobody has defined, purchase orders that
//! are late, goods at the dock that nobody counts. Must not know who waits for the goods.

use std::collections::BTreeMap;

use super::SupplierGateway;
use super::purchase_order::PurchaseOrder;
use super::supplier::Requisition;
use crate::exact::Exact;
use crate::exception::{Exception, ExceptionKind, Exceptions, Worst};
use crate::ids::{HOUR_MS, Sku, SupplierId, Timestamp, Zone};

/// How long after its date an open purchase order is late.
pub const LATE_AFTER_DAYS: i64 = 1;
/// How long goods may stand at the dock before a person is told that nobody has counted them in.
pub const UNCOUNTED_AFTER_MS: i64 = HOUR_MS;
/// How many items that name an undefined supplier are told by name.
const TOLD_ITEMS: usize = 3;

/// What names one undefined supplier.
#[derive(Default)]
struct Named<'a> {
    since: Option<Timestamp>,
    items: u64,
    told: Vec<&'a str>,
    requests: u64,
    units: u64,
}

impl<'a> Named<'a> {
    fn since(&mut self, at: Timestamp) {
        self.since = Some(self.since.map_or(at, |since| since.min(at)));
    }

    fn item(&mut self, sku: &'a Sku, at: Timestamp) {
        self.since(at);
        self.items = self.items.plus(1);
        if self.told.len() < TOLD_ITEMS {
            self.told.push(sku.as_str());
        }
    }

    fn request(&mut self, request: &Requisition) {
        self.since(request.at);
        self.requests = self.requests.plus(1);
        self.units = self.units.plus(u64::from(request.quantity));
    }

    fn exception(&self, supplier: &SupplierId) -> Option<Exception> {
        let mut text = format!("nobody has defined {supplier}");
        if self.items > 0 {
            let (items, name) = match self.items {
                1 => ("item", "names"),
                _ => ("items", "name"),
            };
            let more = u64::try_from(self.told.len()).is_ok_and(|told| told < self.items);
            let more = if more { ", …" } else { "" };
            let (count, told) = (self.items, self.told.join(", "));
            text.push_str(&format!("; {count} {items} {name} it ({told}{more})"));
        }
        if self.requests > 0 {
            let (requests, wait) = match self.requests {
                1 => ("request", "waits"),
                _ => ("requests", "wait"),
            };
            let (count, units) = (self.requests, self.units);
            text.push_str(&format!("; {count} {requests} for {units} {wait}"));
        }
        let kind = ExceptionKind::SupplierUnknown;
        Some(Exception {
            supplier: Some(supplier.clone()),
            ..Exception::new(kind, self.since?, self.units, text)
        })
    }
}

impl Exceptions for SupplierGateway {
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        let mut unknown: BTreeMap<&SupplierId, Named<'_>> = BTreeMap::new();
        for (sku, (supplier, at)) in &self.orphans.items {
            unknown.entry(supplier).or_default().item(sku, *at);
        }
        for (supplier, request) in self.pending() {
            if !self.suppliers.contains_key(supplier) {
                unknown.entry(supplier).or_default().request(request);
            }
        }
        let unknown = unknown.iter().filter_map(|(id, named)| named.exception(id));
        let open = self.orders.values().filter(|order| !order.is_closed());
        let purchases = open.filter_map(|order| {
            uncounted(order, now).or_else(|| late(order, now, &self.time_zone))
        });
        for exception in unknown.chain(purchases) {
            if !worst.take(exception) {
                return;
            }
        }
    }
}

fn exception(
    order: &PurchaseOrder,
    kind: ExceptionKind,
    since: Timestamp,
    units: u64,
    text: String,
) -> Exception {
    Exception {
        supplier: Some(order.supplier.clone()),
        purchase_order: Some(order.purchase_order.clone()),
        ..Exception::new(kind, since, units, text)
    }
}

/// What of it has stood at the dock for too long.
fn uncounted(order: &PurchaseOrder, now: Timestamp) -> Option<Exception> {
    let at_dock = order.dispatches.iter().filter(|it| !it.is_counted());
    let long = |at: &Timestamp| now.ms_since(*at) >= UNCOUNTED_AFTER_MS;
    let at_dock = at_dock.filter_map(|it| Some((it, it.delivered_at.filter(long)?)));
    let (mut units, mut since) = (0_u64, None::<Timestamp>);
    for (dispatch, at) in at_dock {
        let open = dispatch
            .lines
            .iter()
            .map(|it| it.quantity.minus_or_zero(it.counted));
        units = units.plus(open.map(u64::from).fold(0, Exact::plus));
        since = since.into_iter().chain([at]).min();
    }
    let (id, supplier) = (&order.purchase_order, &order.supplier);
    let text = format!("{units} of {id} ({supplier}) at the dock, not counted in");
    let kind = ExceptionKind::DeliveryUncounted;
    Some(exception(order, kind, since?, units, text))
}

/// What of it should have come by now.
fn late(order: &PurchaseOrder, now: Timestamp, zone: &Zone) -> Option<Exception> {
    let (mut units, mut lines, mut since) = (0_u64, Vec::new(), None::<Timestamp>);
    for line in order.lines.values() {
        let late = line.late(|eta| eta.plus_days(LATE_AFTER_DAYS) <= now);
        let Some((late, first)) = late else {
            continue;
        };
        units = units.plus(late);
        since = since.into_iter().chain([first]).min();
        lines.push(line);
    }
    let of = match lines.as_slice() {
        [line] => line.sku.to_string(),
        lines => format!("{} SKUs", lines.len()),
    };
    let (since, supplier) = (since?, &order.supplier);
    let text = format!(
        "{units} of {of} from {supplier} were due on {}",
        zone.date(since)
    );
    let kind = ExceptionKind::PurchaseOrderLate;
    Some(exception(order, kind, since, units, text))
}
