//! The notifier service: the room on the log, its gRPC door, and the post.

use std::sync::Arc;

use chassis::instruments::{Instrument, LETTERS_GIVEN_UP, LETTERS_WAITING};
use chassis::{Cell, Config, ServiceModule, telemetry};
use domain::notifier::{Notifier, NotifierSideEffect};

pub mod channel;
pub mod grpc;
pub mod message;
pub mod side_effect;
pub mod templates;

/// The gauges of the room.
const GAUGES: &[Instrument] = &[LETTERS_WAITING, LETTERS_GIVEN_UP];

/// The notifier service as a module of a process.
///
/// # Errors
/// Settings that letters cannot be sent with, or a room that is open already.
pub fn module(cell: &Cell) -> anyhow::Result<ServiceModule> {
    let post = Arc::new(side_effect::Post::open(cell.config())?);
    let (host, driver) = cell.room::<Notifier>()?;
    telemetry::figures(&host, GAUGES, |notifier, _, figures| {
        let (waiting, _, given_up) = notifier.counts();
        figures.size(&LETTERS_WAITING, waiting);
        figures.size(&LETTERS_GIVEN_UP, given_up);
    });
    let routes = grpc::routes(host.clone()).add_service(room::service(host.clone()));
    let notifier = host.clone();
    let perform =
        move |NotifierSideEffect::Deliver(letter)| -> futures::future::BoxFuture<'static, _> {
            let (host, post) = (notifier.clone(), Arc::clone(&post));
            Box::pin(async move { side_effect::deliver(host, &post, letter).await })
        };
    let module = ServiceModule::new(driver, routes, perform);
    Ok(module.with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service until it is asked to stop.
///
/// # Errors
/// What it could not start with, or what it ended with.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![module(cell)?])).await
}
