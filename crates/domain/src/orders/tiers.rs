//! Which standings of customers are defined: those that the ranking rule names, and that of
//! everybody. Must not know what a rule gives for them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::available::ORDINARY_TIER;
use crate::event::{BUILT_IN_TIER_DAYS, RankingRuleSet};
use crate::ids::{Tier, but_near};

/// Whether an order may come with a tier that nobody has defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenTiers {
    /// It is refused: a slip would rank it last, and nobody would see why.
    Defined,
    /// The order is taken as one of [`ORDINARY_TIER`], and tells which was said.
    OrStandard,
    /// It may; the order ranks as one without a boost for its tier.
    Any,
}

/// The tiers of the ranking rule in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tiers(BTreeSet<Tier>);

impl Default for Tiers {
    fn default() -> Self {
        Self(BUILT_IN_TIER_DAYS.map(|(tier, _)| tier.into()).into())
    }
}

impl Tiers {
    /// Another rule defines others.
    pub fn set(&mut self, rule: &RankingRuleSet) {
        if !rule.unchanged {
            self.0 = rule.tier_days.keys().cloned().collect();
        }
    }

    pub fn has(&self, tier: &Tier) -> bool {
        tier.as_str() == ORDINARY_TIER || self.0.contains(tier)
    }

    /// What is to be said of one that is not: one that is near, or which there are.
    pub fn but(&self, unknown: &Tier) -> String {
        let known = || self.0.iter().map(Tier::as_str).chain([ORDINARY_TIER]);
        let near = but_near(unknown.as_str(), known());
        if near.is_empty() {
            let some: Vec<&str> = known().take(MAX_NAMED).collect();
            format!("; there are {}", some.join(", "))
        } else {
            near
        }
    }
}

/// The most tiers that a refusal names.
const MAX_NAMED: usize = 8;
