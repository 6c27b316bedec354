//! What is told of each world. Times are whole milliseconds, values minor units of the orders'
//! currencies (not converted), so that the same span always tells the same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lines::{End, MeasuredLine, MeasuredOrder, Word};
use domain::exact::Exact;
use domain::ids::{Tier, Timestamp};

/// A span of a log in several worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// When the span began.
    pub from: Timestamp,
    /// When it ended: the measures are as of then.
    pub to: Timestamp,
    /// The median time from assigned to shipped in the recorded world, after which goods leave in
    /// the others; none: nothing was shipped there, and nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pick_and_ship_ms: Option<i64>,
    /// The recorded world, then the scenarios.
    pub worlds: Vec<Report>,
}

/// One world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is called.
    pub name: String,
    /// All lines.
    pub overall: Measures,
    /// By the customers' standing.
    pub by_tier: BTreeMap<Tier, Measures>,
    /// Day by day, by the cell's calendar.
    pub days: Vec<Day>,
}

/// What became of lines that were placed in the span, and of those that waited when it began.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Measures {
    /// Lines placed in the span and decided on at the door.
    pub lines: u64,
    /// Their units.
    pub units: u64,
    /// Lines that waited when the span began.
    pub carried_lines: u64,
    /// Of `lines`, those that got all of their units at the door.
    pub at_once_lines: u64,
    /// Units refused: at the door, or when what was offered instead could be had no more.
    pub refused_units: u64,
    /// Lines that waited at all, the carried ones among them.
    pub backordered_lines: u64,
    /// Units of them that waited when they came.
    pub backordered_units: u64,
    /// Of these lines, those that got all that was wanted in the end.
    pub filled_lines: u64,
    /// Of these lines, those that the customer gave up.
    pub given_up_lines: u64,
    /// Lines that wait when the span ends.
    pub waiting_lines: u64,
    /// Their units that wait.
    pub waiting_units: u64,
    /// Mean wait from placed to assigned in full, over lines that were filled after a wait, and
    /// those that still wait with their wait so far: no rule looks better by never serving some.
    pub wait_mean_ms: i64,
    /// Nine of ten of these waits are at most this (nearest rank).
    pub wait_p90_ms: i64,
    /// The longest of these waits.
    pub wait_worst_ms: i64,
    /// The mean of these waits, each weighted with the value of the units that waited.
    pub wait_by_value_ms: i64,
    /// Lines that were told a date.
    pub promised_lines: u64,
    /// How often a date was told anew and another one.
    pub promises_moved: u64,
    /// Lines filled by the end of the day (UTC) that was told first.
    pub promises_kept: u64,
    /// Lines not filled by then.
    pub promises_broken: u64,
    /// Lines that wait when the span ends although the day told last is over.
    pub overdue_lines: u64,
    /// The value of what waits on those lines.
    pub value_at_risk_minor: i64,
}

/// One day of a world.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// 00:00 UTC.
    pub begins: Timestamp,
    /// Lines that wait when it ends.
    pub open_lines: u64,
    /// Their units that wait.
    pub open_units: u64,
    /// Lines that waited and got the rest of their units on it.
    pub filled_lines: u64,
    /// The mean wait of those.
    pub wait_mean_ms: i64,
    #[serde(skip)]
    waits: i128,
}

impl Day {
    pub(super) fn new(begins: Timestamp) -> Self {
        Self {
            begins,
            ..Self::default()
        }
    }

    /// A line got all that it waited for.
    pub(super) fn filled(&mut self, wait_ms: i64) {
        self.filled_lines = self.filled_lines.plus(1);
        self.waits = self.waits.plus(wait_ms.into());
        self.wait_mean_ms = mean(self.waits, self.filled_lines.into());
    }
}

/// A mean, held within `i64`; 0 over nothing.
fn mean(sum: i128, count: i128) -> i64 {
    i64::try_from(sum.checked_div(count).unwrap_or(0)).unwrap_or(i64::MAX)
}

/// What has been counted of one tier, or of all.
#[derive(Debug, Default, Clone)]
struct Sums {
    measures: Measures,
    /// Each wait, and the value that waited.
    waits: Vec<(i64, i128)>,
    at_risk: i128,
}

/// What has been counted.
#[derive(Debug, Default, Clone)]
pub(super) struct Count(BTreeMap<Tier, Sums>);

fn add(to: &mut u64, more: u64) {
    *to = to.plus(more);
}

impl Count {
    /// A date was told anew, and another one.
    pub fn moved(&mut self, tier: Option<Tier>) {
        if let Some(tier) = tier {
            add(
                &mut self.0.entry(tier).or_default().measures.promises_moved,
                1,
            );
        }
    }

    /// A line as it ended, or stands at the end.
    pub fn line(&mut self, order: &MeasuredOrder, line: &MeasuredLine, now: Timestamp) {
        let end = line.end();
        if line.past || end == End::Undecided {
            return;
        }
        let sums = self.0.entry(order.tier.clone()).or_default();
        let it = &mut sums.measures;
        if order.carried {
            add(&mut it.carried_lines, 1);
        } else {
            add(&mut it.lines, 1);
            add(&mut it.units, line.tally.quantity.into());
        }
        add(&mut it.refused_units, line.tally.refused.into());
        if line.waited > 0 {
            add(&mut it.backordered_lines, 1);
            add(&mut it.backordered_units, line.waited.into());
            let until = match end {
                End::Filled(at) => {
                    add(&mut it.filled_lines, 1);
                    Some(at)
                }
                End::Waits => Some(now),
                End::Nothing | End::Undecided => {
                    add(&mut it.given_up_lines, 1);
                    None
                }
            };
            let wait = until.map(|until| until.ms_since(order.placed_at).max(0));
            sums.waits
                .extend(wait.map(|wait| (wait, line.value(line.waited))));
        } else if line.tally.refused == 0 && matches!(end, End::Filled(_)) {
            add(&mut it.at_once_lines, 1);
        }
        let it = &mut sums.measures;
        let waiting = line.tally.backordered();
        add(&mut it.waiting_lines, u64::from(waiting > 0));
        add(&mut it.waiting_units, waiting.into());
        add(&mut it.promised_lines, u64::from(line.first_told.is_some()));
        match line.word(now, &order.zone) {
            Word::Kept => add(&mut it.promises_kept, 1),
            Word::Broken => add(&mut it.promises_broken, 1),
            Word::Open | Word::None => {}
        }
        if line.is_overdue(now, &order.zone) {
            add(&mut it.overdue_lines, 1);
            sums.at_risk = sums.at_risk.plus(line.value(waiting));
        }
    }

    /// A world's report.
    pub fn report(self, name: &str, days: Vec<Day>) -> Report {
        let mut overall = Sums::default();
        let mut by_tier = BTreeMap::new();
        for (tier, sums) in self.0 {
            overall.take(&sums);
            by_tier.insert(tier, sums.measures());
        }
        Report {
            name: name.to_owned(),
            overall: overall.measures(),
            by_tier,
            days,
        }
    }
}

impl Sums {
    /// Counts what another counted.
    fn take(&mut self, other: &Self) {
        let (to, from) = (&mut self.measures, &other.measures);
        for (to, from) in [
            (&mut to.lines, from.lines),
            (&mut to.units, from.units),
            (&mut to.carried_lines, from.carried_lines),
            (&mut to.at_once_lines, from.at_once_lines),
            (&mut to.refused_units, from.refused_units),
            (&mut to.backordered_lines, from.backordered_lines),
            (&mut to.backordered_units, from.backordered_units),
            (&mut to.filled_lines, from.filled_lines),
            (&mut to.given_up_lines, from.given_up_lines),
            (&mut to.waiting_lines, from.waiting_lines),
            (&mut to.waiting_units, from.waiting_units),
            (&mut to.promised_lines, from.promised_lines),
            (&mut to.promises_moved, from.promises_moved),
            (&mut to.promises_kept, from.promises_kept),
            (&mut to.promises_broken, from.promises_broken),
            (&mut to.overdue_lines, from.overdue_lines),
        ] {
            add(to, from);
        }
        self.waits.extend_from_slice(&other.waits);
        self.at_risk = self.at_risk.plus(other.at_risk);
    }

    /// With the waits worked out.
    fn measures(mut self) -> Measures {
        self.waits.sort_unstable();
        let count = self.waits.len();
        let sum = |of: fn(&(i64, i128)) -> i128| self.waits.iter().map(of).fold(0, Exact::plus);
        let waits = sum(|(wait, _)| i128::from(*wait));
        let value = sum(|(_, value)| *value);
        // Saturates: money, at any price that a customer names.
        let weighted = sum(|(wait, value)| value.saturating_mul(i128::from(*wait)));
        let nearest = count.times(9).div_ceil(10).minus_or_zero(1);
        let mut measures = self.measures;
        measures.wait_mean_ms = mean(waits, i128::try_from(count).unwrap_or(0));
        measures.wait_by_value_ms = mean(weighted, value);
        measures.wait_p90_ms = self.waits.get(nearest).map_or(0, |(wait, _)| *wait);
        measures.wait_worst_ms = self.waits.last().map_or(0, |(wait, _)| *wait);
        measures.value_at_risk_minor = i64::try_from(self.at_risk).unwrap_or(i64::MAX);
        measures
    }
}
