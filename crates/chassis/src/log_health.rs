//! Whether the log of a process answers and takes what its rooms write, for the health service and
//! for whoever owns the log's server. Must not know what is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::decider::Room;
use event_log::Log;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{instruments, meters};

/// How often the log is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// What the log does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogHealth {
    /// It does not answer.
    pub is_lost: bool,
    /// It takes no writes, and why.
    pub refuses: Option<Arc<str>>,
    /// Some revision is passed over: it is well so, and is told for as long as the log is read.
    pub has_quarantined: bool,
}

impl LogHealth {
    /// It answers, and takes writes as far as is known.
    pub const fn is_well(&self) -> bool {
        !self.is_lost && self.refuses.is_none()
    }
}

/// Watches the log. `refused` says of each room why its writes are refused, while they are.
pub(crate) fn watch(
    log: &Log,
    refused: &[watch::Receiver<Option<Arc<str>>>],
) -> (watch::Receiver<LogHealth>, JoinSet<()>) {
    let (health, told) = watch::channel(LogHealth {
        has_quarantined: !log.quarantined().is_empty(),
        ..LogHealth::default()
    });
    let health = Arc::new(health);
    let mut watched = JoinSet::new();
    watched.spawn(ask(Arc::clone(log), Arc::clone(&health)));
    for one in refused {
        let (mut one, all) = (one.clone(), refused.to_vec());
        let health = Arc::clone(&health);
        watched.spawn(async move {
            while one.changed().await.is_ok() {
                let refuses = all.iter().find_map(|room| room.borrow().clone());
                health.send_if_modified(|health| {
                    std::mem::replace(&mut health.refuses, refuses.clone()) != refuses
                });
            }
        });
    }
    (told, watched)
}

/// Asks where the log ends, again and again: of all rooms, so that one answer tells.
async fn ask(log: Log, health: Arc<watch::Sender<LogHealth>>) {
    let (up, end) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    observe(&up, &end);
    observe_quarantine(&log);
    for record in log.quarantined() {
        let (revision, room) = (record.revision.0, record.room);
        tracing::warn!(revision, %room, reason = record.reason, "passed over: it is quarantined");
    }
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let last = tokio::time::timeout(ANSWER_TIMEOUT, log.last(&Room::ALL)).await;
        let is_lost = !matches!(last, Ok(Ok(_)));
        let has_quarantined = !log.quarantined().is_empty();
        up.store(!is_lost, Ordering::Relaxed);
        if let Ok(Ok(last)) = last {
            end.store(last.0, Ordering::Relaxed);
        }
        health.send_if_modified(|health| {
            let before = (health.is_lost, health.has_quarantined);
            health.is_lost = is_lost;
            health.has_quarantined = has_quarantined;
            before != (is_lost, has_quarantined)
        });
    }
}

/// Has what was last heard sent with the metrics.
fn observe(up: &Arc<AtomicBool>, end: &Arc<AtomicU64>) {
    let (up, end) = (Arc::clone(up), Arc::clone(end));
    meters::observe(&instruments::LOG_UP, Vec::new(), move || {
        Some(meters::value(up.load(Ordering::Relaxed).into()))
    });
    meters::observe(&instruments::LOG_REVISION, Vec::new(), move || {
        Some(meters::value(end.load(Ordering::Relaxed)))
    });
}

/// Has told how many revisions are passed over.
fn observe_quarantine(log: &Log) {
    let log = Arc::downgrade(log);
    meters::observe(&instruments::LOG_QUARANTINED, Vec::new(), move || {
        let log = log.upgrade()?;
        Some(meters::value(meters::size(log.quarantined().len())))
    });
}
