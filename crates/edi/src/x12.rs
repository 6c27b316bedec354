//! ASC X12, by a tokenizer of our own: interchanges, groups and transactions, each read for itself.

mod answer;
mod codes;
mod dispatch;
mod header;
mod lines;
mod receipt;
mod segments;
mod stock;
mod write;

use std::collections::BTreeSet;

use crate::bounds::{MAX_SEGMENTS, MAX_TRANSACTIONS};
use crate::context::Context;
use crate::fault::{Fault, Reason};
use crate::interchange::{Group, Interchange, Party, Standard, Transaction, digest, same_number};
use crate::profile::Profile;
use crate::said::Document;
use crate::text::{is_break, unwrapped};
use crate::value::{self, short};
use header::Header;
use segments::Segment;

pub(crate) use write::{cancellation, order, receipt_for};

/// Where the next interchange begins, at this byte or after it.
pub(crate) fn find(text: &str, from: usize) -> Option<usize> {
    header::find(text, from)
}

/// Reads the interchange that begins at this byte, and says where it ends. `left` counts the
/// transactions that may still be read of the file.
pub(crate) fn read(
    text: &str,
    from: usize,
    profile: &Profile,
    left: &mut usize,
) -> (Interchange, usize) {
    let mut interchange = Interchange::new(Standard::X12);
    let begin = text.get(from..).unwrap_or_default();
    let header = match header::read(begin) {
        Ok(header) => header,
        Err(why) => {
            interchange.fault = Some(Fault {
                segment: 1,
                tag: "ISA".into(),
                why,
            });
            return (interchange, from.saturating_add(3));
        }
    };
    let rest = begin.get(header.ends..).unwrap_or_default();
    let length = extent(rest, &header);
    let own = rest.get(..length).unwrap_or_default();
    say_header(&mut interchange, &header);
    let own = unwrapped(own, header.terminator);
    let mut envelope = Envelope {
        profile,
        interchange,
        open: None,
        used: BTreeSet::new(),
        left,
        ended: false,
        number: 1,
    };
    for segment in segments::all(&own, &header) {
        envelope.hear(segment);
    }
    let interchange = envelope.end();
    let ends = from.saturating_add(header.ends).saturating_add(length);
    (interchange, ends)
}

/// How far the interchange reaches: to the end of its IEA, or to where another one begins.
fn extent(text: &str, header: &Header) -> usize {
    let mut at = 0_usize;
    for part in text.split_inclusive(header.terminator) {
        let segment = part.trim_start();
        let tag: String = segment
            .chars()
            .filter(|it| !is_break(*it))
            .take(4)
            .collect();
        let is = |name: &str| {
            tag.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(header.element))
        };
        let begins_another = tag.starts_with("ISA") && header::find(segment, 0) == Some(0);
        if at > 0 && begins_another {
            return at;
        }
        at = at.saturating_add(part.len());
        if is("IEA") {
            return at;
        }
    }
    at
}

fn say_header(interchange: &mut Interchange, header: &Header) {
    let party = |qualifier: usize, id: usize| Party {
        qualifier: short(header.get(qualifier)),
        id: short(header.get(id)),
    };
    interchange.sender = party(5, 6);
    interchange.receiver = party(7, 8);
    interchange.control = short(header.get(13));
    interchange.sent = value::day(header.get(9), None).ok();
    interchange.sent_at = short(header.get(10));
    interchange.wants_receipt = header.get(14) == "1";
    interchange.is_test = header.get(15) == "T";
}

/// The envelope while it is read.
struct Envelope<'t, 'p> {
    profile: &'p Profile,
    interchange: Interchange,
    /// The transaction that has begun: its ST first.
    open: Option<Vec<Segment<'t>>>,
    /// Control numbers of the group's transactions.
    used: BTreeSet<String>,
    left: &'p mut usize,
    /// Its IEA came.
    ended: bool,
    /// The last segment's number.
    number: usize,
}

impl<'t> Envelope<'t, '_> {
    fn hear(&mut self, segment: Segment<'t>) {
        self.number = segment.number;
        let tag = segment.tag();
        let ends_it = matches!(tag, "ST" | "GS" | "GE" | "IEA");
        if ends_it {
            self.close(None);
        }
        match (&mut self.open, tag) {
            (Some(_), "SE") => self.close(Some(segment)),
            // One more than may be read says that there were more.
            (Some(open), _) if open.len() <= MAX_SEGMENTS => open.push(segment),
            (Some(_), _) => {}
            (None, "ST") => self.open = Some(vec![segment]),
            (None, "GS") => {
                self.used.clear();
                self.interchange.groups.push(Group {
                    kind: short(segment.get(1)),
                    control: short(segment.get(6)),
                    version: short(segment.get(8)),
                    ..Group::default()
                });
            }
            (None, "GE") => self.end_group(&segment),
            (None, "IEA") => self.end_interchange(&segment),
            (None, "TA1") => match receipt::interchange(&segment) {
                Ok(receipt) => self.interchange.receipts.push(receipt),
                Err(fault) => self.interchange.note(fault.to_string()),
            },
            (None, "ISB" | "ISE") => {}
            (None, _) => {
                let tag: String = tag.chars().take(3).collect();
                let number = segment.number;
                let note = format!("segment {number} ({tag}) stands outside of a transaction");
                self.interchange.note(note);
            }
        }
    }

    /// A transaction ends, with its SE or without.
    fn close(&mut self, end: Option<Segment>) {
        let Some(segments) = self.open.take() else {
            return;
        };
        let Some(begin) = segments.first().copied() else {
            return;
        };
        let Some(left) = self.left.checked_sub(1) else {
            self.interchange
                .fault
                .get_or_insert(begin.fault(Reason::TooLarge {
                    what: "transactions in a file",
                    most: MAX_TRANSACTIONS,
                }));
            return;
        };
        *self.left = left;
        let says = self.trailer(&segments, end).and_then(|()| {
            segments.iter().try_for_each(Segment::check)?;
            let context = Context {
                profile: self.profile,
                sent: self.interchange.sent,
                interchange: &self.interchange.control,
                control: begin.get(2),
            };
            document(&segments, &context)
        });
        let transaction = Transaction {
            kind: short(begin.get(1)),
            version: short(begin.get(3)),
            control: short(begin.get(2)),
            segment: begin.number,
            digest: digest(segments.iter().map(Segment::text)),
            says,
        };
        self.interchange.push(transaction);
    }

    /// Whether all of the transaction is here.
    fn trailer(&mut self, segments: &[Segment], end: Option<Segment>) -> Result<(), Fault> {
        let Some(begin) = segments.first() else {
            return Ok(());
        };
        if segments.len() > MAX_SEGMENTS {
            return Err(begin.fault(Reason::TooLarge {
                what: "segments in a transaction",
                most: MAX_SEGMENTS,
            }));
        }
        let end = end.ok_or_else(|| begin.fault(Reason::Unended("SE")))?;
        let counted = segments.len().saturating_add(1);
        if !self.profile.any_trailer {
            if !same_number(end.get(2), begin.get(2)) {
                return Err(end.fault(Reason::Control {
                    begin: short(begin.get(2)),
                    end: short(end.get(2)),
                }));
            }
            if !same_number(end.get(1), &counted.to_string()) {
                return Err(end.fault(Reason::Count {
                    said: short(end.get(1)),
                    counted,
                }));
            }
        }
        if !self.used.insert(begin.get(2).to_owned()) {
            return Err(begin.fault(Reason::Repeated(short(begin.get(2)))));
        }
        Ok(())
    }

    fn end_group(&mut self, segment: &Segment) {
        let Some(group) = self.interchange.groups.last_mut() else {
            self.interchange
                .note("GE ends a group that did not begin".into());
            return;
        };
        group.counted = short(segment.get(1));
        let counted = group.transactions.len();
        let (control, end) = (group.control.clone(), short(segment.get(2)));
        let said = group.counted.clone();
        if !same_number(&said, &counted.to_string()) {
            let note = format!("group {control} counts {said} transactions, {counted} are there");
            self.interchange.note(note);
        }
        if !same_number(&control, &end) {
            let note = format!("group {control} ends as {end}");
            self.interchange.note(note);
        }
    }

    fn end_interchange(&mut self, segment: &Segment) {
        self.ended = true;
        let (said, counted) = (short(segment.get(1)), self.interchange.groups.len());
        let (control, end) = (self.interchange.control.clone(), short(segment.get(2)));
        if !same_number(&said, &counted.to_string()) {
            let note = format!("it counts {said} groups, {counted} are there");
            self.interchange.note(note);
        }
        if !same_number(&control, &end) {
            self.interchange
                .note(format!("interchange {control} ends as {end}"));
        }
    }

    fn end(mut self) -> Interchange {
        self.close(None);
        if !self.ended {
            self.interchange
                .note("IEA is missing: the end of the interchange may be lost".into());
        }
        self.interchange
    }
}

/// What a whole transaction says.
fn document(segments: &[Segment], context: &Context) -> Result<Document, Fault> {
    let Some(begin) = segments.first() else {
        return Err(Fault {
            segment: 0,
            tag: String::new(),
            why: Reason::NoSegment("ST"),
        });
    };
    match begin.get(1) {
        "855" => answer::acknowledgment(segments, context).map(Document::Answer),
        "865" => answer::change(segments, context).map(Document::Answer),
        "856" => dispatch::advice(segments, context).map(Document::Dispatch),
        "846" => stock::advice(segments, context).map(Document::Stock),
        "997" | "999" => receipt::functional(segments).map(Document::Receipt),
        kind => Err(begin.fault(Reason::Kind(short(kind)))),
    }
}
