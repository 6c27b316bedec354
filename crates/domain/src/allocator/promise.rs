//! Which inbound covers a line, which date follows, and when a date that was told must be told
//! anew. Must not know stock.
//!
//! A told date stands until it moves by more than the tolerance, or lapses: its day is past and
//! the goods are not here. An estimate is worked out anew only then, so it does not drift with
//! the clock; neither does the date of an inbound that is overdue.

use super::supply::Step;
use crate::event::Promise;
use crate::ids::{DAY_MS, Timestamp};

/// Days by which a date may move without being told.
pub const PROMISE_TOLERANCE_DAYS: i64 = 1;
/// Days after its date at which a promise has lapsed.
pub const LAPSE_GRACE_DAYS: i64 = 1;

/// A date worked out now, which may or may not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    pub promise: Promise,
    /// It rests on an inbound whose date has passed.
    pub overdue: bool,
}

/// When a promise of this date has lapsed.
pub(super) const fn lapses_at(date: Timestamp) -> Timestamp {
    date.plus_days(LAPSE_GRACE_DAYS)
}

/// The first inbound with which supply covers so many units; else the item's lead time; else
/// nothing is known.
pub(super) fn quote(
    curve: &[Step<'_>],
    lead_time_days: Option<u32>,
    units: u64,
    now: Timestamp,
) -> Quote {
    let covering = curve.partition_point(|step| step.sum < units);
    if let Some(step) = curve.get(covering) {
        let purchase_order = step.purchase_order.clone();
        let promise = Promise::Inbound {
            purchase_order,
            at: step.at,
        };
        return Quote {
            promise,
            overdue: step.overdue,
        };
    }
    let promise = match lead_time_days {
        Some(days) => Promise::Estimate {
            at: now.plus_days(i64::from(days)),
        },
        None => Promise::Unknown,
    };
    Quote {
        promise,
        overdue: false,
    }
}

/// Whether the customer must hear of it.
pub(super) fn must_tell(told: Option<&Promise>, quote: &Quote, now: Timestamp) -> bool {
    let Some(told) = told else { return true };
    if told.at().is_some_and(|at| lapses_at(at) <= now) {
        return true;
    }
    match (told, &quote.promise) {
        (Promise::Unknown, new) => *new != Promise::Unknown,
        (Promise::Estimate { .. }, Promise::Estimate { .. } | Promise::Unknown) => false,
        (Promise::Inbound { .. }, Promise::Unknown) => true,
        (
            Promise::Inbound {
                purchase_order: was,
                ..
            },
            Promise::Inbound { purchase_order, .. },
        ) if quote.overdue && was == purchase_order => false,
        (
            Promise::Inbound { at: was, .. } | Promise::Estimate { at: was },
            Promise::Inbound { at, .. } | Promise::Estimate { at },
        ) => {
            at.ms_since(*was).abs_diff(0)
                > PROMISE_TOLERANCE_DAYS.saturating_mul(DAY_MS).abs_diff(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PurchaseOrderId;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_ms(0).plus_days(days)
    }

    fn inbound(order: &str, at: i64) -> Promise {
        Promise::Inbound {
            purchase_order: PurchaseOrderId::from(order),
            at: day(at),
        }
    }

    fn quoted(promise: Promise) -> Quote {
        Quote {
            promise,
            overdue: false,
        }
    }

    #[test]
    fn a_date_is_told_anew_only_when_it_moves_beyond_the_tolerance() {
        let told = inbound("p1", 10);
        assert!(!must_tell(Some(&told), &quoted(inbound("p2", 11)), day(5)));
        assert!(must_tell(Some(&told), &quoted(inbound("p1", 12)), day(5)));
        assert!(must_tell(Some(&told), &quoted(inbound("p1", 8)), day(5)));
    }

    #[test]
    fn an_estimate_does_not_drift_until_it_has_lapsed() {
        let told = Promise::Estimate { at: day(10) };
        let anew = quoted(Promise::Estimate { at: day(17) });
        assert!(!must_tell(Some(&told), &anew, day(10)));
        assert!(must_tell(Some(&told), &anew, day(11)));
    }

    #[test]
    fn a_line_that_was_told_nothing_is_told_as_soon_as_something_is_known() {
        let told = Promise::Unknown;
        assert!(!must_tell(Some(&told), &quoted(Promise::Unknown), day(1)));
        assert!(must_tell(
            Some(&told),
            &quoted(Promise::Estimate { at: day(3) }),
            day(1)
        ));
        assert!(must_tell(Some(&told), &quoted(inbound("p1", 1)), day(1)));
    }

    #[test]
    fn an_overdue_inbound_moves_the_date_only_when_it_has_lapsed() {
        let told = inbound("p1", 10);
        let late = Quote {
            promise: inbound("p1", 14),
            overdue: true,
        };
        assert!(!must_tell(Some(&told), &late, day(10)));
        assert!(must_tell(Some(&told), &late, day(11)));
    }
}
