//! Units of one SKU at one place: counted, and reserved for lines. Must not know which place it is.

use domain::exact::Exact;
use serde::{Deserialize, Serialize};

/// Stock at one place.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bin {
    pub place: u16,
    /// Units counted.
    pub on_hand: i64,
    /// Units reserved for lines; above `on_hand` until it is repaired.
    pub reserved: i64,
}

/// What became of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinChange {
    /// It is there as before, or is not.
    Stayed,
    /// It is there now.
    Opened,
    /// It is there no more.
    Emptied,
    /// It travels, and what is inbound may be more or less. Nothing is left of it, or something is.
    Travelled { over: bool },
}

impl Bin {
    /// Nothing is there, and nothing is reserved.
    pub const fn is_empty(&self) -> bool {
        self.on_hand == 0 && self.reserved == 0
    }

    /// Units that are nobody's; below zero when more is reserved than there is.
    pub fn free(&self) -> i64 {
        self.on_hand.minus(self.reserved)
    }
}
