//! What happens to goods of an order after they left, and where closed orders are found on the log.

use serde::{Deserialize, Serialize};

use crate::demand::{Change, LineChange, Lines};
use crate::exact::Exact;
use crate::ids::{Key, OrderId, Position};
use crate::shared::{Shared, SharedMap};

/// Of orders that goods left for. A closed order costs 24 bytes, and more only if something came
/// back of it.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct After {
    /// Where the closing of each order stands of which something left.
    closed: SharedMap<Key, u64>,
    lines: SharedMap<OrderId, Shared<Vec<(u32, AfterLine)>>>,
}

/// Of one line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AfterLine {
    /// Units that had not left when the order closed, of a line that was being picked.
    pub left: u32,
    /// Units that left after the order was closed.
    pub shipped: u32,
    /// Units that came back.
    pub returned: u32,
}

impl After {
    /// Whether it must be told of such a change: of few, so that others cost nothing.
    pub const fn hears(change: &Change<'_>) -> bool {
        matches!(
            change,
            Change::Return { .. } | Change::Ship { .. } | Change::Freeze { .. }
        )
    }

    /// What a change does. `open`: the order is open.
    pub fn follow(&mut self, it: &LineChange<'_>, open: bool) {
        let Lines::One(line) = it.lines else { return };
        match it.change {
            Change::Return { units, .. } => {
                self.change(it.order, line, |it| it.returned = it.returned.plus(units));
            }
            Change::Ship { units, .. } if !open => {
                self.change(it.order, line, |it| it.shipped = it.shipped.plus(units));
            }
            // The wave crossed the closing: what it sent for had not left.
            Change::Freeze { units, .. } if !open => {
                self.change(it.order, line, |it| it.left = it.left.plus(units));
            }
            Change::Ship { .. }
            | Change::Place(_)
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
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Close => {}
        }
    }

    fn change(&mut self, order: &OrderId, line: u32, change: impl FnOnce(&mut AfterLine)) {
        let Some(lines) = self.lines.get_or_insert_with(order, Shared::default) else {
            return;
        };
        let lines = lines.to_mut();
        let at = lines.iter().position(|(number, _)| *number == line);
        let at = at.unwrap_or_else(|| {
            lines.push((line, AfterLine::default()));
            lines.len().minus(1)
        });
        if let Some((_, line)) = lines.get_mut(at) {
            change(line);
        }
    }

    /// A line was being picked when its order closed: so many units of it had not left.
    pub fn picked(&mut self, order: &OrderId, line: u32, left: u32) {
        self.change(order, line, |it| it.left = left);
    }

    /// An order of which something left was closed.
    pub fn closed(&mut self, order: &OrderId, at: Position) {
        self.closed.insert(order.key(), at.packed());
    }

    /// Where the closing of an order stands of which something left.
    pub fn closing(&self, order: &OrderId) -> Option<Position> {
        let at = self.closed.get(&order.key())?;
        Some(Position::unpacked(*at))
    }

    pub fn of(&self, order: &OrderId, line: u32) -> AfterLine {
        let lines = self
            .lines
            .get(order)
            .into_iter()
            .flat_map(|lines| &***lines);
        let mut lines = lines.filter(|(number, _)| *number == line);
        lines.next().map_or_else(AfterLine::default, |(_, it)| *it)
    }
}
