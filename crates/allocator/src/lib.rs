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

use chassis::{Cell, Config, Part};
use domain::allocator::Allocator;
use tonic::service::Routes;

pub use grpc::ServiceRefusal;

/// What the service gives to a process: its loop and its doors.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<Allocator>()?;
    let routes =
        Routes::new(grpc::service(host.clone())).add_service(rebalance::service(host.clone()));
    figures::send(&host);
    Ok(Part::new(&host, routes, chassis::no_errands()).with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
