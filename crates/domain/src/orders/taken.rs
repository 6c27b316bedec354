//! Where an order was taken. Must not know what it asks for.

/// Where an order was taken, and so how far back it may say that it was placed: who placed first
/// comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// In this shop.
    Here {
        /// So long ago at most.
        within_ms: i64,
    },
    /// In another one, whose orders are carried over: at any time since 1970.
    Elsewhere,
}
