//! The history that every state is folded from, the fingerprints that are pinned in it, and what
//! is wrong when a state's bytes are others. Knows no room.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use domain::decider::{Projection, Recorded};
use domain::event::{Commit, Event};
use domain::exact::stopped;
use domain::ids::{DAY_MS, HOUR_MS, Position, Revision, Timestamp};
use event_log::Snapshots;
use sha2::{Digest, Sha256};

/// When the history begins: 1 March 2026, 08:00 UTC. Each commit is an hour after the one before.
const BEGINS_MS: i64 = 1_772_352_000_000;

/// Where the golden events stand.
pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/events")
}

/// One line of the history.
pub enum Line {
    /// This was recorded, as one commit.
    Fold(Recording),
    /// The snapshots of all states so far of one projection come to this, under this number.
    Pin {
        of: String,
        shape: u32,
        fingerprint: String,
    },
}

/// The events of one commit, and where it stands.
pub struct Recording {
    revision: Revision,
    at: Timestamp,
    events: Vec<Event>,
}

impl Recording {
    /// Its events, as they would stand on the log.
    pub fn recorded(&self) -> impl Iterator<Item = (Recorded, &Event)> {
        (0..).zip(&self.events).map(|(index, event)| {
            let recorded = Recorded {
                position: Position {
                    revision: self.revision,
                    index,
                },
                as_of: Revision(self.revision.0 - 1),
                at: self.at,
            };
            (recorded, event)
        })
    }
}

/// The lines, with their numbers in the file.
pub struct History(pub Vec<(usize, Line)>);

impl History {
    /// The file beside this one.
    pub fn read() -> Self {
        Self::parse(include_str!("history.txt"))
    }

    pub fn parse(text: &str) -> Self {
        let (mut lines, mut revision) = (Vec::new(), Revision(0));
        let mut at = Timestamp::from_ms(BEGINS_MS);
        for (number, line) in (1..).zip(text.lines()) {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb {
                "" | "#" => {}
                "later" => at = at.plus_ms(DAY_MS * rest.parse::<i64>().unwrap()),
                "fold" => {
                    revision = Revision(revision.0 + 1);
                    at = at.plus_ms(HOUR_MS);
                    let events = events(rest);
                    let recording = Recording {
                        revision,
                        at,
                        events,
                    };
                    lines.push((number, Line::Fold(recording)));
                }
                "pin" => lines.push((number, pin(rest))),
                _ => panic!("history.txt:{number}: neither `fold` nor `later` nor `pin`"),
            }
        }
        Self(lines)
    }

    /// Every event, as it would stand on the log.
    pub fn recorded(&self) -> impl Iterator<Item = (Recorded, &Event)> {
        let commits = self.0.iter().filter_map(|(_, line)| match line {
            Line::Fold(recording) => Some(recording),
            Line::Pin { .. } => None,
        });
        commits.flat_map(Recording::recorded)
    }
}

fn pin(words: &str) -> Line {
    let words: Vec<&str> = words.split(' ').collect();
    let [of, shape, fingerprint] = words[..] else {
        panic!("`pin` wants a name, a number and a fingerprint: {words:?}");
    };
    Line::Pin {
        of: of.to_owned(),
        shape: shape.parse().unwrap(),
        fingerprint: fingerprint.to_owned(),
    }
}

/// What a golden file, or the line itself, says: an event or a whole commit.
fn events(said: &str) -> Vec<Event> {
    let text = match said.ends_with(".json") {
        true => fs::read_to_string(golden().join(said)).unwrap_or_else(|e| panic!("{said}: {e}")),
        false => said.to_owned(),
    };
    match serde_json::from_str(&text) {
        Ok(event) => vec![event],
        Err(error) => {
            let commit: Result<Commit, _> = serde_json::from_str(&text);
            commit.unwrap_or_else(|_| panic!("{error}: {text}")).events
        }
    }
}

/// The bytes of a snapshot of every state that was passed through.
#[derive(Default)]
struct Passed {
    digest: Sha256,
    last: Vec<u8>,
}

impl Passed {
    /// What is wrong with the snapshot of a state, if something is.
    fn through<P: Projection>(&mut self, state: &P) -> Option<String> {
        let bytes = Snapshots::bytes_of("", state).unwrap();
        if bytes == self.last {
            return None;
        }
        self.digest.update(bytes.len().to_le_bytes());
        self.digest.update(&bytes);
        let wrong = match postcard::from_bytes::<P>(&bytes) {
            Ok(read) if Snapshots::bytes_of("", &read).unwrap() == bytes => None,
            Ok(_) => Some("is read as another state".to_owned()),
            Err(error) => Some(format!("cannot be read: {error}")),
        };
        self.last = bytes;
        wrong
    }

    /// The first 16 bytes of the digest.
    fn fingerprint(&self) -> String {
        let digest = self.digest.clone().finalize();
        digest
            .iter()
            .take(16)
            .fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
    }
}

/// Folds a fact, unless no room could have recorded it after those before: golden events are about
/// few orders, each of which is placed here more than once. Such a fact changes nothing.
pub fn fold<P: Projection + Clone>(state: &mut P, recorded: Recorded, event: &Event) {
    let mut next = state.clone();
    if stopped(|| next.fold(recorded, event)).is_none() {
        *state = next;
    }
}

/// What is wrong with the pins of a projection, and what to do; nothing, if all is well.
pub fn judge<P: Projection + Clone>(of: &str, history: &History) -> Option<String> {
    let (mut state, mut passed) = (P::default(), Passed::default());
    let (mut newest, mut changed_at, mut pinned_to_the_end) = (None, None, false);
    for (number, line) in &history.0 {
        match line {
            Line::Fold(recording) => {
                let before = passed.fingerprint();
                for (recorded, event) in recording.recorded() {
                    fold(&mut state, recorded, event);
                    if let Some(wrong) = passed.through(&state) {
                        return Some(format!(
                            "{of}: its snapshot after history.txt:{number} {wrong}. The room would \
                             drop it and replay the log at each start. Has a field of its state an \
                             attribute of the wire, such as `skip_serializing_if`?"
                        ));
                    }
                }
                pinned_to_the_end &= passed.fingerprint() == before;
            }
            Line::Pin {
                of: other,
                shape,
                fingerprint,
            } if other == of => {
                if newest.is_some_and(|newest| *shape != newest && *shape != newest + 1) {
                    return Some(format!("{of}: history.txt:{number} leaves out a SHAPE"));
                }
                newest = Some(*shape);
                pinned_to_the_end = *shape == P::SHAPE;
                if *shape == P::SHAPE && *fingerprint != passed.fingerprint() {
                    changed_at.get_or_insert(*number);
                }
            }
            Line::Pin { .. } => {}
        }
    }
    let (is, fingerprint) = (P::SHAPE, passed.fingerprint());
    let newest = newest.unwrap_or(is);
    let next = newest + 1;
    if let Some(number) = changed_at {
        Some(format!(
            "{of}: its snapshots have other bytes than history.txt:{number} pins for SHAPE \
             {newest}. If this is meant, say so: `const SHAPE: u32 = {next};`, and at the end of \
             history.txt\n    pin {of} {next} {fingerprint}\n  Older snapshots are then dropped, \
             and the log is replayed. No line of history.txt is changed or removed. If it is not \
             meant: which field, variant or sum of its state changed?"
        ))
    } else if is != newest && is != next {
        Some(format!(
            "{of}: SHAPE is {is} and {newest} was the last that is pinned: it goes up by one"
        ))
    } else if !pinned_to_the_end {
        Some(format!(
            "{of}: nothing pins the bytes that SHAPE {is} has at the end of the history. Add to \
             the end of history.txt\n    pin {of} {is} {fingerprint}"
        ))
    } else {
        None
    }
}
