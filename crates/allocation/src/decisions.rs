//! Where the last decision on each order stands on the log: each event names the ones before of its
//! orders, so that all of an order's decisions are found from its last. Must not know what they
//! were.

use serde::{Deserialize, Serialize};

use domain::ids::Position;
use domain::slab::Slab;

/// The last decision on each open order.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Decisions {
    /// By the slot of an open order; 0 where nothing was decided.
    open: Slab<u64>,
}

/// Where what is to be told of an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trail {
    /// Where it was placed.
    pub placed: Position,
    /// The last decision on it, if there was one.
    pub last: Option<Position>,
}

impl Decisions {
    /// The last decision on an open order.
    pub fn last(&self, slot: u32) -> Option<Position> {
        let packed = self.open.get(slot).copied().unwrap_or_default();
        (packed > 0).then(|| Position::unpacked(packed))
    }

    /// It was decided on.
    pub fn decided(&mut self, slot: u32, at: Position) {
        let at = at.packed();
        if self.open.get(slot) == Some(&at) {
            return;
        }
        // Slots are never given back: the next order in one writes over what is there.
        while u32::try_from(self.open.slots()).is_ok_and(|slots| slots <= slot) {
            self.open.take(1);
        }
        if let Some(last) = self.open.get_mut(slot) {
            *last = at;
        }
    }

    /// An order closes: what was decided on it, its closing names.
    pub fn close(&mut self, slot: u32) {
        if let Some(last) = self.open.get_mut(slot) {
            *last = 0;
        }
    }
}
