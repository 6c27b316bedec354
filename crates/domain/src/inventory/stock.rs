//! What one SKU has and owes, and what one demand line holds. Sums only; no rule of the business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounds::MAX_UNITS;
use crate::available::{Asker, SkuStock};
use crate::demand::{Change, Reservations, Tally};
use crate::event::{
    ItemDefined, LocationDefined, Protection, ReleaseReason, Replenishment, Segment,
};
use crate::exact::Exact;
use crate::ids::{DefinitionId, LocationId, OrderId, Position, Revision, Sku, Timestamp, Zone};
use crate::quantity::Measure;

/// What an item is and how it is sold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The definition that says so.
    pub definition: DefinitionId,
    /// What a person calls it.
    pub description: String,
    /// What happens at the door when there is no free stock.
    pub segment: Segment,
    /// How it is bought, if it is.
    pub replenishment: Option<Replenishment>,
    /// Its stock is divided in proportion to what is waited for, not given by rank.
    pub fair_share: bool,
    /// What of its stock is kept back, and for whom.
    pub protection: Option<Protection>,
    /// What it is counted in.
    pub measure: Measure,
    /// Days before the day on which an order is wanted from which it may take stock; nothing: at
    /// once.
    pub reserve_days_before: Option<u32>,
    /// Before this nobody is given any, and nothing goes to the floor.
    pub releases_at: Option<Timestamp>,
}

impl Item {
    /// As it was defined.
    pub(super) fn of(defined: &ItemDefined) -> Self {
        Self {
            definition: defined.definition.clone(),
            description: defined.description.clone(),
            segment: defined.segment.clone(),
            replenishment: defined.replenishment.clone(),
            fair_share: defined.fair_share,
            protection: defined.protection.clone(),
            measure: defined.measure(),
            reserve_days_before: defined.reserve_days_before,
            releases_at: defined.releases_at,
        }
    }

    /// It is not released yet: the day on which it will be is still to come, there.
    pub(super) fn is_to_come(&self, now: Timestamp, zone: &Zone) -> bool {
        self.releases_at
            .is_some_and(|at| zone.start_of_day(at) > now)
    }
}

/// A place that holds stock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The definition that says so.
    pub definition: DefinitionId,
    /// What a person calls it.
    pub name: String,
    /// The region it serves first.
    pub region: Option<String>,
    /// What it costs to ship a unit from there; none: nothing.
    pub cost: Option<u32>,
    /// The time zone by which its days are told; none: the cell's.
    pub time_zone: Option<Zone>,
}

impl Location {
    /// As it was defined.
    pub(super) fn of(defined: &LocationDefined) -> Self {
        Self {
            definition: defined.definition.clone(),
            name: defined.name.clone(),
            region: defined.region.clone(),
            cost: defined.cost,
            time_zone: defined.time_zone.clone(),
        }
    }
}

/// One SKU at one location, in units.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What is there.
    pub on_hand: u64,
    /// All that was ever received.
    pub received: u64,
    /// The sum of all corrections.
    pub adjusted: i64,
    /// All that ever left.
    pub shipped: u64,
    /// Held for demand lines, those in a wave included.
    pub reserved: u64,
    /// Held for lines that are on the floor.
    pub in_wave: u64,
}

impl Count {
    /// What nobody has a hold on.
    pub fn free(&self) -> u64 {
        self.on_hand.minus_or_zero(self.reserved)
    }
}

/// One SKU in all places: what is there, what is to come, what is owed. Sums are kept, not
/// computed, so that a query and the position cost the same however much demand there is.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    pub(super) item: Option<Item>,
    pub(super) places: BTreeMap<LocationId, Count>,
    /// What travels, each move at a place of its own: reserved units that cannot be picked, and
    /// units of nobody that are inbound. It is on hand at no location.
    pub(super) travelling: BTreeMap<LocationId, Count>,
    /// On hold for those who have not ordered, at no place.
    pub(super) held: u64,
    pub(super) on_order: u64,
    pub(super) demand: u64,
    pub(super) backordered: u64,
    pub(super) requisitions: u32,
    pub(super) changed: Revision,
}

impl Stock {
    /// What the item is; none if only an order has ever named the SKU.
    pub const fn item(&self) -> Option<&Item> {
        self.item.as_ref()
    }

    /// Each location's count, in the order of their ids.
    pub const fn places(&self) -> &BTreeMap<LocationId, Count> {
        &self.places
    }

    /// What travels, by the place at which each move is meanwhile.
    pub const fn travelling(&self) -> &BTreeMap<LocationId, Count> {
        &self.travelling
    }

    /// Units that travel from one location to another.
    pub fn travelling_units(&self) -> u64 {
        let counts = self.travelling.values();
        counts.map(|count| count.on_hand).fold(0, Exact::plus)
    }

    /// Its count at a location, or on its way.
    pub(super) fn count(&self, place: &LocationId) -> Option<&Count> {
        self.travelling
            .get(place)
            .or_else(|| self.places.get(place))
    }

    /// Its counts at locations, then on their way.
    pub(super) fn everywhere(&self) -> impl Iterator<Item = (&LocationId, &Count)> {
        self.places.iter().chain(&self.travelling)
    }

    /// Nothing is left of what has travelled.
    pub(super) fn forget_travelled(&mut self) {
        if !self.travelling.is_empty() {
            let travels = |count: &Count| count.on_hand > 0 || count.reserved > 0;
            self.travelling.retain(|_, count| travels(count));
        }
    }

    /// The sum over all locations.
    pub fn total(&self) -> Count {
        self.places
            .values()
            .fold(Count::default(), |sum, place| Count {
                on_hand: sum.on_hand.plus(place.on_hand),
                received: sum.received.plus(place.received),
                adjusted: sum.adjusted.plus(place.adjusted),
                shipped: sum.shipped.plus(place.shipped),
                reserved: sum.reserved.plus(place.reserved),
                in_wave: sum.in_wave.plus(place.in_wave),
            })
    }

    /// What there is of it at all places, for whoever asks.
    pub fn for_asker(&self, asker: &Asker) -> SkuStock {
        let protection = self.item.as_ref().and_then(|item| item.protection.as_ref());
        let kept = protection.map_or(0, |kept| kept.level(&asker.channel, &asker.tier));
        let places = self.places.values();
        let places = places.map(|count| (count.on_hand, count.reserved));
        SkuStock::of(places, self.held, kept)
    }

    /// Units asked of suppliers and not yet here.
    pub const fn on_order(&self) -> u64 {
        self.on_order
    }

    /// Wanted units that the allocator has decided on: reserved and backordered. Undecided ones
    /// do not count, since they may be refused at the door, and nothing must be bought for them.
    pub const fn demand(&self) -> u64 {
        self.demand
    }

    /// Units that customers wait for.
    pub const fn backordered(&self) -> u64 {
        self.backordered
    }

    /// Whether any quantity of it stands in steps: stock, ever, or something wanted or on order.
    pub(super) fn is_counted(&self) -> bool {
        let was_there = |count: &Count| *count != Count::default();
        self.places.values().any(was_there)
            || !self.travelling.is_empty()
            || self.demand > 0
            || self.on_order > 0
            || self.requisitions > 0
    }

    /// The last commit that changed any of this.
    pub const fn changed(&self) -> Revision {
        self.changed
    }

    /// Inventory position: on hand + travelling + on order - open demand.
    pub fn position(&self) -> i64 {
        let have = self.total().on_hand.plus(self.travelling_units());
        let have = have.plus(self.on_order);
        let owed = i64::try_from(self.demand).unwrap_or(i64::MAX);
        i64::try_from(have).unwrap_or(i64::MAX).minus(owed)
    }

    pub(super) fn place(&mut self, location: &LocationId) -> &mut Count {
        if self.travelling.contains_key(location) {
            return self.travelling.entry(location.clone()).or_default();
        }
        self.places.entry(location.clone()).or_default()
    }

    /// How many units must be bought now: whole packs that bring the position to `order_up_to`.
    /// At most [`MAX_UNITS`] at once; if that is not enough, the rest is due after.
    pub(super) fn shortage(&self) -> Option<(&Replenishment, u32, i64)> {
        let rule = self.item.as_ref()?.replenishment.as_ref()?;
        let position = self.position();
        if position > i64::from(rule.reorder_point) {
            return None;
        }
        let pack = i64::from(rule.pack_size.max(1));
        let most = i64::from(MAX_UNITS).checked_div(pack)?.max(1);
        let missing = i64::from(rule.order_up_to).minus(position).max(1);
        let packs = missing.plus(pack.minus(1)).checked_div(pack)?.min(most);
        let quantity = u32::try_from(packs.times(pack)).unwrap_or(u32::MAX);
        Some((rule, quantity, position))
    }
}

/// An order that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenOrder {
    /// Where it was placed: of two lines of one rank, the one placed first is picked first.
    pub placed: Position,
    /// It is collected at one place, or may not be split.
    pub bound_to_place: bool,
    /// How it came.
    pub channel: String,
    /// When it must leave, if that was said.
    pub ship_by: Option<Timestamp>,
    /// It goes into no wave for now.
    pub suspended: bool,
    /// By line number.
    pub lines: Vec<Line>,
}

impl OpenOrder {
    pub fn line(&self, number: u32) -> Option<&Line> {
        let index = self
            .lines
            .binary_search_by_key(&number, |line| line.number)
            .ok()?;
        self.lines.get(index)
    }

    pub fn line_mut(&mut self, number: u32) -> Option<&mut Line> {
        let index = self
            .lines
            .binary_search_by_key(&number, |line| line.number)
            .ok()?;
        self.lines.get_mut(index)
    }
}

/// A demand line and where stock is held for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub number: u32,
    pub sku: Sku,
    pub tally: Tally,
    pub reservations: Reservations<LocationId>,
    /// What it was ranked by when it was last given stock: its turn in a wave.
    pub effective: Timestamp,
    /// Some of it has waited for stock: at the door, or after its stock was gone.
    pub waited: bool,
}

/// What a line adds to its SKU's sums.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub demand: u64,
    pub backordered: u64,
    pub reservations: Reservations<LocationId>,
}

impl Share {
    /// Where some of it is not in a released wave yet.
    pub fn waits(&self) -> impl Iterator<Item = &LocationId> {
        let waits = self.reservations.iter().filter(|it| it.unfrozen() > 0);
        waits.map(|it| &it.place)
    }
}

impl Line {
    pub fn new(number: u32, sku: Sku, quantity: u32) -> Self {
        Self {
            number,
            sku,
            tally: Tally::new(quantity),
            reservations: Reservations::default(),
            effective: Timestamp::default(),
            waited: false,
        }
    }

    pub fn share(&self) -> Share {
        let waiting = u64::from(self.tally.backordered());
        Share {
            demand: u64::from(self.tally.covered()).plus(waiting),
            backordered: waiting,
            reservations: self.reservations.clone(),
        }
    }

    /// Reserved units at a location that may still go to the floor: what was cancelled meanwhile
    /// stays where it is.
    pub fn to_pick(&self, location: &LocationId) -> u32 {
        let mut here = self.reservations.iter();
        let Some(here) = here.find(|it| it.place == *location) else {
            return 0;
        };
        let frozen = self.reservations.iter().map(|it| it.frozen);
        let wanted = self.tally.wanted();
        here.unfrozen()
            .min(wanted.minus_or_zero(frozen.fold(0, Exact::plus)))
    }

    pub fn change(&mut self, change: &Change<'_>) {
        match change {
            Change::Assign(assigned) => self.effective = assigned.effective,
            Change::Wait(_) | Change::Offer(_) | Change::Miss { .. } => self.waited = true,
            // Of what was cancelled nothing waits.
            Change::Release(it) => self.waited |= it.why != ReleaseReason::Cancelled,
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
        self.reservations.apply(
            &mut self.tally,
            change,
            (),
            LocationId::clone,
            |_, (), _| {},
        );
    }
}

/// A purchase order's line with units to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Inbound {
    pub line: u32,
    pub sku: Sku,
    pub open: u32,
}

/// A request for replenishment that no purchase order has taken up yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Requisition {
    pub sku: Sku,
    pub quantity: u32,
}

/// A line's turn in a wave: by its rank, then by its order's place on the log, then its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Turn {
    pub effective: Timestamp,
    pub placed: Position,
    pub line: u32,
    pub order: OrderId,
}
