//! The shelves of all SKUs, by number and by name. Must not know what is on them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::names::{Index, hash};
use super::shelf::Shelf;
use crate::ids::Sku;

/// Every SKU that was defined, ordered or received.
#[derive(Debug, Default, Clone)]
pub(super) struct Shelves {
    slots: Vec<Option<Box<Shelf>>>,
    free: Vec<u32>,
    by_sku: Index,
}

impl PartialEq for Shelves {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.free == other.free
    }
}

fn hash_of(slots: &[Option<Box<Shelf>>], number: u32) -> u32 {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    let shelf = slots.get(at).and_then(Option::as_ref);
    shelf.map_or(0, |shelf| hash(shelf.sku.as_str()))
}

impl Shelves {
    pub fn find(&self, sku: &str) -> Option<u32> {
        let same = |number| {
            self.get(number)
                .is_some_and(|shelf| shelf.sku.as_str() == sku)
        };
        self.by_sku.find(hash(sku), same)
    }

    /// The number of an SKU, whose shelf is put up if there is none.
    pub fn number(&mut self, sku: &Sku) -> u32 {
        if let Some(number) = self.find(sku.as_str()) {
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Some(Box::new(Shelf::new(sku.clone())));
        }
        self.index(number);
        number
    }

    pub fn get(&self, number: u32) -> Option<&Shelf> {
        let at = usize::try_from(number).ok()?;
        self.slots.get(at)?.as_deref()
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut Shelf> {
        let at = usize::try_from(number).ok()?;
        self.slots.get_mut(at)?.as_deref_mut()
    }

    pub fn of(&self, sku: &Sku) -> Option<&Shelf> {
        self.get(self.find(sku.as_str())?)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &Shelf)> {
        let numbered = (0_u32..).zip(&self.slots);
        numbered.filter_map(|(number, slot)| Some((number, slot.as_deref()?)))
    }

    /// Takes a shelf down.
    pub fn remove(&mut self, number: u32) {
        let hashed = hash_of(&self.slots, number);
        self.by_sku.remove(hashed, number);
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if self.slots.get_mut(at).and_then(Option::take).is_some() {
            self.free.push(number);
        }
    }

    fn index(&mut self, number: u32) {
        self.by_sku.insert(hash_of(&self.slots, number), number);
    }
}

impl Serialize for Shelves {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.slots, &self.free).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shelves {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (slots, free) = Deserialize::deserialize(deserializer)?;
        let mut shelves = Self {
            slots,
            free,
            by_sku: Index::default(),
        };
        let numbers: Vec<u32> = shelves.iter().map(|(number, _)| number).collect();
        for number in numbers {
            shelves.index(number);
        }
        Ok(shelves)
    }
}
