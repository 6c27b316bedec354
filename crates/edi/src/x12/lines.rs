//! What the messages about lines share: articles, quantities, dates. Must not know which message.

use jiff::civil::Date;

use super::codes;
use super::segments::Segment;
use crate::context::{Context, Dated};
use crate::fault::{Fault, Reason};
use crate::quantity::Quantity;
use crate::said::{ArticleId, LineRef, Purpose};
use crate::value;

/// A day in an element; none where it is empty.
pub(super) fn day(of: &Segment, number: usize, context: &Context) -> Result<Option<Date>, Fault> {
    match of.get(number) {
        "" => Ok(None),
        text => {
            let day = value::day(text, context.sent);
            day.map(Some).map_err(|why| of.fault(why))
        }
    }
}

/// Whole units in an element, in the unit of another; none where it is empty.
pub(super) fn units(
    of: &Segment,
    number: usize,
    (unit, article): (usize, &[ArticleId]),
    context: &Context,
) -> Result<Option<Quantity>, Fault> {
    match of.get(number) {
        "" => Ok(None),
        text => {
            let units = value::units(text, (of.get(unit), article), '.', context.profile);
            units.map(Some).map_err(|why| of.fault(why))
        }
    }
}

/// A number in an element that must not be empty.
pub(super) fn id(of: &Segment, number: usize, name: &'static str) -> Result<String, Fault> {
    let text = of.need(number, name)?;
    value::id(text).map_err(|why| of.fault(why))
}

/// What a message does with an earlier one, by the first element of its first segment.
pub(super) fn purpose(of: &Segment, name: &'static str) -> Result<Purpose, Fault> {
    let code = of.get(1);
    codes::purpose(code).ok_or_else(|| unknown(of, name, code))
}

pub(super) fn unknown(of: &Segment, element: &'static str, code: &str) -> Fault {
    of.fault(Reason::Code {
        element,
        code: code.chars().take(20).collect(),
    })
}

/// The line that a segment names: its number, and pairs of a qualifier and an article's number.
pub(super) fn line_ref(of: &Segment, number: usize, pairs_from: usize) -> Result<LineRef, Fault> {
    let mut line = LineRef {
        number: value::id(of.get(number)).map_err(|why| of.fault(why))?,
        ..LineRef::default()
    };
    let mut elements = of.from(pairs_from);
    while let (Some(whose), Some(text)) = (elements.next(), elements.next()) {
        if whose.is_empty() {
            continue;
        }
        let added = value::id(text).and_then(|id| line.add(codes::whose(whose), &id));
        added.map_err(|why| of.fault(why))?;
    }
    Ok(line)
}

/// Hears a DTM; one that says something else than when goods come is passed over.
pub(super) fn hear(dated: &mut Dated, of: &Segment, context: &Context) -> Result<(), Fault> {
    let Some((rank, leaves)) = codes::date_rank(of.get(1)) else {
        return Ok(());
    };
    let period = || matches!(of.get(5), "D8" | "RD8").then_some(6);
    let at = if of.get(2).is_empty() {
        period()
    } else {
        Some(2)
    };
    let text = at.map_or("", |at| of.get(at));
    // Of a span of days the last.
    let text = text.rsplit('-').next().unwrap_or_default();
    if text.is_empty() {
        return Ok(());
    }
    let day = value::day(text, context.sent).map_err(|why| of.fault(why))?;
    if of.get(1) == "011" {
        dated.left = Some(day);
    }
    dated.say(rank, day, leaves);
    Ok(())
}
