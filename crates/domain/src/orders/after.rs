//! What happened to orders after they were closed: goods that left or came back.

use serde::{Deserialize, Serialize};

use crate::demand::{Change, LineChange};
use crate::event::MAX_TIMELINE;
use crate::ids::{OrderId, Position};
use crate::shared::{Shared, SharedMap};

/// Where it stands on the log, by order. An order of which nothing came back costs nothing.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct After(SharedMap<OrderId, Shared<Vec<u64>>>);

impl After {
    /// What a change does to an order that is closed.
    pub fn follow(&mut self, it: &LineChange<'_>, at: Position) {
        if !matches!(it.change, Change::Ship { .. } | Change::Return { .. }) {
            return;
        }
        let Some(entries) = self.0.get_or_insert_with(it.order, Shared::default) else {
            return;
        };
        let entries = entries.to_mut();
        if entries.last() != Some(&at.packed()) && entries.len() < MAX_TIMELINE {
            entries.push(at.packed());
        }
    }

    /// Where it stands, in order: the first [`MAX_TIMELINE`] entries.
    pub fn of(&self, order: &OrderId) -> Vec<Position> {
        let entries = self
            .0
            .get(order)
            .into_iter()
            .flat_map(|entries| &***entries);
        entries.map(|entry| Position::unpacked(*entry)).collect()
    }
}
