//! A node of the tree, and how it changes: parts, grows together, goes. Must not know how inner
//! nodes keep their children.

use super::inner::Inner;
use super::list::{STEP, first_of, part, release, reserve};
use super::{Leaf, Sum};
use crate::queue_key::QueueKey;
use domain::exact::Exact;

/// The most entries of a leaf: half as many cost two bytes an entry more, twice as many are summed
/// again twice as long when one of them goes.
pub(super) const WIDTH: usize = 32;
/// The most children of an inner node.
pub(super) const FAN: usize = 16;

#[derive(Clone)]
pub(super) enum Node<L: Leaf> {
    Leaf(Vec<L>),
    Inner(Box<Inner<L>>),
}

/// A node that was parted from the end of another.
pub(super) struct Right<L: Leaf> {
    pub(super) key: QueueKey,
    pub(super) sum: L::Sum,
    pub(super) node: Node<L>,
}

/// What became of an entry that was put in.
pub(super) enum Added<L: Leaf> {
    Instead(L),
    Fits,
    Splits(Right<L>),
}

/// By what sums move when an entry changes; by nothing, if it comes to the same.
pub(super) struct Moved<S>(Option<(S, S)>);

impl<S: Sum> Moved<S> {
    pub(super) fn of<L: Leaf<Sum = S>>(old: &L, new: &L) -> Self {
        let (was, is) = (old.sum(), new.sum());
        Self((was != is).then_some((was, is)))
    }

    /// Whether the sum could be moved without summing again.
    pub(super) fn apply(&self, sum: &mut S) -> bool {
        let moved = self.0.as_ref();
        moved.is_none_or(|(was, is)| sum.replace(was, is))
    }
}

impl<L: Leaf> Default for Node<L> {
    fn default() -> Self {
        Self::Leaf(Vec::new())
    }
}

/// Where the entry of this turn stands.
pub(super) fn find<L: Leaf>(entries: &[L], queue_key: QueueKey) -> Option<usize> {
    let at = first_of(entries, |entry| entry.queue_key() < queue_key);
    let entry = entries.get(at)?;
    (entry.queue_key() == queue_key).then_some(at)
}

#[inline]
pub(super) fn sum_of<L: Leaf>(entries: &[L]) -> L::Sum {
    entries.iter().fold(L::Sum::default(), |mut sum, entry| {
        sum.add(&entry.sum());
        sum
    })
}

impl<L: Leaf> Node<L> {
    pub(super) fn sum(&self) -> L::Sum {
        match self {
            Self::Leaf(entries) => sum_of(entries),
            Self::Inner(inner) => inner.sum(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Inner(inner) => inner.nodes.len(),
        }
    }

    /// Puts an entry in; `edge` says that nothing of the tree is right of this node.
    pub(super) fn insert(&mut self, entry: L, edge: bool) -> Added<L> {
        let entries = match self {
            Self::Inner(inner) => return inner.insert(entry, edge),
            Self::Leaf(entries) => entries,
        };
        let queue_key = entry.queue_key();
        let at = first_of(entries, |other| other.queue_key() < queue_key);
        if let Some(same) = entries
            .get_mut(at)
            .filter(|same| same.queue_key() == queue_key)
        {
            return Added::Instead(std::mem::replace(same, entry));
        }
        if entries.len() < WIDTH {
            reserve(entries);
            entries.insert(at, entry);
            return Added::Fits;
        }
        let mut right = if edge && at == entries.len() {
            Vec::with_capacity(STEP)
        } else {
            part(entries, WIDTH / 2)
        };
        match at.checked_sub(entries.len()) {
            Some(at) if at > 0 || right.is_empty() => {
                reserve(&mut right);
                right.insert(at, entry);
            }
            Some(_) | None => {
                reserve(entries);
                entries.insert(at, entry);
            }
        }
        let key = right.first().map_or(queue_key, Leaf::queue_key);
        Added::Splits(Right {
            key,
            sum: sum_of(&right),
            node: Self::Leaf(right),
        })
    }

    /// Makes this node the left one of two under a new root.
    pub(super) fn grow(&mut self, right: Right<L>) {
        let left = std::mem::take(self);
        *self = Self::Inner(Box::new(Inner {
            keys: vec![QueueKey::FIRST, right.key],
            sums: vec![left.sum(), right.sum],
            nodes: vec![left, right.node],
        }));
    }

    pub(super) fn remove(&mut self, queue_key: QueueKey) -> Option<L> {
        match self {
            Self::Inner(inner) => inner.remove(queue_key),
            Self::Leaf(entries) => {
                let at = find(entries, queue_key)?;
                let gone = entries.remove(at);
                release(entries);
                Some(gone)
            }
        }
    }

    /// A root of one child, or none, is no root.
    pub(super) fn flatten(&mut self) {
        while let Self::Inner(inner) = self
            && inner.nodes.len() <= 1
        {
            *self = inner.nodes.pop().unwrap_or_default();
        }
    }

    /// Changes an entry; with how sums move by it, if they do.
    pub(super) fn update<R>(
        &mut self,
        queue_key: QueueKey,
        change: impl FnOnce(&mut L) -> R,
    ) -> Option<(R, Moved<L::Sum>)> {
        match self {
            Self::Inner(inner) => inner.update(queue_key, change),
            Self::Leaf(entries) => {
                let at = find(entries, queue_key)?;
                let entry = entries.get_mut(at)?;
                let old = *entry;
                let answer = change(entry);
                if entry.queue_key() != queue_key {
                    *entry = old;
                }
                Some((answer, Moved::of(&old, entry)))
            }
        }
    }

    /// Takes over all of the node right of it, whose key in the parent is this.
    pub(super) fn join(&mut self, right: Self, key: QueueKey) {
        match (self, right) {
            (Self::Leaf(left), Self::Leaf(mut right)) => {
                left.reserve_exact(right.len());
                left.append(&mut right);
            }
            (Self::Inner(left), Self::Inner(mut right)) => {
                if let Some(first) = right.keys.first_mut() {
                    *first = key;
                }
                left.keys.append(&mut right.keys);
                left.sums.append(&mut right.sums);
                left.nodes.append(&mut right.nodes);
            }
            // Neighbours are equally deep.
            (Self::Leaf(_), Self::Inner(_)) | (Self::Inner(_), Self::Leaf(_)) => {}
        }
    }

    /// The most that may be in it, and what two neighbours may come to that grow together: less,
    /// so that they do not part again at once.
    pub(super) const fn room(&self) -> (usize, usize) {
        match self {
            Self::Leaf(_) => (WIDTH, WIDTH / 4 * 3),
            Self::Inner(_) => (FAN, FAN / 4 * 3),
        }
    }

    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Leaf(_) => 0,
            Self::Inner(inner) => inner.nodes.first().map_or(0, Self::depth).plus(1),
        }
    }

    pub(super) fn is_sound_at(&self, queue_key: QueueKey) -> bool {
        match self {
            Self::Inner(inner) => inner.is_sound_at(queue_key),
            Self::Leaf(entries) => entries.is_sorted_by(|a, b| a.queue_key() < b.queue_key()),
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let (most, _) = self.room();
        match self {
            Self::Leaf(entries) => entries.len() <= most,
            Self::Inner(inner) => (1..=most).contains(&inner.nodes.len()) && inner.is_sound(),
        }
    }
}
