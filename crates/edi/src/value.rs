//! Quantities and dates as messages write them. Must not know what they are of.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::bounds::MAX_ID_BYTES;
use crate::counted::Counted;
use crate::fault::Reason;
use crate::profile::Profile;
use crate::quantity::{PLACES, Quantity};
use crate::said::{ArticleId, When};

/// A quantity: `40`, `10.25`, `+40`, in a unit of measure of which it is known how many it holds.
pub(crate) fn units(
    text: &str,
    (unit, of): (&str, &[ArticleId]),
    mark: char,
    profile: &Profile,
) -> Result<Quantity, Reason> {
    let not_one = || Reason::Quantity(short(text));
    let digits = text.trim().trim_start_matches('+');
    let (whole, part) = digits.split_once([mark, '.']).unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || (whole.is_empty() && part.is_empty()) {
        return Err(not_one());
    }
    let holds = profile.holds(unit, of);
    let (holds, of) = holds.ok_or_else(|| Reason::Unit(short(unit)))?;
    let part = part.trim_end_matches('0');
    // A piece is whole, and no item has a finer step.
    if part.len() > PLACES || (of == Counted::Pieces && !part.is_empty()) {
        return Err(Reason::Fraction(short(text)));
    }
    // More digits than there are numbers are too many.
    let digits = Quantity::millionths(&format!("{whole}.{part}")).unwrap_or(u64::MAX);
    let millionths = digits.saturating_mul(u64::from(holds));
    Quantity::new(millionths, of).ok_or_else(|| Reason::TooMany(short(text)))
}

/// A number or an id, without the blanks around it, that is short enough to be kept.
pub(crate) fn id(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    if text.len() > MAX_ID_BYTES {
        return Err(Reason::TooLarge {
            what: "bytes in a number",
            most: MAX_ID_BYTES,
        });
    }
    Ok(text.to_owned())
}

/// What is only told, cut to what may be kept.
pub(crate) fn short(text: &str) -> String {
    let mut bytes = 0_usize;
    let fits = text.trim().chars().take_while(|it| {
        bytes = bytes.saturating_add(it.len_utf8());
        bytes <= MAX_ID_BYTES
    });
    fits.collect()
}

/// A day: `20260312`, or `260312`, which lies in the century around the interchange's day.
pub(crate) fn day(text: &str, near: Option<Date>) -> Result<Date, Reason> {
    let text = text.trim();
    let not_one = || Reason::Date(text.to_owned());
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_one());
    }
    let number = |from: usize, to: usize| -> Option<i16> { text.get(from..to)?.parse().ok() };
    let parts = match text.len() {
        8 => (number(0, 4), number(4, 6), number(6, 8)),
        6 => {
            let near = near.map_or(2000, Date::year);
            let year = number(0, 2).and_then(|year| around(year, near));
            (year, number(2, 4), number(4, 6))
        }
        _ => return Err(not_one()),
    };
    let (Some(year), Some(month), Some(day)) = parts else {
        return Err(not_one());
    };
    let small = |number: i16| i8::try_from(number).map_err(|_| not_one());
    Date::new(year, small(month)?, small(day)?).map_err(|_| not_one())
}

/// The year of these last two digits that is nearest.
fn around(year: i16, near: i16) -> Option<i16> {
    let century = near.checked_div(100)?.checked_mul(100)?;
    let here = century.checked_add(year)?;
    let other = if here > near {
        here.checked_sub(100)?
    } else {
        here.checked_add(100)?
    };
    let here_is_nearer = here.abs_diff(near) <= other.abs_diff(near);
    Some(if here_is_nearer { here } else { other })
}

/// The day so many days later, or the last one that there is.
pub(crate) fn later(day: Date, days: u32) -> Date {
    let days: Span = i64::from(days).days();
    day.saturating_add(days)
}

/// When goods come that arrive, or leave, on a day.
pub(crate) fn when(day: Date, leaves: bool, sent: Option<Date>, profile: &Profile) -> When {
    let is_unknown = sent.is_some_and(|sent| day > later(sent, profile.unknown_after_days));
    if is_unknown {
        return When::Unknown;
    }
    When::On(if leaves {
        later(day, profile.transit_days)
    } else {
        day
    })
}
