//! Promises that need a person: lines that wait past the date that their customers were told, and
//! lines that nothing which is known could cover. Must not decide anything.

use std::ops::Bound;

use super::Allocator;
use super::entry::Waiting;
use super::sku_state::SkuState;
use domain::exact::Exact;
use domain::exception::{Exception, ExceptionKind, Exceptions, Worst};
use domain::ids::Timestamp;

impl Exceptions for Allocator {
    /// Dates are looked at from the earliest on. A date that lapses is soon told anew, so a line
    /// is overdue for about a day; each new date is a letter, and on its timeline.
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        for number in self.agenda.passed(now) {
            let overdue = self.sku_states.get(number);
            if overdue.is_some_and(|sku_state| !self.overdue(sku_state, now, worst)) {
                return;
            }
        }
        for (_, sku_state) in self.sku_states.iter() {
            if let Some(exception) = self.uncovered(sku_state)
                && !worst.take(exception)
            {
                return;
            }
        }
    }
}

impl Allocator {
    /// The lines of an SKU that wait past their dates. False: no more are looked at.
    fn overdue(&self, sku_state: &SkuState, now: Timestamp, worst: &mut Worst) -> bool {
        let passed = |first: Option<Timestamp>| first.is_some_and(|at| at <= now);
        let mut from = Bound::Unbounded;
        while let Some(entry) = sku_state.queue().find(
            from,
            None,
            |sum| passed(sum.first_date()),
            |entry| passed(entry.told_date()),
        ) {
            from = Bound::Excluded(entry.queue_key);
            if let Some(exception) = self.overdue_line(sku_state, &entry)
                && !worst.take(exception)
            {
                return false;
            }
        }
        true
    }

    fn overdue_line(&self, sku_state: &SkuState, entry: &Waiting) -> Option<Exception> {
        let index = u16::try_from(entry.queue_key.log_order.line_index()).ok()?;
        let open = self.book.order(entry.order)?;
        let line = self.book.line((entry.order, index))?;
        let (sku, units, at) = (sku_state.sku(), entry.units, entry.told_date()?);
        let wait = if units == 1 { "waits" } else { "wait" };
        let text = format!(
            "{} of {sku} {wait}; the customer was told {}",
            sku_state.measure().show(units),
            self.zone_of(entry.order).date(at)
        );
        let kind = ExceptionKind::PromiseOverdue;
        Some(Exception {
            order: Some(open.id()),
            line: Some(line.number),
            sku: Some(sku.clone()),
            ..Exception::new(kind, at, u64::from(units), text)
        })
    }

    /// The lines of an SKU of which it is not known what could cover them, as one: the same
    /// purchase helps them all.
    fn uncovered(&self, sku_state: &SkuState) -> Option<Exception> {
        let total = sku_state.queue().total();
        if total.unknown == 0 {
            return None;
        }
        let first = sku_state.queue().first()?;
        let since = self.book.order(first.order)?.placed_at();
        let (sku, units) = (sku_state.sku(), total.units);
        let supply = sku_state.supply().units();
        let missing = units.minus_or_zero(supply);
        let (lines, wait) = match total.lines {
            1 => ("line", "waits"),
            _ => ("lines", "wait"),
        };
        let (count, kind) = (total.lines, ExceptionKind::SupplyUnknown);
        let measure = sku_state.measure();
        let (units, supply) = (measure.show(units), measure.show(supply));
        let text = format!("{count} {lines} {wait} for {units} of {sku}; {supply} inbound");
        Some(Exception {
            sku: Some(sku.clone()),
            ..Exception::new(kind, since, missing, text)
        })
    }
}
