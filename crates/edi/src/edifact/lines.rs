//! What the messages about lines share: articles, quantities, dates. Must not know which message.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::codes;
use super::segments::{Segment, Service};
use crate::context::{Context, Dated};
use crate::fault::{Fault, Reason};
use crate::quantity::Quantity;
use crate::said::{LineRef, Purpose};
use crate::value;

/// A message's number, or what else names something.
pub(super) fn id(of: &Segment, at: (usize, usize), name: &'static str) -> Result<String, Fault> {
    let text = of.need(at, name)?;
    value::id(text).map_err(|why| of.fault(why))
}

pub(super) fn unknown(of: &Segment, element: &'static str, code: &str) -> Fault {
    of.fault(Reason::Code {
        element,
        code: code.chars().take(20).collect(),
    })
}

/// The number of a message and what it does with an earlier one, by its BGM.
pub(super) fn begin(of: &Segment) -> Result<(String, Purpose), Fault> {
    let number = value::id(of.get(2, 1)).map_err(|why| of.fault(why))?;
    let code = of.get(3, 1);
    let purpose = codes::purpose(code).ok_or_else(|| unknown(of, "BGM 1225", code))?;
    Ok((number, purpose))
}

/// The line that a LIN names.
pub(super) fn line_ref(of: &Segment) -> Result<LineRef, Fault> {
    let mut line = LineRef {
        number: value::id(of.get(1, 1)).map_err(|why| of.fault(why))?,
        ..LineRef::default()
    };
    add(&mut line, of, 3)?;
    Ok(line)
}

/// Another number of the article, by a PIA. What it is offered instead of is no number of it.
pub(super) fn hear_article(line: &mut LineRef, of: &Segment) -> Result<(), Fault> {
    match of.get(1, 1) {
        // Substituted by, substitute for: another article.
        "3" | "4" => Ok(()),
        _ => (2..=6).try_for_each(|element| add(line, of, element)),
    }
}

fn add(line: &mut LineRef, of: &Segment, element: usize) -> Result<(), Fault> {
    let text = of.get(element, 1);
    let added = value::id(text).and_then(|id| line.add(codes::whose(of.get(element, 2)), &id));
    added.map_err(|why| of.fault(why))
}

/// A reference to a line of ours: RFF+LI:2, or the third component of RFF+ON.
pub(super) fn hear_reference(line: &mut LineRef, of: &Segment) -> Result<(), Fault> {
    let number = match of.get(1, 1) {
        "LI" => of.get(1, 2),
        "ON" => of.get(1, 3),
        _ => "",
    };
    if !number.is_empty() {
        line.number = value::id(number).map_err(|why| of.fault(why))?;
        line.is_ours = true;
    }
    Ok(())
}

/// Whole units of a QTY.
pub(super) fn units(
    of: &Segment,
    article: &LineRef,
    service: &Service,
    context: &Context,
) -> Result<Quantity, Fault> {
    let text = of.need((1, 2), "QTY 6060")?;
    let units = value::units(
        text,
        (of.get(1, 3), &article.ids),
        service.mark(),
        context.profile,
    );
    units.map_err(|why| of.fault(why))
}

/// The day of a DTM, by its format; of a span of days the last.
pub(super) fn day(of: &Segment, context: &Context) -> Result<Option<Date>, Fault> {
    let text = of.get(1, 2);
    if text.is_empty() {
        return Ok(None);
    }
    let format = of.get(1, 3);
    let no_date = || of.fault(Reason::Date(value::short(text)));
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let turned: String;
    let told = match format {
        "718" | "711" => text.get(text.len().saturating_sub(8)..).unwrap_or(text),
        "719" => text.get(12..20).unwrap_or(text),
        "203" | "204" | "303" | "304" => text.get(..8).unwrap_or(text),
        "201" | "202" => text.get(..6).unwrap_or(text),
        // Day, month, year; month, day, year; day, month, year in four digits.
        "2" | "3" | "4" => {
            let parts = match format {
                "2" => [part(4, 6), part(2, 4), part(0, 2)],
                "3" => [part(4, 6), part(0, 2), part(2, 4)],
                _ => [part(4, 8), part(2, 4), part(0, 2)],
            };
            turned = parts.concat();
            if turned.len() != text.len() {
                return Err(no_date());
            }
            &turned
        }
        "616" | "610" => return last_of(text, format == "616").map(Some).ok_or_else(no_date),
        "" | "101" | "102" => text,
        format => return Err(unknown(of, "DTM 2379", format)),
    };
    let day = value::day(told, context.sent);
    day.map(Some).map_err(|_| no_date())
}

/// The last day of a week or of a month, each six digits, the year first.
fn last_of(text: &str, is_week: bool) -> Option<Date> {
    let number = |from: usize, to: usize| -> Option<i16> { text.get(from..to)?.parse().ok() };
    let year = number(0, 4).filter(|_| text.len() == 6)?;
    let part = i8::try_from(number(4, 6)?).ok()?;
    if is_week {
        let week = ISOWeekDate::new(year, part, Weekday::Sunday).ok()?;
        return Some(week.date());
    }
    Some(Date::new(year, part, 1).ok()?.last_of_month())
}

/// Hears a DTM; one that says something else than when goods come is passed over.
pub(super) fn hear(dated: &mut Dated, of: &Segment, context: &Context) -> Result<(), Fault> {
    let Some((rank, leaves)) = codes::date_rank(of.get(1, 1)) else {
        return Ok(());
    };
    let Some(day) = day(of, context)? else {
        return Ok(());
    };
    if of.get(1, 1) == "11" {
        dated.left = Some(day);
    }
    dated.say(rank, day, leaves);
    Ok(())
}
