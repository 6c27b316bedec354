//! What a warehouse says of goods that travelled: they have come, all or some, or never will.

use serde::Serialize;

use super::floor::floor;
use super::{check_line_count, check_skus};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{ArrivedLine, Event, MoveArrived, SkuQuantity, StockLine};
use crate::exact::Exact;
use crate::ids::{Key, LocationId, MoveId, ReceiptId, Timestamp};
use crate::inventory::travel::{Travel, via};
use crate::inventory::{Inventory, InventoryRefusal as No};

/// Counts in what has travelled with a move. Reserved units come first, the best-ranked owner's
/// before others', and stay theirs. What does not come with it travels on, unless it is said that
/// nothing more comes: then that is written off, and its owners wait again at their old ranks.
///
/// Refused for a move of which nothing travels, at another location than where it goes, for more
/// than travels, over a bound, and when nothing is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceiveMove {
    /// This count.
    pub receipt: ReceiptId,
    /// Of which move.
    pub id: MoveId,
    /// Where it is put.
    pub location: LocationId,
    /// What has come; may be none, if nothing more comes.
    pub lines: Vec<SkuQuantity>,
    /// Nothing more comes.
    pub rest_lost: bool,
}

impl Command<Inventory> for ReceiveMove {
    fn id(&self) -> Option<Key> {
        Some(self.receipt.key())
    }

    fn keys(&self) -> Vec<Key> {
        // Of whose lines it is, is found out: no wave or shipment stands beside it. What is lost of
        // other SKUs is at no location.
        let skus = self.lines.iter().map(|line| line.sku.key());
        skus.chain([floor(), self.id.key()]).collect()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        if !(self.lines.is_empty() && self.rest_lost) {
            check_line_count(self.lines.len())?;
        }
        check_skus(inventory, self.lines.iter().map(|line| &line.sku))?;
        let via = via(&self.id);
        let Some(travel) = inventory.travel(&via) else {
            let id = self.id.clone();
            return Err(No::UnknownMove { id });
        };
        if travel.to != self.location {
            return Err(No::WrongLocation {
                id: self.id.clone(),
                to: travel.to.clone(),
            });
        }
        let mut owners = Vec::new();
        let lines = inventory.arrived(self, &via, travel, &mut owners)?;
        let arrived = MoveArrived {
            receipt: self.receipt.clone(),
            id: self.id.clone(),
            via,
            location: self.location.clone(),
            lines,
            owners,
            rest_lost: self.rest_lost,
        };
        Ok(Decided::Record(arrived.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        MoveArrived::of(event).map(|arrived| Self {
            receipt: arrived.receipt.clone(),
            id: arrived.id.clone(),
            location: arrived.location.clone(),
            lines: arrived
                .lines
                .iter()
                .filter(|line| line.quantity > 0)
                .map(|line| SkuQuantity {
                    sku: line.sku.clone(),
                    quantity: line.quantity,
                })
                .collect(),
            rest_lost: arrived.rest_lost,
        })
    }
}

impl Inventory {
    /// What comes of each SKU that is named, and what of all is lost.
    fn arrived(
        &self,
        asked: &ReceiveMove,
        via: &LocationId,
        travel: &Travel,
        owners: &mut Vec<StockLine>,
    ) -> Result<Vec<ArrivedLine>, No> {
        let mut lines = Vec::with_capacity(asked.lines.len());
        for line in &asked.lines {
            super::check_quantity(line.quantity)?;
            let travels = self.on_its_way(&line.sku, via);
            if u64::from(line.quantity) > travels {
                return Err(No::MoreThanTravels {
                    id: asked.id.clone(),
                    sku: line.sku.clone(),
                    travels,
                    quantity: line.quantity,
                });
            }
            self.check_room_for(&line.sku, &asked.location, line.quantity)?;
            let reserved = self.count(&line.sku, via).reserved;
            let reserved = u32::try_from(reserved).unwrap_or(u32::MAX);
            let theirs = line.quantity.min(reserved);
            if self.owners_of(via, &line.sku, theirs, owners) > 0 {
                return Err(No::TooManyOwners {
                    sku: line.sku.clone(),
                });
            }
            lines.push(ArrivedLine {
                sku: line.sku.clone(),
                quantity: line.quantity,
                lost: 0,
            });
        }
        if !asked.rest_lost {
            return Ok(lines);
        }
        for sku in travel.lines.iter().map(|line| &line.sku) {
            let travels = self.on_its_way(sku, via);
            let mut known = lines.iter_mut();
            let known = known.find(|line| self.renamed.now(&line.sku) == sku);
            let come = known.as_ref().map_or(0, |line| line.quantity);
            let lost = travels.minus_or_zero(u64::from(come));
            let lost = u32::try_from(lost).unwrap_or(u32::MAX);
            match known {
                Some(line) => line.lost = lost,
                None if lost > 0 => lines.push(ArrivedLine {
                    sku: sku.clone(),
                    quantity: 0,
                    lost,
                }),
                None => {}
            }
        }
        Ok(lines)
    }
}
