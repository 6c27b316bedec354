//! Which command an event answers.

use crate::ids::{Key, Position};

/// The command that an event answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// The command's id.
    pub command: Key,
    /// Where what was asked stands, if not in this event: what it asked for has come to its end.
    pub asked_at: Option<Position>,
}

impl Answers {
    pub(super) const fn to(command: Key) -> Option<Self> {
        Some(Self {
            command,
            asked_at: None,
        })
    }
}
