//! Waves out: which reserved lines go to the floor of a location, the best-ranked first.

use std::collections::BTreeSet;

use serde::Serialize;

use super::floor::floor;
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Event, StockLine, WaveFilter, WaveReleased};
use crate::exact::Exact;
use crate::ids::{Key, LocationId, Sku, Timestamp, WaveId};
use crate::inventory::bounds::{
    MAX_FILTER_BYTES, MAX_LINES, MAX_UNITS, MAX_WAVE_BYTES, MAX_WAVE_LINES, MAX_WAVE_LOOKS,
};
use crate::inventory::stock::{Line, OpenOrder, Turn};
use crate::inventory::{Inventory, InventoryRefusal as No};
use crate::renamed::Renamed;

/// Sends reserved lines to the floor of a location, by the rank at which they were given their
/// stock. Inventory works out which.
///
/// Refused for an unknown location, over a bound, and when nothing that is asked for waits for a
/// wave there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseWave {
    /// This wave.
    pub wave: WaveId,
    /// Of which location.
    pub location: LocationId,
    /// How many lines at most.
    pub max_lines: u32,
    /// How many units at most; none: any number. The last line goes in part, where it is more.
    pub max_units: Option<u32>,
    /// Which lines; none: all.
    pub only: Option<WaveFilter>,
}

impl Command<Inventory> for ReleaseWave {
    fn id(&self) -> Option<Key> {
        Some(self.wave.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![floor()]
    }

    fn decide(&self, inventory: &RoomState<Inventory>, now: Timestamp) -> Decision<No> {
        let max_lines = self.max_lines;
        if !(1..=MAX_WAVE_LINES).contains(&max_lines) {
            return Err(No::MaxLinesOutOfRange { max_lines });
        }
        if let Some(max_units) = self.max_units.filter(|it| !(1..=MAX_UNITS).contains(it)) {
            return Err(No::MaxUnitsOutOfRange { max_units });
        }
        let named = self.only.as_ref();
        let named = named.map_or(0, |only| only.skus.len().max(only.channels.len()));
        if named > MAX_LINES {
            return Err(No::LineCountOutOfRange { count: named });
        }
        if !self.only.as_ref().is_none_or(fits) {
            return Err(No::WaveFilterMalformed {});
        }
        inventory.check_location(&self.location)?;
        let (wave, location) = (self.wave.clone(), self.location.clone());
        let (lines, looked) = inventory.next_wave(self, now);
        if lines.is_empty() {
            return Err(match self.only {
                Some(_) if looked >= MAX_WAVE_LOOKS => No::NothingOfItAmongTheFirst { location },
                Some(_) => No::NothingOfItToRelease { location },
                None => No::NothingToRelease { location },
            });
        }
        let released = WaveReleased {
            wave,
            location,
            max_lines,
            max_units: self.max_units,
            only: self.only.clone(),
            lines,
        };
        Ok(Decided::Record(released.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        WaveReleased::of(event).map(|released| Self {
            wave: released.wave.clone(),
            location: released.location.clone(),
            max_lines: released.max_lines,
            max_units: released.max_units,
            only: released.only.clone(),
        })
    }
}

/// Whether a filter fits on the log beside the lines that it takes.
fn fits(only: &WaveFilter) -> bool {
    let skus = only.skus.iter().map(Sku::as_str);
    let mut names = skus.chain(only.channels.iter().map(String::as_str));
    let bytes = names.clone().map(str::len).fold(0, Exact::plus);
    bytes <= MAX_FILTER_BYTES && !names.any(|name| name.chars().any(char::is_control))
}

/// What a wave takes, so that each line is asked the same few questions.
struct Wanted<'a> {
    only: &'a WaveFilter,
    skus: BTreeSet<&'a Sku>,
    channels: BTreeSet<&'a str>,
}

impl<'a> Wanted<'a> {
    fn new(only: &'a WaveFilter, renamed: &'a Renamed) -> Self {
        Self {
            only,
            skus: only.skus.iter().map(|sku| renamed.now(sku)).collect(),
            channels: only.channels.iter().map(String::as_str).collect(),
        }
    }

    fn takes(&self, open: &OpenOrder, line: &Line) -> bool {
        let only = self.only;
        let by = open.ship_by;
        (!only.backorders || line.waited)
            && (self.skus.is_empty() || self.skus.contains(&line.sku))
            && (self.channels.is_empty() || self.channels.contains(open.channel.as_str()))
            && only
                .ship_by
                .is_none_or(|latest| by.is_some_and(|by| by <= latest))
    }
}

impl Inventory {
    /// Units of a line that go to the floor next. No more are there than are reserved: where stock
    /// was taken back while a wave crossed it, and reserved again, it is being picked already.
    fn to_pick(&self, turn: &Turn, line: &Line, location: &LocationId) -> u32 {
        let picks = self.floor.picks(&turn.order);
        let picked = picks.map_or(0, |picks| picks.units_at(turn.line, location));
        let reserved = line.reservations.units_at(location);
        line.to_pick(location).min(reserved.minus_or_zero(picked))
    }

    /// Whether an item is not released yet.
    fn is_to_come(&self, sku: &Sku, now: Timestamp) -> bool {
        let item = self.skus.get(sku).and_then(|stock| stock.item());
        item.is_some_and(|item| item.is_to_come(now, &self.time_zone))
    }

    /// The lines that go to the floor next, by rank, and how many were looked at: so many that one
    /// wave costs a bounded time; those beyond rank behind all of them.
    fn next_wave(&self, asked: &ReleaseWave, now: Timestamp) -> (Vec<StockLine>, usize) {
        let location = &asked.location;
        let most = usize::try_from(asked.max_lines).unwrap_or(usize::MAX);
        let everything = WaveFilter::default();
        let wanted = Wanted::new(asked.only.as_ref().unwrap_or(&everything), &self.renamed);
        let mut units = asked.max_units.unwrap_or(u32::MAX);
        let mut lines = Vec::new();
        let mut bytes = 0_usize;
        let mut looked = 0_usize;
        let turns = self.turns.get(location).into_iter().flatten();
        for turn in turns.take(MAX_WAVE_LOOKS) {
            if lines.len() >= most || bytes >= MAX_WAVE_BYTES || units == 0 {
                break;
            }
            looked = looked.plus(1);
            let Some(open) = self.orders.get(&turn.order) else {
                continue;
            };
            let line = open.line(turn.line).filter(|line| {
                wanted.takes(open, line) && !open.suspended && !self.is_to_come(&line.sku, now)
            });
            let Some(line) = line else {
                continue;
            };
            let quantity = self.to_pick(turn, line, location).min(units);
            if quantity > 0 {
                if asked.max_units.is_some() {
                    units = units.minus(quantity);
                }
                let ids = turn.order.as_str().len().plus(line.sku.as_str().len());
                bytes = bytes.plus(ids);
                let (order, sku) = (turn.order.clone(), line.sku.clone());
                lines.push(StockLine {
                    order,
                    line: turn.line,
                    sku,
                    quantity,
                });
            }
        }
        (lines, looked)
    }
}
