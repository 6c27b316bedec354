//! What reading a transaction needs beside its segments, and the best of the dates that it gives.
//! The same for both standards.

use jiff::civil::Date;

use crate::profile::Profile;
use crate::said::When;
use crate::value;

/// What reading a transaction needs beside its segments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'p> {
    /// What is agreed with the partner.
    pub profile: &'p Profile,
    /// The interchange's day.
    pub sent: Option<Date>,
    /// The interchange's control number.
    pub interchange: &'p str,
    /// The transaction's control number.
    pub control: &'p str,
}

impl Context<'_> {
    /// What names a message that has no number of its own: partners count transactions anew in
    /// each interchange.
    pub fn named(&self) -> String {
        format!("{}-{}", self.interchange, self.control)
    }

    /// When goods come that arrive, or leave, on a day.
    pub fn when(&self, day: Date, leaves: bool) -> When {
        value::when(day, leaves, self.sent, self.profile)
    }
}

/// The best of several dates that were given for the same.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Dated {
    best: Option<(u8, Date, bool)>,
    /// When it left, if that was said.
    pub left: Option<Date>,
}

impl Dated {
    /// Nothing was said.
    pub const NONE: Self = Self {
        best: None,
        left: None,
    };

    /// A date, by how much it says of when goods come: 0 says most. It is that of an arrival, or
    /// of goods that leave. Of two that say as much the later word counts.
    pub fn say(&mut self, rank: u8, day: Date, leaves: bool) {
        if self.best.is_none_or(|(known, ..)| rank <= known) {
            self.best = Some((rank, day, leaves));
        }
    }

    /// When goods come by it, if it says so.
    pub fn when(&self, context: &Context) -> Option<When> {
        self.best.map(|(_, day, leaves)| context.when(day, leaves))
    }

    /// The day of arrival, if it says one that is not so far away that it means unknown.
    pub fn arrives(&self, context: &Context) -> Option<Date> {
        match self.when(context)? {
            When::On(day) => Some(day),
            When::AsKnown | When::Unknown => None,
        }
    }
}
