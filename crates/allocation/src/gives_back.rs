//! Lines of suspended orders that are to give back what they have. Must not know stock.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::line::At;

/// By the SKU's number.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GivesBack(BTreeSet<(u32, At)>);

impl GivesBack {
    /// A line of this SKU gives back what it has from now on, or keeps it.
    pub fn set(&mut self, sku: u32, at: At, gives_back: bool) {
        if gives_back {
            self.0.insert((sku, at));
        } else {
            self.0.remove(&(sku, at));
        }
    }

    /// A line of this SKU gives back what it has.
    pub fn has(&self, sku: u32, at: At) -> bool {
        self.0.contains(&(sku, at))
    }

    /// Lines of an SKU that give back what they have.
    pub fn of(&self, sku: u32) -> impl Iterator<Item = At> + '_ {
        let all = (sku, (0, 0))..=(sku, (u32::MAX, u16::MAX));
        self.0.range(all).map(|(_, at)| *at)
    }
}
