//! Who waits though the day has come that they were told first ranks by it, where the rule says so.
//! Must not know stock.

use crate::Allocator;
use crate::agenda::Cause;
use crate::line::{At, Open};
use crate::measures::Day;
use crate::queue_key::QueueKey;
use domain::decider::Recorded;
use domain::event::PromisesDue;
use domain::ids::{Revision, Timestamp};

impl Allocator {
    /// Told days that have come, and that nobody ranks by yet.
    pub(crate) fn promises_come(&self, now: Timestamp) -> Option<PromisesDue> {
        let today = self.day(now);
        let lines = self.told_days.come(today);
        (lines > 0).then(|| PromisesDue {
            day_begins_at: self.zones.cell().begin(today.0.into()),
            lines: u32::try_from(lines).unwrap_or(u32::MAX),
        })
    }

    /// A day has come that customers were told.
    pub(super) fn promises_due(&mut self, recorded: Recorded, due: &PromisesDue) {
        let revision = recorded.position.revision;
        let day = Day::of(due.day_begins_at, self.zones.cell());
        for of in self.told_days.take(day) {
            for at in self.ranked_as(of) {
                if let Some(number) = self.book.line(at).map(|line| line.sku_state) {
                    self.end_division(number, revision);
                }
            }
            self.set_due(of, true, revision);
        }
    }

    /// A line has changed: it waits now, was told a day, or waits no more.
    pub(super) fn follow_told(&mut self, at: At, revision: Revision) {
        if !self.book.counts_told_days() {
            return;
        }
        let Some(of) = self.book.order(at.0).map(|open| open.ranks_as(at)) else {
            return;
        };
        let day = self.told_day(of);
        if !self.book.is_due(of) {
            self.told_days.set(of, day);
        } else if day.is_none() {
            // What lines have by now, they have; ranks of others do not follow from it.
            self.set_due(of, false, revision);
        }
    }

    /// Another rule is set, under which told days count, or do not.
    pub(super) fn follow_told_anew(&mut self, revision: Revision) {
        self.told_days.clear();
        if !self.book.counts_told_days() {
            return;
        }
        let orders = self.book.iter();
        let orders: Vec<(u32, u16)> = orders.map(|(slot, open)| (slot, open.count)).collect();
        for (slot, count) in orders {
            for index in 0..count {
                self.follow_told((slot, index), revision);
            }
        }
    }

    /// The day by which a line ranks once it has come: the first that its customer was told in this
    /// wait. Of an order that takes all or nothing the last of its lines' days, since nothing
    /// leaves before it; none while one of them that waits was told none.
    pub(crate) fn told_day(&self, of: At) -> Option<Day> {
        let open = self.book.order(of.0)?;
        if !open.ship_complete {
            return self.told_of_line(open, of);
        }
        let mut last = None;
        for (index, line) in (0_u16..).zip(self.book.lines_of(open)) {
            if line.tally.backordered() > 0 {
                last = last.max(Some(self.told_of_line(open, (of.0, index))?));
            }
        }
        last
    }

    fn told_of_line(&self, open: &Open, at: At) -> Option<Day> {
        let line = self.book.line(at)?;
        let queue = self.sku_states.get(line.sku_state)?.queue();
        let entry = queue.get(self.book.key_of(open, at))?;
        Some(entry.first_promised).filter(|day| *day > Day::default())
    }

    /// The lines for which this one stands.
    fn ranked_as(&self, of: At) -> Vec<At> {
        let open = self.book.order(of.0);
        let whole = open.filter(|open| open.ship_complete);
        match whole {
            Some(open) => (0..open.count).map(|index| (of.0, index)).collect(),
            None => vec![of],
        }
    }

    /// Lines rank by a told day that has come, or no more.
    fn set_due(&mut self, of: At, due: bool, revision: Revision) {
        let lines = self.ranked_as(of).into_iter();
        let before: Vec<(At, QueueKey)> = lines
            .filter_map(|at| Some((at, self.book.queue_key(at)?)))
            .collect();
        self.book.set_due(of, due);
        for (at, was) in before {
            let number = self.book.line(at).map(|line| line.sku_state);
            let (Some(is), Some(number)) = (self.book.queue_key(at), number) else {
                continue;
            };
            let sku_state = self.sku_states.get_mut(number);
            let waits = sku_state.is_some_and(|sku_state| sku_state.rekey(was, is));
            if waits && was != is {
                self.ask(number, Cause::Ranks, revision);
            }
        }
    }
}
