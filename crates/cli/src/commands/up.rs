//! `up`: all five services in this process, on a server of their own or on another.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::{Cell, Clock, Config, LogHealth, Process};
use clap::Args;
use domain::decider::Room;
use local_nats::LocalNats;
use serde_json::json;
use tokio::sync::watch;

use crate::damage::cure_of;
use crate::output::{Format, line};
use crate::problem::Problem;
use crate::session::Session;
use crate::users;

/// Where every other command looks for the log when it is not said.
const NATS_PORT: u16 = 4222;
/// How long a server of our own may refuse writes, or not answer, before it is started again.
const REFUSED_FOR: Duration = Duration::from_secs(2);
const LOST_FOR: Duration = Duration::from_secs(10);
/// How often in a row it may fail to start before the process ends with the reason.
const MAX_RESTARTS: u32 = 3;
/// Bytes that must fit on its disk for that: eight of the largest commits.
const SPACE_BYTES: usize = 4 * 1024 * 1024;

/// Run all five services on their own NATS server
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder up                              nothing is kept
  backorder up --state ./state              log and snapshots are kept there
  backorder up --nats nats://10.0.0.7:4222  on a server that runs already
  backorder up --any-ports -o json          free ports, told as JSON
  backorder up --nats-port 4333             its own NATS server listens there

Other processes of this machine may read the log of its own NATS server, and
may not write on it or delete it; what they want recorded goes through the
services.

Ctrl-C stops in order: calls end, commits are acknowledged, snapshots are
written.")]
pub(crate) struct Up {
    /// Folder for the log, the snapshots and the letters
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Use any free ports instead of 7441 to 7445
    #[arg(long)]
    any_ports: bool,
    /// Port of its own NATS server; without it 4222, or a free one if that is taken
    #[arg(long, value_name = "PORT", conflicts_with = "nats")]
    nats_port: Option<u16>,
}

impl Up {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let mut config = session.config.clone();
        if self.any_ports {
            config.grpc = config.grpc.any_ports();
        }
        if let Some(state) = &self.state {
            config.state.dir = Some(state.clone());
        }
        // The page below tells what an operator of one process needs; the rest is noise.
        if config.telemetry == chassis::config::Telemetry::default() {
            config.telemetry.filter = "warn".into();
        }
        let telemetry = chassis::telemetry::start(&config.telemetry, "backorder");
        let _flushed_at_end = telemetry.map_err(|error| {
            Problem::caused(&error, "telemetry", "mend the section [telemetry]")
        })?;
        let mut nats = self.nats(session, &mut config).await?;
        let served = self.serve(session, config, nats.as_mut()).await;
        if let Some(nats) = nats
            && let Err(error) = nats.stop().await
        {
            eprintln!("the server did not end in order: {error}");
        }
        served
    }

    /// A server of our own, unless one was named.
    async fn nats(
        &self,
        session: &Session,
        config: &mut Config,
    ) -> Result<Option<LocalNats>, Problem> {
        if session.names_nats {
            return Ok(None);
        }
        let free = TcpListener::bind(("127.0.0.1", NATS_PORT)).is_ok();
        let usual = (free && !self.any_ports).then_some(NATS_PORT);
        let options = local_nats::Options {
            dir: self.state.as_ref().map(|state| state.join("nats")),
            port: self.nats_port.or(usual),
            ..local_nats::Options::default()
        };
        let failed = |error: anyhow::Error| {
            Problem::caused(
                &error,
                "the local NATS server",
                "follow what it says, or name a server that runs with --nats",
            )
        };
        let nats = users::start(options, &config.nats.cell).await;
        let (nats, seed) = nats.map_err(failed)?;
        config.nats.url = nats.url();
        config.nats.nkey_seed_file = Some(seed);
        Ok(Some(nats))
    }

    async fn serve(
        &self,
        session: &Session,
        config: Config,
        nats: Option<&mut LocalNats>,
    ) -> Result<(), Problem> {
        let failed = |error: anyhow::Error| {
            let next = cure_of(&error).unwrap_or("`backorder check` looks at every part");
            Problem::caused(&error, "the services", next)
        };
        let url = event_log::shown(&config.nats.url);
        let Some(log) = chassis::wait_for_log(&config).await.map_err(failed)? else {
            return Ok(());
        };
        let cell = Cell::new(config, log, Clock::wall());
        let modules = cluster::modules(&cell).map_err(failed)?;
        let mut process = Process::start(cell, modules).await.map_err(|error| {
            let next = "end what listens there, set other ports, or take --any-ports";
            Problem::caused(&error, "the services", next)
        })?;
        match session.out.0 {
            Format::Table => line(&self.page(&url, nats.as_deref(), process.addresses())),
            Format::Json => line(&addresses(&url, process.addresses())),
        }
        let health = process.log_health();
        let ended = tokio::select! {
            error = process.failed() => Err(failed(error)),
            () = chassis::asked_to_stop() => Ok(()),
            error = keep_well(nats, health) => Err(failed(error)),
        };
        eprintln!("stopping");
        let stopped = process.stop().await.map_err(failed);
        ended.and(stopped)
    }

    fn page(&self, url: &str, nats: Option<&LocalNats>, services: &[(Room, SocketAddr)]) -> String {
        let kept = match (nats, &self.state) {
            (None, _) => "another's".to_owned(),
            (Some(_), Some(state)) => format!("its own, kept in {}", state.display()),
            (Some(_), None) => "its own; nothing is kept, --state DIR would".to_owned(),
        };
        let mut page = format!("Backorder is up.\n\n  {:<18} {url}   {kept}\n", "NATS");
        for (room, address) in services {
            page.push_str(&format!("  {:<18} http://{address}\n", room.token()));
        }
        page.push_str("\nTry it in another terminal");
        if self.any_ports {
            page.push_str(" that knows these ports:\n");
            for (room, address) in services {
                page.push_str(&format!(
                    "  export {}={}\n",
                    variable(*room),
                    address.port()
                ));
            }
        } else {
            page.push_str(":\n");
        }
        if nats.is_some_and(|nats| nats.port() != NATS_PORT) {
            page.push_str(&format!("  export BACKORDER_NATS_URL={url}\n"));
        }
        page.push_str(
            "  backorder location define main\n  \
             backorder item define BOLT --backorderable 1000:60\n  \
             backorder place o1 --customer c1 --line BOLT:3 --wait 5s\n  \
             backorder why o1\n  \
             backorder receive BOLT:100 --at main\n  \
             backorder order show o1\n  \
             backorder tail\n  \
             backorder check\n\nCtrl-C stops it in order.",
        );
        page
    }
}

/// Starts a server of our own again when it is gone, or when it refuses writes though its disk has
/// space: once a write has failed, it acknowledges none until then. Ends with the reason when it
/// does not come up.
async fn keep_well(
    nats: Option<&mut LocalNats>,
    mut health: watch::Receiver<LogHealth>,
) -> anyhow::Error {
    let Some(nats) = nats else {
        return std::future::pending().await;
    };
    let (mut told_full, mut failed) = (false, 0_u32);
    loop {
        if health.wait_for(|log| !log.is_well()).await.is_err() {
            return std::future::pending().await;
        }
        let patience = if health.borrow().refuses.is_some() {
            REFUSED_FOR
        } else {
            LOST_FOR
        };
        let again = health.wait_for(LogHealth::is_well);
        if tokio::time::timeout(patience, again).await.is_ok() {
            (told_full, failed) = (false, 0);
            continue;
        }
        let dir = nats.dir().to_owned();
        let space = tokio::task::spawn_blocking(move || try_space(&dir)).await;
        if let Ok(Err(error)) = space {
            if !std::mem::replace(&mut told_full, true) {
                let dir = nats.dir().display();
                eprintln!("the log takes no writes: nothing can be written to {dir} ({error})");
                eprintln!("free space there; the NATS server is then started again");
            }
            continue;
        }
        eprintln!("the NATS server does not do its work: it is started again");
        if let Err(error) = nats.restart().await {
            eprintln!("the NATS server did not start: {error}");
            failed = failed.saturating_add(1);
            if failed == MAX_RESTARTS {
                let error = anyhow::Error::from(error);
                return error.context("the NATS server cannot be started again");
            }
        }
    }
}

/// Whether there is space for the log to grow.
fn try_space(dir: &Path) -> std::io::Result<()> {
    let path = dir.join("space-is-tried");
    let tried = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0; SPACE_BYTES])?;
        file.sync_all()
    });
    std::fs::remove_file(&path).and(tried)
}

fn variable(room: Room) -> String {
    format!(
        "BACKORDER_GRPC_{}_PORT",
        room.token().replace('-', "_").to_uppercase()
    )
}

fn addresses(url: &str, services: &[(Room, SocketAddr)]) -> String {
    let services: serde_json::Map<String, serde_json::Value> = services
        .iter()
        .map(|(room, address)| (room.token().to_owned(), format!("http://{address}").into()))
        .collect();
    json!({ "nats": url, "services": services }).to_string()
}
