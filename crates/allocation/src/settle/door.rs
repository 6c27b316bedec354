//! What happens to lines that have come and were not wholly served from stock: they wait, or are
//! refused, and hear why or until when. Must not know stock.

use super::Pass;
use super::desk::{Desk, Served, Stop};
use crate::entry::Comer;
use crate::line::{Open, OpenLine};
use crate::shelf::Policy;
use crate::sink::{Room, offer_size};
use crate::turn::Turn;
use domain::event::{
    Backordered, DEFAULT_OFFER_DAYS, Effect, Offered, Promise, Promised, RefuseReason, Refused,
    Segment,
};
use domain::ids::{DAY_MS, Sku, Timestamp};

/// What a line that is not served from stock is told.
pub(crate) enum Verdict {
    /// It waits, until this date.
    Wait(Promise),
    /// It waits until then at the most, and may have one of these instead.
    Offer(Vec<Sku>, Timestamp),
    /// It does not.
    Refuse(RefuseReason),
}

/// Whether so many more units may wait where so many do; `quote` says until when.
pub(crate) fn verdict(
    policy: Option<&Policy>,
    waiting: u64,
    units: u32,
    now: Timestamp,
    quote: impl FnOnce() -> Promise,
) -> Verdict {
    let Some(policy) = policy else {
        return Verdict::Refuse(RefuseReason::UnknownItem);
    };
    let (cap, longest_wait_days) = match &policy.segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => (*cap, *longest_wait_days),
        Segment::Substitutable {
            alternatives,
            offer_days,
        } => return offer(alternatives, offer_days.unwrap_or(DEFAULT_OFFER_DAYS), now),
        Segment::StockOnly => return Verdict::Refuse(RefuseReason::StockOnly),
    };
    if waiting.saturating_add(u64::from(units)) > u64::from(cap) {
        return Verdict::Refuse(RefuseReason::CapReached);
    }
    let promise = quote();
    let longest = i64::from(longest_wait_days).saturating_mul(DAY_MS);
    if promise.at().is_some_and(|at| at.ms_since(now) > longest) {
        return Verdict::Refuse(RefuseReason::WaitTooLong);
    }
    Verdict::Wait(promise)
}

fn offer(alternatives: &[Sku], days: u32, now: Timestamp) -> Verdict {
    if days == 0 || alternatives.is_empty() {
        return Verdict::Refuse(RefuseReason::Substitutable);
    }
    Verdict::Offer(alternatives.to_vec(), now.plus_days(i64::from(days)))
}

impl<'a> Pass<'a> {
    /// Decides on every line at the door to which its turn has come, best rank first. All that a
    /// line gets at the door stands in one event.
    pub(super) fn door(&mut self, desk: &mut Desk<'a>) {
        if desk.shelf.door.is_empty() {
            return;
        }
        let curve = desk.shelf.supply.curve(self.now);
        let last_kept = desk.served.last().map(|served| served.turn);
        let mut in_part = std::mem::take(&mut desk.served).into_iter().peekable();
        let mut done = std::mem::take(&mut desk.done).into_iter().peekable();
        let mut taken = std::mem::take(&mut desk.taken).into_iter().peekable();
        let all: u64 = taken.clone().map(|(_, units)| u64::from(units)).sum();
        let mut waiting = desk.shelf.queue.total().units.saturating_sub(all);
        let (mut gone, mut come) = (0_u64, 0_u64);
        for Comer { turn, order } in desk.shelf.door.iter().copied() {
            let whole = done.next_if(|done| *done == turn);
            let Some((open, line)) = self.line(turn, order).filter(|_| whole.is_none()) else {
                continue;
            };
            let is_kept = last_kept.is_some_and(|last| turn <= last);
            let reached = desk.stop != Stop::Full || desk.cursor.is_some_and(|at| at >= turn);
            let full = desk.used >= desk.share || self.sink.is_full(desk.most_of_a_line(false));
            if !reached || (full && !is_kept) {
                desk.stop = Stop::Full;
                break;
            }
            while let Some((_, units)) = taken.next_if(|(other, _)| *other < turn) {
                gone = gone.saturating_add(u64::from(units));
            }
            let before = self.sink.len();
            let mut had = 0;
            if let Some(served) = in_part.next_if(|served| served.turn == turn) {
                had = served.units;
                self.sink.let_go(served.room);
                served.effects.into_iter().for_each(|it| self.sink.push(it));
            }
            let wanted = line.unfilled().saturating_sub(had);
            let queued = desk.shelf.queue.before(turn).units;
            let ahead = queued.saturating_add(come).saturating_sub(gone);
            let kept = desk.floors.as_ref();
            let kept = kept.map_or(0, |floors| floors.to_come(open.class, desk.free_units));
            let units = ahead.saturating_add(kept).saturating_add(u64::from(wanted));
            let quote = || super::desk::quote(desk.shelf, &curve, units, self.now);
            let verdict = verdict(desk.policy(), waiting, wanted, self.now, quote);
            if let Verdict::Wait(_) | Verdict::Offer(..) = verdict {
                come = come.saturating_add(u64::from(wanted));
                waiting = waiting.saturating_add(u64::from(wanted));
            }
            self.tell_at_door(desk, (open, line), wanted, ahead, verdict);
            // Room that was kept is used already.
            if !is_kept {
                let told = self.sink.len().saturating_sub(before);
                desk.used = desk.used.saturating_add(told);
            }
        }
    }

    /// Whether what a line at the door gets, and what it and all before it are told, fits in this
    /// event; all that a line gets at the door stands in one.
    pub(super) fn has_room(&self, desk: &mut Desk<'a>, turn: Turn, open: &Open) -> bool {
        self.count_untold(desk, turn);
        let places = desk.free.len();
        let sku = desk.shelf.sku.as_str().len();
        let ids = open.id.as_str().len().saturating_add(sku);
        let stock = Room::to_take(places, ids);
        let all = desk.untold.and(self.room_to_tell(desk, open)).and(stock);
        let others = desk.untold.effects > 0;
        if others && desk.used.saturating_add(all.effects) > desk.share {
            return false;
        }
        !self.sink.lacks(all) || (self.sink.is_empty() && !others)
    }

    /// A line at the door was given so many units, and is told of the rest when all have been
    /// served: room for it, and for what those before it are told, is kept until then. Its
    /// effects are those since there were so many.
    pub(super) fn serve_in_part(
        &mut self,
        desk: &mut Desk<'a>,
        turn: Turn,
        open: &Open,
        (units, before): (u32, usize),
    ) {
        let effects = self.sink.take_back(before);
        let own = Room::of(&effects).and(self.room_to_tell(desk, open));
        let room = std::mem::take(&mut desk.untold).and(own);
        desk.counted = Some(turn);
        self.sink.keep(room);
        desk.used = desk.used.saturating_add(room.effects);
        desk.served.push(Served {
            turn,
            units,
            effects,
            room,
        });
    }

    /// Counts what lines at the door before this one are told, for whom no room is kept yet.
    fn count_untold(&self, desk: &mut Desk<'a>, until: Turn) {
        let shelf = desk.shelf;
        let since = desk.counted;
        let comers = shelf.door.iter_from(since.unwrap_or(Turn::FIRST));
        let comers = comers.take_while(|comer| comer.turn < until);
        for comer in comers.filter(|comer| Some(comer.turn) != since) {
            desk.counted = Some(comer.turn);
            if desk.done.binary_search(&comer.turn).is_err()
                && let Some(open) = self.state.book.order(comer.order)
            {
                desk.untold = desk.untold.and(self.room_to_tell(desk, open));
            }
        }
    }

    fn room_to_tell(&self, desk: &Desk<'_>, open: &Open) -> Room {
        let instead = match desk.policy().map(|policy| &policy.segment) {
            Some(Segment::Substitutable { alternatives, .. }) => offer_size(alternatives),
            Some(Segment::Backorderable { .. } | Segment::StockOnly) | None => 0,
        };
        let (order, sku) = (open.id.as_str().len(), desk.shelf.sku.as_str().len());
        Room::to_tell(order, sku, instead)
    }

    /// What so many units of a line are told that stock did not serve.
    fn tell_at_door(
        &mut self,
        desk: &Desk<'_>,
        (open, line): (&Open, &OpenLine),
        quantity: u32,
        ahead: u64,
        verdict: Verdict,
    ) {
        let (order, sku, line) = (open.id(), desk.shelf.sku.clone(), line.number);
        match verdict {
            Verdict::Offer(alternatives, until) => self.sink.push(Effect::Offered(Offered {
                order,
                line,
                sku,
                quantity,
                alternatives,
                until,
            })),
            Verdict::Refuse(why) => self.sink.push(Effect::Refused(Refused {
                order,
                line,
                sku,
                quantity,
                why,
            })),
            Verdict::Wait(promise) => {
                let waits = Backordered {
                    order: order.clone(),
                    line,
                    sku: sku.clone(),
                    quantity,
                    effective: open.effective,
                    ahead,
                };
                self.sink.push(Effect::Backordered(waits));
                let promised = Promised {
                    order,
                    line,
                    sku,
                    promise,
                    was: None,
                };
                self.sink.push(Effect::Promised(promised));
            }
        }
    }
}
