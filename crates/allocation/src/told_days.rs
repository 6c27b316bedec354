//! The days that were told to customers who still wait, as far as they count for the ranks: while
//! the ranking rule says so, and until they come. Must not know ranks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::line::At;
use super::measures::Day;

/// After every line.
const LAST: At = (u32::MAX, u16::MAX);

/// Days to come, of lines and of orders that take all or nothing.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ToldDays {
    days: BTreeSet<(Day, At)>,
    of: BTreeMap<At, Day>,
}

impl ToldDays {
    /// Its customer was told this day; nothing: it waits no more, or was told none.
    pub fn set(&mut self, at: At, day: Option<Day>) {
        let was = match day {
            Some(day) => self.of.insert(at, day),
            None => self.of.remove(&at),
        };
        if was == day {
            return;
        }
        if let Some(was) = was {
            self.days.remove(&(was, at));
        }
        if let Some(day) = day {
            self.days.insert((day, at));
        }
    }

    /// The day that it waits for.
    pub fn get(&self, at: At) -> Option<Day> {
        self.of.get(&at).copied()
    }

    /// How many days have come by this one.
    pub fn come(&self, today: Day) -> usize {
        self.days.range(..=(today, LAST)).count()
    }

    /// The first that has not come by this one.
    pub fn next(&self, today: Day) -> Option<Day> {
        let later = (Bound::Excluded((today, LAST)), Bound::Unbounded);
        self.days.range(later).next().map(|(day, _)| *day)
    }

    /// Whose days have come by this one: they wait for it no more.
    pub fn take(&mut self, today: Day) -> Vec<At> {
        let mut come = Vec::new();
        while let Some((_, at)) = self.days.first().filter(|(day, _)| *day <= today).copied() {
            self.set(at, None);
            come.push(at);
        }
        come
    }

    /// No told day counts.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
