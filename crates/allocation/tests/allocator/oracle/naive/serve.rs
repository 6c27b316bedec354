//! Who is given what is free: SKU by SKU and line by line, everybody asked anew whether there is
//! anything for them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::event::{Assigned, Effect};
use domain::ids::Timestamp;

use super::places::Where;
use super::shares::Division;
use super::{Line, Naive, Name, Rank};

/// Units that nobody holds, by SKU and place.
pub type Free = BTreeMap<(Name, Name), i64>;
/// What lines are given, by order and line.
pub type Given = BTreeMap<(u64, u32), Vec<Effect>>;

/// What is given out in one event.
pub struct Plan<'a> {
    pub naive: &'a Naive,
    pub now: Timestamp,
    pub free: Free,
    /// Of these, by SKU, what is on hold; and for which orders.
    on_hold: BTreeMap<Name, i64>,
    claims: BTreeMap<(Name, Name), i64>,
    /// What is being divided in fair shares.
    shares: BTreeMap<Name, Division>,
    pub given: Given,
    /// Where an SKU can go no further in this event.
    pub stopped: BTreeMap<Name, Rank>,
    /// Orders that take all or nothing and have had their turn.
    had_turn: BTreeSet<u64>,
    /// Where an order that takes from one place has taken from.
    pub bound: BTreeMap<u64, Name>,
}

impl Naive {
    /// The orders in which SKUs may be looked at. It only matters where an order wants several
    /// from one place: which place is best for it depends on what others have left of them all,
    /// and so on which orders that take all or nothing still stand before it.
    pub fn ways(&self) -> Vec<Vec<Name>> {
        let skus: BTreeSet<Name> = self.lines.iter().map(|line| line.sku.clone()).collect();
        let of = |is: fn(&Line) -> bool| -> BTreeSet<Name> {
            let several = |line: &&Line| {
                let mut others = self.lines.iter().filter(|it| it.rank.1 == line.rank.1);
                line.unfilled() > 0 && others.any(|it| it.sku != line.sku)
            };
            let lines = self.lines.iter().filter(several).filter(|line| is(line));
            lines.map(|line| line.sku.clone()).collect()
        };
        let mut chosen = of(|line| line.no_split);
        if !chosen.is_empty() {
            chosen.extend(of(|line| line.ship_complete));
        }
        let others: Vec<Name> = skus.difference(&chosen).cloned().collect();
        let ways = permutations(chosen.into_iter().collect()).into_iter();
        ways.map(|way| [way, others.clone()].concat()).collect()
    }
}

fn permutations(of: Vec<Name>) -> Vec<Vec<Name>> {
    let mut all = Vec::new();
    for (index, first) in of.iter().enumerate() {
        let mut rest = of.clone();
        rest.remove(index);
        for mut rest in permutations(rest) {
            rest.insert(0, first.clone());
            all.push(rest);
        }
    }
    if of.is_empty() { vec![of] } else { all }
}

/// Units of an SKU that these lines want.
fn need(open: &[&Line], sku: &str) -> i64 {
    let same = open.iter().filter(|it| it.sku == sku);
    same.map(|it| i64::from(it.unfilled())).sum()
}

impl<'a> Plan<'a> {
    pub fn new(naive: &'a Naive, now: Timestamp) -> Self {
        let mut free = naive.free();
        free.values_mut().for_each(|units| *units = (*units).max(0));
        let (mut on_hold, mut claims) = (BTreeMap::new(), BTreeMap::new());
        for line in &naive.lines {
            let here = free.iter().filter(|((sku, _), _)| *sku == line.sku);
            let all: i64 = here.map(|(_, units)| units).sum();
            on_hold.insert(line.sku.clone(), naive.on_hold(&line.sku).min(all));
            let claim = naive.held_for(&line.order, &line.sku);
            claims.insert((line.order.clone(), line.sku.clone()), claim);
        }
        Self {
            naive,
            now,
            free,
            on_hold,
            claims,
            shares: BTreeMap::new(),
            given: Given::new(),
            stopped: BTreeMap::new(),
            had_turn: BTreeSet::new(),
            bound: BTreeMap::new(),
        }
    }

    /// Each SKU until an order that takes all or nothing has its turn there; then these orders,
    /// the best ranked first, and whoever waits behind them.
    pub fn serve(&mut self, skus: &[Name]) {
        let mut queues: BTreeMap<Name, VecDeque<&'a Line>> = BTreeMap::new();
        let stopped = |plan: &Self, sku: &str| plan.stopped.contains_key(sku);
        for sku in skus {
            if stopped(self, sku) {
                continue;
            }
            if let Some(division) = self.division(sku) {
                self.shares.insert(sku.clone(), division);
            }
            let mut lines = VecDeque::from(self.naive.ranked(sku));
            self.serve_until_meeting(sku, &mut lines);
            queues.insert(sku.clone(), lines);
        }
        let next = |queues: &BTreeMap<Name, VecDeque<&'a Line>>| {
            let first = queues.values().filter_map(|lines| lines.front());
            first.min_by_key(|line| line.rank).copied()
        };
        while let Some(line) = next(&queues) {
            let lines = queues.get_mut(&line.sku).unwrap();
            if !self.had_turn.contains(&line.rank.1) {
                self.serve_whole(line);
            }
            if stopped(self, &line.sku) {
                lines.clear();
            } else {
                self.serve_until_meeting(&line.sku, lines);
            }
        }
    }

    /// What a division leaves goes by rank: at once if nobody was given anything, or else when
    /// what was given stands on the log.
    fn serve_until_meeting(&mut self, sku: &str, lines: &mut VecDeque<&'a Line>) {
        self.serve_in_rank(lines);
        if lines.is_empty() && self.shares.remove(sku).is_some() {
            let mut given = self.given.values().flatten();
            if given.all(|effect| effect.sku().as_str() != sku) {
                *lines = self.naive.ranked(sku).into();
                self.serve_in_rank(lines);
            }
        }
    }

    /// What is divided where an SKU could go no further, and of which somebody has had a share.
    pub fn sharing(&self) -> BTreeMap<Name, Division> {
        let mut sharing = BTreeMap::new();
        for (sku, stop) in &self.stopped {
            let mut begun = self
                .shares
                .get(sku)
                .or(self.naive.sharing.get(sku))
                .cloned();
            let had = |line: &&&Line| {
                let of = (line.rank.1, line.rank.2);
                line.rank < *stop && self.given.contains_key(&of)
            };
            let lines = self.naive.ranked(sku);
            let last = lines.iter().filter(had).map(|line| line.rank).max();
            if let Some(begun) = &mut begun {
                begun.after = begun.after.max(last);
            }
            let begun = begun.filter(|begun| begun.after.is_some());
            sharing.extend(begun.map(|begun| (sku.clone(), begun)));
        }
        sharing
    }

    fn serve_in_rank(&mut self, lines: &mut VecDeque<&'a Line>) {
        while let Some(line) = lines.front() {
            let had_turn = self.had_turn.contains(&line.rank.1);
            if line.ship_complete && !had_turn && self.could_be_whole(line) {
                return;
            }
            if !line.ship_complete {
                self.serve_line(line);
            }
            lines.pop_front();
        }
    }

    /// Enough is free of every SKU of its order, which takes all or nothing, where it takes from.
    fn could_be_whole(&self, line: &Line) -> bool {
        let (open, from) = (self.open_lines(line), self.goes_to(line));
        let covered = |it: &&Line| self.may_take(it, &from) >= need(&open, &it.sku);
        let may_now = self.naive.may_now(line, self.now);
        line.unfilled() > 0 && may_now && open.iter().all(covered)
    }

    /// The lines of its order that want something.
    fn open_lines(&self, line: &Line) -> Vec<&'a Line> {
        let mine = |other: &&Line| other.rank.1 == line.rank.1 && other.unfilled() > 0;
        self.naive.lines.iter().filter(mine).collect()
    }

    fn serve_line(&mut self, line: &Line) {
        let wanted = line.unfilled();
        let from = self.goes_to(line);
        let may = self.may_take(line, &from);
        let least = if line.complete_only { wanted } else { 1 };
        if wanted == 0 || !self.naive.may_now(line, self.now) || may < i64::from(least) {
            return;
        }
        let own = self.claim(line);
        let share = self.shares.get_mut(&line.sku).map(|it| it.share(line));
        let may = share.map_or(may, |share| may.min(share.max(own)));
        let units = u32::try_from(may).unwrap().min(wanted);
        if units >= least {
            self.give(line, &from, units);
        }
    }

    /// All lines of an order, or none.
    fn serve_whole(&mut self, line: &Line) {
        let order = line.rank.1;
        let open = self.open_lines(line);
        let covered = self.naive.may_now(line, self.now)
            && open
                .iter()
                .all(|it| self.open_to(it) >= need(&open, &it.sku));
        if covered && open.iter().any(|it| self.stopped.contains_key(&it.sku)) {
            self.stopped.insert(line.sku.clone(), line.rank);
            return;
        }
        self.had_turn.insert(order);
        let from = self.goes_to(line);
        let there = |other: &&Line| {
            let need = need(&open, &other.sku);
            let share = self.shares.get(&other.sku);
            self.may_take(other, &from) >= need && share.is_none_or(|it| it.covers(need))
        };
        if covered && open.iter().all(there) {
            for other in open {
                self.shares.get_mut(&other.sku).map(|it| it.share(other));
                self.give(other, &from, other.unfilled());
            }
        }
    }

    /// Units of all places that a line may take, wherever it takes from. Nothing is kept from it
    /// of what is on hold for its order.
    pub fn open_to(&self, line: &Line) -> i64 {
        let above = self.open(&line.sku) - self.naive.protection_level(line);
        above.max(0) + self.claim(line)
    }

    /// Units of all places that are not on hold.
    pub fn open(&self, sku: &str) -> i64 {
        let here = self.free.iter().filter(|((of, _), _)| of == sku);
        here.map(|(_, units)| units).sum::<i64>() - self.on_hold[sku]
    }

    /// What is there of what is on hold for a line's order.
    fn claim(&self, line: &Line) -> i64 {
        let claim = self.claims[&(line.order.clone(), line.sku.clone())];
        claim.min(self.on_hold[&line.sku])
    }

    /// Units that a line may take.
    pub fn may_take(&self, line: &Line, from: &Where) -> i64 {
        let here = self.free.iter().filter(|((sku, _), _)| *sku == line.sku);
        let there = here.filter(|((_, place), _)| from.allows(place));
        there
            .map(|(_, units)| units)
            .sum::<i64>()
            .min(self.open_to(line))
    }

    fn give(&mut self, line: &Line, from: &Where, units: u32) {
        if let Where::Only(place) = from {
            self.bound.insert(line.rank.1, place.clone());
        }
        let redeemed = self.claim(line).min(i64::from(units));
        let of = (line.order.clone(), line.sku.clone());
        *self.claims.get_mut(&of).unwrap() -= redeemed;
        *self.on_hold.get_mut(&line.sku).unwrap() -= redeemed;
        let (mut effects, mut left) = (Vec::new(), units);
        for place in self.by_preference(line) {
            let here = self
                .free
                .get_mut(&(line.sku.clone(), place.clone()))
                .filter(|_| from.allows(&place));
            let Some(here) = here else { continue };
            let quantity = u32::try_from(*here).unwrap().min(left);
            *here -= i64::from(quantity);
            left -= quantity;
            if quantity > 0 {
                effects.push(assigned(line, &place, quantity));
            }
        }
        self.given.insert((line.rank.1, line.rank.2), effects);
    }
}

fn assigned(line: &Line, place: &str, quantity: u32) -> Effect {
    Effect::Assigned(Assigned {
        order: line.order.as_str().into(),
        line: line.number,
        sku: line.sku.as_str().into(),
        location: place.into(),
        quantity,
        effective: line.rank.0,
    })
}
