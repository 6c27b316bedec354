//! The SKU states of all SKUs, by number and by name. Must not know what is on them.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::sku_state::SkuState;
use domain::event::ItemRenamed;
use domain::exact::{Exact, impossible};
use domain::ids::{Sku, Text};
use domain::names::{Index, hash_of};
use domain::renamed::Renamed;

/// Every SKU that was defined, ordered or received. A copy shares all of them; who changes one that
/// is shared first copies that one.
#[derive(Debug, Default, Clone)]
pub(super) struct SkuStates {
    slots: Vec<Option<Arc<SkuState>>>,
    /// What each slot is called: a search reads these, and no SKU state that is not meant.
    names: Vec<Text>,
    free: Vec<u32>,
    by_sku: Index,
    /// What is looked for under an SKU that an item gave up is found.
    renamed: Renamed,
}

impl PartialEq for SkuStates {
    fn eq(&self, other: &Self) -> bool {
        let same = self.slots == other.slots && self.free == other.free;
        same && self.renamed == other.renamed
    }
}

impl SkuStates {
    /// The number of an SKU, whichever name of its item it is.
    pub fn find(&self, sku: &Text) -> Option<u32> {
        let renamed = || self.renamed.of(&Sku::from(sku.clone()));
        let found = self.find_called(sku);
        found.or_else(|| self.find_called(renamed()?.text()))
    }

    fn find_called(&self, sku: &Text) -> Option<u32> {
        let name = |number| self.names.get(usize::try_from(number).ok()?);
        let same = |number| name(number) == Some(sku);
        self.by_sku.find(hash_of(sku.as_bytes()), same)
    }

    /// The number of an SKU, whose SKU state is put up if there is none.
    pub fn number(&mut self, sku: &Sku) -> u32 {
        if let Some(number) = self.find(sku.text()) {
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.names.push(Text::default());
            u32::try_from(self.slots.len().minus(1)).unwrap_or(u32::MAX)
        });
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let (Some(slot), Some(name)) = (self.slots.get_mut(at), self.names.get_mut(at)) {
            *slot = Some(Arc::new(SkuState::new(sku.clone())));
            *name = sku.text().clone();
        }
        self.by_sku
            .insert(hash_of(sku.text().as_bytes()), number, |other| {
                let at = usize::try_from(other).unwrap_or(usize::MAX);
                let name = self.names.get(at);
                name.map_or(0, |name| hash_of(name.as_bytes()))
            });
        number
    }

    /// The items that were renamed.
    pub const fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    /// An item is called otherwise: it keeps its number. Other items may offer it instead of them.
    pub fn rename(&mut self, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        let (number, other) = (self.find_called(was.text()), self.find_called(is.text()));
        self.renamed.rename(fact);
        // What only lines of closed orders named has left no trace but its figures.
        if let Some(other) = other {
            self.remove(other);
        }
        let Some(number) = number else {
            impossible(format_args!("{was} is renamed, which nobody has defined"));
        };
        self.by_sku.remove(hash_of(was.text().as_bytes()), number);
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(name) = self.names.get_mut(at) {
            *name = is.text().clone();
        }
        if let Some(sku_state) = self.get_mut(number) {
            sku_state.rename(is.clone());
        }
        let names = &self.names;
        self.by_sku
            .insert(hash_of(is.text().as_bytes()), number, |other| {
                let at = usize::try_from(other).unwrap_or(usize::MAX);
                names.get(at).map_or(0, |name| hash_of(name.as_bytes()))
            });
        for slot in self.slots.iter_mut().flatten() {
            if slot.policy().is_some_and(|policy| policy.offers(was)) {
                Arc::make_mut(slot).rename_alternative(was, is);
            }
        }
    }

    /// Changes the SKU state of an SKU, which is put up if there is none. Its number.
    pub fn change(&mut self, sku: &Sku, change: impl FnOnce(&mut SkuState)) -> u32 {
        let number = self.number(sku);
        if let Some(sku_state) = self.get_mut(number) {
            change(sku_state);
        }
        number
    }

    pub fn get(&self, number: u32) -> Option<&SkuState> {
        let at = usize::try_from(number).ok()?;
        self.slots.get(at)?.as_deref()
    }

    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut SkuState> {
        let at = usize::try_from(number).ok()?;
        self.slots.get_mut(at)?.as_mut().map(Arc::make_mut)
    }

    pub fn of(&self, sku: &Sku) -> Option<&SkuState> {
        self.get(self.find(sku.text())?)
    }

    /// How many numbers there are, those that are free among them.
    pub const fn slots(&self) -> usize {
        self.slots.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &SkuState)> {
        let numbered = (0_u32..).zip(&self.slots);
        numbered.filter_map(|(number, slot)| Some((number, slot.as_deref()?)))
    }

    /// Removes the state of an SKU.
    pub fn remove(&mut self, number: u32) {
        debug_assert!(self.get(number).is_some_and(SkuState::is_bare));
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(gone) = self.slots.get_mut(at).and_then(Option::take) {
            self.by_sku
                .remove(hash_of(gone.sku().text().as_bytes()), number);
            self.free.push(number);
        }
    }
}

/// The hashes of what is there, each with its number.
fn hashes(slots: &[Option<Arc<SkuState>>]) -> impl Iterator<Item = (u32, u32)> + Clone {
    let numbered = (0_u32..).zip(slots);
    numbered.filter_map(|(number, slot)| {
        Some((hash_of(slot.as_ref()?.sku().text().as_bytes()), number))
    })
}

impl Serialize for SkuStates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let slots: Vec<Option<&SkuState>> = self.slots.iter().map(Option::as_deref).collect();
        (slots, &self.free, &self.renamed).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SkuStates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (slots, free, renamed): (Vec<Option<SkuState>>, Vec<u32>, Renamed) =
            Deserialize::deserialize(deserializer)?;
        let slots: Vec<_> = slots.into_iter().map(|slot| slot.map(Arc::new)).collect();
        let name = |slot: &Option<Arc<SkuState>>| {
            let sku = slot.as_ref().map(|sku_state| sku_state.sku().as_str());
            Text::from(sku.unwrap_or_default())
        };
        Ok(Self {
            names: slots.iter().map(name).collect(),
            by_sku: Index::of(hashes(&slots)),
            slots,
            free,
            renamed,
        })
    }
}
