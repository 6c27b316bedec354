//! Who covers whom, and whom to tell, by scanning everything.

use backorder_allocation::{LAPSE_GRACE_DAYS, PROMISE_TOLERANCE_DAYS};
use domain::event::*;
use domain::ids::{DAY_MS, Sku, Timestamp};

use super::serve::Plan;
use super::{Line, Naive, Name};

/// What somebody who comes is told.
pub(super) enum Answer {
    /// So many wait; the others are refused.
    Wait(u32, Promise, Option<Limit>),
    Offer(Vec<Sku>, Timestamp),
    Refuse(RefuseReason, Option<Limit>),
}

impl Naive {
    pub(super) fn verdict(
        &self,
        sku: &str,
        elsewhere: u64,
        all: u64,
        (open, whole, opens_at): (u32, bool, Option<Timestamp>),
        now: Timestamp,
    ) -> Answer {
        let Some(item) = self.items.get(sku) else {
            return Answer::Refuse(RefuseReason::UnknownItem, None);
        };
        let (cap, longest_wait_days) = match &item.segment {
            Segment::Backorderable {
                cap,
                longest_wait_days,
            } => (*cap, *longest_wait_days),
            Segment::Substitutable {
                alternatives,
                offer_days,
            } => {
                let until = now.plus_days(offer_days.unwrap_or(DEFAULT_OFFER_DAYS).into());
                return Answer::Offer(alternatives.clone(), until);
            }
            Segment::StockOnly => return Answer::Refuse(RefuseReason::StockOnly, None),
        };
        let mut waits = open;
        while waits > 0 && all + u64::from(waits) > u64::from(cap) {
            waits = if whole { 0 } else { waits - 1 };
        }
        let limit = Limit::Cap {
            asked: open,
            cap,
            waiting: all,
        };
        let limit = (waits < open).then_some(limit);
        if waits == 0 {
            return Answer::Refuse(RefuseReason::CapReached, limit);
        }
        let promise = self.quote(sku, elsewhere + u64::from(waits), now);
        let promise = not_before(promise, opens_at);
        let longest = i64::from(longest_wait_days) * DAY_MS;
        if let Some(at) = promise.at()
            && at.ms_since(opens_at.unwrap_or(now)) > longest
        {
            let days = longest_wait_days;
            return Answer::Refuse(RefuseReason::WaitTooLong, Some(Limit::Wait { at, days }));
        }
        Answer::Wait(waits, promise, limit)
    }

    /// Units of what comes that a line leaves to those for whom they are kept, so many being free.
    pub(super) fn kept_of_supply(&self, line: &Line, free: i64) -> u64 {
        u64::try_from(self.protection_level(line) - free).unwrap_or(0)
    }

    pub fn quote(&self, sku: &str, units: u64, now: Timestamp) -> Promise {
        let here = self.inbounds.iter().filter(|inbound| inbound.sku == sku);
        let mut inbounds: Vec<(Timestamp, Name, u32)> = here
            .filter_map(|it| {
                let at = arrival(it.expected_at?, now);
                Some((at, it.purchase_order.clone(), it.open))
            })
            .collect();
        let ways = self.on_its_way(sku).into_iter();
        inbounds.extend(ways.map(|(road, at, open)| (arrival(at, now), road, open)));
        inbounds.sort();
        let mut sum = 0;
        for (at, purchase_order, open) in inbounds {
            sum += u64::from(open);
            if sum >= units {
                let purchase_order = purchase_order.as_str().into();
                return Promise::Inbound { purchase_order, at };
            }
        }
        let mut here = self.inbounds.iter().filter(|inbound| inbound.sku == sku);
        if here.any(|inbound| inbound.expected_at.is_none()) {
            return Promise::Unknown;
        }
        let item = self.items.get(sku);
        let days = item.and_then(|item| Some(item.replenishment.as_ref()?.lead_time_days));
        days.map_or(Promise::Unknown, |days| Promise::Estimate {
            at: now.plus_days(days.into()),
        })
    }

    pub(super) fn dates(&self, sku: &str, now: Timestamp) -> Vec<Effect> {
        let (mut effects, mut ahead) = (Vec::new(), 0);
        let free = Plan::new(self, now).open(sku);
        for line in self.ranked(sku) {
            let waiting = line.tally.backordered();
            if waiting == 0 {
                continue;
            }
            ahead += u64::from(waiting);
            let kept = self.kept_of_supply(line, free);
            let quote = self.quote(sku, ahead + kept, now);
            let opens_at = self.opens_at(line, now);
            let quote = not_before(quote, opens_at);
            let told = line.promised.as_ref().and_then(Promise::at);
            let too_early = told
                .zip(opens_at)
                .is_some_and(|(told, opens_at)| told < opens_at.plus_days(-PROMISE_TOLERANCE_DAYS));
            let anew = too_early || must_promise(line.promised.as_ref(), &quote, now);
            if line.offer.is_none() && anew {
                effects.push(promised(line, quote, line.promised.clone()));
            }
        }
        effects
    }
}

/// No date is told before a line may take stock.
fn not_before(mut promise: Promise, opens_at: Option<Timestamp>) -> Promise {
    if let (Promise::Inbound { at, .. } | Promise::Estimate { at }, Some(opens_at)) =
        (&mut promise, opens_at)
    {
        *at = (*at).max(opens_at);
    }
    promise
}

/// One, two, four, eight days after its date: the first that is still to come.
fn arrival(eta: Timestamp, now: Timestamp) -> Timestamp {
    if now <= eta {
        return eta;
    }
    let mut days = 1;
    while eta.plus_days(days) <= now {
        days *= 2;
    }
    eta.plus_days(days)
}

fn must_promise(promised: Option<&Promise>, quote: &Promise, now: Timestamp) -> bool {
    let Some(promised) = promised else {
        return true;
    };
    if promised
        .at()
        .is_some_and(|at| at.plus_days(LAPSE_GRACE_DAYS) <= now)
    {
        return true;
    }
    match (promised, quote) {
        (Promise::Unknown, quote) => *quote != Promise::Unknown,
        (Promise::Estimate { .. }, Promise::Estimate { .. } | Promise::Unknown) => false,
        (Promise::Inbound { .. }, Promise::Unknown) => true,
        (was, quote) => {
            let (was, is) = (was.at().unwrap(), quote.at().unwrap());
            is.ms_since(was).abs() > PROMISE_TOLERANCE_DAYS * DAY_MS
        }
    }
}

pub(super) fn promised(line: &Line, promise: Promise, was: Option<Promise>) -> Effect {
    Effect::Promised(Promised {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        promise,
        was,
    })
}
