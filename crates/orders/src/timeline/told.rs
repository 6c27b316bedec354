//! What events say of one order, and how many things are told in a sentence.

use domain::demand::{LineChange, LineChanges};
use domain::event::{Effect, Event, Passage};
use domain::ids::{OrderId, Position, Timestamp};

/// The most effects of one settling that its sentence names; of more it says how many.
const MAX_TOLD_EFFECTS: usize = 8;

/// What an event says of the order, and where it stands.
pub(super) struct Told {
    pub position: Position,
    pub at: Timestamp,
    pub passage: Passage,
}

impl Told {
    pub const fn event(&self) -> Option<&Event> {
        match &self.passage {
            Passage::Event(event) => Some(event),
            Passage::Effects(_) => None,
        }
    }

    /// What it does to lines of the order.
    pub fn line_changes<'a>(&'a self, id: &'a OrderId) -> impl Iterator<Item = LineChange<'a>> {
        let changes = match &self.passage {
            Passage::Event(event) => event.line_changes(),
            Passage::Effects(effects) => LineChanges::of_effects(effects),
        };
        changes.filter(move |it| it.order == id)
    }

    pub fn effects(&self) -> &[Effect] {
        match &self.passage {
            Passage::Event(event) => event.effects(),
            Passage::Effects(effects) => effects,
        }
    }
}

/// The first of them, and of more than that how many.
pub(super) fn joined(parts: impl ExactSizeIterator<Item = String>) -> String {
    let more = parts.len().saturating_sub(MAX_TOLD_EFFECTS);
    let told: Vec<String> = parts.take(MAX_TOLD_EFFECTS).collect();
    let told = told.join("; ");
    if more == 0 {
        told
    } else {
        format!("{told}; and {more} more")
    }
}
