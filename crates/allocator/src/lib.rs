//! The allocator service: the gRPC doors of the allocator room.
//!
//! Reads questions and commands, and says what the room knows; what is decided is the room's.

mod answer;
mod bounds;
mod figures;
mod grpc;
mod impact;
mod rebalance;
mod refusals;
mod request;
mod rule;
mod runs;
mod watch;
mod what_if;
mod why;

use allocation::Allocator;
use chassis::{Cell, Config, ServiceModule};
use tonic::service::Routes;

pub use refusals::ServiceRefusal;

/// The calls that work long, on a copy of the state or on the log from its begin.
const LONG_CALLS: [&str; 2] = [
    "/backorder.allocator.v1.AllocatorService/WhatIf",
    "/backorder.allocator.v1.RebalanceService/PreviewRebalance",
];

/// The allocator service as a module of a process.
///
/// # Errors
/// The room cannot be opened.
pub fn module(cell: &Cell) -> anyhow::Result<ServiceModule> {
    let (host, driver) = cell.room::<Allocator>()?;
    let routes =
        Routes::new(grpc::service(host.clone())).add_service(rebalance::service(host.clone()));
    let routes = routes.add_service(room::service(host.clone()));
    figures::send(&host);
    let module = ServiceModule::new(driver, routes, chassis::no_side_effects());
    let module = module.with_reflection(api::FILE_DESCRIPTOR_SET);
    Ok(module.with_long_calls(&LONG_CALLS))
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
