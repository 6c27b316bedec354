//! How an order's rank came about, in words for a clerk.

use super::{Boost, Boosted, Merits, RankingRule};

impl RankingRule {
    /// How an order's rank came about: each boost by name, and the rule.
    pub fn explain(&self, merits: &Merits<'_>) -> String {
        let boosts = self.boosts(merits);
        let said: Vec<String> = boosts.iter().map(|boost| said(boost, merits)).collect();
        let days = u32::from(self.boost_days(merits));
        let sum = boosts
            .iter()
            // Saturates: a rule may say any number of days.
            .fold(0_u32, |sum, boost| sum.saturating_add(boost.days));
        let mut text = if days == 0 {
            "counts as placed when it was placed".to_owned()
        } else {
            format!(
                "counts as placed {} earlier: {}",
                count(days),
                said.join(", ")
            )
        };
        if sum > days {
            let most = count(self.max_boost_days);
            text.push_str(&format!(
                "; together {}, but {most} is the most",
                count(sum)
            ));
        }
        let explanation = self.explanation.trim_end_matches('.');
        format!("{text} (rule {}: {explanation})", self.version)
    }
}

/// One boost in words.
fn said(boost: &Boost, merits: &Merits<'_>) -> String {
    let days = count(boost.days);
    match boost.why {
        Boosted::Tier => format!("{days} as {}", merits.tier),
        Boosted::Value => format!("{days} for the order's value"),
        Boosted::LifetimeValue => format!("{days} for what the customer has bought so far"),
        Boosted::Requested => format!("{days} for the date on which it is wanted"),
        Boosted::Urgency => {
            let urgency = merits.urgency.unwrap_or_default();
            format!("{days} for its urgency, {urgency} of 5")
        }
        Boosted::Deadline => format!("{days} for the legal deadline of shipment"),
        Boosted::Small => format!("{days} for how few units it wants"),
        Boosted::PromiseDue => format!("{days} for the day that was told, which has come"),
    }
}

fn count(days: u32) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}
