//! How each fact changes the state, and which SKUs it touches. Total: it judges nothing.
//!
//! An SKU is touched only when something could be due: a line that nobody has decided on, free
//! stock while somebody waits, more held than there is or than is wanted, or a change of supply
//! or of the demand ahead while somebody waits. Effects for an order that was closed meanwhile
//! are void, in every room alike.

mod touch;

use super::Allocator;
use super::line::{Line, Order, Standing};
use super::rank::Rank;
use super::shelf::{LastReceipt, Policy, Winner};
use super::supply::Inbound;
use crate::decider::Recorded;
use crate::demand::Tally;
use crate::event::{
    Adjusted, DatedLine, Effect, ItemDefined, OrderCancelled, OrderClosed, OrderPlaced, Promise,
    PurchaseOrdered, PurchaseRejected, PurchaseShipped, Received, Settled, Shipped, WaveReleased,
};
use crate::ids::{Position, PurchaseOrderId};
use touch::{Cause, let_go};

impl Allocator {
    pub(super) fn placed(&mut self, recorded: Recorded<'_>, placed: &OrderPlaced) {
        if self.places.contains_key(&placed.order) {
            return;
        }
        let placed_at = placed.placed_at.unwrap_or(recorded.at);
        let new = |line: &crate::event::PlacedLine| Line {
            line: line.line,
            sku: line.sku.clone(),
            tally: Tally::new(line.quantity),
            complete_only: line.complete_only,
            holdings: Vec::new(),
            told: None,
        };
        let mut lines: Vec<Line> = placed.lines.iter().map(new).collect();
        lines.sort_by_key(|line| line.line);
        lines.dedup_by_key(|line| line.line);
        let order = Order {
            id: placed.order.clone(),
            tier: placed.customer.tier.clone(),
            placed_at,
            effective: self.rule.effective(placed_at, &placed.customer.tier),
            region: placed.ship_to.region.as_deref().map(Box::from),
            ship_complete: placed.ship_complete,
            lines,
        };
        for line in &order.lines {
            let rank = order.rank(recorded.position, line.line);
            self.shelf(&line.sku).door.insert(rank, line.tally.quantity);
            self.touch(&line.sku, recorded.position.revision, None);
        }
        self.places.insert(placed.order.clone(), recorded.position);
        self.orders.insert(recorded.position, order);
    }

    pub(super) fn cancelled(&mut self, recorded: Recorded<'_>, cancelled: &OrderCancelled) {
        let Some(position) = self.places.get(&cancelled.order).copied() else {
            return;
        };
        let cause = Cause::fact(recorded);
        let lines: Vec<(u32, u32)> = if cancelled.lines.is_empty() {
            self.line_numbers(position)
                .into_iter()
                .map(|line| (line, u32::MAX))
                .collect()
        } else {
            cancelled
                .lines
                .iter()
                .map(|line| (line.line, line.quantity))
                .collect()
        };
        for (line, quantity) in lines {
            self.change(position, line, cause, |line, _| {
                line.tally.cancel(quantity);
            });
        }
        self.touch_siblings(position, cause.revision);
    }

    pub(super) fn closed(&mut self, closed: &OrderClosed) {
        let Some(position) = self.places.remove(&closed.order) else {
            return;
        };
        let Some(order) = self.orders.remove(&position) else {
            return;
        };
        for line in &order.lines {
            let rank = order.rank(position, line.line);
            let was = line.standing();
            if let Some(lapse) = was.lapse {
                self.lapses.remove(&(lapse, rank));
            }
            let shelf = self.shelf(&line.sku);
            shelf.restate(rank, &was, &Standing::NOTHING);
            for holding in &line.holdings {
                shelf.held(&holding.location, i64::from(holding.units).saturating_neg());
            }
            if shelf.is_bare() {
                self.shelves.remove(&line.sku);
            }
        }
    }

    pub(super) fn item_defined(&mut self, recorded: Recorded<'_>, item: &ItemDefined) {
        let lead_time_days = item
            .replenishment
            .as_ref()
            .map(|buying| buying.lead_time_days);
        let shelf = self.shelf(&item.sku);
        let was = shelf
            .policy
            .as_ref()
            .and_then(|policy| policy.lead_time_days);
        shelf.policy = Some(Policy {
            segment: item.segment.clone(),
            lead_time_days,
        });
        // Who was told that nothing is known may be told an estimate now.
        if let (None, Some(_), Some(last)) = (was, lead_time_days, shelf.queue.last()) {
            shelf.reach(last.rank);
            self.touch(&item.sku, recorded.position.revision, Some(Rank::FIRST));
        }
    }

    pub(super) fn received(&mut self, recorded: Recorded<'_>, received: &Received) {
        let revision = recorded.position.revision;
        for line in &received.lines {
            let shelf = self.shelf(&line.sku);
            shelf.counted(&received.location, i64::from(line.quantity));
            shelf.last_receipt = Some(LastReceipt {
                position: recorded.position,
                at: recorded.at,
                quantity: line.quantity,
                left: line.quantity,
                winners: Vec::new(),
            });
            if let Some(purchase_order) = &received.purchase_order {
                shelf.supply.received(purchase_order, line.quantity);
                self.supply_changed(&line.sku, revision);
            }
            self.stock_changed(&line.sku, revision);
        }
    }

    pub(super) fn adjusted(&mut self, recorded: Recorded<'_>, adjusted: &Adjusted) {
        self.shelf(&adjusted.sku)
            .counted(&adjusted.location, adjusted.change);
        self.stock_changed(&adjusted.sku, recorded.position.revision);
    }

    pub(super) fn wave_released(&mut self, wave: &WaveReleased) {
        for picked in &wave.lines {
            let Some(position) = self.places.get(&picked.order) else {
                continue;
            };
            let order = self.orders.get_mut(position);
            let Some(line) = order.and_then(|order| order.line_mut(picked.line)) else {
                continue;
            };
            for holding in &mut line.holdings {
                if holding.location == wave.location {
                    let fenced = holding.fenced.saturating_add(picked.quantity);
                    holding.fenced = fenced.min(holding.units);
                }
            }
        }
    }

    pub(super) fn shipped(&mut self, recorded: Recorded<'_>, shipped: &Shipped) {
        let cause = Cause::fact(recorded);
        for line in &shipped.lines {
            self.shelf(&line.sku)
                .counted(&shipped.location, i64::from(line.quantity).saturating_neg());
            if let Some(position) = self.places.get(&shipped.order).copied() {
                self.change(position, line.line, cause, |line_mut, shelf| {
                    let held = line_mut.tally.held;
                    line_mut.tally.ship(line.quantity);
                    let gone = held.saturating_sub(line_mut.tally.held);
                    let_go(line_mut, shelf, &shipped.location, gone, true);
                });
            }
            self.stock_changed(&line.sku, cause.revision);
        }
    }

    pub(super) fn settled(&mut self, recorded: Recorded<'_>, settled: &Settled) {
        if settled.at_rest {
            self.touched.retain(|_, touch| touch.at > recorded.as_of);
        }
        let cause = Cause {
            revision: recorded.position.revision,
            followed: settled.at_rest,
        };
        for effect in &settled.effects {
            match self.places.get(effect.order()).copied() {
                Some(position) => self.effect(position, cause, effect),
                None => self.stock_changed(effect.sku(), cause.revision),
            }
        }
    }

    fn effect(&mut self, position: Position, cause: Cause, effect: &Effect) {
        let line = effect.line();
        match effect {
            Effect::Assigned(it) => self.change(position, line, cause, |line, shelf| {
                line.tally.assign(it.quantity);
                line.hold(&it.location, it.quantity);
                shelf.held(&it.location, i64::from(it.quantity));
                shelf.won(Winner {
                    order: it.order.clone(),
                    line: it.line,
                    quantity: it.quantity,
                    effective: it.effective,
                });
            }),
            Effect::Released(it) => self.change(position, line, cause, |line, shelf| {
                let held = line.tally.held;
                line.tally.release(it.quantity);
                let gone = held.saturating_sub(line.tally.held);
                let_go(line, shelf, &it.location, gone, false);
            }),
            Effect::Backordered(_) => {
                self.change(position, line, cause, |line, _| line.tally.backorder());
            }
            Effect::Refused(it) => {
                self.change(position, line, cause, |line, _| {
                    line.tally.refuse(it.quantity)
                });
                self.touch_siblings(position, cause.revision);
            }
            Effect::Promised(it) => {
                let rank = self
                    .orders
                    .get(&position)
                    .map(|order| order.rank(position, line));
                self.change(position, line, cause, |line, shelf| {
                    line.told = Some(it.promise.clone());
                    if let (Promise::Inbound { .. }, Some(rank)) = (&it.promise, rank) {
                        shelf.reach(rank);
                    }
                });
            }
        }
    }

    pub(super) fn purchase_ordered(&mut self, recorded: Recorded<'_>, ordered: &PurchaseOrdered) {
        for line in &ordered.lines {
            self.shelf(&line.sku).supply.ordered(Inbound {
                purchase_order: ordered.purchase_order.clone(),
                line: line.line,
                dispatch: None,
                open: line.quantity,
                eta: ordered.expected_at,
            });
            self.supply_changed(&line.sku, recorded.position.revision);
        }
    }

    pub(super) fn purchase_dated(
        &mut self,
        recorded: Recorded<'_>,
        purchase_order: &PurchaseOrderId,
        lines: &[DatedLine],
    ) {
        for line in lines {
            self.shelf(&line.sku)
                .supply
                .dated(purchase_order, line.line, line.eta);
            self.supply_changed(&line.sku, recorded.position.revision);
        }
    }

    pub(super) fn purchase_rejected(
        &mut self,
        recorded: Recorded<'_>,
        rejected: &PurchaseRejected,
    ) {
        for line in &rejected.lines {
            let supply = &mut self.shelf(&line.sku).supply;
            supply.rejected(&rejected.purchase_order, line.line, line.quantity);
            self.supply_changed(&line.sku, recorded.position.revision);
        }
    }

    pub(super) fn purchase_shipped(&mut self, recorded: Recorded<'_>, shipped: &PurchaseShipped) {
        for line in &shipped.lines {
            self.shelf(&line.sku).supply.dispatched(
                &shipped.purchase_order,
                line,
                &shipped.dispatch,
                shipped.eta,
            );
            self.supply_changed(&line.sku, recorded.position.revision);
        }
    }
}
