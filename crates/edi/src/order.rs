//! What we write: orders, their cancellation, and answers to what was read. Must not know a
//! standard's segments.

use jiff::civil::{Date, DateTime};

use crate::edifact;
use crate::interchange::{Interchange, Party, Standard, hash};
use crate::x12;

/// The largest number of an interchange.
const MAX_CONTROL: u32 = 999_999_999;

/// Who writes to whom, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// We.
    pub sender: Party,
    /// They.
    pub receiver: Party,
    /// Our number of the interchange, its group and its message: 1 to 999,999,999.
    pub control: u32,
    /// When it is written, by our clocks.
    pub at: DateTime,
    /// It is a test: the receiver must not act on it.
    pub is_test: bool,
}

/// Our number of an interchange about something that these texts name: a hash of them, so that the
/// same message has the same number whenever it is written, and another one hardly ever has it (of
/// 1,000 messages two share one once in 2,000 times). Numbers do not follow one another.
pub fn control_of(texts: &[&str]) -> u32 {
    let digits = hash(texts.iter().copied());
    let number = u128::from_str_radix(&digits, 16).unwrap_or_default();
    let number = number.checked_rem(u128::from(MAX_CONTROL));
    let number = u32::try_from(number.unwrap_or_default()).unwrap_or_default();
    number.saturating_add(1)
}

/// An order to a supplier, or what of it is cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Our number of it.
    pub number: String,
    /// The day on which it was ordered.
    pub date: Date,
    /// The day on which it should arrive.
    pub expected: Option<Date>,
    /// Its lines.
    pub lines: Vec<OrderLine>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its number.
    pub number: u32,
    /// Our number of the article.
    pub sku: String,
    /// The supplier's number of it, if it is known.
    pub supplier_sku: Option<String>,
    /// A GTIN of it, if one is known.
    pub gtin: Option<String>,
    /// How much, in digits with at most one point.
    pub quantity: String,
    /// The code of the unit of measure: `EA` in X12, `PCE` in EDIFACT.
    pub unit: String,
}

/// Why something cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// It has a character that separates elements, for which X12 has no way out, or one that is no
    /// text.
    #[error("{element} has the character {character:?}, which cannot be written")]
    Character {
        /// Which element.
        element: &'static str,
        /// What stands in it.
        character: char,
    },
    /// It is longer than the standard has it.
    #[error("{element} has {length} characters; the standard has at most {most}")]
    TooLong {
        /// Which element.
        element: &'static str,
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
    /// It is empty.
    #[error("{element} is empty")]
    Empty {
        /// Which element.
        element: &'static str,
    },
    /// The control number is not within its bounds.
    #[error("the control number {0} is not 1 to 999,999,999")]
    Control(u32),
}

/// Writes an order: an 850, or ORDERS.
///
/// # Errors
/// [`Unwritable`]: an element is empty, too long, or has a character that cannot be written.
pub fn write_order(
    standard: Standard,
    envelope: &Envelope,
    order: &Order,
) -> Result<String, Unwritable> {
    match standard {
        Standard::X12 => x12::order(envelope, order),
        Standard::Edifact => edifact::order(envelope, order),
    }
}

/// Writes that what is open of an order is cancelled: an 860, or ORDCHG. The lines are what is
/// still open.
///
/// # Errors
/// [`Unwritable`]: an element is empty, too long, or has a character that cannot be written.
pub fn write_cancellation(
    standard: Standard,
    envelope: &Envelope,
    order: &Order,
) -> Result<String, Unwritable> {
    match standard {
        Standard::X12 => x12::cancellation(envelope, order),
        Standard::Edifact => edifact::cancellation(envelope, order),
    }
}

/// Writes the answer to an interchange: a TA1 and 997, or CONTRL, that say which of its
/// transactions were read. None, where nothing is to be answered: an answer is not answered.
///
/// # Errors
/// [`Unwritable`]: a number of theirs has a character that cannot be written.
pub fn write_receipt(envelope: &Envelope, to: &Interchange) -> Result<Option<String>, Unwritable> {
    match to.standard {
        Standard::X12 => x12::receipt_for(envelope, to),
        Standard::Edifact => edifact::receipt_for(envelope, to),
    }
}

/// A text that may stand in an element of at most so many characters.
pub(crate) fn fits<'t>(
    element: &'static str,
    text: &'t str,
    most: usize,
) -> Result<&'t str, Unwritable> {
    let length = text.chars().count();
    if text.is_empty() {
        return Err(Unwritable::Empty { element });
    }
    if length > most {
        return Err(Unwritable::TooLong {
            element,
            length,
            most,
        });
    }
    if let Some(character) = text.chars().find(|it| it.is_control()) {
        return Err(Unwritable::Character { element, character });
    }
    Ok(text)
}

impl Envelope {
    pub(crate) fn check(&self) -> Result<(), Unwritable> {
        if (1..=MAX_CONTROL).contains(&self.control) {
            Ok(())
        } else {
            Err(Unwritable::Control(self.control))
        }
    }
}
