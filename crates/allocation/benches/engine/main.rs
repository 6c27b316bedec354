//! The allocator alone, in memory: how fast it folds and decides, and how fast plain maps would
//! be that know nothing but who waits.
//!
//! `cargo bench -p backorder-allocation --bench engine`, with `-- --quick` to see only that it
//! runs, with a word (`-- hot`) to run what begins with it, and with `-- --alone` to leave the
//! plain maps out, so that a profile shows the engine. Events are made before the clock starts.
//! Time is that of the thread, in which nobody else's work counts. Figures are medians of several
//! runs.

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
    reason = "a bench prints, and stops at once when it is wrong"
)]

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

mod anew;
mod mixed;
mod passed;
mod plain;
#[path = "../shop/mod.rs"]
mod shop;
mod trains;
mod whole;

/// How much is done, and how often.
#[derive(Clone, Copy)]
pub struct Extent {
    pub runs: usize,
    /// Acts of the mixed workloads.
    pub acts: usize,
    /// SKUs of the mixed workload.
    pub skus: usize,
    /// Lines of the hot SKU, and of the snapshot.
    pub lines: u64,
    /// Lines that one receipt fills, or one delay concerns.
    pub train: u64,
    /// Without the yardstick.
    pub alone: bool,
}

const FULL: Extent = Extent {
    runs: 5,
    acts: 400_000,
    skus: 10_000,
    lines: 1_000_000,
    train: 100_000,
    alone: false,
};
const QUICK: Extent = Extent {
    runs: 1,
    acts: 5_000,
    skus: 1_000,
    lines: 5_000,
    train: 2_000,
    alone: false,
};

/// What this thread has had of a core: what other processes take of the machine does not count.
pub fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

/// How long it takes.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = spent();
    let done = work();
    (spent() - begin, done)
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The medians of what several runs came to.
pub fn medians<const N: usize>(extent: Extent, mut run: impl FnMut() -> [f64; N]) -> [f64; N] {
    let runs: Vec<[f64; N]> = (0..extent.runs).map(|_| run()).collect();
    std::array::from_fn(|at| median(runs.iter().map(|run| run[at]).collect()))
}

pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// A table, or more.
type Part = fn(Extent);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let words: Vec<&String> = arguments.iter().filter(|a| !a.starts_with("--")).collect();
    let alone = arguments.iter().any(|argument| argument == "--alone");
    let extent = Extent {
        alone,
        ..if quick { QUICK } else { FULL }
    };
    let parts: [(&str, Part); 10] = [
        ("mixed", mixed::spread),
        ("hot", mixed::hot),
        ("receipt", trains::receipt),
        ("delay", trains::delay),
        ("passed", passed::over),
        ("newcomer", passed::newcomers),
        ("fold", whole::fold),
        ("snapshot", whole::snapshot),
        ("rule", anew::rule),
        ("rebalance", anew::rebalance),
    ];
    for (name, part) in parts {
        if words.is_empty() || words.iter().any(|word| name.starts_with(word.as_str())) {
            part(extent);
        }
    }
}
