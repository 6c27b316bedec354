//! The one loop of every room: fold what has arrived; take what is due and the commands that
//! wait; decide each on the folded state; append one commit; when it is acknowledged *and*
//! folded, answer the callers; again.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::decider::{Decider, Due};
use domain::ids::{Position, Revision, Timestamp};
use event_log::{AppendError, Identity, Log, ReadError};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::broken::{RoomError, or_broken};
use crate::clock::Ticker;
use crate::meters;
use crate::noting::Noting;
use crate::shared::{Activity, Call, Heard, MAX_WAITING_COMMANDS, Seat, Shared};
use crate::side_effects::{Perform, SideEffects};
use crate::trace::{self, Traces};

mod commit;
mod fresh;
mod in_flight;
mod proofs;
mod refuses;
mod save;
mod saving;
mod writes;

use fresh::Fresh;
pub use fresh::MAX_STALENESS;
use in_flight::InFlight;
pub(crate) use proofs::Proof;
use proofs::Proofs;
use saving::{Saving, Written};
use writes::Writes;

/// Commits folded under one lock before queries get their turn.
const MAX_FOLD_BATCH: usize = 256;
/// How often a room checks a sample of its state at most, after it has folded.
const CHECK_PAUSE: Duration = Duration::from_millis(100);
/// What a room waits before it asks an unreachable log again.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(200);

/// The loop of one room, ready to run. It comes once from [`crate::Cell::room`] and goes into a
/// [`crate::ServiceModule`], which consumes it: no room has two loops. A room whose driver is
/// dropped answers [`crate::TransactError::Stopped`].
#[must_use = "a room folds and acts only while its driver runs"]
pub struct Driver<D: Decider> {
    shared: Arc<Shared<D>>,
    seat: Seat,
    ticker: Ticker,
    incoming: mpsc::Receiver<Heard>,
    commands: mpsc::Receiver<Call<D>>,
    pending: VecDeque<Call<D>>,
    in_flight: Option<InFlight<D>>,
    writes: Writes,
    proofs: Proofs,
    /// Finds out what the log holds, after a conflict, a lost answer, or at the start.
    inquiry: Option<BoxFuture<'static, Revision>>,
    /// Nothing is decided before this revision is folded.
    hold: Revision,
    fresh: Fresh,
    due: Due<D::SideEffect>,
    asked_at: Timestamp,
    stale: bool,
    side_effects: SideEffects<D>,
    traces: Traces,
    /// A snapshot that is being written.
    saving: Option<Saving>,
    /// Where the last snapshot stands, or the last try.
    saved: Revision,
    checked: Option<Instant>,
    noting: Noting,
    /// Of which log its state is: without what was passed over.
    of_log: Identity,
}

enum Next<D: Decider> {
    Heard(Option<Heard>),
    Asked(Option<Call<D>>),
    /// Somebody wants to know whether the log takes writes.
    Proof(Option<Proof>),
    Appended(Result<Revision, AppendError>),
    /// The log takes no writes, and why.
    Refused(&'static str),
    Inquired(Revision),
    Saved(Written),
    SideEffect,
    Time,
    Stop,
}

impl<D: Decider> Driver<D> {
    pub(crate) fn new(
        shared: Arc<Shared<D>>,
        seat: Seat,
        of_log: Identity,
        incoming: mpsc::Receiver<Heard>,
        commands: mpsc::Receiver<Call<D>>,
    ) -> Self {
        let saved = *shared.changes.borrow();
        Self {
            ticker: seat.clock.ticker(),
            incoming,
            commands,
            pending: VecDeque::new(),
            in_flight: None,
            writes: Writes::default(),
            proofs: Proofs::new(),
            inquiry: None,
            hold: Revision(0),
            fresh: Fresh::default(),
            due: Due::default(),
            asked_at: Timestamp::MIN,
            stale: true,
            side_effects: SideEffects::new(Arc::clone(&shared.undone)),
            traces: Traces::new(D::ROOM, &seat.subjects),
            saving: None,
            saved,
            checked: None,
            noting: Noting::new(seat.marks.clone(), D::HEARS),
            of_log,
            seat,
            shared,
        }
    }

    /// What the room is doing.
    pub(crate) fn activity(&self) -> watch::Receiver<Activity> {
        self.shared.activity.subscribe()
    }

    /// Of which log its state is.
    pub(crate) const fn of_log(&self) -> &Identity {
        &self.of_log
    }

    /// Why the log takes no writes, while it does not.
    pub(crate) fn refused(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.shared.refused.subscribe()
    }

    /// Where a proof is asked for that the log takes what the room writes.
    pub(crate) fn proofs(&self) -> mpsc::Sender<Proof> {
        self.proofs.door()
    }

    /// Runs until told to stop, or until the log cannot be followed.
    pub(crate) async fn run(
        mut self,
        perform: Perform<D::SideEffect>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), RoomError> {
        let _running = self.shared.meters.run();
        self.noting.begin();
        self.begin().await;
        loop {
            self.answer();
            let stopping = *stop.borrow();
            if !stopping {
                self.decide()?;
                let side_effects = std::mem::take(&mut self.due.side_effects);
                // One whose record cannot be written would run again, as if it never had.
                if !self.is_refused() {
                    let (meters, traces) = (&self.shared.meters, &self.traces);
                    self.side_effects
                        .start(side_effects, &perform, meters, traces);
                }
            }
            self.tell_activity();
            if stopping && self.in_flight.is_none() {
                break;
            }
            match self.next(&mut stop, stopping).await {
                Next::Heard(heard) => self.fold(heard)?,
                Next::Asked(Some(call)) => self.take(call),
                Next::Proof(proof) => self.proofs.wait(proof),
                Next::Asked(None) | Next::Stop => {}
                Next::Appended(result) => self.appended(result)?,
                Next::Refused(reason) => self.refuse(reason),
                Next::Inquired(last) => {
                    self.inquiry = None;
                    self.hold = self.hold.max(last);
                    self.fresh.asked();
                }
                Next::Saved(written) => self.saved(written),
                Next::SideEffect => {
                    self.side_effects.tell(&self.shared.meters);
                    self.stale = true;
                }
                Next::Time => self.stale = true,
            }
        }
        self.side_effects.drain().await;
        self.save_at_stop().await;
        self.noting.end().await;
        Ok(())
    }

    /// Before its first decision a room has folded all that stood on the log when it came: an
    /// side effect asked of an old state would be run twice.
    async fn begin(&mut self) {
        let own = last_of(&self.seat.log, &[D::ROOM]).await;
        {
            let mut folded = self
                .shared
                .folded
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if own <= folded.revision {
                folded.own = own;
            }
        }
        self.inquire();
    }

    async fn next(&mut self, stop: &mut watch::Receiver<bool>, stopping: bool) -> Next<D> {
        let append = self
            .in_flight
            .as_mut()
            .and_then(|flight| flight.append.as_mut());
        let appended = async {
            match append {
                Some(append) => append.await,
                None => std::future::pending().await,
            }
        };
        let inquiry = self.inquiry.as_mut();
        let inquired = async {
            match inquiry {
                Some(inquiry) => inquiry.await,
                None => std::future::pending().await,
            }
        };
        let takes_writes = self.shared.refused.borrow().is_none();
        let may_take = self.pending.len() < MAX_WAITING_COMMANDS;
        let may_prove = self.proofs.have_room();
        tokio::select! {
            biased;
            heard = self.incoming.recv() => Next::Heard(heard),
            result = appended => Next::Appended(result),
            last = inquired => Next::Inquired(last),
            reason = self.writes.fail(), if takes_writes => Next::Refused(reason),
            call = self.commands.recv(), if may_take && !stopping => Next::Asked(call),
            proof = self.proofs.next(), if may_prove && !stopping => Next::Proof(proof),
            written = saving::written(self.saving.as_mut()) => Next::Saved(written),
            () = self.side_effects.next() => Next::SideEffect,
            () = self.ticker.reaches(self.due.again_at) => Next::Time,
            _changed = stop.changed(), if !stopping => Next::Stop,
        }
    }

    fn decide(&mut self) -> Result<(), RoomError> {
        let shared = Arc::clone(&self.shared);
        let position = Position {
            revision: *shared.changes.borrow(),
            index: 0,
        };
        if !self.pending.is_empty() && self.may_decide() && self.fresh.is_over() {
            self.ask_where_the_log_ends();
        }
        or_broken(D::ROOM, position, "decided", |_| {
            let began = (trace::now(), meters::begin());
            if self.ask_what_is_due() | self.propose(began.0) {
                shared.meters.decided(began.1);
            }
        })
        .map_err(|broken| shared.broke(broken))
    }

    fn fold(&mut self, heard: Option<Heard>) -> Result<(), RoomError> {
        let mut next = Some(heard.ok_or(RoomError::NoReader(D::ROOM))?);
        let mut folded = self
            .shared
            .folded
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let (mut events, mut commits) = (0_u64, 0_usize);
        while let Some(heard) = next {
            let logged = heard.map_err(|source| RoomError::Follow {
                room: D::ROOM,
                folded: folded.revision,
                source,
            })?;
            let began = trace::now();
            folded
                .fold(&logged)
                .map_err(|broken| self.shared.broke(broken))?;
            self.noting.folded(&logged);
            let hears = D::HEARS.contains(&logged.room);
            if hears && logged.quarantined.is_some() {
                self.of_log.pass_over(logged.revision);
            }
            self.traces.remember(&logged, hears, began);
            events = events.saturating_add(logged.commit.events.len().try_into().unwrap_or(0));
            commits = commits.saturating_add(1);
            // What is taken from the reader is folded: at the bound nothing more is taken.
            next = (commits < MAX_FOLD_BATCH)
                .then(|| self.incoming.try_recv().ok())
                .flatten();
        }
        let now = Instant::now();
        if self
            .checked
            .is_none_or(|last| now.duration_since(last) >= CHECK_PAUSE)
        {
            self.checked = Some(now);
            folded
                .check_some()
                .map_err(|broken| self.shared.broke(broken))?;
        }
        let revision = folded.revision;
        drop(folded);
        self.shared.meters.folded(events);
        self.shared.meters.lagging(self.incoming.len());
        self.shared.changes.send_replace(revision);
        self.noting.tell();
        self.stale = true;
        if revision.0.saturating_sub(self.saved.0) >= self.seat.snapshot_every {
            self.save();
        }
        Ok(())
    }

    fn take(&mut self, call: Call<D>) {
        if self.is_refused() {
            return self.turn_away(call);
        }
        self.pending.push_back(call);
        while self.pending.len() < MAX_WAITING_COMMANDS {
            match self.commands.try_recv() {
                Ok(call) => self.pending.push_back(call),
                Err(_none_now) => break,
            }
        }
        self.shared.meters.queued(self.pending.len());
    }

    /// Whether it was asked.
    fn ask_what_is_due(&mut self) -> bool {
        let now = self.seat.clock.now();
        if !self.may_decide() || !(self.stale || now > self.asked_at) {
            return false;
        }
        let folded = self
            .shared
            .folded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.due = folded.state.due(now);
        self.asked_at = now;
        self.stale = false;
        true
    }

    fn inquire(&mut self) {
        self.fresh.ask();
        let log = Arc::clone(&self.seat.log);
        self.inquiry = Some(async move { last_of(&log, D::HEARS).await }.boxed());
    }

    /// Commands wait, and it is long ago that the log was asked how far it is.
    fn ask_where_the_log_ends(&mut self) {
        self.fresh.ask();
        let (log, hold) = (Arc::clone(&self.seat.log), self.hold);
        self.inquiry = Some(fresh::last(log, D::HEARS, hold).boxed());
    }

    fn tell_activity(&self) {
        let activity = Activity {
            folded: *self.shared.changes.borrow(),
            asked_at: self.asked_at,
            idle: self.may_decide()
                && !self.stale
                && self.pending.is_empty()
                && self.commands.is_empty()
                && self.side_effects.is_empty()
                && self.due.is_at_rest(),
            again_at: self.due.again_at,
        };
        self.shared.activity.send_if_modified(|told| {
            let changed = *told != activity;
            *told = activity;
            changed
        });
    }
}

/// The last revision of these rooms, asked until the log answers.
async fn last_of(log: &Log, rooms: &[domain::decider::Room]) -> Revision {
    loop {
        match log.last(rooms).await {
            Ok(last) => return last,
            Err(ReadError::Missing(_)) => return Revision(0),
            Err(
                error @ (ReadError::NoEvent(_)
                | ReadError::Undecodable { .. }
                | ReadError::Foreign(_)
                | ReadError::Busy { .. }
                | ReadError::Unreachable { .. }),
            ) => {
                tracing::warn!(%error, "the log does not say where it ends; asking again");
                tokio::time::sleep(UNREACHABLE_PAUSE).await;
            }
        }
    }
}
