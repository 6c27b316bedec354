//! What the health service of a door says: of the room, of the log, and whether a write is proved.
//! It must not know what is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_check_response::ServingStatus as Said;
use tonic_health::pb::health_server::{Health as Service, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};

use crate::drive::Proof;
use crate::log_health::LogHealth;

/// Under this name the health service says whether the room runs and answers reads, whatever the
/// log does: for whoever would restart the process.
pub const ROOM_HEALTH: &str = "room";
/// Under this name the health service says whether the log is well: that tells a log that takes no
/// writes from a room that has stopped.
pub const LOG_HEALTH: &str = "log";
/// Under this name the health service finds out whether the room can write, by a commit of no
/// events that it waits for until it is folded. Only `Check` does so, and it leaves that commit.
pub const WRITE_HEALTH: &str = "write";

/// Under this name the health service says whether every revision of the log counts: none is
/// quarantined. A cell goes on without one that is, so nothing else depends on it.
pub const WHOLE_HEALTH: &str = "whole";

/// How long a proof may take.
const PROOF_TIMEOUT: Duration = Duration::from_secs(3);

/// Says over the health service whether commands are carried out.
pub(crate) struct Health {
    reporter: HealthReporter,
    service: String,
    /// The room is gone, and does not come back.
    closed: AtomicBool,
}

impl Health {
    /// All is well until it is said otherwise.
    pub async fn open(
        service: &str,
        proofs: mpsc::Sender<Proof>,
    ) -> (Arc<Self>, HealthServer<impl Service>) {
        let reporter = HealthReporter::new();
        let told = HealthService::from_health_reporter(reporter.clone());
        let health = Arc::new(Self {
            reporter,
            service: service.to_owned(),
            closed: AtomicBool::new(false),
        });
        health.say(&["", ROOM_HEALTH, &health.service], true).await;
        (health, HealthServer::new(Asked { told, proofs }))
    }

    /// The room is gone.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.say(&["", ROOM_HEALTH, &self.service], false).await;
    }

    /// Says what the log does from now on, until the process ends.
    pub async fn follow(self: Arc<Self>, mut log: watch::Receiver<LogHealth>) {
        loop {
            let (well, whole) = {
                let log = log.borrow_and_update();
                (log.is_well(), !log.has_quarantined)
            };
            self.say(&[LOG_HEALTH], well).await;
            self.say(&[WHOLE_HEALTH], whole).await;
            if !self.closed.load(Ordering::Acquire) {
                self.say(&["", &self.service], well).await;
            }
            if log.changed().await.is_err() {
                return;
            }
        }
    }

    async fn say(&self, services: &[&str], serving: bool) {
        let status = if serving {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        for service in services {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

/// What is asked: told as it is known, or found out by a write.
struct Asked {
    told: HealthService,
    proofs: mpsc::Sender<Proof>,
}

impl Asked {
    async fn is_write_proved(&self) -> bool {
        let (proof, proved) = oneshot::channel();
        let proved = async {
            self.proofs.send(proof).await.ok()?;
            proved.await.ok()
        };
        matches!(
            tokio::time::timeout(PROOF_TIMEOUT, proved).await,
            Ok(Some(_))
        )
    }
}

#[tonic::async_trait]
impl Service for Asked {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if request.get_ref().service != WRITE_HEALTH {
            return self.told.check(request).await;
        }
        let said = if self.is_write_proved().await {
            Said::Serving
        } else {
            Said::NotServing
        };
        let status = said.into();
        Ok(Response::new(HealthCheckResponse { status }))
    }

    type WatchStream = <HealthService as Service>::WatchStream;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        self.told.watch(request).await
    }
}
