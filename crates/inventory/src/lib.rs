//! The inventory service: the gRPC doors of the inventory room.
//!
//! Reads requests, lets the room decide, says what it knows. It decides nothing on its own.

mod answer;
mod goods;
mod grpc;
mod request;
mod watch;

use chassis::instruments::{REQUISITIONS_OPEN, SKUS};
use chassis::{Cell, Config, Host, ServiceModule, telemetry};
use domain::event::TimeZoneSet;
use domain::ids::Zone;
use domain::inventory::{Inventory, SetTimeZone};
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
    if let Some(zone) = &cell.config().cell.time_zone {
        tokio::spawn(record_time_zone(host, zone.clone()));
    }
    Ok(
        ServiceModule::new(driver, routes, chassis::no_side_effects())
            .with_reflection(api::FILE_DESCRIPTOR_SET),
    )
}

/// Puts the time zone of the settings on the log, where it is another one than stands there: so
/// that all rooms, and whoever reads the log later, tell the same days.
async fn record_time_zone(host: Host<Inventory>, time_zone: Zone) {
    let set = SetTimeZone(TimeZoneSet { time_zone });
    match host.record_done(set).await {
        Ok(answer) if answer.unchanged => {}
        Ok(answer) => tracing::info!(revision = %answer.revision, "the time zone is recorded"),
        Err(error) => tracing::error!(%error, "the time zone could not be recorded"),
    }
}

/// Runs the service alone in this process until it is asked to stop.
///
/// # Errors
/// The log cannot be reached, the address cannot be listened on, or the room stopped.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
