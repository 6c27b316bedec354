//! Service characters and segments. An interchange is cut into segments here, so that one that is
//! broken loses no other; each is then read by `edifact-rs`, which nothing outside of this file
//! knows. Must not know what a segment means.

use edifact_rs::{ReaderConfig, ServiceStringAdvice, from_bytes_with_config};

use crate::bounds::MAX_SEGMENT_BYTES;
use crate::fault::{Fault, Reason};

/// The service characters that hold where no UNA says others.
const USUAL: &str = ":+.? '";
/// Stands for a release character where there is none.
const NO_RELEASE: u8 = 1;

/// The characters that separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service {
    advice: ServiceStringAdvice,
    /// Where the first segment begins, in bytes.
    pub begins: usize,
}

impl Service {
    /// Reads a UNA, or what is usual; the text begins with UNA or UNB.
    pub fn read(text: &str) -> Result<Self, Reason> {
        let own = text.strip_prefix("UNA").and_then(|rest| rest.get(..6));
        let begins = if own.is_some() { 9 } else { 0 };
        let said = own.unwrap_or(USUAL).as_bytes();
        let &[component, element, decimal, release, repetition, terminator] = said else {
            return Err(Reason::NoSeparators);
        };
        let first = text.get(begins..).unwrap_or_default().trim_start();
        let is_version_4 = first
            .split(char::from(element))
            .nth(1)
            .is_some_and(|syntax| syntax.split(char::from(component)).nth(1) == Some("4"));
        let release = if release == b' ' { NO_RELEASE } else { release };
        let active = [component, element, release, terminator];
        let fits = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b' ';
        let differ = (1..)
            .zip(active)
            .all(|(next, byte)| !active.iter().skip(next).any(|it| *it == byte));
        let after_tag = first
            .strip_prefix("UNB")
            .and_then(|rest| rest.bytes().next());
        if !active.into_iter().all(fits) || !differ || after_tag != Some(element) {
            return Err(Reason::NoSeparators);
        }
        // Only version 4 repeats elements; before, what stands there is not used.
        let repeats = is_version_4 && (own.is_none() || repetition != b' ');
        let repetition_sep = match (repeats, own) {
            (false, _) => b' ',
            (true, None) => b'*',
            (true, Some(_)) => repetition,
        };
        let advice = ServiceStringAdvice {
            element_sep: element,
            component_sep: component,
            release_char: release,
            decimal_mark: decimal,
            repetition_sep,
            segment_term: terminator,
        };
        Ok(Self { advice, begins })
    }

    /// What ends a segment.
    pub fn terminator(&self) -> char {
        char::from(self.advice.segment_term)
    }

    /// What stands before the decimals.
    pub fn mark(&self) -> char {
        char::from(self.advice.decimal_mark)
    }

    /// The length of the first segment of a text in bytes, its terminator included; all of it,
    /// where no terminator comes.
    fn length(&self, text: &str) -> usize {
        let mut released = false;
        for (at, byte) in text.bytes().enumerate() {
            if released {
                released = false;
            } else if byte == self.advice.release_char {
                released = true;
            } else if byte == self.advice.segment_term {
                return at.saturating_add(1);
            }
        }
        text.len()
    }

    /// The segments of a text that are not empty, each with where it begins and ends in bytes.
    pub fn cut<'t>(
        &self,
        text: &'t str,
    ) -> impl Iterator<Item = (usize, usize, &'t str)> + use<'t> {
        let service = *self;
        let mut at = 0_usize;
        std::iter::from_fn(move || {
            loop {
                let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
                let from = at;
                at = at.saturating_add(service.length(rest));
                let segment = text.get(from..at).unwrap_or_default().trim_start();
                let bare = segment.trim_end_matches(service.terminator());
                if !bare.trim().is_empty() {
                    return Some((from, at, segment));
                }
            }
        })
    }
}

/// A segment that is not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'t> {
    /// Its number in the interchange, from 1; the UNB is the first.
    pub number: usize,
    text: &'t str,
}

impl<'t> Raw<'t> {
    pub const fn new(number: usize, text: &'t str) -> Self {
        Self { number, text }
    }

    /// All of it, without its terminator.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Its tag: three letters.
    pub fn tag(&self) -> &'t str {
        self.text.get(..3).unwrap_or_default()
    }

    /// It breaks a rule.
    pub fn fault(&self, why: Reason) -> Fault {
        Fault {
            segment: self.number,
            tag: self.tag().to_owned(),
            why,
        }
    }

    /// Reads it.
    pub fn read(&self, service: &Service) -> Result<Segment<'t>, Fault> {
        if self.text.len() > MAX_SEGMENT_BYTES {
            return Err(self.fault(Reason::TooLarge {
                what: "bytes in a segment",
                most: MAX_SEGMENT_BYTES,
            }));
        }
        let config = ReaderConfig::default().with_service_string_advice(service.advice);
        let read = from_bytes_with_config(self.text.as_bytes(), config).next();
        match read {
            Some(Ok(inner)) => Ok(Segment {
                number: self.number,
                inner,
            }),
            Some(Err(error)) => Err(self.fault(Reason::Syntax(error.to_string()))),
            None => Err(self.fault(Reason::Syntax("it is empty".into()))),
        }
    }
}

/// A segment.
#[derive(Debug)]
pub(super) struct Segment<'t> {
    /// Its number in the interchange.
    pub number: usize,
    inner: edifact_rs::Segment<'t>,
}

impl Segment<'_> {
    /// Such as `LIN`.
    pub fn tag(&self) -> &str {
        self.inner.tag()
    }

    /// A component of an element, both from 1, without blanks around it; empty where there is none.
    pub fn get(&self, element: usize, component: usize) -> &str {
        let (element, component) = (element.checked_sub(1), component.checked_sub(1));
        let found = element.zip(component);
        let found =
            found.and_then(|(element, component)| self.inner.component_str(element, component));
        found.unwrap_or_default().trim()
    }

    /// It breaks a rule.
    pub fn fault(&self, why: Reason) -> Fault {
        Fault {
            segment: self.number,
            tag: self.tag().to_owned(),
            why,
        }
    }

    /// A component that must not be empty.
    pub fn need(
        &self,
        (element, component): (usize, usize),
        name: &'static str,
    ) -> Result<&str, Fault> {
        match self.get(element, component) {
            "" => Err(self.fault(Reason::Empty(name))),
            text => Ok(text),
        }
    }
}
