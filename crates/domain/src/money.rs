//! Amounts of money as text: whole minor units here, a decimal with two places there.

use crate::exact::Exact;

/// The largest amount that is read, in minor units.
pub const MAX_MINOR: i64 = 10_000_000_000;

/// Reads a decimal amount in minor units: `1.10` is 110. More than two places are rounded half up.
/// None: it is no amount, is negative, or is above [`MAX_MINOR`].
pub fn minor(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && places.is_empty()) || !digits(whole) || !digits(places) {
        return None;
    }
    let digit = |index: usize| {
        places
            .as_bytes()
            .get(index)
            .map_or(0, |byte| i64::from(byte.minus(b'0')))
    };
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let cents = digit(0).times(10).plus(digit(1));
    let up = i64::from(digit(2) >= 5);
    let minor = whole.times(100).plus(cents).plus(up);
    (minor <= MAX_MINOR).then_some(minor)
}

/// Minor units as a decimal: `255` is `2.55`.
pub fn decimal(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_exactly() {
        for (text, amount) in [
            ("2.55", 255),
            ("2.5", 250),
            ("0.07", 7),
            ("3", 300),
            (".005", 1),
            ("100000000", MAX_MINOR),
        ] {
            assert_eq!(minor(text), Some(amount), "{text}");
        }
        for text in ["", ".", "-1", "+1", "1,5", "1.x", "NaN", "100000000.01"] {
            assert_eq!(minor(text), None, "{text}");
        }
    }

    #[test]
    fn an_amount_that_is_written_is_read_again() {
        for amount in [0, 1, 99, 100, 255, MAX_MINOR] {
            assert_eq!(minor(&decimal(amount)), Some(amount));
        }
        assert_eq!(decimal(-5), "-0.05");
    }
}
