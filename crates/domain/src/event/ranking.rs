//! What becomes true of the ranking rule, in `allocator`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::off::off;
use crate::ids::{DefinitionId, Key, Tier, Timestamp};

/// The tiers of the rule that stands until one is set, each with its days.
pub const BUILT_IN_TIER_DAYS: [(&str, u32); 2] = [("gold", 14), ("silver", 7)];

/// Who comes first follows from another rule; every open line has the rank that it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingRuleSet {
    /// The request to set it.
    pub definition: DefinitionId,
    /// Told with every decision from here on: one more than the rule before, or the same as that.
    pub version: u32,
    /// What the rule is, in a sentence that can be read out to a customer.
    pub explanation: String,
    /// Days by which a tier counts as ordered earlier; a tier not named has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tier_days: BTreeMap<Tier, u32>,
    /// Days for an order's value, from the smallest amount up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value: Vec<BoostStep>,
    /// Days for what the customer has spent so far, from the smallest amount up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifetime_value: Vec<BoostStep>,
    /// An order wanted on the day it was placed has so many days, one less for each day later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_within_days: Option<u32>,
    /// Days for each urgency, from 1 to 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urgency_days: Vec<u32>,
    /// The same as for the requested date, for the legal deadline of shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_within_days: Option<u32>,
    /// A line of one unit has so many days, one of n units so many divided by the square root of
    /// n, rounded down. The units are those that were ordered of the line; where an order takes
    /// all or nothing, those of all its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub small_line_days: Option<u32>,
    /// A line that still waits on the day that its customer was told first has so many days from
    /// then on, as long as it waits; where an order takes all or nothing, once the last of the days
    /// has come that were told for its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_due_days: Option<u32>,
    /// The most days that all boosts of a line come to together: but by a clerk's word, nobody
    /// waits behind an order that was placed later than that after theirs.
    pub max_boost_days: u32,
    /// The rule in force says the same; it keeps its version.
    #[serde(default, skip_serializing_if = "off")]
    pub unchanged: bool,
}

/// Days for an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoostStep {
    /// From this amount on, in minor units of the order's own currency.
    pub at_least_minor: i64,
    /// Days by which the order counts as placed earlier.
    pub days: u32,
}

/// A day has come that customers were told, and they still wait: they rank by it from here on, as
/// the ranking rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisesDue {
    /// When the day begins, in the cell's time zone. Who waits and was first told this day, or one
    /// before it, ranks by it.
    pub day_begins_at: Timestamp,
    /// Lines that do since now; an order that takes all or nothing counts as one.
    pub lines: u32,
}

impl PromisesDue {
    pub(super) const fn concerns(&self) -> Vec<Key> {
        Vec::new()
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}

impl RankingRuleSet {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.definition.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.definition.key())
    }
}
