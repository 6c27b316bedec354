//! What a rule gives to whom, and that nobody waits for ever under any rule.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

use proptest::prelude::*;

use super::*;
use crate::AllocatorRefusal as No;

fn day(days: i64) -> Timestamp {
    Timestamp::from_ms(0).plus_days(days)
}

fn steps(steps: &[(i64, u32)]) -> Vec<BoostStep> {
    let step = |(at_least_minor, days): &(i64, u32)| BoostStep {
        at_least_minor: *at_least_minor,
        days: *days,
    };
    steps.iter().map(step).collect()
}

/// Everything counts.
fn full() -> RankingRuleSet {
    RankingRuleSet {
        definition: "d".into(),
        version: 3,
        explanation: "First come, with regard to standing, money, haste and the law.".into(),
        tier_days: [("gold".into(), 14), ("silver".into(), 7)].into(),
        value: steps(&[(10_000, 1), (100_000, 3)]),
        lifetime_value: steps(&[(0, 1), (1_000_000, 4)]),
        requested_within_days: Some(7),
        urgency_days: vec![0, 0, 1, 2, 5],
        deadline_within_days: Some(10),
        small_line_days: Some(16),
        promise_due_days: Some(2),
        max_boost_days: 20,
        unchanged: false,
    }
}

fn rule() -> RankingRule {
    RankingRule::from(&full())
}

#[test]
fn gold_counts_as_ordered_fourteen_days_earlier_and_silver_seven() {
    let rule = RankingRule::default();
    let rank = |tier: &str| rule.effective(&Merits::of(day(20), &tier.into()));
    assert_eq!(rank("gold"), day(6));
    assert_eq!(rank("silver"), day(13));
    assert_eq!(rank("standard"), day(20));
    assert_eq!(rule.largest_boost_days(), 14);
}

#[test]
fn an_amount_counts_from_the_step_that_it_reaches() {
    let (rule, tier) = (rule(), "standard".into());
    let of_value = |value_minor| {
        let order = Merits::of(day(9), &tier);
        rule.boost_days(&Merits {
            value_minor,
            ..order
        })
    };
    assert_eq!(of_value(9_999), 0);
    assert_eq!(of_value(10_000), 1);
    assert_eq!(of_value(99_999), 1);
    assert_eq!(of_value(i64::MAX), 3);
    let of_spent = |lifetime_value_minor| {
        let order = Merits::of(day(9), &tier);
        rule.boost_days(&Merits {
            lifetime_value_minor,
            ..order
        })
    };
    assert_eq!(of_spent(None), 0);
    assert_eq!(of_spent(Some(0)), 1);
    assert_eq!(of_spent(Some(1_000_000)), 4);
}

#[test]
fn a_requested_date_counts_less_for_each_day_away() {
    let (rule, tier) = (rule(), "standard".into());
    let placed_at = day(9).plus_ms(DAY_MS / 2);
    let wanted = |at| {
        let order = Merits::of(placed_at, &tier);
        rule.boost_days(&Merits {
            requested_at: Some(at),
            ..order
        })
    };
    assert_eq!(wanted(day(9)), 7, "the day itself, written as midnight");
    assert_eq!(wanted(placed_at.plus_ms(DAY_MS - 1)), 7);
    assert_eq!(wanted(placed_at.plus_days(1)), 6);
    assert_eq!(wanted(placed_at.plus_days(6)), 1);
    assert_eq!(wanted(placed_at.plus_days(7)), 0);
    assert_eq!(wanted(Timestamp::MAX), 0);
    let due = |at| {
        let order = Merits::of(placed_at, &tier);
        rule.boost_days(&Merits {
            ship_by: Some(at),
            ..order
        })
    };
    assert_eq!(due(placed_at.plus_days(3)), 7);
}

#[test]
fn a_line_counts_less_by_the_square_root_of_its_units_rounded_down() {
    let tier = "standard".into();
    let asked = RankingRuleSet {
        small_line_days: Some(28),
        max_boost_days: 28,
        ..full()
    };
    let rule = RankingRule::from(&asked);
    let of = |units| {
        rule.boost_days(&Merits {
            units: Some(units),
            ..Merits::of(day(9), &tier)
        })
    };
    let units = [1, 2, 3, 4, 9, 100, 783, 784, 785, u64::from(u32::MAX)];
    assert_eq!(units.map(of), [28, 19, 16, 14, 9, 2, 1, 1, 0, 0]);
    assert_eq!(rule.boost_days(&Merits::of(day(9), &tier)), 0);
    // No root is taken of a fraction, and none is rounded twice: it is never a day more.
    for units in 1..2_000_u64 {
        let days = u64::from(of(units));
        assert!(days * days * units <= 784 && (days + 1) * (days + 1) * units > 784);
    }
}

#[test]
fn lines_have_what_is_left_of_the_bound_beside_their_order() {
    let asked = RankingRuleSet {
        small_line_days: Some(28),
        max_boost_days: 30,
        ..full()
    };
    let terms = LineTerms::from(&RankingRule::from(&asked));
    assert_eq!(
        [0, 16, 17, 29, 30].map(|of| terms.days_more(of, Some(4), false)),
        [14, 14, 13, 1, 0]
    );
    // Two of the days are for the day that has come, and only with it.
    assert_eq!(terms.days_more(0, Some(4), true), 16);
    assert_eq!(terms.days_more(15, Some(4), true), 15);
    assert_eq!(terms.days_more(0, None, true), 2);
    assert!(LineTerms::from(&RankingRule::default()).are_none());
}

#[test]
fn urgency_counts_only_as_the_rule_says() {
    let tier = "standard".into();
    let of = |rule: &RankingRule, urgency| {
        rule.boost_days(&Merits {
            urgency,
            ..Merits::of(day(9), &tier)
        })
    };
    let days = [None, Some(0), Some(1), Some(3), Some(5), Some(6)].map(|u| of(&rule(), u));
    assert_eq!(days, [0, 0, 0, 1, 5, 0]);
    assert_eq!(of(&RankingRule::default(), Some(5)), 0);
}

#[test]
fn all_boosts_together_stay_below_the_bound_and_each_is_named() {
    let (rule, tier) = (rule(), "gold".into());
    let all = Merits {
        value_minor: 100_000,
        lifetime_value_minor: Some(5),
        requested_at: Some(day(9)),
        urgency: Some(4),
        ship_by: Some(day(18)),
        units: Some(3),
        due: true,
        ..Merits::of(day(9), &tier)
    };
    let days: Vec<(Boosted, u32)> = rule
        .boosts(&all)
        .iter()
        .map(|it| (it.why, it.days))
        .collect();
    assert_eq!(
        days,
        [
            (Boosted::Tier, 14),
            (Boosted::Value, 3),
            (Boosted::LifetimeValue, 1),
            (Boosted::Requested, 7),
            (Boosted::Urgency, 2),
            (Boosted::Deadline, 1),
            (Boosted::Small, 9),
            (Boosted::PromiseDue, 2),
        ]
    );
    assert_eq!(rule.boost_days(&all), 20);
    assert_eq!(rule.effective(&all), day(-11));
    assert_eq!(
        rule.explain(&all),
        "counts as placed 20 days earlier: 14 days as gold, 3 days for the order's value, 1 day \
         for what the customer has bought so far, 7 days for the date on which it is wanted, 2 \
         days for its urgency, 4 of 5, 1 day for the legal deadline of shipment, 9 days for \
         how few units it wants, 2 days for the day that was told, which has come; together 39 \
         days, but 20 days is the most (rule 3: First come, with regard to standing, money, haste \
         and the law)"
    );
}

#[test]
fn who_has_no_boost_is_promised_so() {
    let tier = "standard".into();
    let text = RankingRule::default().explain(&Merits::of(day(9), &tier));
    assert!(
        text.starts_with("counts as placed when it was placed (rule 0: Whoever ordered first"),
        "{text}"
    );
}

fn refusal(change: impl FnOnce(&mut RankingRuleSet)) -> No {
    let mut asked = full();
    change(&mut asked);
    check(&asked).unwrap_err()
}

#[test]
fn a_rule_that_can_be_read_out_and_is_bounded_is_taken() {
    assert_eq!(check(&full()), Ok(()));
    let plain = RankingRuleSet {
        tier_days: BTreeMap::new(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 0,
        ..full()
    };
    assert_eq!(check(&plain), Ok(()));
    assert_eq!(RankingRule::from(&plain).largest_boost_days(), 0);
}

#[test]
fn a_rule_that_breaks_a_bound_is_refused_and_the_place_is_named() {
    for text in ["", "  ", "a\nb", &"x".repeat(MAX_EXPLANATION_CHARS + 1)] {
        let refused = refusal(|rule| rule.explanation = text.to_owned());
        assert_eq!(refused, No::ExplanationMalformed {}, "{text:?}");
    }
    let days = MAX_BOOST_DAYS + 1;
    let refused = refusal(|rule| rule.max_boost_days = days);
    assert_eq!(refused, No::MaxBoostOutOfRange { days });
    let refused = refusal(|rule| {
        let tiers = (0..=MAX_TIERS).map(|n| (format!("t{n}").as_str().into(), 1));
        rule.tier_days = tiers.collect();
    });
    let tiers = MAX_TIERS + 1;
    assert_eq!(refused, No::TooManyTiers { tiers });
    let refused = refusal(|rule| {
        rule.value = (0..=MAX_STEPS)
            .map(|n| steps(&[(i64::try_from(n).unwrap(), 1)])[0])
            .collect();
    });
    let (what, steps_given) = ("value".into(), MAX_STEPS + 1);
    assert_eq!(
        refused,
        No::TooManySteps {
            what,
            steps: steps_given
        }
    );
    let refused = refusal(|rule| rule.urgency_days = vec![1, 2, 3]);
    assert_eq!(refused, No::UrgencyCountOutOfRange { entries: 3 });
}

#[test]
fn more_value_or_urgency_never_gives_a_smaller_boost() {
    let names = |refused: &No, part: &str| {
        let text = refused.to_string();
        assert!(text.contains(part), "{text}");
    };
    for wrong in [[(5, 1), (5, 2)], [(6, 1), (5, 2)], [(5, 2), (6, 1)]] {
        let refused = refusal(|rule| rule.lifetime_value = steps(&wrong));
        names(&refused, "lifetime_value step 2 does not rise");
    }
    let refused = refusal(|rule| rule.value = steps(&[(-1, 1)]));
    names(&refused, "value step 1 has a negative amount");
    let refused = refusal(|rule| rule.urgency_days = vec![0, 2, 1, 3, 4]);
    names(&refused, "urgency 3 does not rise");
    let refused = refusal(|rule| rule.tier_days = [("vip".into(), 21)].into());
    names(
        &refused,
        "tier_days.vip is 21 days, more than max_boost_days, which is 20",
    );
    let refused = refusal(|rule| rule.value = steps(&[(1, 21)]));
    names(&refused, "value step 1 is 21 days");
    let refused = refusal(|rule| rule.urgency_days = vec![0, 0, 0, 0, 21]);
    names(&refused, "urgency 5 is 21 days");
    let refused = refusal(|rule| rule.deadline_within_days = Some(21));
    names(&refused, "deadline_within_days is 21 days");
    let refused = refusal(|rule| rule.requested_within_days = Some(21));
    names(&refused, "requested_within_days is 21 days");
    let refused = refusal(|rule| rule.small_line_days = Some(21));
    names(&refused, "small_line_days is 21 days");
    let refused = refusal(|rule| rule.promise_due_days = Some(21));
    names(&refused, "promise_due_days is 21 days");
}

/// Rules as they may be set.
fn rules() -> impl Strategy<Value = RankingRuleSet> {
    let climbing = || {
        prop::collection::btree_map(0_i64..5_000, 0_u32..40, 0..4).prop_map(|steps| {
            let mut best = 0;
            let climb = |(at_least_minor, days): (i64, u32)| {
                best = best.max(days);
                BoostStep {
                    at_least_minor,
                    days: best,
                }
            };
            steps.into_iter().map(climb).collect::<Vec<_>>()
        })
    };
    let urgency = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(0_u32..40, 5).prop_map(|mut days| {
            days.sort_unstable();
            days
        }),
    ];
    let tiers = prop::collection::btree_map(prop::sample::select(vec!["a", "b"]), 0_u32..40, 0..3);
    let within = || prop::option::of(0_u32..40);
    let lines = (within(), within());
    let rule = (
        tiers,
        climbing(),
        climbing(),
        within(),
        urgency,
        within(),
        lines,
    );
    (rule, 40_u32..120).prop_map(|(rule, max_boost_days)| RankingRuleSet {
        tier_days: rule.0.into_iter().map(|(t, d)| (t.into(), d)).collect(),
        value: rule.1,
        lifetime_value: rule.2,
        requested_within_days: rule.3,
        urgency_days: rule.4,
        deadline_within_days: rule.5,
        small_line_days: rule.6.0,
        promise_due_days: rule.6.1,
        max_boost_days,
        ..full()
    })
}

type Asked = (
    i64,
    bool,
    i64,
    Option<i64>,
    Option<i64>,
    Option<u8>,
    Option<i64>,
    Option<u64>,
);

/// An order's hour, standing, value, money spent, hours until it is wanted, urgency, deadline and
/// units.
fn orders() -> impl Strategy<Value = Asked> {
    (
        0_i64..4_000,
        any::<bool>(),
        0_i64..6_000,
        prop::option::of(0_i64..6_000),
        prop::option::of(-20_i64..1_200),
        prop::option::of(1_u8..=5),
        prop::option::of(-20_i64..1_200),
        prop::option::of(1_u64..2_000),
    )
}

fn read<'a>(asked: &Asked, tier: &'a Tier) -> Merits<'a> {
    let hour = |hours: i64| Timestamp::from_ms(hours * 3_600_000);
    Merits {
        placed_at: hour(asked.0),
        tier,
        value_minor: asked.2,
        lifetime_value_minor: asked.3,
        requested_at: asked.4.map(|hours| hour(asked.0 + hours)),
        urgency: asked.5,
        ship_by: asked.6.map(|hours| hour(asked.0 + hours)),
        units: asked.7,
        due: asked.0 % 2 == 0,
    }
}

proptest! {
    #[test]
    fn nobody_waits_behind_an_order_placed_more_than_the_largest_boost_later(
        asked in rules(),
        (one, other) in (orders(), orders()),
    ) {
        prop_assert_eq!(check(&asked), Ok(()));
        let rule = RankingRule::from(&asked);
        let tier = |gold| Tier::from(if gold { "a" } else { "c" });
        let (mine, theirs) = (tier(one.1), tier(other.1));
        let (mine, theirs) = (read(&one, &mine), read(&other, &theirs));
        let largest = i64::from(rule.largest_boost_days());
        prop_assert!(largest <= i64::from(MAX_BOOST_DAYS));
        if theirs.placed_at > mine.placed_at.plus_days(largest) {
            prop_assert!(rule.effective(&mine) < rule.effective(&theirs));
        }
        prop_assert!(i64::from(rule.boost_days(&mine)) <= largest);
        prop_assert_eq!(
            rule.effective(&mine).plus_days(i64::from(rule.boost_days(&mine))),
            mine.placed_at
        );
    }

    #[test]
    fn more_money_more_haste_nearer_dates_and_fewer_units_never_make_an_order_wait_longer(
        asked in rules(),
        order in orders(),
        (more, sooner, fewer) in (0_i64..3_000, 0_i64..600, 0_u64..500),
    ) {
        let (rule, tier) = (RankingRule::from(&asked), "a".into());
        let mine = read(&order, &tier);
        let better = Merits {
            value_minor: mine.value_minor + more,
            lifetime_value_minor: mine.lifetime_value_minor.map(|spent| spent + more),
            requested_at: mine.requested_at.map(|at| at.plus_ms(sooner * -3_600_000)),
            urgency: mine.urgency.map(|urgency| (urgency + 1).min(5)),
            ship_by: mine.ship_by.map(|at| at.plus_ms(sooner * -3_600_000)),
            units: mine.units.map(|units| units.saturating_sub(fewer).max(1)),
            ..mine
        };
        prop_assert!(rule.effective(&better) <= rule.effective(&mine));
    }

    #[test]
    fn the_order_of_steps_does_not_matter(asked in rules(), order in orders()) {
        let mut turned = asked.clone();
        turned.value.reverse();
        turned.lifetime_value.reverse();
        let tier = "a".into();
        let mine = read(&order, &tier);
        prop_assert_eq!(
            RankingRule::from(&asked).boost_days(&mine),
            RankingRule::from(&turned).boost_days(&mine)
        );
    }
}
