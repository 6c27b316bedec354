//! One open order: its lines, and where its timeline stands on the log.
//!
//! Counts with the demand line's own arithmetic and knows no other order.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::decider::Recorded;
use crate::demand::{self, Change, LineChange, Lines, Tally};
use crate::event::{
    ClosedLine, MAX_TIMELINE, OrderClosed, OrderPlaced, PlacedLine, Promise, RefuseReason,
    SubstituteAccepted,
};
use crate::ids::{
    Currency, CustomerId, HoldId, LocationId, OrderId, Position, Sku, Tier, Timestamp,
};

/// An open order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Who ordered.
    pub customer: CustomerId,
    /// Their standing when they ordered.
    pub tier: Tier,
    /// Where to write to them, if said.
    pub email: Option<String>,
    /// What they had spent before, in minor units, if known.
    pub lifetime_value_minor: Option<i64>,
    /// How the order came.
    pub channel: String,
    /// Where the goods go: the country.
    pub country: String,
    /// Where the goods go: the region within the cell's network.
    pub region: Option<String>,
    /// What all prices are in.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When the customer wants it, if said.
    pub requested_at: Option<Timestamp>,
    /// Nothing leaves before all can.
    pub ship_complete: bool,
    /// How much it presses, 1 to 5, if said.
    pub urgency: Option<u8>,
    /// By when the law wants it shipped, if known.
    pub ship_by: Option<Timestamp>,
    /// Nothing of it leaves from more than one place.
    pub no_split: bool,
    /// Where the customer collects it, if they do.
    pub pick_up_at: Option<LocationId>,
    /// What was held for them before they ordered, if anything was.
    pub hold: Option<HoldId>,
    /// Its demand lines, by line number.
    pub lines: Vec<Line>,
    /// How it stands, from its lines.
    pub status: OrderStatus,
    /// Where it was placed.
    pub opened: Position,
    /// What happened to it, the last [`MAX_TIMELINE`] entries; what it was about stands on the log.
    pub timeline: VecDeque<TimelineEntry>,
}

/// A demand line of an open order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the order, from 1.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// What one unit costs, in minor units.
    pub unit_price_minor: i64,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Where its units are.
    pub tally: Tally,
    /// The date told last, if one was.
    pub promise: Option<Promise>,
    /// Why units of it were refused at the door.
    pub refused: Option<RefuseReason>,
    /// What was offered instead, as long as units wait that it was offered for.
    pub offer: Option<Box<Offer>>,
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

/// One thing that happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Where it stands on the log.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: TimelineEntryKind,
}

/// What kind of thing happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimelineEntryKind {
    /// It was taken in.
    Placed,
    /// The customer gave some of it up.
    Cancelled,
    /// The customer took something else instead of some of it.
    Substituted,
    /// The allocator decided on some of it.
    Settled,
    /// Goods left.
    Shipped,
}

impl TimelineEntry {
    pub(super) const fn of(recorded: Recorded, kind: TimelineEntryKind) -> Self {
        Self {
            position: recorded.position,
            at: recorded.at,
            kind,
        }
    }
}

impl Line {
    fn new(placed: &PlacedLine) -> Self {
        Self {
            line: placed.line,
            sku: placed.sku.clone(),
            unit_price_minor: placed.unit_price_minor,
            complete_only: placed.complete_only,
            tally: Tally::new(placed.quantity),
            promise: None,
            refused: None,
            offer: None,
        }
    }

    /// An offer ends with the last unit that waits.
    fn change(&mut self, change: &Change<'_>) {
        self.tally.apply(change);
        match change {
            Change::Offer(offered) => {
                self.offer = Some(Box::new(Offer {
                    alternatives: offered.alternatives.clone(),
                    until: offered.until,
                }));
            }
            Change::Refuse(refused) => self.refused = Some(refused.why),
            Change::Promise(promised) => self.promise = Some(promised.promise.clone()),
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Freeze { .. }
            | Change::Ship { .. }
            | Change::Close => {}
        }
        if self.tally.backordered() == 0 {
            self.offer = None;
        }
    }

    /// Nothing wanted of it waits for the allocator's first word.
    pub fn is_decided(&self) -> bool {
        self.tally.undecided() == 0
    }
}

impl Order {
    /// An order as it was asked for: as it was placed, with the lines that were added since.
    /// Nothing is decided on it.
    pub fn asked<'a>(
        placed: &OrderPlaced,
        opened: Position,
        at: Timestamp,
        accepted: impl IntoIterator<Item = &'a SubstituteAccepted>,
    ) -> Self {
        let mut order = Self::new(placed, opened, at);
        for accepted in accepted {
            order.open(accepted);
        }
        order
    }

    pub(super) fn new(placed: &OrderPlaced, opened: Position, at: Timestamp) -> Self {
        let mut lines: Vec<Line> = placed.lines.iter().map(Line::new).collect();
        lines.sort_by_key(|line| line.line);
        Self {
            customer: placed.customer.id.clone(),
            tier: placed.customer.tier.clone(),
            email: placed.customer.email.clone(),
            lifetime_value_minor: placed.customer.lifetime_value_minor,
            channel: placed.channel.clone(),
            country: placed.ship_to.country.clone(),
            region: placed.ship_to.region.clone(),
            currency: placed.currency,
            placed_at: placed.placed_at.unwrap_or(at),
            requested_at: placed.requested_at,
            ship_complete: placed.ship_complete,
            urgency: placed.urgency,
            ship_by: placed.ship_by,
            no_split: placed.no_split,
            pick_up_at: placed.pick_up_at.clone(),
            hold: placed.hold.clone(),
            lines,
            status: OrderStatus::Pending,
            opened,
            timeline: VecDeque::from([TimelineEntry {
                position: opened,
                at,
                kind: TimelineEntryKind::Placed,
            }]),
        }
    }

    /// The line with this number.
    pub fn line(&self, line: u32) -> Option<&Line> {
        let index = self
            .lines
            .binary_search_by_key(&line, |line| line.line)
            .ok()?;
        self.lines.get(index)
    }

    fn line_mut(&mut self, line: u32) -> Option<&mut Line> {
        let index = self
            .lines
            .binary_search_by_key(&line, |line| line.line)
            .ok()?;
        self.lines.get_mut(index)
    }

    /// The allocator has decided on every line that is still wanted.
    pub fn is_decided(&self) -> bool {
        self.lines.iter().all(Line::is_decided)
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

    /// Where the last thing that happened to it stands.
    pub fn last_position(&self) -> Position {
        self.timeline
            .back()
            .map_or(self.opened, |entry| entry.position)
    }

    pub(super) fn change(&mut self, change: &LineChange<'_>) {
        if let Some(accepted) = change.change.opens() {
            self.open(accepted);
        }
        match change.lines {
            Lines::All => {
                for line in &mut self.lines {
                    line.change(&change.change);
                }
            }
            Lines::One(number) => {
                if let Some(line) = self.line_mut(number) {
                    line.change(&change.change);
                }
            }
        }
    }

    /// One more line, which takes all or nothing if the one does that it is taken instead of.
    fn open(&mut self, accepted: &SubstituteAccepted) {
        let numbers = self.lines.iter().map(|line| line.line);
        if demand::is_next(accepted.new_line, numbers) {
            let instead_of = self.line(accepted.line);
            self.lines.push(Line {
                line: accepted.new_line,
                sku: accepted.sku.clone(),
                unit_price_minor: accepted.unit_price_minor,
                complete_only: instead_of.is_some_and(|line| line.complete_only),
                tally: Tally::new(accepted.quantity),
                promise: None,
                refused: None,
                offer: None,
            });
        }
    }

    /// Adds to the timeline, once a position. Returns whether it was new.
    pub(super) fn add_entry(&mut self, entry: TimelineEntry) -> bool {
        if self
            .timeline
            .back()
            .is_some_and(|last| last.position == entry.position)
        {
            return false;
        }
        if self.timeline.len() >= MAX_TIMELINE {
            self.timeline.pop_front();
        }
        self.timeline.push_back(entry);
        true
    }

    pub(super) fn stands(&self) -> OrderStatus {
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
    pub(super) fn is_closable(&self) -> bool {
        self.lines.iter().all(|line| line.tally.is_closed())
    }

    pub(super) fn closing(&self, id: &OrderId) -> OrderClosed {
        let end = |line: &Line| ClosedLine {
            line: line.line,
            shipped: line.tally.shipped,
            cancelled: line.tally.cancelled,
            refused: line.tally.refused,
            why: line.refused,
        };
        let substituted = |entry: &&TimelineEntry| entry.kind == TimelineEntryKind::Substituted;
        let positions = self.timeline.iter().filter(substituted);
        OrderClosed {
            order: id.clone(),
            opened: self.opened,
            timeline: self.timeline.iter().map(|entry| entry.position).collect(),
            lines: self.lines.iter().map(end).collect(),
            substituted: positions.map(|entry| entry.position).collect(),
        }
    }
}
