//! What the played months came to, as data. Counted from the log alone.

use std::collections::BTreeMap;

use audit::Audit;
use domain::ids::{DAY_MS, Timestamp};
use serde::Serialize;

use crate::world::Rows;

/// The whole summary; see the README for the meaning of each figure.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub(crate) input: Input,
    pub(crate) orders: Orders,
    pub(crate) units: Units,
    pub(crate) backorders: Backorders,
    pub(crate) promises: Promises,
    pub(crate) waits_by_tier: BTreeMap<String, Waits>,
    pub(crate) purchase_orders: u64,
    pub(crate) notices: u64,
    pub(crate) log: LogSize,
    pub(crate) conservation: Conservation,
    pub(crate) seconds: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub rows: u64,
    pub taken: u64,
    pub left: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Orders {
    pub placed: u64,
    pub refused: u64,
    pub cancelled: u64,
    pub closed: u64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Units {
    pub ordered: u64,
    pub reserved: u64,
    pub backordered: u64,
    pub shipped: u64,
    pub cancelled: u64,
    pub refused: u64,
    pub received: i64,
    pub adjusted: i64,
    pub on_hand: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Backorders {
    pub lines_ever: u64,
    pub lines_open: u64,
    pub filled: u64,
    pub mean_days: f64,
    pub p90_days: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Promises {
    pub made: u64,
    pub moved: u64,
    pub kept: u64,
    pub missed: u64,
    /// By the end of the day told last.
    pub kept_by_last: u64,
    /// How long before its stock came a line was told its last date, in days, on average.
    pub notice_days: f64,
}

/// How long lines of one tier waited for stock, from order to stock.
#[derive(Debug, Serialize)]
pub(crate) struct Waits {
    pub lines: u64,
    pub mean_days: f64,
    pub p90_days: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct LogSize {
    pub events: u64,
    pub revision: u64,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Conservation {
    Ok(&'static str),
    Violations(Vec<String>),
}

impl Summary {
    /// Counts.
    pub(crate) fn new(
        audit: &Audit,
        rows: &Rows,
        now: Timestamp,
        revision: u64,
        seconds: f64,
    ) -> Self {
        let units = units(audit);
        let mut violations = audit.violations(true);
        let left: u64 = rows.left.values().sum();
        let input = Input {
            rows: rows.taken.saturating_add(left),
            taken: rows.taken,
            left: rows.left.clone(),
        };
        let parts = [
            units.reserved,
            units.backordered,
            units.shipped,
            units.cancelled,
        ];
        let parts = parts.into_iter().sum::<u64>().saturating_add(units.refused);
        if units.ordered != parts {
            violations.push(format!(
                "{} units ordered, {parts} accounted for",
                units.ordered
            ));
        }
        let shipped = i64::try_from(units.shipped).unwrap_or(i64::MAX);
        if units.received.saturating_add(units.adjusted) != units.on_hand.saturating_add(shipped) {
            violations.push(format!("stock does not add up: {units:?}"));
        }
        Self {
            input,
            orders: orders(audit),
            units,
            backorders: backorders(audit, now),
            promises: Promises {
                made: audit.promises.made,
                moved: audit.promises.moved,
                kept: audit.promises.kept,
                missed: audit.promises.missed,
                kept_by_last: audit.promises.kept_by_last,
                notice_days: notice_days(audit),
            },
            waits_by_tier: waits_by_tier(audit, now),
            purchase_orders: audit.purchase_orders,
            notices: audit.notices,
            log: LogSize {
                events: audit.events,
                revision,
            },
            conservation: if violations.is_empty() {
                Conservation::Ok("ok")
            } else {
                Conservation::Violations(violations)
            },
            seconds: (seconds * 100.0).round() / 100.0,
        }
    }

    /// Adds what another count says against it.
    pub(crate) fn object(&mut self, objections: Vec<String>) {
        if objections.is_empty() {
            return;
        }
        match &mut self.conservation {
            Conservation::Ok(_) => self.conservation = Conservation::Violations(objections),
            Conservation::Violations(found) => found.extend(objections),
        }
    }

    /// Whether all is conserved.
    pub const fn is_conserved(&self) -> bool {
        matches!(self.conservation, Conservation::Ok(_))
    }
}

#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "an average for people; milliseconds of a shop's months are far below 2^53"
)]
fn notice_days(audit: &Audit) -> f64 {
    let told = &audit.promises;
    let filled = told.kept.saturating_add(told.missed);
    if filled == 0 {
        return 0.0;
    }
    let days = told.notice_ms as f64 / DAY_MS as f64 / filled as f64;
    (days * 100.0).round() / 100.0
}

fn units(audit: &Audit) -> Units {
    let mut units = Units::default();
    for line in audit.lines.values() {
        let tally = &line.tally;
        for (sum, part) in [
            (&mut units.ordered, tally.quantity),
            (&mut units.reserved, tally.covered()),
            (&mut units.backordered, tally.backordered()),
            (&mut units.shipped, tally.shipped),
            (&mut units.cancelled, tally.cancelled),
            (&mut units.refused, tally.refused),
        ] {
            *sum = sum.saturating_add(part.into());
        }
    }
    for stock in audit.stock.values() {
        units.received = units.received.saturating_add(stock.received);
        units.adjusted = units.adjusted.saturating_add(stock.adjusted);
        units.on_hand = units.on_hand.saturating_add(stock.on_hand());
    }
    units
}

fn orders(audit: &Audit) -> Orders {
    let mut counted = Orders {
        placed: 0,
        refused: 0,
        cancelled: 0,
        closed: 0,
    };
    for (id, order) in &audit.orders {
        counted.placed = counted.placed.saturating_add(1);
        counted.closed = counted.closed.saturating_add(order.closed.into());
        let tallies = || {
            let lines = order.lines.iter();
            lines
                .filter_map(|line| audit.lines.get(&(id.clone(), *line)))
                .map(|line| line.tally)
        };
        let all_refused = tallies().all(|tally| tally.refused == tally.quantity);
        let none_left = tallies().all(|tally| tally.shipped == 0 && tally.wanted() == 0);
        counted.refused = counted.refused.saturating_add(all_refused.into());
        let cancelled = none_left && !all_refused;
        counted.cancelled = counted.cancelled.saturating_add(cancelled.into());
    }
    counted
}

/// Waits of the lines that ever waited: until their stock came, or until now. A line whose
/// units were cancelled while they waited is not a wait that anybody ended.
fn waits(audit: &Audit, now: Timestamp) -> impl Iterator<Item = (&audit::AuditLine, f64)> {
    audit.lines.values().filter_map(move |line| {
        line.waits_since?;
        let waits = line.tally.backordered() > 0;
        let until = if waits { Some(now) } else { line.filled_at };
        until.map(|until| (line, until.days_since(line.placed_at)))
    })
}

fn backorders(audit: &Audit, now: Timestamp) -> Backorders {
    let (mean_days, p90_days, _) = mean_and_p90(waits(audit, now).map(|(_, days)| days).collect());
    let mut counted = Backorders {
        lines_ever: 0,
        lines_open: 0,
        filled: 0,
        mean_days,
        p90_days,
    };
    for line in audit
        .lines
        .values()
        .filter(|line| line.waits_since.is_some())
    {
        let open = line.tally.backordered() > 0;
        let filled = !open && line.filled_at.is_some();
        counted.lines_ever = counted.lines_ever.saturating_add(1);
        counted.lines_open = counted.lines_open.saturating_add(open.into());
        counted.filled = counted.filled.saturating_add(filled.into());
    }
    counted
}

fn waits_by_tier(audit: &Audit, now: Timestamp) -> BTreeMap<String, Waits> {
    let mut by_tier: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (line, days) in waits(audit, now) {
        by_tier.entry(line.tier.to_string()).or_default().push(days);
    }
    let waits = by_tier.into_iter().map(|(tier, days)| {
        let (mean_days, p90_days, lines) = mean_and_p90(days);
        (
            tier,
            Waits {
                lines,
                mean_days,
                p90_days,
            },
        )
    });
    waits.collect()
}

/// Mean, 90th percentile (nearest rank) and count, in days to two places.
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a count of lines is far below 2^53"
)]
fn mean_and_p90(mut days: Vec<f64>) -> (f64, f64, u64) {
    days.sort_by(f64::total_cmp);
    let count = days.len();
    let mean = if count == 0 {
        0.0
    } else {
        days.iter().sum::<f64>() / count as f64
    };
    let nearest = count.saturating_mul(9).div_ceil(10).saturating_sub(1);
    let p90 = days.get(nearest).copied().unwrap_or(0.0);
    let places = |days: f64| (days * 100.0).round() / 100.0;
    (
        places(mean),
        places(p90),
        u64::try_from(count).unwrap_or(u64::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninetieth_percentile_is_the_nearest_rank() {
        let days: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(mean_and_p90(days), (5.5, 9.0, 10));
        assert_eq!(mean_and_p90(Vec::new()), (0.0, 0.0, 0));
    }
}
