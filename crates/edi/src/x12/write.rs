//! Writes 850, 860, 997 and TA1. Elements end with `*`, segments with `~`; X12 has no release
//! character, so text with a separator is refused. Must not know why something is answered.

use jiff::civil::Date;

use crate::fault::{Fault, Reason};
use crate::interchange::{Group, Interchange, Party, Transaction, same_number};
use crate::order::{Envelope, Order, OrderLine, Unwritable, fits};

const SEPARATORS: [char; 4] = ['*', '~', '>', '^'];
/// The version whose segments are written.
const VERSION: &str = "004010";
/// The most characters of elements, by the standard.
const MAX_PARTY: usize = 15;
const MAX_ORDER_NUMBER: usize = 22;
const MAX_ARTICLE: usize = 48;
const MAX_QUANTITY: usize = 15;
const MAX_UNIT: usize = 2;
const MAX_CONTROL: usize = 14;

/// An interchange while it is written.
struct Out {
    text: String,
    /// Segments of the transaction that is open.
    segments: usize,
}

impl Out {
    /// A segment. Its elements were made here or went through [`plain`].
    fn segment(&mut self, elements: &[&str]) {
        let text = elements.join("*");
        self.text.push_str(text.trim_end_matches('*'));
        self.text.push_str("~\n");
        self.segments = self.segments.saturating_add(1);
    }

    fn begin(&mut self, kind: &str, control: &str) {
        self.segments = 0;
        self.segment(&["ST", kind, control]);
    }

    fn end(&mut self, control: &str) {
        let counted = self.segments.saturating_add(1).to_string();
        self.segment(&["SE", &counted, control]);
    }
}

/// A text that may stand in an element.
fn plain<'t>(element: &'static str, text: &'t str, most: usize) -> Result<&'t str, Unwritable> {
    let text = fits(element, text, most)?;
    match text.chars().find(|it| SEPARATORS.contains(it)) {
        None => Ok(text),
        Some(character) => Err(Unwritable::Character { element, character }),
    }
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// Writes an interchange around what `inside` writes, and says how many groups that has.
fn interchange(
    envelope: &Envelope,
    inside: impl FnOnce(&mut Out) -> Result<usize, Unwritable>,
) -> Result<String, Unwritable> {
    envelope.check()?;
    let mut out = Out {
        text: String::new(),
        segments: 0,
    };
    let party = |element, party: &Party| -> Result<(String, String), Unwritable> {
        let qualifier = match party.qualifier.as_str() {
            "" => "ZZ",
            qualifier => plain(element, qualifier, 2)?,
        };
        let id = plain(element, &party.id, MAX_PARTY)?;
        Ok((format!("{qualifier:<2}"), format!("{id:<15}")))
    };
    let sender = party("the sender", &envelope.sender)?;
    let receiver = party("the receiver", &envelope.receiver)?;
    let control = format!("{:09}", envelope.control);
    let (date, time) = (envelope.at.strftime("%y%m%d"), envelope.at.strftime("%H%M"));
    out.segment(&[
        "ISA",
        "00",
        "          ",
        "00",
        "          ",
        &sender.0,
        &sender.1,
        &receiver.0,
        &receiver.1,
        &date.to_string(),
        &time.to_string(),
        "U",
        "00401",
        &control,
        "0",
        if envelope.is_test { "T" } else { "P" },
        ">",
    ]);
    let groups = inside(&mut out)?;
    out.segment(&["IEA", &groups.to_string(), &control]);
    Ok(out.text)
}

/// Writes a group around what `inside` writes, and says how many transactions that has.
fn group(
    out: &mut Out,
    envelope: &Envelope,
    kind: &str,
    inside: impl FnOnce(&mut Out) -> Result<usize, Unwritable>,
) -> Result<(), Unwritable> {
    let control = envelope.control.to_string();
    let (date, time) = (envelope.at.strftime("%Y%m%d"), envelope.at.strftime("%H%M"));
    out.segment(&[
        "GS",
        kind,
        plain("the sender", &envelope.sender.id, MAX_PARTY)?,
        plain("the receiver", &envelope.receiver.id, MAX_PARTY)?,
        &date.to_string(),
        &time.to_string(),
        &control,
        "X",
        VERSION,
    ]);
    let transactions = inside(out)?;
    out.segment(&["GE", &transactions.to_string(), &control]);
    Ok(())
}

/// What is written of a line: its number, its quantity, its unit, and the article's names, each
/// after whose it is.
fn line_elements(line: &OrderLine) -> Result<(String, &str, &str, Vec<&str>), Unwritable> {
    let mut names = vec!["BP", plain("the article", &line.sku, MAX_ARTICLE)?];
    if let Some(theirs) = &line.supplier_sku {
        names.extend(["VN", plain("the supplier's number", theirs, MAX_ARTICLE)?]);
    }
    if let Some(gtin) = &line.gtin {
        let whose = match gtin.len() {
            12 => "UP",
            14 => "UK",
            _ => "EN",
        };
        names.extend([whose, plain("the GTIN", gtin, MAX_ARTICLE)?]);
    }
    Ok((
        line.number.to_string(),
        plain("the quantity", &line.quantity, MAX_QUANTITY)?,
        plain("the unit", &line.unit, MAX_UNIT)?,
        names,
    ))
}

/// An 850.
pub(crate) fn order(envelope: &Envelope, order: &Order) -> Result<String, Unwritable> {
    let number = plain("the order's number", &order.number, MAX_ORDER_NUMBER)?;
    interchange(envelope, |out| {
        group(out, envelope, "PO", |out| {
            out.begin("850", "0001");
            out.segment(&["BEG", "00", "SA", number, "", &day(order.date)]);
            if let Some(expected) = order.expected {
                out.segment(&["DTM", "002", &day(expected)]);
            }
            for line in &order.lines {
                let (number, quantity, unit, names) = line_elements(line)?;
                let mut line = vec!["PO1", &number, quantity, unit, "", ""];
                line.extend(names);
                out.segment(&line);
            }
            out.segment(&["CTT", &order.lines.len().to_string()]);
            out.end("0001");
            Ok(1)
        })?;
        Ok(1)
    })
}

/// An 860 that cancels what is open: purpose 01, and each line deleted.
pub(crate) fn cancellation(envelope: &Envelope, order: &Order) -> Result<String, Unwritable> {
    let number = plain("the order's number", &order.number, MAX_ORDER_NUMBER)?;
    interchange(envelope, |out| {
        group(out, envelope, "PC", |out| {
            out.begin("860", "0001");
            let date = day(order.date);
            out.segment(&["BCH", "01", "SA", number, "", "", &date]);
            for line in &order.lines {
                let (number, quantity, unit, names) = line_elements(line)?;
                let mut line = vec!["POC", &number, "DI", quantity, quantity, unit, "", ""];
                line.extend(names);
                out.segment(&line);
            }
            out.segment(&["CTT", &order.lines.len().to_string()]);
            out.end("0001");
            Ok(1)
        })?;
        Ok(1)
    })
}

/// A TA1 where the interchange asks for one or is broken, and a 997 for each group; none where
/// nothing is to be answered.
pub(crate) fn receipt_for(
    envelope: &Envelope,
    to: &Interchange,
) -> Result<Option<String>, Unwritable> {
    // Receipts are not answered.
    let groups: Vec<&Group> = to
        .groups
        .iter()
        .filter(|group| group.kind != "FA")
        .collect();
    let says_ta1 = to.wants_receipt || to.fault.is_some();
    if (groups.is_empty() && !says_ta1) || to.control.is_empty() {
        return Ok(None);
    }
    let text = interchange(envelope, |out| {
        if says_ta1 {
            let (verdict, note) = match &to.fault {
                None if to.notes.is_empty() => ("A", "000"),
                None => ("E", "000"),
                Some(_) => ("R", "024"),
            };
            let date = to.sent.map(|sent| sent.strftime("%y%m%d").to_string());
            let control = plain("their control number", &to.control, MAX_CONTROL)?;
            let date = date.unwrap_or_default();
            let is_time = to.sent_at.len() == 4 && to.sent_at.bytes().all(|it| it.is_ascii_digit());
            let time = if is_time { to.sent_at.as_str() } else { "" };
            out.segment(&["TA1", control, &date, time, verdict, note]);
        }
        if groups.is_empty() {
            return Ok(0);
        }
        group(out, envelope, "FA", |out| {
            for (number, group) in (1..).zip(&groups) {
                acknowledge(out, &format!("{number:04}"), group)?;
            }
            Ok(groups.len())
        })?;
        Ok(1)
    })?;
    Ok(Some(text))
}

/// A 997 for one group.
fn acknowledge(out: &mut Out, control: &str, group: &Group) -> Result<(), Unwritable> {
    // What stood in no group has no names.
    let or_none = |text: &str| {
        if text.is_empty() {
            "0".into()
        } else {
            text.to_owned()
        }
    };
    let number = or_none(&group.control);
    let number = plain("their control number", &number, MAX_CONTROL)?.to_owned();
    out.begin("997", control);
    let kind = or_none(&group.kind);
    out.segment(&["AK1", plain("their group", &kind, 2)?, &number]);
    let received = group.transactions.len();
    let mut accepted = 0_usize;
    for transaction in &group.transactions {
        let kind = or_none(&transaction.kind);
        let number = or_none(&transaction.control);
        let kind = plain("their kind of transaction", &kind, 6)?;
        let number = plain("their control number", &number, MAX_CONTROL)?;
        out.segment(&["AK2", kind, number]);
        match &transaction.says {
            Ok(_) => {
                accepted = accepted.saturating_add(1);
                out.segment(&["AK5", "A"]);
            }
            Err(fault) => refuse(out, transaction, fault)?,
        }
    }
    let counts = same_number(&group.counted, &received.to_string());
    let verdict = match accepted {
        all if all == received && counts => "A",
        all if all == received => "E",
        0 => "R",
        _ => "P",
    };
    let counted = if counts {
        group.counted.clone()
    } else {
        received.to_string()
    };
    let (received, accepted) = (received.to_string(), accepted.to_string());
    let note = if counts { "" } else { "5" };
    out.segment(&["AK9", verdict, &counted, &received, &accepted, note]);
    out.end(control);
    Ok(())
}

/// Why a transaction is refused, and where.
fn refuse(out: &mut Out, of: &Transaction, fault: &Fault) -> Result<(), Unwritable> {
    let in_segment = matches!(
        fault.why,
        Reason::Empty(_)
            | Reason::Code { .. }
            | Reason::Quantity(_)
            | Reason::Fraction(_)
            | Reason::TooMany(_)
            | Reason::Unit(_)
            | Reason::Units(..)
            | Reason::Date(_)
            | Reason::NoLine
            | Reason::TwoRests
            | Reason::TooLarge { .. }
            | Reason::NoDate
    );
    if in_segment && !fault.tag.is_empty() {
        let from_begin = fault.segment.saturating_sub(of.segment);
        let place = from_begin.saturating_add(1).to_string();
        let tag = plain("a segment's tag", &fault.tag, 3)?;
        out.segment(&["AK3", tag, &place, "", "8"]);
    }
    let code = match &fault.why {
        Reason::Kind(_) => "1",
        Reason::Unended(_) => "2",
        Reason::Control { .. } => "3",
        Reason::Count { .. } => "4",
        Reason::Repeated(_) => "7",
        Reason::NoSeparators
        | Reason::NoSegment(_)
        | Reason::Empty(_)
        | Reason::Code { .. }
        | Reason::Quantity(_)
        | Reason::Fraction(_)
        | Reason::TooMany(_)
        | Reason::Unit(_)
        | Reason::Units(..)
        | Reason::Date(_)
        | Reason::NoDate
        | Reason::TwoRests
        | Reason::TwoOrders(_)
        | Reason::NoLine
        | Reason::TooLarge { .. }
        | Reason::Syntax(_) => "5",
    };
    out.segment(&["AK5", "R", code]);
    Ok(())
}
