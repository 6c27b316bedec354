//! A node over others: which child, and what becomes of it. Must not know what a leaf holds.

use super::list::{first_of, part, release, reserve};
use super::node::{Added, FAN, Moved, Node, Right};
use super::{Leaf, Sum};
use crate::queue_key::QueueKey;
use domain::exact::Exact;

/// Children side by side, all equally deep.
#[derive(Clone)]
pub(super) struct Inner<L: Leaf> {
    /// Each child's entries are not before its key, and before the next one's; the first key
    /// binds nothing.
    pub(super) keys: Vec<QueueKey>,
    pub(super) sums: Vec<L::Sum>,
    pub(super) nodes: Vec<Node<L>>,
}

impl<L: Leaf> Inner<L> {
    pub(super) fn sum(&self) -> L::Sum {
        self.sums.iter().fold(L::Sum::default(), |mut sum, other| {
            sum.add(other);
            sum
        })
    }

    /// The child in which this turn is, or would be.
    pub(super) fn child(&self, queue_key: QueueKey) -> usize {
        let after_first = self.keys.get(1..).unwrap_or_default();
        first_of(after_first, |key| *key <= queue_key)
    }

    pub(super) fn insert(&mut self, entry: L, edge: bool) -> Added<L> {
        let at = self.child(entry.queue_key());
        let next = at.plus(1);
        let edge = edge && next == self.nodes.len();
        let (Some(node), Some(sum)) = (self.nodes.get_mut(at), self.sums.get_mut(at)) else {
            return Added::Fits;
        };
        let right = match node.insert(entry, edge) {
            Added::Fits => {
                sum.add(&entry.sum());
                return Added::Fits;
            }
            Added::Instead(old) => {
                if !Moved::of(&old, &entry).apply(sum) {
                    *sum = node.sum();
                }
                return Added::Instead(old);
            }
            Added::Splits(right) => right,
        };
        *sum = node.sum();
        if self.nodes.len() < FAN {
            self.put(next, right);
            return Added::Fits;
        }
        let half = if edge { FAN } else { FAN / 2 };
        let mut parted = Self {
            keys: part(&mut self.keys, half),
            sums: part(&mut self.sums, half),
            nodes: part(&mut self.nodes, half),
        };
        match next.checked_sub(half) {
            Some(next) if next > 0 || edge => parted.put(next, right),
            Some(_) | None => self.put(next, right),
        }
        Added::Splits(Right {
            key: parted.keys.first().copied().unwrap_or_default(),
            sum: parted.sum(),
            node: Node::Inner(Box::new(parted)),
        })
    }

    fn put(&mut self, at: usize, right: Right<L>) {
        reserve(&mut self.keys);
        reserve(&mut self.sums);
        reserve(&mut self.nodes);
        self.keys.insert(at, right.key);
        self.sums.insert(at, right.sum);
        self.nodes.insert(at, right.node);
    }

    fn drop_child(&mut self, at: usize) -> (QueueKey, L::Sum, Node<L>) {
        let gone = (
            self.keys.remove(at),
            self.sums.remove(at),
            self.nodes.remove(at),
        );
        release(&mut self.keys);
        release(&mut self.sums);
        release(&mut self.nodes);
        gone
    }

    pub(super) fn remove(&mut self, queue_key: QueueKey) -> Option<L> {
        let at = self.child(queue_key);
        let node = self.nodes.get_mut(at)?;
        let gone = node.remove(queue_key)?;
        if node.len() == 0 {
            self.drop_child(at);
            return Some(gone);
        }
        if let Some(sum) = self.sums.get_mut(at)
            && !sum.take(&gone.sum())
        {
            *sum = node.sum();
        }
        let len = node.len();
        let (_, together) = node.room();
        let fits =
            |other: Option<&Node<L>>| other.is_some_and(|other| other.len().plus(len) <= together);
        let next = at.plus(1);
        if fits(self.nodes.get(next)) {
            self.join(at, next);
        } else if let Some(last) = at.checked_sub(1)
            && fits(self.nodes.get(last))
        {
            self.join(last, at);
        }
        Some(gone)
    }

    /// Joins a child with the next.
    fn join(&mut self, left: usize, right: usize) {
        let (key, sum, node) = self.drop_child(right);
        if let (Some(into), Some(total)) = (self.nodes.get_mut(left), self.sums.get_mut(left)) {
            into.join(node, key);
            total.add(&sum);
        }
    }

    pub(super) fn update<R>(
        &mut self,
        queue_key: QueueKey,
        change: impl FnOnce(&mut L) -> R,
    ) -> Option<(R, Moved<L::Sum>)> {
        let at = self.child(queue_key);
        let node = self.nodes.get_mut(at)?;
        let (answer, moved) = node.update(queue_key, change)?;
        if let Some(sum) = self.sums.get_mut(at)
            && !moved.apply(sum)
        {
            *sum = node.sum();
        }
        Some((answer, moved))
    }

    pub(super) fn is_sound_at(&self, queue_key: QueueKey) -> bool {
        let at = self.child(queue_key);
        let child = self.nodes.get(at).zip(self.sums.get(at));
        child.is_some_and(|(node, sum)| {
            node.len() > 0 && node.sum() == *sum && node.is_sound_at(queue_key)
        })
    }

    pub(super) fn is_sound(&self) -> bool {
        let alike = self.keys.len() == self.nodes.len() && self.sums.len() == self.nodes.len();
        let summed = self
            .nodes
            .iter()
            .zip(&self.sums)
            .all(|(node, sum)| node.sum() == *sum);
        let deep = self.nodes.first().map_or(0, Node::depth);
        let level = self
            .nodes
            .iter()
            .all(|node| node.depth() == deep && node.len() > 0);
        let mut within = self.nodes.iter().zip(&self.keys).skip(1);
        let begun = within.all(|(node, key)| node.first().is_some_and(|e| e.queue_key() >= *key));
        let ends = self.nodes.iter().zip(self.keys.iter().skip(1));
        let ended = ends
            .into_iter()
            .all(|(node, key)| node.last().is_some_and(|e| e.queue_key() < *key));
        alike && summed && level && begun && ended && self.nodes.iter().all(Node::is_sound)
    }
}
