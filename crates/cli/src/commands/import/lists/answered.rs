//! What a service answers to one thing of a list.

/// What was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) revision: u64,
    pub(super) repeated: bool,
    pub(super) validated: bool,
}
