//! What operators and other services see on the NATS server: who may do what, services that are
//! found and asked, the live feed, and every command of docs/nats.md. All of it through a client of
//! its own, on a real server.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that counts wrongly fails"
)]

mod asyncapi;
mod available;
mod cell;
mod cookbook;
mod feed;
mod permissions;
mod permitted;
mod services;
mod synced;
mod users;
mod whose;
mod wire;
