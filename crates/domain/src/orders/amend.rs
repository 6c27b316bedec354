//! Putting right what an open order says. Looks at the request and at one order; what its lines
//! get by it is the allocator's to say.

use serde::Serialize;

use super::bounds::{MAX_REASON_CHARS, MAX_WHOSE_CHARS};
use super::catalogue::Catalogue;
use super::commands::not_open;
use super::open::Open;
use super::order::{Line, Order};
use super::{Orders, OrdersRefusal, door};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{AmendedField, Event, OrderAmended, OrderField};
use crate::exact::Exact;
use crate::ids::{AmendmentId, Key, OrderId, Revision, Timestamp};

/// Puts right what an open order says, field by field: its place on the log stays, its rank is the
/// one that it would have if it had said so from the first.
///
/// Refused as an order is that says the same; when nothing is named, or a field twice; without a
/// reason or a name; and when goods that are being picked would go elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AmendOrder {
    /// This request.
    pub amendment: AmendmentId,
    /// Which order.
    pub order: OrderId,
    /// What it is to say, each field once.
    pub fields: Vec<OrderField>,
    /// Why.
    pub reason: String,
    /// Who asks for it.
    pub by: String,
    /// Who sends letters can read its address, or there is none. No part of what it asks for.
    #[serde(skip)]
    pub can_be_written_to: bool,
}

impl Command<Orders> for AmendOrder {
    fn id(&self) -> Option<Key> {
        Some(self.amendment.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    fn decide(&self, orders: &RoomState<Orders>, _now: Timestamp) -> Decision<OrdersRefusal> {
        self.check_words()?;
        let Some(order) = orders.order(&self.order) else {
            return Err(not_open(orders, &self.order));
        };
        let mut fields = Vec::with_capacity(self.fields.len());
        for (index, to) in self.fields.iter().enumerate() {
            let mut before = self.fields.iter().take(index);
            if before.any(|field| field.is_same_field(to)) {
                let field = to.name().to_owned();
                return Err(OrdersRefusal::RepeatedField { field });
            }
            let from = says(order, to)?;
            let to = to.clone();
            fields.push(AmendedField { from, to });
        }
        self.check_fields(orders, order, &fields)?;
        Ok(Decided::Record(Event::from(OrderAmended {
            amendment: self.amendment.clone(),
            order: self.order.clone(),
            currency: order.currency(),
            fields,
            reason: self.reason.clone(),
            by: self.by.clone(),
        })))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderAmended::of(event).map(|amended| Self {
            amendment: amended.amendment.clone(),
            order: amended.order.clone(),
            fields: amended.fields.iter().map(|it| it.to.clone()).collect(),
            reason: amended.reason.clone(),
            by: amended.by.clone(),
            can_be_written_to: true,
        })
    }
}

impl AmendOrder {
    fn check_words(&self) -> Result<(), OrdersRefusal> {
        if !door::is_name(&self.reason, MAX_REASON_CHARS) {
            return Err(OrdersRefusal::AmendmentReasonMalformed {});
        }
        if !door::is_name(&self.by, MAX_WHOSE_CHARS) {
            return Err(OrdersRefusal::ByMalformed {});
        }
        if self.fields.is_empty() {
            return Err(OrdersRefusal::FieldsMissing {});
        }
        if !self.can_be_written_to {
            return Err(OrdersRefusal::EmailMalformed {});
        }
        Ok(())
    }

    fn check_fields(
        &self,
        orders: &Orders,
        order: Order<'_>,
        fields: &[AmendedField],
    ) -> Result<(), OrdersRefusal> {
        let zone = orders.zones.at(order.pick_up_at());
        let placed = (order.placed_at(), zone);
        let mut value = order.value_minor();
        for field in fields {
            match &field.to {
                OrderField::Email(email) => door::check_email(email.as_deref())?,
                OrderField::Tier(tier) => {
                    orders.check_defined(tier)?;
                    orders.names.check_tier(tier)?;
                }
                OrderField::Country(country) => door::check_country(country)?,
                OrderField::Region(region) => {
                    door::check_region(region.as_deref())?;
                    orders.names.check_region(region.as_ref())?;
                }
                OrderField::RequestedAt(at) => door::check_wanted(placed, *at, None)?,
                OrderField::ShipBy(at) => door::check_wanted(placed, None, *at)?,
                OrderField::Urgency(urgency) => door::check_urgency(*urgency)?,
                OrderField::RestMayGo(rest) => {
                    if *rest && !order.ship_complete() {
                        return Err(OrdersRefusal::RestMayGoConflict {});
                    }
                }
                OrderField::UnitPrice { line, minor } => {
                    value = revalued(order, *line, *minor, value)?;
                }
            }
        }
        self.check_picked(order, fields)
    }

    /// What pickers are sent for goes where the order said when they were.
    fn check_picked(&self, order: Order<'_>, fields: &[AmendedField]) -> Result<(), OrdersRefusal> {
        let goes_elsewhere = |field: &&AmendedField| match &field.to {
            OrderField::Country(_) | OrderField::Region(_) => field.is_new(),
            OrderField::Email(_)
            | OrderField::Tier(_)
            | OrderField::RequestedAt(_)
            | OrderField::Urgency(_)
            | OrderField::ShipBy(_)
            | OrderField::RestMayGo(_)
            | OrderField::UnitPrice { .. } => false,
        };
        let elsewhere = fields.iter().find(goes_elsewhere);
        let mut picks = order.picks().into_iter().flatten();
        if let (Some(field), Some(first)) = (elsewhere, picks.next()) {
            let picked = picks.fold(first.units, |sum: u32, pick| sum.plus(pick.units));
            return Err(OrdersRefusal::AmendmentInWave {
                order: self.order.clone(),
                picked,
                wave: first.wave.clone(),
                field: field.to.name().to_owned(),
            });
        }
        Ok(())
    }
}

/// What an order costs when a unit of a line costs so much.
fn revalued(order: Order<'_>, number: u32, minor: i64, value: i64) -> Result<i64, OrdersRefusal> {
    if minor < 0 {
        return Err(OrdersRefusal::PriceOutOfRange {
            line: number,
            unit_price_minor: minor,
        });
    }
    let line = order.line(number);
    let units = line.map_or(0, |line| i64::from(line.tally().quantity));
    // A part of what the order costs, which the door has seen to that it can be counted.
    let was = line.map_or(0, Line::unit_price_minor).times(units);
    let is = minor.checked_mul(units);
    is.and_then(|is| value.minus(was).checked_add(is))
        .ok_or(OrdersRefusal::ValueOutOfRange {})
}

/// What an order says now in the field that the other is of.
fn says(order: Order<'_>, field: &OrderField) -> Result<OrderField, OrdersRefusal> {
    Ok(match field {
        OrderField::Email(_) => OrderField::Email(order.email().map(str::to_owned)),
        OrderField::Tier(_) => OrderField::Tier(order.tier().into()),
        OrderField::Country(_) => OrderField::Country(order.country().to_owned()),
        OrderField::Region(_) => OrderField::Region(order.region().map(str::to_owned)),
        OrderField::RequestedAt(_) => OrderField::RequestedAt(order.requested_at()),
        OrderField::Urgency(_) => OrderField::Urgency(order.urgency()),
        OrderField::ShipBy(_) => OrderField::ShipBy(order.ship_by()),
        OrderField::RestMayGo(_) => OrderField::RestMayGo(order.rest_may_go()),
        OrderField::UnitPrice { line, .. } => {
            let known = order
                .line(*line)
                .ok_or_else(|| OrdersRefusal::UnknownLine {
                    order: order.id().clone(),
                    line: *line,
                })?;
            OrderField::UnitPrice {
                line: *line,
                minor: known.unit_price_minor(),
            }
        }
    })
}

impl Open {
    /// It says something else from now on.
    pub fn amend(&mut self, amended: &OrderAmended, names: &mut Catalogue, at: Revision) {
        for field in amended.news() {
            self.say(&field.to, names, at);
        }
    }

    fn say(&mut self, field: &OrderField, names: &mut Catalogue, at: Revision) {
        match field {
            OrderField::Email(email) => self.email = email.as_deref().map(Box::from),
            OrderField::Tier(tier) => {
                let was = std::mem::replace(&mut self.tier, names.refer_tier(tier, at));
                names.forget_tier(was);
            }
            OrderField::Country(country) => {
                let is = names.refer_country(country, at);
                names.forget_country(std::mem::replace(&mut self.country, is));
            }
            OrderField::Region(region) => {
                let is = names.refer_region(region.as_ref(), at);
                names.forget_region(std::mem::replace(&mut self.region, is));
            }
            OrderField::RequestedAt(at) => self.extra(|extra| extra.requested_at = *at),
            OrderField::Urgency(urgency) => self.extra(|extra| extra.urgency = *urgency),
            OrderField::ShipBy(at) => self.extra(|extra| extra.ship_by = *at),
            OrderField::RestMayGo(rest) => self.extra(|extra| extra.rest_may_go = *rest),
            OrderField::UnitPrice { line, minor } => {
                let index = self.index_of(*line);
                if let Some(line) = index.and_then(|index| self.lines.get_mut(index)) {
                    line.unit_price_minor = *minor;
                }
            }
        }
    }
}
