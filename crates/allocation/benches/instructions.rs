//! How many instructions the hot operations take: the same on a busy machine as on a quiet one,
//! so that a change that makes them slower shows.
//!
//! `cargo bench -p backorder-allocation --bench instructions`. It runs itself under valgrind's
//! callgrind, once an operation, and counts inside the operation only. Without valgrind it says
//! so and fails. Nothing of it runs in `cargo test`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    dead_code,
    reason = "a bench prints, and stops at once when it is wrong"
)]

use std::hint::black_box;
use std::ops::Bound;
use std::process::{Command, ExitCode};

use backorder_allocation::{Allocator, Leaf, Tree};
use domain::decider::Decider;
use domain::event::{Event, ItemRenamed};

#[path = "shop/entries.rs"]
mod entries;
mod shop;

use entries::{Entry, entry};
use shop::{NOW, Shop, cancelled, delayed, item, order_id, placed, purchased, received, sku};

/// Entries of the tree.
const TREE: u64 = 100_000;
/// Orders that wait before something is measured, over [`SKUS`].
const ORDERS: u64 = 10_000;
const SKUS: u64 = 100;
/// How often an operation is done under the counter.
const TIMES: u64 = 1_000;
/// Orders of two lines that fit in one decision: it keeps room for three effects of each line, a
/// part that is refused, one that waits and its promise.
const FEW: u64 = 160;

/// What is counted: all that happens inside, and nothing else.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

/// Made, whatever it is, and not left out by the compiler.
fn seen<T>(value: T) {
    black_box(value);
}

/// A name, and what does it so many times inside [`counted`].
const OPERATIONS: [(&str, u64, fn()); 16] = [
    ("tree: insert anywhere", TIMES, || {
        with_tree(2, |tree, at| {
            seen(tree.insert(entry(at * 2 + 1)));
        })
    }),
    ("tree: append", TIMES, || {
        with_tree(1, |tree, at| {
            seen(tree.insert(entry(TREE * 2 + at)));
        })
    }),
    ("tree: remove anywhere", TIMES, || {
        with_tree(1, |tree, at| seen(tree.remove(entry(at).queue_key)));
    }),
    ("tree: take the first", TIMES, || {
        with_tree(1, |tree, _| {
            let first = tree.first().expect("an entry");
            black_box(tree.remove(first.queue_key()));
        });
    }),
    ("tree: sum before", TIMES, || {
        with_tree(1, |tree, at| seen(tree.before(entry(at).queue_key)));
    }),
    ("tree: find by sum", TIMES, || {
        with_tree(1, |tree, at| {
            let from = Bound::Excluded(entry(at).queue_key);
            black_box(tree.find(from, None, |sum| sum.least == 0, |entry| entry.least == 0));
        });
    }),
    ("tree: first past a sum", TIMES, || {
        with_tree(1, |tree, at| {
            seen(tree.partition(|sum| sum.units > at * 3));
        });
    }),
    ("fold an order of two lines", FEW, || {
        let (mut shop, orders) = (waiting(), orders());
        counted(|| shop.fold(&orders));
    }),
    ("decide on an order of two lines that waits", FEW, || {
        let (mut shop, orders) = (waiting(), orders());
        shop.fold(&orders);
        let due = counted(|| shop.allocator.due(NOW));
        assert_eq!(
            due.events.iter().map(shop::effects_of).sum::<usize>() as u64,
            FEW * 4
        );
    }),
    ("fold what was decided on it", FEW, || {
        let (mut shop, orders) = (waiting(), orders());
        shop.fold(&orders);
        let settled = shop.allocator.due(NOW).events;
        counted(|| shop.fold(&settled));
    }),
    ("the same, once a hundred items were renamed", FEW, || {
        let (mut shop, orders) = (waiting(), orders());
        shop.play(&renamed());
        shop.fold(&orders);
        let settled = shop.allocator.due(NOW).events;
        counted(|| shop.fold(&settled));
    }),
    ("fold a cancelled order and settle", TIMES, || {
        let mut shop = waiting();
        let events: Vec<Event> = (0..TIMES).map(|at| cancelled(at * 7)).collect();
        counted(|| seen(shop.play(&events)));
    }),
    ("fold a receipt for ten lines and settle", TIMES, || {
        let mut shop = waiting();
        let events: Vec<Event> = (0..TIMES)
            .map(|at| received(at, sku(at % SKUS), 10))
            .collect();
        counted(|| seen(shop.play(&events)));
    }),
    ("delay of an inbound for a hundred lines", SKUS, || {
        let mut shop = waiting();
        let numbers = 0..SKUS;
        let id = |number: u64| format!("PO-{number}");
        let bought = |number: u64| purchased(&id(number), &sku(number), 100, NOW.plus_days(9));
        shop.play(&numbers.clone().map(bought).collect::<Vec<_>>());
        let late = |number: u64| delayed(&id(number), &sku(number), NOW.plus_days(12));
        let events: Vec<Event> = numbers.map(late).collect();
        counted(|| seen(shop.play(&events)));
    }),
    ("question for a promise", TIMES, || {
        let shop = waiting();
        let ids: Vec<_> = (0..TIMES).map(|at| order_id(at * 7)).collect();
        counted(|| {
            ids.iter()
                .for_each(|id| seen(shop.allocator.promise(id, 1)));
        });
    }),
    ("snapshot out and in, of a line", ORDERS, || {
        let shop = waiting();
        counted(|| {
            let bytes = postcard::to_allocvec(&shop.allocator).expect("bytes");
            seen(postcard::from_bytes::<Allocator>(&bytes).expect("a state"));
        });
    }),
];

/// Does something to a tree at places that are far from each other.
fn with_tree(step: u64, mut what: impl FnMut(&mut Tree<Entry>, u64)) {
    let mut tree = Tree::from_sorted((0..TREE).map(|number| entry(number * step)));
    let places: Vec<u64> = (0..TIMES).map(|at| at * 61_843 % TREE).collect();
    counted(|| places.iter().for_each(|at| what(&mut tree, *at)));
    assert!(tree.is_sound());
}

/// A shop in which orders of one line wait.
fn waiting() -> Shop {
    let mut shop = Shop::default();
    shop.play(
        &(0..SKUS)
            .map(|number| item(&sku(number)))
            .collect::<Vec<_>>(),
    );
    let order = |number: u64| placed(number, [(sku(number % SKUS), 1)]);
    shop.play(&(0..ORDERS).map(order).collect::<Vec<_>>());
    shop
}

/// A hundred items of which nothing else is said, and another name for each.
fn renamed() -> Vec<Event> {
    let called = |number: u64| sku(SKUS * 2 + number);
    let items = (0..100).map(|number| item(&called(number)));
    let names = (0..100).map(|number| {
        Event::from(ItemRenamed {
            renaming: format!("renaming-{number}").into(),
            sku: called(number),
            to: called(number + 100),
            reason: "another code".to_owned(),
            by: "eva".to_owned(),
        })
    });
    items.chain(names).collect()
}

fn orders() -> Vec<Event> {
    let lines = |number: u64| [(sku(number % SKUS), 1), (sku((number + 1) % SKUS), 1)];
    (ORDERS..ORDERS + FEW)
        .map(|number| placed(number, lines(number)))
        .collect()
}

/// Runs one operation under callgrind. What it counted, or what it said instead.
fn count(at: usize) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args([
            "--collect-atstart=no",
            "--toggle-collect=*instructions::counted*",
        ])
        .arg(program)
        .arg(format!("--operation={at}"))
        .output()
        .map_err(|error| {
            format!("valgrind does not run ({error}); install it, it is in most systems' packages")
        })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let number = line.and_then(|(_, number)| number.trim().parse::<u64>().ok());
    number
        .filter(|_| output.status.success())
        .ok_or_else(|| said.into_owned())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let chosen = arguments.find_map(|a| a.strip_prefix("--operation=")?.parse::<usize>().ok());
    if let Some((_, _, operation)) = chosen.and_then(|at| OPERATIONS.get(at)) {
        operation();
        return ExitCode::SUCCESS;
    }
    println!("| operation | instructions |");
    println!("|:--|--:|");
    for (at, (name, times, _)) in OPERATIONS.iter().enumerate() {
        match count(at) {
            Ok(instructions) => println!("| {name} | {} |", instructions / times),
            Err(why) => {
                eprintln!("{name}: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
