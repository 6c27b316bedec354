//! Messages that no room could have written, and that an operator has had passed over. A record of
//! each stands on the log, on a subject of its own; a reader knows all records before it reads
//! anything. Must not know where messages are kept.
//!
//! A record grants exactly one skip: of the message at its revision, if that has the bytes which
//! the record's hash says. A record that does not fit what stands there grants none, and the reader
//! stops at the message as before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use domain::decider::Room;
use domain::event::Commit;
use domain::ids::{Revision, Timestamp};
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, Link};
use crate::message::Message;

/// The last token of the subject of the records.
pub(crate) const TOKEN: &str = "quarantine";
/// How many records of a log are read. One more is not written.
pub const MAX_RECORDS: usize = 256;
/// How long the reason of a record may be.
pub const MAX_REASON_BYTES: usize = 500;

/// Why a message stops its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offence {
    /// None of ours wrote it: it has no hash.
    Stranger,
    /// An event in it cannot be read.
    Unreadable,
    /// An event in it is a fact of another room.
    Foreign,
    /// Some room cannot fold it.
    Impossible,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stranger => "a stranger's message",
            Self::Unreadable => "a message that cannot be read",
            Self::Foreign => "a fact of another room",
            Self::Impossible => "a fact that cannot be",
        })
    }
}

/// A message that every reader passes over, as its record on the log says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "quarantined")]
pub struct Quarantined {
    /// Where it stands.
    pub revision: Revision,
    /// On whose subject.
    pub room: Room,
    /// The room's commit before it.
    pub before: Link,
    /// The hash of all that stands on the room's subject up to it: the room's next commit goes on
    /// from there.
    pub chain: Chain,
    /// Its length.
    pub bytes: u64,
    /// When the server took it.
    pub written_at: Timestamp,
    /// What is wrong with it.
    pub offence: Offence,
    /// Why it was quarantined, in the operator's words.
    pub reason: String,
    /// When it was.
    pub at: Timestamp,
    /// Where this record stands; known to whoever has read it from there.
    #[serde(skip)]
    pub recorded_at: Revision,
}

impl Quarantined {
    /// How the room's commits go on after it.
    pub const fn link(&self) -> Link {
        let (revision, chain) = (self.revision, self.chain);
        Link { revision, chain }
    }

    /// What stands for it: a commit of no events.
    pub(crate) fn stand_in(&self) -> Commit {
        Commit {
            as_of: self.before.revision,
            at: self.written_at,
            events: Vec::new(),
            traces: BTreeMap::new(),
        }
    }

    /// Whether it is about this message.
    pub(crate) fn is_of(&self, message: &Message) -> bool {
        message.room == self.room && self.before.chain.then(&message.body) == self.chain
    }

    /// Whether the record may be followed, by what stands on the log: its message; what the room
    /// has before it, with the hash that counts there, and which revision comes after that on the
    /// room's subject; and the message after it. A commit that was written on top of it before the
    /// record was says that the room had taken it: it is no stranger's then.
    pub(crate) fn is_founded(
        &self,
        message: Option<&Message>,
        before: Option<&Message>,
        next_of_before: Option<Revision>,
        after: Option<(Revision, &Message)>,
    ) -> bool {
        let is_next = next_of_before == Some(self.revision);
        let follows = match before {
            None => self.before == Link::START,
            Some(before) => before.room == self.room && before.chain == Some(self.before.chain),
        };
        let was_taken = after.is_some_and(|(at, after)| {
            at < self.recorded_at && after.chain == Some(self.chain.then(&after.body))
        });
        let is_earlier = self.revision < self.recorded_at;
        is_earlier && is_next && follows && !was_taken && message.is_some_and(|it| self.is_of(it))
    }
}

/// The records of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    /// Those that may be followed, by what they are about.
    followed: BTreeMap<Revision, Arc<Quarantined>>,
    /// Where anything stands on their subject.
    all: BTreeSet<Revision>,
}

impl Records {
    /// What is said of a revision.
    pub fn of(&self, revision: Revision) -> Option<&Arc<Quarantined>> {
        self.followed.get(&revision)
    }

    /// The record that stands at a revision.
    pub fn at(&self, revision: Revision) -> Option<&Arc<Quarantined>> {
        self.followed.values().find(|it| it.recorded_at == revision)
    }

    /// One more; the first of a revision counts.
    pub fn add(&mut self, record: Arc<Quarantined>) {
        self.followed.entry(record.revision).or_insert(record);
    }

    /// Something stands where records do.
    pub fn note(&mut self, at: Revision) {
        self.all.insert(at);
    }

    /// Whether anything does at a revision.
    pub fn has(&self, at: Revision) -> bool {
        self.all.contains(&at)
    }

    /// All of them, by revision.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Quarantined>> {
        self.followed.values()
    }

    /// The hash that the commit after a message goes on.
    pub fn chain_at(&self, revision: Revision, message: &Message) -> Option<Chain> {
        let record = self.of(revision).filter(|record| record.is_of(message));
        record.map_or(message.chain, |record| Some(record.chain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &'static [u8], chain: Option<Chain>) -> Message {
        Message {
            room: Room::Orders,
            body: body.into(),
            chain,
        }
    }

    fn record() -> Quarantined {
        let before = Link {
            revision: Revision(3),
            chain: Chain::START.then(b"before"),
        };
        Quarantined {
            revision: Revision(5),
            room: Room::Orders,
            before,
            chain: before.chain.then(b"strange"),
            bytes: 7,
            written_at: Timestamp::from_ms(1_000),
            offence: Offence::Stranger,
            reason: "nobody wrote it".to_owned(),
            at: Timestamp::from_ms(2_000),
            recorded_at: Revision(9),
        }
    }

    #[test]
    fn a_record_is_written_as_it_always_was() {
        let record = record();
        let text = serde_json::to_string(&record).unwrap();
        let (before, chain) = (record.before.chain, record.chain);
        let pinned = format!(
            "{{\"type\":\"quarantined\",\"revision\":5,\"room\":\"orders\",\
             \"before\":{{\"revision\":3,\"chain\":\"{before}\"}},\"chain\":\"{chain}\",\
             \"bytes\":7,\"written_at\":\"1970-01-01T00:00:01Z\",\"offence\":\"stranger\",\
             \"reason\":\"nobody wrote it\",\"at\":\"1970-01-01T00:00:02Z\"}}"
        );
        assert_eq!(text, pinned);
        let read: Quarantined = serde_json::from_str(&text).unwrap();
        let recorded_at = record.recorded_at;
        assert_eq!(
            Quarantined {
                recorded_at,
                ..read
            },
            record
        );
    }

    #[test]
    fn a_record_grants_no_skip_but_of_its_message_while_nothing_was_built_on_it() {
        let record = record();
        let before = message(b"before", Some(record.before.chain));
        let it = message(b"strange", None);
        let is_next = Some(record.revision);
        let founded = |it: Option<&Message>, before: Option<&Message>, after| {
            record.is_founded(it, before, is_next, after)
        };
        assert!(founded(Some(&it), Some(&before), None));
        let on_top = message(b"next", Some(record.chain.then(b"next")));
        assert!(founded(
            Some(&it),
            Some(&before),
            Some((Revision(10), &on_top))
        ));
        let strange_too = message(b"next", None);
        assert!(founded(
            Some(&it),
            Some(&before),
            Some((Revision(7), &strange_too))
        ));

        let built_upon = founded(Some(&it), Some(&before), Some((Revision(7), &on_top)));
        assert!(!built_upon);
        assert!(!founded(None, Some(&before), None));
        assert!(!founded(Some(&it), None, None));
        let other = message(b"stranger", None);
        assert!(!founded(Some(&other), Some(&before), None));
        let other = message(b"before", Some(Chain::START));
        assert!(!founded(Some(&it), Some(&other), None));
        let early = Quarantined {
            recorded_at: Revision(5),
            ..record.clone()
        };
        assert!(!early.is_founded(Some(&it), Some(&before), is_next, None));
        let skips_one = Some(Revision(4));
        assert!(!record.is_founded(Some(&it), Some(&before), skips_one, None));
    }
}
