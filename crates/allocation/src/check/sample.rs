//! The invariants of a few SKUs and orders, for a room at work: bounded in cost however many there
//! are, and however many lines one has. Must not find wrong what [`Allocator::check`] does not.

use super::Allocator;
use crate::line::At;
use crate::queue_key::QueueKey;
use crate::sku_state::SkuState;
use crate::tree::{Leaf, Tree};
use domain::exact::Exact;
use domain::ids::Timestamp;
use domain::sample::Picks;

/// SKUs of a sample: as many of those touched last, in which something has just changed, and as
/// many anywhere.
const SKUS: usize = 2;
/// Orders of a sample, anywhere.
const ORDERS: usize = 2;
/// The most lines of a sample: of an SKU's queue, of those for which its stock is reserved, and of
/// an order.
const LINES: usize = 16;
/// The most slots that are passed over because they are free.
const FREE_SLOTS: u32 = 16;

/// What was looked at so far.
struct Sample<'a> {
    state: &'a Allocator,
    picks: Picks,
    lines: usize,
    wrong: Vec<String>,
}

impl Allocator {
    fn sample(&self, seed: u64) -> Sample<'_> {
        let mut sample = Sample {
            state: self,
            picks: Picks::new(seed),
            lines: 0,
            wrong: Vec::new(),
        };
        for number in self.agenda.touched().rev().take(SKUS) {
            sample.sku(number);
        }
        for _ in 0..SKUS {
            let taken = |number| self.sku_states.get(number).is_some();
            if let Some(number) = sample.slot(self.sku_states.slots(), taken) {
                sample.sku(number);
            }
        }
        for _ in 0..ORDERS {
            let taken = |slot| self.book.order(slot).is_some();
            if let Some(slot) = sample.slot(self.book.slots(), taken) {
                sample.order(slot);
            }
        }
        sample
    }

    /// What is wrong in a sample of the state, another one for another seed.
    pub(crate) fn check_sample(&self, seed: u64) -> Vec<String> {
        self.sample(seed).wrong
    }
}

impl Sample<'_> {
    /// A slot that is taken, anywhere.
    fn slot(&mut self, slots: usize, taken: impl Fn(u32) -> bool) -> Option<u32> {
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let first = u32::try_from(self.picks.below(slots.into())).unwrap_or_default();
        let end = first.plus(FREE_SLOTS.min(slots.minus(first)));
        (first..end).find(|slot| taken(*slot))
    }

    fn sku(&mut self, number: u32) {
        let Some(sku_state) = self.state.sku_states.get(number) else {
            self.wrong.push(format!("SKU {number} is touched and gone"));
            return;
        };
        let wrong = self.state.check_sku(number, sku_state);
        self.wrong.extend(wrong);
        self.some_of(sku_state, sku_state.queue(), |entry| entry.order);
        self.some_of(sku_state, sku_state.stocked(), |stocked| stocked.order);
    }

    /// Some of a tree's lines beside each other, and the nodes above the first.
    fn some_of<L: Leaf>(
        &mut self,
        sku_state: &SkuState,
        tree: &Tree<L>,
        order: impl Fn(&L) -> u32,
    ) {
        let Some(from) = self.queue_key(tree) else {
            return;
        };
        if !tree.is_sound_at(from) {
            let sku = sku_state.sku();
            self.wrong.push(format!("a tree of {sku} has wrong sums"));
        }
        for entry in tree.iter_from(from).take(LINES) {
            let index = u16::try_from(entry.queue_key().log_order.line_index());
            self.line((order(entry), index.unwrap_or(u16::MAX)));
        }
    }

    /// Anywhere between a tree's first line and its last.
    fn queue_key<L: Leaf>(&mut self, tree: &Tree<L>) -> Option<QueueKey> {
        let (first, last) = (tree.first()?.queue_key(), tree.last()?.queue_key());
        let span = last.effective.ms_since(first.effective).minus_or_zero(0);
        let width = u64::try_from(span).unwrap_or_default().plus(1);
        let more = i64::try_from(self.picks.below(width)).unwrap_or_default();
        let effective: Timestamp = first.effective.plus_ms(more);
        Some(first.max(QueueKey {
            effective,
            ..QueueKey::FIRST
        }))
    }

    fn order(&mut self, slot: u32) {
        let count = self.state.book.order(slot).map_or(0, |open| open.count);
        let from = u16::try_from(self.picks.below(count.into())).unwrap_or_default();
        for index in (from..count).take(LINES) {
            self.line((slot, index));
        }
    }

    fn line(&mut self, at: At) {
        self.lines = self.lines.plus(1);
        let state = self.state;
        match state.book.order(at.0).zip(state.book.line(at)) {
            Some((open, line)) => self.wrong.extend(state.check_line(at, open, line)),
            None => self
                .wrong
                .push(format!("{at:?} is a line of no open order")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

    use super::*;
    use crate::agenda::Cause;
    use domain::decider::{Decider, Projection, Recorded};
    use domain::demand::Change;
    use domain::event::{
        Assigned, Customer, Event, ItemDefined, OrderPlaced, PlacedLine, Received, Segment, ShipTo,
        SkuQuantity, StockHeld,
    };
    use domain::ids::{Currency, Position, Revision};

    /// The most lines that a sample may look at.
    const MOST: usize = SKUS * 2 * LINES * 2 + ORDERS * LINES;

    fn placed(order: u64, skus: u32) -> Event {
        let line = |line| PlacedLine {
            line,
            sku: format!("SKU-{line:02}").into(),
            quantity: 2,
            unit_price_minor: 100,
            complete_only: false,
        };
        Event::from(OrderPlaced {
            order: format!("o{order}").into(),
            customer: Customer {
                id: "c".into(),
                tier: "gold".into(),
                said_tier: None,
                email: None,
                lifetime_value_minor: None,
            },
            channel: "web".into(),
            ship_to: ShipTo {
                country: "GB".into(),
                region: None,
            },
            currency: Currency::new("GBP").unwrap(),
            lines: (1..=skus).map(line).collect(),
            requested_at: None,
            placed_at: None,
            ship_complete: false,
            rest_may_go: false,
            urgency: None,
            ship_by: None,
            no_split: false,
            pick_up_at: None,
            hold: None,
            told_elsewhere: false,
        })
    }

    fn item(number: u32) -> Event {
        Event::from(ItemDefined {
            definition: format!("d{number}").into(),
            sku: format!("SKU-{number:02}").into(),
            description: String::new(),
            segment: Segment::Backorderable {
                cap: 1_000_000,
                longest_wait_days: 3_650,
            },
            replenishment: None,
            fair_share: false,
            protection: None,
            unit: None,
            step: None,
            reserve_days_before: None,
            releases_at: None,
        })
    }

    fn received(quantity: u32) -> Event {
        Event::from(Received {
            receipt: "r1".into(),
            location: "main".into(),
            purchase_order: None,
            lines: vec![SkuQuantity {
                sku: "SKU-01".into(),
                quantity,
            }],
        })
    }

    /// So many orders of so many lines, decided on: some have stock, the others wait.
    fn at_rest(orders: u64, skus: u32) -> Allocator {
        let mut state = Allocator::default();
        let mut revision = 0;
        let now = Timestamp::from_ms(1_795_000_000_000);
        let mut fold = |state: &mut Allocator, event: &Event| {
            revision += 1;
            let position = Position {
                revision: Revision(revision),
                index: 0,
            };
            let recorded = Recorded {
                position,
                as_of: Revision(revision - 1),
                at: now.plus_ms(i64::try_from(revision).unwrap()),
            };
            state.fold(recorded, event);
        };
        for number in 1..=skus {
            fold(&mut state, &item(number));
        }
        for order in 0..orders {
            fold(&mut state, &placed(order, skus));
        }
        fold(&mut state, &received(u32::try_from(orders).unwrap()));
        loop {
            let due = state.due(now).events;
            if due.is_empty() {
                return state;
            }
            due.iter().for_each(|event| fold(&mut state, event));
        }
    }

    fn found(state: &Allocator) -> bool {
        (0..4_000).any(|seed| !state.check_some(seed).is_empty())
    }

    #[test]
    fn a_sound_state_is_sound_in_every_sample() {
        let state = at_rest(200, 5);
        assert_eq!(state.check(), Vec::<String>::new());
        for seed in 0..1_000 {
            assert_eq!(state.check_some(seed), Vec::<String>::new(), "{seed}");
        }
    }

    #[test]
    fn a_look_is_bounded_however_many_lines_an_sku_has() {
        for (orders, skus) in [(10, 3), (3_000, 1), (20, 60)] {
            let state = at_rest(orders, skus);
            let lines = (0..100).map(|seed| state.sample(seed).lines);
            let most = lines.max().unwrap();
            assert!((1..=MOST).contains(&most), "{orders} orders: {most} lines");
        }
    }

    #[test]
    fn units_counted_wrongly_are_found_in_the_book_and_in_the_trees() {
        let sound = at_rest(200, 5);
        let nth = |state: &Allocator, nth| state.book.iter().nth(nth).unwrap().0;

        let mut state = sound.clone();
        let at = (nth(&state, 70), 3);
        state
            .book
            .change(at, &Change::Cancel { units: 1 }, None, None);
        assert!(found(&state), "a line wants less than waits in the queue");

        let mut state = sound.clone();
        let at = (nth(&state, 30), 2);
        let assigned = Assigned {
            order: "o30".into(),
            line: 3,
            sku: "S0".into(),
            location: "main".into(),
            quantity: 1,
            effective: Timestamp::default(),
        };
        state
            .book
            .change(at, &Change::Assign(&assigned), Some(0), None);
        assert!(
            found(&state),
            "a line has stock and is not among those that have"
        );

        let mut state = sound.clone();
        let gone = nth(&state, 100);
        state.book.close(gone);
        assert!(found(&state), "an order that is gone waits in a queue");

        let mut state = sound;
        let book = &state.book;
        let later = |at| Some(book.queue_key(at)?.later(1));
        state.sku_states.get_mut(4).unwrap().rerank(later);
        assert!(found(&state), "lines wait elsewhere than their orders rank");
    }

    #[test]
    fn an_sku_that_is_counted_or_asked_after_wrongly_is_found() {
        let sound = at_rest(20, 2);
        assert!(!found(&sound));

        let mut state = sound.clone();
        let hold = StockHeld {
            hold: "h1".into(),
            sku: "SKU-02".into(),
            quantity: 7,
            tier: "gold".into(),
            channel: None,
            until: Timestamp::MAX,
        };
        state.holds.open(&hold, Position::default());
        assert!(
            found(&state),
            "units are on hold that the SKU does not count"
        );

        let mut state = sound;
        let sku_state = state.sku_states.get(1).unwrap();
        let now = Revision(1_000);
        state.agenda.ask(9, sku_state, Cause::Supply, now);
        assert!(found(&state), "an SKU is to be looked at that is not there");
    }
}
