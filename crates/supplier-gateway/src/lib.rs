//! The supplier-gateway service: its gRPC doors, and the talk with suppliers.
//!
//! Reads requests and suppliers' words, and lets the room decide; it decides nothing on its own.

mod answer;
mod errand;
mod grpc;
mod request;
mod story;

use chassis::{Cell, Config, Part};
use domain::supplier_gateway::SupplierGateway;
use futures::FutureExt;
use tonic::service::Routes;

/// What the service gives to a process: its loop, its doors and its errands.
///
/// # Errors
/// The room cannot be opened.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let host = cell.room::<SupplierGateway>()?;
    let routes = Routes::new(grpc::service(host.clone()));
    let talking = host.clone();
    let perform = move |exchange| errand::talk(talking.clone(), exchange).boxed();
    Ok(Part::new(&host, routes, perform).with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service alone until it is asked to stop.
///
/// # Errors
/// The log, the address or the snapshots cannot be had, or the room had to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
