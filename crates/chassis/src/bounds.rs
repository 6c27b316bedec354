//! Bounds that a room keeps and that its refusals name.

/// Commands that wait for one key, such as an order; so they leave room for all others. As they are
/// recorded one a commit, more would wait for a second and longer.
pub const MAX_WAITING_FOR_A_KEY: usize = 256;
