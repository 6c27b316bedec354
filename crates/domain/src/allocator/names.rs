//! Small numbers for texts that come again and again: SKUs, places, tiers, channels, regions,
//! purchase orders. Must not know what they name.

use std::borrow::Borrow;

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The hash of a text, the same in every process. Only looked up by, never iterated. Nobody is
/// kept from choosing texts of one hash: each costs them a step of a search, no more.
pub(super) fn hash(text: &str) -> u32 {
    hash_of(text.as_bytes())
}

pub(super) fn hash_of(bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mixed = eights.iter().chain([&last]).fold(length, |mixed, eight| {
        mix(mixed ^ u64::from_le_bytes(*eight))
    });
    u32::try_from(mixed >> u32::BITS).unwrap_or_default()
}

/// The two halves of a product of 128 bits, one over the other: every bit moves about every other.
fn mix(bits: u64) -> u64 {
    let wide = u128::from(bits ^ 0x243F_6A88_85A3_08D3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let high = u64::try_from(wide >> u64::BITS).unwrap_or_default();
    let low = u64::try_from(wide & u128::from(u64::MAX)).unwrap_or_default();
    high ^ low
}

/// Numbers of texts, by the hash of the text. The hash stands beside the number, so that growing
/// looks at no text, and a search at hardly any but the right one.
#[derive(Debug, Default, Clone)]
pub(super) struct Index(HashTable<(u32, u32)>);

/// What the table wants: its bits from both ends of 64.
fn wide((hash, _): &(u32, u32)) -> u64 {
    u64::from(*hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Index {
    /// The number under this hash that `is` meant.
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let meant = |(other, number): &(u32, u32)| *other == hash && is(*number);
        let found = self.0.find(wide(&(hash, 0)), meant);
        found.map(|(_, number)| *number)
    }

    /// Puts in a number that is not in.
    pub fn insert(&mut self, hash: u32, number: u32) {
        let entry = (hash, number);
        self.0.insert_unique(wide(&entry), entry, wide);
    }

    pub fn remove(&mut self, hash: u32, number: u32) {
        let entry = (hash, number);
        if let Ok(found) = self.0.find_entry(wide(&entry), |other| *other == entry) {
            found.remove();
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Texts by number, in the order in which they came. A number is for ever.
#[derive(Debug, Clone)]
pub struct Names<T> {
    list: Vec<T>,
    by_text: Index,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            by_text: Index::default(),
        }
    }
}

impl<T: PartialEq> PartialEq for Names<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<T: Borrow<str> + Clone> Names<T> {
    /// The number of a text that came before.
    pub fn find(&self, text: &str) -> Option<u32> {
        let same = |number| self.get(number).is_some_and(|name| name.borrow() == text);
        self.by_text.find(hash(text), same)
    }

    /// The number of a text, a new one if it has not come before.
    pub fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.find(name.borrow()) {
            return number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(name.clone());
        self.by_text.insert(hash(name.borrow()), number);
        number
    }

    /// The same for texts of which there are few: numbers end at `u16::MAX`, and whatever comes
    /// after that shares the last one.
    pub fn short_number(&mut self, name: &T) -> u16 {
        if self.list.len() > usize::from(u16::MAX) {
            let known = self.find(name.borrow()).unwrap_or(u32::from(u16::MAX));
            return u16::try_from(known).unwrap_or(u16::MAX);
        }
        u16::try_from(self.number(name)).unwrap_or(u16::MAX)
    }

    /// The text of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.list.get(usize::try_from(number).ok()?)
    }
}

impl<T: Serialize> Serialize for Names<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Borrow<str> + Clone> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut names = Self {
            list: Vec::deserialize(deserializer)?,
            by_text: Index::default(),
        };
        for (number, name) in (0..).zip(&names.list) {
            names.by_text.insert(hash(name.borrow()), number);
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ids::Sku;

    #[test]
    fn numbers_that_follow_each_other_have_hashes_that_do_not() {
        let texts = (0..20_000).map(|number| format!("{number:010}"));
        let hashes: BTreeSet<u32> = texts.map(|text| hash(&text)).collect();
        assert!(hashes.len() > 19_990);
        let low: BTreeSet<u32> = hashes.iter().map(|hash| hash % 4_096).collect();
        assert!(low.len() > 4_000);
        assert_ne!(hash("a"), hash("a\0"));
        assert_ne!(hash("12345678"), hash("12345678\0"));
    }

    #[test]
    fn a_name_has_one_number_also_after_a_snapshot() {
        let mut names = Names::default();
        let numbers: Vec<u32> = ["a", "b", "a", ""]
            .iter()
            .map(|name| names.number(&Sku::from(*name)))
            .collect();
        assert_eq!(numbers, [0, 1, 0, 2]);
        let bytes = postcard::to_stdvec(&names).unwrap();
        let read: Names<Sku> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.find("b"), Some(1));
        assert_eq!(read.find("c"), None);
    }
}
