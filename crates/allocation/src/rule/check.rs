//! What a ranking rule must be before it is set. Looks at the rule alone.

use super::bounds::{MAX_BOOST_DAYS, MAX_EXPLANATION_CHARS, MAX_STEPS, MAX_TIERS, URGENCIES};
use crate::refusals::AllocatorRefusal as No;
use domain::event::{BoostStep, RankingRuleSet};
use domain::exact::Exact;

/// Whether a rule may be set.
///
/// # Errors
/// The first bound that it breaks.
pub fn check(asked: &RankingRuleSet) -> Result<(), No> {
    check_explanation(&asked.explanation)?;
    let most = asked.max_boost_days;
    if most > MAX_BOOST_DAYS {
        return Err(No::MaxBoostOutOfRange { days: most });
    }
    if asked.tier_days.len() > MAX_TIERS {
        let tiers = asked.tier_days.len();
        return Err(No::TooManyTiers { tiers });
    }
    let tiers = asked.tier_days.iter();
    for (what, days) in tiers.map(|(tier, days)| (format!("tier_days.{tier}"), *days)) {
        check_days(what, days, most)?;
    }
    check_steps("value", &asked.value, most)?;
    check_steps("lifetime_value", &asked.lifetime_value, most)?;
    check_urgency(&asked.urgency_days, most)?;
    let within = [
        ("requested_within_days", asked.requested_within_days),
        ("deadline_within_days", asked.deadline_within_days),
        ("small_line_days", asked.small_line_days),
        ("promise_due_days", asked.promise_due_days),
    ];
    for (what, days) in within {
        check_days(what.into(), days.unwrap_or_default(), most)?;
    }
    Ok(())
}

fn check_explanation(explanation: &str) -> Result<(), No> {
    // Bytes first: a text of megabytes is not walked through.
    let fits = explanation.len() <= MAX_EXPLANATION_CHARS.times(4)
        && explanation.chars().count() <= MAX_EXPLANATION_CHARS
        && !explanation.trim().is_empty()
        && !explanation.chars().any(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(No::ExplanationMalformed {})
    }
}

/// A boost over the cap could never be given in full: it is a slip, not a rule.
fn check_days(what: String, days: u32, most: u32) -> Result<(), No> {
    if days > most {
        return Err(No::BoostOutOfRange { what, days, most });
    }
    Ok(())
}

fn check_steps(what: &str, steps: &[BoostStep], most: u32) -> Result<(), No> {
    if steps.len() > MAX_STEPS {
        return Err(No::TooManySteps {
            what: what.into(),
            steps: steps.len(),
        });
    }
    let mut below: Option<&BoostStep> = None;
    for (number, step) in (1_u32..).zip(steps) {
        let what = format!("{what} step {number}");
        if step.at_least_minor < 0 {
            return Err(No::AmountOutOfRange { what });
        }
        let climbs = below.is_none_or(|below| {
            step.at_least_minor > below.at_least_minor && step.days >= below.days
        });
        if !climbs {
            return Err(No::StepsMalformed { what });
        }
        check_days(what, step.days, most)?;
        below = Some(step);
    }
    Ok(())
}

fn check_urgency(days: &[u32], most: u32) -> Result<(), No> {
    if !days.is_empty() && days.len() != URGENCIES {
        let entries = days.len();
        return Err(No::UrgencyCountOutOfRange { entries });
    }
    let mut below = 0;
    for (urgency, days) in (1_u32..).zip(days) {
        let what = format!("urgency_days for urgency {urgency}");
        if *days < below {
            return Err(No::StepsMalformed { what });
        }
        check_days(what, *days, most)?;
        below = *days;
    }
    Ok(())
}
