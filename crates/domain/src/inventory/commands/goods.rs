//! What becomes of goods after they were counted in: counted again, moved, brought back.

use serde::Serialize;

use super::floor::floor;
use super::{check_line_count, check_line_numbers, check_quantity, check_reason, check_skus};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{
    Counted, CountedLine, Event, Moved, Returned, ReturnedLine, SkuQuantity, StockLine,
};
use crate::exact::Exact;
use crate::ids::{Key, LocationId, MoveId, OrderId, ReturnId, Sku, Timestamp};
use crate::inventory::bounds::{MAX_LINES, MAX_ON_HAND, MAX_TRAVELS, MAX_WAVE_BYTES};
use crate::inventory::travel::via;
use crate::inventory::{Inventory, InventoryRefusal as No};

/// Says how many units are really there. As of an earlier revision, what came and went since is
/// kept.
///
/// Refused for an unknown location or item, over a bound, when an SKU is named twice, and where
/// more has left since than was counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CountStock {
    /// What was counted; by how much it differs is the room's to say.
    #[serde(flatten)]
    pub asked: Counted,
    /// What stock there was as of `asked.as_of`, SKU by SKU as they are asked, read from the log.
    /// No part of what is asked: the past does not change.
    #[serde(skip)]
    pub then: Option<Vec<Then>>,
}

/// What an SKU had at a place.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Then {
    /// Units that were there.
    pub on_hand: u64,
    /// Of these, units that were reserved.
    pub reserved: u64,
}

impl Command<Inventory> for CountStock {
    fn id(&self) -> Option<Key> {
        Some(self.asked.count.key())
    }

    fn keys(&self) -> Vec<Key> {
        self.asked.lines.iter().map(|line| line.sku.key()).collect()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        let asked = &self.asked;
        check_line_count(asked.lines.len())?;
        check_skus(inventory, asked.lines.iter().map(|line| &line.sku))?;
        inventory.check_location(&asked.location)?;
        let mut lines = Vec::with_capacity(asked.lines.len());
        for (at, line) in asked.lines.iter().enumerate() {
            inventory.check_sku(&line.sku)?;
            let then = self.then.as_ref().and_then(|then| then.get(at)).copied();
            let change = inventory.miscounted(asked, line, then)?;
            lines.push(CountedLine {
                change,
                ..line.clone()
            });
        }
        let counted = Counted {
            lines,
            ..asked.clone()
        };
        Ok(Decided::Record(counted.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Counted::of(event).map(|counted| {
            let mut asked = counted.clone();
            for line in &mut asked.lines {
                line.change = 0;
            }
            Self { asked, then: None }
        })
    }
}

/// Carries stock from one place to another. Free units go first; of reserved ones go those that are
/// in no wave and whose orders may be served from anywhere, and they stay theirs.
///
/// With a date they travel until they are counted in there, as [`ReceiveMove`](super::ReceiveMove)
/// does: nobody can pick them meanwhile.
///
/// Refused for an unknown location or item, over a bound, for more than is on hand, for more than
/// may be moved, and for a date that has passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveStock {
    /// This move.
    pub id: MoveId,
    /// From where.
    pub from: LocationId,
    /// To where.
    pub to: LocationId,
    /// What.
    pub lines: Vec<SkuQuantity>,
    /// When they are to arrive; none: they are there.
    pub arrives: Option<Timestamp>,
}

impl Command<Inventory> for MoveStock {
    fn id(&self) -> Option<Key> {
        Some(self.id.key())
    }

    fn keys(&self) -> Vec<Key> {
        // Of whose lines it is, is found out: no wave or shipment stands beside it.
        let skus = self.lines.iter().map(|line| line.sku.key());
        // Nobody defines a location meanwhile where it travels.
        let road = self.arrives.map(|_| via(&self.id).key());
        skus.chain([floor()]).chain(road).collect()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, now: Timestamp) -> Decision<No> {
        check_line_count(self.lines.len())?;
        check_skus(inventory, self.lines.iter().map(|line| &line.sku))?;
        if self.from == self.to {
            let location = self.from.clone();
            return Err(No::RepeatedLocation { location });
        }
        inventory.check_location(&self.from)?;
        inventory.check_location(&self.to)?;
        let via = self
            .arrives
            .map(|arrives| inventory.road(&self.id, arrives, now));
        let via = via.transpose()?;
        let mut owners = Vec::new();
        for line in &self.lines {
            check_quantity(line.quantity)?;
            inventory.check_sku(&line.sku)?;
            inventory.check_room_for(&line.sku, &self.to, line.quantity)?;
            inventory.go_along(&self.from, line, &mut owners)?;
        }
        let moved = Moved {
            id: self.id.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            lines: self.lines.clone(),
            arrives: self.arrives,
            via,
            owners,
        };
        Ok(Decided::Record(moved.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Moved::of(event).map(|moved| Self {
            id: moved.id.clone(),
            from: moved.from.clone(),
            to: moved.to.clone(),
            lines: moved.lines.clone(),
            arrives: moved.arrives,
        })
    }
}

/// Takes goods back from a customer, at most what left for them.
///
/// Refused for an unknown location, order or line, over a bound, and for more than has left and is
/// not back yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReturnGoods {
    /// This return.
    pub id: ReturnId,
    /// Of which order.
    pub order: OrderId,
    /// Where they are put.
    pub location: LocationId,
    /// Units of each line, by line number.
    pub lines: Vec<(u32, u32)>,
    /// They cannot be sold again.
    pub scrapped: bool,
    /// Why; may be empty.
    pub reason: String,
    /// What of a closed order had left when it closed, read from the log. No part of what is asked:
    /// a closed order does not change.
    #[serde(skip)]
    pub left: Vec<Left>,
    /// Of which SKUs the lines of an open order are, as [`Inventory::skus_of`] says. No part of
    /// what is asked.
    #[serde(skip)]
    pub skus: Vec<Sku>,
}

/// Units of a line that had left when its order closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub units: u32,
}

impl Command<Inventory> for ReturnGoods {
    fn id(&self) -> Option<Key> {
        Some(self.id.key())
    }

    fn keys(&self) -> Vec<Key> {
        let left = self.left.iter().map(|left| left.sku.key());
        let skus = self.skus.iter().map(Sku::key);
        left.chain(skus).chain([self.order.key()]).collect()
    }

    /// As receipts do: units that come are added to whatever there is.
    fn shares(&self, key: Key, _inventory: &RoomState<Inventory>) -> bool {
        key != self.order.key()
    }

    fn decide(&self, inventory: &RoomState<Inventory>, _now: Timestamp) -> Decision<No> {
        check_line_count(self.lines.len())?;
        check_line_numbers(self.lines.iter().map(|(line, _)| *line))?;
        if !self.reason.is_empty() {
            check_reason(&self.reason)?;
        }
        inventory.check_location(&self.location)?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (line, quantity) in &self.lines {
            check_quantity(*quantity)?;
            let sku = inventory.check_returned(self, *line, *quantity)?;
            if !self.scrapped {
                inventory.check_room_for(&sku, &self.location, *quantity)?;
            }
            lines.push(ReturnedLine {
                line: *line,
                sku,
                quantity: *quantity,
            });
        }
        let returned = Returned {
            id: self.id.clone(),
            order: self.order.clone(),
            location: self.location.clone(),
            lines,
            scrapped: self.scrapped,
            reason: self.reason.clone(),
        };
        Ok(Decided::Record(returned.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Returned::of(event).map(|returned| Self {
            id: returned.id.clone(),
            order: returned.order.clone(),
            location: returned.location.clone(),
            lines: returned
                .lines
                .iter()
                .map(|line| (line.line, line.quantity))
                .collect(),
            scrapped: returned.scrapped,
            reason: returned.reason.clone(),
            left: Vec::new(),
            skus: Vec::new(),
        })
    }
}

/// What these decisions ask.
impl Inventory {
    /// By how much a count differs from what was on hand when it was made.
    fn miscounted(
        &self,
        asked: &Counted,
        line: &CountedLine,
        then: Option<Then>,
    ) -> Result<i64, No> {
        let (sku, location) = (line.sku.clone(), asked.location.clone());
        let here = self.count(&sku, &location);
        let then = then.unwrap_or(Then {
            on_hand: here.on_hand,
            reserved: here.reserved,
        });
        let apart = if asked.without_reserved {
            then.reserved
        } else {
            0
        };
        let found = line.counted.checked_add(apart);
        let Some(found) = found.filter(|found| *found <= MAX_ON_HAND) else {
            return Err(No::TooManyUnits { sku, location });
        };
        let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let change = signed(found).minus(signed(then.on_hand));
        match here.on_hand.checked_add_signed(change) {
            Some(after) if after <= MAX_ON_HAND => Ok(change),
            Some(_) => Err(No::TooManyUnits { sku, location }),
            None => Err(No::MoreThanCountedThen {
                sku,
                location,
                counted: line.counted,
                left: then.on_hand.minus_or_zero(here.on_hand),
            }),
        }
    }

    /// Whether a location can hold so many units more.
    pub(super) fn check_room_for(
        &self,
        sku: &Sku,
        location: &LocationId,
        quantity: u32,
    ) -> Result<(), No> {
        let on_hand = self.count(sku, location).on_hand;
        if on_hand.plus(u64::from(quantity)) > MAX_ON_HAND {
            let (sku, location) = (sku.clone(), location.clone());
            return Err(No::TooManyUnits { sku, location });
        }
        Ok(())
    }

    /// The place at which goods of a move are until they arrive.
    fn road(&self, id: &MoveId, arrives: Timestamp, now: Timestamp) -> Result<LocationId, No> {
        // Of a day it is the begin: today is no day that has passed.
        if arrives.plus_days(1) <= now {
            return Err(No::ArrivalOutOfRange {});
        }
        let location = via(id);
        if self.locations.contains_key(&location) {
            return Err(No::MoveIdUsed { location });
        }
        if self.travels.len() >= MAX_TRAVELS {
            return Err(No::TooManyTravels {});
        }
        Ok(location)
    }

    /// Whose reserved units go along with a move of so many, where the free ones are not enough.
    fn go_along(
        &self,
        from: &LocationId,
        line: &SkuQuantity,
        owners: &mut Vec<StockLine>,
    ) -> Result<(), No> {
        let here = self.count(&line.sku, from);
        let (sku, location) = (line.sku.clone(), from.clone());
        if u64::from(line.quantity) > here.on_hand {
            return Err(No::MoreThanOnHand {
                sku,
                location,
                on_hand: here.on_hand,
                asked: u64::from(line.quantity),
            });
        }
        let reserved = u64::from(line.quantity).minus_or_zero(here.free());
        let reserved = u32::try_from(reserved).unwrap_or(u32::MAX);
        let left = self.owners_of(from, &sku, reserved, owners);
        if left == 0 {
            return Ok(());
        }
        let movable = line.quantity.minus(left);
        Err(No::MoreThanMovable {
            sku,
            location,
            movable,
            asked: line.quantity,
        })
    }

    /// Adds the best-ranked owners of so many reserved units at a place that may be carried from
    /// there. Returns how many units have no such owner, or stand beyond a bound of one event.
    pub(super) fn owners_of(
        &self,
        from: &LocationId,
        sku: &Sku,
        units: u32,
        owners: &mut Vec<StockLine>,
    ) -> u32 {
        let mut left = units;
        let ids = owners.iter().map(|it| it.order.as_str().len());
        let mut bytes = ids.fold(0, Exact::plus);
        for turn in self.turns.get(from).into_iter().flatten() {
            if left == 0 || owners.len() >= MAX_LINES || bytes >= MAX_WAVE_BYTES {
                break;
            }
            let order = self.orders.get(&turn.order);
            let order = order.filter(|order| !order.bound_to_place);
            let Some(open) = order.and_then(|order| order.line(turn.line)) else {
                continue;
            };
            let units = open.reservations.unfrozen_at(from).min(left);
            if open.sku == *self.renamed.now(sku) && units > 0 {
                left = left.minus(units);
                bytes = bytes.plus(turn.order.as_str().len());
                owners.push(StockLine {
                    order: turn.order.clone(),
                    line: turn.line,
                    sku: sku.clone(),
                    quantity: units,
                });
            }
        }
        left
    }

    /// Whether so much of a line may come back. Returns its SKU.
    fn check_returned(&self, asked: &ReturnGoods, line: u32, quantity: u32) -> Result<Sku, No> {
        let order = &asked.order;
        let open = self.orders.get(order);
        let left = if let Some(open) = open {
            let line = open.line(line);
            let is_named = |sku: &Sku| asked.skus.iter().any(|it| self.renamed.now(it) == sku);
            let line = line.filter(|line| is_named(&line.sku));
            line.map(|line| (line.sku.clone(), line.tally.shipped))
        } else if asked.left.is_empty() {
            let order = order.clone();
            return Err(No::UnknownOrder { order });
        } else {
            let left = asked.left.iter().find(|left| left.line == line);
            left.map(|left| (left.sku.clone(), left.units))
        };
        let Some((sku, shipped)) = left else {
            let order = order.clone();
            return Err(No::UnknownLine { order, line });
        };
        let after = self.after.of(order, line);
        let out = shipped.plus(after.shipped).minus_or_zero(after.returned);
        if quantity > out {
            return Err(No::MoreThanLeft {
                order: order.clone(),
                line,
                out,
                quantity,
            });
        }
        Ok(sku)
    }
}
