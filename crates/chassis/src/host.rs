//! Where a room meets the log: the handle that a service holds. The loop behind it is in `drive`.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use domain::command::{Command, RoomState};
use domain::decider::{Decider, Refusal, RefusalKind, Room};
use domain::event::{Commit, Event};
use domain::ids::{Position, Revision, Timestamp};
use event_log::Log;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

use crate::drive::Driver;
use crate::gauges;
use crate::meters::{self, Meters};
use crate::past::{Past, Pasts, unreadable};
use crate::shared::{Activity, Call, Heard, MAX_WAITING_COMMANDS, Reply, Seat, Shared};
use crate::side_effects::{self, Stuck, Undone};
use crate::standing::Standing;
use crate::status::{QueryError, TransactError};
use crate::trace;
use crate::turn::Folded;

/// How long a command may take before its caller is told that the outcome is unknown.
pub const TRANSACT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a refused command waits for what the room has not heard of yet.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what was done waits to be recorded again, when it could not be.
const RECORD_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long a query waits for its revision to be folded.
pub const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

/// A room in this process. Clones share it.
///
/// Opened on the memory log, a room answers a command when what it recorded is folded:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// use std::sync::Arc;
///
/// use backorder_chassis::{
///     Cell, Clock, Config, Process, ServiceModule, TransactError, no_side_effects,
/// };
/// use domain::event::LocationDefined;
/// use domain::inventory::{DefineLocation, Inventory, InventoryRefusal};
/// use event_log::MemoryLog;
///
/// let mut config = Config::default();
/// config.grpc = config.grpc.any_ports();
/// let cell = Cell::new(config, Arc::new(MemoryLog::new()), Clock::wall());
/// let (host, driver) = cell.room::<Inventory>()?;
/// let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
/// let process = Process::start(cell, vec![module]).await?;
///
/// let main_hall = LocationDefined {
///     definition: "d1".into(),
///     location: "main".into(),
///     name: "Main hall".to_owned(),
///     region: None,
///     cost: None,
///     time_zone: None,
/// };
///
/// let asked = DefineLocation(main_hall.clone());
/// let answer = host.transact(asked.clone()).await?;
/// assert_eq!((answer.revision.0, answer.repeated), (1, false));
/// let recorded = answer.event().cloned();
/// assert_eq!(recorded, Some(main_hall.clone().into()));
/// assert!(host.read(|inventory| inventory.location(&main_hall.location).is_some()));
///
/// // Recorded once; asked again, it is answered as the first time.
/// let answer = host.transact(asked).await?;
/// assert_eq!((answer.revision.0, answer.repeated), (1, true));
/// assert_eq!(answer.event(), recorded.as_ref());
///
/// let nameless = LocationDefined { definition: "d2".into(), name: String::new(), ..main_hall };
/// let refused = host.transact(DefineLocation(nameless)).await.unwrap_err();
/// assert_eq!(refused, TransactError::Refused(InventoryRefusal::NameMalformed { bytes: 0 }));
///
/// process.stop().await?;
/// # Ok(())
/// # }
/// ```
pub struct Host<D: Decider> {
    pub(crate) shared: Arc<Shared<D>>,
}

impl<D: Decider> Clone for Host<D> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The answer to a command.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The revision that holds what the command made true; already folded here. Where nothing was
    /// ever recorded under it, that of the state on which it was decided: 0 on an empty log.
    pub revision: Revision,
    /// Nothing was recorded now: it was carried out before, or what it asks for is so already.
    pub repeated: bool,
    /// Of these two the latter: nothing was ever recorded under it.
    pub unchanged: bool,
    recorded: Recorded,
}

/// What a command came to.
#[derive(Debug, Clone)]
enum Recorded {
    /// Nothing: it was so already, or it was only validated.
    Nothing,
    /// An event of this commit, just now.
    Now(Arc<Commit>, u32),
    /// This event, at another time.
    Before(Box<Event>),
}

impl Answer {
    /// The event that was recorded for the command, now or before: it holds what the room worked
    /// out. None where none ever was.
    pub fn event(&self) -> Option<&Event> {
        match &self.recorded {
            Recorded::Nothing => None,
            Recorded::Now(commit, index) => commit.events.get(usize::try_from(*index).ok()?),
            Recorded::Before(event) => Some(event),
        }
    }
}

impl<D: Decider> Host<D> {
    /// Opens a room on its last snapshot, or on nothing. It folds and acts while its driver runs.
    pub(crate) fn open(seat: Seat, incoming: mpsc::Receiver<Heard>) -> (Self, Driver<D>) {
        let log = seat.log.identity_to(D::HEARS);
        let loaded = seat
            .snapshots
            .as_ref()
            .and_then(|snapshots| snapshots.load::<RoomState<D>>(D::ROOM.token(), log.clone()));
        let folded = loaded.map_or_else(Folded::default, |(revision, state)| Folded {
            state,
            revision,
            own: Revision(0),
        });
        let revision = folded.revision;
        let (commands, waiting) = mpsc::channel(MAX_WAITING_COMMANDS);
        let shared = Arc::new(Shared {
            log: seat.log.clone(),
            clock: seat.clock.clone(),
            folded: RwLock::new(folded),
            changes: watch::Sender::new(revision),
            commands,
            activity: watch::Sender::new(Activity {
                folded: revision,
                asked_at: Timestamp::MIN,
                idle: false,
                again_at: None,
            }),
            meters: Meters::new(D::ROOM),
            pasts: Pasts::new(
                seat.snapshots
                    .as_ref()
                    .map(Arc::downgrade)
                    .unwrap_or_default(),
            ),
            broken: OnceLock::new(),
            refused: watch::Sender::new(None),
            undone: Undone::default(),
            snapshot_every: seat.snapshots.as_ref().map_or(0, |_| seat.snapshot_every),
            state: seat.state.clone(),
            started: meters::wall(),
        });
        shared.meters.saved(revision, false);
        gauges::watch(&shared);
        let driver = Driver::new(Arc::clone(&shared), seat, log, incoming, waiting);
        (Self { shared }, driver)
    }

    /// Waits until a revision is folded, then reads the state.
    ///
    /// # Errors
    /// [`QueryError::NotWritten`] beyond the log's end; [`QueryError::NotYet`] when it is not
    /// folded within [`QUERY_TIMEOUT`]; [`QueryError::Broken`] when the room stopped itself.
    pub async fn query<T>(
        &self,
        at_least: Revision,
        read: impl FnOnce(&RoomState<D>) -> T,
    ) -> Result<T, QueryError> {
        if self.folded() < at_least {
            self.wait_for(at_least).await?;
        }
        let folded = self
            .shared
            .folded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match self.shared.broken.get() {
            Some(broken) => Err(QueryError::Broken(broken.clone())),
            None => Ok(read(&folded.state)),
        }
    }

    /// Waits until a revision is folded: a command that its caller asks after somebody told them of
    /// it is decided on no older state.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn reach(&self, at_least: Revision) -> Result<(), QueryError> {
        self.query(at_least, |_state| ()).await
    }

    /// The state as of a past revision, folded up to exactly there from the log, or from the
    /// snapshot on the way. What is asked of it at [`Past::at`] is answered as it was then.
    ///
    /// # Errors
    /// [`QueryError::NotWritten`] beyond the log's end; [`QueryError::PastNotYet`] after
    /// [`PAST_TIMEOUT`](crate::PAST_TIMEOUT), and the fold goes on; [`QueryError::Unreadable`] when
    /// the log cannot be read.
    pub async fn past(&self, at: Revision) -> Result<Arc<Past<D>>, QueryError> {
        self.shared.pasts.at(&self.shared.log, at).await
    }

    /// Reads the state as it is now.
    pub fn read<T>(&self, read: impl FnOnce(&RoomState<D>) -> T) -> T {
        read(
            &self
                .shared
                .folded
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .state,
        )
    }

    /// The same, unless the room has stopped itself: nobody is answered from a broken state.
    ///
    /// # Errors
    /// [`QueryError::Broken`].
    pub(crate) fn look<T>(
        &self,
        read: impl FnOnce(&RoomState<D>, Revision) -> T,
    ) -> Result<T, QueryError> {
        match self.shared.broken.get() {
            Some(broken) => Err(QueryError::Broken(broken.clone())),
            None => Ok(self.read_at(read)),
        }
    }

    /// Reads the state and the revision that it stands at.
    pub fn read_at<T>(&self, read: impl FnOnce(&RoomState<D>, Revision) -> T) -> T {
        let folded = self
            .shared
            .folded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        read(&folded.state, folded.revision)
    }

    async fn wait_for(&self, wanted: Revision) -> Result<(), QueryError> {
        let mut changes = self.changes();
        let reached = |folded: &Revision| self.shared.reached(*folded, wanted);
        let folded = async { changes.wait_for(reached).await.is_ok() };
        let soon = Duration::from_millis(50);
        match tokio::time::timeout(soon, folded).await {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(QueryError::Stopped(D::ROOM)),
            Err(_elapsed) => {}
        }
        // The revision may be of a room that this process does not read: then what counts is
        // that all it does hear up to now is folded.
        let rest = QUERY_TIMEOUT.saturating_sub(soon);
        let log = &self.shared.log;
        let stopped = |_| QueryError::Stopped(D::ROOM);
        let heard = async {
            let last = log.last(&Room::ALL).await.map_err(unreadable)?;
            if wanted > last {
                return Err(QueryError::NotWritten { wanted, last });
            }
            let last = log.last(D::HEARS).await.map_err(unreadable)?.min(wanted);
            let reached = |folded: &Revision| self.shared.reached(*folded, last);
            let folded = changes.wait_for(reached).await;
            folded.map(|_folded| ()).map_err(stopped)
        };
        match tokio::time::timeout(rest, heard).await {
            Ok(found) => found,
            Err(_elapsed) => Err(QueryError::NotYet {
                wanted,
                folded: self.folded(),
            }),
        }
    }

    /// Lets the room decide on a command and records what it comes to, or answers as the first
    /// time if it was recorded before.
    ///
    /// The decision may be made more than once, when another instance of the room commits in
    /// between. One that refuses for what the state lacks is made again, once, if the log already
    /// says more than was folded: a caller who was told of a fact by another room need not wait.
    ///
    /// # Errors
    /// The room's refusal, or why the outcome is not known. After [`TransactError::Unknown`] the
    /// same command may be sent again: it is recorded once.
    pub async fn transact<C>(&self, command: C) -> Result<Answer, TransactError<D::Refusal>>
    where
        C: Command<D> + Serialize,
    {
        self.carry_out(command, false).await
    }

    /// The same, if not `validate_only`. If so, the room decides on the command as it would else,
    /// in its turn, and the caller is answered or refused alike; but nothing is recorded, so that
    /// the command's id stays free. The answer's revision is then that of the state on which it was
    /// decided, or where the same command was recorded before.
    ///
    /// # Errors
    /// As [`Self::transact`].
    pub async fn carry_out<C>(
        &self,
        command: C,
        validate_only: bool,
    ) -> Result<Answer, TransactError<D::Refusal>>
    where
        C: Command<D> + Serialize,
    {
        let command = Arc::new(command);
        let asked: Arc<dyn Command<D>> = Arc::<C>::clone(&command);
        let folded = self.folded();
        let mut reply = self.ask(Arc::clone(&asked), validate_only).await?;
        if may_be_early(&reply) && self.catch_up(folded).await {
            reply = self.ask(asked, validate_only).await?;
        }
        if let Reply::Recorded { revision, .. } | Reply::Nothing(revision) = &reply {
            trace::tell_revision(revision.0);
        }
        match reply {
            Reply::Recorded {
                revision,
                commit,
                index,
            } => Ok(Answer {
                revision,
                repeated: false,
                unchanged: false,
                recorded: Recorded::Now(commit, index),
            }),
            Reply::Would(revision) => Ok(Answer {
                revision,
                repeated: false,
                unchanged: false,
                recorded: Recorded::Nothing,
            }),
            Reply::Nothing(revision) => Ok(Answer {
                revision,
                repeated: true,
                unchanged: true,
                recorded: Recorded::Nothing,
            }),
            Reply::Before(at) => self.compare(at, &*command).await,
            Reply::Failed(error) => Err(error),
        }
    }

    /// Folds what stood on the log by now, within a bounded time. Whether that is more than this.
    async fn catch_up(&self, folded: Revision) -> bool {
        let caught_up = async {
            let last = self.shared.log.last(D::HEARS).await.ok()?;
            let more = last > folded;
            let reached = |now: &Revision| self.shared.reached(*now, last);
            self.changes().wait_for(reached).await.ok()?;
            Some(more)
        };
        let caught_up = tokio::time::timeout(CATCH_UP_TIMEOUT, caught_up).await;
        caught_up.ok().flatten().unwrap_or_default()
    }

    /// Records what was done outside the log already, such as a letter that was sent. While the log
    /// takes no writes it is tried again, so that the deed is not done again for want of its
    /// record.
    ///
    /// # Errors
    /// The room's refusal, or why the room has stopped.
    pub async fn record_done<C>(&self, command: C) -> Result<Answer, TransactError<D::Refusal>>
    where
        C: Command<D> + Serialize + Clone,
    {
        loop {
            match self.transact(command.clone()).await {
                Err(TransactError::Rejected(_) | TransactError::Unknown) => {
                    tokio::time::sleep(RECORD_AGAIN_AFTER).await;
                }
                answered => return answered,
            }
        }
    }

    async fn ask(
        &self,
        command: Arc<dyn Command<D>>,
        validate_only: bool,
    ) -> Result<Reply<D>, TransactError<D::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let mut keys = command.keys();
        keys.extend(command.id());
        let call = Call {
            command,
            keys,
            validate_only,
            trace: trace::current(),
            tries: 0,
            reply,
        };
        let asked = async {
            let sent = self.shared.commands.send(call).await;
            sent.map_err(|_closed| self.shared.stopped())?;
            answer.await.map_err(|_closed| self.shared.stopped())
        };
        tokio::time::timeout(TRANSACT_TIMEOUT, asked)
            .await
            .map_err(|_elapsed| TransactError::Unknown)?
    }

    /// What was asked under this id before stands on the log: the same content gets the same
    /// answer, other content is told apart field by field.
    async fn compare<C>(&self, at: Position, asked: &C) -> Result<Answer, TransactError<D::Refusal>>
    where
        C: Command<D> + Serialize,
    {
        let mut position = at;
        loop {
            let recorded = self.shared.log.event(position).await;
            let recorded =
                recorded.map_err(|error| TransactError::Unreadable(error.to_string()))?;
            let asked_at = recorded.answers().and_then(|answers| answers.asked_at);
            if let Some(earlier) = asked_at.filter(|asked_at| *asked_at < position) {
                position = earlier;
                continue;
            }
            let differences = self.read(|room| room.differences(&recorded, asked));
            return if differences.is_empty() {
                Ok(Answer {
                    revision: position.revision,
                    repeated: true,
                    unchanged: false,
                    recorded: Recorded::Before(Box::new(recorded)),
                })
            } else {
                Err(TransactError::Differs(differences))
            };
        }
    }

    /// Ticks at each fold with the revision reached.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.shared.changes.subscribe()
    }

    /// How far the state has folded.
    pub fn folded(&self) -> Revision {
        *self.shared.changes.borrow()
    }

    /// The cell's log, to read timelines from.
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// Now, by the cell's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Side effects that have failed again and again, or do not end.
    pub fn stuck(&self) -> Vec<Stuck> {
        side_effects::stuck(&self.shared.undone)
    }

    /// How the service of the room stands.
    pub fn standing(&self) -> Standing {
        Standing::of(&self.shared)
    }

    /// What the room is doing.
    pub fn activity(&self) -> watch::Receiver<Activity> {
        self.shared.activity.subscribe()
    }
}

/// Refused for what the state lacks, which the log may say already.
fn may_be_early<D: Decider>(reply: &Reply<D>) -> bool {
    let Reply::Failed(TransactError::Refused(refusal)) = reply else {
        return false;
    };
    match refusal.row().kind {
        RefusalKind::Unknown | RefusalKind::Precondition => true,
        RefusalKind::Invalid | RefusalKind::Exhausted => false,
    }
}
