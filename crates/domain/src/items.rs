//! Which items are defined, so that an order for a slip in master data is refused while its number
//! is still free, and nothing is bought for one. Must not know how they are sold.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::event::ItemRenamed;
use crate::ids::{Sku, bare, cmp_bare};
use crate::shared::SharedSet;

/// How many items that begin alike are looked at for a SKU that a spreadsheet shortened.
const MAX_ALIKE: usize = 100;

/// Every item that was ever defined, by its SKU: it is not undefined again.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Items(SharedSet<Item>);

/// A SKU; sorted so that those stand together for which people and spreadsheets mistake it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Item(Sku);

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (self.0.as_str(), other.0.as_str());
        let text = || one.cmp(other);
        cmp_bare(one, other).then_with(text)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Items {
    pub fn define(&mut self, sku: &Sku) {
        self.0.insert(Item(sku.clone()));
    }

    pub fn rename(&mut self, fact: &ItemRenamed) {
        self.0.remove(&Item(fact.sku.clone()));
        self.0.insert(Item(fact.to.clone()));
    }

    pub fn has(&self, sku: &Sku) -> bool {
        self.0.contains(&Item(sku.clone()))
    }

    /// What follows "no item … is defined", where there is one that it was meant to be.
    pub fn but(&self, sku: &Sku) -> String {
        let near = self.near(sku);
        near.map_or_else(String::new, |near| format!(", but {near} is"))
    }

    /// One that differs in case, whitespace or leading zeros alone, or that a spreadsheet wrote so.
    fn near(&self, sku: &Sku) -> Option<&Sku> {
        let text = sku.as_str();
        let mut from = self
            .0
            .range_by(|item| bare(item.0.as_str()).cmp(bare(text)));
        let first = from.next().map(|item| &item.0);
        let alike = first.filter(|item| bare(item.as_str()).eq(bare(text)));
        alike.or_else(|| self.shortened(text))
    }

    /// `1.23E+05` for `123456`: so many digits, of which it has the first.
    fn shortened(&self, text: &str) -> Option<&Sku> {
        let (mantissa, exponent) = text.split_once(['e', 'E'])?;
        let exponent: usize = exponent.strip_prefix('+')?.parse().ok()?;
        let digits: String = mantissa
            .chars()
            .filter(|it| !matches!(it, '.' | ','))
            .collect();
        let digits = digits.trim_end_matches('0');
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || !is_number(digits) {
            return None;
        }
        let alike = self
            .0
            .range_by(|item| bare(item.0.as_str()).cmp(bare(digits)))
            .map(|item| &item.0)
            .take(MAX_ALIKE)
            .take_while(|item| item.as_str().starts_with(digits));
        alike.into_iter().find(|item| {
            let text = item.as_str();
            is_number(text) && text.len().checked_sub(1) == Some(exponent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_known_exactly_and_one_that_it_was_meant_to_be_is_near() {
        let mut items = Items::default();
        for sku in ["MUG-01", "00123", "1234567", "1239999", "Rød 1"] {
            items.define(&sku.into());
        }
        assert!(items.has(&"MUG-01".into()));
        for (asked, near) in [
            ("mug-01", "MUG-01"),
            ("123", "00123"),
            ("000123", "00123"),
            ("1.23457E+06", "none"),
            ("1.234E+06", "1234567"),
            ("rØd1", "Rød 1"),
            ("MUG-02", "none"),
            ("E+06", "none"),
        ] {
            assert!(!items.has(&asked.into()), "{asked}");
            let found = items.near(&asked.into()).map(Sku::as_str);
            assert_eq!(found.unwrap_or("none"), near, "{asked}");
        }
    }
}
