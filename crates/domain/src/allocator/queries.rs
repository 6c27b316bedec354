//! What may be asked: what would happen at the door, which date was told, who waits. Must not
//! decide anything.

use super::line::{Line, Order};
use super::rank::Rank;
use super::settle::door::{Verdict, verdict};
use super::view::View;
use super::{Allocator, AllocatorRefusal, Shelf};
use crate::event::{Promise, RefuseReason, Segment};
use crate::ids::{OrderId, Position, Revision, Sku, Tier, Timestamp};

/// The most lines in a page.
pub const MAX_PAGE: usize = 500;

/// What would happen at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is reserved from stock.
    Reserve,
    /// What is free is reserved, the rest waits.
    Backorder,
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
    pub rank: Rank,
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
    pub next: Option<Rank>,
}

impl Allocator {
    /// What would happen at the door if a customer of this tier ordered so many now.
    pub fn availability(
        &self,
        sku: &Sku,
        quantity: u32,
        tier: &Tier,
        complete_only: bool,
        now: Timestamp,
    ) -> Availability {
        let nothing = Shelf::default();
        let shelf = self.shelves.get(sku).unwrap_or(&nothing);
        let free = u32::try_from(shelf.free())
            .unwrap_or(u32::MAX)
            .min(quantity);
        let available_now = if complete_only && free < quantity {
            0
        } else {
            free
        };
        let last = Position {
            revision: Revision(u64::MAX),
            index: u32::MAX,
        };
        let rank = Rank {
            effective: self.rule.effective(now, tier),
            position: last,
            line: 0,
        };
        let view = View::new(shelf, None, now);
        let ahead = view.ahead(rank);
        let rest = quantity.saturating_sub(available_now);
        let (outcome, promise) = if rest == 0 {
            (Outcome::Reserve, None)
        } else {
            match verdict(&view, ahead, rest, now) {
                Verdict::Wait(promise) => (Outcome::Backorder, Some(promise)),
                Verdict::Refuse(why) => (Outcome::Refuse(why), None),
            }
        };
        let alternatives = match shelf.policy.as_ref().map(|policy| &policy.segment) {
            Some(Segment::Substitutable { alternatives }) => alternatives.clone(),
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
        let (_, _, line) = self.find(order, line)?;
        let backordered = line.tally.backordered();
        Ok(Told {
            sku: line.sku.clone(),
            reserved: line.tally.reserved(),
            backordered,
            promise: line.told.clone().filter(|_| backordered > 0),
        })
    }

    /// Who waits for an SKU after this rank, at most `size` (and `MAX_PAGE`) of them.
    ///
    /// # Errors
    /// A refusal when nobody ever defined, ordered or received it.
    pub fn queue(
        &self,
        sku: &Sku,
        after: Option<Rank>,
        size: usize,
    ) -> Result<QueuePage, AllocatorRefusal> {
        let unknown = || AllocatorRefusal::UnknownSku { sku: sku.clone() };
        let shelf = self.shelves.get(sku).ok_or_else(unknown)?;
        let size = size.clamp(1, MAX_PAGE);
        let start = after
            .map(|after| shelf.queue.ahead(after))
            .unwrap_or_default();
        let past = |entry: &super::Entry| after.is_none_or(|after| entry.rank > after);
        let (mut place, mut units_ahead) = (start.lines, start.units);
        if let Some(after) = after {
            let units = shelf.queue.get(after);
            place = place.saturating_add(u64::from(units > 0));
            units_ahead = units_ahead.saturating_add(u64::from(units));
        }
        let from = after.unwrap_or(Rank::FIRST);
        let mut lines: Vec<QueueLine> = Vec::new();
        let mut next = None;
        for entry in shelf.queue.iter_from(from).filter(past) {
            if lines.len() == size {
                next = lines.last().map(|line| line.rank);
                break;
            }
            place = place.saturating_add(1);
            let Some(order) = self.orders.get(&entry.rank.position) else {
                continue;
            };
            let Some(line) = order.line(entry.rank.line) else {
                continue;
            };
            lines.push(QueueLine {
                rank: entry.rank,
                place,
                order: order.id.clone(),
                tier: order.tier.clone(),
                backordered: entry.units,
                placed_at: order.placed_at,
                units_ahead,
                promise: line.told.clone(),
                complete_only: line.complete_only,
                ship_complete: order.ship_complete,
            });
            units_ahead = units_ahead.saturating_add(u64::from(entry.units));
        }
        Ok(QueuePage {
            lines,
            total_lines: shelf.queue.lines(),
            total_units: shelf.queue.units(),
            free_units: shelf.free(),
            inbound_units: shelf.supply.units(),
            next,
        })
    }

    /// An open order.
    ///
    /// # Errors
    /// A refusal when it is not known, or closed.
    pub fn order(&self, order: &OrderId) -> Result<(Position, &Order), AllocatorRefusal> {
        let unknown = || AllocatorRefusal::UnknownOrder {
            order: order.clone(),
        };
        let position = *self.places.get(order).ok_or_else(unknown)?;
        let found = self.orders.get(&position).ok_or_else(unknown)?;
        Ok((position, found))
    }

    pub(super) fn find(
        &self,
        id: &OrderId,
        line: u32,
    ) -> Result<(Rank, &Order, &Line), AllocatorRefusal> {
        let (position, order) = self.order(id)?;
        let unknown = || AllocatorRefusal::UnknownLine {
            order: id.clone(),
            line,
        };
        let found = order.line(line).ok_or_else(unknown)?;
        Ok((order.rank(position, line), order, found))
    }

    /// What is known of an SKU.
    pub fn shelf_of(&self, sku: &Sku) -> Option<&Shelf> {
        self.shelves.get(sku)
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.orders.len()
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
