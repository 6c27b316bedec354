//! What a room is: a state that the log alone determines, and the decisions that it may make.
//!
//! Pure. Time is handed in, the log is somebody else's business.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::Event;
use crate::exact::Exact;
use crate::ids::{Key, Position, Revision, Timestamp};
use crate::renamed::Renamed;
pub use crate::room::Room;

/// Where an event stands on the log, and when it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its commit and its index in it.
    pub position: Position,
    /// What its room had folded when it decided.
    pub as_of: Revision,
    /// When its room decided, by that room's clock.
    pub at: Timestamp,
}

/// What a decision comes to.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "most decisions come to an event, which is moved once"
)]
pub enum Decided {
    /// This becomes true.
    Record(Event),
    /// It is so already, whoever asked for it.
    Nothing,
}

/// An event, nothing, or a refusal.
pub type Decision<R> = Result<Decided, R>;

/// What the state asks for at a time. Asked of the state, never of an event, so a crash between
/// an event and what should follow from it loses nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Due<E> {
    /// To be recorded now, in this order. At most [`MAX_DUE_EVENTS`]; the rest is due after.
    pub events: Vec<Event>,
    /// Side effects to be run. Each ends in an event, by way of a decision.
    pub side_effects: Vec<E>,
    /// When to ask again if nothing happens before.
    pub again_at: Option<Timestamp>,
}

/// The most events that a room puts in one `due`.
pub const MAX_DUE_EVENTS: usize = 256;
/// The most side effects that a room asks for at once.
pub const MAX_DUE_SIDE_EFFECTS: usize = 64;

impl<E> Default for Due<E> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            side_effects: Vec::new(),
            again_at: None,
        }
    }
}

impl<E> Due<E> {
    /// Asks again at this time, or earlier if something else does.
    pub fn again(&mut self, at: Timestamp) {
        self.again_at = Some(self.again_at.map_or(at, |set| set.min(at)));
    }

    /// Whether nothing is due now.
    pub fn is_at_rest(&self) -> bool {
        self.events.is_empty() && self.side_effects.is_empty()
    }
}

/// A state that the log alone determines.
pub trait Projection: Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Bumped when the state's shape or its folding changes: older snapshots are dropped.
    const SHAPE: u32;
    /// The events of the rooms whose facts it folds, declared with [`hears!`](crate::hears); its
    /// own room is always among them.
    type Hears<'a>: Hears<'a>;
    /// Takes in one event. Never fails; of the log it judges only whether a room could have
    /// recorded it after what stands before, and stops by [`exact`](crate::exact) where none could.
    fn evolve(&mut self, recorded: Recorded, event: Self::Hears<'_>);

    /// Whose facts it folds. Follows from [`Self::Hears`]; no projection says it again.
    const HEARS: &'static [Room] = <Self::Hears<'static> as Hears<'static>>::ROOMS;
    /// The items that have been renamed: what is said of one under another SKU is read under that
    /// which it has. None, for who hears of no item.
    fn renamed(&self) -> &Renamed {
        Renamed::nothing()
    }
    /// Takes in any event of the log: one of a room that it does not hear changes nothing. No
    /// projection says it again.
    fn fold(&mut self, recorded: Recorded, event: &Event) {
        let event = self.renamed().read(event);
        if let Some(heard) = Self::Hears::of(&event) {
            self.evolve(recorded, heard);
        }
    }
}

/// The events of some rooms, by room. Declared with [`hears!`](crate::hears).
pub trait Hears<'a>: Sized {
    /// The rooms, as declared.
    const ROOMS: &'static [Room];
    /// The event, if it is one of theirs.
    fn of(event: &'a Event) -> Option<Self>;
}

/// Declares whose facts a projection folds: an enum of the events of these rooms, and of no
/// others. What it subscribes to and what it must match on follow from the one list.
#[macro_export]
macro_rules! hears {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($room:ident($events:ident)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        #[allow(missing_docs, reason = "each variant is the room of its name")]
        $vis enum $name<'a> {
            $($room(&'a $crate::event::$events),)+
        }

        impl<'a> $crate::decider::Hears<'a> for $name<'a> {
            const ROOMS: &'static [$crate::decider::Room] = &[$($crate::decider::Room::$room),+];

            fn of(event: &'a $crate::event::Event) -> Option<Self> {
                $(
                    if let $crate::event::Event::$room(event) = event {
                        return Some(Self::$room(event));
                    }
                )+
                None
            }
        }
    };
}

/// A room: a projection that makes its own decisions.
///
/// A room with one event and one command:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use backorder_domain::command::{Command, Outcome, RoomState};
/// use backorder_domain::decider::{
///     Decided, Decider, Decision, Due, NoSideEffect, Projection, Recorded, Room,
/// };
/// use backorder_domain::event::{Event, InventoryEvent, LocationDefined};
/// use backorder_domain::ids::{Key, LocationId, Position, Revision, Timestamp};
/// use serde::{Deserialize, Serialize};
///
/// /// The state: the name of each location.
/// #[derive(Default, Clone, Serialize, Deserialize)]
/// struct Places(BTreeMap<LocationId, String>);
///
/// backorder_domain::refusals! {
///     /// Why a location is not defined.
///     PlacesRefusal {
///         /// Nobody could tell it from others.
///         NameMissing {} => Invalid "name", "the location has no name", "give it a name";
///     }
/// }
///
/// backorder_domain::hears! {
///     /// Whose facts it folds.
///     pub enum PlacesHears { Inventory(InventoryEvent) }
/// }
///
/// impl Projection for Places {
///     const SHAPE: u32 = 1;
///     type Hears<'a> = PlacesHears<'a>;
///     fn evolve(&mut self, _recorded: Recorded, heard: PlacesHears<'_>) {
///         let PlacesHears::Inventory(event) = heard;
///         match event {
///             InventoryEvent::LocationDefined(defined) => {
///                 self.0.insert(defined.location.clone(), defined.name.clone());
///             }
///             InventoryEvent::ItemDefined(_)
///             | InventoryEvent::ItemRenamed(_)
///             | InventoryEvent::TimeZoneSet(_)
///             | InventoryEvent::Received(_)
///             | InventoryEvent::Adjusted(_)
///             | InventoryEvent::Counted(_)
///             | InventoryEvent::Moved(_)
///             | InventoryEvent::MoveArrived(_)
///             | InventoryEvent::WaveReleased(_)
///             | InventoryEvent::WaveRecalled(_)
///             | InventoryEvent::ShortPicked(_)
///             | InventoryEvent::Shipped(_)
///             | InventoryEvent::Returned(_)
///             | InventoryEvent::ReplenishmentRequested(_) => {}
///         }
///     }
/// }
///
/// impl Decider for Places {
///     const ROOM: Room = Room::Inventory;
///     type Refusal = PlacesRefusal;
///     type SideEffect = NoSideEffect;
///     fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
///         Due::default()
///     }
/// }
///
/// /// The command: what it asks for is the event, as it is.
/// struct DefinePlace(LocationDefined);
///
/// impl Command<Places> for DefinePlace {
///     fn id(&self) -> Option<Key> {
///         Some(self.0.definition.key())
///     }
///     fn keys(&self) -> Vec<Key> {
///         vec![self.0.location.key()]
///     }
///     fn decide(&self, _: &RoomState<Places>, _now: Timestamp) -> Decision<PlacesRefusal> {
///         if self.0.name.is_empty() {
///             return Err(PlacesRefusal::NameMissing {});
///         }
///         Ok(Decided::Record(self.0.clone().into()))
///     }
///     fn answered_by(event: &Event) -> Option<Self> {
///         LocationDefined::of(event).cloned().map(Self)
///     }
/// }
///
/// let (at, now) = (Position { revision: Revision(1), index: 0 }, Timestamp::from_ms(0));
/// let main_hall = LocationDefined {
///     definition: "d1".into(),
///     location: "main".into(),
///     name: "Main hall".to_owned(),
///     region: None,
///     cost: None,
///     time_zone: None,
/// };
///
/// // Decide, then fold what was recorded: the log is the only way into a state.
/// let mut places = RoomState::<Places>::default();
/// let asked = DefinePlace(main_hall.clone());
/// let Ok(Outcome::Record(event)) = places.decide(&asked, now) else { panic!("it is new") };
/// places.fold(Recorded { position: at, as_of: Revision(0), at: now }, &event);
/// assert_eq!(places.decide(&asked, now), Ok(Outcome::Before(at)));
///
/// let nameless = LocationDefined { definition: "d2".into(), name: String::new(), ..main_hall };
/// let refused = places.decide(&DefinePlace(nameless), now);
/// assert_eq!(refused, Err(PlacesRefusal::NameMissing {}));
/// ```
pub trait Decider: Projection + Clone {
    /// Where it records.
    const ROOM: Room;
    /// How it says no.
    type Refusal: Refusal;
    /// Its side effects.
    type SideEffect: SideEffect;
    /// What it asks for now.
    fn due(&self, now: Timestamp) -> Due<Self::SideEffect>;
    /// Commands of its own that were recorded before this event, whatever became of what they
    /// asked for: if one never was, nobody could record the event. A room may know none.
    fn presumes(&self, _event: &Event) -> Vec<Key> {
        Vec::new()
    }
    /// Which invariants are broken in a sample of the state, by a bug: another sample for another
    /// seed, and bounded in cost however large the state. A room may have nothing to check.
    fn check_some(&self, _seed: u64) -> Vec<String> {
        Vec::new()
    }
}

/// A side effect. It runs at most once at a time, and at least once in all.
pub trait SideEffect: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Which side effect it is: the same key is never under way twice.
    fn key(&self) -> Key;
    /// What it is about, so that its trace goes on from there.
    fn concerns(&self) -> Key;
    /// What it does, in words for whoever must look why it does not come to an end.
    fn told(&self) -> String;
}

/// For rooms without side effects.
#[derive(Debug, Clone, PartialEq)]
pub enum NoSideEffect {}

impl SideEffect for NoSideEffect {
    fn key(&self) -> Key {
        match *self {}
    }
    fn concerns(&self) -> Key {
        match *self {}
    }
    fn told(&self) -> String {
        match *self {}
    }
}

/// The family of a refusal; it decides the gRPC status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request could never be right: `INVALID_ARGUMENT`.
    Invalid,
    /// It names what is not there: `NOT_FOUND`.
    Unknown,
    /// The state forbids it now: `FAILED_PRECONDITION`.
    Precondition,
    /// A bound is reached: `RESOURCE_EXHAUSTED`.
    Exhausted,
}

/// The business saying no. Written with [`refusals!`](crate::refusals).
pub trait Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static {
    /// Every variant, for the table in the docs.
    const TABLE: &'static [RefusalRow];
    /// This refusal's row.
    fn row(&self) -> &'static RefusalRow;
}

/// What is fixed about a refusal.
#[derive(Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// The variant's name, in CamelCase.
    pub variant: &'static str,
    /// Its family.
    pub kind: RefusalKind,
    /// The field of the request that it is about, or empty.
    pub field: &'static str,
    /// What to do next.
    pub remedy: &'static str,
}

impl RefusalRow {
    /// The reason code: the variant in `UPPER_SNAKE_CASE`.
    pub fn reason(&self) -> String {
        let mut reason = String::with_capacity(self.variant.len().plus(8));
        for (index, letter) in self.variant.chars().enumerate() {
            if index > 0 && letter.is_uppercase() {
                reason.push('_');
            }
            reason.push(letter.to_ascii_uppercase());
        }
        reason
    }
}

/// Declares a room's refusals: one variant a rule, with its family, field, message and remedy.
#[macro_export]
macro_rules! refusals {
    ($(#[$doc:meta])* $name:ident {$(
        $(#[$vdoc:meta])*
        $variant:ident {$($field:ident : $type:ty),* $(,)?}
            => $kind:ident $at:literal, $message:literal, $remedy:literal;
    )*}) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, reason = "a field's meaning stands in its variant's message")]
        pub enum $name {$( $(#[$vdoc])* $variant {$($field: $type),*}, )*}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {$(
                    Self::$variant {$($field),*} => write!(f, $message),
                )*}
            }
        }

        impl std::error::Error for $name {}

        impl $crate::decider::Refusal for $name {
            const TABLE: &'static [$crate::decider::RefusalRow] = &[$(
                $crate::decider::RefusalRow {
                    variant: stringify!($variant),
                    kind: $crate::decider::RefusalKind::$kind,
                    field: $at,
                    remedy: $remedy,
                },
            )*];

            fn row(&self) -> &'static $crate::decider::RefusalRow {
                match self {$(
                    Self::$variant {..} => &const { $crate::decider::RefusalRow {
                        variant: stringify!($variant),
                        kind: $crate::decider::RefusalKind::$kind,
                        field: $at,
                        remedy: $remedy,
                    }},
                )*}
            }
        }
    };
}
