//! `measures`: the allocator's figures.

use api::allocator::v1::{Alarm, Amount, GetMeasuresRequest, GetMeasuresResponse, Rates};
use clap::Args;
use domain::decider::Room;
use domain::money::decimal_of_sum;

use super::at::At;
use crate::output::{many, table, word};
use crate::problem::Problem;
use crate::session::Session;
use crate::words;

/// Show how well demand is met: backorder and fill rates, waits, promises kept, deferred value
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder measures
  backorder measures --tier gold --window 90d
  backorder measures --channel web --watch 3 --alarm 8
  backorder measures --at 1200                       as of revision 1200
  backorder measures --sku BOLT -o json")]
pub(crate) struct Measures {
    /// Only this SKU, since the start of the log
    #[arg(long, default_value = "", hide_default_value = true,
        conflicts_with_all = ["tier", "channel"])]
    sku: String,
    /// Only this tier
    #[arg(long, default_value = "", hide_default_value = true)]
    tier: String,
    /// Only this channel
    #[arg(long, default_value = "", hide_default_value = true)]
    channel: String,
    /// Window in days up to today; at most 400
    #[arg(long, default_value = "30d", value_name = "DAYS", value_parser = words::days)]
    window: u32,
    /// Backorder rate that needs attention, in percent
    #[arg(long, default_value_t = 5, value_name = "PERCENT",
        value_parser = clap::value_parser!(u32).range(1..=100))]
    watch: u32,
    /// Backorder rate that raises an alarm, in percent
    #[arg(long, default_value_t = 10, value_name = "PERCENT",
        value_parser = clap::value_parser!(u32).range(1..=100))]
    alarm: u32,
    #[command(flatten)]
    at: At,
}

impl Measures {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = GetMeasuresRequest {
            sku: self.sku.clone(),
            tier: self.tier.clone(),
            channel: self.channel.clone(),
            window_days: self.window,
            watch_percent: self.watch,
            alarm_percent: self.alarm,
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
        };
        let mut client = doors.allocator()?;
        let call = client.get_measures(request);
        let found = doors.ask(Room::Allocator, "GetMeasures", call).await?;
        let of = [self.sku, self.tier, self.channel].into_iter();
        let of: Vec<String> = of.filter(|name| !name.is_empty()).collect();
        session
            .out
            .show(&found, |found| told(&of.join(", "), found));
        Ok(())
    }
}

fn told(of: &str, it: &GetMeasuresResponse) -> String {
    let span = match it.window_days {
        0 => "since the beginning".to_owned(),
        1 => "today".to_owned(),
        days => format!("the last {}", many(days, "day")),
    };
    let of = if of.is_empty() { "everything" } else { of };
    let mut text = format!("{of}, {span}, as of revision {}\n\n", it.revision);
    let alarm = match it.alarm() {
        Alarm::Watch => "  <- WATCH",
        Alarm::Alarm => "  <- ALARM",
        Alarm::Fine | Alarm::Unspecified => "",
    };
    let counted = it.window_days > 0;
    text.push_str(&table(
        &["happened", "lines", "units", "value"],
        [
            amounts("ordered", it.placed.as_ref(), counted),
            amounts("backordered at the door", it.backordered.as_ref(), counted),
            amounts("refused at the door", it.refused.as_ref(), counted),
            amounts("waited, then got stock", it.filled.as_ref(), counted),
            amounts("waited, then cancelled", it.cancelled.as_ref(), counted),
            amounts("waited until an offer ended", it.expired.as_ref(), counted),
            amounts("sold elsewhere", it.sold_elsewhere.as_ref(), counted),
            rates(
                &format!("backorder rate{alarm}"),
                it.backorder_rate.as_ref(),
            ),
            rates("fill rate", it.fill_rate.as_ref()),
        ],
    ));
    for refused in &it.refused_for {
        let why = word(refused.reason().as_str_name(), "REFUSE_REASON_");
        text.push_str(&format!(
            "\nrefused, {why}: {}, {}",
            many(refused.lines, "line"),
            many(refused.units, "unit")
        ));
    }
    text.push_str("\n\n");
    text.push_str(&table(
        &["waits now", "lines", "units", "value"],
        [
            ("open backorders", &it.open),
            ("overdue", &it.overdue),
            ("no date told", &it.undated),
        ]
        .into_iter()
        .filter_map(|(name, amount)| Some(amounts(name, Some(amount.as_ref()?), true)))
        .chain(it.expected.iter().map(|expected| {
            amounts(
                &format!("expected {}", expected.month),
                expected.amount.as_ref(),
                true,
            )
        })),
    ));
    text.push_str("\n\n");
    text.push_str(&table(&["", "figure"], figures(it)));
    text
}

fn figures(it: &GetMeasuresResponse) -> Vec<Vec<String>> {
    let growth = it.growth.map(|growth| format!("{:+.1} %", growth * 100.0));
    let mut rows = vec![
        ("age of open backorders, mean", days(it.mean_age_days)),
        ("age, 90 of 100 at most", whole_days(it.p90_age_days)),
        ("wait until filled, mean", days(it.mean_wait_days)),
        ("wait, 90 of 100 at most", whole_days(it.p90_wait_days)),
        ("cancelled of backordered", percent(it.cancellation_rate)),
    ];
    if it.window_days > 0 {
        let moves = it
            .moves_per_day
            .map_or_else(|| "-".into(), |moves| format!("{moves:.1}"));
        rows.extend([
            (
                "promises kept, by the first date",
                percent(it.promise_kept_rate),
            ),
            ("promises told", it.promises_told.to_string()),
            ("promises moved, a day", moves),
            (
                "growth, lines ordered",
                growth.unwrap_or_else(|| "-".into()),
            ),
        ]);
    }
    rows.into_iter()
        .map(|(name, figure)| vec![name.to_owned(), figure])
        .collect()
}

/// A row of an amount; `-` for the value where it is not counted.
fn amounts(name: &str, amount: Option<&Amount>, valued: bool) -> Vec<String> {
    let amount = amount.copied().unwrap_or_default();
    let value = if valued {
        decimal_of_sum(amount.value_minor)
    } else {
        "-".into()
    };
    vec![
        name.to_owned(),
        amount.lines.to_string(),
        amount.units.to_string(),
        value,
    ]
}

fn rates(name: &str, rates: Option<&Rates>) -> Vec<String> {
    let rates = rates.copied().unwrap_or_default();
    let figures = [rates.lines, rates.units, rates.value].map(percent);
    std::iter::once(name.to_owned()).chain(figures).collect()
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".into(), |rate| format!("{:.1} %", rate * 100.0))
}

fn days(days: Option<f64>) -> String {
    days.map_or_else(|| "-".into(), |days| format!("{days:.1} days"))
}

fn whole_days(days: Option<u32>) -> String {
    days.map_or_else(|| "-".into(), |days| many(days, "day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_marked_and_what_is_not_known_is_a_dash() {
        let rate = Rates {
            lines: Some(0.125),
            units: None,
            value: Some(0.5),
        };
        let found = GetMeasuresResponse {
            window_days: 30,
            backorder_rate: Some(rate),
            alarm: Alarm::Alarm.into(),
            mean_wait_days: Some(2.25),
            overdue: Some(Amount {
                lines: 2,
                units: 8,
                value_minor: 1_250,
            }),
            ..GetMeasuresResponse::default()
        };
        let text = told("", &found);
        let row = |begin: &str| {
            let line = text.lines().find(|line| line.starts_with(begin)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            row("backorder rate"),
            "backorder rate <- ALARM 12.5 % - 50.0 %"
        );
        assert_eq!(row("overdue"), "overdue 2 8 12.50");
        assert_eq!(row("wait until filled"), "wait until filled, mean 2.2 days");
        assert_eq!(row("growth"), "growth, lines ordered -");
    }
}
