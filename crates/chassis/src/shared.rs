//! What a room's handle and its loop share: the folded state, the commands that wait, what the room
//! is doing. Must not know who asks or when the loop acts.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::SystemTime;

use domain::command::Command;
use domain::decider::Decider;
use domain::event::Commit;
use domain::ids::{Key, Position, Revision, Timestamp};
use event_log::{FollowError, Log, Logged, Marks, Snapshots};
use opentelemetry::trace::SpanContext;
use tokio::sync::{mpsc, oneshot, watch};

use crate::broken::{Broken, RoomError};
use crate::clock::Clock;
use crate::feed::Feed;
use crate::meters::Meters;
use crate::past::Pasts;
use crate::side_effects::Undone;
use crate::status::TransactError;
use crate::turn::Folded;

/// Commands that wait for a room; one more waits at the caller until its deadline.
pub const MAX_WAITING_COMMANDS: usize = 4_096;

/// What the reader hands to each room.
pub(crate) type Heard = Result<Arc<Logged>, Arc<FollowError>>;

pub(crate) struct Shared<D: Decider> {
    pub log: Log,
    pub clock: Clock,
    pub folded: RwLock<Folded<D>>,
    pub changes: watch::Sender<Revision>,
    pub commands: mpsc::Sender<Call<D>>,
    pub activity: watch::Sender<Activity>,
    pub meters: Meters,
    pub pasts: Pasts<D>,
    /// Set when the state broke an invariant: nobody is answered from it any more.
    pub broken: OnceLock<Broken>,
    /// Why the log takes no writes, while it does not.
    pub refused: watch::Sender<Option<Arc<str>>>,
    /// Side effects that are asked for and not done.
    pub undone: Undone,
    /// After how many revisions a snapshot is written; 0 without a folder for it.
    pub snapshot_every: u64,
    /// The folder of the state, if there is one.
    pub state: Option<PathBuf>,
    /// When the process opened the room.
    pub started: SystemTime,
}

impl<D: Decider> Shared<D> {
    /// Keeps for callers why the room stops, and wakes those who wait for a revision.
    pub fn broke(&self, broken: Broken) -> RoomError {
        let broken = self.broken.get_or_init(|| broken).clone();
        self.changes.send_modify(|_reached| {});
        RoomError::Broken(broken)
    }

    /// Why a command gets no answer any more.
    pub fn stopped(&self) -> TransactError<D::Refusal> {
        let broken = self.broken.get().cloned();
        broken.map_or(TransactError::Stopped(D::ROOM), TransactError::Broken)
    }

    /// The state has reached a revision, or never will.
    pub fn reached(&self, folded: Revision, wanted: Revision) -> bool {
        folded >= wanted || self.broken.get().is_some()
    }
}

/// What a room is doing, for whoever waits until all are at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// How far it has folded.
    pub folded: Revision,
    /// The time at which it last asked what is due.
    pub asked_at: Timestamp,
    /// No command waits, nothing is in flight, no side effect runs and nothing is due.
    pub idle: bool,
    /// When it will ask again on its own.
    pub again_at: Option<Timestamp>,
}

/// A command and its caller, who waits for the answer.
pub(crate) struct Call<D: Decider> {
    pub command: Arc<dyn Command<D>>,
    /// The command's id and what it is about.
    pub keys: Vec<Key>,
    /// It is decided on, and nothing is recorded.
    pub validate_only: bool,
    /// The span that it is asked in.
    pub trace: Option<SpanContext>,
    pub tries: u32,
    pub reply: oneshot::Sender<Reply<D>>,
}

pub(crate) enum Reply<D: Decider> {
    /// It is on the log, folded: this event of this commit.
    Recorded {
        revision: Revision,
        commit: Arc<Commit>,
        index: u32,
    },
    /// It would be recorded, on the state at this revision.
    Would(Revision),
    /// It was so already, on the state at this revision.
    Nothing(Revision),
    Before(Position),
    Failed(TransactError<D::Refusal>),
}

/// What a room's loop needs besides its handle.
pub(crate) struct Seat {
    pub log: Log,
    pub clock: Clock,
    pub snapshots: Option<Arc<Snapshots>>,
    pub marks: Option<Arc<Marks>>,
    pub snapshot_every: u64,
    /// The folder of the state, if there is one.
    pub state: Option<PathBuf>,
    pub feed: Feed,
    /// What stands before the rooms' names in the subjects of the cell.
    pub subjects: String,
}
