//! What the supplier gateway may be asked to do, and the decisions on it.

use serde::Serialize;

use super::purchase::check_who;
use super::{
    MAX_LEAD_TIME_DAYS, MAX_SPREAD_DAYS, MAX_SUPPLIER_ID_BYTES, MAX_SUPPLIERS, MAX_TEXT_BYTES,
    Message, SupplierGateway, SupplierGatewayRefusal as No,
};
use crate::command::{Command, Outcome, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Adapter, Event, PurchaseScheduled, Simulated, SupplierDefined};
use crate::ids::{Key, PurchaseOrderId, Timestamp};

/// Names a supplier, or says anew what is true of one. Purchase orders under way keep the adapter
/// and the dates that they were ordered with.
///
/// Refused when a bound or a rule on the definition does not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefineSupplier(pub SupplierDefined);

impl Command<SupplierGateway> for DefineSupplier {
    fn id(&self) -> Option<Key> {
        Some(self.0.definition.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.supplier.key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, _now: Timestamp) -> Decision<No> {
        check_definition(&self.0)?;
        let is_new = !gateway.suppliers.contains_key(&self.0.supplier);
        if is_new && gateway.suppliers.len() >= MAX_SUPPLIERS {
            return Err(No::TooManySuppliers {
                most: MAX_SUPPLIERS,
            });
        }
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        SupplierDefined::of(event).cloned().map(Self)
    }
}

/// Takes a supplier's word in, also one that says what another said before. The only way, for
/// every adapter.
///
/// Refused when the message cannot be true of the purchase order that it names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HearSupplier(pub Message);

impl Command<SupplierGateway> for HearSupplier {
    fn id(&self) -> Option<Key> {
        Some(self.0.id().key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.purchase_order().key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, _now: Timestamp) -> Decision<No> {
        if let Some(source) = self.0.source() {
            check_who(source)?;
        }
        if let Message::Scheduled(said) = &self.0 {
            // It may take back that nothing will come.
            let order = gateway.purchase_order(&said.purchase_order)?;
            order.check(&self.0.read_by(&gateway.renamed))?;
            return Ok(Decided::Record(order.scheduled(said).into()));
        }
        let order = gateway.open_order(self.0.purchase_order())?;
        order.check(&self.0.read_by(&gateway.renamed))?;
        Ok(Decided::Record(self.0.to_event()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        let Event::SupplierGateway(event) = event else {
            return None;
        };
        let said = Message::of(event)?;
        // What is worked out is no part of what was asked; and an end answers another command.
        match said {
            Message::Closed(_) => None,
            Message::Scheduled(said) => Some(Self(Message::Scheduled(as_asked(said)))),
            Message::Confirmed(_)
            | Message::Delayed(_)
            | Message::Rejected(_)
            | Message::Shipped(_)
            | Message::Delivered(_) => Some(Self(said)),
        }
    }
}

/// A schedule without what the room works out.
fn as_asked(mut said: PurchaseScheduled) -> PurchaseScheduled {
    for line in &mut said.lines {
        line.change = 0;
    }
    said
}

/// A simulated supplier says its next word about a purchase order, if it is time. What it says is
/// worked out where it is decided on, so that a count which came in between cannot make it untrue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimulateSupplier {
    /// About which.
    pub purchase_order: PurchaseOrderId,
}

impl Command<SupplierGateway> for SimulateSupplier {
    fn keys(&self) -> Vec<Key> {
        vec![self.purchase_order.key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, now: Timestamp) -> Decision<No> {
        match gateway.next_simulated(&self.purchase_order) {
            Some((at, message)) if at <= now => {
                Ok(match gateway.decide(&HearSupplier(message), now)? {
                    Outcome::Record(event) => Decided::Record(event),
                    Outcome::Nothing | Outcome::Before(_) => Decided::Nothing,
                })
            }
            Some(_) | None => Ok(Decided::Nothing),
        }
    }
}

/// The rules on a definition that need no state.
fn check_definition(request: &SupplierDefined) -> Result<(), No> {
    let bytes = request.supplier.as_str().len();
    if bytes > MAX_SUPPLIER_ID_BYTES {
        return Err(No::SupplierIdMalformed {
            bytes,
            most: MAX_SUPPLIER_ID_BYTES,
        });
    }
    if request.name.trim().is_empty() {
        return Err(No::NameMissing {});
    }
    if request.name.len() > MAX_TEXT_BYTES {
        return Err(No::NameMalformed {
            bytes: request.name.len(),
            most: MAX_TEXT_BYTES,
        });
    }
    if request.lead_time_days > MAX_LEAD_TIME_DAYS {
        let days = request.lead_time_days;
        return Err(No::LeadTimeOutOfRange {
            days,
            most: MAX_LEAD_TIME_DAYS,
        });
    }
    if let Some(hour) = request.cutoff_hour.filter(|hour| *hour > 23) {
        return Err(No::CutoffHourOutOfRange { hour });
    }
    match &request.adapter {
        Adapter::Simulated(simulated) => check_simulated(simulated),
        Adapter::ByHand => Ok(()),
    }
}

fn check_simulated(simulated: &Simulated) -> Result<(), No> {
    if simulated.spread_days > MAX_SPREAD_DAYS {
        let days = simulated.spread_days;
        return Err(No::SpreadOutOfRange {
            days,
            most: MAX_SPREAD_DAYS,
        });
    }
    let percents = [
        ("late_percent", simulated.late_percent),
        ("part_percent", simulated.part_percent),
        ("short_percent", simulated.short_percent),
        ("reject_percent", simulated.reject_percent),
    ];
    for (field, percent) in percents {
        if percent > 100 {
            return Err(No::PercentOutOfRange { field, percent });
        }
    }
    Ok(())
}
