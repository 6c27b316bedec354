//! Small numbers for texts that come again and again: places, tiers, channels, regions, purchase
//! orders; and the index by which orders and SKUs are found by theirs. Must not know what they
//! name.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::exact::Exact;
use crate::ids::Revision;

/// The hash of a text, the same in every process. Only looked up by, never iterated. Nobody is
/// kept from choosing texts of one hash: each costs them a step of a search, no more.
#[inline]
pub fn hash_of(bytes: &[u8]) -> u32 {
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
#[inline]
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
pub struct Index([HashTable<u32>; TABLES]);

const TABLES: usize = 4;
/// Where the hashes of each table but the last end, by their first five bits: of the 32, each table
/// has about 2^(1/4) times as many as the one before.
const ENDS: [u32; TABLES - 1] = [6, 13, 22];

#[inline]
fn table_of(hash: u32) -> usize {
    let first = hash >> 27;
    ENDS.iter().map(|end| usize::from(*end <= first)).sum()
}

/// What a table wants: its bits from both ends of 64.
#[inline]
fn wide(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Index {
    /// Of so many numbers, each with its hash.
    pub fn of(all: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut counts = [0_usize; TABLES];
        for (hash, _) in all.clone() {
            if let Some(count) = counts.get_mut(table_of(hash)) {
                *count = count.plus(1);
            }
        }
        let mut index = Self(counts.map(HashTable::with_capacity));
        // There is room for all, so that none is hashed again.
        all.for_each(|(hash, number)| index.insert(hash, number, |_| 0));
        index
    }

    /// The number under this hash that `is` meant.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let table = self.0.get(table_of(hash))?;
        table.find(wide(hash), |number| is(*number)).copied()
    }

    /// Puts in a number that is not in. `hash_of` tells the hash of any that is.
    #[inline]
    pub fn insert(&mut self, hash: u32, number: u32, hash_of: impl Fn(u32) -> u32) {
        if let Some(table) = self.0.get_mut(table_of(hash)) {
            table.insert_unique(wide(hash), number, |other| wide(hash_of(*other)));
        }
    }

    /// Takes a number out.
    #[inline]
    pub fn remove(&mut self, hash: u32, number: u32) {
        let table = self.0.get_mut(table_of(hash));
        let found = table.map(|table| table.find_entry(wide(hash), |other| *other == number));
        if let Some(Ok(found)) = found {
            found.remove();
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(HashTable::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(HashTable::is_empty)
    }
}

/// Texts by number, each for as long as something refers to it. No two have the same number at a
/// time; a number that nothing refers to any more is given to a text that comes later.
///
/// Kept by hand: interners that others keep count no references, so none gives a number back.
#[derive(Debug, Clone)]
pub struct Names<T, N = u16> {
    /// A text, and how many things refer to it.
    slots: Vec<Option<(T, u32)>>,
    /// Numbers that are free. The last one freed is given first.
    free: Vec<N>,
    by_text: Index,
}

/// A number of a text. The last one of its kind is not given, so that one more than a number still
/// is one.
pub trait Number: Copy + Eq + Ord + Display {
    /// The most texts that have a number at once.
    const MOST: u32;

    /// That of a slot.
    fn of(slot: u32) -> Self;

    /// The slot that it stands for.
    fn slot(self) -> u32;
}

impl Number for u16 {
    const MOST: u32 = MAX_NAMES;

    fn of(slot: u32) -> Self {
        Self::try_from(slot).unwrap_or(Self::MAX)
    }

    fn slot(self) -> u32 {
        self.into()
    }
}

impl Number for u32 {
    const MOST: u32 = Self::MAX;

    fn of(slot: u32) -> Self {
        slot
    }

    fn slot(self) -> u32 {
        self
    }
}

/// The most texts with numbers of two bytes at once.
pub const MAX_NAMES: u32 = 65_535;

fn at(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

impl<T, N> Default for Names<T, N> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_text: Index::default(),
        }
    }
}

impl<T: PartialEq, N: PartialEq> PartialEq for Names<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.free == other.free
    }
}

impl<T: AsRef<[u8]> + Clone, N: Number> Names<T, N> {
    /// The number of a text that something refers to.
    pub fn find(&self, text: &impl AsRef<[u8]>) -> Option<N> {
        let text = text.as_ref();
        let same = |slot: u32| {
            let name = self.get(N::of(slot));
            name.is_some_and(|name| name.as_ref() == text)
        };
        self.by_text.find(hash_of(text), same).map(N::of)
    }

    /// One more thing refers to a text. Its number, a new one if nothing did before; nothing if
    /// [`Number::MOST`] others have one.
    pub fn refer(&mut self, name: &T) -> Option<N> {
        if let Some(number) = self.find(name) {
            self.keep(number);
            return Some(number);
        }
        let number = self.free.pop().or_else(|| {
            let slot = u32::try_from(self.slots.len()).ok();
            let slot = slot.filter(|slot| *slot < N::MOST);
            self.slots.extend(slot.map(|_| None));
            slot.map(N::of)
        })?;
        if let Some(slot) = self.slots.get_mut(at(number.slot())) {
            *slot = Some((name.clone(), 1));
        }
        let slots = &self.slots;
        self.by_text
            .insert(hash_of(name.as_ref()), number.slot(), |other| {
                let name = slots.get(at(other)).and_then(Option::as_ref);
                name.map_or(0, |(name, _)| hash_of(name.as_ref()))
            });
        Some(number)
    }

    /// One more thing refers to a text since this fact. Its number. `of` says what it names.
    ///
    /// # Panics
    /// When no number is left. What the doors take in needs far fewer. To go on with another log,
    /// two texts would have to share a number, and what is kept under it.
    pub fn refer_at(&mut self, name: &T, of: &str, at: Revision) -> N
    where
        T: Debug,
    {
        self.refer(name).unwrap_or_else(|| {
            let most = N::MOST;
            panic!(
                "revision {at}: {name:?} would be one more than the {most} {of} that have a number"
            )
        })
    }

    /// How many texts have a number.
    pub fn count(&self) -> usize {
        self.by_text.len()
    }

    /// A text becomes another one, to which nothing refers: its number stays. The number, if
    /// something refers to it.
    ///
    /// # Panics
    /// When something refers to the other: two texts would be one.
    pub fn rename(&mut self, was: &T, is: &T) -> Option<N> {
        let number = self.find(was)?;
        assert!(self.find(is).is_none(), "what a text becomes has a number");
        self.by_text.remove(hash_of(was.as_ref()), number.slot());
        if let Some(Some((name, _))) = self.slots.get_mut(at(number.slot())) {
            *name = is.clone();
        }
        let slots = &self.slots;
        self.by_text
            .insert(hash_of(is.as_ref()), number.slot(), |other| {
                let name = slots.get(at(other)).and_then(Option::as_ref);
                name.map_or(0, |(name, _)| hash_of(name.as_ref()))
            });
        Some(number)
    }

    /// One more thing refers to the text of a number.
    ///
    /// # Panics
    /// When nothing did before: the number may be another text's by now.
    pub fn keep(&mut self, number: N) {
        let references = self.references_of(number);
        // There are not as many orders as a count goes to.
        *references = references
            .checked_add(1)
            .unwrap_or_else(|| panic!("too much refers to the text of number {number}"));
    }

    /// One thing less refers to the text of a number. After the last one its number is free.
    ///
    /// # Panics
    /// When nothing did: the number may be another text's by now.
    pub fn forget(&mut self, number: N) {
        let references = self.references_of(number);
        if let Some(left @ 1..) = references.checked_sub(1) {
            *references = left;
            return;
        }
        let slot = self.slots.get_mut(at(number.slot()));
        if let Some((name, _)) = slot.and_then(Option::take) {
            self.by_text.remove(hash_of(name.as_ref()), number.slot());
            self.free.push(number);
        }
    }

    /// The text of a number.
    pub fn get(&self, number: N) -> Option<&T> {
        let slot = self.slots.get(at(number.slot()))?;
        slot.as_ref().map(|(name, _)| name)
    }

    /// How many things refer to the text of each number.
    pub fn references(&self) -> BTreeMap<N, u32> {
        let slots = (0_u32..).zip(&self.slots);
        let known = slots.filter_map(|(slot, name)| Some((N::of(slot), name.as_ref()?.1)));
        known.collect()
    }

    fn references_of(&mut self, number: N) -> &mut u32 {
        match self.slots.get_mut(at(number.slot())) {
            Some(Some((_, references))) => references,
            Some(None) | None => panic!("nothing refers to the text of number {number}"),
        }
    }
}

/// The hashes of texts, each with its number.
fn hashed<T: AsRef<[u8]>>(slots: &[Option<(T, u32)>]) -> impl Iterator<Item = (u32, u32)> + Clone {
    let slots = (0_u32..).zip(slots);
    slots.filter_map(|(number, slot)| Some((hash_of(slot.as_ref()?.0.as_ref()), number)))
}

impl<T: Serialize, N: Serialize> Serialize for Names<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.slots, &self.free).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + AsRef<[u8]>, N: Deserialize<'de>> Deserialize<'de> for Names<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (slots, free): (Vec<Option<(T, u32)>>, _) = Deserialize::deserialize(deserializer)?;
        let by_text = Index::of(hashed(&slots));
        Ok(Self {
            slots,
            free,
            by_text,
        })
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
        let hashes: BTreeSet<u32> = texts.map(|text| hash_of(text.as_bytes())).collect();
        assert!(hashes.len() > 19_990);
        let low: BTreeSet<u32> = hashes.iter().map(|hash| hash % 4_096).collect();
        assert!(low.len() > 4_000);
        assert_ne!(hash_of(b"a"), hash_of(b"a\0"));
        assert_ne!(hash_of(b"12345678"), hash_of(b"12345678\0"));
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
    fn a_name_has_a_number_of_its_own_as_long_as_something_refers_to_it() {
        let mut names: Names<Sku> = Names::default();
        let (one, other) = (Sku::from("a"), Sku::from("b"));
        assert_eq!(names.refer(&one), Some(0));
        assert_eq!(names.refer(&other), Some(1));
        assert_eq!(names.refer(&one), Some(0));
        names.forget(0);
        assert_eq!((names.find(&"a"), names.get(0)), (Some(0), Some(&one)));
        names.forget(0);
        assert_eq!((names.find(&"a"), names.get(0)), (None, None));
        assert_eq!(names.refer(&Sku::from("c")), Some(0));
        assert_eq!((names.find(&"a"), names.find(&"b")), (None, Some(1)));
    }

    #[test]
    fn a_text_that_becomes_another_keeps_its_number() {
        let mut names: Names<Sku> = Names::default();
        for text in ["a", "b", "a"].map(Sku::from) {
            names.refer(&text);
        }
        assert_eq!(names.rename(&"a".into(), &"c".into()), Some(0));
        assert_eq!(names.rename(&"x".into(), &"y".into()), None);
        assert_eq!((names.find(&"a"), names.find(&"c")), (None, Some(0)));
        assert_eq!(names.references(), [(0, 2), (1, 1)].into());
        names.forget(0);
        names.forget(0);
        assert_eq!((names.find(&"c"), names.count()), (None, 1));
    }

    #[test]
    fn a_snapshot_gives_the_same_numbers_as_before_it() {
        let mut names: Names<Sku> = Names::default();
        let texts = ["a", "b", "c", "d"].map(Sku::from);
        for text in &texts {
            names.refer(text);
        }
        names.keep(3);
        names.forget(2);
        names.forget(0);
        let bytes = postcard::to_stdvec(&names).unwrap();
        let mut read: Names<Sku> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, names);
        assert_eq!(read.references(), [(1, 1), (3, 2)].into());
        assert_eq!((read.find(&"b"), read.find(&"a")), (Some(1), None));
        for text in ["e", "f", "g"].map(Sku::from) {
            assert_eq!(read.refer(&text), names.refer(&text));
        }
    }

    #[test]
    fn a_name_for_which_no_number_is_left_has_none() {
        let mut names: Names<Sku> = Names::default();
        let text = |number: u16| Sku::from(number.to_string());
        for number in 0..u16::MAX {
            assert_eq!(names.refer(&text(number)), Some(number));
        }
        assert_eq!(names.refer(&"one more".into()), None);
        assert_eq!(names.find(&"one more"), None);
        names.forget(7);
        assert_eq!(names.refer(&"one more".into()), Some(7));
    }

    #[test]
    #[should_panic(expected = "nothing refers to the text of number 0")]
    fn to_forget_what_nothing_refers_to_is_a_bug() {
        let mut names: Names<Sku> = Names::default();
        names.refer(&Sku::from("a"));
        names.forget(0);
        names.forget(0);
    }
}
