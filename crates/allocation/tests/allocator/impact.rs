//! What a supplier's word would change, before it is recorded.

use backorder_allocation::impact::{Breaks, Impact, MAX_NAMED, Moved};
use backorder_allocation::{AllocatorRefusal, Word};
use domain::event::Promise;
use domain::ids::DAY_MS;

use crate::fixture::*;

/// Three orders wait for three bolts each: two for p1, which comes on the tenth day, one for p2 on
/// the twentieth.
fn three_wait() -> Cell {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 6, day(10))]);
    cell.fold(&purchased("p2", "BOLT", 6, day(20)));
    let mut wanted = order("o1", &[("BOLT", 3)]);
    wanted.requested_at = Some(day(12));
    wanted.ship_by = Some(day(25));
    cell.fold(&wanted.into());
    cell.fold(&gold("o2", &[("BOLT", 3)]));
    cell.fold(&placed("o3", &[("BOLT", 3)]));
    cell.settle();
    cell
}

fn if_said(cell: &Cell, word: Word) -> Impact {
    let impact = cell.allocator.impact(&"p1".into(), None, word, cell.now);
    impact.unwrap()
}

/// Who would be told what.
fn told(impact: &Impact) -> Vec<String> {
    let told = impact.lines.iter().map(|line| {
        let at = line.becomes.at();
        let at = at.map(|at| format!("day {}", at.ms_since(NOW) / DAY_MS));
        let at = at.unwrap_or("unknown".to_owned());
        format!("{}.{} {at}", line.order, line.line)
    });
    told.collect()
}

#[test]
fn a_delay_moves_those_whom_it_covers_and_breaks_what_they_were_promised() {
    let cell = three_wait();
    let before = cell.allocator.clone();
    let impact = if_said(&cell, Word::Later(9));
    assert_eq!(told(&impact), ["o2.1 day 19", "o1.1 day 19"]);
    assert_eq!(impact.orders, 2);
    let bolts = &impact.skus[0];
    assert_eq!(
        (bolts.units, bolts.was, bolts.becomes),
        (6, Some(day(10)), Some(day(19)))
    );
    let moved = Moved {
        lines: 2,
        units: 6,
        value_minor: 600,
        later: 2,
        after_wanted: 1,
        ..Moved::default()
    };
    assert_eq!(bolts.moved, moved);
    let wanted = Breaks {
        wanted: true,
        ..Breaks::default()
    };
    assert_eq!(impact.lines[1].breaks, wanted);
    assert_eq!(impact.lines[0].breaks, Breaks::default());
    assert_eq!(cell.allocator, before, "nothing is recorded");
}

#[test]
fn what_comes_after_the_other_order_is_covered_by_that() {
    let cell = three_wait();
    let impact = if_said(&cell, Word::On(day(40)));
    // p2 comes first now, and covers the two who rank first; the third has p1.
    assert_eq!(told(&impact), ["o2.1 day 20", "o1.1 day 20", "o3.1 day 40"]);
    assert!(impact.lines[1].breaks.wanted && !impact.lines[1].breaks.deadline);
    let late = if_said(&cell, Word::On(day(200)));
    let broken: Vec<bool> = late.lines.iter().map(|it| it.breaks.longest_wait).collect();
    assert_eq!(broken, [false, false, true]);
    assert_eq!(late.skus[0].moved.too_long, 1);
}

#[test]
fn what_nobody_can_date_any_more_leaves_the_last_without_a_date() {
    let cell = three_wait();
    let impact = if_said(&cell, Word::Undated);
    assert_eq!(
        told(&impact),
        ["o2.1 day 20", "o1.1 day 20", "o3.1 unknown"]
    );
    assert_eq!(
        (impact.skus[0].becomes, impact.skus[0].moved.undated),
        (None, 1)
    );
    // Of what does not come at all more can be bought: an estimate.
    let impact = if_said(&cell, Word::Never);
    assert_eq!(told(&impact), ["o2.1 day 20", "o1.1 day 20", "o3.1 day 7"]);
}

#[test]
fn a_date_within_the_tolerance_moves_nobody() {
    let impact = if_said(&three_wait(), Word::Later(1));
    assert_eq!(
        (told(&impact), impact.skus[0].moved),
        (Vec::new(), Moved::default())
    );
}

#[test]
fn of_what_is_not_on_its_way_nothing_can_be_said() {
    let mut cell = three_wait();
    let refused = |cell: &Cell, id: &str, sku: Option<&str>| {
        let sku = sku.map(Into::into);
        let id = id.into();
        cell.allocator
            .impact(&id, sku.as_ref(), Word::Never, cell.now)
    };
    let nothing = |id: &str| {
        Err(AllocatorRefusal::UnknownInbound {
            purchase_order: id.into(),
        })
    };
    assert_eq!(refused(&cell, "p9", None), nothing("p9"));
    assert_eq!(refused(&cell, "p1", Some("NUT")), nothing("p1"));
    for days in [0, 3_651] {
        let word = Word::Later(days);
        let later = cell.allocator.impact(&"p1".into(), None, word, cell.now);
        assert_eq!(later, Err(AllocatorRefusal::DaysLaterOutOfRange { days }));
    }
    cell.then(rejected("p1", "BOLT", 6));
    assert_eq!(refused(&cell, "p1", None), nothing("p1"));
}

#[test]
fn so_many_are_named_and_all_are_counted() {
    let orders = (1..=1_200).map(|n| placed(&format!("o{n}"), &[("BOLT", 2)]));
    let mut cell = Cell::given([
        capped("BOLT", 10_000, 60),
        purchased("p1", "BOLT", 2_400, day(5)),
    ]);
    for order in orders {
        cell.fold(&order);
    }
    cell.settle();
    let impact = if_said(&cell, Word::Later(30));
    assert_eq!((impact.lines.len(), impact.orders), (MAX_NAMED, 1_200));
    assert_eq!(impact.skus[0].moved.lines, 1_200);
    assert_eq!(impact.lines[0].becomes.at(), Some(day(35)));
    assert!(matches!(impact.lines[0].was, Some(Promise::Inbound { .. })));
}
