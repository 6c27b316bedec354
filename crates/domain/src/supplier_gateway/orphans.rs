//! Items that name a supplier whom nobody has defined. Must not know who is told.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::ids::{Sku, SupplierId, Timestamp};
use crate::shared::{SharedMap, SharedSet};

/// Items that name a supplier whom nobody has defined.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Orphans {
    /// Whom each names, and since when.
    pub items: SharedMap<Sku, (SupplierId, Timestamp)>,
    /// The same by supplier.
    by_supplier: SharedSet<(SupplierId, Sku)>,
}

impl Orphans {
    /// An item was defined, and names this supplier if it is not defined.
    pub fn item(&mut self, sku: &Sku, supplier: Option<&SupplierId>, at: Timestamp) {
        let was = self.items.get(sku).cloned();
        if was.as_ref().map(|(named, _)| named) == supplier {
            return;
        }
        if let Some((named, _)) = was {
            self.items.remove(sku);
            self.by_supplier.remove(&(named, sku.clone()));
        }
        if let Some(supplier) = supplier {
            self.items.insert(sku.clone(), (supplier.clone(), at));
            self.by_supplier.insert((supplier.clone(), sku.clone()));
        }
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        if let Some((supplier, at)) = self.items.remove(was) {
            self.by_supplier.remove(&(supplier.clone(), was.clone()));
            self.by_supplier.insert((supplier.clone(), is.clone()));
            self.items.insert(is.clone(), (supplier, at));
        }
    }

    /// Somebody has defined a supplier.
    pub fn defined(&mut self, supplier: &SupplierId) {
        let named: Vec<Sku> = self.of(supplier).cloned().collect();
        for sku in named {
            self.items.remove(&sku);
            self.by_supplier.remove(&(supplier.clone(), sku));
        }
    }

    /// The items that name a supplier.
    pub fn of<'a>(&'a self, supplier: &'a SupplierId) -> impl Iterator<Item = &'a Sku> + 'a {
        let from = (supplier.clone(), Sku::from(""));
        let all = self.by_supplier.range_from(Bound::Included(&from));
        let of = all.take_while(move |(named, _)| named == supplier);
        of.map(|(_, sku)| sku)
    }
}
