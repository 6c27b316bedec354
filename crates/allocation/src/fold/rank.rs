//! What lines are ranked by: as they come, and anew when another rule is set. Must not know what
//! a line gets.

use crate::Allocator;
use crate::agenda::Cause;
use crate::line::{At, Extra, OpenLine, Shift};
use crate::rule::{LineTerms, Merits, RankingRule};
use domain::decider::Recorded;
use domain::event::{OrderPlaced, Prioritised, RankingRuleSet};
use domain::exact::Exact;
use domain::ids::{Revision, Timestamp};

impl Allocator {
    /// Every open line has the rank that another rule gives. What is reserved stays reserved;
    /// whatever is decided from here on goes by the new ranks.
    pub(crate) fn ranking_rule_set(&mut self, recorded: Recorded, set: &RankingRuleSet) {
        if set.unchanged {
            return;
        }
        self.rule = RankingRule::from(set);
        let mut moved = self.book.rank_by(LineTerms::from(&self.rule));
        let slots: Vec<u32> = self.book.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            moved |= self.rerank_order(slot);
        }
        if !moved {
            return;
        }
        let sku_states: Vec<u32> = self.sku_states.iter().map(|(number, _)| number).collect();
        for number in sku_states {
            self.rerank_sku_state(number, recorded.position.revision);
        }
        self.follow_told_anew(recorded.position.revision);
    }

    /// Whether the order's rank is another one.
    pub(super) fn rerank_order(&mut self, slot: u32) -> bool {
        let Some(merits) = self.merits(slot) else {
            return false;
        };
        let days = self.rule.boost_days(&merits);
        let effective = merits.earlier(days);
        self.book.rerank(slot, days, effective)
    }

    /// A person said where a line ranks, or all lines of an order. One that closed meanwhile has
    /// no rank.
    pub(super) fn prioritised(&mut self, recorded: Recorded, it: &Prioritised) {
        let Some(slot) = self.book.find(it.order.text()) else {
            return;
        };
        let count = self.book.order(slot).map_or(0, |open| open.count);
        for index in 0..count {
            let at = (slot, index);
            let line = self.book.line(at);
            let meant = line.filter(|line| it.line == 0 || line.number == it.line);
            let Some(number) = meant.map(|line| line.sku_state) else {
                continue;
            };
            let shift = (it.days != 0).then(|| Shift {
                days: it.days,
                reason: it.reason.clone(),
                by: it.by.clone(),
            });
            if self.book.set_shift(at, shift) {
                self.end_division(number, recorded.position.revision);
                self.rerank_sku_state(number, recorded.position.revision);
            }
        }
    }

    /// A division of an SKU that is under way went by other lines, or by another order of them.
    pub(super) fn end_division(&mut self, number: u32, at: Revision) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        if sku_state.policy().is_some_and(|policy| policy.fair_share) {
            self.sharings.end(sku_state.sku(), at);
        }
    }

    pub(super) fn rerank_sku_state(&mut self, number: u32, revision: Revision) {
        let book = &self.book;
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        if sku_state.rerank(|at| book.queue_key(at)) {
            // A decision that is under way went by the ranks before.
            self.ask(number, Cause::Ranks, revision);
        }
    }

    /// What an open order's rank follows from.
    pub(crate) fn merits(&self, slot: u32) -> Option<Merits<'_>> {
        let open = self.book.order(slot)?;
        let none = Extra::default();
        let extra = self.book.extra(slot).unwrap_or(&none);
        // A rank follows from what was ordered, not from what was taken instead.
        let lines = self.book.lines_of(open);
        let placed = extra.substituted_from;
        let placed = placed.map(|from| lines.partition_point(|line| line.number < from));
        let placed = placed.and_then(|count| lines.get(..count)).unwrap_or(lines);
        Some(Merits {
            placed_at: open.placed_at(),
            tier: self.catalogue.tier_of(open)?,
            value_minor: value_minor(placed),
            lifetime_value_minor: extra.lifetime_value_minor,
            requested_at: extra.requested_at,
            urgency: extra.urgency,
            ship_by: extra.ship_by,
            units: open.ship_complete.then(|| units(placed)),
            due: false,
        })
    }

    /// The same of one of its lines.
    pub(crate) fn merits_of_line(&self, at: At) -> Option<Merits<'_>> {
        let merits = self.merits(at.0)?;
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let units = merits.units.unwrap_or(u64::from(line.tally.quantity));
        Some(Merits {
            units: Some(units),
            due: self.book.is_due(open.ranks_as(at)),
            ..merits
        })
    }

    /// What an order that comes is ranked by, and its boosts in days.
    pub(super) fn rank(
        &self,
        placed: &OrderPlaced,
        at: Timestamp,
        lines: &[OpenLine],
    ) -> (Timestamp, u16) {
        let merits = Merits {
            placed_at: placed.placed_at.unwrap_or(at),
            tier: &placed.customer.tier,
            value_minor: value_minor(lines),
            lifetime_value_minor: placed.customer.lifetime_value_minor,
            requested_at: placed.requested_at,
            urgency: placed.urgency,
            ship_by: placed.ship_by,
            units: placed.ship_complete.then(|| units(lines)),
            due: false,
        };
        let days = self.rule.boost_days(&merits);
        (merits.earlier(days), days)
    }
}

/// Units that were ordered of all lines. What was cancelled or shipped since does not count, so
/// that nobody moves back in line while they wait, and a rule that comes later finds the same.
fn units(lines: &[OpenLine]) -> u64 {
    let units = lines.iter().map(|line| u64::from(line.tally.quantity));
    units.fold(0, Exact::plus)
}

/// What lines cost, in minor units.
fn value_minor(lines: &[OpenLine]) -> i64 {
    lines.iter().fold(0, |sum: i64, line| {
        let units = i64::from(line.tally.quantity);
        // Saturates: money, at any price that a customer names.
        sum.saturating_add(line.unit_price_minor.saturating_mul(units))
    })
}
