//! Purchase orders by number, for as long as a date that was told rests on them. Must not know
//! what they bring.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::delta::{LineDelta, Waited};
use super::entry::PromiseBasis;
use domain::ids::PurchaseOrderId;
use domain::names::Names;

/// Purchase orders that something refers to.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Purchases(Names<PurchaseOrderId, u32>);

impl Purchases {
    /// One more thing refers to it.
    ///
    /// # Panics
    /// When no number is left: there are not as many lines that wait.
    pub fn refer(&mut self, id: &PurchaseOrderId) -> u32 {
        let number = self.0.refer(id);
        number.unwrap_or_else(|| panic!("{id} would be one more purchase order than have a number"))
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
                self.0.forget(number);
            }
        }
    }

    pub fn get(&self, number: u32) -> Option<&PurchaseOrderId> {
        self.0.get(number)
    }

    /// What refers to each, by its number.
    pub fn references(&self) -> BTreeMap<u32, u32> {
        self.0.references()
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
        known.0.forget(number);
        assert_eq!(known.get(number), Some(&one));
        known.0.forget(number);
        assert_eq!(known.get(number), None);
        assert_eq!(known.refer(&other), number);
    }
}
