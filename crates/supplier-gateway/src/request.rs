//! Requests as they come over the wire, read into commands and questions.
//!
//! Checks form alone: whether something can be read. What may be asked is the room's to say.

use api::supplier_gateway::v1;
use chassis::invalid;
use chassis::wire::{NewKey, key, key_or_new, missing, optional, page_size, page_token};
use domain::event::{Adapter, Simulated, SupplierDefined};
use domain::ids::{DefinitionId, PurchaseOrderId, Sku, SupplierId};
use domain::supplier_gateway::{DefineSupplier, PurchaseOrderFilter, PurchaseStatus};
use tonic::Status;

/// A request to define a supplier.
pub fn define_supplier(request: v1::DefineSupplierRequest) -> Result<DefineSupplier, Status> {
    let adapter = match request.adapter {
        Some(v1::define_supplier_request::Adapter::Simulated(asked)) => {
            Adapter::Simulated(simulated(&asked)?)
        }
        Some(v1::define_supplier_request::Adapter::ByHand(v1::ByHand {})) => Adapter::ByHand,
        None => {
            let remedy = "say how we talk with them: by_hand, or simulated";
            return Err(missing("adapter", remedy));
        }
    };
    Ok(DefineSupplier(SupplierDefined {
        definition: key_or_new("definition_id", &request.definition_id, DefinitionId::new)?,
        supplier: key("supplier_id", &request.supplier_id, SupplierId::new)?,
        name: request.name,
        lead_time_days: request.lead_time_days,
        cutoff_hour: request.cutoff_hour.map(hour).transpose()?,
        adapter,
    }))
}

fn hour(asked: u32) -> Result<u8, Status> {
    let problem = |_| {
        let problem = format!("is {asked}");
        invalid(
            "cutoff_hour",
            "CUTOFF_HOUR_OUT_OF_RANGE",
            problem,
            "give 0 to 23, by the cell's clocks",
        )
    };
    u8::try_from(asked).map_err(problem)
}

fn simulated(asked: &v1::Simulated) -> Result<Simulated, Status> {
    let percent = |name: &str, percent: u32| {
        let problem = |_| {
            let problem = format!("{name} is {percent}, more than 100");
            invalid(
                "simulated",
                "PERCENT_OUT_OF_RANGE",
                problem,
                "give 0 to 100",
            )
        };
        u8::try_from(percent).map_err(problem)
    };
    Ok(Simulated {
        seed: asked.seed,
        spread_days: asked.spread_days,
        late_percent: percent("late_percent", asked.late_percent)?,
        part_percent: percent("part_percent", asked.part_percent)?,
        short_percent: percent("short_percent", asked.short_percent)?,
        reject_percent: percent("reject_percent", asked.reject_percent)?,
    })
}

/// Where a page begins and how long it may be.
pub struct Asked<T> {
    /// The last id of the page before.
    pub after: Option<T>,
    /// Entries at most.
    pub size: usize,
}

fn page<T>(size: i32, token: &str, new: NewKey<T>) -> Result<Asked<T>, Status> {
    Ok(Asked {
        after: page_token(token, |token| new(token).ok())?,
        size: page_size(size)?,
    })
}

/// Which page of suppliers is asked for.
pub fn suppliers(request: &v1::ListSuppliersRequest) -> Result<Asked<SupplierId>, Status> {
    page(request.page_size, &request.page_token, SupplierId::new)
}

/// Which page of which purchase orders is asked for.
pub fn purchase_orders(
    request: &v1::ListPurchaseOrdersRequest,
) -> Result<(PurchaseOrderFilter, Asked<PurchaseOrderId>), Status> {
    let filter = PurchaseOrderFilter {
        supplier: optional("supplier_id", &request.supplier_id, SupplierId::new)?,
        status: status(request.status)?,
        sku: optional("sku", &request.sku, Sku::new)?,
    };
    Ok((
        filter,
        page(request.page_size, &request.page_token, PurchaseOrderId::new)?,
    ))
}

/// Which purchase order is asked for.
pub fn purchase_order_id(text: &str) -> Result<PurchaseOrderId, Status> {
    key("purchase_order_id", text, PurchaseOrderId::new)
}

fn status(asked: i32) -> Result<Option<PurchaseStatus>, Status> {
    use v1::PurchaseOrderStatus as Wire;
    let unknown = |_| {
        let problem = format!("is {asked}, which is not a purchase order status");
        invalid(
            "status",
            "STATUS_OUT_OF_RANGE",
            problem,
            "use a value of the enum PurchaseOrderStatus",
        )
    };
    Ok(match Wire::try_from(asked).map_err(unknown)? {
        Wire::Unspecified => None,
        Wire::Ordered => Some(PurchaseStatus::Ordered),
        Wire::Confirmed => Some(PurchaseStatus::Confirmed),
        Wire::InTransit => Some(PurchaseStatus::InTransit),
        Wire::Delivered => Some(PurchaseStatus::Delivered),
        Wire::Received => Some(PurchaseStatus::Received),
        Wire::Rejected => Some(PurchaseStatus::Rejected),
    })
}
