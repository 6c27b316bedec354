//! The bounds of what orders takes in. A request beyond one is refused.

/// The most lines of one order.
pub const MAX_LINES: usize = 1_000;
/// The most units of one line.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// The longest name of a channel, in characters.
pub const MAX_CHANNEL_CHARS: usize = 64;
/// The longest name of a country or region, in characters.
pub const MAX_COUNTRY_CHARS: usize = 64;
/// The longest e-mail address, in bytes (RFC 5321's path of 256, less its brackets).
pub const MAX_EMAIL_BYTES: usize = 254;
/// The longest reason for a cancellation, in characters.
pub const MAX_REASON_CHARS: usize = 500;
/// The longest name of who asks for an amendment, in characters.
pub const MAX_WHOSE_CHARS: usize = 100;
/// The most days after it was placed for which an order may be requested.
pub const MAX_REQUESTED_DAYS: i64 = 3_660;
/// How many hours ago an order that is taken here may say that it was placed, where the settings
/// say nothing else: who placed first comes first, so nobody may say just any time.
pub const MAX_BACKDATING_HOURS: u32 = 24;
/// The most that an order can press; 1 is the least.
pub const MAX_URGENCY: u8 = 5;
/// The most channels that open orders name at a time. The orders of one commit are decided on one
/// state, so they may pass this bound, and those below, by the events of a commit.
pub const MAX_CHANNELS: usize = 1_000;
/// The most tiers that open orders name at a time.
pub const MAX_TIERS: usize = 1_000;
/// The most regions that open orders name at a time: the world has about 5,000 (ISO 3166-2).
pub const MAX_REGIONS: usize = 10_000;

/// The most orders that are suspended at once.
pub const MAX_SUSPENDED: usize = 10_000;
/// Days after which a suspended order is told of as one that needs a person.
pub const SUSPENDED_LONG_DAYS: i64 = 3;
