//! An open order and its lines as they are told: with the names for the numbers under which the
//! room keeps them. Changes nothing.

use super::catalogue::Catalogue;
use super::open::{Extra, Offer, Open, OpenLine, OrderStatus};
use super::suspended::Suspension;
use crate::demand::{Picks, Tally};
use crate::event::{Promise, RefuseReason};
use crate::ids::{Currency, CustomerId, HoldId, LocationId, OrderId, Position, Timestamp};

/// An open order.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub(super) open: &'a Open,
    pub(super) names: &'a Catalogue,
    pub(super) suspension: Option<&'a Suspension>,
}

/// A demand line of an open order.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    order: Order<'a>,
    line: &'a OpenLine,
}

/// What was asked for.
impl<'a> Order<'a> {
    /// Its number.
    pub const fn id(self) -> &'a OrderId {
        &self.open.id
    }

    /// Why it does not go on for now, if it does not.
    pub const fn suspension(self) -> Option<&'a Suspension> {
        self.suspension
    }

    /// Who ordered.
    pub const fn customer(self) -> &'a CustomerId {
        &self.open.customer
    }

    /// Their standing when they ordered.
    pub fn tier(self) -> &'a str {
        self.names.tier(self.open.tier)
    }

    /// Where to write to them, if said.
    pub fn email(self) -> Option<&'a str> {
        self.open.email.as_deref()
    }

    /// What they had spent before, in minor units, if known.
    pub fn lifetime_value_minor(self) -> Option<i64> {
        self.extra()?.lifetime_value_minor
    }

    /// How the order came.
    pub fn channel(self) -> &'a str {
        self.names.channel(self.open.channel)
    }

    /// Where the goods go: the country.
    pub fn country(self) -> &'a str {
        self.names.country(self.open.country)
    }

    /// Where the goods go: the region within the cell's network.
    pub fn region(self) -> Option<&'a str> {
        self.names.region(self.open.region)
    }

    /// What all prices are in.
    pub const fn currency(self) -> Currency {
        self.open.currency
    }

    /// When it was placed.
    pub const fn placed_at(self) -> Timestamp {
        self.open.placed_at
    }

    /// When the customer wants it, if said.
    pub fn requested_at(self) -> Option<Timestamp> {
        self.extra()?.requested_at
    }

    /// Nothing leaves before all can.
    pub const fn ship_complete(self) -> bool {
        self.open.ship_complete
    }

    /// Of one that goes whole: if a line is refused, the others go on.
    pub fn rest_may_go(self) -> bool {
        self.extra().is_some_and(|extra| extra.rest_may_go)
    }

    /// How much it presses, 1 to 5, if said.
    pub fn urgency(self) -> Option<u8> {
        self.extra()?.urgency
    }

    /// By when the law wants it shipped, if known.
    pub fn ship_by(self) -> Option<Timestamp> {
        self.extra()?.ship_by
    }

    /// Nothing of it leaves from more than one place.
    pub fn no_split(self) -> bool {
        self.extra().is_some_and(|extra| extra.no_split)
    }

    /// Where the customer collects it, if they do.
    pub fn pick_up_at(self) -> Option<&'a LocationId> {
        self.extra()?.pick_up_at.as_ref()
    }

    /// What was held for them before they ordered, if anything was.
    pub fn hold(self) -> Option<&'a HoldId> {
        self.extra()?.hold.as_ref()
    }

    /// What of it is on the floor.
    pub fn picks(self) -> Option<&'a Picks> {
        self.extra().map(|extra| &extra.picks)
    }

    fn extra(self) -> Option<&'a Extra> {
        self.open.extra.as_deref()
    }
}

/// How it stands.
impl<'a> Order<'a> {
    /// Its demand lines, by line number.
    pub fn lines(self) -> impl ExactSizeIterator<Item = Line<'a>> + DoubleEndedIterator {
        let lines = self.open.lines.iter();
        lines.map(move |line| Line { order: self, line })
    }

    /// The line with this number.
    pub fn line(self, number: u32) -> Option<Line<'a>> {
        let index = self.open.index_of(number)?;
        let line = self.open.lines.get(index)?;
        Some(Line { order: self, line })
    }

    /// How it stands, from its lines.
    pub const fn status(self) -> OrderStatus {
        self.open.status
    }

    /// What all lines cost, in minor units; the door has seen to it that it can be counted.
    pub fn value_minor(self) -> i64 {
        self.open.value_minor()
    }

    /// Where it was placed.
    pub fn opened(self) -> Position {
        self.open.opened()
    }

    /// Where what happened to it stands on the log, in order: the last
    /// [`MAX_TIMELINE`](crate::event::MAX_TIMELINE) entries.
    pub fn timeline(self) -> impl Iterator<Item = Position> + use<'a> {
        self.open.timeline()
    }

    /// Where the last thing that happened to it stands.
    pub fn last_position(self) -> Position {
        self.open.last_position()
    }
}

impl<'a> Line<'a> {
    /// Its number in the order, from 1.
    pub const fn number(self) -> u32 {
        self.line.number
    }

    /// What.
    pub fn sku(self) -> &'a str {
        self.order.names.sku(self.line.sku)
    }

    /// What one unit costs, in minor units.
    pub const fn unit_price_minor(self) -> i64 {
        self.line.unit_price_minor
    }

    /// It takes all of its units at once or none.
    pub const fn complete_only(self) -> bool {
        self.line.complete_only
    }

    /// Where its units are.
    pub const fn tally(self) -> &'a Tally {
        &self.line.tally
    }

    /// The date told last, if one was.
    pub fn promise(self) -> Option<Promise> {
        self.line.promise(self.order.names)
    }

    /// Why units of it were refused at the door.
    pub const fn refused(self) -> Option<RefuseReason> {
        self.line.refused
    }

    /// What is offered instead, as long as units wait that it was offered for.
    pub fn offer(self) -> Option<&'a Offer> {
        self.order.open.offer(self.line.number)
    }
}

/// Told the same, under whatever numbers it is kept.
impl PartialEq for Order<'_> {
    fn eq(&self, other: &Self) -> bool {
        let names = |it: Self| (it.tier(), it.channel(), it.country(), it.region());
        self.open.says_the_same(other.open)
            && names(*self) == names(*other)
            && self.lines().eq(other.lines())
    }
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        let names = |it: Self| (it.sku(), it.promise());
        let rest = |it: Self| {
            let (number, price, complete) =
                (it.number(), it.unit_price_minor(), it.complete_only());
            (number, price, complete, *it.tally(), it.refused())
        };
        names(*self) == names(*other) && rest(*self) == rest(*other)
    }
}
