//! What the item's segment says to a line that stock does not serve: it waits, or is offered
//! something else, or is refused. Must not know stock, nor who else waits.

use super::policy::Policy;
use super::promise;
use domain::event::{DEFAULT_OFFER_DAYS, Limit, Promise, RefuseReason, Segment};
use domain::exact::Exact;
use domain::ids::{DAY_MS, Sku, Timestamp};

/// What a line that is not served from stock is told.
#[derive(Debug)]
pub(super) enum Verdict {
    /// So many units wait, until this date; what is more than the item allows is refused.
    Wait(u32, Promise, Option<Refusal>),
    /// All wait until then at the most, and may have one of these instead.
    Offer(Vec<Sku>, Timestamp),
    /// None waits.
    Refuse(Refusal),
}

/// Units that may not wait, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whole units, at least 1.
    pub units: u32,
    /// Why.
    pub why: RefuseReason,
    /// The bound behind the reason, with its numbers, where there is one.
    pub limit: Option<Limit>,
}

impl Verdict {
    /// Units that wait, of so many.
    pub fn waits(&self, of: u32) -> u32 {
        match self {
            Self::Wait(units, ..) => *units,
            Self::Offer(..) => of,
            Self::Refuse(_) => 0,
        }
    }
}

/// Units that stock does not serve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    pub units: u32,
    /// They wait together or not at all.
    pub whole: bool,
    /// When they may have stock, if they may not yet: how long they wait counts from then.
    pub opens_at: Option<Timestamp>,
    /// Their order stands still: it keeps its place, whatever the item's rule says.
    pub stands_still: bool,
}

/// Whether so many more units may wait where so many do; `quote` says until when.
pub(super) fn verdict(
    policy: Option<&Policy>,
    waiting: u64,
    rest: Rest,
    now: Timestamp,
    quote: impl FnOnce(u32) -> Promise,
) -> Verdict {
    let asked = rest.units;
    let refuse = |units, why, limit| Refusal { units, why, limit };
    let none = |why| Verdict::Refuse(refuse(asked, why, None));
    let Some(policy) = policy else {
        return none(RefuseReason::UnknownItem);
    };
    if rest.stands_still {
        return Verdict::Wait(asked, quote(asked), None);
    }
    let (cap, longest_wait_days) = match &policy.segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => (*cap, *longest_wait_days),
        Segment::Substitutable {
            alternatives,
            offer_days,
        } => {
            let days = offer_days.unwrap_or(DEFAULT_OFFER_DAYS);
            if days == 0 || alternatives.is_empty() {
                return none(RefuseReason::Substitutable);
            }
            let until = now.plus_days(i64::from(days));
            return Verdict::Offer(alternatives.clone(), until);
        }
        Segment::StockOnly => return none(RefuseReason::StockOnly),
    };
    let limit = Limit::Cap {
        asked,
        cap,
        waiting,
    };
    let may = u32::try_from(limit.may_wait()).unwrap_or(u32::MAX);
    let waits = if may >= asked {
        asked
    } else if rest.whole {
        0
    } else {
        may
    };
    let beyond = asked.minus(waits);
    let beyond = (beyond > 0).then(|| refuse(beyond, RefuseReason::CapReached, Some(limit)));
    if let (0, Some(all)) = (waits, beyond) {
        return Verdict::Refuse(all);
    }
    let mut promise = quote(waits);
    let mut from = now;
    if let Some(opens_at) = rest.opens_at {
        promise = promise::not_before(promise, opens_at);
        from = opens_at;
    }
    let longest = i64::from(longest_wait_days).times(DAY_MS);
    if let Some(at) = promise.at().filter(|at| at.ms_since(from) > longest) {
        let limit = Limit::Wait {
            at,
            days: longest_wait_days,
        };
        return Verdict::Refuse(refuse(asked, RefuseReason::WaitTooLong, Some(limit)));
    }
    Verdict::Wait(waits, promise, beyond)
}
