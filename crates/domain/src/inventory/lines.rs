//! Demand lines as the log tells of them, and the sums that they stand in.

use super::Inventory;
use super::stock::{Line, OpenOrder, Share, Turn};
use crate::event::{Effect, OrderCancelled, OrderPlaced, Settled};
use crate::ids::{LocationId, OrderId, Position, Sku};

/// What customers want, and what the allocator gives them.
impl Inventory {
    pub(super) fn order_placed(&mut self, fact: &OrderPlaced, at: Position) {
        let mut lines: Vec<Line> = fact
            .lines
            .iter()
            .map(|line| Line::new(line.line, line.sku.clone(), line.quantity))
            .collect();
        lines.sort_by_key(|line| line.number);
        let open = OpenOrder {
            placed: at,
            closed: false,
            lines,
        };
        self.orders.entry(fact.order.clone()).or_insert(open);
    }

    pub(super) fn order_cancelled(&mut self, fact: &OrderCancelled, at: Position) {
        let Some(open) = self.orders.get(&fact.order) else {
            return;
        };
        let all = open.lines.iter().map(|line| (line.number, u32::MAX));
        let named = fact.lines.iter().map(|line| (line.line, line.quantity));
        let lines: Vec<(u32, u32)> = if fact.lines.is_empty() {
            all.collect()
        } else {
            named.collect()
        };
        for (number, quantity) in lines {
            self.change_line(&fact.order, number, None, at, |line| {
                line.tally.cancel(quantity);
            });
        }
    }

    pub(super) fn settled(&mut self, fact: &Settled, at: Position) {
        for effect in &fact.effects {
            let (order, line) = (effect.order(), effect.line());
            match effect {
                Effect::Assigned(to) => {
                    self.change_line(order, line, Some(&to.location), at, |change| {
                        change.assign(&to.location, to.quantity);
                    });
                }
                Effect::Released(from) => {
                    self.change_line(order, line, Some(&from.location), at, |change| {
                        change.release(&from.location, from.quantity);
                    });
                }
                Effect::Backordered(_) => {
                    self.change_line(order, line, None, at, |change| change.tally.backorder());
                }
                Effect::Refused(refused) => {
                    self.change_line(order, line, None, at, |change| {
                        change.tally.refuse(refused.quantity);
                    });
                }
                Effect::Promised(_) => {}
            }
        }
    }

    pub(super) fn order_closed(&mut self, order: &OrderId, at: Position) {
        let Some(open) = self.orders.get_mut(order) else {
            return;
        };
        open.closed = true;
        self.drop_if_done(order, at);
    }

    /// A closed order is kept as long as stock is held for it: orders may close it before it
    /// hears of an assignment that crossed.
    fn drop_if_done(&mut self, order: &OrderId, at: Position) {
        if !self
            .orders
            .get(order)
            .is_some_and(|open| open.closed && open.holds_nothing())
        {
            return;
        }
        let Some(open) = self.orders.remove(order) else {
            return;
        };
        for line in open.lines {
            self.add_share(&line.sku, None, line.share(None), Share::default(), at);
        }
    }

    /// Changes a line, at most at one location, and with it the sums that it stands in.
    pub(super) fn change_line(
        &mut self,
        order: &OrderId,
        number: u32,
        location: Option<&LocationId>,
        at: Position,
        change: impl FnOnce(&mut Line),
    ) {
        let Some(open) = self.orders.get_mut(order) else {
            return;
        };
        let (placed, closed) = (open.placed, open.closed);
        let Some(line) = open.line_mut(number) else {
            return;
        };
        let before = line.share(location);
        change(line);
        let after = line.share(location);
        let sku = line.sku.clone();
        if let Some(location) = location {
            let waited = before.reserved > before.in_wave;
            let waits = after.reserved > after.in_wave;
            if waited != waits {
                self.take_turn(
                    location,
                    Turn {
                        placed,
                        line: number,
                        order: order.clone(),
                    },
                    waits,
                );
            }
        }
        self.add_share(&sku, location, before, after, at);
        if closed {
            self.drop_if_done(order, at);
        }
    }

    fn take_turn(&mut self, location: &LocationId, turn: Turn, waits: bool) {
        if waits {
            self.turns.entry(location.clone()).or_default().insert(turn);
        } else if let Some(turns) = self.turns.get_mut(location) {
            turns.remove(&turn);
            if turns.is_empty() {
                self.turns.remove(location);
            }
        }
    }

    /// Puts a line's new share into its SKU's sums instead of the old one. A line that adds
    /// nothing leaves no trace, so that SKUs which only a refused order named cost nothing.
    fn add_share(
        &mut self,
        sku: &Sku,
        location: Option<&LocationId>,
        before: Share,
        after: Share,
        at: Position,
    ) {
        if before == after {
            return;
        }
        let moved = |sum: u64, from: u64, to: u64| sum.saturating_sub(from).saturating_add(to);
        self.touch(sku, at, |stock| {
            stock.demand = moved(stock.demand, before.demand, after.demand);
            stock.backordered = moved(stock.backordered, before.backordered, after.backordered);
            if let Some(location) = location {
                let place = stock.place(location);
                place.reserved = moved(place.reserved, before.reserved, after.reserved);
                place.in_wave = moved(place.in_wave, before.in_wave, after.in_wave);
            }
        });
    }
}
