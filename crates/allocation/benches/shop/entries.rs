//! Entries and sums like those of an SKU's queue, for measuring trees.

use backorder_allocation::{Leaf, LogOrder, QueueKey, Sum};
use domain::ids::{Position, Revision, Timestamp};

/// 40 bytes.
#[derive(Clone, Copy, PartialEq)]
pub struct Entry {
    pub queue_key: QueueKey,
    pub units: u32,
    pub least: u32,
    pub order: u64,
    pub at: u64,
}

#[derive(Clone, Copy, PartialEq)]
pub struct Count {
    pub lines: u32,
    pub flags: u32,
    pub units: u64,
    pub least: u32,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            lines: 0,
            flags: 0,
            units: 0,
            least: u32::MAX,
        }
    }
}

impl Sum for Count {
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.flags |= other.flags;
        self.units += other.units;
        self.least = self.least.min(other.least);
    }
}

impl Leaf for Entry {
    type Sum = Count;

    fn queue_key(&self) -> QueueKey {
        self.queue_key
    }

    fn sum(&self) -> Count {
        Count {
            lines: 1,
            flags: 1 << (self.order % 8),
            units: u64::from(self.units),
            least: self.least,
        }
    }
}

/// The n-th entry in the order of turns.
pub fn entry(number: u64) -> Entry {
    let revision = Revision(number);
    Entry {
        queue_key: QueueKey {
            effective: Timestamp::from_ms((number / 4) as i64),
            log_order: LogOrder::of(Position { revision, index: 0 }, 0),
        },
        units: 1 + (number % 7) as u32,
        least: (number % 100) as u32,
        order: number,
        at: number,
    }
}
