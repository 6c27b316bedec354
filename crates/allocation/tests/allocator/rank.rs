//! A rule is set: every open line has the rank that it gives, by that one event.

use backorder_allocation::{Allocator, AllocatorRefusal, SetRankingRule};
use domain::command::{Outcome, RoomState, differences};
use domain::event::{BoostStep, Event, OrderPlaced, RankingRuleSet};
use domain::ids::{Position, Revision, Timestamp};
use proptest::prelude::*;

use crate::fixture::*;

fn rule(id: &str) -> RankingRuleSet {
    RankingRuleSet {
        definition: id.into(),
        version: 1,
        explanation: "First come; big and urgent orders sooner".into(),
        tier_days: [("silver".into(), 3)].into(),
        value: vec![BoostStep {
            at_least_minor: 1_000,
            days: 5,
        }],
        lifetime_value: vec![BoostStep {
            at_least_minor: 50_000,
            days: 2,
        }],
        requested_within_days: Some(4),
        urgency_days: vec![0, 1, 2, 4, 8],
        deadline_within_days: Some(6),
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 12,
        unchanged: false,
    }
}

fn urgent(id: &str, lines: &[(&str, u32)], urgency: u8) -> Event {
    OrderPlaced {
        urgency: Some(urgency),
        ..order(id, lines)
    }
    .into()
}

/// Who waits for an SKU, the first one first.
fn line_up(room: &Allocator, sku: &str) -> Vec<String> {
    let page = room.queue(&sku.into(), None, 100).unwrap();
    let lines = page.lines.iter();
    lines.map(|line| line.order.to_string()).collect()
}

#[test]
fn one_event_ranks_every_open_line_anew() {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    for sku in ["BOLT", "NUT"] {
        cell.fold(&placed(&format!("plain-{sku}"), &[(sku, 2)]));
        cell.fold(&gold(&format!("gold-{sku}"), &[(sku, 2)]));
        cell.fold(&placed(&format!("big-{sku}"), &[(sku, 10)]));
        cell.fold(&urgent(&format!("urgent-{sku}"), &[(sku, 2)], 5));
    }
    cell.settle();
    let before = ["gold-BOLT", "plain-BOLT", "big-BOLT", "urgent-BOLT"];
    assert_eq!(line_up(&cell.allocator, "BOLT"), before);
    cell.fold(&rule("r1").into());
    let after = ["urgent-BOLT", "big-BOLT", "plain-BOLT", "gold-BOLT"];
    assert_eq!(line_up(&cell.allocator, "BOLT"), after);
    let after = ["urgent-NUT", "big-NUT", "plain-NUT", "gold-NUT"];
    assert_eq!(line_up(&cell.allocator, "NUT"), after);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
    cell.settle();
    // What comes next goes to who is first now, and the settling says by which rule.
    cell.fold(&received("BOLT", 3));
    assert_eq!(cell.due().unwrap().rule, 1);
    cell.settle();
    let held = |id: &str| {
        cell.allocator.order(&id.into()).unwrap().lines[0]
            .tally
            .reserved
    };
    assert_eq!((held("urgent-BOLT"), held("big-BOLT")), (2, 1));
}

/// The same, and small lines first.
fn small_first() -> RankingRuleSet {
    RankingRuleSet {
        small_line_days: Some(28),
        max_boost_days: 40,
        ..rule("r1")
    }
}

#[test]
fn small_lines_come_first_by_what_was_ordered_and_lines_that_go_together_as_one() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), item("WASHER")]);
    for (id, units) in [("big", 100), ("nine", 9), ("four", 4)] {
        cell.fold(&placed(id, &[("BOLT", units), ("NUT", 100 / units)]));
    }
    // Ten units in all, of which four are of the one and six of the other.
    let together = OrderPlaced {
        ship_complete: true,
        ..order("ten", &[("BOLT", 4), ("NUT", 6)])
    };
    cell.fold(&together.into());
    cell.settle();
    let first_come = ["big", "nine", "four", "ten"];
    assert_eq!(line_up(&cell.allocator, "BOLT"), first_come);
    cell.fold(&small_first().into());
    cell.settle();
    let bolts = ["four", "nine", "ten", "big"];
    assert_eq!(line_up(&cell.allocator, "BOLT"), bolts);
    // 1, 11, 25 and ten units.
    let nuts = ["big", "nine", "ten", "four"];
    assert_eq!(line_up(&cell.allocator, "NUT"), nuts);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
    // Three of the nine are here: it is no smaller by that, whoever came meanwhile.
    cell.fold(&placed("six", &[("BOLT", 6), ("NUT", 5)]));
    cell.fold(&received("BOLT", 7));
    cell.settle();
    assert_eq!(
        line_up(&cell.allocator, "BOLT"),
        ["six", "nine", "ten", "big"]
    );
    cell.fold(&cancelled("big", &[(1, 99)]));
    cell.settle();
    assert_eq!(
        line_up(&cell.allocator, "BOLT"),
        ["six", "nine", "ten", "big"]
    );
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
}

#[test]
fn a_small_line_is_told_how_its_rank_came_about() {
    let mut cell = Cell::given([item("BOLT"), item("NUT"), small_first().into()]);
    cell.fold(&urgent("o1", &[("BOLT", 4), ("NUT", 1)], 4));
    cell.settle();
    let why = cell.allocator.explain(&"o1".into(), 0, cell.now).unwrap();
    assert_eq!((why[0].boost_days, why[1].boost_days), (18, 32));
    assert_eq!(
        why[0].sentences[1],
        "It was placed on 2020-09-13 and counts as placed 18 days earlier: 4 days for its \
         urgency, 4 of 5, 14 days for how few units it wants (rule 1: First come; big and urgent \
         orders sooner)."
    );
}

#[test]
fn what_is_reserved_stays_reserved() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    cell.settle();
    cell.fold(&urgent("o2", &[("BOLT", 3)], 5));
    cell.settle();
    cell.fold(&rule("r1").into());
    cell.settle();
    let held = |id: &str| {
        cell.allocator.order(&id.into()).unwrap().lines[0]
            .tally
            .reserved
    };
    assert_eq!((held("o1"), held("o2")), (3, 0));
    // What is taken back later is taken from who ranks last now.
    cell.fold(&adjusted("BOLT", -1));
    cell.settle();
    let held = |id: &str| {
        cell.allocator.order(&id.into()).unwrap().lines[0]
            .tally
            .reserved
    };
    assert_eq!(held("o1"), 2);
}

#[test]
fn dates_follow_the_new_ranks() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 2, day(10))]);
    cell.fold(&placed("o1", &[("BOLT", 2)]));
    cell.fold(&urgent("o2", &[("BOLT", 2)], 5));
    cell.settle();
    let promise = |cell: &Cell, id: &str| {
        let promised = cell.allocator.promise(&id.into(), 1).unwrap().promise;
        promised.and_then(|promised| promised.at())
    };
    assert_eq!(promise(&cell, "o1"), Some(day(10)));
    cell.fold(&rule("r1").into());
    cell.settle();
    assert_eq!(promise(&cell, "o2"), Some(day(10)));
    assert_ne!(promise(&cell, "o1"), Some(day(10)));
}

#[test]
fn an_order_says_how_its_rank_came_about_and_by_which_rule() {
    let mut cell = Cell::given([item("BOLT"), rule("r1").into()]);
    cell.fold(&urgent("o1", &[("BOLT", 10)], 4));
    cell.settle();
    let why = cell
        .allocator
        .explain(&"o1".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    assert_eq!((why.boost_days, why.rule_version), (9, 1));
    assert_eq!(
        why.sentences[1],
        "It was placed on 2020-09-13 and counts as placed 9 days earlier: 5 days for the order's \
         value, 4 days for its urgency, 4 of 5 (rule 1: First come; big and urgent orders sooner)."
    );
}

#[test]
fn a_rule_is_set_once_and_its_version_is_one_more() {
    let mut cell = Cell::given([]);
    let asked = RankingRuleSet {
        version: 77,
        ..rule("r1")
    };
    let decided = decide::<SetRankingRule>(&cell.allocator, asked.clone(), NOW).unwrap();
    let Outcome::Record(event) = decided else {
        panic!("{decided:?}");
    };
    assert_eq!(event, rule("r1").into());
    let same = command::<SetRankingRule>(asked.clone().into());
    assert!(differences(&event, &same).is_empty());
    cell.fold(&event);
    assert_eq!(cell.allocator.ranking_rule().version, 1);
    let again = decide::<SetRankingRule>(&cell.allocator, asked.clone(), NOW).unwrap();
    assert!(matches!(again, Outcome::Before(_)), "{again:?}");
    let same = RankingRuleSet {
        version: 77,
        ..rule("r2")
    };
    let decided = decide::<SetRankingRule>(&cell.allocator, same.clone(), NOW).unwrap();
    let Outcome::Record(event) = decided else {
        panic!("{decided:?}");
    };
    let stands = RankingRuleSet {
        version: 1,
        unchanged: true,
        ..rule("r2")
    };
    assert_eq!(event, stands.into());
    let before = cell.allocator.room.clone();
    cell.fold(&event);
    assert_eq!(cell.allocator.room, before);
    let late = decide::<SetRankingRule>(&cell.allocator, same, NOW).unwrap();
    assert!(matches!(late, Outcome::Before(_)), "{late:?}");
    let wrong = RankingRuleSet {
        max_boost_days: 4_000,
        ..rule("r3")
    };
    let refused = decide::<SetRankingRule>(&cell.allocator, wrong.clone(), NOW).unwrap_err();
    assert_eq!(
        refused,
        AllocatorRefusal::MaxBoostOutOfRange { days: 4_000 }
    );
}

/// An order from small numbers: its day, tier, units, urgency, day wanted, deadline, money spent.
type Small = (u8, u8, u8, u8, u8, u8, u8);

fn small(number: usize, it: &Small) -> OrderPlaced {
    let mut skus = ["BOLT", "NUT"];
    skus.rotate_left(usize::from(it.2) % 2);
    let units = [u32::from(it.2 % 20) + 1, u32::from(it.1 % 7) + 1];
    let lines: Vec<_> = skus.into_iter().zip(units).collect();
    let count = if it.6.is_multiple_of(3) { 2 } else { 1 };
    let mut order = order(&format!("o{number}"), &lines[..count]);
    order.ship_complete = it.6.is_multiple_of(2);
    let placed_at = NOW.plus_days(-i64::from(it.0 % 20));
    let later = |days: u8| (days < 12).then(|| placed_at.plus_days(i64::from(days)));
    order.customer.tier = ["gold", "silver", "standard"][usize::from(it.1) % 3].into();
    order.customer.lifetime_value_minor = (it.6 < 128).then_some(i64::from(it.6) * 1_000);
    order.placed_at = Some(placed_at);
    order.urgency = (it.3 < 5).then(|| it.3 + 1);
    order.requested_at = later(it.4 % 24);
    order.ship_by = later(it.5 % 24);
    order
}

/// What a state says of ranks: of each order its boosts, and who waits for what in which order.
fn ranks(room: &Allocator, orders: usize) -> (Vec<Timestamp>, Vec<Vec<String>>) {
    let of = |number: usize| {
        let order = room.order(&format!("o{number}").as_str().into());
        order.unwrap().effective
    };
    let waits = ["BOLT", "NUT"].map(|sku| line_up(room, sku));
    ((0..orders).map(of).collect(), waits.into())
}

proptest! {
    #[test]
    fn ranked_anew_is_ranked_as_if_the_rule_had_stood_from_the_start(
        orders in prop::collection::vec(any::<Small>(), 1..40),
        settled in any::<prop::sample::Index>(),
    ) {
        let shop = || Cell::given([item("BOLT"), item("NUT")]);
        let settled = settled.index(orders.len());
        let (mut before, mut after) = (shop(), shop());
        let rule = small_first();
        before.fold(&rule.clone().into());
        for (number, it) in orders.iter().enumerate() {
            for cell in [&mut before, &mut after] {
                cell.fold(&small(number, it).into());
                if number == settled {
                    cell.settle();
                }
            }
        }
        after.fold(&rule.into());
        for cell in [&mut before, &mut after] {
            cell.settle();
            prop_assert_eq!(cell.allocator.check(), Vec::<String>::new());
            prop_assert_eq!(cell.allocator.check_at_rest(), Vec::<String>::new());
        }
        let count = orders.len();
        prop_assert_eq!(ranks(&before.allocator, count), ranks(&after.allocator, count));
        let bytes = postcard::to_allocvec(&after.allocator).unwrap();
        let read: RoomState<Allocator> = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &after.allocator);
    }
}

#[test]
fn the_position_of_a_rule_is_remembered_for_ever() {
    let mut cell = Cell::given([rule("r1").into()]);
    cell.fold(&rule("r2").into());
    let before = decide::<SetRankingRule>(&cell.allocator, rule("r1"), NOW).unwrap();
    let position = Position {
        revision: Revision(1),
        index: 0,
    };
    assert_eq!(before, Outcome::Before(position));
}

#[test]
fn a_rule_may_say_as_much_as_the_bounds_allow() {
    let steps = (0..32).map(|step| BoostStep {
        at_least_minor: step,
        days: 3,
    });
    let widest = RankingRuleSet {
        tier_days: (0..64)
            .map(|n| (format!("t{n}").as_str().into(), 3))
            .collect(),
        value: steps.collect(),
        max_boost_days: 3_650,
        ..rule("r1")
    };
    let cell = Cell::new();
    assert!(decide::<SetRankingRule>(&cell.allocator, widest.clone(), NOW).is_ok());
    let more = RankingRuleSet {
        max_boost_days: 3_651,
        ..widest
    };
    assert!(decide::<SetRankingRule>(&cell.allocator, more.clone(), NOW).is_err());
}
