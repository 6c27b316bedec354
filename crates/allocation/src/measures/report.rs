//! The figures as people ask for them. Nothing here is kept: all of it is worked out from counts.
//!
//! - *Backorder rate*: of what was ordered, what was let wait at the door.
//! - *Fill rate*: of what was ordered, what was neither let wait nor refused. In units it is P2,
//!   "the fraction of demand satisfied routinely from the SKU state", in lines the line fill rate:
//!   Silver, Pyke & Thomas, *Inventory and Production Management in Supply Chains*, 4th ed.,
//!   chapter 6.
//! - *Wait* (backorder lead time): from when a line was placed to when the last of its waiting
//!   units got stock, of lines filled in the window. *Age*: the same until now, of open ones.
//! - *P90*: by nearest rank: the smallest number of days that 90 of 100 lines do not exceed.
//! - *Promise kept*: filled by the end of the day that the customer was told first.

use std::collections::BTreeMap;

use super::calendar::{Amount, Day};
use super::flow::Flow;
use super::{Class, Count, Measures, SkuMeasures, Waits};
use domain::exact::Exact;
use domain::ids::{Tier, Timestamp, Zone};

/// The longest window; a longer one is answered as this.
pub const MAX_WINDOW_DAYS: u16 = 400;
/// The most months that are told one by one of when money is expected.
pub const MAX_MONTHS: usize = 24;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only this tier.
    pub tier: Option<Tier>,
    /// Only this channel.
    pub channel: Option<String>,
    /// What happened in so many days, today the last of them.
    pub window_days: u16,
    /// A backorder rate of so many percent asks for attention.
    pub watch_percent: u32,
    /// A backorder rate of so many percent is an alarm.
    pub alarm_percent: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            tier: None,
            channel: None,
            window_days: 30,
            watch_percent: 5,
            alarm_percent: 10,
        }
    }
}

/// How bad it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// Below both levels.
    #[default]
    Fine,
    /// At or above the first level.
    Watch,
    /// At or above the second one.
    Alarm,
}

/// A rate by what is counted, 0 to 1; nothing where nothing was ordered, or it is not counted.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Rates {
    /// In lines.
    pub lines: Option<f64>,
    /// In units.
    pub units: Option<f64>,
    /// In value.
    pub value: Option<f64>,
}

/// What is expected in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `YYYY-MM`; `later` for what is beyond [`MAX_MONTHS`].
    pub month: String,
    /// What waits with a date in it.
    pub amount: Amount,
}

/// The figures.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Report {
    /// Days that `happened` covers; nothing: since the beginning.
    pub window_days: Option<u16>,
    /// What happened in them.
    pub happened: Flow,
    /// What waits.
    pub open: Amount,
    /// What waits though the day told is past; nothing where it is not counted.
    pub overdue: Option<Amount>,
    /// What waits with no date told; nothing where it is not counted.
    pub undated: Option<Amount>,
    /// What waits with a date to come, by month: money that is deferred, and until when.
    pub expected: Vec<Expected>,
    /// Of what was ordered, what was let wait.
    pub backorder_rate: Rates,
    /// How bad the worst of its three is.
    pub alarm: Alarm,
    /// Of what was ordered, what was neither let wait nor refused.
    pub fill_rate: Rates,
    /// Of open backorders.
    pub mean_age_days: Option<f64>,
    /// Of open backorders, in whole days.
    pub p90_age_days: Option<u16>,
    /// Of lines that were filled.
    pub mean_wait_days: Option<f64>,
    /// Of lines that were filled, in whole days; 400 is that or more.
    pub p90_wait_days: Option<u16>,
    /// Lines that were cancelled while they waited, for each that was let wait.
    pub cancellation_rate: Option<f64>,
    /// Of lines that were filled and told a date, those whose first date was kept.
    pub promise_kept_rate: Option<f64>,
    /// Dates told anew, a day.
    pub moves_per_day: Option<f64>,
    /// Lines ordered in the window against those in the window before: 0.1 is a tenth more.
    pub growth: Option<f64>,
}

impl Measures {
    /// The figures of the classes that are wanted, as of now.
    /// Days are those of the zone.
    pub fn report(
        &self,
        wanted: impl Fn(u8) -> bool,
        filter: &Filter,
        (now, zone): (Timestamp, &Zone),
    ) -> Report {
        let wanted: Vec<bool> = (0..=u8::MAX).map(wanted).collect();
        let (today, window) = (
            Day::of(now, zone),
            filter.window_days.clamp(1, MAX_WINDOW_DAYS),
        );
        let before = self.happened(&wanted, today.less(window), window);
        let mut totals = WaitingTotals::default();
        for (class, _) in self
            .classes
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted)
        {
            totals.join(class);
        }
        let mut report = Report {
            window_days: Some(window),
            happened: self.happened(&wanted, today, window),
            ..Report::default()
        };
        report.stands(totals.waits, now);
        totals.promised(&mut report, today);
        report.p90_age_days = totals.p90_age_days(today);
        report.happens(filter);
        let happened = &report.happened;
        let waits = happened.waits.iter().map(|(days, lines)| (*days, *lines));
        report.p90_wait_days = p90(waits, happened.waits.values().sum());
        let growth = ratio(happened.placed.lines.into(), before.placed.lines.into());
        report.growth = growth.map(|growth| growth - 1.0);
        report.moves_per_day = ratio(happened.moved.into(), window.into());
        report
    }

    /// What happened in the window that ends with this day.
    fn happened(&self, wanted: &[bool], last: Day, window: u16) -> Flow {
        let mut sum = Flow::default();
        let first = last.less(window.minus_or_zero(1));
        let days = self
            .days
            .iter()
            .filter(|one| first <= one.day && one.day <= last);
        for (flow, wanted) in days.flat_map(|one| one.flows.iter().zip(wanted)) {
            if *wanted {
                sum.join(flow);
            }
        }
        sum
    }
}

impl SkuMeasures {
    /// The figures of this SKU; what happened, since the beginning.
    pub fn report(&self, filter: &Filter, now: Timestamp) -> Report {
        let amount = |count: Count| Amount {
            lines: count.lines.into(),
            units: count.units.into(),
            value_minor: 0,
        };
        let happened = Flow {
            placed: amount(self.placed),
            waited: amount(self.waited),
            refused: amount(self.refused),
            expired: amount(self.expired),
            filled: amount(self.filled),
            cancelled: amount(self.cancelled),
            ..Flow::default()
        };
        let mut report = Report {
            happened,
            ..Report::default()
        };
        report.stands(self.waits, now);
        report.happens(filter);
        report
    }
}

impl Report {
    fn stands(&mut self, waits: Waits, now: Timestamp) {
        self.open = waits.open;
        let now_s = i128::from(now.as_ms().div_euclid(1_000));
        let lines = i128::from(waits.open.lines);
        let ages_s = now_s.times(lines).minus(waits.placed_s.into());
        let ages_s = ages_s.max(0);
        self.mean_age_days = ratio(ages_s, lines.times(DAY_S));
    }

    fn happens(&mut self, filter: &Filter) {
        let it = &self.happened;
        let of = |part: Amount| Rates {
            lines: ratio(part.lines.into(), it.placed.lines.into()),
            units: ratio(part.units.into(), it.placed.units.into()),
            value: ratio(part.value_minor.into(), it.placed.value_minor.into()),
        };
        self.backorder_rate = of(it.waited);
        self.fill_rate = of(it.placed.beyond(it.waited).beyond(it.refused));
        let rates = self.backorder_rate;
        let worst = [rates.lines, rates.units, rates.value]
            .into_iter()
            .flatten();
        let percent = worst.fold(0.0, f64::max) * 100.0;
        self.alarm = if percent >= f64::from(filter.alarm_percent) {
            Alarm::Alarm
        } else if percent >= f64::from(filter.watch_percent) {
            Alarm::Watch
        } else {
            Alarm::Fine
        };
        let filled: u64 = it.waits.values().sum();
        self.mean_wait_days = ratio(it.waits_s.into(), i128::from(filled).times(DAY_S));
        self.cancellation_rate = ratio(it.cancelled.lines.into(), it.waited.lines.into());
        let promised = it.kept.plus(it.missed);
        self.promise_kept_rate = ratio(it.kept.into(), promised.into());
    }
}

/// What stands of several classes.
#[derive(Default)]
struct WaitingTotals {
    waits: Waits,
    placed: BTreeMap<Day, u64>,
    promised: BTreeMap<Day, Amount>,
    unpromised: Amount,
}

impl WaitingTotals {
    fn join(&mut self, class: &Class) {
        self.waits.open.add(class.waits.open);
        self.waits.placed_s = self.waits.placed_s.wrapping_add(class.waits.placed_s);
        for (day, amount) in class.placed.iter() {
            let lines = self.placed.entry(day).or_default();
            *lines = lines.plus(amount.lines);
        }
        for (day, amount) in class.promised.iter() {
            self.promised.entry(day).or_default().add(amount);
        }
        self.unpromised.add(class.unpromised);
    }

    fn p90_age_days(&self, today: Day) -> Option<u16> {
        let youngest_first = self.placed.iter().rev();
        let ages = youngest_first.map(|(day, lines)| (today.0.minus_or_zero(day.0), *lines));
        p90(ages, self.waits.open.lines)
    }

    fn promised(&self, report: &mut Report, today: Day) {
        let mut overdue = Amount::default();
        let mut months: Vec<Expected> = Vec::new();
        for (day, amount) in &self.promised {
            if *day < today {
                overdue.add(*amount);
                continue;
            }
            let mut month: String = day.date().chars().take(7).collect();
            let new = months.last().is_none_or(|last| last.month != month);
            if new && months.len() >= MAX_MONTHS {
                "later".clone_into(&mut month);
            }
            match months.last_mut().filter(|last| last.month == month) {
                Some(last) => last.amount.add(*amount),
                None => months.push(Expected {
                    month,
                    amount: *amount,
                }),
            }
        }
        report.overdue = Some(overdue);
        report.undated = Some(self.unpromised);
        report.expected = months;
    }
}

const DAY_S: i128 = 86_400;

/// The smallest number of days that 90 of 100 do not exceed; days come in order.
fn p90(days: impl Iterator<Item = (u16, u64)>, all: u64) -> Option<u16> {
    let enough = all.times(9).div_ceil(10);
    let mut sum = 0_u64;
    for (day, lines) in days {
        sum = sum.plus(lines);
        if sum >= enough && sum > 0 {
            return Some(day);
        }
    }
    None
}

#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a figure for people: 15 digits are enough"
)]
fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
