//! Who comes first, by looking at everything of an order and at every entry of the rule.

use std::collections::BTreeSet;

use domain::event::{BoostStep, OrderPlaced, Prioritised, PromisesDue, RankingRuleSet};
use domain::ids::{DAY_MS, Timestamp};

use super::{Line, Naive};

/// The rule before anybody sets one.
pub fn built_in() -> RankingRuleSet {
    RankingRuleSet {
        definition: "built-in".into(),
        version: 0,
        explanation: "First come; gold and silver sooner".into(),
        tier_days: [("gold".into(), 14), ("silver".into(), 7)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 14,
        unchanged: false,
    }
}

impl Naive {
    /// Of a line of which so many units were ordered, or taken instead, and that waits though the
    /// day has come that was told, or not.
    pub fn effective(&self, order: &str, (units, due): (u32, bool)) -> Timestamp {
        let (placed, at) = &self.placed[order];
        at.plus_days(-boost(&self.rule, (placed, units, due), *at))
    }

    /// The last of the days told first for what waits of an order, or of one line of it; nothing
    /// where none waits, or one was told none.
    fn told(&self, of: &Line) -> Option<i64> {
        let mine =
            |it: &&Line| it.order == of.order && (it.ship_complete || it.number == of.number);
        let waits = self.lines.iter().filter(mine);
        let waits = waits.filter(|line| line.tally.backordered() > 0);
        let days: Option<Vec<i64>> = waits.map(|line| line.told).collect();
        days?.into_iter().max()
    }

    /// Lines, or orders that go whole, that do not rank by a told day that has come by now.
    pub fn to_be_due(&self, now: Timestamp) -> Option<PromisesDue> {
        self.rule.promise_due_days.filter(|days| *days > 0)?;
        let today = now.as_ms().div_euclid(DAY_MS);
        let mut lines = BTreeSet::new();
        for line in &self.lines {
            if !line.due && self.told(line).is_some_and(|day| day <= today) {
                let number = if line.ship_complete { 0 } else { line.number };
                lines.insert((&line.order, number));
            }
        }
        (!lines.is_empty()).then(|| PromisesDue {
            day_begins_at: Timestamp::from_ms(today * DAY_MS),
            lines: lines.len() as u32,
        })
    }

    pub fn promises_due(&mut self, it: &PromisesDue) {
        let counts = self.rule.promise_due_days > Some(0);
        let day = it.day_begins_at.as_ms().div_euclid(DAY_MS);
        let come = |line: &Line| counts && self.told(line).is_some_and(|told| told <= day);
        let come: Vec<bool> = self.lines.iter().map(come).collect();
        for (line, come) in self.lines.iter_mut().zip(come) {
            if come && !line.due {
                line.due = true;
                self.sharing.remove(&line.sku);
            }
        }
        self.rank_all();
    }

    /// Who waits no more, or has no day any more, ranks as before it came.
    pub fn no_more_due(&mut self) {
        let counts = self.rule.promise_due_days > Some(0);
        let lines = self.lines.iter();
        let due: Vec<bool> = lines
            .map(|line| counts && line.due && self.told(line).is_some())
            .collect();
        for (line, due) in self.lines.iter_mut().zip(due) {
            line.due = due;
        }
        self.rank_all();
    }

    pub fn rule_set(&mut self, rule: &RankingRuleSet) {
        self.rule = rule.clone();
        self.rank_all();
    }

    pub fn prioritised(&mut self, it: &Prioritised) {
        for line in &mut self.lines {
            if line.order == it.order.as_str() && (it.line == 0 || it.line == line.number) {
                if line.shift != i64::from(it.days) {
                    self.sharing.remove(&line.sku);
                }
                line.shift = i64::from(it.days);
            }
        }
        self.rank_all();
    }

    pub(super) fn rank_all(&mut self) {
        let ranks: Vec<Timestamp> = self
            .lines
            .iter()
            .map(|line| {
                let of = (line.tally.quantity, line.due);
                let effective = self.effective(&line.order, of);
                effective.plus_days(-line.shift)
            })
            .collect();
        for (line, effective) in self.lines.iter_mut().zip(ranks) {
            line.rank.0 = effective;
        }
    }
}

fn boost(rule: &RankingRuleSet, of: (&OrderPlaced, u32, bool), at: Timestamp) -> i64 {
    let (placed, units, due) = of;
    let mut days = 0;
    for (tier, boost) in &rule.tier_days {
        if *tier == placed.customer.tier {
            days += i64::from(*boost);
        }
    }
    let lines = placed.lines.iter();
    let value = lines.map(|line| line.unit_price_minor * i64::from(line.quantity));
    days += reached(&rule.value, value.sum());
    if let Some(spent) = placed.customer.lifetime_value_minor {
        days += reached(&rule.lifetime_value, spent);
    }
    let dates = [
        (placed.requested_at, rule.requested_within_days),
        (placed.ship_by, rule.deadline_within_days),
    ];
    for (date, within) in dates {
        if let (Some(date), Some(within)) = (date, within) {
            let away = (date.as_ms() - at.as_ms()).max(0) / DAY_MS;
            days += (i64::from(within) - away).max(0);
        }
    }
    for (urgency, boost) in (1_u8..).zip(&rule.urgency_days) {
        if placed.urgency == Some(urgency) {
            days += i64::from(*boost);
        }
    }
    if let Some(most) = rule.small_line_days {
        let all = placed.lines.iter().map(|line| i64::from(line.quantity));
        let units = if placed.ship_complete {
            all.sum()
        } else {
            i64::from(units)
        };
        days += for_few(i64::from(most), units);
    }
    if due {
        days += i64::from(rule.promise_due_days.unwrap_or(0));
    }
    days.min(i64::from(rule.max_boost_days))
}

/// The most days of which the square, times the units, is not over the square of what one unit has.
fn for_few(most: i64, units: i64) -> i64 {
    let fits = |days: &i64| days * days * units <= most * most;
    (0..=most).rev().find(fits).unwrap()
}

/// The days of the last step that the amount reaches.
fn reached(steps: &[BoostStep], amount: i64) -> i64 {
    let mut days = 0;
    for step in steps {
        if amount >= step.at_least_minor {
            days = i64::from(step.days);
        }
    }
    days
}
