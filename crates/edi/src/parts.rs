//! From what is said of some of a line's units to the parts in which all of it comes. Both
//! standards come to this. Must not know a segment or a code.

use crate::fault::Reason;
use crate::said::{Part, When, in_order};
use crate::value::plus;

/// What is said of some units of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// They come.
    Comes(When),
    /// They do not come.
    Refused,
}

/// What holds for units of which nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// They come then.
    Comes(When),
    /// They do not come.
    Refused,
}

/// The parts of a line, from what is said of its units in turn, and how many are refused.
///
/// Words without a quantity are about what the others leave; one of them at most.
pub(crate) fn of_line(
    ordered: Option<u32>,
    words: &[(Option<u32>, Word)],
    rest: Rest,
) -> Result<(Vec<Part>, u32), Reason> {
    let mut parts = Vec::new();
    let (mut said, mut refused) = (0, 0);
    for (quantity, word) in words {
        let Some(units) = quantity.filter(|units| *units > 0) else {
            continue;
        };
        said = plus(said, units)?;
        match word {
            Word::Comes(when) => parts.push(Part {
                quantity: Some(units),
                when: *when,
            }),
            Word::Refused => refused = plus(refused, units)?,
        }
    }
    let mut open = words.iter().filter(|(quantity, _)| quantity.is_none());
    let of_rest = match (open.next(), open.next()) {
        (None, _) => rest,
        (Some((_, Word::Comes(when))), None) => Rest::Comes(*when),
        (Some((_, Word::Refused)), None) => Rest::Refused,
        (Some(_), Some(_)) => return Err(Reason::TwoRests),
    };
    let left = ordered.map(|ordered| ordered.saturating_sub(said));
    match (of_rest, left) {
        (_, Some(0)) | (Rest::Refused, None) => {}
        (Rest::Refused, Some(left)) => refused = plus(refused, left)?,
        (Rest::Comes(when), quantity) => parts.push(Part { quantity, when }),
    }
    Ok((in_order(parts)?, refused))
}
