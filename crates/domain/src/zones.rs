//! In which time zone days are told: the cell's, and those of locations that have one of their
//! own. Facts of the log, so that whoever folds it tells the same days. Must not know what for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{InventoryEvent, LocationDefined, TimeZoneSet};
use crate::ids::{LocationId, Zone};

/// The time zones of a cell, as said last.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zones {
    cell: Zone,
    /// Of locations with one of their own.
    locations: BTreeMap<LocationId, Zone>,
}

impl Zones {
    /// What became true in inventory, as far as it is about time zones.
    pub fn hear(&mut self, event: &InventoryEvent) {
        match event {
            InventoryEvent::TimeZoneSet(fact) => self.set(fact),
            InventoryEvent::LocationDefined(fact) => self.define(fact),
            InventoryEvent::ItemDefined(_)
            | InventoryEvent::ItemRenamed(_)
            | InventoryEvent::Received(_)
            | InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::Moved(_)
            | InventoryEvent::MoveArrived(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Shipped(_)
            | InventoryEvent::Returned(_)
            | InventoryEvent::ReplenishmentRequested(_) => {}
        }
    }

    /// The cell's zone was set.
    pub fn set(&mut self, fact: &TimeZoneSet) {
        self.cell = fact.time_zone.clone();
    }

    /// A location was defined, with a zone of its own or without.
    pub fn define(&mut self, fact: &LocationDefined) {
        match &fact.time_zone {
            Some(zone) => {
                self.locations.insert(fact.location.clone(), zone.clone());
            }
            None => {
                self.locations.remove(&fact.location);
            }
        }
    }

    /// The cell's: UTC, until another one is set.
    pub const fn cell(&self) -> &Zone {
        &self.cell
    }

    /// Whether no location has one of its own.
    pub fn are_one(&self) -> bool {
        self.locations.is_empty()
    }

    /// That of a place where goods are collected or shipped from, where one is known.
    pub fn at(&self, place: Option<&LocationId>) -> &Zone {
        let own = place.and_then(|place| self.locations.get(place));
        own.unwrap_or(&self.cell)
    }
}
