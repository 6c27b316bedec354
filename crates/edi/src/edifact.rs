//! UN/EDIFACT: interchanges, groups and messages, each read for itself.

mod answer;
mod codes;
mod dispatch;
mod lines;
mod others;
mod segments;
mod write;

use std::collections::BTreeSet;

use crate::bounds::{MAX_SEGMENTS, MAX_TRANSACTIONS};
use crate::context::Context;
use crate::fault::{Fault, Reason};
use crate::interchange::{Group, Interchange, Party, Standard, Transaction, digest, same_number};
use crate::profile::Profile;
use crate::said::Document;
use crate::text::unwrapped;
use crate::value::{self, short};
use segments::{Raw, Segment, Service};

pub(crate) use write::{cancellation, order, receipt_for};

/// Where the next interchange begins, at this byte or after it: a UNA with its UNB, or a UNB.
pub(crate) fn find(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let found = rest.match_indices("UN").find(|(at, _)| {
        let before = rest.get(..*at).and_then(|it| it.chars().next_back());
        let is_word = before.is_some_and(char::is_alphanumeric);
        !is_word && rest.get(*at..).is_some_and(begins)
    })?;
    from.checked_add(found.0)
}

fn begins(text: &str) -> bool {
    if text.starts_with("UNA") {
        let after = text.char_indices().nth(9);
        let after = after.and_then(|(at, _)| text.get(at..));
        return after.is_some_and(|after| after.trim_start().starts_with("UNB"));
    }
    // The syntax identifier: four letters, as UNOC.
    let mut chars = text.strip_prefix("UNB").unwrap_or_default().chars();
    let separates = chars
        .next()
        .is_some_and(|it| !it.is_alphanumeric() && !it.is_whitespace());
    separates && chars.take(4).filter(char::is_ascii_alphanumeric).count() == 4
}

/// Reads the interchange that begins at this byte, and says where it ends. `left` counts the
/// messages that may still be read of the file.
pub(crate) fn read(
    text: &str,
    from: usize,
    profile: &Profile,
    left: &mut usize,
) -> (Interchange, usize) {
    let mut interchange = Interchange::new(Standard::Edifact);
    let begin = text.get(from..).unwrap_or_default();
    let service = match Service::read(begin) {
        Ok(service) => service,
        Err(why) => {
            interchange.fault = Some(Fault {
                segment: 1,
                tag: "UNB".into(),
                why,
            });
            let una = if begin.starts_with("UNA") { 9 } else { 0 };
            return (interchange, from.saturating_add(una).saturating_add(3));
        }
    };
    let rest = begin.get(service.begins..).unwrap_or_default();
    let length = extent(rest, &service);
    let own = unwrapped(rest.get(..length).unwrap_or_default(), service.terminator());
    let mut envelope = Envelope {
        profile,
        service,
        interchange,
        open: None,
        used: BTreeSet::new(),
        left,
        ended: false,
    };
    for (number, (_, _, segment)) in (1..).zip(service.cut(&own)) {
        envelope.hear(Raw::new(number, segment));
    }
    let ends = from.saturating_add(service.begins).saturating_add(length);
    (envelope.end(), ends)
}

/// How far the interchange reaches: to the end of its UNZ, or to where another one begins.
fn extent(text: &str, service: &Service) -> usize {
    let mut ends = 0;
    for (begin, end, segment) in service.cut(text) {
        let begins_another =
            begin > 0 && (segment.starts_with("UNA") || segment.starts_with("UNB"));
        if begins_another {
            let blanks = text
                .get(begin..end)
                .map_or(0, |it| it.len().saturating_sub(segment.len()));
            return begin.saturating_add(blanks);
        }
        ends = end;
        if segment.starts_with("UNZ") {
            break;
        }
    }
    ends
}

/// The envelope while it is read.
struct Envelope<'t, 'p> {
    profile: &'p Profile,
    service: Service,
    interchange: Interchange,
    /// The message that has begun: its UNH first.
    open: Option<Vec<Raw<'t>>>,
    /// Control numbers of messages.
    used: BTreeSet<String>,
    left: &'p mut usize,
    /// Its UNZ came.
    ended: bool,
}

impl<'t> Envelope<'t, '_> {
    fn hear(&mut self, raw: Raw<'t>) {
        let tag = raw.tag();
        if matches!(tag, "UNB" | "UNH" | "UNG" | "UNE" | "UNZ") {
            self.close(None);
        }
        match (&mut self.open, tag) {
            (Some(_), "UNT") => self.close(Some(raw)),
            // One more than may be read says that there were more.
            (Some(open), _) if open.len() <= MAX_SEGMENTS => open.push(raw),
            (Some(_), _) => {}
            (None, "UNH") => self.open = Some(vec![raw]),
            (None, _) => match raw.read(&self.service) {
                Ok(segment) => self.outside(&segment),
                Err(fault) => {
                    if tag == "UNB" {
                        self.interchange.fault = Some(fault);
                    } else {
                        self.interchange.note(fault.to_string());
                    }
                }
            },
        }
    }

    /// A segment that stands in no message.
    fn outside(&mut self, of: &Segment) {
        let it = &mut self.interchange;
        match of.tag() {
            "UNB" => {
                let party = |element| Party {
                    qualifier: short(of.get(element, 2)),
                    id: short(of.get(element, 1)),
                };
                it.sender = party(2);
                it.receiver = party(3);
                it.control = short(of.get(5, 1));
                it.sent = value::day(of.get(4, 1), None).ok();
                it.wants_receipt = of.get(9, 1) == "1";
                it.is_test = of.get(11, 1) == "1";
            }
            "UNG" => it.groups.push(Group {
                kind: short(of.get(1, 1)),
                control: short(of.get(5, 1)),
                version: format!("{}{}", short(of.get(7, 1)), short(of.get(7, 2))),
                ..Group::default()
            }),
            "UNE" => self.end_group(of),
            "UNZ" => self.end_interchange(of),
            tag => {
                let number = of.number;
                it.note(format!(
                    "segment {number} ({tag}) stands outside of a message"
                ));
            }
        }
    }

    fn end_group(&mut self, of: &Segment) {
        let Some(group) = self.interchange.groups.last_mut() else {
            self.interchange
                .note("UNE ends a group that did not begin".into());
            return;
        };
        group.counted = short(of.get(1, 1));
        let counted = group.transactions.len();
        let (control, end) = (group.control.clone(), short(of.get(2, 1)));
        let said = group.counted.clone();
        if !same_number(&said, &counted.to_string()) {
            let note = format!("group {control} counts {said} messages, {counted} are there");
            self.interchange.note(note);
        }
        if !same_number(&control, &end) {
            self.interchange
                .note(format!("group {control} ends as {end}"));
        }
    }

    fn end_interchange(&mut self, of: &Segment) {
        self.ended = true;
        let it = &mut self.interchange;
        let in_groups = it.groups.iter().any(|group| !group.kind.is_empty());
        let counted = if in_groups {
            it.groups.len()
        } else {
            it.transactions().count()
        };
        let (said, end) = (short(of.get(1, 1)), short(of.get(2, 1)));
        if !same_number(&said, &counted.to_string()) {
            it.note(format!(
                "it counts {said} groups or messages, {counted} are there"
            ));
        }
        if !same_number(&it.control, &end) {
            let note = format!("interchange {} ends as {end}", it.control);
            it.note(note);
        }
    }

    /// A message ends, with its UNT or without.
    fn close(&mut self, end: Option<Raw>) {
        let Some(raws) = self.open.take() else {
            return;
        };
        let Some(begin) = raws.first().copied() else {
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
        let head = begin.read(&self.service);
        let get = |element, component| {
            let text = head
                .as_ref()
                .map(|head| short(head.get(element, component)));
            text.unwrap_or_default()
        };
        let (kind, control) = (get(2, 1), get(1, 1));
        let version = [get(2, 2), get(2, 3), get(2, 4)].join(":");
        let says = match head {
            Err(fault) => Err(fault),
            Ok(head) => self.message(&raws, &head, end),
        };
        self.interchange.push(Transaction {
            kind,
            version,
            control,
            segment: begin.number,
            digest: digest(raws.iter().map(Raw::text)),
            says,
        });
    }

    fn message(
        &mut self,
        raws: &[Raw],
        head: &Segment,
        end: Option<Raw>,
    ) -> Result<Document, Fault> {
        self.trailer(raws, head, end)?;
        let context = Context {
            profile: self.profile,
            sent: self.interchange.sent,
            interchange: &self.interchange.control,
            control: head.get(1, 1),
        };
        let (service, context) = (&self.service, &context);
        match head.get(2, 1) {
            "ORDRSP" => answer::response(raws, service, context).map(Document::Answer),
            "DESADV" => dispatch::advice(raws, service, context).map(Document::Dispatch),
            "INVRPT" => others::stock(raws, service, context).map(Document::Stock),
            "CONTRL" => others::receipt(raws, service).map(Document::Receipt),
            kind => Err(head.fault(Reason::Kind(short(kind)))),
        }
    }

    /// Whether all of the message is here.
    fn trailer(&mut self, raws: &[Raw], head: &Segment, end: Option<Raw>) -> Result<(), Fault> {
        if raws.len() > MAX_SEGMENTS {
            return Err(head.fault(Reason::TooLarge {
                what: "segments in a transaction",
                most: MAX_SEGMENTS,
            }));
        }
        let end = end.ok_or_else(|| head.fault(Reason::Unended("UNT")))?;
        let end = end.read(&self.service)?;
        let counted = raws.len().saturating_add(1);
        if !self.profile.any_trailer {
            if !same_number(end.get(2, 1), head.get(1, 1)) {
                return Err(end.fault(Reason::Control {
                    begin: short(head.get(1, 1)),
                    end: short(end.get(2, 1)),
                }));
            }
            if !same_number(end.get(1, 1), &counted.to_string()) {
                return Err(end.fault(Reason::Count {
                    said: short(end.get(1, 1)),
                    counted,
                }));
            }
        }
        if !self.used.insert(short(head.get(1, 1))) {
            return Err(head.fault(Reason::Repeated(short(head.get(1, 1)))));
        }
        Ok(())
    }

    fn end(mut self) -> Interchange {
        self.close(None);
        if !self.ended {
            self.interchange
                .note("UNZ is missing: the end of the interchange may be lost".into());
        }
        self.interchange
    }
}
