//! The bounds of what is read from a file and written into one.

/// The most bytes of a file.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The most interchanges of a file; one with more is refused.
pub const MAX_INTERCHANGES: usize = 1_000;
/// The most transactions of a file; those after it are told and not read.
pub const MAX_TRANSACTIONS: usize = 10_000;
/// The most segments of a transaction.
pub const MAX_SEGMENTS: usize = 100_000;
/// The most bytes of a segment.
pub const MAX_SEGMENT_BYTES: usize = 16_384;
/// The most lines of a document, as of a purchase order.
pub const MAX_LINES: usize = 500;
/// The most items of a stock report, which is no purchase order.
pub const MAX_ITEMS: usize = 10_000;
/// The most orders of one dispatch advice.
pub const MAX_ORDERS: usize = 500;
/// The most parts in which a line may come: the most ACK segments that an 855 has for one.
pub const MAX_PARTS: usize = 104;
/// The most ids of one line.
pub const MAX_IDS: usize = 25;
/// The most units of a line, as in a purchase order.
pub const MAX_UNITS: u32 = 1_000_000_000;
/// The most bytes of a number or an id that is kept: of a document, an order, an article, …
pub const MAX_ID_BYTES: usize = 128;
/// The most notes on an interchange.
pub const MAX_NOTES: usize = 100;
/// A date so many days after that of the interchange means that the date is not known: suppliers
/// who must give one write 2049 or 2099.
pub const UNKNOWN_AFTER_DAYS: u32 = 1_825;
/// The most days after which a profile may say that a date is none: a hundred years.
pub const MAX_UNKNOWN_AFTER_DAYS: u32 = 36_525;
/// The most days from dispatch to arrival that a profile may name.
pub const MAX_TRANSIT_DAYS: u32 = 365;
