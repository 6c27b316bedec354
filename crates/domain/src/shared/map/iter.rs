//! A walk over the entries of a map. Changes nothing.

use std::iter::FusedIterator;
use std::sync::Arc;

use super::{Branch, Page, SharedMap};

/// Entries by key, from [`SharedMap::iter`](super::SharedMap::iter) and
/// [`SharedMap::range_from`](super::SharedMap::range_from).
pub struct Iter<'a, K, V> {
    pub(super) branches: std::slice::Iter<'a, Arc<Branch<K, V>>>,
    pub(super) pages: std::slice::Iter<'a, Arc<Page<K, V>>>,
    pub(super) keys: std::slice::Iter<'a, K>,
    pub(super) values: std::slice::Iter<'a, V>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.keys.next().zip(self.values.next()) {
                return Some(entry);
            }
            let page = loop {
                match self.pages.next() {
                    Some(page) => break page,
                    None => self.pages = self.branches.next()?.pages.iter(),
                }
            };
            (self.keys, self.values) = (page.keys.iter(), page.values.iter());
        }
    }
}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<'a, K: Ord, V> IntoIterator for &'a SharedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
