//! What pickers were sent for of one order and have not accounted for. It is what the floor says,
//! not what is reserved: a line that is cancelled while it is picked may still leave, until the
//! floor says that it is back.

use serde::{Deserialize, Serialize};

use super::Change;
use crate::event::ReleaseReason;
use crate::exact::Exact;
use crate::ids::{LocationId, Sku, WaveId};

/// Units of one line in a released wave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Where.
    pub location: LocationId,
    /// In which wave.
    pub wave: WaveId,
    /// Whole units; at least one.
    pub units: u32,
}

/// All of an order, as they were released.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picks(Vec<Pick>);

impl Picks {
    /// What a change does to what is picked of a line.
    pub fn apply(&mut self, line: u32, change: &Change<'_>) {
        match change {
            Change::Freeze {
                location,
                wave,
                sku,
                units,
            } if *units > 0 => self.0.push(Pick {
                line,
                sku: (*sku).clone(),
                location: (*location).clone(),
                wave: (*wave).clone(),
                units: *units,
            }),
            Change::Recall {
                location,
                wave,
                units,
            } => self.take(line, location, Some(wave), *units),
            Change::Miss {
                location, units, ..
            }
            | Change::Ship {
                location, units, ..
            } => self.take(line, location, None, *units),
            // What is not there cannot be picked; what was cancelled may leave all the same.
            Change::Release(it) if it.why != ReleaseReason::Cancelled => {
                self.take(line, &it.location, None, it.in_wave);
            }
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Offer(_)
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Move { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
    }

    fn take(&mut self, line: u32, location: &LocationId, wave: Option<&WaveId>, units: u32) {
        let mut left = units;
        let same = |it: &&mut Pick| {
            it.line == line && it.location == *location && wave.is_none_or(|wave| it.wave == *wave)
        };
        for it in self.0.iter_mut().filter(same) {
            let gone = it.units.min(left);
            it.units = it.units.minus(gone);
            left = left.minus(gone);
        }
        self.0.retain(|it| it.units > 0);
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        for pick in self.0.iter_mut().filter(|pick| pick.sku == *was) {
            pick.sku = is.clone();
        }
    }

    /// Each of them, in the order in which they were released.
    pub fn iter(&self) -> std::slice::Iter<'_, Pick> {
        self.0.iter()
    }

    /// Whether nothing of the order is on the floor.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Units of a line that are picked at a place.
    pub fn units_at(&self, line: u32, location: &LocationId) -> u32 {
        let here = self
            .iter()
            .filter(|it| it.line == line && it.location == *location);
        here.map(|it| it.units).fold(0, Exact::plus)
    }

    /// The first of a line.
    pub fn of_line(&self, line: u32) -> Option<&Pick> {
        self.iter().find(|it| it.line == line)
    }

    /// Units of a line that are picked anywhere.
    pub fn units(&self, line: u32) -> u32 {
        let of = self.iter().filter(|it| it.line == line);
        of.map(|it| it.units).fold(0, Exact::plus)
    }
}

impl<'a> IntoIterator for &'a Picks {
    type Item = &'a Pick;
    type IntoIter = std::slice::Iter<'a, Pick>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
