//! Why snapshots could not be opened or written.

use std::io;
use std::path::{Path, PathBuf};

/// Why snapshots could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Another process has them open.
    #[error(
        "the snapshots in {} are open in another process: end it, or give this one a directory \
         of its own",
        dir.display()
    )]
    InUse {
        /// Where.
        dir: PathBuf,
    },
    /// The index fails.
    #[error("{what} the snapshots in {} failed", dir.display())]
    Store {
        /// What was tried.
        what: &'static str,
        /// Where.
        dir: PathBuf,
        /// Why.
        #[source]
        source: sled::Error,
    },
    /// The disk fails.
    #[error("{what} the snapshots in {} failed", dir.display())]
    Disk {
        /// What was tried.
        what: &'static str,
        /// Where.
        dir: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The state has no binary form.
    #[error("the state of {name} cannot be written")]
    Encode {
        /// Whose.
        name: String,
        /// Why.
        #[source]
        source: postcard::Error,
    },
}

impl SnapshotError {
    pub(super) fn disk(what: &'static str, dir: &Path, source: io::Error) -> Self {
        Self::Disk {
            what,
            dir: dir.to_owned(),
            source,
        }
    }
}

/// Why the index failed, while this was done.
pub(super) fn failed(what: &'static str, dir: &Path) -> impl FnOnce(sled::Error) -> SnapshotError {
    let dir = dir.to_owned();
    move |source| SnapshotError::Store { what, dir, source }
}
