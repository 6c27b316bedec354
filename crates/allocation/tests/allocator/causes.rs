//! What each effect names as its cause: by what its units had become free, for what they were
//! taken, what moved a date. Small histories, each with the causes that a person would name.

use domain::command::Outcome;
use domain::decider::Decider;
use domain::event::*;
use domain::ids::{Position, Revision, Sku};

use crate::baskets::held;
use crate::fixture::{
    Cell, CommitRebalance, adjusted, cancelled, closed, day, decide, delayed, gold, item, placed,
    purchased, received, say,
};
use crate::rebalance::{asked, preview, segment, tier};

/// What is due, folded, each effect with its causes: `assign o1.1 main 3 < received@2 x3`.
fn settle(cell: &mut Cell) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..100 {
        let (as_of, due) = (cell.revision, cell.allocator.due(cell.now).events);
        if due.is_empty() {
            let wrong = cell.allocator.check();
            assert!(wrong.is_empty(), "{wrong:#?}");
            return told;
        }
        for event in due {
            if let Event::Allocator(AllocatorEvent::Settled(it)) = &event {
                told.extend(with_causes(&it.effects, &it.causes));
            }
            cell.fold_as_of(as_of, &event);
        }
    }
    panic!("does not come to rest")
}

fn with_causes(effects: &[Effect], causes: &[Cause]) -> Vec<String> {
    let told = (0..).zip(effects).map(|(index, effect)| {
        let mut said = format!("{} <", say(effect));
        for cause in causes {
            for led in cause.led_to.iter().filter(|led| led.0 == index) {
                let what = serde_json::to_value(cause.what).unwrap();
                said.push_str(&format!(" {}", what.as_str().unwrap()));
                if let Some(at) = cause.at {
                    said.push_str(&format!("@{}", at.revision));
                }
                if let Some(effect) = cause.effect {
                    said.push_str(&format!("#{effect}"));
                }
                if let Some(of) = cause.divided {
                    said.push_str(&format!(" {}/{}", of.free, of.open));
                }
                if led.1 > 0 {
                    said.push_str(&format!(" x{}", led.1));
                }
            }
        }
        said
    });
    told.collect()
}

/// Folds a fact and what is due after it.
fn then(cell: &mut Cell, fact: Event) -> Vec<String> {
    cell.fold(&fact);
    settle(cell)
}

#[test]
fn units_of_two_receipts_are_told_as_two() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 3), received("BOLT", 4)]);
    let told = then(&mut cell, placed("o1", &[("BOLT", 5)]));
    assert_eq!(told, ["assign o1.1 main 5 < received@2 x3 received@3 x2"]);
    let told = then(&mut cell, placed("o2", &[("BOLT", 2)]));
    assert_eq!(told, ["assign o2.1 main 2 < received@3 x2"]);
}

#[test]
fn units_that_a_customer_gave_up_are_told_as_theirs() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 10)]);
    then(&mut cell, placed("x", &[("BOLT", 10)]));
    then(&mut cell, placed("o1", &[("BOLT", 6)]));
    // Revision 7 is the cancellation.
    let told = then(&mut cell, cancelled("x", &[(1, 4)]));
    assert_eq!(
        told,
        [
            "release x.1 main 4 Cancelled < cancelled@7 x4",
            "assign o1.1 main 4 < cancelled@7 x4"
        ]
    );
}

#[test]
fn what_a_count_takes_and_gives_is_told_as_counted() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    then(&mut cell, placed("o1", &[("BOLT", 5)]));
    // Revision 5 finds two less, revision 8 one more.
    let told = then(&mut cell, adjusted("BOLT", -2));
    assert_eq!(
        told,
        [
            "release o1.1 main 2 CountedDown < adjusted@5 x2",
            "promise o1.1 estimate day 7 < adjusted@5"
        ]
    );
    let told = then(&mut cell, adjusted("BOLT", 1));
    assert_eq!(told, ["assign o1.1 main 1 < adjusted@8 x1"]);
}

#[test]
fn units_taken_away_before_they_were_reserved_are_told_as_taken_by_that() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    cell.fold(&placed("o1", &[("BOLT", 5)]));
    let (as_of, settled) = (cell.revision, cell.due().unwrap());
    // Revision 4, while the decision is on its way.
    cell.fold(&adjusted("BOLT", -5));
    cell.fold_as_of(as_of, &settled.into());
    let told = settle(&mut cell);
    assert_eq!(told[0], "release o1.1 main 5 CountedDown < adjusted@4 x5");
}

#[test]
fn a_fair_part_is_told_as_one() {
    let mut cell = Cell::given([shared("TOY")]);
    then(&mut cell, placed("o1", &[("TOY", 10)]));
    then(&mut cell, placed("o2", &[("TOY", 20)]));
    let told = then(&mut cell, received("TOY", 6));
    assert_eq!(
        told,
        [
            "assign o1.1 main 2 < received@6 x2 shared 6/30 x2",
            "assign o2.1 main 4 < received@6 x4 shared 6/30 x4"
        ]
    );
}

pub fn shared(sku: &str) -> Event {
    match item(sku) {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            fair_share: true,
            ..item
        }),
        other => other,
    }
}

#[test]
fn a_run_is_named_by_who_loses_and_by_who_gains() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 4)]);
    then(&mut cell, placed("o1", &[("BOLT", 4)]));
    then(&mut cell, gold("g1", &[("BOLT", 4)]));
    let segments = [
        tier("gold", RunStrategy::Gain),
        segment(&[], RunStrategy::Redistribute),
    ];
    let shown = preview(&cell, &segments, None);
    let asked = asked("r1", &segments, None, &shown.token);
    let decided = decide::<CommitRebalance>(&cell.allocator, asked, cell.now);
    let Ok(Outcome::Record(event)) = decided else {
        panic!("{decided:?}")
    };
    let run = Rebalanced::of(&event).unwrap();
    assert_eq!(
        with_causes(&run.effects, &run.causes),
        [
            "release o1.1 main 4 Rebalanced < rebalanced x4",
            "assign g1.1 main 4 < rebalanced#0 x4"
        ]
    );
    let at = |revision| Position {
        revision: Revision(revision),
        index: 0,
    };
    let before: Vec<(u32, Position)> = run.before.iter().map(|it| (it.0, it.at())).collect();
    assert_eq!(before, [(0, at(4)), (1, at(6))]);
    // Nobody but those two has anything of it.
    cell.fold(&event);
    let told = settle(&mut cell);
    assert_eq!(told, ["promise o1.1 estimate day 7 < rebalanced@7"]);
    assert_eq!(cell.allocator.gave(&Sku::from("BOLT")), [at(4), at(7)]);
}

#[test]
fn what_was_held_and_not_ordered_is_told_when_it_is_free() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 2)]);
    cell.fold(&held("h1", "BOLT", 2));
    then(&mut cell, placed("o1", &[("BOLT", 2)]));
    let ended = HoldEnded {
        hold: "h1".into(),
        sku: "BOLT".into(),
        quantity: 2,
        why: HoldEnd::Withdrawn,
        order: None,
    };
    let told = then(&mut cell, ended.into());
    assert_eq!(told, ["assign o1.1 main 2 < hold_ended@6 x2"]);
}

#[test]
fn a_date_that_moves_names_the_supplier_or_who_came_ahead() {
    let mut cell = Cell::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    let told = then(&mut cell, placed("o1", &[("BOLT", 3)]));
    assert_eq!(
        told,
        [
            "wait o1.1 3 behind 0 < placed x3",
            "promise o1.1 p1 day 10 < placed"
        ]
    );
    let told = then(&mut cell, delayed("p1", "BOLT", day(20)));
    assert_eq!(told, ["promise o1.1 p1 day 20 < supply@5"]);
    let told = then(&mut cell, gold("g1", &[("BOLT", 3)]));
    // The decision at revision 8 let a better one wait: its first effect.
    assert_eq!(told[2], "promise o1.1 estimate day 7 < settled@8#0");
    cell.now = day(9);
    let told = settle(&mut cell);
    assert_eq!(told, ["promise o1.1 estimate day 16 < date_passed"]);
}

#[test]
fn what_was_taken_instead_has_come_by_that() {
    let mut cell = Cell::given([
        item("BOLT"),
        crate::baskets::substitutable("LENS", &["BOLT"]),
    ]);
    then(&mut cell, placed("o1", &[("LENS", 2)]));
    let told = then(&mut cell, crate::baskets::accepted("o1", 1, "BOLT", 2, 2));
    assert_eq!(told[0], "wait o1.2 2 behind 0 < substituted@5 x2");
}

#[test]
fn all_decisions_on_an_order_are_found_from_its_last() {
    let mut cell = Cell::given([item("BOLT")]);
    let mut log = Vec::new();
    let mut record = |cell: &mut Cell, fact: Event| {
        cell.fold(&fact);
        while let Some(settled) = cell.due() {
            cell.fold(&settled.clone().into());
            log.push((cell.revision, settled));
        }
    };
    record(&mut cell, placed("o1", &[("BOLT", 2)]));
    record(&mut cell, placed("o2", &[("BOLT", 2)]));
    record(&mut cell, received("BOLT", 3));
    record(&mut cell, cancelled("o1", &[(1, 2)]));
    let trail = cell.allocator.trail(&"o1".into()).unwrap();
    assert_eq!(trail.placed.revision, Revision(2));
    let mut found = Vec::new();
    let mut next = trail.last.map(|at| at.revision.0);
    while let Some(revision) = next {
        found.push(revision);
        let (_, settled) = log.iter().find(|(at, _)| *at == revision).unwrap();
        let whose = |before: &&Before| settled.effects[before.0 as usize].order().as_str() == "o1";
        next = settled.before.iter().find(whose).map(|it| it.1.0);
    }
    assert_eq!(found, [9, 7, 3]);
    cell.fold(&closed("o1"));
    assert_eq!(cell.allocator.trail(&"o1".into()), None);
}

#[test]
fn a_date_is_not_moved_again_by_what_it_was_told_with() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.fold(&purchased("p1", "BOLT", 2, day(10)));
    cell.fold(&purchased("p2", "BOLT", 2, day(12)));
    then(&mut cell, placed("o1", &[("BOLT", 2)]));
    then(&mut cell, placed("o2", &[("BOLT", 2)]));
    // Revision 8 moves a date; revision 9 comes while that is told.
    cell.fold(&delayed("p2", "BOLT", day(40)));
    let (as_of, settled) = (cell.revision, cell.due().unwrap());
    cell.fold(&cancelled("o1", &[(1, 2)]));
    cell.fold_as_of(as_of, &settled.into());
    let told = settle(&mut cell);
    assert_eq!(told, ["promise o2.1 p1 day 10 < cancelled@9"]);
}

#[test]
fn what_moved_dates_together_is_told_together() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.fold(&purchased("p1", "BOLT", 2, day(10)));
    cell.fold(&purchased("p2", "BOLT", 2, day(12)));
    then(&mut cell, placed("o1", &[("BOLT", 4)]));
    // Revisions 6 and 7, before anybody is told.
    cell.fold(&delayed("p1", "BOLT", day(50)));
    cell.fold(&delayed("p2", "BOLT", day(40)));
    let told = settle(&mut cell);
    assert_eq!(told, ["promise o1.1 p1 day 50 < supply@6 supply@7"]);
}

#[test]
fn units_that_a_line_lost_to_a_count_come_from_the_line_not_the_count() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 5)]);
    then(&mut cell, placed("o1", &[("BOLT", 5)]));
    cell.fold(&adjusted("BOLT", -2));
    let (as_of, settled) = (cell.revision, cell.due().unwrap());
    // Two come while two are taken back at revision 7: those are free.
    cell.fold(&received("BOLT", 2));
    cell.fold_as_of(as_of, &settled.into());
    let told = settle(&mut cell);
    assert_eq!(told, ["assign o1.1 main 2 < settled@7#0 x2"]);
}

/// Effects that causes name, and bytes of JSON of all that is recorded beside effects.
fn named(causes: &[Cause], before: &[Before]) -> (usize, usize) {
    let led = causes.iter().map(|cause| cause.led_to.len()).sum();
    let written = serde_json::to_vec(&(causes, before)).unwrap();
    (led, written.len())
}

#[test]
fn fair_parts_of_many_lines_are_told_within_the_bounds() {
    let mut cell = Cell::given([shared("TOY")]);
    for order in 0..500 {
        cell.fold(&placed(&format!("o{order}"), &[("TOY", 2)]));
    }
    settle(&mut cell);
    cell.fold(&received("TOY", 600));
    let settled = cell.due().unwrap();
    assert_eq!(settled.effects.len(), 500);
    let (led, bytes) = named(&settled.causes, &settled.before);
    assert!(led <= MAX_LED && bytes <= MAX_CAUSES_BYTES, "{led} {bytes}");
    let told = with_causes(&settled.effects, &settled.causes);
    assert!(
        told.iter().all(|it| it.contains("< received@")),
        "{told:#?}"
    );
    assert!(told[0].contains(" shared 600/1000 x"), "{}", told[0]);
    assert_eq!(settled.before.len(), 500);
}

#[test]
fn a_run_that_takes_from_many_is_named_for_all_that_it_gives() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 140)]);
    for order in 0..140 {
        cell.fold(&placed(&format!("o{order}"), &[("BOLT", 1)]));
    }
    settle(&mut cell);
    then(&mut cell, gold("g1", &[("BOLT", 140)]));
    let segments = [
        tier("gold", RunStrategy::Win),
        segment(&[], RunStrategy::Redistribute),
    ];
    let shown = preview(&cell, &segments, None);
    let asked = asked("r1", &segments, None, &shown.token);
    let decided = decide::<CommitRebalance>(&cell.allocator, asked, cell.now);
    let Ok(Outcome::Record(event)) = decided else {
        panic!("{decided:?}")
    };
    let run = Rebalanced::of(&event).unwrap();
    let told = with_causes(&run.effects, &run.causes);
    let gained = told.iter().find(|it| it.contains("assign g1.1 main 140"));
    let gained = gained.unwrap();
    assert_eq!(gained.matches("rebalanced#").count(), MAX_CAUSES - 1);
    let whole = format!("< rebalanced x{} rebalanced#0 x1 ", 140 - (MAX_CAUSES - 1));
    assert!(gained.contains(&whole), "{gained}");
}
