//! What a supplier calls our items, and on which terms they sell them. Must not know a message.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::bounds::MAX_LINE_UNITS;
use super::supplier::Supplier;
use crate::event::{Cost, PurchaseOrdered, SupplierItemDefined};
use crate::exact::Exact;
use crate::ids::{Currency, Sku, SupplierId, Timestamp};
use crate::shared::{Shared, SharedMap};

/// All terms, and the items by their suppliers' names of them.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) items: SharedMap<(SupplierId, Sku), Shared<SupplierItem>>,
    /// Whose a name is: their number of an item, or a GTIN, which is all digits and without zeros
    /// in front.
    pub(super) names: SharedMap<(SupplierId, Name), Sku>,
}

/// A name of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Name {
    Theirs(String),
    Gtin(String),
}

/// What a supplier calls an item, and on which terms they sell it, as it was said last: the fields
/// of [`SupplierItemDefined`], which a snapshot cannot have as the wire has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplierItem {
    /// The supplier.
    pub supplier: SupplierId,
    /// Our item.
    pub sku: Sku,
    /// Their number of it; may be empty.
    pub supplier_sku: String,
    /// GS1's numbers of it.
    pub gtins: Vec<String>,
    /// Whole units of a pack, by its code of measure.
    pub packs: BTreeMap<String, u32>,
    /// The smallest quantity, in steps of the item.
    pub minimum: Option<u32>,
    /// They sell multiples of this, in steps of the item.
    pub multiple: Option<u32>,
    /// Days from order to delivery; absent: as of the supplier.
    pub lead_time_days: Option<u32>,
    /// What one unit costs.
    pub cost: Option<UnitCost>,
}

/// What one unit costs, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitCost {
    /// In minor units of the currency.
    pub unit_minor: i64,
    /// Which.
    pub currency: Currency,
    /// It holds for what is ordered until then; absent: until it is said anew.
    pub valid_until: Option<Timestamp>,
}

impl From<&SupplierItemDefined> for SupplierItem {
    fn from(said: &SupplierItemDefined) -> Self {
        let cost = |cost: &Cost| UnitCost {
            unit_minor: cost.unit_minor,
            currency: cost.currency,
            valid_until: cost.valid_until,
        };
        Self {
            supplier: said.supplier.clone(),
            sku: said.sku.clone(),
            supplier_sku: said.supplier_sku.clone(),
            gtins: said.gtins.clone(),
            packs: said.packs.clone(),
            minimum: said.minimum,
            multiple: said.multiple,
            lead_time_days: said.lead_time_days,
            cost: said.cost.as_ref().map(cost),
        }
    }
}

impl Terms {
    pub fn define(&mut self, said: &SupplierItemDefined) {
        let key = (said.supplier.clone(), said.sku.clone());
        if let Some(was) = self.items.get(&key).cloned() {
            for name in names(&was.supplier_sku, &was.gtins) {
                self.names.remove(&(said.supplier.clone(), name));
            }
        }
        for name in names(&said.supplier_sku, &said.gtins) {
            let name = (said.supplier.clone(), name);
            self.names.insert(name, said.sku.clone());
        }
        self.items.insert(key, SupplierItem::from(said).into());
    }

    /// An item is called otherwise by us: what suppliers call it, and their terms, stay.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let of = self.items.keys().filter(|(_, sku)| sku == was);
        for key in of.cloned().collect::<Vec<_>>() {
            if let Some(mut item) = self.items.remove(&key) {
                item.to_mut().sku = is.clone();
                self.items.insert((key.0, is.clone()), item);
            }
        }
        let of = self.names.iter().filter(|(_, sku)| *sku == was);
        for name in of.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.names.insert(name, is.clone());
        }
    }

    pub(super) fn of(&self, supplier: &SupplierId, sku: &Sku) -> Option<&SupplierItem> {
        let key = (supplier.clone(), sku.clone());
        self.items.get(&key).map(Deref::deref)
    }

    /// What is bought where so much is asked for: at least what they sell, in what they sell it.
    fn quantity(&self, supplier: &SupplierId, sku: &Sku, asked: u32) -> u32 {
        let Some(terms) = self.of(supplier, sku) else {
            return asked;
        };
        let least = asked.max(terms.minimum.unwrap_or_default());
        let multiple = terms.multiple.unwrap_or(1).max(1);
        // Saturates: beyond what a line may have, which is looked at next.
        let whole = least.div_ceil(multiple).saturating_mul(multiple);
        if whole <= MAX_LINE_UNITS {
            whole
        } else {
            asked
        }
    }

    /// A purchase order that was made for requests, by the terms: in quantities that they sell, and
    /// expected when the slowest of its items comes.
    pub(super) fn applied(
        &self,
        mut ordered: PurchaseOrdered,
        supplier: &Supplier,
        now: Timestamp,
    ) -> PurchaseOrdered {
        for line in &mut ordered.lines {
            line.quantity = self.quantity(&ordered.supplier, &line.sku, line.quantity);
        }
        let skus = ordered.lines.iter().map(|line| &line.sku);
        ordered.expected_at = self.expected(supplier, skus, now);
        ordered
    }

    /// When what is ordered now is expected: when the slowest of the items comes.
    pub(super) fn expected<'a>(
        &self,
        supplier: &Supplier,
        skus: impl Iterator<Item = &'a Sku>,
        now: Timestamp,
    ) -> Timestamp {
        let days = skus.map(|sku| {
            let terms = self.of(&supplier.supplier, sku);
            let own = terms.and_then(|terms| terms.lead_time_days);
            own.unwrap_or(supplier.lead_time_days)
        });
        let slowest = days.max().unwrap_or(supplier.lead_time_days);
        now.plus_days(i64::from(slowest))
    }
}

/// A GTIN as it is compared: a UPC of 12 digits is the same as an EAN of 13 with a zero before it.
pub(super) fn bare_gtin(text: &str) -> String {
    text.trim_start_matches('0').to_owned()
}

/// A long number as messages are compared by it: without zeros in front.
fn bare(name: String) -> String {
    let is_number = name.len() >= 8 && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { bare_gtin(&name) } else { name }
}

pub(super) fn names(theirs: &str, gtins: &[String]) -> impl Iterator<Item = Name> {
    let theirs = Some(theirs.to_owned()).filter(|it| !it.is_empty());
    let gtins = gtins.iter().map(|it| Name::Gtin(bare_gtin(it)));
    let theirs = theirs.map(|it| Name::Theirs(bare(it)));
    theirs.into_iter().chain(gtins)
}

/// Whether it is a GTIN of 8, 12, 13 or 14 digits, by its last one: GS1 General Specifications,
/// 7.9.1.
pub(super) fn is_gtin(text: &str) -> bool {
    if ![8, 12, 13, 14].contains(&text.len()) {
        return false;
    }
    let mut sum = 0_u32;
    for (place, byte) in text.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u32::from(byte.minus(b'0'));
        let weight = if place.checked_rem(2) == Some(1) {
            3
        } else {
            1
        };
        sum = sum.plus(digit.times(weight));
    }
    sum.checked_rem(10) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::is_gtin;

    #[test]
    fn a_gtin_is_one_by_its_last_digit() {
        // GS1's own examples, and an ISBN.
        for gtin in [
            "4006381333931",
            "614141007349",
            "96385074",
            "10614141543219",
        ] {
            assert!(is_gtin(gtin), "{gtin}");
        }
        for other in [
            "4006381333932",
            "400638133393",
            "",
            "40063813339a1",
            "123456789012345",
        ] {
            assert!(!is_gtin(other), "{other}");
        }
    }
}
