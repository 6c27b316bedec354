//! What may be said beside a date that was told: which inbound covers the line at this moment,
//! and what its supplier's deliveries so far make likely. Must not decide anything.

use super::line::At;
use super::policy::Policy;
use super::{Allocator, AllocatorRefusal, MAX_EXPLAINED, Outlook};
use domain::event::Promise;
use domain::exact::Exact;
use domain::ids::{OrderId, Sku, Timestamp};

/// A line's units and dates.
#[derive(Debug, Clone, PartialEq)]
pub struct LineDates {
    /// Its number in its order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Units that nobody has decided on.
    pub undecided: u32,
    /// Units for which stock is reserved.
    pub reserved: u32,
    /// Units that wait.
    pub backordered: u32,
    /// The date told for them; nothing if nothing waits.
    pub promised: Option<Promise>,
    /// The date that would be told at this moment: it moves within the tolerance unsaid.
    pub current: Option<Promise>,
}

impl Allocator {
    /// The dates of one line of an order, or of all of them (0), at most [`MAX_EXPLAINED`].
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn dates(
        &self,
        id: &OrderId,
        line: u32,
        now: Timestamp,
    ) -> Result<Vec<LineDates>, AllocatorRefusal> {
        if line > 0 {
            self.find(id, line)?;
        }
        let order = self.order(id)?;
        let wanted = |other: &u32| line == 0 || *other == line;
        let lines = order.lines.into_iter().filter(|other| wanted(&other.line));
        let dates = lines.take(MAX_EXPLAINED).map(|found| LineDates {
            line: found.line,
            undecided: found.tally.undecided(),
            reserved: found.tally.covered(),
            backordered: found.tally.backordered(),
            promised: found.promised,
            current: self
                .find(id, found.line)
                .ok()
                .and_then(|at| self.current(at, now)),
            sku: found.sku,
        });
        Ok(dates.collect())
    }

    /// The date that would be told to a line now; nothing if nothing of it waits.
    pub(super) fn current(&self, at: At, now: Timestamp) -> Option<Promise> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let sku_state = self.sku_states.get(line.sku_state)?;
        let entry = sku_state.queue().get(self.book.key_of(open, at))?;
        let ahead = sku_state.queue().before(entry.queue_key).units;
        let kept = self.sourcing().kept_of_supply(sku_state, entry.class);
        let units = ahead.plus(kept).plus(u64::from(entry.units));
        let quote = sku_state.quote(&sku_state.supply().curve(now), units, now);
        Some(self.quoted_from(entry.from, quote, now))
    }

    /// When what waits for an SKU is likely here, if its date is this one. Nothing while too
    /// little is known of the supplier.
    pub fn outlook(&self, promise: &Promise, sku: &Sku, now: Timestamp) -> Option<Outlook> {
        let policy = self.sku_states.of(sku)?.policy();
        let supplier = policy.and_then(|policy: &Policy| policy.supplier.as_ref());
        self.reliability
            .outlook(promise, sku, supplier, (now, self.zones.cell()))
    }
}
