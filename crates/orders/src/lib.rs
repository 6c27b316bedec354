//! The orders service: the gRPC doors of the orders room.
//!
//! Reads requests, lets the room decide, says what it knows. It decides nothing on its own.

mod answer;
mod find;
mod grpc;
mod known;
mod request;
mod timeline;
pub mod wait;

use std::sync::Arc;

use chassis::instruments::ORDERS_OPEN;
use chassis::{Cell, Config, ServiceModule, telemetry};
use domain::orders::Orders;
use futures::FutureExt;
use tonic::service::Routes;

/// The orders service as a module of a process.
///
/// # Errors
/// The room cannot be opened.
pub fn module(cell: &Cell) -> anyhow::Result<ServiceModule> {
    let (host, driver) = cell.room::<Orders>()?;
    let routes = Routes::new(grpc::service(host.clone(), &cell.config().orders));
    // What was refused has left the state: it is read from the log.
    let log = host.log().clone();
    let refused: room::Further = Arc::new(move |now| find::refused(log.clone(), now).boxed());
    let routes = routes.add_service(room::service_with(host.clone(), refused));
    telemetry::figures(&host, &[ORDERS_OPEN], |orders, _, figures| {
        figures.size(&ORDERS_OPEN, orders.open_orders());
    });
    Ok(
        ServiceModule::new(driver, routes, chassis::no_side_effects())
            .with_reflection(api::FILE_DESCRIPTOR_SET),
    )
}

/// Runs the service alone until it is asked to stop.
///
/// # Errors
/// The log, the address or the snapshots cannot be had, or the room had to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
