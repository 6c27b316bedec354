//! An item in fair shares: everybody's part of what is free, worked out from all claims.

use std::collections::BTreeSet;

use super::serve::Plan;
use super::{Line, Rank};

/// What is free of one SKU, divided.
#[derive(Debug, Clone)]
pub struct Division {
    /// Who is in it: all lines that were there when it began, also those that can take of it only
    /// when their turn comes.
    there: BTreeSet<Rank>,
    /// Units for lines that take parts, and what all of these ask for.
    free: i64,
    asked: i64,
    /// Units that rounding leaves: one each, by rank.
    extra: i64,
    /// Units for lines that take all or nothing, in rank order, as long as it covers one.
    pool: i64,
    /// Everybody up to here has been asked, in the events before.
    pub after: Option<Rank>,
}

impl Plan<'_> {
    /// One that is under way goes on. Nothing, if there is enough, or nobody takes a part: then
    /// rank decides.
    pub fn division(&self, sku: &str) -> Option<Division> {
        let item = self.naive.items.get(sku).filter(|item| item.fair_share)?;
        let safety = item.protection.as_ref().map_or(0, |kept| kept.safety_stock);
        let free = (self.open(sku) - i64::from(safety)).max(0);
        if let Some(division) = self.naive.sharing.get(sku).filter(|_| free > 0) {
            return Some(division.clone());
        }
        let mine = self.naive.lines.iter().filter(|line| line.sku == sku);
        let there = mine.map(|line| line.rank).collect();
        let mut claims = self.naive.ranked(sku);
        claims.retain(|line| {
            line.unfilled() > 0
                && self.naive.may_now(line, self.now)
                && self.may_take(line, &self.goes_to(line)) > 0
        });
        let (wholes, parts): (Vec<&Line>, Vec<&Line>) =
            claims.iter().copied().partition(|line| is_whole(line));
        let sum = |lines: &[&Line]| -> i64 { lines.iter().map(|it| asked(it)).sum() };
        let all = sum(&wholes) + sum(&parts);
        if free == 0 || parts.is_empty() || free >= all {
            return None;
        }
        let pool = free * sum(&wholes) / all;
        let mut rest = pool;
        for line in wholes {
            rest -= if asked(line) <= rest { asked(line) } else { 0 };
        }
        let for_parts = (free - (pool - rest)).min(sum(&parts));
        let portions: i64 = parts
            .iter()
            .map(|line| for_parts * asked(line) / sum(&parts))
            .sum();
        Some(Division {
            there,
            free: for_parts,
            asked: sum(&parts),
            extra: for_parts - portions,
            pool,
            after: None,
        })
    }
}

impl Division {
    /// As it is told: units for lines that take parts, what these asked for, units that rounding
    /// leaves, and units for lines that take all or nothing.
    pub fn units(&self) -> [u64; 4] {
        [self.free, self.asked, self.extra, self.pool].map(|units| u64::try_from(units).unwrap())
    }

    /// Whether a line that takes all or nothing would have all of it.
    pub fn covers(&self, units: i64) -> bool {
        units <= self.pool
    }

    /// What a line has of it, now that its turn has come.
    pub fn share(&mut self, line: &Line) -> i64 {
        if is_whole(line) {
            let share = if self.covers(asked(line)) {
                asked(line)
            } else {
                0
            };
            self.pool -= share;
            return share;
        }
        if !self.there.contains(&line.rank) || self.after.is_some_and(|at| line.rank <= at) {
            return 0;
        }
        let portion = self.free * asked(line) / self.asked;
        let more = i64::from(self.extra > 0 && portion < asked(line));
        self.extra -= more;
        portion + more
    }
}

fn is_whole(line: &Line) -> bool {
    line.complete_only || line.ship_complete
}

fn asked(line: &Line) -> i64 {
    i64::from(line.unfilled())
}
