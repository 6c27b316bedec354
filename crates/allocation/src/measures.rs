//! What the allocator can say of itself in figures: rates, waits, ages, promises kept, money that
//! waits. Counted as lines change, so that a report reads sums and never lines. Must not know
//! why a line changes, nor any order.
//!
//! What happens is counted by the day of the cell on which it was recorded, for [`KEPT_DAYS`];
//! older days are summed into one. What stands is counted as it stands. Both by class of demand:
//! tier and channel.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

mod calendar;
mod flow;
mod report;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "figures in tests are small"
)]
mod tests;

use calendar::Calendar;
pub use calendar::{Amount, Day};
use domain::event::RefuseReason;
use domain::exact::Exact;
use domain::ids::{Timestamp, Zone};
pub use flow::{Flow, MAX_WAIT_DAYS};
pub use report::{Alarm, Expected, Filter, MAX_MONTHS, MAX_WINDOW_DAYS, Rates, Report};

/// Days that are kept one by one: twice the longest window, so that it has one before it.
pub const KEPT_DAYS: u16 = 800;
/// All counts.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// When the last fact was recorded.
    now: Timestamp,
    /// The day of that.
    today: Day,
    /// By the class's number.
    classes: Vec<Class>,
    /// The latest last.
    days: VecDeque<OneDay>,
    /// Of all days before those.
    earlier: Vec<Flow>,
}

/// What stands, of one class.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Class {
    waits: Waits,
    /// By the day they were placed.
    placed: Calendar,
    /// By the day that was told.
    promised: Calendar,
    /// Those who were told no date.
    unpromised: Amount,
}

/// Lines that wait.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Waits {
    open: Amount,
    /// The sum of when they were placed, in seconds since 1970.
    placed_s: i64,
}

/// What happened on one day, by class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OneDay {
    day: Day,
    flows: Vec<Flow>,
}

/// The counts of one SKU, kept on it: 72 bytes. What happened is counted since the beginning.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuMeasures {
    waits: Waits,
    placed: Count,
    waited: Count,
    refused: Count,
    expired: Count,
    filled: Count,
    cancelled: Count,
}

/// Lines and units; each stays at the most that it can be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Count {
    lines: u32,
    units: u32,
}

impl Count {
    const fn add(&mut self, lines: u32, units: u32) {
        // Saturates: small counters of all that ever happened, kept for every SKU.
        self.lines = self.lines.saturating_add(lines);
        self.units = self.units.saturating_add(units);
    }
}

/// A line, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The number of its tier and channel; those beyond the last one that is told apart share it.
    pub class: u8,
    /// What one unit costs, in minor units.
    pub unit_price_minor: i64,
    /// When it was placed.
    pub placed_at: Timestamp,
}

/// What a line is before and after something happens to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Units that wait and whose customer was told so, with a date or without: from then until
    /// they have stock. What passes within one settling is no wait.
    pub waiting: u32,
    /// The date told last, if one was.
    pub promised: Option<Timestamp>,
    /// The day told first in this wait, if one was.
    pub first_promised: Option<Day>,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// So many units were ordered.
    Placed(u32),
    /// So many units were let wait at the door.
    Backordered(u32),
    /// So many units were refused at the door.
    Refused(u32, RefuseReason),
    /// What was offered instead can be had no more, and what waited until then is refused.
    Expired,
    /// Stock was given.
    Assigned,
    /// The customer gave units up.
    Cancelled,
    /// The customer took something else instead.
    Substituted,
    /// A date was told.
    Promised,
    /// Stock was taken back.
    Released,
    /// Goods left.
    Shipped,
    /// Its order was closed.
    Closed,
}

impl Measures {
    /// When the last fact was recorded.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// What happens from here on was recorded then, by the clock of the room that recorded it.
    pub fn begin(&mut self, at: Timestamp, zone: &Zone) {
        self.now = at;
        self.today = Day::of(at, zone);
    }

    /// Something happened to a line whose customer is told the days of this zone.
    pub fn changed(
        &mut self,
        line: &Counted,
        happened: Happened,
        (was, is): (State, State),
        sku: &mut SkuMeasures,
        zone: &Zone,
    ) {
        self.count(line, happened, (was, is), sku, zone);
        if was.waiting == is.waiting && (was.promised == is.promised || is.waiting == 0) {
            return;
        }
        self.restate(line, (was, is), sku, zone);
    }

    /// What waits of a line, before and after.
    fn restate(
        &mut self,
        line: &Counted,
        (was, is): (State, State),
        sku: &mut SkuMeasures,
        zone: &Zone,
    ) {
        let number = usize::from(line.class);
        if self.classes.len() <= number {
            self.classes.resize_with(number.plus(1), Class::default);
        }
        let Some(class) = self.classes.get_mut(number) else {
            return;
        };
        if was.waiting > 0 {
            class.restate(line, was, zone, Amount::take);
        }
        if is.waiting > 0 {
            class.restate(line, is, zone, Amount::add);
        }
        class.waits.restate(line, was.waiting, is.waiting);
        sku.waits.restate(line, was.waiting, is.waiting);
    }

    /// A line is counted otherwise from now on: its class or its price is another.
    pub fn recount(
        &mut self,
        (was, is): (&Counted, &Counted),
        state: State,
        sku: &mut SkuMeasures,
        zone: &Zone,
    ) {
        if was == is || state.waiting == 0 {
            return;
        }
        let none = State::default();
        for (line, (from, to)) in [(was, (state, none)), (is, (none, state))] {
            self.restate(line, (from, to), sku, zone);
        }
    }

    fn count(
        &mut self,
        line: &Counted,
        happened: Happened,
        (was, is): (State, State),
        sku: &mut SkuMeasures,
        zone: &Zone,
    ) {
        let amount = |lines, units| Amount::new(u64::from(lines), units, line.unit_price_minor);
        let at = self.now;
        let fewer = was.waiting.minus_or_zero(is.waiting);
        let ended = u32::from(is.waiting == 0);
        match happened {
            Happened::Placed(units) => {
                sku.placed.add(1, units);
                self.flow(line, |flow| flow.placed.add(amount(1, units)));
            }
            Happened::Backordered(units) => {
                sku.waited.add(1, units);
                self.flow(line, |flow| flow.waited.add(amount(1, units)));
            }
            Happened::Refused(units, why) => {
                sku.refused.add(1, units);
                self.flow(line, |flow| flow.refuse(amount(1, units), why));
            }
            Happened::Assigned if fewer > 0 => {
                sku.filled.add(ended, fewer);
                self.flow(line, |flow| {
                    flow.filled.add(amount(ended, fewer));
                    if is.waiting == 0 {
                        flow.waited_for(line.placed_at, at);
                        flow.held_to(was.first_promised, Day::of(at, zone));
                    }
                });
            }
            Happened::Cancelled if fewer > 0 => {
                sku.cancelled.add(ended, fewer);
                self.flow(line, |flow| flow.cancelled.add(amount(ended, fewer)));
            }
            Happened::Expired if fewer > 0 => {
                sku.expired.add(ended, fewer);
                self.flow(line, |flow| flow.expired.add(amount(ended, fewer)));
            }
            Happened::Promised if was.promised != is.promised => {
                self.flow(line, |flow| flow.promise(was.promised.is_none()));
            }
            Happened::Assigned
            | Happened::Cancelled
            | Happened::Expired
            | Happened::Promised
            | Happened::Substituted
            | Happened::Released
            | Happened::Shipped
            | Happened::Closed => {}
        }
    }

    /// So many units of a line were sold elsewhere, when it was placed there.
    pub fn sold_elsewhere(&mut self, line: &Counted, units: u32, zone: &Zone) {
        if units > 0 {
            let amount = Amount::new(1, units, line.unit_price_minor);
            let day = Day::of(line.placed_at, zone);
            self.flow_on(day, line, |flow| flow.sold_elsewhere.add(amount));
        }
    }

    /// Changes what is counted of the line's class today.
    fn flow(&mut self, line: &Counted, change: impl FnOnce(&mut Flow)) {
        self.flow_on(self.today, line, change);
    }

    /// Changes what is counted of the line's class on a day.
    fn flow_on(&mut self, day: Day, line: &Counted, change: impl FnOnce(&mut Flow)) {
        let class = usize::from(line.class);
        let last = self.days.back().map(|last| last.day);
        let place = if last == Some(day) {
            self.days.len().minus(1)
        } else {
            self.day(day, last)
        };
        let flows = match self.days.get_mut(place) {
            Some(found) if found.day == day => &mut found.flows,
            Some(_) | None => &mut self.earlier,
        };
        if flows.len() <= class {
            flows.resize_with(class.plus(1), Flow::default);
        }
        if let Some(flow) = flows.get_mut(class) {
            change(flow);
        }
    }

    /// The place of a day that is not the last one; none, if it is older than what is kept.
    fn day(&mut self, day: Day, last: Option<Day>) -> usize {
        let oldest = last.unwrap_or(day).max(day).less(KEPT_DAYS.minus(1));
        while self.days.front().is_some_and(|first| first.day < oldest) {
            let gone = self.days.pop_front();
            for (class, flow) in gone.into_iter().flat_map(|gone| gone.flows).enumerate() {
                if self.earlier.len() <= class {
                    self.earlier.push(Flow::default());
                }
                if let Some(sum) = self.earlier.get_mut(class) {
                    sum.join(&flow);
                }
            }
        }
        let place = self.days.partition_point(|other| other.day < day);
        let there = self.days.get(place).is_some_and(|other| other.day == day);
        if day >= oldest && !there {
            self.days.insert(
                place,
                OneDay {
                    day,
                    flows: Vec::new(),
                },
            );
        }
        place
    }
}

/// Another time zone.
impl Measures {
    /// Days are other ones from here on: lines that wait are counted by them anew, one by one.
    pub fn begin_days(&mut self) {
        for class in &mut self.classes {
            class.placed = Calendar::default();
            class.promised = Calendar::default();
            class.unpromised = Amount::default();
        }
    }

    /// A line that waits, after [`Self::begin_days`].
    pub fn count_day(&mut self, line: &Counted, state: State, zone: &Zone) {
        let class = self.classes.get_mut(usize::from(line.class));
        if let Some(class) = class.filter(|_| state.waiting > 0) {
            class.restate(line, state, zone, Amount::add);
        }
    }
}

impl SkuMeasures {
    /// What waits.
    pub const fn open(&self) -> Amount {
        self.waits.open
    }
}

impl Waits {
    /// So many units of a line waited, and so many do.
    fn restate(&mut self, line: &Counted, was: u32, is: u32) {
        let placed_s = line.placed_at.as_ms().div_euclid(1_000);
        if was > 0 {
            self.open.take(Amount::new(1, was, line.unit_price_minor));
            self.placed_s = self.placed_s.wrapping_sub(placed_s);
        }
        if is > 0 {
            self.open.add(Amount::new(1, is, line.unit_price_minor));
            self.placed_s = self.placed_s.wrapping_add(placed_s);
        }
    }
}

impl Class {
    fn restate(
        &mut self,
        line: &Counted,
        state: State,
        zone: &Zone,
        change: impl Fn(&mut Amount, Amount),
    ) {
        let amount = Amount::new(1, state.waiting, line.unit_price_minor);
        self.placed
            .of(Day::of(line.placed_at, zone), |sum| change(sum, amount));
        match state.promised {
            Some(promised) => self
                .promised
                .of(Day::of(promised, zone), |sum| change(sum, amount)),
            None => change(&mut self.unpromised, amount),
        }
    }
}
