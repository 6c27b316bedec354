//! Lines of which something is to be done at the next turn of their SKU: a suspended order gives
//! back what it has, an order that goes whole or not at all is refused. Must not know stock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::line::At;

/// By the SKU's number, each with what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marked<T>(BTreeMap<(u32, At), T>);

impl<T> Default for Marked<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy> Marked<T> {
    /// A line of this SKU is marked from now on; one that is keeps what was kept of it.
    pub fn mark(&mut self, sku: u32, at: At, kept: T) {
        self.0.entry((sku, at)).or_insert(kept);
    }

    /// A line of this SKU is not marked any more.
    pub fn clear(&mut self, sku: u32, at: At) {
        self.0.remove(&(sku, at));
    }

    /// No line is marked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is kept of a line of this SKU, if it is marked.
    pub fn get(&self, sku: u32, at: At) -> Option<T> {
        self.0.get(&(sku, at)).copied()
    }

    /// The lines of an SKU that are marked.
    pub fn of(&self, sku: u32) -> impl Iterator<Item = At> + '_ {
        let all = (sku, (0, 0))..=(sku, (u32::MAX, u16::MAX));
        self.0.range(all).map(|((_, at), _)| *at)
    }
}
