//! What if, over random histories.

use proptest::prelude::*;

use super::*;
use domain::event::{ArrivedLine, MoveArrived, Moved, StockLine};

/// So many units leave main for north; one is an order's, if it has it.
fn travels(id: &str, sku: &str, quantity: u32, arrives: Timestamp, of: Option<&str>) -> Event {
    let sku: Sku = sku.into();
    let owners = of.into_iter().map(|order| StockLine {
        order: order.into(),
        line: 1,
        sku: sku.clone(),
        quantity: 1,
    });
    Moved {
        id: id.into(),
        from: "main".into(),
        to: "north".into(),
        lines: vec![SkuQuantity {
            sku: sku.clone(),
            quantity,
        }],
        arrives: Some(arrives),
        via: Some(format!("move:{id}").into()),
        owners: owners.collect(),
    }
    .into()
}

/// Of what travelled so many units never come.
fn arrives(id: &str, sku: &str, quantity: u32, lost: usize) -> Event {
    let lost = quantity.min(u32::try_from(lost).unwrap());
    MoveArrived {
        receipt: format!("of {id}").into(),
        id: id.into(),
        via: format!("move:{id}").into(),
        location: "north".into(),
        lines: vec![ArrivedLine {
            sku: sku.into(),
            quantity: quantity - lost,
            lost,
        }],
        owners: Vec::new(),
        rest_lost: lost > 0,
    }
    .into()
}

/// The last order of an SKU.
fn owner<'a>(sku: &str, orders: &'a [(String, &str)]) -> Option<&'a str> {
    let mut orders = orders.iter().rev();
    let last = orders.find(|(_, of)| *of == sku);
    last.map(|(order, _)| order.as_str())
}

/// A history: who orders what, what comes in, what travels and arrives or does not, who gives up.
fn histories() -> impl Strategy<Value = Log> {
    let step = (0_i64..40 * DAY_MS, 0_u8..11, 0_usize..3, 1_u32..9);
    prop::collection::vec(step, 1..60).prop_map(|mut steps| {
        steps.sort_by_key(|(at, ..)| *at);
        let skus = ["BOLT", "NUT", "CAM"];
        let mut facts: Vec<_> = skus.iter().map(|sku| (day(0), item(sku))).collect();
        if steps.len().is_multiple_of(2) {
            // Ranks of lines of their own, and such that follow from time that passes.
            let rule = RankingRuleSet {
                small_line_days: Some(6),
                promise_due_days: Some(3),
                max_boost_days: 9,
                ..first_come()
            };
            facts.push((day(0), rule.into()));
        }
        let mut bought_of: Vec<(String, &str, u32)> = Vec::new();
        let mut orders: Vec<(String, &str)> = Vec::new();
        let mut sent: Vec<(String, &str, u32)> = Vec::new();
        for (number, (at, kind, sku, units)) in (0_usize..).zip(steps) {
            let (at, sku, id) = (NOW.plus_ms(at), skus[sku], number.to_string());
            let fact = match kind {
                0..=3 => {
                    orders.push((id.clone(), sku));
                    order(&id, ["gold", "standard"][number % 2], sku, units)
                }
                4 => received(&id, None, sku, units),
                5 => {
                    bought_of.push((id.clone(), sku, units));
                    bought(&id, sku, units, at.plus_days(units.into()))
                }
                6 => match bought_of.pop() {
                    Some((po, sku, units)) => received(&id, Some(&po), sku, units),
                    None => continue,
                },
                7 | 8 => {
                    sent.push((id.clone(), sku, units));
                    travels(
                        &id,
                        sku,
                        units,
                        at.plus_days(units.into()),
                        owner(sku, &orders),
                    )
                }
                9 => match sent.pop() {
                    Some((id, sku, units)) => arrives(&id, sku, units, number % 3),
                    None => continue,
                },
                _ => cancel(&id, &(number / 2).to_string()),
            };
            facts.push((at, fact));
        }
        // The end of the span is told in every world: nobody gives up an order twice, or one that
        // is not there.
        facts.push((day(40), received("last", None, "BOLT", 1)));
        log(facts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_replay_under_the_same_rules_gives_the_same_world(facts in histories()) {
        let (log, _) = lived(&facts, &Scenario::named("x"));
        let middle = log[log.len() / 2].0;
        for from in [1, middle.0] {
            let heard = heard(&log, from, vec![Scenario::named("again")]);
            let worlds = heard.compare().unwrap().worlds;
            prop_assert_eq!(&worlds[0].overall, &worlds[1].overall);
            prop_assert_eq!(&worlds[0].by_tier, &worlds[1].by_tier);
            prop_assert_eq!(&worlds[0].days, &worlds[1].days);
        }
    }

    #[test]
    fn every_unit_of_another_world_is_accounted_for(
        facts in histories(),
        cap in prop::option::of(0_u32..20),
        supply_days in -9_i64..9,
        supply_percent in prop::option::of(0_u32..300),
    ) {
        let other = Scenario { cap, supply_days, supply_percent, ..Scenario::named("other") };
        let (log, audit) = lived(&facts, &other);
        prop_assert_eq!(audit.violations(true), Vec::<String>::new());
        // What it tells reads as a log that a cell could have recorded; in how many decisions it
        // comes out is no part of that.
        let (_, again) = lived(&log, &Scenario::named("again"));
        prop_assert_eq!(again.violations(true), Vec::<String>::new());
    }
}
