//! One order's, one line's, one location's count, and how promises went.

use domain::exact::Exact;
use serde::{Deserialize, Serialize};

use domain::demand::{Change, Reservations, Tally};
use domain::event::Promise;
use domain::ids::{LocationId, Sku, Tier, Timestamp, Zone};

/// One order's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOrder {
    /// How many lines it has.
    pub lines: Vec<u32>,
    /// It was closed.
    pub closed: bool,
}

/// One line's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// Where its units are.
    pub tally: Tally,
    /// Where stock is reserved for it.
    pub reservations: Reservations<LocationId>,
    /// Where its order is collected, if it is.
    pub pick_up_at: Option<LocationId>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it began to wait, if it ever did.
    pub waits_since: Option<Timestamp>,
    /// When the last of its waiting units got stock.
    pub filled_at: Option<Timestamp>,
    /// The first date that was told.
    pub first_told: Option<Timestamp>,
    /// The day of that, as the customer read it, counted from 1970-01-01.
    pub first_told_day: Option<i64>,
    /// The date that was told last.
    pub last_told: Option<Timestamp>,
    /// When it was told.
    pub last_told_at: Option<Timestamp>,
}

/// One SKU's count at one location.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStock {
    /// Units counted in.
    pub received: i64,
    /// Units corrected, up and down.
    pub adjusted: i64,
    /// Units that left.
    pub shipped: i64,
    /// Units held for lines.
    pub held: i64,
}

impl AuditStock {
    /// What is wrong with the stock of an SKU at a location of which more left than was there.
    pub(super) fn overdrawn(&self, (sku, location): &(Sku, LocationId)) -> Option<String> {
        let wrong = || format!("{sku} at {location}: more left than was there: {self:?}");
        (self.on_hand() < 0).then(wrong)
    }

    /// Units that must be there.
    pub fn on_hand(&self) -> i64 {
        self.received.plus(self.adjusted).minus(self.shipped)
    }
}

/// How promises went. A promise is a date; *unknown* is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPromises {
    /// Lines that were told a date.
    pub made: u64,
    /// Times that another date was told.
    pub moved: u64,
    /// Lines whose stock was there by the end of the day first told.
    pub kept: u64,
    /// Lines whose stock came later than the day first told.
    pub missed: u64,
    /// Lines whose stock was there by the end of the day told last.
    pub kept_by_last: u64,
    /// How long before their stock came lines were told their last date, over all lines that were
    /// told one and got it, in milliseconds.
    pub notice_ms: u64,
}

impl AuditLine {
    pub(super) fn new(sku: Sku, tier: Tier, tally: Tally, placed_at: Timestamp) -> Self {
        Self {
            sku,
            tier,
            tally,
            reservations: Reservations::default(),
            pick_up_at: None,
            placed_at,
            waits_since: None,
            filled_at: None,
            first_told: None,
            first_told_day: None,
            last_told: None,
            last_told_at: None,
        }
    }

    /// What happens to the line. `moved` is told where more or fewer units are reserved than
    /// before, and how many.
    pub(super) fn change(
        &mut self,
        change: &Change<'_>,
        (at, zone): (Timestamp, &Zone),
        promises: &mut AuditPromises,
        mut moved: impl FnMut(&LocationId, i64),
    ) {
        let waited = self.waits_since.is_some() && self.tally.backordered() > 0;
        self.reservations.apply(
            &mut self.tally,
            change,
            (),
            LocationId::clone,
            |location, (), units| {
                moved(location, units);
            },
        );
        let waits = self.tally.backordered() > 0;
        match change {
            Change::Assign(_) => {
                if waited && !waits {
                    self.filled((at, zone), promises);
                }
            }
            Change::Release(_) | Change::Miss { .. } => {
                if waits {
                    self.waits_since.get_or_insert(at);
                }
            }
            Change::Wait(_) | Change::Offer(_) => {
                self.waits_since.get_or_insert(at);
            }
            Change::Promise(it) => self.promised(&it.promise, (at, zone), promises),
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Refuse(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
    }

    fn promised(
        &mut self,
        promise: &Promise,
        (at, zone): (Timestamp, &Zone),
        promises: &mut AuditPromises,
    ) {
        let Some(date) = promise.at() else { return };
        if self.first_told.is_none() {
            self.first_told = Some(date);
            self.first_told_day = Some(zone.day(date));
            promises.made = promises.made.plus(1);
        } else if self.last_told != Some(date) {
            promises.moved = promises.moved.plus(1);
        }
        if self.last_told != Some(date) {
            self.last_told_at = Some(at);
        }
        self.last_told = Some(date);
    }

    fn filled(&mut self, (at, zone): (Timestamp, &Zone), promises: &mut AuditPromises) {
        if self.filled_at.is_none()
            && let Some(told) = self.first_told_day
        {
            if zone.day(at) <= told {
                promises.kept = promises.kept.plus(1);
            } else {
                promises.missed = promises.missed.plus(1);
            }
            let last = self.last_told.map_or(told, |last| zone.day(last));
            if zone.day(at) <= last {
                promises.kept_by_last = promises.kept_by_last.plus(1);
            }
            let since = self.last_told_at.map_or(0, |told_at| at.ms_since(told_at));
            let since = u64::try_from(since).unwrap_or_default();
            promises.notice_ms = promises.notice_ms.plus(since);
        }
        self.filled_at = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::DAY_MS;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_ms(0).plus_days(days)
    }

    #[test]
    fn a_date_that_was_moved_in_time_is_kept_by_the_last_one_told() {
        let tally = Tally::new(3);
        let mut line = AuditLine::new("BOLT".into(), "gold".into(), tally, day(0));
        let mut promises = AuditPromises::default();
        let told = |at| Promise::Estimate { at: day(at) };
        line.promised(&told(10), (day(0), &Zone::UTC), &mut promises);
        line.promised(&told(20), (day(8), &Zone::UTC), &mut promises);
        // Told again, it is the same date.
        line.promised(&told(20), (day(9), &Zone::UTC), &mut promises);
        line.filled((day(19), &Zone::UTC), &mut promises);
        let expected = AuditPromises {
            made: 1,
            moved: 1,
            kept: 0,
            missed: 1,
            kept_by_last: 1,
            notice_ms: 11 * u64::try_from(DAY_MS).unwrap(),
        };
        assert_eq!(promises, expected);
    }
}
