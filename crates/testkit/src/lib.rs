//! What tests stand on: the seeded simulation of a whole cell, and one service at work alone.
//!
//! Never part of a service.

pub mod service;
pub mod simulation;
