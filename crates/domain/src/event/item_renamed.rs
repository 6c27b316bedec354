//! What becomes true when an item is called otherwise.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{Key, RenamingId, Sku};

/// An item has another SKU from now on. All that is of it goes on under that one: stock, orders,
/// ranks, purchase orders. Nothing else ever has the one that it gave up; who says that one of its
/// goods is understood, as whatever crossed this on the log is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRenamed {
    /// The request.
    pub renaming: RenamingId,
    /// What it was called.
    pub sku: Sku,
    /// What it is called.
    pub to: Sku,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
}

impl ItemRenamed {
    /// It in a sentence.
    pub fn says(&self) -> String {
        let (sku, to, reason, by) = (&self.sku, &self.to, &self.reason, &self.by);
        format!("{sku} is called {to} from now on: {reason} ({by})")
    }

    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.sku.key(), self.to.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.renaming.key())
    }
}
