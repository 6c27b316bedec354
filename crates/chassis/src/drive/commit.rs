//! One commit: drafted from what is due and what waits, sent, and its callers answered when it is
//! acknowledged and folded. Knows nothing of how the room reads the log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use domain::decider::Decider;
use domain::ids::{Key, Revision};
use event_log::AppendError;
use futures::FutureExt;
use opentelemetry::trace::SpanContext;

use super::Driver;
use super::in_flight::InFlight;
use crate::bounds::MAX_WAITING_FOR_A_KEY;
use crate::broken::RoomError;
use crate::meters;
use crate::shared::{Call, Reply};
use crate::status::TransactError;
use crate::trace::Publishing;
use crate::turn::{Draft, Folded, Offer};

/// How often a command is decided anew after a conflict or a lost answer.
const MAX_TRIES: u32 = 32;
/// What a room waits after the server refused a commit, before it tries again.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

impl<D: Decider> Driver<D> {
    pub(super) fn answer(&mut self) {
        let folded = *self.shared.changes.borrow();
        let done = |flight: &InFlight<D>| flight.acknowledged.is_some_and(|at| at <= folded);
        if !self.in_flight.as_ref().is_some_and(done) {
            return;
        }
        let Some(flight) = self.in_flight.take() else {
            return;
        };
        let revision = flight.acknowledged.unwrap_or(folded);
        for (index, call) in flight.waiting {
            let recorded = Reply::Recorded {
                revision,
                commit: Arc::clone(&flight.commit),
                index,
            };
            let _caller_gone = call.reply.send(recorded);
        }
        for proof in flight.proofs {
            let _asker_gone = proof.send(revision);
        }
    }

    pub(super) fn may_decide(&self) -> bool {
        self.in_flight.is_none()
            && self.inquiry.is_none()
            && *self.shared.changes.borrow() >= self.hold
    }

    /// Decides on what is due and what waits, and sends the commit that it comes to. Whether
    /// anything was decided on. `began` is when it did, where spans leave.
    pub(super) fn propose(&mut self, began: Option<SystemTime>) -> bool {
        let nothing = self.due.events.is_empty() && self.pending.is_empty();
        let is_tried = self.is_refused() || self.proofs.are_wanted();
        if !self.may_decide() || (nothing && !is_tried) {
            return false;
        }
        let folded = self
            .shared
            .folded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut draft = Draft::new(&*folded, self.asked_at);
        let mut publishing = self.traces.publishing();
        for event in std::mem::take(&mut self.due.events) {
            let trace = self.traces.go_on(&event, began);
            let Some(index) = draft.due(event) else {
                break;
            };
            carry(&mut draft, index, &mut publishing, trace.as_ref());
        }
        let has_due = !draft.is_empty();
        let mut waiting = Vec::new();
        let mut later = VecDeque::new();
        let mut waiting_for = BTreeMap::<Key, usize>::new();
        for call in self.pending.drain(..) {
            if call.reply.is_closed() {
                continue;
            }
            let offer = match weigh_or_offer(&mut draft, &folded, &call) {
                Ok(offer) => offer,
                Err(would) => {
                    let _caller_gone = call.reply.send(would);
                    continue;
                }
            };
            let reply = match offer {
                Offer::Taken(index) => {
                    carry(&mut draft, index, &mut publishing, call.trace.as_ref());
                    waiting.push((index, call));
                    continue;
                }
                Offer::Full => {
                    later.push_back(call);
                    continue;
                }
                Offer::Later(key) => {
                    let waiting = waiting_for.entry(key).or_default();
                    if *waiting < MAX_WAITING_FOR_A_KEY {
                        *waiting = waiting.saturating_add(1);
                        later.push_back(call);
                        continue;
                    }
                    Reply::Failed(TransactError::TooManyWait)
                }
                Offer::Nothing => Reply::Nothing(folded.revision),
                Offer::Before(at) => Reply::Before(at),
                Offer::Refused(refusal) => Reply::Failed(TransactError::Refused(refusal)),
            };
            let _caller_gone = call.reply.send(reply);
        }
        drop(folded);
        self.pending = later;
        self.shared.meters.queued(self.pending.len());
        // An empty commit finds out whether the log takes writes.
        if !draft.is_empty() || is_tried {
            self.send(draft, publishing, waiting, has_due);
        }
        true
    }

    /// Sends a commit, for these callers.
    fn send(
        &mut self,
        draft: Draft,
        publishing: Publishing,
        waiting: Vec<(u32, Call<D>)>,
        has_due: bool,
    ) {
        let expected = draft.expected();
        let log = Arc::clone(&self.seat.log);
        let meters = self.shared.meters.clone();
        let events = draft.count();
        let (commit, encoded) = draft.encode();
        let append = async move {
            let began = meters::begin();
            let bytes = encoded.body.len();
            let result = log.append(D::ROOM, encoded, expected).await;
            meters.appended(began);
            publishing.end((events, bytes), &result);
            result
        };
        let append = Some(append.boxed());
        self.writes.sent(&self.seat.log, D::ROOM, expected);
        self.in_flight = Some(InFlight {
            waiting,
            append,
            commit,
            acknowledged: None,
            has_due,
            proofs: self.proofs.take(),
        });
    }

    pub(super) fn appended(
        &mut self,
        result: Result<Revision, AppendError>,
    ) -> Result<(), RoomError> {
        let Some(mut flight) = self.in_flight.take() else {
            return Ok(());
        };
        self.stale = true;
        match result {
            Ok(revision) => {
                self.shared.meters.committed();
                self.accept();
                flight.append = None;
                self.seat.feed.tell(revision, Arc::clone(&flight.commit));
                flight.acknowledged = Some(revision);
                self.in_flight = Some(flight);
            }
            Err(error @ (AppendError::Conflict { .. } | AppendError::Unanswered { .. })) => {
                tracing::debug!(room = %D::ROOM, %error, "folding on, then deciding again");
                self.shared.meters.conflict();
                if matches!(error, AppendError::Conflict { .. }) {
                    self.writes.answered();
                } else {
                    self.writes.unanswered();
                }
                self.again(flight.waiting);
                self.proofs.again(flight.proofs);
                self.inquire();
            }
            Err(
                error @ (AppendError::TooBig { .. }
                | AppendError::Rejected { .. }
                | AppendError::Encode(_)),
            ) => {
                tracing::error!(room = %D::ROOM, %error, "the log refuses a commit");
                if flight.has_due && !matches!(error, AppendError::Rejected { .. }) {
                    let reason = error.to_string();
                    return Err(RoomError::Stuck {
                        room: D::ROOM,
                        reason,
                    });
                }
                for (_, call) in flight.waiting {
                    let reply = Reply::Failed(TransactError::Rejected(error.to_string()));
                    let _caller_gone = call.reply.send(reply);
                }
                self.writes.answered();
                if let AppendError::Rejected { reason, .. } = &error {
                    self.refuse(reason);
                }
                let hold = self.hold;
                let pause = async move {
                    tokio::time::sleep(REFUSED_PAUSE).await;
                    hold
                };
                self.inquiry = self.is_refused().then(|| pause.boxed());
            }
        }
        Ok(())
    }

    /// Puts commands back at the head of the queue, in their order.
    fn again(&mut self, waiting: Vec<(u32, Call<D>)>) {
        for (_, mut call) in waiting.into_iter().rev() {
            call.tries = call.tries.saturating_add(1);
            if call.tries >= MAX_TRIES || self.is_refused() {
                let _caller_gone = call.reply.send(Reply::Failed(TransactError::Unknown));
            } else {
                self.pending.push_front(call);
            }
        }
    }
}

/// Lets the draft take a command in; of one that asks for validation alone, it answers what would
/// be recorded.
fn weigh_or_offer<D: Decider>(
    draft: &mut Draft,
    folded: &Folded<D>,
    call: &Call<D>,
) -> Result<Offer<D::Refusal>, Reply<D>> {
    let (state, command, keys) = (&folded.state, &*call.command, &call.keys);
    if !call.validate_only {
        return Ok(draft.offer(state, command, keys));
    }
    match draft.weigh(state, command, keys) {
        Ok(()) => Err(Reply::Would(folded.revision)),
        Err(offer) => Ok(offer),
    }
}

/// The event added last goes on with a trace, if it has one.
fn carry(draft: &mut Draft, index: u32, publishing: &mut Publishing, trace: Option<&SpanContext>) {
    let carried = trace.and_then(|trace| publishing.add(trace, draft.last()?));
    if let Some(trace) = carried {
        draft.trace(index, trace);
    }
}
