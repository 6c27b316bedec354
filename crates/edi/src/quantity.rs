//! How much of something: a decimal, of pieces or of a measure. What a message counts in metres is
//! never taken for pieces. Must not know an item or its steps.

use std::fmt;

use crate::bounds::MAX_UNITS;
use crate::counted::Counted;
use crate::fault::Reason;

/// The most places after the point, as of the step of an item.
pub(crate) const PLACES: usize = 6;
/// Parts of one unit.
const OF_ONE: u64 = 1_000_000;

/// So much, in millionths of a unit, and what a unit is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    millionths: u64,
    /// What it is counted in.
    pub of: Counted,
}

impl Quantity {
    /// None.
    pub const NONE: Self = Self {
        millionths: 0,
        of: Counted::Unsaid,
    };

    /// So many millionths; none where they are more than a line may have.
    pub(crate) fn new(millionths: u64, of: Counted) -> Option<Self> {
        let most = u64::from(MAX_UNITS).saturating_mul(OF_ONE);
        (millionths <= most).then_some(Self { millionths, of })
    }

    /// Whether it is none at all.
    pub const fn is_none(self) -> bool {
        self.millionths == 0
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Result<Self, Reason> {
        if !self.of.fits(other.of) {
            return Err(Reason::Units(self.of, other.of));
        }
        let sum = self.millionths.saturating_add(other.millionths);
        let of = self.of.max(other.of);
        Self::new(sum, of).ok_or_else(|| Reason::TooMany(format!("{self} + {other}")))
    }

    /// What is left of it, or none.
    pub(crate) const fn less(self, other: Self) -> Self {
        Self {
            millionths: self.millionths.saturating_sub(other.millionths),
            of: self.of,
        }
    }

    /// In steps of so many millionths of a unit; none where it is no whole number of them.
    pub fn steps(self, step: u64) -> Option<u64> {
        let is_whole = self.millionths.checked_rem(step) == Some(0);
        self.millionths.checked_div(step).filter(|_| is_whole)
    }

    /// The millionths of a unit that are written so; none where it has more than 6 places.
    pub fn millionths(decimal: &str) -> Option<u64> {
        let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if part.len() > PLACES || !are_digits(whole) || !are_digits(part) {
            return None;
        }
        format!("0{whole}{part:0<PLACES$}").parse().ok()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.millionths.checked_div(OF_ONE).unwrap_or_default();
        let part = self.millionths.checked_rem(OF_ONE).unwrap_or_default();
        if part == 0 {
            return write!(f, "{whole}");
        }
        let part = format!("{part:06}");
        write!(f, "{whole}.{}", part.trim_end_matches('0'))
    }
}
