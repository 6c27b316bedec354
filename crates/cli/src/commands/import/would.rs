//! What a dry run would itself have done by now: a row that takes back is judged as the run would
//! judge it, after the orders and the cancellations that come before it in the file.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Key, OrderId};
use import::{Purchase, Taken};

/// What the rows before would have changed.
#[derive(Debug, Default)]
pub(super) struct Would {
    /// Orders of the file that would not be placed, by the hash of their number: 16 bytes each.
    left: BTreeSet<Key>,
    /// Units that would be cancelled, of lines that rows take back.
    cancelled: BTreeMap<(OrderId, u32), u32>,
}

impl Would {
    /// An order is left.
    pub fn leave(&mut self, purchase: &Purchase) {
        self.left.insert(purchase.order.key());
    }

    /// Whether an order of the file would be placed. Of those that are placed already the service
    /// knows more.
    pub fn would_place(&self, order: &OrderId) -> bool {
        !self.left.contains(&order.key())
    }

    /// Units of its line that would be cancelled before.
    pub fn cancelled_before(&self, part: &Taken) -> u32 {
        let line = (part.order.clone(), part.line);
        self.cancelled.get(&line).copied().unwrap_or_default()
    }

    /// A part would be cancelled.
    pub fn cancel(&mut self, part: &Taken) {
        let line = (part.order.clone(), part.line);
        let cancelled = self.cancelled.entry(line).or_default();
        *cancelled = cancelled.saturating_add(part.quantity);
    }
}
