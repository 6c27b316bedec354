//! 855 and 865: what the supplier says of an order, or of a change of it.

use super::codes::{self, Change, Status, Whole};
use super::lines::{day, hear, id, line_ref, purpose, units, unknown};
use super::segments::Segment;
use crate::bounds::{MAX_LINES, MAX_PARTS};
use crate::context::{Context, Dated};
use crate::fault::{Fault, Reason};
use crate::parts::{Rest, Word, of_line};
use crate::quantity::Quantity;
use crate::said::{ArticleId, LineAnswer, LineRef, OrderAnswer, Others, Purpose, When};
use crate::value;

/// Reads an 855.
pub(super) fn acknowledgment(
    segments: &[Segment],
    context: &Context,
) -> Result<OrderAnswer, Fault> {
    let head = first(segments, "BAK")?;
    let mut answer = OrderAnswer {
        purpose: purpose(head, "BAK01")?,
        order: id(head, 3, "BAK03")?,
        number: value::id(head.get(8)).map_err(|why| head.fault(why))?,
        date: day(head, 9, context)?,
        others: Others::Unsaid,
        lines: Vec::new(),
    };
    if answer.purpose == Purpose::Cancels {
        // What was said no longer holds, and nothing is said instead: the order stands.
        answer.others = Others::Come(When::Unknown);
        return Ok(answer);
    }
    let whole = Head::read(head, segments, "PO1", context)?;
    read_lines(&mut answer, segments, ("PO1", &whole), context)?;
    Ok(answer)
}

/// Reads an 865.
pub(super) fn change(segments: &[Segment], context: &Context) -> Result<OrderAnswer, Fault> {
    let head = first(segments, "BCA")?;
    let mut answer = OrderAnswer {
        purpose: purpose(head, "BCA01")?,
        order: id(head, 3, "BCA03")?,
        number: value::id(head.get(5)).map_err(|why| head.fault(why))?,
        date: day(head, 7, context)?,
        others: Others::Unsaid,
        lines: Vec::new(),
    };
    if answer.purpose == Purpose::Cancels {
        answer.others = Others::Refused;
        return Ok(answer);
    }
    let whole = Head::read(head, segments, "POC", context)?;
    read_lines(&mut answer, segments, ("POC", &whole), context)?;
    Ok(answer)
}

fn first<'s, 't>(segments: &'s [Segment<'t>], tag: &'static str) -> Result<&'s Segment<'t>, Fault> {
    let found = segments.iter().find(|it| it.tag() == tag);
    found.ok_or(Fault {
        segment: segments.first().map_or(0, |it| it.number),
        tag: String::new(),
        why: Reason::NoSegment(tag),
    })
}

/// What the message says as a whole.
struct Head {
    whole: Option<Whole>,
    /// The header's date; without one, as it is known.
    when: When,
    /// Where the code stands.
    code: String,
}

impl Head {
    fn read(
        head: &Segment,
        segments: &[Segment],
        line: &str,
        context: &Context,
    ) -> Result<Self, Fault> {
        let mut dated = Dated::NONE;
        let before = segments.iter().take_while(|it| it.tag() != line);
        for dtm in before.filter(|it| it.tag() == "DTM") {
            hear(&mut dated, dtm, context)?;
        }
        Ok(Self {
            whole: codes::whole(head.get(2)),
            when: dated.when(context).unwrap_or(When::AsKnown),
            code: head.get(2).to_owned(),
        })
    }

    /// What holds for lines that are not named, if none is named or some are.
    fn others(&self, none_named: bool) -> Option<Others> {
        Some(match self.whole? {
            Whole::AcceptedButNamed => Others::Come(self.when),
            Whole::Accepted if none_named => Others::Come(self.when),
            Whole::Held if none_named => Others::Come(When::Unknown),
            Whole::Refused if none_named => Others::Refused,
            Whole::Accepted | Whole::Held | Whole::Refused => Others::Unsaid,
        })
    }
}

/// Reads the lines, each with the segments up to the next one.
fn read_lines(
    answer: &mut OrderAnswer,
    segments: &[Segment],
    (tag, head): (&str, &Head),
    context: &Context,
) -> Result<(), Fault> {
    let mut rest = segments;
    while let Some(begin) = rest.iter().position(|it| it.tag() == tag) {
        let (Some(of), Some(after)) = (rest.get(begin), rest.get(begin.saturating_add(1)..)) else {
            break;
        };
        let ends = after
            .iter()
            .position(|it| it.tag() == tag || it.tag() == "CTT");
        let (own, next) = after.split_at(ends.unwrap_or(after.len()));
        if answer.lines.len() >= MAX_LINES {
            return Err(of.fault(Reason::TooLarge {
                what: "lines",
                most: MAX_LINES,
            }));
        }
        answer.lines.push(line(of, own, head, context)?);
        rest = next;
    }
    let none_named = answer.lines.is_empty();
    let others = head.others(none_named);
    answer.others = match others {
        Some(others) => others,
        None if none_named => {
            let of = segments.first().copied();
            let why = Reason::Code {
                element: "the acknowledgment type",
                code: head.code.clone(),
            };
            return Err(of.map_or_else(|| nowhere(why.clone()), |of| of.fault(why.clone())));
        }
        None => Others::Unsaid,
    };
    Ok(())
}

fn nowhere(why: Reason) -> Fault {
    Fault {
        segment: 0,
        tag: String::new(),
        why,
    }
}

/// One line with its own segments.
fn line(
    of: &Segment,
    own: &[Segment],
    head: &Head,
    context: &Context,
) -> Result<LineAnswer, Fault> {
    let is_change = of.tag() == "POC";
    let (quantity, unit, priced, pairs) = if is_change {
        (3, 5, 6, 8)
    } else {
        (2, 3, 4, 6)
    };
    let mut named = line_ref(of, 1, pairs)?;
    let ordered = units(of, quantity, (unit, &named.ids), context)?;
    let said = (of.get(unit), of.get(priced), named.ids.as_slice());
    let heard = Heard::read(own, said, head, context)?;
    let change = match of.get(2) {
        code if is_change => Some(codes::change(code).ok_or_else(|| unknown(of, "POC02", code))?),
        _ => None,
    };
    // The order's own number, given back; what is added to an order has none yet.
    named.is_ours = change != Some(Change::Added);
    if !named.is_ours {
        named.number = String::new();
    }
    let mut answer = LineAnswer {
        line: heard.named(named),
        ordered,
        parts: None,
        refused: Quantity::NONE,
        approve: heard.approve.clone(),
        segment: of.number,
    };
    let said = match (change, heard.words.is_empty()) {
        (Some(Change::Deleted), _) => {
            let refuses = heard.words.iter().any(|(_, word)| *word == Word::Refused);
            let is_refused = refuses && !heard.deleted;
            // The supplier refuses to delete the line.
            (!is_refused).then(|| of_line(ordered, &[], Rest::Refused))
        }
        (_, false) => Some(of_line(ordered, &heard.words, heard.rest)),
        (None, true) => Some(of_line(ordered, &[], head.rest(of, &heard)?)),
        (Some(_), true) if head.whole == Some(Whole::Refused) => None,
        (Some(Change::Nothing), true) => None,
        (Some(Change::Price), true) => {
            answer.approve.push(price(of.get(6)));
            None
        }
        (Some(Change::Line | Change::Added), true) => {
            Some(of_line(ordered, &[], Rest::Comes(heard.when)))
        }
        (Some(Change::Date), true) => {
            let when = match heard.when {
                When::AsKnown => When::Unknown,
                said @ (When::On(_) | When::Unknown) => said,
            };
            Some(of_line(ordered, &[], Rest::Comes(when)))
        }
    };
    if let Some(said) = said {
        let (parts, refused) = said.map_err(|why| of.fault(why))?;
        answer.parts = Some(parts);
        answer.refused = refused;
    }
    answer.line = answer.line.check().map_err(|why| of.fault(why))?;
    Ok(answer)
}

impl Head {
    /// What a line without an ACK comes to.
    fn rest(&self, of: &Segment, heard: &Heard) -> Result<Rest, Fault> {
        match self.whole {
            Some(Whole::Accepted | Whole::AcceptedButNamed) => Ok(Rest::Comes(heard.when)),
            Some(Whole::Refused) => Ok(Rest::Refused),
            Some(Whole::Held) => Ok(Rest::Comes(When::Unknown)),
            None => Err(unknown(
                of,
                "without an ACK, the acknowledgment type",
                &self.code,
            )),
        }
    }
}

/// What the segments of one line say of its units.
struct Heard {
    words: Vec<(Option<Quantity>, Word)>,
    rest: Rest,
    /// The line's own date, else the header's.
    when: When,
    approve: Vec<String>,
    /// An ACK says that it was taken off the order.
    deleted: bool,
    /// Articles that an ACK names where the line names none.
    articles: LineRef,
}

/// An ACK has no line number of its own: it has fewer elements than this.
const NO_NUMBER: usize = 99;

/// An ACK with the segments that belong to it.
struct Ack {
    status: Status,
    quantity: Option<Quantity>,
    when: Option<When>,
    offered: String,
}

impl Heard {
    fn read(
        own: &[Segment],
        (line_unit, line_price, named): (&str, &str, &[ArticleId]),
        head: &Head,
        context: &Context,
    ) -> Result<Self, Fault> {
        let (mut line_dates, mut ack_dates) = (Dated::NONE, Dated::NONE);
        let mut acks: Vec<Ack> = Vec::new();
        let mut schedule = Vec::new();
        let mut articles = LineRef::default();
        for of in own {
            match of.tag() {
                "DTM" if acks.is_empty() => hear(&mut line_dates, of, context)?,
                "DTM" => {
                    hear(&mut ack_dates, of, context)?;
                    if let (Some(ack), Some(when)) = (acks.last_mut(), ack_dates.when(context)) {
                        ack.when = ack.when.or(Some(when));
                    }
                }
                "ACK" => {
                    ack_dates = Dated::NONE;
                    let own = line_ref(of, NO_NUMBER, 7)?;
                    let article = if named.is_empty() { &own.ids } else { named };
                    let ack = ack(of, (line_unit, article), context)?;
                    // What is offered instead is another article.
                    if !matches!(ack.status, Status::Offer(_)) {
                        articles = own;
                    }
                    acks.push(ack);
                }
                "SCH" => schedule.push(scheduled(of, (line_unit, named), context)?),
                _ => {}
            }
            if acks.len() > MAX_PARTS || schedule.len() > MAX_PARTS {
                return Err(of.fault(Reason::TooLarge {
                    what: "ACK or SCH segments of one line",
                    most: MAX_PARTS,
                }));
            }
        }
        let when = line_dates.when(context).unwrap_or(head.when);
        let mut heard = Self {
            words: Vec::new(),
            rest: Rest::Comes(when),
            when,
            approve: Vec::new(),
            deleted: acks.iter().any(|ack| ack.status == Status::Deleted),
            articles,
        };
        for ack in &acks {
            heard.hear(ack, line_price, !schedule.is_empty());
        }
        heard.words.extend(schedule);
        if acks.is_empty() && !heard.words.is_empty() {
            heard.rest = Rest::Comes(When::Unknown);
        }
        Ok(heard)
    }

    /// One ACK. Where a schedule says when units come, an ACK of units that come only says that
    /// they do.
    fn hear(&mut self, ack: &Ack, line_price: &str, has_schedule: bool) {
        let when = ack.when.unwrap_or(self.when);
        let (word, rest) = match ack.status {
            Status::Comes => (Word::Comes(when), Some(Rest::Comes(When::Unknown))),
            Status::ComesInPart => (Word::Comes(when), Some(Rest::Comes(When::Unknown))),
            Status::Quantity => (Word::Comes(when), Some(Rest::Refused)),
            Status::Price => {
                self.approve.push(price(line_price));
                (Word::Comes(when), Some(Rest::Comes(When::Unknown)))
            }
            Status::Offer(what) => {
                let with = if ack.offered.is_empty() { "" } else { ": " };
                self.approve.push(format!("{what}{with}{}", ack.offered));
                (Word::Comes(When::Unknown), None)
            }
            Status::Backordered => (Word::Comes(ack.when.unwrap_or(When::Unknown)), None),
            Status::Pending => (Word::Comes(When::Unknown), None),
            Status::Refused | Status::Deleted => (Word::Refused, None),
        };
        // The strictest rest holds: dropped before unknown before dated.
        match (self.rest, rest) {
            (Rest::Refused, _) | (_, None) => {}
            (Rest::Comes(_), Some(rest)) => self.rest = rest,
        }
        let comes_by_schedule = matches!(
            ack.status,
            Status::Comes | Status::ComesInPart | Status::Quantity | Status::Price
        );
        if has_schedule && comes_by_schedule {
            return;
        }
        // No units of what is refused are all of them.
        let none_are_all = word == Word::Refused && ack.quantity.is_some_and(Quantity::is_none);
        let quantity = if none_are_all { None } else { ack.quantity };
        self.words.push((quantity, word));
    }

    fn named(&self, mut line: LineRef) -> LineRef {
        if line.ids.is_empty() {
            line.ids.clone_from(&self.articles.ids);
        }
        line
    }
}

/// What of a price is to be approved.
fn price(text: &str) -> String {
    match text {
        "" => "the price".into(),
        text => format!("the price {}", value::short(text)),
    }
}

/// The unit of an ACK or a schedule is the line's where it gives none.
fn unit_of<'t>(of: &Segment<'t>, number: usize, line_unit: &'t str) -> &'t str {
    match of.get(number) {
        "" => line_unit,
        unit => unit,
    }
}

/// Units in an element, in this unit.
fn units_in(
    of: &Segment,
    number: usize,
    (unit, article): (&str, &[ArticleId]),
    context: &Context,
) -> Result<Quantity, Fault> {
    let units = value::units(of.get(number), (unit, article), '.', context.profile);
    units.map_err(|why| of.fault(why))
}

fn ack(
    of: &Segment,
    (line_unit, named): (&str, &[ArticleId]),
    context: &Context,
) -> Result<Ack, Fault> {
    let code = of.get(1);
    let status = codes::status(code).ok_or_else(|| unknown(of, "ACK01", code))?;
    let quantity = match of.get(2) {
        "" => None,
        _ => {
            let unit = unit_of(of, 3, line_unit);
            Some(units_in(of, 2, (unit, named), context)?)
        }
    };
    let when = match day(of, 5, context)? {
        None => None,
        Some(day) => Some(context.when(day, leaves(of, 4)?)),
    };
    let offered: Vec<&str> = of
        .from(7)
        .take(20)
        .filter(|text| !text.is_empty())
        .collect();
    Ok(Ack {
        status,
        quantity,
        when,
        offered: offered.join(" "),
    })
}

/// Whether a date is that of goods that leave, by its code; without one it is that of an arrival.
fn leaves(of: &Segment, number: usize) -> Result<bool, Fault> {
    match of.get(number) {
        "" => Ok(false),
        code => match codes::date_rank(code) {
            Some((_, leaves)) => Ok(leaves),
            None => Err(unknown(of, "the date's qualifier", code)),
        },
    }
}

/// An SCH: units and their date.
fn scheduled(
    of: &Segment,
    (line_unit, named): (&str, &[ArticleId]),
    context: &Context,
) -> Result<(Option<Quantity>, Word), Fault> {
    of.need(1, "SCH01")?;
    let quantity = units_in(of, 1, (unit_of(of, 2, line_unit), named), context)?;
    let when = match day(of, 6, context)? {
        None => When::Unknown,
        Some(day) => context.when(day, leaves(of, 5)?),
    };
    Ok((Some(quantity), Word::Comes(when)))
}
