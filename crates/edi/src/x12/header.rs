//! The first segment of an interchange, read by its separators and never by column: its widths are
//! wrong in many files. Must not know what follows.

use crate::fault::Reason;
use crate::text::is_break;

/// How many elements an ISA has.
const ELEMENTS: usize = 16;
/// The most characters from `ISA` to the first segment after it.
const MAX_HEADER_CHARS: usize = 600;
/// In how many characters after the first separator the third one stands.
const MAX_HEAD_CHARS: usize = 40;
/// What may follow an ISA.
const NEXT: [&str; 5] = ["GS", "TA1", "IEA", "ISB", "ST"];

/// The separators of an interchange and its header's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Between elements.
    pub element: char,
    /// At the end of segments.
    pub terminator: char,
    /// ISA01 to ISA15, without blanks.
    elements: Vec<String>,
    /// Where the segments after it begin, in bytes.
    pub ends: usize,
}

impl Header {
    /// ISA01 to ISA15.
    pub fn get(&self, number: usize) -> &str {
        let at = number.checked_sub(1);
        at.and_then(|at| self.elements.get(at))
            .map_or("", String::as_str)
    }
}

/// Where an interchange begins, at this byte or after it: `ISA`, a separator, and that separator
/// again where a header has it.
pub(super) fn find(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let found = rest.match_indices("ISA").find(|(at, _)| {
        let before = rest.get(..*at).and_then(|it| it.chars().next_back());
        let is_word = before.is_some_and(char::is_alphanumeric);
        !is_word && rest.get(*at..).is_some_and(begins)
    })?;
    from.checked_add(found.0)
}

/// Whether this is the begin of a header: its first two elements are two characters and at most
/// ten, more or less.
fn begins(text: &str) -> bool {
    let mut chars = text.chars().skip(3);
    let Some(element) = chars.next().filter(|it| is_separator(*it)) else {
        return false;
    };
    let head: String = chars.take(MAX_HEAD_CHARS).collect();
    let mut elements = head.split(element);
    let short = |text: Option<&str>| text.is_some_and(|it| it.trim().chars().count() <= 4);
    short(elements.next()) && elements.next().is_some() && short(elements.next())
}

/// A separator is no letter, no digit, and nothing that stands inside an id.
fn is_separator(it: char) -> bool {
    !it.is_alphanumeric() && !matches!(it, ' ' | '\r' | '\n' | '-' | '_' | '"')
}

/// Reads the header that begins the text.
pub(super) fn read(text: &str) -> Result<Header, Reason> {
    let element = text.chars().nth(3).filter(|it| is_separator(*it));
    let element = element.ok_or(Reason::NoSeparators)?;
    let begin = element.len_utf8().saturating_add(3);
    let mut elements = Vec::new();
    let mut at = begin;
    while elements.len() < ELEMENTS {
        let rest = text.get(at..).ok_or(Reason::NoSeparators)?;
        let near = rest.char_indices().take(MAX_HEADER_CHARS);
        let length = near.clone().find(|(_, it)| *it == element).map(|it| it.0);
        let Some(length) = length else { break };
        let raw = rest.get(..length).unwrap_or_default();
        // The last element runs into the terminator and the next segment's tag; so does ISA15
        // where there is no ISA16.
        let tail = tail_of(raw).filter(|_| elements.len() >= ELEMENTS - 2);
        if let Some(tail) = tail {
            let ends = at.saturating_add(tail.len());
            let after = text.get(ends..).unwrap_or_default();
            return separators(element, elements, (tail, after), ends);
        }
        elements.push(without_breaks(raw).trim().to_owned());
        at = at.saturating_add(length).saturating_add(element.len_utf8());
    }
    Err(Reason::NoSeparators)
}

/// What stands before the tag that the text ends with, be it wrapped or not.
fn tail_of(raw: &str) -> Option<&str> {
    let without = |tag: &str| {
        let mut rest = raw;
        for letter in tag.chars().rev() {
            rest = rest.trim_end_matches(is_break).strip_suffix(letter)?;
        }
        Some(rest)
    };
    NEXT.into_iter().find_map(without)
}

/// The separators, from what stands between the last separator of the header and the next tag.
fn separators(
    element: char,
    mut elements: Vec<String>,
    (mut tail, after): (&str, &str),
    ends: usize,
) -> Result<Header, Reason> {
    let is_last_missing = elements.len() < ELEMENTS - 1;
    if is_last_missing {
        // ISA15 runs into the terminator.
        let usage = tail.chars().next().filter(|it| it.is_alphanumeric());
        let usage = usage.ok_or(Reason::NoSeparators)?;
        elements.push(usage.to_string());
        tail = tail.get(usage.len_utf8()..).unwrap_or_default();
    }
    let shown: Vec<char> = tail.chars().filter(|it| !is_blank(*it)).collect();
    let breaks = tail.contains(is_break);
    let terminator = match shown.as_slice() {
        [] if tail.contains('\n') => '\n',
        [] if tail.contains('\r') => '\r',
        // Alone before a line's end it is ISA16 if the next line does not end with it.
        [_] if breaks && !is_last_missing && !first_line_ends(after, &shown) => {
            if tail.contains('\n') { '\n' } else { '\r' }
        }
        [one] => *one,
        [_, one] if !is_last_missing => *one,
        _ => return Err(Reason::NoSeparators),
    };
    if terminator == element || terminator.is_alphanumeric() {
        return Err(Reason::NoSeparators);
    }
    Ok(Header {
        element,
        terminator,
        elements,
        ends,
    })
}

fn first_line_ends(after: &str, with: &[char]) -> bool {
    let line = after.split(is_break).next().unwrap_or_default();
    line.trim_end().ends_with(with)
}

/// What may stand between segments for the eye.
fn is_blank(it: char) -> bool {
    is_break(it) || matches!(it, ' ' | '\t')
}

/// Text that was wrapped has line ends inside elements.
fn without_breaks(text: &str) -> String {
    text.chars().filter(|it| !is_break(*it)).collect()
}
