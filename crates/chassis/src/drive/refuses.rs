//! What a room does while the log takes no writes. Whoever asks for one hears so at once; what needs
//! none is answered; no side effect runs whose record could not be written; and the room goes on
//! trying, with a commit of no events if nothing waits to be recorded.
//!
//! A NATS server whose disk is full answers questions and acknowledges nothing, also not that it
//! failed. So a write counts as refused when it is not acknowledged in time though the server
//! answers. While the server itself is silent (it stalls, starts again, or elects a leader) a write
//! waits longer.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::command::Outcome;
use domain::decider::{Decider, Room};
use domain::ids::Revision;
use event_log::Log;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::Driver;
use crate::shared::{Call, Reply};
use crate::status::TransactError;

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

impl<D: Decider> Driver<D> {
    /// Whether the log takes no writes.
    pub(super) fn is_refused(&self) -> bool {
        self.shared.refused.borrow().is_some()
    }

    /// The log takes no writes. Whoever waits to be recorded hears so; of the commit under way nobody
    /// can say yet whether it will stand.
    pub(super) fn refuse(&mut self, reason: &str) {
        if !self.is_refused() {
            tracing::error!(room = %D::ROOM, reason, "the log takes no writes");
        }
        self.shared.refused.send_replace(Some(reason.into()));
        let sent = self.in_flight.iter_mut();
        for call in sent.flat_map(|flight| flight.waiting.drain(..)) {
            let _caller_gone = call.reply.send(Reply::Failed(TransactError::Unknown));
        }
        let waiting = std::mem::take(&mut self.pending);
        waiting.into_iter().for_each(|call| self.turn_away(call));
    }

    /// The log has taken a write.
    pub(super) fn accept(&mut self) {
        self.writes.answered();
        if self.is_refused() {
            tracing::info!(room = %D::ROOM, "the log takes writes again");
            self.shared.refused.send_replace(None);
            self.stale = true;
        }
    }

    /// Answers a command while nothing can be recorded: as ever, if nothing need be.
    pub(super) fn turn_away(&self, call: Call<D>) {
        let folded = self.shared.folded.read();
        let folded = folded.unwrap_or_else(PoisonError::into_inner);
        let decided = folded.state.decide(&*call.command, self.seat.clock.now());
        let reply = match decided {
            Ok(Outcome::Record(_)) => {
                let reason = self.shared.refused.borrow().clone().unwrap_or_default();
                Reply::Failed(TransactError::Rejected(reason.to_string()))
            }
            Ok(Outcome::Nothing) => Reply::Nothing(folded.revision),
            Ok(Outcome::Before(at)) => Reply::Before(at),
            Err(refusal) => Reply::Failed(TransactError::Refused(refusal)),
        };
        let _caller_gone = call.reply.send(reply);
    }
}
