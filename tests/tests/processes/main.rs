//! The five services as real processes on a real nats-server: what a caller at the doors may rely
//! on, whatever is killed meanwhile.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "an overflow in a test is a failure, and says where"
)]

mod cluster;
mod crowd;
mod doors;
mod full_disk;
mod outage;
mod quota;
mod restarts;
mod shop;
mod stale;
mod strange;
mod timeline;
mod torture;
mod twins;
