//! Which lines a wave takes: by rank, by filter, up to a bound in lines and units.

use backorder_domain::event::*;
use backorder_domain::ids::Timestamp;
use backorder_domain::inventory::{DefineItem, InventoryRefusal as No, ReleaseWave};

use crate::history::*;

fn at(day: i64) -> Timestamp {
    Timestamp::default().plus_days(day)
}

/// Bolts at MAIN for an order, ranked as of a day.
fn ranked(order: &str, line: u32, quantity: u32, day: i64) -> Effect {
    Effect::Assigned(Assigned {
        order: order.into(),
        line,
        sku: "BOLT".into(),
        location: "MAIN".into(),
        quantity,
        effective: at(day),
    })
}

/// o1 to o4 have bolts at MAIN: o3 ranks best, o1 and o2 alike, o4 last, which has waited.
fn shop_of_four() -> History {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 20), ("NUT", 5)]));
    for (order, channel, ship_by) in [
        ("o1", "web", None),
        ("o2", "shop", Some(at(5))),
        ("o3", "web", Some(at(9))),
        ("o4", "web", None),
    ] {
        history.tell(OrderPlaced {
            channel: channel.into(),
            ship_by,
            ..placed(order, &[(1, "BOLT", 4), (2, "NUT", 1)])
        });
    }
    history.tell(settled(vec![
        ranked("o1", 1, 4, 2),
        ranked("o2", 1, 4, 2),
        ranked("o3", 1, 4, 1),
        backordered("o4", 1, "BOLT", 4),
        assigned("o2", 2, "NUT", "MAIN", 1),
    ]));
    history.tell(settled(vec![ranked("o4", 1, 4, 3)]));
    history
}

fn only(only: WaveFilter) -> ReleaseWave {
    ReleaseWave {
        only: Some(only),
        ..wave("w", "MAIN", 9)
    }
}

fn taken(history: &mut History, asked: &ReleaseWave) -> Vec<(String, u32, u32)> {
    let Event::Inventory(InventoryEvent::WaveReleased(released)) = history.record(asked) else {
        panic!()
    };
    let lines = released.lines.into_iter();
    lines
        .map(|it| (it.order.to_string(), it.line, it.quantity))
        .collect()
}

fn lines(lines: &[(&str, u32, u32)]) -> Vec<(String, u32, u32)> {
    let line = |(order, line, units): &(&str, u32, u32)| ((*order).to_owned(), *line, *units);
    lines.iter().map(line).collect()
}

#[test]
fn the_best_ranked_line_goes_first_and_of_those_of_one_rank_the_one_placed_first() {
    let mut history = shop_of_four();
    let first = taken(&mut history, &wave("w1", "MAIN", 2));
    assert_eq!(first, lines(&[("o2", 2, 1), ("o3", 1, 4)]));
    let second = taken(&mut history, &wave("w2", "MAIN", 9));
    assert_eq!(second, lines(&[("o1", 1, 4), ("o2", 1, 4), ("o4", 1, 4)]));
}

#[test]
fn a_line_has_the_turn_of_the_rank_at_which_it_was_last_given_stock() {
    let mut history = shop_of_four();
    history.tell(settled(vec![released("o1", 1, "BOLT", "MAIN", 1)]));
    history.tell(settled(vec![ranked("o1", 1, 1, 0)]));
    let asked = only(WaveFilter {
        skus: vec!["BOLT".into()],
        ..WaveFilter::default()
    });
    let order: Vec<String> = taken(&mut history, &asked)
        .into_iter()
        .map(|(order, ..)| order)
        .collect();
    assert_eq!(order, ["o1", "o3", "o2", "o4"]);
}

#[test]
fn a_wave_takes_only_what_is_asked_for() {
    let filters = [
        (
            WaveFilter {
                backorders: true,
                ..WaveFilter::default()
            },
            lines(&[("o4", 1, 4)]),
        ),
        (
            WaveFilter {
                skus: vec!["NUT".into()],
                ..WaveFilter::default()
            },
            lines(&[("o2", 2, 1)]),
        ),
        (
            WaveFilter {
                channels: vec!["shop".into()],
                ..WaveFilter::default()
            },
            lines(&[("o2", 2, 1), ("o2", 1, 4)]),
        ),
        (
            WaveFilter {
                ship_by: Some(at(9)),
                skus: vec!["BOLT".into()],
                ..WaveFilter::default()
            },
            lines(&[("o3", 1, 4), ("o2", 1, 4)]),
        ),
    ];
    for (filter, expected) in filters {
        assert_eq!(taken(&mut shop_of_four(), &only(filter)), expected);
    }
    let nothing = only(WaveFilter {
        channels: vec!["phone".into()],
        ..WaveFilter::default()
    });
    let location = "MAIN".into();
    assert_eq!(
        shop_of_four().refusal(&nothing),
        No::NothingOfItToRelease { location }
    );
}

#[test]
fn a_wave_ends_with_its_last_unit_and_the_rest_of_the_line_goes_with_the_next() {
    let mut history = shop_of_four();
    let of_units = |id: &str, most| ReleaseWave {
        max_units: Some(most),
        ..wave(id, "MAIN", 9)
    };
    let first = taken(&mut history, &of_units("w1", 7));
    assert_eq!(first, lines(&[("o2", 2, 1), ("o3", 1, 4), ("o1", 1, 2)]));
    let second = taken(&mut history, &of_units("w2", 3));
    assert_eq!(second, lines(&[("o1", 1, 2), ("o2", 1, 1)]));
    assert_eq!(
        history.refusal(&of_units("w3", 0)),
        No::MaxUnitsOutOfRange { max_units: 0 }
    );
}

#[test]
fn a_pick_list_is_by_place_and_sku_whatever_the_ranks() {
    let mut history = shop_of_four();
    history.record(&wave("w1", "MAIN", 3));
    let list = history.inventory.pick_list(&"w1".into());
    let told: Vec<(&str, &str, u32)> = list
        .iter()
        .map(|it| (it.sku.as_str(), it.order.as_str(), it.quantity))
        .collect();
    assert_eq!(
        told,
        [("BOLT", "o1", 4), ("BOLT", "o3", 4), ("NUT", "o2", 1)]
    );
    assert_eq!(history.inventory.pick_list(&"w2".into()), []);
}

#[test]
fn what_is_suspended_or_not_released_yet_goes_to_no_floor() {
    let mut history = shop_of_four();
    let suspended = OrderSuspended {
        suspension: "s1".into(),
        order: "o3".into(),
        reason: "payment".to_owned(),
        frees: false,
    };
    history.tell(suspended);
    let nuts = |day| ItemDefined {
        releases_at: Some(at(day)),
        ..item(&format!("n{day}"), "NUT")
    };
    history.tell(nuts(7));
    let first = taken(&mut history, &wave("w1", "MAIN", 9));
    assert_eq!(
        first,
        lines(&[("o1", 1, 4), ("o2", 1, 4), ("o4", 1, 4)]),
        "o3 is suspended, and nuts are of day 7"
    );
    history.tell(OrderResumed {
        resumption: "e1".into(),
        order: "o3".into(),
    });
    history.tell(nuts(0));
    let second = taken(&mut history, &wave("w2", "MAIN", 9));
    assert_eq!(second, lines(&[("o2", 2, 1), ("o3", 1, 4)]));
}

#[test]
fn what_waits_for_nobody_is_not_kept_for_later() {
    let history = shop();
    for segment in [
        Segment::StockOnly,
        Segment::Substitutable {
            alternatives: vec!["NUT".into()],
            offer_days: None,
        },
    ] {
        let now = item("d9", "BOLT");
        let asked = ItemDefined { segment, ..now };
        let later = ItemDefined {
            releases_at: Some(at(7)),
            ..asked.clone()
        };
        assert_eq!(
            history.refusal(&DefineItem(later)),
            No::NotBeforeConflict {}
        );
        let later = ItemDefined {
            reserve_days_before: Some(0),
            ..asked
        };
        assert_eq!(
            history.refusal(&DefineItem(later)),
            No::NotBeforeConflict {}
        );
    }
}
