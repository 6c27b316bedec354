//! How old a state may be that commands are decided on. What a room has folded may be long behind
//! the log: its process was stopped and goes on, its reader lags, a connection died without a word.
//! So the log is asked where it ends, at most once in [`MAX_STALENESS`] and only while commands
//! come, and what it holds by then is folded before they are decided. Must not know what they ask.

use std::time::Duration;

use domain::decider::Room;
use domain::ids::Revision;
use event_log::Log;
use tokio::time::Instant;

/// How long ago the log was asked where it ends, at most, when a command is decided. A fact of
/// another room that is older than this, and the time that the decision itself takes, is known.
pub const MAX_STALENESS: Duration = Duration::from_millis(500);
/// How long the answer may take. A log that gives none takes no commit either, in the end: the
/// room decides on what it has folded, and its callers hear what becomes of the commit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// When the log was asked where it ends.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// The last time of which the answer came.
    since: Option<Instant>,
    asking: Option<Instant>,
}

impl Fresh {
    /// The log is asked now.
    pub fn ask(&mut self) {
        self.asking = Some(Instant::now());
    }

    /// It answered: the state counts as of when it was asked.
    pub fn asked(&mut self) {
        if let Some(asking) = self.asking.take() {
            self.since = Some(asking);
        }
    }

    /// It is to be asked before a command is decided.
    pub fn is_over(&self) -> bool {
        self.since
            .is_none_or(|since| since.elapsed() > MAX_STALENESS)
    }
}

/// The last revision of these rooms; `otherwise`, if the log does not say it in time.
pub(super) async fn last(log: Log, rooms: &'static [Room], otherwise: Revision) -> Revision {
    match tokio::time::timeout(ANSWER_TIMEOUT, log.last(rooms)).await {
        Ok(Ok(last)) => last,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the log does not say where it ends");
            otherwise
        }
        Err(_elapsed) => otherwise,
    }
}
