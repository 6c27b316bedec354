//! What is where while a run is planned, and what a line can have of it. Must not know why a line
//! may take.

use std::collections::{BTreeMap, VecDeque};

use super::select::Called;
use super::{Candidate, Pool};
use crate::queue_key::QueueKey;
use domain::event::RunStrategy;
use domain::exact::{Exact, fewer, moved};
use domain::ids::{LocationId, OrderId, Sku, Timestamp};

/// Units that come to a line, or leave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Whose called it was: which line of the plan.
    pub(super) called: usize,
    pub(super) place: LocationId,
    /// Below 0: they leave it.
    pub(super) units: i64,
}

impl Move {
    pub(super) fn to(called: usize, place: &LocationId, units: u32) -> Self {
        Self {
            called,
            place: place.clone(),
            units: i64::from(units),
        }
    }

    pub(super) fn from(called: usize, place: &LocationId, units: u32) -> Self {
        let units = fewer(units);
        Self {
            called,
            place: place.clone(),
            units,
        }
    }
}

/// The state of a plan in the making.
pub(super) struct Board<'a, 'b> {
    pub called_lines: &'b [Called<'a>],
    stocks: BTreeMap<&'a Sku, Stock<'a>>,
    /// Units that each called's line has still to give, by its holdings.
    left: Vec<Vec<u32>>,
    /// Where orders that must not be split have begun to gain, and in how many moves.
    bound: BTreeMap<&'a OrderId, (LocationId, u32)>,
    /// Units that each called's line wants and does not hold.
    pub missing: Vec<u32>,
}

struct Stock<'a> {
    pool: &'a Pool,
    free: BTreeMap<&'a LocationId, u64>,
    /// Who gives at a place: the called and which of its holdings, who gives first stands first.
    givers: BTreeMap<&'a LocationId, VecDeque<(usize, usize)>>,
    /// Units by which a line waits for more or less than it did before the run.
    shifts: BTreeMap<QueueKey, i64>,
}

impl<'a, 'b> Board<'a, 'b> {
    pub fn new(called_lines: &'b [Called<'a>], pools: &'a BTreeMap<Sku, Pool>) -> Self {
        let stock = |pool: &'a Pool| Stock {
            pool,
            free: pool.free.iter().map(|(at, units)| (at, *units)).collect(),
            givers: BTreeMap::new(),
            shifts: BTreeMap::new(),
        };
        let mut stocks: BTreeMap<&'a Sku, Stock<'a>> =
            pools.iter().map(|(sku, pool)| (sku, stock(pool))).collect();
        let numbered = || called_lines.iter().enumerate().rev();
        let gives_all = |called: &Called<'_>| called.strategy == RunStrategy::Lose;
        let first = numbered().filter(|(_, called)| gives_all(called));
        let then = numbered().filter(|(_, called)| called.strategy.gives() && !gives_all(called));
        for (index, called) in first.chain(then) {
            let Some(stock) = stocks.get_mut(&called.line.sku) else {
                continue;
            };
            for (which, held) in called.line.held.iter().enumerate() {
                if held.units <= held.frozen {
                    continue;
                }
                let at_place = stock.givers.entry(&held.place).or_default();
                at_place.push_back((index, which));
            }
        }
        let left = called_lines.iter().map(|called| {
            let holdings = called.line.held.iter();
            let outside = holdings.map(|held| held.units.minus(held.frozen));
            outside.collect()
        });
        Self {
            called_lines,
            stocks,
            left: left.collect(),
            bound: BTreeMap::new(),
            missing: called_lines
                .iter()
                .map(|called| called.line.missing())
                .collect(),
        }
    }

    fn line(&self, called: usize) -> Option<&'a Candidate> {
        self.called_lines.get(called).map(|called| called.line)
    }

    /// Whether one gives to another: those that lose to everybody, others to who comes before.
    /// Those that do not stand behind all that do, at every place.
    fn may_give(&self, giver: usize, to: usize) -> bool {
        let called = self.called_lines.get(giver);
        called.is_some_and(|called| giver > to || called.strategy == RunStrategy::Lose)
    }

    /// Units that a holding has still to give.
    fn gives(&self, giver: usize, which: usize) -> u32 {
        let left = self.left.get(giver).and_then(|left| left.get(which));
        left.copied().unwrap_or_default()
    }

    /// Up to so many units for a line: free ones, then what others give. Changes nothing.
    pub fn gather(&self, called: usize, units: u32) -> Vec<Move> {
        let mut moves = Vec::new();
        let Some(line) = self.line(called) else {
            return moves;
        };
        let Some(stock) = self.stocks.get(&line.sku) else {
            return moves;
        };
        let places = self.places(called, line, stock, units);
        let mut left = units;
        let mut open = self.open_to(line, stock);
        for place in &places {
            let free = stock.free.get(place).copied().unwrap_or_default().min(open);
            let taken = u32::try_from(free).unwrap_or(u32::MAX).min(left);
            if taken > 0 {
                moves.push(Move::to(called, place, taken));
                left = left.minus(taken);
                open = open.minus(u64::from(taken));
            }
        }
        for place in &places {
            for (giver, which) in stock.givers.get(place).into_iter().flatten() {
                if left == 0 || !self.may_give(*giver, called) {
                    break;
                }
                let taken = self.gives(*giver, *which).min(left);
                if taken > 0 {
                    moves.push(Move::from(*giver, place, taken));
                    moves.push(Move::to(called, place, taken));
                    left = left.minus(taken);
                }
            }
        }
        moves
    }

    /// Free units that are not kept from a line.
    fn open_to(&self, line: &Candidate, stock: &Stock<'_>) -> u64 {
        let free = stock.free.values().copied().fold(0, Exact::plus);
        free.minus_or_zero(line.protected)
    }

    /// Where a line may be filled from. One that must not be split stays where it has stock, or
    /// goes where it gets the most.
    fn places(
        &self,
        called: usize,
        line: &'a Candidate,
        stock: &Stock<'_>,
        units: u32,
    ) -> Vec<&'a LocationId> {
        if !line.one_place {
            return line.places.iter().collect();
        }
        if let Some(held) = line.held.first() {
            return vec![&held.place];
        }
        if let Some((place, _)) = self.bound.get(&line.order) {
            let same = line.places.iter().filter(|other| *other == place);
            return same.collect();
        }
        let open = self.open_to(line, stock);
        let can_have = |place: &LocationId| {
            let free = stock.free.get(place).copied().unwrap_or_default().min(open);
            let givers = stock.givers.get(place).into_iter().flatten();
            let willing = givers.take_while(|(giver, _)| self.may_give(*giver, called));
            let given = willing.map(|(giver, which)| self.gives(*giver, *which));
            let sum = given.map(u64::from).fold(free, Exact::plus);
            sum.min(u64::from(units))
        };
        let mut best: Option<(u64, &LocationId)> = None;
        for place in &line.places {
            let sum = can_have(place);
            if best.is_none_or(|(most, _)| sum > most) {
                best = Some((sum, place));
            }
        }
        best.into_iter().map(|(_, place)| place).collect()
    }

    /// What a line has outside the fence.
    pub fn gives_up(&self, called: usize) -> Vec<Move> {
        let Some(line) = self.line(called) else {
            return Vec::new();
        };
        let holdings = line.held.iter().enumerate();
        holdings
            .map(|(which, held)| (&held.place, self.gives(called, which)))
            .filter(|(_, units)| *units > 0)
            .map(|(place, units)| Move::from(called, place, units))
            .collect()
    }

    /// Makes moves.
    pub fn apply(&mut self, moves: &[Move]) {
        for it in moves {
            self.apply_one(it, it.units);
        }
    }

    /// Takes moves back, the last one first: what is free never falls below nothing in between.
    pub fn take_back(&mut self, moves: &[Move]) {
        for it in moves.iter().rev() {
            self.apply_one(it, fewer(it.units));
        }
    }

    fn apply_one(&mut self, it: &Move, units: i64) {
        let Some(line) = self.line(it.called) else {
            return;
        };
        if let Some(missing) = self.missing.get_mut(it.called) {
            let now = i64::from(*missing).minus(units);
            *missing = u32::try_from(now).unwrap_or_default();
        }
        if line.one_place && it.units > 0 {
            self.bind(&line.order, &it.place, units > 0);
        }
        if it.units < 0 {
            let which = line.held.iter().position(|held| held.place == it.place);
            let left = self.left.get_mut(it.called);
            let left = left
                .zip(which)
                .and_then(|(left, which)| left.get_mut(which));
            if let Some(left) = left {
                let now = i64::from(*left).plus(units);
                *left = u32::try_from(now).unwrap_or_default();
            }
        }
        let Some(stock) = self.stocks.get_mut(&line.sku) else {
            return;
        };
        let shift = stock.shifts.entry(line.queue_key).or_default();
        *shift = shift.minus(units);
        // What is given passes through what is free, and the taker's own move takes it up.
        let place = line.held.iter().map(|held| &held.place);
        let mut known = place.chain(&line.places);
        if let Some(place) = known.find(|place| **place == it.place) {
            let free = stock.free.entry(place).or_default();
            *free = moved(*free, fewer(units));
        }
    }

    fn bind(&mut self, order: &'a OrderId, place: &LocationId, more: bool) {
        let first = || (place.clone(), 0);
        let (_, moves) = self.bound.entry(order).or_insert_with(first);
        *moves = if more { moves.plus(1) } else { moves.minus(1) };
        if *moves == 0 {
            self.bound.remove(order);
        }
    }

    /// Forgets, after a change is final, who has nothing more to give.
    pub fn tidy(&mut self, sku: &Sku) {
        let left = &self.left;
        if let Some(stock) = self.stocks.get_mut(sku) {
            for givers in stock.givers.values_mut() {
                let empty = |(giver, which): &(usize, usize)| {
                    let units = left.get(*giver).and_then(|left| left.get(*which));
                    units.copied().unwrap_or_default() == 0
                };
                while givers.front().is_some_and(empty) {
                    givers.pop_front();
                }
            }
        }
    }

    /// When supply covers a line that would be short of so many units, if it does.
    pub fn covered_at(&self, called: usize, short: u32) -> Option<Timestamp> {
        let line = self.line(called)?;
        let stock = self.stocks.get(&line.sku)?;
        let shifts = stock.shifts.range(..line.queue_key);
        let shift = shifts.fold(0, |sum: i64, (_, units)| sum.plus(*units));
        // Saturates: a line that gains at the door stood ahead in no queue.
        let ahead = line.ahead.saturating_add_signed(shift);
        stock.pool.covers(ahead.plus(u64::from(short)))
    }

    /// Whether a line that is short of so many units has them when it asked for them.
    pub fn on_time(&self, called: usize, short: u32) -> bool {
        let requested = self.line(called).and_then(|line| line.requested_at);
        short == 0
            || requested
                .zip(self.covered_at(called, short))
                .is_some_and(|(requested, covered)| covered <= requested)
    }
}
