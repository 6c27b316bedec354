//! Numbers as people and spreadsheets write them: `1,250.50`, `1.250,50`, `12,50 €`, `2.0`. What
//! may mean two numbers is told apart from what is none.

use domain::exact::Exact;

/// What stands before the places of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// `12.50`
    Point,
    /// `12,50`
    Comma,
}

impl Decimal {
    /// What stands before the places, in a number with a separator of one kind.
    pub(crate) fn of(text: &str) -> Self {
        if text.contains(',') {
            Self::Comma
        } else {
            Self::Point
        }
    }

    const fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// Why a text is no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// It is none.
    None,
    /// It may be either of these.
    Ambiguous(String, String),
}

/// A number in digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) negative: bool,
    whole: String,
    places: String,
}

impl Number {
    /// Reads one. Without `decimal`, a single separator before exactly three digits is ambiguous.
    pub(crate) fn read(text: &str, decimal: Option<Decimal>) -> Result<Self, NumberError> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, places) = split(digits.trim(), decimal)?;
        let whole = ungroup(whole).ok_or(NumberError::None)?;
        let is_number = places.bytes().all(|byte| byte.is_ascii_digit())
            && !(whole.is_empty() && places.is_empty());
        if !is_number {
            return Err(NumberError::None);
        }
        Ok(Self {
            negative,
            whole,
            places: places.to_owned(),
        })
    }

    /// Whole units, if it is so many: `2.0` is 2.
    pub(crate) fn units(&self) -> Option<u64> {
        if self.places.bytes().any(|byte| byte != b'0') {
            return None;
        }
        self.whole.parse().ok()
    }

    /// As a decimal with a point, without its sign.
    pub(crate) fn absolute(&self) -> String {
        format!("{}.{}", self.whole, self.places)
    }

    /// As a decimal with a point, if it is not negative.
    pub(crate) fn decimal(&self) -> Option<String> {
        let nothing = self.units() == Some(0);
        let decimal = format!("{}.{}", self.whole, self.places);
        (nothing || !self.negative).then_some(decimal)
    }
}

/// The whole part, with its groups, and the places.
fn split(digits: &str, decimal: Option<Decimal>) -> Result<(&str, &str), NumberError> {
    if let Some(decimal) = decimal {
        return Ok(digits
            .split_once(decimal.character())
            .unwrap_or((digits, "")));
    }
    let points = digits.matches('.').count();
    let commas = digits.matches(',').count();
    let last = digits.rfind(['.', ',']);
    let Some((whole, tail)) = last.and_then(|at| digits.split_at_checked(at)) else {
        return Ok((digits, ""));
    };
    let places = tail.get(1..).unwrap_or_default();
    match (points, commas) {
        // One of each kind, or several of one and then another: the last one is the decimal's.
        (1, 1..) | (2.., 1) => Ok((whole, places)),
        // Several of one kind can only be groups.
        (2.., 0) | (0, 2..) => Ok((digits, "")),
        (2.., 2..) => Err(NumberError::None),
        (0, _) | (_, 0) => {
            let may_be_a_group = places.len() == 3
                && places.bytes().all(|byte| byte.is_ascii_digit())
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0')
                && whole.bytes().all(|byte| byte.is_ascii_digit());
            if may_be_a_group {
                let (small, large) = (format!("{whole}.{places}"), format!("{whole}{places}"));
                return Err(NumberError::Ambiguous(small, large));
            }
            Ok((whole, places))
        }
    }
}

/// Takes out what groups digits by threes: a point, a comma, an apostrophe or a space, one kind.
fn ungroup(whole: &str) -> Option<String> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let Some(separator) = whole.chars().find(|letter| !is_digit(*letter)) else {
        return Some(whole.to_owned());
    };
    let groups = ['.', ',', '\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}'];
    if !groups.contains(&separator) {
        return None;
    }
    let mut parts = whole.split(separator);
    let first = parts.next()?;
    let mut digits = first.to_owned();
    let mut sound = (1..=3).contains(&first.len());
    for part in parts {
        sound &= part.len() == 3;
        digits.push_str(part);
    }
    (sound && digits.chars().all(is_digit)).then_some(digits)
}

/// Whether it is a number, whichever.
pub(crate) fn is_number(text: &str) -> bool {
    !matches!(Number::read(text, None), Err(NumberError::None))
}

/// A price and the currency that it is written in, as far as it says: `$15.00`, `12,50 EUR`.
pub(crate) fn price(
    text: &str,
    decimal: Option<Decimal>,
) -> Result<(Number, Option<&'static str>), NumberError> {
    const SIGNS: [(&str, &str); 10] = [
        ("US $", "USD"),
        ("AU $", "AUD"),
        ("C $", "CAD"),
        ("US$", "USD"),
        ("A$", "AUD"),
        ("C$", "CAD"),
        ("£", "GBP"),
        ("€", "EUR"),
        ("$", DOLLARS),
        ("₹", "INR"),
    ];
    let text = text.trim();
    let (minus, bare) = match text.strip_prefix('-') {
        Some(bare) => ("-", bare.trim_start()),
        None => ("", text),
    };
    for (sign, currency) in SIGNS {
        let amount = bare.strip_prefix(sign).or_else(|| bare.strip_suffix(sign));
        if let Some(amount) = amount {
            let number = Number::read(&format!("{minus}{}", amount.trim()), decimal)?;
            return Ok((number, Some(currency)));
        }
    }
    Ok((Number::read(text, decimal)?, None))
}

/// What `$` alone says: some dollars.
pub(crate) const DOLLARS: &str = "$";

/// The currency of a sign, where the file or the caller named `named`: none if they contradict.
pub(crate) fn agreed(sign: &'static str, named: Option<&str>) -> Option<String> {
    match (sign, named) {
        (DOLLARS, None) => Some("USD".to_owned()),
        (DOLLARS, Some(named)) => {
            let dollars = [
                "USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP",
            ];
            dollars.contains(&named).then(|| named.to_owned())
        }
        (sign, None) => Some(sign.to_owned()),
        (sign, Some(named)) => (sign == named).then(|| named.to_owned()),
    }
}

/// Whether this is what a spreadsheet makes of a long number: `1.12E+14`.
pub(crate) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['e', 'E']) else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let signed = exponent.strip_prefix(['+', '-']);
    let parts = mantissa.split_once(['.', ',']);
    let is_mantissa = match parts {
        Some((whole, places)) => digits(whole) && digits(places),
        None => digits(mantissa),
    };
    is_mantissa && digits(signed.unwrap_or(exponent)) && (signed.is_some() || parts.is_some())
}

/// What one unit costs where a row says what all of them cost, rounded half up.
pub(crate) fn per_unit(total_minor: i64, units: u32) -> i64 {
    let units = i64::from(units.max(1));
    total_minor
        .plus(units.div_euclid(2))
        .checked_div(units)
        .unwrap_or(total_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_whoever_wrote_it() {
        for (text, decimal) in [
            ("12.50", "12.50"),
            ("12,50", "12.50"),
            ("5", "5."),
            ("1,250.50", "1250.50"),
            ("1.250,50", "1250.50"),
            ("1.250.000", "1250000."),
            ("1'250.5", "1250.5"),
            ("1 250,5", "1250.5"),
            ("0.125", "0.125"),
            ("1250.125", "1250.125"),
            (".5", ".5"),
            ("-0.00", "0.00"),
        ] {
            let number = Number::read(text, None).unwrap();
            assert_eq!(number.decimal().as_deref(), Some(decimal), "{text}");
        }
        assert_eq!(Number::read("-1", None).unwrap().decimal(), None);
        for text in [
            "",
            ".",
            "x",
            "1e9",
            "1.2.3",
            "12,34,567",
            "1,2 3",
            "1.2,3,4",
        ] {
            assert_eq!(Number::read(text, None), Err(NumberError::None), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_numbers_is_asked() {
        for text in ["1.250", "1,250", "125,000", "-1.000"] {
            let read = Number::read(text, None);
            assert!(matches!(read, Err(NumberError::Ambiguous(..))), "{text}");
        }
        let read = |decimal| Number::read("1.250", Some(decimal)).unwrap().decimal();
        assert_eq!(read(Decimal::Point).as_deref(), Some("1.250"));
        assert_eq!(read(Decimal::Comma).as_deref(), Some("1250."));
    }

    #[test]
    fn units_are_whole_however_they_are_written() {
        let units = |text| Number::read(text, None).unwrap().units();
        assert_eq!(units("2.0"), Some(2));
        assert_eq!(units("2,00"), Some(2));
        assert_eq!(units("+2"), Some(2));
        assert_eq!(units("1.5"), None);
        assert_eq!(units("99999999999999999999"), None);
    }

    #[test]
    fn a_price_may_say_its_currency() {
        let read = |text| price(text, None).map(|(number, sign)| (number.decimal().unwrap(), sign));
        assert_eq!(read("$15.00"), Ok(("15.00".into(), Some(DOLLARS))));
        assert_eq!(read("12,50 €"), Ok(("12.50".into(), Some("EUR"))));
        assert_eq!(read("AU $7.00"), Ok(("7.00".into(), Some("AUD"))));
        assert_eq!(agreed(DOLLARS, Some("CAD")).as_deref(), Some("CAD"));
        assert_eq!(agreed(DOLLARS, Some("EUR")), None);
        assert_eq!(agreed("EUR", Some("EUR")).as_deref(), Some("EUR"));
        assert_eq!(per_unit(2_500, 2), 1_250);
        assert_eq!(per_unit(1_000, 3), 333);
    }

    #[test]
    fn a_long_number_that_a_spreadsheet_shortened_is_known() {
        for text in ["1.12E+14", "1,12e+14", "1E+05", "2.5E14"] {
            assert!(is_scientific(text), "{text}");
        }
        for text in ["1E14", "12E4-B", "E+14", "A1.2E+3", "1.12", ""] {
            assert!(!is_scientific(text), "{text}");
        }
    }
}
