//! What every fact comes down to: a line or a SKU state changes, its indexes follow, and its SKU is
//! touched if something could be due. Must not know which fact it was.

use crate::Allocator;
use crate::blockers::Terms;
use crate::book::{At, Gone};
use crate::entry::{Heard, Holder, PromiseBasis, PromiseBasisCode, Waiting};
use crate::line::{LineUnits, Open, OpenLine};
use crate::measures::{Day, Happened, State};
use crate::promise;
use crate::queue_key::QueueKey;
use crate::sku_state::{SkuState, Touch};
use domain::demand::Tally;
use domain::ids::{Revision, Timestamp};

/// What every change of a line and of a SKU state comes down to.
impl Allocator {
    /// Something may be due for an SKU since this fact; of its dates, too.
    pub(super) fn touch(&mut self, number: u32, at: Revision, dates: bool) {
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        match &mut sku_state.touch {
            Some(touch) => {
                touch.at = touch.at.max(at);
                touch.dates |= dates;
            }
            None => {
                let since = at;
                sku_state.touch = Some(Touch {
                    at,
                    since,
                    dates,
                    events: 0,
                });
                self.touched.insert((since, number));
            }
        }
    }

    /// A decision that is under way may be about to let somebody wait, so what is touched already
    /// is touched again: that decision did not know of this fact.
    pub(super) fn supply_changed(&mut self, number: u32, revision: Revision) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        if !sku_state.queue.is_empty() || !sku_state.door.is_empty() || sku_state.touch.is_some() {
            self.touch(number, revision, true);
        }
    }

    /// Less of a line is wanted. A decision that is under way did not know it, and may be about to
    /// tell those behind it a later date than theirs.
    pub(super) fn wanted_less(&mut self, at: At, revision: Revision) {
        let number = self.book.line(at).map(|line| line.sku_state);
        let Some((number, sku_state)) = number.and_then(|it| Some((it, self.sku_states.get(it)?)))
        else {
            return;
        };
        if sku_state.touch.is_some() && sku_state.has_dates() {
            self.touch(number, revision, true);
        }
    }

    pub(crate) fn stock_changed(&mut self, number: u32, revision: Revision) {
        self.look_at_holds(number);
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let dates = sku_state.dates_follow_stock();
        if dates || sku_state.is_short() || sku_state.could_fill() || sku_state.touch.is_some() {
            self.touch(number, revision, dates);
        }
    }

    /// Less of an order that takes all or nothing is wanted: the rest may be covered now.
    pub(super) fn touch_siblings(&mut self, slot: u32, revision: Revision) {
        if self.book.order(slot).is_some_and(|open| open.ship_complete) {
            self.touch_lines(slot, revision);
        }
    }

    /// A line holds nothing any more. What was held bound an order that may not be split to its
    /// place: the rest may come from another one now.
    fn touch_unbound(&mut self, slot: u32, revision: Revision) {
        let several = self.book.order(slot).is_some_and(|open| open.count > 1);
        let no_split = |slot| self.book.extra(slot).is_some_and(|extra| extra.no_split);
        if several && no_split(slot) {
            self.touch_lines(slot, revision);
        }
    }

    fn touch_lines(&mut self, slot: u32, revision: Revision) {
        let Some(open) = self.book.order(slot) else {
            return;
        };
        let lines = self.book.lines_of(open).iter();
        let sku_states: Vec<u32> = lines
            .filter(|line| line.unfilled() > 0)
            .map(|line| line.sku_state)
            .collect();
        for number in sku_states {
            if self
                .sku_states
                .get(number)
                .is_some_and(SkuState::could_fill)
            {
                self.touch(number, revision, false);
            }
        }
    }

    /// All that was due as of a revision has been decided.
    pub(super) fn rest(&mut self, as_of: Revision, at: Timestamp) {
        let later = Revision(as_of.0.saturating_add(1));
        let later = self.touched.split_off(&(later, 0));
        for (since, number) in std::mem::replace(&mut self.touched, later) {
            if let Some(sku_state) = self.sku_states.get_mut(number)
                && sku_state.touch.is_none_or(|touch| touch.at <= as_of)
            {
                sku_state.touch = None;
            } else {
                self.touched.insert((since, number));
            }
        }
        // Where the earliest date has been served, the index still has it.
        while let Some((date, number)) = self.lapses.first().copied()
            && promise::lapses_at(date) <= at
        {
            let first = self.sku_states.get(number);
            let first = first.and_then(|sku_state| sku_state.queue.total().first_date());
            if first == Some(date) {
                return;
            }
            self.index_lapse(number, first);
        }
    }

    /// Others are looked at before it is again.
    pub(super) fn requeue(&mut self, sku: &str, revision: Revision) {
        let Some(number) = self.sku_states.find(sku) else {
            return;
        };
        let touch = self.sku_states.get_mut(number);
        if let Some(touch) = touch.and_then(|sku_state| sku_state.touch.as_mut())
            && touch.since < revision
        {
            self.touched.remove(&(touch.since, number));
            touch.since = revision;
            touch.at = touch.at.max(revision);
            touch.one_more();
            self.touched.insert((revision, number));
        }
    }

    pub(super) fn sku_state_of_line(&mut self, at: At) -> Option<&mut SkuState> {
        let number = self.book.line(at)?.sku_state;
        self.sku_states.get_mut(number)
    }

    pub(super) fn held_no_more(&mut self, at: At, gone: &Gone) {
        if let Some(sku_state) = self.sku_state_of_line(at) {
            for (place, units) in gone {
                sku_state.held(*place, i64::from(*units).saturating_neg());
            }
        }
    }

    /// Counts a line's units anew.
    pub(super) fn count(
        &mut self,
        at: At,
        revision: Revision,
        happened: Happened,
        count: impl FnOnce(&mut Tally),
    ) {
        self.change(at, revision, happened, None, |room, at| {
            if let Some(line) = room.book.line_mut(at) {
                count(&mut line.tally);
            }
        });
    }

    /// Changes a line, and whatever follows from it in the indexes. Its customer has `heard`
    /// something, if nothing of it waited before.
    pub(super) fn change(
        &mut self,
        at: At,
        revision: Revision,
        happened: Happened,
        heard: Option<Heard>,
        change: impl FnOnce(&mut Self, At),
    ) {
        let Some(was) = self.book.line(at).map(OpenLine::units) else {
            return;
        };
        change(self, at);
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return;
        };
        let (is, queue_key, number) = (line.units(), open.queue_key(at.1), line.sku_state);
        let whole = line.complete_only || open.ship_complete;
        let mut entry = Waiting {
            queue_key,
            order: at.0,
            units: is.waiting,
            at: Timestamp::default(),
            promised: PromiseBasisCode::default(),
            first_promised: Day::default(),
            class: open.class,
            terms: Terms::new(whole, 0),
        };
        let counted = open.counted(line);
        let leaves_nobody = open.count == 1 && is.waiting == 0;
        if let Some(heard) = heard {
            entry.hear(heard);
        }
        let stands = self.restate(number, &was, &is, entry);
        if !leaves_nobody {
            self.follow_blockers(at);
        }
        let state = |units| stands.map_or_else(State::default, |entry| entry.state(units));
        let states = (state(was.waiting), state(is.waiting));
        match heard {
            // To wait and to be told so are two things, though they come in one go.
            Some(heard) => {
                self.measure(number, &counted, happened, Default::default());
                let promised = (State::default(), states.1);
                self.measure(number, &counted, Happened::Promised, promised);
                if stands.is_none() {
                    self.forget(heard.promised.into());
                }
                self.lapse_from(number);
            }
            None => self.measure(number, &counted, happened, states),
        }
        let promised = stands.filter(|_| is.waiting > 0);
        let promised = promised.map(|entry| PromiseBasis::from(entry.promised));
        if was.waiting > 0 && is.waiting == 0 && !self.offers.is_empty() {
            self.offers.end(at);
        }
        if was.held < is.held {
            self.take_held(at.0, number, is.held.saturating_sub(was.held));
        }
        if was.door > 0 && is.door == 0 {
            self.follow_hold(at.0);
        }
        if was.held > 0 && is.held == 0 {
            self.touch_unbound(at.0, revision);
        }
        self.look_at_holds(number);
        self.follow(number, queue_key, revision, &was, &is, promised);
    }

    /// Puts a line's indexes right. Returns what stands of it in the queue, or stood there.
    fn restate(
        &mut self,
        number: u32,
        was: &LineUnits,
        is: &LineUnits,
        entry: Waiting,
    ) -> Option<Waiting> {
        let sku_state = self.sku_states.get_mut(number)?;
        let (queue_key, order) = (entry.queue_key, entry.order);
        let mut heard = None;
        if was.waiting == 0 && is.waiting > 0 {
            sku_state.queue.insert(entry);
            heard = Some(entry);
        } else if is.waiting > 0 {
            heard = sku_state.queue.update(queue_key, |entry| {
                entry.units = is.waiting;
                *entry
            });
        }
        let gone = (was.waiting > 0 && is.waiting == 0)
            .then(|| sku_state.leave(queue_key))
            .flatten();
        if was.held != is.held {
            let units = is.held;
            if units == 0 {
                sku_state.holders.remove(queue_key);
            } else {
                sku_state.holders.insert(Holder {
                    queue_key,
                    order,
                    units,
                });
            }
        }
        if was.door > 0 && is.door == 0 {
            sku_state.door.remove(queue_key);
        }
        match (was.excess, is.excess) {
            (false, true) => drop(sku_state.excess.insert(queue_key, order)),
            (true, false) => drop(sku_state.excess.remove(&queue_key)),
            (true, true) | (false, false) => {}
        }
        if let Some(gone) = gone {
            self.forget(gone.promised);
            self.lapse_from(number);
        }
        heard.or(gone)
    }

    fn follow(
        &mut self,
        number: u32,
        queue_key: QueueKey,
        revision: Revision,
        was: &LineUnits,
        is: &LineUnits,
        promised: Option<PromiseBasis>,
    ) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let moved = (was.waiting, was.door) != (is.waiting, is.door);
        // At the door a date is told in the same event; who must wait again may have none.
        let unpromised =
            was.door == 0 && is.waiting > was.waiting && promised == Some(PromiseBasis::Nothing);
        let behind = || {
            let last = sku_state.queue.last().map(|last| last.queue_key);
            last.is_some_and(|last| last > queue_key || (last == queue_key && was.door == 0))
        };
        let kept = was.held != is.held && sku_state.dates_follow_stock();
        let dates = unpromised || kept || (moved && sku_state.has_dates() && behind());
        let fillable = moved && sku_state.could_fill();
        if dates || fillable || is.excess || sku_state.is_short() {
            self.touch(number, revision, dates);
        }
    }

    /// A line of an order that closes: nothing is left of it.
    pub(super) fn take_down(&mut self, at: At, open: &Open, line: &OpenLine) {
        let queue_key = open.queue_key(at.1);
        self.offers.end(at);
        let Some(sku_state) = self.sku_states.get_mut(line.sku_state) else {
            return;
        };
        let gone = sku_state.leave(queue_key);
        sku_state.holders.remove(queue_key);
        sku_state.door.remove(queue_key);
        sku_state.excess.remove(&queue_key);
        sku_state.open_lines = sku_state.open_lines.saturating_sub(1);
        let bare = sku_state.is_bare();
        let since = sku_state.touch.map(|touch| touch.since);
        if let Some(gone) = gone {
            self.forget(gone.promised);
            let states = (gone.state(gone.units), State::default());
            self.measure(line.sku_state, &open.counted(line), Happened::Else, states);
        }
        self.lapse_from(line.sku_state);
        if bare {
            if let Some(since) = since {
                self.touched.remove(&(since, line.sku_state));
            }
            self.sku_states.remove(line.sku_state);
        }
    }

    /// Brings the index of lapses up to a SKU state's first date. It may lag behind where a date
    /// was served: that is put right when it would lapse.
    pub(super) fn lapse_from(&mut self, number: u32) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return;
        };
        let first = sku_state.queue.total().first_date();
        let late = match (sku_state.lapse, first) {
            (Some(indexed), Some(first)) => first < indexed,
            (one, other) => one.is_some() != other.is_some(),
        };
        if late {
            self.index_lapse(number, first);
        }
    }

    fn index_lapse(&mut self, number: u32, first: Option<Timestamp>) {
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        if let Some(was) = std::mem::replace(&mut sku_state.lapse, first) {
            self.lapses.remove(&(was, number));
        }
        if let Some(first) = first {
            self.lapses.insert((first, number));
        }
    }
}
