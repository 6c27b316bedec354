//! Demand lines as the log tells of them, and the sums that they stand in.

use super::Inventory;
use super::after::After;
use super::stock::{Line, OpenOrder, Share, Turn};
use crate::decider::Recorded;
use crate::demand::{self, Change, LineChange, LineChanges, Lines};
use crate::event::{OrderAmended, OrderField, OrderPlaced, SubstituteAccepted};
use crate::exact::{Exact, impossible};
use crate::ids::{LocationId, OrderId, Sku};

/// What customers want, and what the allocator gives them.
impl Inventory {
    /// What an event does to lines.
    pub(super) fn follow(&mut self, changes: LineChanges<'_>, at: Recorded) {
        for it in changes {
            self.floor.follow(&it, at.at);
            if After::hears(&it.change) {
                self.after.follow(&it, self.orders.contains_key(it.order));
            }
            match it.change {
                Change::Place(placed) => self.place(placed, at),
                Change::Open(accepted) => self.open(accepted),
                Change::Close => self.close(&it, at),
                // A date moves no unit, and what comes back is served all the same.
                Change::Promise(_) => {}
                Change::Cancel { .. }
                | Change::Exchange { .. }
                | Change::Assign(_)
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Offer(_)
                | Change::Refuse(_)
                | Change::Freeze { .. }
                | Change::Recall { .. }
                | Change::Miss { .. }
                | Change::Move { .. }
                | Change::Ship { .. }
                | Change::Return { .. } => self.change(&it, at),
            }
        }
    }

    fn place(&mut self, placed: &OrderPlaced, at: Recorded) {
        let mut lines: Vec<Line> = placed
            .lines
            .iter()
            .map(|line| Line::new(line.line, line.sku.clone(), line.quantity))
            .collect();
        lines.sort_by_key(|line| line.number);
        let placed_at = at.position;
        let open = OpenOrder {
            placed: placed_at,
            bound_to_place: placed.no_split || placed.pick_up_at.is_some(),
            channel: placed.channel.clone(),
            ship_by: placed.ship_by,
            suspended: false,
            lines,
        };
        if self
            .orders
            .insert(placed.order.clone(), open.into())
            .is_some()
        {
            impossible(format_args!("{} is placed once more", placed.order));
        }
        self.held.claim(placed);
    }

    /// An open order goes into no wave from now on, or does again.
    pub(super) fn suspend(&mut self, order: &OrderId, suspended: bool) {
        if let Some(open) = self.orders.get_mut(order) {
            open.to_mut().suspended = suspended;
        }
    }

    /// An open order says something else: pickers go by when it must leave.
    pub(super) fn amend(&mut self, amended: &OrderAmended) {
        let Some(open) = self.orders.get_mut(&amended.order) else {
            return;
        };
        for field in amended.news() {
            match field.to {
                OrderField::ShipBy(ship_by) => open.to_mut().ship_by = ship_by,
                OrderField::Email(_)
                | OrderField::Tier(_)
                | OrderField::Country(_)
                | OrderField::Region(_)
                | OrderField::RequestedAt(_)
                | OrderField::Urgency(_)
                | OrderField::RestMayGo(_)
                | OrderField::UnitPrice { .. } => {}
            }
        }
    }

    fn open(&mut self, accepted: &SubstituteAccepted) {
        if let Some(open) = self.orders.get_mut(&accepted.order) {
            let open = open.to_mut();
            let numbers = open.lines.iter().map(|line| line.number);
            if demand::is_next(accepted.new_line, numbers) {
                let (number, sku) = (accepted.new_line, accepted.sku.clone());
                open.lines.push(Line::new(number, sku, accepted.quantity));
            }
        }
    }

    fn close(&mut self, closing: &LineChange<'_>, at: Recorded) {
        let order = closing.order;
        self.change(closing, at);
        self.held.forget(order);
        let closed = self.orders.remove(order);
        let mut of_closed = closed.iter().flat_map(|open| &open.lines);
        if of_closed.any(|line| line.tally.shipped > 0) {
            self.after.closed(order, at.position);
        }
        let picks = self.floor.picks(order);
        for line in closed.iter().flat_map(|open| &open.lines) {
            if picks.is_some_and(|picks| picks.units(line.number) > 0) {
                let left = line.tally.quantity.minus(line.tally.shipped);
                self.after.picked(order, line.number, left);
            }
        }
        let lines = closed.into_iter().flat_map(|open| open.into_inner().lines);
        for line in lines {
            self.add_share(&line.sku, &line.share(), &Share::default(), at);
        }
    }

    fn change(&mut self, it: &LineChange<'_>, at: Recorded) {
        let Some(open) = self.orders.get(it.order) else {
            return it.look_at_closed();
        };
        match it.lines {
            Lines::One(number) => {
                it.look_at_line(open.line(number).map(|line| line.sku.as_str()));
                self.change_line(it.order, number, at, &it.change);
            }
            Lines::All => {
                let numbers: Vec<u32> = open.lines.iter().map(|line| line.number).collect();
                for number in numbers {
                    self.change_line(it.order, number, at, &it.change);
                }
            }
        }
    }

    /// Changes a line, and with it the sums that it stands in.
    fn change_line(&mut self, order: &OrderId, number: u32, at: Recorded, change: &Change<'_>) {
        let Some(open) = self.orders.get_mut(order) else {
            return;
        };
        let open = open.to_mut();
        let placed = open.placed;
        let Some(line) = open.line_mut(number) else {
            return;
        };
        let (before, had, was) = (line.share(), line.tally.reserved, line.effective);
        line.change(change);
        let (after, has, is) = (line.share(), line.tally.reserved, line.effective);
        let sku = line.sku.clone();
        let turn = |effective| Turn {
            effective,
            placed,
            line: number,
            order: order.clone(),
        };
        let same = was == is;
        for location in before.waits() {
            if !same || after.waits().all(|other| other != location) {
                self.take_turn(location, turn(was), false);
            }
        }
        for location in after.waits() {
            if !same || before.waits().all(|other| other != location) {
                self.take_turn(location, turn(is), true);
            }
        }
        if has > had {
            self.use_hold(order, &sku, has.minus(had), at);
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
    fn add_share(&mut self, sku: &Sku, before: &Share, after: &Share, at: Recorded) {
        if before == after {
            return;
        }
        let moved = |sum: u64, from: u64, to: u64| sum.minus(from).plus(to);
        self.touch(sku, at, |stock| {
            stock.demand = moved(stock.demand, before.demand, after.demand);
            stock.backordered = moved(stock.backordered, before.backordered, after.backordered);
            for it in &before.reservations {
                let place = stock.place(&it.place);
                place.reserved = place.reserved.minus_or_zero(u64::from(it.units));
                place.in_wave = place.in_wave.minus_or_zero(u64::from(it.frozen));
            }
            for it in &after.reservations {
                let place = stock.place(&it.place);
                place.reserved = place.reserved.plus(u64::from(it.units));
                place.in_wave = place.in_wave.plus(u64::from(it.frozen));
            }
        });
    }
}
