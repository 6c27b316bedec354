//! Reading customers' orders from a table: which row is a purchase, which takes one back, which
//! is neither, and why; and lists of items, of stock and of deliveries by the same rules.
//!
//! Pure but for the file it reads from and the temporary files it sorts in, in bounded memory. It
//! calls no service; what reads a file with it (the import, the demo) decides what becomes of each
//! [`Entry`].

mod columns;
mod entries;
mod entry;
mod fields;
mod group;
mod header;
mod lists;
mod number;
mod plain;
mod presets;
mod request;
mod row;
mod sort;
mod source;
mod state;
mod when;

pub use columns::{ColumnError, ColumnMap};
pub use encoding_rs::Encoding;
pub use entries::{Entries, MAX_REMEMBERED};
pub use entry::{Entry, GUEST, Left, Purchase, PurchaseRow, Reason, Return, Taken};
pub use fields::{Field, Kind};
pub use jiff::civil::Date;
pub use jiff::tz::TimeZone;
pub use lists::{
    Bought, Counted, Defined, Delivered, Delivery, EachName, Lines, List, Listed, Names, Owed,
    Sold, Told,
};
pub use number::Decimal;
pub use row::{Asked, MAX_QUANTITY, Row};
pub use source::{ReadAs, Source, SourceError};
pub use state::{Ended, State, States};
pub use when::{Clock, DateFormat};

#[cfg(test)]
mod tests;
