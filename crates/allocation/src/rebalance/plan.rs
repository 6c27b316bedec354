//! The plan of a run: called after called, one change after the other. Must not read the state.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::board::{Board, Move};
use super::select::{Called, called_lines};
use super::{Candidate, Pool};
use crate::queue_key::QueueKey;
use domain::event::{Assigned, Effect, ReleaseReason, Released, RunSegment, RunStrategy};
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId, Sku};

/// What a run would do.
#[derive(Debug)]
pub struct Plan<'a> {
    called_lines: Vec<Called<'a>>,
    changes: Vec<Change>,
    exceptions: Vec<Exception<'a>>,
}

/// Moves that are made together or not at all: one line, or one order, gains what others give.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    moves: Vec<Move>,
}

/// A line that did not get what its strategy asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exception<'a> {
    /// Which line.
    pub line: &'a Candidate,
    /// What was asked for.
    pub strategy: RunStrategy,
    /// Units wanted without reserved stock after the run.
    pub short: u32,
}

/// What the run does to one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedLine<'a> {
    /// Which line.
    pub line: &'a Candidate,
    /// By which segment, from 0.
    pub segment: usize,
    /// How it is treated.
    pub strategy: RunStrategy,
    /// Units reserved for it before.
    pub before: u32,
    /// Units reserved for it after.
    pub after: u32,
}

/// A plan in the making.
struct Draft<'a, 'b> {
    board: Board<'a, 'b>,
    changes: Vec<Change>,
    exceptions: Vec<Exception<'a>>,
    /// The places in the run of each order that takes all or nothing.
    orders: BTreeMap<&'a OrderId, Vec<usize>>,
    /// Of these, those that were tried.
    tried: BTreeSet<&'a OrderId>,
}

impl<'a> Plan<'a> {
    /// Plans a run over these lines. Lines of SKUs without a pool have nothing free.
    pub fn new(
        segments: &[RunSegment],
        lines: &'a [Candidate],
        pools: &'a BTreeMap<Sku, Pool>,
    ) -> Self {
        let called_lines = called_lines(segments, lines);
        let mut orders: BTreeMap<&'a OrderId, Vec<usize>> = BTreeMap::new();
        for (index, called) in called_lines.iter().enumerate() {
            if called.line.together.is_some() {
                orders.entry(&called.line.order).or_default().push(index);
            }
        }
        let mut draft = Draft {
            board: Board::new(&called_lines, pools),
            changes: Vec::new(),
            exceptions: Vec::new(),
            orders,
            tried: BTreeSet::new(),
        };
        for (index, called) in called_lines.iter().enumerate() {
            draft.take_turn(index, called);
        }
        draft.give_up();
        draft.look_again_at_wins();
        let Draft {
            changes,
            exceptions,
            ..
        } = draft;
        Self {
            called_lines,
            changes,
            exceptions,
        }
    }

    /// How many changes it has.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The lines that did not get what their strategy asks for.
    pub fn exceptions(&self) -> &[Exception<'a>] {
        &self.exceptions
    }

    /// Net units by line and place after the first so many changes. What a line gives and takes
    /// at one place has not moved.
    fn net(&self, changes: usize) -> BTreeMap<(usize, &LocationId), i64> {
        let mut net: BTreeMap<(usize, &LocationId), i64> = BTreeMap::new();
        let kept = self.changes.iter().take(changes);
        for it in kept.flat_map(|change| &change.moves) {
            let units = net.entry((it.called, &it.place)).or_default();
            *units = units.plus(it.units);
        }
        net.retain(|_, units| *units != 0);
        net
    }

    /// What the first so many changes record: what is released first, then what is assigned.
    pub fn effects(&self, changes: usize) -> Vec<Effect> {
        let (mut released, mut assigned) = (Vec::new(), Vec::new());
        for ((called, place), units) in self.net(changes) {
            let Some(line) = self.called_lines.get(called).map(|called| called.line) else {
                continue;
            };
            let (order, sku) = (line.order.clone(), line.sku.clone());
            let location = place.clone();
            let quantity = u32::try_from(units.unsigned_abs()).unwrap_or(u32::MAX);
            if units < 0 {
                released.push(Effect::Released(Released {
                    order,
                    line: line.number,
                    sku,
                    location,
                    quantity,
                    why: ReleaseReason::Rebalanced,
                    in_wave: 0,
                }));
            } else {
                assigned.push(Effect::Assigned(Assigned {
                    order,
                    line: line.number,
                    sku,
                    location,
                    quantity,
                    effective: line.queue_key.effective,
                }));
            }
        }
        released.append(&mut assigned);
        released
    }

    /// What the first so many changes come to for each line that they touch, in called.
    pub fn planned_lines(&self, changes: usize) -> Vec<PlannedLine<'a>> {
        let mut by_queue_key: BTreeMap<usize, i64> = BTreeMap::new();
        for ((called, _), units) in self.net(changes) {
            let sum = by_queue_key.entry(called).or_default();
            *sum = sum.plus(units);
        }
        let outcome = |(index, units): (usize, i64)| {
            let called = self.called_lines.get(index)?;
            let before = called.line.holds();
            let after = i64::from(before).plus(units);
            Some(PlannedLine {
                line: called.line,
                segment: called.segment,
                strategy: called.strategy,
                before,
                after: u32::try_from(after).unwrap_or_default(),
            })
        };
        by_queue_key.into_iter().filter_map(outcome).collect()
    }

    /// The most changes, from the first on, that move at most so many promises, as `moved` counts
    /// those of effects. Found by halving, since more changes move more promises as a rule; what
    /// is found is within the budget in any case.
    pub fn within(&self, budget: u32, mut moved: impl FnMut(&[Effect]) -> usize) -> usize {
        let most = usize::try_from(budget).unwrap_or(usize::MAX);
        let mut fits = |changes: usize| moved(&self.effects(changes)) <= most;
        if fits(self.changes()) {
            return self.changes();
        }
        let (mut good, mut bad) = (0, self.changes());
        while bad.minus(good) > 1 {
            let middle = good.midpoint(bad);
            if fits(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        good
    }
}

/// Names a preview: how many changes are kept, and the digest of what they record.
pub fn preview_token(changes: usize, effects: &[Effect]) -> String {
    use std::fmt::Write;
    let written = serde_json::to_vec(effects).unwrap_or_default();
    let mut token = format!("{changes}.");
    for byte in Sha256::digest(written).iter().take(16) {
        let _never_fails = write!(token, "{byte:02x}");
    }
    token
}

/// How many changes a preview keeps, by its token.
pub fn changes_of(token: &str) -> Option<usize> {
    let (changes, digest) = token.split_once('.')?;
    let is_hex = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    changes.parse().ok().filter(|_| is_hex)
}

impl<'a> Draft<'a, '_> {
    fn take_turn(&mut self, index: usize, called: &Called<'a>) {
        let missing = self.missing(index);
        if missing == 0 {
            return;
        }
        let fell_short = match called.strategy {
            RunStrategy::Win => !self.win(index, called.line, missing),
            RunStrategy::Gain => !self.grow(index, called.line, missing),
            RunStrategy::Improve | RunStrategy::Redistribute => {
                self.grow(index, called.line, missing);
                false
            }
            RunStrategy::Fill | RunStrategy::Lose | RunStrategy::Skip => false,
        };
        if fell_short {
            self.exceptions.push(Exception {
                line: called.line,
                strategy: called.strategy,
                short: missing,
            });
        }
    }

    fn missing(&self, called: usize) -> u32 {
        self.board.missing.get(called).copied().unwrap_or_default()
    }

    /// Wholly covered on time, or as it is.
    fn win(&mut self, index: usize, line: &'a Candidate, missing: u32) -> bool {
        if self.board.on_time(index, missing) {
            return true;
        }
        if line.together.is_some() {
            return self.grow_together(line);
        }
        let moves = self.board.gather(index, missing);
        let short = missing.minus(gained(&moves, index));
        // Who gives may wait ahead of it then, so supply is looked at with the moves made.
        self.board.apply(&moves);
        let on_time = short == 0 || (!line.complete_only && self.board.on_time(index, short));
        self.board.take_back(&moves);
        if on_time {
            self.make(moves, &line.sku);
        }
        on_time
    }

    /// Takes what can be had. False when that is nothing.
    fn grow(&mut self, index: usize, line: &'a Candidate, missing: u32) -> bool {
        if line.together.is_some() {
            return self.grow_together(line);
        }
        let moves = self.board.gather(index, missing);
        let gained = gained(&moves, index);
        if gained == 0 || (line.complete_only && gained < missing) {
            return false;
        }
        self.make(moves, &line.sku);
        true
    }

    /// All lines of an order that want more, or none; tried once, at the first one's called.
    fn grow_together(&mut self, line: &'a Candidate) -> bool {
        if !self.tried.insert(&line.order) {
            return false;
        }
        let called_lines = self.orders.get(&line.order).cloned().unwrap_or_default();
        let wants = |called: &usize| {
            let strategy = self
                .board
                .called_lines
                .get(*called)
                .map(|called| called.strategy);
            strategy.is_some_and(RunStrategy::gains) && self.missing(*called) > 0
        };
        let members: Vec<usize> = called_lines.into_iter().filter(wants).collect();
        let all = line.together.and_then(|all| usize::try_from(all).ok());
        if all.is_none_or(|all| members.len() < all) {
            return false;
        }
        let mut whole: Vec<Move> = Vec::new();
        for member in &members {
            let missing = self.missing(*member);
            let moves = self.board.gather(*member, missing);
            let is_whole = gained(&moves, *member) == missing;
            self.board.apply(&moves);
            whole.extend(moves);
            if !is_whole {
                self.board.take_back(&whole);
                return false;
            }
        }
        for member in members {
            if let Some(called) = self.board.called_lines.get(member) {
                self.board.tidy(&called.line.sku);
            }
        }
        self.changes.push(Change { moves: whole });
        true
    }

    fn make(&mut self, moves: Vec<Move>, sku: &Sku) {
        if moves.is_empty() {
            return;
        }
        self.board.apply(&moves);
        self.board.tidy(sku);
        self.changes.push(Change { moves });
    }

    /// Those that lose give up what nobody took, the last one first.
    fn give_up(&mut self) {
        let numbered = self.board.called_lines.iter().enumerate().rev();
        let losing: Vec<(usize, &'a Sku)> = numbered
            .filter(|(_, called)| called.strategy == RunStrategy::Lose)
            .map(|(index, called)| (index, &called.line.sku))
            .collect();
        for (index, sku) in losing {
            let moves = self.board.gives_up(index);
            self.make(moves, sku);
        }
    }

    /// Supply that covered a line at its called may be taken up by those that gave to later ones.
    fn look_again_at_wins(&mut self) {
        let mut late = Vec::new();
        let promised: BTreeSet<QueueKey> =
            self.exceptions.iter().map(|it| it.line.queue_key).collect();
        for (index, called) in self.board.called_lines.iter().enumerate() {
            let short = self.missing(index);
            let promised = promised.contains(&called.line.queue_key);
            if called.strategy == RunStrategy::Win && !promised && !self.board.on_time(index, short)
            {
                late.push(Exception {
                    line: called.line,
                    strategy: called.strategy,
                    short,
                });
            }
        }
        self.exceptions.append(&mut late);
    }
}

/// Units that come to this called's line.
fn gained(moves: &[Move], called: usize) -> u32 {
    let to = moves.iter().filter(|it| it.called == called);
    let units = to.map(|it| u32::try_from(it.units).unwrap_or(u32::MAX));
    units.fold(0, Exact::plus)
}
