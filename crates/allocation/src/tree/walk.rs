//! One entry after the other, forth or back.

use std::slice::Iter;

use super::Leaf;
use super::list::first_of;
use super::node::Node;
use crate::queue_key::QueueKey;

/// What is left to walk: the rest of a leaf, and of every node above it.
pub(super) struct Walk<'a, L: Leaf> {
    above: Vec<Iter<'a, Node<L>>>,
    leaf: Iter<'a, L>,
}

impl<'a, L: Leaf> Walk<'a, L> {
    /// Over all; forth from the first, or back from the last, not both.
    pub(super) fn over(root: &'a Node<L>) -> Self {
        let mut walk = Self {
            above: Vec::new(),
            leaf: Iter::default(),
        };
        walk.enter(root);
        walk
    }

    /// Into a leaf, or among the children of a node.
    fn enter(&mut self, node: &'a Node<L>) {
        match node {
            Node::Leaf(entries) => self.leaf = entries.iter(),
            Node::Inner(inner) => self.above.push(inner.nodes.iter()),
        }
    }

    /// From the first entry on that is not before this turn.
    pub(super) fn from(root: &'a Node<L>, queue_key: QueueKey) -> Self {
        let mut walk = Self {
            above: Vec::new(),
            leaf: Iter::default(),
        };
        let mut node = root;
        loop {
            match node {
                Node::Leaf(entries) => {
                    let at = first_of(entries, |entry| entry.queue_key() < queue_key);
                    walk.leaf = entries.get(at..).unwrap_or_default().iter();
                    return walk;
                }
                Node::Inner(inner) => {
                    let at = inner.child(queue_key);
                    let mut children = inner.nodes.get(at..).unwrap_or_default().iter();
                    let child = children.next();
                    walk.above.push(children);
                    match child {
                        Some(child) => node = child,
                        None => return walk,
                    }
                }
            }
        }
    }

    /// The entry before those that were gone back over.
    pub(super) fn next_back(&mut self) -> Option<&'a L> {
        loop {
            if let Some(entry) = self.leaf.next_back() {
                return Some(entry);
            }
            match self.above.last_mut()?.next_back() {
                Some(node) => self.enter(node),
                None => {
                    self.above.pop();
                }
            }
        }
    }
}

impl<'a, L: Leaf> Iterator for Walk<'a, L> {
    type Item = &'a L;

    fn next(&mut self) -> Option<&'a L> {
        loop {
            if let Some(entry) = self.leaf.next() {
                return Some(entry);
            }
            match self.above.last_mut()?.next() {
                Some(node) => self.enter(node),
                None => {
                    self.above.pop();
                }
            }
        }
    }
}
