//! The bounds of the service itself. A call beyond one is refused.

/// The most runs that are previewed at once, each on copies of the state; one more is refused.
pub const MAX_PREVIEWS: usize = 2;
