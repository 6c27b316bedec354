//! The bounds of the service itself. A call beyond one is refused.

/// The most runs that are previewed at once, each on copies of the state; one more is refused.
pub const MAX_PREVIEWS: usize = 2;

/// The most questions of why that are answered at once: each reads up to some hundred events, and
/// keeps a few past states. One more waits for a few seconds and is then refused.
pub const MAX_QUESTIONS: usize = 8;
