//! What the notifier is told of its side effects, and the decisions on it. Neither has an id:
//! whether the letter still waits shows whether it is new. Neither is ever refused, because what
//! happened outside cannot be.

use serde::Serialize;

use super::{Letter, MAX_ATTEMPTS, Notifier, NotifierRefusal as No, retry_at};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{NoticeKind, NotificationFailed, Notified};
use crate::ids::{Key, NoticeId, OrderId, Timestamp};

/// A letter was sent. Nothing, if it does not wait: it was recorded before, or other news took its
/// place while it was under way and leaves in its stead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordSent(pub Notified);

impl Command<Notifier> for RecordSent {
    fn keys(&self) -> Vec<Key> {
        vec![self.0.notice.key(), self.0.order.key()]
    }

    fn decide(&self, notifier: &RoomState<Notifier>, _now: Timestamp) -> Decision<No> {
        Ok(match notifier.pending(&self.0.notice) {
            Some(_) => Decided::Record(self.0.clone().into()),
            None => Decided::Nothing,
        })
    }
}

/// A letter could not be sent. Nothing, if it does not wait or this attempt was recorded. The room
/// works out when it is tried again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordFailure {
    /// Its notice.
    pub notice: NoticeId,
    /// What kind of news.
    pub kind: NoticeKind,
    /// About which order.
    pub order: OrderId,
    /// To whom.
    pub to: String,
    /// How often it was tried, from 1.
    pub attempt: u32,
    /// What the channel said.
    pub error: String,
    /// Another attempt may succeed.
    pub may_succeed_later: bool,
}

impl Command<Notifier> for RecordFailure {
    fn keys(&self) -> Vec<Key> {
        vec![self.notice.key(), self.order.key()]
    }

    fn decide(&self, notifier: &RoomState<Notifier>, now: Timestamp) -> Decision<No> {
        let attempt = self.attempt;
        let is_new = |letter: &Letter| letter.attempts < attempt;
        if !notifier.pending(&self.notice).is_some_and(is_new) {
            return Ok(Decided::Nothing);
        }
        let retry_at = self
            .may_succeed_later
            .then(|| retry_at(attempt, MAX_ATTEMPTS, now));
        let failed = NotificationFailed {
            notice: self.notice.clone(),
            kind: self.kind,
            order: self.order.clone(),
            to: self.to.clone(),
            attempt,
            error: self.error.clone(),
            retry_at: retry_at.flatten(),
        };
        Ok(Decided::Record(failed.into()))
    }
}
