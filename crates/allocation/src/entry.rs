//! What stands in an SKU's trees: who waits and what they were told, which lines have stock; and
//! what a subtree says of all its entries, so that those who cannot be meant are passed over at
//! once. Must not know why anybody waits.

use serde::{Deserialize, Serialize};

use super::blockers::{Terms, blocker_bit};
use super::measures::{Day, State};
use super::queue_key::QueueKey;
use super::tree::{Leaf, Sum};
use domain::exact::Exact;
use domain::ids::Timestamp;

/// Classes of lines (a tier and a channel) that are told apart by number; all that come after
/// share this one.
pub const MAX_CLASS: u8 = 31;

/// What a waiting line was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromiseBasis {
    /// Nothing yet.
    Nothing,
    /// That nothing is known.
    Unknown,
    /// That something else may be had, and until when: no date.
    Offer,
    /// A date by the usual lead time.
    Estimate,
    /// The date of an inbound, by its purchase order's number.
    Firm(u32),
}

/// The same in four bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PromiseBasisCode(u32);

/// Codes below this are not purchase orders.
const FIRST_FIRM: u32 = 4;

impl PromiseBasisCode {
    /// It is the date of an inbound.
    const fn is_firm(self) -> bool {
        self.0 >= FIRST_FIRM
    }
}

impl From<PromiseBasis> for PromiseBasisCode {
    fn from(promised: PromiseBasis) -> Self {
        Self(match promised {
            PromiseBasis::Nothing => 0,
            PromiseBasis::Unknown => 1,
            PromiseBasis::Estimate => 2,
            PromiseBasis::Offer => 3,
            PromiseBasis::Firm(purchase) => purchase.plus(FIRST_FIRM),
        })
    }
}

impl From<PromiseBasisCode> for PromiseBasis {
    fn from(code: PromiseBasisCode) -> Self {
        match code.0 {
            0 => Self::Nothing,
            1 => Self::Unknown,
            2 => Self::Estimate,
            3 => Self::Offer,
            firm => Self::Firm(firm.minus(FIRST_FIRM)),
        }
    }
}

/// Units of a line that wait.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub queue_key: QueueKey,
    /// The order's slot.
    pub order: u32,
    /// Whole units, at least 1.
    pub units: u32,
    /// The date told, if any was.
    pub at: Timestamp,
    pub promised: PromiseBasisCode,
    /// The day of the first date told; the first of all days, if none was.
    pub first_promised: Day,
    pub class: u8,
    pub terms: Terms,
    /// The first day on which it may take stock; the first of all days, if it may at once.
    pub from: Day,
}

/// What a subtree of waiting lines says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Waits {
    pub lines: u32,
    /// Of every class in it, by bit.
    pub classes: u32,
    /// What keeps them back, by bit; the first, if nothing does.
    pub blockers: u32,
    pub units: u64,
    /// The fewest units that any of them insists on.
    pub least: u32,
    /// Lines that were told nothing yet.
    pub unpromised: u32,
    /// Lines that were told that nothing is known.
    pub unknown: u32,
    /// Dates of inbounds told, first and last; the first is after the last if there is none.
    pub firm: Span,
    /// Dates by lead time told.
    pub estimate: Span,
    /// The first day on which any of them may take stock, and the last of these days.
    pub from: (Day, Day),
}

/// The first and the last of some dates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub first: Timestamp,
    pub last: Timestamp,
}

impl Span {
    pub const NONE: Self = Self {
        first: Timestamp::MAX,
        last: Timestamp::MIN,
    };

    const fn of(at: Timestamp) -> Self {
        Self {
            first: at,
            last: at,
        }
    }

    pub fn is_none(&self) -> bool {
        self.first > self.last
    }

    /// Some of them is before `from` or after `to`.
    pub fn leaves(&self, from: Timestamp, to: Timestamp) -> bool {
        !self.is_none() && (self.first < from || self.last > to)
    }

    /// Whether its ends stand, or move out, when some of its dates become others.
    fn outlasts(&self, was: &Self, is: &Self) -> bool {
        let first = self.first < was.first || is.first <= was.first;
        let last = self.last > was.last || is.last >= was.last;
        was.is_none() || (first && last)
    }

    fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            lines: 0,
            classes: 0,
            blockers: 0,
            units: 0,
            least: u32::MAX,
            unpromised: 0,
            unknown: 0,
            firm: Span::NONE,
            estimate: Span::NONE,
            from: NO_DAYS,
        }
    }
}

/// The first and the last of no days.
const NO_DAYS: (Day, Day) = (Day(u16::MAX), Day(0));

impl Waits {
    /// Some of them may take stock from a day of these on.
    pub fn opens_in(&self, (first, last): (Day, Day)) -> bool {
        self.from.0 <= last && self.from.1 >= first
    }

    /// The earliest date that anybody was told.
    pub fn first_date(&self) -> Option<Timestamp> {
        let first = self.firm.first.min(self.estimate.first);
        let none = self.firm.is_none() && self.estimate.is_none();
        (!none).then_some(first)
    }
}

impl Sum for Waits {
    #[inline]
    fn add(&mut self, other: &Self) {
        // None of these wraps: lines are numbered by 32 bits, and have 32 bits of units each. A
        // node is summed so often that a check of what cannot be would double the cost of a change.
        self.lines = self.lines.wrapping_add(other.lines);
        self.classes |= other.classes;
        self.blockers |= other.blockers;
        self.units = self.units.wrapping_add(other.units);
        self.least = self.least.min(other.least);
        self.unpromised = self.unpromised.wrapping_add(other.unpromised);
        self.unknown = self.unknown.wrapping_add(other.unknown);
        self.firm.add(&other.firm);
        self.estimate.add(&other.estimate);
        self.from.0 = self.from.0.min(other.from.0);
        self.from.1 = self.from.1.max(other.from.1);
    }

    fn replace(&mut self, was: &Self, is: &Self) -> bool {
        let known = (is.least <= was.least || self.least < was.least)
            && was.classes & !is.classes == 0
            && was.blockers & !is.blockers == 0
            && self.firm.outlasts(&was.firm, &is.firm)
            && self.estimate.outlasts(&was.estimate, &is.estimate)
            && was.from == is.from;
        self.lines = self.lines.minus(was.lines);
        self.units = self.units.minus(was.units);
        self.unpromised = self.unpromised.minus(was.unpromised);
        self.unknown = self.unknown.minus(was.unknown);
        self.add(is);
        known
    }
}

/// What a customer hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub promised: PromiseBasis,
    /// The date, if it is one.
    pub date: Option<Timestamp>,
    /// The day of it, as the customer is told; the first of all days, if there is none.
    pub day: Day,
}

impl Waiting {
    /// So many units of a line that wait; its customer was told nothing yet.
    pub fn new(queue_key: QueueKey, order: u32, units: u32) -> Self {
        Self {
            queue_key,
            order,
            units,
            at: Timestamp::default(),
            promised: PromiseBasisCode::default(),
            first_promised: Day::default(),
            class: 0,
            terms: Terms::default(),
            from: Day::default(),
        }
    }

    /// Its customer was told nothing yet.
    pub fn is_untold(&self) -> bool {
        PromiseBasis::from(self.promised) == PromiseBasis::Nothing
    }

    /// The date that its customer was told, if it is one.
    pub fn told_date(&self) -> Option<Timestamp> {
        match PromiseBasis::from(self.promised) {
            PromiseBasis::Nothing | PromiseBasis::Unknown | PromiseBasis::Offer => None,
            PromiseBasis::Estimate | PromiseBasis::Firm(_) => Some(self.at),
        }
    }

    /// Its customer was told so.
    pub fn hear(&mut self, heard: Heard) {
        self.at = heard.date.unwrap_or_default();
        self.promised = heard.promised.into();
        if self.first_promised == Day::default() {
            self.first_promised = heard.day;
        }
    }

    /// So many units of it, as they are counted: who was told nothing yet does not wait.
    pub fn state(&self, units: u32) -> State {
        let promised = match PromiseBasis::from(self.promised) {
            PromiseBasis::Nothing => return State::default(),
            PromiseBasis::Unknown | PromiseBasis::Offer => None,
            PromiseBasis::Estimate | PromiseBasis::Firm(_) => Some(self.at),
        };
        State {
            waiting: units,
            promised,
            first_promised: (self.first_promised > Day::default()).then_some(self.first_promised),
        }
    }

    /// The fewest units it insists on.
    pub const fn least(&self) -> u32 {
        if self.terms.whole() { self.units } else { 1 }
    }
}

/// A class as a bit: there are as many bits as classes.
pub(super) fn class_bit(class: u8) -> u32 {
    1_u32.wrapping_shl(class.into())
}

impl Leaf for Waiting {
    type Sum = Waits;

    fn queue_key(&self) -> QueueKey {
        self.queue_key
    }

    fn sum(&self) -> Waits {
        let is = |basis: PromiseBasis| self.promised == PromiseBasisCode::from(basis);
        let dates = |dated| if dated { Span::of(self.at) } else { Span::NONE };
        Waits {
            lines: 1,
            classes: class_bit(self.class),
            blockers: blocker_bit(self.terms.blocker()),
            units: u64::from(self.units),
            least: self.least(),
            unpromised: u32::from(is(PromiseBasis::Nothing)),
            unknown: u32::from(is(PromiseBasis::Unknown)),
            firm: dates(self.promised.is_firm()),
            estimate: dates(is(PromiseBasis::Estimate)),
            from: (self.from, self.from),
        }
    }
}

/// A line that has come and is not decided on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Comer {
    pub queue_key: QueueKey,
    /// The order's slot.
    pub order: u32,
}

/// Of who has come, and of who has stock, nobody asks what they come to together.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Unsummed;

impl Sum for Unsummed {
    fn add(&mut self, _other: &Self) {}

    fn take(&mut self, _some: &Self) -> bool {
        true
    }
}

impl Leaf for Comer {
    type Sum = Unsummed;

    fn queue_key(&self) -> QueueKey {
        self.queue_key
    }

    fn sum(&self) -> Unsummed {
        Unsummed
    }
}

/// A line for which stock is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Stocked {
    pub queue_key: QueueKey,
    /// The order's slot.
    pub order: u32,
    /// Whole units, at least 1.
    pub units: u32,
}

impl Leaf for Stocked {
    type Sum = Unsummed;

    fn queue_key(&self) -> QueueKey {
        self.queue_key
    }

    fn sum(&self) -> Unsummed {
        Unsummed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

    use proptest::prelude::*;

    use super::super::queue_key::LogOrder;
    use super::super::tree::Tree;
    use super::*;
    use domain::ids::{Position, Revision};

    fn waiting(at: u32, units: u32, promised: u32) -> Waiting {
        let revision = Revision(u64::from(at));
        let promised = match promised % 5 {
            0 => PromiseBasis::Nothing,
            1 => PromiseBasis::Unknown,
            2 | 3 => PromiseBasis::Estimate,
            _ => PromiseBasis::Firm(promised),
        };
        Waiting {
            queue_key: QueueKey {
                effective: Timestamp::default(),
                log_order: LogOrder::of(Position { revision, index: 0 }, 0),
            },
            order: at,
            units: 1 + units,
            at: Timestamp::from_ms(i64::from(units % 7)),
            promised: promised.into(),
            first_promised: Day::default(),
            class: u8::try_from(at % 3).unwrap(),
            terms: Terms::new(units.is_multiple_of(3), u8::try_from(units % 4).unwrap()),
            from: Day(u16::try_from(units % 5).unwrap()),
        }
    }

    proptest! {
        #[test]
        fn sums_follow_whatever_a_line_comes_to(
            changes in prop::collection::vec((0_u32..60, 0_u32..9, 0_u32..9), 1..200),
        ) {
            let mut tree = Tree::from_sorted((0..60).map(|at| waiting(at, at % 9, at)));
            for (at, units, promised) in changes {
                let new = waiting(at, units, promised);
                tree.update(new.queue_key, |entry| *entry = new);
                prop_assert!(tree.is_sound());
            }
        }
    }
}
