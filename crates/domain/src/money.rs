//! Amounts of money as text: whole minor units here, there a decimal with as many places as the
//! currency has by ISO 4217.

use crate::exact::Exact;
use crate::ids::Currency;

/// The largest amount that is read, in minor units.
pub const MAX_MINOR: i64 = 10_000_000_000;
/// Places of a sum over several currencies, which belongs to none.
const PLACES_OF_A_SUM: usize = 2;

/// Why a text is no amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is not digits with at most one point.
    #[error("is no amount: write digits with at most one point, as in 1.10")]
    Malformed,
    /// It says more than the currency can.
    #[error("has more than the {places} places that {currency} has after the point")]
    TooManyPlaces {
        /// In what it is.
        currency: Currency,
        /// How many it has.
        places: usize,
    },
    /// It is above [`MAX_MINOR`].
    #[error("is above the largest amount, {MAX_MINOR} of the smallest unit")]
    TooLarge,
}

/// Reads a decimal amount in minor units: `1.10` EUR is 110, `1500` JPY is 1500. Zeros beyond the
/// currency's places say nothing and are taken.
///
/// # Errors
/// [`AmountError`]. Nothing is rounded.
pub fn minor(text: &str, currency: Currency) -> Result<i64, AmountError> {
    let places = currency.places();
    in_places(text, places).map_err(|error| match error {
        Unread::Malformed => AmountError::Malformed,
        Unread::TooManyPlaces => AmountError::TooManyPlaces { currency, places },
        Unread::TooLarge => AmountError::TooLarge,
    })
}

/// Reads an amount that is compared with amounts of any currency: in hundredths.
///
/// # Errors
/// What is wrong, in words.
pub fn hundredths(text: &str) -> Result<i64, &'static str> {
    in_places(text, PLACES_OF_A_SUM).map_err(|error| match error {
        Unread::Malformed => "is no amount: write digits with at most one point, as in 1.10",
        Unread::TooManyPlaces => "has more than two places after the point",
        Unread::TooLarge => "is too large",
    })
}

enum Unread {
    Malformed,
    TooManyPlaces,
    TooLarge,
}

fn in_places(text: &str, places: usize) -> Result<i64, Unread> {
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && after.is_empty()) || !digits(whole) || !digits(after) {
        return Err(Unread::Malformed);
    }
    let after = after.trim_end_matches('0');
    if after.len() > places {
        return Err(Unread::TooManyPlaces);
    }
    let minor: i64 = format!("0{whole}{after:0<places$}")
        .parse()
        .map_err(|_| Unread::TooLarge)?;
    if minor > MAX_MINOR {
        return Err(Unread::TooLarge);
    }
    Ok(minor)
}

/// Minor units as a decimal: `255` EUR is `2.55`, `255` JPY is `255`.
pub fn decimal(minor: i64, currency: Currency) -> String {
    with_places(minor, currency.places())
}

/// A sum over several currencies, as the measures have them, as a decimal with two places.
pub fn decimal_of_sum(minor: i64) -> String {
    with_places(minor, PLACES_OF_A_SUM)
}

fn with_places(minor: i64, places: usize) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", minor.unsigned_abs(), width = places.plus(1));
    let (whole, after) = digits.split_at(digits.len().minus(places));
    if after.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn an_amount_is_read_exactly_in_the_places_of_its_currency() {
        for (text, code, amount) in [
            ("2.55", "EUR", 255),
            ("2.5", "EUR", 250),
            ("0.07", "EUR", 7),
            ("3", "EUR", 300),
            (".5", "EUR", 50),
            ("2.500", "EUR", 250),
            ("1500", "JPY", 1_500),
            ("1500.00", "JPY", 1_500),
            ("1.255", "KWD", 1_255),
            ("1", "KWD", 1_000),
            ("0.0001", "CLF", 1),
            ("100000000", "EUR", MAX_MINOR),
        ] {
            assert_eq!(minor(text, currency(code)), Ok(amount), "{text} {code}");
        }
        for text in ["", ".", "-1", "+1", "1,5", "1.x", "NaN", "1.1.1"] {
            assert_eq!(
                minor(text, currency("EUR")),
                Err(AmountError::Malformed),
                "{text}"
            );
        }
        for text in ["100000000.01", "99999999999999999999"] {
            assert_eq!(
                minor(text, currency("EUR")),
                Err(AmountError::TooLarge),
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_currency_cannot_say_is_refused_and_not_rounded() {
        for (text, code, places) in [("1.255", "EUR", 2), ("0.5", "JPY", 0), ("1.2345", "KWD", 3)] {
            let currency = currency(code);
            let error = AmountError::TooManyPlaces { currency, places };
            assert_eq!(minor(text, currency), Err(error), "{text} {code}");
        }
        assert!(hundredths("1.255").is_err());
    }

    #[test]
    fn an_amount_that_is_written_is_read_again() {
        for code in ["EUR", "JPY", "KWD", "CLF"] {
            for amount in [0, 1, 99, 100, 255, MAX_MINOR] {
                let currency = currency(code);
                assert_eq!(minor(&decimal(amount, currency), currency), Ok(amount));
            }
        }
        assert_eq!(decimal(-5, currency("EUR")), "-0.05");
        assert_eq!(decimal(-5, currency("JPY")), "-5");
        assert_eq!(hundredths(&decimal_of_sum(255)), Ok(255));
    }

    #[test]
    fn a_currency_is_known_if_the_list_has_it() {
        assert!(currency("EUR").is_known() && currency("KWD").is_known());
        assert!(!currency("ZZZ").is_known());
    }
}
