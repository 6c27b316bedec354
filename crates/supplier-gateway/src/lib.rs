//! The supplier-gateway service: its gRPC doors, and the talk with suppliers.
//!
//! Reads requests and suppliers' words, and lets the room decide; it decides nothing on its own.

mod answer;
mod grpc;
mod purchase;
mod request;
mod side_effect;
mod terms;
mod timeline;

use chassis::instruments::{Instrument, PURCHASES_OPEN, PURCHASES_PENDING, SUPPLIERS};
use chassis::{Cell, Config, ServiceModule, telemetry};
use domain::supplier_gateway::SupplierGateway;
use futures::FutureExt;
use tonic::service::Routes;

/// The gauges of the room.
const GAUGES: &[Instrument] = &[SUPPLIERS, PURCHASES_OPEN, PURCHASES_PENDING];

/// The supplier-gateway service as a module of a process.
///
/// # Errors
/// The room cannot be opened.
pub fn module(cell: &Cell) -> anyhow::Result<ServiceModule> {
    let (host, driver) = cell.room::<SupplierGateway>()?;
    let routes = Routes::new(grpc::service(host.clone()));
    let routes = routes.add_service(room::service(host.clone()));
    telemetry::figures(&host, GAUGES, |gateway, _, figures| {
        let (suppliers, open, pending) = gateway.counts();
        figures.size(&SUPPLIERS, suppliers);
        figures.size(&PURCHASES_OPEN, open);
        figures.size(&PURCHASES_PENDING, pending);
    });
    let talking = host.clone();
    let perform = move |exchange| side_effect::talk(talking.clone(), exchange).boxed();
    Ok(ServiceModule::new(driver, routes, perform).with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service alone until it is asked to stop.
///
/// # Errors
/// The log, the address or the snapshots cannot be had, or the room had to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
