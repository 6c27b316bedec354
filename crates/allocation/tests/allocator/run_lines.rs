//! Which lines and which stock a run is about.

use backorder_allocation::AllocatorRefusal;
use backorder_allocation::rebalance::MAX_CANDIDATES;
use domain::event::RunStrategy;

use crate::fixture::*;
use crate::rebalance::{preview, run, segment, tier};

#[test]
fn a_run_leaves_undecided_and_excess_units_to_settling() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 4)]);
    cell.then(placed("o1", &[("BOLT", 4)]));
    let lose = |order: &str| [segment(&[order], RunStrategy::Lose)];
    assert_eq!(preview(&cell, &lose("o1"), None).lines.len(), 1);

    cell.fold(&placed("o2", &[("BOLT", 4)]));
    let comes = preview(&cell, &lose("o2"), None);
    assert!(comes.lines.is_empty() && comes.exceptions.is_empty());
    cell.settle();

    cell.fold(&cancelled("o1", &[(1, 2)]));
    let excess = preview(&cell, &lose("o1"), None);
    assert!(excess.lines.is_empty(), "{excess:?}");
}

#[test]
fn an_item_whose_turn_comes_in_a_later_event_is_being_settled_too() {
    let others = ["A", "B", "C", "D"];
    let mut cell = Cell::given(others.map(|sku| capped(sku, 1_000, 90)));
    cell.fold(&item("X"));
    for number in 0..300 {
        cell.fold(&placed(&format!("o{number}"), &others.map(|sku| (sku, 1))));
    }
    cell.then(placed("x1", &[("X", 2)]));
    cell.then(placed("x2", &[("X", 2)]));
    for sku in others {
        cell.fold(&received(sku, 300));
    }
    cell.fold(&received("X", 2));
    let first = cell.due().unwrap();
    assert!(first.effects.iter().all(|it| it.sku().as_str() != "X"));
    let gain = [segment(&["x2"], RunStrategy::Gain)];
    let ask = |cell: &Cell| {
        let copy = cell.allocator.clone();
        copy.room.preview_rebalance(&gain, None, cell.now)
    };
    let sku = "X".into();
    assert_eq!(ask(&cell), Err(AllocatorRefusal::StillSettling { sku }));
    cell.settle();
    assert!(ask(&cell).is_ok());
}

#[test]
fn an_item_of_an_order_under_decision_is_still_settling() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("NUT", 1)]);
    cell.then(ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    cell.then(complete_only("o2", &[("NUT", 2)]));
    let gain = [segment(&["o2"], RunStrategy::Gain)];
    assert!(preview(&cell, &gain, None).lines.is_empty());
    cell.fold(&received("BOLT", 1));
    let copy = cell.allocator.clone();
    let sku = "NUT".into();
    assert_eq!(
        copy.room.preview_rebalance(&gain, None, cell.now),
        Err(AllocatorRefusal::StillSettling { sku })
    );
}

#[test]
fn a_line_that_was_cancelled_is_no_part_of_a_run() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.then(placed("o1", &[("BOLT", 1), ("NUT", 1)]));
    cell.then(cancelled("o1", &[(1, 1)]));
    let promised = preview(&cell, &[segment(&["o1"], RunStrategy::Gain)], None).exceptions;
    let lines: Vec<u32> = promised.iter().map(|it| it.line).collect();
    assert_eq!(lines, [2]);
}

#[test]
fn an_order_that_may_be_split_gains_where_it_has_nothing_yet() {
    let mut cell = Cell::given([item("BOLT"), received_at("main", "BOLT", 1)]);
    let mut dated = order("o1", &[("BOLT", 3)]);
    dated.requested_at = Some(day(9));
    cell.then(dated.into());
    cell.fold(&received_at("north", "BOLT", 2));
    cell.then(gold("o2", &[("BOLT", 2)]));
    let segments = [
        segment(&["o1"], RunStrategy::Gain),
        segment(&["o2"], RunStrategy::Fill),
    ];
    assert_eq!(
        run(&mut cell, &segments, None)[..2],
        ["release o2.1 north 2 Rebalanced", "assign o1.1 north 2"]
    );
}

#[test]
fn an_unsplit_order_gains_only_where_its_goods_left_from() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("BOLT", 2)]);
    let mut unsplit = order("o1", &[("BOLT", 2), ("NUT", 2)]);
    unsplit.no_split = true;
    cell.then(unsplit.into());
    cell.then(shipped("o1", 1, "BOLT", 2));
    assert!(cell.then(received_at("south", "NUT", 2)).is_empty());
    let segments = [segment(&["o1"], RunStrategy::Gain)];
    assert_eq!(preview(&cell, &segments, None).changes, 0);
    cell.then(gold("o2", &[("NUT", 2)]));
    cell.fold(&received("NUT", 1));
    assert_eq!(cell.settle(), ["assign o1.2 main 1"]);
}

#[test]
fn a_run_is_about_so_many_lines_and_no_more() {
    let mut cell = Cell::given([capped("BOLT", 1_000_000, 90)]);
    let most = MAX_CANDIDATES;
    for number in 0..most {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", 1)]));
    }
    let all = [tier("standard", RunStrategy::Improve)];
    let ask = |cell: &Cell| {
        cell.allocator
            .room
            .clone()
            .preview_rebalance(&all, None, cell.now)
    };
    cell.settle();
    assert_eq!(ask(&cell).unwrap().looked_at, most);
    cell.then(placed("more", &[("BOLT", 1)]));
    assert_eq!(ask(&cell), Err(AllocatorRefusal::TooManyRunLines { most }));
}
