//! Units held before they are ordered, by looking at every hold.

use domain::event::{HoldEnd, HoldEnded, StockHeld};
use domain::ids::Timestamp;

use super::{Naive, Name};

/// An open hold.
#[derive(Debug, Clone)]
pub struct Hold {
    pub id: Name,
    pub sku: Name,
    /// Units that its order has not been given.
    pub left: u32,
    pub until: Timestamp,
    /// Who has taken it over.
    pub order: Option<Name>,
    /// Its order has been decided on, or is gone.
    pub spent: bool,
}

impl Naive {
    pub(super) fn held(&mut self, held: &StockHeld) {
        self.holds.push(Hold {
            id: held.hold.to_string(),
            sku: held.sku.to_string(),
            left: held.quantity,
            until: held.until,
            order: None,
            spent: false,
        });
    }

    /// An order takes over a hold that nobody has and that is of what it asks for.
    pub(super) fn claim(&mut self, hold: &str, order: &str) {
        for held in &mut self.holds {
            let mut lines = self.lines.iter();
            let asks = lines.any(|line| line.order == order && line.sku == held.sku);
            if held.id == hold && held.order.is_none() && asks {
                held.order = Some(order.to_owned());
            }
        }
    }

    /// What an order is given is first what was held for it.
    pub(super) fn redeem(&mut self, order: &str, sku: &str, units: u32) {
        for held in &mut self.holds {
            if held.order.as_deref() == Some(order) && held.sku == sku {
                held.left -= held.left.min(units);
            }
        }
    }

    /// A hold has done its work when its order is gone, or decided on as far as it is concerned.
    pub(super) fn spend(&mut self) {
        for held in &mut self.holds {
            let Some(order) = &held.order else { continue };
            let mine = |line: &&super::Line| line.order == *order && line.sku == held.sku;
            let mut mine = self.lines.iter().filter(mine);
            held.spent |= mine.all(|line| line.tally.undecided() == 0);
        }
    }

    /// Units of an SKU that are on hold.
    pub fn on_hold(&self, sku: &str) -> i64 {
        let held = self.holds.iter().filter(|held| held.sku == sku);
        held.map(|held| i64::from(held.left)).sum()
    }

    /// Units on hold for an order that waits to be decided on.
    pub fn held_for(&self, order: &str, sku: &str) -> i64 {
        let theirs = self
            .holds
            .iter()
            .filter(|held| held.order.as_deref() == Some(order) && held.sku == sku && !held.spent);
        theirs.map(|held| i64::from(held.left)).sum()
    }

    /// Units that somebody of this channel and tier may have held.
    pub fn may_hold(&self, asked: &StockHeld) -> i64 {
        let sku = asked.sku.as_str();
        let free = self.free();
        let here = free.iter().filter(|((of, _), _)| of == sku);
        let all: i64 = here.map(|(_, units)| (*units).max(0)).sum();
        let channel = asked.channel.as_deref().unwrap_or_default();
        let kept = self.kept(sku, channel, asked.tier.as_str());
        ((all - self.on_hold(sku)).max(0) - kept).max(0)
    }

    /// Every hold that is to end.
    pub fn ends(&self, now: Timestamp) -> Vec<HoldEnded> {
        let ended = |held: &Hold, why| HoldEnded {
            hold: held.id.as_str().into(),
            sku: held.sku.as_str().into(),
            quantity: held.left,
            why,
            order: held.order.as_deref().map(Into::into),
        };
        let mut ends = Vec::new();
        for (index, held) in self.holds.iter().enumerate() {
            if held.spent {
                ends.push(ended(held, HoldEnd::Used));
            } else if held.order.is_none() && self.is_taken_back(index) {
                ends.push(ended(held, HoldEnd::TakenBack));
            } else if held.order.is_none() && held.until <= now {
                ends.push(ended(held, HoldEnd::Expired));
            }
        }
        ends
    }

    /// Whether the younger ones that nobody has taken over do not make up for what is not there.
    fn is_taken_back(&self, index: usize) -> bool {
        let held = &self.holds[index];
        let free = self.free();
        let here = free.iter().filter(|((of, _), _)| *of == held.sku);
        // What a line loses at one place it gets at another.
        let there = here.map(|(_, units)| *units);
        let there: i64 = there.sum();
        let younger = self.holds[index + 1..].iter();
        let younger = younger.filter(|it| it.sku == held.sku && it.order.is_none());
        let back: i64 = younger.map(|it| i64::from(it.left)).sum();
        self.on_hold(&held.sku) - there.max(0) > back
    }
}
