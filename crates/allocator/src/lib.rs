//! The allocator service: the gRPC doors of the allocator room.
//!
//! Reads questions and says what the room knows. It takes no commands and decides nothing.

mod answer;
mod figures;
mod grpc;
mod request;
mod rule;
mod watch;

use chassis::{Cell, Config, Part};
use domain::allocator::Allocator;
use tonic::service::Routes;

/// What the service gives to a process: its loop and its doors.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<Allocator>()?;
    let routes = Routes::new(grpc::service(host.clone()));
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
