//! Requests as they come over the wire, read into what they ask for.
//!
//! Checks form alone: whether something can be read. What may be asked is the room's to say.

use api::supplier_gateway::v1;
use chassis::invalid;
use domain::event::{Adapter, Simulated, SupplierDefined};
use domain::ids::{DefinitionId, KeyError, PurchaseOrderId, Sku, SupplierId};
use domain::supplier_gateway::{DEFAULT_PAGE, PurchaseOrderFilter, PurchaseStatus};
use tonic::Status;
use uuid::Uuid;

const KEY_REMEDY: &str = "give 1 to 128 bytes of UTF-8 without control characters";

type NewKey<T> = fn(&str) -> Result<T, KeyError>;

fn key<T>(field: &str, text: &str, new: NewKey<T>) -> Result<T, Status> {
    new(text).map_err(|problem| invalid(field, "KEY_MALFORMED", problem, KEY_REMEDY))
}

fn optional<T>(field: &str, text: &str, new: NewKey<T>) -> Result<Option<T>, Status> {
    if text.is_empty() {
        Ok(None)
    } else {
        key(field, text, new).map(Some)
    }
}

/// What a request to define a supplier asks for.
pub fn defined(request: v1::DefineSupplierRequest) -> Result<SupplierDefined, Status> {
    let definition = optional("definition_id", &request.definition_id, DefinitionId::new)?;
    let adapter = match request.adapter {
        Some(v1::define_supplier_request::Adapter::Simulated(asked)) => {
            Adapter::Simulated(simulated(&asked)?)
        }
        None => {
            let remedy = "say how we talk with them: `simulated` is all there is yet";
            return Err(invalid("adapter", "FIELD_MISSING", "is missing", remedy));
        }
    };
    Ok(SupplierDefined {
        definition: definition.unwrap_or_else(|| Uuid::now_v7().to_string().into()),
        supplier: key("supplier_id", &request.supplier_id, SupplierId::new)?,
        name: request.name,
        lead_time_days: request.lead_time_days,
        cutoff_hour: request.cutoff_hour.map(hour).transpose()?,
        adapter,
    })
}

fn hour(asked: u32) -> Result<u8, Status> {
    let problem = |_| {
        let problem = format!("{asked} is no hour of the day");
        invalid(
            "cutoff_hour",
            "NO_SUCH_HOUR",
            problem,
            "give 0 to 23, in UTC",
        )
    };
    u8::try_from(asked).map_err(problem)
}

fn simulated(asked: &v1::Simulated) -> Result<Simulated, Status> {
    let percent = |name: &str, percent: u32| {
        let problem = |_| {
            let problem = format!("{name} is {percent}, more than 100");
            invalid("simulated", "PERCENT_TOO_HIGH", problem, "give 0 to 100")
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
    let after = optional("page_token", token, new)?;
    match usize::try_from(size) {
        Ok(0) => Ok(Asked {
            after,
            size: DEFAULT_PAGE,
        }),
        Ok(size) => Ok(Asked { after, size }),
        Err(_) => {
            let remedy = "give 1 to 500, or 0 for 50";
            Err(invalid(
                "page_size",
                "PAGE_SIZE_OUT_OF_RANGE",
                "is negative",
                remedy,
            ))
        }
    }
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
        let problem = format!("{asked} is no status of a purchase order");
        let remedy = "use a value of the enum PurchaseOrderStatus";
        invalid("status", "STATUS_UNKNOWN", problem, remedy)
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
