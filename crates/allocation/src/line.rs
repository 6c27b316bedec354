//! An open order and its lines as the room keeps them: small, by number; and as it tells them.
//! Must not know other orders.

use serde::{Deserialize, Serialize};

use super::measures::Counted;
use super::queue_key::{LogOrder, QueueKey};
use domain::demand::{Reservation, Tally};
use domain::event::Promise;
use domain::exact::Exact;
use domain::ids::{HoldId, LocationId, OrderId, Position, Sku, Text, Tier, Timestamp};

/// An open order, 48 bytes. Lines stand beside each other in the book's slab.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Open {
    pub id: Text,
    /// When it was placed, less its boosts.
    pub effective: Timestamp,
    /// Where it stands on the log; the line index is that of its first line.
    pub log_order: LogOrder,
    /// The slot of its first line.
    pub first: u32,
    /// How many lines; none in a slot that is free.
    pub count: u16,
    /// Whole days by which its rank is moved forward.
    pub boost_days: u16,
    pub tier: u16,
    pub channel: u16,
    /// The region it goes to.
    pub region: Option<std::num::NonZeroU16>,
    /// Its tier and channel as one number, see [`MAX_CLASS`](super::entry::MAX_CLASS).
    pub class: u8,
    /// It takes stock for all lines together or not at all.
    pub ship_complete: bool,
}

/// A line's address: its order's slot in the book, and its index there.
pub(super) type At = (u32, u16);

/// What few orders say.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Extra {
    pub requested_at: Option<Timestamp>,
    pub lifetime_value_minor: Option<i64>,
    pub urgency: Option<u8>,
    pub ship_by: Option<Timestamp>,
    pub hold: Option<HoldId>,
    pub pick_up_at: Option<u16>,
    pub no_split: bool,
    /// It goes whole; but if a line is refused, the others go on.
    pub rest_may_go: bool,
    /// It is not to go on for now.
    pub suspended: Option<Suspended>,
    /// Where goods of it left first: one that may not be split takes nothing elsewhere.
    pub left_from: Option<u16>,
    /// The number of the first line that was taken instead of another: from here on no line is as
    /// the order was placed.
    pub substituted_from: Option<u32>,
}

/// An order is not to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Suspended {
    /// Where that stands on the log.
    pub at: Position,
    /// What it has is given to others; else it is kept.
    pub gives_back: bool,
}

/// The most days by which a word moves a line.
pub const MAX_PRIORITY_DAYS: i32 = 365;
/// The most lines that rank by somebody's word at once.
pub const MAX_PRIORITIES: usize = 10_000;
/// The longest reason, in characters.
pub const MAX_WORD_CHARS: usize = 500;
/// The longest name of whose word it is, in characters.
pub const MAX_WHOSE_CHARS: usize = 100;

/// A text that a person typed, of at most so many characters.
pub(super) fn is_text(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

/// A line counts as placed at another time than its order, by a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shift {
    /// Days earlier; below 0: later; never 0.
    pub days: i32,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
}

impl Shift {
    /// Days later.
    pub fn later(&self) -> i64 {
        0_i64.minus(self.days.into())
    }
}

/// One SKU of an open order, 48 bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenLine {
    /// Its number in the order.
    pub number: u32,
    pub sku_state: u32,
    pub unit_price_minor: i64,
    pub tally: Tally,
    /// Units of its stock that are in a released wave, while all is reserved in one place.
    pub frozen: u32,
    /// Where its stock is reserved, while all is in one place.
    pub reserved_at: u16,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Its stock is reserved in several places, which the book lists.
    pub spread: bool,
}

impl Extra {
    /// Places that it refers to.
    pub fn places(&self) -> impl Iterator<Item = u16> + use<> {
        self.pick_up_at.into_iter().chain(self.left_from)
    }
}

impl Open {
    /// The queue key of its line with this index.
    pub fn queue_key(&self, index: u16) -> QueueKey {
        QueueKey {
            effective: self.effective,
            log_order: self.log_order.with_line(index),
        }
    }

    /// Which line stands for this one where ranks are counted: all lines of an order that takes
    /// all or nothing have one rank.
    pub const fn ranks_as(&self, at: At) -> At {
        if self.ship_complete { (at.0, 0) } else { at }
    }

    pub fn id(&self) -> OrderId {
        self.id.clone().into()
    }

    /// A line of it, as far as it is measured.
    pub fn counted(&self, line: &OpenLine) -> Counted {
        Counted {
            class: self.class,
            unit_price_minor: line.unit_price_minor,
            placed_at: self.placed_at(),
        }
    }

    /// When it was placed: boosts are whole days.
    pub fn placed_at(&self) -> Timestamp {
        self.effective.plus_days(i64::from(self.boost_days))
    }
}

impl OpenLine {
    /// Wanted units for which no stock is reserved.
    pub fn unfilled(&self) -> u32 {
        self.tally.wanted().minus(self.tally.covered())
    }

    /// It has this stock: in one place, or in several, which the book lists.
    pub fn reserve(&mut self, reservations: &[Reservation<u16>]) {
        let one = match reservations {
            [one] => *one,
            [] | [..] => Reservation::default(),
        };
        (self.reserved_at, self.frozen) = (one.place, one.frozen);
        self.spread = reservations.len() > 1;
    }

    /// What its SKU state's indexes must say of it.
    pub fn units(&self) -> LineUnits {
        LineUnits {
            waiting: self.tally.backordered(),
            door: self.tally.undecided(),
            excess: self.tally.excess() > 0,
            reserved: self.tally.reserved,
        }
    }
}

/// What a line is, as far as indexes follow it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LineUnits {
    /// Units in the queue.
    pub waiting: u32,
    /// Units that wait for the first decision.
    pub door: u32,
    /// More is reserved than wanted.
    pub excess: bool,
    /// Units for which stock is reserved.
    pub reserved: u32,
}

/// What an SKU's indexes say of a line, or must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Indexed {
    /// Units in the queue.
    pub waiting: u32,
    /// It waits for the first decision.
    pub door: bool,
    /// More is reserved than wanted.
    pub excess: bool,
    /// Units for which stock is reserved.
    pub reserved: u32,
}

impl LineUnits {
    /// What the indexes must say.
    pub(super) const fn indexed(&self) -> Indexed {
        Indexed {
            waiting: self.waiting,
            door: self.door > 0,
            excess: self.excess,
            reserved: self.reserved,
        }
    }
}

/// An open order, told whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// The customer's standing when they ordered.
    pub tier: Tier,
    /// How the order came.
    pub channel: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The same, less its boosts.
    pub effective: Timestamp,
    /// The region it goes to.
    pub region: Option<String>,
    /// It takes stock for all lines together or not at all.
    pub ship_complete: bool,
    /// Where it stands on the log.
    pub position: Position,
    /// Its lines, by number.
    pub lines: Vec<Line>,
}

impl Order {
    /// The line of this number.
    pub fn line(&self, line: u32) -> Option<&Line> {
        self.lines.iter().find(|other| other.line == line)
    }
}

/// One SKU of an order, told whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Its units, by where they are.
    pub tally: Tally,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Where stock is reserved for it; sums up to `tally.reserved`.
    pub reservations: Vec<Reservation<LocationId>>,
    /// The date told last; nothing if nothing of it waits.
    pub promised: Option<Promise>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_order_and_its_lines_are_small() {
        assert_eq!(size_of::<Open>(), 48);
        assert_eq!(size_of::<OpenLine>(), 48);
    }
}
