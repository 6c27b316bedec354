//! Measures over the wire: what is asked, the figures as they are told, and the main ones as
//! metrics.

use allocation::Allocator;
use allocation::measures::{self, Alarm, Filter, MAX_WINDOW_DAYS, Report};
use api::allocator::v1;
use chassis::instruments::{
    AGE_P90, BACKORDER_RATE, FILL_RATE, FILLED_UNITS, Instrument, OPEN_LINES, OPEN_UNITS,
    OVERDUE_LINES, PLACED_UNITS, PROMISE_KEPT_RATE, PROMISES_MOVED, PROMISES_TOLD, REFUSED_UNITS,
    SKUS_TOUCHED, UNDATED_LINES, WAIT_P90,
};
use chassis::wire::{optional, some};
use chassis::{Host, invalid, telemetry};
use domain::ids::{Revision, Sku, Tier};
use tonic::Status;

use crate::answer;

/// The highest level that can be asked for, in percent.
const MAX_PERCENT: u32 = 100;

/// Of which SKU, if one alone; and what else is asked.
pub fn asked(asked: &v1::GetMeasuresRequest) -> Result<(Option<Sku>, Filter), Status> {
    let sku = optional("sku", &asked.sku, Sku::new)?;
    let tier = optional("tier", &asked.tier, Tier::new)?;
    let channel = some(asked.channel.clone());
    if sku.is_some() && (tier.is_some() || channel.is_some()) {
        return Err(invalid(
            "sku",
            "SKU_AND_CLASS_CONFLICT",
            "is given together with a tier or a channel",
            "give the SKU alone, or the tier and the channel without it",
        ));
    }
    let usual = Filter::default();
    let filter = Filter {
        tier,
        channel,
        window_days: window(asked.window_days, usual.window_days)?,
        watch_percent: percent("watch_percent", asked.watch_percent, usual.watch_percent)?,
        alarm_percent: percent("alarm_percent", asked.alarm_percent, usual.alarm_percent)?,
    };
    Ok((sku, filter))
}

fn window(days: u32, usual: u16) -> Result<u16, Status> {
    let days = if days == 0 { usual.into() } else { days };
    let days = u16::try_from(days)
        .ok()
        .filter(|days| *days <= MAX_WINDOW_DAYS);
    days.ok_or_else(|| {
        invalid(
            "window_days",
            "WINDOW_OUT_OF_RANGE",
            "is over 400 days",
            "give 1 to 400 days, or 0 for 30",
        )
    })
}

fn percent(field: &str, percent: u32, usual: u32) -> Result<u32, Status> {
    match percent {
        0 => Ok(usual),
        1..=MAX_PERCENT => Ok(percent),
        _ => Err(invalid(
            field,
            "PERCENT_OUT_OF_RANGE",
            "is over 100",
            "give 1 to 100 percent, or 0 for the default",
        )),
    }
}

const fn amount(it: measures::Amount) -> v1::Amount {
    v1::Amount {
        lines: it.lines,
        units: it.units,
        value_minor: it.value_minor,
    }
}

const fn rates(it: measures::Rates) -> Option<v1::Rates> {
    Some(v1::Rates {
        lines: it.lines,
        units: it.units,
        value: it.value,
    })
}

/// The figures.
pub fn told(it: &Report, revision: Revision) -> v1::GetMeasuresResponse {
    let happened = &it.happened;
    let alarm = match it.alarm {
        Alarm::Fine => v1::Alarm::Fine,
        Alarm::Watch => v1::Alarm::Watch,
        Alarm::Alarm => v1::Alarm::Alarm,
    };
    let refused_for = happened.refused_by.iter();
    let refused_for = refused_for.map(|(why, (lines, units))| v1::RefusedFor {
        reason: answer::reason(*why).into(),
        lines: *lines,
        units: *units,
    });
    let expected = it.expected.iter().map(|expected| v1::Expected {
        month: expected.month.clone(),
        amount: Some(amount(expected.amount)),
    });
    v1::GetMeasuresResponse {
        window_days: it.window_days.map_or(0, u32::from),
        placed: Some(amount(happened.placed)),
        sold_elsewhere: Some(amount(happened.sold_elsewhere)),
        backordered: Some(amount(happened.waited)),
        refused: Some(amount(happened.refused)),
        refused_for: refused_for.collect(),
        expired: Some(amount(happened.expired)),
        filled: Some(amount(happened.filled)),
        cancelled: Some(amount(happened.cancelled)),
        backorder_rate: rates(it.backorder_rate),
        alarm: alarm.into(),
        fill_rate: rates(it.fill_rate),
        cancellation_rate: it.cancellation_rate,
        mean_wait_days: it.mean_wait_days,
        p90_wait_days: it.p90_wait_days.map(u32::from),
        promises_told: happened.promised,
        promises_moved: happened.moved,
        promises_kept: happened.kept,
        promises_missed: happened.missed,
        promise_kept_rate: it.promise_kept_rate,
        moves_per_day: it.moves_per_day,
        growth: it.growth,
        open: Some(amount(it.open)),
        mean_age_days: it.mean_age_days,
        p90_age_days: it.p90_age_days.map(u32::from),
        overdue: it.overdue.map(amount),
        undated: it.undated.map(amount),
        expected: expected.collect(),
        revision: revision.0,
    }
}

/// A figure of one class: its metric, and where it stands; nothing where it is not known.
type Figure = (Instrument, fn(&Report) -> Option<f64>);

const FIGURES: [Figure; 14] = [
    (OPEN_LINES, |it| count(it.open.lines)),
    (OPEN_UNITS, |it| count(it.open.units)),
    (OVERDUE_LINES, |it| count(it.overdue?.lines)),
    (UNDATED_LINES, |it| count(it.undated?.lines)),
    (AGE_P90, |it| it.p90_age_days.map(f64::from)),
    (WAIT_P90, |it| it.p90_wait_days.map(f64::from)),
    (PLACED_UNITS, |it| count(it.happened.placed.units)),
    (FILLED_UNITS, |it| count(it.happened.filled.units)),
    (REFUSED_UNITS, |it| count(it.happened.refused.units)),
    (BACKORDER_RATE, |it| it.backorder_rate.lines),
    (FILL_RATE, |it| it.fill_rate.units),
    (PROMISES_TOLD, |it| count(it.happened.promised)),
    (PROMISES_MOVED, |it| count(it.happened.moved)),
    (PROMISE_KEPT_RATE, |it| it.promise_kept_rate),
];

/// The gauges of the room.
const GAUGES: &[Instrument] = &[
    OPEN_LINES,
    OPEN_UNITS,
    OVERDUE_LINES,
    UNDATED_LINES,
    AGE_P90,
    WAIT_P90,
    PLACED_UNITS,
    FILLED_UNITS,
    REFUSED_UNITS,
    BACKORDER_RATE,
    FILL_RATE,
    PROMISES_TOLD,
    PROMISES_MOVED,
    PROMISE_KEPT_RATE,
    SKUS_TOUCHED,
];

fn count(count: u64) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

/// Has the main figures sent with the metrics, by tier and channel: those classes are bounded.
pub fn send(host: &Host<Allocator>) {
    telemetry::figures(host, GAUGES, |allocator, now, figures| {
        figures.size(&SKUS_TOUCHED, allocator.touched());
        for (tier, channel, report) in allocator.measures_by_class(now) {
            for (gauge, figure) in &FIGURES {
                figures.put(gauge, figure(&report), &[&tier, &channel]);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual_and_what_cannot_be_is_refused() {
        let (sku, filter) = asked(&v1::GetMeasuresRequest::default()).unwrap();
        assert_eq!((sku, filter), (None, Filter::default()));
        let of_an_sku = |tier: &str, window_days, alarm_percent| {
            let asked = v1::GetMeasuresRequest {
                sku: "BOLT".to_owned(),
                tier: tier.to_owned(),
                window_days,
                alarm_percent,
                ..v1::GetMeasuresRequest::default()
            };
            super::asked(&asked).map(|(sku, filter)| (sku, filter.window_days))
        };
        assert_eq!(of_an_sku("", 400, 100).unwrap(), (Some("BOLT".into()), 400));
        assert!(of_an_sku("gold", 400, 100).is_err());
        assert!(of_an_sku("", 401, 100).is_err());
        assert!(of_an_sku("", 400, 101).is_err());
    }
}
