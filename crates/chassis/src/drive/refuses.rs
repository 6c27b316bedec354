//! What a room does while the log takes no writes. Whoever asks for one hears so at once; what
//! needs none is answered; no side effect runs whose record could not be written; and the room goes
//! on trying, with a commit of no events if nothing waits to be recorded.

use std::sync::PoisonError;

use domain::command::Outcome;
use domain::decider::Decider;

use super::Driver;
use crate::shared::{Call, Reply};
use crate::status::TransactError;

impl<D: Decider> Driver<D> {
    /// Whether the log takes no writes.
    pub(super) fn is_refused(&self) -> bool {
        self.shared.refused.borrow().is_some()
    }

    /// The log takes no writes. Whoever waits to be recorded hears so; of the commit under way
    /// nobody can say yet whether it will stand.
    pub(super) fn refuse(&mut self, reason: &str) {
        if !self.is_refused() {
            tracing::error!(room = %D::ROOM, reason, "the log takes no writes");
        }
        self.shared.refused.send_replace(Some(reason.into()));
        let sent = self.in_flight.iter_mut();
        for (_, call) in sent.flat_map(|flight| flight.waiting.drain(..)) {
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
            Ok(Outcome::Record(_)) if call.validate_only => Reply::Would(folded.revision),
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
