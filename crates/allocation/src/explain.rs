//! How a line stands and what would change it, in sentences that a clerk can read to a customer.
//! Worked out from the state when asked; what was decided before, and why, is told by
//! [`why`](super::why) from the log. Must not decide anything.

use super::line::At;
use super::promise::promised;
use super::queue_key::QueueKey;
use super::wording::{are, were};
use super::{Allocator, AllocatorRefusal};
use domain::decider::Projection;
use domain::exact::Exact;
use domain::ids::{OrderId, Timestamp};

mod explanation;
mod sentences;

pub use explanation::Explanation;
use sentences::{moved, sentences};

/// The most lines of an order that are explained at once.
pub const MAX_EXPLAINED: usize = 500;

/// Where a line stands in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuePlace {
    /// From 1.
    pub place: u64,
    /// Units that wait ahead of it.
    pub units_ahead: u64,
}

impl Allocator {
    /// Where a line stands in its queue; nothing if nothing of it waits.
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn queue_place(
        &self,
        order: &OrderId,
        line: u32,
    ) -> Result<Option<QueuePlace>, AllocatorRefusal> {
        Ok(self.place_of(self.find(order, line)?))
    }

    fn place_of(&self, at: At) -> Option<QueuePlace> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        if line.tally.backordered() == 0 {
            return None;
        }
        let ahead = self
            .sku_states
            .get(line.sku_state)?
            .queue()
            .before(self.book.key_of(open, at));
        Some(QueuePlace {
            place: u64::from(ahead.lines).plus(1),
            units_ahead: ahead.units,
        })
    }

    /// Why a line has what it has; line 0 is all lines of the order, at most [`MAX_EXPLAINED`].
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn explain(
        &self,
        id: &OrderId,
        line: u32,
        now: Timestamp,
    ) -> Result<Vec<Explanation>, AllocatorRefusal> {
        if line > 0 {
            let at = self.find(id, line)?;
            return Ok(self.explained(at, now).into_iter().collect());
        }
        let (slot, open) = self.slot(id)?;
        let most = u16::try_from(MAX_EXPLAINED).unwrap_or(u16::MAX);
        Ok((0..open.count.min(most))
            .filter_map(|index| self.explained((slot, index), now))
            .collect())
    }

    /// What a line ranks by among all; nothing if it is not open.
    pub(super) fn queue_key(&self, order: &OrderId, line: u32) -> Option<QueueKey> {
        let at = self.find(order, line).ok()?;
        self.book.queue_key(at)
    }

    /// Why what is free on this state, when so many went to others before, does not go to a line
    /// that waits, told as past.
    pub(super) fn why_passed_over(&self, order: &OrderId, line: u32, gone: u64) -> Option<String> {
        let at = self.find(order, line).ok()?;
        let line = self.book.line(at)?;
        let sku_state = self.sku_states.get(line.sku_state)?;
        self.passed_over(sku_state, (at.0, line), gone, were)
    }

    fn explained(&self, at: At, now: Timestamp) -> Option<Explanation> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let sku_state = self.sku_states.get(line.sku_state)?;
        let queue_key = self.book.key_of(open, at);
        let merits = self.merits_of_line(at)?;
        let backordered = line.tally.backordered();
        let rank = self.place_of(at);
        let waits = rank.is_some();
        let tier = self.catalogue.tier_of(open);
        let promise = sku_state
            .queue()
            .get(queue_key)
            .and_then(|entry| promised(entry, &self.purchases));
        let mut explanation = Explanation {
            line: line.number,
            sku: sku_state.sku().clone(),
            formerly: self.renamed().former(sku_state.sku()).to_vec(),
            quantity: line.tally.quantity,
            reserved: line.tally.covered(),
            backordered,
            place: rank.map_or(0, |rank| rank.place),
            effective: queue_key.effective,
            placed_at: open.placed_at(),
            tier: tier.cloned().unwrap_or_else(|| "".into()),
            boost_days: u32::from(self.rule.boost_days(&merits)),
            moved_days: self.book.shift(at).map_or(0, |shift| shift.days),
            moved: self.book.shift(at).map(moved),
            boosts: self.rule.boosts(&merits),
            ranked: self.rule.explain(&merits),
            rule_version: self.rule.version,
            units_ahead: rank.map_or(0, |rank| rank.units_ahead),
            promise: promise.filter(|_| waits),
            last_receipt: sku_state.last_receipt().cloned(),
            would_change: Vec::new(),
            sentences: Vec::new(),
        };
        let zone = self.zone_of(at.0);
        if waits {
            explanation.would_change = self.would_change(&explanation, (at.0, line), sku_state);
        }
        let passed_over = self.passed_over(sku_state, (at.0, line), 0, are);
        let current = self.current(at, now);
        let kept = self.sourcing().kept_of_supply(sku_state, open.class);
        let told_in = (zone, &sku_state.measure());
        explanation.sentences =
            sentences(&explanation, current.as_ref(), kept, passed_over, told_in);
        if let Some(until) = self.offers.until(at) {
            explanation.sentences.push(format!(
                "It was offered something else instead, until {}; what still waits then is \
                 refused.",
                zone.date(until)
            ));
        }
        Some(explanation)
    }
}
