//! INVRPT: what the supplier has; and CONTRL: whether what we sent was read.

use super::codes;
use super::lines::{begin, day, hear_article, id, line_ref, units, unknown};
use super::segments::{Raw, Service};
use crate::bounds::{MAX_ITEMS, MAX_TRANSACTIONS};
use crate::context::Context;
use crate::fault::{Fault, Reason};
use crate::said::{Receipt, StockAdvice, StockItem, TransactionReceipt};
use crate::value::{self, short};

/// The most quantities of one article.
const MAX_QUANTITIES: usize = 100;

fn missing(segments: &[Raw], tag: &'static str) -> Fault {
    Fault {
        segment: segments.first().map_or(0, |it| it.number),
        tag: String::new(),
        why: Reason::NoSegment(tag),
    }
}

/// Reads an INVRPT. It is advice and promises nothing.
pub(super) fn stock(
    segments: &[Raw],
    service: &Service,
    context: &Context,
) -> Result<StockAdvice, Fault> {
    let mut number = None;
    let mut date = None;
    let mut items: Vec<StockItem> = Vec::new();
    for raw in segments {
        let of = raw.read(service)?;
        let known = items.len();
        match (of.tag(), items.last_mut()) {
            ("BGM", _) => number = Some(begin(&of)?.0),
            ("DTM", None) if of.get(1, 1) == "137" => date = day(&of, context)?,
            ("LIN", _) if known >= MAX_ITEMS => {
                return Err(of.fault(Reason::TooLarge {
                    what: "items",
                    most: MAX_ITEMS,
                }));
            }
            ("LIN", _) => items.push(StockItem {
                line: line_ref(&of)?,
                quantities: Vec::new(),
            }),
            ("PIA", Some(item)) => hear_article(&mut item.line, &of)?,
            ("QTY", Some(item)) if item.quantities.len() < MAX_QUANTITIES => {
                let code = value::id(of.get(1, 1)).map_err(|why| of.fault(why))?;
                let units = units(&of, &item.line, service, context)?;
                item.quantities.push((code, units));
            }
            _ => {}
        }
    }
    Ok(StockAdvice {
        number: number.ok_or_else(|| missing(segments, "BGM"))?,
        date,
        items,
    })
}

/// Reads a CONTRL.
pub(super) fn receipt(segments: &[Raw], service: &Service) -> Result<Receipt, Fault> {
    let mut whole = None;
    let mut transactions = Vec::new();
    for raw in segments {
        let of = raw.read(service)?;
        let verdict = |element| {
            let code = of.get(element, 1);
            codes::verdict(code).ok_or_else(|| unknown(&of, "0083", code))
        };
        match of.tag() {
            "UCI" => {
                whole = Some((
                    id(&of, (1, 1), "UCI 0020")?,
                    verdict(4)?,
                    codes_of(of.get(5, 1)),
                ))
            }
            "UCM" if transactions.len() >= MAX_TRANSACTIONS => {
                return Err(of.fault(Reason::TooLarge {
                    what: "messages",
                    most: MAX_TRANSACTIONS,
                }));
            }
            "UCM" => transactions.push(TransactionReceipt {
                kind: short(of.get(2, 1)),
                control: id(&of, (1, 1), "UCM 0062")?,
                verdict: verdict(3)?,
                codes: codes_of(of.get(4, 1)),
            }),
            _ => {}
        }
    }
    let (control, verdict, codes) = whole.ok_or_else(|| missing(segments, "UCI"))?;
    Ok(Receipt {
        control,
        verdict,
        codes,
        transactions,
    })
}

fn codes_of(code: &str) -> Vec<String> {
    let code = short(code);
    if code.is_empty() {
        Vec::new()
    } else {
        vec![code]
    }
}
