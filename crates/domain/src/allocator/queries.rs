//! What may be asked: what would happen at the door, which date was told, who waits. Must not
//! decide anything.

use std::ops::Bound;

use super::book::At;
use super::line::{Holding, Line, Open, Order};
use super::promise::told;
use super::rule::Merits;
use super::settle::desk;
use super::settle::door::{Verdict, verdict};
use super::settle::terms::free_above;
use super::shelf::Shelf;
use super::turn::Turn;
use super::{Allocator, AllocatorRefusal};
use crate::event::{Promise, RefuseReason, Segment};
use crate::ids::{OrderId, Sku, Tier, Timestamp};

/// The most lines in a page.
pub const MAX_PAGE: usize = 500;

/// What would happen at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is reserved from stock.
    Reserve,
    /// What is free is reserved, the rest waits.
    Backorder,
    /// What is free is reserved; instead of the rest something else is offered until then.
    Offer(Timestamp),
    /// What is free is reserved, the rest is refused.
    Refuse(RefuseReason),
}

/// What would happen to a line if it came now.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// Units that would be reserved at once.
    pub available_now: u32,
    /// What would happen.
    pub outcome: Outcome,
    /// Until when the rest would wait.
    pub promise: Option<Promise>,
    /// Other SKUs that may be offered, the best first.
    pub alternatives: Vec<Sku>,
    /// Units that wait ahead of it.
    pub ahead: u64,
    /// What the customer must be told before they order.
    pub disclosure: String,
}

/// What was told to a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What.
    pub sku: Sku,
    /// Units that stock is held for.
    pub reserved: u32,
    /// Units that wait.
    pub backordered: u32,
    /// Until when; nothing if nothing waits.
    pub promise: Option<Promise>,
}

/// A line that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueLine {
    /// What it is ordered by; hand it in for the lines after it.
    pub turn: Turn,
    /// Its number in its order.
    pub line: u32,
    /// Its place, from 1.
    pub place: u64,
    /// Whose.
    pub order: OrderId,
    /// The customer's standing.
    pub tier: Tier,
    /// Units that wait.
    pub backordered: u32,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Units that wait ahead of it.
    pub units_ahead: u64,
    /// The date told.
    pub promise: Option<Promise>,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Its order takes stock for all lines together or not at all.
    pub ship_complete: bool,
}

/// Who waits for an SKU, in rank order.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuePage {
    /// At most `MAX_PAGE` lines.
    pub lines: Vec<QueueLine>,
    /// Lines that wait in all.
    pub total_lines: u64,
    /// Units that wait in all.
    pub total_units: u64,
    /// Units that nobody holds.
    pub free_units: u64,
    /// Units on their way.
    pub inbound_units: u64,
    /// Where the next page goes on; nothing: this was the last.
    pub next: Option<Turn>,
}

impl Allocator {
    /// What would happen at the door if a customer of this tier ordered so many now, who does not
    /// say by which channel: what is kept for one is not for them.
    pub fn availability(
        &self,
        sku: &Sku,
        quantity: u32,
        tier: &Tier,
        complete_only: bool,
        now: Timestamp,
    ) -> Availability {
        self.availability_by("", sku, quantity, tier, complete_only, now)
    }

    /// The same by a channel.
    pub fn availability_by(
        &self,
        channel: &str,
        sku: &Sku,
        quantity: u32,
        tier: &Tier,
        complete_only: bool,
        now: Timestamp,
    ) -> Availability {
        let nothing = Shelf::new(sku.clone());
        let shelf = self.shelves.of(sku).unwrap_or(&nothing);
        let free = u32::try_from(free_above(shelf, channel, tier))
            .unwrap_or(u32::MAX)
            .min(quantity);
        let available_now = if complete_only && free < quantity {
            0
        } else {
            free
        };
        // After everybody of the same rank: whoever asks has not ordered yet.
        let turn = Turn {
            effective: self.rule.effective(&Merits::of(now, tier)),
            place: Turn::LAST.place,
        };
        let ahead = shelf.queue.before(turn).units;
        let rest = quantity.saturating_sub(available_now);
        let (outcome, promise) = if rest == 0 {
            (Outcome::Reserve, None)
        } else {
            let units = ahead.saturating_add(u64::from(rest));
            let quote = || desk::quote(shelf, &shelf.supply.curve(now), units, now);
            let waiting = shelf.queue.total().units;
            match verdict(shelf.policy.as_deref(), waiting, rest, now, quote) {
                Verdict::Wait(promise) => (Outcome::Backorder, Some(promise)),
                Verdict::Offer(_, until) => (Outcome::Offer(until), None),
                Verdict::Refuse(why) => (Outcome::Refuse(why), None),
            }
        };
        let alternatives = match shelf.policy.as_ref().map(|policy| &policy.segment) {
            Some(Segment::Substitutable { alternatives, .. }) => alternatives.clone(),
            Some(Segment::Backorderable { .. } | Segment::StockOnly) | None => Vec::new(),
        };
        let disclosure = disclose(quantity, available_now, &outcome, promise.as_ref());
        Availability {
            available_now,
            outcome,
            promise,
            alternatives,
            ahead,
            disclosure,
        }
    }

    /// The date told for a line.
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn promise(&self, order: &OrderId, line: u32) -> Result<Told, AllocatorRefusal> {
        let at = self.find(order, line)?;
        let unknown = || AllocatorRefusal::UnknownLine {
            order: order.clone(),
            line,
        };
        let told = self.line_of(at).ok_or_else(unknown)?;
        let backordered = told.tally.backordered();
        Ok(Told {
            sku: told.sku,
            reserved: told.tally.reserved(),
            backordered,
            promise: told.told,
        })
    }

    /// Who waits for an SKU after this rank, at most `size` (and `MAX_PAGE`) of them.
    ///
    /// # Errors
    /// A refusal when nobody ever defined, ordered or received it.
    pub fn queue(
        &self,
        sku: &Sku,
        after: Option<Turn>,
        size: usize,
    ) -> Result<QueuePage, AllocatorRefusal> {
        let unknown = || AllocatorRefusal::UnknownSku { sku: sku.clone() };
        let shelf = self.shelves.of(sku).ok_or_else(unknown)?;
        let size = size.clamp(1, MAX_PAGE);
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let first = shelf.queue.find(from, None, |_| true, |_| true);
        let start = first.map_or(Turn::LAST, |first| first.turn);
        let before = shelf.queue.before(start);
        let (mut place, mut units_ahead) = (u64::from(before.lines), before.units);
        let mut lines: Vec<QueueLine> = Vec::new();
        let mut next = None;
        for entry in shelf.queue.iter_from(start) {
            if lines.len() == size {
                next = lines.last().map(|line| line.turn);
                break;
            }
            place = place.saturating_add(1);
            let index = u16::try_from(entry.turn.place.line_index()).unwrap_or(u16::MAX);
            let (Some(open), Some(line)) = (
                self.book.order(entry.order),
                self.book.line((entry.order, index)),
            ) else {
                continue;
            };
            lines.push(QueueLine {
                turn: entry.turn,
                line: line.number,
                place,
                order: open.id(),
                tier: self.tier_of(open),
                backordered: entry.units,
                placed_at: open.placed_at(),
                units_ahead,
                promise: told(entry, &self.purchases),
                complete_only: line.complete_only,
                ship_complete: open.ship_complete,
            });
            units_ahead = units_ahead.saturating_add(u64::from(entry.units));
        }
        let total = shelf.queue.total();
        Ok(QueuePage {
            lines,
            total_lines: u64::from(total.lines),
            total_units: total.units,
            free_units: shelf.free(),
            inbound_units: shelf.supply.units(),
            next,
        })
    }

    /// An open order, told whole.
    ///
    /// # Errors
    /// A refusal when it is not known, or closed.
    pub fn order(&self, order: &OrderId) -> Result<Order, AllocatorRefusal> {
        let (slot, open) = self.slot(order)?;
        let region = open.region.map(|region| region.get().saturating_sub(1));
        let region = region.and_then(|region| self.regions.get(u32::from(region)));
        let channel = self.channels.get(u32::from(open.channel));
        Ok(Order {
            id: order.clone(),
            tier: self.tier_of(open),
            channel: channel.cloned().unwrap_or_default(),
            placed_at: open.placed_at(),
            effective: open.effective,
            region: region.cloned(),
            ship_complete: open.ship_complete,
            position: open.place.position(),
            lines: (0..open.count)
                .filter_map(|index| self.line_of((slot, index)))
                .collect(),
        })
    }

    fn tier_of(&self, open: &Open) -> Tier {
        let tier = self.tiers.get(u32::from(open.tier)).cloned();
        tier.unwrap_or_else(|| Tier::from(""))
    }

    /// A line, told whole.
    fn line_of(&self, at: At) -> Option<Line> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let shelf = self.shelves.get(line.shelf)?;
        let holding = |held: super::line::Held| {
            let location = self.places.get(u32::from(held.place))?.clone();
            Some(Holding {
                location,
                units: held.units,
                fenced: held.fenced,
            })
        };
        let entry = shelf.queue.get(open.turn(at.1));
        Some(Line {
            line: line.number,
            sku: shelf.sku.clone(),
            tally: line.tally,
            complete_only: line.complete_only,
            holdings: self.book.held(at).filter_map(holding).collect(),
            told: entry.and_then(|entry| told(entry, &self.purchases)),
        })
    }

    pub(super) fn slot(&self, order: &OrderId) -> Result<(u32, &Open), AllocatorRefusal> {
        let slot = self.book.find(order.as_str());
        slot.and_then(|slot| Some((slot, self.book.order(slot)?)))
            .ok_or_else(|| AllocatorRefusal::UnknownOrder {
                order: order.clone(),
            })
    }

    pub(super) fn find(&self, id: &OrderId, line: u32) -> Result<At, AllocatorRefusal> {
        let (slot, _) = self.slot(id)?;
        let index = self.book.index_of(slot, line);
        index
            .map(|index| (slot, index))
            .ok_or_else(|| AllocatorRefusal::UnknownLine {
                order: id.clone(),
                line,
            })
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.book.len()
    }

    /// How many SKUs wait for a decision, or for one that finds nothing to do.
    pub fn touched(&self) -> usize {
        self.touched.len()
    }
}

/// What a customer must be told before they order, as a sentence.
fn disclose(quantity: u32, now: u32, outcome: &Outcome, promise: Option<&Promise>) -> String {
    let rest = quantity.saturating_sub(now);
    let stock = if now == 0 {
        String::new()
    } else {
        format!("{now} of {quantity} are in stock. ")
    };
    let tail = match (outcome, promise) {
        (Outcome::Reserve, _) => return "In stock: reserved as soon as you order.".to_owned(),
        (Outcome::Backorder, Some(Promise::Inbound { at, .. })) => {
            format!("{rest} are on backorder and expected on {}.", at.date())
        }
        (Outcome::Backorder, Some(Promise::Estimate { at })) => {
            format!(
                "{rest} are on backorder and expected about {}, by estimate.",
                at.date()
            )
        }
        (Outcome::Backorder, Some(Promise::Unknown) | None) => {
            format!("{rest} are on backorder; no delivery date is known yet.")
        }
        (Outcome::Offer(until), _) => format!(
            "{rest} are not in stock and may not come again: you may have something else instead, \
             until {}; what is not back by then will not be sent.",
            until.date()
        ),
        (Outcome::Refuse(why), _) => format!("{rest} cannot be ordered: {}.", reason(*why)),
    };
    stock + &tail
}

pub(super) const fn reason(why: RefuseReason) -> &'static str {
    match why {
        RefuseReason::UnknownItem => "we do not carry this item",
        RefuseReason::StockOnly => "the item is sold from stock only, and no more is in stock",
        RefuseReason::Substitutable => "no more is in stock, and the item is not reordered",
        RefuseReason::CapReached => "as many are on backorder already as we can promise",
        RefuseReason::WaitTooLong => "the wait would be longer than we accept orders for",
    }
}
