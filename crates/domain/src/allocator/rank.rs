//! Who comes first. A rank is fixed when a line is placed, so it needs no clock and no re-sorting:
//! all lines age at the same rate. Must not know what a line gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{Tier, Timestamp};

/// How boosts follow from what an order is. Data, so that an event can set another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingRule {
    /// Told with every decision.
    pub version: u32,
    /// Days by which a tier counts as ordered earlier; a tier not named has none.
    pub boost_days: BTreeMap<Tier, u32>,
}

/// The built-in rule, version 0.
impl Default for RankingRule {
    fn default() -> Self {
        let boost_days = [(Tier::from("gold"), 14), (Tier::from("silver"), 7)].into();
        Self {
            version: 0,
            boost_days,
        }
    }
}

impl RankingRule {
    /// Days by which this tier counts as ordered earlier.
    pub fn boost_days(&self, tier: &Tier) -> u32 {
        self.boost_days.get(tier).copied().unwrap_or_default()
    }

    /// What an order of this tier, placed then, is ranked by.
    pub fn effective(&self, placed_at: Timestamp, tier: &Tier) -> Timestamp {
        placed_at.plus_days(i64::from(self.boost_days(tier)).saturating_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gold_counts_as_ordered_fourteen_days_earlier_and_silver_seven() {
        let rule = RankingRule::default();
        let day = |days| Timestamp::from_ms(0).plus_days(days);
        assert_eq!(rule.effective(day(20), &"gold".into()), day(6));
        assert_eq!(rule.effective(day(20), &"silver".into()), day(13));
        assert_eq!(rule.effective(day(20), &"standard".into()), day(20));
    }
}
