//! What a rebalancing run asks for and does: `allocator` moves stock already reserved.

use serde::{Deserialize, Serialize};

use super::allocator::Effect;
use super::answers::Answers;
use super::cause::{Before, Cause};
use crate::ids::{Key, OrderId, RunId, Sku, Tier, Timestamp};

/// Stock already reserved was given to others, as an operator asked and saw before. Recorded,
/// never recomputed; what it leaves to be decided is settled after it, as after any fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebalanced {
    /// This run.
    pub run: RunId,
    /// The ranking rule's version that ranks came from.
    pub rule: u32,
    /// Who was looked at and how, the first that a line fits decides.
    pub segments: Vec<RunSegment>,
    /// The most promises that were allowed to move; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nervousness_budget: Option<u32>,
    /// The preview that was agreed to: how many of the plan's changes, and their digest.
    pub preview: String,
    /// What it did to each line: released first, then assigned.
    pub effects: Vec<Effect>,
    /// What led to the effects. An effect that none of them names was recorded before causes were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Where the decision before stands of each order that had one, in the order of the effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
}

impl Rebalanced {
    pub(super) fn concerns(&self) -> Vec<Key> {
        super::allocator::concerned(&self.effects)
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.run.key())
    }
}

/// Lines of a run that are treated alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSegment {
    /// Which lines.
    pub filter: RunFilter,
    /// Who of them comes first; after these, their rank decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<RunSort>,
    /// What may become of them.
    pub strategy: RunStrategy,
}

/// Which open lines: those that meet all that is set. Nothing set: every line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFilter {
    /// Of one of these SKUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<Sku>,
    /// Of a customer of one of these tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// Ordered through one of these channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// That go to one of these regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Of one of these orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderId>,
    /// Placed then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_from: Option<Timestamp>,
    /// Placed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_before: Option<Timestamp>,
    /// Whose open units are worth at least this, in minor units of the order's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_at_least_minor: Option<u64>,
}

/// By what lines of a segment are sorted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunSort {
    /// By rank, the best first.
    Rank,
    /// By what their open units are worth, the dearest first.
    Value,
    /// By the date asked for, the earliest first; without one, last.
    RequestedAt,
    /// By when they were placed, the earliest first.
    PlacedAt,
    /// By tier, in this order; a tier not named, last.
    Tier {
        /// The best first.
        order: Vec<Tier>,
    },
}

/// What may become of the lines of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStrategy {
    /// Wholly covered on time, or it keeps what it has and the run says that it could not.
    Win,
    /// It keeps what it has and gains what can be had; gaining nothing though short is said.
    Gain,
    /// As gain, and gaining nothing is in order.
    Improve,
    /// It may gain or lose.
    Redistribute,
    /// It may only lose, to those before it.
    Fill,
    /// It gives up all that is not in a released wave.
    Lose,
    /// It stays as it is.
    Skip,
}

impl RunStrategy {
    /// Its lines may gain.
    pub const fn gains(self) -> bool {
        match self {
            Self::Win | Self::Gain | Self::Improve | Self::Redistribute => true,
            Self::Fill | Self::Lose | Self::Skip => false,
        }
    }

    /// Its lines may lose.
    pub const fn gives(self) -> bool {
        match self {
            Self::Redistribute | Self::Fill | Self::Lose => true,
            Self::Win | Self::Gain | Self::Improve | Self::Skip => false,
        }
    }
}
