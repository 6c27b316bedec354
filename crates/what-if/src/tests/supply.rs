//! What if more or less came.

use super::*;
use domain::event::{PurchaseScheduled, SchedulePart, ScheduledLine};

fn scaled(percent: u32, skus: &[&str]) -> Scenario {
    Scenario {
        supply_percent: Some(percent),
        supply_skus: skus.iter().map(|sku| (*sku).into()).collect(),
        ..Scenario::named("scaled")
    }
}

/// What came in, in the order of the log, and what was on its way when the span ended.
fn came(facts: &Log, scenario: &Scenario) -> (Vec<(String, u32)>, u64) {
    let (log, _) = lived(facts, scenario);
    let events = log.iter().flat_map(|(_, commit)| &commit.events);
    let mut came = Vec::new();
    for event in events.clone() {
        if let Event::Inventory(InventoryEvent::Received(it)) = event {
            came.extend(it.lines.iter().map(|it| (it.sku.to_string(), it.quantity)));
        }
    }
    let mut room = Allocator::default();
    for (revision, commit) in &log {
        for (index, event) in (0..).zip(&commit.events) {
            room.fold(
                Recorded {
                    position: Position {
                        revision: *revision,
                        index,
                    },
                    as_of: commit.as_of,
                    at: commit.at,
                },
                event,
            );
        }
    }
    let queue = room.queue(&"BOLT".into(), None, 1).unwrap();
    (came, queue.inbound_units)
}

fn bolts(units: u32) -> (String, u32) {
    ("BOLT".to_owned(), units)
}

#[test]
fn with_half_of_it_every_second_unit_comes_and_none_is_lost() {
    let facts = log([(day(0), item("BOLT"))]
        .into_iter()
        .chain((1..=5).map(|at| (day(at), received(&at.to_string(), None, "BOLT", 1)))));
    let (came, _) = came(&facts, &scaled(50, &[]));
    assert_eq!(came, [bolts(1), bolts(1)]);
}

#[test]
fn a_scaled_purchase_order_arrives_whole_or_in_parts() {
    let facts = log([
        (day(0), item("BOLT")),
        (day(1), bought("p1", "BOLT", 5, day(6))),
        (day(1), bought("p2", "BOLT", 5, day(6))),
        (day(6), received("r1", Some("p2"), "BOLT", 2)),
        (day(7), received("r2", Some("p1"), "BOLT", 5)),
        (day(8), received("r3", Some("p2"), "BOLT", 3)),
    ]);
    // Of the first order two, of the second three: five of ten.
    let (came_half, open) = came(&facts, &scaled(50, &[]));
    assert_eq!((came_half, open), (vec![bolts(1), bolts(2), bolts(2)], 0));
    let (came_more, open) = came(&facts, &scaled(150, &["BOLT"]));
    assert_eq!((came_more, open), (vec![bolts(3), bolts(7), bolts(5)], 0));
    let (came_none, open) = came(&facts, &scaled(0, &[]));
    assert_eq!((came_none, open), (vec![], 0));
}

/// What is still to come of `po`, in parts, and how many more than was known.
fn said(po: &str, parts: &[(u32, Option<Timestamp>)], change: i64) -> Event {
    let part = |(quantity, eta): &(u32, Option<Timestamp>)| SchedulePart {
        quantity: *quantity,
        eta: *eta,
    };
    Event::from(PurchaseScheduled {
        message: "m".into(),
        purchase_order: po.into(),
        lines: vec![ScheduledLine {
            line: 1,
            sku: "BOLT".into(),
            parts: parts.iter().map(part).collect(),
            pending: None,
            change,
        }],
        reason: String::new(),
        source: None,
    })
}

/// The parts that a supplier names, in a world.
fn parts(facts: &Log, scenario: &Scenario) -> Vec<(u32, Option<Timestamp>)> {
    let (log, _) = lived(facts, scenario);
    let events = log.iter().flat_map(|(_, commit)| &commit.events);
    let said = events.filter_map(PurchaseScheduled::of);
    let parts = said
        .flat_map(|said| &said.lines)
        .flat_map(|line| &line.parts);
    parts.map(|part| (part.quantity, part.eta)).collect()
}

#[test]
fn parts_are_scaled_by_their_sum_so_that_each_scaled_unit_has_its_date() {
    let units = |eta| (1, Some(day(eta)));
    let facts = log([
        (day(0), item("BOLT")),
        (day(1), bought("p1", "BOLT", 4, day(6))),
        (
            day(2),
            said("p1", &[units(6), units(7), units(8), units(9)], 0),
        ),
    ]);
    assert_eq!(parts(&facts, &scaled(50, &[])), [units(7), units(9)]);
    let double: Vec<_> = (6..10).map(|eta| (2, Some(day(eta)))).collect();
    assert_eq!(parts(&facts, &scaled(200, &[])), double);
    // One has come when the rest is said in parts.
    let facts = log([
        (day(0), item("BOLT")),
        (day(1), bought("p1", "BOLT", 4, day(6))),
        (day(2), received("r1", Some("p1"), "BOLT", 1)),
        (day(3), said("p1", &[units(7), units(8), units(9)], 0)),
    ]);
    assert_eq!(parts(&facts, &scaled(50, &[])), [units(7), units(9)]);
}

#[test]
fn units_that_a_schedule_takes_away_or_adds_are_scaled_with_all_that_become_of_the_order() {
    let in_parts = |units: u32, change, come: &[u32]| {
        let rest = (units, Some(day(8)));
        let mut facts = vec![
            (day(0), item("BOLT")),
            (day(1), bought("p1", "BOLT", 5, day(6))),
            (day(2), said("p1", &[rest], change)),
        ];
        for (at, units) in (8..).zip(come) {
            let receipt = format!("r{at}");
            facts.push((day(at), received(&receipt, Some("p1"), "BOLT", *units)));
        }
        came(&log(facts), &scaled(50, &[]))
    };
    // Of five, two; the one that does not come is half of none, and the rest comes whole.
    assert_eq!(in_parts(4, -1, &[4]), (vec![bolts(2)], 0));
    assert_eq!(in_parts(2, -3, &[1, 1]), (vec![bolts(1)], 0));
    // Of eight, three, as of five two.
    assert_eq!(in_parts(8, 3, &[3, 5]), (vec![bolts(1), bolts(2)], 0));
}

#[test]
fn only_the_named_skus_are_scaled() {
    let facts = log([
        (day(0), item("BOLT")),
        (day(0), item("NUT")),
        (day(0), bought("p1", "BOLT", 4, day(6))),
        (day(1), received("r1", None, "NUT", 4)),
        (day(2), received("r2", None, "BOLT", 4)),
        (day(6), received("r3", Some("p1"), "BOLT", 4)),
        (day(7), order("o1", "gold", "BOLT", 9)),
    ]);
    let (came, _) = came(&facts, &scaled(50, &["BOLT"]));
    assert_eq!(came, [("NUT".to_owned(), 4), bolts(2), bolts(2)]);
    let from = facts.iter().find(|(_, it)| it.at == day(1)).unwrap().0;
    let later = heard(&facts, from.0, vec![scaled(50, &["BOLT"])]);
    let worlds = later.compare().unwrap().worlds;
    // Two that came unordered, and the four that were ordered before the span.
    assert_eq!(worlds[1].overall.waiting_units, 3);
}

#[test]
fn supply_that_is_scaled_out_of_bounds_or_not_there_is_refused() {
    let span = Span {
        from: Cut::Revision(Revision(1)),
        to: Cut::Revision(Revision(9)),
    };
    let refused = |scenario| WhatIf::new(span, vec![scenario]).unwrap_err();
    assert!(matches!(
        refused(scaled(MAX_SUPPLY_PERCENT + 1, &[])),
        WhatIfRefusal::SupplyPercentOutOfRange { .. }
    ));
    let alone = Scenario {
        supply_percent: None,
        ..scaled(1, &["BOLT"])
    };
    assert!(matches!(
        refused(alone),
        WhatIfRefusal::SupplyPercentMissing {}
    ));
    let mut many = scaled(1, &[]);
    many.supply_skus = (0..=MAX_SUPPLY_SKUS)
        .map(|it| it.to_string().into())
        .collect();
    assert!(matches!(
        refused(many),
        WhatIfRefusal::TooManySupplySkus { skus: 1_001 }
    ));
    let ghost = heard(&recording(), 1, vec![scaled(1, &["GHOST"])]).compare();
    let sku = "GHOST".into();
    assert_eq!(ghost.unwrap_err(), WhatIfRefusal::UnknownSupply { sku });
}
