//! The tree against a sorted list.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use proptest::prelude::*;

use super::*;
use crate::queue_key::LogOrder;
use domain::ids::{Position, Revision, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    queue_key: QueueKey,
    units: u32,
    flags: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    lines: u64,
    units: u64,
    least: u32,
    flags: u8,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            lines: 0,
            units: 0,
            least: u32::MAX,
            flags: 0,
        }
    }
}

impl Sum for Count {
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.units += other.units;
        self.least = self.least.min(other.least);
        self.flags |= other.flags;
    }

    fn take(&mut self, some: &Self) -> bool {
        if some.least <= self.least || some.flags != 0 {
            return false;
        }
        self.lines -= some.lines;
        self.units -= some.units;
        true
    }

    fn replace(&mut self, was: &Self, is: &Self) -> bool {
        if was.least <= self.least || was.flags & !is.flags != 0 {
            return false;
        }
        self.units -= was.units;
        self.lines -= was.lines;
        self.add(is);
        true
    }
}

impl Leaf for Entry {
    type Sum = Count;
    fn queue_key(&self) -> QueueKey {
        self.queue_key
    }
    fn sum(&self) -> Count {
        Count {
            lines: 1,
            units: u64::from(self.units),
            least: self.units,
            flags: self.flags,
        }
    }
}

fn queue_key(at: u32) -> QueueKey {
    QueueKey {
        effective: Timestamp::from_ms(i64::from(at / 7)),
        log_order: LogOrder::of(
            Position {
                revision: Revision(u64::from(at)),
                index: at % 10,
            },
            0,
        ),
    }
}

fn entry(at: u32, units: u32) -> Entry {
    Entry {
        queue_key: queue_key(at),
        units,
        flags: if units.is_multiple_of(13) { 1 } else { 0 },
    }
}

fn sum(entries: &[Entry]) -> Count {
    let mut sum = Count::default();
    entries.iter().for_each(|entry| sum.add(&entry.sum()));
    sum
}

/// What the tree should be: a sorted list.
#[derive(Default)]
struct Plain(Vec<Entry>);

impl Plain {
    fn at(&self, queue_key: QueueKey) -> Result<usize, usize> {
        self.0
            .binary_search_by_key(&queue_key, |entry| entry.queue_key)
    }

    fn insert(&mut self, entry: Entry) -> Option<Entry> {
        match self.at(entry.queue_key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at], entry)),
            Err(at) => {
                self.0.insert(at, entry);
                None
            }
        }
    }

    fn remove(&mut self, queue_key: QueueKey) -> Option<Entry> {
        self.at(queue_key).ok().map(|at| self.0.remove(at))
    }

    fn from(&self, from: Bound<QueueKey>) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| match from {
            Bound::Included(queue_key) => entry.queue_key >= queue_key,
            Bound::Excluded(queue_key) => entry.queue_key > queue_key,
            Bound::Unbounded => true,
        })
    }
}

fn agree(tree: &Tree<Entry>, plain: &Plain, probe: QueueKey, past: u64) {
    assert!(tree.is_sound());
    assert!(tree.iter().eq(&plain.0));
    assert!(tree.iter_rev().eq(plain.0.iter().rev()));
    assert!(tree.iter_from(probe).eq(plain.from(Bound::Included(probe))));
    assert_eq!(tree.len(), plain.0.len());
    assert_eq!(tree.is_empty(), plain.0.is_empty());
    assert_eq!(tree.total(), sum(&plain.0));
    assert_eq!(tree.first(), plain.0.first().copied());
    assert_eq!(tree.last(), plain.0.last().copied());
    assert_eq!(tree.get(probe), plain.at(probe).ok().map(|at| &plain.0[at]));
    let at = plain.at(probe).unwrap_or_else(|at| at);
    assert_eq!(tree.before(probe), sum(&plain.0[..at]));
    let first = (0..plain.0.len()).find(|at| sum(&plain.0[..=*at]).units > past);
    let first = first.map(|at| (sum(&plain.0[..at]), plain.0[at]));
    assert_eq!(tree.partition(|sum| sum.units > past), first);
    let until = queue_key(u32::try_from(past % 700).unwrap());
    let least = u32::try_from(past % 20).unwrap();
    for from in [
        Bound::Included(probe),
        Bound::Excluded(probe),
        Bound::Unbounded,
    ] {
        for until in [None, Some(until)] {
            let wanted = plain
                .from(from)
                .take_while(|entry| until.is_none_or(|until| entry.queue_key < until))
                .find(|entry| entry.units <= least)
                .copied();
            let found = tree.find(
                from,
                until,
                |sum| sum.least <= least,
                |entry| entry.units <= least,
            );
            assert_eq!(found, wanted);
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Insert(u32, u32),
    Append(u32),
    Remove(u32),
    RemoveFirst,
    Update(u32, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u32..600, 1_u32..400).prop_map(|(at, units)| Step::Insert(at, units)),
        2 => (1_u32..400).prop_map(Step::Append),
        3 => (0_u32..700).prop_map(Step::Remove),
        1 => Just(Step::RemoveFirst),
        1 => (0_u32..700, 1_u32..400).prop_map(|(at, units)| Step::Update(at, units)),
    ]
}

fn take(tree: &mut Tree<Entry>, plain: &mut Plain, step: Step, next: u32) {
    match step {
        Step::Insert(at, units) => {
            assert_eq!(
                tree.insert(entry(at, units)),
                plain.insert(entry(at, units))
            );
        }
        Step::Append(units) => {
            assert_eq!(
                tree.insert(entry(next, units)),
                plain.insert(entry(next, units))
            );
        }
        Step::Remove(at) => assert_eq!(tree.remove(queue_key(at)), plain.remove(queue_key(at))),
        Step::RemoveFirst => {
            let queue_key = plain
                .0
                .first()
                .map_or(QueueKey::FIRST, |first| first.queue_key);
            assert_eq!(tree.remove(queue_key), plain.remove(queue_key));
        }
        Step::Update(at, units) => {
            let change = |entry: &mut Entry| std::mem::replace(&mut entry.units, units);
            let was = tree.update(queue_key(at), change);
            let plainly = plain
                .at(queue_key(at))
                .ok()
                .map(|at| change(&mut plain.0[at]));
            assert_eq!(was, plainly);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_says_what_a_sorted_list_says(
        begin in 0_u32..2_500,
        steps in prop::collection::vec((step(), 0_u32..700, 0_u64..100_000), 0..250),
    ) {
        let mut plain = Plain((0..begin).map(|at| entry(at, at % 397 + 1)).collect());
        let mut tree = Tree::from_sorted(plain.0.iter().copied());
        agree(&tree, &plain, queue_key(begin / 2), u64::from(begin) * 90);
        for (next, (step, probe, past)) in (begin..).zip(steps) {
            take(&mut tree, &mut plain, step, next + 700);
            agree(&tree, &plain, queue_key(probe), past);
        }
    }

    #[test]
    fn a_tree_is_written_and_read_the_same(
        entries in prop::collection::btree_map(0_u32..900, 1_u32..9, 0..300),
    ) {
        let entries = entries.into_iter().map(|(at, units)| entry(at, units));
        let tree: Tree<Entry> = Tree::from_sorted(entries);
        let bytes = postcard::to_stdvec(&tree).unwrap();
        let read: Tree<Entry> = postcard::from_bytes(&bytes).unwrap();
        prop_assert!(read.is_sound());
        prop_assert_eq!(&read, &tree);
        let json = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(serde_json::from_str::<Tree<Entry>>(&json).unwrap(), tree);
    }
}

/// Numbers that look random: each below `bound`.
fn scattered(count: u32, bound: u32) -> impl Iterator<Item = u32> {
    (0..count).scan(1_u64, move |state, _| {
        *state = *state * 48_271 % 2_147_483_647;
        Some(u32::try_from(*state).unwrap() % bound)
    })
}

#[test]
fn a_long_tree_filled_and_emptied_anyhow_stays_sound() {
    let mut tree = Tree::default();
    let mut plain = Plain::default();
    for at in scattered(20_000, 50_000) {
        assert_eq!(
            tree.insert(entry(at, at % 99 + 1)),
            plain.insert(entry(at, at % 99 + 1))
        );
    }
    agree(&tree, &plain, queue_key(20_000), 300_000);
    for at in scattered(200_000, 50_000) {
        assert_eq!(tree.remove(queue_key(at)), plain.remove(queue_key(at)));
        if plain.0.len() % 500 == 0 {
            agree(&tree, &plain, queue_key(at), 9_000);
        }
    }
    while let Some(first) = tree.first() {
        assert_eq!(tree.remove(first.queue_key), plain.remove(first.queue_key));
        assert!(tree.is_sound());
    }
    assert_eq!(tree, Tree::default());
    assert!(plain.0.is_empty());
}

#[test]
fn entries_that_come_out_of_order_are_put_where_they_belong() {
    let tree = Tree::from_sorted([5, 3, 9, 9, 1].map(|at| entry(at, at)));
    assert!(tree.is_sound());
    assert!(tree.iter().map(|entry| entry.units).eq([1, 3, 5, 9]));
}

#[test]
fn a_change_may_not_move_an_entry() {
    let mut tree = Tree::from_sorted((0..100).map(|at| entry(at, 1)));
    let unmoved = tree.clone();
    assert_eq!(
        tree.update(queue_key(50), |entry| entry.queue_key = queue_key(500)),
        Some(())
    );
    assert_eq!(tree.update(queue_key(500), |entry| entry.units = 3), None);
    assert_eq!(tree, unmoved);
    assert!(tree.is_sound());
}

#[test]
fn an_entry_that_ends_the_tree_leaves_full_nodes_behind_it() {
    let mut tree = Tree::default();
    let (width, fan) = (node::WIDTH, node::FAN);
    for at in 0..u32::try_from(width * fan).unwrap() + 1 {
        tree.insert(entry(at, 1));
    }
    assert!(tree.is_sound());
    let mut widths = Vec::new();
    tree.root.widths(&mut widths);
    assert!(
        widths[..fan].iter().all(|leaf| *leaf == (width, width)),
        "{widths:?}"
    );
}

#[test]
fn nothing_costs_nothing_and_one_entry_costs_one() {
    let mut tree = Tree::default();
    let mut widths = Vec::new();
    tree.root.widths(&mut widths);
    assert_eq!(widths, [(0, 0)]);
    tree.insert(entry(1, 1));
    widths.clear();
    tree.root.widths(&mut widths);
    assert_eq!(widths, [(1, 1)]);
}

impl Node<Entry> {
    /// Of each leaf its entries and those it has room for.
    fn widths(&self, into: &mut Vec<(usize, usize)>) {
        match self {
            Self::Leaf(entries) => into.push((entries.len(), entries.capacity())),
            Self::Inner(inner) => inner.nodes.iter().for_each(|node| node.widths(into)),
        }
    }
}

/// A sum from which nothing can be taken.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Greatest(u32);

impl Sum for Greatest {
    fn add(&mut self, other: &Self) {
        self.0 = self.0.max(other.0);
    }
}

#[derive(Clone, Copy)]
struct Plainly(Entry);

impl Leaf for Plainly {
    type Sum = Greatest;

    fn queue_key(&self) -> QueueKey {
        self.0.queue_key
    }

    fn sum(&self) -> Greatest {
        Greatest(self.0.units)
    }
}

#[test]
fn a_minimum_is_summed_again_after_a_removal() {
    let mut tree = Tree::default();
    for at in 0..500 {
        tree.insert(Plainly(entry(at, at + 1)));
    }
    for at in (0..500).rev() {
        assert_eq!(tree.total(), Greatest(at + 1));
        if at % 2 == 0 {
            tree.remove(queue_key(at));
        } else {
            tree.update(queue_key(at), |entry| entry.0.units = 0);
        }
        assert!(tree.is_sound());
    }
}
