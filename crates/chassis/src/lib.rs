//! Where a room meets the log: the host and its one loop, settings, telemetry, gRPC serving,
//! and what every door reads and writes alike.
//!
//! Knows every room only as a `Decider`; it never names an event.

mod admission;
mod bounds;
mod broken;
mod cell;
mod clock;
pub mod config;
mod connections;
mod deadline;
mod drive;
mod feed;
mod gauges;
mod host;
pub mod instruments;
mod log_health;
mod many;
mod meters;
mod nats_doors;
mod past;
mod rpc;
mod serve;
mod shared;
mod side_effects;
mod status;
pub mod telemetry;
pub mod trace;
pub mod turn;
mod watch;
pub mod wire;

use std::future::Future;
use std::process::ExitCode;

pub use bounds::MAX_WAITING_FOR_A_KEY;
pub use broken::{Broken, RoomError};
pub use cell::{Cell, Process, Rest, ServiceModule, no_side_effects};
pub use clock::{Clock, Ticker};
pub use config::Config;
pub use drive::Driver;
pub use host::{Answer, Host, QUERY_TIMEOUT, TRANSACT_TIMEOUT};
pub use log_health::LogHealth;
pub use many::{MAX_UNDER_WAY, Many};
pub use past::{MAX_PAST_FOLDS, MAX_PASTS, PAST_TIMEOUT, Past};
pub use serve::{LOG_HEALTH, MAX_REQUEST_BYTES, ROOM_HEALTH, service_name};
pub use shared::{Activity, MAX_WAITING_COMMANDS};
pub use side_effects::Performed;
pub use status::{
    ERROR_DOMAIN, MACHINERY, QueryError, ReasonRow, TransactError, as_message, code, invalid,
    refused,
};
pub use watch::{MAX_WATCHERS, MAX_WATCHES_A_CONNECTION, Seen, WatchRefusal, Watchers};

/// Runs services in this process until it is asked to stop, or one of them must.
///
/// # Errors
/// The log cannot be reached or is not ours; an address cannot be listened on; a room stopped.
pub async fn run(
    config: Config,
    modules: impl FnOnce(&Cell) -> anyhow::Result<Vec<ServiceModule>>,
) -> anyhow::Result<()> {
    let log = open_log(&config).await?;
    let cell = Cell::new(config, log, Clock::wall());
    let modules = modules(&cell)?;
    let mut process = Process::start(cell, modules).await?;
    for (room, address) in process.addresses() {
        tracing::info!(%room, %address, "serving");
    }
    let failed = tokio::select! {
        error = process.failed() => Some(error),
        () = asked_to_stop() => None,
    };
    tracing::info!("stopping");
    let stopped = process.stop().await;
    failed.map_or(stopped, Err)
}

/// Opens the cell's log on JetStream as the settings say.
///
/// # Errors
/// The server cannot be reached, or its stream has other settings than ours.
pub async fn open_log(config: &Config) -> anyhow::Result<event_log::Log> {
    let nats = &config.nats;
    let mut settings = event_log::JetStreamSettings::new(&nats.url, &nats.cell);
    settings.replicas = nats.replicas;
    settings.create = nats.create;
    settings.process = format!(
        "{} (process {})",
        config
            .telemetry
            .service_name
            .as_deref()
            .unwrap_or("backorder"),
        std::process::id()
    );
    if let Some(seed) = &nats.nkey_seed_file {
        settings.credentials = event_log::Credentials::NkeySeedFile(seed.clone());
    }
    Ok(std::sync::Arc::new(
        event_log::JetStreamLog::open(settings).await?,
    ))
}

/// Resolves on SIGINT or SIGTERM.
pub async fn asked_to_stop() {
    let interrupt = async {
        let _unsupported = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_unsupported) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// A service's `main`: settings, telemetry, run; an error is said in words and ends with 1.
pub fn main<F, R>(service: &str, run: F) -> ExitCode
where
    F: FnOnce(Config) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let ended = (|| {
        let mut config = Config::load(None)?;
        let name = format!("backorder-{service}");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let _flushed_at_end = telemetry::start(&config.telemetry, &name)?;
            config.telemetry.service_name.get_or_insert(name);
            run(config).await
        })
    })();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
