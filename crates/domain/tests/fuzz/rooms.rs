//! The rooms: which event asks for which decision, and what is checked of each.

use allocation::Allocator;
use arbtest::arbtest;
use backorder_domain::decider::{Decided, NoErrand};
use backorder_domain::event::{
    AllocatorEvent, Event, InventoryEvent, OrdersEvent, RankingRuleSet, Rebalanced, StockHeld,
    SupplierGatewayEvent,
};
use backorder_domain::ids::Timestamp;
use backorder_domain::inventory::Inventory;
use backorder_domain::orders::Orders;
use backorder_domain::supplier_gateway::{Exchange, Message, SupplierGateway};

use crate::corpus::Corpus;
use crate::play::{Fuzzed, play};

/// Choices in one history, at most: enough for a few hundred events.
const MAX_BYTES: u32 = 16_384;

impl Fuzzed for Orders {
    fn ask(&self, asked: &Event, now: Timestamp) -> Option<Decided> {
        match asked {
            Event::Orders(OrdersEvent::OrderPlaced(asked)) => self.place(asked, now).ok(),
            Event::Orders(OrdersEvent::OrderCancelled(asked)) => self.cancel(asked, now).ok(),
            _ => None,
        }
    }

    fn wrong(&self) -> Vec<String> {
        Vec::new()
    }

    fn run(&self, errand: &NoErrand, _now: Timestamp) -> Option<Event> {
        match *errand {}
    }
}

impl Fuzzed for Inventory {
    fn ask(&self, asked: &Event, _now: Timestamp) -> Option<Decided> {
        match asked {
            Event::Inventory(InventoryEvent::ItemDefined(asked)) => self.define_item(asked),
            Event::Inventory(InventoryEvent::LocationDefined(asked)) => self.define_location(asked),
            Event::Inventory(InventoryEvent::Received(asked)) => self.receive(asked),
            Event::Inventory(InventoryEvent::Adjusted(asked)) => self.adjust(asked),
            Event::Inventory(InventoryEvent::WaveReleased(asked)) => self.release_wave(asked),
            Event::Inventory(InventoryEvent::Shipped(asked)) => self.ship(asked),
            _ => return None,
        }
        .ok()
    }

    fn wrong(&self) -> Vec<String> {
        self.check().err().into_iter().collect()
    }

    fn run(&self, errand: &NoErrand, _now: Timestamp) -> Option<Event> {
        match *errand {}
    }
}

impl Fuzzed for Allocator {
    fn ask(&self, asked: &Event, now: Timestamp) -> Option<Decided> {
        match asked {
            Event::Allocator(AllocatorEvent::RankingRuleSet(asked)) => {
                self.set_ranking_rule(&in_form(asked)).ok()
            }
            Event::Allocator(AllocatorEvent::StockHeld(asked)) => {
                self.hold(&in_time(asked, now), now).ok()
            }
            Event::Allocator(AllocatorEvent::HoldEnded(asked)) => {
                self.release_hold(&asked.hold, now).ok()
            }
            Event::Allocator(AllocatorEvent::Rebalanced(asked)) => {
                let budget = asked.nervousness_budget;
                let shown = self
                    .clone()
                    .preview_rebalance(&asked.segments, budget, now)
                    .ok()?;
                let moved = shown.promises_moved;
                assert!(
                    budget.is_none_or(|most| moved <= most as usize),
                    "{shown:?}"
                );
                let agreed = Rebalanced {
                    preview: shown.token,
                    ..asked.clone()
                };
                let decided = self.rebalance(&agreed, now);
                Some(decided.expect("nothing has moved since the preview"))
            }
            _ => None,
        }
    }

    fn wrong(&self) -> Vec<String> {
        self.check()
    }

    fn wrong_at_rest(&self) -> Vec<String> {
        self.check_at_rest()
    }

    fn run(&self, errand: &NoErrand, _now: Timestamp) -> Option<Event> {
        match *errand {}
    }
}

/// For a day at most, and not over already.
fn in_time(asked: &StockHeld, now: Timestamp) -> StockHeld {
    StockHeld {
        until: asked.until.min(now.plus_days(1)).max(now.plus_ms(1)),
        ..asked.clone()
    }
}

/// Steps that rise and five urgencies, or none: a rule made anyhow is never in form.
fn in_form(asked: &RankingRuleSet) -> RankingRuleSet {
    let mut asked = asked.clone();
    for steps in [&mut asked.value, &mut asked.lifetime_value] {
        steps.sort_by_key(|step| step.at_least_minor);
        steps.dedup_by_key(|step| step.at_least_minor);
        let mut days = 0;
        for step in steps {
            days += step.days % 10 + 1;
            step.days = days;
        }
    }
    asked
        .urgency_days
        .resize(if asked.urgency_days.is_empty() { 0 } else { 5 }, 9);
    asked.urgency_days.sort_unstable();
    asked.max_boost_days = 3_650;
    asked
}

impl Fuzzed for SupplierGateway {
    fn ask(&self, asked: &Event, now: Timestamp) -> Option<Decided> {
        match asked {
            Event::SupplierGateway(SupplierGatewayEvent::SupplierDefined(asked)) => {
                self.define(asked, now).ok()
            }
            Event::SupplierGateway(asked) => self.hear(&Message::of(asked)?).ok(),
            _ => None,
        }
    }

    fn wrong(&self) -> Vec<String> {
        Vec::new()
    }

    fn run(&self, errand: &Exchange, now: Timestamp) -> Option<Event> {
        let (at, message) = self.next_simulated(&errand.purchase_order)?;
        let heard = self.hear(&message).ok().filter(|_| at <= now)?;
        match heard {
            Decided::Record(event) => Some(event),
            Decided::Nothing | Decided::Before(..) => None,
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
