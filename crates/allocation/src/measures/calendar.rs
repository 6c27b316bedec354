//! Sums by day, such that what was added can be taken away again, in constant time. Must not know
//! what is summed.

use serde::{Deserialize, Serialize};

use domain::exact::Exact;
use domain::ids::{Timestamp, Zone};

/// A day of the calendar, counted from 1970-01-01. What is before that day or after 2149-06-06
/// counts as on it, so that a calendar is bounded.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(pub u16);

impl Day {
    /// Later than any day that comes.
    pub const NEVER: Self = Self(u16::MAX);

    /// The day of this time, there.
    pub fn of(at: Timestamp, zone: &Zone) -> Self {
        let day = zone.day(at).clamp(0, i64::from(u16::MAX));
        Self(u16::try_from(day).unwrap_or(u16::MAX))
    }

    /// So many days before.
    #[must_use]
    pub fn less(self, days: u16) -> Self {
        Self(self.0.minus_or_zero(days))
    }

    /// It as `YYYY-MM-DD`.
    pub fn date(self) -> String {
        let midnight = Timestamp::from_ms(0).plus_days(i64::from(self.0));
        Zone::UTC.date(midnight)
    }
}

/// How much of something. Sums wrap around, so that what was added can always be taken away;
/// none comes near: 2^63 minor units are 92 thousand billions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Demand lines.
    pub lines: u64,
    /// Whole units.
    pub units: u64,
    /// Units times their price, in minor units of the orders' currency. A cell is expected to
    /// sell in one: amounts in several are summed as they stand.
    pub value_minor: i64,
}

impl Amount {
    /// So many units of so many lines, at this price.
    pub fn new(lines: u64, units: u32, unit_price_minor: i64) -> Self {
        Self {
            lines,
            units: u64::from(units),
            value_minor: unit_price_minor.wrapping_mul(i64::from(units)),
        }
    }

    /// Adds.
    pub const fn add(&mut self, other: Self) {
        self.lines = self.lines.wrapping_add(other.lines);
        self.units = self.units.wrapping_add(other.units);
        self.value_minor = self.value_minor.wrapping_add(other.value_minor);
    }

    /// Takes away what was added.
    pub const fn take(&mut self, other: Self) {
        self.lines = self.lines.wrapping_sub(other.lines);
        self.units = self.units.wrapping_sub(other.units);
        self.value_minor = self.value_minor.wrapping_sub(other.value_minor);
    }

    /// What is left without the other: nothing where that is more, as of lines that were ordered
    /// on the day before the one in which they were decided on.
    pub fn beyond(self, other: Self) -> Self {
        Self {
            lines: self.lines.minus_or_zero(other.lines),
            units: self.units.minus_or_zero(other.units),
            // Saturates: money, at any price that a customer names.
            value_minor: self.value_minor.saturating_sub(other.value_minor).max(0),
        }
    }

    /// Nothing.
    pub const fn is_nothing(&self) -> bool {
        self.lines == 0 && self.units == 0 && self.value_minor == 0
    }
}

/// Days on a page.
const PAGE_DAYS: u16 = 64;

/// An amount for each day. Pages come as days are named: at most 1,024 of 64 days.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calendar {
    pages: Vec<Vec<Amount>>,
}

impl Calendar {
    /// The amount of a day, to be changed.
    pub fn of(&mut self, day: Day, change: impl FnOnce(&mut Amount)) {
        let (page, place) = (
            usize::from(day.0.wrapping_div(PAGE_DAYS)),
            usize::from(day.0.wrapping_rem(PAGE_DAYS)),
        );
        if self.pages.len() <= page {
            self.pages.resize_with(page.plus(1), Vec::new);
        }
        let Some(days) = self.pages.get_mut(page) else {
            return;
        };
        if days.is_empty() {
            days.resize(usize::from(PAGE_DAYS), Amount::default());
        }
        if let Some(amount) = days.get_mut(place) {
            change(amount);
        }
    }

    /// Every day that has something, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = (Day, Amount)> {
        let starts = (0..=u16::MAX).step_by(usize::from(PAGE_DAYS));
        let pages = self.pages.iter().zip(starts);
        let days = pages.flat_map(|(days, start)| {
            days.iter()
                .zip(start..=u16::MAX)
                .map(|(amount, day)| (Day(day), *amount))
        });
        days.filter(|(_, amount)| !amount.is_nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_to_a_day_can_be_removed_again() {
        let mut calendar = Calendar::default();
        let edges = [0, 1, 63, 64, 20_000, u16::MAX].map(Day);
        let much = Amount::new(1, u32::MAX, i64::MAX);
        for day in edges {
            calendar.of(day, |amount| amount.add(much));
            calendar.of(day, |amount| amount.add(much));
            calendar.of(day, |amount| amount.take(much));
        }
        let found: Vec<_> = calendar.iter().collect();
        assert_eq!(found, edges.map(|day| (day, much)));
        for day in edges {
            calendar.of(day, |amount| amount.take(much));
        }
        assert_eq!(calendar.iter().count(), 0);
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone_and_is_held_within_its_range() {
        let day_in = |text, zone: &Zone| Day::of(Timestamp::parse(text).unwrap(), zone);
        let day = |text| day_in(text, &Zone::UTC);
        let auckland = Zone::new("Pacific/Auckland").unwrap();
        assert_eq!(
            day_in("2026-11-22T11:00:00Z", &auckland).date(),
            "2026-11-23"
        );
        assert_eq!(day("2026-11-22T23:59:59.999Z"), day("2026-11-22T00:00:00Z"));
        assert_eq!(
            day("2026-11-23T00:00:00Z").less(1),
            day("2026-11-22T00:00:00Z")
        );
        assert_eq!(day("2026-11-22T12:00:00Z").date(), "2026-11-22");
        assert_eq!(
            (
                Day::of(Timestamp::MIN, &Zone::UTC),
                Day::of(Timestamp::MAX, &Zone::UTC)
            ),
            (Day(0), Day(u16::MAX))
        );
    }
}
