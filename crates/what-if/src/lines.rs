//! A demand line as a world is measured by: when it came, what was told, when it had all.

use domain::demand::{Change, Reservations, Tally};
use domain::exact::Exact;
use domain::ids::{LocationId, Sku, Tier, Timestamp, Zone};

/// A line of an open order.
#[derive(Debug, Clone)]
pub(super) struct MeasuredLine {
    pub sku: Sku,
    pub tally: Tally,
    pub unit_price_minor: i64,
    /// Units that were accepted at the door to wait.
    pub waited: u32,
    /// The first date told.
    pub first_told: Option<Timestamp>,
    /// The date told last; none if it was taken back.
    pub told: Option<Timestamp>,
    /// When stock was last assigned.
    pub assigned_at: Option<Timestamp>,
    /// Where stock is reserved for it, and since when.
    pub reservations: Reservations<LocationId, Timestamp>,
    /// It had all that it wanted when the span began: another span's recording.
    pub past: bool,
}

/// An open order.
#[derive(Debug, Clone)]
pub(super) struct MeasuredOrder {
    pub tier: Tier,
    pub placed_at: Timestamp,
    /// By which its customer is told days, as it stood when the order was placed.
    pub zone: Zone,
    /// It was placed before the span.
    pub carried: bool,
    pub lines: Vec<(u32, MeasuredLine)>,
}

/// How it ended for a line, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody has decided on it.
    Undecided,
    /// Wholly refused or cancelled: nothing came of it.
    Nothing,
    /// It has all that is wanted, since then.
    Filled(Timestamp),
    /// Some of it still waits.
    Waits,
}

/// What became of the first date told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// None was told, or the customer gave the line up.
    None,
    /// The day is not over.
    Open,
    /// Filled by the end of that day.
    Kept,
    /// Not.
    Broken,
}

impl MeasuredLine {
    pub fn new(sku: Sku, quantity: u32, unit_price_minor: i64) -> Self {
        Self {
            sku,
            tally: Tally::new(quantity),
            unit_price_minor,
            waited: 0,
            first_told: None,
            told: None,
            assigned_at: None,
            reservations: Reservations::default(),
            past: false,
        }
    }

    pub fn end(&self) -> End {
        if !self.tally.decided {
            return End::Undecided;
        }
        if self.tally.backordered() > 0 {
            return End::Waits;
        }
        match self.assigned_at {
            Some(at) if self.tally.covered().plus(self.tally.shipped) > 0 => End::Filled(at),
            Some(_) | None => End::Nothing,
        }
    }

    /// What became of the first date told, as of `now`.
    pub fn word(&self, now: Timestamp, zone: &Zone) -> Word {
        let Some(day) = self.first_told.map(|at| zone.end_of_day(at)) else {
            return Word::None;
        };
        match self.end() {
            End::Filled(at) if at < day => Word::Kept,
            End::Filled(_) => Word::Broken,
            End::Waits if now < day => Word::Open,
            End::Waits => Word::Broken,
            End::Nothing | End::Undecided => Word::None,
        }
    }

    /// It waits although the day told last is over.
    pub fn is_overdue(&self, now: Timestamp, zone: &Zone) -> bool {
        let over = |at: Timestamp| zone.end_of_day(at) <= now;
        self.tally.backordered() > 0 && self.told.is_some_and(over)
    }

    /// The value of so many of its units, in minor units of the order's currency.
    pub fn value(&self, units: u32) -> i128 {
        i128::from(self.unit_price_minor).times(units.into())
    }

    /// What happens to the line. Returns since when the units were reserved that are so no more.
    pub fn change(&mut self, change: &Change<'_>, now: Timestamp) -> Vec<Timestamp> {
        let mut gone = Vec::new();
        self.reservations.apply(
            &mut self.tally,
            change,
            now,
            LocationId::clone,
            |_, since, units| {
                if units < 0 {
                    gone.push(since);
                }
            },
        );
        match change {
            Change::Assign(_) => self.assigned_at = Some(now),
            Change::Wait(it) => self.waited = self.waited.plus(it.quantity),
            Change::Offer(it) => self.waited = self.waited.plus(it.quantity),
            Change::Promise(it) => {
                self.told = it.promise.at();
                self.first_told = self.first_told.or(self.told);
            }
            Change::Place(_)
            | Change::Open(_)
            | Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Release(_)
            | Change::Refuse(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
        gone
    }
}

impl MeasuredOrder {
    pub fn line_mut(&mut self, number: u32) -> Option<&mut MeasuredLine> {
        let found = self.lines.iter_mut().find(|(line, _)| *line == number);
        found.map(|(_, line)| line)
    }

    /// Nothing of it is open, and all of it was decided on.
    pub fn is_done(&self) -> bool {
        self.lines.iter().all(|(_, line)| line.tally.is_closed())
    }
}
