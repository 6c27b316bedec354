//! A snapshot that is being written. Must not know of what.

use domain::ids::Revision;
use event_log::SnapshotError;
use tokio::task::{JoinError, JoinHandle};

/// What became of a snapshot.
pub(super) type Written = Result<Result<(), SnapshotError>, JoinError>;

/// A snapshot that is being written.
pub(super) struct Saving {
    pub revision: Revision,
    pub written: JoinHandle<Result<(), SnapshotError>>,
}

/// Ends with the snapshot that is being written; never, if none is.
pub(super) async fn written(saving: Option<&mut Saving>) -> Written {
    match saving {
        Some(saving) => (&mut saving.written).await,
        None => std::future::pending().await,
    }
}
