//! The bounds of what the supplier gateway takes in, sends and keeps.

/// The most lines of one purchase order; the rest goes on the next one.
pub const MAX_PO_LINES: usize = 500;
/// The most lines over all purchase orders of one `due`, so that they fit in a commit.
pub const MAX_DUE_LINES: usize = 800;
/// The most bytes of a supplier's id: purchase orders' and messages' ids are made from it.
pub const MAX_SUPPLIER_ID_BYTES: usize = 64;
/// The most bytes of a supplier's name, and of a reason in their words.
pub const MAX_TEXT_BYTES: usize = 500;
/// The most suppliers; another one is refused.
pub const MAX_SUPPLIERS: usize = 10_000;
/// The longest lead time that can be defined.
pub const MAX_LEAD_TIME_DAYS: u32 = 3_650;
/// The widest spread that can be defined.
pub const MAX_SPREAD_DAYS: u32 = 365;
/// The latest date that a supplier may name, after the order.
pub const MAX_ETA_DAYS: i64 = 5_000;
/// The most terms of suppliers' items, over all suppliers; another one is refused.
pub const MAX_SUPPLIER_ITEMS: usize = 200_000;
/// The longest number that a supplier has for an item, in bytes; X12 has at most 48.
pub const MAX_SUPPLIER_SKU_BYTES: usize = 48;
/// The most GTINs of an item of one supplier: of a piece, and of each of its packs.
pub const MAX_GTINS: usize = 10;
/// The most units of measure that are packs of an item of one supplier.
pub const MAX_PACKS: usize = 10;
/// The most units in a pack.
pub const MAX_PACK_UNITS: u32 = 1_000_000;
/// The most dispatches of one purchase order.
pub const MAX_DISPATCHES: usize = 50;
/// How many of a purchase order's events are remembered by where they stand; the latest ones.
pub const MAX_SAID: usize = 100;
/// How many closed purchase orders are kept for questions; an older one is on the log only.
pub const MAX_CLOSED_KEPT: usize = 1_000;
/// How many lines closed purchase orders may keep in all.
pub const MAX_CLOSED_LINES: usize = 20_000;
/// The most purchase orders that are open when somebody makes another one.
pub const MAX_OPEN_ORDERS: usize = 100_000;
/// The longest name of who says something, in bytes.
pub const MAX_WHO_BYTES: usize = 200;
/// The most parts in which a line may come: the most that an EDI X12 855 can say of one.
pub const MAX_PARTS: usize = 104;
/// The most parts of one message.
pub const MAX_MESSAGE_PARTS: usize = 2_000;
/// The most units of a line, with all that a supplier adds and all that has come: sums of them
/// are exact in every room.
pub const MAX_LINE_UNITS: u32 = 1_000_000_000;
