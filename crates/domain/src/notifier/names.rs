//! What people call things: items by their descriptions, places by their names. Must not know what
//! is told of them.

use serde::{Deserialize, Serialize};

use crate::event::{ItemDefined, ItemRenamed, LocationDefined};
use crate::ids::{LocationId, Sku};
use crate::shared::SharedMap;

/// The names of a cell, as they were defined.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Names {
    items: SharedMap<Sku, String>,
    places: SharedMap<LocationId, String>,
}

impl Names {
    pub fn item(&mut self, item: &ItemDefined) {
        self.items
            .insert(item.sku.clone(), plain(&item.description));
    }

    /// An item is called otherwise by those who keep it; what a person calls it stays.
    pub fn rename(&mut self, fact: &ItemRenamed) {
        if let Some(called) = self.items.remove(&fact.sku) {
            self.items.insert(fact.to.clone(), called);
        }
    }

    pub fn place(&mut self, place: &LocationDefined) {
        self.places
            .insert(place.location.clone(), plain(&place.name));
    }

    /// What a person calls an item, if it was said.
    pub fn of_item(&self, sku: &Sku) -> Option<&String> {
        self.items.get(sku).filter(|name| !name.is_empty())
    }

    /// What a person calls a place; its id, if it was never defined.
    pub fn of_place(&self, place: &LocationId) -> String {
        let name = self.places.get(place).filter(|name| !name.is_empty());
        name.map_or_else(|| place.to_string(), String::clone)
    }
}

/// A name is free text from outside: one line of it.
fn plain(name: &str) -> String {
    let words = name.split(|it: char| it.is_whitespace() || it.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
