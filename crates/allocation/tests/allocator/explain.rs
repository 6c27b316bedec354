//! What a clerk reads to a customer.

use backorder_allocation::AllocatorRefusal;
use domain::event::{Event, InventoryEvent, ItemDefined, Promise, Protection};

use crate::fixture::*;

#[test]
fn a_line_learns_its_place_and_its_date() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 9, day(10))]);
    cell.fold(&placed("o1", &[("BOLT", 2)]));
    cell.fold(&placed("o2", &[("BOLT", 3)]));
    cell.fold(&gold("g1", &[("BOLT", 4)]));
    cell.settle();
    cell.then(received("BOLT", 5));
    let why = cell
        .allocator
        .explain(&"o2".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    assert_eq!((why.place, why.units_ahead, why.backordered), (2, 1, 3));
    let rank = cell
        .allocator
        .queue_place(&"o2".into(), 1)
        .unwrap()
        .unwrap();
    assert_eq!((rank.place, rank.units_ahead), (2, 1));
    assert_eq!(cell.allocator.queue_place(&"g1".into(), 1), Ok(None));
    assert_eq!(
        why.sentences,
        [
            "Line 1: 3 of BOLT; 0 reserved, 3 waiting.",
            "It ranks by when it was placed, 2020-09-13.",
            "It is number 2 in line, with 1 unit ahead of it.",
            "Purchase order p1 covers it; expected on 2020-09-23."
        ]
    );
    assert_eq!(why.would_change[0], "A receipt of 4 or more would fill it.");
}

#[test]
fn a_line_that_was_passed_over_learns_why() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), received("BOLT", 3)]);
    cell.fold(&complete_only("o1", &[("BOLT", 5)]));
    cell.fold(&ship_complete("o2", &[("BOLT", 3), ("NUT", 2)]));
    cell.settle();
    let said = |id: &str| {
        cell.allocator
            .explain(&id.into(), 1, cell.now)
            .unwrap()
            .remove(0)
            .sentences
    };
    assert!(
        said("o1")[4].contains("takes all of its 5 units at once or none"),
        "{:?}",
        said("o1")
    );
    assert!(
        said("o2")[4].contains("line 2 (NUT) cannot be covered yet"),
        "{:?}",
        said("o2")
    );
}

/// What would fill line 1 of this order.
fn would_fill(cell: &Cell, order: &str) -> String {
    let lines = cell.allocator.explain(&order.into(), 1, cell.now);
    lines.unwrap()[0].would_change[0].clone()
}

#[test]
fn the_receipt_that_is_said_to_fill_a_line_does_so_exactly() {
    let safe = match capped("BOLT", 100, 90) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            protection: Some(Protection {
                safety_stock: 5,
                ..Protection::default()
            }),
            ..item
        }),
        other => other,
    };
    let mut cell = Cell::given([safe, received("BOLT", 3)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.then(complete_only("o2", &[("BOLT", 4)]));
    let mut collected = order("o3", &[("BOLT", 1)]);
    collected.pick_up_at = Some("north".into());
    cell.then(collected.into());
    for (order, needed, at) in [("o1", 4, "main"), ("o2", 8, "main"), ("o3", 9, "north")] {
        let place = if at == "north" { " at north" } else { "" };
        let said = format!("A receipt of {needed} or more{place} would fill it.");
        assert_eq!(would_fill(&cell, order), said);
        for (quantity, fills) in [(needed - 1, false), (needed, true)] {
            let mut cell = cell.clone();
            cell.then(received_at(at, "BOLT", quantity));
            let waits = cell
                .allocator
                .promise(&order.into(), 1)
                .unwrap()
                .backordered;
            assert_eq!(waits == 0, fills, "{order}: {quantity}");
        }
    }
}

#[test]
fn what_else_must_come_for_a_line_is_said_with_it() {
    let shared = match capped("TOY", 100, 90) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            fair_share: true,
            ..item
        }),
        other => other,
    };
    let mut cell = Cell::given([shared, item("NUT"), item("BOLT")]);
    cell.then(placed("o1", &[("TOY", 2)]));
    cell.then(placed("o2", &[("TOY", 8)]));
    let shares = "What comes is divided in fair shares: a receipt of 10 or more would fill all who \
                  wait.";
    assert_eq!(would_fill(&cell, "o1"), shares);
    cell.then(ship_complete("o3", &[("BOLT", 2), ("NUT", 1)]));
    let together = "A receipt of 2 or more would fill it, once all other lines of its order can be \
                    filled with it.";
    assert_eq!(would_fill(&cell, "o3"), together);
    cell.then(cancelled("o3", &[(2, 1)]));
    let alone = "A receipt of 2 or more would fill it.";
    assert_eq!(would_fill(&cell, "o3"), alone);
    let mut unsplit = order("o4", &[("BOLT", 1), ("NUT", 1)]);
    unsplit.no_split = true;
    cell.then(unsplit.into());
    assert_eq!(
        would_fill(&cell, "o4"),
        "A receipt of 3 or more in one place would fill it."
    );
}

#[test]
fn stock_elsewhere_does_not_fill_what_is_collected_here() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    cell.fold(&received_at("north", "BOLT", 1));
    let mut collected = order("o1", &[("BOLT", 3)]);
    collected.lines[0].complete_only = true;
    collected.pick_up_at = Some("north".into());
    cell.then(collected.into());
    assert_eq!(
        would_fill(&cell, "o1"),
        "A receipt of 2 or more at north would fill it."
    );
    assert_eq!(
        cell.then(received_at("north", "BOLT", 2)),
        ["assign o1.1 north 3"]
    );
}

#[test]
fn what_covers_a_line_now_is_said_beside_what_its_customer_was_promised() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.then(placed("o1", &[("BOLT", 1)]));
    let said = |cell: &Cell| {
        let lines = cell.allocator.explain(&"o1".into(), 1, cell.now);
        lines.unwrap().remove(0).sentences
    };
    let estimate = "No purchase order covers it yet; by the usual lead time about 2020-09-20.";
    assert_eq!(said(&cell)[3], estimate);
    let later = day(7).plus_ms(domain::ids::DAY_MS * 3 / 4);
    assert!(cell.then(purchased("p1", "BOLT", 1, later)).is_empty());
    assert_eq!(
        said(&cell)[3..5],
        [
            "Purchase order p1 covers it; expected on 2020-09-21.",
            "Its customer was told 2020-09-20."
        ]
    );
}

#[test]
fn a_queue_is_read_in_pages() {
    let mut cell = Cell::given([item("BOLT")]);
    for number in 0..7 {
        cell.fold(&placed(&format!("o{number}"), &[("BOLT", number + 1)]));
    }
    cell.settle();
    let sku = "BOLT".into();
    let mut after = None;
    let mut read = Vec::new();
    loop {
        let page = cell.allocator.queue(&sku, after, 3).unwrap();
        assert_eq!((page.total_lines, page.total_units), (7, 28));
        let line = |line: &backorder_allocation::QueueLine| (line.place, line.units_ahead);
        read.extend(page.lines.iter().map(line));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(
        read,
        [(1, 0), (2, 1), (3, 3), (4, 6), (5, 10), (6, 15), (7, 21)]
    );
}

#[test]
fn a_promise_is_promised_and_what_is_not_there_is_said() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 1)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    let promised = cell.allocator.promise(&"o1".into(), 1).unwrap();
    assert_eq!((promised.reserved, promised.backordered), (1, 2));
    assert_eq!(promised.promise, Some(Promise::Estimate { at: day(7) }));
    let line = AllocatorRefusal::UnknownLine {
        order: "o1".into(),
        line: 2,
    };
    assert_eq!(cell.allocator.promise(&"o1".into(), 2), Err(line));
    let unknown = AllocatorRefusal::UnknownOrder { order: "o2".into() };
    assert_eq!(
        cell.allocator.explain(&"o2".into(), 0, cell.now),
        Err(unknown)
    );
    let unknown = AllocatorRefusal::UnknownSku {
        sku: "GHOST".into(),
    };
    assert_eq!(cell.allocator.queue(&"GHOST".into(), None, 5), Err(unknown));
}

#[test]
fn a_line_learns_how_many_more_would_have_to_be_bought() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 4, day(10))]);
    cell.then(placed("o1", &[("BOLT", 9)]));
    let why = cell
        .allocator
        .explain(&"o1".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    assert_eq!(
        why.would_change[1],
        "4 are inbound: buying 5 more would give it a firm date."
    );
    let page = cell.allocator.queue(&"BOLT".into(), None, 9).unwrap();
    assert_eq!(page.inbound_units, 4);
}

#[test]
fn a_line_learns_only_what_would_change_it() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    cell.then(gold("g1", &[("BOLT", 3)]));
    cell.then(placed("o1", &[("BOLT", 2), ("BOLT", 1)]));
    let of = |id: &str, line| cell.allocator.explain(&id.into(), line, cell.now).unwrap();
    assert_eq!(
        of("g1", 1)[0].would_change,
        ["A receipt of 3 or more would fill it."]
    );
    assert_eq!(
        of("o1", 1)[0].would_change,
        [
            "A receipt of 5 or more would fill it.",
            "3 are inbound: buying 2 more would give it a firm date.",
            "Each cancellation among the 3 units ahead moves it forward.",
            "Orders of tier gold count as placed 14 days earlier; this one's tier moves it by 0.",
        ]
    );
    let lines = |line| of("o1", line).iter().map(|it| it.line).collect::<Vec<_>>();
    assert_eq!((lines(0), lines(2)), (vec![1, 2], vec![2]));
    assert_eq!(cell.allocator.open_orders(), 2);
    cell.fold(&placed("o2", &[("BOLT", 1)]));
    assert_eq!(cell.allocator.touched(), 1);
}

#[test]
fn an_explanation_tells_of_held_units() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.then(complete_only("o1", &[("BOLT", 5)]));
    cell.then(received("BOLT", 3));
    cell.then(crate::baskets::held("h1", "BOLT", 2));
    let why = cell
        .allocator
        .explain(&"o1".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    let on_hold = "2 are on hold for somebody who has not ordered yet, and free if they do not.";
    assert!(
        why.would_change.contains(&on_hold.to_owned()),
        "{:#?}",
        why.would_change
    );
}
