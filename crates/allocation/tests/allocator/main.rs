//! The allocator: its rules as sentences, its laws and an oracle over random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

mod amend;
mod assign_stock;
mod baskets;
mod causes;
mod come_to_rest;
mod dates;
mod door;
mod end_waits;
mod explain;
mod fair;
mod falls;
mod fixture;
mod holds;
mod impact;
mod later;
mod laws;
mod measures;
mod names;
mod oracle;
mod prioritise;
mod promises_due;
mod races;
mod rank;
mod ration;
mod rebalance;
mod rebalance_laws;
mod recount;
mod renaming;
mod run_lines;
mod source;
mod stock;
mod substitutes;
mod trains;
mod travel;
mod why;
