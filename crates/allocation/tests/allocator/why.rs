//! What a clerk reads out of what was decided: the small histories in which a look at today's state
//! alone would tell something else.

use std::collections::BTreeMap;

use backorder_allocation::Allocator;
use backorder_allocation::why::{
    self, Decided, Decision, Fact, Log, MAX_DECISIONS, Of, Stands, Winner,
};
use domain::command::Outcome;
use domain::decider::Decider;
use domain::event::*;
use domain::ids::{Position, Revision, Zone};

use crate::baskets::{accepted, substitutable};
use crate::causes::shared;
use crate::fixture::*;
use crate::rebalance::{asked, preview, segment, tier};

/// A cell with its log, and its states.
pub struct Shop {
    pub cell: Cell,
    pub facts: BTreeMap<Position, Fact>,
    states: BTreeMap<Revision, Allocator>,
}

impl Log for Shop {
    fn fact(&self, at: Position) -> Option<&Fact> {
        self.facts.get(&at)
    }

    fn room_at(&self, at: Revision) -> Option<&Allocator> {
        self.states.get(&at)
    }
}

impl Shop {
    pub fn given(facts: impl IntoIterator<Item = Event>) -> Self {
        let mut shop = Self {
            cell: Cell::new(),
            facts: BTreeMap::new(),
            states: BTreeMap::new(),
        };
        for fact in facts {
            shop.record(shop.cell.revision, fact);
        }
        shop
    }

    pub fn record(&mut self, as_of: u64, event: Event) {
        self.cell.fold_as_of(as_of, &event);
        let revision = Revision(self.cell.revision);
        let position = Position { revision, index: 0 };
        let fact = Fact {
            position,
            at: self.cell.now,
            as_of: Revision(as_of),
            event,
        };
        self.facts.insert(position, fact);
        self.states
            .insert(revision, self.cell.allocator.room.clone());
    }

    /// A fact comes, and all that follows from it.
    pub fn then(&mut self, fact: Event) {
        self.record(self.cell.revision, fact);
        self.settle();
    }

    pub fn settle(&mut self) {
        for _ in 0..200 {
            let (as_of, due) = (self.cell.revision, self.cell.allocator.due(self.cell.now));
            if due.events.is_empty() {
                return;
            }
            for event in due.events {
                self.record(as_of, event);
            }
        }
        panic!("does not come to rest");
    }

    /// What was decided on line 1 of an open order.
    pub fn decisions(&self, order: &str) -> Vec<Decision> {
        self.of_line(order, 1)
    }

    pub fn of_line(&self, order: &str, line: u32) -> Vec<Decision> {
        let (id, allocator) = (order.into(), &self.cell.allocator);
        let trail = allocator.trail(&id).unwrap();
        let (mut own, mut next) = (Vec::new(), trail.last);
        while let Some(at) = next {
            let fact = &self.facts[&at];
            own.insert(0, fact);
            next = fact.before(&id);
        }
        let shown = allocator.order(&id).unwrap();
        let sku = shown.line(line).unwrap().sku.clone();
        let gave = allocator.gave(&sku).into_iter();
        let gave: Vec<&Fact> = gave
            .filter(|at| *at > trail.placed)
            .map(|at| &self.facts[&at])
            .collect();
        let of = Of {
            order: &id,
            line,
            sku: &sku,
            zone: &Zone::default(),
            measure: &allocator.measure(&sku),
            stands: allocator.stands(&id, line).unwrap(),
        };
        why::decisions(of, &own, &gave, self)
    }

    /// Nothing but the log is known of what was.
    fn without_ranks(mut self) -> Self {
        self.states.clear();
        self
    }

    /// Who got units of the last receipt of an SKU, as a line of it is told.
    fn winners(&self, order: &str) -> Vec<Winner> {
        let (id, allocator) = (order.into(), &self.cell.allocator);
        let line = &allocator.explain(&id, 1, self.cell.now).unwrap()[0];
        let receipt = line.last_receipt.as_ref().unwrap().position;
        let gave = allocator.gave(&line.sku).into_iter();
        let gave: Vec<&Fact> = gave.map(|at| &self.facts[&at]).collect();
        let of = Of {
            order: &id,
            line: 1,
            sku: &line.sku,
            zone: &Zone::default(),
            measure: &allocator.measure(&line.sku),
            stands: Stands::default(),
        };
        why::winners(receipt, of, &gave, self)
    }

    fn said(&self, order: &str) -> Vec<String> {
        let told = self.decisions(order).into_iter();
        told.map(|it| it.sentence).collect()
    }
}

fn named_receipt(id: &str, sku: &str, quantity: u32) -> Event {
    match received(sku, quantity) {
        Event::Inventory(InventoryEvent::Received(it)) => Event::from(Received {
            receipt: id.into(),
            ..it
        }),
        other => other,
    }
}

/// Ranks by the time placed alone.
fn flat_rule() -> Event {
    Event::from(RankingRuleSet {
        definition: "flat".into(),
        version: 1,
        explanation: "First come, first served.".to_owned(),
        tier_days: BTreeMap::new(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 14,
        unchanged: false,
    })
}

/// One sentence of them says this.
fn says(said: &[String], what: &str) {
    assert!(said.iter().any(|it| it == what), "{said:#?}");
}

#[test]
fn a_run_that_takes_reserved_units_is_named_with_whom_they_went_to() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 4)]);
    shop.then(placed("o1", &[("BOLT", 4)]));
    shop.then(gold("g1", &[("BOLT", 4)]));
    let segments = [
        tier("gold", RunStrategy::Gain),
        segment(&[], RunStrategy::Redistribute),
    ];
    let shown = preview(&shop.cell, &segments, None);
    let run = asked("launch", &segments, None, &shown.token);
    let decided = decide::<CommitRebalance>(&shop.cell.allocator, run, shop.cell.now);
    let Ok(Outcome::Record(run)) = decided else {
        panic!("{decided:?}")
    };
    shop.then(run);
    let lost = shop.said("o1");
    says(
        &lost,
        "On 2020-09-13, 4 of BOLT were reserved at main, from receipt r1 of 2020-09-13.",
    );
    says(
        &lost,
        "On 2020-09-13, 4 were no longer reserved at main: run launch gave them to g1 (4).",
    );
    says(
        &shop.said("g1"),
        "On 2020-09-13, 4 of BOLT were reserved at main, taken from order o1 by run launch of \
         2020-09-13.",
    );
}

#[test]
fn what_came_and_was_given_back_is_told_as_both() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 10)]);
    shop.then(placed("x", &[("BOLT", 10)]));
    shop.then(placed("o1", &[("BOLT", 3)]));
    shop.then(placed("o2", &[("BOLT", 5)]));
    shop.then(cancelled("x", &[(1, 4)]));
    says(
        &shop.said("x"),
        "On 2020-09-13, 4 were no longer reserved at main: the customer gave them up on \
         2020-09-13.",
    );
    says(
        &shop.said("o1"),
        "On 2020-09-13, 3 of BOLT were reserved at main, given up by order x on 2020-09-13.",
    );
    let waits = shop.said("o2");
    says(
        &waits,
        "On 2020-09-13, 1 of BOLT was reserved at main, given up by order x on 2020-09-13.",
    );
    says(
        &waits,
        "On 2020-09-13, o1 got 3 of BOLT, given up by order x on 2020-09-13. It ranked before \
         this line, which was number 2 then, with 3 units ahead.",
    );
}

#[test]
fn a_fair_part_is_told_as_a_fair_part() {
    let mut shop = Shop::given([shared("TOY")]);
    shop.then(placed("o1", &[("TOY", 10)]));
    shop.then(placed("o2", &[("TOY", 20)]));
    shop.then(named_receipt("r1", "TOY", 6));
    says(
        &shop.said("o1"),
        "On 2020-09-13, 2 of TOY were reserved at main as its fair part (6 free, 30 waited \
         for by lines that take parts), from receipt r1 of 2020-09-13.",
    );
    says(
        &shop.said("o1"),
        "On 2020-09-13, o2 got 4 of TOY, from receipt r1 of 2020-09-13. It ranked after this \
         line, which was number 1 then, with 0 units ahead: each had its fair part.",
    );
}

#[test]
fn units_of_two_receipts_are_told_as_two() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 3)]);
    shop.then(named_receipt("r2", "BOLT", 9));
    shop.then(placed("o1", &[("BOLT", 5)]));
    says(
        &shop.said("o1"),
        "On 2020-09-13, 5 of BOLT were reserved at main: 3 from receipt r1 of 2020-09-13 and \
         2 from receipt r2 of 2020-09-13.",
    );
}

#[test]
fn what_a_count_took_is_told_also_when_the_line_has_stock_again() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 5)]);
    shop.then(placed("o1", &[("BOLT", 5)]));
    shop.then(adjusted("BOLT", -2));
    shop.then(named_receipt("r2", "BOLT", 2));
    assert_eq!(
        shop.said("o1"),
        [
            "On 2020-09-13, 5 of BOLT were reserved at main, from receipt r1 of 2020-09-13.",
            "On 2020-09-13, 2 were no longer reserved at main: correction a of 2020-09-13 found \
             less, and this line ranked last.",
            "On 2020-09-13, its customer was told 2020-09-20 (by the usual lead time).",
            "On 2020-09-13, 2 of BOLT were reserved at main, from receipt r2 of 2020-09-13.",
        ]
    );
}

#[test]
fn ranks_are_told_as_they_were_before_another_rule() {
    let mut shop = Shop::given([item("BOLT")]);
    shop.then(placed("o1", &[("BOLT", 2)]));
    shop.then(gold("g1", &[("BOLT", 2)]));
    shop.then(named_receipt("r1", "BOLT", 2));
    let before = shop.said("o1");
    let got = "On 2020-09-13, g1 got 2 of BOLT, from receipt r1 of 2020-09-13. It ranked before \
               this line, which was number 2 then, with 2 units ahead.";
    says(&before, got);
    shop.then(flat_rule());
    says(&shop.said("o1"), got);
}

#[test]
fn what_was_taken_instead_of_another_is_told() {
    let mut shop = Shop::given([item("BOLT"), substitutable("LENS", &["BOLT"])]);
    shop.then(placed("o1", &[("LENS", 2)]));
    says(
        &shop.said("o1"),
        "On 2020-09-13, BOLT was offered instead of 2 of LENS, until 2020-09-20.",
    );
    shop.then(accepted("o1", 1, "BOLT", 2, 2));
    shop.then(named_receipt("r1", "BOLT", 2));
    let told = shop.of_line("o1", 2);
    let come = told.iter().find(|it| it.outcome == Decided::Waits).unwrap();
    assert_eq!(come.causes[0].what, What::Substituted);
    let got = told
        .iter()
        .find(|it| it.outcome == Decided::Reserved)
        .unwrap();
    assert_eq!((got.causes[0].id.as_str(), got.quantity), ("r1", 2));
}

#[test]
fn who_was_passed_over_hears_the_reason_of_then() {
    let mut shop = Shop::given([item("BOLT"), item("NUT")]);
    shop.then(complete_only("o1", &[("BOLT", 5)]));
    shop.then(ship_complete("o2", &[("BOLT", 1), ("NUT", 2)]));
    shop.then(placed("o3", &[("BOLT", 3)]));
    shop.then(named_receipt("r1", "BOLT", 3));
    shop.then(named_receipt("r2", "BOLT", 5));
    says(
        &shop.said("o2"),
        "On 2020-09-13, o3 got 3 of BOLT, from receipt r1 of 2020-09-13. It ranked after this \
         line, which was number 2 then, with 5 units ahead, and was passed over: 3 were free, \
         but the order takes stock for all its lines together, and line 2 (NUT) cannot be \
         covered yet.",
    );
    says(
        &shop.said("o1"),
        "On 2020-09-13, o3 got 3 of BOLT, from receipt r1 of 2020-09-13. It ranked after this \
         line, which was number 1 then, with 0 units ahead, and was passed over: 3 were free, \
         but the line takes all of its 5 units at once or none.",
    );
}

#[test]
fn a_date_is_told_with_what_moved_it() {
    let mut shop = Shop::given([item("BOLT"), purchased("p1", "BOLT", 3, day(10))]);
    shop.then(placed("o1", &[("BOLT", 3)]));
    shop.then(delayed("p1", "BOLT", day(20)));
    shop.then(gold("g1", &[("BOLT", 3)]));
    let said = shop.said("o1");
    says(
        &said,
        "On 2020-09-13, its date moved from 2020-09-23 to 2020-10-03 (purchase order p1), \
         because the supplier delayed purchase order p1 on 2020-09-13.",
    );
    says(
        &said,
        "On 2020-09-13, its date moved from 2020-10-03 to 2020-09-20 (by the usual lead \
         time), because order g1 came for 3 on 2020-09-13.",
    );
}

#[test]
fn what_was_recorded_before_causes_were_says_so() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 5)]);
    shop.record(shop.cell.revision, placed("o1", &[("BOLT", 5)]));
    let settled = shop.cell.due().unwrap();
    let older = Settled {
        causes: Vec::new(),
        before: Vec::new(),
        ..settled
    };
    shop.record(shop.cell.revision, older.into());
    assert_eq!(
        shop.said("o1"),
        [
            "On 2020-09-13, 5 of BOLT were reserved at main; from where was not \
          recorded then."
        ]
    );
}

fn passed_over(shop: &Shop, order: &str) -> Vec<String> {
    let told = shop.decisions(order).into_iter();
    let told = told.filter(|it| it.outcome == Decided::PassedOver);
    told.map(|it| it.sentence).collect()
}

#[test]
fn who_waits_for_nothing_any_more_is_not_passed_over() {
    let shop = || {
        let lens = substitutable("LENS", &["BOLT"]);
        let mut shop = Shop::given([item("BOLT"), lens]);
        for order in ["gone", "less"] {
            shop.then(placed(order, &[("BOLT", 3)]));
        }
        shop.then(placed("other", &[("LENS", 2)]));
        shop.then(cancelled("gone", &[(1, 3)]));
        shop.then(cancelled("less", &[(1, 2)]));
        shop.then(accepted("other", 1, "BOLT", 2, 2));
        shop.then(gold("g1", &[("BOLT", 1)]));
        shop.then(named_receipt("r1", "BOLT", 1));
        shop.then(received("LENS", 2));
        shop.then(placed("o9", &[("LENS", 2)]));
        shop
    };
    let less = "On 2020-09-13, g1 got 1 of BOLT, from receipt r1 of 2020-09-13.";
    for shop in [shop(), shop().without_ranks()] {
        for order in ["gone", "other"] {
            assert_eq!(passed_over(&shop, order), [""; 0], "{order}");
        }
        let told = passed_over(&shop, "less");
        assert!(told.len() == 1 && told[0].starts_with(less), "{told:?}");
    }
}

#[test]
fn ranks_of_two_rules_are_not_compared() {
    let mut shop = Shop::given([item("BOLT")]);
    shop.then(complete_only("o1", &[("BOLT", 5)]));
    shop.then(gold("g1", &[("BOLT", 2)]));
    shop.then(flat_rule());
    shop.then(named_receipt("r1", "BOLT", 2));
    let got = "On 2020-09-13, g1 got 2 of BOLT, from receipt r1 of 2020-09-13.";
    let ranked = format!(
        "{got} It ranked after this line, which was number 1 then, with 0 units ahead, and was \
         passed over: 2 were free, but the line takes all of its 5 units at once or none."
    );
    assert_eq!(passed_over(&shop, "o1"), [ranked]);
    assert_eq!(passed_over(&shop.without_ranks(), "o1"), [got]);
}

#[test]
fn what_went_to_those_ahead_was_not_free_for_who_was_passed_over() {
    let mut shop = Shop::given([item("BOLT")]);
    shop.then(gold("g1", &[("BOLT", 2)]));
    shop.then(complete_only("o1", &[("BOLT", 5)]));
    shop.then(placed("o2", &[("BOLT", 2)]));
    shop.then(named_receipt("r1", "BOLT", 4));
    assert_eq!(
        passed_over(&shop, "o1"),
        [
            "On 2020-09-13, g1 (2) and o2 (2) got 4 of BOLT, from receipt r1 of 2020-09-13. o2 (2) \
             ranked after this line, which was number 2 then, with 2 units ahead, and was passed \
             over: 2 were free, but the line takes all of its 5 units at once or none."
        ]
    );
}

#[test]
fn who_got_units_of_a_receipt_is_told_by_the_decision_that_gave_them() {
    let mut shop = Shop::given([item("BOLT")]);
    shop.then(placed("o1", &[("BOLT", 2)]));
    shop.then(placed("o2", &[("BOLT", 2)]));
    shop.then(named_receipt("r1", "BOLT", 3));
    let winners = shop.winners("o2").into_iter();
    let winners: Vec<(String, u32, String)> = winners
        .map(|it| (it.line.order.to_string(), it.line.quantity, it.sentence))
        .collect();
    let said = |units: &str| {
        format!("On 2020-09-13, {units} reserved at main, from receipt r1 of 2020-09-13.")
    };
    let expected = [
        ("o1".to_owned(), 2, said("2 of BOLT were")),
        ("o2".to_owned(), 1, said("1 of BOLT was")),
    ];
    assert_eq!(winners, expected);
}

#[test]
fn a_fact_that_was_not_read_is_told_without_its_name() {
    let mut shop = Shop::given([item("BOLT"), named_receipt("r1", "BOLT", 5)]);
    shop.then(placed("o1", &[("BOLT", 5)]));
    shop.then(adjusted("BOLT", -2));
    let unread = |fact: &Fact| matches!(fact.event, Event::Inventory(_));
    shop.facts.retain(|_, fact| !unread(fact));
    assert_eq!(
        shop.said("o1")[..2],
        [
            "On 2020-09-13, 5 of BOLT were reserved at main, from a receipt.",
            "On 2020-09-13, 2 were no longer reserved at main: a correction found less, and this \
             line ranked last.",
        ]
    );
}

#[test]
fn of_very_many_decisions_the_last_ones_are_told() {
    let mut shop = Shop::given([item("BOLT")]);
    shop.then(placed("o1", &[("BOLT", 80)]));
    for receipt in 1..=70 {
        shop.then(named_receipt(&format!("r{receipt}"), "BOLT", 1));
    }
    let told = shop.decisions("o1");
    assert_eq!(told.len(), MAX_DECISIONS);
    let names = |it: &Decision| it.causes[0].id.clone();
    assert_eq!(
        (names(&told[0]), names(&told[63])),
        ("r7".into(), "r70".into())
    );
}
