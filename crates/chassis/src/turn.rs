//! A room's turn at the log, without the log: fold what came, draft the next commit.
//!
//! Knows no time, no task and no network, so that the service's loop and the seeded simulation
//! run the same code.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use domain::command::{Command, Outcome, RoomState};
use domain::decider::{Decider, Projection, Recorded, Room};
use domain::event::{Commit, Event, MAX_COMMIT_BYTES, MAX_COMMIT_EVENTS};
use domain::ids::{Key, Position, Revision, Timestamp};
use event_log::{Encoded, Logged};

use crate::broken::{Broken, or_broken};

/// A room's state and how far it has folded the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Folded<D> {
    /// What the log says, up to `revision`.
    pub state: RoomState<D>,
    /// The last commit seen, heard or not.
    pub revision: Revision,
    /// The room's own last commit: what the next append expects.
    pub own: Revision,
}

impl<D: Decider> Folded<D> {
    /// Takes in one commit. One that was folded before changes nothing.
    ///
    /// # Errors
    /// The event that broke an invariant. The state is not to be used any more.
    pub fn fold(&mut self, logged: &Logged) -> Result<(), Broken> {
        if logged.revision <= self.revision {
            return Ok(());
        }
        self.revision = logged.revision;
        if logged.room == D::ROOM {
            self.own = logged.revision;
        }
        if !D::HEARS.contains(&logged.room) {
            return Ok(());
        }
        let first = Position {
            revision: logged.revision,
            index: 0,
        };
        or_broken(D::ROOM, first, "folded an event", |position| {
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                position.index = index;
                let recorded = Recorded {
                    position: *position,
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                };
                self.state.fold(recorded, event);
            }
        })
    }

    /// Looks for broken invariants in a sample of the state, another one at each revision.
    ///
    /// # Errors
    /// What was found. The state is not to be used any more.
    pub fn check_some(&self) -> Result<(), Broken> {
        let last = Position {
            revision: self.revision,
            index: 0,
        };
        let look = |_: &mut Position| self.state.check_some(self.revision.0);
        let wrong = or_broken(D::ROOM, last, "checked itself", look)?;
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Broken {
            room: D::ROOM,
            position: last,
            doing: "checked itself",
            reason: wrong.join("; "),
        })
    }
}

/// What became of a command that was offered to a draft.
#[derive(Debug, PartialEq)]
pub enum Offer<R> {
    /// Its event is in the draft, at this index.
    Taken(u32),
    /// It must wait for the next commit: one of its keys is taken, this one.
    Later(Key),
    /// It must wait for the next commit: the draft is full.
    Full,
    /// It needs no event: it is so already.
    Nothing,
    /// It was recorded before, there; compare what was asked.
    Before(Position),
    /// The room says no.
    Refused(R),
}

/// A commit being put together: decisions on one folded state, no two about the same key that do
/// not share it.
#[derive(Debug)]
pub struct Draft {
    room: Room,
    as_of: Revision,
    expected: Revision,
    at: Timestamp,
    /// What is decided, and the same in the words of the wire.
    events: Vec<Event>,
    text: String,
    count: u32,
    tags: BTreeMap<&'static str, u32>,
    /// What is decided on, and whether all that are about it share it.
    keys: BTreeMap<Key, bool>,
    traces: BTreeMap<u32, String>,
}

/// What a command is about, whichever name of an item it says: two that name one differently do not
/// stand beside each other.
fn called_now<'a, D: Decider>(state: &RoomState<D>, keys: &'a [Key]) -> Cow<'a, [Key]> {
    let renamed = state.room.renamed();
    if renamed.is_empty() {
        return Cow::Borrowed(keys);
    }
    keys.iter().map(|key| renamed.key(*key)).collect()
}

/// Bytes kept free for a commit's own fields and its traces.
const ENVELOPE_BYTES: usize = 1_024;
/// Bytes that a `traceparent` takes in a commit.
const TRACE_BYTES: usize = 80;

impl Draft {
    /// An empty draft on this state at this time.
    pub fn new<D: Decider>(folded: &Folded<D>, at: Timestamp) -> Self {
        Self {
            room: D::ROOM,
            as_of: folded.revision,
            expected: folded.own,
            at,
            events: Vec::new(),
            text: String::new(),
            count: 0,
            tags: BTreeMap::new(),
            keys: BTreeMap::new(),
            traces: BTreeMap::new(),
        }
    }

    /// Nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many events are in it.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The event added last.
    pub fn last(&self) -> Option<&Event> {
        self.events.last()
    }

    /// What its room's last commit must be.
    pub const fn expected(&self) -> Revision {
        self.expected
    }

    /// Adds an event that is due. Returns its index, or `None` when the draft is full.
    pub fn due(&mut self, event: Event) -> Option<u32> {
        let concerns = event.concerns();
        let index = self.push(event)?;
        self.keys
            .extend(concerns.into_iter().map(|key| (key, false)));
        Some(index)
    }

    /// Lets a command be decided on, if its keys (its id among them) are free, or shared by it and
    /// all others that have them, and there is room.
    pub fn offer<D: Decider>(
        &mut self,
        state: &RoomState<D>,
        command: &dyn Command<D>,
        keys: &[Key],
    ) -> Offer<D::Refusal> {
        let keys = &*called_now(state, keys);
        let (event, concerns) = match self.judge(state, command, keys) {
            Ok(decided) => decided,
            Err(offer) => return offer,
        };
        let Some(index) = self.push(event) else {
            return Offer::Full;
        };
        let shared = |key: &Key| (*key, command.shares(*key, state));
        self.keys.extend(keys.iter().map(shared));
        self.keys
            .extend(concerns.into_iter().map(|key| (key, false)));
        Offer::Taken(index)
    }

    /// Decides on a command as [`Self::offer`] does, and adds nothing. It is fine if the draft
    /// would take its event.
    ///
    /// # Errors
    /// What becomes of it otherwise.
    pub fn weigh<D: Decider>(
        &self,
        state: &RoomState<D>,
        command: &dyn Command<D>,
        keys: &[Key],
    ) -> Result<(), Offer<D::Refusal>> {
        let keys = called_now(state, keys);
        self.judge(state, command, &keys).map(|_decided| ())
    }

    /// The event that a command comes to, and what else it is about than its caller said.
    fn judge<D: Decider>(
        &self,
        state: &RoomState<D>,
        command: &dyn Command<D>,
        keys: &[Key],
    ) -> Result<(Event, Vec<Key>), Offer<D::Refusal>> {
        let meets = |key: &Key| match self.keys.get(key) {
            None => false,
            Some(shared) => !shared || !command.shares(*key, state),
        };
        if self.is_full() {
            return Err(Offer::Full);
        }
        if let Some(key) = keys.iter().copied().find(meets) {
            return Err(Offer::Later(key));
        }
        match state.decide(command, self.at) {
            Ok(Outcome::Record(event)) => {
                // What a decision turns out to be about may be more than its caller could say.
                let mut concerns = called_now(state, &event.concerns()).into_owned();
                concerns.retain(|key| !keys.contains(key));
                let taken = |key: &Key| self.keys.contains_key(key);
                match concerns.iter().copied().find(taken) {
                    Some(key) => Err(Offer::Later(key)),
                    None => Ok((event, concerns)),
                }
            }
            Ok(Outcome::Nothing) => Err(Offer::Nothing),
            Ok(Outcome::Before(at)) => Err(Offer::Before(at)),
            Err(refusal) => Err(Offer::Refused(refusal)),
        }
    }

    /// Names the request that caused an event.
    pub fn trace(&mut self, index: u32, traceparent: String) {
        self.traces.insert(index, traceparent);
    }

    fn is_full(&self) -> bool {
        usize::try_from(self.count).is_ok_and(|count| count >= MAX_COMMIT_EVENTS)
    }

    fn push(&mut self, event: Event) -> Option<u32> {
        let (room, tag, whose) = (self.room, event.tag(), event.room());
        // No reader takes it, so it would stop the whole cell: the room stops before.
        assert!(
            whose == room,
            "{room} decided on `{tag}`, which is a fact of {whose}"
        );
        let text = serde_json::to_string(&event).ok()?;
        let used = self.text.len().saturating_add(text.len());
        let traces = self.traces.len().saturating_mul(TRACE_BYTES);
        let most = MAX_COMMIT_BYTES
            .saturating_sub(ENVELOPE_BYTES)
            .saturating_sub(traces);
        // A single event is let through whatever its size: the log refuses one over the bound,
        // and says so, where here it would only wait for ever.
        if self.count > 0 && (self.is_full() || used > most) {
            return None;
        }
        if self.count > 0 {
            self.text.push(',');
        }
        self.text.push_str(&text);
        let index = self.count;
        self.count = self.count.saturating_add(1);
        let tag = self.tags.entry(event.tag()).or_default();
        *tag = tag.saturating_add(1);
        self.events.push(event);
        Some(index)
    }

    /// The commit, and the same in the words of the wire. Events were written once, when they were
    /// decided.
    pub fn encode(self) -> (Arc<Commit>, Encoded) {
        let mut body = self.text;
        body.insert_str(
            0,
            &format!(
                "{{\"as_of\":{},\"at\":\"{}\",\"events\":[",
                self.as_of, self.at
            ),
        );
        body.push(']');
        if !self.traces.is_empty() {
            body.push_str(",\"traces\":");
            body.push_str(&serde_json::to_string(&self.traces).unwrap_or_default());
        }
        body.push('}');
        let mut types = String::new();
        for (tag, count) in self.tags {
            let space = if types.is_empty() { "" } else { " " };
            let _infallible = write!(types, "{space}{tag}={count}");
        }
        let commit = Arc::new(Commit {
            as_of: self.as_of,
            at: self.at,
            events: self.events,
            traces: self.traces,
        });
        let encoded = Encoded {
            body: body.into(),
            commit: Some(Arc::clone(&commit)),
            types,
        };
        (commit, encoded)
    }
}
