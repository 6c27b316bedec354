//! Items that were given another SKU: what is said under the one that they gave up is read as said
//! under the one that they have. Every room and everybody who counts reads so, at one place, since
//! facts cross on the log: a room may say something of an item that another has renamed meanwhile.
//! Must not know what is said.

use std::borrow::Cow;
use std::iter::once;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::event::{Event, ItemRenamed};
use crate::exact::impossible;
use crate::ids::{Key, Sku};
use crate::shared::{Shared, SharedMap};

/// The most SKUs that one item gives up: the room that renames refuses more.
pub const MAX_FORMER_SKUS: usize = 16;

/// All SKUs that were given up, for ever. A chain of them leads to the last at once.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Renamed {
    kept: Kept,
    /// Follows from what is kept, so a snapshot has none of it.
    likely: Likely,
}

/// What a snapshot has.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// By the SKU that was given up.
    to: SharedMap<Sku, Sku>,
    /// By what a command is about, for whoever keeps two of them apart.
    keys: SharedMap<Key, Key>,
    /// By the SKU that an item has: those that it gave up, the first one first.
    former: SharedMap<Sku, Shared<Vec<Sku>>>,
}

/// Which SKUs may have been given up: a bit for each hash of one that was. Almost every SKU that is
/// said was not, and every event is read for as long as the log is, so that is told by one bit.
#[derive(Debug, Default, Clone, PartialEq)]
struct Likely(Shared<Vec<u64>>);

impl Likely {
    /// Bits: of a thousand SKUs that were given up, every fifth other one is looked up.
    const BITS: u64 = 4_096;

    /// The word and the bit in it of an SKU, by FNV-1a.
    fn place(sku: &Sku) -> (usize, u64) {
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let bytes = sku.as_str().bytes();
        let hash = bytes.fold(BASIS, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
        // The high bits stir the low ones, which the last bytes decide.
        let bit = (hash ^ (hash >> 32)) & (Self::BITS - 1);
        let word = usize::try_from(bit >> 6).unwrap_or_default();
        (word, 1 << (bit & 63))
    }

    fn add(&mut self, sku: &Sku) {
        let words = self.0.to_mut();
        words.resize(usize::try_from(Self::BITS >> 6).unwrap_or_default(), 0);
        let (word, bit) = Self::place(sku);
        if let Some(word) = words.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(&self, sku: &Sku) -> bool {
        let (word, bit) = Self::place(sku);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

impl From<Kept> for Renamed {
    fn from(kept: Kept) -> Self {
        let mut likely = Likely::default();
        kept.to.keys().for_each(|sku| likely.add(sku));
        Self { kept, likely }
    }
}

impl From<Renamed> for Kept {
    fn from(renamed: Renamed) -> Self {
        renamed.kept
    }
}

/// No item was renamed.
static NOTHING: LazyLock<Renamed> = LazyLock::new(Renamed::default);

impl Renamed {
    /// For who hears of no item.
    pub fn nothing() -> &'static Self {
        &NOTHING
    }

    /// An item has another SKU from now on.
    pub fn rename(&mut self, fact: &ItemRenamed) {
        let (sku, to) = (&fact.sku, &fact.to);
        if self.kept.to.contains_key(sku)
            || self.kept.to.contains_key(to)
            || self.kept.former.contains_key(to)
        {
            impossible(format_args!("{sku} is renamed to {to}"));
        }
        let before = self.kept.former.remove(sku).map(Shared::into_inner);
        let former: Vec<Sku> = before
            .into_iter()
            .flatten()
            .chain(once(sku.clone()))
            .collect();
        for was in &former {
            self.likely.add(was);
            self.kept.to.insert(was.clone(), to.clone());
            self.kept.keys.insert(was.key(), to.key());
        }
        self.kept.former.insert(to.clone(), former.into());
    }

    /// What an item is called now that was called so once; nothing, if no item gave it up.
    pub fn of(&self, sku: &Sku) -> Option<&Sku> {
        let to = &self.kept.to;
        self.likely.has(sku).then(|| to.get(sku)).flatten()
    }

    /// What an item is called now that is called so, or was once.
    pub fn now<'a>(&'a self, sku: &'a Sku) -> &'a Sku {
        self.of(sku).unwrap_or(sku)
    }

    /// What a command is about, whichever name of an item it says.
    pub fn key(&self, key: Key) -> Key {
        self.kept.keys.get(&key).copied().unwrap_or(key)
    }

    /// The SKUs that an item has given up, the first one first.
    pub fn former(&self, sku: &Sku) -> &[Sku] {
        self.kept.former.get(sku).map_or(&[], |former| former)
    }

    /// All SKUs that an item has had, of which this is one: the one that it has first.
    pub fn all(&self, sku: &Sku) -> Vec<Sku> {
        let now = self.now(sku);
        let former = self.former(now).iter();
        once(now).chain(former).cloned().collect()
    }

    /// How many SKUs were given up.
    pub fn len(&self) -> usize {
        self.kept.to.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.kept.to.len() == 0
    }

    /// An event as it reads now.
    pub fn read<'a>(&self, event: &'a Event) -> Cow<'a, Event> {
        if self.is_empty() {
            return Cow::Borrowed(event);
        }
        let mut says_old = false;
        event.each_sku(&mut |sku| says_old |= self.of(sku).is_some());
        if !says_old {
            return Cow::Borrowed(event);
        }
        let mut event = event.clone();
        event.each_sku_mut(&mut |sku| {
            if let Some(now) = self.of(sku) {
                *sku = now.clone();
            }
        });
        Cow::Owned(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(sku: &str, to: &str) -> ItemRenamed {
        ItemRenamed {
            renaming: "n1".into(),
            sku: sku.into(),
            to: to.into(),
            reason: "the supplier's new code".to_owned(),
            by: "kim".to_owned(),
        }
    }

    #[test]
    fn every_name_that_an_item_gave_up_leads_to_the_one_that_it_has() {
        let mut renamed = Renamed::default();
        for (sku, to) in [("A", "B"), ("B", "C"), ("X", "Y"), ("C", "D")] {
            renamed.rename(&fact(sku, to));
        }
        for old in ["A", "B", "C"] {
            assert_eq!(renamed.now(&old.into()).as_str(), "D");
            assert_eq!(renamed.key(Sku::from(old).key()), Sku::from("D").key());
        }
        assert_eq!(renamed.former(&"D".into()), ["A", "B", "C"].map(Sku::from));
        assert!(renamed.former(&"C".into()).is_empty());
        assert_eq!(renamed.of(&"D".into()), None);
        assert_eq!(renamed.now(&"Z".into()).as_str(), "Z");
        assert_eq!(renamed.len(), 4);
    }

    #[test]
    fn a_snapshot_reads_names_as_the_state_did() {
        let mut renamed = Renamed::default();
        for number in 0..2_000 {
            renamed.rename(&fact(&format!("OLD-{number}"), &format!("NEW-{number}")));
        }
        let bytes = postcard::to_allocvec(&renamed).unwrap();
        let read: Renamed = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, renamed);
        for number in 0..2_000 {
            let (old, new) = (format!("OLD-{number}"), format!("NEW-{number}"));
            assert_eq!(read.of(&old.as_str().into()), Some(&new.as_str().into()));
            assert_eq!(read.of(&new.as_str().into()), None);
        }
    }
}
