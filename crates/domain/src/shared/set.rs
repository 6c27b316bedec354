//! A sorted set whose copies share its pages: the keys of a map.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Iter, SharedMap};

/// A sorted set that is cheap to copy.
pub struct SharedSet<K>(SharedMap<K, ()>);

impl<K: Ord> SharedSet<K> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// All of them, in order.
    pub fn iter(&self) -> Keys<'_, K> {
        Keys(self.0.iter())
    }

    /// Those from a bound on, in order.
    pub fn range_from(&self, bound: Bound<&K>) -> Keys<'_, K> {
        Keys(self.0.range_from(bound))
    }
}

/// Keys in an order that the caller says, as in [`SharedMap::insert_by`].
impl<K: Clone> SharedSet<K> {
    /// Of keys that come in their order.
    pub fn of_ordered(keys: impl IntoIterator<Item = K>) -> Self {
        let mut map = SharedMap::default();
        keys.into_iter().for_each(|key| map.push(key, ()));
        Self(map)
    }

    /// One more. `cmp` is how each that is in compares to it.
    pub fn insert_by(&mut self, key: K, cmp: impl Fn(&K) -> Ordering) {
        self.0.insert_by(key, (), cmp);
    }

    /// One less. `cmp` is how each that is in compares to it.
    pub fn remove_by(&mut self, cmp: impl Fn(&K) -> Ordering) {
        self.0.remove_by(cmp);
    }

    /// Those from a key on. `cmp` is how each that is in compares to it.
    pub fn range_by(&self, cmp: impl Fn(&K) -> Ordering) -> Keys<'_, K> {
        Keys(self.0.range_by(cmp))
    }
}

impl<K: Ord + Clone> SharedSet<K> {
    /// One more. Returns whether it was not there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// One less. Returns whether it was there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }
}

impl<'a, K: Ord> IntoIterator for &'a SharedSet<K> {
    type Item = &'a K;
    type IntoIter = Keys<'a, K>;

    fn into_iter(self) -> Keys<'a, K> {
        Keys(self.0.iter())
    }
}

/// The keys of a set, in order.
pub struct Keys<'a, K>(Iter<'a, K, ()>);

impl<'a, K> Iterator for Keys<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }
}

impl<K> Default for SharedSet<K> {
    fn default() -> Self {
        Self(SharedMap::default())
    }
}

impl<K: Clone> Clone for SharedSet<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Ord> PartialEq for SharedSet<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Ord + fmt::Debug> fmt::Debug for SharedSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Ord + Clone> FromIterator<K> for SharedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key, ())).collect())
    }
}

/// The bytes of any set.
impl<K: Ord + Serialize> Serialize for SharedSet<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for key in self.iter() {
            seq.serialize_element(key)?;
        }
        seq.end()
    }
}

impl<'de, K: Ord + Clone + Deserialize<'de>> Deserialize<'de> for SharedSet<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<K>(PhantomData<K>);
        impl<'de, K: Ord + Clone + Deserialize<'de>> Visitor<'de> for Keys<K> {
            type Value = SharedSet<K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a set")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
                let mut map = SharedMap::default();
                while let Some(key) = from.next_element()? {
                    map.extend(Some((key, ())));
                }
                Ok(SharedSet(map))
            }
        }
        deserializer.deserialize_seq(Keys(PhantomData))
    }
}
