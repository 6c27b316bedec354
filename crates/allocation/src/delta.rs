//! What changed in a line: one record, which each owner of state folds. Must not know what follows
//! from it.

use super::entry::{Heard, Waiting};
use super::line::{At, LineUnits};
use super::measures::{Counted, Happened, State};
use super::queue_key::QueueKey;

/// A line before and after something happened to it.
#[derive(Debug)]
pub(super) struct LineDelta {
    /// Its address in the book.
    pub at: At,
    /// Its SKU's number.
    pub sku: u32,
    pub queue_key: QueueKey,
    /// It takes all of its units or none, alone or with its order's other lines.
    pub whole: bool,
    pub counted: Counted,
    /// What happened to it.
    pub happened: Happened,
    /// What its customer was told with it.
    pub heard: Option<Heard>,
    pub was: LineUnits,
    pub is: LineUnits,
    /// Where more of its stock is reserved than before, or less.
    pub moved: Moved,
}

/// Places at which more units are reserved than before, or fewer if below zero.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Most lines have their stock in one place, and need no list.
    first: Option<(u16, i64)>,
    others: Vec<(u16, i64)>,
}

/// What a line's queue says of it, before and after a change; nothing where nothing of it waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waited {
    pub was: Option<Waiting>,
    pub is: Option<Waiting>,
}

impl Moved {
    /// So many units more at a place, or fewer.
    pub fn push(&mut self, place: u16, units: i64) {
        match self.first {
            None => self.first = Some((place, units)),
            Some(_) => self.others.push((place, units)),
        }
    }

    /// Places, each with its change.
    pub fn iter(&self) -> impl Iterator<Item = (u16, i64)> + '_ {
        self.first.iter().chain(&self.others).copied()
    }
}

impl LineDelta {
    /// What is measured of it, in order: what happened, and what waited before and after.
    pub fn measured(&self, waited: &Waited) -> impl Iterator<Item = (Happened, (State, State))> {
        let state = |entry: Option<Waiting>| {
            entry.map_or_else(State::default, |entry| entry.state(entry.units))
        };
        let states = (state(waited.was), state(waited.is));
        if self.heard.is_none() || self.happened == Happened::Promised {
            return std::iter::once((self.happened, states)).chain(None);
        }
        // To wait and to be told so are two things, though they come in one go.
        let first = (self.happened, <(State, State)>::default());
        std::iter::once(first).chain(Some((Happened::Promised, states)))
    }

    /// All of its units have stock, were given up or were refused: none waits any more.
    pub const fn leaves_queue(&self) -> bool {
        self.was.waiting > 0 && self.is.waiting == 0
    }

    /// It is decided on at the door.
    pub const fn leaves_door(&self) -> bool {
        self.was.door > 0 && self.is.door == 0
    }
}
