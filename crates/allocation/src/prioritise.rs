//! A clerk's word on the rank of a line: so many days earlier or later than its order, with a
//! reason. It stands until another word. Must not assign.

use serde::Serialize;

use super::line::{
    At, MAX_PRIORITIES, MAX_PRIORITY_DAYS, MAX_WHOSE_CHARS, MAX_WORD_CHARS, Shift, is_text,
};
use super::{Allocator, AllocatorRefusal as No, QueuePlace};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decision};
use domain::event::{Event, Prioritised};
use domain::exact::Exact;
use domain::ids::{Key, OrderId, PriorityId, Timestamp};

/// Moves a line up or down among those who wait, by days; 0 takes an earlier word back. Line 0: all
/// lines of the order.
///
/// Refused when the order or the line is not open, over a bound, without a reason or a name, and
/// for a line of an order that goes whole or not at all: there all lines have one rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prioritise {
    /// This word.
    pub priority: PriorityId,
    /// Whose.
    pub order: OrderId,
    /// Which line; 0: all.
    pub line: u32,
    /// Days by which it counts as placed earlier than its order; below 0: later.
    pub days: i32,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
}

impl Command<Allocator> for Prioritise {
    fn id(&self) -> Option<Key> {
        Some(self.priority.key())
    }

    fn keys(&self) -> Vec<Key> {
        // The bound is on all of them.
        vec![self.order.key(), Key::of("priorities", "")]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, _now: Timestamp) -> Decision<No> {
        let days = self.days;
        if !(-MAX_PRIORITY_DAYS..=MAX_PRIORITY_DAYS).contains(&days) {
            return Err(No::DaysOutOfRange { days });
        }
        if !is_text(&self.reason, MAX_WORD_CHARS) {
            return Err(No::ReasonMalformed {});
        }
        if !is_text(&self.by, MAX_WHOSE_CHARS) {
            return Err(No::ByMalformed {});
        }
        let lines = allocator.meant(&self.order, self.line)?;
        let new = lines
            .iter()
            .filter(|at| allocator.book.shift(**at).is_none());
        let more = allocator.book.shifts().plus(new.count());
        if days != 0 && more > MAX_PRIORITIES {
            return Err(No::TooManyPriorities {});
        }
        let first = lines.first().and_then(|at| allocator.book.shift(*at));
        let prioritised = Prioritised {
            priority: self.priority.clone(),
            order: self.order.clone(),
            line: self.line,
            days,
            was: first.map_or(0, |shift| shift.days),
            reason: self.reason.clone(),
            by: self.by.clone(),
        };
        Ok(Decided::Record(prioritised.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Prioritised::of(event).map(|it| Self {
            priority: it.priority.clone(),
            order: it.order.clone(),
            line: it.line,
            days: it.days,
            reason: it.reason.clone(),
            by: it.by.clone(),
        })
    }
}

impl Allocator {
    /// Where the first of these lines that waits would stand, if they ranked by so many days more.
    ///
    /// # Errors
    /// As [`Prioritise`] is refused for the order or the line.
    pub fn would_stand(
        &self,
        order: &OrderId,
        line: u32,
        days: i32,
    ) -> Result<Option<QueuePlace>, No> {
        let lines = self.meant(order, line)?.into_iter();
        Ok(lines.filter_map(|at| self.would_stand_at(at, days)).next())
    }

    fn would_stand_at(&self, at: At, days: i32) -> Option<QueuePlace> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let waiting = line.tally.backordered();
        let queue = self.sku_states.get(line.sku_state)?.queue();
        if waiting == 0 {
            return None;
        }
        let now = self.book.key_of(open, at);
        let then = {
            let own = self.book.key_by_rule(open, at);
            let shift = Shift {
                days,
                reason: String::new(),
                by: String::new(),
            };
            own.later(shift.later())
        };
        let ahead = queue.before(then);
        // It does not wait for itself.
        let itself = now < then;
        let (lines, units) = (u64::from(ahead.lines), ahead.units);
        Some(QueuePlace {
            place: lines.plus(1).minus(u64::from(itself)),
            units_ahead: units.minus(if itself { waiting.into() } else { 0 }),
        })
    }

    /// The lines that are meant; 0 is all of an order.
    fn meant(&self, order: &OrderId, line: u32) -> Result<Vec<At>, No> {
        let (slot, open) = self.slot(order)?;
        if line == 0 {
            return Ok((0..open.count).map(|index| (slot, index)).collect());
        }
        let at = self.find(order, line)?;
        if open.ship_complete && open.count > 1 {
            return Err(No::WrongLineAlone {
                order: order.clone(),
            });
        }
        Ok(vec![at])
    }
}
