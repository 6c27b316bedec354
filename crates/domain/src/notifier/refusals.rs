//! Why the notifier refuses a command: it never does.

use crate::decider::{Refusal, RefusalRow};

/// Nobody commands this room: what it records happened outside, so it refuses nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum NotifierRefusal {}

impl std::fmt::Display for NotifierRefusal {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for NotifierRefusal {}

impl Refusal for NotifierRefusal {
    const TABLE: &'static [RefusalRow] = &[];

    fn row(&self) -> &'static RefusalRow {
        match *self {}
    }
}
