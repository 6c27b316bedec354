//! The plan of a run: turn after turn, one change after the other. Must not read the state.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::board::Board;
use super::select::{Called, turns};
use super::{Candidate, Pool};
use crate::turn::Turn;
use domain::event::{Assigned, Effect, ReleaseReason, Released, RunSegment, RunStrategy};
use domain::ids::{LocationId, OrderId, Sku};

/// What a run would do.
#[derive(Debug)]
pub struct Plan<'a> {
    turns: Vec<Called<'a>>,
    changes: Vec<Change>,
    exceptions: Vec<Exception<'a>>,
}

/// Moves that are made together or not at all: one line, or one order, gains what others give.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    moves: Vec<Move>,
}

/// Units that come to a line, or leave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Whose turn it was: which line of the plan.
    pub(super) turn: usize,
    pub(super) place: LocationId,
    /// Below 0: they leave it.
    pub(super) units: i64,
}

/// A line that did not get what its strategy asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exception<'a> {
    /// Which line.
    pub line: &'a Candidate,
    /// What was asked for.
    pub strategy: RunStrategy,
    /// Units wanted that nothing is held for after the run.
    pub short: u32,
}

/// What the run does to one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome<'a> {
    /// Which line.
    pub line: &'a Candidate,
    /// By which segment, from 0.
    pub segment: usize,
    /// How it is treated.
    pub strategy: RunStrategy,
    /// Units held for it before.
    pub before: u32,
    /// Units held for it after.
    pub after: u32,
}

impl Move {
    pub(super) fn to(turn: usize, place: &LocationId, units: u32) -> Self {
        Self {
            turn,
            place: place.clone(),
            units: i64::from(units),
        }
    }

    pub(super) fn from(turn: usize, place: &LocationId, units: u32) -> Self {
        let units = i64::from(units).saturating_neg();
        Self {
            turn,
            place: place.clone(),
            units,
        }
    }
}

/// A plan in the making.
struct Draft<'a, 'b> {
    board: Board<'a, 'b>,
    changes: Vec<Change>,
    exceptions: Vec<Exception<'a>>,
    /// The turns of each order that takes all or nothing.
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
        let turns = turns(segments, lines);
        let mut orders: BTreeMap<&'a OrderId, Vec<usize>> = BTreeMap::new();
        for (index, turn) in turns.iter().enumerate() {
            if turn.line.together.is_some() {
                orders.entry(&turn.line.order).or_default().push(index);
            }
        }
        let mut draft = Draft {
            board: Board::new(&turns, pools),
            changes: Vec::new(),
            exceptions: Vec::new(),
            orders,
            tried: BTreeSet::new(),
        };
        for (index, turn) in turns.iter().enumerate() {
            draft.take_turn(index, turn);
        }
        draft.give_up();
        draft.look_again_at_wins();
        let Draft {
            changes,
            exceptions,
            ..
        } = draft;
        Self {
            turns,
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
            let units = net.entry((it.turn, &it.place)).or_default();
            *units = units.saturating_add(it.units);
        }
        net.retain(|_, units| *units != 0);
        net
    }

    /// What the first so many changes record: what is released first, then what is assigned.
    pub fn effects(&self, changes: usize) -> Vec<Effect> {
        let (mut released, mut assigned) = (Vec::new(), Vec::new());
        for ((turn, place), units) in self.net(changes) {
            let Some(line) = self.turns.get(turn).map(|turn| turn.line) else {
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
                }));
            } else {
                assigned.push(Effect::Assigned(Assigned {
                    order,
                    line: line.number,
                    sku,
                    location,
                    quantity,
                    effective: line.turn.effective,
                }));
            }
        }
        released.append(&mut assigned);
        released
    }

    /// What the first so many changes come to for each line that they touch, in turn.
    pub fn outcomes(&self, changes: usize) -> Vec<Outcome<'a>> {
        let mut by_turn: BTreeMap<usize, i64> = BTreeMap::new();
        for ((turn, _), units) in self.net(changes) {
            let sum = by_turn.entry(turn).or_default();
            *sum = sum.saturating_add(units);
        }
        let outcome = |(index, units): (usize, i64)| {
            let turn = self.turns.get(index)?;
            let before = turn.line.holds();
            let after = i64::from(before).saturating_add(units);
            Some(Outcome {
                line: turn.line,
                segment: turn.segment,
                strategy: turn.strategy,
                before,
                after: u32::try_from(after).unwrap_or_default(),
            })
        };
        by_turn.into_iter().filter_map(outcome).collect()
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
        while bad.saturating_sub(good) > 1 {
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
    fn take_turn(&mut self, index: usize, turn: &Called<'a>) {
        let missing = self.missing(index);
        if missing == 0 {
            return;
        }
        let fell_short = match turn.strategy {
            RunStrategy::Win => !self.win(index, turn.line, missing),
            RunStrategy::Gain => !self.grow(index, turn.line, missing),
            RunStrategy::Improve | RunStrategy::Redistribute => {
                self.grow(index, turn.line, missing);
                false
            }
            RunStrategy::Fill | RunStrategy::Lose | RunStrategy::Skip => false,
        };
        if fell_short {
            self.exceptions.push(Exception {
                line: turn.line,
                strategy: turn.strategy,
                short: missing,
            });
        }
    }

    fn missing(&self, turn: usize) -> u32 {
        self.board.missing.get(turn).copied().unwrap_or_default()
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
        let short = missing.saturating_sub(gained(&moves, index));
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

    /// All lines of an order that want more, or none; tried once, at the first one's turn.
    fn grow_together(&mut self, line: &'a Candidate) -> bool {
        if !self.tried.insert(&line.order) {
            return false;
        }
        let turns = self.orders.get(&line.order).cloned().unwrap_or_default();
        let wants = |turn: &usize| {
            let strategy = self.board.turns.get(*turn).map(|turn| turn.strategy);
            strategy.is_some_and(RunStrategy::gains) && self.missing(*turn) > 0
        };
        let members: Vec<usize> = turns.into_iter().filter(wants).collect();
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
            if let Some(turn) = self.board.turns.get(member) {
                self.board.tidy(&turn.line.sku);
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
        let numbered = self.board.turns.iter().enumerate().rev();
        let losing: Vec<(usize, &'a Sku)> = numbered
            .filter(|(_, turn)| turn.strategy == RunStrategy::Lose)
            .map(|(index, turn)| (index, &turn.line.sku))
            .collect();
        for (index, sku) in losing {
            let moves = self.board.gives_up(index);
            self.make(moves, sku);
        }
    }

    /// Supply that covered a line at its turn may be taken up by those that gave to later ones.
    fn look_again_at_wins(&mut self) {
        let mut late = Vec::new();
        let told: BTreeSet<Turn> = self.exceptions.iter().map(|it| it.line.turn).collect();
        for (index, turn) in self.board.turns.iter().enumerate() {
            let short = self.missing(index);
            let told = told.contains(&turn.line.turn);
            if turn.strategy == RunStrategy::Win && !told && !self.board.on_time(index, short) {
                late.push(Exception {
                    line: turn.line,
                    strategy: turn.strategy,
                    short,
                });
            }
        }
        self.exceptions.append(&mut late);
    }
}

/// Units that come to this turn's line.
fn gained(moves: &[Move], turn: usize) -> u32 {
    let to = moves.iter().filter(|it| it.turn == turn);
    let units = to.map(|it| u32::try_from(it.units).unwrap_or(u32::MAX));
    units.fold(0, u32::saturating_add)
}
