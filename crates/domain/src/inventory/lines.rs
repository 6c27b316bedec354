//! Demand lines as the log tells of them, and the sums that they stand in.

use super::Inventory;
use super::stock::{Hold, Line, OpenOrder, Share, Turn};
use crate::event::{Effect, OrderCancelled, OrderPlaced, SubstituteAccepted};
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
        let open = OpenOrder { placed: at, lines };
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
            self.change_line(&fact.order, number, at, |line| {
                line.tally.cancel(quantity);
            });
        }
    }

    pub(super) fn substitute_accepted(&mut self, fact: &SubstituteAccepted, at: Position) {
        let mut tally = None;
        self.change_line(&fact.order, fact.line, at, |line| {
            tally = Some(line.tally.substitute(fact.quantity));
        });
        let Some(open) = self.orders.get_mut(&fact.order) else {
            return;
        };
        // Numbers only grow, so the lines stay in their order.
        if let Some(tally) = tally
            && open.lines.iter().all(|line| line.number < fact.new_line)
        {
            let sku = fact.sku.clone();
            open.lines
                .push(Line::new(fact.new_line, sku, tally.quantity));
        }
    }

    pub(super) fn settled(&mut self, effects: &[Effect], at: Position) {
        for effect in effects {
            let (order, line) = (effect.order(), effect.line());
            match effect {
                Effect::Assigned(to) => {
                    self.change_line(order, line, at, |change| {
                        change.assign(&to.location, to.quantity);
                    });
                }
                Effect::Released(from) => {
                    self.change_line(order, line, at, |change| {
                        change.release(&from.location, from.quantity);
                    });
                }
                Effect::Backordered(_) | Effect::Offered(_) => {
                    self.change_line(order, line, at, |change| change.tally.backorder());
                }
                Effect::Refused(refused) => {
                    self.change_line(order, line, at, |change| {
                        change.tally.refuse(refused.quantity);
                    });
                }
                Effect::Promised(_) => {}
            }
        }
    }

    /// What crossed the closing and was assigned before it is held no more; what is assigned
    /// after it is void. So it is in every room.
    pub(super) fn order_closed(&mut self, order: &OrderId, at: Position) {
        let Some(open) = self.orders.get(order) else {
            return;
        };
        let mut holds = Vec::new();
        for line in &open.lines {
            let of_line = line.holds.iter();
            holds.extend(of_line.map(|hold| (line.number, hold.location.clone(), hold.reserved)));
        }
        for (line, location, units) in holds {
            self.change_line(order, line, at, |line| line.release(&location, units));
        }
        let Some(open) = self.orders.remove(order) else {
            return;
        };
        for line in open.lines {
            self.add_share(&line.sku, &line.share(), &Share::default(), at);
        }
    }

    /// Changes a line, and with it the sums that it stands in.
    pub(super) fn change_line(
        &mut self,
        order: &OrderId,
        number: u32,
        at: Position,
        change: impl FnOnce(&mut Line),
    ) {
        let Some(open) = self.orders.get_mut(order) else {
            return;
        };
        let placed = open.placed;
        let Some(line) = open.line_mut(number) else {
            return;
        };
        let before = line.share();
        change(line);
        let after = line.share();
        let sku = line.sku.clone();
        let turn = || Turn {
            placed,
            line: number,
            order: order.clone(),
        };
        for hold in &before.holds {
            if hold.waits() && !waits_at(&after.holds, &hold.location) {
                self.take_turn(&hold.location, turn(), false);
            }
        }
        for hold in &after.holds {
            if hold.waits() && !waits_at(&before.holds, &hold.location) {
                self.take_turn(&hold.location, turn(), true);
            }
        }
        self.add_share(&sku, &before, &after, at);
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
    fn add_share(&mut self, sku: &Sku, before: &Share, after: &Share, at: Position) {
        if before == after {
            return;
        }
        let moved = |sum: u64, from: u64, to: u64| sum.saturating_sub(from).saturating_add(to);
        self.touch(sku, at, |stock| {
            stock.demand = moved(stock.demand, before.demand, after.demand);
            stock.backordered = moved(stock.backordered, before.backordered, after.backordered);
            for hold in &before.holds {
                let place = stock.place(&hold.location);
                place.reserved = place.reserved.saturating_sub(u64::from(hold.reserved));
                place.in_wave = place.in_wave.saturating_sub(u64::from(hold.in_wave));
            }
            for hold in &after.holds {
                let place = stock.place(&hold.location);
                place.reserved = place.reserved.saturating_add(u64::from(hold.reserved));
                place.in_wave = place.in_wave.saturating_add(u64::from(hold.in_wave));
            }
        });
    }
}

fn waits_at(holds: &[Hold], location: &LocationId) -> bool {
    holds
        .iter()
        .any(|hold| hold.location == *location && hold.waits())
}
