//! What a message says, in the terms of a purchase order. Must not know a standard's segments.

use jiff::civil::Date;

use crate::bounds::{MAX_IDS, MAX_PARTS};
use crate::fault::Reason;
use crate::quantity::Quantity;

/// What one transaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// What the supplier says of an order: 855, 865, ORDRSP.
    Answer(OrderAnswer),
    /// Goods left: 856, DESADV.
    Dispatch(DispatchAdvice),
    /// What the supplier has: 846, INVRPT. It is advice and promises nothing.
    Stock(StockAdvice),
    /// Whether what we sent was read: 997, CONTRL.
    Receipt(Receipt),
}

/// What a message does with an earlier one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is the first, or stands beside others.
    Original,
    /// What was said before no longer holds.
    Cancels,
    /// It stands in place of what was said before.
    Replaces,
}

/// What the supplier says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderAnswer {
    /// What it does with an earlier answer.
    pub purpose: Purpose,
    /// Our number of the order.
    pub order: String,
    /// The answer's or the supplier's own number; may be empty.
    pub number: String,
    /// The day of the answer.
    pub date: Option<Date>,
    /// What holds for lines of the order that it does not name.
    pub others: Others,
    /// The lines that it names.
    pub lines: Vec<LineAnswer>,
}

/// What holds for lines that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing is said of them.
    Unsaid,
    /// All that is ordered comes.
    Come(When),
    /// They do not come.
    Refused,
}

/// What is said of one line: of all of its units, those that have left included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAnswer {
    /// Which line.
    pub line: LineRef,
    /// Units ordered, by the answer.
    pub ordered: Option<Quantity>,
    /// The parts in which it comes, dated ones first; none: nothing comes. Absent: the order
    /// stands as it was.
    pub parts: Option<Vec<Part>>,
    /// Units that will not come, where the answer says so.
    pub refused: Quantity,
    /// What somebody has to approve, in words.
    pub approve: Vec<String>,
    /// Where it stands: the segment's number in the interchange.
    pub segment: usize,
}

/// Units of a line that come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many; absent: the rest of the line, by the order itself. In one part of a line at most.
    pub quantity: Option<Quantity>,
    /// When.
    pub when: When,
}

/// When goods come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// They arrive on this day.
    On(Date),
    /// The supplier names no date: as it is known.
    AsKnown,
    /// The supplier does not know.
    Unknown,
}

/// How a message names a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineRef {
    /// The line's number as it is given; often text, or missing.
    pub number: String,
    /// It is the number of a line of our order, given back. Else the message counts its own lines.
    pub is_ours: bool,
    /// Articles, in the message's order.
    pub ids: Vec<ArticleId>,
}

/// An article, by somebody's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleId {
    /// Whose.
    pub of: Whose,
    /// The number.
    pub id: String,
}

/// Whose number of an article it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// GS1's: GTIN, EAN, UPC; ISBN.
    Gtin,
    /// The supplier's or the maker's.
    Supplier,
    /// Ours.
    Buyer,
    /// Nobody says.
    Other,
}

/// A name of an article as it is compared: a UPC of 12 digits is the EAN of 13 with a zero before
/// it, and a GTIN of 14 with two.
pub(crate) fn bare(name: &str) -> &str {
    let is_number = name.len() >= 8 && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        name.trim_start_matches('0')
    } else {
        name
    }
}

impl LineRef {
    pub(crate) fn add(&mut self, of: Whose, id: &str) -> Result<(), Reason> {
        if id.is_empty() || self.ids.iter().any(|known| known.id == id) {
            return Ok(());
        }
        if self.ids.len() >= MAX_IDS {
            return Err(Reason::TooLarge {
                what: "ids of one line",
                most: MAX_IDS,
            });
        }
        let id = id.to_owned();
        self.ids.push(ArticleId { of, id });
        Ok(())
    }

    /// Whether anything names it.
    pub(crate) fn check(self) -> Result<Self, Reason> {
        if self.number.is_empty() && self.ids.is_empty() {
            return Err(Reason::NoLine);
        }
        Ok(self)
    }
}

/// Goods that left the supplier together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchAdvice {
    /// What it does with an earlier advice.
    pub purpose: Purpose,
    /// Its number; where it has none, those of its interchange and its transaction.
    pub number: String,
    /// The day on which the goods left, if it is said.
    pub left: Option<Date>,
    /// What is in it, by order.
    pub orders: Vec<OrderDispatch>,
}

/// What of one order left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDispatch {
    /// Our number of the order.
    pub order: String,
    /// When it is to arrive: of several dates, the last.
    pub arrives: Date,
    /// The lines of which something left, each once.
    pub lines: Vec<DispatchedLine>,
}

/// Units of one line that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchedLine {
    /// Which line.
    pub line: LineRef,
    /// Whole units, at least 1.
    pub quantity: Quantity,
    /// Where it stands first: the segment's number in the interchange.
    pub segment: usize,
}

/// What the supplier says they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAdvice {
    /// Its number.
    pub number: String,
    /// The day for which it holds.
    pub date: Option<Date>,
    /// By article.
    pub items: Vec<StockItem>,
}

/// How much of one article there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockItem {
    /// Which article.
    pub line: LineRef,
    /// Quantities, each with the standard's code of what it counts.
    pub quantities: Vec<(String, Quantity)>,
}

/// Whether what we sent was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it is about: our group (X12) or interchange (EDIFACT), by its control number.
    pub control: String,
    /// What became of it as a whole.
    pub verdict: Verdict,
    /// Why, by the standard's codes; may be empty.
    pub codes: Vec<String>,
    /// What became of each transaction that it names.
    pub transactions: Vec<TransactionReceipt>,
}

/// What became of one transaction of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Its kind, such as 850.
    pub kind: String,
    /// Its control number.
    pub control: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, by the standard's codes; may be empty.
    pub codes: Vec<String>,
}

/// What the other side made of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Accepted,
    /// It was taken, with errors.
    WithErrors,
    /// Some of it was taken.
    Partly,
    /// It was not taken.
    Rejected,
}

/// Dated parts first, by their days: what is unknown comes last.
pub(crate) fn in_order(mut parts: Vec<Part>) -> Result<Vec<Part>, Reason> {
    parts.sort_by_key(|part| (part.when, part.quantity.is_none()));
    if parts.iter().filter(|part| part.quantity.is_none()).count() > 1 {
        return Err(Reason::TwoRests);
    }
    if parts.len() > MAX_PARTS {
        return Err(Reason::TooLarge {
            what: "parts of one line",
            most: MAX_PARTS,
        });
    }
    Ok(parts)
}
