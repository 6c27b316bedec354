//! Backorder's domain: every fact, what a room is, and four of the five rooms as pure deciders; the
//! fifth, the allocator, is the crate `allocation`.
//!
//! No clock, no I/O, no randomness, no iteration over hash maps: a state follows from the log
//! alone, and a decision from the state, the request and the time handed in.

pub mod available;
pub mod command;
pub mod decider;
pub mod demand;
pub mod event;
pub mod exact;
pub mod exception;
pub mod ids;
pub mod inventory;
mod items;
pub mod measured;
pub mod money;
pub mod names;
pub mod notifier;
pub mod orders;
pub mod quantity;
pub mod renamed;
pub mod room;
pub mod sample;
pub mod shared;
pub mod slab;
pub mod supplier_gateway;
pub mod zones;
