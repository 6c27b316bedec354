//! What if, by example and over random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "figures in tests are small"
)]

mod random;
mod supply;

use super::*;
use audit::Audit;
use domain::event::{
    Customer, InventoryEvent, OrderCancelled, OrderPlaced, OrderResumed, OrderSuspended,
    PlacedLine, PurchaseLine, PurchaseOrdered, RankingRuleSet, Received, Segment, ShipTo,
    SkuQuantity,
};
use domain::ids::DAY_MS;

const NOW: Timestamp = Timestamp::from_ms(1_600_041_600_000);

fn day(days: i64) -> Timestamp {
    NOW.plus_days(days)
}

fn item(sku: &str) -> Event {
    ItemDefined {
        definition: format!("define/{sku}").into(),
        sku: sku.into(),
        description: String::new(),
        segment: Segment::Backorderable {
            cap: 1_000,
            longest_wait_days: 90,
        },
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
    .into()
}

fn order(id: &str, tier: &str, sku: &str, quantity: u32) -> Event {
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: id.into(),
            tier: tier.into(),
            said_tier: None,
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".to_owned(),
        ship_to: ShipTo {
            country: "GB".to_owned(),
            region: None,
        },
        currency: domain::ids::Currency::new("GBP").unwrap(),
        lines: vec![PlacedLine {
            line: 1,
            sku: sku.into(),
            quantity,
            unit_price_minor: 100,
            complete_only: false,
        }],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    }
    .into()
}

fn cancel(id: &str, order: &str) -> Event {
    OrderCancelled {
        cancellation: id.into(),
        order: order.into(),
        lines: Vec::new(),
        reason: String::new(),
    }
    .into()
}

fn bought(po: &str, sku: &str, quantity: u32, expected_at: Timestamp) -> Event {
    PurchaseOrdered {
        purchase_order: po.into(),
        supplier: "s".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: sku.into(),
            quantity,
            requisition: Some(format!("r/{po}").into()),
        }],
        expected_at,
        undated: false,
        source: None,
    }
    .into()
}

fn received(id: &str, po: Option<&str>, sku: &str, quantity: u32) -> Event {
    Received {
        receipt: id.into(),
        location: "main".into(),
        purchase_order: po.map(Into::into),
        lines: vec![SkuQuantity {
            sku: sku.into(),
            quantity,
        }],
    }
    .into()
}

type Log = Vec<(Revision, Commit)>;

/// Facts at their times, one a commit.
fn log(facts: impl IntoIterator<Item = (Timestamp, Event)>) -> Log {
    let mut facts: Vec<_> = facts.into_iter().collect();
    facts.sort_by_key(|(at, _)| *at);
    let commit = |(revision, (at, event))| {
        let commit = Commit {
            as_of: Revision(revision - 1),
            at,
            events: vec![event],
            traces: BTreeMap::new(),
        };
        (Revision(revision), commit)
    };
    (1..).zip(facts).map(commit).collect()
}

fn heard(log: &Log, from: u64, scenarios: Vec<Scenario>) -> WhatIf {
    let span = Span {
        from: Cut::Revision(Revision(from)),
        to: Cut::Revision(Revision(u64::MAX)),
    };
    let mut what_if = WhatIf::new(span, scenarios).unwrap();
    for (revision, commit) in log {
        what_if.hear(*revision, commit).unwrap();
    }
    what_if
}

/// The log of a cell that decides at once and ships after a day, and its count.
fn lived(facts: &Log, scenario: &Scenario) -> (Log, Audit) {
    let mut what_if = heard(facts, 1, vec![scenario.clone()]);
    let before = what_if.before.take().unwrap();
    let shared = world::Shared {
        pick_and_ship_ms: Some(DAY_MS),
        from: facts[0].1.at,
        ..what_if.shared(&before)
    };
    let (mut log, mut audit) = (Log::new(), Audit::default());
    world::play(&shared, scenario, &mut |recorded, event| {
        audit.fold(recorded, event);
        let Recorded {
            position: Position { revision, index },
            as_of,
            at,
        } = recorded;
        if index == 0 {
            let commit = Commit {
                as_of,
                at,
                events: Vec::new(),
                traces: BTreeMap::new(),
            };
            log.push((revision, commit));
        }
        log.last_mut().unwrap().1.events.push(event.clone());
    });
    (log, audit)
}

fn recording() -> Log {
    log([
        (day(0), item("BOLT")),
        (day(0), received("opening", None, "BOLT", 4)),
        (day(1), order("early", "standard", "BOLT", 4)),
        (day(2), order("plain", "standard", "BOLT", 2)),
        (day(2), bought("po", "BOLT", 4, day(6))),
        (day(3), order("golden", "gold", "BOLT", 2)),
        (day(6), received("late", Some("po"), "BOLT", 3)),
        (day(20), cancel("c", "plain")),
        (day(21), order("last", "gold", "BOLT", 9)),
    ])
}

#[test]
fn the_measures_of_a_small_world_are_what_one_counts_by_hand() {
    let (log, audit) = lived(&recording(), &Scenario::named("x"));
    assert!(
        audit.violations(true).is_empty(),
        "{:?}",
        audit.violations(true)
    );
    let report = &heard(&log, 1, vec![Scenario::named("again")])
        .compare()
        .unwrap()
        .worlds[0];
    let all = &report.overall;
    assert_eq!((all.lines, all.units, all.at_once_lines), (4, 17, 1));
    assert_eq!((all.backordered_lines, all.backordered_units), (3, 13));
    // Gold came a day later and went before; of the other one's two a unit was left.
    let gold = &report.by_tier["gold"];
    assert_eq!(
        (gold.filled_lines, gold.waiting_lines, gold.waiting_units),
        (1, 1, 9)
    );
    assert_eq!(gold.wait_worst_ms, 3 * DAY_MS);
    let plain = &report.by_tier["standard"];
    assert_eq!((plain.lines, plain.at_once_lines), (2, 1));
    // The rest was given up; what it had got it had on the sixth day.
    assert_eq!((plain.filled_lines, plain.wait_mean_ms), (1, 4 * DAY_MS));
    assert_eq!((all.promises_kept, all.promised_lines), (2, 2));
    assert_eq!(report.days[0].begins, day(0).start_of_day());
    assert_eq!(report.days[3].open_units, 4);
    assert_eq!(report.days[6].open_units, 1);
}

#[test]
fn what_is_suspended_or_not_released_yet_does_not_leave() {
    let suspended = OrderSuspended {
        suspension: "s".into(),
        order: "early".into(),
        reason: "payment".to_owned(),
        frees: false,
    };
    let resumed = OrderResumed {
        resumption: "r".into(),
        order: "early".into(),
    };
    let facts = log([
        (day(0), item("BOLT")),
        (day(0), received("opening", None, "BOLT", 4)),
        (day(1), order("early", "standard", "BOLT", 4)),
        (day(1).plus_ms(60_000), suspended.into()),
        (day(9), resumed.into()),
        (day(20), order("last", "gold", "BOLT", 9)),
    ]);
    let (log, _) = lived(&facts, &Scenario::named("x"));
    let mut left = log.iter().filter(|(_, commit)| {
        let shipped = |event: &Event| matches!(event, Event::Inventory(InventoryEvent::Shipped(_)));
        commit.events.iter().any(shipped)
    });
    let at = left.next().unwrap().1.at;
    assert!((day(9)..day(11)).contains(&at), "{at}");
}

#[test]
fn later_supply_makes_everybody_wait_as_many_days_longer() {
    let (log, _) = lived(&recording(), &Scenario::named("x"));
    let later = Scenario {
        supply_days: 5,
        ..Scenario::named("later")
    };
    let worlds = heard(&log, 1, vec![Scenario::named("again"), later])
        .compare()
        .unwrap()
        .worlds;
    let longest = |days: &[Day]| days.iter().map(|day| day.wait_mean_ms).max().unwrap();
    assert_eq!(longest(&worlds[1].days), 3 * DAY_MS);
    assert_eq!(longest(&worlds[2].days), 8 * DAY_MS);
}

#[test]
fn a_cap_turns_away_who_would_have_waited() {
    let (log, _) = lived(&recording(), &Scenario::named("x"));
    let tight = Scenario {
        cap: Some(2),
        ..Scenario::named("tight")
    };
    let worlds = heard(&log, 1, vec![tight]).compare().unwrap().worlds;
    assert_eq!(worlds[0].overall.refused_units, 0);
    // The golden two found the cap used up; of the last nine one was in stock, and two may wait.
    assert_eq!(worlds[1].overall.refused_units, 2 + 6);
}

#[test]
fn a_cap_applies_to_items_that_were_defined_before_the_span() {
    let (log, _) = lived(&recording(), &Scenario::named("x"));
    let from = log.iter().find(|(_, it)| it.at == day(2)).unwrap().0;
    let tight = Scenario {
        cap: Some(2),
        ..Scenario::named("tight")
    };
    let worlds = heard(&log, from.0, vec![tight]).compare().unwrap().worlds;
    assert_eq!(worlds[1].overall.refused_units, 2 + 6);
    assert_eq!(worlds[1].overall.lines, 3);
}

#[test]
fn lines_that_wait_at_the_start_of_the_span_are_carried() {
    let (log, _) = lived(&recording(), &Scenario::named("x"));
    let from = log.iter().find(|(_, it)| it.at == day(6)).unwrap().0;
    let comparison = heard(&log, from.0, vec![Scenario::named("again")])
        .compare()
        .unwrap();
    let all = &comparison.worlds[0].overall;
    assert_eq!(
        (all.carried_lines, all.lines, all.backordered_lines),
        (2, 1, 3)
    );
    assert_eq!(comparison.worlds[1].overall, *all);
}

#[test]
fn a_scenario_out_of_bounds_is_refused() {
    let span = |from, to| Span {
        from: Cut::Revision(Revision(from)),
        to: Cut::Revision(Revision(to)),
    };
    let new = |scenarios| WhatIf::new(span(1, 9), scenarios).unwrap_err();
    let one = |scenario| new(vec![scenario]);
    assert!(matches!(
        new(vec![]),
        WhatIfRefusal::ScenarioCountOutOfRange { count: 0 }
    ));
    assert!(matches!(
        new(vec![Scenario::named("a"), Scenario::named("a")]),
        WhatIfRefusal::RepeatedScenario { .. }
    ));
    assert!(matches!(
        one(Scenario::named(RECORDED)),
        WhatIfRefusal::RepeatedScenario { .. }
    ));
    assert!(matches!(
        one(Scenario::default()),
        WhatIfRefusal::ScenarioNameMalformed { .. }
    ));
    let far = Scenario {
        supply_days: MAX_SUPPLY_DAYS + 1,
        ..Scenario::named("far")
    };
    assert!(matches!(
        one(far),
        WhatIfRefusal::SupplyDaysOutOfRange { .. }
    ));
    let high = Scenario {
        cap: Some(MAX_CAP + 1),
        ..Scenario::named("high")
    };
    assert!(matches!(
        one(high),
        WhatIfRefusal::WhatIfCapOutOfRange { .. }
    ));
    let odd = Scenario {
        opening: vec![item("BOLT")],
        ..Scenario::named("odd")
    };
    assert!(matches!(one(odd), WhatIfRefusal::OpeningMalformed { .. }));
    let empty = WhatIf::new(span(2, 1), vec![Scenario::named("a")]).unwrap_err();
    assert!(matches!(empty, WhatIfRefusal::SpanOutOfRange { .. }));
}

/// Nobody is boosted for anything.
fn first_come() -> RankingRuleSet {
    RankingRuleSet {
        definition: "first come".into(),
        version: 1,
        explanation: "first come".to_owned(),
        tier_days: BTreeMap::new(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 0,
        unchanged: false,
    }
}

#[test]
fn without_a_boost_who_ordered_first_is_served_first() {
    let (log, _) = lived(&recording(), &Scenario::named("x"));
    let first_come = Scenario {
        opening: vec![first_come().into()],
        ..Scenario::named("first come")
    };
    let worlds = heard(&log, 1, vec![first_come]).compare().unwrap().worlds;
    let gold = |world: usize| {
        let it = &worlds[world].by_tier["gold"];
        (it.filled_lines, it.waiting_units)
    };
    // Of the three that came, two went to who ordered first; one of the golden two waits on.
    assert_eq!((gold(0), gold(1)), ((1, 9), (0, 10)));
    let plain = &worlds[1].by_tier["standard"];
    assert_eq!((plain.filled_lines, plain.wait_mean_ms), (1, 4 * DAY_MS));
}
