//! Points of time: UTC, whole milliseconds. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point of time in UTC, in whole milliseconds since 1970. RFC 3339 in JSON.
#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 3_600_000;

impl Timestamp {
    /// The last millisecond of 9999-12-30T21 UTC: what any time zone can still write in RFC 3339.
    pub const MAX: Self = Self(253_402_207_199_999);
    /// Year 0's begin.
    pub const MIN: Self = Self(-62_167_219_200_000);

    /// From milliseconds since 1970, held within [`Self::MIN`] and [`Self::MAX`].
    #[inline]
    pub const fn from_ms(ms: i64) -> Self {
        if ms > Self::MAX.0 {
            Self::MAX
        } else if ms < Self::MIN.0 {
            Self::MIN
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since 1970.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Later (or earlier) by so many milliseconds, held within the range.
    #[must_use]
    #[inline]
    pub const fn plus_ms(self, ms: i64) -> Self {
        // Saturates: time ends at its bounds.
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// Later (or earlier) by so many days of 24 hours.
    #[must_use]
    #[inline]
    pub const fn plus_days(self, days: i64) -> Self {
        // Saturates: time ends at its bounds.
        self.plus_ms(days.saturating_mul(DAY_MS))
    }

    /// Milliseconds from `earlier` to this.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        // Saturates: time ends at its bounds.
        self.0.saturating_sub(earlier.0)
    }

    /// Days from `earlier` to this, with fractions.
    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "a figure for people: 2^53 ms are 285,000 years"
    )]
    pub fn days_since(self, earlier: Self) -> f64 {
        self.ms_since(earlier) as f64 / DAY_MS as f64
    }

    /// 00:00 UTC of its day.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        // Saturates: time ends at its bounds.
        Self::from_ms(self.0.saturating_sub(self.0.rem_euclid(DAY_MS)))
    }

    /// Its day as `YYYY-MM-DD`.
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }

    /// Its minute as `YYYY-MM-DD HH:MM`.
    pub fn minute(self) -> String {
        let text: String = self.to_string().chars().take(16).collect();
        text.replace('T', " ")
    }

    /// Reads RFC 3339.
    ///
    /// # Errors
    /// What jiff says of a text that is no time.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self::from_ms(time.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(TimeVisitor)
        } else {
            i64::deserialize(deserializer).map(Self::from_ms)
        }
    }
}

struct TimeVisitor;

impl serde::de::Visitor<'_> for TimeVisitor {
    type Value = Timestamp;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time in RFC 3339, such as 2026-11-22T08:00:00Z")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_and_writes_rfc_3339_and_holds_its_range() {
        let time = Timestamp::parse("2010-12-01T08:26:00Z").unwrap();
        assert_eq!(time.to_string(), "2010-12-01T08:26:00Z");
        assert_eq!(time.date(), "2010-12-01");
        assert_eq!(time.start_of_day().to_string(), "2010-12-01T00:00:00Z");
        for edge in [Timestamp::from_ms(i64::MAX), Timestamp::from_ms(i64::MIN)] {
            assert_eq!(Timestamp::parse(&edge.to_string()).unwrap(), edge);
        }
    }
}
