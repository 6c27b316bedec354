//! Whether what a room writes is acknowledged. Must not know what the room does then.
//!
//! A NATS server whose disk is full answers questions and acknowledges nothing, also not that it
//! failed. So a write counts as refused when it is not acknowledged in time though the server
//! answers. While the server itself is silent (it stalls, starts again, or elects a leader) a write
//! waits longer.

use std::sync::Arc;
use std::time::Duration;

use domain::decider::Room;
use domain::ids::Revision;
use event_log::Log;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

/// How long a write may go without an answer before the log is asked whether it answers at all.
const SILENT_AFTER: Duration = Duration::from_millis(700);
/// How long that question may take: together the second within which a refusal is said.
const ASK_TIMEOUT: Duration = Duration::from_millis(300);
/// How long the log may be away before commands are refused: a cluster elects a leader within it.
const LOST_AFTER: Duration = Duration::from_secs(10);

const NOT_WRITTEN: &str = "the NATS server answers, but acknowledges no write, as when its disk is \
                           full";
const AWAY: &str = "no write was acknowledged for 10 seconds, and the log cannot be reached";

/// What became of the writes of a room.
#[derive(Default)]
pub(super) struct Writes {
    /// Resolves when the write under way counts as refused.
    unwritten: Option<BoxFuture<'static, ()>>,
    /// Since when writes got no answer.
    unanswered_since: Option<Instant>,
}

impl Writes {
    /// A commit was sent, after this one of the room.
    pub fn sent(&mut self, log: &Log, room: Room, expected: Revision) {
        let log = Arc::clone(log);
        let unwritten = async move {
            tokio::time::sleep(SILENT_AFTER).await;
            let last = tokio::time::timeout(ASK_TIMEOUT, log.last(&[room])).await;
            if !matches!(last, Ok(Ok(last)) if last <= expected) {
                std::future::pending::<()>().await;
            }
        };
        self.unwritten = Some(unwritten.boxed());
    }

    /// It was acknowledged, or refused in so many words.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// It got no answer.
    pub fn unanswered(&mut self) {
        self.unwritten = None;
        self.unanswered_since.get_or_insert_with(Instant::now);
    }

    /// Resolves with why the log counts as one that takes no writes.
    pub async fn fail(&mut self) -> &'static str {
        let unwritten = async {
            match &mut self.unwritten {
                Some(unwritten) => unwritten.await,
                None => std::future::pending().await,
            }
        };
        let since = self.unanswered_since;
        let away = async {
            match since {
                Some(since) => {
                    tokio::time::sleep_until(since.checked_add(LOST_AFTER).unwrap_or(since)).await
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = unwritten => NOT_WRITTEN,
            () = away => AWAY,
        }
    }
}
