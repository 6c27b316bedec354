//! What suppliers say in EDI messages, and what we write to them: ASC X12 and UN/EDIFACT.
//!
//! Pure: bytes in, documents out, and what these come to for a purchase order that is given. It
//! opens no file and calls no service; whoever reads a file with it decides what becomes of each
//! [`Transaction`]. A transaction that breaks a rule is refused with the rule and its place, and
//! those beside it are read. `docs/edi.md` says which element and code becomes which fact.

mod bounds;
mod context;
mod counted;
mod dispatched;
mod edifact;
mod facts;
mod fault;
mod interchange;
mod order;
mod parts;
mod profile;
mod quantity;
mod said;
mod text;
mod value;
mod words;
mod x12;

pub use bounds::{
    MAX_FILE_BYTES, MAX_ID_BYTES, MAX_INTERCHANGES, MAX_LINES, MAX_ORDERS, MAX_PARTS,
    MAX_SEGMENT_BYTES, MAX_SEGMENTS, MAX_TRANSACTIONS, MAX_TRANSIT_DAYS, MAX_UNITS,
    MAX_UNKNOWN_AFTER_DAYS, UNKNOWN_AFTER_DAYS,
};
pub use counted::{Counted, Measure};
pub use facts::{
    Fact, KnownDispatch, KnownLine, KnownOrder, LineSteps, MessageId, ScheduledLine, Unplaced,
    message_id, of_answer, of_dispatch,
};
pub use fault::{Fault, Reason};
pub use interchange::{Group, Interchange, Party, Standard, Transaction};
pub use jiff::civil::{Date, DateTime};
pub use order::{
    Envelope, Order, OrderLine, Unwritable, control_of, write_cancellation, write_order,
    write_receipt,
};
pub use profile::{Articles, Profile};
pub use quantity::Quantity;
pub use said::{
    ArticleId, DispatchAdvice, DispatchedLine, Document, LineAnswer, LineRef, OrderAnswer,
    OrderDispatch, Others, Part, Purpose, Receipt, StockAdvice, StockItem, TransactionReceipt,
    Verdict, When, Whose,
};

/// Reads all interchanges of a file, of either standard, in the order in which they stand. Empty
/// where there is none.
///
/// # Errors
/// [`Reason::TooLarge`]: more bytes than [`MAX_FILE_BYTES`], or more interchanges than
/// [`MAX_INTERCHANGES`]; nothing is read then.
pub fn read(bytes: &[u8], profile: &Profile) -> Result<Vec<Interchange>, Reason> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Reason::TooLarge {
            what: "bytes",
            most: MAX_FILE_BYTES,
        });
    }
    let text = text::read(bytes);
    let mut interchanges = Vec::new();
    let mut left = MAX_TRANSACTIONS;
    let mut at = 0;
    let (mut in_x12, mut in_edifact) = (x12::find(&text, 0), edifact::find(&text, 0));
    loop {
        if in_x12.is_some_and(|found| found < at) {
            in_x12 = x12::find(&text, at);
        }
        if in_edifact.is_some_and(|found| found < at) {
            in_edifact = edifact::find(&text, at);
        }
        let is_x12 = match (in_x12, in_edifact) {
            (None, None) => return Ok(interchanges),
            (Some(one), Some(other)) => one < other,
            (Some(_), None) => true,
            (None, Some(_)) => false,
        };
        if interchanges.len() >= MAX_INTERCHANGES {
            return Err(Reason::TooLarge {
                what: "interchanges",
                most: MAX_INTERCHANGES,
            });
        }
        let from = if is_x12 { in_x12 } else { in_edifact }.unwrap_or(at);
        let (interchange, ends) = if is_x12 {
            x12::read(&text, from, profile, &mut left)
        } else {
            edifact::read(&text, from, profile, &mut left)
        };
        interchanges.push(interchange);
        at = ends.max(from.saturating_add(1));
    }
}
