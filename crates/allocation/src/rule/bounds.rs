//! The bounds of a ranking rule.

/// The most days by which anything makes an order count as placed earlier, and all of it together.
pub const MAX_BOOST_DAYS: u32 = 3_650;
/// The most tiers that a rule names.
pub const MAX_TIERS: usize = 64;
/// The most steps for an order's value, and for what a customer has spent.
pub const MAX_STEPS: usize = 32;
/// The longest explanation, in characters.
pub const MAX_EXPLANATION_CHARS: usize = 500;
/// How many urgencies there are; a rule names days for all of them or none.
pub const URGENCIES: usize = 5;
