//! Where a room meets the log: the host and its one loop, settings, telemetry, gRPC serving.
//!
//! Knows every room only as a `Decider`; it never names an event.

mod cell;
mod clock;
pub mod config;
mod drive;
mod errands;
mod host;
mod serve;
mod status;
pub mod telemetry;
mod trace;
pub mod turn;

use std::future::Future;
use std::process::ExitCode;

pub use cell::{Cell, Part, Process, no_errands};
pub use clock::{Clock, Ticker};
pub use config::Config;
pub use drive::RoomError;
pub use host::{Activity, Answer, Host, MAX_WAITING_COMMANDS, QUERY_TIMEOUT, TRANSACT_TIMEOUT};
pub use serve::{MAX_REQUEST_BYTES, service_name};
pub use status::{
    ERROR_DOMAIN, MACHINERY, QueryError, ReasonRow, TransactError, code, invalid, refused,
};

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
        if config.telemetry.service_name == config::Telemetry::default().service_name {
            config.telemetry.service_name = format!("backorder-{service}");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let _flushed_at_end = telemetry::start(&config.telemetry)?;
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
