//! The state in the words of the wire.

use api::supplier_gateway::v1;
use chassis::wire::stamp;
use domain::event::{Adapter, SchedulePart};
use domain::ids::Sku;
use domain::renamed::Renamed;
use domain::supplier_gateway::{Dispatch, Line, PurchaseOrder, PurchaseStatus, Supplier};

/// A supplier.
pub fn supplier(supplier: &Supplier) -> v1::Supplier {
    let adapter = match &supplier.adapter {
        Adapter::Simulated(how) => v1::supplier::Adapter::Simulated(v1::Simulated {
            seed: how.seed,
            spread_days: how.spread_days,
            late_percent: how.late_percent.into(),
            part_percent: how.part_percent.into(),
            short_percent: how.short_percent.into(),
            reject_percent: how.reject_percent.into(),
        }),
        Adapter::ByHand => v1::supplier::Adapter::ByHand(v1::ByHand {}),
    };
    v1::Supplier {
        supplier_id: supplier.supplier.to_string(),
        name: supplier.name.clone(),
        lead_time_days: supplier.lead_time_days,
        cutoff_hour: supplier.cutoff_hour.map(u32::from),
        adapter: Some(adapter),
        open_purchase_orders: supplier.open,
    }
}

/// A purchase order without dispatches and messages.
pub fn purchase_order(order: &PurchaseOrder, renamed: &Renamed) -> v1::PurchaseOrder {
    let lines = order.lines.iter();
    v1::PurchaseOrder {
        purchase_order_id: order.purchase_order.to_string(),
        supplier_id: order.supplier.to_string(),
        status: status(order.status()).into(),
        ordered_at: Some(stamp(order.ordered_at)),
        expected_at: Some(stamp(order.expected_at)),
        lines: lines
            .map(|(number, it)| v1::PurchaseOrderLine {
                former_skus: renamed.former(&it.sku).iter().map(Sku::to_string).collect(),
                ..line(*number, it)
            })
            .collect(),
        dispatches: Vec::new(),
        messages: Vec::new(),
    }
}

const fn status(status: PurchaseStatus) -> v1::PurchaseOrderStatus {
    match status {
        PurchaseStatus::Ordered => v1::PurchaseOrderStatus::Ordered,
        PurchaseStatus::Confirmed => v1::PurchaseOrderStatus::Confirmed,
        PurchaseStatus::InTransit => v1::PurchaseOrderStatus::InTransit,
        PurchaseStatus::Delivered => v1::PurchaseOrderStatus::Delivered,
        PurchaseStatus::Received => v1::PurchaseOrderStatus::Received,
        PurchaseStatus::Rejected => v1::PurchaseOrderStatus::Rejected,
    }
}

fn part(part: SchedulePart) -> v1::SchedulePart {
    v1::SchedulePart {
        quantity: part.quantity,
        eta: part.eta.map(stamp),
    }
}

fn line(number: u32, line: &Line) -> v1::PurchaseOrderLine {
    v1::PurchaseOrderLine {
        line: number,
        sku: line.sku.to_string(),
        ordered: line.ordered,
        rejected: line.rejected,
        shipped: line.shipped,
        received: line.received,
        eta: line.due().map(stamp),
        requisition_id: line
            .requisition
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        added: line.added,
        parts: line.parts().into_iter().map(part).collect(),
        former_skus: Vec::new(),
    }
}

/// Goods that a supplier sent together.
pub fn dispatch(dispatch: &Dispatch) -> v1::Dispatch {
    let line = |line: &domain::supplier_gateway::DispatchLine| v1::DispatchLine {
        line: line.line,
        sku: line.sku.to_string(),
        quantity: line.quantity,
    };
    v1::Dispatch {
        dispatch_id: dispatch.dispatch.to_string(),
        lines: dispatch.lines.iter().map(line).collect(),
        eta: Some(stamp(dispatch.eta)),
        delivered: dispatch.delivered_at.is_some(),
        counted: dispatch.is_counted(),
    }
}
