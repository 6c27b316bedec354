//! The one way in which a line changes: the book changes it, every owner folds what changed, and
//! what may be due after it is put on the agenda. Must not know which fact it was.

use super::stock::change_bin;
use crate::Allocator;
use crate::agenda::Cause;
use crate::delta::{LineDelta, Moved};
use crate::entry::Heard;
use crate::line::{At, LineUnits, OpenLine};
use crate::measures::Happened;
use crate::provenance::DatesMoved;
use domain::demand::Change;
use domain::exact::Exact;
use domain::ids::Revision;

/// Lines.
impl Allocator {
    /// Something happens to a line, and whatever follows from it. Its customer has `heard`
    /// something with it.
    pub(super) fn change_line(
        &mut self,
        at: At,
        revision: Revision,
        change: &Change<'_>,
        heard: Option<Heard>,
    ) {
        let Some(line) = self.book.line(at) else {
            return;
        };
        let (was, happened, number) = (line.units(), happened(change, line), line.sku_state);
        let mut refer = |place| self.catalogue.refer_place(place, revision);
        let place = change.location().map(&mut refer);
        let to = change.carried_to().map(&mut refer);
        let moved = self.book.change(at, change, place, to);
        if happened.is_none() {
            self.carry(number, &moved, revision);
            self.ask_marked(number, at, revision);
        }
        let delta = happened.and_then(|happened| self.book.delta(at, happened, was));
        if let Some(delta) = delta {
            let closed = delta.happened == Happened::Closed;
            let delta = LineDelta {
                heard,
                moved,
                is: if closed {
                    LineUnits::default()
                } else {
                    delta.is
                },
                ..delta
            };
            self.fold_line(&delta, revision);
            self.follow_told(at, revision);
        }
        for place in place.into_iter().chain(to) {
            self.catalogue.forget_place(place);
        }
    }

    /// Reserved units lie elsewhere now, for the same lines.
    fn carry(&mut self, number: u32, moved: &Moved, revision: Revision) {
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        let mut travels = false;
        for (place, units) in moved.iter() {
            travels |= change_bin(&mut self.catalogue, sku_state, place, |bin| {
                bin.reserved = bin.reserved.plus(units);
            });
            self.folding.touch(number, place);
        }
        if travels {
            self.ask(number, Cause::Supply, revision);
        }
    }

    /// A line has come that nobody has decided on.
    pub(super) fn come(&mut self, at: At, revision: Revision) {
        let quantity = self.book.line(at).map_or(0, |line| line.tally.quantity);
        let happened = Happened::Placed(quantity);
        if let Some(delta) = self.book.delta(at, happened, LineUnits::default()) {
            self.fold_line(&delta, revision);
        }
    }

    /// A line's customer hears something, and no unit moves.
    pub(super) fn hear(&mut self, at: At, revision: Revision, heard: Heard) {
        let was = self.book.line(at).map(OpenLine::units).unwrap_or_default();
        if let Some(delta) = self.book.delta(at, Happened::Promised, was) {
            let heard = Some(heard);
            self.fold_line(&LineDelta { heard, ..delta }, revision);
            self.follow_told(at, revision);
        }
    }

    /// Every owner folds what changed in a line.
    fn fold_line(&mut self, delta: &LineDelta, revision: Revision) {
        self.follow_suspended(delta);
        self.follow_falls(delta);
        let zone = self.zone_of(delta.at.0).clone();
        let Some(sku_state) = self.sku_states.get_mut(delta.sku) else {
            return;
        };
        let mut travels = false;
        for (place, units) in delta.moved.iter() {
            travels |= change_bin(&mut self.catalogue, sku_state, place, |bin| {
                bin.reserved = bin.reserved.plus(units);
            });
            self.folding.touch(delta.sku, place);
        }
        let waited = sku_state.fold(delta);
        for (happened, states) in delta.measured(&waited) {
            let counts = sku_state.measures_mut();
            self.measures
                .changed(&delta.counted, happened, states, counts, &zone);
        }
        if delta.heard.is_some() || delta.leaves_queue() {
            self.purchases.fold(delta, &waited);
            self.offers.fold(delta);
            self.agenda.first_date(delta.sku, sku_state.first_date());
        }
        match delta.happened {
            // Others are given and told what they were.
            Happened::Promised => return,
            // Nobody has decided on it: nothing keeps it back yet, nor is anything on hold used.
            Happened::Placed(_) => {}
            Happened::Backordered(_)
            | Happened::Refused(..)
            | Happened::Expired
            | Happened::Assigned
            | Happened::Cancelled
            | Happened::Substituted
            | Happened::Released
            | Happened::Shipped
            | Happened::Closed => {
                self.follow_days(delta, revision);
                self.follow_blockers(delta);
                self.follow_holds(delta);
            }
        }
        if travels {
            // What is reserved no more of what travels is inbound.
            self.ask(delta.sku, Cause::Supply, revision);
        }
        self.ask_after(delta, revision);
    }

    fn follow_holds(&mut self, delta: &LineDelta) {
        if !self.holds.is_empty()
            && let Some(sku_state) = self.sku_states.get_mut(delta.sku)
        {
            self.holds.fold(delta, &self.book, sku_state);
        }
    }

    /// Which SKUs must be looked at after a line has changed.
    fn ask_after(&mut self, delta: &LineDelta, revision: Revision) {
        // What was reserved bound an order that may not be split to its place: the rest may come
        // from another one now.
        let closed = delta.happened == Happened::Closed;
        if delta.was.reserved > 0 && delta.is.reserved == 0 && !closed {
            let slot = delta.at.0;
            let several = self.book.order(slot).is_some_and(|open| open.count > 1);
            if several && self.book.extra(slot).is_some_and(|extra| extra.no_split) {
                self.ask_order(slot, revision);
            }
        }
        self.ask(delta.sku, Cause::Line(delta), revision);
        self.ask_marked(delta.sku, delta.at, revision);
        let bare = || self.sku_states.get(delta.sku)?.is_bare().then_some(());
        if closed && bare().is_some() {
            self.agenda.forget(delta.sku);
            self.sku_states.remove(delta.sku);
        }
    }
}

/// What may be due.
impl Allocator {
    /// An SKU must be looked at, if something may be due after this.
    pub(crate) fn ask(&mut self, number: u32, cause: Cause<'_>, revision: Revision) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let dates = self.agenda.ask(number, sku_state, cause, revision);
        if let Some(first) = dates
            && let Some(sku_state) = self.sku_states.get_mut(number)
        {
            let source = self.folding.mover();
            let moved = DatesMoved {
                source,
                at: revision,
                mover: cause.mover(),
            };
            sku_state.provenance_mut().moved(moved, first);
        }
    }

    /// Units of an SKU were counted, or are reserved no more, or may be given to others.
    pub(crate) fn stock_changed(&mut self, number: u32, revision: Revision) {
        if let Some(sku_state) = self.sku_states.get(number) {
            self.holds.follow_stock(sku_state);
        }
        self.ask(number, Cause::Stock, revision);
    }

    /// Something is still to be done to a line that is marked.
    fn ask_marked(&mut self, number: u32, at: At, revision: Revision) {
        let gives_back = self.gives_back.get(number, at).is_some();
        if gives_back || self.falls.get(number, at).is_some() {
            self.ask(number, Cause::Marked, revision);
        }
    }

    /// Less of an order that takes all or nothing is wanted: the rest may be covered now.
    pub(super) fn ask_siblings(&mut self, slot: u32, revision: Revision) {
        if self.book.order(slot).is_some_and(|open| open.ship_complete) {
            self.ask_order(slot, revision);
        }
    }

    /// The lines of an order that want more may be served now.
    fn ask_order(&mut self, slot: u32, revision: Revision) {
        let Some(open) = self.book.order(slot) else {
            return;
        };
        for line in self.book.lines_of(open) {
            if let Some(sku_state) = self.sku_states.get(line.sku_state)
                && line.unfilled() > 0
            {
                // Others of its order are served, not dated anew.
                let _no_dates = self
                    .agenda
                    .ask(line.sku_state, sku_state, Cause::Order, revision);
            }
        }
    }
}

/// What a change is in figures; nothing, where the line has and wants as much as before.
const fn happened(change: &Change<'_>, line: &OpenLine) -> Option<Happened> {
    Some(match change {
        Change::Place(_) | Change::Open(_) => Happened::Placed(line.tally.quantity),
        Change::Cancel { .. } => Happened::Cancelled,
        Change::Exchange { .. } => Happened::Substituted,
        Change::Assign(_) => Happened::Assigned,
        Change::Release(_) | Change::Miss { .. } => Happened::Released,
        Change::Wait(it) => Happened::Backordered(it.quantity),
        Change::Offer(it) => Happened::Backordered(it.quantity),
        // One that was decided on before waited, for what was offered to end.
        Change::Refuse(_) if line.tally.decided => Happened::Expired,
        Change::Refuse(it) => Happened::Refused(it.quantity, it.why),
        Change::Promise(_) => Happened::Promised,
        Change::Ship { .. } => Happened::Shipped,
        Change::Close => Happened::Closed,
        Change::Freeze { .. }
        | Change::Recall { .. }
        | Change::Move { .. }
        | Change::Return { .. } => return None,
    })
}
