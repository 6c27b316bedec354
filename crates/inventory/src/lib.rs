//! The inventory service: the gRPC doors of the inventory room.
//!
//! Reads requests, lets the room decide, says what it knows. It decides nothing on its own.

mod answer;
mod goods;
mod grpc;
mod request;
mod watch;

use chassis::instruments::{REQUISITIONS_OPEN, SKUS};
use chassis::{Cell, Config, ServiceModule, telemetry};
use domain::inventory::Inventory;
use tonic::service::Routes;

/// The inventory service as a module of a process.
///
/// # Errors
/// The room cannot be opened.
pub fn module(cell: &Cell) -> anyhow::Result<ServiceModule> {
    let (host, driver) = cell.room::<Inventory>()?;
    let routes = Routes::new(grpc::service(host.clone()));
    let routes = routes.add_service(room::service(host.clone()));
    telemetry::figures(
        &host,
        &[SKUS, REQUISITIONS_OPEN],
        |inventory, _, figures| {
            figures.size(&SKUS, inventory.skus());
            figures.size(&REQUISITIONS_OPEN, inventory.open_requisitions());
        },
    );
    Ok(
        ServiceModule::new(driver, routes, chassis::no_side_effects())
            .with_reflection(api::FILE_DESCRIPTOR_SET),
    )
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
