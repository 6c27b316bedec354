//! What the TOML files of the command have in common: what is wrong in one is named with its line,
//! in words that say what to do. Must not know what they are about.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// What is wrong in a file, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Wrong {
    pub what: String,
    /// The line, from 1; none if it is about all of the file.
    pub line: Option<usize>,
    pub next: String,
}

/// Reads a file. `example` is one that says what each field means.
pub(crate) fn read<T>(
    path: &Path,
    example: &str,
    parse: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<T, Problem> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let next = format!("name a file; {example} is an example");
        Problem::usage(format!("the file cannot be read: {error}"), &place, &next)
    })?;
    parse(&text).map_err(|wrong| {
        let place = match wrong.line {
            Some(line) => format!("{place}, line {line}"),
            None => place,
        };
        Problem::usage(wrong.what, &place, &wrong.next)
    })
}

/// Reads TOML.
pub(crate) fn decode<T: DeserializeOwned>(text: &str, example: &str) -> Result<T, Wrong> {
    toml::from_str(text).map_err(|error: toml::de::Error| Wrong {
        what: error.message().to_owned(),
        line: error.span().map(|span| line_at(text, span.start)),
        next: format!("{example} is an example that says what each field means"),
    })
}

/// The line of a byte, from 1.
pub(crate) fn line_at(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or_default();
    before.matches('\n').count().saturating_add(1)
}
