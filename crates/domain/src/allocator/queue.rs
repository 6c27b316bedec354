//! Units in rank order: a sorted list in blocks, each with the sum of its units, so that a change
//! or a question costs about the square root of the length. Must not know what the units are.

use serde::{Deserialize, Serialize};

use super::rank::Rank;

/// The most entries in a block: a full one is cut in half.
const MAX_BLOCK: usize = 256;
/// Two neighbours that hold no more than this together become one.
const MERGE_BELOW: usize = 128;

/// An ordered structure over ranks with units, every entry above zero.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    blocks: Vec<Block>,
    lines: u64,
    units: u64,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Block {
    entries: Vec<Entry>,
    units: u64,
}

/// A line's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose turn it is.
    pub rank: Rank,
    /// Whole units, at least 1.
    pub units: u32,
}

/// What stands before a rank.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// How many lines.
    pub lines: u64,
    /// How many units.
    pub units: u64,
}

impl Block {
    fn find(&self, rank: Rank) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&rank, |entry| entry.rank)
    }

    fn ends_before(&self, rank: Rank) -> bool {
        self.entries.last().is_some_and(|entry| entry.rank < rank)
    }
}

impl Queue {
    /// How many lines.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// How many units, over all lines.
    pub const fn units(&self) -> u64 {
        self.units
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The first block that does not end before the rank.
    fn block_of(&self, rank: Rank) -> usize {
        self.blocks.partition_point(|block| block.ends_before(rank))
    }

    /// The line's units; 0 if it is not in.
    pub fn get(&self, rank: Rank) -> u32 {
        let Some(block) = self.blocks.get(self.block_of(rank)) else {
            return 0;
        };
        let at = block.find(rank).ok();
        at.and_then(|at| block.entries.get(at))
            .map_or(0, |entry| entry.units)
    }

    /// Puts the line in with these units, changes them, or takes it out if there are none.
    pub fn set(&mut self, rank: Rank, units: u32) {
        let index = self.block_of(rank).min(self.blocks.len().saturating_sub(1));
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let Some(block) = self.blocks.get_mut(index) else {
            return;
        };
        let was = match block.find(rank) {
            Ok(at) if units == 0 => {
                let was = block.entries.remove(at).units;
                self.lines = self.lines.saturating_sub(1);
                was
            }
            Ok(at) => match block.entries.get_mut(at) {
                Some(entry) => std::mem::replace(&mut entry.units, units),
                None => 0,
            },
            Err(_) if units == 0 => 0,
            Err(at) => {
                block.entries.insert(at, Entry { rank, units });
                self.lines = self.lines.saturating_add(1);
                0
            }
        };
        let (was, is) = (u64::from(was), u64::from(units));
        block.units = block.units.saturating_sub(was).saturating_add(is);
        self.units = self.units.saturating_sub(was).saturating_add(is);
        self.balance(index);
    }

    /// Adds units to a line, which comes in if it is not.
    pub fn add(&mut self, rank: Rank, units: u32) {
        self.set(rank, self.get(rank).saturating_add(units));
    }

    fn balance(&mut self, index: usize) {
        let Some(block) = self.blocks.get_mut(index) else {
            return;
        };
        if block.entries.len() > MAX_BLOCK {
            // A queue mostly grows at its end, where halves would stay half full for ever.
            let half = MAX_BLOCK.saturating_mul(3) / 4;
            let entries = block.entries.split_off(half);
            let units = entries.iter().map(|entry| u64::from(entry.units)).sum();
            block.units = block.units.saturating_sub(units);
            self.blocks
                .insert(index.saturating_add(1), Block { entries, units });
            return;
        }
        let len = block.entries.len();
        if len == 0 {
            self.blocks.remove(index);
            return;
        }
        let next = index.saturating_add(1);
        let fits = |other: &Block| other.entries.len().saturating_add(len) <= MERGE_BELOW;
        if self.blocks.get(next).is_some_and(fits) {
            let mut right = self.blocks.remove(next);
            if let Some(block) = self.blocks.get_mut(index) {
                block.entries.append(&mut right.entries);
                block.units = block.units.saturating_add(right.units);
            }
        }
    }

    /// What stands before this rank, whether it is in or not.
    pub fn ahead(&self, rank: Rank) -> Ahead {
        let index = self.block_of(rank);
        let mut ahead = Ahead::default();
        // Counted from the nearer end: most questions are about the tail.
        if index > self.blocks.len() / 2 {
            let (lines, units) = sums(self.blocks.iter().skip(index));
            ahead.lines = self.lines.saturating_sub(lines);
            ahead.units = self.units.saturating_sub(units);
        } else {
            (ahead.lines, ahead.units) = sums(self.blocks.iter().take(index));
        }
        if let Some(block) = self.blocks.get(index) {
            let before = block.find(rank).unwrap_or_else(|at| at);
            for entry in block.entries.iter().take(before) {
                ahead.lines = ahead.lines.saturating_add(1);
                ahead.units = ahead.units.saturating_add(u64::from(entry.units));
            }
        }
        ahead
    }

    /// The first line that is not wholly within the first so many units.
    pub fn first_past(&self, units: u64) -> Option<Entry> {
        let mut sum = 0_u64;
        for block in &self.blocks {
            if sum.saturating_add(block.units) <= units {
                sum = sum.saturating_add(block.units);
                continue;
            }
            for entry in &block.entries {
                sum = sum.saturating_add(u64::from(entry.units));
                if sum > units {
                    return Some(*entry);
                }
            }
        }
        None
    }

    /// The last line.
    pub fn last(&self) -> Option<Entry> {
        self.blocks
            .last()
            .and_then(|block| block.entries.last())
            .copied()
    }

    /// All lines from this rank on, itself included.
    pub fn iter_from(&self, rank: Rank) -> impl Iterator<Item = Entry> + '_ {
        let index = self.block_of(rank);
        let skip = self
            .blocks
            .get(index)
            .map_or(0, |block| block.find(rank).unwrap_or_else(|at| at));
        self.blocks
            .iter()
            .skip(index)
            .flat_map(|block| block.entries.iter())
            .skip(skip)
            .copied()
    }

    /// The first line after this rank; the very first without one.
    pub fn next_after(&self, rank: Option<Rank>) -> Option<Entry> {
        let Some(rank) = rank else {
            return self.iter().next();
        };
        let index = self.block_of(rank);
        let block = self.blocks.get(index)?;
        let at = match block.find(rank) {
            Ok(at) => at.saturating_add(1),
            Err(at) => at,
        };
        let next = || {
            self.blocks
                .get(index.saturating_add(1))
                .and_then(|next| next.entries.first())
        };
        block.entries.get(at).or_else(next).copied()
    }

    /// All lines.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        self.blocks
            .iter()
            .flat_map(|block| block.entries.iter())
            .copied()
    }

    /// Whether the cached sums are the sums. For tests and simulations.
    pub fn is_sound(&self) -> bool {
        let by_block = self.blocks.iter().all(|block| {
            let units: u64 = block
                .entries
                .iter()
                .map(|entry| u64::from(entry.units))
                .sum();
            units == block.units && !block.entries.is_empty() && block.entries.len() <= MAX_BLOCK
        });
        let (lines, units) = sums(self.blocks.iter());
        by_block
            && (lines, units) == (self.lines, self.units)
            && self.iter().is_sorted_by_key(|entry| entry.rank)
    }
}

fn sums<'a>(blocks: impl Iterator<Item = &'a Block>) -> (u64, u64) {
    blocks.fold((0, 0), |(lines, units), block| {
        let len = u64::try_from(block.entries.len()).unwrap_or(u64::MAX);
        (len.saturating_add(lines), units.saturating_add(block.units))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Position, Revision, Timestamp};

    fn rank(at: u32) -> Rank {
        Rank {
            effective: Timestamp::from_ms(i64::from(at / 7)),
            position: Position {
                revision: Revision(u64::from(at)),
                index: 0,
            },
            line: 1,
        }
    }

    fn agrees(queue: &Queue, naive: &[(Rank, u32)], probe: Rank, past: u64) {
        assert!(queue.is_sound());
        let listed: Vec<_> = queue
            .iter()
            .map(|entry| (entry.rank, entry.units))
            .collect();
        assert_eq!(listed, naive);
        let before: Vec<_> = naive.iter().filter(|(rank, _)| *rank < probe).collect();
        let units = before.iter().map(|(_, units)| u64::from(*units)).sum();
        assert_eq!(
            queue.ahead(probe),
            Ahead {
                lines: u64::try_from(before.len()).unwrap(),
                units
            }
        );
        let mut sum = 0;
        let first = naive.iter().find(|(_, units)| {
            sum += u64::from(*units);
            sum > past
        });
        assert_eq!(
            queue
                .first_past(past)
                .map(|entry| (entry.rank, entry.units)),
            first.copied()
        );
        let next = naive.iter().find(|(rank, _)| *rank > probe);
        assert_eq!(
            queue.next_after(Some(probe)).map(|entry| entry.rank),
            next.map(|next| next.0)
        );
        let from: Vec<_> = queue.iter_from(probe).map(|entry| entry.rank).collect();
        let rest: Vec<_> = naive
            .iter()
            .map(|n| n.0)
            .filter(|rank| *rank >= probe)
            .collect();
        assert_eq!(from, rest);
        assert_eq!(
            queue.last().map(|entry| entry.rank),
            naive.last().map(|last| last.0)
        );
    }

    proptest! {
        #[test]
        fn the_blocks_say_what_a_plain_sorted_list_says(
            steps in prop::collection::vec((0_u32..600, 0_u32..9), 0..1_500),
            probe in 0_u32..600,
            past in 0_u64..6_000,
        ) {
            let mut queue = Queue::default();
            let mut naive: Vec<(Rank, u32)> = Vec::new();
            for (at, units) in steps {
                queue.set(rank(at), units);
                naive.retain(|(other, _)| *other != rank(at));
                if units > 0 {
                    naive.push((rank(at), units));
                }
                prop_assert_eq!(queue.get(rank(at)), units);
            }
            naive.sort();
            agrees(&queue, &naive, rank(probe), past);
        }
    }

    #[test]
    fn a_long_queue_filled_at_its_end_and_emptied_from_its_front_stays_sound() {
        let mut queue = Queue::default();
        let mut naive = Vec::new();
        for at in 0..5_000 {
            queue.set(rank(at), at % 5 + 1);
            naive.push((rank(at), at % 5 + 1));
        }
        agrees(&queue, &naive, rank(4_321), 7_777);
        for at in 0..4_990 {
            queue.set(rank(at), 0);
            naive.remove(0);
        }
        agrees(&queue, &naive, rank(4_995), 3);
    }
}
