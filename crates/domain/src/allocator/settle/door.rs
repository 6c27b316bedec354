//! What happens to lines that have come and were not wholly served from stock: they wait, or are
//! refused, and hear why or until when. Must not know stock.

use super::Pass;
use super::desk::{Desk, Stop};
use crate::allocator::entry::Comer;
use crate::allocator::line::{Open, OpenLine};
use crate::allocator::shelf::Policy;
use crate::event::{
    Backordered, DEFAULT_OFFER_DAYS, Effect, Offered, Promise, Promised, RefuseReason, Refused,
    Segment,
};
use crate::ids::{DAY_MS, Sku, Timestamp};

/// What a line that is not served from stock is told.
pub(in crate::allocator) enum Verdict {
    /// It waits, until this date.
    Wait(Promise),
    /// It waits until then at the most, and may have one of these instead.
    Offer(Vec<Sku>, Timestamp),
    /// It does not.
    Refuse(RefuseReason),
}

/// Whether so many more units may wait where so many do; `quote` says until when.
pub(in crate::allocator) fn verdict(
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
            let served = in_part.next_if(|served| served.turn == turn);
            let reached = desk.stop != Stop::Full || desk.cursor.is_some_and(|at| at >= turn);
            let full = desk.used >= desk.share || self.sink.is_full(desk.most_of_a_line(false));
            if !reached || (full && served.is_none()) {
                desk.stop = Stop::Full;
                break;
            }
            while let Some((_, units)) = taken.next_if(|(other, _)| *other < turn) {
                gone = gone.saturating_add(u64::from(units));
            }
            let before = self.sink.len();
            let had = served.as_ref().map_or(0, |served| served.units);
            for effect in served.into_iter().flat_map(|it| it.effects) {
                self.sink.push(effect);
            }
            let wanted = line.unfilled().saturating_sub(had);
            let queued = desk.shelf.queue.before(turn).units;
            let ahead = queued.saturating_add(come).saturating_sub(gone);
            let units = ahead.saturating_add(u64::from(wanted));
            let quote = || super::desk::quote(desk.shelf, &curve, units, self.now);
            let verdict = verdict(desk.policy(), waiting, wanted, self.now, quote);
            if let Verdict::Wait(_) | Verdict::Offer(..) = verdict {
                come = come.saturating_add(u64::from(wanted));
                waiting = waiting.saturating_add(u64::from(wanted));
            }
            self.tell_at_door(desk, (open, line), wanted, ahead, verdict);
            let told = self.sink.len().saturating_sub(before);
            desk.used = desk.used.saturating_add(told);
        }
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
