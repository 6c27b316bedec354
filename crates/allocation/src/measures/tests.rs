//! The counts against lines counted one by one, and each figure as a sentence.

use proptest::prelude::*;

use super::*;

fn day(days: i64) -> Timestamp {
    Timestamp::from_ms(0).plus_days(20_000 + days)
}

/// A shop that keeps its lines, to be counted again.
#[derive(Default)]
struct Shop {
    measures: Measures,
    sku: SkuMeasures,
    lines: Vec<(Counted, State)>,
}

impl Shop {
    fn place(&mut self, tier: &str, at: Timestamp, units: u32, price: i64) -> usize {
        let class = u8::from(tier == "gold");
        let line = Counted {
            class,
            unit_price_minor: price,
            placed_at: at,
        };
        self.lines.push((line, State::default()));
        let last = self.lines.len() - 1;
        self.change(last, at, Happened::Placed(units), |_| {});
        last
    }

    fn change(
        &mut self,
        line: usize,
        at: Timestamp,
        happened: Happened,
        change: impl FnOnce(&mut State),
    ) {
        let (line, state) = &mut self.lines[line];
        let was = *state;
        change(state);
        self.measures.begin(at, &Zone::UTC);
        self.measures
            .changed(line, happened, (was, *state), &mut self.sku, &Zone::UTC);
    }

    fn waits(&mut self, line: usize, at: Timestamp, units: u32, promised: Option<Timestamp>) {
        self.change(line, at, Happened::Backordered(units), |line| {
            line.waiting = units
        });
        self.change(line, at, Happened::Promised, |line| promise(line, promised));
    }

    fn report(&self, now: Timestamp) -> Report {
        self.measures
            .report(|_| true, &Filter::default(), (now, &Zone::UTC))
    }
}

fn promise(line: &mut State, promised: Option<Timestamp>) {
    line.promised = promised;
    line.first_promised = line
        .first_promised
        .or(promised.map(|at| Day::of(at, &Zone::UTC)));
}

#[test]
fn five_percent_backordered_is_a_warning_and_ten_an_alarm() {
    let mut shop = Shop::default();
    for _ in 0..19 {
        shop.place("gold", day(0), 1, 100);
    }
    assert_eq!(shop.report(day(0)).alarm, Alarm::Fine);
    let line = shop.place("gold", day(0), 1, 100);
    shop.waits(line, day(0), 1, None);
    let report = shop.report(day(0));
    assert_eq!(
        (report.backorder_rate.lines, report.alarm),
        (Some(0.05), Alarm::Watch)
    );
    assert_eq!(report.fill_rate.value, Some(0.95));
    let line = shop.place("gold", day(0), 1, 1_000);
    shop.waits(line, day(0), 1, None);
    assert_eq!(
        shop.report(day(0)).alarm,
        Alarm::Alarm,
        "by value, though not by lines"
    );
    let calm = Filter {
        watch_percent: 50,
        alarm_percent: 90,
        ..Filter::default()
    };
    assert_eq!(
        shop.measures
            .report(|_| true, &calm, (day(0), &Zone::UTC))
            .alarm,
        Alarm::Fine
    );
}

#[test]
fn ages_and_waits_are_reported_as_mean_and_p90() {
    let mut shop = Shop::default();
    for age in 1..=10 {
        let line = shop.place("gold", day(-age), 1, 100);
        shop.waits(line, day(-age), 1, Some(day(0)));
    }
    let report = shop.report(day(0));
    assert_eq!(
        (report.mean_age_days, report.p90_age_days),
        (Some(5.5), Some(9))
    );
    assert_eq!(report.mean_wait_days, None);
    for line in 0..10 {
        shop.change(line, day(0), Happened::Assigned, |line| line.waiting = 0);
    }
    let report = shop.report(day(0));
    assert_eq!(
        (report.mean_wait_days, report.p90_wait_days),
        (Some(5.5), Some(9))
    );
    assert_eq!((report.mean_age_days, report.p90_age_days), (None, None));
    assert_eq!(
        (report.open, report.promise_kept_rate),
        (Amount::default(), Some(1.0))
    );
}

#[test]
fn a_promise_is_kept_until_the_end_of_the_first_promised_day() {
    let mut shop = Shop::default();
    for _ in 0..2 {
        let line = shop.place("gold", day(0), 4, 100);
        shop.waits(line, day(0), 4, Some(day(3)));
    }
    assert_eq!(shop.report(day(3)).overdue, Some(Amount::default()));
    assert_eq!(
        shop.report(day(4)).overdue,
        Some(Amount {
            lines: 2,
            units: 8,
            value_minor: 800
        })
    );
    shop.change(0, day(4), Happened::Promised, |line| {
        promise(line, Some(day(9)))
    });
    assert_eq!(shop.report(day(4)).overdue.unwrap().lines, 1);
    shop.change(0, day(9), Happened::Assigned, |line| line.waiting = 0);
    let late = day(4).plus_ms(-1);
    shop.change(1, late, Happened::Assigned, |line| line.waiting = 0);
    let happened = shop.report(day(9)).happened;
    assert_eq!(
        (
            happened.promised,
            happened.moved,
            happened.kept,
            happened.missed
        ),
        (2, 1, 1, 1)
    );
}

#[test]
fn money_that_waits_is_expected_in_the_month_promised() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let now = at("2026-11-22T12:00:00Z");
    let mut shop = Shop::default();
    let dates = [
        "2026-11-21T00:00:00Z",
        "2026-11-30T23:00:00Z",
        "2026-11-22T00:00:00Z",
        "2027-02-01T00:00:00Z",
    ];
    for promised in dates.map(|date| Some(at(date))).into_iter().chain([None]) {
        let line = shop.place("gold", now, 2, 500);
        shop.waits(line, now, 2, promised);
    }
    let report = shop.report(now);
    let months = report.expected.iter();
    let months: Vec<_> = months
        .map(|one| (one.month.as_str(), one.amount.value_minor))
        .collect();
    assert_eq!(months, [("2026-11", 2_000), ("2027-02", 1_000)]);
    assert_eq!(report.overdue.unwrap().value_minor, 1_000);
    assert_eq!(report.undated.unwrap().value_minor, 1_000);
}

#[test]
fn months_beyond_the_bound_are_promised_together() {
    let mut shop = Shop::default();
    for month in 0..40 {
        let line = shop.place("gold", day(0), 1, 1);
        shop.waits(line, day(0), 1, Some(day(31 * month)));
    }
    let report = shop.report(day(0));
    assert_eq!(report.expected.len(), MAX_MONTHS + 1);
    let last = report.expected.last().unwrap();
    assert_eq!(
        (last.month.as_str(), last.amount.lines),
        ("later", 40 - MAX_MONTHS as u64)
    );
}

#[test]
fn a_window_ends_today_and_growth_is_against_the_one_before() {
    let mut shop = Shop::default();
    for (at, lines) in [(-60, 9), (-59, 4), (-30, 4), (-29, 1), (0, 11), (1, 7)] {
        for _ in 0..lines {
            shop.place("gold", day(at), 1, 100);
        }
    }
    let report = shop.report(day(0));
    assert_eq!(
        (report.happened.placed.lines, report.growth),
        (12, Some(0.5))
    );
}

#[test]
fn only_the_classes_that_are_wanted_are_counted() {
    let mut shop = Shop::default();
    for (tier, lines) in [("gold", 3), ("silver", 5)] {
        for _ in 0..lines {
            let line = shop.place(tier, day(0), 1, 100);
            shop.waits(line, day(0), 1, None);
        }
    }
    let of = |class: u8| {
        let filter = Filter::default();
        let report = shop
            .measures
            .report(|other| other == class, &filter, (day(0), &Zone::UTC));
        (
            report.happened.placed.lines,
            report.open.lines,
            report.undated.unwrap().units,
        )
    };
    assert_eq!((of(0), of(1), of(2)), ((5, 5, 5), (3, 3, 3), (0, 0, 0)));
}

#[test]
fn what_is_older_than_what_is_kept_is_summed_up_and_not_lost() {
    let mut shop = Shop::default();
    for at in [0, 500, 799, 800, 801, 1, 2_000, 1_300] {
        shop.place("gold", day(at), 1, 100);
    }
    let kept: Vec<u16> = shop.measures.days.iter().map(|one| one.day.0).collect();
    assert_eq!(kept, [21_300, 22_000]);
    assert_eq!(shop.measures.earlier[1].placed.lines, 6);
}

#[test]
fn a_day_counted_late_stands_in_its_place() {
    let mut shop = Shop::default();
    let counted = |shop: &Shop| -> (Vec<(u16, u64)>, u64) {
        let days = shop.measures.days.iter();
        let days = days.map(|one| (one.day.0 - 20_000, one.flows[1].placed.lines));
        let earlier = shop.measures.earlier.get(1);
        (days.collect(), earlier.map_or(0, |flow| flow.placed.lines))
    };
    for at in [2_000, 1_500, 1_500, 1_700, 1_201, 1_200, 1_500] {
        shop.place("gold", day(at), 1, 100);
    }
    let days = vec![(1_201, 1), (1_500, 3), (1_700, 1), (2_000, 1)];
    assert_eq!(counted(&shop), (days, 1));
    shop.place("gold", day(2_001), 1, 100);
    let days = vec![(1_500, 3), (1_700, 1), (2_000, 1), (2_001, 1)];
    assert_eq!(counted(&shop), (days, 2));
}

#[test]
fn an_sku_promises_what_happened_since_the_beginning() {
    let mut shop = Shop::default();
    for _ in 0..4 {
        let line = shop.place("gold", day(0), 5, 100);
        shop.waits(line, day(0), 5, None);
    }
    shop.change(0, day(1), Happened::Cancelled, |line| line.waiting = 0);
    shop.change(1, day(1), Happened::Assigned, |line| line.waiting = 2);
    let report = shop.sku.report(&Filter::default(), day(2));
    assert_eq!(
        report.open,
        Amount {
            lines: 3,
            units: 12,
            value_minor: 1_200
        }
    );
    assert_eq!(
        (report.cancellation_rate, report.mean_age_days),
        (Some(0.25), Some(2.0))
    );
    assert_eq!(
        (report.happened.filled.lines, report.happened.filled.units),
        (0, 3)
    );
    assert_eq!(
        (report.window_days, report.growth, report.overdue),
        (None, None, None)
    );
}

proptest! {
    #[test]
    fn what_stands_is_what_counting_the_lines_finds(
        steps in prop::collection::vec((0_u8..8, 0_usize..9, 0_u32..9, -40_i64..40), 1..80),
    ) {
        let (mut shop, mut now) = (Shop::default(), day(0));
        for (kind, which, units, days) in steps {
            let line = which % shop.lines.len().max(1);
            let promised = (days % 5 != 0).then(|| now.plus_days(days));
            let fewer = |line: &mut State| line.waiting = line.waiting.saturating_sub(units);
            match kind {
                0 | 1 => {
                    let tier = ["gold", "silver"][which % 2];
                    let line = shop.place(tier, now, units + 1, days * 10);
                    if kind == 0 {
                        shop.waits(line, now, units + 1, promised);
                    }
                }
                _ if shop.lines.is_empty() => {}
                2 => shop.change(line, now, Happened::Assigned, fewer),
                3 => shop.change(line, now, Happened::Cancelled, fewer),
                4 => shop.change(line, now, Happened::Released, |line| line.waiting += units),
                5 => shop.change(line, now, Happened::Promised, |line| promise(line, promised)),
                6 => shop.change(line, now, Happened::Released, |line| line.waiting = 0),
                _ => now = now.plus_days(days.abs() / 8),
            }
        }
        let waiting = || shop.lines.iter().filter(|(_, state)| state.waiting > 0);
        let sum = |wanted: &dyn Fn(&State) -> bool| {
            let mut sum = Amount::default();
            for (line, state) in waiting().filter(|(_, state)| wanted(state)) {
                sum.add(Amount::new(1, state.waiting, line.unit_price_minor));
            }
            sum
        };
        let report = shop.report(now);
        let overdue =
            |state: &State| state.promised.is_some_and(|at| at.start_of_day() < now.start_of_day());
        prop_assert_eq!(report.open, sum(&|_| true));
        prop_assert_eq!(report.undated, Some(sum(&|state| state.promised.is_none())));
        prop_assert_eq!(report.overdue, Some(sum(&overdue)));
        let mut ages: Vec<f64> =
            waiting().map(|(line, _)| now.days_since(line.placed_at).floor()).collect();
        ages.sort_by(f64::total_cmp);
        let p90 = (!ages.is_empty()).then(|| ages[(ages.len() * 9).div_ceil(10) - 1]);
        prop_assert_eq!(report.p90_age_days.map(f64::from), p90);
        let sku = shop.sku.report(&Filter::default(), now);
        prop_assert_eq!((sku.open, sku.mean_age_days), (report.open, report.mean_age_days));
    }
}
