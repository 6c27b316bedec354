//! The whole state: folded from what was recorded, written as a snapshot and read again.

use std::hint::black_box;

use backorder_allocation::Allocator;
use domain::decider::{Projection, Recorded};
use domain::event::Commit;
use domain::ids::{Position, Revision};

use crate::shop::{Act, Shop, Zipf, acts, item, placed, sku};
use crate::{Extent, medians, ms, timed};

/// What the shop of many SKUs recorded, from JSON.
pub fn fold(extent: Extent) {
    let zipf = Zipf::new(extent.skus);
    let mut shop = Shop {
        tape: Some(Vec::new()),
        ..Shop::default()
    };
    shop.play(
        &(0..extent.skus as u64)
            .map(|n| item(&sku(n)))
            .collect::<Vec<_>>(),
    );
    let facts = acts(extent.acts, 1, |dice| sku(zipf.draw(dice)));
    shop.play(facts.iter().filter_map(|act| match act {
        Act::Record(event) => Some(&**event),
        _ => None,
    }));
    let tape = shop.tape.unwrap_or_default();
    let bytes: usize = tape.iter().map(Vec::len).sum();
    let read = |line: &Vec<u8>| Commit::read(line).expect("a commit");
    let commits: Vec<Commit> = tape.iter().map(read).collect();
    let events: usize = commits.iter().map(|commit| commit.events.len()).sum();
    let effects: usize = commits
        .iter()
        .flat_map(|c| &c.events)
        .map(crate::shop::effects_of)
        .sum();
    let [decode, evolve, both, copy] = medians(extent, || {
        let (decode, ()) = timed(|| {
            tape.iter()
                .map(read)
                .for_each(|commit| drop(black_box(commit)))
        });
        let (evolve, state) = timed(|| folded(commits.iter()));
        drop(state);
        let (both, state) = timed(|| {
            let mut state = Allocator::default();
            for (at, line) in (1..).zip(&tape) {
                take(&mut state, at, &read(line));
            }
            state
        });
        drop(state);
        let (copy, ()) = timed(|| tape.iter().for_each(|line| drop(black_box(line.clone()))));
        [decode, evolve, both, copy].map(ms)
    });
    let facts = events as f64 + effects as f64;
    println!(
        "\nFolding {} commits of {events} events with {effects} effects, {:.0} MB of JSON\n",
        tape.len(),
        bytes as f64 / 1e6,
    );
    println!("| | ms | MB/s | events and effects a second |");
    println!("|:--|--:|--:|--:|");
    for (name, took) in [
        ("copying the bytes", copy),
        ("reading the JSON only", decode),
        ("folding what was read", evolve),
        ("reading and folding", both),
    ] {
        let rate = bytes as f64 / 1e3 / took;
        println!(
            "| {name} | {took:.0} | {rate:.0} | {:.0} |",
            facts / took * 1e3
        );
    }
}

fn folded<'a>(commits: impl Iterator<Item = &'a Commit>) -> Allocator {
    let mut state = Allocator::default();
    for (at, commit) in (1..).zip(commits) {
        take(&mut state, at, commit);
    }
    state
}

fn take(state: &mut Allocator, revision: u64, commit: &Commit) {
    for (index, event) in (0..).zip(&commit.events) {
        state.fold(
            Recorded {
                position: Position {
                    revision: Revision(revision),
                    index,
                },
                as_of: commit.as_of,
                at: commit.at,
            },
            event,
        );
    }
}

/// A snapshot as the log keeps it, of open lines of orders of one to three.
pub fn snapshot(extent: Extent) {
    let skus = extent.skus as u64;
    let mut shop = Shop::default();
    shop.play(&(0..skus).map(|n| item(&sku(n))).collect::<Vec<_>>());
    let mut events = Vec::new();
    for number in 0..extent.lines / 2 {
        let lines = (0..1 + number % 3).map(|line| (sku((number * 31 + line) % skus), 1));
        events.push(placed(number, lines));
        if events.len() == 50_000 {
            shop.play(&std::mem::take(&mut events));
        }
    }
    shop.play(&events);
    let [write, load, bytes] = medians(extent, || {
        let (write, bytes) = timed(|| postcard::to_allocvec(&shop.allocator).expect("bytes"));
        let (load, read) = timed(|| postcard::from_bytes::<Allocator>(&bytes).expect("a state"));
        drop(black_box(read));
        [ms(write), ms(load), bytes.len() as f64]
    });
    println!("\nA snapshot of {} open lines\n", extent.lines);
    println!("| written in ms | read in ms | MB | bytes a line |");
    println!("|--:|--:|--:|--:|");
    println!(
        "| {write:.0} | {load:.0} | {:.0} | {:.0} |",
        bytes / 1e6,
        bytes / extent.lines as f64
    );
}
