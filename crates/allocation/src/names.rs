//! Small numbers for texts that come again and again: places, tiers, channels, regions; and the
//! index by which orders and SKUs are found by theirs. Must not know what they name.

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

/// Numbers of texts, by the hash of the text. Of the hash only a table's own seven bits are kept:
/// four bytes more for each number would spare a growing table the texts.
///
/// A table doubles when it is full, and then is half empty. So there are several, each with a
/// larger part of the hashes than the one before: they double one after the other, so that never
/// all are half empty, and no growth moves more than a third of the numbers.
#[derive(Debug, Default, Clone)]
pub(super) struct Index([HashTable<u32>; TABLES]);

const TABLES: usize = 4;
/// Where the hashes of each table but the last end, by their first five bits: of the 32, each table
/// has about 2^(1/4) times as many as the one before.
const ENDS: [u32; TABLES - 1] = [6, 13, 22];

fn table_of(hash: u32) -> usize {
    let first = hash >> 27;
    ENDS.iter().map(|end| usize::from(*end <= first)).sum()
}

/// What a table wants: its bits from both ends of 64.
fn wide(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Index {
    /// Of so many numbers, each with its hash.
    pub fn of(all: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut counts = [0_usize; TABLES];
        for (hash, _) in all.clone() {
            if let Some(count) = counts.get_mut(table_of(hash)) {
                *count = count.saturating_add(1);
            }
        }
        let mut index = Self(counts.map(HashTable::with_capacity));
        // There is room for all, so that none is hashed again.
        all.for_each(|(hash, number)| index.insert(hash, number, |_| 0));
        index
    }

    /// The number under this hash that `is` meant.
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let table = self.0.get(table_of(hash))?;
        table.find(wide(hash), |number| is(*number)).copied()
    }

    /// Puts in a number that is not in. `hash_of` tells the hash of any that is.
    pub fn insert(&mut self, hash: u32, number: u32, hash_of: impl Fn(u32) -> u32) {
        if let Some(table) = self.0.get_mut(table_of(hash)) {
            table.insert_unique(wide(hash), number, |other| wide(hash_of(*other)));
        }
    }

    pub fn remove(&mut self, hash: u32, number: u32) {
        let table = self.0.get_mut(table_of(hash));
        let found = table.map(|table| table.find_entry(wide(hash), |other| *other == number));
        if let Some(Ok(found)) = found {
            found.remove();
        }
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(HashTable::len).sum()
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
        let list = &self.list;
        self.by_text.insert(hash(name.borrow()), number, |other| {
            let name = usize::try_from(other).ok().and_then(|at| list.get(at));
            name.map_or(0, |name| hash(name.borrow()))
        });
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

/// The hashes of texts, each with its number.
fn hashed<T: Borrow<str>>(list: &[T]) -> impl Iterator<Item = (u32, u32)> + Clone {
    (0..)
        .zip(list)
        .map(|(number, name)| (hash(name.borrow()), number))
}

impl<T: Serialize> Serialize for Names<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Borrow<str> + Clone> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list: Vec<T> = Vec::deserialize(deserializer)?;
        let by_text = Index::of(hashed(&list));
        Ok(Self { list, by_text })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use domain::ids::Sku;

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
    fn an_index_finds_what_is_in_it_however_it_has_grown_and_shrunk() {
        let mut index = Index::default();
        // Three share each hash, and hashes are in every table.
        let of = |number: u32| (number / 3).wrapping_mul(0x0173_5A2B);
        let mut inside = BTreeSet::new();
        for round in 0..2_000_u32 {
            inside.insert(round);
            index.insert(of(round), round, of);
            if round % 3 > 0 {
                let gone = round / 2;
                index.remove(of(gone), gone);
                inside.remove(&gone);
            }
            assert_eq!(index.len(), inside.len());
        }
        for number in 0..2_000 {
            let found = index.find(of(number), |other| other == number);
            assert_eq!(found, inside.contains(&number).then_some(number));
        }
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
