//! A ranking rule as it stands in a file, read and written. A word that is not known is an error,
//! and what is wrong is named with its line.

use std::collections::BTreeMap;
use std::path::Path;

use allocation::AllocatorRefusal;
use allocation::rule::check;
use api::allocator::v1::{BoostStep, RankingRule, TierBoost};
use domain::decider::Refusal;
use domain::event::{BoostStep as Step, RankingRuleSet};
use serde::Deserialize;

use crate::calls::as_commands;
use crate::problem::Problem;
use crate::toml_file::{self, Wrong};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    explanation: String,
    max_boost_days: u32,
    requested_within_days: Option<u32>,
    deadline_within_days: Option<u32>,
    small_line_days: Option<u32>,
    promise_due_days: Option<u32>,
    #[serde(default)]
    urgency_days: Vec<u32>,
    #[serde(default)]
    tier_days: BTreeMap<String, u32>,
    #[serde(default)]
    value: Vec<Amount>,
    #[serde(default)]
    lifetime_value: Vec<Amount>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    at_least_minor: i64,
    days: u32,
}

/// Where a rule is told with all its fields.
const EXAMPLE: &str = "docs/rule.toml";

/// Reads a rule from a file.
pub(crate) fn read(path: &Path) -> Result<RankingRule, Problem> {
    toml_file::read(path, EXAMPLE, parse)
}

fn parse(text: &str) -> Result<RankingRule, Wrong> {
    let file: File = toml_file::decode(text, EXAMPLE)?;
    check(&file.asked()).map_err(|refusal| Wrong {
        what: refusal.to_string(),
        line: line_of(text, &refusal),
        next: as_commands(refusal.row().remedy),
    })?;
    Ok(file.rule())
}

/// The line that a refusal is about.
fn line_of(text: &str, refusal: &AllocatorRefusal) -> Option<usize> {
    let field = refusal.row().field;
    let what = refusal.to_string();
    // A refusal names its entry first: `tier_days.gold`, `value step 2`, `urgency_days for …`.
    let mut words = what.split_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    let (key, number) = match (field.strip_prefix("rule."), first.rsplit_once('.')) {
        (Some(field), _) => (field, 1),
        (None, Some((_, tier))) => (tier, 1),
        (None, None) if second == "step" => (first, words.next()?.parse().ok()?),
        (None, None) => (first, 1),
    };
    let starts = |line: &&(usize, &str)| {
        let line = line.1.trim().trim_start_matches(['[', '"', '\'']);
        let rest = line.strip_prefix(key).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(['=', ']', '"', '\'']))
    };
    let lines: Vec<(usize, &str)> = (1..).zip(text.lines()).collect();
    let nth = usize::saturating_sub(number, 1);
    let found = lines.iter().filter(starts).nth(nth);
    found.map(|(number, _)| *number)
}

impl File {
    /// The same, for the check that the service makes, too.
    fn asked(&self) -> RankingRuleSet {
        let steps = |amounts: &[Amount]| {
            let step = |amount: &Amount| Step {
                at_least_minor: amount.at_least_minor,
                days: amount.days,
            };
            amounts.iter().map(step).collect()
        };
        let tiers = self.tier_days.iter();
        RankingRuleSet {
            definition: "".into(),
            version: 0,
            explanation: self.explanation.clone(),
            tier_days: tiers
                .map(|(tier, days)| (tier.as_str().into(), *days))
                .collect(),
            value: steps(&self.value),
            lifetime_value: steps(&self.lifetime_value),
            requested_within_days: self.requested_within_days,
            urgency_days: self.urgency_days.clone(),
            deadline_within_days: self.deadline_within_days,
            small_line_days: self.small_line_days,
            promise_due_days: self.promise_due_days,
            max_boost_days: self.max_boost_days,
            unchanged: false,
        }
    }

    fn rule(self) -> RankingRule {
        let steps = |amounts: Vec<Amount>| {
            let step = |amount: Amount| BoostStep {
                at_least_minor: amount.at_least_minor,
                days: amount.days,
            };
            amounts.into_iter().map(step).collect()
        };
        let tier = |(tier, days)| TierBoost { tier, days };
        RankingRule {
            explanation: self.explanation,
            tiers: self.tier_days.into_iter().map(tier).collect(),
            value: steps(self.value),
            lifetime_value: steps(self.lifetime_value),
            requested_within_days: self.requested_within_days,
            urgency_days: self.urgency_days,
            deadline_within_days: self.deadline_within_days,
            small_line_days: self.small_line_days,
            promise_due_days: self.promise_due_days,
            max_boost_days: self.max_boost_days,
        }
    }
}

/// Writes a rule so that it can be read again.
pub(crate) fn write(rule: &RankingRule) -> String {
    let mut text = format!(
        "explanation = {}\nmax_boost_days = {}\n",
        quoted(&rule.explanation),
        rule.max_boost_days
    );
    if let Some(days) = rule.requested_within_days {
        text.push_str(&format!("requested_within_days = {days}\n"));
    }
    if let Some(days) = rule.deadline_within_days {
        text.push_str(&format!("deadline_within_days = {days}\n"));
    }
    if let Some(days) = rule.small_line_days {
        text.push_str(&format!("small_line_days = {days}\n"));
    }
    if let Some(days) = rule.promise_due_days {
        text.push_str(&format!("promise_due_days = {days}\n"));
    }
    if !rule.urgency_days.is_empty() {
        text.push_str(&format!("urgency_days = {:?}\n", rule.urgency_days));
    }
    if !rule.tiers.is_empty() {
        text.push_str("\n[tier_days]\n");
        for boost in &rule.tiers {
            text.push_str(&format!("{} = {}\n", quoted(&boost.tier), boost.days));
        }
    }
    for (name, steps) in [
        ("value", &rule.value),
        ("lifetime_value", &rule.lifetime_value),
    ] {
        for BoostStep {
            at_least_minor,
            days,
        } in steps
        {
            let step = format!("at_least_minor = {at_least_minor}\ndays = {days}\n");
            text.push_str(&format!("\n[[{name}]]\n{step}"));
        }
    }
    text.trim_end().to_owned()
}

/// A text of printable characters as TOML has it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../docs/rule.toml");

    #[test]
    fn the_example_is_a_rule_that_may_be_set_and_uses_every_field() {
        let rule = parse(TEXT).unwrap();
        assert_eq!(rule.tiers.len(), 2);
        assert_eq!((rule.value.len(), rule.lifetime_value.len()), (2, 1));
        assert_eq!(rule.urgency_days.len(), 5);
        assert!(rule.requested_within_days.is_some() && rule.deadline_within_days.is_some());
        assert!(rule.small_line_days.is_some() && rule.promise_due_days.is_some());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut rule = parse(TEXT).unwrap();
        rule.explanation = "Say \"gold\" first \\ then silver – 先着順".into();
        rule.tiers[0].tier = "gold.plus \"1\"".into();
        assert_eq!(parse(&write(&rule)).unwrap(), rule);
        let plain = RankingRule {
            explanation: "First come".into(),
            ..RankingRule::default()
        };
        assert_eq!(parse(&write(&plain)).unwrap(), plain);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let wrong = |from: &str, to: &str| {
            let text = TEXT.replacen(from, to, 1);
            assert_ne!(text, TEXT, "{from}");
            let wrong = parse(&text).unwrap_err();
            let line = wrong.line.and_then(|line| text.lines().nth(line - 1));
            (wrong.what, line.unwrap_or_default().to_owned())
        };
        for (from, to, what, line) in [
            (
                "silver = 7",
                "silver = 99",
                "tier_days.silver is 99 days",
                "silver = 99",
            ),
            ("silver = 7", "silver = -7", "invalid value", "silver = -7"),
            (
                "\n[tier_days]\n",
                "\n[tier_dais]\n",
                "unknown field `tier_dais`",
                "[tier_dais]",
            ),
            (
                "= 21\n",
                "= 4000\n",
                "max_boost_days is 4000",
                "max_boost_days = 4000",
            ),
            (
                "days = 3",
                "days = 0",
                "value step 2 does not rise",
                "[[value]]",
            ),
            (
                "2, 4]",
                "2]",
                "4 entries, not 5",
                "urgency_days = [0, 0, 1, 2]",
            ),
            (
                "[0, 0, 1",
                "[0, 3, 1",
                "urgency 3 does not rise",
                "urgency_days = [0, 3, 1, 2, 4]",
            ),
            (
                "= 10\n",
                "= 22\n",
                "deadline_within_days is 22",
                "deadline_within_days = 22",
            ),
        ] {
            let (said, at) = wrong(from, to);
            assert!(said.contains(what), "{said}");
            assert_eq!(at, line, "{said}");
        }
    }
}
