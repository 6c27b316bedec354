//! What orders may be asked to do, and the decisions on it.

use crate::exact::Exact;
use serde::Serialize;

use super::bounds::{MAX_LINES, MAX_QUANTITY, MAX_REASON_CHARS, MAX_SUSPENDED};
use super::door;
use super::taken::Taken;
use super::tiers::TakenTiers;
use super::{Line, Order, Orders, OrdersRefusal};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{
    Event, HistoryRecorded, OrderCancelled, OrderPlaced, OrderResumed, OrderSuspended, ShipTo,
    SubstituteAccepted,
};
use crate::ids::{AcceptanceId, Country, Key, OrderId, Sku, Timestamp};

/// Takes an order in. What its lines get is the allocator's to say.
///
/// Refused when the order could not be kept, see the bounds of this room; when it is collected
/// where nobody has defined a location; or when it names an item that nobody has defined, a country
/// that does not exist, or a hold that is not open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceOrder {
    /// The order. Whether its customer was told of it elsewhere is said below.
    #[serde(flatten)]
    pub placed: OrderPlaced,
    /// How far back it may say that it was placed. No part of what it asks for: a repetition may
    /// come another way.
    #[serde(skip)]
    pub taken: Taken,
    /// Its customer was told of it elsewhere. No part of what it asks for either.
    #[serde(skip)]
    pub told_elsewhere: bool,
    /// What becomes of a tier that nobody has defined. No part of what it asks for either.
    #[serde(skip)]
    pub tiers: TakenTiers,
    /// Who sends letters can read its customer's address, or there is none. No part of what it asks
    /// for either: an order that was placed when others were read is known by its number.
    #[serde(skip)]
    pub can_be_written_to: bool,
}

impl PlaceOrder {
    /// An order that may say any time and any tier.
    pub const fn carried_over(placed: OrderPlaced) -> Self {
        Self {
            placed,
            taken: Taken::Elsewhere,
            told_elsewhere: false,
            tiers: TakenTiers::Any,
            can_be_written_to: true,
        }
    }
}

impl Command<Orders> for PlaceOrder {
    fn id(&self) -> Option<Key> {
        Some(self.placed.order.key())
    }

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, orders: &RoomState<Orders>, now: Timestamp) -> Decision<OrdersRefusal> {
        let zone = orders.zones.at(self.placed.pick_up_at.as_ref());
        door::check_placed(&self.placed, self.taken, (now, zone))?;
        if !self.can_be_written_to {
            return Err(OrdersRefusal::EmailMalformed {});
        }
        orders.check_names(&self.placed)?;
        let customer = orders.check_tier(&self.placed.customer, self.tiers)?;
        orders.check_hold(&self.placed, now)?;
        // Last: who only validates an order, and will define its items, asks all the rest.
        orders.check_items(&self.placed)?;
        let placed = OrderPlaced {
            customer,
            told_elsewhere: self.told_elsewhere,
            ..self.placed.clone()
        };
        Ok(Decided::Record(placed.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        let placed = OrderPlaced::of(event)?;
        let told_elsewhere = placed.told_elsewhere;
        let mut placed = OrderPlaced {
            told_elsewhere: false,
            ..placed.clone()
        };
        // As it was asked for, by the code that the door makes of a country's name.
        if let Some(said) = placed.customer.said_tier.take() {
            placed.customer.tier = said;
        }
        by_code(&mut placed.ship_to);
        Some(Self {
            told_elsewhere,
            ..Self::carried_over(placed)
        })
    }
}

/// A log may have a country as it was named before names were read, or `unknown`.
fn by_code(to: &mut ShipTo) {
    if to.country == "unknown" {
        "ZZ".clone_into(&mut to.country);
    }
    if let Ok(country) = Country::read(&to.country) {
        to.country = country.to_string();
    }
}

/// Takes in an order that was done elsewhere, as it ended there. It asks for nothing: whether its
/// items are known does not matter, for many are sold no more.
///
/// Refused when an order such as it could not be placed, items and places aside, or when more came
/// back than had left. Nobody is written to, so its address needs no more than the form of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordHistory(pub HistoryRecorded);

impl Command<Orders> for RecordHistory {
    fn id(&self) -> Option<Key> {
        Some(self.0.asked.order.key())
    }

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, orders: &RoomState<Orders>, now: Timestamp) -> Decision<OrdersRefusal> {
        let zone = orders.zones.at(self.0.asked.pick_up_at.as_ref());
        door::check_placed(&self.0.asked, Taken::Elsewhere, (now, zone))?;
        door::check_returned(&self.0)?;
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        let mut recorded = HistoryRecorded::of(event)?.clone();
        by_code(&mut recorded.asked.ship_to);
        Some(Self(recorded))
    }
}

/// Cancels units that have not left. More than is open is cancelled up to what is open.
///
/// Refused when the order or a line is not known, or has nothing left to cancel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CancelOrder(pub OrderCancelled);

impl Command<Orders> for CancelOrder {
    fn id(&self) -> Option<Key> {
        Some(self.0.cancellation.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.order.key()]
    }

    fn decide(&self, orders: &RoomState<Orders>, _now: Timestamp) -> Decision<OrdersRefusal> {
        door::check_cancelled(&self.0)?;
        let Some(order) = orders.order(&self.0.order) else {
            return Err(not_open(orders, &self.0.order));
        };
        door::check_cancellable(order, &self.0.lines)?;
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderCancelled::of(event).cloned().map(Self)
    }
}

/// Suspends an order: it keeps its place, is given no stock, and goes into no wave.
///
/// Refused when the order is not open or is suspended already, when units of it are being picked,
/// and over a bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuspendOrder(pub OrderSuspended);

impl Command<Orders> for SuspendOrder {
    fn id(&self) -> Option<Key> {
        Some(self.0.suspension.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.order.key(), Key::of("suspensions", "")]
    }

    fn decide(&self, orders: &RoomState<Orders>, _now: Timestamp) -> Decision<OrdersRefusal> {
        let Some(order) = orders.order(&self.0.order) else {
            return Err(not_open(orders, &self.0.order));
        };
        check_suspension(orders, &self.0, order)?;
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderSuspended::of(event).cloned().map(Self)
    }
}

/// Lets a suspended order go on.
///
/// Refused when the order is not open, or is not suspended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResumeOrder(pub OrderResumed);

impl Command<Orders> for ResumeOrder {
    fn id(&self) -> Option<Key> {
        Some(self.0.resumption.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.order.key(), Key::of("suspensions", "")]
    }

    fn decide(&self, orders: &RoomState<Orders>, _now: Timestamp) -> Decision<OrdersRefusal> {
        let order = &self.0.order;
        if orders.order(order).is_none() {
            return Err(not_open(orders, order));
        }
        if orders.suspension(order).is_none() {
            let order = order.clone();
            return Err(OrdersRefusal::NothingSuspended { order });
        }
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        OrderResumed::of(event).cloned().map(Self)
    }
}

/// Takes something else instead of what a line waits for, as it was offered. The room numbers the
/// line that asks for it.
///
/// Refused when nothing such is offered, or not so much of it, or when the order could not be kept
/// with another line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcceptSubstitute {
    /// This request.
    pub acceptance: AcceptanceId,
    /// Of which order.
    pub order: OrderId,
    /// The line that was offered something else.
    pub line: u32,
    /// What is taken instead.
    pub sku: Sku,
    /// Whole units, of both.
    pub quantity: u32,
    /// What one unit of the other SKU costs, in minor units of the order's currency.
    pub unit_price_minor: i64,
}

impl Command<Orders> for AcceptSubstitute {
    fn id(&self) -> Option<Key> {
        Some(self.acceptance.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    fn decide(&self, orders: &RoomState<Orders>, now: Timestamp) -> Decision<OrdersRefusal> {
        let Some(order) = orders.order(&self.order) else {
            return Err(not_open(orders, &self.order));
        };
        let new_line = check_acceptance(self, order, orders.renamed.now(&self.sku), now)?;
        let accepted = SubstituteAccepted {
            acceptance: self.acceptance.clone(),
            order: self.order.clone(),
            line: self.line,
            sku: self.sku.clone(),
            quantity: self.quantity,
            unit_price_minor: self.unit_price_minor,
            new_line,
        };
        Ok(Decided::Record(accepted.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        SubstituteAccepted::of(event).map(|accepted| Self {
            acceptance: accepted.acceptance.clone(),
            order: accepted.order.clone(),
            line: accepted.line,
            sku: accepted.sku.clone(),
            quantity: accepted.quantity,
            unit_price_minor: accepted.unit_price_minor,
        })
    }
}

/// Whether an order may be suspended: something of it is open, nothing of it is being picked.
fn check_suspension(
    orders: &Orders,
    asked: &OrderSuspended,
    it: Order<'_>,
) -> Result<(), OrdersRefusal> {
    let (order, reason) = (asked.order.clone(), &asked.reason);
    let long = reason.chars().count() > MAX_REASON_CHARS;
    if reason.trim().is_empty() || long || reason.chars().any(char::is_control) {
        return Err(OrdersRefusal::SuspensionReasonMalformed {});
    }
    if orders.suspension(&order).is_some() {
        return Err(OrdersRefusal::NothingMoreToSuspend { order });
    }
    if orders.suspended() >= MAX_SUSPENDED {
        return Err(OrdersRefusal::TooManySuspended {});
    }
    if it.lines().all(|line| line.tally().wanted() == 0) {
        return Err(OrdersRefusal::NothingToSuspend { order });
    }
    let mut picks = it.picks().into_iter().flatten().peekable();
    if let Some(first) = picks.peek() {
        let wave = first.wave.clone();
        let picked = picks.fold(0, |sum: u32, pick| sum.plus(pick.units));
        return Err(OrdersRefusal::OrderInWave {
            order,
            picked,
            wave,
        });
    }
    Ok(())
}

pub(super) fn not_open(orders: &RoomState<Orders>, order: &OrderId) -> OrdersRefusal {
    let order = order.clone();
    match orders.find_closed(&order) {
        Some(at) => OrdersRefusal::OrderClosed {
            order,
            revision: at.revision.0,
        },
        None => OrdersRefusal::UnknownOrder { order },
    }
}

/// Whether it may be accepted: this SKU, as its item is called now. Returns the number of the new
/// line.
fn check_acceptance(
    asked: &AcceptSubstitute,
    order: Order<'_>,
    sku: &Sku,
    now: Timestamp,
) -> Result<u32, OrdersRefusal> {
    check_offered(asked, order, sku, now)?;
    let (line, quantity) = (asked.line, asked.quantity);
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(OrdersRefusal::QuantityOutOfRange { line, quantity });
    }
    let unit_price_minor = asked.unit_price_minor;
    if unit_price_minor < 0 {
        return Err(OrdersRefusal::PriceOutOfRange {
            line,
            unit_price_minor,
        });
    }
    let value = unit_price_minor.checked_mul(i64::from(quantity));
    if value
        .and_then(|value| order.value_minor().checked_add(value))
        .is_none()
    {
        return Err(OrdersRefusal::ValueOutOfRange {});
    }
    let lines = order.lines().len().plus(1);
    if lines > MAX_LINES {
        return Err(OrdersRefusal::TooManyLines { lines });
    }
    let last = order.lines().next_back().map_or(0, Line::number);
    last.checked_add(1)
        .ok_or_else(|| OrdersRefusal::LineNumbersUsed {
            order: asked.order.clone(),
        })
}

fn check_offered(
    asked: &AcceptSubstitute,
    order: Order<'_>,
    sku: &Sku,
    now: Timestamp,
) -> Result<(), OrdersRefusal> {
    let (id, line) = (asked.order.clone(), asked.line);
    let Some(known) = order.line(line) else {
        return Err(OrdersRefusal::UnknownLine { order: id, line });
    };
    let Some(offer) = known.offer() else {
        return Err(OrdersRefusal::NothingOffered { order: id, line });
    };
    if offer.until <= now {
        let until = offer.until;
        return Err(OrdersRefusal::OfferLapsed {
            order: id,
            line,
            until,
        });
    }
    if !offer.alternatives.contains(sku) {
        let sku = sku.clone();
        return Err(OrdersRefusal::WrongAlternative { line, sku });
    }
    let (quantity, offered) = (asked.quantity, known.tally().backordered());
    if quantity > offered {
        return Err(OrdersRefusal::MoreThanOffered {
            line,
            quantity,
            offered,
        });
    }
    Ok(())
}
