//! Not before: the day from which a line may take stock. An item may be released on a day, or be
//! reserved only so many days before the day on which an order is wanted. Until then the line
//! waits in its place, and whoever may take now is given what is there. An order that is suspended
//! takes nothing until it is let go on. Must not know stock.

use super::line::{At, Open, OpenLine, Suspended};
use super::measures::Day;
use super::{Allocator, promise};
use domain::event::Promise;
use domain::ids::{OrderId, Sku, Timestamp};

/// The most lines of an order that takes all or nothing whose days are kept as one, since they
/// take stock on one day: whenever one of them changes, all are looked at.
pub(super) const MAX_LINES: u16 = 16;

impl Allocator {
    /// The day of this time, by which it is told who may take stock.
    pub(super) fn day(&self, now: Timestamp) -> Day {
        Day::of(now, self.zones.cell())
    }

    /// The first day on which a line may take stock.
    pub(super) fn not_before(&self, at: At) -> Day {
        let Some(open) = self.book.order(at.0) else {
            return Day::default();
        };
        if self.suspended(at.0).is_some() {
            return Day::NEVER;
        }
        if open.ship_complete && open.count <= MAX_LINES {
            return self.whole_not_before(at.0, open);
        }
        let line = self.book.line(at);
        line.map_or_else(Day::default, |line| self.line_not_before(at.0, line))
    }

    /// Whether what is reserved of an item for an order may leave: the order goes on, and the item
    /// is released.
    pub fn may_leave(&self, order: &OrderId, sku: &Sku, now: Timestamp) -> bool {
        let slot = self.book.find(order.text());
        let stands_still = slot.is_some_and(|slot| self.suspended(slot).is_some());
        let policy = self.sku_states.of(sku).and_then(|it| it.policy());
        let releases_at = policy.and_then(|policy| policy.releases_at);
        let to_come = releases_at.is_some_and(|at| self.zones.cell().start_of_day(at) > now);
        !stands_still && !to_come
    }

    /// Since when an order is not to go on, and what becomes of its stock.
    pub(super) fn suspended(&self, slot: u32) -> Option<Suspended> {
        self.book.extra(slot)?.suspended
    }

    /// The first day on which all that an order still wants may be taken.
    pub(super) fn whole_not_before(&self, slot: u32, open: &Open) -> Day {
        if self.suspended(slot).is_some() {
            return Day::NEVER;
        }
        let lines = self.book.lines_of(open).iter();
        let wanted = lines.filter(|line| line.tally.wanted() > 0);
        let days = wanted.map(|line| self.line_not_before(slot, line));
        days.max().unwrap_or_default()
    }

    fn line_not_before(&self, slot: u32, line: &OpenLine) -> Day {
        let sku_state = self.sku_states.get(line.sku_state);
        let Some(policy) = sku_state.and_then(|sku_state| sku_state.policy()) else {
            return Day::default();
        };
        if policy.reserve_days_before.is_none() && policy.releases_at.is_none() {
            return Day::default();
        }
        let extra = self.book.extra(slot);
        let requested_at = extra.and_then(|extra| extra.requested_at);
        policy.not_before(requested_at, self.zones.cell())
    }

    /// When that day begins, if it is known and still to come.
    pub(super) fn opens_at(&self, from: Day, now: Timestamp) -> Option<Timestamp> {
        (from > self.day(now) && from < Day::NEVER).then(|| self.zones.cell().begin(from.0.into()))
    }

    /// What a line is told that may take nothing before a day: no date before it.
    pub(super) fn quoted_from(&self, from: Day, quote: Promise, now: Timestamp) -> Promise {
        match self.opens_at(from, now) {
            Some(opens_at) => promise::not_before(quote, opens_at),
            None => quote,
        }
    }
}
