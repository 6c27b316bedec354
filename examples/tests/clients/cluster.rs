//! All five services in this process, on a NATS server.

use chassis::{Cell, Clock, Config, Process};
use local_nats::{LocalNats, Options};
use tempfile::TempDir;

pub struct Cluster {
    pub process: Process,
    pub nats: LocalNats,
    _letters: TempDir,
}

impl Cluster {
    pub async fn start() -> Self {
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

    pub async fn stop(self) {
        self.process.stop().await.unwrap();
        self.nats.stop().await.unwrap();
    }
}
