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
mod health;
mod host;
pub mod instruments;
mod log_health;
mod many;
mod meters;
mod monitor;
mod nats_doors;
mod noting;
mod past;
mod private;
mod rpc;
mod serve;
mod shared;
mod side_effects;
mod standing;
mod status;
pub mod telemetry;
pub mod trace;
pub mod turn;
mod unread;
mod watch;
pub mod wire;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

pub use bounds::MAX_WAITING_FOR_A_KEY;
pub use broken::{Broken, RoomError};
pub use cell::{Cell, Process, Rest, ServiceModule, no_side_effects};
pub use clock::{Clock, Ticker};
pub use config::{Config, OrdersConfig, UnknownTier};
pub use drive::{Driver, MAX_STALENESS};
pub use health::{LOG_HEALTH, ROOM_HEALTH, WHOLE_HEALTH, WRITE_HEALTH};
pub use host::{Answer, Host, QUERY_TIMEOUT, TRANSACT_TIMEOUT};
pub use log_health::LogHealth;
pub use many::{MAX_UNDER_WAY, Many};
pub use monitor::{NOT_SYNCED, SYNC_REMEDY, syncs_each_write};
pub use past::{MAX_PAST_FOLDS, MAX_PASTS, PAST_TIMEOUT, Past};
pub use private::keep_what_is_made_private;
pub use serve::{MAX_REQUEST_BYTES, service_name};
pub use shared::{Activity, MAX_WAITING_COMMANDS};
pub use side_effects::{Performed, Stuck};
pub use standing::{Disk, SavedSnapshot, Standing};
pub use status::{
    ERROR_DOMAIN, MACHINERY, QueryError, ReasonRow, TransactError, as_message, code, invalid,
    refused,
};
pub use watch::{MAX_WATCHERS, MAX_WATCHES_A_CONNECTION, Seen, WatchRefusal, Watchers};

/// How long a process that waits for its log pauses between two attempts, and how often it says so.
const OPEN_AGAIN_AFTER: Duration = Duration::from_millis(500);
const TELL_WAITING_EVERY: Duration = Duration::from_secs(10);

/// Runs services in this process until it is asked to stop, or one of them must.
///
/// # Errors
/// The log cannot be reached or is not ours; an address cannot be listened on; a room stopped.
pub async fn run(
    config: Config,
    modules: impl FnOnce(&Cell) -> anyhow::Result<Vec<ServiceModule>>,
) -> anyhow::Result<()> {
    let Some(log) = wait_for_log(&config).await? else {
        return Ok(());
    };
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

/// Opens the cell's log on JetStream as the settings say, to look at it: whoever follows it gives
/// up when it is away for a minute.
///
/// # Errors
/// The server cannot be reached, or its stream has other settings than ours; or it is gone, though
/// rooms have read from it.
pub async fn open_log(config: &Config) -> anyhow::Result<event_log::Log> {
    open(config, log_settings(config)).await
}

/// Opens the cell's log for services: waits as long as it takes while the log may still come by
/// itself, and goes on following it however long it is away. None if the process is asked to stop
/// meanwhile.
///
/// # Errors
/// What does not pass by itself: a setting that is wrong, a server that does not let us in, a
/// stream with other settings than ours.
pub async fn wait_for_log(config: &Config) -> anyhow::Result<Option<event_log::Log>> {
    let mut settings = log_settings(config);
    settings.unreachable_after = None;
    let opened = async {
        let mut told = None::<tokio::time::Instant>;
        loop {
            let error = match open(config, settings.clone()).await {
                Ok(log) => {
                    tell_of_sync(&config.nats).await;
                    return Ok(Some(log));
                }
                Err(error) => error,
            };
            let cause = error.downcast_ref::<event_log::OpenError>();
            if !cause.is_some_and(event_log::OpenError::may_pass) {
                return Err(error);
            }
            if told.is_none_or(|told| told.elapsed() >= TELL_WAITING_EVERY) {
                tracing::warn!("waiting for the log: {error:#}");
                told = Some(tokio::time::Instant::now());
            }
            tokio::time::sleep(OPEN_AGAIN_AFTER).await;
        }
    };
    tokio::select! {
        opened = opened => opened,
        () = asked_to_stop() => Ok(None),
    }
}

async fn tell_of_sync(nats: &config::Nats) {
    match monitor::syncs_each_write(nats).await {
        Ok(Some(false)) => tracing::error!("{NOT_SYNCED}; {SYNC_REMEDY}"),
        Ok(Some(true) | None) => {}
        Err(error) => {
            tracing::warn!("it is not known whether the log's server syncs each write: {error:#}");
        }
    }
}

async fn open(
    config: &Config,
    mut settings: event_log::JetStreamSettings,
) -> anyhow::Result<event_log::Log> {
    let noted = noting::noted(config.state.dir.as_deref());
    // An empty log in the place of one that is gone would only stand in the way of a backup.
    settings.create &= noted.is_none();
    let error = match event_log::JetStreamLog::open(settings).await {
        Ok(log) => return Ok(std::sync::Arc::new(log)),
        Err(error) => error,
    };
    match noted.filter(|_| matches!(error, event_log::OpenError::Missing { .. })) {
        Some(noted) => Err(anyhow::Error::from(error).context(format!(
            "the log is gone, and {} says what was read from it; restore a backup with `backorder \
             restore`, or, if this is really another log, remove the folder of that file",
            noted.display()
        ))),
        None => Err(error.into()),
    }
}

/// Where the cell's log is, as the settings say.
pub fn log_settings(config: &Config) -> event_log::JetStreamSettings {
    let (nats, service) = (&config.nats, &config.telemetry.service_name);
    let service = service.as_deref().unwrap_or("backorder");
    let mut settings = event_log::JetStreamSettings::new(&nats.url, &nats.cell);
    settings.replicas = nats.replicas;
    settings.create = nats.create;
    settings.process = format!("{service} (process {})", std::process::id());
    if let Some(seed) = &nats.nkey_seed_file {
        settings.credentials = event_log::Credentials::NkeySeedFile(seed.clone());
    }
    settings
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
    private::keep_what_is_made_private();
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
