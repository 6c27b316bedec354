//! A sorted map whose copies share its pages.
//!
//! Entries stand in order in pages, pages in branches, branches in one row: a copy counts
//! references to branches, of which there is one to some thousand entries, and the first write to
//! a shared page copies that page alone.
//!
//! Kept by hand: the library for this, `imbl`, has a licence (MPL-2.0) that this tree does not
//! take, and finds an entry no faster.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::exact::Exact;

mod bytes;
mod iter;

pub use iter::Iter;

/// The most entries of a page.
const PAGE: usize = 64;
/// A full page grows by at most so many entries, so that little of it stands empty.
const GROWS: usize = 8;
/// The most pages of a branch.
const BRANCH: usize = 64;
/// A page or a branch with fewer than this joins a neighbour that has room.
const FEW: usize = 16;
/// Two that join have at most so many together, so that they do not part again at once.
const JOINED: usize = 48;

/// A sorted map that is cheap to copy. Large values should be [`Shared`](super::Shared), so that a
/// page is cheap to copy too.
pub struct SharedMap<K, V> {
    /// The first key of each branch.
    from: Vec<K>,
    branches: Vec<Arc<Branch<K, V>>>,
    len: usize,
}

struct Branch<K, V> {
    /// The first key of each page. Never one that was taken out: a caller who says how keys are
    /// ordered may know only those that are in.
    from: Vec<K>,
    pages: Vec<Arc<Page<K, V>>>,
}

/// Never empty.
struct Page<K, V> {
    keys: Vec<K>,
    values: Vec<V>,
}

/// A place in a map: a branch, a page of it, an entry of that.
#[derive(Clone, Copy)]
struct At {
    branch: usize,
    page: usize,
    entry: usize,
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self {
            from: Vec::new(),
            branches: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Clone, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self {
            from: self.from.clone(),
            branches: self.branches.clone(),
            len: self.len,
        }
    }
}

impl<K: Clone, V> Clone for Branch<K, V> {
    fn clone(&self) -> Self {
        Self {
            from: self.from.clone(),
            pages: self.pages.clone(),
        }
    }
}

impl<K: Clone, V: Clone> Clone for Page<K, V> {
    fn clone(&self) -> Self {
        // With room for one more: it is copied to be written.
        let mut copy = Self::with_room(self.keys.len().plus(1).min(PAGE));
        copy.keys.extend_from_slice(&self.keys);
        copy.values.extend_from_slice(&self.values);
        copy
    }
}

impl<K, V> Page<K, V> {
    fn with_room(entries: usize) -> Self {
        Self {
            keys: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
        }
    }

    fn insert(&mut self, entry: usize, key: K, value: V) {
        if self.keys.len() == self.keys.capacity() {
            let more = GROWS.min(PAGE.minus_or_zero(self.keys.len()));
            self.keys.reserve_exact(more);
            self.values.reserve_exact(more);
        }
        self.keys.insert(entry, key);
        self.values.insert(entry, value);
    }

    /// Gives away what stands at and after an entry.
    fn split_off(&mut self, entry: usize) -> Self {
        let mut right = Self::with_room(self.keys.len().minus_or_zero(entry).plus(GROWS).min(PAGE));
        right.keys.extend(self.keys.drain(entry..));
        right.values.extend(self.values.drain(entry..));
        let left = entry.plus(GROWS).min(PAGE);
        self.keys.shrink_to(left);
        self.values.shrink_to(left);
        right
    }
}

/// Which of the rows that begin so would have a key: the first, if none begins before it. `cmp` is
/// how each compares to the key.
fn row_of<K>(from: &[K], cmp: impl Fn(&K) -> Ordering) -> usize {
    from.partition_point(|first| cmp(first) != Ordering::Greater)
        .minus_or_zero(1)
}

impl<K, V> SharedMap<K, V> {
    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn page(&self, at: At) -> Option<&Page<K, V>> {
        let branch = self.branches.get(at.branch)?;
        branch.pages.get(at.page).map(Arc::as_ref)
    }

    /// Where a key stands, or would. `cmp` is how each that is in compares to it.
    fn find_by(&self, cmp: impl Fn(&K) -> Ordering) -> Result<At, At> {
        let mut at = At {
            branch: row_of(&self.from, &cmp),
            page: 0,
            entry: 0,
        };
        let Some(branch) = self.branches.get(at.branch) else {
            return Err(at);
        };
        at.page = row_of(&branch.from, &cmp);
        let Some(page) = branch.pages.get(at.page) else {
            return Err(at);
        };
        match page.keys.binary_search_by(cmp) {
            Ok(entry) => Ok(At { entry, ..at }),
            Err(entry) => Err(At { entry, ..at }),
        }
    }

    /// The entry with the first key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the last key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        let page = self.branches.last()?.pages.last()?;
        page.keys.last().zip(page.values.last())
    }

    /// All entries, by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.iter_at(At {
            branch: 0,
            page: 0,
            entry: 0,
        })
    }

    /// The entries from a key on, by key. `cmp` is how each that is in compares to it.
    pub fn range_by(&self, cmp: impl Fn(&K) -> Ordering) -> Iter<'_, K, V> {
        let (Ok(at) | Err(at)) = self.find_by(cmp);
        self.iter_at(at)
    }

    fn iter_at(&self, at: At) -> Iter<'_, K, V> {
        let mut branches = self.branches.get(at.branch..).unwrap_or_default().iter();
        let pages = branches.next().map(|branch| branch.pages.as_slice());
        let mut pages = pages
            .and_then(|it| it.get(at.page..))
            .unwrap_or_default()
            .iter();
        let entries = pages.next().map_or((&[][..], &[][..]), |page| {
            let keys = page.keys.get(at.entry..).unwrap_or_default();
            (keys, page.values.get(at.entry..).unwrap_or_default())
        });
        Iter {
            branches,
            pages,
            keys: entries.0.iter(),
            values: entries.1.iter(),
        }
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, by key.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    fn find(&self, key: &K) -> Result<At, At> {
        self.find_by(|other| other.cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.find(key).ok()?;
        self.page(at)?.values.get(at.entry)
    }

    /// Whether there is such a key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// The entries from a bound on, by key.
    pub fn range_from(&self, bound: Bound<&K>) -> Iter<'_, K, V> {
        let found = match bound {
            Bound::Unbounded => return self.iter(),
            Bound::Included(key) => self.find(key),
            Bound::Excluded(key) => self.find(key).map(|at| At {
                entry: at.entry.plus(1),
                ..at
            }),
        };
        let (Ok(at) | Err(at)) = found;
        self.iter_at(at)
    }
}

impl<K: Clone, V: Clone> SharedMap<K, V> {
    fn branch_mut(&mut self, branch: usize) -> Option<&mut Branch<K, V>> {
        self.branches.get_mut(branch).map(Arc::make_mut)
    }

    fn page_mut(&mut self, at: At) -> Option<&mut Page<K, V>> {
        let page = self.branch_mut(at.branch)?.pages.get_mut(at.page)?;
        Some(Arc::make_mut(page))
    }

    /// Puts a value where a key would stand. Returns where it came to stand.
    fn insert_at(&mut self, mut at: At, key: K, value: V) -> At {
        self.len = self.len.plus(1);
        if self.branches.is_empty() {
            let mut page = Page::with_room(4);
            page.insert(0, key.clone(), value);
            let branch = Branch {
                from: vec![key.clone()],
                pages: vec![Arc::new(page)],
            };
            self.from.push(key);
            self.branches.push(Arc::new(branch));
            return at;
        }
        let is_last_branch = at.branch.plus(1) == self.branches.len();
        let Some(branch) = self.branch_mut(at.branch) else {
            return at;
        };
        let is_last = is_last_branch && at.page.plus(1) == branch.pages.len();
        let Some(page) = branch.pages.get_mut(at.page) else {
            return at;
        };
        if page.keys.len() < PAGE {
            Arc::make_mut(page).insert(at.entry, key, value);
            if at.entry == 0 {
                self.name_page(at);
            }
            return at;
        }
        // Keys that count up leave full pages behind.
        let keep = if is_last && at.entry == PAGE {
            PAGE
        } else {
            PAGE / 2
        };
        let left = Arc::make_mut(page);
        let mut right = left.split_off(keep);
        let new = at.page.plus(1);
        if at.entry < keep {
            left.insert(at.entry, key, value);
            if at.entry == 0 {
                self.name_page(at);
            }
        } else {
            at.entry = at.entry.minus(keep);
            at.page = new;
            right.insert(at.entry, key, value);
        }
        self.put_page(at.branch, new, right);
        self.split_branch(at)
    }

    /// A page has another first key.
    fn name_page(&mut self, at: At) {
        let Some(first) = self.page(at).and_then(|page| page.keys.first().cloned()) else {
            return;
        };
        if let Some(branch) = self.branch_mut(at.branch)
            && let Some(from) = branch.from.get_mut(at.page)
        {
            *from = first;
        }
        if at.page == 0 {
            self.name_branch(at.branch);
        }
    }

    /// A branch has another first key.
    fn name_branch(&mut self, branch: usize) {
        let first = self.branches.get(branch).and_then(|it| it.from.first());
        if let (Some(from), Some(first)) = (self.from.get_mut(branch), first) {
            from.clone_from(first);
        }
    }

    fn put_page(&mut self, branch: usize, page: usize, new: Page<K, V>) {
        if let (Some(branch), Some(first)) = (self.branch_mut(branch), new.keys.first().cloned()) {
            branch.from.insert(page, first);
            branch.pages.insert(page, Arc::new(new));
        }
    }

    /// Parts a branch that has too many pages. Returns where the entry stands then.
    fn split_branch(&mut self, at: At) -> At {
        let is_last = at.branch.plus(1) == self.branches.len();
        let Some(branch) = self.branch_mut(at.branch) else {
            return at;
        };
        if branch.pages.len() <= BRANCH {
            return at;
        }
        let keep = if is_last && at.page.plus(1) == branch.pages.len() {
            BRANCH
        } else {
            BRANCH / 2
        };
        let right = Branch {
            from: branch.from.split_off(keep),
            pages: branch.pages.split_off(keep),
        };
        if let Some(first) = right.from.first().cloned() {
            self.from.insert(at.branch.plus(1), first);
            self.branches.insert(at.branch.plus(1), Arc::new(right));
        }
        if at.page < keep {
            return at;
        }
        At {
            branch: at.branch.plus(1),
            page: at.page.minus(keep),
            ..at
        }
    }

    /// Takes the entry with the first key out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let first = At {
            branch: 0,
            page: 0,
            entry: 0,
        };
        self.page(first)?;
        self.remove_at(first)
    }

    fn remove_at(&mut self, at: At) -> Option<(K, V)> {
        self.len = self.len.minus(1);
        let branch = self.branch_mut(at.branch)?;
        let page = Arc::make_mut(branch.pages.get_mut(at.page)?);
        let taken = (page.keys.remove(at.entry), page.values.remove(at.entry));
        let left = page.keys.len();
        if at.entry == 0 {
            self.name_page(at);
        }
        if left < FEW {
            let branch = self.branch_mut(at.branch)?;
            branch.join_pages(at.page, left);
            let pages = branch.pages.len();
            if left == 0 && at.page == 0 {
                self.name_branch(at.branch);
            }
            if pages < FEW {
                self.join_branches(at.branch, pages);
            }
        }
        Some(taken)
    }

    /// Lets a branch with few pages join a neighbour that has room; one with none goes.
    fn join_branches(&mut self, branch: usize, left: usize) {
        if left == 0 {
            self.from.remove(branch);
            self.branches.remove(branch);
            return;
        }
        let Some(right) = join(&self.branches, branch, left, |it| it.pages.len()) else {
            return;
        };
        self.from.remove(right);
        let given = Arc::unwrap_or_clone(self.branches.remove(right));
        if let Some(taker) = self.branch_mut(right.minus(1)) {
            taker.from.extend(given.from);
            taker.pages.extend(given.pages);
        }
    }
}

/// Keys in an order that the caller says, the same each time: not that of the keys, which may stand
/// for what is ordered.
impl<K: Clone, V: Clone> SharedMap<K, V> {
    /// Puts a value under a key that is not in. `cmp` is how each that is in compares to it.
    /// Returns whether there was none.
    pub fn insert_by(&mut self, key: K, value: V, cmp: impl Fn(&K) -> Ordering) -> bool {
        let place = self.find_by(cmp);
        if let Err(at) = place {
            self.insert_at(at, key, value);
        }
        place.is_err()
    }

    /// Takes an entry out. `cmp` is how each that is in compares to its key.
    pub fn remove_by(&mut self, cmp: impl Fn(&K) -> Ordering) -> Option<V> {
        let at = self.find_by(cmp).ok()?;
        self.remove_at(at).map(|(_, value)| value)
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key, to be written.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key).ok()?;
        self.page_mut(at)?.values.get_mut(at.entry)
    }

    /// The value of a key, to be written; one is made if there is none.
    pub fn get_or_insert_with(&mut self, key: &K, value: impl FnOnce() -> V) -> Option<&mut V> {
        let at = match self.find(key) {
            Ok(at) => at,
            Err(at) => self.insert_at(at, key.clone(), value()),
        };
        self.page_mut(at)?.values.get_mut(at.entry)
    }

    /// Puts a value under a key. Returns the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => {
                let place = self.page_mut(at)?.values.get_mut(at.entry)?;
                Some(std::mem::replace(place, value))
            }
            Err(at) => {
                self.insert_at(at, key, value);
                None
            }
        }
    }

    /// Takes an entry out. Returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.find(key).ok()?;
        self.remove_at(at).map(|(_, value)| value)
    }

    /// Takes out all entries but those that are wanted.
    pub fn retain(&mut self, wanted: impl Fn(&K, &V) -> bool) {
        let unwanted = self.iter().filter(|(key, value)| !wanted(key, value));
        let unwanted: Vec<K> = unwanted.map(|(key, _)| key.clone()).collect();
        for key in unwanted {
            self.remove(&key);
        }
    }
}

impl<K: Clone, V: Clone> Branch<K, V> {
    /// Lets a page with few entries join a neighbour that has room; one with none goes.
    fn join_pages(&mut self, page: usize, left: usize) {
        if left == 0 {
            self.from.remove(page);
            self.pages.remove(page);
            return;
        }
        let Some(right) = join(&self.pages, page, left, |it| it.keys.len()) else {
            return;
        };
        self.from.remove(right);
        let given = Arc::unwrap_or_clone(self.pages.remove(right));
        if let Some(taker) = self.pages.get_mut(right.minus(1)) {
            let taker = Arc::make_mut(taker);
            taker.keys.reserve_exact(given.keys.len());
            taker.values.reserve_exact(given.values.len());
            taker.keys.extend(given.keys);
            taker.values.extend(given.values);
        }
    }
}

/// Which of the rows joins the one before it, so that one with so few left has a neighbour's too.
fn join<T>(rows: &[Arc<T>], few: usize, left: usize, len: impl Fn(&T) -> usize) -> Option<usize> {
    let fits = |other: usize| {
        let has = rows.get(other).map(|it| len(it));
        has.is_some_and(|has| has.plus(left) <= JOINED)
    };
    if fits(few.plus(1)) {
        Some(few.plus(1))
    } else if few > 0 && fits(few.minus(1)) {
        Some(few)
    } else {
        None
    }
}

impl<K: Ord, V: PartialEq> PartialEq for SharedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for SharedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// In order, entries are only put at the end, whatever their number.
impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for SharedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            let after = self.last_key_value().is_none_or(|(last, _)| *last < key);
            if after {
                self.push(key, value);
            } else {
                self.insert(key, value);
            }
        }
    }
}

impl<K: Clone, V: Clone> SharedMap<K, V> {
    /// Puts a value under a key that is after all others.
    pub(super) fn push(&mut self, key: K, value: V) {
        let branch = self.branches.len().minus_or_zero(1);
        let pages = self.branches.last().map_or(&[][..], |branch| &branch.pages);
        let entry = pages.last().map_or(0, |page| page.keys.len());
        let page = pages.len().minus_or_zero(1);
        self.insert_at(
            At {
                branch,
                page,
                entry,
            },
            key,
            value,
        );
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        map.extend(entries);
        map
    }
}

#[cfg(test)]
mod tests;
