//! A cell that has come to rest forgets what was in line to be looked at. Must not decide.

use domain::event::{Event, Settled};

use crate::fixture::Cell;

impl Cell {
    /// All was decided, as the next event about any other item says: what is looked at again is
    /// what later facts ask for, not what was left in line.
    pub fn rest(&mut self) {
        self.fold(&at_rest());
        assert_eq!(self.allocator.touched(), 0);
    }
}

/// Nothing is due: what is said of it in a log that is told again.
pub fn at_rest() -> Event {
    Event::from(Settled {
        rule: 0,
        effects: Vec::new(),
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    })
}
