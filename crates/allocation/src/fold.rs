//! How each fact changes the state, and what it puts on the agenda. Total: it judges nothing.
//!
//! Whatever a fact does to a line goes through `line`: one record says what changed, and each
//! owner folds it. Effects for an order that was closed meanwhile are void, in every room alike.

mod blockers;
mod inbound;
mod line;
mod rank;
mod settled;
mod stock;
mod substitutes;

use super::Allocator;
use super::agenda::Cause;
use super::line::{Extra, Open, OpenLine};
use super::measures::Happened;
use super::queue_key::LogOrder;
use super::sku_state::{LastReceipt, Policy};
use domain::decider::Recorded;
use domain::demand::Tally;
use domain::event::{
    Adjusted, ItemDefined, OrderCancelled, OrderClosed, OrderPlaced, Received, Shipped,
    WaveReleased,
};
use domain::exact::fewer;

impl Allocator {
    pub(super) fn placed(&mut self, recorded: Recorded, placed: &OrderPlaced) {
        // Of an order without lines nothing could ever come, nor be forgotten.
        if placed.lines.is_empty() || self.book.find(placed.order.text()).is_some() {
            return;
        }
        let revision = recorded.position.revision;
        let mut lines: Vec<OpenLine> = placed
            .lines
            .iter()
            .map(|line| OpenLine {
                number: line.line,
                sku_state: self.sku_states.number(&line.sku),
                unit_price_minor: line.unit_price_minor,
                tally: Tally::new(line.quantity),
                complete_only: line.complete_only,
                ..OpenLine::default()
            })
            .collect();
        if !lines.is_sorted_by(|one, other| one.number < other.number) {
            lines.sort_by_key(|line| line.number);
            lines.dedup_by_key(|line| line.number);
        }
        let open = self.opened(recorded, placed, &lines);
        let pick_up_at = placed
            .pick_up_at
            .as_ref()
            .map(|place| self.catalogue.refer_place(place, revision));
        let slot = self.book.open(open, &lines, extra(placed, pick_up_at));
        for index in (0..).take(lines.len()) {
            self.come((slot, index), revision);
        }
        self.claim_hold(slot);
    }

    fn opened(&mut self, recorded: Recorded, placed: &OrderPlaced, lines: &[OpenLine]) -> Open {
        let (effective, boost_days) = self.rank(placed, recorded.at, lines);
        let (tier, channel) = (&placed.customer.tier, &placed.channel);
        let region = placed.ship_to.region.as_ref();
        let revision = recorded.position.revision;
        let asker = self.catalogue.refer_asker(tier, channel, revision);
        Open {
            id: placed.order.as_str().into(),
            effective,
            log_order: LogOrder::of(recorded.position, 0),
            boost_days,
            tier: asker.tier,
            channel: asker.channel,
            region: self.catalogue.refer_region(region, revision),
            class: asker.class,
            ship_complete: placed.ship_complete,
            ..Open::default()
        }
    }

    pub(super) fn cancelled(&mut self, recorded: Recorded, cancelled: &OrderCancelled) {
        let Some(slot) = self.book.find(cancelled.order.text()) else {
            return;
        };
        let revision = recorded.position.revision;
        let cancel = |state: &mut Self, index, units| {
            state.count((slot, index), revision, Happened::Cancelled, |tally| {
                tally.cancel(units);
            });
        };
        if cancelled.lines.is_empty() {
            let count = self.book.order(slot).map_or(0, |open| open.count);
            (0..count).for_each(|index| cancel(self, index, u32::MAX));
        }
        for line in &cancelled.lines {
            if let Some(index) = self.book.index_of(slot, line.line) {
                cancel(self, index, line.quantity);
            }
        }
        self.ask_siblings(slot, revision);
    }

    pub(super) fn closed(&mut self, recorded: Recorded, closed: &OrderClosed) {
        let Some(slot) = self.book.find(closed.order.text()) else {
            return;
        };
        let Some(open) = self.book.order(slot).cloned() else {
            return;
        };
        for index in 0..open.count {
            self.take_down((slot, index), recorded.position.revision);
        }
        self.drop_hold(slot);
        self.catalogue.forget_order(&open, self.book.extra(slot));
        self.book.close(slot);
    }

    pub(super) fn item_defined(&mut self, recorded: Recorded, item: &ItemDefined) {
        let buying = item.replenishment.as_ref();
        let lead_time_days = buying.map(|buying| buying.lead_time_days);
        let number = self.sku_states.number(&item.sku);
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        let terms = Cause::Terms {
            lead_time: sku_state.lead_time_days() != lead_time_days,
            protection: sku_state.protection() != item.protection.as_ref(),
        };
        sku_state.define(Policy {
            segment: item.segment.clone(),
            lead_time_days,
            supplier: buying.map(|buying| buying.supplier.clone()),
            fair_share: item.fair_share,
            protection: item.protection.clone(),
        });
        // Less may be kept back than before.
        self.stock_changed(number, recorded.position.revision);
        self.ask(number, terms, recorded.position.revision);
    }

    pub(super) fn received(&mut self, recorded: Recorded, received: &Received) {
        let revision = recorded.position.revision;
        let place = self.catalogue.refer_place(&received.location, revision);
        for line in &received.lines {
            let number = self.sku_states.number(&line.sku);
            self.count_at(number, place, i64::from(line.quantity));
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                let receipt = LastReceipt {
                    position: recorded.position,
                    at: recorded.at,
                    quantity: line.quantity,
                    left: line.quantity,
                    winners: Vec::new(),
                };
                sku_state.receive(receipt);
                if let Some(purchase_order) = &received.purchase_order {
                    let supply = sku_state.supply_mut();
                    supply.received(purchase_order, line.quantity);
                }
            }
            if received.purchase_order.is_some() {
                self.ask(number, Cause::Supply, revision);
            }
            self.stock_changed(number, revision);
        }
        self.catalogue.forget_place(place);
    }

    pub(super) fn adjusted(&mut self, recorded: Recorded, adjusted: &Adjusted) {
        let revision = recorded.position.revision;
        let place = self.catalogue.refer_place(&adjusted.location, revision);
        let number = self.sku_states.number(&adjusted.sku);
        self.count_at(number, place, adjusted.change);
        self.stock_changed(number, revision);
        self.catalogue.forget_place(place);
    }

    pub(super) fn wave_released(&mut self, wave: &WaveReleased) {
        // Nothing is held at a place that nothing refers to.
        let Some(place) = self.catalogue.find_place(&wave.location) else {
            return;
        };
        for picked in &wave.lines {
            if let Some(at) = self.book.at(picked.order.text(), picked.line) {
                self.book.freeze(at, place, picked.quantity);
            }
        }
    }

    pub(super) fn shipped(&mut self, recorded: Recorded, shipped: &Shipped) {
        let revision = recorded.position.revision;
        let place = self.catalogue.refer_place(&shipped.location, revision);
        let slot = self.book.find(shipped.order.text());
        self.left_from(slot, place);
        for line in &shipped.lines {
            let number = self.sku_states.number(&line.sku);
            self.count_at(number, place, fewer(line.quantity));
            let at = slot.and_then(|slot| Some((slot, self.book.index_of(slot, line.line)?)));
            if let Some(at) = at {
                self.change(at, revision, Happened::Shipped, None, |book| {
                    book.ship(at, place, line.quantity)
                });
                // Should the fact name another SKU than the line: what it held is free yet.
                let held_of = self.book.line(at).map(|line| line.sku_state);
                if let Some(other) = held_of.filter(|other| *other != number) {
                    self.stock_changed(other, revision);
                }
            }
            self.stock_changed(number, revision);
        }
        self.catalogue.forget_place(place);
    }

    /// Goods of an order left from a place. One that may not be split is bound to it.
    fn left_from(&mut self, slot: Option<u32>, place: u16) {
        if let Some(slot) = slot
            && self.book.leave_from(slot, place)
        {
            self.catalogue.keep_place(place);
            self.block_lines(slot);
        }
    }
}

/// What an order says that few do.
fn extra(placed: &OrderPlaced, pick_up_at: Option<u16>) -> Option<Extra> {
    let extra = Extra {
        requested_at: placed.requested_at,
        lifetime_value_minor: placed.customer.lifetime_value_minor,
        urgency: placed.urgency,
        ship_by: placed.ship_by,
        hold: placed.hold.clone(),
        pick_up_at,
        no_split: placed.no_split,
        left_from: None,
        substituted_minor: 0,
    };
    (extra != Extra::default()).then_some(extra)
}
