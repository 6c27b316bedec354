//! The commands of holds, and what their facts change. Must not know who waits.

use super::{Hold, HoldEnd, MAX_HOLD_MS, MAX_OPEN_HOLDS};
use crate::availability::Asked;
use crate::line::OpenLine;
use crate::settle;
use crate::{Allocator, AllocatorRefusal};
use domain::decider::{Decided, Decision, Recorded};
use domain::event::{HoldEnded, StockHeld};
use domain::ids::{HoldId, OrderId, Sku, Timestamp};

/// The most units of one hold.
pub const MAX_HOLD_UNITS: u32 = 1_000_000;
/// The longest name of a channel, in characters: as long as an order's may be.
const MAX_CHANNEL_CHARS: usize = 64;

impl Allocator {
    /// Holds free units for somebody, for a time. All that is asked for is held, or nothing.
    ///
    /// # Errors
    /// A refusal when less is free to them, when the time is past or too long, or when too many
    /// holds are open.
    pub fn hold(&self, request: &StockHeld, now: Timestamp) -> Decision<AllocatorRefusal> {
        let key = request.hold.key();
        if let Some(at) = self.once.find(key) {
            return Ok(Decided::Before(at, request.clone().into()));
        }
        check(request, now)?;
        if self.holds.len() >= MAX_OPEN_HOLDS {
            return Err(AllocatorRefusal::TooManyHolds {});
        }
        let free = self.free_to(request, now);
        if free < request.quantity {
            return Err(AllocatorRefusal::NotEnoughFree {
                sku: request.sku.clone(),
                quantity: request.quantity,
                free,
            });
        }
        Ok(self.once.decide(key, request.clone().into()))
    }

    /// Gives a hold up. Nothing, if it has ended already.
    ///
    /// # Errors
    /// A refusal when there was never such a hold, or when an order has taken it over.
    pub fn release_hold(&self, id: &HoldId, _now: Timestamp) -> Decision<AllocatorRefusal> {
        let hold = id.clone();
        if let Some(order) = self.holds.get(id).and_then(|hold| hold.order.clone()) {
            return Err(AllocatorRefusal::HoldIsUsed { hold, order });
        }
        match self.holds.ended(id, HoldEnd::Withdrawn) {
            Some(ended) => Ok(Decided::Record(ended.into())),
            None if self.once.find(id.key()).is_some() => Ok(Decided::Nothing),
            None => Err(AllocatorRefusal::UnknownHold { hold }),
        }
    }

    /// The hold with this id, if it is open and no order uses it.
    pub fn open_hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.get(id).filter(|hold| hold.order.is_none())
    }

    /// Units of an SKU that are on hold for an order that was not decided on.
    pub fn held_for(&self, order: &OrderId, sku: &Sku) -> u32 {
        let mut claims = self.holds.claims(sku);
        let theirs = claims.find(|(claimed, _)| *claimed == order);
        theirs.map_or(0, |(_, units)| units)
    }

    /// Units that would be theirs if they ordered now, after whoever is about to be served.
    fn free_to(&self, request: &StockHeld, now: Timestamp) -> u32 {
        let number = self.sku_states.find(request.sku.as_str());
        let given = number.map_or(0, |number| settle::about_to_give(self, number, now));
        let given = u32::try_from(given).unwrap_or(u32::MAX);
        let quantity = request.quantity.saturating_add(given);
        let asked = Asked {
            channel: request.channel.clone().unwrap_or_default(),
            ..Asked::of(&request.sku, quantity, &request.tier)
        };
        self.free_anywhere(&asked, now).saturating_sub(given)
    }

    pub(crate) fn stock_held(&mut self, recorded: Recorded, held: &StockHeld) {
        self.once.record(held.hold.key(), recorded.position);
        let number = self.sku_states.number(&held.sku);
        self.holds.open(held, recorded.position);
        self.on_hold(number);
        self.stock_changed(number, recorded.position.revision);
    }

    pub(crate) fn hold_ended(&mut self, recorded: Recorded, ended: &HoldEnded) {
        if self.holds.end(&ended.hold).is_none() {
            return;
        }
        if let Some(number) = self.sku_states.find(ended.sku.as_str()) {
            self.on_hold(number);
            self.stock_changed(number, recorded.position.revision);
        }
    }

    /// An order was placed that may name a hold.
    pub(crate) fn claim_hold(&mut self, slot: u32) {
        let (Some((id, order)), Some(open)) = (self.book.hold_of(slot), self.book.order(slot))
        else {
            return;
        };
        let lines = self.book.lines_of(open);
        let asks_for = |sku: &Sku| {
            let sku_state = self.sku_states.find(sku.as_str());
            let theirs = |line: &&OpenLine| Some(line.sku_state) == sku_state;
            let mut theirs = lines.iter().filter(theirs);
            theirs.any(|line| line.tally.undecided() > 0)
        };
        self.holds.bind(id, &order, asks_for);
    }

    /// An order closed: what was held for it is held no more.
    pub(crate) fn drop_hold(&mut self, slot: u32) {
        if let Some((id, order)) = self.book.hold_of(slot) {
            self.holds.spend(id, &order);
        }
    }

    /// Puts right what an SKU and its holds say of each other.
    fn on_hold(&mut self, number: u32) {
        if let Some(sku_state) = self.sku_states.get_mut(number) {
            self.holds.count_on(sku_state);
        }
    }
}

fn check(request: &StockHeld, now: Timestamp) -> Result<(), AllocatorRefusal> {
    let quantity = request.quantity;
    if !(1..=MAX_HOLD_UNITS).contains(&quantity) {
        return Err(AllocatorRefusal::HoldQuantityOutOfRange { quantity });
    }
    let until = request.until;
    if until <= now || until > now.plus_ms(MAX_HOLD_MS) {
        return Err(AllocatorRefusal::HoldUntilOutOfRange { until });
    }
    let is_name = |name: &String| {
        !name.trim().is_empty()
            && name.chars().count() <= MAX_CHANNEL_CHARS
            && !name.chars().any(char::is_control)
    };
    if request.channel.as_ref().is_none_or(is_name) {
        Ok(())
    } else {
        Err(AllocatorRefusal::HoldChannelMalformed {})
    }
}
