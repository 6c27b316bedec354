//! Arbitrary bytes against the decoder of events and against every room's decisions.
//!
//! Runs for a moment with `cargo test`, and as long as wanted with `just fuzz`. What fails prints
//! its seed; `ARBTEST_SEED=0x… cargo test -p backorder-domain --test fuzz NAME` plays it again.
//!
//! The engine is `arbtest`: `arbitrary`'s bytes-to-choices, which coverage-guided fuzzers share,
//! driven by time, on stable, with one dependency. `bolero` on stable would be the same loop with
//! a dozen more crates; its engines that look at coverage want nightly. The corpus are the golden
//! events: whoever adds an event with its golden file has it fuzzed here, in every room.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "figures in tests are small, and most events are no command of a room"
)]

mod corpus;
mod decoder;
mod play;
mod rooms;
