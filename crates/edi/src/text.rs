//! Bytes as text. Must not know a standard.

use std::borrow::Cow;

/// The text of a file: UTF-8 where it is that, else each byte is the character of its number, as in
/// Latin-1. Separators may be any character.
pub(crate) fn read(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Whether it ends a line.
pub(crate) fn is_break(it: char) -> bool {
    matches!(it, '\r' | '\n')
}

/// Text without the line ends that wrap it, where these do not end segments.
pub(crate) fn unwrapped(text: &str, terminator: char) -> Cow<'_, str> {
    if is_break(terminator) || !text.contains(is_break) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|it| !is_break(*it)).collect())
}
