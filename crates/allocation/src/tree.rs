//! Lines in the order of their turns, with what they come to: a B-tree whose every node knows the
//! sum of what is under it, so that a change or a question costs the logarithm of the length. Must
//! not know what a line is, nor what is summed.
//!
//! Leaves hold the entries side by side; inner nodes hold keys, sums and children in three lists,
//! so that a search reads keys only. Nodes are lists that grow in small steps, so that a tree of
//! one entry costs one entry. A leaf that is full at the right edge stays full when the next
//! comes after it: turns mostly come in order.
//!
//! Written by hand because none that could be had is as quick or as small: `benches/tree` measures
//! it beside a red-black tree with sums, docs/performance.md says what came of it.

use std::fmt;
use std::ops::Bound;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::queue_key::QueueKey;
use domain::exact::Exact;
use node::{Added, Moved, Node};
use walk::Walk;

mod build;
mod inner;
mod list;
mod node;
mod search;
#[cfg(test)]
mod tests;
mod walk;

/// What a tree holds.
pub trait Leaf: Copy {
    /// What many of them come to.
    type Sum: Sum;
    /// Where it stands. No two of a tree are equal.
    fn queue_key(&self) -> QueueKey;
    /// What it alone comes to.
    fn sum(&self) -> Self::Sum;
}

/// What entries come to together. `Default` is the sum of none.
pub trait Sum: Copy + Default + PartialEq {
    /// Adds what others come to. Must be associative and commutative; a least, a greatest and a
    /// set of flags are sums too.
    fn add(&mut self, other: &Self);

    /// Takes away what some of its entries come to, if what the rest comes to is then known.
    /// If not, says `false`, and the rest is summed again. Never needed, only quicker.
    fn take(&mut self, _some: &Self) -> bool {
        false
    }

    /// Puts what an entry comes to now in the place of what it came to; `false` as above.
    fn replace(&mut self, was: &Self, is: &Self) -> bool {
        let taken = self.take(was);
        self.add(is);
        taken
    }
}

/// Entries in the order of their turns, summed.
#[derive(Clone)]
pub struct Tree<L: Leaf> {
    root: Node<L>,
    len: usize,
    total: L::Sum,
}

impl<L: Leaf> Default for Tree<L> {
    fn default() -> Self {
        Self {
            root: Node::default(),
            len: 0,
            total: L::Sum::default(),
        }
    }
}

impl<L: Leaf> Tree<L> {
    /// How many entries.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What all entries come to.
    pub const fn total(&self) -> L::Sum {
        self.total
    }

    /// The entry of this turn.
    pub fn get(&self, queue_key: QueueKey) -> Option<&L> {
        self.root.get(queue_key)
    }

    /// Puts an entry in; gives back the one of the same turn that it replaces.
    pub fn insert(&mut self, entry: L) -> Option<L> {
        match self.root.insert(entry, true) {
            Added::Instead(old) => {
                let moved = Moved::of(&old, &entry);
                if !moved.apply(&mut self.total) {
                    self.total = self.root.sum();
                }
                return Some(old);
            }
            Added::Fits => {}
            Added::Splits(right) => self.root.grow(right),
        }
        self.total.add(&entry.sum());
        self.len = self.len.plus(1);
        None
    }

    /// Takes the entry of this turn out.
    pub fn remove(&mut self, queue_key: QueueKey) -> Option<L> {
        let gone = self.root.remove(queue_key)?;
        self.root.flatten();
        self.len = self.len.minus(1);
        if !self.total.take(&gone.sum()) {
            self.total = self.root.sum();
        }
        Some(gone)
    }

    /// Changes the entry of this turn, if there is one; the sums follow. Its turn stays: a change
    /// that moves it is not taken.
    pub fn update<R>(
        &mut self,
        queue_key: QueueKey,
        change: impl FnOnce(&mut L) -> R,
    ) -> Option<R> {
        let (answer, moved) = self.root.update(queue_key, change)?;
        if !moved.apply(&mut self.total) {
            self.total = self.root.sum();
        }
        Some(answer)
    }

    /// What all entries strictly before this turn come to.
    pub fn before(&self, queue_key: QueueKey) -> L::Sum {
        // Mostly asked for who has just come, after everybody else.
        if self
            .root
            .last()
            .is_none_or(|last| last.queue_key() < queue_key)
        {
            return self.total;
        }
        self.root.before(queue_key)
    }

    /// The first entry at which the running sum, that entry included, is `past`, with the sum
    /// before it. `past` must stay true once it is.
    pub fn partition(&self, past: impl Fn(&L::Sum) -> bool) -> Option<(L::Sum, L)> {
        past(&self.total).then(|| self.root.partition(past))?
    }

    /// The first entry from `from` on and strictly before `until` that `is` wanted. Passes by
    /// whatever comes to a sum by which none `may` be.
    pub fn find(
        &self,
        from: Bound<QueueKey>,
        until: Option<QueueKey>,
        may: impl Fn(&L::Sum) -> bool,
        is: impl Fn(&L) -> bool,
    ) -> Option<L> {
        may(&self.total).then(|| self.root.find(from, until, &may, &is))?
    }

    /// The first entry.
    pub fn first(&self) -> Option<L> {
        self.root.first()
    }

    /// The last entry.
    pub fn last(&self) -> Option<L> {
        self.root.last()
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &L> {
        Walk::over(&self.root)
    }

    /// All entries from this turn on, itself included.
    pub fn iter_from(&self, queue_key: QueueKey) -> impl Iterator<Item = &L> {
        Walk::from(&self.root, queue_key)
    }

    /// All entries, the last one first.
    pub fn iter_rev(&self) -> impl Iterator<Item = &L> {
        let mut walk = Walk::over(&self.root);
        std::iter::from_fn(move || walk.next_back())
    }

    /// Of entries in the order of their turns, in full nodes. One that is out of order is put
    /// where it belongs, and the later of two with one turn stays.
    pub fn from_sorted(entries: impl IntoIterator<Item = L>) -> Self {
        build::build(entries)
    }

    /// Whether the nodes on the way to this turn are sound: their sums are what is under them.
    pub fn is_sound_at(&self, queue_key: QueueKey) -> bool {
        self.root.sum() == self.total && self.root.is_sound_at(queue_key)
    }

    /// Whether the order, the sums and the nodes are what they should be. For tests.
    pub fn is_sound(&self) -> bool {
        self.root.is_sound()
            && self.root.sum() == self.total
            && self.iter().count() == self.len
            && self
                .iter()
                .is_sorted_by(|a, b| a.queue_key() < b.queue_key())
    }
}

impl<L: Leaf + fmt::Debug> fmt::Debug for Tree<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// By entries, however they lie in nodes.
impl<L: Leaf + PartialEq> PartialEq for Tree<L> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<L: Leaf + Eq> Eq for Tree<L> {}

impl<L: Leaf + Serialize> Serialize for Tree<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len))?;
        for entry in self.iter() {
            seq.serialize_element(entry)?;
        }
        seq.end()
    }
}

impl<'de, L: Leaf + Deserialize<'de>> Deserialize<'de> for Tree<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(build::Entries::default())
    }
}
