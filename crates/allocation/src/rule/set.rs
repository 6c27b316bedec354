//! Setting another rule, and reading the one in force.

use super::{RankingRule, check};
use crate::{Allocator, AllocatorRefusal};
use domain::decider::{Decided, Decision};
use domain::event::RankingRuleSet;

impl Allocator {
    /// The rule in force.
    pub const fn ranking_rule(&self) -> &RankingRule {
        &self.rule
    }

    /// Sets another rule, by which every open line is ranked from then on. The version asked for
    /// is not looked at: it is one more than that in force. A rule that says the same as what
    /// stands records nothing.
    ///
    /// # Errors
    /// The first bound that the rule breaks.
    pub fn set_ranking_rule(&self, asked: &RankingRuleSet) -> Decision<AllocatorRefusal> {
        let key = asked.definition.key();
        if let Some(at) = self.once.find(key) {
            return Ok(Decided::Before(at, asked.clone().into()));
        }
        check(asked)?;
        let stands = RankingRule::from(asked);
        let version = self.rule.version;
        if self.rule == (RankingRule { version, ..stands }) {
            return Ok(Decided::Nothing);
        }
        let set = RankingRuleSet {
            version: version.saturating_add(1),
            ..asked.clone()
        };
        Ok(self.once.decide(key, set.into()))
    }
}
