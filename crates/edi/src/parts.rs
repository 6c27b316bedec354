//! From what is said of some of a line's units to the parts in which all of it comes. Both
//! standards come to this. Must not know a segment or a code.

use crate::fault::Reason;
use crate::quantity::Quantity;
use crate::said::{Part, When, in_order};

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
    ordered: Option<Quantity>,
    words: &[(Option<Quantity>, Word)],
    rest: Rest,
) -> Result<(Vec<Part>, Quantity), Reason> {
    let mut parts = Vec::new();
    let (mut said, mut refused) = (Quantity::NONE, Quantity::NONE);
    for (quantity, word) in words {
        let Some(units) = quantity.filter(|units| !units.is_none()) else {
            continue;
        };
        said = said.plus(units)?;
        match word {
            Word::Comes(when) => parts.push(Part {
                quantity: Some(units),
                when: *when,
            }),
            Word::Refused => refused = refused.plus(units)?,
        }
    }
    let mut open = words.iter().filter(|(quantity, _)| quantity.is_none());
    let of_rest = match (open.next(), open.next()) {
        (None, _) => rest,
        (Some((_, Word::Comes(when))), None) => Rest::Comes(*when),
        (Some((_, Word::Refused)), None) => Rest::Refused,
        (Some(_), Some(_)) => return Err(Reason::TwoRests),
    };
    let left = ordered.map(|ordered| ordered.less(said));
    match (of_rest, left) {
        (_, Some(left)) if left.is_none() => {}
        (Rest::Refused, None) => {}
        (Rest::Refused, Some(left)) => refused = refused.plus(left)?,
        (Rest::Comes(when), quantity) => parts.push(Part { quantity, when }),
    }
    Ok((in_order(parts)?, refused))
}
