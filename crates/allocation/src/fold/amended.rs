//! An order says something else than before: its lines are ranked, counted and served as if it had
//! said so from the first. Must not know stock.

use crate::Allocator;
use crate::agenda::Cause;
use crate::line::At;
use crate::measures::Counted;
use domain::decider::Recorded;
use domain::event::{OrderAmended, OrderField};
use domain::ids::Revision;

/// Whether who gets stock, and where, may follow from a field.
const fn bears_on_stock(field: &OrderField) -> bool {
    match field {
        OrderField::Email(_) | OrderField::Country(_) => false,
        OrderField::Tier(_)
        | OrderField::Region(_)
        | OrderField::RequestedAt(_)
        | OrderField::Urgency(_)
        | OrderField::ShipBy(_)
        | OrderField::RestMayGo(_)
        | OrderField::UnitPrice { .. } => true,
    }
}

impl Allocator {
    /// An open order is amended. What is reserved stays reserved.
    pub(super) fn amended(&mut self, recorded: Recorded, amended: &OrderAmended) {
        let revision = recorded.position.revision;
        let Some(slot) = self.book.find(amended.order.text()) else {
            return;
        };
        let lines = self.addresses(slot);
        let before: Vec<Option<Counted>> = lines.iter().map(|at| self.counted(*at)).collect();
        for field in amended.news() {
            self.say(slot, &field.to, revision);
        }
        if !amended.news().any(|field| bears_on_stock(&field.to)) {
            return;
        }
        for (at, was) in lines.iter().zip(before) {
            self.count_anew(*at, was, revision);
            if let Some(number) = self.number(*at) {
                self.end_division(number, revision);
            }
        }
        if self.rerank_order(slot) {
            for at in &lines {
                if let Some(line) = self.book.line(*at) {
                    self.rerank_sku_state(line.sku_state, revision);
                }
            }
        }
        for field in amended.news() {
            match field.to {
                OrderField::RequestedAt(_) => self.open_order(slot, revision),
                OrderField::RestMayGo(true) => self.stand(slot),
                OrderField::RestMayGo(false) => self.fall_with_others(slot, revision),
                OrderField::Email(_)
                | OrderField::Tier(_)
                | OrderField::Country(_)
                | OrderField::Region(_)
                | OrderField::Urgency(_)
                | OrderField::ShipBy(_)
                | OrderField::UnitPrice { .. } => {}
            }
        }
    }

    fn addresses(&self, slot: u32) -> Vec<At> {
        let count = self.book.order(slot).map_or(0, |open| open.count);
        (0..count).map(|index| (slot, index)).collect()
    }

    fn counted(&self, at: At) -> Option<Counted> {
        let open = self.book.order(at.0)?;
        Some(open.counted(self.book.line(at)?))
    }

    fn say(&mut self, slot: u32, field: &OrderField, revision: Revision) {
        let Some(open) = self.book.order(slot) else {
            return;
        };
        match field {
            OrderField::Tier(tier) => {
                let asker = self.catalogue.other_tier(open, tier, revision);
                self.book.amend(slot, |open, _| {
                    if let Some(asker) = asker {
                        (open.tier, open.channel) = (asker.tier, asker.channel);
                        open.class = asker.class;
                    }
                });
            }
            OrderField::Region(region) => {
                let is = self.catalogue.other_region(open, region.as_ref(), revision);
                self.book.amend(slot, |open, _| open.region = is);
            }
            OrderField::RequestedAt(at) => {
                self.book.amend(slot, |_, extra| extra.requested_at = *at);
            }
            OrderField::Urgency(urgency) => {
                self.book.amend(slot, |_, extra| extra.urgency = *urgency);
            }
            OrderField::ShipBy(at) => self.book.amend(slot, |_, extra| extra.ship_by = *at),
            OrderField::RestMayGo(rest) => {
                self.book.amend(slot, |_, extra| extra.rest_may_go = *rest);
            }
            OrderField::UnitPrice { line, minor } => {
                if let Some(index) = self.book.index_of(slot, *line) {
                    self.book.reprice((slot, index), *minor);
                }
            }
            OrderField::Email(_) | OrderField::Country(_) => {}
        }
    }

    /// A line is of another class, or its units cost something else: what is kept for others may
    /// be more of what is there, or less.
    fn count_anew(&mut self, at: At, was: Option<Counted>, revision: Revision) {
        let is = self.counted(at);
        let (Some(was), Some(is)) = (was, is) else {
            return;
        };
        let Some((queue_key, number)) = self.book.queue_key(at).zip(self.number(at)) else {
            return;
        };
        if was == is {
            return;
        }
        let zone = self.zone_of(at.0).clone();
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        if let Some(entry) = sku_state.reclass(queue_key, is.class) {
            let state = entry.state(entry.units);
            let counts = sku_state.measures_mut();
            self.measures.recount((&was, &is), state, counts, &zone);
        }
        if was.class != is.class {
            self.ask(number, Cause::Days, revision);
        }
    }

    fn number(&self, at: At) -> Option<u32> {
        self.book.line(at).map(|line| line.sku_state)
    }

    /// What is left of an order goes on, though a line of it was refused.
    fn stand(&mut self, slot: u32) {
        for at in self.addresses(slot) {
            if let Some(number) = self.number(at) {
                self.falls.clear(number, at);
            }
        }
    }
}
