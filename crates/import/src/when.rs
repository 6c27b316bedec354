//! Days and times as shops write them. What may mean two days is told apart from what is none; a
//! local time is one of a zone, where the clocks may have left it out or shown it twice.

use domain::ids::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// How days in numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateFormat {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day, also with two digits for the year.
    Ymd,
    /// As `strptime` reads it.
    Pattern(String),
}

/// How times are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// How days in numbers are written, if it was said.
    pub format: Option<DateFormat>,
    /// The zone of times that name none.
    pub zone: TimeZone,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            format: None,
            zone: TimeZone::UTC,
        }
    }
}

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// Its day where it was written.
    pub(crate) day: Date,
    /// The clocks showed it twice; this is the first of the two.
    pub(crate) twice: bool,
}

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WhenError {
    /// It is none.
    None,
    /// It may be either of these.
    Ambiguous(String, String),
    /// The clocks went forward over it.
    LeftOut,
}

impl Clock {
    /// The day that it is at a time.
    pub fn day_of(&self, at: Timestamp) -> Date {
        let moment = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default();
        self.zone.to_datetime(moment).date()
    }

    /// Reads a time.
    pub(crate) fn read(&self, text: &str) -> Result<Moment, WhenError> {
        let text = text.trim();
        if let Some(DateFormat::Pattern(pattern)) = &self.format {
            return self.by_pattern(pattern, text);
        }
        let (day, rest) = self.day(text)?;
        let (clock, offset) =
            clock(rest.trim_start_matches([',', 'T', 't', ' '])).ok_or(WhenError::None)?;
        self.moment(day.to_datetime(clock), offset)
    }

    fn by_pattern(&self, pattern: &str, text: &str) -> Result<Moment, WhenError> {
        let read = jiff::fmt::strtime::parse(pattern, text).map_err(|_| WhenError::None)?;
        let date = read.to_date().map_err(|_| WhenError::None)?;
        let time = read.to_time().unwrap_or(Time::midnight());
        let offset = read.offset().map(jiff::tz::Offset::seconds);
        self.moment(date.to_datetime(time), offset)
    }

    /// A local time as a point of time.
    fn moment(&self, local: DateTime, offset: Option<i32>) -> Result<Moment, WhenError> {
        let (zone, mut twice) = match offset {
            Some(seconds) => {
                let offset = jiff::tz::Offset::from_seconds(seconds);
                (offset.map_err(|_| WhenError::None)?.to_time_zone(), false)
            }
            None => (self.zone.clone(), false),
        };
        let ambiguous = zone.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Gap { .. } => return Err(WhenError::LeftOut),
            AmbiguousOffset::Fold { .. } => twice = true,
        }
        let at = ambiguous.earlier().map_err(|_| WhenError::None)?;
        Ok(Moment {
            at: Timestamp::from_ms(at.as_millisecond()),
            day: local.date(),
            twice,
        })
    }

    /// The day at the beginning of a text, and what follows it.
    fn day<'a>(&self, text: &'a str) -> Result<(Date, &'a str), WhenError> {
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = text;
        while parts.len() < 3 {
            rest = rest.trim_start_matches(['-', '/', '.', ' ', ',']);
            let is_part: fn(char) -> bool = if rest.starts_with(|c: char| c.is_ascii_digit()) {
                |c| c.is_ascii_digit()
            } else {
                char::is_alphabetic
            };
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (part, after) = rest.split_at_checked(end).ok_or(WhenError::None)?;
            if part.is_empty() {
                return Err(WhenError::None);
            }
            parts.push(part);
            rest = after;
        }
        let &[one, two, three] = parts.as_slice() else {
            return Err(WhenError::None);
        };
        let day = match (month(one), month(two)) {
            (Some(month), _) => date(three, month, two),
            (None, Some(month)) if one.len() == 4 => date(one, month, three),
            (None, Some(month)) => date(three, month, one),
            (None, None) => return Ok((self.in_numbers(one, two, three)?, rest)),
        };
        Ok((day.ok_or(WhenError::None)?, rest))
    }

    fn in_numbers(&self, one: &str, two: &str, three: &str) -> Result<Date, WhenError> {
        let dmy = number(two).and_then(|month| date(three, month, one));
        let mdy = number(one).and_then(|month| date(three, month, two));
        let ymd = number(two).and_then(|month| date(one, month, three));
        let read = match &self.format {
            _ if one.len() == 4 => ymd,
            Some(DateFormat::Dmy) => dmy,
            Some(DateFormat::Mdy) => mdy,
            Some(DateFormat::Ymd) => ymd,
            Some(DateFormat::Pattern(_)) => None,
            None => {
                let short = ymd.filter(|_| three.len() <= 2);
                let mut days: Vec<Date> = [dmy, mdy, short].into_iter().flatten().collect();
                days.dedup();
                if let &[first, second, ..] = days.as_slice() {
                    return Err(WhenError::Ambiguous(first.to_string(), second.to_string()));
                }
                days.pop()
            }
        };
        read.ok_or(WhenError::None)
    }
}

/// A day of a year with four digits, or with two for this century.
fn date(year: &str, month: i8, day: &str) -> Option<Date> {
    let year: i16 = match year.len() {
        4 => year.parse().ok()?,
        2 => year.parse::<i16>().ok()?.checked_add(2_000)?,
        _ => return None,
    };
    Date::new(year, month, number(day)?).ok()
}

fn number(text: &str) -> Option<i8> {
    if text.len() > 2 {
        return None;
    }
    text.parse().ok()
}

fn month(text: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let found = (1_i8..).zip(NAMES).find(|(_, name)| {
        text == *name
            || (text.len() == 3 && name.starts_with(&text))
            || (text == "sept" && name.starts_with(&text))
    });
    found.map(|(number, _)| number)
}

/// `HH:MM[:SS[.fff]] [AM|PM] [zone]`, or nothing, which is midnight; and the zone's seconds east of
/// Greenwich.
fn clock(text: &str) -> Option<(Time, Option<i32>)> {
    let text = text.trim();
    if text.is_empty() {
        return Some((Time::midnight(), None));
    }
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    let (digits, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let mut parts = digits.split(':');
    let mut hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    if parts.next().is_some() {
        return None;
    }
    let nanosecond: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let mut rest = rest.trim_start();
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    if let Some(half @ ("am" | "pm")) = half.as_deref() {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour.checked_rem(12)?;
        if half == "pm" {
            hour = hour.checked_add(12)?;
        }
        rest = rest.get(2..)?.trim_start();
    }
    let time = Time::new(hour, minute, second.parse().ok()?, nanosecond).ok()?;
    Some((time, zone(rest)?))
}

/// An offset such as `Z`, `UTC`, `+01:00`, `-0400`, `+01`; `None` inside for none.
fn zone(text: &str) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    if ["z", "utc", "gmt"].contains(&text.to_ascii_lowercase().as_str()) {
        return Some(Some(0));
    }
    let west = text.starts_with(['-', '\u{2212}']);
    let digits = text.strip_prefix(['+', '-', '\u{2212}'])?.replace(':', "");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours
        .checked_mul(3_600)?
        .checked_add(minutes.checked_mul(60)?)?;
    Some(Some(if west {
        seconds.checked_neg()?
    } else {
        seconds
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, WhenError> {
        Clock::default()
            .read(text)
            .map(|moment| moment.at.to_string())
    }

    #[test]
    fn a_time_is_read_as_shops_write_it() {
        for (text, at) in [
            ("2026-11-03 10:14:00 -0400", "2026-11-03T14:14:00Z"),
            ("2026-11-01T10:50:49-08:00", "2026-11-01T18:50:49Z"),
            ("2026-11-01T10:50:49.250Z", "2026-11-01T10:50:49.25Z"),
            ("2010-12-01 08:26", "2010-12-01T08:26:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026/11/1", "2026-11-01T00:00:00Z"),
            ("Nov-10-26", "2026-11-10T00:00:00Z"),
            ("10-Nov-26", "2026-11-10T00:00:00Z"),
            ("Nov 10, 2026 3:05 PM", "2026-11-10T15:05:00Z"),
            ("11/13/26", "2026-11-13T00:00:00Z"),
            ("13.11.2026 12:00", "2026-11-13T12:00:00Z"),
            ("11/11/2026 12:30 am", "2026-11-11T00:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(at), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-01 25:00",
            "11/2026",
            "2026-11-01 9 o'clock",
            "2026-11-01 09:00 PST",
        ] {
            assert_eq!(read(text), Err(WhenError::None), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_days_is_asked() {
        for text in ["11/03/26", "03.11.2026", "13/11/26", "11-03-2026 10:00"] {
            assert!(
                matches!(read(text), Err(WhenError::Ambiguous(..))),
                "{text}"
            );
        }
        let by = |format, text: &str| {
            let clock = Clock {
                format: Some(format),
                ..Clock::default()
            };
            clock.read(text).map(|moment| moment.at.date())
        };
        assert_eq!(by(DateFormat::Mdy, "11/03/26").as_deref(), Ok("2026-11-03"));
        assert_eq!(by(DateFormat::Dmy, "11/03/26").as_deref(), Ok("2026-03-11"));
        assert_eq!(by(DateFormat::Ymd, "26/11/03").as_deref(), Ok("2026-11-03"));
        assert_eq!(
            by(DateFormat::Dmy, "2026-11-03").as_deref(),
            Ok("2026-11-03")
        );
        assert_eq!(by(DateFormat::Dmy, "11/13/26"), Err(WhenError::None));
        let pattern = DateFormat::Pattern("%d.%m.%Y kl. %H:%M".into());
        assert_eq!(
            by(pattern, "03.11.2026 kl. 10:00").as_deref(),
            Ok("2026-11-03")
        );
    }

    #[test]
    fn a_local_time_is_one_of_its_zone_unless_the_clocks_left_it_out() {
        let berlin = Clock {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            ..Clock::default()
        };
        let read = |text| berlin.read(text).map(|m| (m.at.to_string(), m.twice));
        let summer = ("2026-07-01T07:00:00Z".to_owned(), false);
        assert_eq!(read("2026-07-01 09:00"), Ok(summer));
        assert_eq!(read("2026-03-29 02:30"), Err(WhenError::LeftOut));
        let first = ("2026-10-25T00:30:00Z".to_owned(), true);
        assert_eq!(read("2026-10-25 02:30"), Ok(first));
        let said = ("2026-10-25T01:30:00Z".to_owned(), false);
        assert_eq!(read("2026-10-25 02:30 +01:00"), Ok(said));
    }
}
