//! The room's measures, as sentences.

use std::collections::BTreeMap;

use backorder_allocation::AllocatorRefusal;
use backorder_allocation::measures::{Amount, Filter, Report};
use domain::event::{
    Event, HistoryEnd, HistoryRecorded, LineQuantity, LocationDefined, OrderPlaced,
};
use domain::ids::Zone;

use crate::baskets::substitutable;
use crate::fixture::*;

/// All that a window holds.
pub fn filter(tier: Option<&str>) -> Filter {
    Filter {
        tier: tier.map(Into::into),
        window_days: 400,
        ..Filter::default()
    }
}

fn report(cell: &Cell) -> Report {
    cell.allocator.measures(&filter(None), cell.now).unwrap()
}

#[test]
fn an_expired_offer_counts_as_refused_once() {
    let mut cell = Cell::given([substitutable("LENS", &["LENS2"]), received("LENS", 10)]);
    cell.then(placed("o1", &[("LENS", 10)]));
    cell.then(placed("o2", &[("LENS", 10)]));
    cell.now = day(8);
    assert_eq!(cell.settle(), ["refuse o2.1 10 Substitutable"]);
    let of_item = cell
        .allocator
        .measures_of(&"LENS".into(), &filter(None), cell.now);
    for it in [report(&cell), of_item.unwrap()] {
        assert_eq!(
            (it.happened.refused, it.happened.waited.units),
            (Amount::default(), 10)
        );
        assert_eq!(
            (it.happened.expired.lines, it.happened.expired.units),
            (1, 10)
        );
        assert_eq!(it.fill_rate.units, Some(0.5));
    }
}

#[test]
fn of_lines_that_were_ordered_the_day_before_nothing_is_below_nothing() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    cell.now = day(1);
    cell.settle();
    cell.then(placed("o2", &[("BOLT", 1)]));
    let today = Filter {
        window_days: 1,
        ..filter(None)
    };
    let it = cell.allocator.measures(&today, cell.now).unwrap();
    assert_eq!((it.happened.placed.units, it.happened.waited.units), (1, 6));
    assert_eq!(
        (it.fill_rate.units, it.fill_rate.value),
        (Some(0.0), Some(0.0))
    );
}

#[test]
fn what_is_ordered_let_wait_and_refused_is_counted_at_the_door() {
    let mut cell = Cell::given([capped("BOLT", 4, 90), received("BOLT", 3)]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    cell.settle();
    cell.fold(&placed("o2", &[("BOLT", 5)]));
    cell.settle();
    let it = report(&cell);
    let amount = |lines, units| Amount {
        lines,
        units,
        value_minor: units as i64 * 100,
    };
    assert_eq!(it.happened.placed, amount(2, 10));
    assert_eq!((it.happened.waited, it.open), (amount(2, 4), amount(2, 4)));
    assert_eq!(it.happened.refused, amount(1, 3));
    assert_eq!(
        (it.backorder_rate.units, it.fill_rate.units),
        (Some(0.4), Some(0.3))
    );
}

#[test]
fn a_line_filled_from_two_places_at_the_door_has_not_waited() {
    let mut cell = Cell::given([
        item("BOLT"),
        received("BOLT", 3),
        received_at("b", "BOLT", 3),
    ]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    cell.settle();
    let it = report(&cell);
    assert_eq!(
        (it.happened.filled, it.happened.waited),
        (Amount::default(), Amount::default())
    );
    assert_eq!(it.happened.waits, BTreeMap::new());
}

#[test]
fn a_wait_is_measured_from_placing_to_filling() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 9, day(4))]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    cell.settle();
    cell.fold(&delayed("p1", "BOLT", day(9)));
    cell.settle();
    cell.now = day(9);
    assert_eq!(report(&cell).overdue.unwrap().lines, 0);
    cell.fold(&received_of("p1", "BOLT", 9));
    cell.settle();
    let it = report(&cell);
    assert_eq!((it.mean_wait_days, it.p90_wait_days), (Some(9.0), Some(9)));
    assert_eq!(
        (it.happened.promised, it.happened.moved, it.happened.missed),
        (1, 1, 1)
    );
    assert_eq!(it.promise_kept_rate, Some(0.0));
}

#[test]
fn a_tier_a_channel_and_an_sku_are_promised_apart() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), gold("o1", &[("BOLT", 5)])]);
    cell.fold(&placed("o2", &[("NUT", 1)]));
    cell.settle();
    let of = |filter: &Filter| cell.allocator.measures(filter, cell.now);
    let lines = |filter: &Filter| of(filter).unwrap().open.lines;
    let through = |channel: &str| Filter {
        channel: Some(channel.to_owned()),
        ..Filter::default()
    };
    let known = [filter(None), filter(Some("gold")), through("web")];
    assert_eq!(known.each_ref().map(lines), [2, 1, 2]);
    // Nobody of it ever ordered, but the ranking rule names it.
    assert_eq!(lines(&filter(Some("silver"))), 0);
    let tin = AllocatorRefusal::UnknownTier {
        tier: "tin".into(),
        known: "gold, standard".to_owned(),
    };
    assert_eq!(of(&filter(Some("tin"))).unwrap_err(), tin);
    let phone = AllocatorRefusal::UnknownChannel {
        channel: "phone".to_owned(),
        known: "web".to_owned(),
    };
    assert_eq!(of(&through("phone")).unwrap_err(), phone);
    let of = |sku: &str| {
        cell.allocator
            .measures_of(&sku.into(), &filter(None), cell.now)
    };
    assert_eq!(of("BOLT").unwrap().open.units, 5);
    let unknown = AllocatorRefusal::UnknownSku { sku: "PIN".into() };
    assert_eq!(of("PIN").unwrap_err(), unknown);
    let classes = cell.allocator.measures_by_class(cell.now);
    let names: Vec<_> = classes
        .iter()
        .map(|(tier, channel, _)| (&**tier, &**channel))
        .collect();
    assert_eq!(names, [("gold", "web"), ("standard", "web")]);
}

#[test]
fn each_class_and_each_sku_has_its_own_figures() {
    let facts = [
        capped("BOLT", 4, 90),
        gold("o1", &[("BOLT", 3)]),
        placed("o2", &[("BOLT", 1)]),
        placed("o3", &[("BOLT", 5)]),
    ];
    let mut cell = Cell::given(facts);
    cell.settle();
    let classes = cell.allocator.measures_by_class(cell.now);
    let open: Vec<u64> = classes.iter().map(|(.., it)| it.open.units).collect();
    assert_eq!(open, [3, 1]);
    assert_eq!(report(&cell).window_days, Some(400));
    let bolts = cell
        .allocator
        .measures_of(&"BOLT".into(), &filter(None), cell.now);
    let happened = bolts.unwrap().happened;
    let units = [happened.placed, happened.waited, happened.refused].map(|it| it.units);
    assert_eq!(units, [9, 4, 5]);
}

#[test]
fn classes_beyond_those_that_are_promised_apart_are_counted_together_under_no_name() {
    let mut cell = Cell::given([item("BOLT")]);
    for n in 0..40 {
        let mut order = order(&format!("o{n}"), &[("BOLT", 1)]);
        order.channel = format!("shop {n}");
        cell.fold(&order.into());
    }
    cell.settle();
    let classes = cell.allocator.measures_by_class(cell.now);
    let (tier, channel, others) = classes.last().unwrap();
    assert_eq!((&**tier, &**channel), ("(other)", "(other)"));
    let named: u64 = classes.iter().map(|(.., it)| it.open.lines).sum();
    assert_eq!(named, 40, "and nobody twice");
    assert_eq!(others.open.lines, 40 - (classes.len() as u64 - 1));
    assert_eq!(
        classes[classes.len() - 2].1,
        format!("shop {}", classes.len() - 2)
    );
}

#[test]
fn the_named_tiers_fit_in_a_message() {
    let mut cell = Cell::given([item("BOLT")]);
    for number in 10..28 {
        let mut order = order(&format!("o{number}"), &[("BOLT", 1)]);
        order.customer.tier = format!("{number}{}", "x".repeat(58)).as_str().into();
        cell.fold(&order.into());
    }
    cell.settle();
    let refused = cell.allocator.measures(&filter(Some("tin")), cell.now);
    let Err(AllocatorRefusal::UnknownTier { known, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(known.split(", ").count(), 9, "{known}");
}

#[test]
fn what_was_sold_elsewhere_is_counted_by_the_day_it_was_sold_and_takes_nothing() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    let history = |id: &str, at, ended, returned: &[(u32, u32)]| HistoryRecorded {
        asked: OrderPlaced {
            placed_at: Some(at),
            ..order(id, &[("BOLT", 4), ("SOLD-NO-MORE", 1)])
        },
        ended,
        returned: returned
            .iter()
            .map(|(line, quantity)| LineQuantity {
                line: *line,
                quantity: *quantity,
            })
            .collect(),
    };
    cell.now = day(900);
    for history in [
        history("h1", day(899), HistoryEnd::Fulfilled, &[(1, 1), (2, 1)]),
        history("h2", day(870), HistoryEnd::Refunded, &[]),
        history("h3", day(899), HistoryEnd::Cancelled, &[]),
        // Older than days are kept one by one.
        history("h4", day(1), HistoryEnd::Fulfilled, &[]),
    ] {
        cell.fold(&history.into());
        assert!(cell.settle().is_empty());
    }
    let sold = |window_days| {
        let filter = Filter {
            window_days,
            ..filter(None)
        };
        let it = cell.allocator.measures(&filter, cell.now).unwrap();
        assert_eq!(it.happened.placed, Amount::default());
        assert_eq!(it.fill_rate.lines, None);
        let sold = it.happened.sold_elsewhere;
        (sold.lines, sold.units, sold.value_minor)
    };
    assert_eq!(sold(2), (1, 3, 300));
    assert_eq!(sold(400), (3, 8, 800));
    // All of the stock is for who orders here.
    let order = placed("o1", &[("BOLT", 5)]);
    assert_eq!(cell.then(order), ["assign o1.1 main 5"]);
}

const HOUR_MS: i64 = 3_600_000;

/// One line waits for goods that come on day 4 at 20:26 UTC.
fn waits_until_evening(zone: &str) -> Cell {
    let evening = day(4).plus_ms(8 * HOUR_MS);
    let mut cell = Cell::given([
        time_zone(zone),
        item("BOLT"),
        purchased("p1", "BOLT", 9, evening),
    ]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    cell.settle();
    cell
}

#[test]
fn a_promise_is_kept_and_overdue_by_the_days_of_the_cells_zone() {
    for (zone, kept, overdue) in [("UTC", 0, 1), ("Asia/Tokyo", 1, 0)] {
        let mut cell = waits_until_evening(zone);
        cell.now = day(5).plus_ms(HOUR_MS);
        assert_eq!(report(&cell).overdue.unwrap().lines, overdue, "{zone}");
        cell.fold(&received_of("p1", "BOLT", 9));
        cell.settle();
        let it = report(&cell);
        assert_eq!(
            (it.happened.kept, it.happened.missed),
            (kept, 1 - kept),
            "{zone}"
        );
    }
}

#[test]
fn who_collects_is_told_the_days_of_the_place() {
    let tokyo = |zone: Option<&str>| {
        let mut tokyo = LocationDefined::of(&location("tokyo", "east"))
            .unwrap()
            .clone();
        tokyo.time_zone = zone.map(|zone| Zone::new(zone).unwrap());
        Event::from(tokyo)
    };
    for (zone, kept) in [(None, 0), (Some("Asia/Tokyo"), 1)] {
        let mut cell = Cell::given([tokyo(zone), item("BOLT")]);
        cell.fold(&purchased("p1", "BOLT", 9, day(4).plus_ms(8 * HOUR_MS)));
        let order = OrderPlaced {
            pick_up_at: Some("tokyo".into()),
            ..order("o1", &[("BOLT", 5)])
        };
        cell.fold(&order.into());
        cell.settle();
        cell.now = day(5).plus_ms(HOUR_MS);
        cell.fold(&received_at("tokyo", "BOLT", 9));
        cell.settle();
        assert_eq!(report(&cell).happened.kept, kept, "{zone:?}");
    }
}

#[test]
fn another_time_zone_counts_what_waits_as_if_it_had_stood_from_the_start() {
    let mut cell = waits_until_evening("UTC");
    cell.fold(&time_zone("Pacific/Auckland"));
    let mut other = waits_until_evening("Pacific/Auckland");
    for at in [day(4), day(5), day(6)] {
        (cell.now, other.now) = (at, at);
        let told = |cell: &Cell| {
            let it = report(cell);
            (it.overdue, it.expected, it.p90_age_days)
        };
        assert_eq!(told(&cell), told(&other));
    }
    cell.fold(&received_of("p1", "BOLT", 9));
    cell.settle();
    let it = report(&cell);
    assert_eq!(
        (it.overdue, it.expected.len()),
        (Some(Amount::default()), 0)
    );
}
