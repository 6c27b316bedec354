//! Slots that stay where they are and are used again, in pages, so that growing copies nothing
//! and leaves no slack. A copy shares all pages; who changes a slot of a shared page first copies
//! that page, so a snapshot of many slots costs no pause. Must not know what is in them.

use std::sync::Arc;

use crate::exact::Exact;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Slots in a page, if nothing else is said: for values that are a copy of bytes.
const PAGE: usize = 4_096;

/// Numbered slots, so many a page. Of values that own memory a page should have few: it is copied
/// whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Slab<T, const SLOTS: usize = PAGE> {
    pages: Vec<Arc<Vec<T>>>,
    /// Runs of slots that are free, by their length less one. The last one freed is used first.
    free: Vec<Vec<u32>>,
}

impl<T, const SLOTS: usize> Default for Slab<T, SLOTS> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T: Default + Clone, const SLOTS: usize> Slab<T, SLOTS> {
    /// Which page a slot is on, and where there.
    #[inline]
    fn place(slot: u32) -> (usize, usize) {
        let at = usize::try_from(slot).unwrap_or(usize::MAX);
        let page = at.checked_div(SLOTS).unwrap_or_default();
        (page, at.checked_rem(SLOTS).unwrap_or_default())
    }

    /// What is in a slot.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&T> {
        let (page, at) = Self::place(slot);
        self.pages.get(page)?.get(at)
    }

    /// What is in a slot, to be changed.
    #[inline]
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        let (page, at) = Self::place(slot);
        Arc::make_mut(self.pages.get_mut(page)?).get_mut(at)
    }

    /// A run of slots beside each other.
    pub fn run(&self, first: u32, count: u16) -> &[T] {
        let (page, at) = Self::place(first);
        let end = at.plus(usize::from(count));
        self.pages
            .get(page)
            .and_then(|page| page.get(at..end))
            .unwrap_or_default()
    }

    /// A run of slots beside each other, to be changed.
    pub fn run_mut(&mut self, first: u32, count: u16) -> &mut [T] {
        let (page, at) = Self::place(first);
        let end = at.plus(usize::from(count));
        self.pages
            .get_mut(page)
            .and_then(|page| Arc::make_mut(page).get_mut(at..end))
            .unwrap_or_default()
    }

    /// Takes so many slots beside each other, at least one and at most a page.
    pub fn take(&mut self, count: u16) -> u32 {
        let count = count.max(1);
        debug_assert!(usize::from(count) <= SLOTS, "{count} slots");
        let freed = self.free.get_mut(usize::from(count).minus(1));
        if let Some(first) = freed.and_then(Vec::pop) {
            return first;
        }
        let fits = |page: &Arc<Vec<T>>| page.len().plus(usize::from(count)) <= SLOTS;
        if !self.pages.last().is_some_and(fits) {
            if let Some(last) = self.pages.last_mut() {
                Arc::make_mut(last).resize_with(SLOTS, T::default);
            }
            self.pages.push(Arc::new(Vec::with_capacity(SLOTS)));
        }
        let before = self.pages.len().minus(1).times(SLOTS);
        let mut first = before;
        if let Some(page) = self.pages.last_mut() {
            let page = Arc::make_mut(page);
            // One that was copied has room for what is in it, and no more.
            page.reserve_exact(SLOTS.minus(page.len()));
            first = before.plus(page.len());
            let len = page.len().plus(usize::from(count));
            page.resize_with(len, T::default);
        }
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        debug_assert_eq!(self.run(first, count).len(), usize::from(count));
        first
    }

    /// Gives a run back.
    pub fn give(&mut self, first: u32, count: u16) {
        debug_assert_eq!(self.run(first, count).len(), usize::from(count));
        self.run_mut(first, count)
            .iter_mut()
            .for_each(|slot| *slot = T::default());
        let index = usize::from(count.max(1)).minus(1);
        if self.free.len() <= index {
            self.free.resize_with(index.plus(1), Vec::new);
        }
        if let Some(free) = self.free.get_mut(index) {
            free.push(first);
        }
    }

    /// How many slots there are, those that are free among them: all pages but the last are full.
    pub fn slots(&self) -> usize {
        let last = self.pages.last().map_or(0, |page| page.len());
        self.pages.len().minus_or_zero(1).times(SLOTS).plus(last)
    }

    /// All slots, those that are free among them.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.pages.iter().flat_map(|page| page.iter())
    }
}

impl<T: Serialize, const SLOTS: usize> Serialize for Slab<T, SLOTS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pages: Vec<&Vec<T>> = self.pages.iter().map(Arc::as_ref).collect();
        (pages, &self.free).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const SLOTS: usize> Deserialize<'de> for Slab<T, SLOTS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut pages, free): (Vec<Vec<T>>, Vec<Vec<u32>>) =
            Deserialize::deserialize(deserializer)?;
        for page in &mut pages {
            page.reserve_exact(SLOTS.minus_or_zero(page.len()));
        }
        Ok(Self {
            pages: pages.into_iter().map(Arc::new).collect(),
            free,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_stands_together_and_is_used_again() {
        let mut slab: Slab<u64> = Slab::default();
        let one = slab.take(3);
        let other = slab.take(2);
        slab.run_mut(one, 3).copy_from_slice(&[1, 2, 3]);
        slab.run_mut(other, 2).copy_from_slice(&[4, 5]);
        assert_eq!(slab.run(one, 3), [1, 2, 3]);
        slab.give(one, 3);
        assert_eq!(slab.take(3), one);
        assert_eq!(slab.run(one, 3), [0, 0, 0]);
        assert_eq!(slab.run(other, 2), [4, 5]);
    }

    #[test]
    fn a_copy_keeps_what_it_had_and_shares_the_pages_that_stay() {
        let mut slab: Slab<u64> = Slab::default();
        let firsts: Vec<u32> = (0..3).map(|_| slab.take(4_000)).collect();
        let copy = slab.clone();
        slab.run_mut(firsts[1], 4_000).fill(7);
        assert_eq!(copy.run(firsts[1], 1), [0]);
        assert_eq!(slab.run(firsts[1], 1), [7]);
        let shared = |page: usize| Arc::ptr_eq(&slab.pages[page], &copy.pages[page]);
        assert_eq!([shared(0), shared(1), shared(2)], [true, false, true]);
    }

    #[test]
    fn no_run_crosses_a_page() {
        let mut slab: Slab<u64> = Slab::default();
        for _ in 0..20 {
            let first = slab.take(1_000);
            assert_eq!(slab.run(first, 1_000).len(), 1_000);
        }
    }
}
