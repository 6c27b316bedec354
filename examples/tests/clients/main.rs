//! The example clients, run as a reader of examples/README.md runs them, against all five services
//! on a NATS server.

#![cfg(test)]

mod cluster;
mod follow;
mod order;
mod python;
