//! What the room of orders costs: bytes of an open order of two lines, and the time of folding one.
//!
//! `cargo bench -p backorder-domain --bench orders`, with `-- --quick` to see only that it runs.
//! Bytes are counted where they are asked for; times are those of a core, so that others on the
//! same machine move them little.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    missing_docs,
    dead_code,
    reason = "a bench prints, and stops at once when it is wrong"
)]

#[path = "../tests/orders/fixture.rs"]
mod fixture;
#[path = "../tests/orders/waiting.rs"]
mod waiting;

use std::alloc::System;

use backorder_domain::command::RoomState;
use backorder_domain::decider::{Decider, Projection, Recorded};
use backorder_domain::event::Event;
use backorder_domain::ids::Revision;
use backorder_domain::orders::Orders;
use fixture::{NOW, at, evolve};
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use waiting::Waiting;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The room, and where its log ends.
#[derive(Default)]
struct Shop {
    orders: RoomState<Orders>,
    revision: usize,
}

/// Milliseconds that a core takes for something: others that want the same core are not in it.
fn took<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    let begin = now();
    let made = work();
    (now() - begin, made)
}

impl Shop {
    /// Folds each event as a commit of its own.
    fn fold(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.revision += 1;
            evolve(&mut self.orders, at(self.revision), &event);
        }
    }

    fn close_all(&mut self) {
        loop {
            let due = self.orders.due(NOW).events;
            if due.is_empty() {
                return;
            }
            self.fold(due);
        }
    }
}

/// Bytes that a state holds for each open order.
fn held<P: Projection>(waiting: Waiting) -> f64 {
    let (mut state, mut revision) = (P::default(), 0);
    let region = Region::new(COUNTED);
    // One after the other: what is kept of an event is not held by the event as well.
    for event in waiting.placed().chain(waiting.settled()) {
        revision += 1;
        let recorded = Recorded {
            position: at(revision),
            as_of: Revision(0),
            at: NOW,
        };
        state.fold(recorded, &event);
    }
    let change = region.change();
    let held = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    held / f64::from(waiting.orders)
}

fn measure(waiting: Waiting) {
    let held = [held::<Orders>(waiting), held::<RoomState<Orders>>(waiting)];
    let texts = waiting.texts() as f64 / f64::from(waiting.orders);
    let each = |milliseconds: f64| milliseconds * 1e6 / f64::from(waiting.orders);
    let placed: Vec<Event> = waiting.placed().collect();
    let settled: Vec<Event> = waiting.settled().collect();
    let cancelled: Vec<Event> = waiting.closed().collect();
    let mut shop = Shop::default();
    let (place, ()) = took(|| shop.fold(placed));
    let (settle, ()) = took(|| shop.fold(settled));
    let (copied, copy) = took(|| shop.orders.clone());
    let bytes = postcard::to_stdvec(&copy).unwrap();
    let (reading, read) = took(|| postcard::from_bytes::<RoomState<Orders>>(&bytes).unwrap());
    assert_eq!(read.open_orders(), waiting.orders as usize);
    drop((copy, read));
    let (cancel, ()) = took(|| shop.fold(cancelled));
    let (close, ()) = took(|| shop.close_all());
    assert_eq!(shop.orders.open_orders(), 0);
    println!(
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {copied:.2} | {} | {:.0} |",
        waiting.orders,
        waiting.key,
        held[0] - texts,
        held[1] - texts,
        each(place),
        each(settle),
        each(cancel),
        each(close),
        bytes.len() / waiting.orders as usize,
        each(reading),
    );
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    println!(
        "| open orders | characters of a key | bytes each beyond its texts | with its command | \
         place ns | settle ns | cancel ns | close ns | copy of all ms | snapshot bytes | read ns |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let sizes: &[u32] = if quick {
        &[2_000]
    } else {
        &[10_000, 100_000, 500_000]
    };
    for orders in sizes {
        for key in [10, 36] {
            measure(Waiting {
                key,
                orders: *orders,
            });
        }
    }
}
