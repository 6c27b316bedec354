//! The segments of an interchange, one after another, without copying them. Must not know what a
//! segment means.

use super::header::Header;
use crate::bounds::MAX_SEGMENT_BYTES;
use crate::fault::{Fault, Reason};

/// A segment of an interchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'t> {
    /// Its number in the interchange, from 1; the ISA is the first.
    pub number: usize,
    text: &'t str,
    separator: char,
}

impl<'t> Segment<'t> {
    /// Such as `ACK`.
    pub fn tag(&self) -> &'t str {
        self.get(0)
    }

    /// All of it, without its terminator.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// An element by its number, from 1, without blanks around it; empty where there is none.
    pub fn get(&self, number: usize) -> &'t str {
        self.text
            .split(self.separator)
            .nth(number)
            .map_or("", str::trim)
    }

    /// Elements from this number on.
    pub fn from(&self, number: usize) -> impl Iterator<Item = &'t str> + use<'t> {
        self.text.split(self.separator).skip(number).map(str::trim)
    }

    /// This segment breaks a rule.
    pub fn fault(&self, why: Reason) -> Fault {
        let tag = self.tag();
        Fault {
            segment: self.number,
            tag: tag.chars().take(3).collect(),
            why,
        }
    }

    /// An element that must not be empty.
    pub fn need(&self, number: usize, name: &'static str) -> Result<&'t str, Fault> {
        match self.get(number) {
            "" => Err(self.fault(Reason::Empty(name))),
            text => Ok(text),
        }
    }

    /// Whether it is longer than what is read.
    pub fn check(&self) -> Result<(), Fault> {
        if self.text.len() > MAX_SEGMENT_BYTES {
            return Err(self.fault(Reason::TooLarge {
                what: "bytes in a segment",
                most: MAX_SEGMENT_BYTES,
            }));
        }
        Ok(())
    }
}

/// The segments after the header that are not empty.
pub(super) fn all<'t>(
    text: &'t str,
    header: &Header,
) -> impl Iterator<Item = Segment<'t>> + use<'t> {
    let separator = header.element;
    let parts = text.split(header.terminator).map(str::trim);
    let parts = parts.filter(|text| !text.is_empty());
    parts.zip(2..).map(move |(text, number)| Segment {
        number,
        text,
        separator,
    })
}
