//! Writes ORDERS, ORDCHG and CONTRL. What separates is released where it stands in data. Must not
//! know why something is answered.

use jiff::civil::Date;

use crate::fault::{Fault, Reason};
use crate::interchange::{Interchange, Party, Transaction};
use crate::order::{Envelope, Order, Unwritable, fits};

/// The most characters of elements, by the standard.
const MAX_PARTY: usize = 35;
const MAX_NUMBER: usize = 35;
const MAX_QUANTITY: usize = 15;
const MAX_UNIT: usize = 3;
const MAX_CONTROL: usize = 14;
const MAX_KIND: usize = 6;

/// A message while it is written.
struct Out {
    text: String,
    segments: usize,
}

impl Out {
    /// A segment of elements, each of components that were made here or went through [`plain`].
    fn segment(&mut self, tag: &str, elements: &[&[&str]]) {
        let elements: Vec<String> = elements.iter().map(|it| it.join(":")).collect();
        let text = format!("{tag}+{}", elements.join("+"));
        self.text.push_str(text.trim_end_matches('+'));
        self.text.push_str("'\n");
        self.segments = self.segments.saturating_add(1);
    }
}

/// A text that may stand in an element, with what separates released; also `*`, which does in
/// syntax version 4.
fn plain(element: &'static str, text: &str, most: usize) -> Result<String, Unwritable> {
    let text = fits(element, text, most)?;
    let mut released = String::new();
    for it in text.chars() {
        if matches!(it, '?' | '+' | ':' | '*' | '\'') {
            released.push('?');
        }
        released.push(it);
    }
    Ok(released)
}

fn party(element: &'static str, party: &Party) -> Result<Vec<String>, Unwritable> {
    let mut said = vec![plain(element, &party.id, MAX_PARTY)?];
    if !party.qualifier.is_empty() {
        said.push(plain(element, &party.qualifier, 4)?);
    }
    Ok(said)
}

/// Writes an interchange of one message around what `inside` writes.
fn interchange(
    envelope: &Envelope,
    kind: &[&str],
    inside: impl FnOnce(&mut Out) -> Result<(), Unwritable>,
) -> Result<String, Unwritable> {
    envelope.check()?;
    let mut message = Out {
        text: String::new(),
        segments: 0,
    };
    message.segment("UNH", &[&["1"], kind]);
    inside(&mut message)?;
    let counted = message.segments.saturating_add(1).to_string();
    message.segment("UNT", &[&[&counted], &["1"]]);
    let mut out = Out {
        text: String::new(),
        segments: 0,
    };
    // Latin letters only, or all of them.
    let syntax: &[&str] = if message.text.is_ascii() {
        &["UNOC", "3"]
    } else {
        &["UNOY", "4"]
    };
    let sender = party("the sender", &envelope.sender)?;
    let receiver = party("the receiver", &envelope.receiver)?;
    let day = if syntax == ["UNOC", "3"] {
        "%y%m%d"
    } else {
        "%Y%m%d"
    };
    let date = envelope.at.strftime(day).to_string();
    let time = envelope.at.strftime("%H%M").to_string();
    let control = envelope.control.to_string();
    let test = if envelope.is_test { "1" } else { "" };
    let (sender, receiver) = (borrowed(&sender), borrowed(&receiver));
    out.segment(
        "UNB",
        &[
            syntax,
            &sender,
            &receiver,
            &[&date, &time],
            &[&control],
            &[],
            &[],
            &[],
            &[],
            &[],
            &[test],
        ],
    );
    out.text.push_str(&message.text);
    out.segment("UNZ", &[&["1"], &[&control]]);
    Ok(out.text)
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// The head of both kinds of message about an order.
fn head(
    out: &mut Out,
    envelope: &Envelope,
    order: &Order,
    (document, function): (&str, &str),
) -> Result<(), Unwritable> {
    let number = plain("the order's number", &order.number, MAX_NUMBER)?;
    out.segment("BGM", &[&[document], &[&number], &[function]]);
    out.segment("DTM", &[&["137", &day(order.date), "102"]]);
    if let Some(expected) = order.expected {
        out.segment("DTM", &[&["2", &day(expected), "102"]]);
    }
    if document == CHANGE {
        out.segment("RFF", &[&["ON", &number]]);
    }
    let buyer = plain("the sender", &envelope.sender.id, MAX_PARTY)?;
    let supplier = plain("the receiver", &envelope.receiver.id, MAX_PARTY)?;
    out.segment("NAD", &[&["BY"], &[&buyer, "", "92"]]);
    out.segment("NAD", &[&["SU"], &[&supplier, "", "92"]]);
    Ok(())
}

/// The kinds of document, 1001.
const ORDER: &str = "220";
const CHANGE: &str = "230";

fn lines(out: &mut Out, order: &Order, action: &str) -> Result<(), Unwritable> {
    for line in &order.lines {
        let sku = plain("the article", &line.sku, MAX_NUMBER)?;
        let quantity = plain("the quantity", &line.quantity, MAX_QUANTITY)?;
        let unit = plain("the unit", &line.unit, MAX_UNIT)?;
        let gtin = match &line.gtin {
            Some(gtin) => vec![gtin.as_str(), "EN"],
            None => Vec::new(),
        };
        out.segment("LIN", &[&[&line.number.to_string()], &[action], &gtin]);
        match &line.supplier_sku {
            None => out.segment("PIA", &[&["5"], &[&sku, "IN"]]),
            Some(theirs) => {
                let theirs = plain("the supplier's number", theirs, MAX_NUMBER)?;
                out.segment("PIA", &[&["5"], &[&sku, "IN"], &[&theirs, "SA"]]);
            }
        }
        out.segment("QTY", &[&["21", &quantity, &unit]]);
    }
    out.segment("UNS", &[&["S"]]);
    out.segment("CNT", &[&["2", &order.lines.len().to_string()]]);
    Ok(())
}

/// ORDERS.
pub(crate) fn order(envelope: &Envelope, order: &Order) -> Result<String, Unwritable> {
    interchange(envelope, &["ORDERS", "D", "96A", "UN"], |out| {
        head(out, envelope, order, (ORDER, "9"))?;
        lines(out, order, "")
    })
}

/// ORDCHG that cancels what is open: function 1, and each line deleted.
pub(crate) fn cancellation(envelope: &Envelope, order: &Order) -> Result<String, Unwritable> {
    interchange(envelope, &["ORDCHG", "D", "96A", "UN"], |out| {
        head(out, envelope, order, (CHANGE, "1"))?;
        lines(out, order, "2")
    })
}

/// CONTRL; none where nothing is to be answered.
pub(crate) fn receipt_for(
    envelope: &Envelope,
    to: &Interchange,
) -> Result<Option<String>, Unwritable> {
    // Receipts are not answered.
    let answered: Vec<&Transaction> = to.transactions().filter(|it| it.kind != "CONTRL").collect();
    if to.control.is_empty() || (answered.is_empty() && to.fault.is_none()) {
        return Ok(None);
    }
    let text = interchange(envelope, &["CONTRL", "D", "3", "UN"], |out| {
        let control = plain("their control number", &to.control, MAX_CONTROL)?;
        let (sender, receiver) = (
            party("the sender", &to.sender)?,
            party("the receiver", &to.receiver)?,
        );
        // Rejected as a whole, or taken but for the messages that are named as rejected.
        let (action, code) = if to.fault.is_some() {
            ("4", "18")
        } else {
            ("7", "")
        };
        let (sender, receiver) = (borrowed(&sender), borrowed(&receiver));
        out.segment(
            "UCI",
            &[&[&control], &sender, &receiver, &[action], &[code]],
        );
        for transaction in answered {
            let number = plain("their control number", &transaction.control, MAX_CONTROL)?;
            let mut kind = vec![plain("their kind of message", &transaction.kind, MAX_KIND)?];
            for part in transaction
                .version
                .split(':')
                .filter(|part| !part.is_empty())
            {
                kind.push(plain("their version", part, MAX_KIND)?);
            }
            let kind = borrowed(&kind);
            let (action, code) = match &transaction.says {
                Ok(_) => ("7", ""),
                Err(fault) => ("4", error(fault)),
            };
            out.segment("UCM", &[&[&number], &kind, &[action], &[code]]);
        }
        Ok(())
    })?;
    Ok(Some(text))
}

/// Why a message is refused, by 0085.
const fn error(fault: &Fault) -> &'static str {
    match &fault.why {
        Reason::Quantity(_) | Reason::Fraction(_) | Reason::TooMany(_) | Reason::Date(_) => "12",
        Reason::Empty(_) | Reason::NoSegment(_) | Reason::NoDate | Reason::NoLine => "13",
        Reason::Code { .. } | Reason::Unit(_) | Reason::Units(..) => "14",
        Reason::Kind(_) => "17",
        Reason::Repeated(_) => "26",
        Reason::Control { .. } => "28",
        Reason::Count { .. } | Reason::Unended(_) => "29",
        Reason::NoSeparators
        | Reason::TwoRests
        | Reason::TwoOrders(_)
        | Reason::TooLarge { .. }
        | Reason::Syntax(_) => "18",
    }
}
