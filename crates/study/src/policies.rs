//! The four policies that a study compares.

use api::allocator::v1::{BoostStep, RankingRule, TierBoost, WhatIfScenario};

/// The four policies.
pub fn policies() -> Vec<WhatIfScenario> {
    let policy = |name: &str, rule| WhatIfScenario {
        name: name.into(),
        rule: Some(rule),
        ..Default::default()
    };
    vec![
        policy("first come", first_come()),
        policy("tiers", tiers()),
        policy("value", value()),
        WhatIfScenario {
            fair_share: Some(true),
            ..policy("fair share", first_come())
        },
    ]
}

fn first_come() -> RankingRule {
    RankingRule {
        explanation: "Whoever ordered first is served first".into(),
        ..Default::default()
    }
}

/// The rule that is built in.
fn tiers() -> RankingRule {
    let days = [("gold", 14), ("silver", 7)];
    let tier = |(tier, days): (&str, u32)| TierBoost {
        tier: tier.to_owned(),
        days,
    };
    RankingRule {
        explanation: "A gold customer counts as having ordered 14 days earlier, a silver one 7"
            .into(),
        tiers: days.map(tier).into(),
        max_boost_days: 14,
        ..Default::default()
    }
}

/// About a half, a quarter and a tenth of the orders of the wholesaler studied reach its steps.
fn value() -> RankingRule {
    let step = |(at_least_minor, days)| BoostStep {
        at_least_minor,
        days,
    };
    RankingRule {
        explanation: "An order of 250 counts as placed 4 days earlier, of 500 8, of 1,000 14"
            .into(),
        value: [(25_000, 4), (50_000, 8), (100_000, 14)].map(step).into(),
        max_boost_days: 14,
        ..Default::default()
    }
}
