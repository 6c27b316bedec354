//! How boosts follow from what an order is: data, so that an event can set another rule, and with
//! a sentence that can be read out to a customer. Must not know queues, nor what a line gets.
//!
//! A boost is whole days by which an order counts as placed earlier. It is fixed for as long as
//! the rule stands, so all orders age at the same rate, and it is bounded: but by a clerk's word,
//! nobody waits behind an order placed more than [`RankingRule::largest_boost_days`] later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use domain::event::{BUILT_IN_TIER_DAYS, BoostStep, RankingRuleSet};
use domain::exact::{Exact, fewer};
use domain::ids::{DAY_MS, Tier, Timestamp};

mod bounds;
mod check;
mod words;

pub use bounds::{MAX_BOOST_DAYS, MAX_EXPLANATION_CHARS, MAX_STEPS, MAX_TIERS, URGENCIES};
pub use check::check;

/// How boosts follow from what an order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingRule {
    /// Told with every decision. The built-in rule is 0.
    pub version: u32,
    /// What the rule is, in a sentence that can be read out to a customer.
    pub explanation: String,
    /// Days by which a tier counts as ordered earlier; a tier not named has none.
    pub tier_days: BTreeMap<Tier, u32>,
    /// Days for an order's value.
    pub value: Vec<BoostStep>,
    /// Days for what the customer has spent so far.
    pub lifetime_value: Vec<BoostStep>,
    /// An order wanted on the day it was placed has so many days, one less for each day later.
    pub requested_within_days: Option<u32>,
    /// Days for each urgency, from 1 to 5; empty: urgency does not count.
    pub urgency_days: Vec<u32>,
    /// The same as for the requested date, for the legal deadline of shipment.
    pub deadline_within_days: Option<u32>,
    /// Days for a line of one unit; one of n units has so many divided by the square root of n,
    /// rounded down.
    pub small_line_days: Option<u32>,
    /// Days for a line that waits on the day that its customer was told first, from then on.
    pub promise_due_days: Option<u32>,
    /// The most days that all boosts of a line come to together.
    pub max_boost_days: u32,
}

/// What of an order a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merits<'a> {
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The customer's standing when they ordered.
    pub tier: &'a Tier,
    /// What all its lines cost, in minor units of its currency.
    pub value_minor: i64,
    /// What the customer had spent before, in the same units, if known.
    pub lifetime_value_minor: Option<i64>,
    /// When the customer wants it, if said.
    pub requested_at: Option<Timestamp>,
    /// How much it presses, 1 to 5, if said.
    pub urgency: Option<u8>,
    /// By when the law wants it shipped, if known.
    pub ship_by: Option<Timestamp>,
    /// Units by which it is small or not: those that were ordered of the line, or of all lines
    /// where the order takes all or nothing. Nothing: its lines are looked at one by one.
    pub units: Option<u64>,
    /// It waits, and the day that its customer was told first has come.
    pub due: bool,
}

/// What of a rule counts for each line by itself, where its order's lines do not go together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineTerms {
    /// Days for a line of one unit.
    small_line_days: u32,
    /// Days for a line that waits on the day that its customer was told.
    promise_due_days: u32,
    /// The most days that all boosts of a line come to together.
    max_boost_days: u32,
}

impl From<&RankingRule> for LineTerms {
    fn from(rule: &RankingRule) -> Self {
        Self {
            small_line_days: rule.small_line_days.unwrap_or_default(),
            promise_due_days: rule.promise_due_days.unwrap_or_default(),
            max_boost_days: rule.max_boost_days,
        }
    }
}

impl LineTerms {
    /// Every line of an order ranks alike.
    pub const fn are_none(&self) -> bool {
        self.small_line_days == 0 && self.promise_due_days == 0
    }

    /// A told day counts once it has come.
    pub const fn count_told_days(&self) -> bool {
        self.promise_due_days > 0
    }

    /// Days by which a line counts as placed earlier than its order, whose own boosts come to so
    /// many. `units`: of it, if it counts by them alone. `due`: the day that was told has come.
    pub fn days_more(&self, boost_days: u16, units: Option<u32>, due: bool) -> u32 {
        let left = self.max_boost_days.minus_or_zero(u32::from(boost_days));
        let few = units.map_or(0, |units| {
            days_for_units(self.small_line_days, u64::from(units))
        });
        let due = if due { self.promise_due_days } else { 0 };
        few.plus(due).min(left)
    }
}

impl<'a> Merits<'a> {
    /// Of an order of which nothing is known but when it comes and from whom.
    pub const fn of(placed_at: Timestamp, tier: &'a Tier) -> Self {
        Self {
            placed_at,
            tier,
            value_minor: 0,
            lifetime_value_minor: None,
            requested_at: None,
            urgency: None,
            ship_by: None,
            units: None,
            due: false,
        }
    }

    /// When it was placed, less so many days.
    pub fn earlier(&self, days: u16) -> Timestamp {
        self.placed_at.plus_days(fewer(days))
    }
}

/// What an order is boosted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boosted {
    /// The customer's standing.
    Tier,
    /// What the order costs.
    Value,
    /// What the customer has spent so far.
    LifetimeValue,
    /// The date on which it is wanted.
    Requested,
    /// How much it presses, in the customer's words.
    Urgency,
    /// The date by which the law wants it shipped.
    Deadline,
    /// How few units are wanted.
    Small,
    /// The day that the customer was told has come.
    PromiseDue,
}

/// Days for one of an order's merits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boost {
    /// For what.
    pub why: Boosted,
    /// Days by which the order counts as placed earlier; at least 1.
    pub days: u32,
}

/// The built-in rule, version 0.
impl Default for RankingRule {
    fn default() -> Self {
        Self {
            version: 0,
            explanation: "Whoever ordered first is served first; a gold customer counts as having \
                          ordered 14 days earlier, a silver one 7"
                .into(),
            tier_days: BUILT_IN_TIER_DAYS
                .map(|(tier, days)| (tier.into(), days))
                .into(),
            value: Vec::new(),
            lifetime_value: Vec::new(),
            requested_within_days: None,
            urgency_days: Vec::new(),
            deadline_within_days: None,
            small_line_days: None,
            promise_due_days: None,
            max_boost_days: 14,
        }
    }
}

impl From<&RankingRuleSet> for RankingRule {
    fn from(set: &RankingRuleSet) -> Self {
        Self {
            version: set.version,
            explanation: set.explanation.clone(),
            tier_days: set.tier_days.clone(),
            value: set.value.clone(),
            lifetime_value: set.lifetime_value.clone(),
            requested_within_days: set.requested_within_days,
            urgency_days: set.urgency_days.clone(),
            deadline_within_days: set.deadline_within_days,
            small_line_days: set.small_line_days,
            promise_due_days: set.promise_due_days,
            max_boost_days: set.max_boost_days,
        }
    }
}

impl RankingRule {
    /// What an order is boosted for, in the order of [`Boosted`]; what gives no days is left out.
    pub fn boosts(&self, merits: &Merits<'_>) -> Vec<Boost> {
        let all = self.each(merits).into_iter();
        let boost = |(why, days)| Boost { why, days };
        all.filter(|(_, days)| *days > 0).map(boost).collect()
    }

    /// All boosts together, at most `max_boost_days`. Asked for every order that is placed.
    pub fn boost_days(&self, merits: &Merits<'_>) -> u16 {
        // Saturates: a rule may say any number of days; what counts is at most its bound.
        let days = |sum: u32, (_, days): &(Boosted, u32)| sum.saturating_add(*days);
        let sum = self.each(merits).iter().fold(0, days);
        u16::try_from(sum.min(self.max_boost_days)).unwrap_or(u16::MAX)
    }

    /// What the order is ranked by: when it was placed, less its boosts.
    pub fn effective(&self, merits: &Merits<'_>) -> Timestamp {
        merits.earlier(self.boost_days(merits))
    }

    /// The most days that any line can be boosted by.
    pub fn largest_boost_days(&self) -> u32 {
        let steps = |steps: &[BoostStep]| steps.iter().map(|step| step.days).max();
        let most = [
            self.tier_days.values().copied().max(),
            steps(&self.value),
            steps(&self.lifetime_value),
            self.requested_within_days,
            self.urgency_days.iter().copied().max(),
            self.deadline_within_days,
            self.small_line_days,
            self.promise_due_days,
        ];
        let sum = most
            .into_iter()
            .flatten()
            // Saturates: as above.
            .fold(0_u32, |sum, days| sum.saturating_add(days));
        sum.min(self.max_boost_days)
    }

    fn each(&self, merits: &Merits<'_>) -> [(Boosted, u32); 8] {
        let soon = |at: Option<Timestamp>, within| days_for_soon(merits.placed_at, at, within);
        let lifetime = merits.lifetime_value_minor;
        let tier = self.tier_days.get(merits.tier).copied().unwrap_or_default();
        let requested = soon(merits.requested_at, self.requested_within_days);
        let deadline = soon(merits.ship_by, self.deadline_within_days);
        let spent = lifetime.map_or(0, |spent| days_for(&self.lifetime_value, spent));
        let due = self.promise_due_days.filter(|_| merits.due);
        let few = self.small_line_days.zip(merits.units);
        let few = few.map_or(0, |(days, units)| days_for_units(days, units));
        [
            (Boosted::Tier, tier),
            (Boosted::Value, days_for(&self.value, merits.value_minor)),
            (Boosted::LifetimeValue, spent),
            (Boosted::Requested, requested),
            (Boosted::Urgency, self.days_for_urgency(merits.urgency)),
            (Boosted::Deadline, deadline),
            (Boosted::Small, few),
            (Boosted::PromiseDue, due.unwrap_or_default()),
        ]
    }

    fn days_for_urgency(&self, urgency: Option<u8>) -> u32 {
        urgency
            .and_then(|urgency| urgency.checked_sub(1))
            .and_then(|index| self.urgency_days.get(usize::from(index)).copied())
            .unwrap_or_default()
    }
}

/// The most days of the steps that the amount reaches, so that their order does not matter.
fn days_for(steps: &[BoostStep], amount_minor: i64) -> u32 {
    let reached = steps
        .iter()
        .filter(|step| step.at_least_minor <= amount_minor);
    reached.map(|step| step.days).max().unwrap_or_default()
}

/// One day less for each whole day from when it was placed to the date.
fn days_for_soon(placed_at: Timestamp, at: Option<Timestamp>, within: Option<u32>) -> u32 {
    let (Some(at), Some(within)) = (at, within) else {
        return 0;
    };
    let days = at
        .ms_since(placed_at)
        .max(0)
        .checked_div(DAY_MS)
        .unwrap_or_default();
    within.minus_or_zero(u32::try_from(days).unwrap_or(u32::MAX))
}

/// So many days divided by the square root of the units, rounded down. Whole numbers alone: the
/// root of a quotient, rounded down, is that of the quotient rounded down.
fn days_for_units(days: u32, units: u64) -> u32 {
    let days = u64::from(days);
    let squared = days.times(days).checked_div(units).unwrap_or_default();
    u32::try_from(squared.isqrt()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
