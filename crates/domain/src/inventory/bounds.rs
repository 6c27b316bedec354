//! The bounds of what inventory takes in. A request beyond one is refused.

/// The most lines in one receipt or shipment, as many as an order has; a larger one is split.
pub const MAX_LINES: usize = 1_000;
/// The most units that one line or one correction moves, and that one request asks suppliers for.
pub const MAX_UNITS: u32 = 10_000_000;
/// The most units of an SKU at one location. With it no sum over locations can overflow, and the
/// totals ever received or shipped could only after a million million full lines.
pub const MAX_ON_HAND: u64 = 1_000_000_000_000;
/// The most lines in one wave.
pub const MAX_WAVE_LINES: u32 = 1_000;
/// The most reserved lines of a location that one wave looks at, the best-ranked first: with a
/// filter, few of them may be what is asked for.
pub const MAX_WAVE_LOOKS: usize = 200_000;
/// The most locations of a cell, so that one item's stock at all of them is one answer.
pub const MAX_LOCATIONS: usize = 5_000;
/// The most moves that travel at once; more are refused until some have come.
pub const MAX_TRAVELS: usize = 5_000;
/// The most bytes of ids in one wave, so that it fits a commit; the rest waits for the next.
pub const MAX_WAVE_BYTES: usize = 128 * 1024;
/// The most bytes of what a wave is asked for, beside these.
pub const MAX_FILTER_BYTES: usize = 64 * 1024;
/// The highest cap or order-up-to level, in units.
pub const MAX_CAP: u32 = 1_000_000_000;
/// The longest wait or lead time, in days.
pub const MAX_DAYS: u32 = 3_650;
/// The most alternatives of one item.
pub const MAX_ALTERNATIVES: usize = 16;
/// The most channels, and the most tiers, for which units of one item are kept.
pub const MAX_LEVELS: usize = 16;
/// The longest name of a channel, in characters: as long as an order's may be.
pub const MAX_CHANNEL_CHARS: usize = 64;
/// The longest time for which something else is offered, in days.
pub const MAX_OFFER_DAYS: u32 = 90;
/// The longest description, name or region, in bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// The longest reason or tracking number, in bytes.
pub const MAX_REASON_BYTES: usize = 128;
/// The longest name of whose word something is, in characters.
pub const MAX_WHOSE_CHARS: usize = 100;
