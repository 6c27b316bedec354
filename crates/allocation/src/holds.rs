//! Units held for somebody before they order: how many of each SKU, until when, for which order.
//! Must not know who waits.
//!
//! A hold counts against an SKU's free units, at no place. It is open until it expires, until it
//! is withdrawn or taken back, or until an order that names it was decided on. An order that names
//! it takes it over when it is placed: from then on the order decides how it ends, not the clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::book::Book;
use super::delta::LineDelta;
use super::sku_state::{Bin, SkuState};
use domain::event::{HoldEnd, HoldEnded, StockHeld};
use domain::exact::{Exact, fewer};
use domain::ids::{DAY_MS, HoldId, OrderId, Position, Sku, Timestamp};

/// The most units of one hold.
pub const MAX_HOLD_UNITS: u32 = 1_000_000;
/// The longest that units are held: a basket, not a promise.
pub const MAX_HOLD_MS: i64 = DAY_MS;
/// The most holds that are open at once; one more is refused.
pub const MAX_OPEN_HOLDS: usize = 100_000;

/// An open hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What.
    pub sku: Sku,
    /// Units that are still held: what was assigned to its order is not.
    pub left: u32,
    /// Until when, unless an order names it.
    pub until: Timestamp,
    /// Where it stands on the log: of two holds the later one is the younger.
    pub at: Position,
    /// The order that names it.
    pub order: Option<OrderId>,
    /// That order was decided on; it is only to be said that the hold has ended.
    pub spent: bool,
}

/// All open holds.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Holds {
    open: BTreeMap<HoldId, Hold>,
    skus: BTreeMap<Sku, OfSku>,
    /// The holds that no order names, by when they expire.
    ends: BTreeSet<(Timestamp, HoldId)>,
    /// The holds whose order was decided on.
    spent: BTreeSet<HoldId>,
    /// SKUs of which more is held than is there to be held.
    short: BTreeSet<Sku>,
}

/// The open holds of an SKU.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct OfSku {
    holds: u32,
    /// Units that they hold.
    units: u64,
    /// Those that no order names, the oldest first.
    loose: BTreeMap<Position, HoldId>,
    /// Those whose order was not decided on.
    claimed: BTreeSet<HoldId>,
    /// Units that no line holds, as last said.
    free: u64,
}

impl OfSku {
    /// Units that are held and not there.
    fn missing(&self) -> u64 {
        self.units.minus_or_zero(self.free)
    }
}

impl Holds {
    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let Some(of) = self.skus.remove(was) else {
            return;
        };
        for hold in self.open.values_mut().filter(|hold| hold.sku == *was) {
            hold.sku = is.clone();
        }
        self.skus.insert(is.clone(), of);
        if self.short.remove(was) {
            self.short.insert(is.clone());
        }
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// None is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The open hold with this id.
    pub fn get(&self, id: &HoldId) -> Option<&Hold> {
        self.open.get(id)
    }

    /// Units of an SKU that are held.
    pub fn units(&self, sku: &Sku) -> u64 {
        if self.skus.is_empty() {
            return 0;
        }
        self.skus.get(sku).map_or(0, |of| of.units)
    }

    /// What is held of an SKU for orders that wait to be decided on.
    pub fn claims(&self, sku: &Sku) -> impl Iterator<Item = (&OrderId, u32)> {
        let claimed = self.skus.get(sku).map(|of| &of.claimed);
        let holds = claimed
            .into_iter()
            .flatten()
            .filter_map(|id| self.open.get(id));
        holds.filter_map(|hold| Some((hold.order.as_ref()?, hold.left)))
    }

    /// Units were held. How many there are to be held is to be said after.
    pub fn open(&mut self, held: &StockHeld, at: Position) {
        if self.open.contains_key(&held.hold) {
            return;
        }
        let of = self.skus.entry(held.sku.clone()).or_default();
        of.units = of.units.plus(u64::from(held.quantity));
        of.holds = of.holds.plus(1);
        of.loose.insert(at, held.hold.clone());
        self.ends.insert((held.until, held.hold.clone()));
        let hold = Hold {
            sku: held.sku.clone(),
            left: held.quantity,
            until: held.until,
            at,
            order: None,
            spent: false,
        };
        self.open.insert(held.hold.clone(), hold);
    }

    /// A hold ended. Returns what of it was left.
    pub fn end(&mut self, id: &HoldId) -> Option<Hold> {
        let hold = self.open.remove(id)?;
        self.spent.remove(id);
        self.ends.remove(&(hold.until, id.clone()));
        if let Some(of) = self.skus.get_mut(&hold.sku) {
            of.units = of.units.minus(u64::from(hold.left));
            of.holds = of.holds.minus(1);
            of.loose.remove(&hold.at);
            of.claimed.remove(id);
            if of.holds == 0 {
                self.skus.remove(&hold.sku);
            }
        }
        self.look(&hold.sku);
        Some(hold)
    }

    /// An order that names a hold was placed. One that another order names, or of an SKU that the
    /// order does not ask for, is not its own.
    pub fn bind(&mut self, id: &HoldId, order: &OrderId, mut asks_for: impl FnMut(&Sku) -> bool) {
        let Some(hold) = self.open.get_mut(id) else {
            return;
        };
        if hold.order.is_some() || !asks_for(&hold.sku) {
            return;
        }
        hold.order = Some(order.clone());
        self.ends.remove(&(hold.until, id.clone()));
        if let Some(of) = self.skus.get_mut(&hold.sku) {
            of.loose.remove(&hold.at);
            of.claimed.insert(id.clone());
        }
    }

    /// A line changed whose order may name a hold. Stock that is assigned to it comes out of the
    /// hold first; and once all that its order asks for of the SKU is decided on, the hold has
    /// done its work.
    pub fn fold(&mut self, delta: &LineDelta, book: &Book, sku_state: &mut SkuState) {
        let slot = delta.at.0;
        let more = delta.is.reserved.minus_or_zero(delta.was.reserved);
        if (more > 0 || delta.leaves_door())
            && let Some((id, order)) = book.hold_of(slot)
        {
            if more > 0 {
                self.take(id, &order, sku_state.sku(), more);
            }
            let its = self
                .get(id)
                .is_some_and(|hold| hold.sku == *sku_state.sku());
            if its && delta.leaves_door() && book.is_decided(slot, delta.sku) {
                self.spend(id, &order);
            }
            self.count_on(sku_state);
        }
        self.follow_stock(sku_state);
    }

    /// An SKU and its holds say the same of each other.
    pub fn count_on(&mut self, sku_state: &mut SkuState) {
        sku_state.hold(self.units(sku_state.sku()));
        self.stocked(sku_state.sku(), to_hold(sku_state));
    }

    /// Stock of an SKU changed: what is on hold may not be there any more.
    pub fn follow_stock(&mut self, sku_state: &SkuState) {
        if sku_state.on_hold() > 0 {
            self.stocked(sku_state.sku(), to_hold(sku_state));
        }
    }

    /// Stock was assigned to a line of the order: what was held for it comes first.
    fn take(&mut self, id: &HoldId, order: &OrderId, sku: &Sku, units: u32) {
        let theirs = self.open.get_mut(id);
        let theirs = theirs.filter(|it| it.order.as_ref() == Some(order) && it.sku == *sku);
        let Some(hold) = theirs else {
            return;
        };
        let taken = hold.left.min(units);
        hold.left = hold.left.minus(taken);
        if let Some(of) = self.skus.get_mut(sku) {
            of.units = of.units.minus(u64::from(taken));
        }
        self.look(sku);
    }

    /// The order that names a hold was decided on, as far as it asks for the SKU, or is gone.
    pub fn spend(&mut self, id: &HoldId, order: &OrderId) {
        if let Some(hold) = self.open.get_mut(id)
            && hold.order.as_ref() == Some(order)
        {
            hold.spent = true;
            self.spent.insert(id.clone());
            if let Some(of) = self.skus.get_mut(&hold.sku) {
                of.claimed.remove(id);
            }
        }
    }

    /// So many units of an SKU are there now that no line holds.
    fn stocked(&mut self, sku: &Sku, free: u64) {
        if let Some(of) = self.skus.get_mut(sku) {
            of.free = free;
            self.look(sku);
        }
    }

    /// Whether there is what is held.
    fn look(&mut self, sku: &Sku) {
        if self.skus.get(sku).is_some_and(|of| of.missing() > 0) {
            self.short.insert(sku.clone());
        } else {
            self.short.remove(sku);
        }
    }

    /// When the next hold expires that no order names and that has not expired yet.
    pub fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        let mut ends = self.ends.iter().map(|(until, _)| *until);
        ends.find(|until| *until > now)
    }

    /// The holds that end now, at most so many: used ones, then those taken back, then expired
    /// ones. Each once.
    pub fn due(&self, now: Timestamp, most: usize) -> Vec<HoldEnded> {
        let used = self.spent.iter().map(|id| (id, HoldEnd::Used));
        let taken_back = self.short.iter().flat_map(|sku| self.taken_back(sku));
        let taken_back = taken_back.map(|id| (id, HoldEnd::TakenBack));
        let expired = self.ends.iter().take_while(|(until, _)| *until <= now);
        let expired = expired.map(|(_, id)| (id, HoldEnd::Expired));
        let mut promised = BTreeSet::new();
        let ending = used.chain(taken_back).chain(expired);
        let once = ending.filter(|(id, _)| promised.insert(*id));
        once.filter_map(|(id, why)| self.ended(id, why))
            .take(most)
            .collect()
    }

    /// The youngest holds of an SKU that make up for what is missing.
    fn taken_back(&self, sku: &Sku) -> impl Iterator<Item = &HoldId> {
        let of = self.skus.get(sku);
        let mut missing = of.map_or(0, OfSku::missing);
        let youngest = of.into_iter().flat_map(|of| of.loose.values().rev());
        youngest.take_while(move |id| {
            let open = missing > 0;
            let left = self.open.get(*id).map_or(0, |hold| hold.left);
            missing = missing.minus_or_zero(u64::from(left));
            open
        })
    }

    /// The end of an open hold.
    pub fn ended(&self, id: &HoldId, why: HoldEnd) -> Option<HoldEnded> {
        let hold = self.open.get(id)?;
        Some(HoldEnded {
            hold: id.clone(),
            sku: hold.sku.clone(),
            quantity: hold.left,
            why,
            order: hold.order.clone(),
        })
    }
}

/// Units of an SKU that are there to be held: free at a place, and not about to be given instead of
/// what lines lose at another one.
pub(super) fn to_hold(sku_state: &SkuState) -> u64 {
    let short = |bin: &Bin| fewer(bin.free()).max(0).unsigned_abs();
    let lost = sku_state.everywhere().map(short).fold(0, Exact::plus);
    sku_state.unreserved().minus_or_zero(lost)
}

mod door;

#[cfg(test)]
mod tests;
