//! What a comparison of worlds says, for people: measures side by side, and their chart.

use api::allocator::v1::{WhatIfDay, WhatIfMeasures, WhatIfResponse, WhatIfWorld};
use chassis::wire::whole_ms;
use domain::ids::{DAY_MS, Timestamp};
use domain::money::decimal_of_sum;

use crate::chart::{Chart, Panel};

/// Days over which the wait of those filled is averaged in the chart.
const SMOOTH_DAYS: usize = 7;

/// A figure as the table shows it.
type Figure = fn(&WhatIfMeasures) -> String;

const FIGURES: [(&str, Figure); 19] = [
    ("lines placed", |it| it.lines.to_string()),
    ("filled at once", |it| percent(it.at_once_lines, it.lines)),
    ("units refused", |it| it.refused_units.to_string()),
    ("lines carried in", |it| it.carried_lines.to_string()),
    ("lines backordered", |it| it.backordered_lines.to_string()),
    ("units backordered", |it| it.backordered_units.to_string()),
    ("filled after a wait", |it| it.filled_lines.to_string()),
    ("given up", |it| it.given_up_lines.to_string()),
    ("still waiting", |it| it.waiting_lines.to_string()),
    ("wait, mean days", |it| days(it.wait_mean_ms)),
    ("wait, 90 % within days", |it| days(it.wait_p90_ms)),
    ("wait, worst days", |it| days(it.wait_worst_ms)),
    ("wait by value, mean days", |it| days(it.wait_by_value_ms)),
    ("lines promised a date", |it| it.promised_lines.to_string()),
    ("promises moved", |it| it.promises_moved.to_string()),
    ("promises kept", |it| it.promises_kept.to_string()),
    ("promises kept, of those due", |it| {
        percent(
            it.promises_kept,
            it.promises_kept.saturating_add(it.promises_broken),
        )
    }),
    ("overdue at the end", |it| it.overdue_lines.to_string()),
    ("value at risk", |it| decimal_of_sum(it.value_at_risk_minor)),
];

/// What the wait of a standing is told by.
const TIER_FIGURES: [(&str, Figure); 5] = [
    ("lines backordered", |it| it.backordered_lines.to_string()),
    ("wait, mean days", |it| days(it.wait_mean_ms)),
    ("wait, 90 % within days", |it| days(it.wait_p90_ms)),
    ("wait, worst days", |it| days(it.wait_worst_ms)),
    ("promises kept, of those due", |it| {
        percent(
            it.promises_kept,
            it.promises_kept.saturating_add(it.promises_broken),
        )
    }),
];

/// Rows of figures, a column a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// What each column is called; the first one has the names of the figures.
    pub columns: Vec<String>,
    /// The figures, each row as long as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// All that is compared.
pub fn rows(answer: &WhatIfResponse) -> Rows {
    let nothing = WhatIfMeasures::default();
    let overall = |world: &WhatIfWorld| world.overall.unwrap_or(nothing);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, figure) in FIGURES {
        let mut row = vec![name.to_owned()];
        row.extend(answer.worlds.iter().map(|world| figure(&overall(world))));
        rows.push(row);
    }
    for tier in tiers(answer) {
        for (name, figure) in TIER_FIGURES {
            let mut row = vec![format!("{tier}: {name}")];
            let of = |world: &WhatIfWorld| {
                let found = world.tiers.iter().find(|it| it.tier == tier);
                found.and_then(|it| it.measures).unwrap_or(nothing)
            };
            row.extend(answer.worlds.iter().map(|world| figure(&of(world))));
            rows.push(row);
        }
    }
    let mut columns = vec!["measure".to_owned()];
    columns.extend(answer.worlds.iter().map(|world| world.name.clone()));
    Rows { columns, rows }
}

/// Every standing that occurs in any world.
fn tiers(answer: &WhatIfResponse) -> std::collections::BTreeSet<String> {
    let tiers = answer.worlds.iter().flat_map(|world| &world.tiers);
    tiers.map(|it| it.tier.clone()).collect()
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".into();
    }
    let tenths = u128::from(part).saturating_mul(1_000);
    let tenths = tenths.checked_div(u128::from(whole)).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Days with one decimal.
pub fn days(ms: i64) -> String {
    format!("{:.1}", in_days(ms))
}

fn in_days(ms: i64) -> f64 {
    // Seconds are exact enough and fit for 68 years.
    let seconds = i32::try_from(ms / 1_000).unwrap_or(i32::MAX);
    f64::from(seconds) / f64::from(i32::try_from(DAY_MS / 1_000).unwrap_or(1))
}

fn count(lines: u64) -> f64 {
    u32::try_from(lines).map_or(f64::from(u32::MAX), f64::from)
}

/// Open backorders over time, how they differ from those of the first world that is played, and
/// how long those had waited that were filled. The recorded world is left out: the first one
/// played stands for it.
pub fn chart(answer: &WhatIfResponse, title: &str) -> Chart {
    let worlds = answer.worlds.get(1..).unwrap_or_default();
    let all_days: &[WhatIfDay] = worlds.first().map_or(&[], |world| &world.days);
    let date = |day: &WhatIfDay| {
        day.begins
            .and_then(|at| whole_ms(at).ok())
            .map_or_else(String::new, Timestamp::date)
    };
    let open = |world: &WhatIfWorld| {
        let days = world.days.iter();
        days.map(|day| Some(count(day.open_lines))).collect()
    };
    let differs = |world: &WhatIfWorld| {
        let pairs = world.days.iter().zip(all_days);
        pairs
            .map(|(day, first)| Some(count(day.open_lines) - count(first.open_lines)))
            .collect()
    };
    let first = worlds.first().map_or("", |world| &world.name);
    let wait = format!("Mean wait of lines filled after a wait (days; {SMOOTH_DAYS}-day mean)");
    Chart {
        title: title.to_owned(),
        subtitle: format!(
            "{} to {} UTC, the same orders and deliveries in each world",
            minute(answer.from),
            minute(answer.to)
        ),
        names: worlds.iter().map(|it| it.name.clone()).collect(),
        days: all_days.iter().map(date).collect(),
        panels: vec![
            Panel {
                title: "Open backorders at the end of the day (lines)".into(),
                lines: worlds.iter().map(open).collect(),
            },
            Panel {
                title: format!("The same, against `{first}` (lines more or fewer)"),
                lines: worlds.iter().map(differs).collect(),
            },
            Panel {
                title: wait,
                lines: worlds.iter().map(waits).collect(),
            },
        ],
    }
}

/// A time to the minute, in UTC; `-` if there is none.
fn minute(time: Option<prost_types::Timestamp>) -> String {
    let time = time.and_then(|time| whole_ms(time).ok());
    time.map_or_else(|| "-".into(), Timestamp::minute)
}

/// The wait of those filled in the days up to each day.
fn waits(world: &WhatIfWorld) -> Vec<Option<f64>> {
    let days = &world.days;
    (0..days.len())
        .map(|index| {
            let first = index.saturating_sub(SMOOTH_DAYS.saturating_sub(1));
            let window = days.get(first..=index).unwrap_or_default();
            let filled: f64 = window.iter().map(|day| count(day.filled_lines)).sum();
            let waited = |day: &WhatIfDay| in_days(day.wait_mean_ms) * count(day.filled_lines);
            let waited: f64 = window.iter().map(waited).sum();
            (filled > 0.0).then(|| waited / filled)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> WhatIfResponse {
        let day = |open_lines, filled_lines, days: i64| WhatIfDay {
            begins: None,
            open_lines,
            open_units: 0,
            filled_lines,
            wait_mean_ms: days.saturating_mul(DAY_MS),
        };
        let world = |name: &str, wait_mean_ms| WhatIfWorld {
            name: name.into(),
            overall: Some(WhatIfMeasures {
                lines: 8,
                at_once_lines: 5,
                wait_mean_ms,
                ..Default::default()
            }),
            tiers: Vec::new(),
            days: vec![day(1, 0, 0), day(2, 1, 2), day(0, 3, 6)],
        };
        WhatIfResponse {
            worlds: vec![world("recorded", DAY_MS), world("tiers", DAY_MS / 2)],
            ..Default::default()
        }
    }

    #[test]
    fn a_measure_is_a_row_and_a_world_a_column() {
        let Rows { columns, rows } = rows(&answer());
        assert_eq!(columns, ["measure", "recorded", "tiers"]);
        let row = |name: &str| {
            let row = rows.iter().find(|row| row[0] == name).unwrap();
            row[1..].to_vec()
        };
        assert_eq!(row("filled at once"), ["62.5 %", "62.5 %"]);
        assert_eq!(row("wait, mean days"), ["1.0", "0.5"]);
    }

    #[test]
    fn the_mean_wait_is_weighted_by_units_filled() {
        assert_eq!(waits(&answer().worlds[0]), [None, Some(2.0), Some(5.0)]);
    }
}
