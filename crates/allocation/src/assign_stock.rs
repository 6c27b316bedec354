//! A clerk's word on stock: a line is given units that are free, or that another order has,
//! whatever the ranks say. Must not decide who comes next: that is settled after it.

use serde::Serialize;

use super::line::{At, MAX_WHOSE_CHARS, MAX_WORD_CHARS, Open, OpenLine, is_text};
use super::rebalance::check_size;
use super::sku_state::{Bin, SkuState};
use super::{Allocator, AllocatorRefusal as No, settle};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decision};
use domain::event::{Assigned, Effect, Event, ReleaseReason, Released, StockAssigned, What};
use domain::exact::Exact;
use domain::ids::{AssignmentId, Key, OrderId, Timestamp};

/// Gives units to a line that waits: free ones, also of those that are kept for others, or those
/// that one named order has in no released wave.
///
/// Refused when the order or the line is not open or its order is suspended, when less waits or is
/// there than is to be given, for a part of what takes all or nothing, before the day from which
/// the line takes stock, without a reason or a name, and while the item's stock is being assigned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssignStock {
    /// This word.
    pub assignment: AssignmentId,
    /// To whom.
    pub order: OrderId,
    /// To which line.
    pub line: u32,
    /// Whole units, at least 1.
    pub quantity: u32,
    /// Whose they are; nothing: free ones.
    pub from: Option<OrderId>,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub by: String,
}

impl Command<Allocator> for AssignStock {
    fn id(&self) -> Option<Key> {
        Some(self.assignment.key())
    }

    fn keys(&self) -> Vec<Key> {
        // As a run does: two of them would share stock.
        vec![Key::of("rebalance", "")]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, now: Timestamp) -> Decision<No> {
        let effects = allocator.assignment(self, now)?;
        let (causes, before) = allocator.causes_of_moves(What::ByHand, &effects);
        let taker = allocator.asked_taker(self)?;
        let assigned = StockAssigned {
            assignment: self.assignment.clone(),
            order: self.order.clone(),
            line: self.line,
            sku: taker.sku_state.sku().clone(),
            quantity: self.quantity,
            from: self.from.clone(),
            reason: self.reason.clone(),
            by: self.by.clone(),
            rule: allocator.rule.version,
            effects,
            causes,
            before,
        };
        Ok(Decided::Record(assigned.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        StockAssigned::of(event).map(|it| Self {
            assignment: it.assignment.clone(),
            order: it.order.clone(),
            line: it.line,
            quantity: it.quantity,
            from: it.from.clone(),
            reason: it.reason.clone(),
            by: it.by.clone(),
        })
    }
}

/// A line that is given something.
struct Taker<'a> {
    at: At,
    open: &'a Open,
    line: &'a OpenLine,
    sku_state: &'a SkuState,
}

/// Units at a place, of a line that has them, or free.
struct Part {
    place: u16,
    of: Option<At>,
    units: u32,
}

impl Allocator {
    /// What the word does to each line: released first, then assigned.
    ///
    /// # Errors
    /// As [`AssignStock`] is refused.
    pub fn assignment(&self, asked: &AssignStock, now: Timestamp) -> Result<Vec<Effect>, No> {
        if !is_text(&asked.reason, MAX_WORD_CHARS) {
            return Err(No::ReasonMalformed {});
        }
        if !is_text(&asked.by, MAX_WHOSE_CHARS) {
            return Err(No::ByMalformed {});
        }
        let taker = self.asked_taker(asked)?;
        self.check_taker(asked, &taker, now)?;
        let parts = match &asked.from {
            Some(from) => self.had(from, &taker)?,
            None => self.free_parts(&taker),
        };
        let parts = self.pick(asked, &taker, parts)?;
        let effects = self.effects_of(&taker, &parts);
        check_size(&effects)?;
        Ok(effects)
    }

    fn asked_taker(&self, asked: &AssignStock) -> Result<Taker<'_>, No> {
        let at = self.find(&asked.order, asked.line)?;
        self.taker(at).ok_or_else(|| No::UnknownLine {
            order: asked.order.clone(),
            line: asked.line,
        })
    }

    fn taker(&self, at: At) -> Option<Taker<'_>> {
        let (open, line) = (self.book.order(at.0)?, self.book.line(at)?);
        let sku_state = self.sku_states.get(line.sku_state)?;
        Some(Taker {
            at,
            open,
            line,
            sku_state,
        })
    }

    fn check_taker(
        &self,
        asked: &AssignStock,
        taker: &Taker<'_>,
        now: Timestamp,
    ) -> Result<(), No> {
        let (order, line, quantity) = (asked.order.clone(), asked.line, asked.quantity);
        if quantity == 0 {
            return Err(No::QuantityOutOfRange {});
        }
        if asked.from.as_ref() == Some(&order) {
            return Err(No::RepeatedOrder {});
        }
        // Two plans on one state would assign the same stock.
        let number = taker.line.sku_state;
        if settle::is_settling(self, number, now) {
            let sku = taker.sku_state.sku().clone();
            return Err(No::StillSettling { sku });
        }
        if self.suspended(taker.at.0).is_some() {
            return Err(No::NothingWhileSuspended { order });
        }
        let waits = taker.line.tally.backordered();
        if quantity > waits {
            return Err(No::MoreThanWaits {
                order,
                line,
                quantity,
                waits,
            });
        }
        let open = taker.open;
        let mut others = self.book.lines_of(open).iter();
        let alone = others.all(|other| other.number == line || other.unfilled() == 0);
        let whole = taker.line.complete_only || open.ship_complete;
        if (whole && quantity < waits) || (open.ship_complete && !alone) {
            return Err(No::NothingInPart { order });
        }
        if let Some(opens_at) = self.opens_at(self.not_before(taker.at), now) {
            return Err(No::NothingBefore { order, opens_at });
        }
        Ok(())
    }

    /// Free units where the line takes from, the best place first; what is on hold is nobody's.
    fn free_parts(&self, taker: &Taker<'_>) -> Vec<Part> {
        let sku_state = taker.sku_state;
        let places = self.sourcing().places(taker.at.0, taker.open, sku_state);
        let free = |bin: &Bin| u64::try_from(bin.free()).unwrap_or_default();
        let bins = sku_state.bins().iter();
        let elsewhere = bins.filter(|bin| !places.contains(&bin.place)).map(free);
        // What is on hold is at no place: it is left where the line does not take, or takes last.
        let mut on_hold = sku_state.on_hold();
        on_hold = on_hold.minus_or_zero(elsewhere.fold(0, Exact::plus));
        let mut parts: Vec<Part> = Vec::new();
        for place in places.into_iter().rev() {
            let free = sku_state.bin(place).map_or(0, free);
            let held = free.min(on_hold);
            on_hold = on_hold.minus(held);
            parts.push(Part {
                place,
                of: None,
                units: u32::try_from(free.minus(held)).unwrap_or(u32::MAX),
            });
        }
        parts.reverse();
        parts
    }

    /// Units that an order has in no released wave, where the line takes from: of its last lines
    /// first.
    fn had(&self, from: &OrderId, taker: &Taker<'_>) -> Result<Vec<Part>, No> {
        let (slot, open) = self.slot(from)?;
        let places = self
            .sourcing()
            .places(taker.at.0, taker.open, taker.sku_state);
        let mut parts = Vec::new();
        for index in (0..open.count).rev() {
            let at = (slot, index);
            let line = self.book.line(at);
            let same = line.is_some_and(|line| line.sku_state == taker.line.sku_state);
            if !same || at == taker.at {
                continue;
            }
            for here in self.book.reservations(at) {
                let units = here.unfrozen();
                if units > 0 && places.contains(&here.place) {
                    parts.push(Part {
                        place: here.place,
                        of: Some(at),
                        units,
                    });
                }
            }
        }
        Ok(parts)
    }

    /// So many of these; of one place, for an order that may not be split.
    fn pick(
        &self,
        asked: &AssignStock,
        taker: &Taker<'_>,
        mut parts: Vec<Part>,
    ) -> Result<Vec<Part>, No> {
        let extra = self.book.extra(taker.at.0);
        if extra.is_some_and(|extra| extra.no_split) {
            let at = |place: u16| {
                let there = parts.iter().filter(|part| part.place == place);
                there.map(|part| part.units).fold(0, Exact::plus)
            };
            let mut places = parts.iter().map(|part| part.place);
            let only = places.find(|place| at(*place) >= asked.quantity);
            parts.retain(|part| Some(part.place) == only);
        }
        let mut left = asked.quantity;
        for part in &mut parts {
            part.units = part.units.min(left);
            left = left.minus(part.units);
        }
        parts.retain(|part| part.units > 0);
        if left == 0 {
            return Ok(parts);
        }
        let (sku, quantity) = (taker.sku_state.sku().clone(), asked.quantity);
        let there = quantity.minus(left);
        Err(match asked.from.clone() {
            Some(from) => No::MoreThanItHas {
                from,
                sku,
                quantity,
                there,
            },
            None => No::MoreThanThere {
                sku,
                quantity,
                there,
            },
        })
    }

    fn effects_of(&self, taker: &Taker<'_>, parts: &[Part]) -> Vec<Effect> {
        let mut effects = Vec::new();
        let sku = taker.sku_state.sku();
        for part in parts {
            let giver = part.of.and_then(|at| self.taker(at));
            let (Some(giver), Some(location)) = (giver, self.catalogue.location(part.place)) else {
                continue;
            };
            effects.push(Effect::Released(Released {
                order: giver.open.id(),
                line: giver.line.number,
                sku: sku.clone(),
                location: location.clone(),
                quantity: part.units,
                why: ReleaseReason::GivenAway,
                in_wave: 0,
            }));
        }
        let mut given: Vec<(u16, u32)> = Vec::new();
        for part in parts {
            match given.iter_mut().find(|(place, _)| *place == part.place) {
                Some((_, units)) => *units = units.plus(part.units),
                None => given.push((part.place, part.units)),
            }
        }
        for (place, quantity) in given {
            let Some(location) = self.catalogue.location(place) else {
                continue;
            };
            effects.push(Effect::Assigned(Assigned {
                order: taker.open.id(),
                line: taker.line.number,
                sku: sku.clone(),
                location: location.clone(),
                quantity,
                effective: self.book.key_of(taker.open, taker.at).effective,
            }));
        }
        effects
    }
}
