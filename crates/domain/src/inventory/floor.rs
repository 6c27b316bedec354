//! What is on the floor: lines of released waves, by order and by wave, until they leave, come back
//! or are not found. It stays when the order closes: only the floor can say where the goods are.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::bounds::{MAX_WAVE_BYTES, MAX_WAVE_LINES};
use crate::demand::{Change, LineChange, Lines, Pick, Picks};
use crate::event::FloorLine;
use crate::exact::Exact;
use crate::ids::{OrderId, Sku, Timestamp, WaveId};
use crate::shared::{Shared, SharedMap, SharedSet};

/// All that is on the floor.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Floor {
    orders: SharedMap<OrderId, Shared<OnFloor>>,
    /// Orders that have a line in a wave.
    waves: SharedSet<(WaveId, OrderId)>,
}

/// What is on the floor of one order.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OnFloor {
    picks: Picks,
    /// When the last of it was sent there.
    pub since: Timestamp,
}

impl Floor {
    /// What a change does to what is picked.
    pub fn follow(&mut self, it: &LineChange<'_>, at: Timestamp) {
        let Lines::One(line) = it.lines else { return };
        let releases = matches!(it.change, Change::Freeze { .. });
        if !releases && !self.orders.contains_key(it.order) {
            return;
        }
        let of_order = self.orders.get_or_insert_with(it.order, Shared::default);
        let Some(of_order) = of_order else { return };
        let OnFloor { picks, since } = of_order.to_mut();
        if releases {
            *since = at;
        }
        let waves = |picks: &Picks| -> Vec<WaveId> {
            let mut waves: Vec<WaveId> = picks.iter().map(|pick| pick.wave.clone()).collect();
            waves.sort();
            waves.dedup();
            waves
        };
        let before = waves(picks);
        picks.apply(line, &it.change);
        let after = waves(picks);
        if picks.is_empty() {
            self.orders.remove(it.order);
        }
        for wave in before.iter().filter(|wave| !after.contains(wave)) {
            self.waves.remove(&(wave.clone(), it.order.clone()));
        }
        for wave in after.iter().filter(|wave| !before.contains(wave)) {
            self.waves.insert((wave.clone(), it.order.clone()));
        }
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let of = self.orders.iter();
        let of = of.filter(|(_, it)| it.picks.iter().any(|pick| pick.sku == *was));
        for order in of.map(|(order, _)| order.clone()).collect::<Vec<_>>() {
            if let Some(of_order) = self.orders.get_mut(&order) {
                of_order.to_mut().picks.rename(was, is);
            }
        }
    }

    /// What is picked of an order.
    pub fn picks(&self, order: &OrderId) -> Option<&Picks> {
        self.orders.get(order).map(|of_order| &of_order.picks)
    }

    /// Each order of which something is picked, and since when.
    pub fn iter(&self) -> impl Iterator<Item = (&OrderId, &Picks, Timestamp)> {
        let all = self.orders.iter();
        all.map(|(order, of_order)| (order, &of_order.picks, of_order.since))
    }

    /// What is left of a wave. One has at most [`MAX_WAVE_LINES`] lines.
    pub fn of_wave(&self, wave: &WaveId) -> Vec<FloorLine> {
        let first = (wave.clone(), OrderId::from(""));
        let entries = self.waves.range_from(Bound::Included(&first));
        let orders = entries.take_while(|(other, _)| other == wave);
        let lines = orders.flat_map(|(_, order)| {
            let picks = self.picks(order).into_iter().flatten();
            let of_wave = picks.filter(|pick| pick.wave == *wave);
            of_wave.map(|pick| floor_line(order, pick))
        });
        lines.collect()
    }

    /// What is on the floor of an order: at most [`MAX_WAVE_LINES`] lines at once, and no more than
    /// fit a commit.
    pub fn of_order(&self, order: &OrderId) -> Vec<FloorLine> {
        let most = usize::try_from(MAX_WAVE_LINES).unwrap_or(usize::MAX);
        let mut bytes = 0_usize;
        let fits = |pick: &&Pick| {
            let fits = bytes < MAX_WAVE_BYTES;
            bytes = bytes.plus(bytes_of(order, pick));
            fits
        };
        let picks = self.picks(order).into_iter().flatten();
        let picks = picks.take(most).take_while(fits);
        picks.map(|pick| floor_line(order, pick)).collect()
    }
}

/// What the ids of a pick take of a commit.
fn bytes_of(order: &OrderId, pick: &Pick) -> usize {
    let (sku, location) = (pick.sku.as_str(), pick.location.as_str());
    let ids = [order.as_str(), sku, location, pick.wave.as_str()];
    ids.iter().map(|id| id.len()).fold(0, Exact::plus)
}

/// A pick as it comes back.
fn floor_line(order: &OrderId, pick: &Pick) -> FloorLine {
    FloorLine {
        order: order.clone(),
        line: pick.line,
        sku: pick.sku.clone(),
        location: pick.location.clone(),
        wave: pick.wave.clone(),
        quantity: pick.units,
    }
}
