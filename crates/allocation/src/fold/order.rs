//! Orders come, take something else instead, and close. Must not know stock.

use crate::Allocator;
use crate::line::{Extra, Open, OpenLine};
use crate::measures::Counted;
use crate::queue_key::LogOrder;
use domain::decider::Recorded;
use domain::demand::{Change, Tally, is_next};
use domain::event::{HistoryRecorded, OrderPlaced, SubstituteAccepted};
use domain::exact::impossible;

impl Allocator {
    /// An order comes, with lines that nobody has decided on. `known`: its slot, if it is
    /// open already.
    pub(super) fn placed(&mut self, recorded: Recorded, known: Option<u32>, placed: &OrderPlaced) {
        // Of an order without lines nothing could ever come, nor be forgotten.
        if placed.lines.is_empty() {
            return;
        }
        if known.is_some() {
            impossible(format_args!("{} is placed once more", placed.order));
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
            id: placed.order.text().clone(),
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

    /// One more line comes, for what is taken instead of another.
    pub(super) fn opened_instead(
        &mut self,
        recorded: Recorded,
        slot: Option<u32>,
        accepted: &SubstituteAccepted,
    ) {
        let Some((slot, open)) = slot.and_then(|slot| Some((slot, self.book.order(slot)?))) else {
            return;
        };
        let lines = self.book.lines_of(open);
        let Some(instead_of) = lines.iter().find(|line| line.number == accepted.line) else {
            return;
        };
        if !is_next(accepted.new_line, lines.iter().map(|line| line.number)) {
            return;
        }
        let line = OpenLine {
            number: accepted.new_line,
            complete_only: instead_of.complete_only,
            sku_state: self.sku_states.number(&accepted.sku),
            unit_price_minor: accepted.unit_price_minor,
            tally: Tally::new(accepted.quantity),
            ..OpenLine::default()
        };
        let revision = recorded.position.revision;
        let instead_of = self.book.index_of(slot, accepted.line);
        if let Some(index) = self.book.add_substitute(slot, line) {
            let shift = instead_of.and_then(|instead_of| self.book.shift((slot, instead_of)));
            self.book.set_shift((slot, index), shift.cloned());
            self.come((slot, index), revision);
            // By its order's place on the log it looks as if it had been there.
            self.end_division(line.sku_state, revision);
            let source = Some(self.folding.source);
            if let Some(sku_state) = self.sku_states.get_mut(line.sku_state) {
                sku_state.expect((slot, index), source);
            }
            self.ask_siblings(slot, revision);
            self.block_lines(slot);
            self.open_order(slot, revision);
            self.fall_with_others(slot, revision);
        }
    }

    /// An order closes: nothing is left of its lines.
    pub(super) fn closed(&mut self, recorded: Recorded, slot: Option<u32>) {
        let Some((slot, open)) = slot.and_then(|slot| Some((slot, self.book.order(slot)?.clone())))
        else {
            return;
        };
        for index in 0..open.count {
            let at = (slot, index);
            let number = self.book.line(at).map(|line| line.sku_state);
            if let Some(sku_state) = number.and_then(|number| self.sku_states.get_mut(number)) {
                sku_state.expect(at, None);
            }
            self.change_line(at, recorded.position.revision, &Change::Close, None);
        }
        self.decisions.close(slot);
        self.drop_hold(slot);
        self.catalogue.forget_order(&open, self.book.extra(slot));
        self.book.close(slot);
    }
}

impl Allocator {
    /// An order that was done elsewhere asks for nothing; what it sold is counted.
    pub(super) fn count_history(&mut self, recorded: Recorded, history: &HistoryRecorded) {
        let asked = &history.asked;
        let (tier, channel) = (&asked.customer.tier, &asked.channel);
        let class = self
            .catalogue
            .class_of(tier, channel, recorded.position.revision);
        for line in &asked.lines {
            let (_, kept) = history.sent(line.line);
            let counted = Counted {
                class,
                unit_price_minor: line.unit_price_minor,
                placed_at: asked.placed_at.unwrap_or(recorded.at),
            };
            let zone = self.zones.cell();
            self.measures.sold_elsewhere(&counted, kept, zone);
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
        rest_may_go: placed.rest_may_go,
        suspended: None,
        left_from: None,
        substituted_from: None,
    };
    (extra != Extra::default()).then_some(extra)
}
