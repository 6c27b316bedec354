//! An external sort: records come out in the order of their keys, equal keys as they went in.
//! Memory is bounded; what is beyond it lies in temporary files that have no name.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, Write};

/// The most bytes of records that are held before they are written out, sorted, as a run.
const BUFFER_BYTES: usize = 24 * 1024 * 1024;
/// The most runs; at the bound they are merged into one.
const MAX_RUNS: usize = 32;
/// What is read of a run at once.
const READ_BYTES: usize = 64 * 1024;

/// A key and what stands under it.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// Takes records in.
pub(crate) struct Sorter {
    held: Vec<Record>,
    bytes: usize,
    runs: Vec<Run>,
    buffer_bytes: usize,
}

impl Default for Sorter {
    fn default() -> Self {
        Self::bounded(BUFFER_BYTES)
    }
}

impl Sorter {
    fn bounded(buffer_bytes: usize) -> Self {
        Self {
            held: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
            buffer_bytes,
        }
    }

    /// Takes one in.
    pub(crate) fn push(&mut self, key: Vec<u8>, value: Vec<u8>) -> io::Result<()> {
        let overhead = size_of::<Record>().saturating_add(32);
        let bytes = key.len().saturating_add(value.len());
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(overhead);
        self.held.push((key, value));
        if self.bytes > self.buffer_bytes {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes out what is held as one more run.
    fn spill(&mut self) -> io::Result<()> {
        let mut held = std::mem::take(&mut self.held);
        self.bytes = 0;
        held.sort_by(|one, other| one.0.cmp(&other.0));
        self.runs.push(Run::write(held.into_iter().map(Ok))?);
        if self.runs.len() >= MAX_RUNS {
            let merged = Merge::of(std::mem::take(&mut self.runs))?;
            self.runs.push(Run::write(merged)?);
        }
        Ok(())
    }

    /// All of them, sorted.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        if !self.runs.is_empty() {
            self.spill()?;
            return Ok(Sorted::Merged(Merge::of(self.runs)?));
        }
        self.held.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Sorted::Held(self.held.into_iter()))
    }
}

/// Hands records out.
pub(crate) enum Sorted {
    Held(std::vec::IntoIter<Record>),
    Merged(Merge),
}

impl Iterator for Sorted {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Held(held) => held.next().map(Ok),
            Self::Merged(merge) => merge.next(),
        }
    }
}

/// Sorted records in a file.
struct Run(BufReader<File>);

impl Run {
    fn write(records: impl Iterator<Item = io::Result<Record>>) -> io::Result<Self> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for record in records {
            let (key, value) = record?;
            for part in [&key, &value] {
                let bytes = u32::try_from(part.len()).map_err(io::Error::other)?;
                file.write_all(&bytes.to_le_bytes())?;
                file.write_all(part)?;
            }
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self(BufReader::with_capacity(READ_BYTES, file)))
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        let mut bytes = [0; 4];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let key = self.part(bytes)?;
        self.0.read_exact(&mut bytes)?;
        let value = self.part(bytes)?;
        Ok(Some((key, value)))
    }

    fn part(&mut self, bytes: [u8; 4]) -> io::Result<Vec<u8>> {
        let bytes = usize::try_from(u32::from_le_bytes(bytes)).map_err(io::Error::other)?;
        let mut part = vec![0; bytes];
        self.0.read_exact(&mut part)?;
        Ok(part)
    }
}

/// A run's next record: its key, the run's number, its value.
type Head = Reverse<(Vec<u8>, usize, Vec<u8>)>;

/// The least record of each run, the earliest run first among equal keys.
pub(crate) struct Merge {
    runs: Vec<Run>,
    heads: BinaryHeap<Head>,
}

impl Merge {
    fn of(mut runs: Vec<Run>) -> io::Result<Self> {
        let mut heads = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some((key, value)) = run.next()? {
                heads.push(Reverse((key, number, value)));
            }
        }
        Ok(Self { runs, heads })
    }
}

impl Iterator for Merge {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heads.peek_mut()?;
        let run = self.runs.get_mut(head.0.1)?;
        let least = match run.next() {
            Ok(Some((key, value))) => {
                let number = head.0.1;
                std::mem::replace(&mut *head, Reverse((key, number, value)))
            }
            Ok(None) => PeekMut::pop(head),
            Err(error) => return Some(Err(error)),
        };
        let Reverse((key, _, value)) = least;
        Some(Ok((key, value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_lies_in_files_comes_out_sorted_and_equal_keys_as_they_went_in(
            keys in prop::collection::vec(0_u8..20, 0..400),
            buffer in 1_usize..4_000,
        ) {
            let mut sorter = Sorter::bounded(buffer);
            let mut expected: Vec<Record> = Vec::new();
            for (place, key) in (0_u32..).zip(keys) {
                let record = (vec![key], place.to_be_bytes().to_vec());
                expected.push(record.clone());
                sorter.push(record.0, record.1).unwrap();
            }
            expected.sort_by_key(|record| record.0.clone());
            let sorted: Vec<Record> = sorter.finish().unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(sorted, expected);
        }
    }
}
