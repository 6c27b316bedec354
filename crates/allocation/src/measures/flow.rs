//! What happened to lines of one class on one day: counts that only grow. Must not know which
//! day, or which class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::{Amount, Day};
use domain::event::RefuseReason;
use domain::exact::Exact;
use domain::ids::{DAY_MS, Timestamp};

/// Waits of this many days and more are counted together.
pub const MAX_WAIT_DAYS: u16 = 400;

/// What happened.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Lines that were ordered.
    pub placed: Amount,
    /// Lines that were sold elsewhere on that day, and their units that did not come back.
    pub sold_elsewhere: Amount,
    /// Lines of which units were let wait at the door, and those units.
    pub waited: Amount,
    /// Lines of which units were refused at the door, and those units.
    pub refused: Amount,
    /// Units that waited until what was offered instead could be had no more, and are refused; a
    /// line counts when it waits no more.
    pub expired: Amount,
    /// Those refused at the door, by reason: lines and units.
    pub refused_by: BTreeMap<RefuseReason, (u64, u64)>,
    /// Units that waited and got stock; a line counts when the last of them does.
    pub filled: Amount,
    /// Units that were cancelled while they waited; a line counts when it waits no more.
    pub cancelled: Amount,
    /// Lines by whole days from when they were placed to when the last waiting unit got stock.
    pub waits: BTreeMap<u16, u64>,
    /// The sum of these waits, in seconds.
    pub waits_s: i64,
    /// Lines that were told a date, having none.
    pub promised: u64,
    /// Dates that were told anew, or taken back.
    pub moved: u64,
    /// Lines that were filled by the end of the day told first.
    pub kept: u64,
    /// Lines that were filled after the day told first.
    pub missed: u64,
}

impl Flow {
    /// A line is filled that was placed then.
    pub(super) fn waited_for(&mut self, placed_at: Timestamp, at: Timestamp) {
        let ms = at.ms_since(placed_at).max(0);
        let days = u16::try_from(ms.wrapping_div(DAY_MS)).unwrap_or(MAX_WAIT_DAYS);
        let lines = self.waits.entry(days.min(MAX_WAIT_DAYS)).or_default();
        *lines = lines.plus(1);
        self.waits_s = self.waits_s.plus(ms.wrapping_div(1_000));
    }

    /// A line is filled that was told this date first.
    pub(super) fn held_to(&mut self, first_promised: Option<Day>, filled: Day) {
        let Some(promised) = first_promised else {
            return;
        };
        let kept = filled <= promised;
        self.kept = self.kept.plus(u64::from(kept));
        self.missed = self.missed.plus(u64::from(!kept));
    }

    /// A line was told a date: its first one (since it had none), or another.
    pub(super) fn promise(&mut self, first: bool) {
        let promised = if first {
            &mut self.promised
        } else {
            &mut self.moved
        };
        *promised = promised.plus(1);
    }

    /// Units were refused at the door.
    pub(super) fn refuse(&mut self, amount: Amount, why: RefuseReason) {
        self.refused.add(amount);
        let (lines, units) = self.refused_by.entry(why).or_default();
        *lines = lines.plus(amount.lines);
        *units = units.plus(amount.units);
    }

    /// Both together.
    pub(super) fn join(&mut self, other: &Self) {
        self.placed.add(other.placed);
        self.sold_elsewhere.add(other.sold_elsewhere);
        self.waited.add(other.waited);
        self.refused.add(other.refused);
        self.expired.add(other.expired);
        self.filled.add(other.filled);
        self.cancelled.add(other.cancelled);
        for (why, (lines, units)) in &other.refused_by {
            let sum = self.refused_by.entry(*why).or_default();
            *sum = (sum.0.plus(*lines), sum.1.plus(*units));
        }
        for (days, lines) in &other.waits {
            let sum = self.waits.entry(*days).or_default();
            *sum = sum.plus(*lines);
        }
        self.waits_s = self.waits_s.plus(other.waits_s);
        self.promised = self.promised.plus(other.promised);
        self.moved = self.moved.plus(other.moved);
        self.kept = self.kept.plus(other.kept);
        self.missed = self.missed.plus(other.missed);
    }
}
