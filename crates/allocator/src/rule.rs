//! The ranking rule in the words of the wire. Checks form alone; what a rule must be is the
//! room's to say.

use std::collections::BTreeMap;

use allocation::{Allocator, RankingRule, SetRankingRule};
use api::allocator::v1;
use chassis::wire::{key, key_or_new, missing};
use chassis::{Host, invalid};
use domain::event::{BoostStep, RankingRuleSet};
use domain::ids::{DefinitionId, Revision, Tier};
use tonic::Status;

/// A request to set the rule.
fn set_ranking_rule(request: v1::SetRankingRuleRequest) -> Result<SetRankingRule, Status> {
    let remedy = "give the whole rule: it replaces the one in force";
    let rule = request.rule.ok_or_else(|| missing("rule", remedy))?;
    let definition = key_or_new("definition_id", &request.definition_id, DefinitionId::new)?;
    read(definition, rule)
}

/// A rule of the wire, under this definition.
pub fn read(definition: DefinitionId, rule: v1::RankingRule) -> Result<SetRankingRule, Status> {
    let steps = |steps: Vec<v1::BoostStep>| {
        let step = |step: v1::BoostStep| BoostStep {
            at_least_minor: step.at_least_minor,
            days: step.days,
        };
        steps.into_iter().map(step).collect()
    };
    let rule = RankingRule {
        version: 0,
        explanation: rule.explanation,
        tier_days: tiers(&rule.tiers)?,
        value: steps(rule.value),
        lifetime_value: steps(rule.lifetime_value),
        requested_within_days: rule.requested_within_days,
        urgency_days: rule.urgency_days,
        deadline_within_days: rule.deadline_within_days,
        small_line_days: rule.small_line_days,
        promise_due_days: rule.promise_due_days,
        max_boost_days: rule.max_boost_days,
    };
    Ok(SetRankingRule { definition, rule })
}

fn tiers(asked: &[v1::TierBoost]) -> Result<BTreeMap<Tier, u32>, Status> {
    let mut tiers = BTreeMap::new();
    for boost in asked {
        let tier = key("rule.tiers.tier", &boost.tier, Tier::new)?;
        if tiers.insert(tier, boost.days).is_some() {
            let problem = format!("names {} twice", boost.tier);
            return Err(invalid(
                "rule.tiers",
                "REPEATED_TIER",
                problem,
                "name each tier once",
            ));
        }
    }
    Ok(tiers)
}

/// Asks the room to set another rule.
pub async fn set(
    host: &Host<Allocator>,
    request: v1::SetRankingRuleRequest,
) -> Result<v1::SetRankingRuleResponse, Status> {
    let at_least = Revision(request.at_least_revision);
    let command = set_ranking_rule(request)?;
    host.reach(at_least).await?;
    let definition = command.definition.clone();
    let answer = host.transact(command).await?;
    let set = answer.event().and_then(RankingRuleSet::of);
    Ok(v1::SetRankingRuleResponse {
        version: set.map_or(0, |set| set.version),
        definition_id: definition.to_string(),
        revision: answer.revision.0,
        repeated: answer.repeated,
        unchanged: set.is_some_and(|set| set.unchanged),
    })
}

/// The rule in force.
pub fn in_force(rule: &RankingRule, revision: Revision) -> v1::GetRankingRuleResponse {
    let steps = |steps: &[BoostStep]| {
        let step = |step: &BoostStep| v1::BoostStep {
            at_least_minor: step.at_least_minor,
            days: step.days,
        };
        steps.iter().map(step).collect()
    };
    let tier = |(tier, days): (&Tier, &u32)| v1::TierBoost {
        tier: tier.to_string(),
        days: *days,
    };
    v1::GetRankingRuleResponse {
        version: rule.version,
        rule: Some(v1::RankingRule {
            explanation: rule.explanation.clone(),
            tiers: rule.tier_days.iter().map(tier).collect(),
            value: steps(&rule.value),
            lifetime_value: steps(&rule.lifetime_value),
            requested_within_days: rule.requested_within_days,
            urgency_days: rule.urgency_days.clone(),
            deadline_within_days: rule.deadline_within_days,
            small_line_days: rule.small_line_days,
            promise_due_days: rule.promise_due_days,
            max_boost_days: rule.max_boost_days,
        }),
        largest_boost_days: rule.largest_boost_days(),
        revision: revision.0,
    }
}
