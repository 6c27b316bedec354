//! One demand line: what each event does to it, how many of its units are where, and at which
//! place stock is reserved for it. The same in every room that counts lines, in the audit and in
//! the what-if.
//!
//! quantity = covered + backordered + shipped + cancelled + refused + undecided, always. Rooms
//! hear the same facts in the same order and count them with the same code, so they agree even
//! where two facts crossed: goods that left after they were cancelled are shipped, not cancelled;
//! a reservation for cancelled units stands in `reserved` above `wanted` until it is released.
//!
//! What no crossing leads to stops the reader: more than was ordered is shipped, reserved, refused,
//! waits, is released or is missing.

use crate::exact::{Exact, some_of};
use serde::{Deserialize, Serialize};

mod changes;
mod picks;
mod reservations;

pub use changes::{Change, LineChange, LineChanges, Lines, is_next};
pub use picks::{Pick, Picks};
pub use reservations::{Reservation, Reservations, Taken};

/// How many units of a line are where.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Units ordered.
    pub quantity: u32,
    /// Units that left.
    pub shipped: u32,
    /// Units given up by the customer.
    pub cancelled: u32,
    /// Units refused at the door.
    pub refused: u32,
    /// The allocator has decided on it at the door.
    pub decided: bool,
    /// Units of stock that are reserved for it; more than `wanted` until the excess is released.
    pub reserved: u32,
}

impl Tally {
    /// A line of so many units that nobody has decided on yet.
    pub const fn new(quantity: u32) -> Self {
        Self {
            quantity,
            shipped: 0,
            cancelled: 0,
            refused: 0,
            decided: false,
            reserved: 0,
        }
    }

    /// Units that the customer still wants and has not got.
    #[inline]
    pub fn wanted(&self) -> u32 {
        self.quantity
            .minus(self.shipped)
            .minus(self.cancelled)
            .minus(self.refused)
    }

    /// Wanted units for which stock is reserved.
    #[inline]
    pub fn covered(&self) -> u32 {
        self.reserved.min(self.wanted())
    }

    /// Wanted units that the allocator has not decided on.
    #[inline]
    pub fn undecided(&self) -> u32 {
        if self.decided {
            0
        } else {
            self.wanted().minus(self.covered())
        }
    }

    /// Wanted units that wait: neither reserved nor undecided.
    #[inline]
    pub fn backordered(&self) -> u32 {
        if self.decided {
            self.wanted().minus(self.covered())
        } else {
            0
        }
    }

    /// Reserved units that nobody wants any more.
    #[inline]
    pub fn excess(&self) -> u32 {
        self.reserved.minus_or_zero(self.wanted())
    }

    /// What a change does to the line's units. Of a change that opens lines, these lines are new.
    pub fn apply(&mut self, change: &Change<'_>) {
        match change {
            Change::Cancel { units } => {
                self.cancel(*units);
            }
            Change::Exchange { units } => self.exchange(*units),
            Change::Assign(it) => self.assign(it.quantity),
            Change::Release(it) => self.release(it.quantity),
            Change::Wait(it) => self.wait(it.quantity),
            Change::Offer(it) => self.wait(it.quantity),
            Change::Refuse(it) => self.refuse(it.quantity),
            Change::Ship { units, .. } => self.ship(*units),
            Change::Miss { units, .. } => self.miss(*units),
            Change::Close => self.release(self.reserved),
            // At most what left comes back; a closing may have crossed it.
            Change::Return { units, .. } => {
                let _in_bounds = some_of(*units, self.shipped, "returned");
            }
            Change::Recall { units, .. } | Change::Move { units, .. } => {
                let _in_bounds = some_of(*units, self.quantity, "on the floor");
            }
            Change::Freeze { units, .. } => {
                let _in_bounds = some_of(*units, self.quantity, "in a wave");
            }
            Change::Place(_) | Change::Open(_) | Change::Promise(_) => {}
        }
    }

    /// Nothing of it is open, and no stock is reserved for it.
    pub fn is_closed(&self) -> bool {
        self.wanted() == 0 && self.reserved == 0
    }

    /// The customer gives up so many units, at most what has not left. Returns how many it was.
    pub fn cancel(&mut self, quantity: u32) -> u32 {
        debug_assert!(self.adds_up(), "{self:?}");
        let cancelled = quantity.min(self.wanted());
        self.cancelled = self.cancelled.plus(cancelled);
        debug_assert!(self.adds_up(), "{self:?}");
        cancelled
    }

    /// The customer takes so many units of something else instead. Here they are given up, waiting
    /// ones first, as by [`Self::cancel`]. Units that were refused meanwhile are not given up
    /// again: of a line that is offered something else nothing was refused before. What is taken
    /// instead is a line of its own, not decided on, and whole, whatever crossed the acceptance:
    /// that is what the customer was told they get.
    pub fn exchange(&mut self, quantity: u32) {
        let exchanged = some_of(quantity, self.quantity, "exchanged");
        self.cancel(exchanged.minus_or_zero(self.refused));
    }

    fn wait(&mut self, quantity: u32) {
        let _in_bounds = some_of(quantity, self.quantity, "waiting");
        self.backorder();
    }

    /// Units were accepted at the door to wait. All that a line gets at the door stands in one
    /// `settled`, so what is neither assigned nor refused there waits.
    pub const fn backorder(&mut self) {
        self.decided = true;
    }

    /// Stock was assigned. Only the allocator reserves, for what is wanted by all that it has
    /// folded, so it never comes to more than was ordered.
    pub fn assign(&mut self, quantity: u32) {
        self.decided = true;
        self.reserved = some_of(self.reserved.plus(quantity), self.quantity, "reserved");
        debug_assert!(self.adds_up(), "{self:?}");
    }

    /// Stock was taken back; wanted units wait again. Less is reserved than that where goods left
    /// meanwhile, or were not found.
    pub fn release(&mut self, quantity: u32) {
        let released = some_of(quantity, self.quantity, "released");
        self.reserved = self.reserved.minus_or_zero(released);
        debug_assert!(self.adds_up(), "{self:?}");
    }

    /// Units that were to be picked are not there; wanted ones wait again. Less is reserved than
    /// that where the allocator took them back meanwhile.
    pub fn miss(&mut self, quantity: u32) {
        let missed = some_of(quantity, self.quantity, "missing");
        self.reserved = self.reserved.minus_or_zero(missed);
        debug_assert!(self.adds_up(), "{self:?}");
    }

    /// Units without reserved stock were refused at the door.
    pub fn refuse(&mut self, quantity: u32) {
        debug_assert!(self.adds_up(), "{self:?}");
        self.decided = true;
        let open = self.wanted().minus_or_zero(self.reserved);
        let refused = some_of(quantity, self.quantity, "refused");
        self.refused = self.refused.plus(refused.min(open));
        debug_assert!(self.adds_up(), "{self:?}");
    }

    /// Units left. If they had been cancelled meanwhile, they are shipped all the same; if their
    /// stock was taken back meanwhile, less is reserved than left. Only inventory ships, so it is
    /// never more than was ordered.
    pub fn ship(&mut self, quantity: u32) {
        debug_assert!(self.adds_up(), "{self:?}");
        self.shipped = some_of(self.shipped.plus(quantity), self.quantity, "shipped");
        self.reserved = self.reserved.minus_or_zero(quantity);
        let gone = self.shipped.plus(self.cancelled).plus(self.refused);
        let over = gone.minus_or_zero(self.quantity);
        self.refused = self
            .refused
            .minus_or_zero(over.minus_or_zero(self.cancelled));
        self.cancelled = self.cancelled.minus_or_zero(over);
        debug_assert!(self.adds_up(), "{self:?}");
    }

    /// What became of its units is what was ordered.
    fn adds_up(&self) -> bool {
        let parts = [self.wanted(), self.shipped, self.cancelled, self.refused];
        let sum: u64 = parts.into_iter().map(u64::from).sum();
        sum == u64::from(self.quantity)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exact::stopped;

    #[test]
    fn goods_that_left_after_they_were_cancelled_are_shipped() {
        let mut line = Tally::new(5);
        line.assign(5);
        assert_eq!(line.cancel(5), 5);
        assert_eq!(line.excess(), 5);
        line.ship(5);
        assert_eq!((line.shipped, line.cancelled, line.excess()), (5, 0, 0));
    }

    #[test]
    fn a_cancellation_takes_what_waits_before_what_is_reserved() {
        let mut line = Tally::new(5);
        line.assign(2);
        assert_eq!(line.backordered(), 3);
        line.cancel(3);
        assert_eq!(
            (line.covered(), line.backordered(), line.excess()),
            (2, 0, 0)
        );
    }

    #[test]
    fn units_given_up_for_something_else_are_cancelled_and_what_came_meanwhile_is_freed() {
        let mut line = Tally::new(5);
        line.backorder();
        line.assign(4);
        line.exchange(3);
        assert_eq!((line.cancelled, line.covered(), line.excess()), (3, 2, 2));
    }

    type Fault = fn(&mut Tally);

    #[test]
    fn what_nobody_could_record_of_a_line_stops_the_reader() {
        let mut line = Tally::new(5);
        line.assign(3);
        line.ship(2);
        let faults: [(&str, Fault); 7] = [
            ("6 shipped of 5", |line| line.ship(4)),
            ("6 reserved of 5", |line| line.assign(5)),
            ("6 released of 5", |line| line.release(6)),
            ("6 missing of 5", |line| line.miss(6)),
            ("6 refused of 5", |line| line.refuse(6)),
            ("6 exchanged of 5", |line| line.exchange(6)),
            ("6 waiting of 5", |line| line.wait(6)),
        ];
        for (said, fault) in faults {
            let broken = stopped(|| fault(&mut line.clone())).unwrap();
            assert!(broken.starts_with(said), "{broken}");
        }
        assert_eq!((line.shipped, line.reserved, line.wanted()), (2, 1, 3));
    }

    proptest! {
        #[test]
        fn a_line_is_always_the_sum_of_its_parts(
            quantity in 1_u32..50,
            steps in prop::collection::vec((0_u8..7, 0_u32..60), 0..20),
        ) {
            let mut line = Tally::new(quantity);
            for (step, units) in steps {
                match step {
                    0 => { line.cancel(units); }
                    1 => line.assign(units.min(quantity.minus(line.reserved))),
                    2 => line.release(units.min(quantity)),
                    3 => line.refuse(units.min(quantity)),
                    4 => line.backorder(),
                    5 => line.miss(units.min(quantity)),
                    _ => {
                        let open = quantity.saturating_sub(line.shipped);
                        line.ship(units.min(line.reserved).min(open));
                    }
                }
                let parts = [line.covered(), line.backordered(), line.undecided(),
                    line.shipped, line.cancelled, line.refused];
                let sum: u32 = parts.into_iter().sum();
                prop_assert_eq!(sum, quantity, "{:?}", line);
            }
        }
    }
}
