//! What comes off the log, or pretends to: any bytes, and golden files broken in any way.

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use backorder_domain::event::{Commit, Event};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::corpus::Corpus;

/// What decodes is written, read and written the same; what does not is refused without a panic.
fn holds<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else {
        return;
    };
    let text = serde_json::to_string(&read).unwrap();
    let again: T = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(read, again, "{text}");
    assert_eq!(text, serde_json::to_string(&again).unwrap());
}

fn decodes(bytes: &[u8]) {
    holds::<Event>(bytes);
    holds::<Commit>(bytes);
}

#[test]
fn any_bytes_are_refused_or_read_and_written_the_same() {
    arbtest(|u| {
        decodes(u.bytes(u.len())?);
        Ok(())
    });
}

/// Words that JSON and its readers take special notice of.
const WORDS: [&str; 20] = [
    "null",
    "true",
    "-",
    "1e999",
    "-0.0",
    "18446744073709551616",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\u0000",
    "\\ud800",
    "\"type\":\"settled\",",
    "9999-12-31T23:59:60Z",
    "\u{feff}",
    "0000-00-00T00:00:00Z",
    "340282366920938463463374607431768211456",
];

fn broken(corpus: &Corpus, u: &mut Unstructured) -> Result<Vec<u8>> {
    let mut bytes = u.choose(&corpus.texts)?.clone().into_bytes();
    for _ in 0..u.int_in_range(1..=6)? {
        let at = u.int_in_range(0..=bytes.len())?;
        let to = u.int_in_range(at..=bytes.len().min(at + 40))?;
        match u.int_in_range(0..=5)? {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                bytes.splice(at..to, u.choose(&WORDS)?.bytes());
            }
            4 => {
                let other = u.choose(&corpus.texts)?.as_bytes();
                let from = u.int_in_range(0..=other.len())?;
                bytes.splice(
                    at..to,
                    other[from..other.len().min(from + 60)].iter().copied(),
                );
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u.arbitrary()?;
                }
            }
        }
    }
    Ok(bytes)
}

#[test]
fn a_golden_file_broken_in_any_way_is_read_or_refused() {
    let corpus = Corpus::read();
    arbtest(|u| {
        decodes(&broken(&corpus, u)?);
        Ok(())
    });
}

#[test]
fn every_golden_file_holds_and_so_does_what_is_made_from_it() {
    let corpus = Corpus::read();
    corpus
        .texts
        .iter()
        .for_each(|text| decodes(text.as_bytes()));
    let now = backorder_domain::ids::Timestamp::from_ms(1_795_000_000_000);
    arbtest(|u| {
        let tame = u.arbitrary()?;
        if let Some(event) = corpus.event(u, tame, now, |_| true)? {
            decodes(&serde_json::to_vec(&event).unwrap());
        }
        Ok(())
    });
}
