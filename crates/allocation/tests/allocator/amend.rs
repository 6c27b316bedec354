//! What an order says is put right: it ranks, takes and waits as if it had said so from the first.

use domain::event::*;
use domain::ids::Timestamp;

use crate::fixture::*;

/// What an order said of these fields when it was placed, and what it says from now on.
pub fn amended(placed: &OrderPlaced, fields: &[OrderField]) -> Event {
    let field = |to: &OrderField| AmendedField {
        from: said(placed, to),
        to: to.clone(),
    };
    Event::from(OrderAmended {
        amendment: format!("am-{}", placed.order).as_str().into(),
        order: placed.order.clone(),
        currency: placed.currency,
        fields: fields.iter().map(field).collect(),
        reason: "a slip".to_owned(),
        by: "ann".to_owned(),
    })
}

fn said(placed: &OrderPlaced, field: &OrderField) -> OrderField {
    match field {
        // What it says was perhaps amended before: here it never is the same.
        OrderField::Email(_) => OrderField::Email(Some("before@example.com".to_owned())),
        OrderField::Country(_) => OrderField::Country("before".to_owned()),
        OrderField::Tier(_) => OrderField::Tier("before".into()),
        OrderField::Region(_) => OrderField::Region(Some("before".to_owned())),
        OrderField::RequestedAt(_) => OrderField::RequestedAt(Some(Timestamp::MIN)),
        OrderField::Urgency(_) => OrderField::Urgency(Some(u8::MAX)),
        OrderField::ShipBy(_) => OrderField::ShipBy(Some(Timestamp::MIN)),
        OrderField::RestMayGo(rest) => OrderField::RestMayGo(!rest),
        OrderField::UnitPrice { line, .. } => OrderField::UnitPrice {
            line: *line,
            minor: placed.lines[0].unit_price_minor - 1,
        },
    }
}

/// Who waits for an SKU, the first one first.
fn line_up(cell: &Cell, sku: &str) -> Vec<(String, Timestamp)> {
    let page = cell.allocator.queue(&sku.into(), None, 100).unwrap();
    let lines = page.lines.iter();
    lines
        .map(|line| (line.order.to_string(), line.queue_key.effective))
        .collect()
}

/// A rule under which every field that may count does.
fn every_merit() -> Event {
    RankingRuleSet {
        definition: "r1".into(),
        version: 1,
        explanation: "All counts".into(),
        tier_days: [("gold".into(), 14), ("silver".into(), 7)].into(),
        value: vec![BoostStep {
            at_least_minor: 1_000,
            days: 5,
        }],
        lifetime_value: Vec::new(),
        requested_within_days: Some(4),
        urgency_days: vec![0, 1, 2, 4, 8],
        deadline_within_days: Some(6),
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 20,
        unchanged: false,
    }
    .into()
}

/// Each field that counts in the rank, alone.
fn merits() -> [OrderField; 6] {
    [
        OrderField::Tier("gold".into()),
        OrderField::RequestedAt(Some(day(1))),
        OrderField::Urgency(Some(5)),
        OrderField::ShipBy(Some(day(2))),
        OrderField::UnitPrice {
            line: 1,
            minor: 900,
        },
        OrderField::Urgency(None),
    ]
}

fn with(mut order: OrderPlaced, field: OrderField) -> OrderPlaced {
    match field {
        OrderField::Tier(tier) => order.customer.tier = tier,
        OrderField::RequestedAt(at) => order.requested_at = at,
        OrderField::Urgency(urgency) => order.urgency = urgency,
        OrderField::ShipBy(at) => order.ship_by = at,
        OrderField::UnitPrice { minor, .. } => order.lines[0].unit_price_minor = minor,
        other => panic!("{other:?} is no merit"),
    }
    order
}

#[test]
fn an_amended_order_is_ranked_as_if_it_had_been_placed_so() {
    for field in merits() {
        let late = OrderPlaced {
            urgency: Some(1),
            ..order("late", &[("BOLT", 2)])
        };
        let given = |late: &OrderPlaced| {
            let mut cell = Cell::given([item("BOLT"), every_merit()]);
            cell.fold(&placed("early", &[("BOLT", 2)]));
            cell.fold(&late.clone().into());
            cell.settle();
            cell
        };
        let mut cell = given(&late);
        let before = line_up(&cell, "BOLT");
        cell.fold(&amended(&late, std::slice::from_ref(&field)));
        let asked = with(late, field.clone());
        assert_eq!(
            line_up(&cell, "BOLT"),
            line_up(&given(&asked), "BOLT"),
            "{field:?}"
        );
        if field != OrderField::Urgency(None) {
            assert_ne!(line_up(&cell, "BOLT"), before, "{field:?}");
        }
        assert_eq!(cell.allocator.check(), Vec::<String>::new());
        cell.settle();
        // The next pieces go to who is first now.
        let first = line_up(&cell, "BOLT")[0].0.clone();
        cell.fold(&received("BOLT", 2));
        cell.settle();
        let open = cell.allocator.order(&first.as_str().into()).unwrap();
        assert_eq!(open.lines[0].tally.reserved, 2, "{field:?}");
    }
}

#[test]
fn the_date_of_who_is_moved_back_says_by_which_amendment() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 2, day(10))]);
    cell.fold(&placed("o1", &[("BOLT", 2)]));
    let late = order("o2", &[("BOLT", 2)]);
    cell.fold(&late.clone().into());
    cell.settle();
    cell.fold(&amended(&late, &[OrderField::Tier("gold".into())]));
    let amended_at = cell.revision;
    let settled = cell.due().unwrap();
    let causes = settled.causes.iter();
    let moved = causes.filter(|cause| cause.what == What::Amended);
    let at: Vec<u64> = moved.filter_map(|it| Some(it.at?.revision.0)).collect();
    assert_eq!(at, [amended_at]);
    cell.settle();
    let promise = |id: &str| {
        let promised = cell.allocator.promise(&id.into(), 1).unwrap().promise;
        promised.and_then(|promised| promised.at())
    };
    assert_eq!(promise("o2"), Some(day(10)));
    assert_ne!(promise("o1"), Some(day(10)));
}

#[test]
fn an_order_that_may_take_what_is_kept_for_its_tier_takes_it_at_once() {
    let Event::Inventory(InventoryEvent::ItemDefined(bolt)) = item("BOLT") else {
        unreachable!("an item")
    };
    let protection = Some(Protection {
        tiers: vec![TierLevel {
            tier: "gold".into(),
            units: 2,
        }],
        ..Protection::default()
    });
    let kept = Event::from(ItemDefined { protection, ..bolt });
    let mut cell = Cell::given([kept, received("BOLT", 2)]);
    let plain = order("o1", &[("BOLT", 2)]);
    cell.fold(&plain.clone().into());
    cell.settle();
    let reserved = |cell: &Cell| {
        let open = cell.allocator.order(&"o1".into()).unwrap();
        open.lines[0].tally.reserved
    };
    assert_eq!(reserved(&cell), 0);
    cell.fold(&amended(&plain, &[OrderField::Tier("gold".into())]));
    cell.settle();
    assert_eq!(reserved(&cell), 2);
    // What it has it keeps, whatever becomes of it.
    let gold = with(plain, OrderField::Tier("gold".into()));
    cell.fold(&amended(&gold, &[OrderField::Tier("standard".into())]));
    cell.settle();
    assert_eq!(reserved(&cell), 2);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
}

#[test]
fn an_order_that_is_wanted_later_waits_for_its_day() {
    let Event::Inventory(InventoryEvent::ItemDefined(bolt)) = item("BOLT") else {
        unreachable!("an item")
    };
    let later = Event::from(ItemDefined {
        reserve_days_before: Some(3),
        ..bolt
    });
    let mut cell = Cell::given([later]);
    let plain = order("o1", &[("BOLT", 2)]);
    cell.fold(&plain.clone().into());
    cell.settle();
    cell.fold(&amended(&plain, &[OrderField::RequestedAt(Some(day(30)))]));
    cell.fold(&received("BOLT", 2));
    cell.settle();
    let reserved = |cell: &Cell| {
        let open = cell.allocator.order(&"o1".into()).unwrap();
        open.lines[0].tally.reserved
    };
    assert_eq!(reserved(&cell), 0);
    let wanted = with(plain, OrderField::RequestedAt(Some(day(30))));
    cell.fold(&amended(&wanted, &[OrderField::RequestedAt(None)]));
    cell.settle();
    assert_eq!(reserved(&cell), 2);
}

#[test]
fn what_waits_is_measured_by_the_tier_and_price_that_an_order_has_now() {
    let mut cell = Cell::given([item("BOLT")]);
    let plain = order("o1", &[("BOLT", 2)]);
    cell.fold(&plain.clone().into());
    cell.settle();
    let price = OrderField::UnitPrice { line: 1, minor: 70 };
    let gold = OrderField::Tier("gold".into());
    cell.fold(&amended(&plain, &[price, gold]));
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
    let open = |tier: &str| {
        let filter = crate::measures::filter(Some(tier));
        let report = cell.allocator.measures(&filter, NOW).unwrap();
        report.open.value_minor
    };
    assert_eq!((open("gold"), open("standard")), (140, 0));
}
