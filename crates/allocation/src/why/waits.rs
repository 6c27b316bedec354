//! How many units a line waited for when something was decided: as the room of then has it, or as
//! far as the line's own facts tell. Must not know what is told of it.

use super::decision::{Effects, Fact, Of, Stands};
use crate::Allocator;
use domain::demand::{Change, LineChange, Lines};
use domain::event::{Effect, ReleaseReason};
use domain::exact::Exact;
use domain::ids::{OrderId, Timestamp};

impl Allocator {
    /// How a line of an open order stands.
    pub fn stands(&self, order: &OrderId, line: u32) -> Option<Stands> {
        let line = self.book.line(self.find(order, line).ok()?)?;
        Some(Stands {
            waits: line.tally.backordered(),
            given_up: line.tally.cancelled,
        })
    }

    /// Units that a line wants and has no stock for, those at the door included.
    fn unfilled(&self, order: &OrderId, line: u32) -> u32 {
        let at = self.find(order, line).ok();
        let line = at.and_then(|at| self.book.line(at));
        line.map_or(0, crate::line::OpenLine::unfilled)
    }
}

/// What a line waits for, as its own facts say, and what it was ranked by last.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Waits {
    units: u32,
    reserved: u32,
    /// Units that were given up, which the facts at hand account for.
    given_up: u32,
    /// Units that it has given up, nobody here knows when.
    unseen: u32,
    /// By which version of the ranking rule, and what.
    ranked: Option<(u32, Timestamp)>,
}

impl Waits {
    /// Before the first of a line's own facts. What happens to an open order without a decision, as
    /// a cancellation of what waits, is not among them: that it did, its end tells.
    pub fn before(of: Of<'_>, own: &[&Fact]) -> Self {
        let mut end = Self::default();
        for fact in own {
            end.fold(of, fact);
        }
        let given_up = of.stands.given_up.minus_or_zero(end.given_up);
        Self {
            unseen: end.units.minus_or_zero(of.stands.waits).max(given_up),
            ..Self::default()
        }
    }

    /// What one of its facts did to the line.
    pub fn fold(&mut self, of: Of<'_>, fact: &Fact) {
        for LineChange {
            order,
            lines,
            change,
        } in fact.event.line_changes()
        {
            if order == of.order && [Lines::All, Lines::One(of.line)].contains(&lines) {
                self.follow(&change);
            }
        }
        let own = |effect: &Effect| effect.order() == of.order && effect.line() == of.line;
        if let Some(decided) = fact.decided() {
            let ranks = decided.effects.iter().filter(|effect| own(effect));
            let last = ranks.filter_map(effective).next_back();
            self.ranked = last.map(|at| (decided.rule, at)).or(self.ranked);
        }
    }

    fn follow(&mut self, change: &Change<'_>) {
        match change {
            Change::Wait(it) => self.units = self.units.plus(it.quantity),
            Change::Offer(it) => self.units = self.units.plus(it.quantity),
            Change::Assign(it) => {
                self.units = self.units.minus_or_zero(it.quantity);
                self.reserved = self.reserved.plus(it.quantity);
            }
            Change::Refuse(it) => self.units = self.units.minus_or_zero(it.quantity),
            Change::Release(it) if it.why == ReleaseReason::Cancelled => {
                self.reserved = self.reserved.minus_or_zero(it.quantity);
                self.given_up = self.given_up.plus(it.quantity);
            }
            Change::Release(it) => self.wait_again(it.quantity),
            Change::Miss { units, .. } => self.wait_again(*units),
            Change::Cancel { units } | Change::Exchange { units } => {
                let gone = self.units.min(*units);
                self.units = self.units.minus(gone);
                self.given_up = self.given_up.plus(gone);
            }
            // What was not planned leaves what others had, and the line waits for less.
            Change::Ship { units, .. } => {
                let planned = self.reserved.min(*units);
                self.reserved = self.reserved.minus(planned);
                self.units = self.units.minus_or_zero(units.minus(planned));
            }
            Change::Close => *self = Self::default(),
            Change::Place(_)
            | Change::Open(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Move { .. }
            | Change::Return { .. } => {}
        }
    }

    fn wait_again(&mut self, units: u32) {
        let again = self.reserved.min(units);
        self.reserved = self.reserved.minus(again);
        self.units = self.units.plus(again);
    }

    /// Units of a line that others got instead in a decision, which is folded here: those that it
    /// waited for when that was decided, less what it got in it. Without the room of `then`, those
    /// that it waited for whatever else happened to it.
    pub fn left(&self, of: Of<'_>, decided: &Effects<'_>, then: Option<&Allocator>) -> u32 {
        let (mut gone, mut back) = (0_u32, 0_u32);
        let own = |effect: &&Effect| effect.order() == of.order && effect.line() == of.line;
        for effect in decided.effects.iter().filter(own) {
            match effect {
                Effect::Assigned(it) => gone = gone.plus(it.quantity),
                Effect::Refused(it) => gone = gone.plus(it.quantity),
                Effect::Released(it) if it.why != ReleaseReason::Cancelled => {
                    back = back.plus(it.quantity);
                }
                Effect::Released(_)
                | Effect::Backordered(_)
                | Effect::Offered(_)
                | Effect::Promised(_) => {}
            }
        }
        match then {
            Some(then) => then.unfilled(of.order, of.line).minus_or_zero(gone),
            None => self.units.minus_or_zero(back).minus_or_zero(self.unseen),
        }
    }

    /// What it was ranked by, if that is known by this version of the rule: ranks of two rules say
    /// nothing of each other.
    pub fn ranked_by(&self, rule: u32) -> Option<Timestamp> {
        let known = self.ranked.filter(|(by, _)| *by == rule);
        known.map(|(_, effective)| effective)
    }
}

/// What a line was ranked by, where an effect says it.
const fn effective(effect: &Effect) -> Option<Timestamp> {
    match effect {
        Effect::Backordered(it) => Some(it.effective),
        Effect::Assigned(it) => Some(it.effective),
        Effect::Released(_) | Effect::Offered(_) | Effect::Refused(_) | Effect::Promised(_) => None,
    }
}
