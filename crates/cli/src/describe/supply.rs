//! Facts of the supplier-gateway.

use domain::event::{
    Adapter, DatedLine, PurchaseClosed, PurchaseConfirmed, PurchaseDelayed, PurchaseDelivered,
    PurchaseOrdered, PurchaseRejected, PurchaseScheduled, PurchaseShipped, SchedulePart,
    ScheduledLine, SupplierDefined, SupplierGatewayEvent, SupplierItemDefined, SupplierLine,
};

use super::phrase::{join, units};
use crate::output::many;
use crate::zone;

pub(super) fn sentence(event: &SupplierGatewayEvent) -> String {
    match event {
        SupplierGatewayEvent::SupplierDefined(of) => supplier_defined(of),
        SupplierGatewayEvent::SupplierItemDefined(of) => supplier_item_defined(of),
        SupplierGatewayEvent::PurchaseOrdered(of) => ordered(of),
        SupplierGatewayEvent::PurchaseConfirmed(of) => confirmed(of),
        SupplierGatewayEvent::PurchaseDelayed(of) => delayed(of),
        SupplierGatewayEvent::PurchaseScheduled(of) => scheduled(of),
        SupplierGatewayEvent::PurchaseRejected(of) => rejected(of),
        SupplierGatewayEvent::PurchaseClosed(of) => closed(of),
        SupplierGatewayEvent::PurchaseShipped(of) => shipped(of),
        SupplierGatewayEvent::PurchaseDelivered(of) => delivered(of),
    }
}

fn supplier_defined(of: &SupplierDefined) -> String {
    let how = match &of.adapter {
        Adapter::Simulated(simulated) => format!("simulated by seed {}", simulated.seed),
        Adapter::ByHand => "by hand".to_owned(),
    };
    let days = many(of.lead_time_days, "day");
    format!("supplier {} ({}): {days}, {how}", of.supplier, of.name)
}

fn supplier_item_defined(of: &SupplierItemDefined) -> String {
    let theirs = Some(&of.supplier_sku).filter(|it| !it.is_empty());
    let names: Vec<&str> = theirs
        .into_iter()
        .chain(&of.gtins)
        .map(String::as_str)
        .collect();
    let called = match names.as_slice() {
        [] => String::new(),
        names => format!(", which they call {}", names.join(" or ")),
    };
    let mut terms = Vec::new();
    if let Some(minimum) = of.minimum {
        terms.push(format!("at least {}", units(minimum, &of.sku)));
    }
    if let Some(multiple) = of.multiple {
        terms.push(format!("in multiples of {}", units(multiple, &of.sku)));
    }
    if let Some(days) = of.lead_time_days {
        terms.push(many(days, "day"));
    }
    let terms = match terms.as_slice() {
        [] => String::new(),
        terms => format!(": {}", terms.join(", ")),
    };
    format!("supplier {} sells {}{called}{terms}", of.supplier, of.sku)
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
    let (why, dates) = (because(&of.reason), dated(&of.lines));
    format!("{} delayed{why}: {dates}", of.purchase_order)
}

fn rejected(of: &PurchaseRejected) -> String {
    let (why, units) = (because(&of.reason), counted(&of.lines));
    format!("{} rejected{why}: {units}", of.purchase_order)
}

fn closed(of: &PurchaseClosed) -> String {
    let (why, units) = (because(&of.reason), counted(&of.lines));
    format!("{} closed{why}, open were {units}", of.purchase_order)
}

fn scheduled(of: &PurchaseScheduled) -> String {
    let part = |line: &ScheduledLine, part: &SchedulePart| {
        let units = units(part.quantity, &line.sku);
        match part.eta {
            Some(eta) => format!("{units} on {}", zone::date(eta)),
            None => format!("{units} some day"),
        }
    };
    let lines = of.lines.iter().map(|line| {
        if line.parts.is_empty() {
            return format!("no more {}", line.sku);
        }
        join(line.parts.iter().map(|it| part(line, it)))
    });
    format!(
        "{} scheduled{}: {}",
        of.purchase_order,
        because(&of.reason),
        join(lines)
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

fn because(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(" ({reason})")
    }
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
