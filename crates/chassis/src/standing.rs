//! How a room's service stands: how far it has read, its snapshot, its disk. Must not know what the
//! room decides.

use std::path::Path;

use domain::decider::{Decider, Room};
use domain::ids::{Revision, Timestamp};

use crate::meters::unix_ms;
use crate::shared::Shared;

/// How a room's service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The room.
    pub room: Room,
    /// The version of the service.
    pub version: &'static str,
    /// The last revision that it has read.
    pub folded: Revision,
    /// Its last snapshot.
    pub snapshot: Option<SavedSnapshot>,
    /// After how many revisions it writes one; 0: never.
    pub snapshot_every: u64,
    /// The disk of its folder, if it has one that can be asked.
    pub disk: Option<Disk>,
    /// When the process started.
    pub started_at: Timestamp,
}

/// A snapshot that stands on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedSnapshot {
    /// The revision that it stands at.
    pub revision: Revision,
    /// When this process wrote it, if it did.
    pub written_at: Option<Timestamp>,
}

/// The disk that a service keeps its state on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that may still be written.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

impl Standing {
    pub(crate) fn of<D: Decider>(shared: &Shared<D>) -> Self {
        let revision = shared.meters.snapshot_revision();
        let written = shared.meters.snapshot_time();
        let written = written.and_then(|it| i64::try_from(it.as_millis()).ok());
        let snapshot = revision.map(|revision| SavedSnapshot {
            revision: Revision(revision),
            written_at: written.map(Timestamp::from_ms),
        });
        Self {
            room: D::ROOM,
            version: env!("CARGO_PKG_VERSION"),
            folded: *shared.changes.borrow(),
            snapshot,
            snapshot_every: shared.snapshot_every,
            disk: shared.state.as_deref().and_then(disk),
            started_at: Timestamp::from_ms(unix_ms(shared.started)),
        }
    }
}

/// The disk of a folder; none where the system does not say.
fn disk(folder: &Path) -> Option<Disk> {
    let asked = rustix::fs::statvfs(folder).ok()?;
    // Saturates: no disk is so large.
    let bytes = |blocks: u64| blocks.saturating_mul(asked.f_frsize);
    Some(Disk {
        free_bytes: bytes(asked.f_bavail),
        total_bytes: bytes(asked.f_blocks),
    })
}
