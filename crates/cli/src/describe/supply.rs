//! Facts of the supplier-gateway.

use domain::event::{
    Adapter, DatedLine, PurchaseConfirmed, PurchaseDelayed, PurchaseDelivered, PurchaseOrdered,
    PurchaseRejected, PurchaseShipped, SupplierDefined, SupplierGatewayEvent, SupplierLine,
};

use super::phrase::{join, units};
use crate::output::many;
use crate::zone;

pub(super) fn sentence(event: &SupplierGatewayEvent) -> String {
    match event {
        SupplierGatewayEvent::SupplierDefined(of) => supplier_defined(of),
        SupplierGatewayEvent::PurchaseOrdered(of) => ordered(of),
        SupplierGatewayEvent::PurchaseConfirmed(of) => confirmed(of),
        SupplierGatewayEvent::PurchaseDelayed(of) => delayed(of),
        SupplierGatewayEvent::PurchaseRejected(of) => rejected(of),
        SupplierGatewayEvent::PurchaseShipped(of) => shipped(of),
        SupplierGatewayEvent::PurchaseDelivered(of) => delivered(of),
    }
}

fn supplier_defined(of: &SupplierDefined) -> String {
    let Adapter::Simulated(simulated) = &of.adapter;
    let (days, seed) = (many(of.lead_time_days, "day"), simulated.seed);
    format!(
        "supplier {} ({}): {days}, simulated by seed {seed}",
        of.supplier, of.name
    )
}

fn ordered(of: &PurchaseOrdered) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    let due = zone::date(of.expected_at);
    format!(
        "{} ordered from {}, due {due}: {lines}",
        of.purchase_order, of.supplier
    )
}

fn confirmed(of: &PurchaseConfirmed) -> String {
    format!("{} confirmed: {}", of.purchase_order, dated(&of.lines))
}

fn delayed(of: &PurchaseDelayed) -> String {
    format!(
        "{} delayed ({}): {}",
        of.purchase_order,
        of.reason,
        dated(&of.lines)
    )
}

fn rejected(of: &PurchaseRejected) -> String {
    format!(
        "{} rejected ({}): {}",
        of.purchase_order,
        of.reason,
        counted(&of.lines)
    )
}

fn shipped(of: &PurchaseShipped) -> String {
    let (order, dispatch, due) = (&of.purchase_order, &of.dispatch, zone::date(of.eta));
    format!(
        "{order} on its way as {dispatch}, due {due}: {}",
        counted(&of.lines)
    )
}

fn delivered(of: &PurchaseDelivered) -> String {
    format!("{}: {} stands at the dock", of.purchase_order, of.dispatch)
}

fn dated(lines: &[DatedLine]) -> String {
    join(
        lines
            .iter()
            .map(|line| format!("{} on {}", line.sku, zone::date(line.eta))),
    )
}

fn counted(lines: &[SupplierLine]) -> String {
    join(lines.iter().map(|line| units(line.quantity, &line.sku)))
}
