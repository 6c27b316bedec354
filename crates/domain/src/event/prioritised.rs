//! What becomes true when a person says that a line comes earlier or later than its rank.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{Key, OrderId, PriorityId};

/// From now on a line counts as placed so many days earlier or later than its order does, until
/// somebody says otherwise. What is reserved stays reserved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prioritised {
    /// The request.
    pub priority: PriorityId,
    /// Whose.
    pub order: OrderId,
    /// Which line; 0: all that it has then.
    pub line: u32,
    /// Days by which it counts as placed earlier; below 0: later; 0: as its order.
    pub days: i32,
    /// The same as it was before.
    pub was: i32,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
}

impl Prioritised {
    /// It in a sentence, without its order.
    pub fn says(&self) -> String {
        let lines = match self.line {
            0 => "all lines count".to_owned(),
            line => format!("line {line} counts"),
        };
        let days = self.days.unsigned_abs();
        let many = if days == 1 { "day" } else { "days" };
        let when = match self.days {
            0 => "when the order was".to_owned(),
            1.. => format!("{days} {many} earlier"),
            _ => format!("{days} {many} later"),
        };
        format!("{lines} as placed {when}: {} ({})", self.reason, self.by)
    }

    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.priority.key())
    }
}
