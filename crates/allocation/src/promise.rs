//! Which inbound covers a line, which date follows, and which told dates may stand. Must not
//! know stock.
//!
//! A told date stands until it moves by more than the tolerance, or lapses: its day is past and
//! the goods are not here. An estimate is worked out anew only then, so it does not drift with
//! the clock.
//!
//! Lines between two breakpoints of supply share one quote, so what may stand is worked out once
//! for all of them, and the tree passes over every subtree in which all may.

use super::entry::{PromiseBasis, PromiseBasisCode, Span, Waiting, Waits};
use super::purchases::Purchases;
use super::supply::Step;
use domain::event::Promise;
use domain::exact::{Exact, fewer};
use domain::ids::{DAY_MS, Timestamp};

/// Days by which a date may move without being told.
pub const PROMISE_TOLERANCE_DAYS: i64 = 1;
/// Days after its date at which a promise has lapsed.
pub const LAPSE_GRACE_DAYS: i64 = 1;

/// When a promise of this date has lapsed.
pub(super) const fn lapses_at(date: Timestamp) -> Timestamp {
    date.plus_days(LAPSE_GRACE_DAYS)
}

/// The first inbound with which supply covers so many units; else the item's lead time, unless
/// something is on its way of which nobody knows when it comes; else nothing is known.
pub(super) fn quote(
    curve: &[Step<'_>],
    lead_time_days: Option<u32>,
    units: u64,
    now: Timestamp,
) -> Promise {
    let covering = curve.partition_point(|step| step.sum < units);
    if let Some(step) = curve.get(covering) {
        return Promise::Inbound {
            purchase_order: step.purchase_order.clone(),
            at: step.at,
        };
    }
    lead_time_days.map_or(Promise::Unknown, |days| Promise::Estimate {
        at: now.plus_days(i64::from(days)),
    })
}

/// The same for a line that may take nothing before this.
pub(super) fn not_before(quote: Promise, opens_at: Timestamp) -> Promise {
    match quote {
        Promise::Inbound { purchase_order, at } => Promise::Inbound {
            purchase_order,
            at: at.max(opens_at),
        },
        Promise::Estimate { at } => Promise::Estimate {
            at: at.max(opens_at),
        },
        Promise::Unknown => Promise::Unknown,
    }
}

/// What a line was told, in the words of the log.
pub(super) fn promised(entry: &Waiting, purchases: &Purchases) -> Option<Promise> {
    let at = entry.at;
    match PromiseBasis::from(entry.promised) {
        PromiseBasis::Nothing | PromiseBasis::Offer => None,
        PromiseBasis::Unknown => Some(Promise::Unknown),
        PromiseBasis::Estimate => Some(Promise::Estimate { at }),
        PromiseBasis::Firm(number) => purchases
            .get(number)
            .cloned()
            .map(|purchase_order| Promise::Inbound { purchase_order, at }),
    }
}

/// The told dates that may stand beside a quote; all others must be told anew.
#[derive(Debug, Clone, Copy)]
pub(super) struct PromiseTolerance {
    firm: Span,
    estimate: Span,
    unknown: bool,
}

impl PromiseTolerance {
    pub fn beside(quote: &Promise, now: Timestamp) -> Self {
        let tolerance = PROMISE_TOLERANCE_DAYS.times(DAY_MS);
        // One that is older has lapsed.
        let alive = now.plus_days(fewer(LAPSE_GRACE_DAYS)).plus_ms(1);
        let near = |at: Timestamp| Span {
            first: at.plus_ms(fewer(tolerance)).max(alive),
            last: at.plus_ms(tolerance),
        };
        let any = Span {
            first: alive,
            last: Timestamp::MAX,
        };
        match quote {
            Promise::Inbound { at, .. } => Self {
                firm: near(*at),
                estimate: near(*at),
                unknown: false,
            },
            Promise::Estimate { at } => Self {
                firm: near(*at),
                estimate: any,
                unknown: false,
            },
            Promise::Unknown => Self {
                firm: Span::NONE,
                estimate: any,
                unknown: true,
            },
        }
    }

    /// The same to lines that may take nothing before this: no told date may stand that is before.
    pub fn not_before(mut self, opens_at: Timestamp) -> Self {
        let first = opens_at.plus_ms(fewer(PROMISE_TOLERANCE_DAYS.times(DAY_MS)));
        self.firm.first = self.firm.first.max(first);
        self.estimate.first = self.estimate.first.max(first);
        self
    }

    /// Some line of a subtree must be told anew.
    pub fn may_not(&self, sum: &Waits) -> bool {
        sum.unpromised > 0
            || (sum.unknown > 0 && !self.unknown)
            || sum.firm.leaves(self.firm.first, self.firm.last)
            || sum.estimate.leaves(self.estimate.first, self.estimate.last)
    }

    /// The line must be told anew.
    pub fn is_not(&self, promised: PromiseBasisCode, at: Timestamp) -> bool {
        let outside = |span: &Span| at < span.first || at > span.last;
        match PromiseBasis::from(promised) {
            PromiseBasis::Nothing => true,
            PromiseBasis::Offer => false,
            PromiseBasis::Unknown => !self.unknown,
            PromiseBasis::Estimate => outside(&self.estimate),
            PromiseBasis::Firm(_) => outside(&self.firm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::PurchaseOrderId;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_ms(0).plus_days(days)
    }

    fn inbound(at: i64) -> Promise {
        Promise::Inbound {
            purchase_order: PurchaseOrderId::from("p"),
            at: day(at),
        }
    }

    fn must_promise(promised: PromiseBasis, at: i64, quote: &Promise, now: i64) -> bool {
        PromiseTolerance::beside(quote, day(now)).is_not(promised.into(), day(at))
    }

    #[test]
    fn a_date_is_promised_anew_only_when_it_moves_beyond_the_tolerance() {
        assert!(!must_promise(PromiseBasis::Firm(0), 10, &inbound(11), 5));
        assert!(must_promise(PromiseBasis::Firm(0), 10, &inbound(12), 5));
        assert!(must_promise(PromiseBasis::Firm(0), 10, &inbound(8), 5));
        assert!(!must_promise(PromiseBasis::Estimate, 10, &inbound(9), 5));
    }

    #[test]
    fn an_estimate_does_not_drift_until_it_has_lapsed() {
        let anew = Promise::Estimate { at: day(17) };
        assert!(!must_promise(PromiseBasis::Estimate, 10, &anew, 10));
        assert!(must_promise(PromiseBasis::Estimate, 10, &anew, 11));
    }

    #[test]
    fn a_line_without_a_promise_gets_one_as_soon_as_possible() {
        assert!(!must_promise(
            PromiseBasis::Unknown,
            0,
            &Promise::Unknown,
            1
        ));
        assert!(must_promise(PromiseBasis::Unknown, 0, &inbound(1), 1));
        assert!(must_promise(PromiseBasis::Nothing, 0, &Promise::Unknown, 1));
        let estimate = Promise::Estimate { at: day(3) };
        assert!(must_promise(PromiseBasis::Unknown, 0, &estimate, 1));
    }

    #[test]
    fn a_date_that_nothing_covers_any_more_is_promised_anew() {
        assert!(must_promise(
            PromiseBasis::Firm(0),
            10,
            &Promise::Unknown,
            5
        ));
        let far = Promise::Estimate { at: day(30) };
        assert!(must_promise(PromiseBasis::Firm(0), 10, &far, 5));
    }
}
