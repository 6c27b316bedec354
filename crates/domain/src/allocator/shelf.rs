//! Everything about one SKU: its stock by place, who holds it, who waits for it, what is on its
//! way. Must not know other SKUs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::Standing;
use super::queue::Queue;
use super::rank::Rank;
use super::supply::Supply;
use crate::event::Segment;
use crate::ids::{LocationId, OrderId, Position, Timestamp};

/// The most winners of a receipt that are remembered.
pub const MAX_WINNERS: usize = 20;

/// One SKU.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    /// How it is sold; nothing while nobody has defined it.
    pub policy: Option<Policy>,
    /// Its stock by place.
    pub bins: BTreeMap<LocationId, Bin>,
    /// Who waits.
    pub queue: Queue,
    /// Who has come and is not decided on.
    pub door: BTreeMap<Rank, u32>,
    /// Who holds stock.
    pub holders: BTreeSet<Rank>,
    /// Who holds more than they want.
    pub excess: BTreeSet<Rank>,
    /// What is on its way.
    pub supply: Supply,
    /// No line after this one was told an inbound's date.
    pub pegged_to: Option<Rank>,
    /// The last count of a delivery.
    pub last_receipt: Option<LastReceipt>,
}

/// How an item is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens at the door when no stock is free.
    pub segment: Segment,
    /// Days from buying to delivery; nothing if it is not bought again.
    pub lead_time_days: Option<u32>,
}

/// Stock at one place.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// Units counted.
    pub on_hand: i64,
    /// Units held for lines; above `on_hand` until it is repaired.
    pub held: i64,
}

/// A receipt and who got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReceipt {
    /// Where it stands on the log.
    pub position: Position,
    /// When it was counted.
    pub at: Timestamp,
    /// Whole units.
    pub quantity: u32,
    /// Units of it that nobody has got since.
    pub left: u32,
    /// Who got it; at most [`MAX_WINNERS`].
    pub winners: Vec<Winner>,
}

/// Who got units of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// Whole units.
    pub quantity: u32,
    /// What it was ranked by.
    pub effective: Timestamp,
}

impl Bin {
    /// Units that nobody holds; below zero when more is held than there is.
    pub const fn free(&self) -> i64 {
        self.on_hand.saturating_sub(self.held)
    }
}

impl Shelf {
    /// Units that nobody holds.
    pub fn free(&self) -> u64 {
        self.bins
            .values()
            .map(|bin| u64::try_from(bin.free()).unwrap_or_default())
            .sum()
    }

    /// Somewhere more is held than there is.
    pub fn is_short(&self) -> bool {
        self.bins.values().any(|bin| bin.free() < 0)
    }

    /// Stock is free, and somebody might take it.
    pub(super) fn could_fill(&self) -> bool {
        (!self.queue.is_empty() || !self.door.is_empty()) && self.free() > 0
    }

    /// Somebody waits for a decision on stock; dates aside.
    pub(super) fn could_be_due(&self) -> bool {
        !self.door.is_empty() || !self.excess.is_empty() || self.could_fill() || self.is_short()
    }

    /// Says nothing that an empty one does not.
    pub(super) fn is_bare(&self) -> bool {
        self.policy.is_none()
            && self.last_receipt.is_none()
            && self.bins.is_empty()
            && self.queue.is_empty()
            && self.door.is_empty()
            && self.holders.is_empty()
            && self.supply.is_empty()
    }

    /// So many more units were counted at this place (or fewer).
    pub(super) fn counted(&mut self, location: &LocationId, change: i64) {
        let bin = self.bin(location);
        bin.on_hand = bin.on_hand.saturating_add(change);
    }

    /// So many more units are held at this place (or fewer).
    pub(super) fn held(&mut self, location: &LocationId, change: i64) {
        let bin = self.bin(location);
        bin.held = bin.held.saturating_add(change);
    }

    fn bin(&mut self, location: &LocationId) -> &mut Bin {
        if !self.bins.contains_key(location) {
            self.bins.insert(location.clone(), Bin::default());
        }
        self.bins.entry(location.clone()).or_default()
    }

    /// A line changed.
    pub(super) fn restate(&mut self, rank: Rank, was: &Standing, is: &Standing) {
        if was.waiting != is.waiting {
            self.queue.set(rank, is.waiting);
            if self.queue.is_empty() {
                self.pegged_to = None;
            }
        }
        if was.door != is.door {
            if is.door == 0 {
                self.door.remove(&rank);
            } else {
                self.door.insert(rank, is.door);
            }
        }
        if was.holds != is.holds {
            keep(&mut self.holders, rank, is.holds);
        }
        if was.excess != is.excess {
            keep(&mut self.excess, rank, is.excess);
        }
    }

    /// Who waits for a date no sooner than this line must be looked at when supply changes.
    pub(super) fn reach(&mut self, rank: Rank) {
        self.pegged_to = self.pegged_to.max(Some(rank));
    }

    pub(super) fn won(&mut self, winner: Winner) {
        if let Some(receipt) = self
            .last_receipt
            .as_mut()
            .filter(|receipt| receipt.left > 0)
        {
            receipt.left = receipt.left.saturating_sub(winner.quantity);
            if receipt.winners.len() < MAX_WINNERS {
                receipt.winners.push(winner);
            }
        }
    }
}

fn keep(set: &mut BTreeSet<Rank>, rank: Rank, keep: bool) {
    if keep {
        set.insert(rank);
    } else {
        set.remove(&rank);
    }
}
