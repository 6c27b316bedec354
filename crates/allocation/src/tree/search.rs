//! Questions to a node: each goes down one path, or two, and reads the sums beside it.

use std::ops::Bound;

use super::inner::Inner;
use super::list::first_of;
use super::node::{Node, find};
use super::{Leaf, Sum};
use crate::queue_key::QueueKey;

impl<L: Leaf> Node<L> {
    pub(super) fn get(&self, queue_key: QueueKey) -> Option<&L> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(entries) => {
                    let at = find(entries, queue_key)?;
                    return entries.get(at);
                }
                Self::Inner(inner) => node = inner.nodes.get(inner.child(queue_key))?,
            }
        }
    }

    pub(super) fn first(&self) -> Option<L> {
        match self {
            Self::Leaf(entries) => entries.first().copied(),
            Self::Inner(inner) => inner.nodes.first()?.first(),
        }
    }

    pub(super) fn last(&self) -> Option<L> {
        match self {
            Self::Leaf(entries) => entries.last().copied(),
            Self::Inner(inner) => inner.nodes.last()?.last(),
        }
    }

    pub(super) fn before(&self, queue_key: QueueKey) -> L::Sum {
        let mut sum = L::Sum::default();
        let mut node = self;
        loop {
            match node {
                Self::Leaf(entries) => {
                    for entry in entries
                        .iter()
                        .take_while(|entry| entry.queue_key() < queue_key)
                    {
                        sum.add(&entry.sum());
                    }
                    return sum;
                }
                Self::Inner(inner) => {
                    let at = inner.child(queue_key);
                    for other in inner.sums.iter().take(at) {
                        sum.add(other);
                    }
                    match inner.nodes.get(at) {
                        Some(child) => node = child,
                        None => return sum,
                    }
                }
            }
        }
    }

    pub(super) fn partition(&self, past: impl Fn(&L::Sum) -> bool) -> Option<(L::Sum, L)> {
        let mut before = L::Sum::default();
        let mut node = self;
        'down: loop {
            match node {
                Self::Leaf(entries) => {
                    for entry in entries {
                        let mut with = before;
                        with.add(&entry.sum());
                        if past(&with) {
                            return Some((before, *entry));
                        }
                        before = with;
                    }
                    return None;
                }
                Self::Inner(inner) => {
                    for (child, sum) in inner.nodes.iter().zip(&inner.sums) {
                        let mut with = before;
                        with.add(sum);
                        if past(&with) {
                            node = child;
                            continue 'down;
                        }
                        before = with;
                    }
                    return None;
                }
            }
        }
    }

    pub(super) fn find(
        &self,
        from: Bound<QueueKey>,
        until: Option<QueueKey>,
        may: &impl Fn(&L::Sum) -> bool,
        is: &impl Fn(&L) -> bool,
    ) -> Option<L> {
        let entries = match self {
            Self::Inner(inner) => return inner.find(from, until, may, is),
            Self::Leaf(entries) => entries,
        };
        let skip = match from {
            Bound::Unbounded => 0,
            Bound::Included(queue_key) => first_of(entries, |entry| entry.queue_key() < queue_key),
            Bound::Excluded(queue_key) => first_of(entries, |entry| entry.queue_key() <= queue_key),
        };
        let rest = entries.get(skip..).unwrap_or_default();
        rest.iter()
            .take_while(|entry| until.is_none_or(|until| entry.queue_key() < until))
            .find(|entry| is(entry))
            .copied()
    }
}

impl<L: Leaf> Inner<L> {
    fn find(
        &self,
        from: Bound<QueueKey>,
        until: Option<QueueKey>,
        may: &impl Fn(&L::Sum) -> bool,
        is: &impl Fn(&L) -> bool,
    ) -> Option<L> {
        let first = match from {
            Bound::Unbounded => 0,
            Bound::Included(queue_key) | Bound::Excluded(queue_key) => self.child(queue_key),
        };
        let children = self.nodes.iter().zip(&self.sums).zip(&self.keys);
        for (index, ((node, sum), key)) in children.enumerate().skip(first) {
            let begun = index > first;
            if begun && until.is_some_and(|until| *key >= until) {
                return None;
            }
            if may(sum) {
                let from = if begun { Bound::Unbounded } else { from };
                let found = node.find(from, until, may, is);
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
}
