//! An open order and its lines as the room keeps them: small, with numbers for the names that
//! orders share. Must not know other orders.
//!
//! Counts with the demand line's own arithmetic.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::catalogue::Catalogue;
use crate::demand::{self, Change, LineChange, Lines, Picks, Tally};
use crate::event::{
    ClosedLine, MAX_TIMELINE, OrderClosed, OrderPlaced, Promise, RefuseReason, SubstituteAccepted,
};
use crate::exact::Exact;
use crate::ids::{
    Currency, CustomerId, HoldId, LocationId, OrderId, Position, Revision, Sku, Timestamp,
};

/// An open order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Open {
    pub id: OrderId,
    pub customer: CustomerId,
    /// Where to write to them, if said.
    pub email: Option<Box<str>>,
    /// By line number.
    pub lines: Box<[OpenLine]>,
    /// Where it was placed.
    opened: Entry,
    /// What happened to it since, the last [`MAX_TIMELINE`] entries. Most have one or two.
    since: SmallVec<[Entry; 2]>,
    pub placed_at: Timestamp,
    pub extra: Option<Box<Extra>>,
    pub country: u32,
    pub tier: u16,
    pub channel: u16,
    pub region: Option<NonZeroU16>,
    pub currency: Currency,
    pub status: OrderStatus,
    pub ship_complete: bool,
}

/// What few orders say.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Extra {
    pub requested_at: Option<Timestamp>,
    pub lifetime_value_minor: Option<i64>,
    pub urgency: Option<u8>,
    pub ship_by: Option<Timestamp>,
    pub no_split: bool,
    pub rest_may_go: bool,
    pub pick_up_at: Option<LocationId>,
    pub hold: Option<HoldId>,
    /// What is offered instead of units that wait, by line number, in the order in which it was.
    pub offers: Vec<(u32, Offer)>,
    /// What of it is on the floor.
    pub picks: Picks,
}

/// Where on the log a thing happened to an order, and whether it may have added a line or put
/// right what the order says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Entry(u64);

impl Entry {
    fn new(position: Position, substituted: bool) -> Self {
        Self(position.packed().wrapping_shl(1) | u64::from(substituted))
    }

    fn position(self) -> Position {
        Position::unpacked(self.0.wrapping_shr(1))
    }

    const fn substituted(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A demand line of an open order, 56 bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct OpenLine {
    /// Its number in the order, from 1.
    pub number: u32,
    pub sku: u32,
    pub unit_price_minor: i64,
    pub tally: Tally,
    /// The date told last.
    promised_at: Timestamp,
    /// That of the inbound on which it rests.
    purchase_order: u32,
    basis: Basis,
    /// Why units of it were refused at the door.
    pub refused: Option<RefuseReason>,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
}

/// What the date that a line was told rests on, as [`Promise`] says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Basis {
    /// None was told.
    Untold,
    Inbound,
    Estimate,
    Unknown,
}

/// What a customer may have instead of the units of a line that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Other SKUs, the best first.
    pub alternatives: Vec<Sku>,
    /// Until when.
    pub until: Timestamp,
}

/// Where an open order stands as a whole, worked out from its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderStatus {
    /// The allocator has not decided on some of its units.
    Pending,
    /// Nothing has left, nothing is reserved; all that is open waits for stock.
    Backordered,
    /// Some units wait for stock, others are reserved or have left.
    PartlyBackordered,
    /// Stock is reserved for all that is open, and nothing has left.
    Reserved,
    /// Some units have left, and stock is reserved for all others.
    PartlyShipped,
    /// Nothing is open, and at least one unit left.
    Shipped,
    /// Nothing is open, nothing left, and the customer gave up at least one unit.
    Cancelled,
    /// Every unit was refused at the door.
    Refused,
}

impl OrderStatus {
    /// All of them, in the order in which an order usually passes through them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Backordered,
        Self::PartlyBackordered,
        Self::Reserved,
        Self::PartlyShipped,
        Self::Shipped,
        Self::Cancelled,
        Self::Refused,
    ];
}

impl OpenLine {
    const fn new(number: u32, sku: u32, quantity: u32, unit_price_minor: i64) -> Self {
        Self {
            number,
            sku,
            unit_price_minor,
            tally: Tally::new(quantity),
            promised_at: Timestamp::from_ms(0),
            purchase_order: 0,
            basis: Basis::Untold,
            refused: None,
            complete_only: false,
        }
    }

    /// The number of the purchase order on which its date rests.
    fn purchase_order(&self) -> Option<u32> {
        (self.basis == Basis::Inbound).then_some(self.purchase_order)
    }

    /// The date told last, if one was.
    pub fn promise(&self, names: &Catalogue) -> Option<Promise> {
        let at = self.promised_at;
        match self.basis {
            Basis::Untold => None,
            Basis::Inbound => {
                let purchase_order = names.purchase_order(self.purchase_order)?.clone();
                Some(Promise::Inbound { purchase_order, at })
            }
            Basis::Estimate => Some(Promise::Estimate { at }),
            Basis::Unknown => Some(Promise::Unknown),
        }
    }

    fn tell(&mut self, promise: &Promise, names: &mut Catalogue, at: Revision) {
        let was = self.purchase_order();
        self.promised_at = promise.at().unwrap_or_default();
        (self.basis, self.purchase_order) = match promise {
            Promise::Inbound { purchase_order, .. } => {
                let number = names.refer_purchase_order(purchase_order, at);
                (Basis::Inbound, number)
            }
            Promise::Estimate { .. } => (Basis::Estimate, 0),
            Promise::Unknown => (Basis::Unknown, 0),
        };
        if let Some(was) = was {
            names.forget_purchase_order(was);
        }
    }

    /// Nothing wanted of it waits for the allocator's first word.
    pub fn is_decided(&self) -> bool {
        self.tally.undecided() == 0
    }
}

impl Open {
    pub fn new(
        placed: &OrderPlaced,
        opened: Position,
        at: Timestamp,
        names: &mut Catalogue,
    ) -> Self {
        let revision = opened.revision;
        let lines = placed.lines.iter().map(|line| OpenLine {
            complete_only: line.complete_only,
            ..OpenLine::new(
                line.line,
                names.refer_sku(&line.sku, revision),
                line.quantity,
                line.unit_price_minor,
            )
        });
        let mut lines: Box<[OpenLine]> = lines.collect();
        lines.sort_by_key(|line| line.number);
        let extra = Extra {
            requested_at: placed.requested_at,
            lifetime_value_minor: placed.customer.lifetime_value_minor,
            urgency: placed.urgency,
            ship_by: placed.ship_by,
            no_split: placed.no_split,
            rest_may_go: placed.rest_may_go,
            pick_up_at: placed.pick_up_at.clone(),
            hold: placed.hold.clone(),
            offers: Vec::new(),
            picks: Picks::default(),
        };
        Self {
            id: placed.order.clone(),
            customer: placed.customer.id.clone(),
            email: placed.customer.email.as_deref().map(Box::from),
            lines,
            opened: Entry::new(opened, false),
            since: SmallVec::new(),
            placed_at: placed.placed_at.unwrap_or(at),
            extra: (extra != Extra::default()).then(|| Box::new(extra)),
            country: names.refer_country(&placed.ship_to.country, revision),
            tier: names.refer_tier(&placed.customer.tier, revision),
            channel: names.refer_channel(&placed.channel, revision),
            region: names.refer_region(placed.ship_to.region.as_ref(), revision),
            currency: placed.currency,
            status: OrderStatus::Pending,
            ship_complete: placed.ship_complete,
        }
    }

    /// Closed, it refers to no name any more.
    pub fn forget_names(&self, names: &mut Catalogue) {
        names.forget_country(self.country);
        names.forget_tier(self.tier);
        names.forget_channel(self.channel);
        names.forget_region(self.region);
        for line in &self.lines {
            names.forget_sku(line.sku);
            if let Some(number) = line.purchase_order() {
                names.forget_purchase_order(number);
            }
        }
    }

    /// Where the line with this number stands.
    pub fn index_of(&self, number: u32) -> Option<usize> {
        self.lines
            .binary_search_by_key(&number, |line| line.number)
            .ok()
    }

    /// What is offered instead of the units of a line that wait.
    pub fn offer(&self, number: u32) -> Option<&Offer> {
        let offers = self.extra.iter().flat_map(|extra| &extra.offers);
        let mut of_line = offers.filter(|(line, _)| *line == number);
        of_line.next().map(|(_, offer)| offer)
    }

    /// The allocator has decided on every line that is still wanted.
    pub fn is_decided(&self) -> bool {
        self.lines.iter().all(OpenLine::is_decided)
    }

    /// What all lines cost, in minor units; the door has seen to it that it can be counted.
    pub fn value_minor(&self) -> i64 {
        self.lines.iter().fold(0, |sum: i64, line| {
            // Saturates: money, at any price that a customer names.
            let value = line
                .unit_price_minor
                .saturating_mul(i64::from(line.tally.quantity));
            sum.saturating_add(value)
        })
    }

    pub fn stands(&self) -> OrderStatus {
        let any = |units: fn(&Tally) -> u32| self.lines.iter().any(|line| units(&line.tally) > 0);
        let shipped = any(|tally| tally.shipped);
        if any(Tally::undecided) {
            OrderStatus::Pending
        } else if any(Tally::backordered) {
            if shipped || any(Tally::covered) {
                OrderStatus::PartlyBackordered
            } else {
                OrderStatus::Backordered
            }
        } else if any(Tally::wanted) {
            if shipped {
                OrderStatus::PartlyShipped
            } else {
                OrderStatus::Reserved
            }
        } else if shipped {
            OrderStatus::Shipped
        } else if any(|tally| tally.cancelled) {
            OrderStatus::Cancelled
        } else {
            OrderStatus::Refused
        }
    }

    /// Nothing of it is open, and no stock is held for it.
    pub fn is_closable(&self) -> bool {
        self.lines.iter().all(|line| line.tally.is_closed())
    }
}

impl Open {
    /// Whether another order says the same, numbers of names and lines aside.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let asked = |it: &Self| (it.placed_at, it.currency, it.ship_complete, it.status);
        let texts = |it: &Self| (it.id.clone(), it.customer.clone(), it.email.clone());
        texts(self) == texts(other)
            && asked(self) == asked(other)
            && self.extra == other.extra
            && (self.opened, &self.since) == (other.opened, &other.since)
    }
}

/// What happens to it.
impl Open {
    /// What a change does to its lines, as of a revision.
    pub fn change(&mut self, change: &LineChange<'_>, names: &mut Catalogue, at: Revision) {
        match change.lines {
            Lines::All => {
                for index in 0..self.lines.len() {
                    self.change_line(index, &change.change, names, at);
                }
            }
            Lines::One(number) => {
                if let Some(index) = self.index_of(number) {
                    self.change_line(index, &change.change, names, at);
                }
            }
        }
    }

    fn change_line(
        &mut self,
        index: usize,
        change: &Change<'_>,
        names: &mut Catalogue,
        at: Revision,
    ) {
        let Some(line) = self.lines.get_mut(index) else {
            return;
        };
        line.tally.apply(change);
        let (number, waits) = (line.number, line.tally.backordered() > 0);
        match change {
            Change::Offer(offered) if waits => {
                let offer = Offer {
                    alternatives: offered.alternatives.clone(),
                    until: offered.until,
                };
                self.withdraw(number);
                let extra = self.extra.get_or_insert_default();
                extra.offers.push((number, offer));
            }
            Change::Refuse(refused) => line.refused = Some(refused.why),
            Change::Promise(promised) => line.tell(&promised.promise, names, at),
            Change::Offer(_)
            | Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
        self.pick(number, change);
        if !waits {
            self.withdraw(number);
        }
    }

    /// What pickers are sent for, and what becomes of it.
    fn pick(&mut self, number: u32, change: &Change<'_>) {
        if matches!(change, Change::Freeze { .. }) {
            let extra = self.extra.get_or_insert_default();
            extra.picks.apply(number, change);
        } else if let Some(extra) = self.extra.as_mut().filter(|it| !it.picks.is_empty()) {
            extra.picks.apply(number, change);
            self.drop_extra();
        }
    }

    /// An offer ends with the last unit that waits.
    fn withdraw(&mut self, number: u32) {
        if let Some(extra) = &mut self.extra {
            extra.offers.retain(|(line, _)| *line != number);
            self.drop_extra();
        }
    }

    /// Says something else of what few orders say.
    pub fn extra(&mut self, say: impl FnOnce(&mut Extra)) {
        say(self.extra.get_or_insert_default());
        self.drop_extra();
    }

    /// Whether what is offered in it, or picked of it, is of an SKU.
    pub fn extra_names(&self, sku: &Sku) -> bool {
        self.extra.as_ref().is_some_and(|extra| {
            let mut offers = extra.offers.iter();
            offers.any(|(_, offer)| offer.alternatives.contains(sku))
                || extra.picks.iter().any(|pick| pick.sku == *sku)
        })
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let Some(extra) = &mut self.extra else { return };
        extra.picks.rename(was, is);
        let offers = extra.offers.iter_mut();
        let offered = offers.flat_map(|(_, offer)| &mut offer.alternatives);
        for sku in offered.filter(|sku| **sku == *was) {
            *sku = is.clone();
        }
    }

    fn drop_extra(&mut self) {
        if self.extra.as_deref() == Some(&Extra::default()) {
            self.extra = None;
        }
    }

    /// One more line, which takes all or nothing if the one does that it is taken instead of.
    /// Returns the number of its SKU, if it opens.
    pub fn add_line(
        &mut self,
        accepted: &SubstituteAccepted,
        names: &mut Catalogue,
        at: Revision,
    ) -> Option<u32> {
        let numbers = self.lines.iter().map(|line| line.number);
        if !demand::is_next(accepted.new_line, numbers) {
            return None;
        }
        let instead_of = self.index_of(accepted.line);
        let instead_of = instead_of.and_then(|index| self.lines.get(index));
        let complete_only = instead_of.is_some_and(|line| line.complete_only);
        let sku = names.refer_sku(&accepted.sku, at);
        let (number, price) = (accepted.new_line, accepted.unit_price_minor);
        let line = OpenLine {
            complete_only,
            ..OpenLine::new(number, sku, accepted.quantity, price)
        };
        self.lines = self.lines.iter().copied().chain([line]).collect();
        Some(sku)
    }

    /// Adds to the timeline, once a position. Returns whether it was new.
    pub fn add_entry(&mut self, position: Position, substituted: bool) -> bool {
        if self.last_position() == position {
            return false;
        }
        if self.since.len() >= MAX_TIMELINE {
            self.since.remove(0);
        }
        self.since.push(Entry::new(position, substituted));
        true
    }
}

/// Its timeline.
impl Open {
    /// Where it was placed.
    pub fn opened(&self) -> Position {
        self.opened.position()
    }

    /// The last [`MAX_TIMELINE`] entries: its placing falls away before others do.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        let opened = (self.since.len() < MAX_TIMELINE).then_some(self.opened);
        opened.into_iter().chain(self.since.iter().copied())
    }

    /// Where what happened to it stands on the log, in order.
    pub fn timeline(&self) -> impl Iterator<Item = Position> {
        self.entries().map(Entry::position)
    }

    /// Where the last thing that happened to it stands.
    pub fn last_position(&self) -> Position {
        self.since.last().unwrap_or(&self.opened).position()
    }

    /// How much its closing carries: lines, and entries of the timeline.
    pub fn weight(&self) -> usize {
        self.lines.len().plus(self.entries().count())
    }

    pub fn closing(&self) -> OrderClosed {
        let end = |line: &OpenLine| ClosedLine {
            line: line.number,
            shipped: line.tally.shipped,
            cancelled: line.tally.cancelled,
            refused: line.tally.refused,
            why: line.refused,
        };
        let substituted = self.entries().filter(|entry| entry.substituted());
        OrderClosed {
            order: self.id.clone(),
            opened: self.opened(),
            timeline: self.timeline().collect(),
            lines: self.lines.iter().map(end).collect(),
            substituted: substituted.map(Entry::position).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_order_and_its_lines_are_small() {
        assert_eq!(size_of::<Option<Open>>(), 128);
        assert_eq!(size_of::<OpenLine>(), 56);
    }
}
