//! Reading customers' orders from a table: which row is a purchase, which takes one back, which
//! is neither, and why.
//!
//! Pure but for the file it reads from, in bounded memory. It calls no service; what reads a file
//! with it (the import, the demo) decides what becomes of each [`Entry`].

mod columns;
mod entry;
mod group;
mod ledger;
mod request;
mod row;
mod source;

pub use columns::{ColumnError, ColumnMap, Columns, Field};
pub use entry::{Entry, GUEST, Left, Purchase, PurchaseRow, Reason, Return};
pub use group::{Entries, OPEN_PURCHASES};
pub use ledger::{Ledger, MAX_REMEMBERED, Taken};
pub use row::{MAX_QUANTITY, Row};
pub use source::{Source, SourceError};

#[cfg(test)]
mod tests;
