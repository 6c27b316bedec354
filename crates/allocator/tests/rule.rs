//! The ranking rule, set and asked for over gRPC on a memory log.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use api::allocator::v1;
use tonic::Code;

mod shop;

use shop::*;

fn rule() -> v1::RankingRule {
    v1::RankingRule {
        explanation: "First come; big orders sooner".into(),
        tiers: vec![v1::TierBoost {
            tier: "silver".into(),
            days: 7,
        }],
        value: vec![v1::BoostStep {
            at_least_minor: 500,
            days: 3,
        }],
        urgency_days: vec![0, 0, 1, 2, 3],
        max_boost_days: 10,
        ..v1::RankingRule::default()
    }
}

fn set(id: &str, rule: v1::RankingRule) -> v1::SetRankingRuleRequest {
    v1::SetRankingRuleRequest {
        definition_id: id.to_owned(),
        rule: Some(rule),
        at_least_revision: 0,
    }
}

fn since(at_least_revision: u64) -> v1::GetRankingRuleRequest {
    v1::GetRankingRuleRequest {
        at_least_revision,
        at_revision: 0,
    }
}

#[tokio::test]
async fn a_rule_that_is_set_is_in_force_and_explains_every_open_line() {
    let (mut shop, settled) = Shop::with_a_backorder().await;
    let built_in = shop.client.get_ranking_rule(since(0)).await.unwrap();
    let built_in = built_in.into_inner();
    assert_eq!((built_in.version, built_in.largest_boost_days), (0, 14));
    let done = shop.client.set_ranking_rule(set("d1", rule())).await;
    let done = done.unwrap().into_inner();
    assert_eq!((done.version, done.repeated), (1, false));
    assert!(done.revision > settled);
    let found = shop.client.get_ranking_rule(since(done.revision)).await;
    let found = found.unwrap().into_inner();
    assert_eq!((found.version, found.rule), (1, Some(rule())));
    assert_eq!(found.largest_boost_days, 10);
    let why = v1::ExplainAllocationRequest {
        order_id: "o1".into(),
        line: 1,
        at_least_revision: done.revision,
        at_revision: 0,
        ..v1::ExplainAllocationRequest::default()
    };
    let why = shop.client.explain_allocation(why).await.unwrap();
    let line = why.into_inner().lines.remove(0);
    assert_eq!((line.boost_days, line.rule_version), (3, 1));
    let boost = v1::Boost {
        why: v1::BoostReason::Value.into(),
        days: 3,
    };
    assert_eq!(line.boosts, [boost]);
    assert!(
        line.sentences[1].contains("3 days for the order's value (rule 1: First come"),
        "{:?}",
        line.sentences
    );
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn small_lines_first_and_told_days_first_are_terms_of_a_rule_and_told_of_each_line() {
    let (mut shop, _) = Shop::with_a_backorder().await;
    let small = v1::RankingRule {
        small_line_days: Some(10),
        promise_due_days: Some(7),
        ..rule()
    };
    let over = v1::RankingRule {
        small_line_days: Some(11),
        ..rule()
    };
    let refused = shop.client.set_ranking_rule(set("d1", over)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    assert!(refused.message().contains("small_line_days is 11 days"));
    let done = shop.client.set_ranking_rule(set("d1", small.clone())).await;
    let revision = done.unwrap().into_inner().revision;
    let found = shop.client.get_ranking_rule(since(revision)).await;
    assert_eq!(found.unwrap().into_inner().rule, Some(small));
    let why = v1::ExplainAllocationRequest {
        order_id: "o1".into(),
        line: 1,
        at_least_revision: revision,
        ..v1::ExplainAllocationRequest::default()
    };
    let why = shop.client.explain_allocation(why).await.unwrap();
    let line = why.into_inner().lines.remove(0);
    let few = |boost: &&v1::Boost| boost.why == i32::from(v1::BoostReason::Small);
    let few = line.boosts.iter().find(few).unwrap();
    // Ten days by the root of its units, and no more than ten with the three for its value.
    let most = 100 / u64::from(line.quantity);
    assert_eq!(u64::from(few.days), most.isqrt());
    assert_eq!(line.boost_days, (3 + few.days).min(10));
    assert!(line.sentences[1].contains("for how few units it wants"));
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_rule_that_stands_already_is_told_apart_from_one_recorded_before() {
    let mut shop = Shop::open().await;
    // On an empty log, the built-in rule.
    let built_in = shop.client.get_ranking_rule(since(0)).await.unwrap();
    let built_in = built_in.into_inner().rule.unwrap();
    let same = shop.client.set_ranking_rule(set("d0", built_in)).await;
    let same = same.unwrap().into_inner();
    assert_eq!((same.version, same.revision), (0, 1));
    assert!(!same.repeated && same.unchanged);
    let done = shop.client.set_ranking_rule(set("d1", rule())).await;
    assert!(!done.unwrap().into_inner().unchanged);
    let again = shop.client.set_ranking_rule(set("d1", rule())).await;
    let again = again.unwrap().into_inner();
    assert!(again.repeated && !again.unchanged);
    let stands = shop.client.set_ranking_rule(set("d2", rule())).await;
    let stands = stands.unwrap().into_inner();
    assert_eq!((stands.version, stands.unchanged), (1, true));
    let late = shop.client.set_ranking_rule(set("d2", rule())).await;
    let late = late.unwrap().into_inner();
    assert!(late.repeated && late.unchanged && late.revision == stands.revision);
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_repeated_rule_gets_the_first_answer_and_another_is_refused() {
    let mut shop = Shop::open().await;
    let done = shop.client.set_ranking_rule(set("d1", rule())).await;
    let done = done.unwrap().into_inner();
    let again = shop.client.set_ranking_rule(set("d1", rule())).await;
    let again = again.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (done.revision, true));
    let stands = shop.client.set_ranking_rule(set("", rule())).await.unwrap();
    let stands = stands.into_inner();
    assert!(stands.unchanged, "it says what stands already");
    let other = v1::RankingRule {
        max_boost_days: 11,
        ..rule()
    };
    let refused = shop.client.set_ranking_rule(set("d1", other.clone())).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(refused.message().contains("max_boost_days"), "{refused}");
    let next = shop.client.set_ranking_rule(set("", other)).await.unwrap();
    assert_eq!(next.into_inner().version, 2);
    let first = shop.client.set_ranking_rule(set("d1", rule())).await;
    assert_eq!(first.unwrap().into_inner().version, 1, "as the first time");
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_rule_out_of_bounds_is_refused_with_its_entry_and_changes_nothing() {
    let mut shop = Shop::open().await;
    type Change = fn(&mut v1::RankingRule);
    let bad: [(&str, Change); 5] = [
        ("explanation", |rule| rule.explanation.clear()),
        ("tier_days.silver is 11 days", |rule| {
            rule.tiers[0].days = 11
        }),
        ("names silver twice", |rule| {
            rule.tiers.push(rule.tiers[0].clone());
        }),
        ("value step 1", |rule| rule.value[0].at_least_minor = -1),
        ("urgency_days has 2 entries", |rule| {
            rule.urgency_days.truncate(2)
        }),
    ];
    for (says, change) in bad {
        let mut asked = rule();
        change(&mut asked);
        let refused = shop.client.set_ranking_rule(set("d1", asked)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().contains(says), "{says}: {refused}");
    }
    let missing = v1::SetRankingRuleRequest::default();
    let refused = shop.client.set_ranking_rule(missing).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let found = shop.client.get_ranking_rule(since(0)).await.unwrap();
    assert_eq!(found.into_inner().version, 0);
    shop.process.stop().await.unwrap();
}
