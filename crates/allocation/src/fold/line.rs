//! The one way in which a line changes: the book changes it, every owner folds what changed, and
//! what may be due after it is put on the agenda. Must not know which fact it was.

use crate::Allocator;
use crate::agenda::Cause;
use crate::book::Book;
use crate::delta::{LineDelta, Moved};
use crate::entry::Heard;
use crate::line::{At, LineUnits, OpenLine};
use crate::measures::Happened;
use domain::demand::Tally;
use domain::exact::fewer;
use domain::ids::Revision;

/// Lines.
impl Allocator {
    /// Changes a line, and whatever follows from it. Its customer has `heard` something with it.
    pub(super) fn change(
        &mut self,
        at: At,
        revision: Revision,
        happened: Happened,
        heard: Option<Heard>,
        change: impl FnOnce(&mut Book) -> Moved,
    ) {
        let Some(was) = self.book.line(at).map(OpenLine::units) else {
            return;
        };
        let moved = change(&mut self.book);
        if let Some(delta) = self.book.delta(at, happened, was) {
            let delta = LineDelta {
                heard,
                moved,
                ..delta
            };
            self.fold_line(&delta, revision);
        }
    }

    /// Counts a line's units anew; none of its stock moves.
    pub(super) fn count(
        &mut self,
        at: At,
        revision: Revision,
        happened: Happened,
        count: impl FnOnce(&mut Tally),
    ) {
        self.change(at, revision, happened, None, |book| book.count(at, count));
    }

    /// A line has come that nobody has decided on.
    pub(super) fn come(&mut self, at: At, revision: Revision) {
        let quantity = self.book.line(at).map_or(0, |line| line.tally.quantity);
        let happened = Happened::Placed(quantity);
        if let Some(delta) = self.book.delta(at, happened, LineUnits::default()) {
            self.fold_line(&delta, revision);
        }
    }

    /// A line's order closes: nothing is left of it.
    pub(super) fn take_down(&mut self, at: At, revision: Revision) {
        let held = self.book.held(at);
        let moved = held.map(|held| (held.place, fewer(held.units)));
        let moved = moved.collect();
        let was = self.book.line(at).map(OpenLine::units).unwrap_or_default();
        if let Some(delta) = self.book.delta(at, Happened::Closed, was) {
            let delta = LineDelta {
                is: LineUnits::default(),
                moved,
                ..delta
            };
            self.fold_line(&delta, revision);
        }
    }

    /// Every owner folds what changed in a line.
    fn fold_line(&mut self, delta: &LineDelta, revision: Revision) {
        for (place, units) in delta.moved.iter() {
            self.hold_at(delta.sku, place, units);
        }
        let Some(sku_state) = self.sku_states.get_mut(delta.sku) else {
            return;
        };
        let waited = sku_state.fold(delta);
        for (happened, states) in delta.measured(&waited) {
            let counts = sku_state.measures_mut();
            self.measures
                .changed(&delta.counted, happened, states, counts);
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
                self.follow_blockers(delta);
                self.follow_holds(delta);
            }
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
        // What was held bound an order that may not be split to its place: the rest may come from
        // another one now.
        let closed = delta.happened == Happened::Closed;
        if delta.was.held > 0 && delta.is.held == 0 && !closed {
            let slot = delta.at.0;
            let several = self.book.order(slot).is_some_and(|open| open.count > 1);
            if several && self.book.extra(slot).is_some_and(|extra| extra.no_split) {
                self.ask_order(slot, revision);
            }
        }
        self.ask(delta.sku, Cause::Line(delta), revision);
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
        if let Some(sku_state) = self.sku_states.get(number) {
            self.agenda.ask(number, sku_state, cause, revision);
        }
    }

    /// Units of an SKU were counted, or are held no more, or may be given to others.
    pub(crate) fn stock_changed(&mut self, number: u32, revision: Revision) {
        if let Some(sku_state) = self.sku_states.get(number) {
            self.holds.follow_stock(sku_state);
        }
        self.ask(number, Cause::Stock, revision);
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
                self.agenda
                    .ask(line.sku_state, sku_state, Cause::Order, revision);
            }
        }
    }
}
