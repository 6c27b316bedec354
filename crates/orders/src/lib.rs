//! The orders service: the gRPC doors of the orders room.
//!
//! Reads requests, lets the room decide, says what it knows. It decides nothing on its own.

mod answer;
mod grpc;
mod request;
mod story;
pub mod wait;

use chassis::{Cell, Config, Part};
use domain::orders::Orders;
use tonic::service::Routes;

pub use grpc::ServiceRefusal;

/// What the service gives to a process: its loop and its doors.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<Orders>()?;
    let routes = Routes::new(grpc::service(host.clone()));
    Ok(Part::new(&host, routes, chassis::no_errands()).with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service alone until it is asked to stop.
///
/// # Errors
/// The log, the address or the snapshots cannot be had, or the room had to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
