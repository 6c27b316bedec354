//! How each fact changes the state, and which SKUs it touches. Total: it judges nothing.
//!
//! An SKU is touched only when something could be due: a line that nobody has decided on, free
//! stock while somebody waits, more held than there is or than is wanted, or a change of supply
//! or of the demand ahead while somebody waits. Effects for an order that was closed meanwhile
//! are void, in every room alike.

mod blockers;
mod come;
mod inbound;
mod rank;
mod settled;
mod substitutes;
mod touch;

use super::Allocator;
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

impl Allocator {
    pub(super) fn placed(&mut self, recorded: Recorded<'_>, placed: &OrderPlaced) {
        if self.book.find(placed.order.as_str()).is_some() {
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
            .map(|place| self.catalogue.place(place));
        let slot = self.book.open(open, &lines, extra(placed, pick_up_at));
        for (index, line) in (0_u16..).zip(&lines) {
            self.come((slot, index), line.sku_state, revision);
        }
        self.claim_hold(slot);
    }

    fn opened(&mut self, recorded: Recorded<'_>, placed: &OrderPlaced, lines: &[OpenLine]) -> Open {
        let (effective, boost_days) = self.rank(placed, recorded.at, lines);
        let asker = self.catalogue.asker(&placed.customer.tier, &placed.channel);
        Open {
            id: placed.order.as_str().into(),
            effective,
            log_order: LogOrder::of(recorded.position, 0),
            boost_days,
            tier: asker.tier,
            channel: asker.channel,
            region: self.catalogue.region(placed.ship_to.region.as_ref()),
            class: asker.class,
            ship_complete: placed.ship_complete,
            ..Open::default()
        }
    }

    pub(super) fn cancelled(&mut self, recorded: Recorded<'_>, cancelled: &OrderCancelled) {
        let Some(slot) = self.book.find(cancelled.order.as_str()) else {
            return;
        };
        let revision = recorded.position.revision;
        if cancelled.lines.is_empty() {
            let count = self.book.order(slot).map_or(0, |open| open.count);
            for index in 0..count {
                self.count((slot, index), revision, Happened::Cancelled, |tally| {
                    tally.cancel(u32::MAX);
                });
                self.wanted_less((slot, index), revision);
            }
        }
        for line in &cancelled.lines {
            if let Some(index) = self.book.index_of(slot, line.line) {
                self.count((slot, index), revision, Happened::Cancelled, |tally| {
                    tally.cancel(line.quantity);
                });
                self.wanted_less((slot, index), revision);
            }
        }
        self.touch_siblings(slot, revision);
    }

    pub(super) fn closed(&mut self, recorded: Recorded<'_>, closed: &OrderClosed) {
        let Some(slot) = self.book.find(closed.order.as_str()) else {
            return;
        };
        let Some(open) = self.book.order(slot).cloned() else {
            return;
        };
        for index in 0..open.count {
            let at = (slot, index);
            let Some(line) = self.book.line(at).copied() else {
                continue;
            };
            for held in self.book.held(at) {
                if let Some(sku_state) = self.sku_states.get_mut(line.sku_state) {
                    sku_state.held(held.place, i64::from(held.units).saturating_neg());
                }
            }
            if line.tally.held > 0 {
                self.stock_changed(line.sku_state, recorded.position.revision);
            }
            self.take_down(at, &open, &line);
        }
        self.drop_hold(slot);
        self.book.close(slot);
    }

    pub(super) fn item_defined(&mut self, recorded: Recorded<'_>, item: &ItemDefined) {
        let buying = item.replenishment.as_ref();
        let lead_time_days = buying.map(|buying| buying.lead_time_days);
        let number = self.sku_states.number(&item.sku);
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        let was = sku_state.policy.as_ref();
        let was_lead_time_days = was.and_then(|was| was.lead_time_days);
        let kept_otherwise = sku_state.protection() != item.protection.as_ref();
        sku_state.policy = Some(Box::new(Policy {
            segment: item.segment.clone(),
            lead_time_days,
            supplier: buying.map(|buying| buying.supplier.clone()),
            fair_share: item.fair_share,
            protection: item.protection.clone(),
        }));
        // Less may be kept back than before.
        self.stock_changed(number, recorded.position.revision);
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let promised = sku_state.queue.total();
        // Who was told that nothing is known may be told an estimate now; a firm date may have
        // stood beside an estimate that was near enough; and a decision under way goes by the
        // other one.
        let estimated = lead_time_days.is_some() && promised.unknown > 0;
        let otherwise = was_lead_time_days != lead_time_days;
        // And what is kept comes before anybody's date.
        let kept = kept_otherwise && sku_state.has_dates();
        if estimated
            || kept
            || (otherwise && (!promised.firm.is_none() || sku_state.touch.is_some()))
        {
            self.touch(number, recorded.position.revision, true);
        }
    }

    pub(super) fn received(&mut self, recorded: Recorded<'_>, received: &Received) {
        let revision = recorded.position.revision;
        let place = self.catalogue.place(&received.location);
        for line in &received.lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                sku_state.counted(place, i64::from(line.quantity));
                sku_state.last_receipt = Some(Box::new(LastReceipt {
                    position: recorded.position,
                    at: recorded.at,
                    quantity: line.quantity,
                    left: line.quantity,
                    winners: Vec::new(),
                }));
                if let Some(purchase_order) = &received.purchase_order {
                    sku_state.supply.received(purchase_order, line.quantity);
                }
            }
            if received.purchase_order.is_some() {
                self.supply_changed(number, revision);
            }
            self.stock_changed(number, revision);
        }
    }

    pub(super) fn adjusted(&mut self, recorded: Recorded<'_>, adjusted: &Adjusted) {
        let place = self.catalogue.place(&adjusted.location);
        let number = self.sku_states.number(&adjusted.sku);
        if let Some(sku_state) = self.sku_states.get_mut(number) {
            sku_state.counted(place, adjusted.change);
        }
        self.stock_changed(number, recorded.position.revision);
    }

    pub(super) fn wave_released(&mut self, wave: &WaveReleased) {
        let place = self.catalogue.place(&wave.location);
        for picked in &wave.lines {
            let slot = self.book.find(picked.order.as_str());
            let at = slot.and_then(|slot| Some((slot, self.book.index_of(slot, picked.line)?)));
            if let Some(at) = at {
                self.book.freeze(at, place, picked.quantity);
            }
        }
    }

    pub(super) fn shipped(&mut self, recorded: Recorded<'_>, shipped: &Shipped) {
        let revision = recorded.position.revision;
        let place = self.catalogue.place(&shipped.location);
        let slot = self.book.find(shipped.order.as_str());
        self.left_from(slot, place);
        for line in &shipped.lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                sku_state.counted(place, i64::from(line.quantity).saturating_neg());
            }
            let at = slot.and_then(|slot| Some((slot, self.book.index_of(slot, line.line)?)));
            if let Some(at) = at {
                self.change(at, revision, Happened::Else, None, |room, at| {
                    let gone = room.book.ship(at, place, line.quantity);
                    room.held_no_more(at, &gone);
                });
                // Should the fact name another SKU than the line: what it held is free yet.
                let held_of = self.book.line(at).map(|line| line.sku_state);
                if let Some(other) = held_of.filter(|other| *other != number) {
                    self.stock_changed(other, revision);
                }
            }
            self.stock_changed(number, revision);
        }
    }

    /// Goods of an order left from a place. One that may not be split is bound to it.
    fn left_from(&mut self, slot: Option<u32>, place: u16) {
        if let Some(slot) = slot
            && self.book.extra(slot).is_some_and(|extra| extra.no_split)
        {
            self.book.extra_mut(slot).left_from.get_or_insert(place);
            self.rebar(slot);
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
