//! What became of the rows before, for a row that takes back. A dry run remembers what it would
//! itself have done by now, so that it judges such a row as the run would.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Key, OrderId};
use import::{Purchase, Taken};

/// What the rows before came to.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Orders of the file that were left, by the hash of their number: 16 bytes each.
    left: BTreeSet<Key>,
    /// Orders that the shop did elsewhere, says the file, and that were placed here.
    here: BTreeSet<Key>,
    /// Units that would be cancelled, of lines that rows take back.
    cancelled: BTreeMap<(OrderId, u32), u32>,
}

impl Before {
    /// An order is left.
    pub fn leave(&mut self, purchase: &Purchase) {
        self.left.insert(purchase.order.key());
    }

    /// Whether an order of the file was left.
    pub fn is_left(&self, order: &OrderId) -> bool {
        self.left.contains(&order.key())
    }

    /// An order that was done elsewhere, says the file, was placed here.
    pub fn find_here(&mut self, purchase: &Purchase) {
        self.here.insert(purchase.order.key());
    }

    /// Whether what came back is told with its order, which was done elsewhere.
    pub fn is_history(&self, part: &Taken) -> bool {
        part.of_history && !self.here.contains(&part.order.key())
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
