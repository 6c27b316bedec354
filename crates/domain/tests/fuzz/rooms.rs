//! The rooms: which command an event is made into, and what is checked of each.

use allocation::{Allocator, CommitRebalance, HoldStock, ReleaseHold, SetRankingRule};
use arbtest::arbtest;
use backorder_domain::command::{Command, Outcome, RoomState};
use backorder_domain::decider::NoSideEffect;
use backorder_domain::event::{Event, HoldEnded};
use backorder_domain::ids::Timestamp;
use backorder_domain::inventory::{
    AdjustStock, ConfirmShipment, DefineItem, DefineLocation, Inventory, ReceiveStock, ReleaseWave,
};
use backorder_domain::orders::{AcceptSubstitute, CancelOrder, Orders, PlaceOrder};
use backorder_domain::supplier_gateway::{
    ClosePurchaseOrder, CreatePurchaseOrder, DefineSupplier, DefineSupplierItem, Exchange,
    HearSupplier, SimulateSupplier, SupplierGateway,
};

use crate::corpus::Corpus;
use crate::play::{Fuzzed, play};

/// Choices in one history, at most: enough for a few hundred events.
const MAX_BYTES: u32 = 16_384;

impl Fuzzed for Orders {
    fn ask(room: &RoomState<Self>, asked: &Event, now: Timestamp) -> Option<Outcome> {
        if let Some(asked) = PlaceOrder::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = CancelOrder::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else {
            room.decide(&AcceptSubstitute::answered_by(asked)?, now)
                .ok()
        }
    }

    fn wrong(&self) -> Vec<String> {
        Vec::new()
    }

    fn run(_room: &RoomState<Self>, side_effect: &NoSideEffect, _now: Timestamp) -> Option<Event> {
        match *side_effect {}
    }
}

impl Fuzzed for Inventory {
    fn ask(room: &RoomState<Self>, asked: &Event, now: Timestamp) -> Option<Outcome> {
        if let Some(asked) = DefineItem::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = DefineLocation::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = ReceiveStock::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = AdjustStock::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = ReleaseWave::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else {
            room.decide(&ConfirmShipment::answered_by(asked)?, now).ok()
        }
    }

    fn wrong(&self) -> Vec<String> {
        self.check().err().into_iter().collect()
    }

    fn run(_room: &RoomState<Self>, side_effect: &NoSideEffect, _now: Timestamp) -> Option<Event> {
        match *side_effect {}
    }
}

impl Fuzzed for Allocator {
    fn ask(room: &RoomState<Self>, asked: &Event, now: Timestamp) -> Option<Outcome> {
        if let Some(asked) = SetRankingRule::answered_by(asked) {
            room.decide(&in_form(asked), now).ok()
        } else if let Some(asked) = HoldStock::answered_by(asked) {
            room.decide(&in_time(asked, now), now).ok()
        } else if let Some(ended) = HoldEnded::of(asked) {
            let hold = ended.hold.clone();
            room.decide(&ReleaseHold { hold }, now).ok()
        } else {
            let asked = CommitRebalance::answered_by(asked)?;
            let budget = asked.nervousness_budget;
            let copy = room.room.clone();
            let shown = copy.preview_rebalance(&asked.segments, budget, now).ok()?;
            let moved = shown.promises_moved;
            assert!(
                budget.is_none_or(|most| moved <= most as usize),
                "{shown:?}"
            );
            let preview = shown.token;
            let agreed = CommitRebalance { preview, ..asked };
            let outcome = room.decide(&agreed, now);
            Some(outcome.expect("nothing has moved since the preview"))
        }
    }

    fn wrong(&self) -> Vec<String> {
        self.check()
    }

    fn wrong_at_rest(&self) -> Vec<String> {
        self.check_at_rest()
    }

    fn run(_room: &RoomState<Self>, side_effect: &NoSideEffect, _now: Timestamp) -> Option<Event> {
        match *side_effect {}
    }
}

/// For a day at most, and not over already.
fn in_time(asked: HoldStock, now: Timestamp) -> HoldStock {
    let until = asked.until.min(now.plus_days(1)).max(now.plus_ms(1));
    HoldStock { until, ..asked }
}

/// Steps that rise and five urgencies, or none: a rule made anyhow is never in form.
fn in_form(mut asked: SetRankingRule) -> SetRankingRule {
    let rule = &mut asked.rule;
    for steps in [&mut rule.value, &mut rule.lifetime_value] {
        steps.sort_by_key(|step| step.at_least_minor);
        steps.dedup_by_key(|step| step.at_least_minor);
        let mut days = 0;
        for step in steps {
            days += step.days % 10 + 1;
            step.days = days;
        }
    }
    let urgencies = if rule.urgency_days.is_empty() { 0 } else { 5 };
    rule.urgency_days.resize(urgencies, 9);
    rule.urgency_days.sort_unstable();
    rule.max_boost_days = 3_650;
    asked
}

impl Fuzzed for SupplierGateway {
    fn ask(room: &RoomState<Self>, asked: &Event, now: Timestamp) -> Option<Outcome> {
        if let Some(asked) = DefineSupplier::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = DefineSupplierItem::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = CreatePurchaseOrder::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else if let Some(asked) = ClosePurchaseOrder::answered_by(asked) {
            room.decide(&asked, now).ok()
        } else {
            room.decide(&HearSupplier::answered_by(asked)?, now).ok()
        }
    }

    fn wrong(&self) -> Vec<String> {
        Vec::new()
    }

    fn run(room: &RoomState<Self>, side_effect: &Exchange, now: Timestamp) -> Option<Event> {
        let purchase_order = side_effect.purchase_order.clone();
        match room.decide(&SimulateSupplier { purchase_order }, now) {
            Ok(Outcome::Record(event)) => Some(event),
            _ => None,
        }
    }
}

macro_rules! targets {
    ($($name:ident $room:ident;)*) => {$(
        #[test]
        fn $name() {
            let corpus = Corpus::read();
            arbtest(|u| play::<$room>(&corpus, u)).size_max(MAX_BYTES);
        }
    )*};
}

targets! {
    orders_outlive_any_history Orders;
    inventory_keeps_its_books_and_comes_to_rest Inventory;
    the_allocator_keeps_its_books_and_comes_to_rest Allocator;
    the_supplier_gateway_comes_to_rest SupplierGateway;
}
