//! What each event does to demand lines. It stands here once, for every reader that counts lines:
//! the rooms, the audit and the what-if. An event that is added says here what it does to lines,
//! or that it does nothing.
//!
//! What a change does to a line's units is [`Tally::apply`](super::Tally::apply); from where it
//! takes reserved stock is [`Reservations::apply`](super::Reservations::apply).

use std::slice::Iter;

use crate::event::{
    AllocatorEvent, Assigned, Backordered, Effect, Event, FloorLine, InventoryEvent, LineQuantity,
    NotifierEvent, Offered, OrderPlaced, OrdersEvent, Promised, Refused, Released, ReturnedLine,
    ShippedLine, ShortLine, StockLine, SubstituteAccepted, SupplierGatewayEvent, WaveReleased,
};
use crate::exact::impossible;
use crate::ids::{LocationId, OrderId, Sku, WaveId};

/// What an event does to one line of an order, or to all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineChange<'a> {
    /// The order.
    pub order: &'a OrderId,
    /// Its lines that change.
    pub lines: Lines,
    /// What happens to each of them.
    pub change: Change<'a>,
}

/// Lines of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// All lines that the order has now.
    All,
    /// The line with this number.
    One(u32),
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'a> {
    /// The order is placed: its lines open, undecided.
    Place(&'a OrderPlaced),
    /// One more line opens, undecided, for what is taken instead of another. It opens if its
    /// number [is the next one](is_next).
    Open(&'a SubstituteAccepted),
    /// The customer gives up units, at most those that are open.
    Cancel {
        /// Whole units.
        units: u32,
    },
    /// The customer gives up units for as many of something else.
    Exchange {
        /// Whole units.
        units: u32,
    },
    /// Stock is reserved.
    Assign(&'a Assigned),
    /// Reserved stock is taken back.
    Release(&'a Released),
    /// Units wait.
    Wait(&'a Backordered),
    /// Units wait, and something else is offered meanwhile.
    Offer(&'a Offered),
    /// Units are refused.
    Refuse(&'a Refused),
    /// The customer is promised a date. No unit moves.
    Promise(&'a Promised),
    /// Reserved stock goes into a released wave.
    Freeze {
        /// Where.
        location: &'a LocationId,
        /// Which wave.
        wave: &'a WaveId,
        /// What, as the floor says.
        sku: &'a Sku,
        /// Whole units.
        units: u32,
    },
    /// Units come back from the floor: they stay reserved, in no wave.
    Recall {
        /// Where.
        location: &'a LocationId,
        /// From which wave.
        wave: &'a WaveId,
        /// Whole units.
        units: u32,
    },
    /// Units that were to be picked are not there: they are not reserved any more.
    Miss {
        /// Where.
        location: &'a LocationId,
        /// What, as the floor says.
        sku: &'a Sku,
        /// Whole units.
        units: u32,
    },
    /// Reserved units are carried to another place, and stay reserved.
    Move {
        /// From where.
        from: &'a LocationId,
        /// To where.
        to: &'a LocationId,
        /// What, as the floor says.
        sku: &'a Sku,
        /// Whole units.
        units: u32,
    },
    /// Units leave.
    Ship {
        /// From where.
        location: &'a LocationId,
        /// What, as the floor says.
        sku: &'a Sku,
        /// Whole units.
        units: u32,
    },
    /// Units that had left come back. The line is served all the same.
    Return {
        /// What, as the floor says.
        sku: &'a Sku,
        /// Whole units.
        units: u32,
    },
    /// The order closes. What is still reserved is freed; whatever comes after is void.
    Close,
}

impl<'a> Change<'a> {
    /// The place at which stock is reserved, taken back, frozen or shipped, or from which it is
    /// carried away.
    pub const fn location(&self) -> Option<&'a LocationId> {
        match self {
            Self::Assign(it) => Some(&it.location),
            Self::Release(it) => Some(&it.location),
            Self::Freeze { location, .. }
            | Self::Recall { location, .. }
            | Self::Miss { location, .. }
            | Self::Ship { location, .. }
            | Self::Move { from: location, .. } => Some(location),
            Self::Place(_)
            | Self::Open(_)
            | Self::Cancel { .. }
            | Self::Exchange { .. }
            | Self::Wait(_)
            | Self::Offer(_)
            | Self::Refuse(_)
            | Self::Promise(_)
            | Self::Return { .. }
            | Self::Close => None,
        }
    }

    /// The place to which reserved stock is carried.
    pub const fn carried_to(&self) -> Option<&'a LocationId> {
        if let Self::Move { to, .. } = self {
            Some(to)
        } else {
            None
        }
    }

    /// Whether it may change where stock is reserved.
    pub const fn moves_stock(&self) -> bool {
        self.location().is_some() || matches!(self, Self::Close)
    }

    /// The SKU of which it moves or promises units, where it says so.
    pub const fn sku(&self) -> Option<&'a Sku> {
        match self {
            Self::Assign(it) => Some(&it.sku),
            Self::Release(it) => Some(&it.sku),
            Self::Wait(it) => Some(&it.sku),
            Self::Offer(it) => Some(&it.sku),
            Self::Refuse(it) => Some(&it.sku),
            Self::Promise(it) => Some(&it.sku),
            Self::Open(it) => Some(&it.sku),
            Self::Freeze { sku, .. }
            | Self::Miss { sku, .. }
            | Self::Move { sku, .. }
            | Self::Ship { sku, .. }
            | Self::Return { sku, .. } => Some(sku),
            Self::Place(_)
            | Self::Cancel { .. }
            | Self::Exchange { .. }
            | Self::Recall { .. }
            | Self::Close => None,
        }
    }

    /// The acceptance whose new line it opens, if it opens one in an order that is there.
    pub const fn opens(&self) -> Option<&'a SubstituteAccepted> {
        match self {
            Self::Open(accepted) => Some(accepted),
            Self::Place(_)
            | Self::Cancel { .. }
            | Self::Exchange { .. }
            | Self::Assign(_)
            | Self::Release(_)
            | Self::Wait(_)
            | Self::Offer(_)
            | Self::Refuse(_)
            | Self::Promise(_)
            | Self::Freeze { .. }
            | Self::Recall { .. }
            | Self::Miss { .. }
            | Self::Move { .. }
            | Self::Ship { .. }
            | Self::Return { .. }
            | Self::Close => None,
        }
    }
}

impl LineChange<'_> {
    /// Looks whether it can be said of the line of this SKU, which the order has under the number
    /// that it names: who says something of a line has folded it. Stops the reader otherwise.
    pub fn look_at_line(&self, line: Option<&str>) {
        let Lines::One(number) = self.lines else {
            return;
        };
        let order = self.order;
        let Some(ordered) = line else {
            impossible(format_args!(
                "something is said of line {number} of {order}"
            ));
        };
        if let Some(sku) = self.change.sku().filter(|sku| sku.as_str() != ordered) {
            impossible(format_args!(
                "{sku} is named as line {number} of {order}, which asks for {ordered}"
            ));
        }
    }

    /// Looks whether it can be said of an order that is not open. What other rooms say may have
    /// crossed its closing and is void; orders itself says nothing of one. Stops the reader
    /// otherwise.
    pub fn look_at_closed(&self) {
        match self.change {
            Change::Cancel { .. } | Change::Exchange { .. } | Change::Open(_) | Change::Close => {
                impossible(format_args!(
                    "orders says something of {}, not open",
                    self.order
                ));
            }
            Change::Place(_)
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Offer(_)
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. } => {}
        }
    }
}

/// Whether a line with this number opens in an order that has lines with those numbers: numbers
/// only grow.
pub fn is_next(number: u32, others: impl IntoIterator<Item = u32>) -> bool {
    others.into_iter().all(|other| other < number)
}

/// What an event does to lines, in its order. Made by `line_changes` of an event.
#[derive(Debug, Clone)]
pub struct LineChanges<'a>(Rest<'a>);

/// What is still to come.
#[derive(Debug, Clone)]
enum Rest<'a> {
    Nothing,
    One(LineChange<'a>),
    Two(LineChange<'a>, LineChange<'a>),
    Cancelled(&'a OrderId, Iter<'a, LineQuantity>),
    Effects(Iter<'a, Effect>),
    Frozen(&'a WaveReleased, Iter<'a, StockLine>),
    Recalled(Iter<'a, FloorLine>),
    Missed(&'a OrderId, &'a LocationId, Iter<'a, ShortLine>),
    Moved(&'a LocationId, &'a LocationId, Iter<'a, StockLine>),
    Shipped(&'a OrderId, &'a LocationId, Iter<'a, ShippedLine>),
    Returned(&'a OrderId, Iter<'a, ReturnedLine>),
}

impl<'a> LineChanges<'a> {
    const NOTHING: Self = Self(Rest::Nothing);

    /// Of the effects of a decision.
    pub fn of_effects(effects: &'a [Effect]) -> Self {
        Self(Rest::Effects(effects.iter()))
    }
}

impl<'a> Iterator for LineChanges<'a> {
    type Item = LineChange<'a>;

    #[inline]
    fn next(&mut self) -> Option<LineChange<'a>> {
        match &mut self.0 {
            Rest::Nothing => None,
            Rest::One(one) => {
                let one = *one;
                self.0 = Rest::Nothing;
                Some(one)
            }
            Rest::Two(one, other) => {
                let (one, other) = (*one, *other);
                self.0 = Rest::One(other);
                Some(one)
            }
            Rest::Cancelled(order, lines) => lines.next().map(|line| LineChange {
                order,
                lines: Lines::One(line.line),
                change: Change::Cancel {
                    units: line.quantity,
                },
            }),
            Rest::Effects(effects) => effects.next().map(LineChange::of),
            Rest::Frozen(..)
            | Rest::Recalled(_)
            | Rest::Missed(..)
            | Rest::Moved(..)
            | Rest::Shipped(..)
            | Rest::Returned(..) => self.0.goods(),
        }
    }
}

impl<'a> Rest<'a> {
    /// What happens to goods that are in stock, or were.
    fn goods(&mut self) -> Option<LineChange<'a>> {
        match self {
            Self::Frozen(released, lines) => lines.next().map(|it| {
                let change = Change::Freeze {
                    location: &released.location,
                    wave: &released.wave,
                    sku: &it.sku,
                    units: it.quantity,
                };
                LineChange::one(&it.order, it.line, change)
            }),
            Self::Recalled(lines) => lines.next().map(|it| {
                let change = Change::Recall {
                    location: &it.location,
                    wave: &it.wave,
                    units: it.quantity,
                };
                LineChange::one(&it.order, it.line, change)
            }),
            Self::Missed(order, location, lines) => lines.next().map(|it| {
                let (sku, units) = (&it.sku, it.missing);
                let change = Change::Miss {
                    location,
                    sku,
                    units,
                };
                LineChange::one(order, it.line, change)
            }),
            Self::Moved(from, to, lines) => lines.next().map(|it| {
                let (sku, units) = (&it.sku, it.quantity);
                let change = Change::Move {
                    from,
                    to,
                    sku,
                    units,
                };
                LineChange::one(&it.order, it.line, change)
            }),
            Self::Shipped(order, location, lines) => lines.next().map(|it| {
                let (sku, units) = (&it.sku, it.quantity);
                let change = Change::Ship {
                    location,
                    sku,
                    units,
                };
                LineChange::one(order, it.line, change)
            }),
            Self::Returned(order, lines) => lines.next().map(|it| {
                let (sku, units) = (&it.sku, it.quantity);
                LineChange::one(order, it.line, Change::Return { sku, units })
            }),
            Self::Nothing
            | Self::One(_)
            | Self::Two(..)
            | Self::Cancelled(..)
            | Self::Effects(_) => None,
        }
    }
}

impl<'a> LineChange<'a> {
    /// Of one effect of a decision.
    #[inline]
    fn of(effect: &'a Effect) -> Self {
        let (order, line, change) = match effect {
            Effect::Assigned(it) => (&it.order, it.line, Change::Assign(it)),
            Effect::Released(it) => (&it.order, it.line, Change::Release(it)),
            Effect::Backordered(it) => (&it.order, it.line, Change::Wait(it)),
            Effect::Offered(it) => (&it.order, it.line, Change::Offer(it)),
            Effect::Refused(it) => (&it.order, it.line, Change::Refuse(it)),
            Effect::Promised(it) => (&it.order, it.line, Change::Promise(it)),
        };
        Self {
            order,
            lines: Lines::One(line),
            change,
        }
    }

    const fn all(order: &'a OrderId, change: Change<'a>) -> Self {
        Self {
            order,
            lines: Lines::All,
            change,
        }
    }

    const fn one(order: &'a OrderId, line: u32, change: Change<'a>) -> Self {
        Self {
            order,
            lines: Lines::One(line),
            change,
        }
    }
}

impl Event {
    /// What it does to demand lines.
    pub fn line_changes(&self) -> LineChanges<'_> {
        match self {
            Self::Orders(event) => event.line_changes(),
            Self::Inventory(event) => event.line_changes(),
            Self::Allocator(event) => event.line_changes(),
            Self::SupplierGateway(event) => event.line_changes(),
            Self::Notifier(event) => event.line_changes(),
        }
    }
}

impl OrdersEvent {
    /// What it does to demand lines.
    pub fn line_changes(&self) -> LineChanges<'_> {
        LineChanges(match self {
            Self::OrderPlaced(it) => Rest::One(LineChange::all(&it.order, Change::Place(it))),
            // A cancellation that names no line is of all of them.
            Self::OrderCancelled(it) if it.lines.is_empty() => {
                let units = u32::MAX;
                Rest::One(LineChange::all(&it.order, Change::Cancel { units }))
            }
            Self::OrderCancelled(it) => Rest::Cancelled(&it.order, it.lines.iter()),
            Self::SubstituteAccepted(it) => {
                let units = it.quantity;
                Rest::Two(
                    LineChange::one(&it.order, it.line, Change::Exchange { units }),
                    LineChange::one(&it.order, it.new_line, Change::Open(it)),
                )
            }
            // It has and wants as much as before; what it gives back is the allocator's to say.
            Self::OrderSuspended(_) | Self::OrderResumed(_) | Self::OrderAmended(_) => {
                Rest::Nothing
            }
            Self::OrderClosed(it) => Rest::One(LineChange::all(&it.order, Change::Close)),
            // What was done elsewhere never was demand here.
            Self::HistoryRecorded(_) => Rest::Nothing,
        })
    }
}

impl InventoryEvent {
    /// What it does to demand lines.
    pub fn line_changes(&self) -> LineChanges<'_> {
        LineChanges(match self {
            Self::WaveReleased(it) => Rest::Frozen(it, it.lines.iter()),
            Self::WaveRecalled(it) => Rest::Recalled(it.lines.iter()),
            Self::ShortPicked(it) => Rest::Missed(&it.order, &it.location, it.lines.iter()),
            Self::Moved(it) => Rest::Moved(&it.from, it.next_place(), it.owners.iter()),
            Self::MoveArrived(it) => Rest::Moved(&it.via, &it.location, it.owners.iter()),
            Self::Shipped(it) => Rest::Shipped(&it.order, &it.location, it.lines.iter()),
            Self::Returned(it) => Rest::Returned(&it.order, it.lines.iter()),
            // What there is of an item changes nothing in who has it: the allocator says that.
            Self::Received(_) | Self::Adjusted(_) | Self::Counted(_) => Rest::Nothing,
            Self::ItemDefined(_)
            | Self::ItemRenamed(_)
            | Self::LocationDefined(_)
            | Self::TimeZoneSet(_)
            | Self::ReplenishmentRequested(_) => Rest::Nothing,
        })
    }
}

impl AllocatorEvent {
    /// What it does to demand lines.
    pub fn line_changes(&self) -> LineChanges<'_> {
        match self {
            Self::Settled(it) => LineChanges::of_effects(&it.effects),
            Self::Rebalanced(it) => LineChanges::of_effects(&it.effects),
            Self::WaitsEnded(it) => LineChanges::of_effects(&it.effects),
            Self::StockAssigned(it) => LineChanges::of_effects(&it.effects),
            // Units on hold are no line's until it is assigned them.
            Self::StockHeld(_) | Self::HoldEnded(_) => LineChanges::NOTHING,
            // Who ranks where changes; who has what does not.
            Self::RankingRuleSet(_) | Self::PromisesDue(_) | Self::Prioritised(_) => {
                LineChanges::NOTHING
            }
        }
    }
}

impl SupplierGatewayEvent {
    /// What it does to demand lines: nothing, until goods are counted and assigned.
    pub const fn line_changes(&self) -> LineChanges<'_> {
        match self {
            Self::SupplierDefined(_)
            | Self::SupplierItemDefined(_)
            | Self::PurchaseOrdered(_)
            | Self::PurchaseConfirmed(_)
            | Self::PurchaseDelayed(_)
            | Self::PurchaseScheduled(_)
            | Self::PurchaseRejected(_)
            | Self::PurchaseClosed(_)
            | Self::PurchaseShipped(_)
            | Self::PurchaseDelivered(_) => LineChanges::NOTHING,
        }
    }
}

impl NotifierEvent {
    /// What it does to demand lines: nothing.
    pub const fn line_changes(&self) -> LineChanges<'_> {
        match self {
            Self::Notified(_) | Self::NotificationFailed(_) => LineChanges::NOTHING,
        }
    }
}

#[cfg(test)]
mod tests;
