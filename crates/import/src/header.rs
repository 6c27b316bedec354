//! What stands before the first row: a `sep=` line, blank lines, the header; and what its cells are
//! separated by.

use csv::{ByteRecord, ReaderBuilder};

use crate::columns::{ColumnMap, Columns};
use crate::fields::Kind;

/// What cells may be separated by.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Where the header begins, and what a `sep=` line says.
pub(crate) fn begin(head: &[u8]) -> (usize, Option<u8>) {
    let (mut begin, mut said) = (0_usize, None);
    while let Some(rest) = head.get(begin..).filter(|rest| !rest.is_empty()) {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (line, _) = rest.split_at(end.unwrap_or(rest.len()));
        let is_blank = line
            .iter()
            .all(|byte| DELIMITERS.contains(byte) || matches!(byte, b'"' | b' '));
        let text = line.strip_prefix(b"\"").unwrap_or(line);
        match text {
            [s, e, p, b'=', separator, ..]
                if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && text.len() <= 6 =>
            {
                said = Some(*separator);
            }
            _ if is_blank => {}
            _ => break,
        }
        begin = begin.saturating_add(line.len()).saturating_add(1);
    }
    (begin.min(head.len()), said)
}

/// What the header's cells are separated by: where several would do, that by which the columns are
/// found. None if several would do then.
pub(crate) fn delimiter(header: &[u8], kind: Kind, map: Option<&ColumnMap>) -> Option<u8> {
    let of = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(header);
        reader.byte_headers().cloned().unwrap_or_default()
    };
    let fits = |header: &ByteRecord| match map {
        Some(map) => Columns::resolve(&map.clone().completed(header), header).is_ok(),
        None => ColumnMap::recognise(kind, header).is_some(),
    };
    let cut: Vec<(u8, ByteRecord)> = DELIMITERS
        .into_iter()
        .map(|delimiter| (delimiter, of(delimiter)))
        .filter(|(_, header)| header.len() > 1)
        .collect();
    let found: Vec<u8> = cut
        .iter()
        .filter(|(_, header)| fits(header))
        .map(|(delimiter, _)| *delimiter)
        .collect();
    match (found.as_slice(), cut.as_slice()) {
        (&[only], _) | (&[], &[(only, _)]) => Some(only),
        (&[], &[]) => Some(b','),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_begins_after_blank_lines_and_a_word_to_the_spreadsheet() {
        assert_eq!(begin(b"a,b\n1,2"), (0, None));
        assert_eq!(begin(b"sep=;\r\na;b\n"), (7, Some(b';')).clone());
        assert_eq!(begin(b"\"sep=\t\"\na\tb"), (8, Some(b'\t')));
        assert_eq!(begin(b"\n,,,\n\"\",\na,b"), (9, None));
        assert_eq!(begin(b""), (0, None));
    }

    #[test]
    fn a_delimiter_is_known_where_only_one_makes_sense() {
        let of = |header: &[u8]| delimiter(header, Kind::Orders, None);
        assert_eq!(of(b"a;b;c\n1;2;3"), Some(b';'));
        assert_eq!(of(b"alone\n1"), Some(b','));
        let header = b"order;sku, ours;quantity;placed_at;sku";
        assert_eq!(of(header), Some(b';'));
        assert_eq!(of(b"a,b;c\n"), None);
    }
}
