//! Small numbers for texts that come again and again: SKUs, places, tiers, channels, regions,
//! purchase orders. Must not know what they name.

use std::borrow::Borrow;
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The hash of a text, the same in every process. Only looked up by, never iterated.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Texts by number, in the order in which they came. A number is for ever.
#[derive(Debug, Clone)]
pub struct Names<T> {
    list: Vec<T>,
    by_text: HashTable<u32>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            by_text: HashTable::new(),
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
        let same = |number: &u32| self.get(*number).is_some_and(|name| name.borrow() == text);
        self.by_text.find(hash(text), same).copied()
    }

    /// The number of a text, a new one if it has not come before.
    pub fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.find(name.borrow()) {
            return number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(name.clone());
        self.index(number);
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

    fn index(&mut self, number: u32) {
        let (list, mut table) = (&self.list, std::mem::take(&mut self.by_text));
        let of = |number: &u32| {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            list.get(at).map_or(0, |name| hash(name.borrow()))
        };
        table.insert_unique(of(&number), number, of);
        self.by_text = table;
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
            by_text: HashTable::new(),
        };
        for number in 0..u32::try_from(names.list.len()).unwrap_or(u32::MAX) {
            names.index(number);
        }
        Ok(names)
    }
}

/// An order's number in 16 bytes: short ones in place, longer ones elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Text {
    Short { len: u8, bytes: [u8; MAX_SHORT] },
    Long(Box<Box<str>>),
}

const MAX_SHORT: usize = 14;

impl Text {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Short { len, bytes } => {
                let text = bytes.get(..usize::from(*len)).unwrap_or_default();
                std::str::from_utf8(text).unwrap_or_default()
            }
            Self::Long(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from("")
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut bytes = [0; MAX_SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(short), Ok(len)) => {
                short.copy_from_slice(text.as_bytes());
                Self::Short { len, bytes }
            }
            _ => Self::Long(Box::new(text.into())),
        }
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Text;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Sku;

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

    #[test]
    fn an_order_number_of_any_length_takes_sixteen_bytes() {
        assert_eq!(size_of::<Text>(), 16);
        for text in [
            "",
            "536365",
            "fourteen-bytes",
            "fifteen---bytes",
            "0190a0b0-0000-7000-8000-0",
        ] {
            assert_eq!(Text::from(text).as_str(), text);
        }
    }
}
