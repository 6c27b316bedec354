//! Time zones: which day of the calendar a moment falls on, somewhere. They come from a table in
//! the program, never from the machine, so that every process says the same of the same log. Must
//! not know whose zone it is.

use std::fmt;
use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::near::nearest;
use super::time::{DAY_MS, Timestamp};

/// A time zone of the IANA database, such as `Europe/Berlin`. UTC by default.
#[derive(Clone)]
pub struct Zone(TimeZone);

/// No time zone has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone is called {name}{near}; write an IANA name such as Europe/Berlin")]
pub struct UnknownZone {
    /// What was said.
    pub name: String,
    /// What was meant, if there is one that is near: `, but Europe/Berlin is`.
    pub near: String,
}

fn table() -> &'static TimeZoneDatabase {
    static TABLE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    TABLE.get_or_init(TimeZoneDatabase::bundled)
}

impl Zone {
    /// Where days begin at 00:00 UTC.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of this name, in whatever case.
    ///
    /// # Errors
    /// [`UnknownZone`], with a name that is near.
    pub fn new(name: &str) -> Result<Self, UnknownZone> {
        match table().get(name) {
            Ok(zone) if !zone.is_unknown() => Ok(Self(zone)),
            Ok(_) | Err(_) => Err(UnknownZone {
                name: name.chars().take(64).collect(),
                near: near(name).map_or_else(String::new, |near| format!(", but {near} is")),
            }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Minutes, in whole, by which its clocks are ahead of UTC then.
    fn offset_ms(&self, at: Timestamp) -> i64 {
        let moment = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default();
        i64::from(self.0.to_offset(moment).seconds()).wrapping_mul(1_000)
    }

    /// The day of the calendar, counted from 1970-01-01.
    pub fn day(&self, at: Timestamp) -> i64 {
        // Saturates: time ends at its bounds.
        let local_ms = at.as_ms().saturating_add(self.offset_ms(at));
        local_ms.div_euclid(DAY_MS)
    }

    /// When a day begins, counted from 1970-01-01: at the first moment that its clocks show of it,
    /// since at some places they skip midnight.
    pub fn begin(&self, day: i64) -> Timestamp {
        // Saturates: time ends at its bounds.
        let midnight = Timestamp::from_ms(day.saturating_mul(DAY_MS));
        let begin = jiff::Timestamp::from_millisecond(midnight.as_ms())
            .map(|midnight| TimeZone::UTC.to_datetime(midnight))
            .and_then(|local| self.0.to_timestamp(local));
        begin.map_or(midnight, |at| Timestamp::from_ms(at.as_millisecond()))
    }

    /// The first moment of its day.
    #[must_use]
    pub fn start_of_day(&self, at: Timestamp) -> Timestamp {
        self.begin(self.day(at))
    }

    /// The first moment after its day.
    #[must_use]
    pub fn end_of_day(&self, at: Timestamp) -> Timestamp {
        // Saturates: time ends at its bounds.
        self.begin(self.day(at).saturating_add(1))
    }

    /// The first moment of its day or a later one at which clocks show this hour, 0 to 23; where
    /// they skip it, the next that they show.
    #[must_use]
    pub fn hour_of_day(&self, at: Timestamp, hour: u8) -> Timestamp {
        let moment = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default();
        let hour = i8::try_from(hour).unwrap_or_default();
        let local = self.0.to_datetime(moment).date().at(hour, 0, 0, 0);
        let shown = self.0.to_timestamp(local);
        shown.map_or(at, |at| Timestamp::from_ms(at.as_millisecond()))
    }

    /// What calendar and clocks show, as if it were UTC.
    fn local(&self, at: Timestamp) -> Timestamp {
        at.plus_ms(self.offset_ms(at))
    }

    /// Its day as `YYYY-MM-DD`.
    pub fn date(&self, at: Timestamp) -> String {
        self.local(at).to_string().chars().take(10).collect()
    }

    /// Its minute as `YYYY-MM-DD HH:MM`.
    pub fn minute(&self, at: Timestamp) -> String {
        let text: String = self.local(at).to_string().chars().take(16).collect();
        text.replace('T', " ")
    }

    /// Its second as `YYYY-MM-DD HH:MM:SS`.
    pub fn second(&self, at: Timestamp) -> String {
        let text: String = self.local(at).to_string().chars().take(19).collect();
        text.replace('T', " ")
    }

    /// It as the library has it, to read times with.
    pub const fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

/// The zone that was meant: by its city alone, or misspelt.
fn near(name: &str) -> Option<String> {
    let names: Vec<String> = table()
        .available()
        .map(|it| it.as_str().to_owned())
        .collect();
    let city = |of: &str| of.rsplit('/').next().unwrap_or(of).to_lowercase();
    let asked = name.trim().replace(' ', "_").to_lowercase();
    let areas = [
        "Africa/",
        "America/",
        "Asia/",
        "Australia/",
        "Europe/",
        "Pacific/",
    ];
    let in_area = |of: &&String| areas.iter().any(|area| of.starts_with(area));
    let found = names
        .iter()
        .filter(in_area)
        .find(|of| city(of) == city(&asked));
    let found = found.map(String::as_str);
    found
        .or_else(|| nearest(&asked, names.iter().map(String::as_str)))
        .map(ToOwned::to_owned)
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

/// By name: there is one table.
impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that the table does not have stops whoever reads it: days would be told otherwise than
/// they were.
impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::new(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::new(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_moment_has_the_day_and_the_minute_of_the_zone() {
        let told = at("2026-12-01T23:09:00Z");
        for (name, day, minute) in [
            ("UTC", "2026-12-01", "2026-12-01 23:09"),
            ("Europe/Berlin", "2026-12-02", "2026-12-02 00:09"),
            ("Pacific/Auckland", "2026-12-02", "2026-12-02 12:09"),
            ("America/Los_Angeles", "2026-12-01", "2026-12-01 15:09"),
            ("Asia/Kathmandu", "2026-12-02", "2026-12-02 04:54"),
        ] {
            let zone = zone(name);
            assert_eq!(
                (zone.date(told), zone.minute(told)),
                (day.to_owned(), minute.to_owned())
            );
        }
    }

    #[test]
    fn a_day_begins_and_ends_where_clocks_change_too() {
        let berlin = zone("Europe/Berlin");
        let summer = at("2026-03-29T12:00:00Z");
        assert_eq!(berlin.start_of_day(summer), at("2026-03-28T23:00:00Z"));
        assert_eq!(berlin.end_of_day(summer), at("2026-03-29T22:00:00Z"));
        // Clocks go from 23:59 to 01:00.
        let cairo = zone("Africa/Cairo");
        let skipped = at("2026-04-24T09:00:00Z");
        assert_eq!(cairo.start_of_day(skipped), at("2026-04-23T22:00:00Z"));
        assert_eq!(
            cairo.minute(cairo.start_of_day(skipped)),
            "2026-04-24 01:00"
        );
        assert_eq!(berlin.hour_of_day(summer, 2), at("2026-03-29T01:00:00Z"));
        assert_eq!(berlin.hour_of_day(summer, 18), at("2026-03-29T16:00:00Z"));
    }

    #[test]
    fn an_unknown_zone_is_told_with_one_that_is_near() {
        for (asked, near) in [
            ("Berlin", ", but Europe/Berlin is"),
            ("America/New York", ", but America/New_York is"),
            ("Europe/Berln", ", but Europe/Berlin is"),
            ("Mars/Olympus", ""),
            ("", ""),
            ("Etc/Unknown", ""),
        ] {
            assert_eq!(Zone::new(asked).unwrap_err().near, near, "{asked}");
        }
        assert_eq!(zone("europe/berlin").name(), "Europe/Berlin");
        assert_eq!(zone("utc"), Zone::UTC);
    }

    proptest! {
        #[test]
        fn a_day_holds_each_of_its_moments(ms in -2_000_000_000_000_i64..8_000_000_000_000) {
            let at = Timestamp::from_ms(ms);
            for name in ["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia"] {
                let zone = zone(name);
                let (start, end) = (zone.start_of_day(at), zone.end_of_day(at));
                prop_assert!(start <= at && at < end, "{name} {at}: {start} to {end}");
                prop_assert_eq!(zone.day(start), zone.day(at));
                prop_assert!(zone.day(end) > zone.day(at));
                prop_assert_eq!(zone.date(at), zone.date(start));
            }
        }
    }
}
