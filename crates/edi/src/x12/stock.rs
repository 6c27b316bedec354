//! 846: what the supplier says they have. It is advice and promises nothing.

use super::lines::{day, line_ref, units};
use super::segments::Segment;
use crate::bounds::MAX_ITEMS;
use crate::context::Context;
use crate::fault::{Fault, Reason};
use crate::said::{StockAdvice, StockItem};
use crate::value;

/// The most quantities of one article.
const MAX_QUANTITIES: usize = 100;

/// Reads an 846.
pub(super) fn advice(segments: &[Segment], context: &Context) -> Result<StockAdvice, Fault> {
    let Some(head) = segments.iter().find(|it| it.tag() == "BIA") else {
        return Err(Fault {
            segment: segments.first().map_or(0, |it| it.number),
            tag: String::new(),
            why: Reason::NoSegment("BIA"),
        });
    };
    let mut advice = StockAdvice {
        number: value::id(head.get(3)).map_err(|why| head.fault(why))?,
        date: day(head, 4, context)?,
        items: Vec::new(),
    };
    for of in segments {
        let items = advice.items.len();
        match (of.tag(), advice.items.last_mut()) {
            ("LIN", _) if items >= MAX_ITEMS => {
                return Err(of.fault(Reason::TooLarge {
                    what: "items",
                    most: MAX_ITEMS,
                }));
            }
            ("LIN", _) => {
                let line = line_ref(of, 1, 2)?.check().map_err(|why| of.fault(why))?;
                advice.items.push(StockItem {
                    line,
                    quantities: Vec::new(),
                });
            }
            ("QTY", Some(item)) if item.quantities.len() < MAX_QUANTITIES => {
                of.need(2, "QTY02")?;
                let units = units(of, 2, (3, &item.line.ids), context)?.unwrap_or_default();
                let code = value::id(of.get(1)).map_err(|why| of.fault(why))?;
                item.quantities.push((code, units));
            }
            _ => {}
        }
    }
    Ok(advice)
}
