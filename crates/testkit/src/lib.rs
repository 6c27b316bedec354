//! What tests stand on: the seeded simulation of a whole cell.
//!
//! Never part of a service.

pub mod simulation;
