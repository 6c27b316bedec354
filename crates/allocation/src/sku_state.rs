//! Everything about one SKU: its stock by place, who holds it, who waits for it, what is on its
//! way. Must not know other SKUs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blockers::{Blocker, Blockers, Terms};
use super::entry::{Comer, Holder, Waiting};
use super::measures::SkuMeasures;
use super::queue_key::QueueKey;
use super::ration;
use super::supply::Supply;
use super::tree::Tree;
use domain::event::{Protection, Segment};
use domain::ids::{OrderId, Position, Revision, Sku, SupplierId, Timestamp};

/// The most winners of a receipt that are remembered.
pub const MAX_WINNERS: usize = 20;

/// One SKU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SkuState {
    pub sku: Sku,
    /// How it is sold; nothing while nobody has defined it.
    pub policy: Option<Box<Policy>>,
    /// Its stock by place, by the place's number.
    pub bins: Vec<Bin>,
    /// Who waits.
    pub queue: Tree<Waiting>,
    /// Who holds stock.
    pub holders: Tree<Holder>,
    /// Who has come and is not decided on.
    pub door: Tree<Comer>,
    /// Who holds more than they want: the order's slot.
    pub excess: BTreeMap<QueueKey, u32>,
    /// What is on its way.
    pub supply: Supply,
    /// The last count of a delivery.
    pub last_receipt: Option<Box<LastReceipt>>,
    /// What happened to its lines, and what waits.
    pub measures: SkuMeasures,
    /// Units that are held for somebody who has not ordered, at no place.
    pub on_hold: u64,
    /// Lines of open orders.
    pub open_lines: u32,
    /// What keeps who waits back, if anything does.
    pub blockers: Option<Box<Blockers>>,
    /// Why it must be looked at, if it must.
    pub touch: Option<Touch>,
    /// What the room's index of lapses says: no told date is before it.
    pub lapse: Option<Timestamp>,
}

/// Why an SKU must be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Touch {
    /// The last fact that asks for it.
    pub at: Revision,
    /// Since when it is in line to be looked at.
    pub since: Revision,
    /// Dates may have moved.
    pub dates: bool,
    /// Events that decided on it since, without coming to rest; see [`Self::is_put_off`].
    pub events: u8,
}

/// The most events in which dates wait for lines to be served first, since what is given moves
/// them. An SKU to which somebody comes before each event would else never have its turn.
const MAX_PUT_OFF: u8 = 32;

impl Touch {
    /// One more event has decided on it. Beyond the bound every second one is for dates.
    pub const fn one_more(&mut self) {
        self.events = if self.events > MAX_PUT_OFF {
            MAX_PUT_OFF
        } else {
            self.events.saturating_add(1)
        };
    }

    /// Its dates have waited long enough, and come first now.
    pub const fn is_put_off(&self) -> bool {
        self.dates && self.events == MAX_PUT_OFF
    }
}

/// How an item is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens at the door when no stock is free.
    pub segment: Segment,
    /// Days from buying to delivery; nothing if it is not bought again.
    pub lead_time_days: Option<u32>,
    /// From whom it is bought, if it is.
    pub supplier: Option<SupplierId>,
    /// Free stock is divided in proportion to what is waited for, not given by rank.
    pub fair_share: bool,
    /// What of its stock is kept back, and for whom.
    pub protection: Option<Protection>,
}

/// Stock at one place.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bin {
    pub place: u16,
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
    /// What it was ranked by, and where it stood among all.
    pub queue_key: QueueKey,
}

impl Bin {
    /// Units that nobody holds; below zero when more is held than there is.
    pub const fn free(&self) -> i64 {
        self.on_hand.saturating_sub(self.held)
    }
}

impl SkuState {
    pub fn new(sku: Sku) -> Self {
        Self {
            sku,
            policy: None,
            bins: Vec::new(),
            queue: Tree::default(),
            holders: Tree::default(),
            door: Tree::default(),
            excess: BTreeMap::new(),
            supply: Supply::default(),
            last_receipt: None,
            measures: SkuMeasures::default(),
            on_hold: 0,
            open_lines: 0,
            blockers: None,
            touch: None,
            lapse: None,
        }
    }

    /// What of its stock is kept back, and for whom.
    pub fn protection(&self) -> Option<&Protection> {
        self.policy.as_deref()?.protection.as_ref()
    }

    /// Units that nobody holds, neither a line nor who has not ordered yet.
    pub fn free(&self) -> u64 {
        let free = |bin: &Bin| u64::try_from(bin.free()).unwrap_or_default();
        let free: u64 = self.bins.iter().map(free).sum();
        free.saturating_sub(self.on_hold)
    }

    /// Units that no line holds; below zero where lines hold more than there is.
    pub fn unheld(&self) -> i64 {
        let bins = self.bins.iter();
        bins.fold(0, |sum: i64, bin| sum.saturating_add(bin.free()))
    }

    /// Somewhere more is held than there is.
    pub fn is_short(&self) -> bool {
        self.bins.iter().any(|bin| bin.free() < 0)
    }

    /// Stock is free, and somebody might take it.
    pub fn could_fill(&self) -> bool {
        let free = self.free_to_any();
        free > 0 && (!self.door.is_empty() || u64::from(self.queue.total().least) <= free)
    }

    /// None of those who wait could take of what is free.
    pub fn is_dry(&self) -> bool {
        let free = self.free_to_any();
        free == 0 || u64::from(self.queue.total().least) > free
    }

    /// The most units that a line of any class might take.
    fn free_to_any(&self) -> u64 {
        let kept = self.protection().map_or(0, ration::least_protection_level);
        self.free().saturating_sub(kept)
    }

    /// Something else keeps a waiting line back from now on.
    pub fn blocker(&mut self, queue_key: QueueKey, blocker: Option<Blocker>) {
        let Some(entry) = self.queue.get(queue_key).copied() else {
            return;
        };
        let was = entry.terms.blocker();
        if self
            .blockers
            .as_ref()
            .and_then(|blockers| blockers.get(was))
            == blocker
        {
            return;
        }
        self.unblock(was);
        let number = blocker.map_or(0, |blocker| {
            self.blockers.get_or_insert_default().refer(blocker)
        });
        self.queue.update(queue_key, |entry| {
            entry.terms = Terms::new(entry.terms.whole(), number);
        });
    }

    /// Nothing of a line waits any more.
    pub fn leave(&mut self, queue_key: QueueKey) -> Option<Waiting> {
        let gone = self.queue.remove(queue_key)?;
        self.unblock(gone.terms.blocker());
        Some(gone)
    }

    fn unblock(&mut self, number: u8) {
        if let Some(blockers) = self.blockers.as_mut().filter(|_| number > 0) {
            blockers.forget(number);
            if blockers.is_empty() {
                self.blockers = None;
            }
        }
    }

    /// Somebody waits for a decision on stock; dates aside.
    pub fn could_be_due(&self) -> bool {
        !self.door.is_empty() || !self.excess.is_empty() || self.could_fill() || self.is_short()
    }

    /// Dates depend on more than the lead time: something is on its way, or was said to be.
    pub fn has_dates(&self) -> bool {
        !self.supply.is_empty() || !self.queue.total().firm.is_none()
    }

    /// Dates depend on what is free: some of it is kept, and so much of what comes as is missing
    /// of that.
    pub fn dates_follow_stock(&self) -> bool {
        let waits = !self.queue.is_empty() || self.touch.is_some();
        waits && self.protection().is_some() && self.has_dates()
    }

    /// Says nothing that an empty one does not.
    pub fn is_bare(&self) -> bool {
        self.policy.is_none()
            && self.last_receipt.is_none()
            && self.bins.is_empty()
            && self.open_lines == 0
            && self.on_hold == 0
            && self.supply.is_empty()
    }

    /// So many more units were counted at this place (or fewer).
    pub fn counted(&mut self, place: u16, change: i64) {
        if let Some(bin) = self.bin(place) {
            bin.on_hand = bin.on_hand.saturating_add(change);
        }
    }

    /// So many more units are held at this place (or fewer).
    pub fn held(&mut self, place: u16, change: i64) {
        if let Some(bin) = self.bin(place) {
            bin.held = bin.held.saturating_add(change);
        }
    }

    fn bin(&mut self, place: u16) -> Option<&mut Bin> {
        let at = match self.bins.binary_search_by_key(&place, |bin| bin.place) {
            Ok(at) => at,
            Err(at) => {
                let bin = Bin {
                    place,
                    ..Bin::default()
                };
                self.bins.insert(at, bin);
                at
            }
        };
        self.bins.get_mut(at)
    }

    /// A line was given so many units: of the last receipt no more than is left of it.
    pub fn won(&mut self, quantity: u32, winner: impl FnOnce() -> Winner) {
        let receipt = self.last_receipt.as_mut();
        if let Some(receipt) = receipt.filter(|receipt| receipt.left > 0) {
            let quantity = quantity.min(receipt.left);
            receipt.left = receipt.left.saturating_sub(quantity);
            if receipt.winners.len() < MAX_WINNERS {
                let winner = winner();
                receipt.winners.push(Winner { quantity, ..winner });
            }
        }
    }
}
