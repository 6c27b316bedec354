//! What may be asked of what is there: which date was told, who waits. Must not decide anything.

use std::ops::Bound;

use super::decisions::Trail;
use super::line::{At, Line, Open, Order};
use super::promise::promised;
use super::provenance::Provenance;
use super::queue_key::QueueKey;
use super::rule::RankingRule;
use super::sku_state::SkuState;
use super::{Allocator, AllocatorRefusal};
use domain::demand::Reservation;
use domain::event::Promise;
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId, Position, Sku, Tier, Timestamp, Zone};
use domain::quantity::Measure;

/// The most lines in a page.
pub const MAX_PAGE: usize = 500;

/// What was told to a line.
#[derive(Debug, Clone, PartialEq)]
pub struct PromiseBasis {
    /// What.
    pub sku: Sku,
    /// Units for which stock is reserved.
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
    pub queue_key: QueueKey,
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
    /// Units that are free.
    pub free_units: u64,
    /// Units on their way.
    pub inbound_units: u64,
    /// Where the next page goes on; nothing: this was the last.
    pub next: Option<QueueKey>,
}

impl Allocator {
    /// The rule in force.
    pub const fn ranking_rule(&self) -> &RankingRule {
        &self.rule
    }

    /// The date told for a line.
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn promise(&self, order: &OrderId, line: u32) -> Result<PromiseBasis, AllocatorRefusal> {
        let at = self.find(order, line)?;
        let unknown = || AllocatorRefusal::UnknownLine {
            order: order.clone(),
            line,
        };
        let promised = self.line_of(at).ok_or_else(unknown)?;
        let backordered = promised.tally.backordered();
        Ok(PromiseBasis {
            sku: promised.sku,
            reserved: promised.tally.covered(),
            backordered,
            promise: promised.promised,
        })
    }

    /// Who waits for an SKU after this rank, at most `size` (and `MAX_PAGE`) of them.
    ///
    /// # Errors
    /// A refusal when nobody ever defined, ordered or received it.
    pub fn queue(
        &self,
        sku: &Sku,
        after: Option<QueueKey>,
        size: usize,
    ) -> Result<QueuePage, AllocatorRefusal> {
        let unknown = || AllocatorRefusal::UnknownSku { sku: sku.clone() };
        let sku_state = self.sku_states.of(sku).ok_or_else(unknown)?;
        let size = size.clamp(1, MAX_PAGE);
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let first = sku_state.queue().find(from, None, |_| true, |_| true);
        let start = first.map_or(QueueKey::LAST, |first| first.queue_key);
        let before = sku_state.queue().before(start);
        let (mut place, mut units_ahead) = (u64::from(before.lines), before.units);
        let mut lines: Vec<QueueLine> = Vec::new();
        let mut next = None;
        for entry in sku_state.queue().iter_from(start) {
            if lines.len() == size {
                next = lines.last().map(|line| line.queue_key);
                break;
            }
            place = place.plus(1);
            let index = entry.queue_key.index();
            let (Some(open), Some(line)) = (
                self.book.order(entry.order),
                self.book.line((entry.order, index)),
            ) else {
                continue;
            };
            lines.push(QueueLine {
                queue_key: entry.queue_key,
                line: line.number,
                place,
                order: open.id(),
                tier: self.tier_of(open),
                backordered: entry.units,
                placed_at: open.placed_at(),
                units_ahead,
                promise: promised(entry, &self.purchases),
                complete_only: line.complete_only,
                ship_complete: open.ship_complete,
            });
            units_ahead = units_ahead.plus(u64::from(entry.units));
        }
        let total = sku_state.queue().total();
        Ok(QueuePage {
            lines,
            total_lines: u64::from(total.lines),
            total_units: total.units,
            free_units: sku_state.free(),
            inbound_units: sku_state.supply().units(),
            next,
        })
    }

    /// An open order, told whole.
    ///
    /// # Errors
    /// A refusal when it is not known, or closed.
    pub fn order(&self, order: &OrderId) -> Result<Order, AllocatorRefusal> {
        let (slot, open) = self.slot(order)?;
        let channel = self.catalogue.channel_of(open);
        Ok(Order {
            id: order.clone(),
            tier: self.tier_of(open),
            channel: channel.cloned().unwrap_or_default(),
            placed_at: open.placed_at(),
            effective: open.effective,
            region: self.catalogue.region_of(open).map(String::from),
            ship_complete: open.ship_complete,
            position: open.log_order.position(),
            lines: (0..open.count)
                .filter_map(|index| self.line_of((slot, index)))
                .collect(),
        })
    }

    /// Where what was decided on an open order stands on the log; nothing if it is not open.
    pub fn trail(&self, order: &OrderId) -> Option<Trail> {
        let (slot, open) = self.slot(order).ok()?;
        Some(Trail {
            placed: open.log_order.position(),
            last: self.decisions.last(slot),
        })
    }

    /// Where the last decisions stand that gave some of an SKU to lines, the oldest first; at most
    /// [`MAX_GAVE`](crate::MAX_GAVE).
    pub fn gave(&self, sku: &Sku) -> Vec<Position> {
        let of = self.sku_states.of(sku).and_then(SkuState::provenance);
        of.into_iter().flat_map(Provenance::gave).collect()
    }

    /// What an item is counted in; plain units, if nobody has said.
    pub fn measure(&self, sku: &Sku) -> Measure {
        let of = self.sku_states.of(sku);
        of.map(SkuState::measure).unwrap_or_default()
    }

    /// By which days the customer of an order is told: those of the cell, if it is not open.
    pub fn zone_told(&self, order: &OrderId) -> &Zone {
        match self.slot(order) {
            Ok((slot, _)) => self.zone_of(slot),
            Err(_) => self.zones().cell(),
        }
    }

    /// Whether an order is open.
    pub fn is_open(&self, order: &OrderId) -> bool {
        self.slot(order).is_ok()
    }

    /// Units of an SKU that are counted at a location, or where they travel.
    pub fn on_hand(&self, sku: &Sku, location: &LocationId) -> u64 {
        let place = self.catalogue.find_place(location);
        let bin = place.and_then(|place| {
            let mut bins = self.sku_states.of(sku)?.everywhere();
            bins.find(|bin| bin.place == place)
        });
        bin.map_or(0, |bin| bin.on_hand.unsigned_abs())
    }

    /// Whether units of an SKU travel with a move at this place.
    pub fn travels(&self, sku: &Sku, location: &LocationId) -> bool {
        let place = self.catalogue.find_place(location);
        let sku_state = self.sku_states.of(sku);
        let ways = sku_state.map(|sku_state| sku_state.supply().ways());
        let mut ways = ways.into_iter().flatten();
        ways.any(|way| Some(way.bin.place) == place)
    }

    pub(super) fn tier_of(&self, open: &Open) -> Tier {
        let tier = self.catalogue.tier_of(open).cloned();
        tier.unwrap_or_else(|| Tier::from(""))
    }

    /// A line, told whole.
    fn line_of(&self, at: At) -> Option<Line> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let sku_state = self.sku_states.get(line.sku_state)?;
        let named = |here: Reservation<u16>| {
            let place = self.catalogue.location(here.place)?.clone();
            Some(Reservation {
                place,
                units: here.units,
                frozen: here.frozen,
                since: (),
            })
        };
        let entry = sku_state.queue().get(self.book.key_of(open, at));
        Some(Line {
            line: line.number,
            sku: sku_state.sku().clone(),
            tally: line.tally,
            complete_only: line.complete_only,
            reservations: self.book.reservations(at).filter_map(named).collect(),
            promised: entry.and_then(|entry| promised(entry, &self.purchases)),
        })
    }

    pub(super) fn slot(&self, order: &OrderId) -> Result<(u32, &Open), AllocatorRefusal> {
        let slot = self.book.find(order.text());
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
        self.agenda.len()
    }
}
