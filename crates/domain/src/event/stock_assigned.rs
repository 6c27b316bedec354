//! What becomes true when a person gives stock to a line, whatever the ranks say.

use serde::{Deserialize, Serialize};

use super::allocator::{Effect, concerned};
use super::answers::Answers;
use super::cause::{Before, Cause};
use crate::ids::{AssignmentId, Key, OrderId, Sku};

/// A line was given units that are free, or that another order had. Recorded, never recomputed;
/// what it leaves to be decided is settled after it, as after any fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockAssigned {
    /// The request.
    pub assignment: AssignmentId,
    /// To whom.
    pub order: OrderId,
    /// To which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// Whose they were; absent: they were free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<OrderId>,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
    /// The version of the ranking rule by which others would have come first.
    pub rule: u32,
    /// What it did to each line: released first, then assigned.
    pub effects: Vec<Effect>,
    /// What led to the effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Where the decision before stands of each order that had one, in the order of the effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
}

impl StockAssigned {
    pub(super) fn concerns(&self) -> Vec<Key> {
        concerned(&self.effects)
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.assignment.key())
    }
}
