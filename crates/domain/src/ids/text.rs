//! A text in 16 bytes: short ones in place, longer ones shared. Must not know what it names.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most keys from outside are a few characters long: kept in place, they are read and copied
/// without asking for memory. One that is short is never kept elsewhere, so equal texts are equal
/// field by field.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    Short { len: u8, bytes: [u8; MAX_SHORT] },
    Long(Arc<Box<str>>),
}

/// What fits beside the length, in bytes.
const MAX_SHORT: usize = 14;

impl Text {
    /// Its bytes need no reading to be compared.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Kept::Long(text) => text.as_bytes(),
        }
    }

    /// How many bytes it has.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// It has none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Never the default: the bytes are those of a text.
            Kept::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Kept::Long(text) => text,
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
                Self(Kept::Short { len, bytes })
            }
            _ => Self(Kept::Long(Arc::new(text.into()))),
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of UTF-8 is that of its bytes.
impl Ord for Text {
    #[inline]
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// That of the text, by which it may be looked up.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
        }
        // Not borrowed: a snapshot is read as a stream.
        deserializer.deserialize_string(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 6] = [
        "",
        "536365",
        "bólt 螺栓",
        "fourteen-bytes",
        "fifteen---bytes",
        "0190a0b0-0000-7000-8000-000000000000",
    ];

    #[test]
    fn a_text_of_any_length_takes_sixteen_bytes() {
        assert_eq!(size_of::<Text>(), 16);
        for text in TEXTS {
            assert_eq!(Text::from(text).as_str(), text);
        }
    }

    #[test]
    fn texts_are_ordered_and_hashed_as_they_are_without_being_kept() {
        let hash = |it: &dyn Fn(&mut std::hash::DefaultHasher)| {
            let mut hasher = std::hash::DefaultHasher::new();
            it(&mut hasher);
            hasher.finish()
        };
        for one in TEXTS {
            let kept = Text::from(one);
            assert_eq!(hash(&|to| kept.hash(to)), hash(&|to| one.hash(to)));
            for other in TEXTS {
                assert_eq!(kept.cmp(&Text::from(other)), one.cmp(other));
                assert_eq!(kept == Text::from(other), one == other);
            }
        }
    }
}
