//! What the item's segment says to a line that stock does not serve: it waits, or is offered
//! something else, or is refused. Must not know stock, nor who else waits.

use super::sku_state::Policy;
use domain::event::{DEFAULT_OFFER_DAYS, Promise, RefuseReason, Segment};
use domain::exact::Exact;
use domain::ids::{DAY_MS, Sku, Timestamp};

/// What a line that is not served from stock is told.
pub(super) enum Verdict {
    /// It waits, until this date.
    Wait(Promise),
    /// It waits until then at the most, and may have one of these instead.
    Offer(Vec<Sku>, Timestamp),
    /// It does not.
    Refuse(RefuseReason),
}

/// Whether so many more units may wait where so many do; `quote` says until when.
pub(super) fn verdict(
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
    if waiting.plus(u64::from(units)) > u64::from(cap) {
        return Verdict::Refuse(RefuseReason::CapReached);
    }
    let promise = quote();
    let longest = i64::from(longest_wait_days).times(DAY_MS);
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
