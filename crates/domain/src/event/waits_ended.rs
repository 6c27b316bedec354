//! What becomes true when those who wait for an item are told that it will not come.

use serde::{Deserialize, Serialize};

use super::allocator::{Effect, concerned};
use super::answers::Answers;
use super::cause::Before;
use super::off::none;
use crate::ids::{EndingId, Key, Sku};

/// Lines that waited for an item were offered something else, or refused what they waited for, the
/// best ranked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitsEnded {
    /// The request.
    pub ending: EndingId,
    /// Which item.
    pub sku: Sku,
    /// What they may have instead, the best first; none: their units are refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Sku>,
    /// Days for which the offer stands, if something is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_days: Option<u32>,
    /// The version of the ranking rule by which some are the best.
    pub rule: u32,
    /// What each of them was told, at most [`MAX_EFFECTS`](super::MAX_EFFECTS) lines.
    pub effects: Vec<Effect>,
    /// Lines that wait and were told nothing, since they did not fit in this event: another request
    /// goes on with them.
    #[serde(default, skip_serializing_if = "none")]
    pub left: u64,
    /// Where the decisions before stand of the orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
}

impl WaitsEnded {
    pub(super) fn concerns(&self) -> Vec<Key> {
        concerned(&self.effects)
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.ending.key())
    }
}
