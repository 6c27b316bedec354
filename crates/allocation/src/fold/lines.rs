//! What facts do to lines, as all rooms hear it. Effects on an order that was closed meanwhile are
//! void, in every room alike. Must not know which fact it was.

use crate::Allocator;
use crate::entry::{Heard, PromiseBasis};
use crate::line::At;
use crate::measures::Day;
use domain::decider::Recorded;
use domain::demand::{Change, LineChange, LineChanges, Lines};
use domain::event::{Assigned, Offered, Promise};
use domain::exact::{Exact, fewer};
use domain::ids::Revision;

impl Allocator {
    /// What a fact does to lines, in its order. Returns the slot of the last order whose lines
    /// changed, if that is open.
    pub(super) fn change_lines(
        &mut self,
        recorded: Recorded,
        changes: LineChanges<'_>,
    ) -> Option<u32> {
        // Changes of one order mostly stand beside each other.
        let mut order = None;
        let mut changes = changes.peekable();
        let mut index = 0_u32;
        while let Some(it) = changes.next() {
            self.folding
                .effect(index, matches!(it.change, Change::Release(_)));
            let slot = match order {
                Some((same, slot)) if same == it.order => slot,
                _ => self.book.find(it.order.text()),
            };
            order = Some((it.order, slot));
            // Who waits mostly hears in one go until when.
            let dated = changes.next_if(|next| is_date_of(next, &it));
            index = index.plus(if dated.is_some() { 2 } else { 1 });
            let promise = dated.and_then(|dated| promise_of(&dated.change));
            match it.change {
                Change::Place(placed) => {
                    self.placed(recorded, slot, placed);
                    order = None;
                }
                Change::Open(accepted) => self.opened_instead(recorded, slot, accepted),
                Change::Close => {
                    if slot.is_none() {
                        it.look_at_closed();
                    }
                    self.closed(recorded, slot);
                    order = None;
                }
                Change::Ship { .. } => self.ship(recorded.position.revision, slot, &it),
                Change::Cancel { .. }
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
                | Change::Return { .. } => {
                    self.change_each(recorded, slot, &it, promise);
                }
            }
            if self.folding.one_by_one() {
                self.follow_stock();
            }
        }
        order.and_then(|(_, slot)| slot)
    }

    /// Something happens to one line of an order, or to all.
    fn change_each(
        &mut self,
        recorded: Recorded,
        slot: Option<u32>,
        it: &LineChange<'_>,
        promise: Option<&Promise>,
    ) {
        let revision = recorded.position.revision;
        let indexes = slot.map(|slot| match it.lines {
            Lines::All => 0..self.book.order(slot).map_or(0, |open| open.count),
            Lines::One(number) => {
                let index = self.book.index_of(slot, number);
                index.map_or(0..0, |index| index..index.wrapping_add(1))
            }
        });
        let indexes = indexes.unwrap_or_default();
        if indexes.is_empty() {
            match slot {
                Some(_) => it.look_at_line(None),
                None => it.look_at_closed(),
            }
            // What was decided for it is void: others may have it.
            let sku = it.change.sku();
            if let Some(number) = sku.and_then(|sku| self.sku_states.find(sku.text())) {
                self.stock_changed(number, revision);
            }
        }
        for index in indexes {
            let at = (slot.unwrap_or_default(), index);
            let promise = promise.or_else(|| promise_of(&it.change));
            let heard = promise.map(|promise| self.heard(at.0, promise));
            self.change_line(at, revision, &it.change, heard);
            self.follow_decisions(at, &it.change);
            match it.change {
                Change::Assign(it) => self.was_free(at, recorded.as_of, it),
                Change::Offer(it) => self.offered(at, revision, it),
                Change::Refuse(_) => {
                    self.ask_siblings(at.0, revision);
                    self.fall_with_others(at.0, revision);
                }
                Change::Place(_)
                | Change::Open(_)
                | Change::Cancel { .. }
                | Change::Exchange { .. }
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Promise(_)
                | Change::Freeze { .. }
                | Change::Recall { .. }
                | Change::Miss { .. }
                | Change::Move { .. }
                | Change::Ship { .. }
                | Change::Return { .. }
                | Change::Close => {}
            }
        }
    }

    /// What the next decision on a line follows from, where that is no fact of its stock; and where
    /// the last one stands.
    fn follow_decisions(&mut self, at: At, change: &Change<'_>) {
        let Some(line) = self.book.line(at) else {
            return;
        };
        if let Some(position) = self.folding.decided {
            self.decisions.decided(at.0, position);
            if matches!(change, Change::Assign(_))
                && let Some(sku_state) = self.sku_states.get_mut(line.sku_state)
            {
                sku_state.provenance_mut().give(position);
            }
        }
        let gives_up = matches!(change, Change::Cancel { .. } | Change::Exchange { .. });
        let expected = if line.tally.excess() == 0 {
            None
        } else if gives_up {
            Some(self.folding.source)
        } else {
            return;
        };
        if let Some(sku_state) = self.sku_states.get_mut(line.sku_state) {
            sku_state.expect(at, expected);
        }
    }

    /// Units leave, whether their order is open or not.
    fn ship(&mut self, revision: Revision, slot: Option<u32>, it: &LineChange<'_>) {
        let (
            Change::Ship {
                location,
                sku,
                units,
            },
            Lines::One(line),
        ) = (it.change, it.lines)
        else {
            return;
        };
        let place = self.catalogue.refer_place(location, revision);
        self.left_from(slot, place);
        let number = self.sku_states.number(sku);
        self.count_at(number, place, fewer(units), revision);
        if let Some(slot) = slot {
            let index = self.book.index_of(slot, line);
            let ordered = index.and_then(|index| self.book.line((slot, index)));
            let ordered = ordered.and_then(|line| self.sku_states.get(line.sku_state));
            it.look_at_line(ordered.map(|of| of.sku().as_str()));
            let at = (slot, index.unwrap_or_default());
            self.change_line(at, revision, &it.change, None);
        }
        self.stock_changed(number, revision);
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

    /// Looks whether what was assigned was free.
    fn was_free(&self, at: At, as_of: Revision, it: &Assigned) {
        let place = self.catalogue.find_place(&it.location);
        let sku_state = self.book.line(at).map(|line| line.sku_state);
        if let Some(sku_state) = sku_state.and_then(|number| self.sku_states.get(number)) {
            sku_state.was_free(place, as_of);
        }
    }

    /// Something else was offered for what waits of a line: it is told no date meanwhile.
    fn offered(&mut self, at: At, revision: Revision, it: &Offered) {
        let waits = self.book.line(at).filter(|it| it.tally.backordered() > 0);
        if let Some(number) = waits.map(|line| line.sku_state) {
            self.offers.open(at, number, it.until);
            let offer = Heard {
                promised: PromiseBasis::Offer,
                date: None,
                day: Day::default(),
            };
            self.hear(at, revision, offer);
        }
    }

    /// What a customer hears; a purchase order is kept as long as somebody was told of it.
    fn heard(&mut self, slot: u32, promise: &Promise) -> Heard {
        let promised = match promise {
            Promise::Inbound { purchase_order, .. } => {
                PromiseBasis::Firm(self.purchases.refer(purchase_order))
            }
            Promise::Estimate { .. } => PromiseBasis::Estimate,
            Promise::Unknown => PromiseBasis::Unknown,
        };
        let date = promise.at();
        let day = date.map(|date| Day::of(date, self.zone_of(slot)));
        Heard {
            promised,
            date,
            day: day.unwrap_or_default(),
        }
    }
}

/// What a line is promised, if it is promised something.
const fn promise_of<'a>(change: &Change<'a>) -> Option<&'a Promise> {
    match change {
        Change::Promise(it) => Some(&it.promise),
        Change::Place(_)
        | Change::Open(_)
        | Change::Cancel { .. }
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
        | Change::Return { .. }
        | Change::Close => None,
    }
}

/// Whether a change says until when what another lets wait does.
fn is_date_of(next: &LineChange<'_>, it: &LineChange<'_>) -> bool {
    let waits = matches!(it.change, Change::Wait(_)) && promise_of(&next.change).is_some();
    waits && next.lines == it.lines && next.order == it.order
}
