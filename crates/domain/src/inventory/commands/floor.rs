//! What the warehouse floor asks: waves back, what was not found, what left.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{check_line_count, check_line_numbers, check_quantity};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Event, Shipped, ShippedLine, ShortLine, ShortPicked, WaveRecalled};
use crate::exact::Exact;
use crate::ids::{Key, LocationId, OrderId, RecallId, ShortPickId, Sku, Timestamp, WaveId};
use crate::inventory::bounds::MAX_REASON_BYTES;
use crate::inventory::stock::Line;
use crate::inventory::{Inventory, InventoryRefusal as No};

/// What waves and shipments meet at. A wave is about all of it, so it holds no line of which units
/// leave in the same commit, from whatever location; shipments share it.
pub(super) fn floor() -> Key {
    Key::of("floor", "")
}

/// Takes lines back from the floor: what is left of a wave, or all that is on the floor of an
/// order, closed or not. Their stock stays reserved as it was.
///
/// Refused unless one of the two is named, and when nothing of it is on the floor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecallWave {
    /// This recall.
    pub recall: RecallId,
    /// All that is left of this wave.
    pub wave: Option<WaveId>,
    /// All that is on the floor of this order.
    pub order: Option<OrderId>,
}

impl Command<Inventory> for RecallWave {
    fn id(&self) -> Option<Key> {
        Some(self.recall.key())
    }

    /// A wave is of many orders, which may ship in the same commit.
    fn keys(&self) -> Vec<Key> {
        vec![floor()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let lines = match (&self.wave, &self.order) {
            (Some(wave), None) => inventory.floor.of_wave(wave),
            (None, Some(order)) => inventory.floor.of_order(order),
            (Some(_), Some(_)) | (None, None) => return Err(No::RecallMalformed {}),
        };
        if lines.is_empty() {
            let of = match (&self.wave, &self.order) {
                (Some(wave), _) => format!("wave {wave}"),
                (None, order) => {
                    let order = order.as_ref().map(OrderId::as_str);
                    format!("order {}", order.unwrap_or_default())
                }
            };
            return Err(No::NothingOnFloor { of });
        }
        let recalled = WaveRecalled {
            recall: self.recall.clone(),
            of_wave: self.wave.clone(),
            of_order: self.order.clone(),
            lines,
        };
        Ok(Decided::Record(recalled.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        WaveRecalled::of(event).map(|recalled| Self {
            recall: recalled.recall.clone(),
            wave: recalled.of_wave.clone(),
            order: recalled.of_order.clone(),
        })
    }
}

/// Says that less was found of an order's lines than was to be picked. Inventory works out what is
/// missing: of a line in a wave what was to be picked, else what is reserved for it there.
///
/// Refused for an unknown location or line, over a bound, and where all was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportShortPick {
    /// This report.
    pub report: ShortPickId,
    /// Whose lines.
    pub order: OrderId,
    /// Where it was looked for.
    pub location: LocationId,
    /// Units that were found of each line, by line number.
    pub found: Vec<(u32, u32)>,
    /// Of which SKUs the lines are, as [`Inventory::skus_of`] says. No part of what is asked: an
    /// order's lines are of the same items, whatever these are called.
    #[serde(skip)]
    pub skus: Vec<Sku>,
}

impl Command<Inventory> for ReportShortPick {
    fn id(&self) -> Option<Key> {
        Some(self.report.key())
    }

    fn keys(&self) -> Vec<Key> {
        let skus = self.skus.iter().map(Sku::key);
        skus.chain([self.order.key(), floor()]).collect()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        check_line_count(self.found.len())?;
        check_line_numbers(self.found.iter().map(|(line, _)| *line))?;
        inventory.check_location(&self.location)?;
        let mut gone = BTreeMap::<Sku, u64>::new();
        let mut lines = Vec::with_capacity(self.found.len());
        for (number, found) in &self.found {
            let (sku, missing) = inventory.missing(self, *number, *found)?;
            let on_hand = inventory.count(&sku, &self.location).on_hand;
            let before = gone.entry(sku.clone()).or_default();
            let left = on_hand.minus_or_zero(*before);
            let written_off = u32::try_from(left).unwrap_or(u32::MAX).min(missing);
            *before = before.plus(u64::from(written_off));
            lines.push(ShortLine {
                line: *number,
                sku,
                found: *found,
                missing,
                written_off,
            });
        }
        let short = ShortPicked {
            report: self.report.clone(),
            order: self.order.clone(),
            location: self.location.clone(),
            lines,
        };
        Ok(Decided::Record(short.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        ShortPicked::of(event).map(|short| Self {
            report: short.report.clone(),
            order: short.order.clone(),
            location: short.location.clone(),
            found: short
                .lines
                .iter()
                .map(|line| (line.line, line.found))
                .collect(),
            skus: Vec::new(),
        })
    }
}

/// Goods leave for an order: what was reserved or picked for its lines there, and of what is
/// nobody's there as much as the customer still wants; what had been planned from elsewhere is
/// freed. What was picked may leave whatever became of the order meanwhile. Inventory works out
/// what was not planned.
///
/// Refused for an unknown location, order or line, over a bound, for more than may leave or is on
/// hand, and for another SKU than the line's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfirmShipment(pub Shipped);

impl Command<Inventory> for ConfirmShipment {
    fn id(&self) -> Option<Key> {
        Some(self.0.shipment.key())
    }

    fn keys(&self) -> Vec<Key> {
        let order = &self.0.order;
        let skus = self.0.lines.iter().map(|line| line.sku.key());
        skus.chain([order.key(), floor()]).collect()
    }

    /// Shipments of other orders take of other reservations. Only where more is reserved than there
    /// is, or one takes of what is nobody's, may it leave too little for another.
    fn shares(&self, key: Key, inventory: &RoomState<Inventory>) -> bool {
        let asked = &self.0;
        let mut lines = asked.lines.iter().filter(|line| line.sku.key() == key);
        if let Some(first) = lines.clone().next() {
            let here = inventory.count(&first.sku, &asked.location);
            let planned = |line: &ShippedLine| {
                let open = inventory.line(&asked.order, line.line);
                open.is_some_and(|open| line.quantity <= reserved_for(open, &asked.location))
            };
            return here.reserved <= here.on_hand && lines.all(planned);
        }
        key == floor()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.0;
        check_line_count(asked.lines.len())?;
        check_line_numbers(asked.lines.iter().map(|line| line.line))?;
        for line in &asked.lines {
            check_quantity(line.quantity)?;
        }
        if let Some(bytes) = asked.tracking.as_ref().map(String::len)
            && !(1..=MAX_REASON_BYTES).contains(&bytes)
        {
            return Err(No::TrackingMalformed { bytes });
        }
        inventory.check_location(&asked.location)?;
        let mut taken = BTreeMap::<&Sku, Taken>::new();
        let mut lines = asked.lines.clone();
        for (line, of) in lines.iter_mut().zip(&asked.lines) {
            let (unplanned, picked) = inventory.check_shipped_line(asked, of)?;
            line.unplanned = unplanned;
            let sum = taken.entry(inventory.renamed.now(&of.sku)).or_default();
            sum.all = sum.all.plus(u64::from(of.quantity));
            sum.unplanned = sum.unplanned.plus(u64::from(unplanned));
            sum.picked = sum.picked.plus(u64::from(picked));
        }
        for (sku, sum) in taken {
            inventory.check_taken(asked, sku, &sum)?;
        }
        Ok(Decided::Record(
            Shipped {
                lines,
                ..asked.clone()
            }
            .into(),
        ))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Shipped::of(event).map(|shipped| {
            let mut asked = shipped.clone();
            for line in &mut asked.lines {
                line.unplanned = 0;
            }
            Self(asked)
        })
    }
}

/// Units of an SKU that leave with one shipment.
#[derive(Debug, Default)]
struct Taken {
    all: u64,
    /// Of these, units that are not reserved for its lines there.
    unplanned: u64,
    /// Of those, units that were picked for its lines all the same.
    picked: u64,
}

/// Units reserved for a line at a place that may leave: of a line that more is reserved for than
/// is left of it, no more leaves than was ordered.
fn reserved_for(line: &Line, location: &LocationId) -> u32 {
    let left = line.tally.quantity.minus(line.tally.shipped);
    line.reservations.units_at(location).min(left)
}

/// What the floor's decisions ask.
impl Inventory {
    pub(super) fn line(&self, order: &OrderId, number: u32) -> Option<&Line> {
        self.orders.get(order)?.line(number)
    }

    /// What of a line was to be picked and was not found, and of which SKU.
    fn missing(&self, asked: &ReportShortPick, line: u32, found: u32) -> Result<(Sku, u32), No> {
        let (order, location) = (&asked.order, &asked.location);
        let picks = self.floor.picks(order);
        let picked = picks.map_or(0, |picks| picks.units_at(line, location));
        let open = self.line(order, line);
        let to_pick = if picked > 0 {
            picked
        } else {
            open.map_or(0, |open| reserved_for(open, location))
        };
        let of_pick = picks.and_then(|picks| picks.of_line(line));
        let sku = of_pick.map(|pick| &pick.sku).or(open.map(|open| &open.sku));
        let is_named = |sku: &&Sku| asked.skus.iter().any(|it| self.renamed.now(it) == *sku);
        let Some(sku) = sku.filter(is_named).cloned() else {
            return Err(self.no_line(order, line));
        };
        if found >= to_pick {
            let location = location.clone();
            return Err(No::NothingShort {
                line,
                location,
                to_pick,
                found,
            });
        }
        Ok((sku, to_pick.minus(found)))
    }

    fn no_line(&self, order: &OrderId, line: u32) -> No {
        let order = order.clone();
        if self.orders.contains_key(&order) {
            No::UnknownLine { order, line }
        } else {
            No::UnknownOrder { order }
        }
    }

    /// Whether a line may leave. Returns how many units of it are not reserved for it there, and
    /// how many of these are picked.
    fn check_shipped_line(&self, asked: &Shipped, line: &ShippedLine) -> Result<(u32, u32), No> {
        let (order, location) = (&asked.order, &asked.location);
        let picks = self.floor.picks(order);
        let picked = picks.map_or(0, |picks| picks.units_at(line.line, location));
        let of_pick = || picks.and_then(|picks| picks.of_line(line.line));
        let open = self.line(order, line.line);
        let ordered = open.map(|open| &open.sku);
        let Some(ordered) = ordered.or_else(|| of_pick().map(|pick| &pick.sku)) else {
            return Err(self.no_line(order, line.line));
        };
        if ordered != self.renamed.now(&line.sku) {
            let (ordered, named) = (ordered.clone(), line.sku.clone());
            return Err(No::WrongSku {
                line: line.line,
                ordered,
                named,
            });
        }
        let after = self.after.of(order, line.line);
        let of_closed = (after.left.minus_or_zero(after.shipped), 0);
        let (left, wanted) = open.map_or(of_closed, |open| {
            let tally = &open.tally;
            (tally.quantity.minus(tally.shipped), tally.wanted())
        });
        let reserved = open.map_or(0, |open| reserved_for(open, location));
        // What was picked may be in the parcel, whatever became of the line.
        let most = reserved.max(picked.min(left)).max(wanted);
        if line.quantity > most {
            return Err(No::MoreThanWanted {
                order: order.clone(),
                line: line.line,
                most,
                quantity: line.quantity,
            });
        }
        let unplanned = line.quantity.minus_or_zero(reserved);
        Ok((unplanned, unplanned.min(picked.minus_or_zero(reserved))))
    }

    /// Whether so much of an SKU is there, and is nobody else's, unless that was said.
    fn check_taken(&self, asked: &Shipped, sku: &Sku, taken: &Taken) -> Result<(), No> {
        let here = self.count(sku, &asked.location);
        let (sku, location) = (sku.clone(), asked.location.clone());
        if taken.all > here.on_hand {
            return Err(No::MoreThanOnHand {
                sku,
                location,
                on_hand: here.on_hand,
                asked: taken.all,
            });
        }
        // Picked units of lines that are reserved no more may be somebody else's by now: they left.
        let nobodys = here.free().plus(taken.picked);
        if taken.unplanned > nobodys && !asked.from_others {
            return Err(No::MoreThanFree {
                sku,
                location,
                reserved: taken.all.minus_or_zero(taken.unplanned),
                free: here.free(),
                asked: taken.all,
            });
        }
        Ok(())
    }
}
