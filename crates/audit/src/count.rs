//! One order's, one line's, one location's count, and how promises went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use domain::demand::Tally;
use domain::event::{Effect, Promise};
use domain::ids::{LocationId, OrderId, Sku, Tier, Timestamp};

/// One order's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOrder {
    /// How many lines it has.
    pub lines: Vec<u32>,
    /// It was closed.
    pub closed: bool,
}

/// One line's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// Where its units are.
    pub tally: Tally,
    /// Where stock is held for it, in the order in which it first was.
    pub holds: Vec<(LocationId, u32)>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it began to wait, if it ever did.
    pub waits_since: Option<Timestamp>,
    /// When the last of its waiting units got stock.
    pub filled_at: Option<Timestamp>,
    /// The first date that was told.
    pub first_told: Option<Timestamp>,
    /// The date that was told last.
    pub last_told: Option<Timestamp>,
}

/// One SKU's count at one location.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStock {
    /// Units counted in.
    pub received: i64,
    /// Units corrected, up and down.
    pub adjusted: i64,
    /// Units that left.
    pub shipped: i64,
    /// Units held for lines.
    pub held: i64,
    /// Units of lines that went to the floor in a wave and have not left: nothing may take
    /// those, not even a count-down.
    pub fenced: BTreeMap<(OrderId, u32), u32>,
}

impl AuditStock {
    /// Whether more is held than is there, beyond what the freeze fence keeps.
    pub(super) fn is_short(&self) -> bool {
        let fenced: i64 = self.fenced.values().copied().map(i64::from).sum();
        self.held > self.on_hand().max(fenced)
    }

    /// Units that must be there.
    pub const fn on_hand(&self) -> i64 {
        self.received
            .saturating_add(self.adjusted)
            .saturating_sub(self.shipped)
    }
}

/// How promises went. A promise is a date; *unknown* is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPromises {
    /// Lines that were told a date.
    pub made: u64,
    /// Times that another date was told.
    pub moved: u64,
    /// Lines whose stock was there by the end of the day first told.
    pub kept: u64,
    /// Lines whose stock came later than the day first told.
    pub missed: u64,
}

impl AuditLine {
    pub(super) const fn new(sku: Sku, tier: Tier, tally: Tally, placed_at: Timestamp) -> Self {
        Self {
            sku,
            tier,
            tally,
            holds: Vec::new(),
            placed_at,
            waits_since: None,
            filled_at: None,
            first_told: None,
            last_told: None,
        }
    }

    pub(super) fn settle(&mut self, effect: &Effect, at: Timestamp, promises: &mut AuditPromises) {
        match effect {
            Effect::Assigned(effect) => {
                let waited = self.waits_since.is_some() && self.tally.backordered() > 0;
                self.tally.assign(effect.quantity);
                if waited && self.tally.backordered() == 0 {
                    self.filled(at, promises);
                }
            }
            // What was held has been let go of already.
            Effect::Released(_) => {
                if self.tally.backordered() > 0 && self.waits_since.is_none() {
                    self.waits_since = Some(at);
                }
            }
            Effect::Backordered(_) | Effect::Offered(_) => {
                self.tally.backorder();
                self.waits_since.get_or_insert(at);
            }
            Effect::Refused(effect) => self.tally.refuse(effect.quantity),
            Effect::Promised(effect) => self.promised(&effect.promise, promises),
        }
    }

    fn promised(&mut self, promise: &Promise, promises: &mut AuditPromises) {
        let Some(date) = promise.at() else { return };
        if self.first_told.is_none() {
            self.first_told = Some(date);
            promises.made = promises.made.saturating_add(1);
        } else if self.last_told != Some(date) {
            promises.moved = promises.moved.saturating_add(1);
        }
        self.last_told = Some(date);
    }

    fn filled(&mut self, at: Timestamp, promises: &mut AuditPromises) {
        if self.filled_at.is_none()
            && let Some(told) = self.first_told
        {
            if at.start_of_day() <= told.start_of_day() {
                promises.kept = promises.kept.saturating_add(1);
            } else {
                promises.missed = promises.missed.saturating_add(1);
            }
        }
        self.filled_at = Some(at);
    }
}
