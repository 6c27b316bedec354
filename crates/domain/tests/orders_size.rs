//! How much memory an open order takes, counted where memory is asked for. Alone in its process.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

#[path = "orders/fixture.rs"]
mod fixture;
#[path = "orders/waiting.rs"]
mod waiting;

use std::alloc::System;

use backorder_domain::decider::{Projection, Recorded};
use backorder_domain::event::Event;
use backorder_domain::ids::Revision;
use backorder_domain::orders::Orders;
use fixture::{NOW, at};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use waiting::Waiting;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that an open order of two lines may take beyond the texts that are its own.
const MAX_BYTES: usize = 300;

fn fold(orders: &mut Orders, revision: &mut usize, event: &Event) {
    *revision += 1;
    let recorded = Recorded {
        position: at(*revision),
        as_of: Revision(0),
        at: NOW,
    };
    orders.fold(recorded, event);
}

#[test]
fn an_open_order_of_two_lines_takes_three_hundred_bytes_beyond_its_texts() {
    let waiting = Waiting {
        key: 10,
        orders: 20_000,
    };
    let (mut orders, mut revision) = (Orders::default(), 0);
    let region = Region::new(COUNTED);
    for event in waiting.placed().chain(waiting.settled()) {
        fold(&mut orders, &mut revision, &event);
    }
    let change = region.change();
    let held = change.bytes_allocated - change.bytes_deallocated;
    assert_eq!(orders.open_orders(), 20_000);
    let order = orders.order(&waiting.some_id()).unwrap();
    assert!(order.lines().all(|line| line.promise().is_some()));
    let each = (held - waiting.texts()) / orders.open_orders();
    assert!(each <= MAX_BYTES, "{each} bytes");
    // A count of nothing would be no count.
    assert!(each > 200, "{each} bytes");
}
