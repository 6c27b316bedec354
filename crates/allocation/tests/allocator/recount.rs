//! The room's measures against a naive count of the log's facts, line by line, over random
//! histories.

use std::collections::BTreeMap;

use backorder_allocation::measures::{Amount, Day, Flow};
use domain::demand::Tally;
use domain::event::{
    AllocatorEvent, Effect, Event, InventoryEvent, OrderCancelled, OrderPlaced, OrdersEvent,
    SubstituteAccepted,
};
use domain::ids::{DAY_MS, Sku, Timestamp, Zone};
use proptest::prelude::*;

use crate::laws::{promised, steps};
use crate::measures::filter;

/// A line as the log tells it.
struct Naive {
    sku: Sku,
    price: i64,
    placed_at: Timestamp,
    tally: Tally,
    /// Its customer knows that it waits.
    knows: bool,
    date: Option<Timestamp>,
    first: Option<Timestamp>,
}

impl Naive {
    fn waiting(&self) -> u32 {
        if self.knows {
            self.tally.backordered()
        } else {
            0
        }
    }

    /// Changes it; says how many units less wait, and whether none does any more.
    fn change(&mut self, change: impl FnOnce(&mut Tally)) -> (Amount, u32) {
        let was = self.waiting();
        change(&mut self.tally);
        let fewer = was.saturating_sub(self.waiting());
        let ended = u64::from(fewer > 0 && self.waiting() == 0);
        (self.amount(ended, fewer), fewer)
    }

    fn forget(&mut self) {
        if self.tally.backordered() == 0 {
            (self.knows, self.date, self.first) = (false, None, None);
        }
    }

    fn amount(&self, lines: u64, units: u32) -> Amount {
        let value_minor = self.price * i64::from(units);
        Amount {
            lines,
            units: units.into(),
            value_minor,
        }
    }
}

/// What the log says of one tier, or of all.
#[derive(Default)]
struct Count {
    tier: Option<&'static str>,
    lines: BTreeMap<(String, u32), Naive>,
    flow: Flow,
}

impl Count {
    fn hear(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Orders(OrdersEvent::OrderPlaced(order)) => self.placed(at, order),
            Event::Orders(OrdersEvent::OrderCancelled(cancelled)) => self.cancelled(cancelled),
            Event::Inventory(InventoryEvent::Shipped(shipped)) => {
                for part in &shipped.lines {
                    let key = (shipped.order.to_string(), part.line);
                    if let Some(line) = self.lines.get_mut(&key) {
                        line.change(|tally| tally.ship(part.quantity));
                        line.forget();
                    }
                }
            }
            Event::Orders(OrdersEvent::SubstituteAccepted(accepted)) => self.substituted(accepted),
            Event::Orders(OrdersEvent::OrderClosed(closed)) => {
                self.lines
                    .retain(|(order, _), _| order != closed.order.as_str());
            }
            Event::Allocator(AllocatorEvent::Settled(settled)) => {
                for effect in &settled.effects {
                    self.settled(at, effect);
                }
            }
            _ => {}
        }
    }

    fn placed(&mut self, at: Timestamp, order: &OrderPlaced) {
        if self
            .tier
            .is_some_and(|tier| tier != order.customer.tier.as_str())
        {
            return;
        }
        for line in &order.lines {
            let naive = Naive {
                sku: line.sku.clone(),
                price: line.unit_price_minor,
                placed_at: order.placed_at.unwrap_or(at),
                tally: Tally::new(line.quantity),
                knows: false,
                date: None,
                first: None,
            };
            self.flow.placed.add(naive.amount(1, line.quantity));
            self.lines
                .insert((order.order.to_string(), line.line), naive);
        }
    }

    fn cancelled(&mut self, cancelled: &OrderCancelled) {
        let id = cancelled.order.as_str();
        for ((_, number), line) in self.lines.iter_mut().filter(|((order, _), _)| order == id) {
            let named = cancelled.lines.iter().filter(|part| part.line == *number);
            let all = cancelled.lines.is_empty().then_some(u32::MAX);
            for units in named.map(|part| part.quantity).chain(all) {
                let (fewer, _) = line.change(|tally| {
                    tally.cancel(units);
                });
                self.flow.cancelled.add(fewer);
                line.forget();
            }
        }
    }

    fn substituted(&mut self, accepted: &SubstituteAccepted) {
        let id = accepted.order.to_string();
        let Some(line) = self.lines.get_mut(&(id.clone(), accepted.line)) else {
            return;
        };
        line.change(|tally| tally.exchange(accepted.quantity));
        line.forget();
        let new = Naive {
            sku: accepted.sku.clone(),
            price: accepted.unit_price_minor,
            placed_at: line.placed_at,
            tally: Tally::new(accepted.quantity),
            knows: false,
            date: None,
            first: None,
        };
        self.flow.placed.add(new.amount(1, accepted.quantity));
        self.lines.insert((id, accepted.new_line), new);
    }

    fn settled(&mut self, at: Timestamp, effect: &Effect) {
        let key = (effect.order().to_string(), effect.line());
        let (Some(line), flow) = (self.lines.get_mut(&key), &mut self.flow) else {
            return;
        };
        match effect {
            Effect::Assigned(it) => {
                let (fewer, units) = line.change(|tally| tally.assign(it.quantity));
                flow.filled.add(fewer);
                if units > 0 && line.waiting() == 0 {
                    filled(flow, line, at);
                }
            }
            Effect::Released(it) => {
                line.change(|tally| tally.release(it.quantity));
            }
            Effect::Backordered(it) => {
                flow.waited.add(line.amount(1, it.quantity));
                line.change(Tally::backorder);
            }
            Effect::Offered(it) => {
                flow.waited.add(line.amount(1, it.quantity));
                line.change(Tally::backorder);
                (line.knows, line.date) = (line.tally.backordered() > 0, None);
            }
            Effect::Refused(it) => {
                if line.tally.decided {
                    let (fewer, _) = line.change(|tally| tally.refuse(it.quantity));
                    flow.expired.add(fewer);
                } else {
                    flow.refused.add(line.amount(1, it.quantity));
                    let by = flow.refused_by.entry(it.why).or_default();
                    *by = (by.0 + 1, by.1 + u64::from(it.quantity));
                    line.change(|tally| tally.refuse(it.quantity));
                }
            }
            Effect::Promised(it) => {
                if line.tally.backordered() > 0 {
                    let (was, is) = (line.date, it.promise.at());
                    flow.promised += u64::from(was.is_none() && is.is_some());
                    flow.moved += u64::from(was.is_some() && is != was);
                    (line.knows, line.date) = (true, is);
                    line.first = line.first.or(is);
                }
            }
        }
        line.forget();
    }

    /// What waits and is as wanted.
    fn open(&self, wanted: impl Fn(&Naive) -> bool) -> Amount {
        let mut sum = Amount::default();
        for line in self
            .lines
            .values()
            .filter(|line| line.waiting() > 0 && wanted(line))
        {
            sum.add(line.amount(1, line.waiting()));
        }
        sum
    }
}

fn filled(flow: &mut Flow, line: &Naive, at: Timestamp) {
    let ms = at.ms_since(line.placed_at);
    *flow.waits.entry((ms / DAY_MS) as u16).or_default() += 1;
    flow.waits_s += ms / 1_000;
    if let Some(first) = line.first {
        let kept = at.start_of_day() <= first.start_of_day();
        flow.kept += u64::from(kept);
        flow.missed += u64::from(!kept);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_measures_are_what_a_naive_count_of_the_log_finds(steps in steps(60)) {
        let history = promised(&steps);
        for tier in [None, Some("gold"), Some("standard")] {
            let mut count = Count { tier, ..Count::default() };
            for (_, _, at, event) in &history.log {
                count.hear(*at, event);
            }
            let Ok(report) = history.state.measures(&filter(tier), history.now) else {
                prop_assert!(count.lines.is_empty(), "nobody of {:?} is known", tier);
                continue;
            };
            let today = history.now.start_of_day();
            let overdue = |line: &Naive| line.date.is_some_and(|date| date.start_of_day() < today);
            prop_assert_eq!(report.open, count.open(|_| true));
            prop_assert_eq!(report.overdue, Some(count.open(overdue)));
            prop_assert_eq!(report.undated, Some(count.open(|line| line.date.is_none())));
            prop_assert_eq!(&report.happened, &count.flow);
            let waiting = count.lines.values().filter(|line| line.waiting() > 0);
            let day = |at| Day::of(at, &Zone::UTC).0;
            let mut ages: Vec<u16> = waiting
                .map(|line| day(history.now) - day(line.placed_at))
                .collect();
            ages.sort_unstable();
            let p90 = ages.get((ages.len() * 9).div_ceil(10).wrapping_sub(1));
            prop_assert_eq!(report.p90_age_days, p90.copied());
            if tier.is_none() {
                for sku in ["BOLT", "NUT", "PIN"].map(Sku::from) {
                    let of = history.state.measures_of(&sku, &filter(None), history.now).unwrap();
                    prop_assert_eq!(of.open, count.open(|line| line.sku == sku));
                }
            }
        }
    }
}
