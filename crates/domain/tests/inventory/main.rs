//! The inventory room: every rule in a sentence, and its laws over random histories.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "small numbers of the tests' own, and only inventory's requests are made"
)]

mod exceptions;
mod floor;
mod goods;
mod history;
mod laws;
mod renaming;
mod replenishment;
mod rules;
mod travel;
mod waves;
