//! Why something is not read: the rule, and where in the file. Must not know what is done about it.

use std::fmt;

use crate::counted::Counted;

/// Why a transaction or an interchange is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The segment's number in its interchange, from 1; what opens the interchange is the first.
    pub segment: usize,
    /// The segment's tag, such as `ACK`; empty where a segment is missing.
    pub tag: String,
    /// The rule that does not hold.
    pub why: Reason,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tag.is_empty() {
            write!(f, "segment {}: {}", self.segment, self.why)
        } else {
            write!(f, "segment {} ({}): {}", self.segment, self.tag, self.why)
        }
    }
}

/// The rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The separators cannot be told from the first segment.
    #[error("the separators cannot be told from it")]
    NoSeparators,
    /// What begins is not ended.
    #[error("{0} is missing: what it begins does not end")]
    Unended(&'static str),
    /// A trailer counts something else than is there: something was lost on the way.
    #[error("it counts {said} segments, but {counted} are there")]
    Count {
        /// What the trailer says.
        said: String,
        /// What is there.
        counted: usize,
    },
    /// A trailer names another control number than the header.
    #[error("it ends {end:?}, but {begin:?} began")]
    Control {
        /// The header's.
        begin: String,
        /// The trailer's.
        end: String,
    },
    /// The kind of message is not one that is read.
    #[error("{0:?} is no message that a supplier answers with")]
    Kind(String),
    /// The same transaction stands twice in the interchange.
    #[error("control number {0:?} was used before in this interchange")]
    Repeated(String),
    /// A segment that decides is missing.
    #[error("there is no {0}")]
    NoSegment(&'static str),
    /// An element that decides is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A code has no meaning here.
    #[error("{element} has the unknown code {code:?}")]
    Code {
        /// Which element.
        element: &'static str,
        /// What it has.
        code: String,
    },
    /// A quantity is not one.
    #[error("{0:?} is no quantity")]
    Quantity(String),
    /// A quantity of pieces is not whole, or one of a measure is finer than the step of any item.
    #[error("{0:?} is a fraction of a unit")]
    Fraction(String),
    /// Units of one line are counted in two ways.
    #[error("it counts one line in {0} and in {1}")]
    Units(Counted, Counted),
    /// More than a line may have.
    #[error("{0} is more than a line may have, 1,000,000,000 units")]
    TooMany(String),
    /// Nobody said how many units this is.
    #[error("nobody said how many units one {0:?} holds")]
    Unit(String),
    /// A date is not one.
    #[error("{0:?} is no date")]
    Date(String),
    /// No date of the dispatch or of its arrival is given.
    #[error("no date says when the goods leave or arrive")]
    NoDate,
    /// Two parts of one line say no quantity each: what belongs to which cannot be told.
    #[error("two parts of a line give no quantity")]
    TwoRests,
    /// One message answers two orders: which line is whose cannot be told.
    #[error("it answers another order, {0}, too")]
    TwoOrders(String),
    /// Nothing names the line: no number and no article.
    #[error("nothing names the line")]
    NoLine,
    /// More of something than is read.
    #[error("it has more than {most} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many are read.
        most: usize,
    },
    /// The characters or the syntax of a segment are broken.
    #[error("its syntax is broken: {0}")]
    Syntax(String),
}
