//! Words of the command line: quantities of an SKU, lines, times, spans of time, prices.

use std::time::Duration;

use domain::ids::{Currency, Timestamp, Zone};
use domain::money;

use crate::problem::Problem;
use crate::zone::zone;

/// So many units of an SKU, and perhaps what one costs: `SKU:QUANTITY[@PRICE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Goods {
    pub sku: String,
    /// In the item's unit, which only inventory knows.
    pub quantity: String,
    /// What one costs, in a currency that is said elsewhere.
    pub price: Option<String>,
}

/// Reads `SKU:QUANTITY[@PRICE]`. An SKU may itself have colons; the last one counts.
pub(crate) fn goods(text: &str) -> Result<Goods, String> {
    let (sku, rest) = text
        .rsplit_once(':')
        .ok_or("write SKU:QUANTITY or SKU:QUANTITY@PRICE, as in BOLT:3@1.10")?;
    let (quantity, price) = match rest.split_once('@') {
        Some((quantity, price)) => (quantity, Some(price)),
        None => (rest, None),
    };
    let quantity = units(quantity)?;
    if price.is_some_and(|price| !price.bytes().all(|it| it.is_ascii_digit() || it == b'.')) {
        return Err("a price is digits with at most one point, as in 1.10".into());
    }
    Ok(Goods {
        sku: sku.to_owned(),
        quantity,
        price: price.map(ToOwned::to_owned),
    })
}

/// Reads an amount that is compared with amounts of any currency, `1.10`, in hundredths.
pub(crate) fn amount(text: &str) -> Result<i64, String> {
    money::hundredths(text).map_err(|error| format!("`{text}` {error}"))
}

/// Reads an amount of money of a currency, `1.10`, in minor units.
pub(crate) fn price(text: &str, currency: &str, option: &str) -> Result<i64, Problem> {
    let known = Currency::new(currency).filter(Currency::is_known);
    let currency = known.ok_or_else(|| {
        let what = format!("`{currency}` is no currency of ISO 4217");
        Problem::usage(what, "--currency", "give its code, such as EUR")
    })?;
    money::minor(text, currency).map_err(|error| {
        let what = format!("`{text}` {error}");
        Problem::usage(what, option, "write it as the currency has it")
    })
}

/// So many units of an order's line: `LINE:QUANTITY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfLine {
    pub line: u32,
    /// In the unit of the line's item.
    pub quantity: String,
}

/// Reads `LINE:QUANTITY`.
pub(crate) fn of_line(text: &str) -> Result<OfLine, String> {
    let (line, quantity) = text
        .split_once(':')
        .ok_or("write LINE:QUANTITY, as in 1:2")?;
    let line = line
        .parse()
        .map_err(|_| format!("`{line}` is no line number"))?;
    Ok(OfLine {
        line,
        quantity: units(quantity)?,
    })
}

/// So many units of an order's line that were found; may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub line: u32,
    /// In the unit of the line's item.
    pub found: String,
}

/// Reads `LINE:FOUND`.
pub(crate) fn found(text: &str) -> Result<Found, String> {
    let (line, found) = text.split_once(':').ok_or("write LINE:FOUND, as in 1:0")?;
    let line = line
        .parse()
        .map_err(|_| format!("`{line}` is no line number"))?;
    let found = units_or_none(found)?;
    Ok(Found { line, found })
}

/// So many units of an SKU that were counted; may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub sku: String,
    /// In the item's unit.
    pub counted: String,
}

/// Reads `SKU:COUNTED`. An SKU may itself have colons; the last one counts.
pub(crate) fn counted(text: &str) -> Result<Counted, String> {
    let (sku, counted) = text
        .rsplit_once(':')
        .ok_or("write SKU:COUNTED, as in BOLT:12")?;
    Ok(Counted {
        sku: sku.to_owned(),
        counted: units_or_none(counted)?,
    })
}

/// A quantity, in whatever unit: digits with at most one point, and not nothing.
fn units(text: &str) -> Result<String, String> {
    let quantity = units_or_none(text)?;
    if text.bytes().all(|byte| byte == b'0' || byte == b'.') {
        return Err("a quantity is more than nothing".into());
    }
    Ok(quantity)
}

/// The same, or nothing.
fn units_or_none(text: &str) -> Result<String, String> {
    let parts = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let points = text.bytes().filter(|byte| *byte == b'.').count();
    if !parts || points > 1 || text.trim_matches('.').is_empty() {
        return Err(format!("`{text}` is no quantity: write it as in 3 or 1.5"));
    }
    Ok(text.to_owned())
}

/// A time as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    /// A day, counted from 1970-01-01.
    Day(i64),
}

impl Moment {
    /// The time; of a day its begin in the cell's zone.
    pub fn at(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(day) => zone().begin(day),
        }
    }

    /// The time by which goods come that are to come then: on a day, until it ends.
    pub fn by(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(_) => zone().end_of_day(self.at()).plus_ms(-1),
        }
    }
}

/// Reads a time: RFC 3339, or a date, which then means its begin in the cell's zone.
pub(crate) fn time(text: &str) -> Result<Moment, String> {
    let midnight = format!("{text}T00:00:00Z");
    let day = || Timestamp::parse(&midnight).map(|at| Moment::Day(Zone::UTC.day(at)));
    Timestamp::parse(text)
        .map(Moment::At)
        .or_else(|_| day())
        .map_err(|_| "write a date or a time in RFC 3339, as in 2026-11-22T08:00:00Z".into())
}

/// Reads a span of time: `500ms`, `5s`, `2m`, `1h`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let count: u64 = digits
        .parse()
        .map_err(|_| "write a span as in 500ms, 5s, 2m or 1h")?;
    match text.get(digits.len()..) {
        Some("ms") => Ok(Duration::from_millis(count)),
        Some("s" | "") => Ok(Duration::from_secs(count)),
        Some("m") => Ok(Duration::from_secs(count.saturating_mul(60))),
        Some("h") => Ok(Duration::from_secs(count.saturating_mul(3_600))),
        Some(_) | None => Err("write a span as in 500ms, 5s, 2m or 1h".into()),
    }
}

/// Reads a number of days: `30d` or `30`.
pub(crate) fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    let days = number.parse().ok().filter(|days| (1..=400).contains(days));
    days.ok_or_else(|| "write 1 to 400 days, as in 30d".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_are_read_with_and_without_a_price() {
        let read = |text| goods(text).unwrap();
        let bolt = |price: Option<&str>| Goods {
            sku: "BOLT".into(),
            quantity: "3".into(),
            price: price.map(ToOwned::to_owned),
        };
        assert_eq!(read("BOLT:3"), bolt(None));
        assert_eq!(read("BOLT:3@1.10"), bolt(Some("1.10")));
        assert_eq!(read("a:b@c:3").sku, "a:b@c");
        for wrong in [
            "BOLT",
            "BOLT:0",
            "BOLT:-1",
            "BOLT:x",
            "BOLT:1@x",
            "BOLT:.",
            "BOLT:1.5.0",
            "BOLT:0.0",
        ] {
            assert!(goods(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_price_is_read_as_its_currency_has_it() {
        let read = |text, currency| price(text, currency, "--line").map_err(|no| no.to_string());
        assert_eq!(read("1500", "JPY"), Ok(1_500));
        assert_eq!(read("1.255", "KWD"), Ok(1_255));
        assert!(read("1.255", "EUR").unwrap_err().contains("2 places"));
        assert!(read("1", "ZZZ").unwrap_err().contains("ISO 4217"));
    }

    #[test]
    fn lines_times_and_spans_are_read_and_nonsense_is_not() {
        assert_eq!(
            of_line("2:5"),
            Ok(OfLine {
                line: 2,
                quantity: "5".into()
            })
        );
        assert!(of_line("2").is_err() && of_line("x:1").is_err());
        assert_eq!(
            time("2026-11-22").unwrap().at().to_string(),
            "2026-11-22T00:00:00Z"
        );
        assert!(time("soon").is_err());
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(span("2h"), Ok(Duration::from_secs(7_200)));
        assert!(span("2d").is_err() && span("").is_err());
        assert_eq!((days("90d"), days("7")), (Ok(90), Ok(7)));
        assert!(
            ["", "d", "0d", "401d", "-1", "2w"]
                .iter()
                .all(|text| days(text).is_err())
        );
    }
}
