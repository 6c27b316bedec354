//! The running hash of a room's commits: each commit carries the hash of the one before it and of
//! its own bytes. So one value says what all commits of the room say up to there, and what was
//! changed, dropped or put between them does not fit. Must not know what a commit says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use domain::decider::Room;
use domain::ids::Revision;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The header that carries a commit's chain value, as 64 hexadecimal digits.
pub const CHAIN_HEADER: &str = "Backorder-Chain";

/// The hash of all commits of a room up to one of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain([u8; Self::BYTES]);

impl Chain {
    const BYTES: usize = 32;
    /// Before a room's first commit.
    pub const START: Self = Self([0; Self::BYTES]);

    /// After one more commit, whose bytes are these: BLAKE3 of this value and the bytes.
    #[must_use]
    pub fn then(self, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(body);
        Self(*hasher.finalize().as_bytes())
    }

    /// Its first digits, for people: what tells two apart.
    pub fn short(self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no chain value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chain value has 64 hexadecimal digits")]
pub struct NoChain;

impl FromStr for Chain {
    type Err = NoChain;

    fn from_str(text: &str) -> Result<Self, NoChain> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| NoChain)?;
        Ok(Self(*hash.as_bytes()))
    }
}

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A commit of a room, by where it stands and by all that the room has said up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Where it stands.
    pub revision: Revision,
    /// Its chain value.
    pub chain: Chain,
}

impl Link {
    /// Before a room's first commit.
    pub const START: Self = Self {
        revision: Revision(0),
        chain: Chain::START,
    };
}

/// Each room's last commit that somebody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads(BTreeMap<Room, Link>);

impl Heads {
    /// A room's last commit, if any is known.
    pub fn of(&self, room: Room) -> Option<Link> {
        self.0.get(&room).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Room, Link)> + '_ {
        self.0.iter().map(|(room, link)| (*room, *link))
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A commit is known, unless a later one of its room is.
    pub fn know(&mut self, room: Room, link: Link) {
        let known = self.0.entry(room).or_insert(link);
        *known = (*known).max(link);
    }
}

/// A commit that must stand on the log, since it was read from there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose it is.
    pub room: Room,
    /// Which one.
    pub link: Link,
    /// Where that is noted.
    pub noted_in: PathBuf,
}

/// Where a reader begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// It has read up to here.
    pub after: Revision,
    /// What must be on the log.
    pub marks: Vec<Mark>,
    /// For a reader that goes on from a state: which revisions were quarantined when that was
    /// made. Another one among those that it has folded stops the reader.
    pub without: Option<BTreeSet<Revision>>,
}

impl Start {
    /// After a revision, of any log.
    pub const fn after(after: Revision) -> Self {
        Self {
            after,
            marks: Vec::new(),
            without: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_value_is_the_hash_of_the_one_before_and_the_bytes() {
        let by_hand = blake3::hash(&[&[0; 32][..], b"one"].concat());
        let one = Chain::START.then(b"one");
        assert_eq!(one.to_string(), by_hand.to_hex().as_str());
        assert_ne!(one.then(b"two"), Chain::START.then(b"onetwo"));
        assert_eq!(one.to_string().parse(), Ok(one));
        assert_eq!("abc".parse::<Chain>(), Err(NoChain));
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Chain>(&json).unwrap(), one);
    }

    #[test]
    fn heads_only_go_forward() {
        let link = |revision| Link {
            revision: Revision(revision),
            chain: Chain::START.then(b"any"),
        };
        let mut heads = Heads::default();
        for revision in [3, 5, 4] {
            heads.know(Room::Orders, link(revision));
        }
        assert_eq!(heads.of(Room::Orders), Some(link(5)));
        assert_eq!(heads.of(Room::Inventory), None);
    }
}
