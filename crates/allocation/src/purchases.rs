//! Purchase orders by number, for as long as a date that was told rests on them. Must not know
//! what they bring.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::delta::{LineDelta, Waited};
use super::entry::PromiseBasis;
use domain::exact::Exact;
use domain::ids::PurchaseOrderId;

/// Purchase orders that something refers to.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Purchases {
    slots: Vec<Option<(PurchaseOrderId, u32)>>,
    free: Vec<u32>,
    by_id: BTreeMap<PurchaseOrderId, u32>,
}

impl Purchases {
    /// One more thing refers to it.
    pub fn refer(&mut self, id: &PurchaseOrderId) -> u32 {
        if let Some(number) = self.by_id.get(id).copied() {
            if let Some(Some((_, references))) = self.slot(number) {
                *references = references.plus(1);
            }
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len().minus(1)).unwrap_or(u32::MAX)
        });
        if let Some(slot) = self.slot(number) {
            *slot = Some((id.clone(), 1));
        }
        self.by_id.insert(id.clone(), number);
        number
    }

    /// A line changed: what it was told refers to its purchase order no more, once it waits no
    /// more or was told something else; and what it is told while nothing of it waits never does.
    pub fn fold(&mut self, delta: &LineDelta, waited: &Waited) {
        let told = waited.was.map(|entry| PromiseBasis::from(entry.promised));
        let heard = delta.heard.map(|heard| heard.promised);
        let (told, heard) = match waited.is {
            None => (told, heard),
            Some(_) if heard.is_some() => (told, None),
            Some(_) => (None, None),
        };
        for basis in told.into_iter().chain(heard) {
            if let PromiseBasis::Firm(number) = basis {
                self.forget(number);
            }
        }
    }

    /// One thing less refers to it; nothing is left of it after the last.
    fn forget(&mut self, number: u32) {
        let Some(slot) = self.slot(number) else {
            return;
        };
        let Some((id, references)) = slot else {
            return;
        };
        *references = references.minus(1);
        if *references == 0 {
            let id = id.clone();
            *slot = None;
            self.by_id.remove(&id);
            self.free.push(number);
        }
    }

    pub fn get(&self, number: u32) -> Option<&PurchaseOrderId> {
        let slot = self.slots.get(usize::try_from(number).ok()?)?;
        slot.as_ref().map(|(id, _)| id)
    }

    /// What refers to each, by its number.
    pub fn references(&self) -> BTreeMap<u32, u32> {
        let slots = (0_u32..).zip(&self.slots);
        let known = slots.filter_map(|(number, slot)| Some((number, slot.as_ref()?.1)));
        known.collect()
    }

    fn slot(&mut self, number: u32) -> Option<&mut Option<(PurchaseOrderId, u32)>> {
        self.slots.get_mut(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purchase_order_is_known_as_long_as_something_refers_to_it() {
        let mut known = Purchases::default();
        let (one, other) = (PurchaseOrderId::from("p1"), PurchaseOrderId::from("p2"));
        let number = known.refer(&one);
        assert_eq!(known.refer(&one), number);
        known.forget(number);
        assert_eq!(known.get(number), Some(&one));
        known.forget(number);
        assert_eq!(known.get(number), None);
        assert_eq!(known.refer(&other), number);
    }
}
