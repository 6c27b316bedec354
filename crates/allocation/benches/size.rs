//! How many bytes of memory an open line takes in the allocator.
//!
//! `cargo bench -p backorder-allocation --bench size`, with `-- --quick` to see only that it runs.
//! Bytes are counted where they are asked for; what the process grew by, which the system's
//! allocator rounds up, stands beside them, each kind of shop in a process of its own.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    dead_code,
    reason = "a bench prints, and stops at once when it is wrong"
)]

use std::alloc::System;
use std::process::Command;

use domain::event::Event;
use domain::ids::Sku;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

mod shop;

use shop::{Shop, item, placed, received, sku};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Units by order and line: which SKU and how many.
type Line = (Sku, u32);

struct Kind {
    name: &'static str,
    /// The lines of the n-th order.
    lines: fn(u64) -> Vec<Line>,
    /// Lines of three orders that follow each other.
    of_three: u64,
    skus: fn(u64) -> u64,
    /// So much stock is there from the first of each SKU that nobody waits.
    stocked: bool,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "orders of 1 to 3 lines, 10,000 SKUs",
        lines: |number| {
            (0..1 + number % 3)
                .map(|line| (sku((number * 31 + line) % 10_000), 2))
                .collect()
        },
        of_three: 6,
        skus: |_| 10_000,
        stocked: false,
    },
    Kind {
        name: "the same, all with stock held",
        lines: |number| {
            (0..1 + number % 3)
                .map(|line| (sku((number * 31 + line) % 10_000), 2))
                .collect()
        },
        of_three: 6,
        skus: |_| 10_000,
        stocked: true,
    },
    Kind {
        name: "orders of 3 lines, 10,000 SKUs",
        lines: |number| {
            (0..3)
                .map(|line| (sku((number * 31 + line) % 10_000), 2))
                .collect()
        },
        of_three: 9,
        skus: |_| 10_000,
        stocked: false,
    },
    Kind {
        name: "orders of one line, all of one SKU",
        lines: |_| vec![(sku(0), 2)],
        of_three: 3,
        skus: |_| 1,
        stocked: false,
    },
    Kind {
        name: "orders of one line, each of an SKU of its own",
        lines: |number| vec![(sku(number), 2)],
        of_three: 3,
        skus: |lines| lines,
        stocked: false,
    },
];

/// Pages of memory that the process has, in bytes.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * 4_096.0
}

fn measure(kind: &Kind, lines: u64) {
    let begin = resident();
    let region = Region::new(COUNTED);
    let used = || {
        let change = region.change();
        change.bytes_allocated as f64 - change.bytes_deallocated as f64
    };
    let mut shop = Shop::default();
    let skus = (kind.skus)(lines);
    (0..skus).for_each(|number| stock(&mut shop, kind, number));
    let bare = used();
    let orders = lines * 3 / kind.of_three;
    let mut count = 0;
    let mut batch: Vec<Event> = Vec::new();
    for number in 0..orders {
        let lines = (kind.lines)(number);
        count += lines.len() as u64;
        batch.push(placed(number, lines));
        if batch.len() == 10_000 || number + 1 == orders {
            shop.play(&batch);
            batch = Vec::new();
        }
    }
    let of = |bytes: f64| bytes / count as f64;
    let skus = skus as f64;
    println!(
        "| {} | {count} | {:.0} | {:.0} | {:.0} | {:.0} |",
        kind.name,
        of(used() - bare),
        of(used()),
        of(resident() - begin),
        bare / skus,
    );
    assert_eq!(shop.allocator.open_orders() as u64, orders);
}

fn stock(shop: &mut Shop, kind: &Kind, number: u64) {
    shop.play(&[item(&sku(number))]);
    if kind.stocked {
        shop.play(&[received(number, sku(number), u32::MAX / 2)]);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lines = if arguments.iter().any(|a| a == "--quick") {
        6_000
    } else {
        1_000_000
    };
    let chosen = arguments
        .iter()
        .find_map(|a| a.strip_prefix("--kind=")?.parse::<usize>().ok());
    if let Some(kind) = chosen.and_then(|at| KINDS.get(at)) {
        return measure(kind, lines);
    }
    println!(
        "| open lines | how many | bytes a line | with its share of the SKUs | process grew by | \
         bytes an SKU that was defined |"
    );
    println!("|:--|--:|--:|--:|--:|--:|");
    for at in 0..KINDS.len() {
        let program = std::env::current_exe().expect("its own name");
        let status = Command::new(program)
            .args(&arguments)
            .arg(format!("--kind={at}"))
            .status();
        assert!(status.expect("it runs").success());
    }
}
