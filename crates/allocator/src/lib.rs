//! The allocator service: the gRPC doors of the allocator room.
//!
//! Reads questions and commands, and says what the room knows; what is decided is the room's.

mod answer;
mod figures;
mod grpc;
mod rebalance;
mod request;
mod rule;
mod runs;
mod watch;
mod what_if;

use allocation::Allocator;
use chassis::{Cell, Config, Part};
use tonic::service::Routes;

pub use grpc::ServiceRefusal;

/// The calls that work long, on a copy of the state or on the log from its begin.
const LONG_CALLS: [&str; 2] = [
    "/backorder.allocator.v1.AllocatorService/WhatIf",
    "/backorder.allocator.v1.RebalanceService/PreviewRebalance",
];

/// What the service gives to a process: its loop and its doors.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<Allocator>()?;
    let routes =
        Routes::new(grpc::service(host.clone())).add_service(rebalance::service(host.clone()));
    figures::send(&host);
    let part = Part::new(&host, routes, chassis::no_errands());
    let part = part.with_reflection(api::FILE_DESCRIPTOR_SET);
    Ok(part.with_long_calls(&LONG_CALLS))
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
