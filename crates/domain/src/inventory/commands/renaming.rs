//! An item is given another SKU.

use serde::Serialize;

use super::check_reason;
use super::floor::floor;
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Event, ItemRenamed};
use crate::ids::{Key, Sku, Timestamp};
use crate::inventory::bounds::MAX_WHOSE_CHARS;
use crate::inventory::{Inventory, InventoryRefusal as No};
use crate::renamed::MAX_FORMER_SKUS;

/// Gives an item another SKU. Its stock, its orders, its place in every queue stay its own.
///
/// Refused for an unknown item, for a SKU that anything is or was called, and over a bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RenameItem(pub ItemRenamed);

impl Command<Inventory> for RenameItem {
    fn id(&self) -> Option<Key> {
        Some(self.0.renaming.key())
    }

    /// No wave or shipment stands beside it, so that each names its lines as they are.
    fn keys(&self) -> Vec<Key> {
        vec![self.0.sku.key(), self.0.to.key(), floor()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let (sku, to) = (&self.0.sku, &self.0.to);
        check_reason(&self.0.reason)?;
        let whose = &self.0.by;
        if whose.trim().is_empty()
            || whose.chars().count() > MAX_WHOSE_CHARS
            || whose.chars().any(char::is_control)
        {
            return Err(No::ByMalformed {});
        }
        inventory.check_not_renamed(sku)?;
        inventory.check_sku(sku)?;
        if inventory.renamed.former(sku).len() >= MAX_FORMER_SKUS {
            return Err(No::TooManyNames { sku: sku.clone() });
        }
        let now = inventory.renamed.of(to);
        if sku == to || now.is_some() || inventory.is_named(to) {
            return Err(No::NameUsed {
                to: to.clone(),
                now: now.map_or_else(String::new, |now| {
                    format!(": what was called so is {now} now")
                }),
            });
        }
        Ok(Decided::Record(self.0.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        ItemRenamed::of(event).cloned().map(Self)
    }
}

impl Inventory {
    /// Whether a SKU may be given to something: no item gave it up.
    pub(super) fn check_not_renamed(&self, sku: &Sku) -> Result<(), No> {
        match self.renamed.of(sku) {
            Some(to) => Err(No::SkuOutdated {
                sku: sku.clone(),
                to: to.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether anything here is called so: an item, or what an order or a purchase order names.
    fn is_named(&self, sku: &Sku) -> bool {
        let lines = self.orders.values().flat_map(|order| &order.lines);
        let bought = self.purchases.values().flat_map(|lines| lines.iter());
        self.skus.contains_key(sku)
            || lines.map(|line| &line.sku).any(|it| it == sku)
            || bought.map(|line| &line.sku).any(|it| it == sku)
    }
}
