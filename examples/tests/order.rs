//! The example clients, run as a reader of examples/README.md runs them, against all five services
//! on a NATS server.

#![cfg(test)]

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use local_nats::{LocalNats, Options};
use tempfile::TempDir;
use tokio::process::Command;

/// How long a client may take, its code generation included.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// What each client prints, whichever language it is written in.
const PRINTED: [&str; 7] = [
    "received 4",
    "placed",
    "PARTLY_BACKORDERED: 4 reserved, 2 waiting",
    "placed again: repeated, the same revision",
    "watching, PARTLY_BACKORDERED: 4 reserved, 2 waiting",
    "watching, RESERVED: 6 reserved, 0 waiting",
    "refused, ID_REUSED: this id was used before with other content: \
     lines[0].quantity: 6 recorded, 7 asked",
];

/// All five services in this process.
struct Cluster {
    process: Process,
    nats: LocalNats,
    _letters: TempDir,
}

impl Cluster {
    async fn start() -> Self {
        let nats = LocalNats::start(Options::default()).await.unwrap();
        let letters = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.nats.url = nats.url();
        config.notifier.folder = Some(letters.path().to_owned());
        config.grpc = config.grpc.any_ports();
        let log = chassis::open_log(&config).await.unwrap();
        let cell = Cell::new(config, log, Clock::wall());
        let modules = cluster::modules(&cell).unwrap();
        let process = Process::start(cell, modules).await.unwrap();
        Self {
            process,
            nats,
            _letters: letters,
        }
    }

    /// Runs a client and holds what it prints to [`PRINTED`].
    async fn serves(self, mut client: Command, address: impl Fn(SocketAddr) -> String) {
        for room in [Room::Orders, Room::Inventory] {
            client.arg(address(self.process.address(room).unwrap()));
        }
        let output = tokio::time::timeout(CLIENT_TIMEOUT, client.kill_on_drop(true).output())
            .await
            .expect("the client ends in time")
            .unwrap();
        let mut printed: Vec<&str> = str::from_utf8(&output.stdout).unwrap().lines().collect();
        // A watch tells every change; that of a promise alone looks here like no change.
        printed.dedup();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed:#?}\n{errors}");
        assert_eq!(printed.len(), PRINTED.len(), "{printed:#?}");
        for (line, expected) in printed.into_iter().zip(PRINTED) {
            assert!(line.starts_with(expected), "{line:?}, not {expected:?}");
        }
        self.process.stop().await.unwrap();
        self.nats.stop().await.unwrap();
    }
}

#[tokio::test]
async fn the_rust_client_places_waits_watches_retries_and_is_refused() {
    let client = Command::new(env!("CARGO_BIN_EXE_order"));
    let cluster = Cluster::start().await;
    cluster
        .serves(client, |address| format!("http://{address}"))
        .await;
}

#[tokio::test]
async fn the_python_client_does_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let packages = match packages(&folder).await {
        Ok(packages) => packages,
        Err(why) => {
            // Past the test runner, which keeps what a test that passes prints.
            let told = format!("\n!! SKIPPED: THE PYTHON EXAMPLE WAS NOT RUN: {why}\n");
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            return;
        }
    };
    let mut client = Command::new("python3");
    client
        .arg(folder.join("order.py"))
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let cluster = Cluster::start().await;
    cluster.serves(client, |address| address.to_string()).await;
}

/// Where the packages of requirements.txt are, installed once for all runs; or why they are not.
async fn packages(folder: &Path) -> Result<PathBuf, String> {
    let requirements = folder.join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    let of = installed.join("requirements.txt");
    if std::fs::read_to_string(&of).is_ok_and(|present| present == wanted) {
        return Ok(installed);
    }
    if installed.exists() {
        std::fs::remove_dir_all(&installed).unwrap();
    }
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .arg("--target")
        .arg(&installed)
        .arg("--requirement")
        .arg(&requirements)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| format!("python3 cannot be started: {error}"))?;
    if !pip.status.success() {
        let said = String::from_utf8_lossy(&pip.stderr);
        let last = said.trim().lines().last().unwrap_or_default();
        return Err(format!("pip installs no grpcio: {last}"));
    }
    std::fs::write(&of, wanted).unwrap();
    Ok(installed)
}
