//! What the items of a cell are counted in, as they were defined. Must not know how a quantity is
//! read or written.

use serde::{Deserialize, Serialize};

use crate::event::{ItemDefined, ItemRenamed};
use crate::ids::Sku;
use crate::quantity::Measure;
use crate::shared::{Shared, SharedMap};

/// What items are counted in: those that are not here, in whole numbers of nothing that is named.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures(SharedMap<Sku, Shared<Measure>>);

impl Measures {
    /// An item was defined, for the first time or anew.
    pub fn define(&mut self, item: &ItemDefined) {
        let measure = item.measure();
        if measure.is_plain() {
            self.0.remove(&item.sku);
        } else {
            self.0.insert(item.sku.clone(), measure.into());
        }
    }

    /// An item is called otherwise. What was told under its old name is told in its unit, too.
    pub fn rename(&mut self, fact: &ItemRenamed) {
        if let Some(measure) = self.0.get(&fact.sku).cloned() {
            self.0.insert(fact.to.clone(), measure);
        }
    }

    /// What an item is counted in, if it was said.
    pub fn get(&self, sku: &Sku) -> Option<&Measure> {
        self.0.get(sku).map(|measure| &**measure)
    }

    /// So many steps of an item in its unit.
    pub fn show(&self, sku: &Sku, steps: impl Into<i128>) -> String {
        match self.get(sku) {
            Some(measure) => measure.show(steps),
            None => steps.into().to_string(),
        }
    }
}
