//! What if, over random histories.

use proptest::prelude::*;

use super::*;

/// A history: who orders what, what comes in, who gives up.
fn histories() -> impl Strategy<Value = Log> {
    let step = (0_i64..40 * DAY_MS, 0_u8..8, 0_usize..3, 1_u32..9);
    prop::collection::vec(step, 1..60).prop_map(|mut steps| {
        steps.sort_by_key(|(at, ..)| *at);
        let skus = ["BOLT", "NUT", "CAM"];
        let mut facts: Vec<_> = skus.iter().map(|sku| (day(0), item(sku))).collect();
        let mut bought_of: Vec<(String, &str, u32)> = Vec::new();
        for (number, (at, kind, sku, units)) in (0_usize..).zip(steps) {
            let (at, sku, id) = (NOW.plus_ms(at), skus[sku], number.to_string());
            let fact = match kind {
                0..=3 => order(&id, ["gold", "standard"][number % 2], sku, units),
                4 => received(&id, None, sku, units),
                5 => {
                    bought_of.push((id.clone(), sku, units));
                    bought(&id, sku, units, at.plus_days(units.into()))
                }
                6 => match bought_of.pop() {
                    Some((po, sku, units)) => received(&id, Some(&po), sku, units),
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
