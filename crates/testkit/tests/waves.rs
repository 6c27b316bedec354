//! Waves by rank, on logs of whole cells with faults: each takes the best-ranked of the lines that
//! are asked for, by an account of its own of ranks, stock and what is on the floor.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that counts wrongly fails, and looks at few events of many"
)]

use std::collections::{BTreeMap, BTreeSet};

use audit::Audit;
use backorder_testkit::simulation::Simulation;
use domain::decider::{Projection, Recorded};
use domain::event::{
    AllocatorEvent, Effect, Event, InventoryEvent, OrdersEvent, ReleaseReason, WaveReleased,
};
use domain::ids::{OrderId, Position, Revision, Timestamp};
use domain::renamed::Renamed;

const SEEDS: u64 = 100;

type Key = (OrderId, u32);

/// What a wave was decided on.
#[derive(Default, Clone)]
struct Seen {
    audit: Audit,
    ranks: BTreeMap<Key, Timestamp>,
    placed: BTreeMap<OrderId, (Position, String)>,
    waited: BTreeSet<Key>,
    suspended: BTreeSet<OrderId>,
    renamed: Renamed,
}

impl Seen {
    fn fold(&mut self, recorded: Recorded, event: &Event) {
        self.audit.fold(recorded, event);
        if let Event::Orders(OrdersEvent::OrderPlaced(placed)) = event {
            let known = (recorded.position, placed.channel.clone());
            self.placed.insert(placed.order.clone(), known);
        }
        if let Event::Inventory(InventoryEvent::ItemRenamed(it)) = event {
            self.renamed.rename(it);
        }
        match event {
            Event::Orders(OrdersEvent::OrderSuspended(it)) => {
                self.suspended.insert(it.order.clone());
            }
            Event::Orders(OrdersEvent::OrderResumed(it)) => {
                self.suspended.remove(&it.order);
            }
            _ => {}
        }
        let effects = match event {
            Event::Allocator(AllocatorEvent::Settled(it)) => it.effects.as_slice(),
            Event::Allocator(AllocatorEvent::Rebalanced(it)) => it.effects.as_slice(),
            Event::Allocator(AllocatorEvent::StockAssigned(it)) => it.effects.as_slice(),
            Event::Allocator(AllocatorEvent::WaitsEnded(it)) => it.effects.as_slice(),
            _ => &[],
        };
        for effect in effects {
            let key = (effect.order().clone(), effect.line());
            match effect {
                Effect::Assigned(it) if !self.audit.orders[&key.0].closed => {
                    self.ranks.insert(key, it.effective);
                }
                Effect::Backordered(_) | Effect::Offered(_) => {
                    self.waited.insert(key);
                }
                Effect::Released(it) if it.why != ReleaseReason::Cancelled => {
                    self.waited.insert(key);
                }
                _ => {}
            }
        }
        if let Event::Inventory(InventoryEvent::ShortPicked(it)) = event {
            let lines = it.lines.iter();
            let keys = lines.map(|line| (it.order.clone(), line.line));
            self.waited.extend(keys);
        }
    }

    /// The lines that a wave may take, by rank, and how much of each.
    fn expected(&self, wave: &WaveReleased) -> Vec<(Key, u32)> {
        let mut only = wave.only.clone().unwrap_or_default();
        // A wave may be asked for by the name that an item had.
        for sku in &mut only.skus {
            *sku = self.renamed.now(sku).clone();
        }
        let mut lines = Vec::new();
        for (key, line) in &self.audit.lines {
            let (placed, channel) = &self.placed[&key.0];
            let wanted = (!only.backorders || self.waited.contains(key))
                && (only.skus.is_empty() || only.skus.contains(&line.sku))
                && (only.channels.is_empty() || only.channels.contains(channel));
            let here = line.reservations.iter();
            let here = here.filter(|it| it.place == wave.location);
            let free: u32 = here.map(|it| it.units - it.frozen).sum();
            let frozen: u32 = line.reservations.iter().map(|it| it.frozen).sum();
            let units = free.min(line.tally.wanted().saturating_sub(frozen));
            let goes_on = !self.suspended.contains(&key.0);
            if wanted && goes_on && units > 0 && !self.audit.orders[&key.0].closed {
                let rank = self.ranks.get(key).copied().unwrap_or_default();
                lines.push(((rank, *placed, key.1), key.clone(), units));
            }
        }
        lines.sort();
        lines
            .into_iter()
            .map(|(_, key, units)| (key, units))
            .collect()
    }
}

/// Looks at one wave; returns how many lines it left behind.
fn look(seen: &Seen, wave: &WaveReleased, told: &str) -> usize {
    let expected = seen.expected(wave);
    assert!(wave.lines.len() <= wave.max_lines as usize, "{told}");
    let units: u32 = wave.lines.iter().map(|line| line.quantity).sum();
    assert!(wave.max_units.is_none_or(|most| units <= most), "{told}");
    let picked = |(order, line): &Key| {
        seen.audit.lines[&(order.clone(), *line)]
            .reservations
            .iter()
            .any(|it| it.frozen > 0)
    };
    let mut rest = expected.iter();
    for (at, line) in wave.lines.iter().enumerate() {
        // What is being picked already, though it is reserved again, is passed over.
        let key = (line.order.clone(), line.line);
        let found = rest.find(|(other, _)| *other == key);
        let (_, most) = found.unwrap_or_else(|| panic!("{told}: {key:?} of {expected:?}"));
        let is_last = at + 1 == wave.lines.len();
        let is_cut = is_last && wave.max_units == Some(units);
        let is_whole = line.quantity == *most || is_cut || picked(&key);
        assert!(is_whole, "{told}: {line:?} of {most}");
        assert!((1..=*most).contains(&line.quantity), "{told}: {line:?}");
    }
    let left = rest.count();
    let is_full = wave.lines.len() == wave.max_lines as usize || wave.max_units == Some(units);
    let passed_over = expected.iter().filter(|(key, _)| {
        let taken = wave
            .lines
            .iter()
            .any(|it| it.order == key.0 && it.line == key.1);
        !taken && !picked(key)
    });
    if !is_full {
        assert_eq!(passed_over.count(), 0, "{told}: {expected:?}");
    }
    left
}

#[test]
fn a_wave_takes_the_best_ranked_lines_that_are_asked_for() {
    let (mut waves, mut left, mut filtered) = (0, 0, 0);
    for seed in 0..SEEDS {
        let log = Simulation::new(seed).run().unwrap();
        let mut seen = BTreeMap::from([(Revision(0), Seen::default())]);
        for logged in log.commits_after(Revision(0), usize::MAX).unwrap() {
            let mut next = seen.values().next_back().unwrap().clone();
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                let recorded = Recorded {
                    position: Position {
                        revision: logged.revision,
                        index,
                    },
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                };
                if let Event::Inventory(InventoryEvent::WaveReleased(wave)) = event {
                    let (_, then) = seen.range(..=logged.commit.as_of).next_back().unwrap();
                    let told = format!("seed {seed}, {}", recorded.position);
                    left += look(then, wave, &told);
                    waves += 1;
                    filtered += usize::from(wave.only.is_some());
                }
                next.fold(recorded, event);
            }
            seen.insert(logged.revision, next);
        }
    }
    assert!(
        waves > 100 && left > 20 && filtered > 20,
        "{waves} {left} {filtered}"
    );
}
