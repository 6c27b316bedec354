//! Lines that wait have the day from which they may take stock, and the agenda knows when it
//! comes. Must not know stock.

use crate::Allocator;
use crate::agenda::Cause;
use crate::delta::LineDelta;
use crate::later::MAX_LINES;
use crate::line::{At, Suspended};
use crate::measures::{Day, Happened};
use crate::queue_key::QueueKey;
use domain::ids::{OrderId, Revision};

impl Allocator {
    /// A line has changed: it waits now, or its order, which takes all or nothing, wants it no
    /// more.
    pub(super) fn follow_days(&mut self, delta: &LineDelta, revision: Revision) {
        if delta.happened == Happened::Closed {
            return;
        }
        let slot = delta.at.0;
        let wanted = self.book.line(delta.at).map(|line| line.tally.wanted());
        let whole = self.book.order(slot);
        let whole = whole.filter(|open| open.ship_complete && open.count <= MAX_LINES);
        if wanted == Some(0) && whole.is_some_and(|open| open.count > 1) {
            self.open_order(slot, revision);
        } else if delta.was.waiting == 0 && delta.is.waiting > 0 {
            self.open_line(delta.at);
        }
    }

    /// An open order is not to go on for now, or is again.
    pub(super) fn suspend(
        &mut self,
        order: &OrderId,
        suspended: Option<Suspended>,
        revision: Revision,
    ) {
        let Some(slot) = self.book.find(order.text()) else {
            return;
        };
        self.book.suspend(slot, suspended);
        self.open_order(slot, revision);
        let count = self.book.order(slot).map_or(0, |open| open.count);
        for index in 0..count {
            let Some(line) = self.book.line((slot, index)) else {
                continue;
            };
            let (number, has_some) = (line.sku_state, line.tally.reserved > 0);
            let gives_back = has_some && suspended.is_some_and(|it| it.gives_back);
            let cause = if gives_back {
                self.gives_back.mark(number, (slot, index), ());
                Cause::Marked
            } else {
                self.gives_back.clear(number, (slot, index));
                Cause::Days
            };
            self.end_division(number, revision);
            self.ask(number, cause, revision);
        }
    }

    /// A line changed. Stock that was on its way to it while its order was suspended goes back.
    pub(super) fn follow_suspended(&mut self, delta: &LineDelta) {
        let (was, is, at) = (delta.was.reserved, delta.is.reserved, delta.at);
        if is > was && self.suspended(at.0).is_some_and(|it| it.gives_back) {
            self.gives_back.mark(delta.sku, at, ());
        } else if is == 0 && was > 0 {
            self.gives_back.clear(delta.sku, at);
        }
    }

    /// Lines of an order may take stock from other days on than before, and their dates follow.
    pub(super) fn open_order(&mut self, slot: u32, revision: Revision) {
        let count = self.book.order(slot).map_or(0, |open| open.count);
        for index in 0..count {
            let number = self.book.line((slot, index)).map(|line| line.sku_state);
            if let Some(number) = number
                && self.open_line((slot, index))
            {
                self.ask(number, Cause::Days, revision);
            }
        }
    }

    /// Whether a line that waits may take stock from another day on than before.
    fn open_line(&mut self, at: At) -> bool {
        let from = self.not_before(at);
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return false;
        };
        let (number, queue_key) = (line.sku_state, self.book.key_of(open, at));
        let sku_state = self.sku_states.get_mut(number);
        let moved = sku_state.is_some_and(|sku_state| sku_state.opens_on(queue_key, from));
        // In another zone a day that has come may be still to come. Most lines may take at once.
        let to_come = || from > Day::default() && from > self.day(self.measures.now());
        if moved || to_come() {
            self.agenda.opens_on(number, from);
        }
        moved
    }

    /// The same of every item for which somebody waits until a day comes.
    pub(super) fn open_all_anew(&mut self, revision: Revision) {
        let all = self.sku_states.iter();
        let later = all.filter(|(_, sku_state)| !sku_state.later().is_empty());
        let numbers: Vec<u32> = later.map(|(number, _)| number).collect();
        for number in numbers {
            self.open_anew(number, revision);
        }
    }

    /// Who waits for an item may take it from other days on: it is sold otherwise, or days are
    /// told in another zone. As many steps as lines wait, for a fact that is rare.
    pub(super) fn open_anew(&mut self, number: u32, revision: Revision) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let waiting = sku_state.queue().iter();
        let waiting = waiting.map(|entry| (entry.order, entry.queue_key));
        // Lines of an order that takes all or nothing wait for each other's days.
        let stocked = sku_state.stocked().iter();
        let stocked = stocked.map(|entry| (entry.order, entry.queue_key));
        let come = sku_state.door().iter();
        let come = come.map(|entry| (entry.order, entry.queue_key));
        let lines: Vec<(u32, QueueKey)> = waiting.chain(stocked).chain(come).collect();
        for (slot, queue_key) in lines {
            let open = self.book.order(slot);
            if open.is_some_and(|open| open.ship_complete && open.count <= MAX_LINES) {
                self.open_order(slot, revision);
                self.ask_siblings(slot, revision);
            } else if let Ok(index) = u16::try_from(queue_key.log_order.line_index()) {
                self.open_line((slot, index));
            }
        }
        self.ask(number, Cause::Days, revision);
    }
}
