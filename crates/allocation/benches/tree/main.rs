//! The summed tree beside what could have been taken in its place: a red-black tree with sums of
//! a crate, and, without any sums, an ordered map and a sorted list.
//!
//! `cargo bench -p backorder-allocation --bench tree`, with `-- --quick` to see only that it runs.
//! Nanoseconds an operation, medians of five runs, by what this thread has had of a core.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a bench prints, and stops at once when it is wrong"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use backorder_allocation::{QueueKey, Tree};
use rustix::time::{ClockId, clock_gettime};

#[path = "../shop/entries.rs"]
mod entries;
mod rivals;

use entries::{Count, Entry, entry};
use rivals::Rival;

/// What can stand in the place of the tree.
pub trait Kept: Default {
    const NAME: &'static str;
    fn insert(&mut self, entry: Entry);
    fn remove(&mut self, queue_key: QueueKey);
    fn get(&self, queue_key: QueueKey) -> Option<u64>;
    fn pop_first(&mut self) -> bool;
    fn visit(&self) -> u64;
    /// What stands before a turn; nothing where it takes a walk over all of it.
    fn before(&self, queue_key: QueueKey) -> Option<Count>;
    /// The first entry at which the running units are past this; nothing as above.
    fn past(&self, units: u64) -> Option<u64>;
}

impl Kept for Tree<Entry> {
    const NAME: &'static str = "summed tree";
    fn insert(&mut self, entry: Entry) {
        Tree::insert(self, entry);
    }
    fn remove(&mut self, queue_key: QueueKey) {
        Tree::remove(self, queue_key);
    }
    fn get(&self, queue_key: QueueKey) -> Option<u64> {
        Tree::get(self, queue_key).map(|entry| entry.order)
    }
    fn pop_first(&mut self) -> bool {
        let first = self.first();
        first
            .and_then(|first| Tree::remove(self, first.queue_key))
            .is_some()
    }
    fn visit(&self) -> u64 {
        self.iter().map(|entry| entry.order).sum()
    }
    fn before(&self, queue_key: QueueKey) -> Option<Count> {
        Some(Tree::before(self, queue_key))
    }
    fn past(&self, units: u64) -> Option<u64> {
        let found = self.partition(|sum| sum.units > units);
        found.map(|(_, entry)| entry.order)
    }
}

impl Kept for BTreeMap<QueueKey, Entry> {
    const NAME: &'static str = "BTreeMap, no sums";
    fn insert(&mut self, entry: Entry) {
        BTreeMap::insert(self, entry.queue_key, entry);
    }
    fn remove(&mut self, queue_key: QueueKey) {
        BTreeMap::remove(self, &queue_key);
    }
    fn get(&self, queue_key: QueueKey) -> Option<u64> {
        BTreeMap::get(self, &queue_key).map(|entry| entry.order)
    }
    fn pop_first(&mut self) -> bool {
        BTreeMap::pop_first(self).is_some()
    }
    fn visit(&self) -> u64 {
        self.values().map(|entry| entry.order).sum()
    }
    fn before(&self, _: QueueKey) -> Option<Count> {
        None
    }
    fn past(&self, _: u64) -> Option<u64> {
        None
    }
}

/// A sorted list; what it moves to make room grows with its length.
#[derive(Default)]
pub struct Listed(Vec<Entry>);

impl Listed {
    fn at(&self, queue_key: QueueKey) -> Result<usize, usize> {
        self.0
            .binary_search_by_key(&queue_key, |entry| entry.queue_key)
    }
}

impl Kept for Listed {
    const NAME: &'static str = "sorted list, no sums";
    fn insert(&mut self, entry: Entry) {
        match self.at(entry.queue_key) {
            Ok(at) => self.0[at] = entry,
            Err(at) => self.0.insert(at, entry),
        }
    }
    fn remove(&mut self, queue_key: QueueKey) {
        if let Ok(at) = self.at(queue_key) {
            self.0.remove(at);
        }
    }
    fn get(&self, queue_key: QueueKey) -> Option<u64> {
        self.at(queue_key).ok().map(|at| self.0[at].order)
    }
    fn pop_first(&mut self) -> bool {
        !self.0.is_empty() && self.0.remove(0).order < u64::MAX
    }
    fn visit(&self) -> u64 {
        self.0.iter().map(|entry| entry.order).sum()
    }
    fn before(&self, _: QueueKey) -> Option<Count> {
        None
    }
    fn past(&self, _: u64) -> Option<u64> {
        None
    }
}

fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

/// Nanoseconds of each of so many.
fn each(count: usize, work: impl FnOnce()) -> f64 {
    let begin = spent();
    work();
    (spent() - begin).as_secs_f64() * 1e9 / count.max(1) as f64
}

/// Looked at, so that the compiler leaves none out.
fn seen<T>(value: T) {
    black_box(value);
}

/// Numbers below the count, each once, in no order.
fn shuffled(count: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..count).collect();
    let mut state = 7_u64;
    for at in (1..numbers.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        numbers.swap(at, (state >> 33) as usize % (at + 1));
    }
    numbers
}

const HEAD: [&str; 8] = [
    "insert anywhere",
    "get",
    "before",
    "first past a sum",
    "remove anywhere",
    "append",
    "take the first",
    "visit",
];

/// One run over all of them.
fn run<K: Kept>(numbers: &[u64]) -> [f64; 8] {
    let count = numbers.len();
    let mixed: Vec<Entry> = numbers.iter().map(|number| entry(*number)).collect();
    let mut kept = K::default();
    let insert = each(count, || mixed.iter().for_each(|entry| kept.insert(*entry)));
    let get = each(count, || {
        mixed
            .iter()
            .for_each(|entry| seen(kept.get(entry.queue_key)));
    });
    let before = each(count, || {
        mixed
            .iter()
            .for_each(|entry| seen(kept.before(entry.queue_key)));
    });
    let past = each(count, || {
        numbers
            .iter()
            .for_each(|number| seen(kept.past(number * 3)));
    });
    let visit = each(count, || seen(kept.visit()));
    let remove = each(count, || {
        mixed.iter().for_each(|entry| kept.remove(entry.queue_key))
    });
    drop(kept);
    let mut kept = K::default();
    let append = each(count, || {
        (0..count as u64).for_each(|number| kept.insert(entry(number)))
    });
    let first = each(count, || while kept.pop_first() {});
    [insert, get, before, past, remove, append, first, visit]
}

fn row<K: Kept>(count: u64, runs: usize) {
    let numbers = shuffled(count);
    let sums = {
        let mut kept = K::default();
        kept.insert(entry(0));
        kept.before(entry(1).queue_key)
            .is_some_and(|sum| sum != Count::default())
    };
    let figures: Vec<[f64; 8]> = (0..runs).map(|_| run::<K>(&numbers)).collect();
    let cells = (0..8).map(|at| {
        let mut values: Vec<f64> = figures.iter().map(|run| run[at]).collect();
        values.sort_by(f64::total_cmp);
        let asks_sums = at == 2 || at == 3;
        if asks_sums && !sums {
            return "-".to_owned();
        }
        format!("{:.0}", values[values.len() / 2])
    });
    println!(
        "| {} | {} |",
        K::NAME,
        cells.collect::<Vec<_>>().join(" | ")
    );
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let runs = if quick { 1 } else { 5 };
    let most = if quick { 1_000 } else { 1_000_000 };
    for count in [1_000, 100_000, 1_000_000] {
        if count > most {
            continue;
        }
        println!(
            "\n{count} entries of 40 bytes\n\n| ns | {} |",
            HEAD.join(" | ")
        );
        println!("|:--{}|", "|--:".repeat(8));
        row::<Tree<Entry>>(count, runs);
        row::<Rival>(count, runs);
        row::<BTreeMap<QueueKey, Entry>>(count, runs);
        // Moving half of a million entries for each would take an hour.
        if count <= 100_000 {
            row::<Listed>(count, runs);
        }
    }
}
