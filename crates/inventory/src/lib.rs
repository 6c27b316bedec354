//! The inventory service: the gRPC doors of the inventory room.
//!
//! Reads requests, lets the room decide, says what it knows. It decides nothing on its own.

mod answer;
mod grpc;
mod request;
mod watch;

use chassis::{Cell, Config, Part};
use domain::inventory::Inventory;
use tonic::service::Routes;

pub use grpc::ServiceRefusal;

/// What the service gives to a process: its loop and its doors.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<Inventory>()?;
    let routes = Routes::new(grpc::service(host.clone()));
    Ok(Part::new(&host, routes, chassis::no_errands()).with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
