//! An order as the allocator knows it: what each line wants, holds, and was told. Must not know
//! other orders.

use serde::{Deserialize, Serialize};

use super::rank::Rank;
use crate::demand::Tally;
use crate::event::Promise;
use crate::ids::{LocationId, OrderId, Position, Sku, Tier, Timestamp};

/// An open order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// The customer's standing when they ordered.
    pub tier: Tier,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The same, less its boosts.
    pub effective: Timestamp,
    /// The region it goes to.
    pub region: Option<Box<str>>,
    /// It takes stock for all lines together or not at all.
    pub ship_complete: bool,
    /// Its lines, by number.
    pub lines: Vec<Line>,
}

/// One SKU of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Its units, by where they are.
    pub tally: Tally,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Stock held for it; sums up to `tally.held`.
    pub holdings: Vec<Holding>,
    /// The date told last, kept while the order is open.
    pub told: Option<Promise>,
}

/// Units held for a line at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Where.
    pub location: LocationId,
    /// Whole units.
    pub units: u32,
    /// Of these, units in a released wave: nothing may take them.
    pub fenced: u32,
}

impl Holding {
    /// Units that may be taken back.
    pub const fn unfenced(&self) -> u32 {
        self.units.saturating_sub(self.fenced)
    }
}

impl Order {
    /// A line's rank.
    pub const fn rank(&self, position: Position, line: u32) -> Rank {
        Rank {
            effective: self.effective,
            position,
            line,
        }
    }

    /// The line of this number.
    pub fn line(&self, line: u32) -> Option<&Line> {
        let at = self
            .lines
            .binary_search_by_key(&line, |other| other.line)
            .ok()?;
        self.lines.get(at)
    }

    /// The line of this number, to be changed.
    pub(super) fn line_mut(&mut self, line: u32) -> Option<&mut Line> {
        let at = self
            .lines
            .binary_search_by_key(&line, |other| other.line)
            .ok()?;
        self.lines.get_mut(at)
    }
}

impl Line {
    /// Wanted units that no stock is held for.
    pub const fn unfilled(&self) -> u32 {
        self.tally.wanted().saturating_sub(self.tally.reserved())
    }

    /// Units held at this place.
    pub(super) fn hold(&mut self, location: &LocationId, units: u32) {
        match self
            .holdings
            .iter_mut()
            .find(|holding| holding.location == *location)
        {
            Some(holding) => holding.units = holding.units.saturating_add(units),
            None => {
                self.holdings.push(Holding {
                    location: location.clone(),
                    units,
                    fenced: 0,
                });
            }
        }
    }

    /// Gives up to so many units held at this place away. Returns how many.
    pub(super) fn let_go(&mut self, location: &LocationId, units: u32, shipped: bool) -> u32 {
        let Some(holding) = self
            .holdings
            .iter_mut()
            .find(|held| held.location == *location)
        else {
            return 0;
        };
        let gone = holding.units.min(units);
        holding.units = holding.units.saturating_sub(gone);
        if shipped {
            holding.fenced = holding.fenced.saturating_sub(gone);
        }
        holding.fenced = holding.fenced.min(holding.units);
        self.holdings.retain(|holding| holding.units > 0);
        gone
    }

    /// What its shelf's indexes must say of it.
    pub(super) fn standing(&self) -> Standing {
        let waiting = self.tally.backordered();
        Standing {
            waiting,
            door: self.tally.undecided(),
            excess: self.tally.excess() > 0,
            holds: self.tally.held > 0,
            lapse: self
                .told
                .as_ref()
                .filter(|_| waiting > 0)
                .and_then(Promise::at),
        }
    }
}

/// What the indexes say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Units in the queue.
    pub waiting: u32,
    /// Units that wait for the first decision.
    pub door: u32,
    /// More is held than wanted.
    pub excess: bool,
    /// Stock is held.
    pub holds: bool,
    /// The date told to those who wait.
    pub lapse: Option<Timestamp>,
}

impl Standing {
    /// Of a line that is not there.
    pub(super) const NOTHING: Self = Self {
        waiting: 0,
        door: 0,
        excess: false,
        holds: false,
        lapse: None,
    };
}
