//! What is asked of a room, and the memory that carries each command out once.
//!
//! Pure. Whether a command is new is found out before the room is asked, so a room decides only
//! on commands that are new and remembers none of them.

use std::collections::BTreeSet;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::decider::{Decided, Decider, Decision, Hears, Projection, Recorded, Room};
use crate::event::Event;
use crate::exact::impossible;
use crate::ids::{Key, Position, Sku, Timestamp};
use crate::renamed::Renamed;
use crate::shared::SharedMap;

/// What somebody asks a room to do: what they say, and nothing that the room works out.
pub trait Command<D: Decider>: Send + Sync + 'static {
    /// The id under which it is recorded once, for ever, also if what it asks for is so already:
    /// else a late retry could undo what was asked for since. A command without one is decided on
    /// whenever it comes: the state shows whether it is done.
    fn id(&self) -> Option<Key> {
        None
    }

    /// What it is about. Of two commands with the same id one waits for the next commit, and so it
    /// does of two with the same key, unless [both share it](Self::shares).
    fn keys(&self) -> Vec<Key>;

    /// Whether it may stand in one commit beside others that share this key of it: on this state
    /// none of them changes what another is decided to be, in whatever order they are folded.
    fn shares(&self, _key: Key, _room: &RoomState<D>) -> bool {
        false
    }

    /// Decides on it as on one that is new.
    ///
    /// # Errors
    /// The rule of the room that it breaks.
    fn decide(&self, room: &RoomState<D>, now: Timestamp) -> Decision<D::Refusal>;

    /// What was asked, read back from the event that answers it; nothing from the answer to
    /// another kind of command. Every command with an id has this.
    fn answered_by(_event: &Event) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// A room's state, and the commands that it has recorded. Reads as the room.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomState<D> {
    /// What the log says.
    pub room: D,
    /// Where the answer to each command stands.
    pub commands: Once,
}

impl<D> Deref for RoomState<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.room
    }
}

/// An event as a room hears it, and whole.
impl<'a, H: Hears<'a>> Hears<'a> for (H, &'a Event) {
    const ROOMS: &'static [Room] = H::ROOMS;

    fn of(event: &'a Event) -> Option<Self> {
        H::of(event).map(|heard| (heard, event))
    }
}

impl<D: Decider> Projection for RoomState<D> {
    const SHAPE: u32 = D::SHAPE;
    type Hears<'a> = (D::Hears<'a>, &'a Event);

    fn renamed(&self) -> &Renamed {
        self.room.renamed()
    }

    fn evolve(&mut self, recorded: Recorded, (heard, event): Self::Hears<'_>) {
        let presumed = self.room.presumes(event);
        if presumed
            .into_iter()
            .any(|id| self.commands.find(id).is_none())
        {
            impossible(format_args!(
                "`{}` is of what was never asked for",
                event.tag()
            ));
        }
        self.room.evolve(recorded, heard);
        if event.room() == D::ROOM
            && let Some(answers) = event.answers()
        {
            let before = self.commands.record(answers.command, recorded.position);
            // What ends something has been asked for; everything else is asked for once.
            if before.is_some() != answers.asked_at.is_some() {
                let (tag, times) = (
                    event.tag(),
                    if before.is_some() { "twice" } else { "never" },
                );
                impossible(format_args!("what `{tag}` answers is asked for {times}"));
            }
        }
    }
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "most decisions come to an event, which is moved once"
)]
pub enum Outcome {
    /// This becomes true.
    Record(Event),
    /// It is so already, whoever asked for it.
    Nothing,
    /// A command with this id was recorded before: its answer stands there. Whether the same was
    /// asked is for whoever can read the log to find out, with [`differences`].
    Before(Position),
}

impl<D: Decider> RoomState<D> {
    /// Looks whether the command is new, and decides on it if it is.
    ///
    /// # Errors
    /// The rule of the room that it breaks.
    pub fn decide<C: Command<D> + ?Sized>(
        &self,
        command: &C,
        now: Timestamp,
    ) -> Result<Outcome, D::Refusal> {
        let before = command.id().and_then(|id| self.commands.find(id));
        if let Some(position) = before {
            return Ok(Outcome::Before(position));
        }
        Ok(match command.decide(self, now)? {
            Decided::Record(event) => Outcome::Record(event),
            Decided::Nothing => {
                // Its id must leave its trace, or a late retry would be decided on anew.
                debug_assert!(command.id().is_none(), "a command with an id is recorded");
                Outcome::Nothing
            }
        })
    }
}

/// The commands that were recorded, for ever: 24 bytes each. The content stays on the log.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Once(SharedMap<Key, u64>);

impl Once {
    /// The answer to the command with this id stands at this position.
    /// Returns where the one before stood.
    fn record(&mut self, id: Key, at: Position) -> Option<Position> {
        self.0.insert(id, at.packed()).map(Position::unpacked)
    }

    /// Where the last answer to the command with this id stands: the event that recorded it, or
    /// the one that ended what it asked for.
    pub fn find(&self, id: Key) -> Option<Position> {
        self.0.get(&id).copied().map(Position::unpacked)
    }

    /// How many commands are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The most differences that are told.
const MAX_DIFFERENCES: usize = 16;

/// Where what is asked differs from what was asked under the same id, which this event answers:
/// one line a field, `path: was recorded, is asked`. A field that is not serialised is not
/// compared.
pub fn differences<D, C>(recorded: &Event, asked: &C) -> Vec<String>
where
    D: Decider,
    C: Command<D> + Serialize,
{
    Compared::of(recorded, asked, Renamed::nothing())
}

impl<D: Decider> RoomState<D> {
    /// As [`differences`] says; the names that one item has had are no difference.
    pub fn differences<C>(&self, recorded: &Event, asked: &C) -> Vec<String>
    where
        C: Command<D> + Serialize,
    {
        Compared::of(recorded, asked, self.room.renamed())
    }
}

/// Two contents, as far as they were compared.
struct Compared<'a> {
    renamed: &'a Renamed,
    found: Vec<String>,
}

impl Compared<'_> {
    fn of<D, C>(recorded: &Event, asked: &C, renamed: &Renamed) -> Vec<String>
    where
        D: Decider,
        C: Command<D> + Serialize,
    {
        let Some(was) = C::answered_by(recorded) else {
            let tag = recorded.tag();
            return vec![format!("type: {tag} recorded, something else asked")];
        };
        let value = |command: &C| serde_json::to_value(command).unwrap_or_default();
        let mut compared = Compared {
            renamed,
            found: Vec::new(),
        };
        compared.differ("", &value(&was), &value(asked));
        compared.found
    }

    fn differ(&mut self, path: &str, was: &Value, is: &Value) {
        use Value::{Array, Object};
        if self.found.len() >= MAX_DIFFERENCES || was == is {
            return;
        }
        match (was, is) {
            (Object(left), Object(right)) => {
                let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
                for name in names {
                    let (a, b) = (left.get(name), right.get(name));
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    let (a, b) = (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null));
                    self.differ(&path, a, b);
                }
            }
            (Array(left), Array(right)) if left.len() == right.len() => {
                for (index, (a, b)) in left.iter().zip(right).enumerate() {
                    self.differ(&format!("{path}[{index}]"), a, b);
                }
            }
            (Array(left), Array(right)) => self.found.push(format!(
                "{path}: {} entries recorded, {} asked",
                left.len(),
                right.len()
            )),
            _ if self.is_one_item(path, was, is) => {}
            _ => self
                .found
                .push(format!("{path}: {was} recorded, {is} asked")),
        }
    }

    /// Whether these are two names of one item.
    fn is_one_item(&self, path: &str, was: &Value, is: &Value) -> bool {
        let field = path.rsplit('.').next().unwrap_or(path);
        let field = field.split('[').next().unwrap_or(field);
        let names = matches!(field, "sku" | "skus" | "alternatives");
        let (Some(was), Some(is)) = (was.as_str(), is.as_str()) else {
            return false;
        };
        names && self.renamed.now(&Sku::from(was)) == self.renamed.now(&Sku::from(is))
    }
}
