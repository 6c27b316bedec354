//! A supplier, and what is asked of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Adapter, PurchaseLine, PurchaseOrdered};
use crate::exact::Exact;
use crate::ids::{Position, PurchaseOrderId, RequisitionId, Sku, SupplierId, Timestamp, Zone};
use crate::shared::SharedMap;

/// A supplier, as last defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Supplier {
    /// Who.
    pub supplier: SupplierId,
    /// What a person calls them.
    pub name: String,
    /// Days from order to delivery that they usually need.
    pub lead_time_days: u32,
    /// The hour of the day, in the cell's time zone, at which requests go out; without it, at once.
    pub cutoff_hour: Option<u8>,
    /// How we talk with them.
    pub adapter: Adapter,
    /// Purchase orders ever: the next one's number follows, so an id never comes twice, whatever
    /// the clock does.
    pub numbered: u64,
    /// Purchase orders that are not closed.
    pub open: u32,
}

impl Supplier {
    /// When a request that was recorded at this time goes out: at the first cutoff then or after.
    pub(super) fn goes_out(&self, requested_at: Timestamp, zone: &Zone) -> Timestamp {
        let Some(hour) = self.cutoff_hour else {
            return requested_at;
        };
        let cutoff = zone.hour_of_day(requested_at, hour);
        if cutoff < requested_at {
            zone.hour_of_day(zone.end_of_day(requested_at), hour)
        } else {
            cutoff
        }
    }

    /// The id of their purchase order with this number.
    pub(super) fn numbered_id(
        &self,
        number: u64,
        (now, zone): (Timestamp, &Zone),
    ) -> PurchaseOrderId {
        let day = zone.date(now).replace('-', "");
        format!("{}-{day}-{number}", self.supplier).into()
    }

    /// Their purchase order with this number, for these requests.
    pub(super) fn purchase(
        &self,
        number: u64,
        requests: &[&Requisition],
        (now, zone): (Timestamp, &Zone),
    ) -> PurchaseOrdered {
        let line = |(request, line): (&&Requisition, u32)| PurchaseLine {
            line,
            sku: request.sku.clone(),
            quantity: request.quantity,
            requisition: Some(request.requisition.clone()),
        };
        PurchaseOrdered {
            purchase_order: self.numbered_id(number, (now, zone)),
            supplier: self.supplier.clone(),
            lines: requests.iter().zip(1..).map(line).collect(),
            expected_at: now.plus_days(i64::from(self.lead_time_days)),
            undated: false,
            source: None,
        }
    }
}

/// A request of inventory that no purchase order answers yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requisition {
    /// Which one.
    pub requisition: RequisitionId,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// When it was recorded.
    pub at: Timestamp,
}

/// What is asked of one supplier and not ordered yet, in the order in which it was recorded.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) requests: SharedMap<Position, Requisition>,
    /// When the first of it goes out, once somebody has defined the supplier.
    pub(super) goes_out: Option<Timestamp>,
}

/// A purchase order names an SKU on one line only: a receipt names the SKU, not the line, and must
/// count against the very units that were sent. A second request for the same SKU goes out on a
/// purchase order of its own.
pub(super) fn one_line_an_sku(ripe: Vec<&Requisition>) -> Vec<Vec<&Requisition>> {
    let mut taken: BTreeMap<&Sku, usize> = BTreeMap::new();
    let mut rounds: Vec<Vec<&Requisition>> = Vec::new();
    for request in ripe {
        let round = taken.entry(&request.sku).or_default();
        match rounds.get_mut(*round) {
            Some(requests) => requests.push(request),
            None => rounds.push(vec![request]),
        }
        *round = round.plus(1);
    }
    rounds
}
