//! DESADV: goods that left.

use super::lines::{begin, hear, hear_article, hear_reference, id, line_ref, units};
use super::segments::{Raw, Segment, Service};
use crate::context::{Context, Dated};
use crate::dispatched::Gathered;
use crate::fault::{Fault, Reason};
use crate::quantity::Quantity;
use crate::said::{DispatchAdvice, LineRef, Purpose};
use crate::value;

/// Reads a DESADV.
pub(super) fn advice(
    segments: &[Raw],
    service: &Service,
    context: &Context,
) -> Result<DispatchAdvice, Fault> {
    let mut reading = Reading {
        service,
        context,
        head: None,
        dates: Dated::NONE,
        order: None,
        line: None,
        gathered: Gathered::new(),
    };
    for raw in segments {
        reading.hear(&raw.read(service)?)?;
    }
    reading.end_line()?;
    let fault = |why| Fault {
        segment: segments.first().map_or(0, |it| it.number),
        tag: String::new(),
        why,
    };
    let (number, purpose) = reading
        .head
        .ok_or_else(|| fault(Reason::NoSegment("BGM")))?;
    let left = reading.dates.left;
    let by_departure = left.or(context.sent);
    let transit = context.profile.transit_days;
    let by_departure = by_departure.map(|day| value::later(day, transit));
    let orders = reading.gathered.orders(by_departure).map_err(fault)?;
    if orders.is_empty() && purpose != Purpose::Cancels {
        return Err(fault(Reason::NoSegment("QTY+12")));
    }
    Ok(DispatchAdvice {
        purpose,
        number: if number.is_empty() {
            context.named()
        } else {
            number
        },
        left,
        orders,
    })
}

struct Item {
    line: LineRef,
    units: Option<Quantity>,
    order: Option<String>,
    dates: Dated,
    segment: usize,
}

struct Reading<'r, 'p> {
    service: &'r Service,
    context: &'r Context<'p>,
    head: Option<(String, Purpose)>,
    dates: Dated,
    /// The order of lines that name none.
    order: Option<String>,
    line: Option<Item>,
    gathered: Gathered,
}

impl Reading<'_, '_> {
    fn hear(&mut self, of: &Segment) -> Result<(), Fault> {
        match (of.tag(), &mut self.line) {
            ("BGM", _) => self.head = Some(begin(of)?),
            // Another pack: what it holds follows.
            ("CPS", _) => self.end_line()?,
            ("LIN", _) => {
                self.end_line()?;
                self.line = Some(Item {
                    line: line_ref(of)?,
                    units: None,
                    order: None,
                    dates: Dated::NONE,
                    segment: of.number,
                });
            }
            ("PIA", Some(item)) => hear_article(&mut item.line, of)?,
            ("QTY", Some(item)) if of.get(1, 1) == "12" => {
                let units = units(of, &item.line, self.service, self.context)?;
                let sum = item.units.unwrap_or_default().plus(units);
                item.units = Some(sum.map_err(|why| of.fault(why))?);
            }
            ("RFF", Some(item)) => {
                hear_reference(&mut item.line, of)?;
                if of.get(1, 1) == "ON" {
                    item.order = Some(id(of, (1, 2), "RFF+ON")?);
                }
            }
            ("RFF", None) if of.get(1, 1) == "ON" => {
                self.order = Some(id(of, (1, 2), "RFF+ON")?);
            }
            ("DTM", Some(item)) => hear(&mut item.dates, of, self.context)?,
            ("DTM", None) => hear(&mut self.dates, of, self.context)?,
            _ => {}
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), Fault> {
        let Some(item) = self.line.take() else {
            return Ok(());
        };
        let fault = |why| Fault {
            segment: item.segment,
            tag: "LIN".into(),
            why,
        };
        // A line without despatched units describes a pack.
        let Some(units) = item.units else {
            return Ok(());
        };
        let order = item.order.as_ref().or(self.order.as_ref());
        let order = order.ok_or_else(|| fault(Reason::NoSegment("RFF+ON")))?;
        let arrives = item.dates.arrives(self.context);
        let arrives = arrives.or(self.dates.arrives(self.context));
        let line = item.line.check().map_err(fault)?;
        let gathered = &mut self.gathered;
        let added = gathered.add(order, line, units, (arrives, item.segment));
        added.map_err(fault)
    }
}
