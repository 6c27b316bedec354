//! Backorder's domain: five rooms as pure deciders.
//!
//! No clock, no I/O, no randomness, no iteration over hash maps: a state follows from the log
//! alone, and a decision from the state, the request and the time handed in.

pub mod allocator;
pub mod audit;
pub mod decider;
pub mod demand;
pub mod event;
pub mod ids;
pub mod inventory;
pub mod notifier;
pub mod orders;
pub mod supplier_gateway;
pub mod what_if;
