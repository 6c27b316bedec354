//! Where a room meets the log: the handle that a service holds. The loop behind it is in `drive`.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use domain::command::{Command, RoomState, differences};
use domain::decider::{Decider, Room};
use domain::ids::{Key, Position, Revision, Timestamp};
use event_log::{Log, Snapshots};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

use crate::broken::Broken;
use crate::clock::Clock;
use crate::drive::{Driver, RoomError};
use crate::past::{Pasts, unreadable};
use crate::status::{QueryError, TransactError};
use crate::telemetry::Meters;
use crate::trace;
use crate::turn::Folded;

/// Commands that wait for a room; one more waits at the caller until its deadline.
pub const MAX_WAITING_COMMANDS: usize = 4_096;
/// How long a command may take before its caller is told that the outcome is unknown.
pub const TRANSACT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a query waits for its revision to be folded.
pub const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

/// A room in this process. Clones share it.
///
/// Opened on the memory log, a room answers a command when what it recorded is folded:
///
/// ```
/// # use std::collections::BTreeMap;
/// #
/// # use domain::command::{Command, RoomState};
/// # use domain::decider::{
/// #     Decided, Decider, Decision, Due, NoSideEffect, Projection, Recorded, Room,
/// # };
/// # use domain::event::{Event, InventoryEvent, LocationDefined};
/// # use domain::ids::{Key, LocationId, Timestamp};
/// # use serde::{Deserialize, Serialize};
/// #
/// # /// The state: the name of each location.
/// # #[derive(Default, Clone, Serialize, Deserialize)]
/// # struct Places(BTreeMap<LocationId, String>);
/// #
/// # domain::refusals! {
/// #     /// Why a location is not defined.
/// #     PlacesRefusal {
/// #         /// Nobody could tell it from others.
/// #         NameMissing {} => Invalid "name", "the location has no name", "give it a name";
/// #     }
/// # }
/// #
/// # domain::hears! {
/// #     /// Whose facts it folds.
/// #     pub enum PlacesHears { Inventory(InventoryEvent) }
/// # }
/// #
/// # impl Projection for Places {
/// #     const SHAPE: u32 = 1;
/// #     type Hears<'a> = PlacesHears<'a>;
/// #     fn evolve(&mut self, _recorded: Recorded, heard: PlacesHears<'_>) {
/// #         let PlacesHears::Inventory(event) = heard;
/// #         match event {
/// #             InventoryEvent::LocationDefined(defined) => {
/// #                 self.0.insert(defined.location.clone(), defined.name.clone());
/// #             }
/// #             InventoryEvent::ItemDefined(_)
/// #             | InventoryEvent::Received(_)
/// #             | InventoryEvent::Adjusted(_)
/// #             | InventoryEvent::WaveReleased(_)
/// #             | InventoryEvent::Shipped(_)
/// #             | InventoryEvent::ReplenishmentRequested(_) => {}
/// #         }
/// #     }
/// # }
/// #
/// # #[derive(Clone, Serialize)]
/// # struct DefinePlace(LocationDefined);
/// #
/// # impl Command<Places> for DefinePlace {
/// #     fn id(&self) -> Option<Key> {
/// #         Some(self.0.definition.key())
/// #     }
/// #     fn keys(&self) -> Vec<Key> {
/// #         vec![self.0.location.key()]
/// #     }
/// #     fn decide(&self, places: &RoomState<Places>, _now: Timestamp) -> Decision<PlacesRefusal> {
/// #         if self.0.name.is_empty() {
/// #             return Err(PlacesRefusal::NameMissing {});
/// #         }
/// #         let stands = places.0.get(&self.0.location) == Some(&self.0.name);
/// #         Ok(if stands { Decided::Nothing } else { Decided::Record(self.0.clone().into()) })
/// #     }
/// #     fn answered_by(event: &Event) -> Option<Self> {
/// #         LocationDefined::of(event).cloned().map(Self)
/// #     }
/// # }
/// #
/// # impl Decider for Places {
/// #     const ROOM: Room = Room::Inventory;
/// #     type Refusal = PlacesRefusal;
/// #     type SideEffect = NoSideEffect;
/// #     fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
/// #         Due::default()
/// #     }
/// # }
/// #
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// use std::sync::Arc;
///
/// use backorder_chassis::{
///     Cell, Clock, Config, Process, ServiceModule, TransactError, no_side_effects,
/// };
/// use event_log::MemoryLog;
///
/// let mut config = Config::default();
/// config.grpc = config.grpc.any_ports();
/// let cell = Cell::new(config, Arc::new(MemoryLog::new()), Clock::wall());
/// // `Places` and `DefinePlace` are those of the example of `domain::decider::Decider`.
/// let (host, driver) = cell.room::<Places>()?;
/// let module = ServiceModule::new(driver, tonic::service::Routes::default(), no_side_effects());
/// let process = Process::start(cell, vec![module]).await?;
///
/// let main_hall = LocationDefined {
///     definition: "d1".into(),
///     location: "main".into(),
///     name: "Main hall".to_owned(),
///     region: None,
///     cost: None,
/// };
///
/// let asked = DefinePlace(main_hall.clone());
/// let answer = host.transact(asked.clone()).await?;
/// assert_eq!((answer.revision.0, answer.repeated), (1, false));
/// assert_eq!(host.read(|places| places.0.len()), 1);
///
/// // Recorded once; asked again, it is answered as the first time.
/// let answer = host.transact(asked).await?;
/// assert_eq!((answer.revision.0, answer.repeated), (1, true));
///
/// let nameless = LocationDefined { definition: "d2".into(), name: String::new(), ..main_hall };
/// let refused = host.transact(DefinePlace(nameless)).await;
/// assert_eq!(refused, Err(TransactError::Refused(PlacesRefusal::NameMissing {})));
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
}

impl<D: Decider> Shared<D> {
    /// Keeps for callers why the room stops, and wakes those who wait for a revision.
    pub fn broke(&self, broken: Broken) -> RoomError {
        let broken = self.broken.get_or_init(|| broken).clone();
        self.changes.send_modify(|_reached| {});
        RoomError::Broken(broken)
    }

    /// Why a command gets no answer any more.
    fn stopped(&self) -> TransactError<D::Refusal> {
        let broken = self.broken.get().cloned();
        broken.map_or(TransactError::Stopped(D::ROOM), TransactError::Broken)
    }

    /// The state has reached a revision, or never will.
    fn reached(&self, folded: Revision, wanted: Revision) -> bool {
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

/// The answer to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The revision that holds what the command made true; already folded here. Where nothing was
    /// ever recorded under it, that of the state on which it was decided: 0 on an empty log.
    pub revision: Revision,
    /// Nothing was recorded now: it was carried out before, or what it asks for is so already.
    pub repeated: bool,
    /// Of these two the latter: nothing was ever recorded under it.
    pub unchanged: bool,
}

/// A command and its caller, who waits for the answer.
pub(crate) struct Call<D: Decider> {
    pub command: Arc<dyn Command<D>>,
    /// The command's id and what it is about.
    pub keys: Vec<Key>,
    pub trace: Option<String>,
    pub tries: u32,
    pub reply: oneshot::Sender<Reply<D>>,
}

pub(crate) enum Reply<D: Decider> {
    Recorded(Revision),
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
    pub snapshot_every: u64,
}

impl<D: Decider> Host<D> {
    /// Opens a room on its last snapshot, or on nothing. It folds and acts while its driver runs.
    pub(crate) fn open(
        seat: Seat,
        incoming: mpsc::Receiver<crate::cell::Heard>,
    ) -> (Self, Driver<D>) {
        let identity = seat.log.identity();
        let loaded = seat
            .snapshots
            .as_ref()
            .and_then(|snapshots| snapshots.load::<RoomState<D>>(D::ROOM.token(), &identity));
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
        });
        let driver = Driver::new(Arc::clone(&shared), seat, incoming, waiting);
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
    /// between.
    ///
    /// # Errors
    /// The room's refusal, or why the outcome is not known. After [`TransactError::Unknown`] the
    /// same command may be sent again: it is recorded once.
    pub async fn transact<C>(&self, command: C) -> Result<Answer, TransactError<D::Refusal>>
    where
        C: Command<D> + Serialize,
    {
        let command = Arc::new(command);
        let asked: Arc<dyn Command<D>> = Arc::<C>::clone(&command);
        match self.ask(asked).await? {
            Reply::Recorded(revision) => Ok(Answer {
                revision,
                repeated: false,
                unchanged: false,
            }),
            Reply::Nothing(revision) => Ok(Answer {
                revision,
                repeated: true,
                unchanged: true,
            }),
            Reply::Before(at) => self.compare(at, &*command).await,
            Reply::Failed(error) => Err(error),
        }
    }

    async fn ask(
        &self,
        command: Arc<dyn Command<D>>,
    ) -> Result<Reply<D>, TransactError<D::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let mut keys = command.keys();
        keys.extend(command.id());
        let call = Call {
            command,
            keys,
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
        let unreadable = |error: event_log::ReadError| TransactError::Unreadable(error.to_string());
        let mut position = at;
        loop {
            let logged = self
                .shared
                .log
                .read(position.revision)
                .await
                .map_err(unreadable)?;
            let index = usize::try_from(position.index).unwrap_or(usize::MAX);
            let Some(recorded) = logged.commit.events.get(index) else {
                let lost = format!("there is no event at {position}");
                return Err(TransactError::Unreadable(lost));
            };
            let asked_at = recorded.answers().and_then(|answers| answers.asked_at);
            if let Some(earlier) = asked_at.filter(|asked_at| *asked_at < position) {
                position = earlier;
                continue;
            }
            let differences = differences(recorded, asked);
            return if differences.is_empty() {
                Ok(Answer {
                    revision: position.revision,
                    repeated: true,
                    unchanged: false,
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

    /// The cell's log, to read old stories from.
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// Now, by the cell's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// What the room is doing.
    pub fn activity(&self) -> watch::Receiver<Activity> {
        self.shared.activity.subscribe()
    }
}
