//! The red-black tree of augmented-rbtree, kept as the summed tree would be.

use augmented_rbtree::{Augment, AugmentedRBTree, TreeLocation};
use backorder_allocation::{Leaf, QueueKey, Sum};

use crate::Kept;
use crate::entries::{Count, Entry};

/// Sums a node and what is under it.
pub struct Summed;

impl Augment<QueueKey, Entry> for Summed {
    type Stats = Count;

    fn compute(
        _: &QueueKey,
        entry: &Entry,
        left: Option<(&QueueKey, &Entry, &Count)>,
        right: Option<(&QueueKey, &Entry, &Count)>,
    ) -> Count {
        let mut sum = entry.sum();
        for (_, _, under) in [left, right].into_iter().flatten() {
            sum.add(under);
        }
        sum
    }
}

pub struct Rival(AugmentedRBTree<QueueKey, Entry, Summed>);

impl Default for Rival {
    fn default() -> Self {
        Self(AugmentedRBTree::new())
    }
}

impl Kept for Rival {
    const NAME: &'static str = "augmented-rbtree 0.3.0";
    fn insert(&mut self, entry: Entry) {
        self.0.insert(entry.queue_key, entry);
    }
    fn remove(&mut self, queue_key: QueueKey) {
        self.0.remove(&queue_key);
    }
    fn get(&self, queue_key: QueueKey) -> Option<u64> {
        self.0.get(&queue_key).map(|entry| entry.order)
    }
    fn pop_first(&mut self) -> bool {
        self.0.pop_first().is_some()
    }
    fn visit(&self) -> u64 {
        self.0.values().map(|entry| entry.order).sum()
    }
    fn before(&self, queue_key: QueueKey) -> Option<Count> {
        let mut sum = Count::default();
        let mut cursor = self.0.nav_cursor::<QueueKey>(TreeLocation::Root);
        let mut node = cursor.get();
        while let Some((key, entry, _)) = node {
            if *key < queue_key {
                if let Some((_, _, under)) = cursor.peek_left() {
                    sum.add(under);
                }
                sum.add(&entry.sum());
                node = cursor.right();
            } else {
                node = cursor.left();
            }
        }
        Some(sum)
    }
    fn past(&self, units: u64) -> Option<u64> {
        let mut before = 0;
        let mut cursor = self.0.nav_cursor::<QueueKey>(TreeLocation::Root);
        let mut node = cursor.get();
        let mut found = None;
        while let Some((_, entry, _)) = node {
            let left = cursor.peek_left().map_or(0, |(_, _, under)| under.units);
            if before + left > units {
                node = cursor.left();
                continue;
            }
            let with = before + left + u64::from(entry.units);
            if with > units {
                found = Some(entry.order);
                break;
            }
            before = with;
            node = cursor.right();
        }
        found
    }
}
