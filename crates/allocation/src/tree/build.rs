//! A tree from entries that come in order: full leaves, then full nodes over them.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{SeqAccess, Visitor};

use super::inner::Inner;
use super::node::{FAN, Node, Right, WIDTH, sum_of};
use super::{Leaf, Sum, Tree};
use crate::queue_key::QueueKey;
use domain::exact::Exact;

pub(super) fn build<L: Leaf>(entries: impl IntoIterator<Item = L>) -> Tree<L> {
    let mut level = Vec::new();
    let mut strays = Vec::new();
    let mut leaf = Vec::new();
    let mut last: Option<QueueKey> = None;
    let mut len = 0_usize;
    for entry in entries {
        if last.is_some_and(|last| entry.queue_key() <= last) {
            strays.push(entry);
            continue;
        }
        last = Some(entry.queue_key());
        len = len.plus(1);
        if leaf.len() == WIDTH {
            level.push(closed(std::mem::replace(
                &mut leaf,
                Vec::with_capacity(WIDTH),
            )));
        }
        leaf.push(entry);
    }
    leaf.shrink_to_fit();
    level.push(closed(leaf));
    while level.len() > 1 {
        level = above(level);
    }
    let root = level.pop();
    let mut tree = root.map_or_else(Tree::default, |root| Tree {
        root: root.node,
        len,
        total: root.sum,
    });
    for stray in strays {
        tree.insert(stray);
    }
    tree
}

fn closed<L: Leaf>(leaf: Vec<L>) -> Right<L> {
    Right {
        key: leaf.first().map_or(QueueKey::FIRST, Leaf::queue_key),
        sum: sum_of(&leaf),
        node: Node::Leaf(leaf),
    }
}

/// The nodes over these.
fn above<L: Leaf>(level: Vec<Right<L>>) -> Vec<Right<L>> {
    let mut nodes = level.into_iter().peekable();
    let mut above = Vec::new();
    while nodes.peek().is_some() {
        let mut inner = Inner {
            keys: Vec::new(),
            sums: Vec::new(),
            nodes: Vec::new(),
        };
        let mut sum = L::Sum::default();
        for child in nodes.by_ref().take(FAN) {
            sum.add(&child.sum);
            inner.keys.push(child.key);
            inner.sums.push(child.sum);
            inner.nodes.push(child.node);
        }
        above.push(Right {
            key: inner.keys.first().copied().unwrap_or(QueueKey::FIRST),
            sum,
            node: Node::Inner(Box::new(inner)),
        });
    }
    above
}

/// Reads the entries of a tree.
pub(super) struct Entries<L>(PhantomData<L>);

impl<L> Default for Entries<L> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'de, L: Leaf + Deserialize<'de>> Visitor<'de> for Entries<L> {
    type Value = Tree<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries in the order of their turns")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<L>, A::Error> {
        let mut failed = None;
        let tree = build(std::iter::from_fn(|| {
            seq.next_element().unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        }));
        failed.map_or(Ok(tree), Err)
    }
}
