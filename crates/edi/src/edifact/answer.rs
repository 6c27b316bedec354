//! ORDRSP: what the supplier says of an order.

use super::codes::{self, Action, Counts};
use super::lines::{begin, day, hear, hear_article, hear_reference, id, line_ref, units, unknown};
use super::segments::{Raw, Segment, Service};
use crate::bounds::{MAX_LINES, MAX_PARTS};
use crate::context::{Context, Dated};
use crate::fault::{Fault, Reason};
use crate::parts::{Rest, Word, of_line};
use crate::quantity::Quantity;
use crate::said::{LineAnswer, LineRef, OrderAnswer, Others, Purpose, When};

/// Reads an ORDRSP.
pub(super) fn response(
    segments: &[Raw],
    service: &Service,
    context: &Context,
) -> Result<OrderAnswer, Fault> {
    let mut reading = Reading {
        service,
        context,
        head: None,
        order: None,
        date: None,
        dates: Dated::NONE,
        line: None,
        lines: Vec::new(),
        ended: false,
    };
    for raw in segments {
        reading.hear(&raw.read(service)?)?;
    }
    reading.end_line()?;
    let missing = |tag| Fault {
        segment: segments.first().map_or(0, |it| it.number),
        tag: String::new(),
        why: Reason::NoSegment(tag),
    };
    let head = reading.head.ok_or_else(|| missing("BGM"))?;
    let order = reading.order.ok_or_else(|| missing("RFF+ON"))?;
    let mut answer = OrderAnswer {
        purpose: head.purpose,
        order,
        number: head.number,
        date: reading.date,
        others: Others::Unsaid,
        lines: reading.lines,
    };
    if answer.purpose == Purpose::Cancels {
        // What was said no longer holds, and nothing is said instead: the order stands.
        answer.lines = Vec::new();
        answer.others = Others::Come(When::Unknown);
    } else if answer.lines.is_empty() {
        let when = reading.dates.when(context).unwrap_or(When::AsKnown);
        answer.others = match head.is_accepted {
            Some(true) => Others::Come(when),
            Some(false) => Others::Refused,
            None => return Err(head.unknown),
        };
    }
    Ok(answer)
}

/// What the BGM says.
struct Head {
    number: String,
    purpose: Purpose,
    is_accepted: Option<bool>,
    /// What it is where its code has to decide and does not.
    unknown: Fault,
}

struct Reading<'r, 'p> {
    service: &'r Service,
    context: &'r Context<'p>,
    head: Option<Head>,
    order: Option<String>,
    date: Option<jiff::civil::Date>,
    dates: Dated,
    line: Option<Line>,
    lines: Vec<LineAnswer>,
    /// The summary began.
    ended: bool,
}

impl Reading<'_, '_> {
    fn hear(&mut self, of: &Segment) -> Result<(), Fault> {
        if self.ended {
            return Ok(());
        }
        match (of.tag(), &mut self.line) {
            ("BGM", _) => {
                let (number, purpose) = begin(of)?;
                self.head = Some(Head {
                    number,
                    purpose,
                    is_accepted: codes::is_accepted(of.get(3, 1), of.get(4, 1)),
                    unknown: unknown(of, "without an action, BGM 1225", of.get(3, 1)),
                });
            }
            ("LIN", _) => self.begin_line(of)?,
            ("UNS", _) => {
                // The lines of the section of details may follow.
                self.ended = of.get(1, 1) == "S";
            }
            ("RFF", line) if of.get(1, 1) == "ON" => {
                let order = id(of, (1, 2), "RFF+ON")?;
                if let Some(line) = line {
                    hear_reference(&mut line.line, of)?;
                }
                let known = self.order.get_or_insert_with(|| order.clone());
                if *known != order {
                    return Err(of.fault(Reason::TwoOrders(order)));
                }
            }
            ("RFF", Some(line)) => hear_reference(&mut line.line, of)?,
            ("PIA", Some(line)) => hear_article(&mut line.line, of)?,
            ("QTY", Some(line)) => line.quantity(of, self.service, self.context)?,
            ("QVR", Some(line)) => of.get(2, 1).clone_into(&mut line.discrepancy),
            ("DTM", Some(line)) => line.date(of, self.context)?,
            ("DTM", None) if of.get(1, 1) == "137" => self.date = day(of, self.context)?,
            ("DTM", None) => hear(&mut self.dates, of, self.context)?,
            _ => {}
        }
        Ok(())
    }

    fn begin_line(&mut self, of: &Segment) -> Result<(), Fault> {
        self.end_line()?;
        if self.lines.len() >= MAX_LINES {
            return Err(of.fault(Reason::TooLarge {
                what: "lines",
                most: MAX_LINES,
            }));
        }
        let action = match of.get(2, 1) {
            "" => None,
            code => Some(codes::action(code).ok_or_else(|| unknown(of, "LIN 1229", code))?),
        };
        self.line = Some(Line {
            line: line_ref(of)?,
            action,
            ordered: None,
            said: Vec::new(),
            dates: Vec::new(),
            discrepancy: String::new(),
            segment: of.number,
        });
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), Fault> {
        let Some(line) = self.line.take() else {
            return Ok(());
        };
        let head = self.head.as_ref();
        let whole = head.and_then(|head| head.is_accepted);
        let of_head = self.dates.when(self.context);
        let unknown = head.map(|head| head.unknown.clone());
        let segment = line.segment;
        let fault = |why| Fault {
            segment,
            tag: "LIN".into(),
            why,
        };
        let no_head = || fault(Reason::NoSegment("BGM"));
        match line.answer(self.context, of_head, whole) {
            Ok(Some(answer)) => self.lines.push(answer),
            Ok(None) => return Err(unknown.unwrap_or_else(no_head)),
            Err(why) => return Err(fault(why)),
        }
        Ok(())
    }
}

/// A line while it is read.
struct Line {
    line: LineRef,
    action: Option<Action>,
    ordered: Option<Quantity>,
    /// What quantities say of units, but for those that are ordered.
    said: Vec<(Counts, Quantity)>,
    /// Dates, each with how many quantities stood before it.
    dates: Vec<(usize, Dated)>,
    /// QVR 4221: what becomes of the difference.
    discrepancy: String,
    segment: usize,
}

impl Line {
    fn quantity(
        &mut self,
        of: &Segment,
        service: &Service,
        context: &Context,
    ) -> Result<(), Fault> {
        let Some(counts) = codes::counts(of.get(1, 1)) else {
            return Ok(());
        };
        let units = units(of, &self.line, service, context)?;
        if counts == Counts::Ordered {
            self.ordered = Some(units);
            return Ok(());
        }
        if self.said.len() >= MAX_PARTS {
            return Err(of.fault(Reason::TooLarge {
                what: "quantities of one line",
                most: MAX_PARTS,
            }));
        }
        self.said.push((counts, units));
        Ok(())
    }

    fn date(&mut self, of: &Segment, context: &Context) -> Result<(), Fault> {
        let after = self.said.len();
        match self.dates.last_mut() {
            Some((known, dated)) if *known == after => hear(dated, of, context),
            _ => {
                let mut dated = Dated::NONE;
                hear(&mut dated, of, context)?;
                if dated.when(context).is_some() {
                    self.dates.push((after, dated));
                }
                Ok(())
            }
        }
    }

    /// The date of the quantity in this place, from 1: its own where several were given, else that
    /// of the line.
    fn when(&self, place: usize, context: &Context) -> Option<When> {
        let several = self.dates.len() > 1;
        let own = self
            .dates
            .iter()
            .find(|(after, _)| !several || *after == place);
        own.and_then(|(_, dated)| dated.when(context))
    }

    /// What is said of the line in all; none, where that takes what the head says, and it does not.
    fn answer(
        self,
        context: &Context,
        of_head: Option<When>,
        whole: Option<bool>,
    ) -> Result<Option<LineAnswer>, Reason> {
        let usual = of_head.unwrap_or(When::AsKnown);
        let of_line_itself = self
            .when(0, context)
            .or(self.when(1, context))
            .unwrap_or(usual);
        let comes = self.said.iter().any(|(counts, _)| *counts == Counts::Comes);
        let mut words = Vec::new();
        for (place, (counts, units)) in (1..).zip(&self.said) {
            let own = self.when(place, context);
            words.push(match counts {
                Counts::Ordered => continue,
                Counts::Comes => (Some(*units), Word::Comes(own.unwrap_or(usual))),
                // The line's one date is that of what comes, if anything does.
                Counts::Backordered if comes && self.dates.len() < 2 => {
                    (Some(*units), Word::Comes(When::Unknown))
                }
                Counts::Backordered => (Some(*units), Word::Comes(own.unwrap_or(When::Unknown))),
                Counts::Refused => (Some(*units), Word::Refused),
            });
        }
        let backordered = self
            .said
            .iter()
            .any(|(counts, _)| *counts == Counts::Backordered);
        let rest = match self.discrepancy.as_str() {
            "CP" => Rest::Refused,
            "BP" => Rest::Comes(When::Unknown),
            _ if comes => Rest::Comes(When::Unknown),
            // A date, where one is given, is that of what is back-ordered.
            _ if backordered => Rest::Comes(usual),
            _ => Rest::Comes(of_line_itself),
        };
        let said = match self.action {
            Some(Action::Nothing) => None,
            Some(Action::Refused) => Some(of_line(self.ordered, &[], Rest::Refused)?),
            Some(Action::Backordered) if words.is_empty() => {
                let when = self.when(1, context).or(self.when(0, context));
                let rest = Rest::Comes(when.unwrap_or(When::Unknown));
                Some(of_line(self.ordered, &[], rest)?)
            }
            Some(Action::Accepted | Action::Amended | Action::Backordered) => {
                Some(of_line(self.ordered, &words, rest)?)
            }
            None if !words.is_empty() => Some(of_line(self.ordered, &words, rest)?),
            None => match whole {
                Some(true) => Some(of_line(self.ordered, &[], rest)?),
                Some(false) => Some(of_line(self.ordered, &[], Rest::Refused)?),
                None => return Ok(None),
            },
        };
        let (parts, refused) = said.map_or((None, Quantity::NONE), |(parts, refused)| {
            (Some(parts), refused)
        });
        Ok(Some(LineAnswer {
            line: self.line.check()?,
            ordered: self.ordered,
            parts,
            refused,
            approve: Vec::new(),
            segment: self.segment,
        }))
    }
}
